/*
 * The file into which the inputs go, in the order in which they were applied.
 *
 * A file is named by the first tick that has inputs in it. Bytes behind the end of the last
 * committed tick belong to nobody: they are overwritten, and cut off when the journal is opened.
 */
#ifndef LIQ_JOURNAL_INPUT_SEGMENT_H
#define LIQ_JOURNAL_INPUT_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/hash.h"
#include "base/text.h"

enum { LIQ_SEGMENT_NAME_BYTES = 48 };

typedef struct liq_input_segment {
    int folder;          /* descriptor, owned; -1: none */
    int file;            /* descriptor; -1: none yet */
    uint64_t last_tick;  /* committed */
    uint64_t first_tick; /* names the file; 0: there was none yet */
    uint64_t end;        /* of the last committed tick, bytes from the start */
    uint64_t spilled;    /* bytes behind that which are written, and no longer in memory */
    char *pending;       /* those behind them */
    size_t pending_bytes;
    size_t pending_capacity;
    size_t written;  /* of pending */
    size_t early_at; /* pending bytes at which they are written before the commit */
    uint64_t count;  /* inputs since the last tick */
    liq_hash *hash;  /* over the bytes since the last tick */
    size_t hashed;   /* of pending */
    char slice_hash[LIQ_HASH_HEX_BYTES]; /* of a tick that is being committed */
    bool is_sealed;                      /* no input is taken: a tick is being committed */
    bool is_safe;                        /* and what it has is on disk */
    bool is_lost;     /* the disk failed with bytes that are no longer in memory */
    bool is_rotating; /* the next tick that has inputs begins a new file */
} liq_input_segment;

/** Begin, with nothing open. @param out  zeroed @param folder  is opened, and closed by clear */
LIQ_MUST_USE liq_status liq_input_segment_start(liq_input_segment *out, const char *folder,
                                                liq_error *err);

/** Takes a zeroed one, and one whose start failed. */
void liq_input_segment_clear(liq_input_segment *segment);

/**
 * Take up the file as the last tick left it: cut it back to there.
 * @param first_tick  0: there is none
 * @param last_tick   which needs it, for messages
 * @return LIQ_OK, LIQ_BAD_INPUT (missing, too short, not at the end of a line), LIQ_IO
 */
LIQ_MUST_USE liq_status liq_input_segment_resume(liq_input_segment *segment, uint64_t first_tick,
                                                 uint64_t end, uint64_t last_tick, liq_error *err);

/** Add a record. @return as liq_journal_input */
LIQ_MUST_USE liq_status liq_input_segment_add(liq_input_segment *segment, const char *source,
                                              liq_text line, liq_error *err);

/** Write all inputs since the last tick, and take no more. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_input_segment_seal(liq_input_segment *segment, liq_error *err);

/** Have them on disk, once sealed. Another thread may read meanwhile what the tick records of them:
 * where they end, how many they are and their hash. @return LIQ_OK or LIQ_IO */
LIQ_MUST_USE liq_status liq_input_segment_sync(liq_input_segment *segment, liq_error *err);

/** Where the inputs of a sealed tick end. */
static inline uint64_t liq_input_segment_sealed_end(const liq_input_segment *segment)
{
    return segment->end + segment->spilled + segment->pending_bytes;
}

/** The tick is committed. */
void liq_input_segment_committed(liq_input_segment *segment);

/** It is not, and nothing of it may be found later: take back what can be written again. */
void liq_input_segment_withdraw(liq_input_segment *segment);

/** Remove the files that begin before kept_from, and those that begin after last_tick. Best effort.
 */
void liq_input_segment_sweep(int folder, uint64_t kept_from, uint64_t last_tick);

/** The name of a file. */
void liq_input_segment_name(char out[LIQ_SEGMENT_NAME_BYTES], uint64_t first_tick);

/** What a name stands for; 0: it is none of these. */
uint64_t liq_input_segment_of(const char *name);

#endif
