#include "support_brink.h"

#include <criterion/criterion.h>
#include <math.h>

#include "book/market.h"
#include "book/rows.h"
#include "scan/truth.h"
#include "support_generated.h"
#include "support_random_book.h"

void liq_brink_tiers(liq_book *book, liq_random *random)
{
    liq_market market = {0};

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    for (uint64_t i = 0; i < book->position_count; i++) {
        liq_position *position = &book->positions[i];
        const liq_instrument_record *record = &market.instruments[position->instrument_index];
        const uint32_t tier =
            record->tier_first + (uint32_t)liq_random_below(random, record->tier_count);
        const int64_t floor = market.tiers[tier].floor_lots < LIQ_QUANTITY_LOTS_MAX
                                  ? market.tiers[tier].floor_lots
                                  : LIQ_QUANTITY_LOTS_MAX;
        const int64_t lots =
            floor -
            floor / 100000 * liq_random_between(random, 0, 40) * liq_random_between(random, 0, 99) +
            liq_random_between(random, -1, 1);

        if (lots > 0 && lots <= LIQ_QUANTITY_LOTS_MAX && liq_random_once_in(random, 2))
            position->quantity_lots = position->quantity_lots < 0 ? -lots : lots;
    }
    liq_market_clear(&market);
}

void liq_brink_levels(liq_book *book, liq_random *random)
{
    liq_market market = {0};
    liq_rows rows = {0};

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_record result = liq_truth_row(&market, &rows, i);
        const liq_level_record *level = &market.policy.levels[liq_random_below(random, LIQ_LEVELS)];
        const uint32_t account = rows.keys[i].account_index;
        const uint64_t first = book->balance_first[account];
        double wanted;
        double amount;

        if (rows.keys[i].instrument_index != LIQ_NO_INDEX || result.status == LIQ_ROW_UNVALUED ||
            first == book->balance_first[account + 1] || book->balances[first].asset_index != 0 ||
            level->equity_factor == 0 || liq_random_once_in(random, 3))
            continue;
        wanted = (double)result.maintenance * level->requirement_factor / level->equity_factor;
        if (liq_random_once_in(random, 2))
            wanted *= 1.0 + (double)liq_random_between(random, -1000, 1000) *
                                pow(10, (double)-liq_random_between(random, 3, 6));
        amount = (double)book->balances[first].amount + wanted - (double)result.equity +
                 (double)liq_random_between(random, -6, 6);
        if (fabs(amount) < 4e18)
            book->balances[first].amount = (int64_t)amount;
    }
    liq_rows_clear(&rows);
    liq_market_clear(&market);
}

liq_random liq_brink_random_book(liq_book *out, uint64_t seed, uint32_t number)
{
    liq_random random = liq_random_make(seed);

    liq_random_book_create(out, seed, liq_random_options_of(number));
    if (number % 4 < 2)
        liq_brink_tiers(out, &random);
    if (number % 4 != 3)
        liq_brink_levels(out, &random);
    return random;
}

liq_book *liq_brink_generated_book(uint32_t number, uint64_t seed, bool to_brink)
{
    liq_generate_options options;
    liq_random random;
    liq_book *book;

    liq_generated_options(&options, number, seed);
    book = liq_generated_book(&options);
    if (to_brink) {
        random = liq_random_make(options.seed);
        liq_brink_tiers(book, &random);
        liq_brink_levels(book, &random);
    }
    return book;
}
