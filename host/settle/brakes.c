#include "settle/brakes.h"

#include <stdlib.h>

#include "base/memory.h"
#include "guard/nearness.h"
#include "settle/waterfall_internal.h"

enum { SHARE_DECIMALS = 6 };

/* As many digits as a decimal has: what is more is shown as so much. */
static const liq_int128 shown_max = 999999999999999999;

static liq_status breaker_turn(liq_waterfall *waterfall, liq_breaker *breaker, bool is_there,
                               const liq_settle_notice *notice, liq_error *err);
static liq_status funds_look(liq_waterfall *waterfall, liq_error *err);
static liq_status marks_look(liq_waterfall *waterfall, liq_error *err);
static liq_status cascade_look(liq_waterfall *waterfall, liq_error *err);
static bool has_moved(const liq_brakes *brakes, uint32_t instrument, liq_decimal mark,
                      liq_decimal *from);
static void sample_note(liq_brakes *brakes, uint32_t instrument, int64_t now_ms, liq_decimal mark);
static bool positions_look(const liq_waterfall *waterfall, const liq_hand *hand,
                           bool (*is_wanted)(const liq_waterfall *, const liq_position *));
static bool position_halts(const liq_waterfall *waterfall, const liq_position *held);
static bool position_may_go(const liq_waterfall *waterfall, const liq_position *held);
static bool position_is_open(const liq_waterfall *waterfall, const liq_position *held);
static bool position_is_too_much(const liq_waterfall *waterfall, const liq_position *held);
static liq_status queue_tell(liq_waterfall *waterfall, const liq_hand *hand, liq_error *err);
static liq_status waiting_tell(liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                               liq_error *err);
static int64_t lots_within(const liq_waterfall *waterfall, uint32_t instrument, liq_int128 room,
                           int64_t lots);
static liq_int128 notional_of(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots);
static liq_decimal cash_decimal(const liq_waterfall *waterfall, liq_int128 units);
static liq_decimal share_decimal(liq_int128 share);
static liq_decimal small_decimal(int64_t number, int32_t decimals);
static void pace_turn(const liq_brakes *brakes, liq_pace *pace, int64_t now_ms);

liq_status liq_brakes_create(liq_brakes *out, const liq_guards *rules, const liq_venue *venue,
                             uint32_t fund_count, liq_error *err)
{
    const bool breaks = rules->breaker != LIQ_BREAKER_OFF;
    liq_status status = LIQ_OK;

    *out = (liq_brakes){
        .rules = *rules, .instrument_count = venue->instrument_count, .fund_count = fund_count};
    if (!liq_decimal_scale(&out->rate, rules->rate_notional, venue->cash_decimals, LIQ_ROUND_FLOOR))
        out->rate = 0; /* past all that cash can be is no limit */
    if (out->rate > 0)
        status = liq_memory_array(&out->paces, venue->instrument_count, sizeof *out->paces, err);
    if (status == LIQ_OK && breaks && rules->breaker_move > 0 &&
        (status = liq_memory_array(&out->speeds, venue->instrument_count, sizeof *out->speeds,
                                   err)) == LIQ_OK)
        status = liq_memory_array(&out->movers, venue->instrument_count, sizeof *out->movers, err);
    if (status == LIQ_OK && breaks && rules->breaker_drawdown > 0)
        status = liq_memory_array(&out->funds, fund_count, sizeof *out->funds, err);
    if (status != LIQ_OK)
        liq_brakes_clear(out);
    return status;
}

void liq_brakes_clear(liq_brakes *brakes)
{
    free(brakes->paces);
    free(brakes->speeds);
    free(brakes->movers);
    free(brakes->funds);
    *brakes = (liq_brakes){0};
}

void liq_brakes_release(liq_brakes *brakes, uint32_t instrument, uint32_t fund)
{
    brakes->cascade.is_waived |= brakes->cascade.is_on && instrument == LIQ_NO_INDEX;
    for (uint32_t i = 0; brakes->movers != NULL && i < brakes->instrument_count; i++)
        if (instrument == LIQ_NO_INDEX || i == instrument)
            brakes->movers[i].is_waived |= brakes->movers[i].is_on;
    for (uint32_t i = 0; brakes->funds != NULL && i < brakes->fund_count; i++)
        if (instrument == LIQ_NO_INDEX || i == fund)
            brakes->funds[i].is_waived |= brakes->funds[i].is_on;
}

