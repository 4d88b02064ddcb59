/*
 * Whether a journal is what was recorded, as far as it can be told without deciding anything
 * again: that is the engine's, which compares the state hash of every tick.
 *
 *   1  the file: its head, its WAL, SQLite's own check of every page and index
 *   2  its tables, triggers and indices are those of a journal
 *   3  every reference leads somewhere, and no row belongs to nothing
 *   4  tick by tick: numbers without a gap, the chain, the counts, each line against its columns,
 *      the legs of each decision by asset
 *   5  the positions of outlets
 *   6  each part goes on where the one before has ended
 *   7  every file of inputs that is kept, to the byte
 */
#ifndef LIQ_JOURNAL_JOURNAL_VERIFY_H
#define LIQ_JOURNAL_JOURNAL_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

#include "base/hash.h"
#include "journal/input_segment.h"
#include "journal/journal.h"

typedef struct liq_journal_verdict {
    bool is_sound;
    char name[LIQ_JOURNAL_NAME_BYTES_MAX + 1];
    char chain[LIQ_HASH_HEX_BYTES]; /* of the last tick */
    uint64_t from_tick; /* the first that is there; those before are in parts that were removed */
    uint64_t parts;     /* of the journal, that are there */
    uint64_t ticks;     /* that were checked and are sound; likewise below */
    uint64_t decisions;
    uint64_t legs;
    uint64_t inputs;
    uint64_t input_bytes;
    uint64_t inputs_from; /* first tick whose inputs are kept; those before are gone by policy */
    uint64_t snapshots;   /* noted */
    /* The first bad place, when it is not sound. 0 and "" where it does not apply. */
    uint64_t tick;
    uint64_t seq;
    char table[32];
    char file[LIQ_SEGMENT_NAME_BYTES];
    uint64_t offset; /* in the file */
    char message[LIQ_ERROR_MESSAGE_BYTES];
} liq_journal_verdict;

/**
 * Check a journal, also one that a running sidecar writes to: then as far as it goes now.
 * @param path      the folder, or its journal.db
 * @param progress  NULL: none
 * @return LIQ_OK, also when it is not sound; LIQ_NOT_FOUND (there is none), LIQ_BAD_INPUT (path is
 * neither), LIQ_INTERRUPTED, LIQ_IO, LIQ_OUT_OF_MEMORY: then nothing is known
 */
LIQ_MUST_USE liq_status liq_journal_verify(liq_journal_verdict *out, const char *path,
                                           const liq_progress *progress, liq_error *err);

#endif
