/*
 * Snapshots beside the ticks. A thread takes memory for a second copy of the book; the engine
 * brings it up between ticks, a piece at a time; behind a tick the last of it is copied, and with
 * it all else that a snapshot says; the thread writes that. So a snapshot is of one tick, and none
 * waits for it longer than those last pieces take.
 *
 *   begin ─► (thread: memory) ─► advance, advance .. ─► freeze ─► (thread: files) ─► poll ─►
 * release
 */
#ifndef LIQ_ENGINE_STATE_WRITER_H
#define LIQ_ENGINE_STATE_WRITER_H

#include <pthread.h>

#include "book/live_shadow.h"
#include "engine/core_frozen.h"
#include "engine/state_snapshot.h"
#include "journal/journal.h"
#include "journal/journal_folder.h"

typedef enum liq_writer_stage {
    LIQ_WRITER_TAKES = 0,  /* thread: memory */
    LIQ_WRITER_COPIES = 1, /* engine */
    LIQ_WRITER_WRITES = 2, /* thread */
    LIQ_WRITER_TELLS = 3,  /* engine: the outcome is there */
    LIQ_WRITER_CLEARS = 4, /* thread: older snapshots */
    LIQ_WRITER_ENDS = 5    /* thread: given up, or nothing is left to do */
} liq_writer_stage;

/* Zero it. Where the engine's functions do not say otherwise they are for its thread alone. */
typedef struct liq_snapshot_writer {
    pthread_t thread;
    bool is_running;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    liq_writer_stage stage; /* under the mutex; what follows belongs to whoever's turn it is */
    bool is_over;           /* under the mutex: the thread does nothing any more */
    uint32_t ticks;         /* that have passed since all was copied once */
    liq_live_shadow_size size;
    liq_live_shadow shadow;
    liq_core_frozen frozen;
    uint64_t tick;          /* of the snapshot */
    uint64_t remove_before; /* snapshots of ticks before that; 0: none */
    char folder[LIQ_JOURNAL_PATH_BYTES];
    char sha256[LIQ_HASH_HEX_BYTES];
    liq_status status;
    liq_error error;
} liq_snapshot_writer;

/** Whether one is under way. */
static inline bool liq_state_is_busy(const liq_snapshot_writer *writer)
{
    return writer->is_running;
}

/** Begin. @return LIQ_OK; LIQ_DUPLICATE (one is under way), LIQ_OUT_OF_RANGE, LIQ_IO */
LIQ_MUST_USE liq_status liq_state_begin(liq_snapshot_writer *writer, const liq_core *core,
                                        const char *folder, liq_error *err);

/**
 * Copy a piece, if it is time for that.
 * @param bytes_max  about so much
 * @return whether there is more to copy now
 */
bool liq_state_advance(liq_snapshot_writer *writer, liq_core *core, size_t bytes_max);

/** Right after a tick: if nearly all is copied, the snapshot is of this one. */
void liq_state_freeze(liq_snapshot_writer *writer, const liq_core *core);

/**
 * See whether it is written, without waiting, and have the journal note it.
 * @param noted  whether it was: then liq_state_release is next
 * @return LIQ_OK (also while it is not); LIQ_IO, LIQ_OUT_OF_MEMORY: it could not be written, or not
 * noted
 */
LIQ_MUST_USE liq_status liq_state_poll(liq_snapshot_writer *writer, liq_journal *journal,
                                       bool *noted, liq_error *err);

/** Have snapshots of ticks before one removed, which the journal no longer needs. 0: none */
void liq_state_release(liq_snapshot_writer *writer, uint64_t remove_before);

/** End it, copied or not; one that is being written is written first, and not noted. */
void liq_state_end(liq_snapshot_writer *writer);

#endif
