#include <criterion/criterion.h>

#include "base/int128.h"
#include "book/market.h"
#include "liq_tier.h"
#include "support_seeded.h"

enum { ROUNDS = 200000 };

static liq_uint128 bits_of(liq_wide value)
{
    return ((liq_uint128)value.high << 64) | value.low;
}

static liq_wide wide_of(liq_uint128 value)
{
    return liq_wide_make((liq_u64)(value >> 64), (liq_u64)value);
}

/* Numbers whose carries matter: near zero, near powers of two, and any. */
static liq_u64 draw(liq_random *random)
{
    const liq_u64 shift = liq_random_below(random, 64);
    const liq_u64 near = ((liq_u64)1 << shift) + (liq_u64)liq_random_between(random, -2, 2);

    switch (liq_random_below(random, 4)) {
    case 0:
        return near;
    case 1:
        return ~near;
    case 2:
        return liq_random_next(random) >> shift;
    default:
        return liq_random_next(random);
    }
}

static liq_wide draw_wide(liq_random *random)
{
    const liq_u64 high = draw(random);

    switch (liq_random_below(random, 4)) {
    case 0:
        return liq_wide_from((liq_i64)high);
    case 1:
        return liq_wide_make(0, draw(random));
    default:
        return liq_wide_make(high, draw(random));
    }
}

Test(wide, adds_and_multiplies_like_128_bit_integers)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < ROUNDS; i++) {
        const liq_wide a = draw_wide(&random);
        const liq_wide b = draw_wide(&random);
        const liq_u64 x = draw(&random);
        const liq_u64 y = draw(&random);

        cr_assert(bits_of(liq_wide_add(a, b)) == bits_of(a) + bits_of(b));
        cr_assert(bits_of(liq_wide_subtract(a, b)) == bits_of(a) - bits_of(b));
        cr_assert(bits_of(liq_wide_negate(a)) == -bits_of(a));
        cr_assert(bits_of(liq_wide_multiply_unsigned(x, y)) == (liq_uint128)x * y);
        cr_assert(bits_of(liq_wide_multiply((liq_i64)x, (liq_i64)y)) ==
                  (liq_uint128)((liq_int128)(liq_i64)x * (liq_i64)y));
        cr_assert(bits_of(liq_wide_scale(a, x)) == bits_of(a) * x);
        cr_assert(bits_of(liq_wide_scale_signed(a, x)) == bits_of(a) * x);
        cr_assert(bits_of(liq_wide_from((liq_i64)x)) == (liq_uint128)(liq_int128)(liq_i64)x);
    }
}

Test(wide, compares_like_128_bit_integers)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < ROUNDS; i++) {
        const liq_wide a = draw_wide(&random);
        const liq_wide b = liq_random_once_in(&random, 8) ? a : draw_wide(&random);
        const liq_int128 left = (liq_int128)bits_of(a);
        const liq_int128 right = (liq_int128)bits_of(b);

        cr_assert_eq(liq_wide_less(a, b), left < right);
        cr_assert_eq(liq_wide_negative(a), left < 0);
        if (right >= 0)
            cr_assert_eq(liq_wide_within(a, b), left <= right && left >= -right);
    }
}

/* One quotient, one below and one above it, against the division of the compiler. */
static void expect_quotient(liq_divisor by, liq_uint128 value)
{
    const liq_uint128 floor = value / by.divisor;
    const liq_uint128 ceil = floor + (value % by.divisor != 0);

    if (value >= (liq_uint128)by.divisor << 63)
        return;
    cr_assert(liq_wide_divide_floor(wide_of(value), by) == floor,
              "%llu x 2^64 + %llu over %llu, floor", (unsigned long long)(value >> 64),
              (unsigned long long)value, (unsigned long long)by.divisor);
    cr_assert(liq_wide_divide_ceil(wide_of(value), by) == ceil,
              "%llu x 2^64 + %llu over %llu, ceil", (unsigned long long)(value >> 64),
              (unsigned long long)value, (unsigned long long)by.divisor);
}

static void expect_quotients(liq_random *random, liq_u64 divisor, int rounds)
{
    const liq_divisor by = liq_divisor_make(divisor);
    const liq_uint128 bound = (liq_uint128)divisor << 63;

    for (liq_u64 i = 0; i < 4; i++) {
        expect_quotient(by, i);
        expect_quotient(by, bound - 1 - i);
        expect_quotient(by, (liq_uint128)divisor * i);
    }
    for (int i = 0; i < rounds; i++) {
        const liq_uint128 whole = (liq_uint128)divisor * (draw(random) >> 1);

        expect_quotient(by, bits_of(draw_wide(random)) % bound);
        expect_quotient(by, whole);
        expect_quotient(by, whole + 1);
        expect_quotient(by, whole + divisor - 1);
        if (whole > 0)
            expect_quotient(by, whole - 1);
    }
}

Test(wide, divides_by_every_power_of_ten)
{
    liq_random random = liq_random_make(liq_random_seed());
    liq_u64 power = 1;

    for (int i = 0; i < LIQ_POWERS; i++, power *= 10)
        expect_quotients(&random, power, 20000);
}

Test(wide, divides_by_any_divisor_below_2_to_the_62)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < 4000; i++) {
        const liq_u64 divisor = draw(&random) >> 2;

        expect_quotients(&random, divisor == 0 ? 1 : divisor, 50);
    }
}

Test(wide, rounds_millionths_up)
{
    liq_random random = liq_random_make(liq_random_seed());

    for (int i = 0; i < ROUNDS; i++) {
        const liq_u64 share = liq_random_below(&random, 1000000);
        /* Products of a value and a share stay below 2^128, as notionals do. */
        const liq_uint128 value = bits_of(draw_wide(&random)) >> 20;
        const liq_uint128 product = value * share;
        const liq_uint128 wanted = product / 1000000 + (product % 1000000 != 0);

        cr_assert(bits_of(liq_millionths_ceil(wide_of(value), share)) == wanted);
    }
}
