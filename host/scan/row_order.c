#include "scan/row_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

enum { THERE = 1, CHANGED = 2 };

/* Fewer are sorted by comparing them: counting digits takes a while. */
enum { DIGITS_LEAST = 96, DIGIT_VALUES = 256, ROW_DIGITS = 4, DIGITS = ROW_DIGITS + 8 };

static bool change(liq_row_order *order, uint32_t row);
static uint32_t unchanged_keep(liq_row_order *order);
static uint32_t comers_take(liq_row_order *order);
static void by_digits(liq_row_order *order, uint32_t count);
static void by_digit(const liq_row_order_item *from, liq_row_order_item *to, uint32_t count,
                     uint32_t digit, const uint32_t *counts);
static inline uint32_t digit_of(const liq_row_order_item *item, uint32_t digit);
static void ties_sort(liq_row_order *order, uint32_t count);
static void by_merging(liq_row_order *order, uint32_t first, uint32_t count);
static void items_merge(const liq_row_order *order, const liq_row_order_item *from,
                        liq_row_order_item *to, uint32_t first, uint32_t middle, uint32_t end);
static bool item_before(const liq_row_order *order, const liq_row_order_item *left,
                        const liq_row_order_item *right);
static void comers_merge(liq_row_order *order, uint32_t kept, uint32_t comers);
static uint32_t place_find(const liq_row_order *order, uint32_t first, uint32_t end,
                           const liq_row_order_item *item);
static bool place_before(const liq_row_order *order, uint32_t place,
                         const liq_row_order_item *item);

liq_status liq_row_order_create(liq_row_order *out, uint32_t row_capacity, liq_row_compare *compare,
                                liq_row_sort_key *key, const void *context, liq_error *err)
{
    liq_row_order order = {.compare = compare, .key = key, .context = context};
    liq_status status;

    if ((status = liq_memory_array(&order.rows, row_capacity, sizeof *order.rows, err)) != LIQ_OK ||
        (status = liq_memory_array(&order.keys, row_capacity, sizeof *order.keys, err)) != LIQ_OK ||
        (status = liq_memory_array(&order.spare, row_capacity, sizeof *order.spare, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&order.spare_keys, row_capacity, sizeof *order.spare_keys,
                                   err)) != LIQ_OK ||
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
    free(order->keys);
    free(order->spare);
    free(order->spare_keys);
    free(order->changed);
    free(order->states);
    free(order->items);
    free(order->spare_items);
    *order = (liq_row_order){0};
}

void liq_row_order_add(liq_row_order *order, uint32_t row)
{
    if (liq_row_order_come(order, row))
        liq_row_order_note(order, row);
}

void liq_row_order_remove(liq_row_order *order, uint32_t row)
{
    if (liq_row_order_leave(order, row))
        liq_row_order_note(order, row);
}

bool liq_row_order_come(liq_row_order *order, uint32_t row)
{
    LIQ_ASSERT((order->states[row] & THERE) == 0);
    order->states[row] |= THERE;
    return change(order, row);
}

bool liq_row_order_leave(liq_row_order *order, uint32_t row)
{
    LIQ_ASSERT((order->states[row] & THERE) != 0);
    order->states[row] &= (uint8_t)~THERE;
    return change(order, row);
}

void liq_row_order_note(liq_row_order *order, uint32_t row)
{
    order->changed[order->changed_count++] = row;
}

void liq_row_order_settle(liq_row_order *order)
{
    uint32_t kept;
    uint32_t comers;

    if (order->changed_count == 0)
        return;
    kept = unchanged_keep(order);
    comers = comers_take(order);
    if (comers < DIGITS_LEAST) {
        by_merging(order, 0, comers);
    } else {
        by_digits(order, comers);
        ties_sort(order, comers);
    }
    comers_merge(order, kept, comers);
    for (uint32_t i = 0; i < order->changed_count; i++)
        order->states[order->changed[i]] &= (uint8_t)~CHANGED;
    order->changed_count = 0;
}

/* @return whether it is news */
static bool change(liq_row_order *order, uint32_t row)
{
    const bool is_news = (order->states[row] & CHANGED) == 0;

    order->states[row] |= CHANGED;
    return is_news;
}

/* The list without rows that changed. @return how many are left */
static uint32_t unchanged_keep(liq_row_order *order)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < order->count; i++) {
        const bool stays = (order->states[order->rows[i]] & CHANGED) == 0;

        order->rows[kept] = order->rows[i];
        order->keys[kept] = order->keys[i];
        kept += stays;
    }
    return kept;
}

/* The changed rows that are there, as items. @return how many */
static uint32_t comers_take(liq_row_order *order)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < order->changed_count; i++)
        if ((order->states[order->changed[i]] & THERE) != 0)
            order->items[count++] = (liq_row_order_item){
                .key = order->key(order->context, order->changed[i]), .row = order->changed[i]};
    return count;
}