liq_status liq_brakes_start(liq_waterfall *waterfall, liq_error *err)
{
    liq_brakes *brakes = &waterfall->brakes;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; brakes->paces != NULL && i < brakes->instrument_count; i++)
        pace_turn(brakes, &brakes->paces[i], waterfall->now_ms);
    if (brakes->funds != NULL)
        status = funds_look(waterfall, err);
    if (status == LIQ_OK && brakes->movers != NULL)
        status = marks_look(waterfall, err);
    return status == LIQ_OK ? cascade_look(waterfall, err) : status;
}

static void pace_turn(const liq_brakes *brakes, liq_pace *pace, int64_t now_ms)
{
    const int64_t interval = now_ms / brakes->rules.rate_ms;

    pace->is_full = false;
    if (interval <= pace->interval)
        return;
    pace->interval = interval;
    pace->used = 0;
}

bool liq_brakes_are_ruled(const liq_guards *rules, liq_settle_reason reason)
{
    if (rules->breaker == LIQ_BREAKER_OFF)
        return false;
    return reason == LIQ_BECAUSE_PRICE_SPEED     ? rules->breaker_move > 0
           : reason == LIQ_BECAUSE_FUND_DRAWDOWN ? rules->breaker_drawdown > 0
                                                 : rules->breaker_rounds > 0;
}

/* On with its cause, off behind the cool-down, by hand or with the rule. */
static liq_status breaker_turn(liq_waterfall *waterfall, liq_breaker *breaker, bool is_there,
                               const liq_settle_notice *notice, liq_error *err)
{
    const liq_guards *rules = &waterfall->brakes.rules;
    liq_settle_notice told = *notice;
    const bool is_ruled = liq_brakes_are_ruled(rules, notice->reason);
    bool ends;

    is_there &= is_ruled;
    if (is_there)
        breaker->cause_ms = waterfall->now_ms;
    ends = breaker->is_waived || !is_ruled ||
           (!is_there && waterfall->now_ms - breaker->cause_ms >= rules->breaker_cooldown_ms);
    if (!is_there)
        breaker->is_waived = false;
    if (breaker->is_on ? !ends : !is_there || breaker->is_waived)
        return LIQ_OK;
    breaker->is_on = !breaker->is_on;
    if (breaker->is_on) {
        waterfall->brakes.on_count++;
        waterfall->brakes.starts[notice->reason - LIQ_BECAUSE_RATE_LIMIT]++;
    } else {
        waterfall->brakes.on_count--;
    }
    told.kind = !breaker->is_on                              ? LIQ_SETTLE_RESUME
                : rules->breaker == LIQ_BREAKER_LIQUIDATIONS ? LIQ_SETTLE_HALT
                                                             : LIQ_SETTLE_GUARD;
    return liq_notice_emit(waterfall, &told, err);
}

/* At the limit itself a fund has lost too much. */
static liq_status funds_look(liq_waterfall *waterfall, liq_error *err)
{
    liq_brakes *brakes = &waterfall->brakes;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < brakes->fund_count; i++) {
        const liq_fund_state *fund = &waterfall->funds.funds[i];
        const liq_int128 peak = liq_fund_peak(fund);
        const liq_int128 lost = (peak - liq_fund_balance(fund)) * LIQ_GUARD_SHARE_ONE;
        const liq_settle_notice notice = {
            .reason = LIQ_BECAUSE_FUND_DRAWDOWN,
            .instrument = LIQ_NO_INDEX,
            .asset = LIQ_NO_INDEX,
            .fund = i,
            .observed = share_decimal(peak > 0 ? lost / peak : 0),
            .limit = small_decimal(brakes->rules.breaker_drawdown, SHARE_DECIMALS)};

        status =
            breaker_turn(waterfall, &brakes->funds[i],
                         peak > 0 && lost >= peak * brakes->rules.breaker_drawdown, &notice, err);
    }
    return status;
}

