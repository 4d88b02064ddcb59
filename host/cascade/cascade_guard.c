/*
 * Guards inside a cascade, by its own clock: who is held for a price that is not certain, how long
 * anything is waited for, and rounds that are too many.
 */
#include <string.h>

#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"
#include "settle/settle_filter.h"

static liq_status feed_hear(liq_cascade *self, liq_error *err);
static bool guard_holds(void *context, uint32_t account);

/* Marks are never old where the feed has no faults. */
liq_status liq_cascade_guard_make(liq_cascade *self, liq_error *err)
{
    const liq_settle_filter filter = {.context = self, .holds = guard_holds};
    liq_guards rules = self->book.venue.policy.guards;
    liq_status status;

    if (!self->feed.is_faulty)
        rules.stale_ms = 0;
    if (rules.step == 0 && rules.band == 0 && rules.stale_ms == 0)
        return LIQ_OK;
    if ((status = liq_price_guard_create(&self->guard, &rules, self->live, &self->book, err)) !=
        LIQ_OK)
        return status;
    liq_settle_filter_set(self->settle, &filter);
    return self->feed.is_faulty ? feed_hear(self, err) : LIQ_OK;
}

/* A feed that has gone quiet by the shock was heard the round before. */
static liq_status feed_hear(liq_cascade *self, liq_error *err)
{
    const uint32_t instruments = self->book.venue.instrument_count;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < self->price_count; i++) {
        const liq_live_event_kind kind = i < instruments ? LIQ_LIVE_MARK : LIQ_LIVE_INDEX;
        const liq_decimal price = self->before[i];
        char text[LIQ_DECIMAL_BYTES];
        const liq_live_event event = {.kind = kind,
                                      .symbol = liq_cascade_price_name(self, i),
                                      .price =
                                          liq_decimal_format(text, price.digits, price.decimals)};

        if (price.digits != 0 && i != instruments) /* the margin currency has no price to tell */
            status = liq_price_guard_apply(
                &self->guard, -self->options.round_ms - self->feed.lag_ms, &event, NULL, err);
    }
    return status;
}

static bool guard_holds(void *context, uint32_t account)
{
    const liq_cascade *self = context;

    return liq_price_guard_holds(&self->guard, account);
}

bool liq_cascade_is_awaited(const liq_cascade *self, int64_t time_ms)
{
    if (time_ms < self->last_ms || self->has_news || liq_cascade_feed_waits(self) ||
        liq_cascade_margin_is_under_way(self))
        return true;
    return self->guard.guard != NULL &&
           (liq_guard_held_count(self->guard.guard) > 0 ||
            memchr(self->pending, true, self->price_count * sizeof *self->pending) != NULL);
}

int64_t liq_cascade_patience_ms(const liq_cascade *self)
{
    const liq_policy *policy = &self->book.venue.policy;
    const liq_guards *guards = &policy->guards;
    int64_t patience = policy->liquidation.cooldown_ms + self->feed.lag_ms;

    if (policy->liquidation.execution == LIQ_EXECUTION_SLICED)
        patience += policy->liquidation.slicing.interval_ms;
    if (self->guard.guard != NULL)
        patience += guards->confirm_ms + guards->calm_ms +
                    (guards->confirm_marks + 1) * self->options.round_ms;
    if (guards->rate_notional.digits > 0)
        patience += guards->rate_ms;
    if (guards->breaker != LIQ_BREAKER_OFF)
        patience += guards->breaker_cooldown_ms + guards->breaker_move_ms;
    return patience + liq_cascade_margin_patience_ms(self);
}

/* Rounds of a cascade are runs of the settler: it is told which one is to come. */
void liq_cascade_round_tell(liq_cascade *self, uint64_t flagged)
{
    liq_settle_round_set(self->settle, flagged > 0 ? self->streak + 1 : 0);
}

void liq_cascade_round_told(liq_cascade *self)
{
    const bool is_broken = self->waterfall->brakes.cascade.is_on;

    self->streak = is_broken || self->waterfall->totals.notional == 0 ? 0 : self->streak + 1;
}
