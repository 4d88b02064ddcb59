#include <criterion/criterion.h>
#include <stdlib.h>

#include "scan/row_order.h"
#include "support_seeded.h"

enum { ROWS = 600, STEPS = 60000, CHECKED_EVERY = 50 };

/* Rows by a key that may tie, then by themselves. */
static int compare_keys(const void *context, uint32_t left, uint32_t right)
{
    const uint32_t *keys = context;

    if (keys[left] != keys[right])
        return keys[left] < keys[right] ? -1 : 1;
    return (left > right) - (left < right);
}

/* Coarser than what is compared: a few rows share one. And wide, so that every digit counts. */
static uint64_t sort_key(const void *context, uint32_t row)
{
    const uint32_t *keys = context;

    return (uint64_t)(keys[row] / 8) * 0x7fffffff1u;
}

static void expect_in_order(const liq_row_order *order, const uint32_t *keys, const bool *there)
{
    uint32_t expected = 0;
    const uint32_t *rows = order->rows;
    const uint32_t count = order->count;

    for (uint32_t i = 0; i < ROWS; i++)
        expected += there[i];
    cr_assert_eq(count, expected);
    for (uint32_t i = 0; i < count; i++)
        cr_assert(there[rows[i]]);
    for (uint32_t i = 1; i < count; i++)
        cr_assert_lt(compare_keys(keys, rows[i - 1], rows[i]), 0);
}

Test(row_order, keeps_what_comes_and_goes_in_order)
{
    liq_random random = liq_random_make(liq_random_seed());
    uint32_t keys[ROWS] = {0};
    bool there[ROWS] = {false};
    liq_row_order order = {0};

    cr_assert_eq(liq_row_order_create(&order, ROWS, compare_keys, sort_key, keys, NULL), LIQ_OK);
    for (uint32_t step = 0; step < STEPS; step++) {
        const uint32_t row = (uint32_t)liq_random_below(&random, ROWS);

        if (there[row]) {
            keys[row] = UINT32_MAX; /* a row that goes is not looked at */
            liq_row_order_remove(&order, row);
        } else {
            keys[row] = (uint32_t)liq_random_below(&random, step % 2000 < 1000 ? 40 : 1U << 31);
            liq_row_order_add(&order, row);
        }
        there[row] = !there[row];
        /* From single changes to hundreds at once. */
        if (liq_random_once_in(&random, 1 + step % CHECKED_EVERY * 8)) {
            liq_row_order_settle(&order);
            expect_in_order(&order, keys, there);
        }
    }
    for (uint32_t i = 0; i < ROWS; i++)
        if (there[i])
            liq_row_order_remove(&order, i);
    liq_row_order_settle(&order);
    cr_expect_eq(order.count, 0);
    liq_row_order_clear(&order);
}

Test(row_order, an_empty_one_lists_nothing)
{
    liq_row_order order = {0};

    cr_assert_eq(liq_row_order_create(&order, 0, compare_keys, sort_key, NULL, NULL), LIQ_OK);
    liq_row_order_settle(&order);
    cr_expect_eq(order.count, 0);
    liq_row_order_clear(&order);
}
