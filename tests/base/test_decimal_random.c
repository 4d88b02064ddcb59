/*
 * Decimals against GMP's rationals, which know no limit, on random values.
 */
#include <criterion/criterion.h>

#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "base/support_random.h"

enum { ROUNDS = 100000 };

static const liq_rounding roundings[] = {LIQ_ROUND_FLOOR, LIQ_ROUND_CEIL, LIQ_ROUND_NEAREST};

/* out = 10^exponent, for either sign of the exponent. */
static void power_of_ten(mpq_t out, int32_t exponent)
{
    mpz_ui_pow_ui(mpq_numref(out), 10, (unsigned long)abs(exponent));
    mpz_set_ui(mpq_denref(out), 1);
    if (exponent < 0)
        mpq_inv(out, out);
}

/* out = digits x 10^-decimals. */
static void exact_of(mpq_t out, int64_t digits, int32_t decimals)
{
    mpq_t power;

    mpq_init(power);
    power_of_ten(power, -decimals);
    mpq_set_si(out, digits, 1);
    mpq_mul(out, out, power);
    mpq_clear(power);
}

/* out = value x 10^decimals, rounded to an integer. */
static void units_of(mpz_t out, const mpq_t value, int32_t decimals, liq_rounding rounding)
{
    mpq_t scaled;
    mpq_t half;

    mpq_init(scaled);
    mpq_init(half);
    power_of_ten(scaled, decimals);
    mpq_mul(scaled, scaled, value);
    mpq_set_ui(half, 1, 2);
    if (rounding == LIQ_ROUND_FLOOR) {
        mpz_fdiv_q(out, mpq_numref(scaled), mpq_denref(scaled));
    } else if (rounding == LIQ_ROUND_CEIL) {
        mpz_cdiv_q(out, mpq_numref(scaled), mpq_denref(scaled));
    } else if (mpq_sgn(scaled) < 0) {
        mpq_sub(scaled, scaled, half);
        mpz_cdiv_q(out, mpq_numref(scaled), mpq_denref(scaled));
    } else {
        mpq_add(scaled, scaled, half);
        mpz_fdiv_q(out, mpq_numref(scaled), mpq_denref(scaled));
    }
    mpq_clear(scaled);
    mpq_clear(half);
}

static void integer_of(mpz_t out, liq_int128 value)
{
    const liq_uint128 size = value < 0 ? -(liq_uint128)value : (liq_uint128)value;

    mpz_set_ui(out, (unsigned long)(size >> 64));
    mpz_mul_2exp(out, out, 64);
    mpz_add_ui(out, out, (unsigned long)size);
    if (value < 0)
        mpz_neg(out, out);
}

/* Whether value needs no more than this many bits besides its sign; the least one is left out. */
static bool fits(const mpz_t value, unsigned bits)
{
    return mpz_sizeinbase(value, 2) <= bits;
}

static liq_decimal decimal_draw(random_source *source)
{
    const int64_t size = (int64_t)(random_magnitude(source) % 1000000000000000000u);
    liq_decimal value = {random_below(source, 2) == 0 ? size : -size,
                         (int32_t)random_below(source, LIQ_DECIMAL_DECIMALS_MAX + 1)};

    if (random_below(source, 8) == 0) /* often at a power of ten, where digits carry */
        value.digits = value.digits % 3 + (random_below(source, 2) == 0 ? 999999999999999997 : 0);
    while (value.decimals > 0 && value.digits % 10 == 0) {
        value.digits /= 10;
        value.decimals--;
    }
    return value;
}

