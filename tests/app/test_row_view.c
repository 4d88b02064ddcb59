/*
 * Ratios as people read them: never on the other side of a level than the exact ones.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <string.h>

#include "app/explain_sums.h"
#include "app/row_view.h"
#include "book/columns.h"

/* A book of which only the display matters. */
static liq_book book_with(bool inverted, bool inclusive)
{
    liq_book book = {.venue.cash_decimals = 8};

    book.venue.policy.ratio =
        inverted ? LIQ_RATIO_EQUITY_OVER_MAINTENANCE : LIQ_RATIO_MAINTENANCE_OVER_EQUITY;
    book.venue.policy.levels[2] = (liq_policy_level){1000000, 1000000, inclusive};
    return book;
}

/* Whether the rule itself liquidates. */
static bool is_liquidated(bool inclusive, int64_t equity, int64_t maintenance)
{
    return inclusive ? equity <= maintenance : equity < maintenance;
}

Test(row_view, shows_a_ratio_on_the_side_of_the_level_where_the_exact_one_is)
{
    static const int64_t amounts[] = {
        1,        2,        3,         999999,        1000000,       1000001,   9999999,
        10000000, 10000001, INT64_MAX, INT64_MAX - 1, INT64_MAX / 3, 123456789, 123456790};
    const size_t count = sizeof amounts / sizeof amounts[0];

    for (unsigned variant = 0; variant < 4 * count * count; variant++) {
        const bool inverted = variant & 1;
        const bool inclusive = variant & 2;
        const liq_book book = book_with(inverted, inclusive);
        const liq_scan_view view = liq_scan_view_of(&book);
        const liq_scan_row row = {.equity = amounts[variant / 4 % count],
                                  .maintenance_margin = amounts[variant / 4 / count]};
        bool shown;
        liq_int128 ratio;

        cr_assert(liq_scan_ratio(&ratio, &view, &row));
        if (inverted)
            shown = inclusive ? ratio <= 1000000 : ratio < 1000000;
        else
            shown = inclusive ? ratio >= 1000000 : ratio > 1000000;
        cr_expect(shown == is_liquidated(inclusive, row.equity, row.maintenance_margin),
                  "equity %" PRId64 " margin %" PRId64 " variant %u", row.equity,
                  row.maintenance_margin, variant % 4);
    }
}

Test(row_view, gives_no_ratio_where_the_divisor_is_zero_or_less)
{
    const liq_book upright = book_with(false, true);
    const liq_book inverted = book_with(true, true);
    const liq_scan_view views[] = {liq_scan_view_of(&upright), liq_scan_view_of(&inverted)};
    const liq_scan_row poor = {.equity = 0, .maintenance_margin = 5, .notional = 9};
    const liq_scan_row debtor = {.equity = -1, .maintenance_margin = 5};
    const liq_scan_row idle = {.equity = 7};
    const liq_scan_row unvalued = {
        .status = LIQ_MARGIN_UNVALUED, .equity = 1, .maintenance_margin = 1};
    liq_int128 ratio;

    cr_expect_not(liq_scan_ratio(&ratio, &views[0], &poor));
    cr_expect_not(liq_scan_ratio(&ratio, &views[0], &debtor));
    cr_expect(liq_scan_ratio(&ratio, &views[0], &idle) && ratio == 0);
    cr_expect(liq_scan_ratio(&ratio, &views[1], &poor) && ratio == 0);
    cr_expect(liq_scan_ratio(&ratio, &views[1], &debtor) && ratio == -200000);
    cr_expect_not(liq_scan_ratio(&ratio, &views[1], &idle));
    cr_expect_not(liq_scan_ratio(&ratio, &views[0], &unvalued));
    cr_expect_not(liq_scan_leverage(&ratio, &poor));
    cr_expect_not(liq_scan_leverage(&ratio, &unvalued));
}

Test(row_view, rounds_leverage_up)
{
    liq_scan_row row = {.equity = 3, .notional = 10};
    liq_int128 leverage;

    cr_assert(liq_scan_leverage(&leverage, &row));
    cr_expect(leverage == 3333334);
    row = (liq_scan_row){.equity = 1, .notional = INT64_MAX};
    cr_assert(liq_scan_leverage(&leverage, &row));
    cr_expect(leverage == (liq_int128)INT64_MAX * 1000000);
}

Test(row_view, names_a_margin_account_by_instrument_and_side)
{
    char label[LIQ_MARGIN_LABEL_BYTES];

    cr_expect_str_eq(liq_scan_margin_label(label, &(liq_scan_row){.account = "a"}), "cross");
    cr_expect_str_eq(liq_scan_margin_label(label, &(liq_scan_row){.instrument = "BTCUSDT"}),
                     "BTCUSDT:long");
    cr_expect_str_eq(
        liq_scan_margin_label(label, &(liq_scan_row){.instrument = "X", .is_short = 1}), "X:short");
}

Test(levels, are_spelled_in_the_ratio_of_the_venue)
{
    static const struct {
        bool inverted;
        liq_book_level level;
        const char *text;
    } cases[] = {{false, {800000, 1000000, 1}, "MM / EQ >= 0.8"},
                 {false, {1000000, 1000000, 0}, "MM / EQ > 1"},
                 {false, {1500000, 1000000, 0}, "MM / EQ > 1.5"},
                 {false, {1000000, 600000, 0}, "EQ x 1 < MM x 0.6"},
                 {true, {1000000, 1050000, 1}, "EQ / MM <= 1.05"},
                 {true, {1000000, 666667, 0}, "EQ / MM < 0.666667"},
                 {true, {3000000, 2000000, 1}, "EQ x 3 <= MM x 2"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const liq_book book = book_with(cases[i].inverted, true);
        const liq_scan_view view = liq_scan_view_of(&book);
        char text[96];

        cr_expect_str_eq(liq_explain_level_text(text, sizeof text, &view, &cases[i].level),
                         cases[i].text, "%s", text);
    }
}
