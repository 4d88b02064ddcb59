/*
 * Dynamic margin inside a cascade: rates follow the marks that it makes, by its own clock. The
 * marks before the shock count as one sample behind.
 */
#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"

liq_status liq_cascade_margin_make(liq_cascade *self, liq_error *err)
{
    liq_status status;

    if (!self->book.venue.policy.dynamic_margin.is_on)
        return LIQ_OK;
    status = liq_live_margin_create(&self->margin, self->live, &self->book, err);
    return status == LIQ_OK ? liq_cascade_margin_tick(
                                  self, -self->book.venue.policy.dynamic_margin.sample_ms, err)
                            : status;
}

void liq_cascade_margin_drop(liq_cascade *self)
{
    liq_live_margin_clear(&self->margin);
    liq_margin_notices_clear(&self->margin_notices);
}

liq_status liq_cascade_margin_tick(liq_cascade *self, int64_t time_ms, liq_error *err)
{
    const int64_t sample_ms = self->book.venue.policy.dynamic_margin.sample_ms;
    const liq_dynamic_change *changes;
    uint32_t count;
    liq_status status;

    if (self->margin.dynamic == NULL)
        return LIQ_OK;
    status = liq_live_margin_tick(&self->margin, time_ms + sample_ms, &changes, &count, err);
    if (status != LIQ_OK || count == 0)
        return status;
    return liq_margin_notices_tell(&self->margin_notices, self->settle, changes, count, err);
}

bool liq_cascade_margin_is_under_way(const liq_cascade *self)
{
    for (uint32_t i = 0; self->margin.dynamic != NULL && i < self->book.venue.instrument_count;
         i++) {
        const liq_factor_track *track = &liq_dynamic_state_of(self->margin.dynamic, i)->track;

        if (track->is_under_way ||
            track->wishes[LIQ_FACTOR_MAINTENANCE].raise_since_ms != LIQ_FACTOR_NEVER_MS)
            return true;
    }
    return false;
}

int64_t liq_cascade_margin_patience_ms(const liq_cascade *self)
{
    const liq_dynamic_policy *policy = &self->book.venue.policy.dynamic_margin;

    return policy->is_on ? policy->notice_ms + policy->interval_ms + policy->raise_after_ms : 0;
}

uint32_t liq_cascade_margin_most_ppm(const liq_cascade *self)
{
    const liq_margin_factors *factors = self->live->book.prices.margin_factors;
    uint32_t most = 0;

    for (uint32_t i = 0; i < self->book.venue.instrument_count; i++)
        most = factors[i].maintenance_ppm > most ? factors[i].maintenance_ppm : most;
    return most;
}
