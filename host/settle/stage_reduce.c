/*
 * Closing no more than is needed, by the venue's own rule.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "settle/advice.h"
#include "settle/stage_portfolio.h"

enum { SHORTAGE_STEPS = 16 };

static liq_status by_portfolio(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status by_tiers(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static uint32_t tiers_list(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t count,
                           uint64_t *tiers);
static uint64_t tier_key(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t place);
static int compare_keys(const void *left, const void *right);
static void first_sink(uint64_t *keys, uint32_t count);
static liq_status tier_step(liq_waterfall *waterfall, liq_hand *hand, uint32_t place, bool *is_done,
                            liq_close_result *closed, liq_error *err);
static uint32_t tier_of(const liq_waterfall *waterfall, const liq_position *held);
static liq_status by_share(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static bool is_large(const liq_waterfall *waterfall, const liq_hand *hand);
static liq_status by_multiple(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static liq_status multiple_find(liq_waterfall *waterfall, liq_hand *hand, uint32_t count,
                                int64_t *share, liq_error *err);
static bool is_enough(liq_waterfall *waterfall, liq_hand *hand, uint32_t count, int64_t share);
static liq_status share_close(liq_waterfall *waterfall, liq_hand *hand, uint32_t count,
                              int64_t share, liq_settle_reason reason, liq_error *err);
static int64_t lots_of(int64_t lots, int64_t share);
static liq_status by_shortage(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
static int64_t shortage_lots(const liq_waterfall *waterfall, const liq_hand *hand,
                             const liq_share *share, uint32_t instrument);

/* Bankrupt accounts gain nothing by degrees, and a backstop takes all at once. */
liq_status liq_stage_reduce(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    if (hand->now.status != LIQ_ROW_LIQUIDATE ||
        waterfall->rules->execution == LIQ_EXECUTION_BANKRUPTCY)
        return LIQ_OK;
    if (hand->account->mode == LIQ_ACCOUNT_PORTFOLIO)
        return by_portfolio(waterfall, hand, err);
    switch (waterfall->rules->reduction) {
    case LIQ_REDUCTION_NONE:
        break;
    case LIQ_REDUCTION_TIERS:
        return by_tiers(waterfall, hand, err);
    case LIQ_REDUCTION_SHARE:
        return by_share(waterfall, hand, err);
    case LIQ_REDUCTION_MULTIPLE:
        return by_multiple(waterfall, hand, err);
    case LIQ_REDUCTION_SHORTAGE:
        return by_shortage(waterfall, hand, err);
    }
    return LIQ_OK;
}

/* No tier tells what a position of portfolio margin frees, and no rate what covers a shortage: the
 * rule of scenarios does. A share of all positions keeps them hedging each other. */
static liq_status by_portfolio(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    switch (waterfall->rules->reduction) {
    case LIQ_REDUCTION_NONE:
        break;
    case LIQ_REDUCTION_SHARE:
        return by_share(waterfall, hand, err);
    case LIQ_REDUCTION_MULTIPLE:
        return by_multiple(waterfall, hand, err);
    case LIQ_REDUCTION_TIERS:
    case LIQ_REDUCTION_SHORTAGE:
        return liq_portfolio_reduce(waterfall, hand, err);
    }
    return LIQ_OK;
}

/* The position in the highest tier goes down, one tier at a time, and from the third up as many as
   the venue says; of equal tiers that with the most maintenance margin at the start. A step that
   finds no buyer ends it: the close that follows finds none either. */
static liq_status by_tiers(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_close_result closed = {0};
    uint64_t *tiers = NULL;
    bool is_done = true;
    uint32_t count;
    uint32_t left;
    liq_status status = liq_hand_legs(waterfall, hand, &count, err);

    if (status != LIQ_OK ||
        (status = liq_memory_array(&tiers, count, sizeof *tiers, err)) != LIQ_OK)
        return status;
    left = tiers_list(waterfall, hand, count, tiers);
    while (left > 0 && is_done && !closed.is_safe && !hand->waits) {
        const uint32_t place = UINT32_MAX - (uint32_t)tiers[0];

        if ((status = tier_step(waterfall, hand, place, &is_done, &closed, err)) != LIQ_OK)
            break;
        tiers[0] = tier_key(waterfall, hand, place);
        if (tiers[0] >> 32 == 0)
            tiers[0] = tiers[--left];
        first_sink(tiers, left);
    }
    free(tiers);
    return status;
}

/* A heap whose first is the next to go down: keys of all legs above the lowest tier, descending.
   @return how many */
static uint32_t tiers_list(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t count,
                           uint64_t *tiers)
{
    uint32_t listed = 0;

    for (uint32_t i = 0; i < count; i++) {
        tiers[listed] = tier_key(waterfall, hand, i);
        listed += tiers[listed] >> 32 != 0;
    }
    if (listed > 0)
        qsort(tiers, listed, sizeof *tiers, compare_keys);
    return listed;
}

