/*
 * One side of an instrument that is to be deleveraged: who stands there, what may be asked of each,
 * and what the allocation says.
 */
#ifndef LIQ_SETTLE_ADL_SIDE_H
#define LIQ_SETTLE_ADL_SIDE_H

#include "settle/waterfall.h"

typedef struct liq_adl_side {
    const liq_adl_counterparty *parties; /* in rank order; lent until the next side is made */
    const int64_t *close_lots;
    uint32_t count;
    uint32_t side; /* of the counterparties */
    int64_t exec_value;
    bool at_cost; /* each lot at what the venue paid for it */
    liq_adl_report report;
} liq_adl_side;

/**
 * Share the lots of some pending ones out.
 * @param pending  of one instrument, all of one sign
 */
LIQ_MUST_USE liq_status liq_adl_side_make(liq_adl_side *out, liq_waterfall *waterfall,
                                          const liq_pending *pending, uint32_t count,
                                          liq_error *err);

#endif
