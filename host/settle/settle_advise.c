/*
 * Settling for an exchange that acts itself: what it is told of funds, and runs that only advise.
 */
#include <liqscan/settle.h>

#include "base/fail.h"
#include "settle/settle_internal.h"

static liq_fund_state *fund_find(const liq_settle *settle, const char *name, uint32_t *index);

void liq_settle_advise(liq_settle *settle)
{
    LIQ_ASSERT(settle->live != NULL);
    settle->waterfall.advice.is_on = true;
}

/* Rooms count what moves have changed: what comes from outside is no part of that. */
liq_status liq_settle_fund_set(liq_settle *settle, const char *fund, const char *balance,
                               liq_error *err)
{
    liq_error reason = {0};
    liq_fund_state *found;
    uint32_t index;
    int64_t units;
    liq_status status;

    if (settle->live == NULL)
        return liq_fail(err, LIQ_UNSUPPORTED, 0, "the settler is one of a loaded book");
    if ((found = fund_find(settle, fund, &index)) == NULL)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "there is no fund \"%.128s\"", fund);
    if ((status = liq_decimal_parse_units(
             &units, liq_text_of(balance),
             settle->waterfall.source.venue->assets[found->asset].decimals, &reason)) != LIQ_OK)
        return liq_fail(err, status, 0, "balance of fund \"%.128s\": %s", fund, reason.message);
    if (liq_size_of(units) > INT64_MAX / 4)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "balance \"%.64s\" of fund \"%.128s\" is past %s",
                        balance, fund, "2^61 units");
    found->grains = (liq_int128)units * LIQ_GRAINS_PER_UNIT;
    settle->before[index] = units;
    return LIQ_OK;
}

/* Those of the venue come before those of assets that have none. */
static liq_fund_state *fund_find(const liq_settle *settle, const char *name, uint32_t *index)
{
    const liq_funds *funds = &settle->waterfall.funds;
    const liq_venue *venue = settle->waterfall.source.venue;
    uint32_t asset;

    if (liq_names_find(venue->fund_names, liq_text_of(name), index))
        return &funds->funds[*index];
    if (!liq_names_find(venue->asset_names, liq_text_of(name), &asset))
        return NULL;
    *index = funds->asset_funds[asset];
    return liq_text_equal(liq_text_of(name), funds->funds[*index].name) ? &funds->funds[*index]
                                                                        : NULL;
}
