/*
 * Prices of sources through the guards of the policy. How old prices are the core knows, and tells
 * the guards, so that each is said once.
 */
#include "base/fail.h"
#include "engine/engine_core.h"
#include "guard/nearness.h"
#include "scan/live_scan.h"

static void age_tell(liq_core *core, uint32_t slot, const liq_core_price *price);

liq_status liq_core_guard_create(liq_core *core, liq_error *err)
{
    liq_guards rules = core->book->venue.policy.guards;

    liq_status status;

    rules.stale_ms = 0;
    status = liq_price_guard_create(&core->guard, &rules, core->live, core->book, err);
    for (uint32_t i = 0; status == LIQ_OK && i < core->config.source_count; i++)
        liq_price_guard_source_name(&core->guard, i, core->config.sources[i]);
    return status;
}

liq_status liq_core_guard_price(liq_core *core, uint32_t source, int64_t time_ms,
                                const liq_live_event *price, bool *is_late, liq_error *err)
{
    liq_decimal mark;
    liq_guard_verdict verdict = LIQ_GUARD_USE;
    liq_status status = liq_price_guard_apply_from(
        &core->guard, time_ms == 0 ? LIQ_GUARD_NO_TIME : time_ms, source, price, &verdict, err);

    *is_late = false;
    if (verdict != LIQ_GUARD_REFUSE)
        return liq_core_said(status, err);
    *is_late = liq_decimal_parse(&mark, liq_text_of(price->price), NULL) == LIQ_OK &&
               liq_price_is_sound(mark);
    /* What is no price the book refuses too, and says why. */
    return *is_late ? LIQ_OK : liq_core_said(liq_live_apply(core->live, price, 1, err), err);
}

liq_status liq_core_guard_make(liq_core *core, int64_t time_ms, const char *symbol,
                               const liq_mark_texts *texts, bool *is_late, liq_error *err)
{
    liq_price_made made = {0};
    const liq_status status =
        liq_core_said(liq_price_guard_make(&core->guard, time_ms == 0 ? LIQ_GUARD_NO_TIME : time_ms,
                                           symbol, texts, &made, err),
                      err);

    *is_late = status == LIQ_OK && made.verdict == LIQ_GUARD_REFUSE && made.lacks == NULL;
    if (status != LIQ_OK || made.lacks == NULL)
        return status;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                    "its %s is not known, or not above 0 and below 10^18: no mark is made of it",
                    made.lacks);
}

void liq_core_guard_tick(liq_core *core)
{
    for (uint32_t i = 0; i < core->instrument_count; i++)
        age_tell(core, i, &core->marks[i]);
    for (uint32_t i = 0; i < core->asset_count; i++)
        age_tell(core, core->instrument_count + i, &core->indices[i]);
    if (core->now_ms >= 0)
        liq_guard_tick(core->guard.guard, core->now_ms);
}

/* What nobody has sent is missing, and not stale; of what was lost the age is not known. */
static void age_tell(liq_core *core, uint32_t slot, const liq_core_price *price)
{
    int64_t age_ms = price->time_ms == INT64_MIN ? 0 : core->now_ms - price->time_ms;
    const bool is_stale = liq_core_is_stale(core, price);

    if (age_ms < 0)
        age_ms = is_stale ? -age_ms : 0;
    if (price->source != LIQ_NO_INDEX)
        liq_guard_age_note(core->guard.guard, slot, is_stale, age_ms, liq_core_stale_ms(core));
}
