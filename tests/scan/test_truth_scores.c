/*
 * Scores against the formulas of their rules in exact rationals, and the orders that are published.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "book/lot_value.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"
#include "support_book.h"
#include "support_portfolio.h"
#include "support_random_book.h"
#include "support_rational.h"

enum { BOOKS = 48, RULES = 7 };

/* A book with the engine's answers. */
typedef struct scored {
    const liq_book *book;
    liq_market market;
    liq_rows rows;
    liq_row_record *results;
    int64_t *scores;
} scored;

/* A position in exact numbers, in the margin currency. */
typedef struct exact_leg {
    liq_rational pnl;
    liq_rational notional;
    liq_rational entry;
    liq_rational price_ratio; /* mark over entry */
} exact_leg;

static void score_book(scored *out, const liq_book *book, liq_adl_rule rule)
{
    liq_error err = {0};

    *out = (scored){.book = book};
    cr_assert_eq(liq_market_create(&out->market, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&out->rows, book, NULL, &err), LIQ_OK, "%s", err.message);
    out->results = calloc(out->rows.row_count + 1U, sizeof *out->results);
    out->scores = calloc(book->position_count + 1, sizeof *out->scores);
    liq_truth_scan(&out->market, &out->rows, out->results);
    liq_truth_scores(&out->market, &out->rows, out->results, liq_adl_terms_make(&book->venue, rule),
                     out->scores);
}

static void scored_clear(scored *target)
{
    liq_market_clear(&target->market);
    liq_rows_clear(&target->rows);
    free(target->results);
    free(target->scores);
}

static liq_rational two_to(int exponent)
{
    liq_rational out = liq_rational_integer(1);

    for (int i = 0; i < abs(exponent); i += 32)
        out = liq_rational_multiply(
            out,
            liq_rational_integer(INT64_C(1) << (abs(exponent) - i < 32 ? abs(exponent) - i : 32)));
    return exponent < 0 ? liq_rational_divide(liq_rational_integer(1), out) : out;
}

/* What a key stands for. */
static liq_rational value_of(int64_t key)
{
    const int64_t size = key < 0 ? -key : key;
    const int64_t mantissa =
        (INT64_C(1) << LIQ_SCORE_MANTISSA_BITS) | (size & ((INT64_C(1) << 53) - 1));
    const liq_rational out =
        liq_rational_multiply(liq_rational_integer(key < 0 ? -mantissa : mantissa),
                              two_to((int)(size >> 53) - LIQ_SCORE_BIAS - 53));

    return key == 0 ? liq_rational_integer(0) : out;
}

static liq_rational cash_of(const scored *target, int64_t units)
{
    return liq_rational_multiply(liq_rational_integer(units),
                                 liq_rational_ten(-target->book->venue.cash_decimals));
}

static exact_leg leg_of(const scored *target, const liq_position *position)
{
    const liq_venue *venue = &target->book->venue;
    const uint32_t index = position->instrument_index;
    const liq_instrument_record record = target->market.instruments[index];
    const uint32_t asset = venue->instruments[index].settle_index;
    const int64_t mark = position->quantity_lots < 0 ? record.value_ceil : record.value_floor;
    const liq_rational lots = liq_rational_absolute(liq_rational_integer(position->quantity_lots));
    const liq_rational rate = liq_rational_multiply(
        liq_rational_decimal(asset == 0 ? (liq_decimal){1, 0} : target->book->asset_indices[asset]),
        liq_rational_ten(-venue->assets[asset].value_decimals));
    const liq_rational fine = liq_rational_multiply(lots, rate);
    const liq_rational one = liq_rational_integer(1);
    const liq_rational now =
        liq_rational_largest(one, liq_rational_absolute(liq_rational_integer(mark)));
    const liq_rational then = liq_rational_largest(
        one, liq_rational_absolute(liq_rational_integer(position->entry_value)));
    const liq_rational lot_size =
        liq_rational_largest(liq_rational_absolute(liq_rational_integer(record.value_floor)),
                             liq_rational_absolute(liq_rational_integer(record.value_ceil)));
    const liq_rational gain =
        liq_rational_multiply(fine, liq_rational_integer(mark - position->entry_value));
    const bool inverse = venue->instruments[index].kind == LIQ_INSTRUMENT_INVERSE;

    return (exact_leg){
        .pnl = position->quantity_lots < 0 ? liq_rational_subtract(liq_rational_integer(0), gain)
                                           : gain,
        .notional = liq_rational_multiply(fine, lot_size),
        .entry = liq_rational_multiply(fine, then),
        .price_ratio = inverse ? liq_rational_divide(then, now) : liq_rational_divide(now, then)};
}

