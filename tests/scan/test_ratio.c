#include <criterion/criterion.h>

#include "liq_ratio.h"
#include "liq_ratio_lanes.h"
#include "support_rational.h"
#include "support_seeded.h"

enum { ROUNDS = 20000 };

static liq_rational two_to(int exponent)
{
    liq_rational out = liq_rational_integer(1);
    const liq_rational step = liq_rational_integer(INT64_C(1) << 32);
    int left = exponent < 0 ? -exponent : exponent;

    for (; left >= 32; left -= 32)
        out = liq_rational_multiply(out, step);
    out = liq_rational_multiply(out, liq_rational_integer(INT64_C(1) << left));
    return exponent < 0 ? liq_rational_divide(liq_rational_integer(1), out) : out;
}

static liq_rational rational_of(liq_ratio ratio)
{
    return liq_rational_multiply(liq_rational_wide((liq_int128)ratio.mantissa),
                                 two_to(ratio.exponent));
}

/* A mantissa with long runs of ones and zeros, where guesses of a division go wrong. */
static uint64_t odd_bits(liq_random *random)
{
    const uint64_t bits = liq_random_next(random);

    switch (liq_random_below(random, 5)) {
    case 0:
        return bits;
    case 1:
        return bits >> liq_random_below(random, 64);
    case 2:
        return ~(bits >> liq_random_below(random, 64));
    case 3:
        return bits << liq_random_below(random, 64);
    default:
        return (UINT64_C(1) << liq_random_below(random, 64)) +
               (uint64_t)liq_random_between(random, -2, 2);
    }
}

/* exact x (1 - 2^-bits) < got <= exact, and got is in normal form. */
static void expect_cut(liq_ratio got, liq_rational exact, int bits, const char *what)
{
    const liq_rational value = rational_of(got);
    const liq_rational lost = liq_rational_subtract(exact, value);

    if (liq_rational_sign(exact) == 0) {
        cr_assert_eq(got.mantissa, 0, "%s", what);
        return;
    }
    cr_assert(got.mantissa >> 63 == 1, "%s: %llx", what, (unsigned long long)got.mantissa);
    cr_assert(liq_rational_sign(lost) >= 0, "%s is above the exact one", what);
    cr_assert(liq_rational_compare(liq_rational_multiply(lost, two_to(bits)), exact) < 0,
              "%s loses 2^-%d or more", what, bits);
}

Test(ratio, loses_less_than_its_header_says)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < ROUNDS; i++) {
        const size_t mark = liq_rational_mark();
        const uint64_t bits[4] = {odd_bits(&random), odd_bits(&random), odd_bits(&random),
                                  odd_bits(&random)};
        const liq_wide wide = liq_wide_make(bits[0] >> 1, bits[1]);
        const liq_ratio left = liq_ratio_from_wide(wide);
        const liq_ratio right = liq_ratio_from(bits[2]);

        expect_cut(left, liq_rational_wide((liq_int128)((liq_uint128)wide.high << 64 | wide.low)),
                   63, "a conversion");
        cr_assert_eq(
            liq_rational_compare(rational_of(right), liq_rational_wide((liq_int128)bits[2])), 0);
        expect_cut(liq_ratio_multiply(left, right),
                   liq_rational_multiply(rational_of(left), rational_of(right)), 63, "a product");
        if (right.mantissa != 0)
            expect_cut(liq_ratio_divide(left, right),
                       liq_rational_divide(rational_of(left), rational_of(right)), 59,
                       "a quotient");
        cr_assert_eq(liq_ratio_less(left, right),
                     liq_rational_compare(rational_of(left), rational_of(right)) < 0);
        liq_rational_release(mark);
    }
}