/* Write a number of up to 22 + 35 digits, many of them zero. */
static void text_draw(random_source *source, char *out)
{
    const uint64_t whole = 1 + random_below(source, 22);
    const uint64_t fraction = random_below(source, 36);
    const uint64_t zeros = random_below(source, 4);

    if (random_below(source, 2) == 0)
        *out++ = '-';
    for (uint64_t i = 0; i < whole + fraction; i++) {
        const bool zero = random_below(source, 4) < zeros;

        if (i == whole)
            *out++ = '.';
        *out++ = zero ? '0' : (char)('0' + (int)random_below(source, 10));
        if (i == 0 && whole > 1 && out[-1] == '0')
            out[-1] = '7'; /* no leading zero */
    }
    *out = '\0';
}

/* The normal form of a text, by GMP. */
static int32_t text_digits(mpz_t digits, const char *text)
{
    char bare[80];
    int32_t decimals = 0;
    size_t used = 0;

    for (const char *at = text; *at != '\0'; at++) {
        if (*at != '.')
            bare[used++] = *at;
        else
            decimals = (int32_t)strlen(at + 1);
    }
    bare[used] = '\0';
    cr_assert(mpz_set_str(digits, bare, 10) == 0);
    while (decimals > 0 && mpz_divisible_ui_p(digits, 10) != 0) {
        mpz_divexact_ui(digits, digits, 10);
        decimals--;
    }
    return decimals;
}

Test(decimal_random, reads_what_is_spelled_or_says_that_it_does_not_fit)
{
    random_source source = random_start();
    mpz_t digits;
    mpz_t limit;

    mpz_inits(digits, limit, NULL);
    mpz_ui_pow_ui(limit, 10, 18);
    for (int i = 0; i < ROUNDS; i++) {
        char text[80];
        liq_decimal value = {0, 0};
        liq_status status;
        int32_t decimals;

        text_draw(&source, text);
        decimals = text_digits(digits, text);
        status = liq_decimal_parse(&value, liq_text_of(text), NULL);
        if (mpz_cmpabs(digits, limit) >= 0 || decimals > LIQ_DECIMAL_DECIMALS_MAX)
            cr_assert(status == LIQ_OUT_OF_RANGE, "%s", text);
        else
            cr_assert(status == LIQ_OK && mpz_cmp_si(digits, value.digits) == 0 &&
                          value.decimals == decimals,
                      "%s", text);
    }
    mpz_clears(digits, limit, NULL);
}

Test(decimal_random, reads_counts_of_a_unit_exactly_or_not_at_all)
{
    random_source source = random_start();
    mpz_t digits;
    mpz_t power;

    mpz_inits(digits, power, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const int32_t unit = (int32_t)random_below(&source, 19);
        char text[80];
        int64_t units = 0;
        liq_status status;
        int32_t decimals;

        text_draw(&source, text);
        decimals = text_digits(digits, text);
        status = liq_decimal_parse_units(&units, liq_text_of(text), unit, NULL);
        if (decimals <= unit) {
            mpz_ui_pow_ui(power, 10, (unsigned long)(unit - decimals));
            mpz_mul(digits, digits, power);
        }
        if (decimals > unit || !fits(digits, 63))
            cr_assert(status == LIQ_OUT_OF_RANGE, "%s in 10^-%d", text, unit);
        else
            cr_assert(status == LIQ_OK && mpz_cmp_si(digits, units) == 0, "%s in 10^-%d", text,
                      unit);
    }
    mpz_clears(digits, power, NULL);
}

Test(decimal_random, reads_back_what_it_formats)
{
    random_source source = random_start();

    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal value = decimal_draw(&source);
        liq_decimal again = {0, 0};
        char text[LIQ_DECIMAL_BYTES];

        (void)liq_decimal_format(text, value.digits, value.decimals);
        cr_assert(liq_decimal_parse(&again, liq_text_of(text), NULL) == LIQ_OK, "%s", text);
        cr_assert(again.digits == value.digits && again.decimals == value.decimals, "%s", text);
    }
}

