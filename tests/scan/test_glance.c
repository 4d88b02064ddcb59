#include "scan/glance.h"

#include <criterion/criterion.h>

#include "book/market.h"
#include "scan/screen.h"
#include "scan/truth.h"
#include "support_book.h"

/* One account that is short of 99 at 100, in the first of three tiers: 0.5%, 1% past 10,000 and 50%
 * past 20,000. */
static const liq_book *short_make(liq_fixture *fixture, const char *balance)
{
    liq_fixture_start_xusd(fixture, "1", "100", LIQ_TIER_DEDUCTION);
    liq_fixture_tier(fixture, "0", "0.005", "0.01");
    liq_fixture_tier(fixture, "10000", "0.01", "0.02");
    liq_fixture_tier(fixture, "20000", "0.5", "0.6");
    (void)liq_fixture_account(fixture, "a");
    liq_fixture_balance(fixture, 0, balance);
    liq_fixture_position(fixture, 0, "-99", "100", NULL);
    return liq_fixture_finish(fixture);
}

/* What a pass says of it when it was packed at 100 and the mark is five times as high. */
static uint32_t code_at_500(const liq_book *book, uint32_t *status)
{
    liq_market market = {0};
    liq_rows rows = {0};
    liq_screen *screen = NULL;
    liq_screen_codes last;
    uint32_t code;

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(rows.row_count, 1);
    cr_assert_eq(liq_screen_create(&screen, NULL, &market, &book->venue, 1,
                                   liq_screen_slots_length((uint32_t)rows.entry_first[1]), NULL),
                 LIQ_OK);
    liq_screen_put(screen, 0, &market, &rows, 0);
    liq_market_set_value(&market, &book->venue, 0, market.instruments[0].value_floor * 5);
    (void)liq_screen_move(screen, &market);
    cr_assert_eq(liq_screen_run(screen, NULL, NULL), LIQ_OK);
    last = liq_screen_last(screen);
    code = last.codes[liq_screen_slot(screen, 0)];
    *status = liq_truth_row(&market, &rows, 0).status;
    liq_screen_destroy(screen);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    return code;
}

/* A row keeps the tier that it was packed in; what is required of it may be that of a tier two up.
   At 500 its notional is 49,500 and its maintenance margin 50 + 100 + 50% of 29,500 = 14,900. */
Test(glance, knows_that_a_size_may_have_risen_by_two_tiers)
{
    static const struct {
        const char *balance;
        uint32_t status;
    } rows[] = {
        {"49600", LIQ_ROW_LIQUIDATE}, /* 10,000 of equity: twenty times what the second tier asks */
        {"54499", LIQ_ROW_LIQUIDATE}, {"54501", LIQ_ROW_WARNING},
        {"58224", LIQ_ROW_WARNING},   {"90000", LIQ_ROW_OK},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        liq_fixture fixture;
        uint32_t status;
        const uint32_t code = code_at_500(short_make(&fixture, rows[i].balance), &status);

        cr_assert_eq(status, rows[i].status, "row %zu is %u", i, status);
        if (code != LIQ_SCREEN_CODE_DOUBT)
            cr_expect_eq(code & LIQ_SCREEN_CODE_STATUS, status, "row %zu: %u was proven", i,
                         code & LIQ_SCREEN_CODE_STATUS);
        if (status == LIQ_ROW_OK)
            cr_expect_neq(code, LIQ_SCREEN_CODE_DOUBT);
        liq_fixture_clear(&fixture);
    }
}