/* Of a leg: a higher tier is larger, then an earlier place. */
static uint64_t tier_key(const liq_waterfall *waterfall, const liq_hand *hand, uint32_t place)
{
    const uint32_t tier = tier_of(waterfall, &hand->account->positions[waterfall->legs[place]]);

    return (uint64_t)tier << 32 | (UINT32_MAX - place);
}

static int compare_keys(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a < b) - (a > b);
}

/* The first has become smaller. */
static void first_sink(uint64_t *keys, uint32_t count)
{
    uint64_t at = 0;

    for (;;) {
        uint64_t larger = 2 * at + 1;
        uint64_t swap;

        if (larger + 1 < count && keys[larger + 1] > keys[larger])
            larger++;
        if (larger >= count || keys[larger] < keys[at])
            return;
        swap = keys[at];
        keys[at] = keys[larger];
        keys[larger] = swap;
        at = larger;
    }
}

/* @param is_done  whether all of the step was closed */
static liq_status tier_step(liq_waterfall *waterfall, liq_hand *hand, uint32_t place, bool *is_done,
                            liq_close_result *closed, liq_error *err)
{
    const uint32_t position = waterfall->legs[place];
    const liq_position *held = &hand->account->positions[position];
    const liq_instrument_record *record = &waterfall->market.instruments[held->instrument_index];
    const uint32_t tier = tier_of(waterfall, held);
    const uint32_t steps = tier >= 2 ? waterfall->rules->reduction_tiers : 1;
    const uint32_t target = steps < tier ? tier - steps : 0;
    const int64_t lots = (int64_t)liq_size_of(held->quantity_lots);
    const int64_t end = waterfall->market.tiers[record->tier_first + target + 1].floor_lots;
    const int64_t asked = end > 1 ? lots - (end - 1) : lots;
    const liq_status status = liq_close_lots(waterfall, hand, position, asked, LIQ_SETTLE_REDUCE,
                                             LIQ_BECAUSE_TIER, closed, err);

    *is_done = closed->lots >= asked;
    return status;
}

static uint32_t tier_of(const liq_waterfall *waterfall, const liq_position *held)
{
    const liq_instrument_record record = waterfall->market.instruments[held->instrument_index];

    return liq_tier_of(liq_market_tables(&waterfall->market), record,
                       (int64_t)liq_size_of(held->quantity_lots)) -
           record.tier_first;
}

/* Hyperliquid: a share of a large account first; the rest only after the cool-down. */
static liq_status by_share(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    const liq_row_name name = liq_row_owned(waterfall, hand->name);
    const int64_t ends = liq_row_map_get(&waterfall->cooldowns, name);
    uint32_t count;
    liq_status status;

    if (ends > waterfall->now_ms + 1) {
        hand->waits = true;
        return LIQ_OK;
    }
    if (ends != 0)
        return liq_cooldown_set(waterfall, name, 0, err);
    if (!is_large(waterfall, hand))
        return LIQ_OK;
    if ((status = liq_cooldown_set(waterfall, name,
                                   waterfall->now_ms + waterfall->rules->cooldown_ms + 1, err)) !=
            LIQ_OK ||
        (status = liq_hand_legs(waterfall, hand, &count, err)) != LIQ_OK ||
        (status = share_close(waterfall, hand, count, waterfall->rules->reduction_share,
                              LIQ_BECAUSE_SHARE, err)) != LIQ_OK)
        return status;
    hand->waits = hand->now.status == LIQ_ROW_LIQUIDATE;
    return LIQ_OK;
}

static bool is_large(const liq_waterfall *waterfall, const liq_hand *hand)
{
    liq_int128 above;

    return !liq_decimal_scale(&above, waterfall->rules->reduction_above,
                              waterfall->source.venue->cash_decimals, LIQ_ROUND_FLOOR) ||
           hand->now.notional > above;
}

/* Paradex: the least multiple of a share of all positions after which the ratio is under a target,
   if all of it were closed at the mark. */
static liq_status by_multiple(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    int64_t share = 0;
    uint32_t count;
    liq_status status;

    if ((status = liq_hand_legs(waterfall, hand, &count, err)) != LIQ_OK ||
        (status = multiple_find(waterfall, hand, count, &share, err)) != LIQ_OK)
        return status;
    return share_close(waterfall, hand, count, share, LIQ_BECAUSE_MULTIPLE, err);
}

static liq_status multiple_find(liq_waterfall *waterfall, liq_hand *hand, uint32_t count,
                                int64_t *share, liq_error *err)
{
    liq_touched *account = hand->account;
    liq_position *positions = NULL;
    liq_balance *balances = NULL;
    liq_status status;

    if ((status = liq_memory_array(&positions, account->position_count, sizeof *positions, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&balances, account->balance_count, sizeof *balances, err)) !=
            LIQ_OK)
        goto done;
    memcpy(positions, account->positions, account->position_count * sizeof *positions);
    memcpy(balances, account->balances, account->balance_count * sizeof *balances);
    for (*share = 0; *share < LIQ_RATE_NANO;) {
        *share += waterfall->rules->reduction_share;
        if (*share > LIQ_RATE_NANO || is_enough(waterfall, hand, count, *share))
            break;
        memcpy(account->positions, positions, account->position_count * sizeof *positions);
        memcpy(account->balances, balances, account->balance_count * sizeof *balances);
    }
    *share = *share < LIQ_RATE_NANO ? *share : LIQ_RATE_NANO;
    memcpy(account->positions, positions, account->position_count * sizeof *positions);
    memcpy(account->balances, balances, account->balance_count * sizeof *balances);
    account->market = 0; /* sums are of positions that were tried */
    (void)liq_hand_value(waterfall, hand);
done:
    free(positions);
    free(balances);
    return status;
}