Test(decimal_random, scales_and_rounds_like_gmp)
{
    random_source source = random_start();
    mpq_t exact;
    mpz_t expected;
    mpz_t found;

    mpq_init(exact);
    mpz_inits(expected, found, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal value = decimal_draw(&source);
        const int32_t decimals = (int32_t)random_below(&source, 61);
        const liq_rounding rounding = roundings[i % 3];
        liq_int128 units = 0;
        bool scaled;

        exact_of(exact, value.digits, value.decimals);
        units_of(expected, exact, decimals, rounding);
        scaled = liq_decimal_scale(&units, value, decimals, rounding);
        integer_of(found, units);
        cr_assert(scaled == fits(expected, 127), "%lld e-%d in 10^-%d", (long long)value.digits,
                  value.decimals, decimals);
        cr_assert(!scaled || mpz_cmp(found, expected) == 0, "%lld e-%d in 10^-%d",
                  (long long)value.digits, value.decimals, decimals);
    }
    mpq_clear(exact);
    mpz_clears(expected, found, NULL);
}

Test(decimal_random, gives_exact_counts_only)
{
    random_source source = random_start();
    mpq_t exact;
    mpz_t low;
    mpz_t high;

    mpq_init(exact);
    mpz_inits(low, high, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal value = decimal_draw(&source);
        const int32_t decimals = (int32_t)random_below(&source, 40);
        int64_t units = 0;
        bool is_exact;

        exact_of(exact, value.digits, value.decimals);
        units_of(low, exact, decimals, LIQ_ROUND_FLOOR);
        units_of(high, exact, decimals, LIQ_ROUND_CEIL);
        is_exact = liq_decimal_exact(&units, value, decimals);
        cr_assert(is_exact == (mpz_cmp(low, high) == 0 && fits(low, 63)), "%lld e-%d in 10^-%d",
                  (long long)value.digits, value.decimals, decimals);
        cr_assert(!is_exact || mpz_cmp_si(low, units) == 0);
    }
    mpq_clear(exact);
    mpz_clears(low, high, NULL);
}

Test(decimal_random, divides_and_rounds_like_gmp)
{
    random_source source = random_start();
    mpq_t left_exact;
    mpq_t right_exact;
    mpz_t expected;

    mpq_inits(left_exact, right_exact, NULL);
    mpz_init(expected);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal left = decimal_draw(&source);
        liq_decimal right = decimal_draw(&source);
        const int32_t decimals = (int32_t)random_below(&source, 31);
        const liq_rounding rounding = roundings[i % 3];
        int64_t units = 0;
        bool divided;

        if (right.digits == 0)
            right = (liq_decimal){1, 0};
        exact_of(left_exact, left.digits, left.decimals);
        exact_of(right_exact, right.digits, right.decimals);
        mpq_div(left_exact, left_exact, right_exact);
        units_of(expected, left_exact, decimals, rounding);
        divided = liq_decimal_divide(&units, left, right, decimals, rounding);
        cr_assert(divided == fits(expected, 63) && (!divided || mpz_cmp_si(expected, units) == 0),
                  "%lld e-%d / %lld e-%d in 10^-%d: %lld", (long long)left.digits, left.decimals,
                  (long long)right.digits, right.decimals, decimals, (long long)units);
    }
    mpq_clears(left_exact, right_exact, NULL);
    mpz_clear(expected);
}

Test(decimal_random, multiplies_exactly_or_not_at_all)
{
    random_source source = random_start();
    mpq_t product;
    mpq_t right_exact;
    int fitting = 0;

    mpq_inits(product, right_exact, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal left = decimal_draw(&source);
        const liq_decimal right = decimal_draw(&source);
        const int32_t decimals = left.decimals + right.decimals;
        char text[LIQ_DECIMAL_BYTES];
        liq_decimal found = {0, 0};
        liq_decimal expected = {0, 0};
        bool multiplied;
        bool fit;

        multiplied = liq_decimal_multiply(&found, left, right);
        /* The reader, which is tested above, says which products have a normal form. */
        fit = decimals < 48;
        if (fit) {
            (void)liq_decimal_format(text, (liq_int128)left.digits * right.digits, decimals);
            fit = liq_decimal_parse(&expected, liq_text_of(text), NULL) == LIQ_OK;
            cr_assert(multiplied == fit, "%s", text);
        }
        if (!multiplied)
            continue;
        fitting++;
        exact_of(product, left.digits, left.decimals);
        exact_of(right_exact, right.digits, right.decimals);
        mpq_mul(product, product, right_exact);
        exact_of(right_exact, found.digits, found.decimals);
        cr_assert(mpq_equal(product, right_exact) != 0);
        cr_assert(found.decimals == 0 || found.digits % 10 != 0);
    }
    cr_expect(fitting > ROUNDS / 10, "%d", fitting);
    mpq_clears(product, right_exact, NULL);
}

