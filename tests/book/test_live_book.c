#include <criterion/criterion.h>
#include <string.h>

#include "base/hash.h"
#include "book/live_columns.h"
#include "book/live_hash.h"
#include "book/live_book.h"

#define SMALL LIQ_SOURCE_DIR "/tests/books/small"

typedef struct bad_event {
    liq_live_event event;
    liq_status status;
    const char *message;
} bad_event;

static liq_book *loaded;
static liq_live_book live;

static void start(void)
{
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&loaded, SMALL, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_book_create(&live, loaded, NULL, &err), LIQ_OK, "%s", err.message);
}

static void stop(void)
{
    liq_live_book_clear(&live);
    liq_book_destroy(loaded);
}

/* Everything that a tick would read. */
static void digest(char out[LIQ_HASH_HEX_BYTES])
{
    const uint32_t counts[] = {live.account_count, live.entry_count, live.dirty.count,
                               live.moved_instruments.count, live.moved_assets.count};
    uint64_t state[2];
    liq_hash *hash = NULL;

    liq_live_hash_all(state, &live);
    cr_assert_arr_eq(state, live.hash, sizeof state);
    cr_assert_eq(liq_hash_create(&hash, NULL), LIQ_OK);
    liq_hash_add(hash, counts, sizeof counts);
    liq_hash_add(hash, state, sizeof state);
    for (uint32_t i = 0; i < live.prices.venue.instrument_count; i++)
        liq_hash_add(hash, &live.prices.instrument_marks[i].digits, sizeof(int64_t));
    for (uint32_t i = 0; i < live.prices.venue.asset_count; i++)
        liq_hash_add(hash, &live.prices.asset_indices[i].digits, sizeof(int64_t));
    for (uint32_t i = 0; i < live.account_capacity; i++) {
        const liq_rows *rows;

        if (!live.accounts[i].alive)
            continue;
        rows = liq_live_book_rows(&live, i);
        liq_hash_add(hash, live.accounts[i].id, strlen(live.accounts[i].id));
        liq_hash_add(hash, rows->tags, rows->entry_count * sizeof *rows->tags);
        liq_hash_add(hash, rows->quantities, rows->entry_count * sizeof *rows->quantities);
        liq_hash_add(hash, rows->values, rows->entry_count * sizeof *rows->values);
    }
    liq_hash_finish(hash, out);
    liq_hash_destroy(hash);
}

/* Refused behind good events of every kind, all of which must be taken back. */
static void expect_refusal(const bad_event *bad)
{
    const liq_live_event events[] = {
        {.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "30000"},
        {.kind = LIQ_LIVE_INDEX, .symbol = "BTC", .price = "30001"},
        {.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "BTC", .amount = "1"},
        {.kind = LIQ_LIVE_BALANCE, .account = "calm", .symbol = "USDT", .amount = "0"},
        {.kind = LIQ_LIVE_POSITION, .account = "calm", .symbol = "BTCUSDT", .amount = "0"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "new"},
        {.kind = LIQ_LIVE_POSITION,
         .account = "new",
         .symbol = "ETHUSDT",
         .amount = "2",
         .price = "1300",
         .is_short = 1},
        {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "whale"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "whale"},
        {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "new"},
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "thin", .symbol = "USDT", .amount = "-5"},
        {.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "ETHUSDT", .amount = "-5"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "30000", .amount = "5"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL,
         .symbol = "BTCUSDT",
         .price = "30001",
         .amount = "5",
         .is_short = 1},
        {.kind = LIQ_LIVE_DEPTH_CLEAR, .symbol = "BTCUSDT"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "29999", .amount = "1"},
        {.kind = LIQ_LIVE_MARGIN_FACTORS,
         .symbol = "BTCUSDT",
         .maintenance_factor_ppm = 2000000,
         .initial_factor_ppm = 1500000},
        bad->event};
    const uint32_t count = sizeof events / sizeof *events;
    char before[LIQ_HASH_HEX_BYTES];
    char behind[LIQ_HASH_HEX_BYTES];
    liq_error err = {0};

    digest(before);
    cr_expect_eq(liq_live_book_apply(&live, events, count, &err), bad->status, "%s", bad->message);
    cr_expect_str_eq(err.message, bad->message);
    digest(behind);
    cr_expect_str_eq(before, behind, "changed by: %s", bad->message);
}