static liq_status marks_look(liq_waterfall *waterfall, liq_error *err)
{
    liq_brakes *brakes = &waterfall->brakes;
    const bool is_ruled = liq_brakes_are_ruled(&brakes->rules, LIQ_BECAUSE_PRICE_SPEED);
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < brakes->instrument_count; i++) {
        const liq_decimal mark = waterfall->prices->instrument_marks[i];
        liq_settle_notice notice = {.reason = LIQ_BECAUSE_PRICE_SPEED,
                                    .instrument = i,
                                    .asset = LIQ_NO_INDEX,
                                    .fund = LIQ_NO_INDEX,
                                    .observed = mark,
                                    .used = mark,
                                    .limit =
                                        small_decimal(brakes->rules.breaker_move, SHARE_DECIMALS)};
        bool moved = false;

        if (is_ruled && !liq_price_is_sound(mark))
            continue;
        if (is_ruled) {
            sample_note(brakes, i, waterfall->now_ms, mark);
            moved = has_moved(brakes, i, mark, &notice.observed);
        }
        status = breaker_turn(waterfall, &brakes->movers[i], moved, &notice, err);
    }
    return status;
}

/* The first mark of a stretch stands for it, and leaves with it. */
static void sample_note(liq_brakes *brakes, uint32_t instrument, int64_t now_ms, liq_decimal mark)
{
    liq_speed *speed = &brakes->speeds[instrument];
    const int64_t stretch = now_ms / (brakes->rules.breaker_move_ms / LIQ_SPEED_SAMPLES);
    int64_t from = speed->stretch + 1;

    if (stretch <= speed->stretch && speed->samples[stretch % LIQ_SPEED_SAMPLES].digits != 0)
        return;
    if (from < stretch - LIQ_SPEED_SAMPLES)
        from = stretch - LIQ_SPEED_SAMPLES;
    for (; from < stretch; from++)
        speed->samples[from % LIQ_SPEED_SAMPLES] = (liq_decimal){0};
    speed->samples[stretch % LIQ_SPEED_SAMPLES] = mark;
    speed->stretch = stretch;
}

/* @param from  receives the mark that it has moved from */
static bool has_moved(const liq_brakes *brakes, uint32_t instrument, liq_decimal mark,
                      liq_decimal *from)
{
    const liq_speed *speed = &brakes->speeds[instrument];

    for (int i = 0; i < LIQ_SPEED_SAMPLES; i++) {
        if (speed->samples[i].digits == 0 ||
            liq_price_within(mark, speed->samples[i], brakes->rules.breaker_move))
            continue;
        *from = speed->samples[i];
        return true;
    }
    return false;
}

/* Nothing but time ends this one: while it is on there are no rounds to count. Whoever runs a round
   at a time has told which one is to come. */
static liq_status cascade_look(liq_waterfall *waterfall, liq_error *err)
{
    const uint64_t round = waterfall->brakes.round_next;
    const uint32_t most = waterfall->brakes.rules.breaker_rounds;
    liq_breaker *cascade = &waterfall->brakes.cascade;
    const bool is_there = !cascade->is_on && most > 0 && round > most;
    const liq_settle_notice notice = {.reason = LIQ_BECAUSE_CASCADE_ROUNDS,
                                      .instrument = LIQ_NO_INDEX,
                                      .asset = LIQ_NO_INDEX,
                                      .fund = LIQ_NO_INDEX,
                                      .observed = small_decimal((int64_t)round, 0),
                                      .limit =
                                          small_decimal(waterfall->brakes.rules.breaker_rounds, 0)};

    return cascade->is_on || is_there ? breaker_turn(waterfall, cascade, is_there, &notice, err)
                                      : LIQ_OK;
}

liq_status liq_brakes_round(liq_waterfall *waterfall, bool *goes_on, liq_error *err)
{
    const liq_guards *rules = &waterfall->brakes.rules;
    const liq_settle_notice notice = {.reason = LIQ_BECAUSE_CASCADE_ROUNDS,
                                      .instrument = LIQ_NO_INDEX,
                                      .asset = LIQ_NO_INDEX,
                                      .fund = LIQ_NO_INDEX,
                                      .observed =
                                          small_decimal((int64_t)waterfall->totals.rounds + 1, 0),
                                      .limit = small_decimal(rules->breaker_rounds, 0)};

    *goes_on = true;
    if (rules->breaker == LIQ_BREAKER_OFF || rules->breaker_rounds == 0 ||
        waterfall->totals.rounds < rules->breaker_rounds)
        return LIQ_OK;
    *goes_on = rules->breaker == LIQ_BREAKER_NEW_RISK;
    return breaker_turn(waterfall, &waterfall->brakes.cascade, true, &notice, err);
}

bool liq_brakes_halt(const liq_waterfall *waterfall, const liq_hand *hand)
{
    const liq_brakes *brakes = &waterfall->brakes;

    return brakes->on_count > 0 && brakes->rules.breaker == LIQ_BREAKER_LIQUIDATIONS &&
           positions_look(waterfall, hand, position_halts);
}