/* Collateral value of a row without PnL: slices of positive balances have their weights. */
static liq_rational wallet_of(const scored *target, uint32_t row)
{
    const liq_venue *venue = &target->book->venue;
    liq_rational out = liq_rational_integer(0);

    for (uint64_t i = target->rows.entry_first[row]; i < target->rows.entry_first[row + 1]; i++) {
        const uint32_t kind = target->rows.tags[i] >> LIQ_TAG_INDEX_BITS;
        const uint32_t index = target->rows.tags[i] & LIQ_TAG_INDEX_MAX;
        const liq_asset *asset = &venue->assets[index];
        const int64_t amount = target->rows.quantities[i];
        int64_t from = 0;
        liq_rational weighted = liq_rational_integer(0);

        if (kind < LIQ_ENTRY_BALANCE)
            continue;
        for (uint32_t s = asset->slice_first; from < amount; s++) {
            const int64_t to = amount < venue->slices[s].up_to ? amount : venue->slices[s].up_to;

            weighted = liq_rational_add(
                weighted, liq_rational_multiply(liq_rational_integer(to - from),
                                                liq_rational_integer(venue->slices[s].weight)));
            from = to;
        }
        weighted = liq_rational_multiply(weighted, liq_rational_ten(-4));
        if (amount < 0 || kind == LIQ_ENTRY_MARGIN)
            weighted = liq_rational_integer(amount);
        if (index != 0)
            weighted = liq_rational_multiply(
                weighted, liq_rational_decimal(target->book->asset_indices[index]));
        out = liq_rational_add(out,
                               liq_rational_multiply(weighted, liq_rational_ten(-asset->decimals)));
    }
    return out;
}

static exact_leg joined(exact_leg leg, exact_leg other)
{
    leg.pnl = liq_rational_add(leg.pnl, other.pnl);
    leg.notional = liq_rational_add(leg.notional, other.notional);
    leg.entry = liq_rational_add(leg.entry, other.entry);
    return leg;
}

/* The other leg of a hedge, in the same margin account. */
static const liq_position *other_leg(const scored *target, uint64_t at)
{
    const liq_position *here = &target->book->positions[at];

    for (int step = -1; step <= 1; step += 2) {
        const liq_position *other = here + step;

        if ((at == 0 && step < 0) || (at + 1 == target->book->position_count && step > 0))
            continue;
        if (!here->isolated && !other->isolated && other->account_index == here->account_index &&
            other->instrument_index == here->instrument_index)
            return other;
    }
    return NULL;
}

static liq_rational exact_score(const scored *target, liq_adl_rule rule, uint32_t row, uint64_t at)
{
    const liq_position *position = &target->book->positions[at];
    const liq_position *other = other_leg(target, at);
    const liq_rational zero = liq_rational_integer(0);
    const liq_rational equity = cash_of(target, target->results[row].equity);
    const liq_rational maintenance = cash_of(target, target->results[row].maintenance);
    const bool turned = position->quantity_lots < 0 && rule == LIQ_ADL_HYPERLIQUID;
    exact_leg leg = leg_of(target, position);
    liq_rational leverage;
    liq_rational share;

    if (other != NULL && (rule == LIQ_ADL_OKX || rule == LIQ_ADL_BINANCE))
        leg = joined(leg, leg_of(target, other));
    leverage = liq_rational_divide(leg.notional, equity);
    share = liq_rational_divide(leg.pnl, leg.entry);
    switch (rule) {
    case LIQ_ADL_BITMEX:
    case LIQ_ADL_OKX:
        return liq_rational_sign(leg.pnl) < 0 ? liq_rational_divide(share, leverage)
                                              : liq_rational_multiply(share, leverage);
    case LIQ_ADL_HYPERLIQUID:
    case LIQ_ADL_HYPERLIQUID_LITERAL:
        return turned ? liq_rational_divide(leverage, leg.price_ratio)
                      : liq_rational_multiply(leverage, leg.price_ratio);
    case LIQ_ADL_BINANCE:
        return liq_rational_multiply(
            liq_rational_divide(
                liq_rational_largest(zero, leg.pnl),
                liq_rational_largest(liq_rational_integer(1), wallet_of(target, row))),
            liq_rational_divide(maintenance, equity));
    case LIQ_ADL_BLUEFIN:
        return liq_rational_divide(
            liq_rational_multiply(liq_rational_largest(zero, share), leg.notional),
            liq_rational_largest(equity, maintenance));
    case LIQ_ADL_RANDOM_WALK:
        break;
    }
    return zero;
}

