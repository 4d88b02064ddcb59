/*
 * Allocations over random books of every kind of instrument and settle asset, in the texts that
 * users read, against exact rationals of price, lot and multiplier.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "scan/adl_queue.h"
#include "scan/support_random_book.h"
#include "scan/support_rational.h"
#include "scan/support_book.h"

enum { BOOKS = 96 };

#define DIGITS_MAX 999999999999999999 /* that a decimal of the door may have */

/* One side of one instrument, and a price at which its lots have an exact value. */
typedef struct side_case {
    const liq_book *book;
    const liq_adl_queue *queue;
    liq_adl_queue_view view;
    const liq_instrument *instrument;
    bool is_exact; /* the value of a lot is not rounded, at any price that matters */
    liq_decimal price;
    char price_text[LIQ_DECIMAL_BYTES];
} side_case;

/* A plain decimal of up to 38 digits. */
static liq_rational rational_of(const char *text)
{
    const bool is_negative = text[0] == '-';
    liq_int128 digits = 0;
    int decimals = 0;
    bool is_fraction = false;

    for (const char *at = text + is_negative; *at != '\0'; at++) {
        if (*at == '.') {
            is_fraction = true;
            continue;
        }
        digits = digits * 10 + (*at - '0');
        decimals += is_fraction;
    }
    return liq_rational_multiply(liq_rational_wide(is_negative ? -digits : digits),
                                 liq_rational_ten(-decimals));
}

/* Value of one contract at a price, in the settle asset; a higher price is a higher value. */
static liq_rational contract_value(const liq_instrument *instrument, liq_decimal price)
{
    const liq_rational multiplier = liq_rational_decimal(instrument->multiplier);

    if (instrument->kind != LIQ_INSTRUMENT_INVERSE)
        return liq_rational_multiply(multiplier, liq_rational_decimal(price));
    return liq_rational_subtract(liq_rational_integer(0),
                                 liq_rational_divide(multiplier, liq_rational_decimal(price)));
}

/* Whether the value of a lot at a price is a whole number of fine units. */
static bool is_whole(const side_case *side, liq_decimal price)
{
    const int decimals = side->book->venue.assets[side->instrument->settle_index].value_decimals;
    const liq_rational value = liq_rational_multiply(contract_value(side->instrument, price),
                                                     liq_rational_decimal(side->instrument->lot));

    return liq_rational_compare(value, liq_rational_floor(value, decimals)) == 0;
}

/* What moving from one price to another pays a contract of the side. */
static liq_rational paid_between(const side_case *side, liq_decimal from, liq_decimal to)
{
    const liq_rational moved = liq_rational_subtract(contract_value(side->instrument, to),
                                                     contract_value(side->instrument, from));

    return side->view.is_short ? liq_rational_subtract(liq_rational_integer(0), moved) : moved;
}

/* In cash units, by the index price of the settle asset. */
static liq_rational cash_of(const side_case *side, liq_rational amount)
{
    const uint32_t settle = side->instrument->settle_index;
    const liq_rational units =
        liq_rational_multiply(amount, liq_rational_ten(side->book->venue.cash_decimals));

    return settle == 0 ? units
                       : liq_rational_multiply(
                             units, liq_rational_decimal(side->book->asset_indices[settle]));
}

/* Exact, or rounded against the holder. */
static void pnl_check(const side_case *side, const char *text, liq_rational wanted)
{
    const int order = liq_rational_compare(rational_of(text), wanted);

    cr_assert(order == 0 || (order < 0 && !side->is_exact), "%s is not %g", text,
              liq_rational_show(wanted));
}

