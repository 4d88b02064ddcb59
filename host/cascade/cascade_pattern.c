/*
 * The pattern of a deleveraging, round by round: what is open, the share of it that was liquidated,
 * and of what is traded; and, where asked for, how much more a further move would flag, which looks
 * at every account.
 */
#include "base/decimal.h"
#include "base/fail.h"
#include "cascade/cascade_internal.h"

enum { DAY_MS = 86400000, PPM_ONE = 1000000, P99 = 2 };

liq_status liq_cascade_volume_read(liq_cascade *self, const char *volume, liq_error *err)
{
    liq_decimal day;

    self->options.volume = NULL; /* not lent any more */
    self->volume_cash = -1;
    if (volume == NULL)
        return LIQ_OK;
    if (liq_decimal_parse(&day, liq_text_of(volume), NULL) == LIQ_OK && day.digits > 0 &&
        liq_decimal_scale(&self->volume_cash, day, self->book.venue.cash_decimals, LIQ_ROUND_FLOOR))
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0, "a volume of \"%.64s\" is not an amount above 0",
                    volume);
}

liq_status liq_cascade_pattern_make(liq_cascade *self, liq_error *err)
{
    self->pattern = (liq_pattern){.live = self->live, .settle = self->settle};
    if (self->options.monitor == 0)
        return LIQ_OK;
    if (liq_pattern_create(&self->pattern, self->live, self->settle, UINT32_MAX, err) != LIQ_OK)
        return LIQ_OUT_OF_MEMORY;
    self->pattern.rises = self->move_count > 0 && self->moves[0].change_ppm > 0;
    return LIQ_OK;
}

void liq_cascade_pattern_see(liq_cascade *self, liq_cascade_step *step)
{
    liq_pattern_facts facts;

    for (uint32_t i = 0; i < self->book.venue.instrument_count; i++) {
        liq_int128 lots;
        liq_int128 cash;

        liq_pattern_interest(&self->pattern, i, &lots, &cash);
        step->interest += cash;
    }
    if (self->options.monitor == 0)
        return;
    liq_pattern_see(&self->pattern, &facts);
    for (int i = 0; i < LIQ_CASCADE_SLOPES; i++)
        step->slopes[i] = facts.slopes[i];
    step->leverage = liq_leverage_quantile(&facts.counts->leverage, liq_pattern_quantiles_ppm[P99]);
}

uint32_t liq_cascade_open_share_ppm(const liq_cascade_step *step)
{
    const liq_int128 all = step->interest + step->totals.notional;

    return all > 0 ? (uint32_t)(step->totals.notional * PPM_ONE / all) : 0;
}

int64_t liq_cascade_volume_share_ppm(const liq_cascade *self, const liq_cascade_step *step)
{
    liq_int128 all;

    if (self->volume_cash < 0)
        return -1;
    all = step->market + self->volume_cash * self->options.round_ms / DAY_MS;
    return all > 0 ? (int64_t)(step->market * PPM_ONE / all) : 0;
}
