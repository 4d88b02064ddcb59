/*
 * Open addressing with linear probing over (hash, index) pairs. The hash is
 * seeded by the system, so that nobody can prepare names that collide; no
 * order and no result depends on it. The names lie one behind the other in
 * one block.
 */
#include "base/names_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/int128.h"
#include "base/memory.h"

enum { SLOTS_FIRST = 64 };

static uint32_t number_guess(const liq_names *names, uint32_t hash);
static uint32_t hash_of(const liq_names *names, liq_text name);
static uint64_t short_word(liq_text name);
static uint64_t fold(uint64_t left, uint64_t right);
static uint64_t seed_draw(void);
static bool bisect(const liq_names *names, liq_text name, uint32_t *index_out);
static liq_status own_take(liq_names *names, liq_error *err);
static liq_status slots_build(liq_names *names, liq_error *err);
static liq_names_slot *slot_find(const liq_names *names, liq_text name, uint32_t hash);
static liq_status room_make(liq_names *names, liq_text name, liq_error *err);
static liq_status slots_grow(liq_names *names, liq_error *err);

liq_status liq_names_create(liq_names **out, liq_error *err)
{
    void *block = NULL;
    void *slots = NULL;
    void *starts = NULL;
    liq_names *names;
    liq_status status;

    if ((status = liq_memory_array(&block, 1, sizeof *names, err)) != LIQ_OK)
        goto done;
    names = block;
    if ((status = liq_memory_array(&slots, SLOTS_FIRST, sizeof(liq_names_slot), err)) != LIQ_OK)
        goto done;
    status = liq_memory_grow(&starts, &names->starts_capacity, 1, sizeof(size_t), err);
    if (status != LIQ_OK)
        goto done;
    names->slots = slots;
    names->slot_count = SLOTS_FIRST;
    names->starts = starts;
    names->seed = seed_draw();
    *out = names;
    block = slots = NULL; /* given away */
done:
    free(slots);
    free(block);
    return status;
}

liq_status liq_names_adopt(liq_names **out, char *bytes, size_t *starts, uint32_t count,
                           bool is_lent, liq_error *err)
{
    void *block = NULL;
    const liq_status status = liq_memory_array(&block, 1, sizeof(liq_names), err);

    if (status != LIQ_OK)
        return status;
    *out = block;
    **out = (liq_names){.seed = seed_draw(),
                        .bytes = bytes,
                        .bytes_capacity = starts[count],
                        .starts = starts,
                        .starts_capacity = (size_t)count + 1,
                        .is_lent = is_lent,
                        .count = count};
    return LIQ_OK;
}

void liq_names_destroy(liq_names *names)
{
    if (names == NULL)
        return;
    if (!names->is_lent) {
        free(names->bytes);
        free(names->starts);
    }
    free(names->slots);
    free(names);
}

liq_status liq_names_add(liq_names *names, liq_text name, uint32_t *index_out, liq_error *err)
{
    const uint32_t hash = hash_of(names, name);
    size_t slot_count;
    liq_names_slot *found;
    liq_status status;
    size_t start;

    if (names->slots == NULL && (status = slots_build(names, err)) != LIQ_OK)
        return status;
    slot_count = names->slot_count;
    found = slot_find(names, name, hash);
    if (found->number != 0) {
        *index_out = found->number - 1;
        return liq_fail(err, LIQ_DUPLICATE, 0, "the name \"%.*s\" is there already",
                        LIQ_TEXT_ARGS(name));
    }
    if ((status = room_make(names, name, err)) != LIQ_OK)
        return status;
    if (names->slot_count != slot_count) /* the slots have moved */
        found = slot_find(names, name, hash);
    start = names->starts[names->count];
    if (name.bytes > 0)
        memcpy(names->bytes + start, name.data, name.bytes);
    names->bytes[start + name.bytes] = '\0';
    *index_out = names->count++;
    names->starts[names->count] = start + name.bytes + 1;
    *found = (liq_names_slot){hash, names->count};
    return LIQ_OK;
}

bool liq_names_find(const liq_names *names, liq_text name, uint32_t *index_out)
{
    const liq_names_slot *found;

    if (names->slots == NULL)
        return bisect(names, name, index_out);
    found = slot_find(names, name, hash_of(names, name));
    if (found->number == 0)
        return false;
    *index_out = found->number - 1;
    return true;
}

/* Three dependent misses for each name: its slot, where it starts, its bytes. Each loop asks for
 * what the next one reads. */