bool liq_brakes_halt_instrument(const liq_waterfall *waterfall, uint32_t instrument)
{
    const liq_brakes *brakes = &waterfall->brakes;

    return brakes->on_count > 0 && brakes->rules.breaker == LIQ_BREAKER_LIQUIDATIONS &&
           (brakes->cascade.is_on || (brakes->movers != NULL && brakes->movers[instrument].is_on) ||
            (brakes->funds != NULL &&
             brakes->funds[waterfall->funds.inventories[instrument].fund].is_on));
}

static bool position_halts(const liq_waterfall *waterfall, const liq_position *held)
{
    return liq_brakes_halt_instrument(waterfall, held->instrument_index);
}

/* Whether any open position of the row in hand is as it is asked for. */
static bool positions_look(const liq_waterfall *waterfall, const liq_hand *hand,
                           bool (*is_wanted)(const liq_waterfall *, const liq_position *))
{
    const bool is_cross = hand->position == LIQ_NO_INDEX;
    const uint32_t first = is_cross ? 0 : hand->position;
    const uint32_t end = is_cross ? hand->account->cross_count : hand->position + 1;

    for (uint32_t i = first; i < end; i++)
        if (hand->account->positions[i].quantity_lots != 0 &&
            is_wanted(waterfall, &hand->account->positions[i]))
            return true;
    return false;
}

liq_status liq_brakes_admit(liq_waterfall *waterfall, const liq_hand *hand, bool *fits,
                            liq_error *err)
{
    *fits = true;
    if (waterfall->brakes.paces == NULL)
        return LIQ_OK;
    if (waterfall->rules->execution != LIQ_EXECUTION_BANKRUPTCY) {
        *fits = positions_look(waterfall, hand, position_may_go) ||
                !positions_look(waterfall, hand, position_is_open);
        return LIQ_OK;
    }
    *fits = !positions_look(waterfall, hand, position_is_too_much);
    return *fits ? LIQ_OK : queue_tell(waterfall, hand, err);
}

/* Where somebody ahead waits there is no room, whatever it would be for. */
static bool position_may_go(const liq_waterfall *waterfall, const liq_position *held)
{
    return !waterfall->brakes.paces[held->instrument_index].is_full;
}

/* A debt without a position waits for nothing. */
static bool position_is_open(const liq_waterfall *waterfall, const liq_position *held)
{
    (void)waterfall;
    return held->quantity_lots != 0;
}

int64_t liq_brakes_room(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots)
{
    const liq_pace *pace;
    int64_t within;

    if (waterfall->brakes.paces == NULL ||
        waterfall->rules->execution == LIQ_EXECUTION_BANKRUPTCY || lots == 0)
        return lots;
    pace = &waterfall->brakes.paces[instrument];
    if (pace->is_full)
        return 0;
    within = lots_within(waterfall, instrument, waterfall->brakes.rate - pace->used, lots);
    /* Else what is worth more than an interval takes could never go. */
    return within == 0 && pace->used == 0 ? 1 : within;
}

liq_status liq_brakes_wait(liq_waterfall *waterfall, liq_hand *hand, uint32_t instrument,
                           int64_t lots, liq_error *err)
{
    hand->waits = true;
    return waiting_tell(waterfall, instrument, lots, err);
}