/* Hold every score of a book against its formula. @return positions with a score that is not zero
 */
static uint64_t expect_exact(const scored *target, liq_adl_rule rule)
{
    uint64_t at = 0;
    uint64_t met = 0;

    for (uint32_t row = 0; row < target->rows.row_count; row++) {
        const liq_row_record *result = &target->results[row];

        for (uint64_t i = target->rows.entry_first[row]; i < target->rows.entry_first[row + 1];
             i++) {
            const size_t mark = liq_rational_mark();
            liq_rational exact;
            liq_rational off;

            if (target->rows.tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
                continue;
            at++;
            if (result->status == LIQ_ROW_UNVALUED) {
                cr_assert_eq(target->scores[at - 1], LIQ_SCORE_UNVALUED);
                continue;
            }
            if (result->equity <= 0) {
                cr_assert_eq(target->scores[at - 1], LIQ_SCORE_PAST_BANKRUPTCY);
                continue;
            }
            cr_assert_gt(target->scores[at - 1], LIQ_SCORE_PAST_BANKRUPTCY);
            exact = exact_score(target, rule, row, at - 1);
            off = liq_rational_absolute(
                liq_rational_subtract(value_of(target->scores[at - 1]), exact));
            cr_assert(liq_rational_compare(liq_rational_multiply(off, two_to(52)),
                                           liq_rational_absolute(exact)) <= 0,
                      "rule %d position %llu: %.17g is not %.17g", (int)rule,
                      (unsigned long long)(at - 1),
                      liq_rational_show(value_of(target->scores[at - 1])),
                      liq_rational_show(exact));
            met += target->scores[at - 1] != 0;
            liq_rational_release(mark);
        }
    }
    cr_assert_eq(at, target->book->position_count);
    return met;
}

Test(truth_scores, follow_the_formula_of_every_rule)
{
    const uint64_t seed = liq_random_seed();
    uint64_t met[RULES] = {0};

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        for (int rule = 0; rule < RULES; rule++) {
            scored it;

            score_book(&it, &book, (liq_adl_rule)rule);
            met[rule] += expect_exact(&it, (liq_adl_rule)rule);
            scored_clear(&it);
        }
        liq_random_book_destroy(&book);
    }
    for (int rule = 0; rule < RULES; rule++)
        cr_expect((met[rule] > 50) == (rule != LIQ_ADL_RANDOM_WALK), "rule %d: %llu scores", rule,
                  (unsigned long long)met[rule]);
}

/* Equity and requirement are what the scenarios say; nothing else of a score is different. */
Test(truth_scores, follow_the_formula_for_portfolio_accounts)
{
    const uint64_t seed = liq_random_seed();
    uint64_t met[RULES] = {0};

    for (uint64_t i = 0; i < BOOKS; i++) {
        liq_random random = liq_random_make(seed + i);
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        liq_portfolio_turn(&book, &random);
        for (int rule = 0; rule < RULES; rule++) {
            scored it;

            score_book(&it, &book, (liq_adl_rule)rule);
            met[rule] += expect_exact(&it, (liq_adl_rule)rule);
            scored_clear(&it);
        }
        liq_portfolio_take(&book.venue);
        liq_random_book_destroy(&book);
    }
    for (int rule = 0; rule < RULES; rule++)
        cr_expect((met[rule] > 50) == (rule != LIQ_ADL_RANDOM_WALK), "rule %d: %llu scores", rule,
                  (unsigned long long)met[rule]);
}

