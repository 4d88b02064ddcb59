#include "scan/row_order.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_limits.h"

static uint32_t weight_of(uint32_t row);
static void link_set(liq_row_order *order, uint32_t *link, uint32_t row, uint32_t above);
static uint32_t leftmost(const liq_row_order *order, uint32_t row);

liq_status liq_row_order_create(liq_row_order *out, uint32_t row_capacity, liq_row_compare *compare,
                                const void *context, liq_error *err)
{
    liq_row_order order = {.compare = compare, .context = context, .root = LIQ_NO_INDEX};
    liq_status status;

    if ((status = liq_memory_array((void **)&order.before, row_capacity, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&order.behind, row_capacity, sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&order.above, row_capacity, sizeof(uint32_t), err)) !=
            LIQ_OK) {
        liq_row_order_clear(&order);
        return status;
    }
    *out = order;
    return LIQ_OK;
}

void liq_row_order_clear(liq_row_order *order)
{
    free(order->before);
    free(order->behind);
    free(order->above);
    *order = (liq_row_order){0};
}

/* Walk down to where the row outweighs what is there, and part that between its two sides. */
void liq_row_order_add(liq_row_order *order, uint32_t row)
{
    uint32_t *link = &order->root;
    uint32_t above = LIQ_NO_INDEX;
    uint32_t *links[2] = {&order->before[row], &order->behind[row]};
    uint32_t aboves[2] = {row, row};
    uint32_t at;

    while (*link != LIQ_NO_INDEX && weight_of(*link) >= weight_of(row)) {
        above = *link;
        link = order->compare(order->context, row, above) < 0 ? &order->before[above]
                                                              : &order->behind[above];
    }
    at = *link;
    link_set(order, link, row, above);
    while (at != LIQ_NO_INDEX) {
        const int side = order->compare(order->context, at, row) < 0 ? 0 : 1;
        uint32_t *inner = side == 0 ? &order->behind[at] : &order->before[at];

        link_set(order, links[side], at, aboves[side]);
        links[side] = inner;
        aboves[side] = at;
        at = *inner;
    }
    *links[0] = LIQ_NO_INDEX;
    *links[1] = LIQ_NO_INDEX;
}

/* Merge its two sides into its place: the heavier goes on top. */
void liq_row_order_remove(liq_row_order *order, uint32_t row)
{
    uint32_t above = order->above[row];
    uint32_t before = order->before[row];
    uint32_t behind = order->behind[row];
    uint32_t *link = &order->root;

    if (above != LIQ_NO_INDEX)
        link = order->before[above] == row ? &order->before[above] : &order->behind[above];
    LIQ_ASSERT(*link == row);
    while (before != LIQ_NO_INDEX && behind != LIQ_NO_INDEX) {
        const uint32_t top = weight_of(before) >= weight_of(behind) ? before : behind;

        link_set(order, link, top, above);
        above = top;
        link = top == before ? &order->behind[top] : &order->before[top];
        if (top == before)
            before = *link;
        else
            behind = *link;
    }
    link_set(order, link, before != LIQ_NO_INDEX ? before : behind, above);
}

uint32_t liq_row_order_list(const liq_row_order *order, uint32_t *rows)
{
    uint32_t row = order->root == LIQ_NO_INDEX ? LIQ_NO_INDEX : leftmost(order, order->root);
    uint32_t count = 0;

    while (row != LIQ_NO_INDEX) {
        rows[count++] = row;
        if (order->behind[row] != LIQ_NO_INDEX) {
            row = leftmost(order, order->behind[row]);
            continue;
        }
        while (order->above[row] != LIQ_NO_INDEX && order->behind[order->above[row]] == row)
            row = order->above[row];
        row = order->above[row];
    }
    return count;
}

/* Each row its own weight, so that none tie: odd products and shifts lose nothing. */
static uint32_t weight_of(uint32_t row)
{
    uint32_t mixed = (row ^ (row >> 16)) * 0x7feb352du;

    mixed = (mixed ^ (mixed >> 15)) * 0x846ca68bu;
    return mixed ^ (mixed >> 16);
}

static void link_set(liq_row_order *order, uint32_t *link, uint32_t row, uint32_t above)
{
    *link = row;
    if (row != LIQ_NO_INDEX)
        order->above[row] = above;
}

static uint32_t leftmost(const liq_row_order *order, uint32_t row)
{
    while (order->before[row] != LIQ_NO_INDEX)
        row = order->before[row];
    return row;
}
