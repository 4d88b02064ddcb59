/*
 * Sources and subscribers over one Unix-domain socket. The first line of a connection says what it
 * is:
 *
 *     {"source": "orders"}          then events; what is applied and durable is answered at once,
 *                                   and after every commit: {"source":"orders","applied":SEQ}
 *     {"subscribe": {"from": SEQ}}  then decision lines from that one on
 *
 * Any other first line is answered by {"error":"..."}, and the connection is closed. A source has
 * one connection: a newer one takes over, and the older is told so and closed. What came of a line
 * when a connection ends is dropped; the source sends all that was not acknowledged again.
 *
 * A connection that has not said what it is in time gives up its place when somebody else needs it,
 * and at the next thing that the engine has to say to anybody.
 *
 * When the queue is full a source is not read. A client that does not read is not told more than
 * fits in its buffer: of positions it then gets the newest, of the other messages those that fit in
 * what is kept for its source, and decision lines wait where they are kept.
 */
#ifndef LIQ_FEED_SOCKET_H
#define LIQ_FEED_SOCKET_H

#include <liqscan/status.h>

#include "feed/feed_queue.h"
#include "wire/line_pull.h"
#include "wire/socket_server.h"

enum {
    LIQ_FEED_HELLO_BYTES = 4096,            /* the longest first line, with its newline */
    LIQ_FEED_SOCKET_OUTPUT_BYTES = 1 << 18, /* for each connection */
    LIQ_FEED_KEPT_MESSAGE_BYTES = 1 << 16,  /* for each source */
    LIQ_FEED_HELLO_WAIT_MS = 30000
};

typedef struct liq_feed_socket liq_feed_socket;

typedef struct liq_feed_socket_options {
    const char *path; /* lent until it is stopped */
    mode_t mode;      /* 0: 0600 */
    /* Names by index of the configuration, lent until it is stopped; NULL: does not come here. */
    const char *const *sources;
    const uint64_t *applied; /* of each source at the start; NULL: 0 of all */
    uint32_t source_count;
    liq_line_pull lines;      /* for subscribers, called on the server's thread; NULL next: none */
    uint32_t connections_max; /* 0: LIQ_SOCKET_CONNECTIONS_MAX */
    int64_t hello_wait_ms;    /* how long a first line may take; 0: LIQ_FEED_HELLO_WAIT_MS */
} liq_feed_socket_options;

typedef struct liq_feed_socket_facts {
    liq_socket_facts socket;
    uint32_t sources;        /* connected now */
    uint32_t subscribers;    /* connected now */
    uint64_t refused_hellos; /* since the start */
    uint64_t takeovers;      /* since the start */
    uint64_t dropped_messages /* since the start: a source did not read */;
} liq_feed_socket_facts;

/** @return LIQ_OK, LIQ_OUT_OF_MEMORY or what liq_socket_server_start returns */
LIQ_MUST_USE liq_status liq_feed_socket_start(liq_feed_socket **out, liq_feed_queue *queue,
                                              const liq_feed_socket_options *options,
                                              liq_error *err);

/**
 * Tell what is to be told for at most so long, close all connections and give everything back. The
 * queue may be closed or not. Takes NULL.
 */
void liq_feed_socket_stop(liq_feed_socket *server, int64_t wait_ns);

/* The engine's side: never blocks. */

/** All of a source up to seq is applied and durable. */
void liq_feed_socket_acknowledge(liq_feed_socket *server, uint32_t source, uint64_t seq);

/** Send a line of feed_message.h to a source, now or when it connects. Whole lines only. */
void liq_feed_socket_tell(liq_feed_socket *server, uint32_t source, liq_text line);

/** There are new lines for subscribers. */
void liq_feed_socket_wake(liq_feed_socket *server);

/** An eventfd that does the same when it is added to. Lent until it is stopped. */
int liq_feed_socket_event(const liq_feed_socket *server);

/** Any thread. */
void liq_feed_socket_facts_read(const liq_feed_socket *server, liq_feed_socket_facts *out);

#endif
