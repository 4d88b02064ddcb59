#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>
#include <string.h>

#include "book/rows.h"
#include "liq_limits.h"

/* Two assets; instruments 0 and 1 settle in asset 0, instrument 2 in asset 1. */
static liq_instrument instruments[] = {
    {.settle_index = 0}, {.settle_index = 0}, {.settle_index = 1}};
static liq_account cross_account = {.mode = LIQ_ACCOUNT_CROSS};
static liq_account portfolio_account = {.mode = LIQ_ACCOUNT_PORTFOLIO};

/* A book of one account, lent its columns; the columns must already be in book order. */
typedef struct small_book {
    liq_book book;
    uint64_t balance_first[2];
    uint64_t position_first[2];
    uint64_t order_first[2];
} small_book;

static void name(liq_names **out, const char *const *names, uint32_t count)
{
    uint32_t index;

    cr_assert_eq(liq_names_create(out, NULL), LIQ_OK);
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(liq_names_add(*out, liq_text_of(names[i]), &index, NULL), LIQ_OK);
}

static void start(small_book *small)
{
    static const char *const accounts[] = {"alice"};
    static const char *const symbols[] = {"X", "Y", "Z"};

    *small = (small_book){0};
    small->book.venue.asset_count = 2;
    small->book.venue.instrument_count = 3;
    small->book.venue.instruments = instruments;
    small->book.accounts = &cross_account;
    small->book.account_count = 1;
    small->book.balance_first = small->balance_first;
    small->book.position_first = small->position_first;
    small->book.order_first = small->order_first;
    name(&small->book.account_names, accounts, 1);
    name(&small->book.venue.instrument_names, symbols, 3);
}

static void hold(small_book *small, liq_balance *balances, uint64_t balance_count,
                 liq_position *positions, uint64_t position_count, liq_order *orders,
                 uint64_t order_count)
{
    small->book.balances = balances;
    small->book.positions = positions;
    small->book.orders = orders;
    small->balance_first[1] = small->book.balance_count = balance_count;
    small->position_first[1] = small->book.position_count = position_count;
    small->order_first[1] = small->book.order_count = order_count;
}

static void finish(small_book *small, liq_rows *rows)
{
    liq_rows_clear(rows);
    liq_names_destroy(small->book.account_names);
    liq_names_destroy(small->book.venue.instrument_names);
}

static void expect_entry(const liq_rows *rows, uint64_t at, uint32_t kind, uint32_t index,
                         int64_t quantity, int64_t value)
{
    cr_assert_lt(at, rows->entry_count);
    cr_expect_eq(rows->tags[at] >> LIQ_TAG_INDEX_BITS, kind, "entry %llu has kind %u, not %u",
                 (unsigned long long)at, rows->tags[at] >> LIQ_TAG_INDEX_BITS, kind);
    cr_expect_eq(rows->tags[at] & LIQ_TAG_INDEX_MAX, index, "entry %llu has index %u, not %u",
                 (unsigned long long)at, rows->tags[at] & LIQ_TAG_INDEX_MAX, index);
    cr_expect_eq(rows->quantities[at], quantity, "entry %llu has quantity %lld, not %lld",
                 (unsigned long long)at, (long long)rows->quantities[at], (long long)quantity);
    cr_expect_eq(rows->values[at], value, "entry %llu has value %lld, not %lld",
                 (unsigned long long)at, (long long)rows->values[at], (long long)value);
}

Test(rows, gives_an_empty_account_an_empty_cross_row)
{
    small_book small;
    liq_rows rows = {0};

    start(&small);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_expect_eq(rows.row_count, 1);
    cr_expect_eq(rows.entry_count, 0);
    cr_expect_eq(rows.entry_first[0], 0);
    cr_expect_eq(rows.entry_first[1], 0);
    cr_expect_eq(rows.keys[0].instrument_index, LIQ_NO_INDEX);
    finish(&small, &rows);
}

