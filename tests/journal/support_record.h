/*
 * A journal for one test: a folder below TMPDIR, and ticks that are the same in every run, so that
 * two journals of the same ticks have the same chain.
 */
#ifndef LIQ_TESTS_JOURNAL_SUPPORT_RECORD_H
#define LIQ_TESTS_JOURNAL_SUPPORT_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "journal/journal.h"

enum { RECORD_PATH_BYTES = 512, RECORD_NAME_BYTES = 1024, RECORD_SNAPSHOT_EVERY = 10 };

#define RECORD_NAME "demo"

/* Make a folder in which no journal is yet; remove it with all that is in it. */
void record_folder_make(char path[RECORD_PATH_BYTES]);
void record_folder_remove(const char *path);

/* Path of a file in a folder; lent until the fourth call after. */
const char *record_path(const char *folder, const char *name);

/* Copy all files of a folder into another, which is made. */
void record_folder_copy(const char *source, char target[RECORD_PATH_BYTES]);

/* Bytes of a file, which must be there. */
size_t record_file_bytes(const char *path);

/* Read a whole file; the caller frees it. */
char *record_file_read(const char *path, size_t *bytes);
void record_file_write(const char *path, const void *data, size_t bytes);
void record_file_flip(const char *path, size_t offset);

/* Open with the usual name, or stop the test. */
liq_journal *record_open(const char *folder);

/* What a tick has: so many inputs and decisions, always the same. */
uint32_t record_input_count(uint64_t tick);
uint32_t record_decision_count(uint64_t tick);
uint64_t record_first_seq(uint64_t tick);

/* Text of an input; lent until the next call. */
const char *record_line(uint64_t tick, uint32_t input);
const char *record_source(uint32_t input);

/* Add the inputs of a tick. These three may be called in a child of the test. */
liq_status record_inputs(liq_journal *journal, uint64_t tick, liq_error *err);

/* Commit it, with all its records. */
liq_status record_commit(liq_journal *journal, uint64_t tick, liq_error *err);

/* Note the snapshot after every tenth tick. */
liq_status record_note(liq_journal *journal, uint64_t tick, liq_error *err);

/* Both, and the inputs, for ticks first .. last; stops the test when one fails. */
void record_ticks(liq_journal *journal, uint64_t first, uint64_t last);

#endif
