/*
 * Runs that only say what they would do. What a run changes of a settler is noted before it and put
 * back after it; with nothing to settle that is next to nothing.
 */
#ifndef LIQ_SETTLE_ADVICE_H
#define LIQ_SETTLE_ADVICE_H

#include "settle/waterfall.h"

/** Note what stands. Requests of another mode, and fills of them, are forgotten.
 * @return LIQ_OK, LIQ_OUT_OF_MEMORY: then nothing may be run */
LIQ_MUST_USE liq_status liq_advice_keep(liq_waterfall *waterfall, const liq_waterfall_input *input,
                                        liq_error *err);

/** Put back what stood. What is not an act of the run stays: time, marks, peaks of funds, numbers
 * of actions and requests. */
void liq_advice_put_back(liq_waterfall *waterfall);

/** A cool-down of a row that was named for later runs begins, or with 0 ends. */
LIQ_MUST_USE liq_status liq_cooldown_set(liq_waterfall *waterfall, liq_row_name name, int64_t ends,
                                         liq_error *err);

void liq_advice_clear(struct liq_advice *advice);

#endif