Test(rows, groups_legs_by_settle_asset_and_closes_each_group)
{
    liq_balance balances[] = {{.asset_index = 1, .amount = 77}};
    liq_position positions[] = {
        {.instrument_index = 0, .quantity_lots = 5, .entry_value = 50},
        {.instrument_index = 0, .quantity_lots = -6, .entry_value = 60},
        {.instrument_index = 2, .quantity_lots = 7, .entry_value = 70},
    };
    liq_order orders[] = {{.instrument_index = 1, .quantity_lots = -8, .limit_value = 80}};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    small.book.venue.policy.order_loss = true;
    hold(&small, balances, 1, positions, 3, orders, 1);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.row_count, 1);
    cr_assert_eq(rows.entry_count, 6);
    expect_entry(&rows, 0, LIQ_ENTRY_POSITION, 0, 5, 50);
    expect_entry(&rows, 1, LIQ_ENTRY_POSITION, 0, -6, 60);
    expect_entry(&rows, 2, LIQ_ENTRY_ORDER, 1, -8, 80);
    expect_entry(&rows, 3, LIQ_ENTRY_BALANCE, 0, 0, 0);
    expect_entry(&rows, 4, LIQ_ENTRY_POSITION, 2, 7, 70);
    expect_entry(&rows, 5, LIQ_ENTRY_BALANCE, 1, 77, 0);
    finish(&small, &rows);
}

Test(rows, gives_each_isolated_position_a_row_of_its_own)
{
    liq_balance balances[] = {{.asset_index = 0, .amount = 9}};
    liq_position positions[] = {
        {.instrument_index = 1, .quantity_lots = 3, .entry_value = 30},
        {.instrument_index = 0,
         .quantity_lots = 1,
         .entry_value = 10,
         .isolated = true,
         .isolated_margin = 100},
        {.instrument_index = 2,
         .quantity_lots = -2,
         .entry_value = 20,
         .isolated = true,
         .isolated_margin = 200},
    };
    small_book small;
    liq_rows rows = {0};

    start(&small);
    hold(&small, balances, 1, positions, 3, NULL, 0);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.row_count, 3);
    cr_assert_eq(rows.entry_count, 6);
    cr_expect_eq(rows.keys[1].instrument_index, 0);
    cr_expect_eq(rows.keys[1].is_short, 0);
    cr_expect_eq(rows.keys[2].instrument_index, 2);
    cr_expect_eq(rows.keys[2].is_short, 1);
    expect_entry(&rows, 0, LIQ_ENTRY_POSITION, 1, 3, 30);
    expect_entry(&rows, 1, LIQ_ENTRY_BALANCE, 0, 9, 0);
    expect_entry(&rows, 2, LIQ_ENTRY_POSITION, 0, 1, 10);
    expect_entry(&rows, 3, LIQ_ENTRY_MARGIN, 0, 100, 0);
    expect_entry(&rows, 4, LIQ_ENTRY_POSITION, 2, -2, 20);
    expect_entry(&rows, 5, LIQ_ENTRY_MARGIN, 1, 200, 0);
    finish(&small, &rows);
}

Test(rows, leaves_out_an_asset_of_which_nothing_is_held)
{
    liq_balance balances[] = {{.asset_index = 0, .amount = 1}, {.asset_index = 1, .amount = 0}};
    liq_order orders[] = {{.instrument_index = 2, .quantity_lots = 4, .limit_value = 40}};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    hold(&small, balances, 2, NULL, 0, orders, 1);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.entry_count, 1, "an order that costs nothing needs no index price either");
    expect_entry(&rows, 0, LIQ_ENTRY_BALANCE, 0, 1, 0);
    finish(&small, &rows);
}

Test(rows, keeps_the_zero_balance_of_an_asset_in_which_a_position_settles)
{
    liq_balance balances[] = {{.asset_index = 1, .amount = 0}};
    liq_position positions[] = {{.instrument_index = 2, .quantity_lots = 1, .entry_value = 1}};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    hold(&small, balances, 1, positions, 1, NULL, 0);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.entry_count, 2);
    expect_entry(&rows, 1, LIQ_ENTRY_BALANCE, 1, 0, 0);
    finish(&small, &rows);
}

Test(rows, says_why_a_portfolio_account_has_no_value)
{
    liq_position positions[] = {
        {.instrument_index = 0, .quantity_lots = 1, .entry_value = 1, .isolated = true}};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    small.book.accounts = &portfolio_account;
    hold(&small, NULL, 0, positions, 1, NULL, 0);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.row_count, 2);
    cr_expect_eq(rows.keys[0].reason, LIQ_REASON_PORTFOLIO);
    cr_expect_eq(rows.keys[1].reason, LIQ_REASON_PORTFOLIO);
    finish(&small, &rows);
}

typedef struct exposure_case {
    int64_t longs, shorts, bought, sold;
    int64_t long_lots, short_lots; /* if all orders of a side filled */
    uint32_t kind;
} exposure_case;

