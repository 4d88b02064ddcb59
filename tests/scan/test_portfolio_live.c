/*
 * Portfolio margin in live books: rows follow every mark that they depend on, not only those of
 * what they hold.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "scan/live_scan.h"
#include "scan/truth.h"
#include "support_portfolio.h"

enum { PERP, VOLATILITY, DAYS, OPTION, INSTRUMENTS };

typedef struct scene {
    liq_fixture fixture;
    liq_book *book;
    liq_live *live;
} scene;

static void start(scene *out, int exact)
{
    static const char *const symbols[INSTRUMENTS] = {"PERP", "VOL", "DAYS", "CALL"};
    static const char *const marks[INSTRUMENTS] = {"60000", "0.5", "30", "3427.21"};
    static const liq_instrument_kind kinds[INSTRUMENTS] = {
        LIQ_INSTRUMENT_LINEAR, LIQ_INSTRUMENT_INDEX, LIQ_INSTRUMENT_INDEX, LIQ_INSTRUMENT_OPTION};
    const liq_live_options options = {.exact_all = exact};
    liq_error err = {0};

    *out = (scene){0};
    liq_fixture_start(&out->fixture, 2);
    liq_fixture_asset(&out->fixture, "USD", 2, 10, NULL);
    liq_portfolio_give(&out->fixture.book.venue, "\"deribit-pm\"");
    for (uint32_t i = 0; i < INSTRUMENTS; i++) {
        liq_fixture_instrument(&out->fixture, (liq_fixture_contract){.symbol = symbols[i],
                                                                     .kind = kinds[i],
                                                                     .multiplier = "1",
                                                                     .lot = "1",
                                                                     .tick = "0.01",
                                                                     .mark = marks[i]});
        liq_fixture_tier(&out->fixture, "0", "0.01", "0.02");
        liq_portfolio_base(&out->fixture.book.venue, i, "BTC");
    }
    out->fixture.book.venue.option_count = 1;
    out->fixture.book.venue.instruments[OPTION].option =
        (liq_option_terms){.strike = liq_fixture_decimal("60000"),
                           .underlying_index = PERP,
                           .volatility_index = VOLATILITY,
                           .days_index = DAYS};
    for (int i = 0; i < 3; i++) {
        const char id[] = {(char)('a' + i), '\0'};
        const uint32_t account = liq_fixture_account(&out->fixture, id);

        out->fixture.book.accounts[account].mode =
            i < 2 ? LIQ_ACCOUNT_PORTFOLIO : LIQ_ACCOUNT_CROSS;
        liq_fixture_balance(&out->fixture, 0, "12000");
        if (i == 0)
            liq_fixture_position(&out->fixture, OPTION, "-1", "3427.21", NULL);
        else
            liq_fixture_position(&out->fixture, PERP, "1", "60000", NULL);
    }
    out->book = liq_fixture_finish(&out->fixture);
    cr_assert_eq(liq_live_create(&out->live, out->book, &options, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_live_tick(out->live, NULL, &err), LIQ_OK, "%s", err.message);
}

static void stop(scene *self)
{
    liq_live_destroy(self->live);
    liq_portfolio_take(&self->fixture.book.venue);
    liq_fixture_clear(&self->fixture);
}

/* What the live book says of all accounts is what a scan of its prices would. */
static void expect_truth(scene *self, const char *what)
{
    static const char *const accounts[] = {"a", "b", "c"};
    liq_market market = {0};
    liq_rows rows = {0};
    liq_error err = {0};

    cr_assert_eq(liq_market_create(&market, self->book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_rows_create(&rows, self->book, NULL, &err), LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < 3; i++) {
        const liq_row_record expected = liq_truth_row(&market, &rows, i);
        liq_row_record found;
        uint32_t row = 0;

        cr_assert(liq_live_book_find(&self->live->book, liq_text_of(accounts[i]), &row));
        found = liq_live_result(self->live, row);
        cr_expect_arr_eq(&found, &expected, sizeof found, "%s, account %s", what, accounts[i]);
    }
    liq_rows_clear(&rows);
    liq_market_clear(&market);
}

Test(portfolio_live, follows_every_mark_that_an_option_depends_on)
{
    static const struct {
        uint32_t instrument;
        const char *symbol;
        const char *price;
    } steps[] = {{VOLATILITY, "VOL", "0.9"}, {DAYS, "DAYS", "3"},        {PERP, "PERP", "66000"},
                 {OPTION, "CALL", "7000"},   {VOLATILITY, "VOL", "0.3"}, {PERP, "PERP", "40000"}};

    for (int exact = 0; exact < 2; exact++) {
        scene self;

        start(&self, exact);
        expect_truth(&self, "at the start");
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
            const liq_live_event event = {
                .kind = LIQ_LIVE_MARK, .symbol = steps[i].symbol, .price = steps[i].price};
            uint64_t before[2];
            liq_error err = {0};

            memcpy(before, self.live->book.hash, sizeof before);
            cr_assert_eq(liq_live_apply(self.live, &event, 1, &err), LIQ_OK, "%s", err.message);
            cr_assert_eq(liq_live_tick(self.live, NULL, &err), LIQ_OK, "%s", err.message);
            self.book->instrument_marks[steps[i].instrument] = liq_fixture_decimal(steps[i].price);
            expect_truth(&self, steps[i].symbol);
            cr_expect_neq(self.live->book.hash[0], before[0]); /* the state hash tells them apart */
        }
        stop(&self);
    }
}
