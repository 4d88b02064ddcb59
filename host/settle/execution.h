/*
 * Where lots can be closed now, and at which value: one face for the models of execution. The depth
 * of an order book is consumed level by level; the mark with a cost takes any quantity; at the
 * bankruptcy price and with external execution nothing is closed here.
 */
#ifndef LIQ_SETTLE_EXECUTION_H
#define LIQ_SETTLE_EXECUTION_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/columns.h"
#include "book/live_book.h"
#include "book/market.h"

/* The levels of one side that are left. */
typedef struct liq_depth_side {
    uint32_t first; /* in the levels of a loaded book */
    uint32_t count; /* likewise */
    uint32_t next;  /* the best one that is not gone, from 0 */
    int64_t taken;  /* its lots that are gone */
    int64_t gone;   /* lots of all levels that are gone */
} liq_depth_side;

typedef struct liq_execution {
    const liq_venue *venue;
    const liq_market *market;
    const liq_depth_level *levels; /* lent; by instrument, bids before asks, best first */
    const liq_live_side *live;     /* lent, of a live book, by side, in place of levels; or NULL */
    const liq_decimal *marks;      /* lent, by instrument: what levels were seen at; or NULL */
    liq_depth_side *sides;         /* 2 i: bids of instrument i, 2 i + 1: asks */
    uint32_t *used;                /* sides that have been consumed from */
    uint32_t used_count;
} liq_execution;

/* An offer: so many lots at this value of one lot, fine units. */
typedef struct liq_offer {
    int64_t lots;
    int64_t value; /* rounded against the account that closes */
} liq_offer;

/**
 * @param out     zeroed
 * @param levels  lent, sorted as liq_book has them
 * @param marks   lent. NULL: levels stand where they are; else by instrument the mark that its
 * levels were seen at (digits 0: none): they move with the mark in proportion
 */
LIQ_MUST_USE liq_status liq_execution_create(liq_execution *out, const liq_venue *venue,
                                             const liq_market *market,
                                             const liq_depth_level *levels, uint64_t level_count,
                                             const liq_decimal *marks, liq_error *err);

/** Meet the depth of a live book, as it is whenever it is asked for. @param sides  lent; levels
 * given before are not looked at any more */
void liq_execution_follow(liq_execution *execution, const liq_live_side *sides);

/** Takes a zeroed or filled one. */
void liq_execution_clear(liq_execution *execution);

/** Everything that was consumed is there again. */
void liq_execution_reset(liq_execution *execution);

/**
 * The best offer for closing lots.
 * @param is_buy    the account buys (closes a short)
 * @param lots_max  above zero
 * @return false when there is none
 */
bool liq_execution_offer(const liq_execution *execution, uint32_t instrument, bool is_buy,
                         int64_t lots_max, liq_offer *out);

/**
 * Lots of a side that are still there at values not worse than a limit; with execution in depth.
 * @param limit  value of a lot: the least for a sale, the most for a purchase
 * @return at most LIQ_QUANTITY_LOTS_MAX: more than that counts as so many
 */
int64_t liq_execution_lots(const liq_execution *execution, uint32_t instrument, bool is_buy,
                           int64_t limit);

/** Lots of a side that were consumed since the last reset. */
int64_t liq_execution_taken(const liq_execution *execution, uint32_t instrument, bool is_buy);

/** Consume lots of the offer made last. */
void liq_execution_take(liq_execution *execution, uint32_t instrument, bool is_buy, int64_t lots);

#endif