ParameterizedTestParameters(rows, counts_what_orders_would_open)
{
    static exposure_case cases[] = {
        {0, 0, 5, 0, 5, 0, LIQ_ENTRY_EXPOSURE_MAX},    /* opens */
        {0, 0, 5, 7, 5, 7, LIQ_ENTRY_EXPOSURE_MAX},    /* opens either way */
        {10, 0, 5, 0, 15, 0, LIQ_ENTRY_EXPOSURE_MAX},  /* adds */
        {10, 0, 0, 4, 10, 0, LIQ_ENTRY_EXPOSURE_MAX},  /* closes a part */
        {10, 0, 0, 10, 10, 0, LIQ_ENTRY_EXPOSURE_MAX}, /* closes all */
        {10, 0, 0, 14, 10, 4, LIQ_ENTRY_EXPOSURE_MAX}, /* turns */
        {0, 10, 14, 0, 4, 10, LIQ_ENTRY_EXPOSURE_MAX},
        {0, 10, 3, 2, 0, 12, LIQ_ENTRY_EXPOSURE_MAX},
        {10, 6, 0, 1, 10, 6, LIQ_ENTRY_EXPOSURE_SUM}, /* both legs are held */
        {10, 6, 8, 15, 12, 11, LIQ_ENTRY_EXPOSURE_SUM},
    };

    return cr_make_param_array(exposure_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(exposure_case *given, rows, counts_what_orders_would_open)
{
    liq_position positions[2];
    liq_order orders[2];
    uint64_t position_count = 0;
    uint64_t order_count = 0;
    small_book small;
    liq_rows rows = {0};

    if (given->longs > 0)
        positions[position_count++] = (liq_position){.quantity_lots = given->longs};
    if (given->shorts > 0)
        positions[position_count++] = (liq_position){.quantity_lots = -given->shorts};
    if (given->bought > 0)
        orders[order_count++] = (liq_order){.quantity_lots = given->bought};
    if (given->sold > 0)
        orders[order_count++] = (liq_order){.quantity_lots = -given->sold};
    start(&small);
    small.book.venue.policy.order_margin = true;
    hold(&small, NULL, 0, positions, position_count, orders, order_count);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.entry_count, position_count + 2);
    expect_entry(&rows, 0, given->kind, 0, given->long_lots, given->short_lots);
    finish(&small, &rows);
}

Test(rows, writes_no_exposure_without_orders)
{
    liq_position positions[] = {{.quantity_lots = 1}};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    small.book.venue.policy.order_margin = true;
    small.book.venue.policy.order_tier = true;
    hold(&small, NULL, 0, positions, 1, NULL, 0);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_expect_eq(rows.entry_count, 2);
    expect_entry(&rows, 0, LIQ_ENTRY_POSITION, 0, 1, 0);
    finish(&small, &rows);
}

typedef struct limit_case {
    uint64_t orders;
    bool order_loss; /* else they only count for margin */
    liq_status status;
} limit_case;

/* One balance is an entry too; an exposure is one when orders need margin. */
ParameterizedTestParameters(rows, bounds_the_entries_of_an_account)
{
    static limit_case cases[] = {
        {LIQ_ROW_ENTRIES_MAX - 1, true, LIQ_OK},
        {LIQ_ROW_ENTRIES_MAX, true, LIQ_OUT_OF_RANGE},
        {LIQ_ROW_ENTRIES_MAX - 2, false, LIQ_OK},
        {LIQ_ROW_ENTRIES_MAX - 1, false, LIQ_OUT_OF_RANGE},
    };

    return cr_make_param_array(limit_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(limit_case *given, rows, bounds_the_entries_of_an_account)
{
    liq_balance balances[] = {{.asset_index = 0, .amount = 1}};
    liq_order *orders = calloc(given->orders, sizeof *orders);
    liq_error err = {0};
    small_book small;
    liq_rows rows = {0};

    cr_assert_not_null(orders);
    for (uint64_t i = 0; i < given->orders; i++)
        orders[i].quantity_lots = 1;
    start(&small);
    small.book.venue.policy.order_loss = given->order_loss;
    small.book.venue.policy.order_margin = !given->order_loss;
    hold(&small, balances, 1, NULL, 0, orders, given->orders);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, &err), given->status, "%s", err.message);
    if (given->status != LIQ_OK)
        cr_expect_not_null(strstr(err.message, "alice"), "%s", err.message);
    finish(&small, &rows);
    free(orders);
}

Test(rows, lets_an_account_have_any_number_of_orders_that_cost_nothing)
{
    const uint64_t count = LIQ_ROW_ENTRIES_MAX + 1;
    liq_order *orders = calloc(count, sizeof *orders);
    small_book small;
    liq_rows rows = {0};

    cr_assert_not_null(orders);
    for (uint64_t i = 0; i < count; i++)
        orders[i].quantity_lots = 1;
    start(&small);
    hold(&small, NULL, 0, NULL, 0, orders, count);
    cr_assert_eq(liq_rows_create(&rows, &small.book, NULL, NULL), LIQ_OK);
    cr_expect_eq(rows.entry_count, 0);
    finish(&small, &rows);
    free(orders);
}

Test(rows, refuses_order_lots_past_the_exposure_limit)
{
    const uint64_t count = LIQ_EXPOSURE_LOTS_MAX / 2 / LIQ_QUANTITY_LOTS_MAX + 1;
    liq_order *orders = calloc(count, sizeof *orders);
    liq_error err = {0};
    small_book small;
    liq_rows rows = {0};

    cr_assert_not_null(orders);
    for (uint64_t i = 0; i < count; i++)
        orders[i] = (liq_order){.instrument_index = 1, .quantity_lots = -LIQ_QUANTITY_LOTS_MAX};
    start(&small);
    small.book.venue.policy.order_tier = true;
    hold(&small, NULL, 0, NULL, 0, orders, count);
    cr_expect_eq(liq_rows_create(&rows, &small.book, NULL, &err), LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "alice"), "%s", err.message);
    cr_expect_not_null(strstr(err.message, "\"Y\""), "%s", err.message);
    hold(&small, NULL, 0, NULL, 0, orders, count - 1);
    cr_expect_eq(liq_rows_create(&rows, &small.book, NULL, &err), LIQ_OK);
    expect_entry(&rows, 0, LIQ_ENTRY_EXPOSURE_MAX, 1, 0, LIQ_EXPOSURE_LOTS_MAX / 2);
    finish(&small, &rows);
    free(orders);
}

