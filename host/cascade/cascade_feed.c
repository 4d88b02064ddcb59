/*
 * Guards of prices inside a cascade: what they hold, and how long something is waited for.
 */
#include <string.h>

#include "cascade/cascade_internal.h"
#include "settle/settle_filter.h"

static bool guard_holds(void *context, uint32_t account);

/* Marks of a cascade are never old: the guard against that stays off. */
liq_status liq_cascade_guard_make(liq_cascade *self, liq_error *err)
{
    const liq_settle_filter filter = {.context = self, .holds = guard_holds};
    liq_guards rules = self->book.venue.policy.guards;
    liq_status status;

    rules.stale_ms = 0;
    if (rules.step == 0 && rules.band == 0)
        return LIQ_OK;
    if ((status = liq_price_guard_create(&self->guard, &rules, self->live, &self->book, err)) ==
        LIQ_OK)
        liq_settle_filter_set(self->settle, &filter);
    return status;
}

static bool guard_holds(void *context, uint32_t account)
{
    const liq_cascade *self = context;

    return liq_price_guard_holds(&self->guard, account);
}

/* Whether guards keep something out or hold somebody. */
bool liq_cascade_is_awaited(const liq_cascade *self)
{
    return self->guard.guard != NULL &&
           (liq_guard_held_count(self->guard.guard) > 0 ||
            memchr(self->pending, true, self->price_count * sizeof *self->pending) != NULL);
}

/* How long something may be waited for. */
int64_t liq_cascade_patience_ms(const liq_cascade *self)
{
    const liq_guards *guards = &self->book.venue.policy.guards;
    const liq_liquidation *rules = &self->book.venue.policy.liquidation;
    int64_t patience = rules->cooldown_ms;

    if (rules->execution == LIQ_EXECUTION_SLICED)
        patience += rules->slicing.interval_ms;
    if (self->guard.guard != NULL)
        patience += guards->confirm_ms + guards->calm_ms +
                    (guards->confirm_marks + 1) * self->options.round_ms;
    if (guards->rate_notional.digits > 0)
        patience += guards->rate_ms;
    if (guards->breaker != LIQ_BREAKER_OFF)
        patience += guards->breaker_cooldown_ms + guards->breaker_move_ms;
    return patience;
}
