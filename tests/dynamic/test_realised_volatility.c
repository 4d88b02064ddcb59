/*
 * Realised volatility: against the same in long doubles, and roots and powers by their definition.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

#include "dynamic/realised_volatility.h"
#include "policy/policy_dynamic.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

Test(fixed_point, takes_roots_that_enclose_the_true_one)
{
    uint64_t seed = 7;

    cr_assert_eq(liq_root_floor(0), 0);
    cr_assert_eq(liq_root_ceil(2), 2);
    cr_assert_eq(liq_root_floor(~(liq_uint128)0), UINT64_MAX);
    cr_assert_eq(liq_root_ceil(~(liq_uint128)0), UINT64_MAX);
    for (int i = 0; i < 2000; i++) {
        const liq_uint128 value = ((liq_uint128)next_random(&seed) << 90 ^
                                   (liq_uint128)next_random(&seed) << 45 ^ next_random(&seed)) >>
                                  next_random(&seed) % 120;
        const liq_uint128 floor = liq_root_floor(value);
        const liq_uint128 ceil = liq_root_ceil(value);

        cr_assert(floor * floor <= value && (floor + 1) * (floor + 1) > value);
        cr_assert(ceil * ceil >= value && ceil - floor == (floor * floor != value));
    }
}

Test(fixed_point, halves_in_every_half_life)
{
    liq_half_powers powers;
    uint64_t seed = 11;

    liq_half_powers_fill(&powers);
    cr_assert_eq(liq_half_power_floor(&powers, 3, 3), UINT64_MAX >> 1);
    cr_assert_eq(liq_half_power_floor(&powers, 64, 1), 0);
    for (int i = 0; i < 2000; i++) {
        const uint64_t life = 1 + next_random(&seed) % 10000000;
        const uint64_t passed = 1 + next_random(&seed) % (4 * life);
        const long double expected = ldexpl(exp2l(-(long double)passed / (long double)life), 64);
        const long double got = (long double)liq_half_power_floor(&powers, passed, life);

        cr_assert(fabsl(got - expected) <= 128.0L, "%Lf for %Lf", got, expected);
    }
}

Test(fixed_point, weighs_up)
{
    cr_assert_eq(liq_weighted_ceil(0, UINT64_MAX), 0);
    cr_assert_eq(liq_weighted_ceil(1, 1), 1);
    cr_assert_eq(liq_weighted_ceil((liq_uint128)1 << 100, (uint64_t)1 << 63), (liq_uint128)1 << 99);
}

typedef struct path_row {
    int64_t half_life_ms;
    int64_t sample_ms;
    int64_t gap_ms_max;
    uint32_t step_ppm; /* of a mark at most */
} path_row;

/* The same sums in long doubles, without the roundings. */
Test(realised_volatility, equals_a_reference_on_random_paths)
{
    static const path_row rows[] = {{3600000, 1, 1, 50},
                                    {3600000, 60000, 90000, 3000},
                                    {86400000, 1, 100, 20},
                                    {60000, 1000, 5000, 20000},
                                    {20, 1, 1000, 50000}};
    liq_half_powers powers;
    uint64_t seed = 3;

    liq_half_powers_fill(&powers);
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const path_row *row = &rows[r];
        liq_realised realised = {.variance = liq_variance_of_floor(800000)};
        long double variance = 0.64L / (long double)LIQ_YEAR_MS;
        long double last = 0.0L;
        int64_t digits = 4000000000;
        int64_t last_ms = 0;
        int64_t now_ms = 1000;
        long double got;

        for (int i = 0; i < 5000; i++) {
            const int64_t change =
                (int64_t)(next_random(&seed) % (2 * row->step_ppm + 1)) - (int64_t)row->step_ppm;
            const liq_decimal mark = {digits, 5};

            if (last == 0.0L || now_ms - last_ms >= row->sample_ms) {
                const long double passed = (long double)(now_ms - last_ms);
                const long double weight = exp2l(-passed / (long double)row->half_life_ms);
                const long double share = last == 0.0L ? 0.0L : (long double)digits / last - 1.0L;

                if (last != 0.0L)
                    variance = variance * weight + share * share / passed * (1.0L - weight);
                last = (long double)digits;
                last_ms = now_ms;
            }
            liq_realised_see(&realised, &powers, row->half_life_ms, row->sample_ms, now_ms, mark);
            digits += digits / 1000000 * change;
            now_ms += 1 + (int64_t)(next_random(&seed) % (uint64_t)row->gap_ms_max);
        }
        got = ldexpl((long double)realised.variance, -LIQ_VARIANCE_SHIFT) * 1e-18L;
        /* Returns are rounded up to 10^-9, of the smallest typical ones here a share of 10^-4. */
        cr_assert(got > variance * (1.0L - 1e-9L) && got < variance * (1.0L + 3e-4L),
                  "row %zu: %Le for %Le", r, got, variance);
    }
}

Test(realised_volatility, starts_at_its_reference_and_tells_it_back)
{
    static const uint32_t ppms[] = {1, 999, 50000, 800000, 1234567, 10000000};

    for (size_t i = 0; i < sizeof ppms / sizeof ppms[0]; i++) {
        const liq_uint128 reference = liq_variance_of_floor(ppms[i]);

        cr_assert_eq(liq_volatility_ratio_ppm_ceil(reference, reference), LIQ_FACTOR_ONE);
        cr_assert_eq(liq_volatility_ratio_ppm_ceil(4 * reference, reference), 2 * LIQ_FACTOR_ONE);
        cr_assert_eq(liq_volatility_ratio_ppm_ceil(400 * reference, reference),
                     20 * LIQ_FACTOR_ONE);
        cr_assert_eq(liq_volatility_ratio_ppm_ceil(reference * 100000, reference),
                     LIQ_FACTOR_PPM_MAX);
        cr_assert_eq(liq_volatility_ppm_ceil(reference), ppms[i]);
    }
}

Test(realised_volatility, takes_no_return_of_marks_that_are_absent_or_too_near)
{
    liq_half_powers powers;
    liq_realised realised = {.variance = 1000};

    liq_half_powers_fill(&powers);
    liq_realised_see(&realised, &powers, 1000, 100, 0, (liq_decimal){0, 0});
    cr_assert_eq(realised.mark.digits, 0);
    liq_realised_see(&realised, &powers, 1000, 100, 5, (liq_decimal){100, 0});
    liq_realised_see(&realised, &powers, 1000, 100, 104, (liq_decimal){200, 0});
    liq_realised_see(&realised, &powers, 1000, 100, 1, (liq_decimal){300, 0});
    cr_assert_eq(realised.variance, 1000);
    liq_realised_see(&realised, &powers, 1000, 100, 105, (liq_decimal){100, 0});
    cr_assert_lt(realised.variance, 1000);
    cr_assert_eq(realised.mark_ms, 105);
    /* Ten times the price counts as twice. */
    liq_realised_see(&realised, &powers, 1, 100, 205, (liq_decimal){1000, 0});
    cr_assert_eq(realised.variance,
                 ((liq_uint128)LIQ_RETURN_ONE * LIQ_RETURN_ONE << LIQ_VARIANCE_SHIFT) / 100);
}
