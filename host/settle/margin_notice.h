/*
 * What dynamic margin did to a live book, as actions of the next run: a margin_notice when a change
 * is told, a margin_rate when it takes effect.
 */
#ifndef LIQ_SETTLE_MARGIN_NOTICE_H
#define LIQ_SETTLE_MARGIN_NOTICE_H

#include "scan/live_margin.h"
#include "settle/settle_notice.h"

typedef struct liq_margin_notices {
    liq_settle_notice *items; /* of the next run */
    size_t capacity;
} liq_margin_notices;

/** Hand changes to the settler: between a tick of the live book and a run. @param notices  zeroed
 * at first, and not changed before that run has ended */
LIQ_MUST_USE liq_status liq_margin_notices_tell(liq_margin_notices *notices, liq_settle *settle,
                                                const liq_dynamic_change *changes, uint32_t count,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_margin_notices_clear(liq_margin_notices *notices);

#endif
