/*
 * What a cascade did, in numbers while it runs and in texts when it is read.
 */
#include <string.h>

#include "base/fail.h"
#include "cascade/cascade_internal.h"
#include "cascade/cascade_price.h"
#include "liq_limits.h"

enum { AMPLIFICATION_DECIMALS = 6, AMPLIFICATION_ONE = 1000000 };

static bool is_liquidation(const liq_action *action);
static bool is_market(const liq_action *action);
static void account_count(bool *was, uint64_t *count, uint32_t account);
static liq_int128 cash_of(const liq_cascade *self, uint32_t asset, liq_int128 grains);
static liq_int128 action_cash(const liq_cascade *self, const liq_action *action);
static void worst_write(const liq_cascade *self, liq_cascade_summary *out);
static void amplification_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 total,
                                liq_int128 first);
static void cash_write(const liq_cascade *self, char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 cash);
static void lots_write(const liq_cascade *self, char out[LIQ_AMOUNT_TEXT_BYTES],
                       uint32_t instrument, int64_t lots);
static void amount_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 digits, int32_t decimals);
static void price_write(char out[LIQ_PRICE_TEXT_BYTES], liq_decimal price);

void liq_cascade_actions_note(liq_cascade *self, liq_cascade_step *step)
{
    const liq_waterfall *waterfall = self->waterfall;

    step->actions = waterfall->action_count;
    step->totals = waterfall->totals;
    step->wrongly = self->wrongly;
    liq_cascade_pattern_see(self, step);
    step->funds = liq_cascade_funds(self);
    for (uint64_t i = 0; i < waterfall->action_count; i++) {
        const liq_action *action = &waterfall->actions[i];

        if (is_liquidation(action)) {
            account_count(self->was_liquidated, &self->accounts, action->account);
            if (self->looks_sound && self->is_sound[action->account])
                account_count(self->was_wronged, &self->wrongly, action->account);
        }
        if (action->kind == LIQ_SETTLE_ADL)
            account_count(self->was_deleveraged, &self->adl_accounts, action->account);
        if (is_market(action))
            step->market += action_cash(self, action);
    }
    step->wrongly = self->wrongly - step->wrongly;
}

liq_int128 liq_cascade_funds(const liq_cascade *self)
{
    const liq_funds *funds = &self->waterfall->funds;
    liq_int128 sum = 0;

    for (uint32_t i = 0; i < funds->fund_count; i++)
        sum += cash_of(self, funds->funds[i].asset, funds->funds[i].grains);
    return sum;
}

void liq_cascade_summary_write(const liq_cascade *self, liq_cascade_summary *out)
{
    liq_cascade_step sum = {0};
    uint32_t factor_ppm = 0;
    liq_int128 low = self->funds_before;
    liq_int128 first = 0;

    for (uint32_t i = 0; i < self->step_count; i++) {
        const liq_cascade_step *step = &self->steps[i];

        first = first == 0 ? step->totals.notional : first;
        sum.totals.notional += step->totals.notional;
        sum.totals.adl_notional += step->totals.adl_notional;
        sum.totals.fees += step->totals.fees;
        sum.totals.socialised += step->totals.socialised;
        sum.totals.adl_fills += step->totals.adl_fills;
        sum.market += step->market;
        sum.actions += step->actions;
        sum.funds = step->funds;
        factor_ppm = step->factor_ppm > factor_ppm ? step->factor_ppm : factor_ppm;
        low = step->funds < low ? step->funds : low;
    }
    *out = (liq_cascade_summary){
        .end = self->end,
        .rounds = self->step_count,
        .time_ms = self->step_count == 0 ? 0 : self->steps[self->step_count - 1].time_ms,
        .flagged_before = self->flagged_before,
        .flagged_first = self->flagged_first,
        .flagged_after = self->flagged_after,
        .accounts = self->accounts,
        .adl_accounts = self->adl_accounts,
        .wrongly = self->wrongly,
        .waited_ms = self->waited_ms,
        .maintenance_factor_ppm = factor_ppm,
        .adl_fills = sum.totals.adl_fills,
        .rows = self->row_count,
        .actions = sum.actions,
        .make_ns = self->make_ns,
        .wall_ns = self->wall_ns};
    cash_write(self, out->first_notional, first);
    cash_write(self, out->liquidated_notional, sum.totals.notional);
    cash_write(self, out->market_notional, sum.market);
    cash_write(self, out->adl_notional, sum.totals.adl_notional);
    cash_write(self, out->fees, sum.totals.fees);
    cash_write(self, out->socialised, sum.totals.socialised);
    cash_write(self, out->funds_before, self->funds_before);
    cash_write(self, out->funds_low, low);
    cash_write(self, out->funds_after, self->step_count == 0 ? self->funds_before : sum.funds);
    amplification_write(out->amplification, sum.totals.notional, first);
    worst_write(self, out);
    memcpy(out->hash, self->hash_text, sizeof out->hash);
}

