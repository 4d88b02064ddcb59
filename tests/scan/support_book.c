#include "support_book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "liq_limits.h"
#include "support_made_book.h"

static void must(liq_status status, const liq_error *err);
static void room(void **array, size_t *capacity, uint64_t needed, size_t item_bytes);
static int64_t units_of(const char *text, int32_t decimals);
static int64_t lots_of(const liq_fixture *fixture, uint32_t instrument_index, const char *quantity);
static uint32_t last_account(const liq_fixture *fixture);
static liq_int128 deduction_of(const liq_fixture *fixture, const liq_instrument *instrument);
static liq_int128 scaled_ceil(liq_decimal value, int32_t decimals);
static uint64_t *firsts_of(uint32_t account_count);
static int compare_balances(const void *left, const void *right);
static int compare_positions(const void *left, const void *right);
static int compare_orders(const void *left, const void *right);

void liq_fixture_start(liq_fixture *fixture, int32_t cash_decimals)
{
    liq_book *book = &fixture->book;
    liq_error err;

    *fixture = (liq_fixture){0};
    snprintf(book->venue.name, sizeof book->venue.name, "fixture");
    snprintf(book->venue.policy.profile, sizeof book->venue.policy.profile, "custom");
    book->venue.cash_decimals = cash_decimals;
    book->venue.policy.levels[0] = (liq_policy_level){
        .equity_factor = 800000, .requirement_factor = 1000000, .inclusive = true};
    book->venue.policy.levels[2] = (liq_policy_level){
        .equity_factor = 1000000, .requirement_factor = 1000000, .inclusive = true};
    must(liq_names_create(&book->venue.asset_names, &err), &err);
    must(liq_names_create(&book->venue.instrument_names, &err), &err);
    must(liq_names_create(&book->venue.fund_names, &err), &err);
    must(liq_names_create(&book->account_names, &err), &err);
    must(liq_names_create(&book->group_names, &err), &err);
}

void liq_fixture_start_xusd(liq_fixture *fixture, const char *lot, const char *mark,
                            liq_tier_form tier_form)
{
    liq_fixture_start(fixture, 2);
    (void)liq_fixture_asset(fixture, "USD", 2, 6, NULL);
    (void)liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                                 .kind = LIQ_INSTRUMENT_LINEAR,
                                                                 .multiplier = "1",
                                                                 .lot = lot,
                                                                 .tick = "0.1",
                                                                 .mark = mark,
                                                                 .tier_form = tier_form});
}

void liq_fixture_clear(liq_fixture *fixture)
{
    liq_made_book_clear(&fixture->book);
    *fixture = (liq_fixture){0};
}

uint32_t liq_fixture_asset(liq_fixture *fixture, const char *name, int32_t decimals,
                           int32_t value_decimals, const char *index)
{
    liq_book *book = &fixture->book;
    liq_venue *venue = &book->venue;
    uint32_t out;
    liq_error err;

    must(liq_names_add(venue->asset_names, liq_text_of(name), &out, &err), &err);
    room((void **)&venue->assets, &fixture->asset_capacity, out + 1, sizeof *venue->assets);
    room((void **)&book->asset_indices, &fixture->index_capacity, out + 1,
         sizeof *book->asset_indices);
    room((void **)&venue->slices, &fixture->slice_capacity, venue->slice_count + 1,
         sizeof *venue->slices);
    LIQ_ASSERT(out > 0 || decimals == venue->cash_decimals);
    venue->assets[out] = (liq_asset){.decimals = decimals,
                                     .value_decimals = value_decimals,
                                     .slice_first = venue->slice_count,
                                     .slice_count = 1};
    venue->slices[venue->slice_count++] =
        (liq_weight_slice){.up_to = INT64_MAX, .weight = LIQ_WEIGHT_ONE};
    venue->asset_count = out + 1;
    book->asset_indices[out] = out == 0        ? (liq_decimal){.digits = 1}
                               : index == NULL ? (liq_decimal){0}
                                               : liq_fixture_decimal(index);
    return out;
}

