#include "settle/margin_notice.h"

#include <stdlib.h>

#include "base/memory.h"
#include "liq_limits.h"

enum { PPM_DECIMALS = 6 };

static liq_settle_notice notice_of(const liq_dynamic_change *change);
static liq_factor_source leading_source(const liq_dynamic_change *change, uint32_t *raw_ppm);
static uint32_t observed_ppm(const liq_dynamic_evidence *evidence, liq_factor_source source);

liq_status liq_margin_notices_tell(liq_margin_notices *notices, liq_settle *settle,
                                   const liq_dynamic_change *changes, uint32_t count,
                                   liq_error *err)
{
    const liq_status status =
        liq_memory_extend(&notices->items, &notices->capacity, count, sizeof *notices->items, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        notices->items[i] = notice_of(&changes[i]);
    liq_settle_margin_notices(settle, notices->items, count);
    return LIQ_OK;
}

void liq_margin_notices_clear(liq_margin_notices *notices)
{
    free(notices->items);
    *notices = (liq_margin_notices){0};
}

static liq_settle_notice notice_of(const liq_dynamic_change *change)
{
    liq_settle_notice out = {.kind = change->stage == LIQ_DYNAMIC_ANNOUNCED
                                         ? LIQ_SETTLE_MARGIN_NOTICE
                                         : LIQ_SETTLE_MARGIN_RATE,
                             .instrument = change->instrument_index,
                             .asset = LIQ_NO_INDEX,
                             .fund = LIQ_NO_INDEX,
                             .maintenance_ppm = change->after.ppm[LIQ_FACTOR_MAINTENANCE],
                             .initial_ppm = change->after.ppm[LIQ_FACTOR_INITIAL],
                             .effective_ms = change->effective_ms};
    const liq_factor_source source = leading_source(change, &out.raw_ppm);

    out.reason = (liq_settle_reason)((int)LIQ_BECAUSE_REALISED_VOLATILITY + (int)source);
    (void)liq_decimal_from_units(&out.observed, observed_ppm(&change->evidence, source),
                                 PPM_DECIMALS);
    return out;
}

/* What asks for the most of the rate that changes, of maintenance where both do. */
static liq_factor_source leading_source(const liq_dynamic_change *change, uint32_t *raw_ppm)
{
    const int rate =
        change->before.ppm[LIQ_FACTOR_MAINTENANCE] != change->after.ppm[LIQ_FACTOR_MAINTENANCE]
            ? LIQ_FACTOR_MAINTENANCE
            : LIQ_FACTOR_INITIAL;
    int leading = 0;

    *raw_ppm = change->evidence.raw.ppm[rate];
    while (leading < LIQ_FACTOR_SOURCES - 1 && change->evidence.source_ppm[leading] != *raw_ppm)
        leading++;
    return (liq_factor_source)leading;
}

static uint32_t observed_ppm(const liq_dynamic_evidence *evidence, liq_factor_source source)
{
    switch (source) {
    case LIQ_FACTOR_REALISED:
        return evidence->realised_ppm;
    case LIQ_FACTOR_IMPLIED:
        return evidence->implied_ppm;
    case LIQ_FACTOR_INTEREST:
        return evidence->interest_ppm;
    case LIQ_FACTOR_CONCENTRATION:
        break;
    }
    return evidence->concentration_ppm;
}