uint32_t liq_cascade_round_count(const liq_cascade *cascade)
{
    return cascade->step_count;
}

void liq_cascade_round_read(const liq_cascade *cascade, uint32_t index, liq_cascade_round *out)
{
    const liq_cascade_step *step = &cascade->steps[index];

    LIQ_ASSERT(index < cascade->step_count);
    *out = (liq_cascade_round){.round = index + 1,
                               .time_ms = step->time_ms,
                               .flagged = step->flagged,
                               .margin_accounts = step->totals.rows,
                               .accounts_waiting = step->totals.waiting,
                               .actions = step->actions,
                               .adl_fills = step->totals.adl_fills,
                               .prices = step->prices,
                               .rows_valued = step->rows_valued,
                               .wrongly = step->wrongly,
                               .open_share_ppm = liq_cascade_open_share_ppm(step),
                               .volume_share_ppm = liq_cascade_volume_share_ppm(cascade, step),
                               .leverage_99 = step->leverage,
                               .maintenance_factor_ppm = step->factor_ppm,
                               .wall_ns = step->wall_ns};
    cash_write(cascade, out->liquidated_notional, step->totals.notional);
    cash_write(cascade, out->market_notional, step->market);
    cash_write(cascade, out->adl_notional, step->totals.adl_notional);
    cash_write(cascade, out->fees, step->totals.fees);
    cash_write(cascade, out->socialised, step->totals.socialised);
    cash_write(cascade, out->funds, step->funds);
    cash_write(cascade, out->open_interest, step->interest);
    for (int i = 0; cascade->options.monitor != 0 && i < LIQ_CASCADE_SLOPES; i++)
        cash_write(cascade, out->slopes[i], step->slopes[i]);
}

uint32_t liq_cascade_trade_count(const liq_cascade *cascade)
{
    return cascade->deal_count;
}

void liq_cascade_trade_read(const liq_cascade *cascade, uint32_t index, liq_cascade_trade *out)
{
    const liq_cascade_deal *deal = &cascade->deals[index];

    LIQ_ASSERT(index < cascade->deal_count);
    *out = (liq_cascade_trade){.round = deal->round + 1,
                               .instrument = liq_cascade_price_name(cascade, deal->instrument)};
    lots_write(cascade, out->sold, deal->instrument, deal->sides[0].lots);
    lots_write(cascade, out->bought, deal->instrument, deal->sides[1].lots);
    price_write(out->before, deal->before);
    price_write(out->after, deal->after);
}

uint32_t liq_cascade_price_count(const liq_cascade *cascade)
{
    return cascade->book.venue.instrument_count;
}

void liq_cascade_price_read(const liq_cascade *cascade, uint32_t index, liq_cascade_price *out)
{
    LIQ_ASSERT(index < cascade->book.venue.instrument_count);
    *out = (liq_cascade_price){
        .instrument = liq_cascade_price_name(cascade, index),
        .shock_ppm = liq_price_change_ppm(cascade->shocked[index], cascade->before[index]),
        .feedback_ppm = liq_price_change_ppm(cascade->raw[index], cascade->shocked[index])};
    price_write(out->before, cascade->before[index]);
    price_write(out->shocked, cascade->shocked[index]);
    price_write(out->end, cascade->raw[index]);
    lots_write(cascade, out->sold, index, cascade->sums[2 * index]);
    lots_write(cascade, out->bought, index, cascade->sums[2 * index + 1]);
}

