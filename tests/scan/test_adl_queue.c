#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/explain.h>

#include "book/columns.h"
#include "scan/adl_places.h"
#include "support_book.h"
#include "support_portfolio.h"
#include "support_random_book.h"

enum { BOOKS = 24 };

/* One linear instrument in USD at a mark of 100; add accounts, then liq_fixture_finish. */
static void venue_start(liq_fixture *fixture)
{
    liq_fixture_start(fixture, 8);
    liq_fixture_asset(fixture, "USD", 8, 12, NULL);
    liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                           .kind = LIQ_INSTRUMENT_LINEAR,
                                                           .multiplier = "1",
                                                           .lot = "0.5",
                                                           .tick = "0.01",
                                                           .mark = "100"});
    liq_fixture_tier(fixture, "0", "0.01", "0.02");
    fixture->book.venue.policy.adl_rule = LIQ_ADL_BITMEX;
}

static liq_adl_queue *queue_of(const liq_book *book, int is_short, const liq_adl_options *options)
{
    liq_adl_queue *queue = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_adl_queue_create(&queue, book, "XUSD", is_short, options, &err), LIQ_OK, "%s",
                 err.message);
    return queue;
}

static void row_check(const liq_adl_queue *queue, uint64_t index, const char *account,
                      const char *score, uint64_t rank, uint32_t light, liq_adl_standing standing)
{
    liq_adl_row row;

    liq_adl_queue_row(queue, index, &row);
    cr_expect_str_eq(row.account, account, "place %llu: %s", (unsigned long long)index,
                     row.account);
    cr_expect_str_eq(row.score, score, "%s: %s", account, row.score);
    cr_expect_eq(row.rank, rank, "%s", account);
    cr_expect_eq(row.light, light, "%s: %u", account, row.light);
    cr_expect_eq(row.standing, standing, "%s", account);
}

Test(adl_queue, lists_winners_losers_exempt_bankrupt_and_unvalued)
{
    liq_fixture fixture;
    liq_book *book;
    liq_adl_queue *queue;
    liq_adl_row row;

    venue_start(&fixture);
    liq_fixture_account(&fixture, "a"); /* equity 1000, twice the leverage of b */
    liq_fixture_balance(&fixture, 0, "800");
    liq_fixture_position(&fixture, 0, "20", "90", NULL);
    liq_fixture_account(&fixture, "b");
    liq_fixture_balance(&fixture, 0, "1900");
    liq_fixture_position(&fixture, 0, "20", "95", NULL);
    liq_fixture_account(&fixture, "c"); /* in loss */
    liq_fixture_balance(&fixture, 0, "1100");
    liq_fixture_position(&fixture, 0, "10", "110", NULL);
    liq_fixture_account(&fixture, "d"); /* exempt */
    liq_fixture_balance(&fixture, 0, "500");
    liq_fixture_position(&fixture, 0, "10", "50", NULL);
    liq_fixture_account(&fixture, "e"); /* past bankruptcy */
    liq_fixture_balance(&fixture, 0, "50");
    liq_fixture_position(&fixture, 0, "5", "110", NULL);
    liq_fixture_account(&fixture, "f"); /* portfolio margin has no rule */
    liq_fixture_balance(&fixture, 0, "1000");
    liq_fixture_position(&fixture, 0, "1", "100", NULL);
    liq_fixture_account(&fixture, "g"); /* the other side */
    liq_fixture_balance(&fixture, 0, "1000");
    liq_fixture_position(&fixture, 0, "-66", "100", NULL);
    book = liq_fixture_finish(&fixture);
    book->accounts[3].adl_exempt = 1;
    book->accounts[5].mode = LIQ_ACCOUNT_PORTFOLIO;
    queue = queue_of(book, 0, NULL);
    cr_expect_str_eq(liq_adl_queue_rule(queue), "bitmex");
    cr_expect_eq(liq_adl_queue_lights(queue), LIQ_ADL_LIGHTS_BY_QUANTITY);
    cr_assert_eq(liq_adl_queue_count(queue), 6);
    cr_assert_eq(liq_adl_queue_ranked(queue), 3);
    row_check(queue, 0, "a", "0.222222222222222", 1, 2, LIQ_ADL_RANKED); /* 1/9 x 2 */
    row_check(queue, 1, "b", "0.0526315789473684", 2, 4, LIQ_ADL_RANKED);
    row_check(queue, 2, "c", "-0.0909090909090909", 3, 5, LIQ_ADL_RANKED);
    row_check(queue, 3, "d", "1", 0, 0, LIQ_ADL_EXEMPT);
    row_check(queue, 4, "e", "", 0, 0, LIQ_ADL_PAST_BANKRUPTCY);
    row_check(queue, 5, "f", "", 0, 0, LIQ_ADL_UNVALUED);
    liq_adl_queue_row(queue, 0, &row);
    cr_expect_str_eq(row.quantity, "20");
    cr_expect_str_eq(row.unrealised_pnl, "200");
    cr_expect(!row.is_isolated && !row.is_exempt);
    liq_adl_queue_destroy(queue);
    queue = queue_of(book, 1,
                     &(liq_adl_options){.rule = "hyperliquid", .lights = LIQ_ADL_LIGHTS_BY_COUNT});
    cr_expect_str_eq(liq_adl_queue_rule(queue), "hyperliquid");
    cr_assert_eq(liq_adl_queue_count(queue), 1);
    row_check(queue, 0, "g", "6.6", 1, 5, LIQ_ADL_RANKED);
    liq_adl_queue_destroy(queue);
    liq_fixture_clear(&fixture);
}

