#include "support_random_book.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "liq_limits.h"
#include "support_made_book.h"

/* A book that grows account by account. */
typedef struct growing {
    liq_book *book;
    liq_random *random;
    liq_random_options options;
    const liq_random_scale *scales;
    size_t position_capacity;
    size_t order_capacity;
    size_t balance_capacity;
} growing;

static void accounts_take(liq_book *book, uint32_t account_count);
static void account_make(growing *grow, uint32_t account_index);
static void positions_make(growing *grow, uint32_t account_index, bool isolated,
                           const uint8_t *sides);
static void position_add(growing *grow, liq_position position);
static void order_make(growing *grow, uint32_t account_index, uint32_t instrument_index);
static void balances_make(growing *grow, uint32_t account_index, double held_cash);
static void balance_add(growing *grow, liq_balance balance);
static int64_t lots_of(growing *grow, uint32_t instrument_index);
static double share_of(liq_random *random, double amount);

enum {
    CROSS_LONG = 1,
    CROSS_SHORT = 2,
    ISOLATED_LONG = 4,
    ISOLATED_SHORT = 8,
    ORDERED = 16,
    ORDER_BITS = LIQ_RANDOM_ORDER_LOSS | LIQ_RANDOM_ORDER_MARGIN | LIQ_RANDOM_ORDER_TIER
};

liq_random_options liq_random_options_of(uint64_t book_number)
{
    const bool many = book_number % 16 == 7;

    return (liq_random_options){.instruments_max = many ? 60 : 9,
                                .accounts_max = many ? 12 : 40,
                                .representable = book_number % 2 == 0,
                                .wild = book_number % 3 == 2,
                                .policy_bits = (uint32_t)(book_number / 2 % LIQ_RANDOM_POLICIES)};
}

void liq_random_book_create(liq_book *out, uint64_t seed, liq_random_options options)
{
    liq_random random = liq_random_make(seed);
    liq_random_scale *scales = calloc(options.instruments_max, sizeof *scales);
    liq_book book = {0};
    growing grow = {.book = &book, .random = &random, .options = options, .scales = scales};

    LIQ_ASSERT(scales != NULL);
    liq_random_venue(&book, &random, options, scales);
    accounts_take(&book, 1 + (uint32_t)liq_random_below(&random, options.accounts_max));
    for (uint32_t i = 0; i < book.account_count; i++)
        account_make(&grow, i);
    free(scales);
    *out = book;
}

void liq_random_book_create_long(liq_book *out, uint64_t seed, uint32_t legs, uint32_t policy_bits)
{
    liq_random random = liq_random_make(seed);
    const liq_random_options options = {
        .instruments_max = legs + 2, .accounts_max = 1, .tame = true, .policy_bits = policy_bits};
    liq_random_scale *scales = calloc(options.instruments_max, sizeof *scales);
    liq_book book = {0};
    growing grow = {.book = &book, .random = &random, .options = options, .scales = scales};

    LIQ_ASSERT(scales != NULL);
    do { /* enough instruments for so many legs, whatever the number drawn */
        liq_random_book_destroy(&book);
        liq_random_venue(&book, &random, options, scales);
    } while (book.venue.instrument_count * 2 < legs);
    accounts_take(&book, 1);
    for (uint32_t i = 0; i < legs; i++)
        while (book.position_count == i) { /* until an entry price is in range */
            const int64_t lots = lots_of(&grow, i / 2);

            position_add(&grow, (liq_position){.instrument_index = i / 2,
                                               .quantity_lots = i % 2 == 0 ? lots : -lots});
        }
    for (uint32_t i = 0; (policy_bits & ORDER_BITS) && i < (legs + 1) / 2; i++)
        order_make(&grow, 0, i);
    balances_make(&grow, 0, 1e12);
    book.position_first[1] = book.position_count;
    book.order_first[1] = book.order_count;
    book.balance_first[1] = book.balance_count;
    free(scales);
    *out = book;
}

void liq_random_book_destroy(liq_book *book)
{
    liq_made_book_clear(book);
}