bool liq_names_find_batch(const liq_names *names, const liq_text *texts, uint32_t count,
                          uint32_t *indices_out)
{
    uint32_t hashes[LIQ_NAMES_BATCH];

    LIQ_ASSERT(count <= LIQ_NAMES_BATCH);
    for (uint32_t i = 0; names->slots == NULL && i < count; i++)
        if (!bisect(names, texts[i], &indices_out[i]))
            return false;
    if (names->slots == NULL)
        return true;
    for (uint32_t i = 0; i < count; i++) {
        hashes[i] = hash_of(names, texts[i]);
        __builtin_prefetch(&names->slots[hashes[i] & (names->slot_count - 1)]);
    }
    for (uint32_t i = 0; i < count; i++) {
        indices_out[i] = number_guess(names, hashes[i]) - 1;
        if (indices_out[i] == UINT32_MAX)
            return false;
        __builtin_prefetch(&names->starts[indices_out[i]]);
    }
    for (uint32_t i = 0; i < count; i++)
        __builtin_prefetch(names->bytes + names->starts[indices_out[i]]);
    for (uint32_t i = 0; i < count; i++)
        if (liq_names_compare(liq_names_at(names, indices_out[i]), texts[i]) != 0 &&
            !liq_names_find(names, texts[i], &indices_out[i]))
            return false;
    return true;
}

liq_text liq_names_text(const liq_names *names, uint32_t index)
{
    LIQ_ASSERT(index < names->count);
    return liq_names_at(names, index);
}

liq_status liq_names_hash(liq_names *names, liq_error *err)
{
    return names->slots != NULL ? LIQ_OK : slots_build(names, err);
}

const char *liq_names_get(const liq_names *names, uint32_t index)
{
    LIQ_ASSERT(index < names->count);
    return names->bytes + names->starts[index];
}

uint32_t liq_names_count(const liq_names *names)
{
    return names->count;
}

size_t liq_names_memory(const liq_names *names)
{
    const size_t own =
        names->is_lent ? 0 : names->bytes_capacity + names->starts_capacity * sizeof(size_t);

    return sizeof *names + own + names->slot_count * sizeof(liq_names_slot);
}

const char *liq_names_block(const liq_names *names)
{
    return names->bytes != NULL ? names->bytes : "";
}

size_t liq_names_bytes(const liq_names *names)
{
    return names->starts[names->count];
}

/* Without entropy (early at boot) the clock still differs from run to run. */
static uint64_t seed_draw(void)
{
    uint64_t seed;

    return getrandom(&seed, sizeof seed, GRND_NONBLOCK) == sizeof seed ? seed : liq_clock_ns();
}

