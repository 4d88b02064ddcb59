/*
 * A live book as a source, and what settling leaves of accounts put back into it.
 */
#ifndef LIQ_SETTLE_LIVE_SOURCE_H
#define LIQ_SETTLE_LIVE_SOURCE_H

#include <liqscan/live.h>

#include "settle/live_sides.h"
#include "settle/waterfall.h"

/* Columns of an account: entries of the live book side by side, in the order of their lists. */
typedef struct liq_live_columns {
    liq_balance *balances;
    liq_position *positions;
    liq_order *orders;
    uint32_t *entries; /* of positions */
    size_t balance_capacity;
    size_t position_capacity;
    size_t order_capacity;
    size_t entry_capacity;
    liq_account_columns columns; /* of these */
    bool adl_exempt;
} liq_live_columns;

/*
 * Columns of accounts of many entries are kept for the run: such an account stands on as many sides
 * as it has positions, and is asked for on each. Others are put together whenever they are asked
 * for.
 */
typedef struct liq_live_source {
    liq_live *live;
    liq_live_columns scratch;
    liq_live_columns *wide;
    liq_row_map wide_places;  /* of cross margins, from 1 */
    liq_live_sides sides;     /* kept from run to run */
    liq_side_holder *holders; /* the exempt of an instrument */
    size_t wide_capacity;
    size_t holder_capacity;
    uint32_t wide_count; /* of this run; behind them lies memory of runs before */
    uint32_t wide_made;
    uint32_t wide_least; /* entries from which an account is kept; tests set it */
} liq_live_source;

/** @param out  zeroed; live is lent */
void liq_live_source_start(liq_live_source *out, liq_live *live);

/** Takes a zeroed or started one. */
void liq_live_source_clear(liq_live_source *source);

/** The face of it; lent as long as source stays where it is. */
liq_settle_source liq_live_source_face(liq_live_source *source);

/** A run begins: what was read before has changed since. */
void liq_live_source_renew(liq_live_source *source);

/** Put all copies that a run has changed into the live book. */
LIQ_MUST_USE liq_status liq_live_source_apply(liq_live_source *source, liq_waterfall *waterfall,
                                              liq_error *err);

#endif