/* An isolated position has the leverage of its own margin, whatever the account holds beside it. */
Test(adl_queue, scores_isolated_positions_by_their_own_margin)
{
    liq_fixture fixture;
    liq_book *book;
    liq_adl_queue *queue;
    liq_adl_row row;

    venue_start(&fixture);
    liq_fixture_account(&fixture, "a");
    liq_fixture_balance(&fixture, 0, "1000000");
    liq_fixture_position(&fixture, 0, "10", "80", NULL);
    liq_fixture_position(&fixture, 0, "10", "80", "300");
    book = liq_fixture_finish(&fixture);
    queue = queue_of(book, 0, NULL);
    row_check(queue, 0, "a", "0.5", 1, 3, LIQ_ADL_RANKED); /* 1/4 x 1000/500 */
    liq_adl_queue_row(queue, 0, &row);
    cr_expect(row.is_isolated);
    liq_adl_queue_row(queue, 1, &row);
    cr_expect(!row.is_isolated && row.rank == 2);
    liq_adl_queue_destroy(queue);
    liq_fixture_clear(&fixture);
}

Test(adl_queue, lists_equal_scores_by_account)
{
    liq_fixture fixture;
    liq_adl_queue *queue;

    venue_start(&fixture);
    for (char name[2] = "a"; name[0] <= 'f'; name[0]++) {
        liq_fixture_account(&fixture, name);
        liq_fixture_balance(&fixture, 0, "500");
        liq_fixture_position(&fixture, 0, "-2", "130", NULL);
    }
    queue = queue_of(liq_fixture_finish(&fixture), 1, NULL);
    for (uint64_t i = 0; i < 6; i++) {
        liq_adl_row row;

        liq_adl_queue_row(queue, i, &row);
        cr_expect_eq((uint64_t)(row.account[0] - 'a'), i);
    }
    liq_adl_queue_destroy(queue);
    liq_fixture_clear(&fixture);
}