/* Accounts with names whose order is that of their indices. */
static void accounts_take(liq_book *book, uint32_t account_count)
{
    book->account_count = account_count;
    book->accounts = calloc(account_count, sizeof *book->accounts);
    book->balance_first = calloc(account_count + 1U, sizeof *book->balance_first);
    book->position_first = calloc(account_count + 1U, sizeof *book->position_first);
    book->order_first = calloc(account_count + 1U, sizeof *book->order_first);
    LIQ_ASSERT(book->accounts != NULL && book->balance_first != NULL &&
               book->position_first != NULL && book->order_first != NULL);
    LIQ_ASSERT(liq_names_create(&book->account_names, NULL) == LIQ_OK);
    for (uint32_t i = 0; i < account_count; i++) {
        char name[16];
        uint32_t index;

        (void)snprintf(name, sizeof name, "a%06u", i);
        book->accounts[i].group_index = UINT32_MAX;
        LIQ_ASSERT(liq_names_add(book->account_names, liq_text_of(name), &index, NULL) == LIQ_OK);
    }
}

/* Most accounts hold a few instruments; some nothing, one in thirty all of them. */
static void account_make(growing *grow, uint32_t account_index)
{
    liq_book *book = grow->book;
    const uint32_t instruments = book->venue.instrument_count;
    const bool everything = liq_random_once_in(grow->random, 30);
    const uint32_t picks =
        liq_random_once_in(grow->random, 25) ? 0 : 1 + (uint32_t)liq_random_below(grow->random, 5);
    const uint64_t first = book->position_count;
    uint8_t *sides = calloc(instruments, sizeof *sides);
    double held_cash = 0;

    LIQ_ASSERT(sides != NULL);
    for (uint32_t i = 0; i < picks; i++)
        sides[liq_random_below(grow->random, instruments)] |=
            (uint8_t)(1U << liq_random_below(grow->random, 5));
    for (uint32_t i = 0; everything && i < instruments; i++)
        sides[i] |= (uint8_t)liq_random_between(grow->random, 1, 31);
    if (liq_random_once_in(grow->random, 30))
        book->accounts[account_index].mode = LIQ_ACCOUNT_PORTFOLIO;
    positions_make(grow, account_index, false, sides);
    positions_make(grow, account_index, true, sides);
    for (uint32_t i = 0; i < instruments; i++)
        for (uint32_t n = 0; (sides[i] & ORDERED) && n < 1 + liq_random_below(grow->random, 3); n++)
            order_make(grow, account_index, i);
    for (uint64_t i = first; i < book->position_count; i++)
        held_cash += fabs((double)book->positions[i].quantity_lots) *
                     grow->scales[book->positions[i].instrument_index].lot_cash;
    balances_make(grow, account_index, picks == 0 ? 0 : held_cash);
    book->position_first[account_index + 1] = book->position_count;
    book->order_first[account_index + 1] = book->order_count;
    book->balance_first[account_index + 1] = book->balance_count;
    free(sides);
}

static void positions_make(growing *grow, uint32_t account_index, bool isolated,
                           const uint8_t *sides)
{
    for (uint32_t i = 0; i < grow->book->venue.instrument_count; i++) {
        liq_position position = {
            .account_index = account_index, .instrument_index = i, .isolated = isolated};
        const double margin = (double)lots_of(grow, i) * grow->scales[i].lot_cash;

        if (isolated && grow->book->venue.instruments[i].settle_index == 0)
            position.isolated_margin = llabs((int64_t)share_of(grow->random, margin));
        else if (isolated)
            position.isolated_margin = liq_random_of_any_size(grow->random, 1000000000000);
        if (sides[i] & (isolated ? ISOLATED_LONG : CROSS_LONG)) {
            position.quantity_lots = lots_of(grow, i);
            position_add(grow, position);
        }
        if (sides[i] & (isolated ? ISOLATED_SHORT : CROSS_SHORT)) {
            position.quantity_lots = -lots_of(grow, i);
            position_add(grow, position);
        }
    }
}

