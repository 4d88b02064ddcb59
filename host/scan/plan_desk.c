#include "scan/plan_desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/truth.h"

enum { LIQUIDATE_LEVEL = 2, FEE_DECIMALS = 9 };

static liq_status account_take(liq_plan_desk *desk, liq_row_key key, liq_error *err);
static liq_status legs_take(liq_plan_desk *desk, uint32_t account, liq_row_key key, liq_error *err);
static bool is_leg(const liq_position *position, liq_row_key key);
static liq_status leg_fill(liq_plan_leg *leg, const liq_plan_request *request, uint64_t position,
                           liq_error *err);
static liq_status columns_fill(liq_plan_desk *desk, liq_error *err);
static liq_status balance_add(liq_plan_desk *desk, uint32_t asset, int64_t units, liq_error *err);
static void entries_find(liq_plan_desk *desk);
static liq_level_record level_of(const liq_plan_request *request);
static liq_row_record with_deposit(const liq_plan_desk *desk, const liq_row_part *part,
                                   int64_t units);

liq_status liq_plan_desk_create(liq_plan_desk *out, const liq_plan_request *request,
                                liq_row_key key, liq_error *err)
{
    liq_status status;

    out->request = request;
    out->is_isolated = key.instrument_index != LIQ_NO_INDEX;
    out->row_index = out->is_isolated;
    if ((status = legs_take(out, key.account_index, key, err)) != LIQ_OK ||
        (status = account_take(out, key, err)) != LIQ_OK ||
        (status = liq_plan_desk_rebase(out, err)) != LIQ_OK)
        liq_plan_desk_clear(out);
    return status;
}

void liq_plan_desk_clear(liq_plan_desk *desk)
{
    for (uint32_t i = 0; i < desk->leg_count; i++)
        liq_plan_offers_clear(&desk->legs[i].offers);
    free(desk->legs);
    free(desk->balances);
    free(desk->positions);
    liq_rows_clear(&desk->rows);
    liq_row_parts_clear(&desk->parts);
    liq_kinks_clear(&desk->kinks);
    *desk = (liq_plan_desk){0};
}

/* The rows of an isolated position stay as they are: trials tell the rest. */
liq_status liq_plan_desk_rebase(liq_plan_desk *desk, liq_error *err)
{
    liq_status status;

    if (desk->is_isolated && desk->rows.keys != NULL)
        return LIQ_OK;
    if ((status = columns_fill(desk, err)) != LIQ_OK)
        return status;
    liq_row_parts_clear(&desk->parts);
    liq_rows_clear(&desk->rows);
    if ((status = liq_rows_create_account(&desk->rows, &desk->account, 0, err)) != LIQ_OK ||
        (status = liq_row_parts_create(&desk->parts, desk->request->judged, &desk->rows,
                                       desk->row_index, err)) != LIQ_OK)
        return status;
    entries_find(desk);
    return LIQ_OK;
}

liq_status liq_plan_desk_value(liq_row_record *out, const liq_plan_desk *desk,
                               const liq_market *market, liq_error *err)
{
    liq_plan_request there = *desk->request;
    liq_plan_desk view = *desk;
    liq_plan_trial trial;
    liq_status status;

    if (!desk->is_isolated || desk->legs[0].closed == 0) {
        *out = liq_truth_row(market, &desk->rows, desk->row_index);
        return LIQ_OK;
    }
    there.judged = market;
    view.request = &there;
    view.parts = (liq_row_parts){0};
    status = liq_row_parts_create(&view.parts, market, &view.rows, view.row_index, err);
    if (status != LIQ_OK)
        return status;
    *out = view.parts.record;
    if (out->reason == LIQ_REASON_NONE) {
        liq_plan_trial_start(&trial, &view, 0);
        *out = liq_plan_trial_value(&trial, view.legs[0].closed);
    }
    liq_row_parts_clear(&view.parts);
    return LIQ_OK;
}

bool liq_plan_goal_met(const liq_plan_request *request, const liq_row_record *record)
{
    if (record->reason != LIQ_REASON_NONE)
        return false;
    return request->goal == LIQ_PLAN_SURVIVE ? record->status < LIQ_ROW_LIQUIDATE
                                             : liq_plan_goal_height(request, record) >= 0;
}

liq_int128 liq_plan_goal_height(const liq_plan_request *request, const liq_row_record *record)
{
    int64_t equity;
    int64_t requirement;

    liq_plan_goal_factors(request, &equity, &requirement);
    return (liq_int128)record->equity * equity - (liq_int128)(request->goal == LIQ_PLAN_LEVERAGE
                                                                  ? record->notional
                                                                  : record->maintenance) *
                                                     requirement;
}

