/*
 * Names to indices and back: account ids, symbols, assets. Interning keeps
 * the rest of the book free of strings. Lookup is a hash probe.
 */
#ifndef LIQ_BASE_NAMES_H
#define LIQ_BASE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_names liq_names;

enum { LIQ_NAME_BYTES_MAX = 128 };

/** Create an empty table. Destroy takes NULL. */
LIQ_MUST_USE liq_status liq_names_create(liq_names **out, liq_error *err);
void liq_names_destroy(liq_names *names);

/**
 * Make a table of names that lie one behind the other already, in rising order of bytes, each valid
 * and terminated: that is for the caller to know. Looking one up then takes a bisection, and adding
 * one builds the hash table first.
 * @param bytes   the names; given away on success, to be freed with the table, unless
 *                is_lent: then it outlives the table, and is copied when a name is added
 * @param starts  where each starts, and the next one would: count + 1, likewise given away
 */
LIQ_MUST_USE liq_status liq_names_adopt(liq_names **out, char *bytes, size_t *starts,
                                        uint32_t count, bool is_lent, liq_error *err);

/** Build the hash table of names that were adopted, if there is none: for whoever is going to look
 * up many. */
LIQ_MUST_USE liq_status liq_names_hash(liq_names *names, liq_error *err);

/**
 * Add a name that is not there yet. Indices are given out from 0 upward.
 * A name is 1 .. 128 bytes of UTF-8 without control bytes, spaces at the ends, or ':'
 * is not checked here: see liq_names_valid.
 * @return LIQ_OK, LIQ_DUPLICATE (index_out receives the old index) or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_names_add(liq_names *names, liq_text name, uint32_t *index_out,
                                      liq_error *err);

/** Whether text may be a name: 1 .. 128 bytes, UTF-8, no control bytes, no space at either end. */
bool liq_names_valid(liq_text text);

/** Find a name; false when it is not there. */
bool liq_names_find(const liq_names *names, liq_text name, uint32_t *index_out);

enum { LIQ_NAMES_BATCH = 64 };

/**
 * Find several names at once. In a table past the processor's cache that is several times faster
 * than one by one, because the misses of all of them are waited for together.
 * @param count  0 .. LIQ_NAMES_BATCH
 * @return false when one is not there; indices_out is then undefined
 */
bool liq_names_find_batch(const liq_names *names, const liq_text *texts, uint32_t count,
                          uint32_t *indices_out);

/** The name at index, terminated; lent until the table changes. */
const char *liq_names_get(const liq_names *names, uint32_t index);

/** The same with its length. */
liq_text liq_names_text(const liq_names *names, uint32_t index);

uint32_t liq_names_count(const liq_names *names);

/** Bytes of memory that the table has taken for itself: nothing of what was lent to it. */
size_t liq_names_memory(const liq_names *names);

/** All names, each terminated, one behind the other in the order of indices; lent until the table
 * changes. */
const char *liq_names_block(const liq_names *names);

/** How many bytes that is. */
size_t liq_names_bytes(const liq_names *names);

/** By bytes; of two names where one begins the other, the shorter comes first. */
int liq_names_compare(liq_text left, liq_text right);

/** Whether index order is name order, as liq_names_compare has it. */
bool liq_names_sorted(const liq_names *names);

/**
 * Sort the names by bytes, so that index order is name order.
 * @param old_to_new  receives, for each old index, the new one; liq_names_count items, owned by the
 * caller
 */
LIQ_MUST_USE liq_status liq_names_sort(liq_names *names, uint32_t *old_to_new, liq_error *err);

#endif