/* Every pair of mantissas at the ends of their range and of their halves. */
Test(ratio, divides_at_the_ends_of_its_digits)
{
    static const uint64_t ends[] = {
        UINT64_C(0x8000000000000000), UINT64_C(0x8000000000000001), UINT64_C(0x80000000ffffffff),
        UINT64_C(0x8000000100000000), UINT64_C(0xfffffffeffffffff), UINT64_C(0xffffffff00000000),
        UINT64_C(0xffffffff00000001), UINT64_C(0xfffffffffffffffe), UINT64_C(0xffffffffffffffff)};
    const size_t count = sizeof ends / sizeof ends[0];

    for (size_t i = 0; i < count * count; i++) {
        const size_t mark = liq_rational_mark();
        const liq_ratio left = liq_ratio_make(ends[i / count], 7);
        const liq_ratio right = liq_ratio_make(ends[i % count], -9);

        expect_cut(liq_ratio_divide(left, right),
                   liq_rational_divide(rational_of(left), rational_of(right)), 59, "a quotient");
        liq_rational_release(mark);
    }
}

static uint64_t first_bit_set(uint64_t bits)
{
    return liq_ratio_from(bits | 1).mantissa;
}

/* Each lane of eight is what liq_ratio.h says of its words. */
static void expect_lanes(const uint64_t left[LIQ_LANES], const uint64_t right[LIQ_LANES])
{
    const liq_ratio_lanes product = liq_lanes_multiply(LIQ_U64X8_LOAD(left), LIQ_U64X8_LOAD(right));
    const liq_ratio_lanes quotient = liq_lanes_divide(LIQ_U64X8_LOAD(left), LIQ_U64X8_LOAD(right));

    for (uint32_t i = 0; i < LIQ_LANES; i++) {
        const liq_ratio a = liq_ratio_make(left[i], 0);
        const liq_ratio b = liq_ratio_make(right[i], 0);
        const liq_ratio times = liq_ratio_multiply(a, b);
        const liq_ratio over = liq_ratio_divide(a, b);

        cr_assert_eq(product.mantissa[i], times.mantissa, "%llx x %llx",
                     (unsigned long long)left[i], (unsigned long long)right[i]);
        cr_assert_eq(quotient.mantissa[i], over.mantissa, "%llx / %llx",
                     (unsigned long long)left[i], (unsigned long long)right[i]);
        if (left[i] == 0)
            continue;
        cr_assert_eq((int64_t)product.lowered[i], 64 - times.exponent);
        cr_assert_eq((int64_t)quotient.lowered[i], -63 - over.exponent);
    }
}

Test(ratio, is_the_same_in_lanes)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t words[LIQ_LANES];
        uint64_t left[LIQ_LANES];
        uint64_t right[LIQ_LANES];
        liq_ratio_lanes from;

        for (uint32_t k = 0; k < LIQ_LANES; k++) {
            words[k] = liq_random_below(&random, 50) == 0 ? 0 : odd_bits(&random);
            left[k] = words[k] == 0 ? 0 : first_bit_set(words[k]);
            right[k] = first_bit_set(odd_bits(&random));
        }
        from = liq_lanes_from(LIQ_U64X8_LOAD(words));
        for (uint32_t k = 0; k < LIQ_LANES; k++) {
            cr_assert_eq(from.mantissa[k], liq_ratio_from(words[k]).mantissa);
            cr_assert_eq((int64_t)from.lowered[k], -liq_ratio_from(words[k]).exponent);
        }
        expect_lanes(left, right);
    }
}

/* Divisors whose upper half is at the ends of its range, and those that a guess by floats is
   nearest to a whole number for. */
Test(ratio, divides_in_lanes_where_a_guess_may_be_off)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (uint64_t i = 0; i < ROUNDS; i++) {
        const uint64_t steps = UINT64_C(0x100000000) + i;
        const uint64_t whole = UINT64_MAX / steps; /* 2^64 / whole is nearly steps */
        uint64_t left[LIQ_LANES];
        uint64_t right[LIQ_LANES];

        for (uint32_t k = 0; k < LIQ_LANES; k++) {
            const uint64_t upper[] = {whole + k - 4, UINT64_C(0x80000000) + i,
                                      UINT64_C(0xffffffff) - i, UINT64_C(0xffffffff)};
            const uint64_t lower[] = {0, 1, UINT64_C(0xffffffff), liq_random_next(&random) >> 32};

            left[k] = first_bit_set(odd_bits(&random));
            right[k] = upper[(i + k) % 4] << 32 | lower[k % 4];
            right[k] |= UINT64_C(1) << 63;
        }
        expect_lanes(left, right);
    }
}
