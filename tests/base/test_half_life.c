/*
 * What halves in equal times.
 */
#include <criterion/criterion.h>

#include "base/half_life.h"

Test(half_life, is_a_power_of_one_half)
{
    static const struct {
        int64_t elapsed;
        int64_t half_life;
        int64_t factor;
    } rows[] = {{0, 1, 1000000000},
                {0, INT64_MAX, 1000000000},
                {1000, 1000, 500000000},
                {2000, 1000, 250000000},
                {500, 1000, 707106781},
                {1500, 1000, 353553390},
                {250, 1000, 840896415},
                {1, INT64_MAX, 1000000000},
                {29000, 1000, 1},
                {30000, 1000, 0},
                {INT64_MAX, 1, 0},
                {60000, 300000, 870550563},
                {INT64_MAX / 2, INT64_MAX, 707106781}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const int64_t factor = liq_half_life_factor_floor(rows[i].elapsed, rows[i].half_life);

        /* 24 bits of a half life: the last 42 of 10^9 may be missing. */
        cr_expect(factor >= rows[i].factor - 42 && factor <= rows[i].factor + 42,
                  "row %zu is %lld, not %lld", i, (long long)factor, (long long)rows[i].factor);
    }
}

Test(half_life, never_grows_with_time)
{
    int64_t before = LIQ_HALF_LIFE_ONE;

    for (int64_t elapsed = 0; elapsed < 40000; elapsed += 7) {
        const int64_t factor = liq_half_life_factor_floor(elapsed, 1000);

        cr_assert_leq(factor, before, "after %lld", (long long)elapsed);
        before = factor;
    }
    cr_expect_eq(before, 0);
}