Test(live_book, refuses_wrong_events_and_takes_all_back, .init = start, .fini = stop)
{
    static const bad_event rows[] = {
        {{0}, LIQ_BAD_INPUT, "event 17: 0 is not a kind of event"},
        {{.kind = LIQ_LIVE_MARK},
         LIQ_NOT_FOUND,
         "event 17: symbol \"\" is not an instrument of venue.json"},
        {{.kind = LIQ_LIVE_MARK, .symbol = "BTC", .price = "1"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"BTC\" is not an instrument of venue.json"},
        {{.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT"}, LIQ_BAD_INPUT, "event 17: price is needed"},
        {{.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "0"},
         LIQ_OUT_OF_RANGE,
         "event 17: price \"0\" must be above 0"},
        {{.kind = LIQ_LIVE_INDEX, .symbol = "USDT", .price = "1.01"},
         LIQ_BAD_INPUT,
         "event 17: price \"1.01\": the index price of the margin currency is 1"},
        {{.kind = LIQ_LIVE_BALANCE, .account = "who", .symbol = "USDT", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: account \"who\" is not there"},
        {{.kind = LIQ_LIVE_BALANCE, .account = "new", .symbol = "USDT", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: account \"new\" is not there"},
        {{.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "EUR", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"EUR\" is not an asset of venue.json"},
        {{.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "USDT"},
         LIQ_BAD_INPUT,
         "event 17: amount is needed"},
        {{.kind = LIQ_LIVE_POSITION, .account = "thin", .symbol = "BTCUSDT", .amount = "-1"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"-1\" must be 0 or more"},
        {{.kind = LIQ_LIVE_POSITION, .account = "thin", .symbol = "BTCUSDT", .amount = "0.0005"},
         LIQ_BAD_INPUT,
         "event 17: amount \"0.0005\" is not a multiple of the lot 0.001"},
        {{.kind = LIQ_LIVE_POSITION,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "1000000000000.001"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"1000000000000.001\" is past 1000000000000000 lots "
         "of 0.001"},
        {{.kind = LIQ_LIVE_POSITION, .account = "thin", .symbol = "BTCUSDT", .amount = "1"},
         LIQ_BAD_INPUT,
         "event 17: price is needed"},
        {{.kind = LIQ_LIVE_POSITION,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "1",
          .price = "1",
          .is_isolated = 1},
         LIQ_BAD_INPUT,
         "event 17: isolated_margin is needed"},
        {{.kind = LIQ_LIVE_POSITION,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "1",
          .price = "1",
          .is_isolated = 1,
          .isolated_margin = "-1"},
         LIQ_OUT_OF_RANGE,
         "event 17: isolated_margin \"-1\" must be 0 or more"},
        {{.kind = LIQ_LIVE_POSITION,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "1",
          .price = "1",
          .isolated_margin = "1"},
         LIQ_BAD_INPUT,
         "event 17: isolated_margin \"1\" must be absent, because margin is cross"},
        {{.kind = LIQ_LIVE_POSITION,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "0",
          .is_short = 1},
         LIQ_NOT_FOUND,
         "event 17: account \"thin\" has no such position"},
        {{.kind = LIQ_LIVE_ORDER,
          .account = "thin",
          .symbol = "BTCUSDT",
          .amount = "0",
          .order_reference = 1},
         LIQ_NOT_FOUND,
         "event 17: account \"thin\" has no such order"},
        {{.kind = LIQ_LIVE_ADD_ACCOUNT, .account = " x"},
         LIQ_BAD_INPUT,
         "event 17: account \" x\": an id has 1 to 128 bytes, no control bytes and no space at its "
         "ends"},
        {{.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "thin"},
         LIQ_DUPLICATE,
         "event 17: account \"thin\" is there already"},
        {{.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "new"},
         LIQ_NOT_FOUND,
         "event 17: account \"new\" is not there"},
        {{.kind = LIQ_LIVE_DEPTH_CLEAR, .symbol = "BTC"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"BTC\" is not an instrument of venue.json"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "XUSDT", .price = "1", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"XUSDT\" is not an instrument of venue.json"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .amount = "1"},
         LIQ_BAD_INPUT,
         "event 17: price is needed"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "-1", .amount = "1"},
         LIQ_OUT_OF_RANGE,
         "event 17: price \"-1\" must be above 0"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "1", .amount = "-1"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"-1\" must be 0 or more"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "1", .amount = "0.0001"},
         LIQ_BAD_INPUT,
         "event 17: amount \"0.0001\" is not a multiple of the lot 0.001"},
        {{.kind = LIQ_LIVE_DEPTH_LEVEL,
          .symbol = "BTCUSDT",
          .price = "99999999999999999",
          .amount = "1"},
         LIQ_OUT_OF_RANGE,
         "event 17: one lot of BTCUSDT would be worth more than 1000000000000000000 units of "
         "10^-12 USDT"},
        {{.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "who", .symbol = "USDT", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: account \"who\" is not there"},
        {{.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "calm", .symbol = "EUR", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"EUR\" is not an asset of venue.json"},
        {{.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "calm", .symbol = "USDT"},
         LIQ_BAD_INPUT,
         "event 17: amount is needed"},
        {{.kind = LIQ_LIVE_BALANCE_CHANGE,
          .account = "mixed",
          .symbol = "USDT",
          .amount = "92233720368"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"92233720368\": the balance would be past 2^63 - 1 units"},
        {{.kind = LIQ_LIVE_MARGIN_CHANGE,
          .account = "mixed",
          .symbol = "ETHUSDT",
          .amount = "-65.00000001"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"-65.00000001\": the margin would be below 0"},
        {{.kind = LIQ_LIVE_MARGIN_CHANGE,
          .account = "mixed",
          .symbol = "ETHUSDT",
          .amount = "92233720368"},
         LIQ_OUT_OF_RANGE,
         "event 17: amount \"92233720368\": the margin would be past 2^63 - 1 units"},
        {{.kind = LIQ_LIVE_MARGIN_CHANGE,
          .account = "mixed",
          .symbol = "ETHUSDT",
          .amount = "1",
          .is_short = 1},
         LIQ_NOT_FOUND,
         "event 17: account \"mixed\" has no such isolated position"},
        {{.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "BTCUSDT", .amount = "1"},
         LIQ_NOT_FOUND,
         "event 17: account \"mixed\" has no such isolated position"},
        {{.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "ETHUSDT"},
         LIQ_BAD_INPUT,
         "event 17: amount is needed"},
        {{.kind = LIQ_LIVE_MARGIN_FACTORS, .symbol = "BTC"},
         LIQ_NOT_FOUND,
         "event 17: symbol \"BTC\" is not an instrument of venue.json"},
        {{.kind = LIQ_LIVE_MARGIN_FACTORS, .symbol = "BTCUSDT", .maintenance_factor_ppm = 5},
         LIQ_OUT_OF_RANGE,
         "event 17: factors of 5 and 0 parts per million are not in 1 .. 100000000"},
        {{.kind = LIQ_LIVE_MARGIN_FACTORS,
          .symbol = "BTCUSDT",
          .maintenance_factor_ppm = 100000001,
          .initial_factor_ppm = 1},
         LIQ_OUT_OF_RANGE,
         "event 17: factors of 100000001 and 1 parts per million are not in 1 .. 100000000"},
        {{.kind = (liq_live_event_kind)13}, LIQ_BAD_INPUT, "event 17: 13 is not a kind of event"}};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect_refusal(&rows[i]);
}

Test(live_book, refuses_what_is_past_its_limits, .fini = stop)
{
    const liq_live_event add = {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "new"};
    const liq_live_event swap[] = {{.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "thin"}, add};
    const liq_live_event hold = {
        .kind = LIQ_LIVE_BALANCE, .account = "new", .symbol = "USDT", .amount = "5"};
    const liq_live_event hold_more = {
        .kind = LIQ_LIVE_BALANCE, .account = "calm", .symbol = "BTC", .amount = "5"};
    const liq_live_event many[] = {hold, hold, hold};
    liq_live_limits limits = {.accounts_max = 8, .events_max = 2};
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&loaded, SMALL, NULL, &err), LIQ_OK);
    limits.entries_max =
        (uint32_t)(loaded->balance_count + loaded->position_count + loaded->order_count);
    cr_assert_eq(liq_live_book_create(&live, loaded, &limits, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(liq_live_book_apply(&live, many, 3, &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "3 events at once, the limit is 2");
    cr_expect_eq(liq_live_book_apply(&live, &add, 1, &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "event 0: there are 8 accounts already, the limit");
    cr_expect_eq(liq_live_book_apply(&live, &hold_more, 1, &err), LIQ_OUT_OF_RANGE);
    /* What goes makes room for what comes, in one batch, again and again. */
    for (int i = 0; i < 3; i++) {
        const liq_live_event back[] = {{.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "new"},
                                       {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "thin"}};

        cr_assert_eq(liq_live_book_apply(&live, swap, 2, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_book_apply(&live, &hold, 1, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(liq_live_book_apply(&live, back, 2, &err), LIQ_OK, "%s", err.message);
    }
    limits.accounts_max = 7;
    cr_expect_eq(liq_live_book_create(&(liq_live_book){0}, loaded, &limits, &err),
                 LIQ_OUT_OF_RANGE);
}

Test(live_book, a_price_that_stays_moves_nothing, .init = start, .fini = stop)
{
    const liq_live_event events[] = {
        {.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "31967.270"},
        {.kind = LIQ_LIVE_MARK, .symbol = "ETHUSDT", .price = "1335.19"},
        {.kind = LIQ_LIVE_BALANCE, .account = "ruined", .symbol = "BTC", .amount = "0"}};
    liq_error err = {0};

    liq_live_book_settle(&live);
    cr_assert_eq(liq_live_book_apply(&live, events, 3, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(live.moved_instruments.count, 1);
    cr_expect_eq(live.dirty.count, 0);
}

/* Every change of anything is another hash, and taking it back is the old one. */
Test(live_book, hashes_every_change_and_forgets_it_with_it, .init = start, .fini = stop)
{
    static const liq_live_event there[] = {
        {.kind = LIQ_LIVE_ORDER,
         .account = "thin",
         .symbol = "BTCUSDT",
         .amount = "2",
         .price = "30000",
         .order_reference = 9},
        {.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "BTC", .amount = "0.5"}};
    static const liq_live_event changes[] = {
        {.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "30000"},
        {.kind = LIQ_LIVE_MARK, .symbol = "BTCUSDT", .price = "3000.0"},
        {.kind = LIQ_LIVE_MARK, .symbol = "ETHUSDT", .price = "30000"},
        {.kind = LIQ_LIVE_INDEX, .symbol = "BTC", .price = "30000"},
        {.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "BTC", .amount = "0.50000001"},
        {.kind = LIQ_LIVE_BALANCE, .account = "thin", .symbol = "BTC", .amount = "0"},
        {.kind = LIQ_LIVE_BALANCE, .account = "calm", .symbol = "BTC", .amount = "0.5"},
        {.kind = LIQ_LIVE_ORDER,
         .account = "thin",
         .symbol = "BTCUSDT",
         .amount = "2",
         .price = "30000",
         .order_reference = 10},
        {.kind = LIQ_LIVE_ORDER,
         .account = "thin",
         .symbol = "BTCUSDT",
         .amount = "2",
         .price = "30000",
         .order_reference = 9,
         .is_short = 1},
        {.kind = LIQ_LIVE_ORDER,
         .account = "thin",
         .symbol = "BTCUSDT",
         .amount = "2",
         .price = "30000.1",
         .order_reference = 9},
        {.kind = LIQ_LIVE_POSITION,
         .account = "thin",
         .symbol = "ETHUSDT",
         .amount = "2",
         .price = "30000"},
        {.kind = LIQ_LIVE_POSITION,
         .account = "thin",
         .symbol = "ETHUSDT",
         .amount = "2",
         .price = "30000",
         .is_isolated = 1,
         .isolated_margin = "0"},
        {.kind = LIQ_LIVE_POSITION,
         .account = "thin",
         .symbol = "ETHUSDT",
         .amount = "2",
         .price = "30000",
         .is_isolated = 1,
         .isolated_margin = "1"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "new"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "1", .amount = "1"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "BTCUSDT", .price = "1", .amount = "2"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL, .symbol = "ETHUSDT", .price = "1", .amount = "1"},
        {.kind = LIQ_LIVE_DEPTH_LEVEL,
         .symbol = "BTCUSDT",
         .price = "1",
         .amount = "1",
         .is_short = 1},
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "thin", .symbol = "BTC", .amount = "-0.1"},
        {.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "ETHUSDT", .amount = "-9"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "newer"},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "new", .is_portfolio = 1},
        {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = "new", .is_adl_exempt = 1},
        {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = "thin"}};
    enum { CHANGES = sizeof changes / sizeof changes[0] };
    uint64_t seen[CHANGES + 1][2];
    liq_error err = {0};

    cr_assert_eq(liq_live_book_apply(&live, there, 2, &err), LIQ_OK, "%s", err.message);
    memcpy(seen[CHANGES], live.hash, sizeof live.hash);
    for (size_t i = 0; i < CHANGES; i++) {
        const liq_live_event events[] = {changes[i], {.kind = LIQ_LIVE_MARK}};
        liq_live_book other = {0};
        liq_book columns = {0};

        cr_assert_eq(liq_live_book_apply(&live, events, 2, &err), LIQ_NOT_FOUND);
        cr_expect_arr_eq(live.hash, seen[CHANGES], sizeof live.hash);
        cr_assert_eq(liq_live_columns_write(&columns, &live, &err), LIQ_OK);
        cr_assert_eq(liq_live_book_create(&other, &columns, NULL, &err), LIQ_OK);
        cr_expect_arr_eq(other.hash, seen[CHANGES], sizeof other.hash);
        cr_assert_eq(liq_live_book_apply(&other, events, 1, &err), LIQ_OK, "%s", err.message);
        memcpy(seen[i], other.hash, sizeof other.hash);
        for (size_t j = 0; j <= CHANGES; j++)
            cr_expect((j >= i && j < CHANGES) ||
                          (seen[i][0] != seen[j][0] && seen[i][1] != seen[j][1]),
                      "changes %zu and %zu hash alike", i, j);
        liq_live_book_clear(&other);
        liq_live_columns_clear(&columns);
    }
}

/* What changes add up to is what was said at once; nothing left is nothing held. */
Test(live_book, adds_changes_to_what_there_is, .init = start, .fini = stop)
{
    static const liq_live_event changes[] = {
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "calm", .symbol = "BTC", .amount = "0.5"},
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "calm", .symbol = "BTC", .amount = "-2"},
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "calm", .symbol = "USDT", .amount = "-50000"},
        {.kind = LIQ_LIVE_BALANCE_CHANGE, .account = "thin", .symbol = "BTC", .amount = "0"},
        {.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "ETHUSDT", .amount = "-70"},
        {.kind = LIQ_LIVE_MARGIN_CHANGE, .account = "mixed", .symbol = "ETHUSDT", .amount = "1.5"}};
    static const liq_live_event whole[] = {
        {.kind = LIQ_LIVE_BALANCE, .account = "calm", .symbol = "BTC", .amount = "-1.5"},
        {.kind = LIQ_LIVE_BALANCE, .account = "calm", .symbol = "USDT", .amount = "0"},
        {.kind = LIQ_LIVE_POSITION,
         .account = "mixed",
         .symbol = "ETHUSDT",
         .amount = "10",
         .price = "1340",
         .is_isolated = 1,
         .isolated_margin = "1.5"}};
    liq_live_book other = {0};
    liq_error err = {0};

    cr_assert_eq(liq_live_book_create(&other, loaded, NULL, &err), LIQ_OK);
    cr_assert_eq(liq_live_book_apply(&live, changes, 6, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_book_apply(&other, whole, 3, &err), LIQ_OK, "%s", err.message);
    cr_expect_arr_eq(live.hash, other.hash, sizeof live.hash);
    cr_expect_eq(live.entry_count, other.entry_count);
    liq_live_book_clear(&other);
}
