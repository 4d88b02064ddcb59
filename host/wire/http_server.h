/*
 * A small HTTP server for reading: GET and HEAD, one request a connection, answers made by one
 * function. It is for an operator's tools on the same machine or behind a proxy: no TLS, nobody is
 * asked who they are.
 *
 * A client that is slow hurts itself alone: each connection has a thread and an end to its time,
 * and when connections become scarce, those that are slow are cut off first. On a loopback address
 * requests that name another host are refused, so that no web page can ask through a browser.
 *
 * The only file that knows libmicrohttpd is http_server.c.
 */
#ifndef LIQ_WIRE_HTTP_SERVER_H
#define LIQ_WIRE_HTTP_SERVER_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum {
    LIQ_HTTP_CONNECTIONS_MAX = 128,    /* more are closed at once */
    LIQ_HTTP_CONNECTIONS_CROWDED = 32, /* from here on the slow ones are cut off sooner */
    LIQ_HTTP_URI_BYTES_MAX = 1024,     /* path and query as they were sent; longer: 414 */
    LIQ_HTTP_REQUEST_MS = 10000,       /* of a connection, from accepted to answered */
    LIQ_HTTP_CROWDED_MS = 2000         /* the same when it is crowded */
};

typedef struct liq_http_server liq_http_server;
typedef struct liq_http_request liq_http_request;

/* Zeroed when a handler gets it. */
typedef struct liq_http_answer {
    unsigned status;          /* 200 ..; 0 becomes 500 */
    const char *content_type; /* static; NULL: plain text */
    char *body;               /* from malloc, taken by the server; NULL: empty */
    size_t bytes;             /* of the body */
    unsigned retry_after_s;   /* 0: not said */
} liq_http_answer;

/** Answer one request. Called by several threads at the same time. May block, up to the time that
 * a request has. */
typedef void liq_http_handler(void *context, const liq_http_request *request,
                              liq_http_answer *answer);

typedef struct liq_http_options {
    const char *address; /* of IPv4 or IPv6; NULL: 127.0.0.1 */
    uint16_t port;       /* 0: any that is free */
    liq_http_handler *handler;
    void *context;
    uint32_t request_ms; /* 0: LIQ_HTTP_REQUEST_MS */
    uint32_t crowded_ms; /* 0: LIQ_HTTP_CROWDED_MS */
} liq_http_options;

/**
 * Listen and answer, on threads of its own in which all signals are blocked.
 * @return LIQ_OK; LIQ_BAD_INPUT (no address); LIQ_IO (the address is taken, or not ours);
 *         LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_http_server_start(liq_http_server **out,
                                              const liq_http_options *options, liq_error *err);

/** Cut all connections off, wait for handlers that run, and give everything back. */
void liq_http_server_stop(liq_http_server *server);

uint16_t liq_http_server_port(const liq_http_server *server);

/** The decoded path, such as "/v1/accounts/a b"; lent to the handler. */
const char *liq_http_path(const liq_http_request *request);

/** A decoded value of the query, the first of that name; "" for one without a value, NULL when it
 * is not there. */
const char *liq_http_query(const liq_http_request *request, const char *name);

/** A name in the query that is none of those known, or NULL; lent to the handler.
 * @param known  ends with NULL */
const char *liq_http_query_unknown(const liq_http_request *request, const char *const *known);

#endif