/* The most whose notional is not above the room. */
static int64_t lots_within(const liq_waterfall *waterfall, uint32_t instrument, liq_int128 room,
                           int64_t lots)
{
    int64_t low = 0;
    int64_t high = lots;

    if (room <= 0)
        return 0;
    if (notional_of(waterfall, instrument, lots) <= room)
        return lots;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (notional_of(waterfall, instrument, middle) <= room)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static bool position_is_too_much(const liq_waterfall *waterfall, const liq_position *held)
{
    const liq_brakes *brakes = &waterfall->brakes;
    const liq_pace *pace = &brakes->paces[held->instrument_index];

    return pace->is_full ||
           (pace->used > 0 &&
            pace->used + notional_of(waterfall, held->instrument_index, held->quantity_lots) >
                brakes->rate);
}

/* Nobody behind the row in hand gets ahead of it on what it waits for. */
static liq_status queue_tell(liq_waterfall *waterfall, const liq_hand *hand, liq_error *err)
{
    const bool is_cross = hand->position == LIQ_NO_INDEX;
    const uint32_t first = is_cross ? 0 : hand->position;
    const uint32_t end = is_cross ? hand->account->cross_count : hand->position + 1;
    liq_status status = LIQ_OK;

    for (uint32_t i = first; status == LIQ_OK && i < end; i++) {
        const liq_position *held = &hand->account->positions[i];

        if (held->quantity_lots != 0 && position_is_too_much(waterfall, held))
            status = waiting_tell(waterfall, held->instrument_index, held->quantity_lots, err);
    }
    return status;
}

/* @param lots  that somebody wanted to be rid of, of whom a part or all waits */
static liq_status waiting_tell(liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                               liq_error *err)
{
    liq_pace *pace = &waterfall->brakes.paces[instrument];
    const liq_settle_notice notice = {
        .kind = LIQ_SETTLE_GUARD,
        .reason = LIQ_BECAUSE_RATE_LIMIT,
        .instrument = instrument,
        .asset = LIQ_NO_INDEX,
        .fund = LIQ_NO_INDEX,
        .observed = cash_decimal(waterfall, pace->used + notional_of(waterfall, instrument, lots)),
        .limit = cash_decimal(waterfall, waterfall->brakes.rate)};

    pace->is_full = true;
    if (pace->is_queued)
        return LIQ_OK;
    pace->is_queued = true;
    waterfall->brakes.starts[0]++;
    return liq_notice_emit(waterfall, &notice, err);
}

void liq_brakes_note(liq_waterfall *waterfall, uint32_t instrument, int64_t lots)
{
    if (waterfall->brakes.paces != NULL)
        waterfall->brakes.paces[instrument].used += notional_of(waterfall, instrument, lots);
}

liq_status liq_brakes_end(liq_waterfall *waterfall, liq_error *err)
{
    liq_brakes *brakes = &waterfall->brakes;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; brakes->paces != NULL && status == LIQ_OK && i < brakes->instrument_count;
         i++) {
        const liq_settle_notice notice = {.kind = LIQ_SETTLE_RESUME,
                                          .reason = LIQ_BECAUSE_RATE_LIMIT,
                                          .instrument = i,
                                          .asset = LIQ_NO_INDEX,
                                          .fund = LIQ_NO_INDEX,
                                          .observed =
                                              cash_decimal(waterfall, brakes->paces[i].used),
                                          .limit = cash_decimal(waterfall, brakes->rate)};

        if (!brakes->paces[i].is_queued || brakes->paces[i].is_full)
            continue;
        brakes->paces[i].is_queued = false;
        status = liq_notice_emit(waterfall, &notice, err);
    }
    return status;
}

/* At the mark, in cash units, rounded up at each step: parts come to no less than the whole. */
static liq_int128 notional_of(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots)
{
    const liq_instrument_record *record = &waterfall->market.instruments[instrument];
    const uint64_t floor = liq_size_of(record->value_floor);
    const uint64_t ceil = liq_size_of(record->value_ceil);
    const uint32_t asset = waterfall->source.venue->instruments[instrument].settle_index;
    const liq_int128 fine = (liq_int128)liq_size_of(lots) * (floor > ceil ? floor : ceil);
    const liq_int128 units =
        (liq_fine_grains(waterfall, instrument, fine) + LIQ_GRAINS_PER_UNIT - 1) /
        LIQ_GRAINS_PER_UNIT;

    return (units * waterfall->market.assets[asset].exchange_rate + LIQ_EXCHANGE_RATE_ONE - 1) /
           LIQ_EXCHANGE_RATE_ONE;
}

/* For display: what has no place in a decimal loses its last digits. */
static liq_decimal cash_decimal(const liq_waterfall *waterfall, liq_int128 units)
{
    int32_t decimals = waterfall->source.venue->cash_decimals;
    liq_decimal out = {0};

    for (; units > shown_max && decimals > 0; decimals--)
        units /= 10;
    (void)liq_decimal_from_units(&out, (int64_t)(units < shown_max ? units : shown_max), decimals);
    return out;
}

static liq_decimal share_decimal(liq_int128 share)
{
    return small_decimal((int64_t)(share < shown_max ? share : shown_max), SHARE_DECIMALS);
}

static liq_decimal small_decimal(int64_t number, int32_t decimals)
{
    liq_decimal out = {0};

    (void)liq_decimal_from_units(&out, number, decimals);
    return out;
}
