/*
 * A live book as a source, and what settling leaves of accounts put back into it.
 */
#ifndef LIQ_SETTLE_LIVE_SOURCE_H
#define LIQ_SETTLE_LIVE_SOURCE_H

#include <liqscan/live.h>

#include "settle/waterfall.h"

typedef struct liq_live_source {
    liq_live *live;
    liq_balance *balances;
    liq_position *positions;
    liq_order *orders;
    liq_side_holder *holders;
    size_t balance_capacity;
    size_t position_capacity;
    size_t order_capacity;
    size_t holder_capacity;
} liq_live_source;

/** @param out  zeroed; live is lent */
void liq_live_source_start(liq_live_source *out, liq_live *live);

/** Takes a zeroed or started one. */
void liq_live_source_clear(liq_live_source *source);

/** The face of it; lent as long as source stays where it is. */
liq_settle_source liq_live_source_face(liq_live_source *source);

/** Put all copies that a run has changed into the live book. */
LIQ_MUST_USE liq_status liq_live_source_apply(liq_live_source *source, liq_waterfall *waterfall,
                                              liq_error *err);

#endif
