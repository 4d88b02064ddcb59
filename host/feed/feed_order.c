/*
 * Events that wait are kept in a list that is sorted by number, their lines in one of two blocks:
 * lines are only added at the end of the block, and when that is reached, those that still wait are
 * copied to the other one.
 */
#include "feed/feed_order.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

typedef struct held {
    uint64_t seq;
    int64_t since_ms;
    size_t offset; /* of its line in the block */
    size_t bytes;
} held;

struct liq_feed_order {
    liq_feed_order_limits limits;
    uint64_t last;
    held *items;    /* sorted by seq, from `first` on; as many as may wait */
    uint32_t first; /* those before it were given */
    uint32_t count;
    size_t bytes;      /* of the lines of those that wait */
    int64_t oldest_ms; /* none of them came before, */
    int64_t newest_ms; /* nor behind this */
    char *blocks[2];
    size_t used; /* of the block in use */
    int block;   /* the one in use */
};

static void times_renew(liq_feed_order *order, int64_t now_ms);
static uint32_t place_of(const liq_feed_order *order, uint64_t seq);
static void insert(liq_feed_order *order, uint32_t place, const liq_feed_event *event,
                   int64_t now_ms);
static void items_pack(liq_feed_order *order);
static size_t line_add(liq_feed_order *order, liq_text line);
static void lines_pack(liq_feed_order *order);
static void gap_declare(liq_feed_order *order, uint64_t next, liq_feed_gap *gap);

liq_status liq_feed_order_create(liq_feed_order **out, const liq_feed_order_limits *limits,
                                 liq_error *err)
{
    void *block = NULL;
    liq_feed_order *order = NULL;
    liq_status status;

    LIQ_ASSERT(limits->events_max <= LIQ_FEED_ORDER_EVENTS_MAX && limits->wait_max_ms >= 0);
    if ((status = liq_memory_array(&block, 1, sizeof *order, err)) != LIQ_OK)
        goto done;
    order = block;
    order->limits = *limits;
    status = liq_memory_array(&block, limits->events_max, sizeof *order->items, err);
    if (status != LIQ_OK)
        goto done;
    order->items = block;
    for (int i = 0; i < 2; i++) { /* the system gives pages only for what is written to */
        if ((status = liq_memory_array(&block, limits->bytes_max, 2, err)) != LIQ_OK)
            goto done;
        order->blocks[i] = block;
    }
    *out = order;
    order = NULL; /* given away */
done:
    liq_feed_order_destroy(order);
    return status;
}

void liq_feed_order_destroy(liq_feed_order *order)
{
    if (order == NULL)
        return;
    free(order->blocks[0]);
    free(order->blocks[1]);
    free(order->items);
    free(order);
}

void liq_feed_order_start(liq_feed_order *order, uint64_t last)
{
    order->last = last;
    order->first = order->count = 0;
    order->bytes = order->used = 0;
}

uint64_t liq_feed_order_last(const liq_feed_order *order)
{
    return order->last;
}

uint32_t liq_feed_order_waiting(const liq_feed_order *order, size_t *bytes)
{
    if (bytes != NULL)
        *bytes = order->bytes;
    return order->count;
}

liq_feed_verdict liq_feed_order_take(liq_feed_order *order, const liq_feed_event *event,
                                     int64_t now_ms, liq_feed_gap *gap)
{
    uint32_t place;

    if (event->seq == 0)
        return LIQ_FEED_UNNUMBERED;
    if (event->seq <= order->last)
        return LIQ_FEED_REPEAT;
    place = place_of(order, event->seq);
    if (place < order->count && order->items[order->first + place].seq == event->seq)
        return LIQ_FEED_REPEAT;
    if (event->seq == order->last + 1) {
        order->last++;
        return LIQ_FEED_APPLY;
    }
    if (order->count == order->limits.events_max ||
        event->line.bytes > order->limits.bytes_max - order->bytes) {
        gap_declare(order, place == 0 ? event->seq : order->items[order->first].seq, gap);
        return LIQ_FEED_GAP;
    }
    insert(order, place, event, now_ms);
    return LIQ_FEED_WAITS;
}

