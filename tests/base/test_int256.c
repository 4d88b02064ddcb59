#include <criterion/criterion.h>
#include <gmp.h>

#include "base/int256.h"
#include "base/support_random.h"

enum { ROUNDS = 100000 };

/* Of every length, often with limbs of all ones or all zeros, where carries run. */
static liq_int256 draw(random_source *source, unsigned bits_max)
{
    liq_int256 out = {{0}};
    const unsigned bits = (unsigned)random_below(source, bits_max + 1);

    for (unsigned i = 0; i < LIQ_INT256_LIMBS; i++) {
        const uint64_t kind = random_below(source, 4);

        out.limbs[i] = kind == 0 ? 0 : kind == 1 ? UINT64_MAX : random_next(source);
        if (i * 64 + 64 > bits)
            out.limbs[i] &= bits <= i * 64 ? 0 : UINT64_MAX >> (i * 64 + 64 - bits);
    }
    return out;
}

/* The signed number of a value. */
static void number_set(mpz_t out, liq_int256 value)
{
    mpz_t wrap;

    mpz_import(out, LIQ_INT256_LIMBS, -1, sizeof(uint64_t), 0, 0, value.limbs);
    if (!liq_int256_negative(value))
        return;
    mpz_init_set_ui(wrap, 1);
    mpz_mul_2exp(wrap, wrap, 256);
    mpz_sub(out, out, wrap);
    mpz_clear(wrap);
}

/* Whether a value is a number modulo 2^256. */
static bool is_number(liq_int256 value, const mpz_t number)
{
    bool same;
    mpz_t own;

    mpz_init(own);
    number_set(own, value);
    mpz_sub(own, own, number);
    same = mpz_divisible_2exp_p(own, 256) != 0;
    mpz_clear(own);
    return same;
}

Test(int256, adds_multiplies_and_compares_like_gmp)
{
    random_source source = random_start();
    mpz_t a;
    mpz_t b;
    mpz_t c;

    mpz_inits(a, b, c, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        liq_int256 left = draw(&source, 256);
        liq_int256 right = random_below(&source, 8) == 0 ? left : draw(&source, 256);

        number_set(a, left);
        number_set(b, right);
        mpz_add(c, a, b);
        cr_assert(is_number(liq_int256_add(left, right), c));
        mpz_sub(c, a, b);
        cr_assert(is_number(liq_int256_subtract(left, right), c));
        mpz_mul(c, a, b);
        cr_assert(is_number(liq_int256_multiply(left, right), c));
        mpz_neg(c, a);
        cr_assert(is_number(liq_int256_negate(left), c));
        cr_assert_eq(liq_int256_compare(left, right), (mpz_cmp(a, b) > 0) - (mpz_cmp(a, b) < 0));
        cr_assert_eq(liq_int256_is_zero(left), mpz_sgn(a) == 0);
        if (!liq_int256_negative(left))
            cr_assert_eq(liq_int256_bits(left), mpz_sgn(a) == 0 ? 0 : mpz_sizeinbase(a, 2));
    }
    mpz_clears(a, b, c, NULL);
}

Test(int256, divides_like_gmp)
{
    random_source source = random_start();
    mpz_t a;
    mpz_t b;
    mpz_t c;

    mpz_inits(a, b, c, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_int256 divisor = liq_int256_add(
            draw(&source, 1 + (unsigned)random_below(&source, 190)), liq_int256_from(1));
        const liq_int256 wanted = draw(&source, 63);
        const liq_int256 product = liq_int256_multiply(wanted, divisor);
        liq_int256 value = product;
        liq_int256 rest;
        uint64_t quotient;

        if (random_below(&source, 3) > 0) /* up to the last value of the same quotient */
            value = liq_int256_subtract(liq_int256_add(product, divisor), liq_int256_from(1));
        quotient = liq_int256_divide(&rest, value, divisor);
        number_set(a, value);
        number_set(b, divisor);
        mpz_fdiv_qr(a, c, a, b);
        cr_assert_eq(quotient, mpz_get_ui(a));
        cr_assert_eq(quotient, wanted.limbs[0]);
        cr_assert(is_number(rest, c));
        cr_assert_eq(liq_int256_divide(NULL, value, divisor), quotient);
    }
    mpz_clears(a, b, c, NULL);
}

Test(int256, takes_128_bit_integers_of_both_signs)
{
    const liq_int128 least = -LIQ_INT128_MAX - 1;

    cr_expect(liq_int256_negative(liq_int256_from(-1)));
    cr_expect(liq_int256_negative(liq_int256_from(least)));
    cr_expect(!liq_int256_negative(liq_int256_from(LIQ_INT128_MAX)));
    cr_expect_eq(liq_int256_compare(liq_int256_from(-1), liq_int256_from(1)), -1);
    cr_expect_eq(liq_int256_compare(liq_int256_from(least), liq_int256_from(-1)), -1);
    cr_expect_eq(liq_int256_bits(liq_int256_from_unsigned(~(liq_uint128)0)), 128);
    cr_expect_eq(liq_int256_limb_at(liq_int256_from_unsigned((liq_uint128)5 << 62), 62), 5);
    cr_expect_eq(liq_int256_limb_at(liq_int256_from(-1), 200), UINT64_MAX >> 8);
}
