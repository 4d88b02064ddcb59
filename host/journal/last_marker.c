#include "journal/last_marker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "journal/journal_folder.h"

#define MARKER_FILE "last-tick"

enum { MARKER_DIGITS = 20, MARKER_BYTES = MARKER_DIGITS + 1 };

liq_status liq_last_marker_read(uint64_t *tick, const char *folder, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    char text[MARKER_BYTES + 1] = {0};
    liq_status status = liq_journal_path(path, folder, MARKER_FILE, err);
    ssize_t got;
    int marker;

    *tick = 0;
    if (status != LIQ_OK)
        return status;
    marker = open(path, O_RDONLY | O_CLOEXEC);
    if (marker < 0)
        return errno == ENOENT ? LIQ_OK
                               : liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    got = pread(marker, text, sizeof text, 0);
    (void)close(marker);
    if (got == 0)
        return LIQ_OK; /* the disk was full when it was made */
    if (got != MARKER_BYTES || strspn(text, "0123456789") != MARKER_DIGITS ||
        text[MARKER_DIGITS] != '\n')
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is damaged: it is not a tick's number", path);
    *tick = strtoull(text, NULL, 10);
    return LIQ_OK;
}

liq_status liq_last_marker_open(int *marker, const char *folder, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    const liq_status status = liq_journal_path(path, folder, MARKER_FILE, err);

    if (status != LIQ_OK)
        return status;
    *marker = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (*marker < 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    return LIQ_OK;
}

void liq_last_marker_write(int marker, uint64_t tick)
{
    char text[MARKER_BYTES + 1];

    (void)snprintf(text, sizeof text, "%020llu\n", (unsigned long long)tick);
    if (pwrite(marker, text, MARKER_BYTES, 0) != MARKER_BYTES)
        return;
}

liq_status liq_last_marker_check(uint64_t told, uint64_t last, liq_error *err)
{
    if (told <= last)
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "journal.db: ends at tick %llu, and tick %llu was recorded: its WAL is cut, "
                    "damaged or gone (to go on without what is lost, remove " MARKER_FILE ")",
                    (unsigned long long)last, (unsigned long long)told);
}
