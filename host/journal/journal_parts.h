/*
 * The parts of a journal. When journal.db is large or old enough the record goes on in
 * journal-<tick>/journal.db, from that tick on; and so again and again. A part that has been left
 * is never written to any more.
 *
 * A part begins with an origin: the last tick of the part before, its chain, and what of earlier
 * records is still needed (positions of sources, snapshots, files of inputs, retention). The first
 * tick of a part takes its origin into its chain, so that the chain goes on across parts, and
 * whatever part is the oldest there is, the record is proven from its first tick on.
 */
#ifndef LIQ_JOURNAL_JOURNAL_PARTS_H
#define LIQ_JOURNAL_JOURNAL_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "journal/journal_folder.h"

/* Tick that a part begins with; 0: the one in the folder itself. */
typedef struct liq_journal_parts {
    uint64_t *firsts; /* rising */
    size_t count;
    size_t capacity;
} liq_journal_parts;

/** List what is there. @param out  zeroed, cleared by the caller also on failure */
LIQ_MUST_USE liq_status liq_journal_parts_list(liq_journal_parts *out, const char *folder,
                                               liq_error *err);

void liq_journal_parts_clear(liq_journal_parts *parts);

/** The folder of a part. @return LIQ_OK or LIQ_OUT_OF_RANGE (longer than a path may be) */
LIQ_MUST_USE liq_status liq_journal_part_folder(char out[LIQ_JOURNAL_PATH_BYTES],
                                                const char *folder, uint64_t first, liq_error *err);

/** The youngest part; 0 also when there is none at all. @return LIQ_OK, LIQ_IO .. */
LIQ_MUST_USE liq_status liq_journal_part_newest(uint64_t *first, const char *folder,
                                                liq_error *err);

/** The part behind one. @return LIQ_OK; LIQ_NOT_FOUND: there is none; LIQ_IO .. */
LIQ_MUST_USE liq_status liq_journal_part_next(uint64_t *next, const char *folder, uint64_t first,
                                              liq_error *err);

#endif
