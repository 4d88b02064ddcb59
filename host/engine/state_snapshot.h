/*
 * Snapshots of a core in the state folder: book-<tick>.snapshot, which every command takes as a
 * book, and state-<tick>, which says what else is known and which names the first.
 */
#ifndef LIQ_ENGINE_STATE_SNAPSHOT_H
#define LIQ_ENGINE_STATE_SNAPSHOT_H

#include "base/hash.h"
#include "engine/core_frozen.h"

enum { LIQ_STATE_NAME_BYTES = 64 };

/** Name of the file of a tick, within the folder. */
void liq_state_name(char out[LIQ_STATE_NAME_BYTES], uint64_t tick);

/** Write a snapshot now. @param sha256  receives the hash of the state file */
LIQ_MUST_USE liq_status liq_state_save(const liq_core *core, const char *folder,
                                       char sha256[LIQ_HASH_HEX_BYTES], liq_error *err);

/** The same of a core that goes on meanwhile: of what was taken of it, by any thread.  book  as it
 * was after that tick */
LIQ_MUST_USE liq_status liq_state_save_frozen(const liq_live_book *book,
                                              const liq_core_frozen *frozen, uint64_t tick,
                                              const char *folder, char sha256[LIQ_HASH_HEX_BYTES],
                                              liq_error *err);

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
