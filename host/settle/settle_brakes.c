/*
 * The brakes of a settler, for those who hold the settler.
 */
#include <liqscan/settle.h>

#include "base/fail.h"
#include "settle/settle_filter.h"
#include "settle/settle_internal.h"

liq_status liq_settle_resume(liq_settle *settle, const char *instrument, liq_error *err)
{
    const liq_names *names = settle->book->venue.instrument_names;
    uint32_t index = LIQ_NO_INDEX;
    uint32_t fund = LIQ_NO_INDEX;

    if (instrument != NULL) {
        if (!liq_names_find(names, liq_text_of(instrument), &index))
            return liq_fail(err, LIQ_NOT_FOUND, 0, "there is no instrument \"%.128s\"", instrument);
        fund =
            settle->live == NULL ? LIQ_NO_INDEX : settle->waterfall.funds.inventories[index].fund;
    }
    liq_brakes_release(&settle->waterfall.brakes, index, fund);
    return LIQ_OK;
}

uint32_t liq_settle_breaker_count(const liq_settle *settle)
{
    return settle->waterfall.brakes.on_count;
}

void liq_settle_round_set(liq_settle *settle, uint64_t round)
{
    settle->waterfall.brakes.round_next = round;
}

void liq_settle_brakes_off(liq_settle *settle)
{
    liq_brakes_clear(&settle->waterfall.brakes);
}

uint64_t liq_settle_brake_starts(const liq_settle *settle, liq_settle_reason reason)
{
    LIQ_ASSERT(reason >= LIQ_BECAUSE_RATE_LIMIT && reason <= LIQ_BECAUSE_PRICE_SPEED);
    return settle->waterfall.brakes.starts[reason - LIQ_BECAUSE_RATE_LIMIT];
}

uint64_t liq_settle_brakes_digest(const liq_settle *settle)
{
    return liq_brakes_digest(&settle->waterfall.brakes);
}