void liq_fixture_weight(liq_fixture *fixture, const char *up_to, const char *weight)
{
    liq_venue *venue = &fixture->book.venue;
    liq_asset *asset = &venue->assets[venue->asset_count - 1];
    liq_weight_slice *last = &venue->slices[venue->slice_count - 1];

    if (asset->slice_count > 1 || last->up_to != INT64_MAX) {
        room((void **)&venue->slices, &fixture->slice_capacity, venue->slice_count + 1,
             sizeof *venue->slices);
        last = &venue->slices[venue->slice_count++];
        asset->slice_count++;
    }
    last->up_to = up_to == NULL ? INT64_MAX : units_of(up_to, asset->decimals);
    last->weight = units_of(weight, 4);
}

uint32_t liq_fixture_instrument(liq_fixture *fixture, liq_fixture_contract contract)
{
    liq_book *book = &fixture->book;
    liq_venue *venue = &book->venue;
    liq_instrument *instrument;
    uint32_t out;
    liq_error err;

    must(liq_names_add(venue->instrument_names, liq_text_of(contract.symbol), &out, &err), &err);
    room((void **)&venue->instruments, &fixture->instrument_capacity, out + 1,
         sizeof *venue->instruments);
    room((void **)&book->instrument_marks, &fixture->mark_capacity, out + 1,
         sizeof *book->instrument_marks);
    LIQ_ASSERT(contract.settle < venue->asset_count);
    LIQ_ASSERT(out == 0 || venue->instruments[out - 1].settle_index <= contract.settle);
    instrument = &venue->instruments[out];
    *instrument = (liq_instrument){
        .kind = contract.kind,
        .settle_index = contract.settle,
        .fund_index = UINT32_MAX,
        .tier_first = venue->tier_count,
        .tier_form = contract.tier_form,
        .tier_measure = contract.tier_measure,
        .multiplier = liq_fixture_decimal(contract.multiplier),
        .lot = liq_fixture_decimal(contract.lot),
        .tick = liq_fixture_decimal(contract.tick),
        .liquidation_fee = liq_fixture_decimal(contract.fee == NULL ? "0" : contract.fee)};
    instrument->tick_decimals = instrument->tick.decimals;
    LIQ_ASSERT(
        liq_decimal_multiply(&instrument->lot_multiplier, instrument->lot, instrument->multiplier));
    book->instrument_marks[out] =
        contract.mark == NULL ? (liq_decimal){0} : liq_fixture_decimal(contract.mark);
    venue->instrument_count = out + 1;
    return out;
}

void liq_fixture_tier(liq_fixture *fixture, const char *floor, const char *mmr, const char *imr)
{
    liq_venue *venue = &fixture->book.venue;
    liq_instrument *instrument = &venue->instruments[venue->instrument_count - 1];

    room((void **)&venue->tiers, &fixture->tier_capacity, venue->tier_count + 1,
         sizeof *venue->tiers);
    venue->tiers[venue->tier_count] = (liq_tier){.floor = liq_fixture_decimal(floor),
                                                 .maintenance_rate = liq_fixture_decimal(mmr),
                                                 .initial_rate = liq_fixture_decimal(imr)};
    venue->tier_count++;
    instrument->tier_count++;
    venue->tiers[venue->tier_count - 1].deduction_grains = deduction_of(fixture, instrument);
}

void liq_fixture_slope(liq_fixture *fixture, const char *mmr_slope, const char *imr_slope)
{
    liq_venue *venue = &fixture->book.venue;

    LIQ_ASSERT(venue->instruments[venue->instrument_count - 1].tier_form == LIQ_TIER_LINEAR);
    venue->tiers[venue->tier_count - 1].maintenance_slope = liq_fixture_decimal(mmr_slope);
    venue->tiers[venue->tier_count - 1].initial_slope = liq_fixture_decimal(imr_slope);
}

uint32_t liq_fixture_account(liq_fixture *fixture, const char *account)
{
    liq_book *book = &fixture->book;
    uint32_t out;
    liq_error err;

    must(liq_names_add(book->account_names, liq_text_of(account), &out, &err), &err);
    LIQ_ASSERT(out == 0 || strcmp(liq_names_get(book->account_names, out - 1), account) < 0);
    room((void **)&book->accounts, &fixture->account_capacity, out + 1, sizeof *book->accounts);
    book->accounts[out] = (liq_account){.group_index = UINT32_MAX};
    book->account_count = out + 1;
    return out;
}

