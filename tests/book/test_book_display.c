/*
 * Prices as the venue's screens show them.
 */
#include <criterion/criterion.h>

#include "book/columns.h"

Test(book_display, cuts_prices_by_the_rule_of_the_profile)
{
    static const struct {
        const char *price;
        int32_t decimals;
        const char *shown[4]; /* nearest, truncated, against the holder of a long, of a short */
    } cases[] = {
        {"1153.256789", 2, {"1153.26", "1153.25", "1153.26", "1153.25"}},
        {"1153.254", 2, {"1153.25", "1153.25", "1153.26", "1153.25"}},
        {"1153.25", 2, {"1153.25", "1153.25", "1153.25", "1153.25"}},
        {"1153.2500000001", 2, {"1153.25", "1153.25", "1153.26", "1153.25"}},
        {"1153.2", 2, {"1153.20", "1153.20", "1153.20", "1153.20"}},
        {"1153", 2, {"1153.00", "1153.00", "1153.00", "1153.00"}},
        {"999.996", 2, {"1000.00", "999.99", "1000.00", "999.99"}},
        {"9.5", 0, {"10", "9", "10", "9"}},
        {"0.004", 2, {"0.00", "0.00", "0.01", "0.00"}},
        {"0", 0, {"0", "0", "0", "0"}},
        {"26316.893333333333333333333333", 2, {"26316.89", "26316.89", "26316.90", "26316.89"}},
        {"123456789012345678901234567890.5",
         0,
         {"123456789012345678901234567891", "123456789012345678901234567890",
          "123456789012345678901234567891", "123456789012345678901234567890"}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int way = 0; way < 4; way++) {
            liq_book book = {0};
            char shown[LIQ_PRICE_TEXT_BYTES];

            book.venue.policy.price_rounding =
                (liq_price_rounding)(way < 3 ? way : LIQ_PRICE_AGAINST_TRADER);
            liq_book_show_price(&book, shown, cases[i].price, cases[i].decimals, way == 3);
            cr_expect_str_eq(shown, cases[i].shown[way], "%s, way %d: %s", cases[i].price, way,
                             shown);
        }
    }
}

Test(book_display, tells_ratio_and_levels_of_the_profile)
{
    liq_book book = {0};
    liq_book_level level;

    cr_expect(liq_book_ratio_is_equity_over_maintenance(&book) == 0);
    book.venue.policy.ratio = LIQ_RATIO_EQUITY_OVER_MAINTENANCE;
    book.venue.policy.levels[3] = (liq_policy_level){1500000, 1000000, true};
    cr_expect(liq_book_ratio_is_equity_over_maintenance(&book) == 1);
    liq_book_level_read(&book, 3, &level);
    cr_expect(level.equity_ppm == 1500000 && level.maintenance_ppm == 1000000 && level.inclusive);
    liq_book_level_read(&book, 0, &level);
    cr_expect(level.equity_ppm == 0 && !level.inclusive);
}
