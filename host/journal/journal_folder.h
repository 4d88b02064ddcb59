/*
 * The folder that a journal lives in: made, held by one process, and its paths.
 */
#ifndef LIQ_JOURNAL_JOURNAL_FOLDER_H
#define LIQ_JOURNAL_JOURNAL_FOLDER_H

#include <liqscan/status.h>

enum { LIQ_JOURNAL_PATH_BYTES = 4096 };

/** Make the folder, for its owner alone, unless it is there. Its parent must be. */
LIQ_MUST_USE liq_status liq_journal_folder_make(const char *folder, liq_error *err);

/**
 * Hold a folder until the descriptor is closed or the process ends, however it does.
 * @param lock  receives the descriptor
 * @param name  of the sidecar, for the message that another process gets
 * @return LIQ_OK; LIQ_DUPLICATE (the message names who holds it); LIQ_IO, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_journal_lock(int *lock, const char *folder, const char *name,
                                         liq_error *err);

/** folder/name. @return LIQ_OK or LIQ_OUT_OF_RANGE (longer than a path may be) */
LIQ_MUST_USE liq_status liq_journal_path(char out[LIQ_JOURNAL_PATH_BYTES], const char *folder,
                                         const char *name, liq_error *err);

/** The folder that a path means: itself, or that of the journal.db which it names. */
LIQ_MUST_USE liq_status liq_journal_folder_of(char out[LIQ_JOURNAL_PATH_BYTES], const char *path,
                                              liq_error *err);

/** Refuse what is no name of a journal, source or outlet. @param what  such as "source" */
LIQ_MUST_USE liq_status liq_journal_name_check(const char *what, const char *name, liq_error *err);

#endif