/* One position: closed within what it is and what its equity pays for, at the exact price. */
static liq_rational row_check(const side_case *side, const liq_adl_allocation *allocation,
                              uint64_t index)
{
    const liq_adl_entry *entry = &side->view.entries[index];
    const liq_position *position = &side->book->positions[entry->position_index];
    const liq_decimal mark = side->book->instrument_marks[side->view.instrument_index];
    liq_adl_close close;
    liq_rational closed;
    liq_rational cost;
    liq_adl_row row;

    liq_adl_queue_row(side->queue, index, &row);
    liq_adl_allocation_close(allocation, index, &close);
    closed = rational_of(close.quantity);
    cr_assert_geq(liq_rational_sign(closed), 0);
    cr_assert_leq(liq_rational_compare(closed, rational_of(row.quantity)), 0);
    cr_assert(row.standing == LIQ_ADL_RANKED || liq_rational_sign(closed) == 0);
    pnl_check(
        side, close.realised_pnl,
        liq_rational_multiply(closed, paid_between(side, position->entry_price, side->price)));
    if (liq_rational_sign(closed) == 0 || !side->is_exact)
        return closed;
    cost = cash_of(side, liq_rational_multiply(closed, paid_between(side, side->price, mark)));
    cr_assert_leq(liq_rational_compare(
                      cost, liq_rational_integer(side->view.margins[entry->margin_index].equity)),
                  0, "%s", row.account);
    return closed;
}

static void summary_check(const side_case *side, const liq_adl_allocation *allocation,
                          liq_rational closed, liq_rational realised)
{
    const liq_decimal mark = side->book->instrument_marks[side->view.instrument_index];
    const liq_rational gap = paid_between(side, side->price, mark);
    liq_adl_summary summary;

    liq_adl_allocation_summary(allocation, &summary);
    cr_assert_eq(liq_rational_compare(rational_of(summary.closed), closed), 0);
    cr_assert_eq(liq_rational_compare(liq_rational_add(closed, rational_of(summary.residual)),
                                      rational_of(summary.quantity)),
                 0);
    pnl_check(side, summary.realised_pnl, realised);
    cr_assert_leq(liq_rational_sign(rational_of(summary.overshoot)), 0);
    cr_assert_str_eq(summary.price, side->price_text);
    cr_assert_eq(summary.largest_account == NULL, liq_rational_sign(closed) == 0);
    if (!side->is_exact)
        return;
    cr_assert_eq(liq_rational_compare(rational_of(summary.needed),
                                      liq_rational_multiply(liq_rational_absolute(gap),
                                                            rational_of(summary.quantity))),
                 0, "%s", summary.needed);
    cr_assert_eq(
        liq_rational_compare(rational_of(summary.taken), liq_rational_multiply(gap, closed)), 0);
}

/* About half of the side, in whole lots. */
static void quantity_choose(char out[LIQ_DECIMAL_BYTES], const side_case *side, liq_random *random)
{
    liq_int128 lots = 1;

    for (uint64_t i = 0; i < side->view.ranked_count; i++)
        lots += liq_random_once_in(random, 2) ? side->view.entries[i].lots : 0;
    if (lots * side->instrument->lot.digits > DIGITS_MAX)
        lots = DIGITS_MAX / side->instrument->lot.digits;
    liq_decimal_format(out, lots * side->instrument->lot.digits, side->instrument->lot.decimals);
}

static uint64_t side_check(const side_case *side, liq_random *random)
{
    static const char *const policies[] = {"queue",      "pro_rata",     "capped_pro_rata",
                                           "risk_aware", "min_leverage", "random_walk"};
    char quantity[LIQ_DECIMAL_BYTES];
    const liq_adl_request request = {.policy = policies[liq_random_below(random, 6)],
                                     .quantity = quantity,
                                     .price = side->price_text,
                                     .base = liq_random_once_in(random, 2) ? "profit" : "equity",
                                     .weight =
                                         liq_random_once_in(random, 2) ? "margin_ratio" : NULL,
                                     .base_cap = liq_random_once_in(random, 3) ? "0.31" : NULL,
                                     .position_cap = liq_random_once_in(random, 4) ? "0.5" : NULL,
                                     .seed = liq_random_next(random)};
    const size_t mark = liq_rational_mark();
    liq_adl_allocation *allocation = NULL;
    liq_rational closed = liq_rational_integer(0);
    liq_rational realised = liq_rational_integer(0);
    liq_error err = {0};
    uint64_t given = 0;

    quantity_choose(quantity, side, random);
    cr_assert_eq(liq_adl_allocation_create(&allocation, side->queue, &request, &err), LIQ_OK, "%s",
                 err.message);
    for (uint64_t i = 0; i < side->view.entry_count; i++) {
        const liq_rational one = row_check(side, allocation, i);
        const liq_decimal entry =
            side->book->positions[side->view.entries[i].position_index].entry_price;

        given += liq_rational_sign(one) > 0;
        closed = liq_rational_add(closed, one);
        realised = liq_rational_add(
            realised, liq_rational_multiply(one, paid_between(side, entry, side->price)));
    }
    summary_check(side, allocation, closed, realised);
    liq_adl_allocation_destroy(allocation);
    liq_rational_release(mark);
    return given;
}

