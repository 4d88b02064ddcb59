/*
 * What moves later than the shock, and what the venue hears of prices: from the command line.
 */
#ifndef LIQ_APP_CASCADE_FEED_PLAN_H
#define LIQ_APP_CASCADE_FEED_PLAN_H

#include <liqscan/cascade.h>

#include "app/options.h"
#include "app/shock.h"

/* A move behind the shock. */
typedef struct liq_later_move {
    liq_shock shock;
    int64_t time_ms;
} liq_later_move;

typedef struct liq_feed_plan {
    liq_cascade_fault *faults;
    char (*symbols)[LIQ_SHOCK_SYMBOL_BYTES]; /* of the faults, which point here */
    liq_later_move *later;
    uint32_t fault_count;
    uint32_t later_count;
    int64_t lag_ms;
} liq_feed_plan;

/** Read --after, --feed-lag, --freeze and --wrong. @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE,
 * the message quotes the text; LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_feed_plan_read(liq_feed_plan *out, const liq_options *options,
                                           liq_error *err);

/** Takes a zeroed or filled one. */
void liq_feed_plan_clear(liq_feed_plan *plan);

#endif