Test(decimal_random, compares_like_gmp)
{
    random_source source = random_start();
    mpq_t left_exact;
    mpq_t right_exact;

    mpq_inits(left_exact, right_exact, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal left = decimal_draw(&source);
        const liq_decimal right = i % 8 == 0 ? left : decimal_draw(&source);
        int order;

        exact_of(left_exact, left.digits, left.decimals);
        exact_of(right_exact, right.digits, right.decimals);
        order = mpq_cmp(left_exact, right_exact);
        cr_assert(liq_decimal_compare(left, right) == (order > 0) - (order < 0),
                  "%lld e-%d, %lld e-%d", (long long)left.digits, left.decimals,
                  (long long)right.digits, right.decimals);
    }
    mpq_clears(left_exact, right_exact, NULL);
}

Test(decimal_random, finds_the_normal_form_of_units)
{
    random_source source = random_start();
    mpq_t exact;
    mpq_t found_exact;

    mpq_inits(exact, found_exact, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const int64_t size = (int64_t)random_magnitude(&source);
        const int64_t units = random_below(&source, 2) == 0 ? size : -size - 1;
        const int32_t decimals = (int32_t)random_below(&source, LIQ_DECIMAL_DECIMALS_MAX + 1);
        liq_decimal found = {0, 0};
        char text[LIQ_DECIMAL_BYTES];
        liq_decimal expected;
        bool fit;

        (void)liq_decimal_format(text, units, decimals);
        fit = liq_decimal_parse(&expected, liq_text_of(text), NULL) == LIQ_OK;
        cr_assert(liq_decimal_from_units(&found, units, decimals) == fit, "%s", text);
        exact_of(exact, units, decimals);
        exact_of(found_exact, found.digits, found.decimals);
        cr_assert(!fit || mpq_equal(exact, found_exact) != 0, "%s", text);
    }
    mpq_clears(exact, found_exact, NULL);
}

Test(decimal_random, shows_as_many_decimals_as_asked)
{
    random_source source = random_start();
    mpq_t exact;
    mpz_t expected;
    mpz_t found;

    mpq_init(exact);
    mpz_inits(expected, found, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        const liq_decimal value = decimal_draw(&source);
        const int32_t shown = (int32_t)random_below(&source, 36);
        char text[LIQ_DECIMAL_BYTES];
        const char *point;
        size_t length;

        exact_of(exact, value.digits, value.decimals);
        units_of(expected, exact, shown, roundings[i % 3]);
        (void)liq_decimal_format_fixed(text, value.digits, value.decimals, shown, roundings[i % 3]);
        point = strchr(text, '.');
        length = strlen(text);
        cr_assert(point == NULL ? shown == 0 : strlen(point + 1) == (size_t)shown, "%s", text);
        if (point != NULL)
            memmove(text + (point - text), point + 1, length - (size_t)(point - text));
        cr_assert(mpz_set_str(found, text, 10) == 0 && mpz_cmp(found, expected) == 0, "%s", text);
        cr_assert(text[0] != '-' || mpz_sgn(found) < 0, "%s", text); /* never "-0" */
    }
    mpq_clear(exact);
    mpz_clears(expected, found, NULL);
}
