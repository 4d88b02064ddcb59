/*
 * Rows that a tick brought to the warning or reduce-only level, against statuses kept by hand.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book/live_columns.h"
#include "scan/live_scan.h"
#include "scan/live_warned.h"
#include "scan/truth.h"
#include "support_book.h"
#include "support_live.h"
#include "support_random_book.h"

enum { BOOKS = 24, TICKS = 80, BATCH = 6, MORE_ACCOUNTS = 20, MARKETS = LIQ_MODEL_MARKETS + 1 };

/* By account, instrument (the cross margin: the last) and side: status + 1, 0: no such row. */
typedef struct status_table {
    uint8_t of[LIQ_MODEL_ACCOUNTS][MARKETS][2];
} status_table;

static uint8_t *place_of(status_table *table, const char *account, const uint32_t *instrument,
                         bool is_short)
{
    return &table->of[atoi(account + 1)][instrument == NULL ? MARKETS - 1 : *instrument][is_short];
}

/* Statuses of all rows of a book made afresh. */
static void statuses_read(status_table *out, const liq_model *model)
{
    liq_market market = {0};
    liq_rows rows = {0};
    liq_book book;

    memset(out, 0, sizeof *out);
    liq_model_book_create(model, &book);
    cr_assert_eq(liq_market_create(&market, &book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, &book, NULL, NULL), LIQ_OK);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_key *key = &rows.keys[i];

        *place_of(out, liq_names_get(book.account_names, key->account_index),
                  key->instrument_index == LIQ_NO_INDEX ? NULL : &key->instrument_index,
                  key->is_short) = (uint8_t)(liq_truth_row(&market, &rows, i).status + 1);
    }
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    liq_model_book_destroy(&book);
}

static void warned_read(status_table *out, const liq_live *live)
{
    const liq_names *names = live->book.prices.venue.instrument_names;
    const uint32_t *rows;
    uint32_t count;

    memset(out, 0, sizeof *out);
    liq_live_warned(live, &rows, &count);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t instrument = 0;
        liq_scan_row row;
        uint8_t *place;

        liq_live_row(live, rows[i], &row);
        if (row.instrument != NULL)
            cr_assert(liq_names_find(names, liq_text_of(row.instrument), &instrument));
        place = place_of(out, row.account, row.instrument == NULL ? NULL : &instrument,
                         row.is_short != 0);
        cr_assert_eq(*place, 0, "%s is listed twice", row.account);
        *place = (uint8_t)(row.status + 1);
    }
}

/* The live book has counted the same statuses. */
static void expect_statuses(const status_table *now, const liq_live *live, uint64_t seed)
{
    uint64_t counts[LIQ_ROW_UNVALUED + 2] = {0};

    for (uint32_t i = 0; i < LIQ_MODEL_ACCOUNTS * MARKETS * 2; i++)
        counts[(&now->of[0][0][0])[i]]++;
    for (uint32_t status = 0; status <= LIQ_ROW_UNVALUED; status++)
        cr_assert_eq(live->totals.by_status[status], counts[status + 1],
                     "seed %lu: %lu rows with status %u, not %lu", seed,
                     live->totals.by_status[status], status, counts[status + 1]);
}

/* Whoever came to a level is listed; nobody else is, but what was ended and begun again may be. */
static uint32_t expect_warned(const status_table *before, const status_table *now,
                              const status_table *listed, const liq_model *model, uint64_t seed)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < LIQ_MODEL_ACCOUNTS * MARKETS * 2; i++) {
        const uint32_t account = i / (MARKETS * 2);
        const uint8_t was = (&before->of[0][0][0])[i];
        const uint8_t is = (&now->of[0][0][0])[i];
        const uint8_t said = (&listed->of[0][0][0])[i];
        const bool called = is == LIQ_ROW_WARNING + 1 || is == LIQ_ROW_REDUCE_ONLY + 1;
        const bool rises = called && (was < is || was == LIQ_ROW_UNVALUED + 1);

        cr_assert(said == 0 || said == is, "seed %lu: account %u is listed with another status",
                  seed, account);
        cr_assert(!rises || said != 0, "seed %lu: account %u is not listed", seed, account);
        cr_assert(said == 0 || rises || (called && model->touched[account]),
                  "seed %lu: account %u is listed", seed, account);
        count += rises;
    }
    return count;
}

