/*
 * Compiled programs on disk, by key. A file is used only when it is ours, whole
 * and hashes to what it says; everything else is as if it were not there, and
 * no failure to read or write ever reaches the caller.
 *
 * Place: $LIQ_CACHE_DIR, else $XDG_CACHE_HOME/liqscan, else ~/.cache/liqscan;
 * where that cannot be used, the scratch folder of this process.
 */
#ifndef LIQ_DEVICE_CACHE_H
#define LIQ_DEVICE_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

enum { LIQ_CACHE_ENTRIES_MAX = 64, LIQ_CACHE_VARIANTS_MAX = 256 };

/* One compiled program. */
typedef struct liq_cache_entry {
    unsigned char *binary; /* owned by the entry */
    size_t binary_bytes;
    uint64_t variants[LIQ_CACHE_VARIANTS_MAX]; /* launches that the binary is prepared for */
    uint32_t variant_count;
} liq_cache_entry;

/**
 * Read the entry of a key. A file that is damaged or foreign is removed.
 * @param entry  receives the entry, which the caller clears; empty when there is none
 * @return whether there was one
 */
bool liq_cache_load(liq_cache_entry *entry, const char key[LIQ_HASH_HEX_BYTES]);

/** Write an entry, whole or not at all; an older one is replaced. @return whether it was stored */
bool liq_cache_store(const liq_cache_entry *entry, const char key[LIQ_HASH_HEX_BYTES]);

/** Forget an entry that the driver refused. */
void liq_cache_drop(const char key[LIQ_HASH_HEX_BYTES]);

/** Give back the binary and make the entry empty. */
void liq_cache_clear(liq_cache_entry *entry);

/**
 * Count in *loads, from now on, the entries that this process reads. For a parent that
 * must know whether its dead child had trusted the cache; NULL stops it.
 */
void liq_cache_watch(volatile uint32_t *loads);

/** Read nothing more in this process, only write: what is on disk crashed a driver. */
void liq_cache_distrust(void);

#endif