bool liq_feed_order_next(liq_feed_order *order, liq_text *line, uint64_t *seq)
{
    const held *const item = &order->items[order->first];

    if (order->count == 0 || item->seq != order->last + 1)
        return false;
    *line = (liq_text){order->blocks[order->block] + item->offset, item->bytes};
    *seq = item->seq;
    order->last++;
    order->bytes -= item->bytes;
    order->first++;
    order->count--;
    return true;
}

bool liq_feed_order_expire(liq_feed_order *order, int64_t now_ms, liq_feed_gap *gap)
{
    if (order->count == 0 ||
        (now_ms >= order->newest_ms && now_ms - order->oldest_ms <= order->limits.wait_max_ms))
        return false;
    times_renew(order, now_ms);
    if (now_ms - order->oldest_ms <= order->limits.wait_max_ms)
        return false;
    gap_declare(order, order->items[order->first].seq, gap);
    return true;
}

/* Find out anew when those that still wait came: not later than now, if the clock went back. */
static void times_renew(liq_feed_order *order, int64_t now_ms)
{
    order->oldest_ms = order->newest_ms = now_ms;
    for (uint32_t i = order->first; i < order->first + order->count; i++) {
        held *const item = &order->items[i];

        if (item->since_ms > now_ms)
            item->since_ms = now_ms;
        if (item->since_ms < order->oldest_ms)
            order->oldest_ms = item->since_ms;
    }
}

/* How many of those that wait come before seq. */
static uint32_t place_of(const liq_feed_order *order, uint64_t seq)
{
    const held *const items = order->items + order->first;
    uint32_t low = 0;
    uint32_t high = order->count;

    if (high > 0 && items[high - 1].seq < seq) /* as they come when one is missing */
        return high;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (items[middle].seq < seq)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void insert(liq_feed_order *order, uint32_t place, const liq_feed_event *event,
                   int64_t now_ms)
{
    size_t offset;
    held *item;

    if (order->first + order->count == order->limits.events_max)
        items_pack(order);
    offset = line_add(order, event->line);
    item = order->items + order->first + place;
    memmove(item + 1, item, (order->count - place) * sizeof *item);
    *item =
        (held){.seq = event->seq, .since_ms = now_ms, .offset = offset, .bytes = event->line.bytes};
    order->oldest_ms = order->count == 0 || now_ms < order->oldest_ms ? now_ms : order->oldest_ms;
    order->newest_ms = order->count == 0 || now_ms > order->newest_ms ? now_ms : order->newest_ms;
    order->count++;
    order->bytes += event->line.bytes;
}

static void items_pack(liq_feed_order *order)
{
    memmove(order->items, order->items + order->first, order->count * sizeof *order->items);
    order->first = 0;
}

/* Copy a line of an event that is not in the list yet; returns where the copy stands. */
static size_t line_add(liq_feed_order *order, liq_text line)
{
    size_t offset;

    if (2 * order->limits.bytes_max - order->used < line.bytes)
        lines_pack(order);
    offset = order->used;
    memcpy(order->blocks[order->block] + offset, line.data, line.bytes);
    order->used += line.bytes;
    return offset;
}

static void lines_pack(liq_feed_order *order)
{
    const char *const source = order->blocks[order->block];
    char *const target = order->blocks[1 - order->block];
    size_t used = 0;

    for (uint32_t i = order->first; i < order->first + order->count; i++) {
        held *const item = &order->items[i];

        memcpy(target + used, source + item->offset, item->bytes);
        item->offset = used;
        used += item->bytes;
    }
    order->block = 1 - order->block;
    order->used = used;
}

/* Go on with `next`, the first that is there. */
static void gap_declare(liq_feed_order *order, uint64_t next, liq_feed_gap *gap)
{
    LIQ_ASSERT(next > order->last + 1); /* or the caller did not ask for what was next */
    *gap = (liq_feed_gap){order->last + 1, next - 1};
    order->last = next - 1;
}
