/*
 * Which fund pays for whom, and how much, in a venue small enough to follow by hand.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "liq_limits.h"
#include "scan/stress_funds.h"
#include "support_book.h"

enum { FUNDS = 3, NONE = FUNDS, MIXED = FUNDS + 1 };

typedef struct scene {
    liq_fixture fixture;
    liq_fund funds[FUNDS];
    liq_rows rows;
    liq_stress_funds paying;
} scene;

/* Two contracts settled in USD and one in COIN; funds of these assets under these names. */
static void start(scene *self, const char *const names[FUNDS], const uint32_t assets[FUNDS],
                  uint32_t named)
{
    static const char *const symbols[] = {"A", "B", "C"};

    *self = (scene){0};
    liq_fixture_start(&self->fixture, 2);
    liq_fixture_asset(&self->fixture, "USD", 2, 6, NULL);
    liq_fixture_asset(&self->fixture, "COIN", 2, 6, "50");
    for (uint32_t i = 0; i < 3; i++) {
        liq_fixture_instrument(&self->fixture, (liq_fixture_contract){.symbol = symbols[i],
                                                                      .settle = i == 2,
                                                                      .multiplier = "1",
                                                                      .lot = "1",
                                                                      .tick = "1",
                                                                      .mark = "100"});
        liq_fixture_tier(&self->fixture, "0", "0.01", "0.02");
    }
    self->fixture.book.venue.instruments[0].fund_index = named;
    for (uint32_t i = 0; i < FUNDS; i++) {
        uint32_t index;

        cr_assert_eq(
            liq_names_add(self->fixture.book.venue.fund_names, liq_text_of(names[i]), &index, NULL),
            LIQ_OK);
        self->funds[i] = (liq_fund){.asset_index = assets[i]};
    }
    self->fixture.book.venue.funds = self->funds;
    self->fixture.book.venue.fund_count = FUNDS;
}

static void make(scene *self)
{
    const liq_book *book = liq_fixture_finish(&self->fixture);

    cr_assert_eq(liq_rows_create(&self->rows, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_stress_funds_create(&self->paying, book, &self->rows, NULL), LIQ_OK);
}

static void stop(scene *self)
{
    liq_stress_funds_clear(&self->paying);
    liq_rows_clear(&self->rows);
    self->fixture.book.venue.funds = NULL;
    self->fixture.book.venue.fund_count = 0;
    liq_fixture_clear(&self->fixture);
}

Test(stress_funds, pay_for_what_names_them_or_settles_in_their_asset)
{
    static const struct {
        const char *names[FUNDS];
        uint32_t assets[FUNDS];
        uint32_t named;   /* by A */
        uint32_t pays[3]; /* for A, B, C */
        uint32_t rows[3]; /* nobody's position, one in A, one in B and one in C */
    } cases[] = {
        {{"x", "y", "z"}, {0, 1, 1}, UINT32_MAX, {0, 0, NONE}, {0, 0, MIXED}},
        {{"x", "y", "COIN"}, {0, 1, 1}, UINT32_MAX, {0, 0, 2}, {0, 0, MIXED}},
        {{"x", "COIN", "z"}, {0, 1, 1}, 2, {2, 0, 1}, {0, 2, MIXED}},
        /* A name stands for nothing where the asset is another one. */
        {{"COIN", "USD", "z"}, {0, 1, 1}, 0, {0, 0, NONE}, {0, 0, MIXED}},
        {{"x", "y", "z"}, {0, 0, 1}, 1, {1, NONE, 2}, {NONE, 1, MIXED}},
        {{"x", "USD", "z"}, {0, 0, 0}, FUNDS, {1, 1, NONE}, {1, 1, MIXED}},
        {{"x", "y", "z"}, {0, 0, 0}, 2, {2, NONE, NONE}, {NONE, 2, NONE}},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene self;

        start(&self, cases[i].names, cases[i].assets, cases[i].named);
        liq_fixture_account(&self.fixture, "a");
        liq_fixture_balance(&self.fixture, 0, "1");
        liq_fixture_account(&self.fixture, "b");
        liq_fixture_balance(&self.fixture, 0, "1");
        liq_fixture_position(&self.fixture, 0, "1", "100", NULL);
        liq_fixture_account(&self.fixture, "c");
        liq_fixture_balance(&self.fixture, 0, "1");
        liq_fixture_position(&self.fixture, 1, "1", "100", NULL);
        liq_fixture_position(&self.fixture, 2, "1", "100", NULL);
        make(&self);
        for (uint32_t k = 0; k < 3; k++) {
            const uint32_t row = cases[i].rows[k];

            cr_expect_eq(self.paying.instrument_funds[k], cases[i].pays[k], "case %zu, %u", i, k);
            cr_expect_eq(self.paying.row_funds[k], row == MIXED ? LIQ_STRESS_FUND_MIXED : row,
                         "case %zu, row %u: %u", i, k, self.paying.row_funds[k]);
        }
        stop(&self);
    }
}

Test(stress_funds, pay_what_is_above_their_floor_where_they_may)
{
    static const struct {
        int64_t balance;
        int64_t floor;
        int64_t rate; /* in millionths */
        liq_adl_trigger trigger;
        uint32_t fund;
        int64_t available;
    } cases[] = {
        {1000, 0, 1000000, LIQ_ADL_ON_FLOOR, 1, 1000},
        {1000, 400, 1000000, LIQ_ADL_ON_FLOOR, 1, 600},
        {1000, 999, 1000000, LIQ_ADL_ON_FLOOR, 1, 1},
        {1000, 1000, 1000000, LIQ_ADL_ON_FLOOR, 1, 0},
        {400, 1000, 1000000, LIQ_ADL_ON_FLOOR, 1, 0},
        {-5, 0, 1000000, LIQ_ADL_ON_FLOOR, 1, 0},
        {1000, -400, 1000000, LIQ_ADL_ON_FLOOR, 1, 1400},
        {1001, 0, 50500000, LIQ_ADL_ON_FLOOR, 1, 50550}, /* 50,550.5 */
        {1000, 0, 1000000, LIQ_ADL_ON_NEGATIVE_EQUITY, 1, 0},
        {1000, 0, 1000000, LIQ_ADL_ON_FUND_DRAWDOWN, 1, 1000},
        {1000, 0, 1000000, LIQ_ADL_ON_FLOOR, NONE, 0},
        {1000, 0, 1000000, LIQ_ADL_ON_FLOOR, LIQ_STRESS_FUND_MIXED, 0},
    };
    static const char *const names[FUNDS] = {"x", "y", "z"};
    static const uint32_t assets[FUNDS] = {0, 1, 1};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_int128 found;
        scene self;

        start(&self, names, assets, UINT32_MAX);
        self.funds[1].balance = cases[i].balance;
        self.funds[1].floor = cases[i].floor;
        self.fixture.book.venue.policy.liquidation.adl_trigger = cases[i].trigger;
        make(&self);
        found = liq_stress_fund_available(&self.paying, cases[i].fund,
                                          cases[i].rate * (LIQ_EXCHANGE_RATE_ONE / 1000000));
        cr_expect(found == cases[i].available, "case %zu: %lld", i, (long long)found);
        stop(&self);
    }
}