/* The liquidate level is the first of those that flag; without it only equity counts. */
void liq_plan_goal_factors(const liq_plan_request *request, int64_t *equity, int64_t *requirement)
{
    const liq_level_record level = level_of(request);

    *equity = request->goal == LIQ_PLAN_LEVERAGE ? request->leverage_ppm
              : level.equity_factor == 0         ? 1
                                                 : level.equity_factor;
    *requirement = request->goal == LIQ_PLAN_LEVERAGE ? LIQ_PLAN_PPM
                   : level.equity_factor == 0         ? 0
                                                      : level.requirement_factor;
}

void liq_plan_trial_start(liq_plan_trial *out, const liq_plan_desk *desk, uint32_t leg_index)
{
    const liq_plan_leg *leg = &desk->legs[leg_index];
    liq_plan_order order = {0};

    *out = (liq_plan_trial){.leg = leg, .request = desk->request};
    LIQ_ASSERT(leg->based < leg->lots);
    liq_reduced_row_start(&out->row, &desk->account, &desk->parts, desk->request->judged,
                          leg->entry);
    if (leg->based > 0)
        LIQ_ASSERT(liq_plan_order_make(&order, &leg->held, leg->based));
    out->based_change = order.change;
}

liq_row_record liq_plan_trial_value(const liq_plan_trial *trial, int64_t lots)
{
    const liq_plan_leg *leg = trial->leg;
    const int64_t more = lots - leg->based;
    const uint32_t asset = trial->row.part.close_tag & LIQ_TAG_INDEX_MAX;
    liq_plan_order order;
    int64_t amount;

    LIQ_ASSERT(more >= 0 && lots <= leg->lots);
    if (!liq_plan_order_make(&order, &leg->held, lots) ||
        __builtin_sub_overflow(order.change, trial->based_change, &amount) ||
        __builtin_add_overflow(amount, trial->row.part.amount, &amount))
        return liq_row_unvalued(LIQ_REASON_BALANCE, asset);
    return liq_row_part_value(&trial->row.part, trial->request->judged,
                              liq_reduced_row_legs(&trial->row, more, more), amount);
}

/* More cash never hurts, so the least deposit is found by halving. One that is too large to be
   valued counts as enough until the end. */
bool liq_plan_deposit_least(const liq_plan_desk *desk, int64_t *units, uint32_t asset_index)
{
    const liq_row_part part = liq_row_part_of_asset(&desk->parts, asset_index);
    int64_t low = 0;
    int64_t high = part.amount > 0 ? INT64_MAX - part.amount : INT64_MAX;
    liq_row_record record;

    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        record = with_deposit(desk, &part, middle);
        if (record.reason == LIQ_REASON_NONE && !liq_plan_goal_met(desk->request, &record))
            low = middle;
        else
            high = middle;
    }
    *units = high;
    record = with_deposit(desk, &part, high);
    return liq_plan_goal_met(desk->request, &record);
}

static liq_status account_take(liq_plan_desk *desk, liq_row_key key, liq_error *err)
{
    const liq_book *book = desk->request->book;
    const uint32_t account = key.account_index;
    liq_status status;

    desk->held = liq_account_columns_of(book, account);
    if ((status = liq_memory_array(&desk->balances, desk->held.balance_count + desk->leg_count,
                                   sizeof *desk->balances, err)) != LIQ_OK ||
        (status = liq_memory_array(&desk->positions, desk->leg_count, sizeof *desk->positions,
                                   err)) != LIQ_OK)
        return status;
    desk->account = (liq_book){
        .venue = book->venue,
        .account_names = book->account_names,
        .accounts = &book->accounts[account],
        .balances = desk->balances,
        .positions = desk->positions,
        .orders = book->orders == NULL ? NULL : book->orders + book->order_first[account],
        .account_count = 1};
    /* Orders lie in the cross account. */
    desk->firsts[2][1] = desk->is_isolated ? 0 : desk->held.order_count;
    desk->account.order_count = desk->firsts[2][1];
    return LIQ_OK;
}

static liq_status legs_take(liq_plan_desk *desk, uint32_t account, liq_row_key key, liq_error *err)
{
    const liq_book *book = desk->request->book;
    const uint64_t first = book->position_first[account];
    const uint64_t end = book->position_first[account + 1];
    liq_status status = liq_memory_array(&desk->legs, end - first, sizeof *desk->legs, err);

    for (uint64_t i = first; status == LIQ_OK && i < end; i++)
        if (is_leg(&book->positions[i], key))
            status = leg_fill(&desk->legs[desk->leg_count++], desk->request, i, err);
    return status;
}

static bool is_leg(const liq_position *position, liq_row_key key)
{
    if (key.instrument_index == LIQ_NO_INDEX)
        return !position->isolated;
    return position->isolated && position->instrument_index == key.instrument_index &&
           (position->quantity_lots < 0) == (key.is_short != 0);
}

