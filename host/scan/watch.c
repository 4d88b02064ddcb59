#include "scan/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "liq_limits.h"

/* What a bucket has room for besides what it was filled with; what finds none is taken for nearest.
 */
enum { ROOM_SHARE = 4, ROOM_LEAST = 64 };

/* Fewer slots are put in their buckets before a thread has come. */
enum { WORKERS_SLOTS_LEAST = 16384 };

/* Each worker takes a share of the slots: first it finds those that are near, then, when it is
 * known how many all have found, it puts them in their buckets. */
typedef struct watch_fill {
    liq_watch *watch;
    const uint8_t *codes;
    uint32_t count;
    uint32_t workers;
    uint32_t near_counts[LIQ_WORKERS_MAX];
    uint32_t counts[LIQ_WORKERS_MAX][LIQ_WATCH_BUCKETS]; /* then where the next one goes */
} watch_fill;

static void near_find(void *context, uint32_t index);
static void near_put(void *context, uint32_t index);
static void buckets_lay(watch_fill *fill);
static uint32_t share_first(const watch_fill *fill, uint32_t index);
static uint32_t code_bucket(uint8_t code);
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
        (status = liq_memory_array(&watch.near, slot_capacity, sizeof *watch.near, err)) !=
            LIQ_OK ||
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

void liq_watch_fill(liq_watch *watch, const uint8_t *codes, uint32_t count)
{
    watch_fill fill = {.watch = watch,
                       .codes = codes,
                       .count = count,
                       .workers = count < WORKERS_SLOTS_LEAST ? 1 : LIQ_WORKERS_MAX};

    LIQ_ASSERT(count <= watch->slot_capacity);
    liq_workers_run(fill.workers, near_find, &fill);
    buckets_lay(&fill);
    liq_workers_run(fill.workers, near_put, &fill);
}

void liq_watch_put(liq_watch *watch, uint32_t slot, float reach)
{
    const uint32_t bucket = bucket_of(reach);

    if (watch->places[slot] != LIQ_NO_INDEX && watch->slot_bucket[slot] == bucket)
        return;
    liq_watch_drop(watch, slot);
    if (bucket != LIQ_SCREEN_FAR)
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

    LIQ_ASSERT(end != LIQ_SCREEN_FAR);
    for (uint32_t i = 0; i <= end; i++)
        count += watch->buckets[i].count;
    return count;
}

void liq_watch_gather(const liq_watch *watch, float move, uint32_t *slots)
{
    const uint32_t end = bucket_of(move);

    LIQ_ASSERT(end != LIQ_SCREEN_FAR);
    for (uint32_t i = 0; i <= end; i++) {
        memcpy(slots, watch->slots + watch->buckets[i].first,
               watch->buckets[i].count * sizeof *slots);
        slots += watch->buckets[i].count;
    }
}

/* Slots within the horizon. Most are not, and which ones nobody can guess: so without a branch. */
static void near_find(void *context, uint32_t index)
{
    watch_fill *fill = context;
    const uint32_t first = share_first(fill, index);
    const uint32_t end = share_first(fill, index + 1);
    uint32_t *near = fill->watch->near + first;
    uint32_t counts[LIQ_SCREEN_FAR + 1] = {0};
    uint32_t near_count = 0;

    for (uint32_t i = first; i < end; i++) {
        const uint32_t bucket = code_bucket(fill->codes[i]);

        near[near_count] = i;
        near_count += bucket != LIQ_SCREEN_FAR;
    }
    for (uint32_t i = 0; i < near_count; i++)
        counts[code_bucket(fill->codes[near[i]])]++;
    memcpy(fill->counts[index], counts, sizeof fill->counts[index]);
    fill->near_counts[index] = near_count;
    memset(fill->watch->places + first, 0xff, (end - first) * sizeof *fill->watch->places);
}

/* A bucket has the slots of one worker behind those of another. */
static void buckets_lay(watch_fill *fill)
{
    uint32_t first = 0;

    for (uint32_t i = 0; i < LIQ_WATCH_BUCKETS; i++) {
        liq_watch_bucket *bucket = &fill->watch->buckets[i];

        *bucket = (liq_watch_bucket){.first = first};
        for (uint32_t worker = 0; worker < fill->workers; worker++) {
            const uint32_t count = fill->counts[worker][i];

            fill->counts[worker][i] = first + bucket->count;
            bucket->count += count;
        }
        bucket->capacity = i == 0 ? fill->watch->slot_capacity
                                  : bucket->count + bucket->count / ROOM_SHARE + ROOM_LEAST;
        first += bucket->capacity;
    }
}

static void near_put(void *context, uint32_t index)
{
    watch_fill *fill = context;
    liq_watch *watch = fill->watch;
    const uint32_t *near = watch->near + share_first(fill, index);

    for (uint32_t i = 0; i < fill->near_counts[index]; i++) {
        const uint32_t bucket = code_bucket(fill->codes[near[i]]);
        const uint32_t place = fill->counts[index][bucket]++;

        watch->slots[place] = near[i];
        watch->places[near[i]] = place;
        watch->slot_bucket[near[i]] = (uint8_t)bucket;
    }
}

static uint32_t share_first(const watch_fill *fill, uint32_t index)
{
    return (uint32_t)((uint64_t)fill->count * index / fill->workers);
}

/* Of a slot in doubt the nearest. */
static uint32_t code_bucket(uint8_t code)
{
    return code == LIQ_SCREEN_CODE_DOUBT ? 0 : code >> LIQ_SCREEN_CODE_SHIFT;
}

/* Buckets are ordered as their reaches are, so a move and a reach of one bucket may be either way.
 */
static uint32_t bucket_of(float reach)
{
    return reach >= 0.0f ? (uint32_t)liq_screen_bucket(reach) : 0;
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