void liq_fixture_balance(liq_fixture *fixture, uint32_t asset_index, const char *amount)
{
    const int32_t decimals = fixture->book.venue.assets[asset_index].decimals;

    liq_fixture_balance_units(fixture, asset_index, units_of(amount, decimals));
}

void liq_fixture_position(liq_fixture *fixture, uint32_t instrument_index, const char *quantity,
                          const char *entry_price, const char *isolated_margin)
{
    const liq_venue *venue = &fixture->book.venue;
    const uint32_t settle = venue->instruments[instrument_index].settle_index;
    const int64_t margin =
        isolated_margin == NULL ? 0 : units_of(isolated_margin, venue->assets[settle].decimals);

    liq_fixture_position_lots(fixture, instrument_index,
                              lots_of(fixture, instrument_index, quantity),
                              liq_fixture_decimal(entry_price), isolated_margin != NULL, margin);
}

void liq_fixture_order(liq_fixture *fixture, uint32_t instrument_index, const char *quantity,
                       const char *price)
{
    liq_fixture_order_lots(fixture, instrument_index, lots_of(fixture, instrument_index, quantity),
                           liq_fixture_decimal(price));
}

void liq_fixture_position_lots(liq_fixture *fixture, uint32_t instrument_index, int64_t lots,
                               liq_decimal entry_price, bool isolated, int64_t isolated_margin)
{
    liq_book *book = &fixture->book;
    liq_position position = {.quantity_lots = lots,
                             .entry_price = entry_price,
                             .isolated_margin = isolated_margin,
                             .account_index = last_account(fixture),
                             .instrument_index = instrument_index,
                             .isolated = isolated};

    LIQ_ASSERT(lots != 0 && lots <= LIQ_QUANTITY_LOTS_MAX && lots >= -LIQ_QUANTITY_LOTS_MAX);
    LIQ_ASSERT(liq_lot_value_entry(&position.entry_value, &book->venue, instrument_index,
                                   entry_price, lots > 0));
    room((void **)&book->positions, &fixture->position_capacity, book->position_count + 1,
         sizeof *book->positions);
    book->positions[book->position_count++] = position;
}

void liq_fixture_order_lots(liq_fixture *fixture, uint32_t instrument_index, int64_t lots,
                            liq_decimal price)
{
    liq_book *book = &fixture->book;
    liq_order order = {.quantity_lots = lots,
                       .price = price,
                       .account_index = last_account(fixture),
                       .instrument_index = instrument_index};

    LIQ_ASSERT(lots != 0 && lots <= LIQ_QUANTITY_LOTS_MAX && lots >= -LIQ_QUANTITY_LOTS_MAX);
    LIQ_ASSERT(
        liq_lot_value_entry(&order.limit_value, &book->venue, instrument_index, price, lots > 0));
    room((void **)&book->orders, &fixture->order_capacity, book->order_count + 1,
         sizeof *book->orders);
    book->orders[book->order_count++] = order;
}

void liq_fixture_balance_units(liq_fixture *fixture, uint32_t asset_index, int64_t units)
{
    liq_book *book = &fixture->book;

    room((void **)&book->balances, &fixture->balance_capacity, book->balance_count + 1,
         sizeof *book->balances);
    book->balances[book->balance_count++] = (liq_balance){
        .amount = units, .account_index = last_account(fixture), .asset_index = asset_index};
}

liq_book *liq_fixture_finish(liq_fixture *fixture)
{
    liq_book *book = &fixture->book;
    const uint32_t count = book->account_count;

    free(book->balance_first);
    free(book->position_first);
    free(book->order_first);
    book->balance_first = firsts_of(count);
    book->position_first = firsts_of(count);
    book->order_first = firsts_of(count);
    if (book->balance_count > 0)
        qsort(book->balances, book->balance_count, sizeof *book->balances, compare_balances);
    if (book->position_count > 0)
        qsort(book->positions, book->position_count, sizeof *book->positions, compare_positions);
    if (book->order_count > 0)
        qsort(book->orders, book->order_count, sizeof *book->orders, compare_orders);
    for (uint64_t i = 0; i < book->balance_count; i++)
        book->balance_first[book->balances[i].account_index + 1]++;
    for (uint64_t i = 0; i < book->position_count; i++)
        book->position_first[book->positions[i].account_index + 1]++;
    for (uint64_t i = 0; i < book->order_count; i++)
        book->order_first[book->orders[i].account_index + 1]++;
    for (uint32_t i = 0; i < count; i++) {
        book->balance_first[i + 1] += book->balance_first[i];
        book->position_first[i + 1] += book->position_first[i];
        book->order_first[i + 1] += book->order_first[i];
    }
    return book;
}

