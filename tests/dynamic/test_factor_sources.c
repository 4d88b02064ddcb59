/*
 * What each source asks for: worked examples and the ends of their ranges.
 */
#include <criterion/criterion.h>

#include "dynamic/factor_sources.h"
#include "policy/policy_dynamic.h"

typedef struct interest_row {
    uint32_t base_ppm;
    int64_t interest;
    int64_t lower;
    int64_t upper;
    uint32_t factor_ppm;
} interest_row;

/* The second is the example of dYdX: a base of 20% is 60% half way between the caps. */
Test(factor_sources, scales_initial_margin_by_open_interest)
{
    static const interest_row rows[] = {{200000, 1000000, 1000000, 2000000, 1000000},
                                        {200000, 1500000, 1000000, 2000000, 3000000},
                                        {200000, 2000000, 1000000, 2000000, 5000000},
                                        {200000, 9000000, 1000000, 2000000, 5000000},
                                        {200000, 0, 1000000, 2000000, 1000000},
                                        {50000, 1250000, 1000000, 2000000, 5750000},
                                        {8000, 2000000, 0, 2000000, 100000000},
                                        {10000, 2000000, 0, 2000000, 100000000},
                                        {300000, 1, 0, 3, 1777778},
                                        {1000000, 5, 1, 2, 1000000},
                                        {1500000, 5, 1, 2, 1000000}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(liq_interest_factor_ceil(rows[i].base_ppm, rows[i].interest, rows[i].lower,
                                              rows[i].upper),
                     rows[i].factor_ppm, "row %zu: %u", i,
                     liq_interest_factor_ceil(rows[i].base_ppm, rows[i].interest, rows[i].lower,
                                              rows[i].upper));
}

Test(factor_sources, scales_what_hardly_fits_in_128_bits)
{
    const liq_int128 unit = (liq_int128)1 << 104;

    cr_assert_eq(liq_interest_factor_ceil(200000, 1500000 * unit, 1000000 * unit, 2000000 * unit),
                 3000000);
    cr_assert_eq(liq_share_between_ceil(1250000 * unit, 1000000 * unit, 2000000 * unit), 250000);
    cr_assert_eq(liq_share_between_ceil(unit, unit, 2 * unit), 0);
    cr_assert_eq(liq_share_between_ceil(5 * unit, unit, 2 * unit), 1000000);
    cr_assert_eq(liq_concentration_ceil(3 * unit, 2 * unit), 1500000);
    /* A unit more than half of the way, which 60 bits do not hold, is rounded up. */
    cr_assert_eq(liq_share_between_ceil((unit << 10) + 1, 0, unit << 11), 500001);
    cr_assert_eq(liq_concentration_ceil(200, 100), 2000000);
}

Test(factor_sources, never_asks_for_less_as_more_is_open)
{
    uint32_t before = LIQ_FACTOR_ONE;

    for (int64_t i = 0; i < 3000; i++) {
        const uint32_t factor = liq_interest_factor_ceil(70000, i, 333, 2777);

        cr_assert_geq(factor, before);
        before = factor;
    }
    cr_assert_eq(before, 14285715);
}

Test(factor_sources, measures_what_is_open_against_the_depth)
{
    cr_assert_eq(liq_concentration_ceil(0, 0), 0);
    cr_assert_eq(liq_concentration_ceil(1, 0), 1000000000);
    cr_assert_eq(liq_concentration_ceil(1, 3), 333334);
    cr_assert_eq(liq_concentration_ceil(5000, 1), 1000000000);
}

typedef struct ramp_row {
    uint32_t ratio_ppm;
    uint32_t factor_ppm;
} ramp_row;

Test(factor_sources, rises_on_a_line_between_two_ratios)
{
    static const ramp_row rows[] = {{0, 1000000},       {1000000, 1000000}, {1000001, 1000001},
                                    {3000000, 1500000}, {5000000, 2000000}, {900000000, 2000000}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_assert_eq(liq_ramp_factor_ceil(rows[i].ratio_ppm, 1000000, 5000000, 2000000),
                     rows[i].factor_ppm, "row %zu", i);
}
