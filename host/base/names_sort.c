/*
 * Names brought into rising order of bytes.
 */
#include <stdlib.h>

#include "base/memory.h"
#include "base/names_internal.h"

/* What the sort moves: most comparisons end at the eight bytes behind the common prefix. */
typedef struct sort_key {
    uint64_t bytes; /* the first one most significant */
    uint32_t index;
} sort_key;

static bool is_sorted(const liq_names *names);
static liq_status renumber(liq_names *names, const sort_key *keys, uint32_t *old_to_new,
                           liq_error *err);
static void keys_fill(const liq_names *names, sort_key *keys);
static size_t common_prefix(const liq_names *names);
static sort_key *keys_sort(const liq_names *names, sort_key *source, sort_key *target);
static void runs_merge(const liq_names *names, const sort_key *source, sort_key *target,
                       size_t begin, size_t run);
static bool key_above(const liq_names *names, sort_key left, sort_key right);

bool liq_names_sorted(const liq_names *names)
{
    return names->slots == NULL || is_sorted(names);
}

liq_status liq_names_sort(liq_names *names, uint32_t *old_to_new, liq_error *err)
{
    void *first = NULL;
    void *second = NULL;
    liq_status status = LIQ_OK;

    if (is_sorted(names)) {
        for (uint32_t i = 0; i < names->count; i++)
            old_to_new[i] = i;
        return LIQ_OK;
    }
    if ((status = liq_memory_array(&first, names->count, sizeof(sort_key), err)) != LIQ_OK)
        goto done;
    if ((status = liq_memory_array(&second, names->count, sizeof(sort_key), err)) != LIQ_OK)
        goto done;
    keys_fill(names, first);
    status = renumber(names, keys_sort(names, first, second), old_to_new, err);
done:
    free(second);
    free(first);
    return status;
}

static bool is_sorted(const liq_names *names)
{
    for (uint32_t i = 1; i < names->count; i++)
        if (liq_names_compare(liq_names_at(names, i - 1), liq_names_at(names, i)) > 0)
            return false;
    return true;
}

/* Lay the names out in the order of keys; the slots keep their places and get new numbers. */
static liq_status renumber(liq_names *names, const sort_key *keys, uint32_t *old_to_new,
                           liq_error *err)
{
    void *bytes = NULL;
    void *starts = NULL;
    size_t used = 0;
    liq_status status;

    status = liq_memory_array(&bytes, names->bytes_capacity, 1, err);
    if (status == LIQ_OK)
        status = liq_memory_array(&starts, names->starts_capacity, sizeof(size_t), err);
    if (status != LIQ_OK) {
        free(bytes);
        return status;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        const liq_text name = liq_names_at(names, keys[i].index);

        memcpy((char *)bytes + used, name.data, name.bytes + 1);
        used += name.bytes + 1;
        ((size_t *)starts)[i + 1] = used;
        old_to_new[keys[i].index] = i;
    }
    for (size_t i = 0; i < names->slot_count; i++)
        if (names->slots[i].number != 0)
            names->slots[i].number = old_to_new[names->slots[i].number - 1] + 1;
    free(names->bytes);
    free(names->starts);
    names->bytes = bytes;
    names->starts = starts;
    return LIQ_OK;
}

static void keys_fill(const liq_names *names, sort_key *keys)
{
    const size_t prefix = common_prefix(names);

    for (uint32_t i = 0; i < names->count; i++) {
        const liq_text name = liq_names_at(names, i);
        uint64_t bytes = 0;

        for (size_t at = prefix; at < prefix + sizeof bytes; at++)
            bytes = bytes << 8 | (at < name.bytes ? (unsigned char)name.data[at] : 0);
        keys[i] = (sort_key){bytes, i};
    }
}

/* How many first bytes all names share: account ids often begin alike. */
static size_t common_prefix(const liq_names *names)
{
    const liq_text first = liq_names_at(names, 0);
    size_t prefix = first.bytes;

    for (uint32_t i = 1; i < names->count; i++) {
        const liq_text name = liq_names_at(names, i);
        size_t same = 0;

        while (same < prefix && same < name.bytes && name.data[same] == first.data[same])
            same++;
        prefix = same;
    }
    return prefix;
}

/* Merge sort, from runs of one upward; returns the array that holds the result. */
static sort_key *keys_sort(const liq_names *names, sort_key *source, sort_key *target)
{
    for (size_t run = 1; run < names->count; run *= 2) {
        sort_key *const swap = source;

        for (size_t begin = 0; begin < names->count; begin += 2 * run)
            runs_merge(names, source, target, begin, run);
        source = target;
        target = swap;
    }
    return source;
}

/* Merge the runs at begin and begin + run; the second may be short or missing. */
static void runs_merge(const liq_names *names, const sort_key *source, sort_key *target,
                       size_t begin, size_t run)
{
    const size_t count = names->count;
    const size_t middle = begin + run < count ? begin + run : count;
    const size_t end = middle + run < count ? middle + run : count;
    size_t left = begin;
    size_t right = middle;

    for (size_t i = begin; i < end; i++) {
        const bool take_right =
            left == middle || (right < end && key_above(names, source[left], source[right]));

        target[i] = source[take_right ? right++ : left++];
    }
}

static bool key_above(const liq_names *names, sort_key left, sort_key right)
{
    if (left.bytes != right.bytes)
        return left.bytes > right.bytes;
    return liq_names_compare(liq_names_at(names, left.index), liq_names_at(names, right.index)) > 0;
}
