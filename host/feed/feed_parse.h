/*
 * The strict reader of one line of a feed. It refuses what another program might read differently:
 * keys that it does not know, keys that are there twice, numbers where a decimal in quotes must be,
 * anything behind the object.
 */
#ifndef LIQ_FEED_PARSE_H
#define LIQ_FEED_PARSE_H

#include <liqscan/status.h>

#include "base/json_scan.h"
#include "feed/feed_batch.h"
#include "feed/feed_event.h"

/* Scratch of one thread. Starts zeroed. */
typedef struct liq_feed_parser {
    liq_json_spans spans;
} liq_feed_parser;

/** Give the scratch back; it is then as at the start. */
void liq_feed_parser_clear(liq_feed_parser *parser);

/**
 * Add the event that a line is to a batch. A line that is no valid event becomes LIQ_FEED_BAD.
 * @param line  no newline in it, at most LIQ_FEED_LINE_BYTES_MAX; lent: must live and stay where
 *              it is as long as the batch
 * @return LIQ_OK, or LIQ_OUT_OF_MEMORY: then the batch holds no event for the line
 */
LIQ_MUST_USE liq_status liq_feed_parse(liq_feed_parser *parser, liq_feed_batch *batch,
                                       liq_text line, liq_error *err);

/**
 * Add LIQ_FEED_BAD for a line that is too long to be read.
 * @param start  its first bytes, at least LIQ_FEED_LINE_KEPT_BYTES of them. The event's line is a
 *               copy of so much of it that, whenever it is read again, it is no valid event and has
 *               the same seq and account
 */
LIQ_MUST_USE liq_status liq_feed_parse_cut(liq_feed_parser *parser, liq_feed_batch *batch,
                                           liq_text start, liq_error *err);

#endif
