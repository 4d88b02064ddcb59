/*
 * What of one source may be applied now. Events of a source are numbered from 1 without a hole;
 * here repeats are told apart from what is new, what came too early waits for what is missing, and
 * when that takes too much room or time, a gap is declared and the source goes on behind it.
 *
 * Belongs to the engine's thread. Memory is taken at the start; times come in.
 */
#ifndef LIQ_FEED_ORDER_H
#define LIQ_FEED_ORDER_H

#include <liqscan/status.h>

#include "feed/feed_event.h"

typedef struct liq_feed_order liq_feed_order;

enum { LIQ_FEED_ORDER_EVENTS_MAX = 65536 };

typedef struct liq_feed_order_limits {
    uint32_t events_max; /* that may wait, 0 .. LIQ_FEED_ORDER_EVENTS_MAX; 0: none waits */
    size_t bytes_max;    /* of their lines */
    int64_t wait_max_ms; /* how long one may wait */
} liq_feed_order_limits;

typedef enum liq_feed_verdict {
    LIQ_FEED_APPLY = 0,     /* it is the next; then ask liq_feed_order_next for those behind it */
    LIQ_FEED_REPEAT = 1,    /* it was taken before, or it waits already: ignore it */
    LIQ_FEED_WAITS = 2,     /* something before it is missing: the order holds a copy */
    LIQ_FEED_GAP = 3,       /* from .. to is missing for good: the event would be too much. Ask
                             * liq_feed_order_next for those behind it, then take the event again */
    LIQ_FEED_UNNUMBERED = 4 /* seq is 0: refuse it; the hole that it leaves shows by itself */
} liq_feed_verdict;

/* What is missing. */
typedef struct liq_feed_gap {
    uint64_t from;
    uint64_t to;
} liq_feed_gap;

/** Destroy takes NULL. */
LIQ_MUST_USE liq_status liq_feed_order_create(liq_feed_order **out,
                                              const liq_feed_order_limits *limits, liq_error *err);
void liq_feed_order_destroy(liq_feed_order *order);

/** Go on behind `last`, as after a restart; what waits is forgotten. Starts at 0. */
void liq_feed_order_start(liq_feed_order *order, uint64_t last);

/** The last event that was taken, or lies in a gap that was declared. */
uint64_t liq_feed_order_last(const liq_feed_order *order);

/** How many wait, and the bytes of their lines. */
uint32_t liq_feed_order_waiting(const liq_feed_order *order, size_t *bytes);

/**
 * Judge an event that came.
 * @param now_ms  for how long it waits; may go back, which makes nothing wait longer than
 *                wait_max_ms from then on
 * @param gap     filled with LIQ_FEED_GAP
 */
liq_feed_verdict liq_feed_order_take(liq_feed_order *order, const liq_feed_event *event,
                                     int64_t now_ms, liq_feed_gap *gap);

/**
 * The line that waited and is now next; it counts as taken from here on.
 * @param line    receives it, lent until the next call of take, next or start; read it again with
 *                liq_feed_parse, which said what it is before. A line that was cut
 *                (liq_feed_event.is_cut) stays LIQ_FEED_BAD with its number
 * @return false: none is
 */
bool liq_feed_order_next(liq_feed_order *order, liq_text *line, uint64_t *seq);

/**
 * Declare the gap before the first event that waits, if one has waited too long; then ask
 * liq_feed_order_next, and this again.
 * @return false: nothing has
 */
bool liq_feed_order_expire(liq_feed_order *order, int64_t now_ms, liq_feed_gap *gap);

#endif