/* Sort items by their keys, and those of one key by their rows, digit by digit from the lowest. */
static void by_digits(liq_row_order *order, uint32_t count)
{
    uint32_t counts[DIGITS][DIGIT_VALUES] = {{0}};

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t digit = 0; digit < DIGITS; digit++)
            counts[digit][digit_of(&order->items[i], digit)]++;
    for (uint32_t digit = 0; digit < DIGITS; digit++) {
        liq_row_order_item *swapped = order->items;

        /* Where all have the same one there is nothing to sort. */
        if (counts[digit][digit_of(&swapped[0], digit)] == count)
            continue;
        by_digit(swapped, order->spare_items, count, digit, counts[digit]);
        order->items = order->spare_items;
        order->spare_items = swapped;
    }
}

static void by_digit(const liq_row_order_item *from, liq_row_order_item *to, uint32_t count,
                     uint32_t digit, const uint32_t *counts)
{
    uint32_t places[DIGIT_VALUES];
    uint32_t place = 0;

    for (uint32_t i = 0; i < DIGIT_VALUES; i++) {
        places[i] = place;
        place += counts[i];
    }
    for (uint32_t i = 0; i < count; i++)
        to[places[digit_of(&from[i], digit)]++] = from[i];
}

static inline uint32_t digit_of(const liq_row_order_item *item, uint32_t digit)
{
    const uint64_t word = digit < ROW_DIGITS ? item->row : item->key;
    const uint32_t at = digit < ROW_DIGITS ? digit : digit - ROW_DIGITS;

    return (uint32_t)(word >> at * 8) % DIGIT_VALUES;
}

/* Items of one key are in the order of their rows, which is often what comparing them says. */
static void ties_sort(liq_row_order *order, uint32_t count)
{
    for (uint32_t first = 0, end; first < count; first = end) {
        bool sorted = true;

        for (end = first + 1; end < count && order->items[end].key == order->items[first].key;
             end++)
            sorted = sorted && item_before(order, &order->items[end - 1], &order->items[end]);
        if (!sorted)
            by_merging(order, first, end - first);
    }
}

/* Sort some items by merging ever longer runs. */
static void by_merging(liq_row_order *order, uint32_t first, uint32_t count)
{
    liq_row_order_item *from = order->items + first;
    liq_row_order_item *to = order->spare_items + first;

    for (uint64_t run = 1; run < count; run *= 2) {
        liq_row_order_item *swapped = from;

        for (uint64_t at = 0; at < count; at += 2 * run) {
            const uint64_t middle = at + run < count ? at + run : count;
            const uint64_t end = at + 2 * run < count ? at + 2 * run : count;

            items_merge(order, from, to, (uint32_t)at, (uint32_t)middle, (uint32_t)end);
        }
        from = to;
        to = swapped;
    }
    if (from != order->items + first)
        memcpy(order->items + first, from, count * sizeof *from);
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

/* Put the sorted comers between what was kept, into the spare list, which becomes the list. */
static void comers_merge(liq_row_order *order, uint32_t kept, uint32_t comers)
{
    uint32_t *rows = order->spare;
    uint64_t *keys = order->spare_keys;
    uint32_t from = 0;
    uint32_t to = 0;

    for (uint32_t i = 0; i <= comers; i++) {
        const uint32_t place = i < comers ? place_find(order, from, kept, &order->items[i]) : kept;

        memcpy(rows + to, order->rows + from, (place - from) * sizeof *rows);
        memcpy(keys + to, order->keys + from, (place - from) * sizeof *keys);
        to += place - from;
        from = place;
        if (i == comers)
            break;
        rows[to] = order->items[i].row;
        keys[to++] = order->items[i].key;
    }
    order->count = to;
    order->spare = order->rows;
    order->spare_keys = order->keys;
    order->rows = rows;
    order->keys = keys;
}

/* The first place from `first` on whose row comes behind an item. Comers are sorted, so it is often
   near: steps double until they pass it, and the last one is halved. */
static uint32_t place_find(const liq_row_order *order, uint32_t first, uint32_t end,
                           const liq_row_order_item *item)
{
    uint32_t step = 1;
    uint32_t last;

    while (step <= end - first && place_before(order, first + step - 1, item)) {
        first += step;
        step *= 2;
    }
    last = step <= end - first ? first + step - 1 : end;
    while (first < last) {
        const uint32_t middle = first + (last - first) / 2;

        if (place_before(order, middle, item))
            first = middle + 1;
        else
            last = middle;
    }
    return first;
}

/* Whether what is at a place comes before an item. */
static bool place_before(const liq_row_order *order, uint32_t place, const liq_row_order_item *item)
{
    const liq_row_order_item there = {.key = order->keys[place], .row = order->rows[place]};

    return item_before(order, &there, item);
}
