#include "support_rational.h"

#include <stdlib.h>

#include <gmp.h>

#include "base/fail.h"

enum { BLOCK_VALUES = 1024 };

struct liq_rational_value {
    mpq_t number;
};

/* Blocks never move, so a value stays where it is while the pool grows. Numbers are made once and
   used again: only the count goes back. */
static struct liq_rational_value **blocks;
static size_t block_count;
static size_t used_count;

static struct liq_rational_value *value_take(void);
static liq_rational rounded(liq_rational value, int decimals,
                            void (*divide)(mpz_ptr, mpz_srcptr, mpz_srcptr));

size_t liq_rational_mark(void)
{
    return used_count;
}

void liq_rational_release(size_t mark)
{
    LIQ_ASSERT(mark <= used_count);
    used_count = mark;
}

liq_rational liq_rational_integer(int64_t value)
{
    return liq_rational_wide(value);
}

liq_rational liq_rational_wide(liq_int128 value)
{
    struct liq_rational_value *out = value_take();
    const liq_uint128 size = value < 0 ? -(liq_uint128)value : (liq_uint128)value;
    mpz_ptr whole = mpq_numref(out->number);

    mpz_set_ui(whole, (unsigned long)(size >> 64));
    mpz_mul_2exp(whole, whole, 64);
    mpz_add_ui(whole, whole, (unsigned long)size);
    if (value < 0)
        mpz_neg(whole, whole);
    mpz_set_ui(mpq_denref(out->number), 1);
    return out;
}

liq_rational liq_rational_decimal(liq_decimal value)
{
    return liq_rational_multiply(liq_rational_integer(value.digits),
                                 liq_rational_ten(-value.decimals));
}

liq_rational liq_rational_ten(int exponent)
{
    struct liq_rational_value *out = value_take();

    mpq_set_ui(out->number, 1, 1);
    mpz_ui_pow_ui(exponent < 0 ? mpq_denref(out->number) : mpq_numref(out->number), 10,
                  (unsigned long)abs(exponent));
    return out;
}

liq_rational liq_rational_add(liq_rational left, liq_rational right)
{
    struct liq_rational_value *out = value_take();

    mpq_add(out->number, left->number, right->number);
    return out;
}

liq_rational liq_rational_subtract(liq_rational left, liq_rational right)
{
    struct liq_rational_value *out = value_take();

    mpq_sub(out->number, left->number, right->number);
    return out;
}

liq_rational liq_rational_multiply(liq_rational left, liq_rational right)
{
    struct liq_rational_value *out = value_take();

    mpq_mul(out->number, left->number, right->number);
    return out;
}

liq_rational liq_rational_divide(liq_rational left, liq_rational right)
{
    struct liq_rational_value *out = value_take();

    LIQ_ASSERT(liq_rational_sign(right) != 0);
    mpq_div(out->number, left->number, right->number);
    return out;
}

liq_rational liq_rational_absolute(liq_rational value)
{
    struct liq_rational_value *out = value_take();

    mpq_abs(out->number, value->number);
    return out;
}

liq_rational liq_rational_least(liq_rational left, liq_rational right)
{
    return liq_rational_compare(left, right) < 0 ? left : right;
}

liq_rational liq_rational_largest(liq_rational left, liq_rational right)
{
    return liq_rational_compare(left, right) > 0 ? left : right;
}

liq_rational liq_rational_floor(liq_rational value, int decimals)
{
    return rounded(value, decimals, mpz_fdiv_q);
}

liq_rational liq_rational_ceil(liq_rational value, int decimals)
{
    return rounded(value, decimals, mpz_cdiv_q);
}

int liq_rational_compare(liq_rational left, liq_rational right)
{
    const int order = mpq_cmp(left->number, right->number);

    return (order > 0) - (order < 0);
}

int liq_rational_sign(liq_rational value)
{
    return mpq_sgn(value->number);
}

int64_t liq_rational_to_integer(liq_rational value)
{
    LIQ_ASSERT(mpz_cmp_ui(mpq_denref(value->number), 1) == 0);
    LIQ_ASSERT(mpz_fits_slong_p(mpq_numref(value->number)));
    return mpz_get_si(mpq_numref(value->number));
}

double liq_rational_show(liq_rational value)
{
    return mpq_get_d(value->number);
}

static struct liq_rational_value *value_take(void)
{
    if (used_count == block_count * BLOCK_VALUES) {
        blocks = realloc(blocks, (block_count + 1) * sizeof *blocks);
        LIQ_ASSERT(blocks != NULL);
        blocks[block_count] = malloc(BLOCK_VALUES * sizeof **blocks);
        LIQ_ASSERT(blocks[block_count] != NULL);
        for (size_t i = 0; i < BLOCK_VALUES; i++)
            mpq_init(blocks[block_count][i].number);
        block_count++;
    }
    used_count++;
    return &blocks[(used_count - 1) / BLOCK_VALUES][(used_count - 1) % BLOCK_VALUES];
}

static liq_rational rounded(liq_rational value, int decimals,
                            void (*divide)(mpz_ptr, mpz_srcptr, mpz_srcptr))
{
    const liq_rational unit = liq_rational_ten(-decimals);
    const liq_rational count = liq_rational_divide(value, unit);
    struct liq_rational_value *whole = value_take();

    divide(mpq_numref(whole->number), mpq_numref(count->number), mpq_denref(count->number));
    mpz_set_ui(mpq_denref(whole->number), 1);
    return liq_rational_multiply(whole, unit);
}