/* OKX and Binance take both legs of a contract together, the others each by itself. */
Test(adl_queue, joins_the_legs_of_a_hedge_where_the_venue_does)
{
    static const char *const cases[][3] = {
        {"bitmex", "0.25", "-0.222222222222222"},                  /* -50/450 / (500/1000) */
        {"okx", "0.18", "0.18"},                                   /* 150/1250 x 1500/1000 */
        {"binance", "0.00264705882352941", "0.00264705882352941"}, /* 150/850 x 15/1000 */
        {"bluefin", "0.25", "0"}};
    liq_fixture fixture;
    liq_book *book;

    venue_start(&fixture);
    liq_fixture_account(&fixture, "a");
    liq_fixture_balance(&fixture, 0, "850");
    liq_fixture_position(&fixture, 0, "10", "80", NULL);
    liq_fixture_position(&fixture, 0, "-5", "90", NULL);
    book = liq_fixture_finish(&fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int is_short = 0; is_short < 2; is_short++) {
            liq_adl_queue *queue =
                queue_of(book, is_short, &(liq_adl_options){.rule = cases[i][0]});

            row_check(queue, 0, "a", cases[i][1 + is_short], 1, 5, LIQ_ADL_RANKED);
            liq_adl_queue_destroy(queue);
        }
    liq_fixture_clear(&fixture);
}

Test(adl_queue, refuses_what_is_not_there)
{
    liq_adl_queue *queue = NULL;
    liq_error err = {0};
    liq_fixture fixture;
    liq_book *book;

    venue_start(&fixture);
    book = liq_fixture_finish(&fixture);
    cr_expect_eq(liq_adl_queue_create(&queue, book, "YUSD", 0, NULL, &err), LIQ_NOT_FOUND);
    cr_expect_str_eq(err.message, "instrument \"YUSD\" is not one of the venue");
    cr_expect_eq(
        liq_adl_queue_create(&queue, book, "XUSD", 0, &(liq_adl_options){.rule = "lifo"}, &err),
        LIQ_NOT_FOUND);
    cr_expect_eq(strncmp(err.message, "rule \"lifo\" is not one of bitmex, ", 34), 0, "%s",
                 err.message);
    cr_expect_null(queue);
    queue = queue_of(book, 0, NULL);
    cr_expect_eq(liq_adl_queue_count(queue), 0);
    liq_adl_queue_destroy(queue);
    liq_fixture_clear(&fixture);
}

/* What a queue says of each position and what the places of its account say are one thing. */
static uint64_t expect_places(const liq_book *book, const liq_market *market, uint32_t instrument,
                              int is_short)
{
    const char *symbol = liq_names_get(book->venue.instrument_names, instrument);
    liq_adl_queue *queue = NULL;
    uint64_t met = 0;

    cr_assert_eq(liq_adl_queue_create(&queue, book, symbol, is_short, NULL, NULL), LIQ_OK);
    for (uint64_t i = 0; i < liq_adl_queue_count(queue); i++) {
        liq_adl_place *places = NULL;
        uint32_t account;
        uint64_t at;
        liq_adl_row row;

        liq_adl_queue_row(queue, i, &row);
        cr_assert(liq_names_find(book->account_names, liq_text_of(row.account), &account));
        cr_assert_eq(liq_adl_places_create(&places, book, market, account, NULL), LIQ_OK);
        for (at = book->position_first[account]; at < book->position_first[account + 1]; at++)
            if (book->positions[at].instrument_index == instrument &&
                (book->positions[at].quantity_lots < 0) == is_short &&
                book->positions[at].isolated == row.is_isolated)
                break;
        at -= book->position_first[account];
        cr_assert_eq(places[at].score, row.score_key);
        cr_assert_eq(places[at].rank, row.rank);
        cr_assert_eq(places[at].light, row.light);
        cr_assert_eq(places[at].standing, (uint32_t)row.standing);
        met += row.rank > 0;
        free(places);
    }
    liq_adl_queue_destroy(queue);
    return met;
}

Test(adl_queue, agrees_with_the_places_of_every_account)
{
    const uint64_t seed = liq_random_seed();
    uint64_t met = 0;

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_market market = {0};
        liq_random random = liq_random_make(seed + i);
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        if (i % 3 == 2)
            liq_portfolio_turn(&book, &random);
        for (uint32_t a = 0; a < book.account_count; a += 5)
            book.accounts[a].adl_exempt = 1;
        cr_assert_eq(liq_market_create(&market, &book, NULL), LIQ_OK);
        for (uint32_t side = 0; side < 2 * book.venue.instrument_count; side++)
            met += expect_places(&book, &market, side / 2, (int)(side % 2));
        liq_market_clear(&market);
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(met, 200);
}