/* Close the share at the mark in the copy, without a trace in the rooms: the caller puts it back.
 */
static bool is_enough(liq_waterfall *waterfall, liq_hand *hand, uint32_t count, int64_t share)
{
    liq_touched *account = hand->account;

    for (uint32_t i = 0; i < count; i++) {
        liq_position *held = &account->positions[waterfall->legs[i]];
        const liq_instrument_record *record =
            &waterfall->market.instruments[held->instrument_index];
        const bool is_long = held->quantity_lots > 0;
        const int64_t lots = lots_of((int64_t)liq_size_of(held->quantity_lots), share);
        const int64_t signed_lots = is_long ? lots : -lots;
        const liq_int128 pnl =
            (liq_int128)signed_lots *
            ((is_long ? record->value_floor : record->value_ceil) - held->entry_value);
        const int64_t units =
            liq_grains_units_floor(liq_fine_grains(waterfall, held->instrument_index, pnl));

        held->quantity_lots -= signed_lots;
        if (held->isolated)
            held->isolated_margin += units;
        else
            account->balances[liq_touched_balance(account, record->asset_index)].amount += units;
    }
    account->market = 0;
    (void)liq_hand_value(waterfall, hand);
    return hand->now.status < LIQ_ROW_LIQUIDATE &&
           (liq_int128)hand->now.maintenance * LIQ_RATE_NANO <
               (liq_int128)hand->now.equity * waterfall->rules->reduction_target;
}

static liq_status share_close(liq_waterfall *waterfall, liq_hand *hand, uint32_t count,
                              int64_t share, liq_settle_reason reason, liq_error *err)
{
    liq_close_result closed = {0};
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < count && !closed.is_safe; i++) {
        const uint32_t position = waterfall->legs[i];
        const int64_t lots = (int64_t)liq_size_of(hand->account->positions[position].quantity_lots);

        if (lots > 0)
            status = liq_close_lots(waterfall, hand, position, lots_of(lots, share),
                                    LIQ_SETTLE_REDUCE, reason, &closed, err);
    }
    return status;
}

static int64_t lots_of(int64_t lots, int64_t share)
{
    return (int64_t)(((liq_int128)lots * share + LIQ_RATE_NANO - 1) / LIQ_RATE_NANO);
}

/* Drift: what is missing over what a lot frees. Prices and fees may leave a little missing, so a
   few more steps follow. */
static liq_status by_shortage(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_close_result closed = {0};
    uint32_t count;
    liq_status status = liq_hand_legs(waterfall, hand, &count, err);

    for (uint32_t step = 0; status == LIQ_OK && step < SHORTAGE_STEPS && !closed.is_safe; step++) {
        uint32_t at = 0;
        uint32_t position;
        liq_share share;
        int64_t asked;

        while (at < count && hand->account->positions[waterfall->legs[at]].quantity_lots == 0)
            at++;
        if (at == count || hand->waits || hand->now.status != LIQ_ROW_LIQUIDATE)
            break;
        position = waterfall->legs[at];
        if (!liq_share_make(&share, &waterfall->overlay, hand->account, position, &hand->now))
            break;
        asked = shortage_lots(waterfall, hand, &share,
                              hand->account->positions[position].instrument_index);
        status = liq_close_lots(waterfall, hand, position, asked, LIQ_SETTLE_REDUCE,
                                LIQ_BECAUSE_SHORTAGE, &closed, err);
        if (closed.lots < asked)
            break;
    }
    return status;
}

/* shortage / (value of a lot x (rate - fee - fund fee)), the rate being that of the position. */
static int64_t shortage_lots(const liq_waterfall *waterfall, const liq_hand *hand,
                             const liq_share *share, uint32_t instrument)
{
    const liq_instrument *contract = &waterfall->source.venue->instruments[instrument];
    const liq_int128 shortage = hand->now.maintenance > hand->now.equity
                                    ? (liq_int128)hand->now.maintenance - hand->now.equity
                                    : 1;
    liq_int128 fee;
    liq_int128 freed;
    liq_int128 lots;

    LIQ_ASSERT(liq_decimal_scale(&fee, contract->liquidation_fee, 9, LIQ_ROUND_CEIL));
    fee += waterfall->rules->fund_fee;
    freed = share->maintenance - (liq_int128)share->notional * fee / LIQ_RATE_NANO;
    if (freed <= 0)
        return share->lots; /* fees eat what is freed: all of it */
    lots = shortage * share->lots / freed;
    if (lots < 1)
        lots = 1;
    return lots < share->lots ? (int64_t)lots : share->lots;
}
