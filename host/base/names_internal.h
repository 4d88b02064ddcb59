/*
 * What the files of the table of names share.
 */
#ifndef LIQ_BASE_NAMES_INTERNAL_H
#define LIQ_BASE_NAMES_INTERNAL_H

#include <stddef.h>
#include <string.h>

#include "base/names.h"

typedef struct liq_names_slot {
    uint32_t hash;
    uint32_t number; /* index + 1; 0: empty */
} liq_names_slot;

struct liq_names {
    uint64_t seed;
    char *bytes; /* every name with a terminator */
    size_t bytes_capacity;
    size_t *starts; /* where each name starts, and the next one would: count + 1 of them */
    size_t starts_capacity;
    bool is_lent;          /* bytes and starts are somebody else's, who does not change them */
    liq_names_slot *slots; /* NULL: the names are in order, and no slots have been needed yet */
    size_t slot_count;     /* a power of two */
    uint32_t count;
};

/** The name of an index that is there. */
static inline liq_text liq_names_at(const liq_names *names, uint32_t index)
{
    const size_t start = names->starts[index];

    return (liq_text){names->bytes + start, names->starts[index + 1] - start - 1};
}

/** Eight bytes of a name as a number, from any address. */
static inline uint64_t liq_names_word(const char *data)
{
    uint64_t word;

    memcpy(&word, data, sizeof word);
    return word;
}

#endif
