/*
 * A source that is a durable consumer of a NATS stream, read by a thread of its own. A message is
 * one event or many, a line each. It is acknowledged when all its events are applied and durable,
 * and comes again when that is not so in time, or after the process was killed: as repeats, which
 * the order of the source ignores. While it waits for the engine the broker is told so.
 *
 * When the queue is full nothing is pulled: events stay with the broker. The thread connects for
 * ever, and says in its facts what keeps it from it.
 */
#ifndef LIQ_FEED_NATS_H
#define LIQ_FEED_NATS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"
#include "feed/feed_queue.h"
#include "wire/nats_link.h"

enum {
    LIQ_FEED_NATS_UNSETTLED_MAX = 16384, /* messages that wait for their acknowledgement */
    LIQ_FEED_NATS_ANSWER_BYTES = 65536   /* of answers that wait to be sent; more are dropped */
};

typedef struct liq_feed_nats liq_feed_nats;

/* Texts are copied. */
typedef struct liq_feed_nats_options {
    liq_nats_options broker;
    const char *stream;
    const char *subject;  /* of its messages, those that count; NULL: as the consumer has it */
    const char *durable;  /* name of the consumer, for one process at a time */
    const char *answers;  /* subject that lines for the source are published to; NULL: none */
    bool is_made;         /* make stream and consumer when they do not exist */
    uint64_t ack_wait_ns; /* as liq_nats_pull_options has it: how long after a kill what was under
                           * way comes again */
    uint32_t source;      /* index for the batches */
    uint64_t applied;     /* the last event that is durable, 0: none */
} liq_feed_nats_options;

typedef struct liq_feed_nats_facts {
    bool is_connected;
    bool is_failing;       /* the last try to connect or to pull failed */
    uint64_t messages;     /* that came */
    uint64_t bytes;        /* of them */
    uint64_t acknowledged; /* messages */
    uint64_t unsettled;    /* messages that wait for it */
    uint64_t failures;     /* tries that failed, and connections lost */
    uint64_t answers_dropped;
    char error[LIQ_ERROR_MESSAGE_BYTES]; /* of the last failure, "" so far */
} liq_feed_nats_facts;

/**
 * Start reading; no broker need be there.
 * @param queue  lent until it is stopped
 * @return LIQ_OK; LIQ_BAD_INPUT (settings that cannot be used), LIQ_OUT_OF_MEMORY, LIQ_IO
 */
LIQ_MUST_USE liq_status liq_feed_nats_start(liq_feed_nats **out, liq_feed_queue *queue,
                                            const liq_feed_nats_options *options, liq_error *err);

/** Send the acknowledgements that are due, stop, and give everything back; it takes as long as the
 * broker lets it, about two seconds for each server. The queue may be closed or not. Takes NULL. */
void liq_feed_nats_stop(liq_feed_nats *reader);

/* The engine's side: never blocks. */

/** All of the source up to seq is applied and durable. */
void liq_feed_nats_acknowledge(liq_feed_nats *reader, uint64_t seq);

/** Send a line of feed_message.h to the source, when there is a subject for it and a connection. */
void liq_feed_nats_tell(liq_feed_nats *reader, liq_text line);

/** Any thread. */
void liq_feed_nats_facts_read(liq_feed_nats *reader, liq_feed_nats_facts *out);

#endif