/* Two accounts hold the same long; a short beside it halves what one of them may lose. */
Test(truth_scores, put_a_hedged_portfolio_account_behind_where_margin_counts)
{
    static const struct {
        liq_adl_rule rule;
        int order; /* of the hedged score against the bare one */
    } cases[] = {{LIQ_ADL_BINANCE, -1}, {LIQ_ADL_BITMEX, 0}, {LIQ_ADL_OKX, 0}};
    liq_fixture fixture;
    liq_book *book;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    for (int i = 0; i < 2; i++) {
        liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = i == 0 ? "X1" : "X2",
                                                                .kind = LIQ_INSTRUMENT_LINEAR,
                                                                .multiplier = "1",
                                                                .lot = "1",
                                                                .tick = "0.01",
                                                                .mark = "80"});
        liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    }
    for (int i = 0; i < 2; i++) {
        const uint32_t account = liq_fixture_account(&fixture, i == 0 ? "bare" : "hedged");

        fixture.book.accounts[account].mode = LIQ_ACCOUNT_PORTFOLIO;
        liq_fixture_balance(&fixture, 0, "900");
        liq_fixture_position(&fixture, 0, "10", "70", NULL);
        if (i == 1)
            liq_fixture_position(&fixture, 1, "-5", "80", NULL);
    }
    book = liq_fixture_finish(&fixture);
    liq_portfolio_give(&book->venue, "\"span\"");
    liq_portfolio_base(&book->venue, 0, "X");
    liq_portfolio_base(&book->venue, 1, "X");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scored it;
        int order;

        score_book(&it, book, cases[i].rule);
        cr_assert_gt(it.scores[0], 0);
        cr_assert_lt(it.results[1].maintenance, it.results[0].maintenance);
        order = (it.scores[1] > it.scores[0]) - (it.scores[1] < it.scores[0]);
        cr_expect_eq(order, cases[i].order, "rule %d", (int)cases[i].rule);
        scored_clear(&it);
    }
    liq_portfolio_take(&book->venue);
    liq_fixture_clear(&fixture);
}

/* Five shorts at a mark of 80: quantity, entry, wallet. */
static void five_shorts(liq_fixture *fixture)
{
    static const char *const shorts[5][4] = {{"a", "-10", "100", "1000"},
                                             {"b", "-10", "100", "60"},
                                             {"c", "-20", "90", "300"},
                                             {"d", "-5", "120", "5"},
                                             {"e", "-30", "82", "100"}};

    liq_fixture_start(fixture, 8);
    liq_fixture_asset(fixture, "USD", 8, 12, NULL);
    liq_fixture_instrument(fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                           .kind = LIQ_INSTRUMENT_LINEAR,
                                                           .multiplier = "1",
                                                           .lot = "1",
                                                           .tick = "0.01",
                                                           .mark = "80"});
    liq_fixture_tier(fixture, "0", "0.01", "0.02");
    for (size_t i = 0; i < 5; i++) {
        liq_fixture_account(fixture, shorts[i][0]);
        liq_fixture_balance(fixture, 0, shorts[i][3]);
        liq_fixture_position(fixture, 0, shorts[i][1], shorts[i][2], NULL);
    }
}

static const char *order_of(const int64_t *scores)
{
    static char out[6];

    for (size_t i = 0; i < 5; i++) {
        size_t above = 0;

        for (size_t j = 0; j < 5; j++)
            above += scores[j] > scores[i];
        out[above] = (char)('a' + (int)i);
    }
    return out;
}

Test(truth_scores, order_five_shorts_as_each_venue_does)
{
    static const char *const orders[RULES - 1] = {"dbeca", "dbeca", "dbeca",
                                                  "ebcda", "ecbda", "dbeca"};

    for (int rule = 0; rule < RULES - 1; rule++) {
        liq_fixture fixture;
        scored it;

        five_shorts(&fixture);
        score_book(&it, liq_fixture_finish(&fixture), (liq_adl_rule)rule);
        cr_expect_str_eq(order_of(it.scores), orders[rule], "rule %d: %s", rule,
                         order_of(it.scores));
        scored_clear(&it);
        liq_fixture_clear(&fixture);
    }
}

/* A loss is divided by the leverage: of two equal losses the one with less leverage ranks lower. */
Test(truth_scores, put_losers_below_winners_and_the_bankrupt_last)
{
    static const char *const wallets[] = {"1000", "60", "300", "900", "100"};
    liq_fixture fixture;
    scored it;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.01",
                                                            .mark = "80"});
    liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    for (size_t i = 0; i < 5; i++) {
        const char name[2] = {(char)('a' + (int)i), '\0'};

        liq_fixture_account(&fixture, name);
        liq_fixture_balance(&fixture, 0, wallets[i]);
        /* A long in loss, bankrupt for b; e has neither profit nor loss. */
        liq_fixture_position(&fixture, 0, "10", i == 4 ? "80" : "90", NULL);
    }
    score_book(&it, liq_fixture_finish(&fixture), LIQ_ADL_BITMEX);
    cr_expect_eq(it.scores[1], LIQ_SCORE_PAST_BANKRUPTCY);
    cr_expect_eq(it.scores[4], 0);
    cr_expect_lt(it.scores[2], 0);
    cr_expect_lt(it.scores[3], it.scores[2]);
    cr_expect_lt(it.scores[0], it.scores[3]);
    cr_expect_lt(it.scores[1], it.scores[0]);
    scored_clear(&it);
    liq_fixture_clear(&fixture);
}
