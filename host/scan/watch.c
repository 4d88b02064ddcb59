#include "scan/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_limits.h"

/* Of a float's bits those above tell the eighth of a doubling that it is in. */
enum { EIGHTH_SHIFT = 20, NEAREST_EIGHTHS = (127 - 14) * 8, NO_BUCKET = 255 };

/* What a bucket has room for besides what it was filled with; what finds none is taken for nearest.
 */
enum { ROOM_SHARE = 4, ROOM_LEAST = 64 };

static uint32_t near_take(liq_watch *watch, const float *reaches, uint32_t count);
static uint32_t bucket_of(float reach);
static void bucket_add(liq_watch *watch, uint32_t bucket, uint32_t slot);

liq_status liq_watch_create(liq_watch *out, uint32_t slot_capacity, liq_error *err)
{
    /* All of them may be in the nearest bucket, and the others have room to spare. */
    const size_t places = (size_t)slot_capacity * 2 + slot_capacity / ROOM_SHARE +
                          (size_t)ROOM_LEAST * LIQ_WATCH_BUCKETS;
    liq_watch watch = {.slot_capacity = slot_capacity};
    liq_status status;

    if ((status = liq_memory_array(&watch.slots, places, sizeof *watch.slots, err)) != LIQ_OK ||
        (status = liq_memory_array(&watch.places, slot_capacity, sizeof *watch.places, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&watch.near, (size_t)slot_capacity + 1, sizeof *watch.near,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&watch.slot_bucket, slot_capacity, sizeof *watch.slot_bucket,
                                   err)) != LIQ_OK) {
        liq_watch_clear(&watch);
        return status;
    }
    memset(watch.places, 0xff, slot_capacity * sizeof *watch.places);
    watch.buckets[0].capacity = slot_capacity;
    for (uint32_t i = 1; i < LIQ_WATCH_BUCKETS; i++)
        watch.buckets[i].first = slot_capacity;
    *out = watch;
    return LIQ_OK;
}

void liq_watch_clear(liq_watch *watch)
{
    free(watch->slots);
    free(watch->places);
    free(watch->near);
    free(watch->slot_bucket);
    *watch = (liq_watch){0};
}

void liq_watch_fill(liq_watch *watch, const float *reaches, uint32_t count)
{
    uint32_t counts[LIQ_WATCH_BUCKETS] = {0};
    uint32_t first = watch->slot_capacity;
    const uint32_t near_count = near_take(watch, reaches, count);

    LIQ_ASSERT(count <= watch->slot_capacity);
    for (uint32_t i = 0; i < near_count; i++)
        counts[bucket_of(reaches[watch->near[i]])]++;
    watch->buckets[0].count = 0;
    for (uint32_t i = 1; i < LIQ_WATCH_BUCKETS; i++) {
        watch->buckets[i] = (liq_watch_bucket){
            .first = first, .capacity = counts[i] + counts[i] / ROOM_SHARE + ROOM_LEAST};
        first += watch->buckets[i].capacity;
    }
    memset(watch->places, 0xff, count * sizeof *watch->places);
    for (uint32_t i = 0; i < near_count; i++)
        bucket_add(watch, bucket_of(reaches[watch->near[i]]), watch->near[i]);
}

void liq_watch_put(liq_watch *watch, uint32_t slot, float reach)
{
    const uint32_t bucket = bucket_of(reach);

    if (watch->places[slot] != LIQ_NO_INDEX && watch->slot_bucket[slot] == bucket)
        return;
    liq_watch_drop(watch, slot);
    if (bucket != NO_BUCKET)
        bucket_add(watch, bucket, slot);
}

void liq_watch_drop(liq_watch *watch, uint32_t slot)
{
    const uint32_t place = watch->places[slot];
    liq_watch_bucket *bucket;
    uint32_t last;

    if (place == LIQ_NO_INDEX)
        return;
    bucket = &watch->buckets[watch->slot_bucket[slot]];
    last = watch->slots[bucket->first + --bucket->count];
    watch->slots[place] = last;
    watch->places[last] = place;
    watch->places[slot] = LIQ_NO_INDEX;
}

uint32_t liq_watch_count(const liq_watch *watch, float move)
{
    const uint32_t end = bucket_of(move);
    uint32_t count = 0;

    LIQ_ASSERT(end != NO_BUCKET);
    for (uint32_t i = 0; i <= end; i++)
        count += watch->buckets[i].count;
    return count;
}

void liq_watch_gather(const liq_watch *watch, float move, uint32_t *slots)
{
    const uint32_t end = bucket_of(move);

    LIQ_ASSERT(end != NO_BUCKET);
    for (uint32_t i = 0; i <= end; i++) {
        memcpy(slots, watch->slots + watch->buckets[i].first,
               watch->buckets[i].count * sizeof *slots);
        slots += watch->buckets[i].count;
    }
}

/* Slots within the horizon. Most are not, and which ones nobody can guess: so without a branch. */
static uint32_t near_take(liq_watch *watch, const float *reaches, uint32_t count)
{
    uint32_t near_count = 0;

    for (uint32_t i = 0; i < count; i++) {
        watch->near[near_count] = i;
        near_count += reaches[i] < LIQ_WATCH_HORIZON;
    }
    return near_count;
}

/* Buckets are ordered as their reaches are, so a move and a reach of one bucket may be either way.
 */
static uint32_t bucket_of(float reach)
{
    uint32_t bits;

    if (reach >= LIQ_WATCH_HORIZON)
        return NO_BUCKET;
    if (!(reach >= LIQ_WATCH_NEAREST))
        return 0;
    memcpy(&bits, &reach, sizeof bits);
    return (bits >> EIGHTH_SHIFT) - NEAREST_EIGHTHS + 1;
}

static void bucket_add(liq_watch *watch, uint32_t bucket, uint32_t slot)
{
    liq_watch_bucket *to = &watch->buckets[bucket];

    if (to->count == to->capacity) {
        bucket = 0;
        to = &watch->buckets[0];
    }
    watch->slots[to->first + to->count] = slot;
    watch->places[slot] = to->first + to->count++;
    watch->slot_bucket[slot] = (uint8_t)bucket;
}