static liq_status leg_fill(liq_plan_leg *leg, const liq_plan_request *request, uint64_t index,
                           liq_error *err)
{
    const liq_position *position = &request->book->positions[index];
    const uint32_t at = position->instrument_index;
    const bool is_buy = position->quantity_lots < 0;
    liq_int128 fee;
    liq_status status;

    *leg = (liq_plan_leg){.position = index, .lots = (int64_t)liq_size_of(position->quantity_lots)};
    status = liq_plan_offers_create(&leg->offers, request->book, request->market, at, is_buy,
                                    request->taken == NULL ? 0 : request->taken[2 * at + is_buy],
                                    leg->lots, err);
    if (status != LIQ_OK)
        return status;
    leg->lots_max = liq_plan_offers_lots(&leg->offers);
    LIQ_ASSERT(liq_decimal_scale(&fee, request->book->venue.instruments[at].liquidation_fee,
                                 FEE_DECIMALS, LIQ_ROUND_CEIL));
    leg->held =
        (liq_plan_held){.market = request->market,
                        .offers = &leg->offers,
                        .entry_value = position->entry_value,
                        .fee_nano = request->fee_nano < 0 ? (int64_t)fee : request->fee_nano,
                        .instrument_index = at,
                        .is_long = !is_buy};
    return LIQ_OK;
}

/* Balances and positions of the account with what is closed. */
static liq_status columns_fill(liq_plan_desk *desk, liq_error *err)
{
    liq_book *account = &desk->account;
    liq_status status;

    if (desk->held.balance_count > 0)
        memcpy(desk->balances, desk->held.balances,
               desk->held.balance_count * sizeof *desk->balances);
    account->balance_count = desk->held.balance_count;
    account->position_count = 0;
    for (uint32_t i = 0; i < desk->leg_count; i++) {
        liq_plan_leg *leg = &desk->legs[i];
        liq_position position = desk->request->book->positions[leg->position];
        const uint32_t settle =
            desk->request->book->venue.instruments[position.instrument_index].settle_index;
        liq_plan_order order;

        leg->based = desk->is_isolated ? 0 : leg->closed;
        if (leg->based > 0) {
            if (!liq_plan_order_make(&order, &leg->held, leg->based))
                return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "what is realised is past 64 bits");
            if ((status = balance_add(desk, settle, order.change, err)) != LIQ_OK)
                return status;
        }
        position.account_index = 0;
        position.quantity_lots += leg->held.is_long ? -leg->based : leg->based;
        if (position.quantity_lots != 0)
            desk->positions[account->position_count++] = position;
    }
    desk->firsts[0][1] = account->balance_count;
    desk->firsts[1][1] = account->position_count;
    account->balance_first = desk->firsts[0];
    account->position_first = desk->firsts[1];
    account->order_first = desk->firsts[2];
    return LIQ_OK;
}

/* Balances are sorted by asset. */
static liq_status balance_add(liq_plan_desk *desk, uint32_t asset, int64_t units, liq_error *err)
{
    uint64_t at = 0;

    while (at < desk->account.balance_count && desk->balances[at].asset_index < asset)
        at++;
    if (at == desk->account.balance_count || desk->balances[at].asset_index != asset) {
        memmove(&desk->balances[at + 1], &desk->balances[at],
                (desk->account.balance_count - at) * sizeof *desk->balances);
        desk->balances[at] = (liq_balance){.asset_index = asset};
        desk->account.balance_count++;
    }
    if (__builtin_add_overflow(desk->balances[at].amount, units, &desk->balances[at].amount))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a balance would be past 64 bits");
    return LIQ_OK;
}

/* In a cross row legs are ordered by settle asset first, so each is looked for. */
static void entries_find(liq_plan_desk *desk)
{
    const liq_rows *rows = &desk->rows;
    const uint64_t first = rows->entry_first[desk->row_index];
    const uint64_t end = rows->entry_first[desk->row_index + 1];
    uint64_t entry = first;

    for (uint32_t i = 0; i < desk->leg_count; i++) {
        liq_plan_leg *leg = &desk->legs[i];

        if (leg->based == leg->lots)
            continue;
        for (uint64_t looked = first; looked < end; looked++, entry++) {
            if (entry >= end)
                entry = first;
            if (rows->tags[entry] ==
                    (LIQ_ENTRY_POSITION << LIQ_TAG_INDEX_BITS | leg->held.instrument_index) &&
                (rows->quantities[entry] > 0) == leg->held.is_long)
                break;
        }
        leg->entry = entry;
    }
}

static liq_level_record level_of(const liq_plan_request *request)
{
    return request->judged->policy.levels[LIQUIDATE_LEVEL];
}

static liq_row_record with_deposit(const liq_plan_desk *desk, const liq_row_part *part,
                                   int64_t units)
{
    return liq_row_part_value(part, desk->request->judged, liq_leg_sum_zero(),
                              part->amount + units);
}
