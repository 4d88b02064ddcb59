#include "settle/impact.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/half_life.h"
#include "base/memory.h"

enum { ONE = 1000000000, SHIFT_DECIMALS = 9, DECIMALS_MORE = 4 };

static int64_t bounded(liq_int128 shift);
static int64_t share_of(int64_t sweep, int64_t share);

liq_status liq_impact_create(liq_impact *out, uint32_t instrument_count, liq_impact_rule rule,
                             liq_error *err)
{
    liq_impact impact = {.rule = rule};
    liq_status status;

    LIQ_ASSERT(rule.share >= 0 && rule.share <= ONE);
    LIQ_ASSERT(rule.half_life_ms > 0);
    if ((status = liq_memory_array(&impact.places, instrument_count, sizeof *impact.places, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&impact.listed, instrument_count, sizeof *impact.listed, err)) !=
            LIQ_OK) {
        liq_impact_clear(&impact);
        return status;
    }
    *out = impact;
    return LIQ_OK;
}

void liq_impact_clear(liq_impact *impact)
{
    free(impact->places);
    free(impact->listed);
    *impact = (liq_impact){0};
}

/* The value of an inverse contract is -1 / price, so that the two change places. */
void liq_impact_fill(liq_impact *impact, uint32_t instrument, int64_t value, int64_t mark)
{
    LIQ_ASSERT(value != 0 && mark != 0 && (value < 0) == (mark < 0));
    if (value < 0)
        liq_impact_fill_price(impact, instrument, -(liq_int128)mark, -(liq_int128)value);
    else
        liq_impact_fill_price(impact, instrument, value, mark);
}

void liq_impact_fill_price(liq_impact *impact, uint32_t instrument, liq_int128 price,
                           liq_int128 mark)
{
    liq_impact_place *place = &impact->places[instrument];
    const int64_t sweep = bounded((price - mark) * ONE / mark);

    if (!place->is_listed) {
        place->is_listed = true;
        impact->listed[impact->listed_count++] = instrument;
    }
    if (sweep < place->low)
        place->low = sweep;
    if (sweep > place->high)
        place->high = sweep;
}

/* The sweep was seen from the displaced mark: factors, not sums. */
void liq_impact_fold(liq_impact *impact, int64_t now_ms)
{
    for (uint32_t i = 0; i < impact->listed_count; i++) {
        liq_impact_place *place = &impact->places[impact->listed[i]];
        const int64_t shift = liq_impact_shift(impact, impact->listed[i], now_ms);
        const int64_t sweep =
            share_of(place->low, impact->rule.share) + share_of(place->high, impact->rule.share);
        const liq_int128 product = ((liq_int128)ONE + shift) * (ONE + sweep);

        place->shift = bounded(product / ONE - ONE);
        place->at_ms = now_ms;
        place->low = 0;
        place->high = 0;
    }
}

int64_t liq_impact_shift(const liq_impact *impact, uint32_t instrument, int64_t now_ms)
{
    const liq_impact_place *place = &impact->places[instrument];
    int64_t factor;

    if (place->shift == 0)
        return 0;
    LIQ_ASSERT(now_ms >= place->at_ms);
    factor = liq_half_life_factor_floor(now_ms - place->at_ms, impact->rule.half_life_ms);
    return (int64_t)((liq_int128)place->shift * factor / LIQ_HALF_LIFE_ONE);
}

bool liq_impact_price(liq_decimal *out, liq_decimal price, int64_t shift)
{
    const liq_decimal factor = {.digits = ONE + shift, .decimals = SHIFT_DECIMALS};
    const int64_t limit = INT64_C(1000000000000000000);

    if (shift == 0) {
        *out = price;
        return price.digits > 0;
    }
    for (int32_t decimals = price.decimals + DECIMALS_MORE; decimals >= 0; decimals--) {
        liq_int128 units;

        if (decimals <= LIQ_DECIMAL_DECIMALS_MAX &&
            liq_decimal_product(&units, price, factor, decimals, LIQ_ROUND_NEAREST) &&
            units < limit)
            return units > 0 && liq_decimal_from_units(out, (int64_t)units, decimals);
    }
    return false;
}

static int64_t bounded(liq_int128 shift)
{
    if (shift < LIQ_IMPACT_LEAST)
        return LIQ_IMPACT_LEAST;
    return shift > LIQ_IMPACT_MOST ? LIQ_IMPACT_MOST : (int64_t)shift;
}

static int64_t share_of(int64_t sweep, int64_t share)
{
    return (int64_t)((liq_int128)sweep * share / ONE);
}
