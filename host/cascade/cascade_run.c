/*
 * A cascade, round by round: tick, settle, see what was taken of the depth, move prices.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "cascade/policy_variant.h"
#include "scan/live_scan.h"
#include "settle/settle_filter.h"
#include "settle/settle_look.h"

enum {
    PPM_ONE = 1000000,
    DEPTH_PPM_MAX_MILLIONS = 1000000,
    ROUND_MS = 1000,
    ROUND_MS_MAX = 86400000,
    ROUNDS = 1000,
    BETA_PPM_MAX = 100000000
};

static liq_status options_read(liq_cascade *self, const liq_cascade_options *options,
                               liq_error *err);
static liq_status rules_read(liq_cascade *self, liq_error *err);
static liq_status drags_read(liq_cascade *self, const liq_cascade_options *options, liq_error *err);
static liq_status arrays_take(liq_cascade *self, liq_error *err);
static liq_status live_make(liq_cascade *self, liq_error *err);
static void prices_start(liq_cascade *self);
static liq_status shock_do(liq_cascade *self, const liq_cascade_move *moves, uint32_t count,
                           liq_error *err);
static liq_status rounds_run(liq_cascade *self, liq_error *err);
static liq_status flagged_count(liq_cascade *self, liq_error *err);
static liq_status round_run(liq_cascade *self, int64_t time_ms, bool *did, liq_error *err);
static liq_status round_end(liq_cascade *self, bool *comes_back, liq_error *err);
static liq_status tick_settle(liq_cascade *self, liq_cascade_step *step, liq_error *err);
static void round_absorb(liq_cascade *self);
static void round_forget(liq_cascade *self);
static bool did_anything(const liq_waterfall *waterfall);
static void prices_hash(liq_cascade *self);
static int64_t patience_ms(const liq_cascade *self);
static liq_status progress_tell(const liq_cascade *self, liq_error *err);
static liq_status guard_make(liq_cascade *self, liq_error *err);
static bool guard_holds(void *context, uint32_t account);
static bool is_awaited(const liq_cascade *self);
static void live_drop(liq_cascade *self);

liq_status liq_cascade_create(liq_cascade **out, const liq_book *book,
                              const liq_cascade_options *options, liq_error *err)
{
    static const liq_cascade_options defaults;
    liq_cascade *self = NULL;
    liq_status status;

    if ((status = liq_memory_array(&self, 1, sizeof *self, err)) != LIQ_OK)
        return status;
    self->book = *book;
    if ((status = options_read(self, options == NULL ? &defaults : options, err)) != LIQ_OK ||
        (status = rules_read(self, err)) != LIQ_OK ||
        (status = drags_read(self, options == NULL ? &defaults : options, err)) != LIQ_OK ||
        (status = arrays_take(self, err)) != LIQ_OK) {
        liq_cascade_destroy(self);
        return status;
    }
    *out = self;
    return LIQ_OK;
}

void liq_cascade_destroy(liq_cascade *cascade)
{
    if (cascade == NULL)
        return;
    live_drop(cascade);
    liq_hash_destroy(cascade->hash);
    free(cascade->drags);
    free(cascade->events);
    free(cascade->before);
    free(cascade->shocked);
    free(cascade->raw);
    free(cascade->told);
    free(cascade->moved);
    free(cascade->sums);
    free(cascade->stands);
    free(cascade->gaps);
    free(cascade->pending);
    free(cascade->deal);
    free(cascade->deals);
    free(cascade->steps);
    free(cascade->levels);
    free(cascade->was_liquidated);
    free(cascade->was_deleveraged);
    free(cascade->device);
    free(cascade);
}

liq_status liq_cascade_run(liq_cascade *cascade, const liq_cascade_move *moves, uint32_t count,
                           liq_cascade_summary *summary, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    uint64_t made_ns;
    liq_status status;

    prices_start(cascade);
    if ((status = live_make(cascade, err)) != LIQ_OK)
        goto done;
    made_ns = liq_clock_ns();
    cascade->make_ns = made_ns - start_ns;
    if ((status = shock_do(cascade, moves, count, err)) == LIQ_OK)
        status = rounds_run(cascade, err);
    cascade->wall_ns = liq_clock_ns() - made_ns;
    liq_hash_finish(cascade->hash, cascade->hash_text);
    if (status == LIQ_OK && summary != NULL)
        liq_cascade_summary_write(cascade, summary);
done:
    /* What is read of the run later is not in the live book, which is large. */
    live_drop(cascade);
    return status;
}

