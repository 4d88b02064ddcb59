/*
 * A disk that fails when it is asked to: SQLite's own files through a VFS that passes everything on
 * but the chosen call.
 */
#ifndef LIQ_TESTS_JOURNAL_SUPPORT_FAILING_DISK_H
#define LIQ_TESTS_JOURNAL_SUPPORT_FAILING_DISK_H

#include <stdbool.h>
#include <stdint.h>

typedef enum failing_call { FAILING_NONE = 0, FAILING_WRITE = 1, FAILING_SYNC = 2 } failing_call;

/* Have SQLite use it from now on in this process. */
void failing_disk_install(void);

/**
 * Have the n-th such call on a file whose name ends so fail, and all after it.
 * @param suffix  such as "-wal"; lent
 * @param code    SQLite's, that it fails with
 */
void failing_disk_fail(failing_call call, const char *suffix, uint32_t n, int code);

/* Have nothing fail. @return whether anything did since it was asked to */
bool failing_disk_heal(void);

#endif