liq_decimal liq_fixture_decimal(const char *text)
{
    liq_decimal out;
    liq_error err;

    must(liq_decimal_parse(&out, liq_text_of(text), &err), &err);
    return out;
}

static void must(liq_status status, const liq_error *err)
{
    if (status == LIQ_OK)
        return;
    fprintf(stderr, "fixture: %s\n", err->message);
    abort();
}

static void room(void **array, size_t *capacity, uint64_t needed, size_t item_bytes)
{
    liq_error err;

    must(liq_memory_grow(array, capacity, needed, item_bytes, &err), &err);
}

static int64_t units_of(const char *text, int32_t decimals)
{
    int64_t out;
    liq_error err;

    must(liq_decimal_parse_units(&out, liq_text_of(text), decimals, &err), &err);
    return out;
}

static int64_t lots_of(const liq_fixture *fixture, uint32_t instrument_index, const char *quantity)
{
    const liq_decimal lot = fixture->book.venue.instruments[instrument_index].lot;
    int64_t down;
    int64_t up;

    LIQ_ASSERT(liq_decimal_divide(&down, liq_fixture_decimal(quantity), lot, 0, LIQ_ROUND_FLOOR) &&
               liq_decimal_divide(&up, liq_fixture_decimal(quantity), lot, 0, LIQ_ROUND_CEIL));
    LIQ_ASSERT(down == up);
    return down;
}

static uint32_t last_account(const liq_fixture *fixture)
{
    LIQ_ASSERT(fixture->book.account_count > 0);
    return fixture->book.account_count - 1;
}

/* That of the tier before, and its floor x the step of the rate. */
static liq_int128 deduction_of(const liq_fixture *fixture, const liq_instrument *instrument)
{
    const liq_venue *venue = &fixture->book.venue;
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    const liq_tier *tier = &venue->tiers[venue->tier_count - 1];
    const int32_t decimals = liq_asset_rate_decimals(asset);

    if (instrument->tier_count == 1 || instrument->tier_form == LIQ_TIER_WHOLE ||
        instrument->tier_form == LIQ_TIER_LINEAR)
        return 0;
    return tier[-1].deduction_grains + scaled_ceil(tier->floor, asset->value_decimals) *
                                           (scaled_ceil(tier->maintenance_rate, decimals) -
                                            scaled_ceil(tier[-1].maintenance_rate, decimals));
}

static liq_int128 scaled_ceil(liq_decimal value, int32_t decimals)
{
    liq_int128 out;

    LIQ_ASSERT(liq_decimal_scale(&out, value, decimals, LIQ_ROUND_CEIL));
    return out;
}

static uint64_t *firsts_of(uint32_t account_count)
{
    void *out;
    liq_error err;

    must(liq_memory_array(&out, (size_t)account_count + 1, sizeof(uint64_t), &err), &err);
    return out;
}

static int compare_balances(const void *left, const void *right)
{
    const liq_balance *a = left;
    const liq_balance *b = right;

    if (a->account_index != b->account_index)
        return a->account_index < b->account_index ? -1 : 1;
    return (a->asset_index > b->asset_index) - (a->asset_index < b->asset_index);
}

static int compare_positions(const void *left, const void *right)
{
    const liq_position *a = left;
    const liq_position *b = right;

    if (a->account_index != b->account_index)
        return a->account_index < b->account_index ? -1 : 1;
    if (a->isolated != b->isolated)
        return a->isolated ? 1 : -1;
    if (a->instrument_index != b->instrument_index)
        return a->instrument_index < b->instrument_index ? -1 : 1;
    return (b->quantity_lots > 0) - (a->quantity_lots > 0);
}

static int compare_orders(const void *left, const void *right)
{
    const liq_order *a = left;
    const liq_order *b = right;

    if (a->account_index != b->account_index)
        return a->account_index < b->account_index ? -1 : 1;
    return (a->instrument_index > b->instrument_index) -
           (a->instrument_index < b->instrument_index);
}
