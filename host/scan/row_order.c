#include "scan/row_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

enum { THERE = 1, CHANGED = 2 };

static void change(liq_row_order *order, uint32_t row);
static uint32_t unchanged_keep(liq_row_order *order);
static uint32_t comers_sort(liq_row_order *order);
static void items_merge(const liq_row_order *order, const liq_row_order_item *from,
                        liq_row_order_item *to, uint32_t first, uint32_t middle, uint32_t end);
static bool item_before(const liq_row_order *order, const liq_row_order_item *left,
                        const liq_row_order_item *right);
static uint32_t place_find(const liq_row_order *order, uint32_t first, uint32_t end, uint32_t row);

liq_status liq_row_order_create(liq_row_order *out, uint32_t row_capacity, liq_row_compare *compare,
                                liq_row_sort_key *key, const void *context, liq_error *err)
{
    liq_row_order order = {.compare = compare, .key = key, .context = context};
    liq_status status;

    if ((status = liq_memory_array(&order.rows, row_capacity, sizeof *order.rows, err)) != LIQ_OK ||
        (status = liq_memory_array(&order.spare, row_capacity, sizeof *order.spare, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&order.changed, row_capacity, sizeof *order.changed, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&order.states, row_capacity, sizeof *order.states, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&order.items, row_capacity, sizeof *order.items, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&order.spare_items, row_capacity, sizeof *order.spare_items,
                                   err)) != LIQ_OK) {
        liq_row_order_clear(&order);
        return status;
    }
    *out = order;
    return LIQ_OK;
}

void liq_row_order_clear(liq_row_order *order)
{
    free(order->rows);
    free(order->spare);
    free(order->changed);
    free(order->states);
    free(order->items);
    free(order->spare_items);
    *order = (liq_row_order){0};
}

void liq_row_order_add(liq_row_order *order, uint32_t row)
{
    LIQ_ASSERT((order->states[row] & THERE) == 0);
    order->states[row] |= THERE;
    change(order, row);
}

void liq_row_order_remove(liq_row_order *order, uint32_t row)
{
    LIQ_ASSERT((order->states[row] & THERE) != 0);
    order->states[row] &= (uint8_t)~THERE;
    change(order, row);
}

void liq_row_order_settle(liq_row_order *order)
{
    uint32_t kept;
    uint32_t comers;
    uint32_t from = 0;
    uint32_t to = 0;
    uint32_t *swapped;

    if (order->changed_count == 0)
        return;
    kept = unchanged_keep(order);
    comers = comers_sort(order);
    for (uint32_t i = 0; i < comers; i++) {
        const uint32_t row = order->items[i].row;
        const uint32_t place = place_find(order, from, kept, row);

        memcpy(order->spare + to, order->rows + from, (place - from) * sizeof *order->rows);
        to += place - from;
        from = place;
        order->spare[to++] = row;
    }
    memcpy(order->spare + to, order->rows + from, (kept - from) * sizeof *order->rows);
    order->count = kept + comers;
    swapped = order->rows;
    order->rows = order->spare;
    order->spare = swapped;
    for (uint32_t i = 0; i < order->changed_count; i++)
        order->states[order->changed[i]] &= (uint8_t)~CHANGED;
    order->changed_count = 0;
}

static void change(liq_row_order *order, uint32_t row)
{
    if ((order->states[row] & CHANGED) != 0)
        return;
    order->states[row] |= CHANGED;
    order->changed[order->changed_count++] = row;
}

/* The list without rows that changed. @return how many are left */
static uint32_t unchanged_keep(liq_row_order *order)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < order->count; i++)
        if ((order->states[order->rows[i]] & CHANGED) == 0)
            order->rows[kept++] = order->rows[i];
    return kept;
}

/* The changed rows that are there, sorted into items by merging ever longer runs. */
static uint32_t comers_sort(liq_row_order *order)
{
    liq_row_order_item *swapped;
    uint32_t count = 0;

    for (uint32_t i = 0; i < order->changed_count; i++)
        if ((order->states[order->changed[i]] & THERE) != 0)
            order->items[count++] = (liq_row_order_item){
                .key = order->key(order->context, order->changed[i]), .row = order->changed[i]};
    for (uint64_t run = 1; run < count; run *= 2) {
        for (uint64_t first = 0; first < count; first += 2 * run) {
            const uint64_t middle = first + run < count ? first + run : count;
            const uint64_t end = first + 2 * run < count ? first + 2 * run : count;

            items_merge(order, order->items, order->spare_items, (uint32_t)first, (uint32_t)middle,
                        (uint32_t)end);
        }
        swapped = order->items;
        order->items = order->spare_items;
        order->spare_items = swapped;
    }
    return count;
}

static void items_merge(const liq_row_order *order, const liq_row_order_item *from,
                        liq_row_order_item *to, uint32_t first, uint32_t middle, uint32_t end)
{
    uint32_t left = first;
    uint32_t right = middle;

    for (uint32_t i = first; i < end; i++)
        if (right == end || (left < middle && !item_before(order, &from[right], &from[left])))
            to[i] = from[left++];
        else
            to[i] = from[right++];
}

static bool item_before(const liq_row_order *order, const liq_row_order_item *left,
                        const liq_row_order_item *right)
{
    if (left->key != right->key)
        return left->key < right->key;
    return order->compare(order->context, left->row, right->row) < 0;
}

/* The first place from `first` on whose row comes behind a row. Comers are sorted, so it is often
   near: steps double until they pass it, and the last one is halved. */
static uint32_t place_find(const liq_row_order *order, uint32_t first, uint32_t end, uint32_t row)
{
    uint32_t step = 1;
    uint32_t last;

    while (step <= end - first &&
           order->compare(order->context, order->rows[first + step - 1], row) < 0) {
        first += step;
        step *= 2;
    }
    last = step <= end - first ? first + step - 1 : end;
    while (first < last) {
        const uint32_t middle = first + (last - first) / 2;

        if (order->compare(order->context, order->rows[middle], row) < 0)
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}