/* The entry price of some position, at which a lot has an exact value in a representable book. */
static uint64_t instrument_check(uint64_t *exact, const liq_book *book, uint32_t side_index,
                                 liq_random *random)
{
    const char *symbol = liq_names_get(book->venue.instrument_names, side_index / 2);
    side_case side = {.book = book, .instrument = &book->venue.instruments[side_index / 2]};
    liq_adl_queue *queue = NULL;
    uint64_t given = 0;

    cr_assert_eq(liq_adl_queue_create(&queue, book, symbol, (int)(side_index % 2), NULL, NULL),
                 LIQ_OK);
    side.queue = queue;
    side.view = liq_adl_queue_look(queue);
    if (side.view.ranked_count > 0) {
        const uint64_t chosen = liq_random_below(random, side.view.ranked_count);

        side.price = book->positions[side.view.entries[chosen].position_index].entry_price;
        if (liq_random_once_in(random, 4))
            side.price = book->instrument_marks[side_index / 2];
        liq_decimal_format(side.price_text, side.price.digits, side.price.decimals);
        side.is_exact =
            is_whole(&side, side.price) && is_whole(&side, book->instrument_marks[side_index / 2]);
        for (uint64_t i = 0; i < side.view.entry_count; i++)
            side.is_exact =
                side.is_exact &&
                is_whole(&side, book->positions[side.view.entries[i].position_index].entry_price);
        *exact += side.is_exact;
        given = side_check(&side, random);
    }
    liq_adl_queue_destroy(queue);
    return given;
}

Test(adl_allocation, closes_random_books_exactly)
{
    const uint64_t seed = liq_random_seed();
    liq_random random = liq_random_make(seed);
    uint64_t given = 0;
    uint64_t exact = 0;

    for (uint64_t i = 0; i < BOOKS; i++) {
        const liq_random_options options = liq_random_options_of(i);
        liq_book book;

        liq_random_book_create(&book, seed + i, options);
        for (uint32_t a = 0; a < book.account_count; a += 7)
            book.accounts[a].adl_exempt = 1;
        for (uint32_t j = 0; j < book.venue.instrument_count * 2; j++)
            given += instrument_check(&exact, &book, j, &random);
        liq_random_book_destroy(&book);
    }
    cr_expect_gt(given, 1000, "%llu", (unsigned long long)given);
    cr_expect_gt(exact, 50, "%llu", (unsigned long long)exact);
}