static liq_status options_read(liq_cascade *self, const liq_cascade_options *options,
                               liq_error *err)
{
    const int64_t depth_most = (int64_t)DEPTH_PPM_MAX_MILLIONS * PPM_ONE;
    liq_cascade_options *to = &self->options;

    *to = *options;
    to->depth_ppm = to->depth_ppm == 0 ? PPM_ONE : to->depth_ppm;
    to->round_ms = to->round_ms == 0 ? ROUND_MS : to->round_ms;
    to->rounds_max = to->rounds_max == 0 ? ROUNDS : to->rounds_max;
    if (to->depth_ppm < 0 || to->depth_ppm > depth_most)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "depth of %lld ppm is not in 1 .. %lld",
                        (long long)to->depth_ppm, (long long)depth_most);
    if (to->recovery_ppm < 0 || to->recovery_ppm > PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "recovery of %lld ppm is not in 0 .. %d",
                        (long long)to->recovery_ppm, PPM_ONE);
    if (to->round_ms < 0 || to->round_ms > ROUND_MS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "rounds of %lld ms are not of 1 .. %d",
                        (long long)to->round_ms, ROUND_MS_MAX);
    if (to->rounds_max > LIQ_CASCADE_ROUNDS_MAX_LIMIT)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u rounds are past %d", to->rounds_max,
                        LIQ_CASCADE_ROUNDS_MAX_LIMIT);
    if (to->device == NULL)
        return LIQ_OK;
    self->device = strdup(to->device);
    to->device = self->device;
    return self->device != NULL ? LIQ_OK : liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "no memory");
}

/* The rules of the cascade: what fills do to marks is its own business. */
static liq_status rules_read(liq_cascade *self, liq_error *err)
{
    liq_liquidation *rules = &self->book.venue.policy.liquidation;
    const char *name =
        self->options.policy_name != NULL ? self->options.policy_name : "the policy of the cascade";
    liq_status status;

    if (self->options.policy != NULL &&
        (status = liq_policy_variant(&self->book.venue.policy, &self->book, name,
                                     self->options.policy, err)) != LIQ_OK)
        return status;
    self->options.policy = NULL; /* not lent any more */
    self->options.policy_name = NULL;
    rules->mark_follows_fills = false;
    rules->cascade_rounds = 0;
    if (rules->execution == LIQ_EXECUTION_EXTERNAL)
        rules->execution = LIQ_EXECUTION_DEPTH;
    if (self->options.infinite_depth) {
        rules->execution = LIQ_EXECUTION_MARK;
        rules->execution_cost = 0;
    }
    if (rules->is_known && self->book.depth_count == 0 && rules->execution != LIQ_EXECUTION_MARK &&
        rules->execution != LIQ_EXECUTION_BANKRUPTCY)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "the book has no depth (depth.csv) for what is liquidated to be closed "
                        "into: add it, or ask for infinite depth");
    return LIQ_OK;
}

static liq_status drags_read(liq_cascade *self, const liq_cascade_options *options, liq_error *err)
{
    liq_status status =
        liq_memory_array(&self->drags, options->follower_count, sizeof *self->drags, err);

    self->options.followers = NULL;
    for (uint32_t i = 0; status == LIQ_OK && i < options->follower_count; i++) {
        const liq_cascade_follower *from = &options->followers[i];
        liq_cascade_drag *to = &self->drags[self->drag_count++];

        to->beta_ppm = from->beta_ppm;
        if ((status = liq_cascade_price_find(&to->leader, &self->book, from->leader, err)) !=
                LIQ_OK ||
            (status = liq_cascade_price_find(&to->price, &self->book, from->symbol, err)) != LIQ_OK)
            return status;
        if (to->leader >= self->book.venue.instrument_count)
            return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is an asset: nothing follows it",
                            from->leader);
        if (to->leader == to->price)
            return liq_fail(err, LIQ_DUPLICATE, 0, "\"%s\" follows itself", from->symbol);
        if (to->beta_ppm < -BETA_PPM_MAX || to->beta_ppm > BETA_PPM_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a beta of %lld ppm is not in -%d .. %d",
                            (long long)to->beta_ppm, BETA_PPM_MAX, BETA_PPM_MAX);
    }
    return status;
}

