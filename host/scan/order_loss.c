#include "scan/order_loss.h"

#include <stdlib.h>

#include "base/memory.h"
#include "liq_record.h"

typedef struct order_entry {
    int64_t limit;
    int64_t lots; /* signed */
} order_entry;

static uint32_t orders_collect(order_entry *orders, const liq_rows *rows, uint64_t entry_first,
                               uint64_t entry_end);
static void sums_fill(liq_order_loss *loss, const order_entry *orders);
static liq_uint128 cost_of(uint64_t lots, int64_t limit);
static int compare_limits(const void *left, const void *right);

liq_status liq_order_loss_create(liq_order_loss *out, const liq_rows *rows, uint64_t entry_first,
                                 uint64_t entry_end, liq_error *err)
{
    const size_t count_max = (size_t)(entry_end - entry_first);
    liq_order_loss loss = {0};
    order_entry *orders = NULL;
    liq_status status;

    if ((status = liq_memory_array(&orders, count_max, sizeof *orders, err)) != LIQ_OK)
        return status;
    loss.order_count = orders_collect(orders, rows, entry_first, entry_end);
    if ((status = liq_memory_array(&loss.limits, loss.order_count, sizeof *loss.limits, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&loss.lots, (size_t)loss.order_count + 1, sizeof *loss.lots,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&loss.costs, (size_t)loss.order_count + 1, sizeof *loss.costs,
                                   err)) != LIQ_OK)
        goto done;
    qsort(orders, loss.order_count, sizeof *orders, compare_limits);
    sums_fill(&loss, orders);
    *out = loss;
    loss = (liq_order_loss){0};
done:
    liq_order_loss_clear(&loss);
    free(orders);
    return status;
}

void liq_order_loss_clear(liq_order_loss *loss)
{
    free(loss->limits);
    free(loss->lots);
    free(loss->costs);
    *loss = (liq_order_loss){0};
}

liq_wide liq_order_loss_at(const liq_order_loss *loss, int64_t value)
{
    uint32_t low = 0;
    uint32_t high = loss->order_count;
    liq_uint128 sum;

    while (low < high) { /* orders with a limit at or below the value */
        const uint32_t middle = low + (high - low) / 2;

        if (loss->limits[middle] <= value)
            low = middle + 1;
        else
            high = middle;
    }
    sum = (liq_uint128)(liq_int128)value;
    sum = sum * loss->lots[low] - loss->costs[low];
    return liq_wide_make((uint64_t)(sum >> 64), (uint64_t)sum);
}

static uint32_t orders_collect(order_entry *orders, const liq_rows *rows, uint64_t entry_first,
                               uint64_t entry_end)
{
    uint32_t count = 0;

    for (uint64_t i = entry_first; i < entry_end; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_ORDER)
            orders[count++] = (order_entry){.limit = rows->values[i], .lots = rows->quantities[i]};
    return count;
}

/*
 * Below all limits every buy is under water; past its limit a buy comes out of the sum and a sell
 * goes in. Either way the lots that count fall by the size of the order.
 */
static void sums_fill(liq_order_loss *loss, const order_entry *orders)
{
    for (uint32_t i = 0; i < loss->order_count; i++) {
        loss->limits[i] = orders[i].limit;
        if (orders[i].lots > 0) {
            loss->lots[0] += (uint64_t)orders[i].lots;
            loss->costs[0] += cost_of((uint64_t)orders[i].lots, orders[i].limit);
        }
    }
    for (uint32_t i = 0; i < loss->order_count; i++) {
        const uint64_t size = liq_size_of(orders[i].lots);

        loss->lots[i + 1] = loss->lots[i] - size;
        loss->costs[i + 1] = loss->costs[i] - cost_of(size, orders[i].limit);
    }
}

static liq_uint128 cost_of(uint64_t lots, int64_t limit)
{
    return (liq_uint128)((liq_int128)lots * limit);
}

static int compare_limits(const void *left, const void *right)
{
    const order_entry *a = left;
    const order_entry *b = right;

    return (a->limit > b->limit) - (a->limit < b->limit);
}
