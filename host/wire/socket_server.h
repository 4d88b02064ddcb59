/*
 * Many connections over one Unix-domain socket, served by one thread. It moves bytes and knows
 * nothing of what they mean: a handler says where to read into, and writes into a bounded buffer of
 * each connection.
 *
 * A connection that reads slowly fills its own buffer and nobody else's. One that the handler gives
 * no room is not read: what it sends stays with it.
 */
#ifndef LIQ_WIRE_SOCKET_SERVER_H
#define LIQ_WIRE_SOCKET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <liqscan/status.h>

typedef struct liq_socket_server liq_socket_server;
typedef struct liq_socket_connection liq_socket_connection;

enum { LIQ_SOCKET_CONNECTIONS_MAX = 256 };

/* What a connection means. All of it is called on the server's thread, and must not block. */
typedef struct liq_socket_handler {
    void *context;
    /** A connection has come. @return what is given to the functions below; NULL: it is closed */
    void *(*opened)(void *context, liq_socket_connection *connection);
    /** Where to read into, and how much. @return false: nothing is read now */
    bool (*input)(void *state, char **into, size_t *room);
    /** So many bytes were read there. 0: the other side sends no more, but may still read. */
    void (*received)(void *state, size_t bytes);
    /** After received, after something was written to the other side, after each wake, and when one
     * connection was too many. */
    void (*turn)(void *state);
    /** The connection has ended, whoever ended it; nothing is called for it from then on. */
    void (*closed)(void *state);
} liq_socket_handler;

typedef struct liq_socket_options {
    const char *path;
    mode_t mode;              /* of the file; 0: 0600 */
    uint32_t connections_max; /* at once, 1 .. LIQ_SOCKET_CONNECTIONS_MAX; 0: the most */
    size_t output_bytes;      /* for each connection, at least 1 */
    const char *full;         /* what one too many is told before it is closed; NULL: nothing */
} liq_socket_options;

typedef struct liq_socket_facts {
    uint32_t connections; /* now */
    uint64_t accepted;    /* since the start, with those that were one too many */
    uint64_t refused;     /* those */
    uint64_t bytes_in;
    uint64_t bytes_out;
} liq_socket_facts;

/**
 * Make the socket and the thread.
 * @param options  copied; its texts are lent until the server is stopped
 * @param handler  copied
 * @return LIQ_OK, LIQ_OUT_OF_MEMORY or what liq_socket_path_listen returns
 */
LIQ_MUST_USE liq_status liq_socket_server_start(liq_socket_server **out,
                                                const liq_socket_options *options,
                                                const liq_socket_handler *handler, liq_error *err);

/**
 * Stop reading, write what is in the buffers for at most so long, close all, and give everything
 * back. Takes NULL.
 */
void liq_socket_server_stop(liq_socket_server *server, int64_t wait_ns);

/** Have every connection take its turn soon. Any thread; never blocks. */
void liq_socket_server_wake(liq_socket_server *server);

/** An eventfd: adding to it wakes as well. Lent until the server is stopped. */
int liq_socket_server_event(const liq_socket_server *server);

/** Any thread. */
void liq_socket_server_facts(const liq_socket_server *server, liq_socket_facts *out);

/* For the handler, on the server's thread. */

/** The free part of a connection's output, at one piece; lent until the next call. None when the
 * other side is gone. */
char *liq_socket_output(liq_socket_connection *connection, size_t *room);

/** So many bytes have been put there. */
void liq_socket_output_add(liq_socket_connection *connection, size_t bytes);

/** Add all bytes, or none. @return false: they do not fit now */
bool liq_socket_send(liq_socket_connection *connection, const char *bytes, size_t count);

/** Read no more, write what is in the buffer for at most a second, then close. */
void liq_socket_end(liq_socket_connection *connection);

#endif