/* A coin-settled contract: value 100 / price each, all in the coin. */
Test(adl_allocation, closes_inverse_contracts_in_the_coin)
{
    const liq_adl_request request = {.quantity = "30", .price = "50", .policy = "queue"};
    liq_adl_allocation *allocation = NULL;
    liq_adl_queue *queue = NULL;
    liq_adl_summary summary;
    liq_adl_close close;
    liq_fixture fixture;
    liq_book *book;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    liq_fixture_asset(&fixture, "BTC", 8, 12, "40");
    liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                            .kind = LIQ_INSTRUMENT_INVERSE,
                                                            .settle = 1,
                                                            .multiplier = "100",
                                                            .lot = "10",
                                                            .tick = "0.5",
                                                            .mark = "40"});
    liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    liq_fixture_account(&fixture, "a");
    liq_fixture_balance(&fixture, 0, "8000");
    liq_fixture_position(&fixture, 0, "-20", "62.5", NULL); /* 2000 x (1/40 - 1/62.5) = 18 */
    liq_fixture_account(&fixture, "b");
    liq_fixture_balance(&fixture, 0, "90000");
    liq_fixture_position(&fixture, 0, "-40", "80", NULL);
    book = liq_fixture_finish(&fixture);
    cr_assert_eq(liq_adl_queue_create(&queue, book, "XUSD", 1, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_adl_allocation_create(&allocation, queue, &request, NULL), LIQ_OK);
    liq_adl_allocation_close(allocation, 0, &close);
    cr_expect_str_eq(close.quantity, "20");
    cr_expect_str_eq(close.realised_pnl, "8"); /* 2000 x (1/50 - 1/62.5) */
    liq_adl_allocation_close(allocation, 1, &close);
    cr_expect_str_eq(close.quantity, "10");
    cr_expect_str_eq(close.realised_pnl, "7.5");
    liq_adl_allocation_summary(allocation, &summary);
    cr_expect_str_eq(summary.asset, "BTC");
    cr_expect_str_eq(summary.needed, "15"); /* 3000 x (1/40 - 1/50) */
    cr_expect_str_eq(summary.taken, "15");
    cr_expect_str_eq(summary.realised_pnl, "15.5");
    cr_expect_str_eq(summary.largest_account, "a");
    cr_expect_str_eq(summary.largest_share, "0.666666");
    liq_adl_allocation_destroy(allocation);
    liq_adl_allocation_destroy(NULL);
    liq_adl_queue_destroy(queue);
    liq_fixture_clear(&fixture);
}

/* A mark between two values of a lot is taken for the upper one by shorts, the lower by longs. */
Test(adl_allocation, rounds_values_against_the_holder)
{
    static const char *const needed[2] = {"0.000000000003", "0.000000000006"};
    liq_fixture fixture;
    liq_book *book;

    liq_fixture_start(&fixture, 8);
    liq_fixture_asset(&fixture, "USD", 8, 12, NULL);
    liq_fixture_instrument(&fixture, (liq_fixture_contract){.symbol = "XUSD",
                                                            .kind = LIQ_INSTRUMENT_LINEAR,
                                                            .multiplier = "1",
                                                            .lot = "1",
                                                            .tick = "0.5",
                                                            .mark = "1.0000000000015"});
    liq_fixture_tier(&fixture, "0", "0.01", "0.02");
    liq_fixture_account(&fixture, "a");
    liq_fixture_balance(&fixture, 0, "800");
    liq_fixture_position(&fixture, 0, "3", "1", NULL);
    liq_fixture_account(&fixture, "b");
    liq_fixture_balance(&fixture, 0, "800");
    liq_fixture_position(&fixture, 0, "-3", "1", NULL);
    book = liq_fixture_finish(&fixture);
    for (int is_short = 0; is_short < 2; is_short++) {
        const liq_adl_request request = {.quantity = "3", .price = "1"};
        liq_adl_allocation *allocation = NULL;
        liq_adl_queue *queue = NULL;
        liq_adl_summary summary;

        cr_assert_eq(liq_adl_queue_create(&queue, book, "XUSD", is_short, NULL, NULL), LIQ_OK);
        cr_assert_eq(liq_adl_allocation_create(&allocation, queue, &request, NULL), LIQ_OK);
        liq_adl_allocation_summary(allocation, &summary);
        cr_expect_str_eq(summary.needed, needed[is_short], "%s", summary.needed);
        cr_expect_str_eq(summary.closed, "3");
        liq_adl_allocation_destroy(allocation);
        liq_adl_queue_destroy(queue);
    }
    liq_fixture_clear(&fixture);
}