const char *liq_cascade_end_name(liq_cascade_end end)
{
    static const char *const names[] = {"at rest", "stuck", "not at rest", "halted"};

    LIQ_ASSERT(end >= LIQ_CASCADE_AT_REST && end <= LIQ_CASCADE_HALTED);
    return names[end];
}

static bool is_liquidation(const liq_action *action)
{
    if (action->account == LIQ_NO_INDEX || action->reason == LIQ_BECAUSE_INVENTORY)
        return false;
    return action->kind == LIQ_SETTLE_REDUCE || action->kind == LIQ_SETTLE_CLOSE ||
           action->kind == LIQ_SETTLE_TAKEOVER;
}

/* Both legs of a pair close against each other, and an asset is no instrument. */
static bool is_market(const liq_action *action)
{
    if (action->instrument == LIQ_NO_INDEX || action->reason == LIQ_BECAUSE_PAIR)
        return false;
    return action->kind == LIQ_SETTLE_REDUCE || action->kind == LIQ_SETTLE_CLOSE;
}

static void account_count(bool *was, uint64_t *count, uint32_t account)
{
    *count += !was[account];
    was[account] = true;
}

static liq_int128 action_cash(const liq_cascade *self, const liq_action *action)
{
    const uint32_t asset = self->book.venue.instruments[action->instrument].settle_index;
    const int64_t by = (int64_t)self->waterfall->market.assets[asset].grains_per_fine;

    return cash_of(self, asset,
                   (liq_int128)action->lots * (int64_t)liq_size_of(action->value) * by);
}

/* Grains of an asset in cash units at its index price, toward zero. */
static liq_int128 cash_of(const liq_cascade *self, uint32_t asset, liq_int128 grains)
{
    return grains / LIQ_GRAINS_PER_UNIT * self->waterfall->market.assets[asset].exchange_rate /
           LIQ_EXCHANGE_RATE_ONE;
}

/* The instrument that fills and followers moved most, ties by place. */
static void worst_write(const liq_cascade *self, liq_cascade_summary *out)
{
    int64_t most = 0;

    for (uint32_t i = 0; i < self->book.venue.instrument_count; i++) {
        const int64_t change = liq_price_change_ppm(self->raw[i], self->shocked[i]);

        if ((change < 0 ? -change : change) <= most)
            continue;
        most = change < 0 ? -change : change;
        out->worst = liq_cascade_price_name(self, i);
        out->worst_ppm = change;
    }
}

static void amplification_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 total, liq_int128 first)
{
    if (first == 0)
        amount_write(out, 1, 0);
    else
        amount_write(out,
                     total / first * AMPLIFICATION_ONE + total % first * AMPLIFICATION_ONE / first,
                     AMPLIFICATION_DECIMALS);
}

static void cash_write(const liq_cascade *self, char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 cash)
{
    amount_write(out, cash, self->book.venue.cash_decimals);
}

static void lots_write(const liq_cascade *self, char out[LIQ_AMOUNT_TEXT_BYTES],
                       uint32_t instrument, int64_t lots)
{
    const liq_decimal lot = self->book.venue.instruments[instrument].lot;

    amount_write(out, (liq_int128)lots * lot.digits, lot.decimals);
}

static void amount_write(char out[LIQ_AMOUNT_TEXT_BYTES], liq_int128 digits, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)liq_decimal_format(text, digits, decimals);
    LIQ_ASSERT(strlen(text) < LIQ_AMOUNT_TEXT_BYTES);
    memcpy(out, text, strlen(text) + 1);
}

static void price_write(char out[LIQ_PRICE_TEXT_BYTES], liq_decimal price)
{
    char text[LIQ_DECIMAL_BYTES];

    out[0] = '\0';
    if (price.digits == 0)
        return;
    (void)liq_decimal_format(text, price.digits, price.decimals);
    LIQ_ASSERT(strlen(text) < LIQ_PRICE_TEXT_BYTES);
    memcpy(out, text, strlen(text) + 1);
}