Test(rows, builds_one_account_as_it_builds_the_book)
{
    liq_account accounts[2] = {{.mode = LIQ_ACCOUNT_CROSS}, {.mode = LIQ_ACCOUNT_CROSS}};
    uint64_t balance_first[] = {0, 1, 2};
    uint64_t position_first[] = {0, 1, 3};
    uint64_t order_first[] = {0, 0, 0};
    liq_balance balances[] = {{.amount = 1}, {.amount = 2, .account_index = 1}};
    liq_position positions[] = {
        {.quantity_lots = 3, .entry_value = 4},
        {.quantity_lots = 5, .entry_value = 6, .account_index = 1},
        {.quantity_lots = -7, .entry_value = 8, .account_index = 1, .isolated = true},
    };
    small_book small;
    liq_rows all = {0};
    liq_rows one = {0};
    const char *const ids[] = {"alice", "bob"};

    start(&small);
    hold(&small, balances, 2, positions, 3, NULL, 0);
    liq_names_destroy(small.book.account_names);
    name(&small.book.account_names, ids, 2);
    small.book.accounts = accounts;
    small.book.account_count = 2;
    small.book.balance_first = balance_first;
    small.book.position_first = position_first;
    small.book.order_first = order_first;
    cr_assert_eq(liq_rows_create(&all, &small.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create_account(&one, &small.book, 1, NULL), LIQ_OK);
    cr_assert_eq(all.row_count, 3);
    cr_assert_eq(one.row_count, 2);
    cr_assert_eq(one.entry_count, 4);
    cr_expect_arr_eq(one.keys, all.keys + 1, 2 * sizeof *one.keys);
    cr_expect_arr_eq(one.tags, all.tags + 2, 4 * sizeof *one.tags);
    cr_expect_arr_eq(one.quantities, all.quantities + 2, 4 * sizeof *one.quantities);
    cr_expect_arr_eq(one.values, all.values + 2, 4 * sizeof *one.values);
    liq_rows_clear(&one);
    finish(&small, &all);
}

static int stop_at_once(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)context;
    (void)stage;
    (void)done;
    (void)total;
    return 0;
}

Test(rows, stops_when_the_watcher_asks)
{
    const liq_progress progress = {.report = stop_at_once};
    small_book small;
    liq_rows rows = {0};

    start(&small);
    cr_expect_eq(liq_rows_create(&rows, &small.book, &progress, NULL), LIQ_INTERRUPTED);
    cr_expect_null(rows.keys);
    finish(&small, &rows);
}
