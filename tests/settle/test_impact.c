/*
 * Marks that fills displace.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/int128.h"
#include "settle/impact.h"

enum { PERCENT = 10000000, HALF = 500000000 };

static liq_impact made(int64_t share, int64_t half_life_ms)
{
    const liq_impact_rule rule = {.share = share, .half_life_ms = half_life_ms};
    liq_impact impact = {0};

    cr_assert_eq(liq_impact_create(&impact, 2, rule, NULL), LIQ_OK);
    return impact;
}

Test(impact, follows_the_deepest_fill_of_each_side_by_a_share)
{
    static const struct {
        int64_t share;
        int64_t values[3];
        int64_t mark;
        int64_t shift;
    } rows[] = {{HALF, {99, 96, 98}, 100, -2 * PERCENT}, /* half of 4% */
                {HALF, {101, 104, 0}, 100, 2 * PERCENT}, /* bought */
                {HALF, {96, 104, 0}, 100, 0},            /* both sides */
                {1000000000, {90, 0, 0}, 100, -10 * PERCENT},
                {0, {50, 0, 0}, 100, 0},     /* no impact */
                {HALF, {100, 0, 0}, 100, 0}, /* at the mark */
                {1000000000, {1, 0, 0}, 100, LIQ_IMPACT_LEAST},
                {1000000000, {INT64_MAX, 0, 0}, 1, LIQ_IMPACT_MOST},
                {HALF, {-125, 0, 0}, -100, -10 * PERCENT}, /* inverse: 1 / 1.25 is a price of 80 */
                {HALF, {-80, 0, 0}, -100, 125 * PERCENT / 10}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_impact impact = made(rows[i].share, 60000);

        for (int j = 0; j < 3 && rows[i].values[j] != 0; j++)
            liq_impact_fill(&impact, 1, rows[i].values[j], rows[i].mark);
        cr_expect_eq(liq_impact_shift(&impact, 1, 5000), 0, "row %zu before the fold", i);
        liq_impact_fold(&impact, 5000);
        cr_expect_eq(liq_impact_shift(&impact, 1, 5000), rows[i].shift, "row %zu: %lld", i,
                     (long long)liq_impact_shift(&impact, 1, 5000));
        cr_expect_eq(liq_impact_shift(&impact, 0, 5000), 0, "row %zu", i);
        liq_impact_clear(&impact);
    }
}

Test(impact, goes_back_with_its_half_life_and_adds_up)
{
    liq_impact impact = made(HALF, 60000);

    liq_impact_fill(&impact, 0, 80, 100); /* -10% */
    liq_impact_fold(&impact, 0);
    cr_expect_eq(liq_impact_shift(&impact, 0, 60000), -5 * PERCENT);
    cr_expect_eq(liq_impact_shift(&impact, 0, 120000), -25 * PERCENT / 10);
    cr_expect_eq(liq_impact_shift(&impact, 0, 60000 * 40), 0);
    liq_impact_fill(&impact, 0, 80, 100);
    liq_impact_fold(&impact, 60000); /* .95 x .9 */
    cr_expect_eq(liq_impact_shift(&impact, 0, 60000), -145 * PERCENT / 10);
    liq_impact_fold(&impact, 120000); /* a tick without fills: it only goes back */
    cr_expect_eq(liq_impact_shift(&impact, 0, 120000), -72500000);
    cr_expect_eq(impact.listed_count, 1);
    liq_impact_clear(&impact);
}

Test(impact, displaces_prices_of_every_size)
{
    static const struct {
        const char *price;
        int64_t shift;
        const char *displaced; /* NULL: none */
    } rows[] = {{"100", -2 * PERCENT, "98"},
                {"100.5", 0, "100.5"},
                {"0.00000001", -2 * PERCENT, "0.0000000098"},
                {"43210.12", 1, "43210.120043"},
                {"999999999999999999", 1, NULL},
                {"999999999999999999", -1, "999999998999999999"},
                {"99999999999999999.9", PERCENT, "101000000000000000"},
                {"0.000000000000000000000000000001", LIQ_IMPACT_LEAST, NULL},
                {"1", LIQ_IMPACT_LEAST, "0.1"},
                {"1", LIQ_IMPACT_MOST, "10"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[LIQ_DECIMAL_BYTES];
        liq_decimal price;
        liq_decimal out;
        bool is_price;

        cr_assert_eq(liq_decimal_parse(&price, liq_text_of(rows[i].price), NULL), LIQ_OK);
        is_price = liq_impact_price(&out, price, rows[i].shift);
        cr_expect_eq(is_price, rows[i].displaced != NULL, "row %zu", i);
        if (is_price && rows[i].displaced != NULL)
            cr_expect_str_eq(liq_decimal_format(text, out.digits, out.decimals), rows[i].displaced,
                             "row %zu: %s", i, text);
    }
}

/* The least that is kept, and what is no price. */
Test(impact, keeps_a_displacement_of_a_billionth)
{
    liq_impact impact = {0};
    liq_decimal price;

    cr_assert_eq(liq_impact_create(&impact, 1,
                                   (liq_impact_rule){.share = 1000000000, .half_life_ms = 1000},
                                   NULL),
                 LIQ_OK);
    liq_impact_fill(&impact, 0, 1000000001, 1000000000);
    liq_impact_fold(&impact, 5);
    cr_expect_eq(liq_impact_shift(&impact, 0, 5), 1);
    cr_expect_eq(liq_impact_shift(&impact, 0, 1005), 0);
    cr_expect_not(liq_impact_price(&price, (liq_decimal){0}, 0));
    liq_impact_clear(&impact);
}
