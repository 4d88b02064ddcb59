/*
 * Who stands first in the queue of auto-deleveraging of a live book, as the settler sees it now.
 */
#ifndef LIQ_SETTLE_LIVE_QUEUE_H
#define LIQ_SETTLE_LIVE_QUEUE_H

#include <stdbool.h>

#include <liqscan/adl.h>
#include <liqscan/settle.h>

typedef struct liq_live_place {
    const char *account;
    uint64_t rank; /* from 1 */
    bool is_isolated;
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /* contracts */
    char score[LIQ_ADL_SCORE_BYTES];
} liq_live_place;

/**
 * List the first places of a side, best first, ties by account id. Scores everybody who stands
 * there: so long does it take.
 * @param settle  of a live book, between two runs
 * @param limit   places at most, 1 .. 1,000
 * @param each    called for each; its texts are lent for the call
 * @param count   receives how many stand on the side
 * @return LIQ_OK, LIQ_NOT_FOUND (no such instrument), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_queue_list(liq_settle *settle, const char *instrument,
                                            bool is_short, uint32_t limit,
                                            void (*each)(void *context,
                                                         const liq_live_place *place),
                                            void *context, uint64_t *count, liq_error *err);

#endif