static void events_play(liq_live *live, liq_model *model, liq_random *random)
{
    for (uint64_t n = liq_random_below(random, BATCH + 1); n > 0; n--) {
        liq_model_event drawn;
        liq_error err = {0};

        liq_model_event_draw(model, random, &drawn);
        liq_model_apply(model, &drawn);
        cr_assert_eq(liq_live_apply(live, &drawn.event, 1, &err), LIQ_OK, "%s", err.message);
    }
}

static uint32_t book_play(uint64_t seed, uint32_t number, liq_model *model)
{
    const liq_live_options options = {
        .limits = {.accounts_max = 128, .entries_max = 2048, .events_max = BATCH + 1},
        .exact_all = number % 2 == 0};
    static status_table tables[3];
    liq_random random = liq_random_make(seed ^ 0x2545f491u);
    liq_live *live = NULL;
    uint32_t count = 0;
    liq_error err = {0};
    liq_book book;

    memset(&tables[0], 0, sizeof tables[0]);
    liq_random_book_create(&book, seed, liq_random_options_of(number));
    /* MM / EQ of 0.001 and of 0.1, so that there is much to tell. */
    book.venue.policy.levels[0] =
        (liq_policy_level){.equity_factor = 1000, .requirement_factor = 1000000};
    book.venue.policy.levels[1] =
        (liq_policy_level){.equity_factor = 100000, .requirement_factor = 1000000};
    liq_model_start(model, &book, MORE_ACCOUNTS);
    cr_assert_eq(liq_live_create(&live, &book, &options, &err), LIQ_OK, "%s", err.message);
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        if (tick > 0)
            events_play(live, model, &random);
        cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
        statuses_read(&tables[1], model);
        warned_read(&tables[2], live);
        expect_statuses(&tables[1], live, seed);
        count += expect_warned(&tables[0], &tables[1], &tables[2], model, seed);
        liq_model_settle(model);
        tables[0] = tables[1];
    }
    liq_live_destroy(live);
    liq_random_book_destroy(&book);
    return count;
}

Test(live_warned, lists_whoever_came_to_a_level_and_nobody_else)
{
    const uint64_t seed = liq_random_seed();
    liq_model *model = calloc(1, sizeof *model);
    uint32_t count = 0;

    for (uint32_t i = 0; i < BOOKS; i++)
        count += book_play(seed + i, i, model);
    cr_expect_gt(count, BOOKS);
    free(model);
}

/* One long of 10 at 100, isolated with a margin that a price of 96 brings to the warning level. */
static liq_book *isolated_book(liq_fixture *fixture)
{
    liq_fixture_start(fixture, 2);
    (void)liq_fixture_asset(fixture, "USD", 2, 6, NULL);
    (void)liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                                 .kind = LIQ_INSTRUMENT_LINEAR,
                                                                 .multiplier = "1",
                                                                 .lot = "1",
                                                                 .tick = "0.01",
                                                                 .mark = "100",
                                                                 .tier_form = LIQ_TIER_DEDUCTION});
    liq_fixture_tier(fixture, "0", "0.01", "0.02");
    (void)liq_fixture_account(fixture, "a");
    liq_fixture_position(fixture, 0, "10", "100", "51");
    return liq_fixture_finish(fixture);
}

