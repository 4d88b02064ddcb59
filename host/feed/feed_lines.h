/*
 * Bytes of one source on their way to batches: lines are cut out of what is read as it comes, so
 * that a batch holds whole lines only and an unfinished one is the first of the next batch. Used by
 * readers of streams (standard input, sockets).
 *
 * A line that is too long becomes one LIQ_FEED_BAD, and the rest of it is skipped as it comes. A
 * line without any byte in it, or with nothing but a carriage return, is no event and is skipped.
 */
#ifndef LIQ_FEED_LINES_H
#define LIQ_FEED_LINES_H

#include <liqscan/status.h>

#include "feed/feed_parse.h"
#include "feed/feed_queue.h"

/* One stream. Its fields are its own. */
typedef struct liq_feed_lines {
    liq_feed_queue *queue;
    liq_feed_parser *parser;
    liq_feed_batch *filling; /* its bytes hold an unfinished line only; NULL until it is needed */
    size_t used;             /* bytes of that line */
    uint64_t since_ns;       /* when the first of them came */
    uint32_t source;
    bool is_skipping; /* the rest of a line that was too long */
} liq_feed_lines;

/** @param parser  scratch of the thread that reads; lent */
void liq_feed_lines_start(liq_feed_lines *lines, liq_feed_queue *queue, liq_feed_parser *parser,
                          uint32_t source);

/** Forget what is unfinished, and give back the batch. */
void liq_feed_lines_stop(liq_feed_lines *lines);

/**
 * Where to read into.
 * @param room  receives the bytes that fit, at least 1
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_feed_lines_room(liq_feed_lines *lines, char **out, size_t *room,
                                            liq_error *err);

/**
 * So many bytes were read there.
 * @param out  receives a batch of the lines that are now whole, for the caller to push or to drop;
 *             NULL: none is
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY: then the stream can only be stopped
 */
LIQ_MUST_USE liq_status liq_feed_lines_took(liq_feed_lines *lines, size_t bytes,
                                            liq_feed_batch **out, liq_error *err);

/**
 * The stream has ended, and what came last is a line although it has no newline.
 * @param out  receives a batch with is_end, with that line or with no event
 */
LIQ_MUST_USE liq_status liq_feed_lines_end(liq_feed_lines *lines, liq_feed_batch **out,
                                           liq_error *err);

#endif
