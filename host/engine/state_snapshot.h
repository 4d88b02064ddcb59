/*
 * Snapshots of a core in the state folder: book-<tick>.snapshot, which every command takes as a
 * book, and state-<tick>, which says what else is known and which names the first. A child process
 * writes them from its copy of the memory, so that no tick waits.
 */
#ifndef LIQ_ENGINE_STATE_SNAPSHOT_H
#define LIQ_ENGINE_STATE_SNAPSHOT_H

#include <sys/types.h>

#include "engine/engine_core.h"
#include "journal/journal.h"

enum { LIQ_STATE_NAME_BYTES = 64 };

/* One that is being written. Zero it. */
typedef struct liq_state_child {
    pid_t child; /* 0: none */
    int result;  /* pipe: the hash, when all is on disk */
    uint64_t tick;
} liq_state_child;

/** Name of the file of a tick, within the folder. */
void liq_state_name(char out[LIQ_STATE_NAME_BYTES], uint64_t tick);

/** Write a snapshot now. @param sha256  receives the hash of the state file */
LIQ_MUST_USE liq_status liq_state_save(const liq_core *core, const char *folder,
                                       char sha256[LIQ_HASH_HEX_BYTES], liq_error *err);

/**
 * Begin to write a snapshot of the core as it is, which is right after a tick.
 * @return LIQ_OK; LIQ_DUPLICATE (one is being written), LIQ_IO
 */
LIQ_MUST_USE liq_status liq_state_begin(liq_state_child *child, const liq_core *core,
                                        const char *folder, liq_error *err);

/**
 * See whether it is written, without waiting, and have the journal note it.
 * @param noted  whether it was
 * @return LIQ_OK (also while it is not); LIQ_IO: it could not be written, or not noted
 */
LIQ_MUST_USE liq_status liq_state_poll(liq_state_child *child, liq_journal *journal, bool *noted,
                                       liq_error *err);

/** End it, written or not. */
void liq_state_end(liq_state_child *child);

/**
 * Load the core of a snapshot.
 * @param out     zeroed but for device and cpu_only; stays where it is
 * @param sha256  that the journal has of the state file
 * @return LIQ_OK; LIQ_NOT_FOUND, LIQ_BAD_INPUT (damaged), LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_state_load(liq_core *out, const char *folder, const char *file,
                                       const char *sha256, liq_error *err);

/** Remove snapshots of ticks before one. What cannot be removed stays. */
void liq_state_remove_before(const char *folder, uint64_t tick);

#endif