static uint32_t warned_after(liq_live *live, liq_live_event event)
{
    const uint32_t *rows;
    uint32_t count;
    liq_error err = {0};

    cr_assert_eq(liq_live_apply(live, &event, 1, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_tick(live, NULL, &err), LIQ_OK);
    liq_live_warned(live, &rows, &count);
    return count;
}

/* MM / EQ: 96: 9.6 / 11; 95.8: 9.58 / 9; 97: 9.7 / 21. The warning level is 0.8. */
Test(live_warned, tells_a_position_once_until_it_was_better)
{
    static const liq_live_event less = {.kind = LIQ_LIVE_POSITION,
                                        .account = "a",
                                        .symbol = "XUSD",
                                        .amount = "9",
                                        .price = "99.9",
                                        .isolated_margin = "45",
                                        .is_isolated = 1};
    liq_live_event mark = {.kind = LIQ_LIVE_MARK, .symbol = "XUSD"};
    liq_fixture fixture;
    liq_live *live = NULL;

    cr_assert_eq(liq_live_create(&live, isolated_book(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    mark.price = "96";
    cr_expect_eq(warned_after(live, mark), 1);
    cr_expect_eq(warned_after(live, less), 0, "of another size, at the level all the same");
    mark.price = "96.01";
    cr_expect_eq(warned_after(live, mark), 0);
    mark.price = "95.5";
    cr_expect_eq(warned_after(live, mark), 0, "it is worse than that");
    mark.price = "96";
    cr_expect_eq(warned_after(live, mark), 0, "it was worse before");
    mark.price = "97";
    cr_expect_eq(warned_after(live, mark), 0);
    mark.price = "96";
    cr_expect_eq(warned_after(live, mark), 1);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* What the last tick has to say of the one position: "w" to be warned, "s" past liquidation. */
static const char *said(const liq_live *live)
{
    static char text[8];
    const uint32_t *rows;
    uint32_t count;

    liq_live_warned(live, &rows, &count);
    cr_assert_leq(count, 1);
    (void)snprintf(text, sizeof text, "%s", count == 1 ? "w" : "");
    liq_live_spent(live, &rows, &count);
    cr_assert_leq(count, 1);
    (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s", count == 1 ? "s" : "");
    return text;
}

static const char *said_at(liq_live *live, const char *price)
{
    (void)warned_after(live,
                       (liq_live_event){.kind = LIQ_LIVE_MARK, .symbol = "XUSD", .price = price});
    return said(live);
}

static uint32_t row_said(const liq_live *live)
{
    const uint32_t *rows;
    uint32_t count;

    liq_live_warned(live, &rows, &count);
    if (count == 0)
        liq_live_spent(live, &rows, &count);
    cr_assert_eq(count, 1);
    return rows[0];
}

/* The same book, made again of its columns as a saved one is. */
static liq_live *remade(const liq_live *live, liq_book *columns)
{
    liq_live *out = NULL;
    liq_error err = {0};

    *columns = (liq_book){0};
    cr_assert_eq(liq_live_columns_write(columns, &live->book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_create(&out, columns, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_tick(out, NULL, NULL), LIQ_OK);
    return out;
}

static void expect_same_state(const liq_live *left, const liq_live *right)
{
    uint64_t one[2];
    uint64_t two[2];

    liq_live_state_hash(left, one);
    liq_live_state_hash(right, two);
    cr_expect(one[0] == two[0] && one[1] == two[1]);
}

/* A liquidation mark is 95.5: 9.55 / 6. */
Test(live_warned, says_again_what_could_not_be_told)
{
    liq_fixture fixtures[2];
    liq_live *lives[2] = {NULL};
    liq_live *live;

    for (int i = 0; i < 2; i++) {
        cr_assert_eq(liq_live_create(&lives[i], isolated_book(&fixtures[i]), NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_live_tick(lives[i], NULL, NULL), LIQ_OK);
    }
    live = lives[0];
    cr_expect_str_eq(said_at(live, "96"), "w");
    liq_live_warn_later(live, row_said(live));
    cr_expect_str_eq(said_at(live, "96.01"), "w");
    liq_live_warn_later(live, row_said(live)); /* it waits already */
    cr_expect_str_eq(said_at(live, "95.5"), "s");
    cr_expect_str_eq(said_at(live, "96"), "w");
    liq_live_warn_done(live, row_said(live));
    cr_expect_str_eq(said_at(live, "96.01"), "");

    /* As if it had never waited. */
    cr_expect_str_eq(said_at(lives[1], "96"), "w");
    cr_expect_str_eq(said_at(lives[1], "96.01"), "");
    expect_same_state(live, lives[1]);

    cr_expect_str_eq(said_at(live, "97"), "");
    cr_expect_str_eq(said_at(live, "96"), "w");
    liq_live_warn_later(live, row_said(live));
    cr_expect_str_eq(said_at(live, "97"), "", "it is no longer due");
    cr_expect_str_eq(said_at(live, "97.1"), "");
    cr_expect_str_eq(said_at(live, "96"), "w");
    liq_live_warn_later(live, row_said(live));
    cr_expect_str_eq(said_at(live, "96.01"), "w", "it waits a second time");
    for (int i = 0; i < 2; i++) {
        liq_live_destroy(lives[i]);
        liq_fixture_clear(&fixtures[i]);
    }
}

Test(live_warned, says_once_who_is_past_liquidation)
{
    liq_fixture fixture;
    liq_live *live = NULL;

    cr_assert_eq(liq_live_create(&live, isolated_book(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_expect_str_eq(said_at(live, "95.5"), "s");
    cr_expect_str_eq(said_at(live, "95.4"), "");
    cr_expect_str_eq(said_at(live, "94.8"), "", "bankrupt, but past liquidation before");
    cr_expect_str_eq(said_at(live, "96"), "", "it was worse before");
    cr_expect_str_eq(said_at(live, "95.5"), "s", "of that it was not told");
    liq_live_warn_later(live, row_said(live));
    cr_expect_str_eq(said_at(live, "95.4"), "s");
    liq_live_warn_done(live, row_said(live));
    cr_expect_str_eq(said_at(live, "95.3"), "");
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* What could not be valued was told nothing. */
Test(live_warned, says_of_what_had_no_price_that_it_is_past_liquidation)
{
    liq_fixture fixture;
    liq_live *live = NULL;

    (void)isolated_book(&fixture);
    fixture.book.instrument_marks[0] = (liq_decimal){0};
    cr_assert_eq(liq_live_create(&live, &fixture.book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_expect_str_eq(said_at(live, "95.5"), "s");
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

Test(live_warned, goes_on_waiting_after_a_restart)
{
    liq_fixture fixture;
    liq_live *live = NULL;
    liq_live *again;
    liq_book columns;

    cr_assert_eq(liq_live_create(&live, isolated_book(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_expect_str_eq(said_at(live, "96"), "w");
    again = remade(live, &columns);
    cr_expect_str_eq(said(again), "", "it was told");
    liq_live_destroy(again);
    liq_live_columns_clear(&columns);
    liq_live_warn_later(live, row_said(live));
    again = remade(live, &columns);
    cr_expect_str_eq(said(again), "w");
    cr_expect_str_eq(said_at(again, "96.01"), "w");
    liq_live_warn_done(again, row_said(again));
    cr_expect_str_eq(said_at(again, "96"), "");
    liq_live_destroy(again);
    liq_live_columns_clear(&columns);
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* Nobody waits for a position that is closed; one that is opened in its place is new. */
Test(live_warned, waits_for_no_position_that_is_gone)
{
    liq_live_event held = {.kind = LIQ_LIVE_POSITION,
                           .account = "a",
                           .symbol = "XUSD",
                           .amount = "0",
                           .price = "100",
                           .isolated_margin = "0",
                           .is_isolated = 1};
    liq_fixture fixture;
    liq_live *live = NULL;

    cr_assert_eq(liq_live_create(&live, isolated_book(&fixture), NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_expect_str_eq(said_at(live, "96"), "w");
    liq_live_warn_later(live, row_said(live));
    cr_expect_eq(warned_after(live, held), 0);
    cr_expect_str_eq(said_at(live, "96.01"), "");
    held.amount = "10";
    held.isolated_margin = "51";
    cr_expect_eq(warned_after(live, held), 1);
    cr_expect_str_eq(said_at(live, "96"), "");
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}

/* As a tick does whose device has failed. */
static void tick_fail(liq_live *live)
{
    liq_warned_forget(live);
    live->is_unfinished = true;
}

/* What a tick that failed has seen, the next one sees again. */
Test(live_warned, forgets_what_a_failed_tick_has_seen)
{
    const liq_live_options exact = {.exact_all = 1};
    liq_fixture fixture;
    liq_live *live = NULL;

    cr_assert_eq(liq_live_create(&live, isolated_book(&fixture), &exact, NULL), LIQ_OK);
    cr_assert_eq(liq_live_tick(live, NULL, NULL), LIQ_OK);
    cr_expect_str_eq(said_at(live, "96"), "w");
    tick_fail(live);
    cr_expect_str_eq(said_at(live, "96.01"), "w");
    cr_expect_str_eq(said_at(live, "95.5"), "s");
    tick_fail(live);
    cr_expect_str_eq(said_at(live, "95.4"), "s");
    liq_live_destroy(live);
    liq_fixture_clear(&fixture);
}
