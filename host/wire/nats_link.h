/*
 * A connection to NATS and what is done over it with JetStream: pulling messages that are
 * acknowledged one by one, and publishing messages under ids that the broker drops repeats by. It
 * knows bytes and subjects, nothing of what they mean.
 *
 * Everything here returns within a bounded time, about two seconds for each server, whatever the
 * broker does. A link is one connection: when that breaks, all that was made of it fails with
 * LIQ_IO from then on, and nothing is sent or repeated behind the caller's back. Who wants to go on
 * destroys it, makes a new one, and does again what was under way. So the order of what is
 * published, and what is repeated, is in one hand. Messages name server and subject, never a
 * password.
 */
#ifndef LIQ_WIRE_NATS_LINK_H
#define LIQ_WIRE_NATS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_nats_link liq_nats_link;

/* Texts are lent for the call. */
typedef struct liq_nats_options {
    const char *servers;     /* "nats://[user[:password]@]host[:port]", several between commas */
    const char *name;        /* of this client, as the broker lists it; NULL: none */
    const char *credentials; /* file of a user's JWT and seed; NULL: none */
    const char *authority;   /* file of CA certificates: the connection is TLS; NULL: as the
                              * server's address has it */
} liq_nats_options;

/** Whether settings can be used, without a broker. @return LIQ_OK, LIQ_BAD_INPUT or
 * LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_nats_options_check(const liq_nats_options *options, liq_error *err);

/**
 * Connect to one of the servers.
 * @return LIQ_OK; LIQ_BAD_INPUT (settings that cannot be used); LIQ_IO (no server can be reached,
 * or none lets us in); LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_nats_link_create(liq_nats_link **out, const liq_nats_options *options,
                                             liq_error *err);

/** Disconnect. Whatever was made of the link must be gone. Takes NULL. */
void liq_nats_link_destroy(liq_nats_link *link);

/** Whether the connection stands. Any thread. */
bool liq_nats_link_is_up(liq_nats_link *link);

/* A stream, as it has to be. Texts are lent for the call. */
typedef struct liq_nats_stream {
    const char *stream;
    const char *subject;    /* that it has to take, may end in a wildcard */
    bool is_made;           /* make it when it does not exist: on disk, without limits */
    uint64_t duplicates_ns; /* of one that is made: how long ids are remembered; 0: two minutes */
} liq_nats_stream;

/**
 * See to it that a stream exists and takes the subject.
 * @return LIQ_OK; LIQ_NOT_FOUND (no such stream); LIQ_BAD_INPUT (it does not take the subject);
 * LIQ_UNSUPPORTED (the broker has no JetStream); LIQ_IO
 */
LIQ_MUST_USE liq_status liq_nats_stream_ensure(liq_nats_link *link, const liq_nats_stream *stream,
                                               liq_error *err);

/* ---- pulling ---- */

typedef struct liq_nats_pull liq_nats_pull;

/* A durable pull consumer. Texts are lent for the call that creates it. */
typedef struct liq_nats_pull_options {
    const char *stream;
    const char *subject;   /* what of the stream; NULL: as the consumer has it */
    const char *durable;   /* name of the consumer, which remembers what was acknowledged */
    bool is_made;          /* make stream (it needs a subject) and consumer when they do not
                            * exist */
    uint64_t ack_wait_ns;  /* of one that is made: what is not acknowledged comes again; 0: 2 s */
    int64_t unsettled_max; /* of one that is made: messages out at once; 0: 65,536 */
} liq_nats_pull_options;

/* Lent for the call. */
typedef struct liq_nats_message {
    liq_text payload;
    const char *reply; /* what to acknowledge it by, at most LIQ_NATS_REPLY_BYTES - 1 bytes */
} liq_nats_message;

enum { LIQ_NATS_REPLY_BYTES = 256, LIQ_NATS_FETCH_MAX = 256 };

typedef void liq_nats_take(void *context, const liq_nats_message *message);

/**
 * Look for the consumer, or make it, and get ready to pull.
 * @param link  lent as long as the pull lives
 * @return LIQ_OK; LIQ_NOT_FOUND (no such stream or consumer); LIQ_BAD_INPUT (it is of another kind:
 * messages are pushed or need no acknowledgement); LIQ_UNSUPPORTED, LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_nats_pull_create(liq_nats_pull **out, liq_nats_link *link,
                                             const liq_nats_pull_options *options, liq_error *err);

/** Takes NULL. The consumer stays where it is. */
void liq_nats_pull_destroy(liq_nats_pull *pull);

/**
 * Pull what is there, at most LIQ_NATS_FETCH_MAX messages; when nothing is, wait for one. The
 * broker is asked for as many at once, but no more than 4 MiB, and may have sent what is not
 * pulled yet.
 * @param is_asking  false: pull only what was asked for before, and do not wait when that has come
 * @param wait_ms  1 .. 1000
 * @param take     called for each message, in order, on this thread
 * @param count    receives how many; 0: none came in time
 * @return LIQ_OK; LIQ_NOT_FOUND (somebody removed the consumer); LIQ_IO
 */
LIQ_MUST_USE liq_status liq_nats_pull_fetch(liq_nats_pull *pull, bool is_asking, int64_t wait_ms,
                                            liq_nats_take *take, void *context, uint32_t *count,
                                            liq_error *err);

/** Acknowledge a message, any time after it came. An acknowledgement may be lost with the
 * connection: the message then comes again. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_nats_acknowledge(liq_nats_link *link, const char *reply,
                                             liq_error *err);

/** Say that a message is still worked on: it comes again one wait later than it would.
 * @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_nats_working(liq_nats_link *link, const char *reply, liq_error *err);

/** Publish a message that nobody stores and nobody answers. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_nats_send(liq_nats_link *link, const char *subject, liq_text data,
                                      liq_error *err);

/** Send what is still buffered, in at most wait_ms. */
LIQ_MUST_USE liq_status liq_nats_flush(liq_nats_link *link, int64_t wait_ms, liq_error *err);

/* ---- publishing ---- */

typedef struct liq_nats_publisher liq_nats_publisher;

typedef enum liq_nats_answer {
    LIQ_NATS_SILENT = 0, /* no answer has come */
    LIQ_NATS_STORED = 1, /* now or, under the same id, before */
    LIQ_NATS_REFUSED = 2
} liq_nats_answer;

/** @param link  lent as long as the publisher lives @return LIQ_OK, LIQ_IO or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_nats_publisher_create(liq_nats_publisher **out, liq_nats_link *link,
                                                  liq_error *err);

/** Takes NULL. Answers that have not come are forgotten. */
void liq_nats_publisher_destroy(liq_nats_publisher *publisher);

/**
 * Publish a message; what becomes of it is answered later. One thread at a time.
 * @param id     the broker drops a message whose id it remembers
 * @param token  from 1, comes back with the answer
 * @return LIQ_OK, LIQ_IO or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_nats_publish(liq_nats_publisher *publisher, const char *subject,
                                         const char *id, liq_text data, uint64_t token,
                                         liq_error *err);

/**
 * The next answer. Some may never come: their messages were lost with a connection, or their
 * answers were.
 * @param wait_ms  0: only one that is there
 * @param@param token    receives that of the message; 0: it is not known, because no stream took it
 * @param err      of LIQ_NATS_REFUSED: why
 */
liq_nats_answer liq_nats_publisher_answer(liq_nats_publisher *publisher, int64_t wait_ms,
                                          uint64_t *token, liq_error *err);

#endif