static bool bisect(const liq_names *names, liq_text name, uint32_t *index_out)
{
    uint32_t low = 0;
    uint32_t high = names->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const int order = liq_names_compare(liq_names_at(names, middle), name);

        if (order == 0) {
            *index_out = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* Eight bytes at a time, each mixed in by a product whose halves are folded together. The last ones
 * overlap what was read before, so that none is read alone; the length tells what was read twice.
 */
static uint32_t hash_of(const liq_names *names, liq_text name)
{
    uint64_t state = names->seed ^ name.bytes;
    size_t at = 0;

    for (; name.bytes - at > sizeof state; at += sizeof state)
        state = fold(state ^ liq_names_word(name.data + at), names->seed);
    if (name.bytes >= sizeof state)
        state = fold(state ^ liq_names_word(name.data + name.bytes - sizeof state), names->seed);
    else
        state = fold(state ^ short_word(name), names->seed);
    return (uint32_t)(state ^ state >> 32);
}

/* All of up to seven bytes. */
static uint64_t short_word(liq_text name)
{
    const unsigned char *data = (const unsigned char *)name.data;
    uint32_t first;
    uint32_t last;

    if (name.bytes < sizeof first)
        return name.bytes == 0 ? 0
                               : (uint64_t)data[0] << 16 | (uint64_t)data[name.bytes / 2] << 8 |
                                     data[name.bytes - 1];
    memcpy(&first, data, sizeof first);
    memcpy(&last, data + name.bytes - sizeof last, sizeof last);
    return (uint64_t)last << 32 | first;
}

/* The constants are digits of the golden ratio and of pi: odd, with bits of no pattern. */
static uint64_t fold(uint64_t left, uint64_t right)
{
    const liq_uint128 product =
        (liq_uint128)(left ^ 0x9e3779b97f4a7c15u) * (right ^ 0x243f6a8885a308d3u);

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The slot that holds name, or the empty one where it belongs. */
static liq_names_slot *slot_find(const liq_names *names, liq_text name, uint32_t hash)
{
    const size_t mask = names->slot_count - 1;

    for (size_t at = hash & mask;; at = (at + 1) & mask) {
        liq_names_slot *const seen = &names->slots[at];

        if (seen->number == 0)
            return seen;
        if (seen->hash == hash &&
            liq_names_compare(liq_names_at(names, seen->number - 1), name) == 0)
            return seen;
    }
}

/* The number of the first name that has this hash, or 0: nearly always the name itself. */
static uint32_t number_guess(const liq_names *names, uint32_t hash)
{
    const size_t mask = names->slot_count - 1;
    size_t at = hash & mask;

    while (names->slots[at].number != 0 && names->slots[at].hash != hash)
        at = (at + 1) & mask;
    return names->slots[at].number;
}

/* Make every array large enough for one more name, and keep the slots at most 5/8 full. */
static liq_status room_make(liq_names *names, liq_text name, liq_error *err)
{
    const size_t needed = names->starts[names->count] + name.bytes + 1;
    void *block;
    liq_status status;

    if (names->count == UINT32_MAX - 1)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "no room for more than %u names", names->count);
    if (names->is_lent && (status = own_take(names, err)) != LIQ_OK)
        return status;
    block = names->bytes;
    status = liq_memory_grow(&block, &names->bytes_capacity, needed, 1, err);
    names->bytes = block;
    if (status != LIQ_OK)
        return status;
    block = names->starts;
    status = liq_memory_grow(&block, &names->starts_capacity, (size_t)names->count + 2,
                             sizeof(size_t), err);
    names->starts = block;
    if (status != LIQ_OK)
        return status;
    if (((size_t)names->count + 1) * 8 > names->slot_count * 5)
        return slots_grow(names, err);
    return LIQ_OK;
}

/* Copy what was lent, before it is added to. */
static liq_status own_take(liq_names *names, liq_error *err)
{
    void *bytes = NULL;
    void *starts = NULL;
    liq_status status;

    if ((status = liq_memory_array(&bytes, names->bytes_capacity, 1, err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&starts, names->starts_capacity, sizeof(size_t), err)) !=
        LIQ_OK) {
        free(bytes);
        return status;
    }
    memcpy(bytes, names->bytes, names->bytes_capacity);
    memcpy(starts, names->starts, names->starts_capacity * sizeof(size_t));
    names->bytes = bytes;
    names->starts = starts;
    names->is_lent = false;
    return LIQ_OK;
}

/* For names that came without slots. */
static liq_status slots_build(liq_names *names, liq_error *err)
{
    size_t count = SLOTS_FIRST;
    void *block = NULL;
    liq_status status;

    while (count / 8 * 5 < names->count)
        count *= 2;
    if ((status = liq_memory_array(&block, count, sizeof(liq_names_slot), err)) != LIQ_OK)
        return status;
    names->slots = block;
    names->slot_count = count;
    for (uint32_t i = 0; i < names->count; i++) {
        const liq_text name = liq_names_at(names, i);
        const uint32_t hash = hash_of(names, name);

        *slot_find(names, name, hash) = (liq_names_slot){hash, i + 1};
    }
    return LIQ_OK;
}

static liq_status slots_grow(liq_names *names, liq_error *err)
{
    const size_t count = names->slot_count * 2;
    void *block = NULL;
    liq_names_slot *slots;
    liq_status status;

    if ((status = liq_memory_array(&block, count, sizeof(liq_names_slot), err)) != LIQ_OK)
        return status;
    slots = block;
    for (size_t i = 0; i < names->slot_count; i++) {
        size_t at = names->slots[i].hash & (count - 1);

        if (names->slots[i].number == 0)
            continue;
        while (slots[at].number != 0)
            at = (at + 1) & (count - 1);
        slots[at] = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->slot_count = count;
    return LIQ_OK;
}

int liq_names_compare(liq_text left, liq_text right)
{
    const size_t bytes = left.bytes < right.bytes ? left.bytes : right.bytes;
    const int order = bytes == 0 ? 0 : memcmp(left.data, right.data, bytes);

    if (order != 0)
        return order;
    return (left.bytes > right.bytes) - (left.bytes < right.bytes);
}