/* The price is drawn here; a position whose entry value is out of range cannot enter a book. */
static void position_add(growing *grow, liq_position position)
{
    liq_book *book = grow->book;

    position.entry_price = liq_random_price(grow->random, grow->scales[position.instrument_index]);
    if (!liq_lot_value_entry(&position.entry_value, &book->venue, position.instrument_index,
                             position.entry_price, position.quantity_lots > 0))
        return;
    LIQ_ASSERT(liq_memory_grow(&book->positions, &grow->position_capacity, book->position_count + 1,
                               sizeof *book->positions, NULL) == LIQ_OK);
    book->positions[book->position_count++] = position;
}

static void order_make(growing *grow, uint32_t account_index, uint32_t instrument_index)
{
    liq_book *book = grow->book;
    const int64_t lots = lots_of(grow, instrument_index);
    liq_order order = {.account_index = account_index,
                       .instrument_index = instrument_index,
                       .quantity_lots = liq_random_once_in(grow->random, 2) ? lots : -lots};

    order.price = liq_random_price(grow->random, grow->scales[instrument_index]);
    if (!liq_lot_value_entry(&order.limit_value, &book->venue, instrument_index, order.price,
                             order.quantity_lots > 0))
        return;
    LIQ_ASSERT(liq_memory_grow(&book->orders, &grow->order_capacity, book->order_count + 1,
                               sizeof *book->orders, NULL) == LIQ_OK);
    book->orders[book->order_count++] = order;
}

/* Balances around what the positions need, debts among them; zeros and limits now and then. */
static void balances_make(growing *grow, uint32_t account_index, double held_cash)
{
    for (uint32_t i = 0; i < grow->book->venue.asset_count; i++) {
        liq_balance balance = {.account_index = account_index, .asset_index = i};

        if (i == 0 ? liq_random_once_in(grow->random, 20) : !liq_random_once_in(grow->random, 3))
            continue;
        if (grow->options.wild && liq_random_once_in(grow->random, 12))
            balance.amount = liq_random_once_in(grow->random, 2) ? INT64_MAX : -INT64_MAX;
        else if (i == 0)
            balance.amount = (int64_t)share_of(grow->random, held_cash);
        else
            balance.amount = liq_random_of_any_size(grow->random, 1000000000000);
        if (i > 0 && liq_random_once_in(grow->random, 4))
            balance.amount = -balance.amount;
        if (liq_random_once_in(grow->random, 20))
            balance.amount = 0;
        balance_add(grow, balance);
    }
}

static void balance_add(growing *grow, liq_balance balance)
{
    liq_book *book = grow->book;

    LIQ_ASSERT(liq_memory_grow(&book->balances, &grow->balance_capacity, book->balance_count + 1,
                               sizeof *book->balances, NULL) == LIQ_OK);
    book->balances[book->balance_count++] = balance;
}

/* Often about the typical size, so that tiers matter; on a tier's floor as lots; or the limit. */
static int64_t lots_of(growing *grow, uint32_t instrument_index)
{
    const int64_t typical = grow->scales[instrument_index].typical_lots;
    /* A quantity in contracts has at most 18 digits. */
    const int64_t held_max =
        999999999999999999 / grow->book->venue.instruments[instrument_index].lot.digits;
    const int64_t last = held_max < LIQ_QUANTITY_LOTS_MAX ? held_max : LIQ_QUANTITY_LOTS_MAX;

    if (grow->options.wild && liq_random_once_in(grow->random, 10))
        return last;
    if (grow->options.wild && liq_random_once_in(grow->random, 6))
        return liq_random_of_any_size(grow->random, last);
    if (liq_random_once_in(grow->random, 4))
        return liq_random_of_any_size(grow->random, 10 * typical);
    return liq_random_between(grow->random, 1, 2 * typical);
}

/* From a small debt to a third of an amount, in cash units within 62 bits. */
static double share_of(liq_random *random, double amount)
{
    const double share = (double)liq_random_between(random, -20, 300) / 1000.0;
    const double out = amount * share + (double)liq_random_between(random, 0, 1000);

    return out > 4e18 ? 4e18 : out < -4e18 ? -4e18 : out;
}