static liq_status arrays_take(liq_cascade *self, liq_error *err)
{
    const size_t instruments = self->book.venue.instrument_count;
    const size_t prices = instruments + self->book.venue.asset_count;
    liq_status status;

    self->price_count = (uint32_t)prices;
    if ((status = liq_hash_create(&self->hash, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->events, 1, sizeof *self->events, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->before, prices, sizeof *self->before, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->shocked, prices, sizeof *self->shocked, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->raw, prices, sizeof *self->raw, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->told, prices, sizeof *self->told, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->pending, prices, sizeof *self->pending, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->gaps, LIQ_CASCADE_SIDES * instruments, sizeof *self->gaps,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&self->moved, prices, sizeof *self->moved, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->sums, LIQ_CASCADE_SIDES * instruments, sizeof *self->sums,
                                   err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&self->stands, LIQ_CASCADE_SIDES * instruments,
                                   sizeof *self->stands, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&self->deal, instruments, sizeof *self->deal, err);
}

/* As the caller's book has them; what the run before said is forgotten. */
static void prices_start(liq_cascade *self)
{
    const liq_book *book = &self->book;
    const uint32_t instruments = book->venue.instrument_count;

    self->deal_count = 0;
    self->events->count = 0;
    self->step_count = 0;
    self->accounts = 0;
    self->adl_accounts = 0;
    self->flagged_first = 0;
    self->flagged_after = 0;
    self->end = LIQ_CASCADE_AT_REST;
    for (uint32_t i = 0; i < self->price_count; i++) {
        self->before[i] =
            i < instruments ? book->instrument_marks[i] : book->asset_indices[i - instruments];
        self->told[i] = self->before[i];
        if (i < instruments && book->depth_marks != NULL)
            self->told[i] = book->depth_marks[i];
        self->moved[i] = false;
    }
    memcpy(self->raw, self->before, self->price_count * sizeof *self->raw);
    memcpy(self->shocked, self->before, self->price_count * sizeof *self->shocked);
    memset(self->sums, 0, LIQ_CASCADE_SIDES * (size_t)instruments * sizeof *self->sums);
    memset(self->stands, 0, LIQ_CASCADE_SIDES * (size_t)instruments * sizeof *self->stands);
    memset(self->gaps, 0, LIQ_CASCADE_SIDES * (size_t)instruments * sizeof *self->gaps);
    memset(self->pending, 0, self->price_count * sizeof *self->pending);
    self->is_started = false;
    self->heard_ms = 0;
    memset(self->deal, 0, (size_t)instruments * sizeof *self->deal);
}

static liq_status live_make(liq_cascade *self, liq_error *err)
{
    const liq_live_options options = {.limits = {.events_max = LIQ_CASCADE_EVENTS},
                                      .device = self->options.device,
                                      .skip_self_test = self->options.skip_self_test};
    liq_live_summary summary;
    liq_status status;

    if ((status = liq_live_create(&self->live, &self->book, &options, err)) != LIQ_OK ||
        (status = liq_settle_create_live(&self->settle, self->live, &self->book, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->was_liquidated, self->live->book.account_capacity,
                                   sizeof *self->was_liquidated, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->was_deleveraged, self->live->book.account_capacity,
                                   sizeof *self->was_deleveraged, err)) != LIQ_OK ||
        (status = liq_live_tick(self->live, &summary, err)) != LIQ_OK)
        return status;
    self->waterfall = liq_settle_waterfall(self->settle);
    if ((status = guard_make(self, err)) != LIQ_OK)
        return status;
    self->flagged_before = summary.flagged;
    self->row_count = summary.rows;
    return LIQ_OK;
}

static void live_drop(liq_cascade *self)
{
    liq_settle_destroy(self->settle);
    liq_price_guard_clear(&self->guard);
    liq_live_destroy(self->live);
    free(self->was_liquidated);
    free(self->was_deleveraged);
    self->settle = NULL;
    self->live = NULL;
    self->waterfall = NULL;
    self->was_liquidated = NULL;
    self->was_deleveraged = NULL;
}

/* Marks of a cascade are never old: the guard against that stays off. */
static liq_status guard_make(liq_cascade *self, liq_error *err)
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

/* All depth is told anew, so that from here on it stands at absolute prices. */
static liq_status shock_do(liq_cascade *self, const liq_cascade_move *moves, uint32_t count,
                           liq_error *err)
{
    liq_status status = liq_cascade_prices_shock(self, moves, count, err);

    if (status != LIQ_OK)
        return status;
    memcpy(self->shocked, self->raw, self->price_count * sizeof *self->shocked);
    for (uint32_t i = 0; i < self->book.venue.instrument_count; i++)
        self->moved[i] = self->raw[i].digits != 0;
    status = liq_cascade_prices_tell(self, err);
    self->is_started = true;
    return status;
}

/* Nothing done is no end while somebody's cool-down runs, or a limit lets more through later. */
static liq_status rounds_run(liq_cascade *self, liq_error *err)
{
    const int64_t patience = patience_ms(self);
    bool comes_back;
    int64_t time_ms = 0;
    int64_t quiet_ms = 0;
    bool did;
    liq_status status;

    while (true) {
        if ((status = progress_tell(self, err)) != LIQ_OK ||
            (status = round_run(self, time_ms, &did, err)) != LIQ_OK ||
            (status = round_end(self, &comes_back, err)) != LIQ_OK)
            return status;
        if (!did && ((self->flagged_after == 0 && !is_awaited(self)) || quiet_ms > patience))
            break;
        if (did && self->step_count >= self->options.rounds_max) {
            self->end = LIQ_CASCADE_NOT_AT_REST;
            return flagged_count(self, err);
        }
        quiet_ms = did || comes_back ? 0 : quiet_ms + self->options.round_ms;
        time_ms += self->options.round_ms;
    }
    if (self->flagged_after > 0)
        self->end = is_awaited(self) || self->waterfall->brakes.on_count > 0 ? LIQ_CASCADE_HALTED
                                                                             : LIQ_CASCADE_STUCK;
    return LIQ_OK;
}

/* Who is left when no more rounds may follow. */
static liq_status flagged_count(liq_cascade *self, liq_error *err)
{
    liq_live_summary tick;
    const liq_status status = liq_live_tick(self->live, &tick, err);

    self->flagged_after = status == LIQ_OK ? tick.flagged : self->flagged_after;
    return status;
}

/* A round that does nothing is not kept. */
static liq_status round_run(liq_cascade *self, int64_t time_ms, bool *did, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_cascade_step *step;
    liq_status status;

    if ((status = liq_memory_extend(&self->steps, &self->step_capacity,
                                    (size_t)self->step_count + 1, sizeof *self->steps, err)) !=
        LIQ_OK)
        return status;
    step = &self->steps[self->step_count];
    *step = (liq_cascade_step){.time_ms = time_ms};
    if ((status = tick_settle(self, step, err)) != LIQ_OK)
        return status;
    self->flagged_after = step->flagged;
    *did = did_anything(self->waterfall);
    if (!*did) {
        round_absorb(self);
        return LIQ_OK;
    }
    self->step_count++;
    liq_cascade_actions_note(self, step);
    if (self->look != NULL)
        self->look(self->look_context, self);
    if ((status = liq_cascade_deals_note(self, err)) != LIQ_OK ||
        (status = liq_cascade_prices_follow(self, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < self->price_count; i++)
        step->prices += self->moved[i] && liq_decimal_compare(self->told[i], self->raw[i]) != 0;
    step->wall_ns = liq_clock_ns() - start_ns;
    return LIQ_OK;
}

/* What the next round finds: prices as fills left them, and what came back of depth. */
static liq_status round_end(liq_cascade *self, bool *comes_back, liq_error *err)
{
    liq_status status;

    *comes_back = liq_cascade_gaps_close(self);
    self->heard_ms += self->options.round_ms;
    status = liq_cascade_prices_tell(self, err);
    prices_hash(self);
    round_forget(self);
    return status;
}

static liq_status tick_settle(liq_cascade *self, liq_cascade_step *step, liq_error *err)
{
    liq_live_summary tick;
    liq_settle_summary summary;
    liq_status status;

    if (self->guard.guard != NULL)
        liq_guard_tick(self->guard.guard, step->time_ms);
    if ((status = liq_live_tick(self->live, &tick, err)) != LIQ_OK ||
        (self->guard.guard != NULL &&
         (status = liq_price_guard_tell(&self->guard, self->settle, err)) != LIQ_OK))
        return status;
    step->flagged = tick.flagged;
    step->rows_valued = tick.rows_valued;
    if (step->time_ms == 0)
        self->funds_before = liq_cascade_funds(self);
    if (self->step_count == 0)
        self->flagged_first = tick.flagged;
    if ((status = liq_settle_run_live(self->settle, step->time_ms, self->step_count + 1, &summary,
                                      err)) != LIQ_OK)
        return status;
    if (!summary.conserved)
        return liq_fail(err, LIQ_NOT_CONSERVED, 0, "the rooms of round %u do not add up",
                        self->step_count + 1);
    liq_hash_add(self->hash, summary.hash, sizeof summary.hash - 1);
    return LIQ_OK;
}

static void round_absorb(liq_cascade *self)
{
    liq_cascade_step *last;

    if (self->step_count == 0)
        return;
    last = &self->steps[self->step_count - 1];
    last->actions += self->waterfall->action_count;
    last->totals.fees += self->waterfall->totals.fees;
    last->totals.socialised += self->waterfall->totals.socialised;
    last->funds = liq_cascade_funds(self);
}

static void round_forget(liq_cascade *self)
{
    for (uint32_t i = self->deal_count; i > 0 && self->deals[i - 1].round + 1 == self->step_count;
         i--)
        self->deal[self->deals[i - 1].instrument] = 0;
}

/* Calls and halts are words. What the venue holds being worth something else is no deed either: it
   goes with the round that moved the price. */
static bool did_anything(const liq_waterfall *waterfall)
{
    for (uint64_t i = 0; i < waterfall->action_count; i++) {
        const liq_action *action = &waterfall->actions[i];

        switch (action->kind) {
        case LIQ_SETTLE_CANCEL_ORDERS:
        case LIQ_SETTLE_REDUCE:
        case LIQ_SETTLE_TAKEOVER:
        case LIQ_SETTLE_CLOSE:
        case LIQ_SETTLE_ADL:
            return true;
        case LIQ_SETTLE_FUND_CREDIT:
        case LIQ_SETTLE_FUND_DEBIT:
        case LIQ_SETTLE_SOCIALISE:
            if (action->account != LIQ_NO_INDEX)
                return true;
            break;
        default:
            break;
        }
    }
    return false;
}

static void prices_hash(liq_cascade *self)
{
    for (uint32_t i = 0; i < self->price_count; i++) {
        char text[LIQ_DECIMAL_BYTES];

        (void)liq_decimal_format(text, self->raw[i].digits, self->raw[i].decimals);
        liq_hash_add(self->hash, text, strlen(text) + 1);
    }
}

/* Whether guards keep something out or hold somebody. */
static bool is_awaited(const liq_cascade *self)
{
    return self->guard.guard != NULL &&
           (liq_guard_held_count(self->guard.guard) > 0 ||
            memchr(self->pending, true, self->price_count * sizeof *self->pending) != NULL);
}

/* How long something may be waited for. */
static int64_t patience_ms(const liq_cascade *self)
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

static liq_status progress_tell(const liq_cascade *self, liq_error *err)
{
    const liq_progress *progress = self->options.progress;

    if (progress == NULL ||
        progress->report(progress->context, "cascade", self->step_count, self->options.rounds_max))
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}
