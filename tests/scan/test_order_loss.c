#include "scan/order_loss.h"

#include <criterion/criterion.h>

#include "book/market.h"
#include "support_edge_book.h"

enum { ROUNDS = 400, ORDERS_MAX = 30 };

static liq_wide added_up(const liq_rows *rows, int64_t value);

Test(order_loss, equals_the_margin_rule_order_by_order)
{
    edge_dice dice = {.state = edge_seed()};

    for (int i = 0; i < ROUNDS; i++) {
        uint32_t tags[ORDERS_MAX];
        int64_t quantities[ORDERS_MAX];
        int64_t values[ORDERS_MAX];
        const liq_rows rows = {.tags = tags,
                               .quantities = quantities,
                               .values = values,
                               .entry_count = edge_below(&dice, ORDERS_MAX + 1)};
        const int64_t most = i % 3 == 0 ? 50 : LIQ_LOT_VALUE_MAX;
        liq_order_loss loss;
        liq_error err;

        for (uint64_t j = 0; j < rows.entry_count; j++) {
            tags[j] = LIQ_ENTRY_ORDER << LIQ_TAG_INDEX_BITS | 3;
            values[j] = edge_between(&dice, i % 2 == 0 ? 1 : -most, i % 2 == 0 ? most : -1);
            quantities[j] = edge_between(&dice, 1, LIQ_QUANTITY_LOTS_MAX) *
                            (edge_below(&dice, 2) == 0 ? 1 : -1);
        }
        cr_assert_eq(liq_order_loss_create(&loss, &rows, 0, rows.entry_count, &err), LIQ_OK);
        for (int j = 0; j < 100; j++) {
            const int64_t value =
                j < (int)rows.entry_count
                    ? values[j]
                    : edge_between(&dice, i % 2 == 0 ? 1 : -most, i % 2 == 0 ? most : -1);
            const liq_wide expected = added_up(&rows, value);
            const liq_wide found = liq_order_loss_at(&loss, value);

            cr_assert(found.low == expected.low && found.high == expected.high);
        }
        liq_order_loss_clear(&loss);
    }
}

static liq_wide added_up(const liq_rows *rows, int64_t value)
{
    const liq_marked marked = {.record = {.value_floor = value, .value_ceil = value}};
    liq_leg_sum sum = liq_leg_sum_zero();

    for (uint64_t i = 0; i < rows->entry_count; i++)
        liq_margin_order(&sum, marked, rows->quantities[i], rows->values[i]);
    return sum.pnl;
}
