/*
 * A cascade, round by round: tick, settle, see what was taken of the depth, move prices.
 */
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"

static void prices_start(liq_cascade *self);
static liq_status shock_do(liq_cascade *self, liq_error *err);
static liq_status rounds_run(liq_cascade *self, liq_error *err);
static liq_status flagged_count(liq_cascade *self, liq_error *err);
static liq_status round_run(liq_cascade *self, int64_t time_ms, bool *did, liq_error *err);
static liq_status round_end(liq_cascade *self, bool *comes_back, liq_error *err);
static liq_status tick_settle(liq_cascade *self, liq_cascade_step *step, liq_error *err);
static void round_absorb(liq_cascade *self);
static void round_forget(liq_cascade *self);
static bool did_anything(const liq_waterfall *waterfall);
static void prices_hash(liq_cascade *self);
static liq_status progress_tell(const liq_cascade *self, liq_error *err);

liq_status liq_cascade_run(liq_cascade *cascade, const liq_cascade_move *moves, uint32_t count,
                           liq_cascade_summary *summary, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    uint64_t made_ns;
    liq_status status;

    prices_start(cascade);
    if ((status = liq_cascade_moves_check(cascade, moves, count, err)) != LIQ_OK ||
        (status = liq_cascade_live_ready(cascade, err)) != LIQ_OK)
        goto done;
    made_ns = liq_clock_ns();
    cascade->make_ns = made_ns - start_ns;
    if ((status = shock_do(cascade, err)) == LIQ_OK)
        status = rounds_run(cascade, err);
    cascade->wall_ns = liq_clock_ns() - made_ns;
    liq_hash_finish(cascade->hash, cascade->hash_text);
    if (status == LIQ_OK && summary != NULL)
        liq_cascade_summary_write(cascade, summary);
done:
    /* What is read of the run later is not in the live book, which the next run goes on with. */
    liq_cascade_run_drop(cascade);
    if (status != LIQ_OK)
        liq_cascade_live_drop(cascade);
    return status;
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
    self->wrongly = 0;
    self->streak = 0;
    self->waited_ms = 0;
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
    liq_cascade_feed_start(self);
    self->is_started = false;
    self->heard_ms = 0;
    memset(self->deal, 0, (size_t)instruments * sizeof *self->deal);
}

/* All depth is told anew, so that from here on it stands at absolute prices. */
static liq_status shock_do(liq_cascade *self, liq_error *err)
{
    liq_status status = liq_cascade_prices_shock(self, -1, 0, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < self->book.venue.instrument_count; i++)
        self->moved[i] = self->raw[i].digits != 0;
    status = liq_cascade_prices_tell(self, err);
    self->is_started = true;
    return status;
}

/* Nothing done is no end while somebody's cool-down runs, or a limit lets more through later. */
static liq_status rounds_run(liq_cascade *self, liq_error *err)
{
    const int64_t patience = liq_cascade_patience_ms(self);
    bool comes_back;
    bool is_waiting = false;
    int64_t time_ms = 0;
    int64_t quiet_ms = 0;
    bool did;
    liq_status status;

    while (true) {
        if ((status = progress_tell(self, err)) != LIQ_OK ||
            (status = round_run(self, time_ms, &did, err)) != LIQ_OK ||
            (status = round_end(self, &comes_back, err)) != LIQ_OK)
            return status;
        is_waiting = liq_cascade_is_awaited(self, time_ms);
        if (!did && ((self->flagged_after == 0 && !is_waiting) || quiet_ms > patience))
            break;
        if (did && self->step_count >= self->options.rounds_max) {
            self->end = LIQ_CASCADE_NOT_AT_REST;
            return flagged_count(self, err);
        }
        self->waited_ms += !did && self->flagged_after > 0 ? self->options.round_ms : 0;
        quiet_ms =
            did || comes_back || time_ms < self->last_ms ? 0 : quiet_ms + self->options.round_ms;
        time_ms += self->options.round_ms;
    }
    if (self->flagged_after > 0)
        self->end = is_waiting || self->waterfall->brakes.on_count > 0 ? LIQ_CASCADE_HALTED
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

    self->heard_ms += self->options.round_ms;
    if ((status = liq_cascade_prices_shock(self, self->heard_ms - self->options.round_ms,
                                           self->heard_ms, err)) != LIQ_OK)
        return status;
    liq_cascade_prices_revert(self);
    *comes_back = liq_cascade_gaps_close(self);
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
    if ((status = liq_cascade_margin_tick(self, step->time_ms, err)) != LIQ_OK ||
        (status = liq_live_tick(self->live, &tick, err)) != LIQ_OK ||
        (self->guard.guard != NULL &&
         (status = liq_price_guard_tell(&self->guard, self->settle, err)) != LIQ_OK))
        return status;
    step->flagged = tick.flagged;
    step->rows_valued = tick.rows_valued;
    step->factor_ppm = liq_cascade_margin_most_ppm(self);
    if (step->time_ms == 0)
        self->funds_before = liq_cascade_funds(self);
    if (self->step_count == 0)
        self->flagged_first = tick.flagged;
    liq_cascade_sound_see(self);
    liq_cascade_round_tell(self, tick.flagged);
    if ((status = liq_settle_run_live(self->settle, step->time_ms, self->step_count + 1, &summary,
                                      err)) != LIQ_OK)
        return status;
    liq_cascade_touched_note(self);
    liq_cascade_round_told(self);
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

static liq_status progress_tell(const liq_cascade *self, liq_error *err)
{
    const liq_progress *progress = self->options.progress;

    if (progress == NULL ||
        progress->report(progress->context, "cascade", self->step_count, self->options.rounds_max))
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}
