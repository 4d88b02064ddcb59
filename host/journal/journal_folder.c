#include "journal/journal_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/file.h"
#include "journal/journal.h"

enum { HOLDER_BYTES = 128 };

/* One that was killed may have left a child that writes a snapshot, and follows it in a moment. */
enum { LOCK_TRIES = 40, LOCK_PAUSE_MS = 10 };

static bool lock_take(int descriptor);
static liq_status held_fail(int descriptor, const char *folder, liq_error *err);

liq_status liq_journal_folder_make(const char *folder, liq_error *err)
{
    struct stat facts;

    if (mkdir(folder, S_IRWXU) != 0 && errno != EEXIST)
        return liq_fail(err, LIQ_IO, errno, "%s: cannot be made: %s", folder, strerror(errno));
    if (stat(folder, &facts) != 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", folder, strerror(errno));
    if (!S_ISDIR(facts.st_mode))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is no folder", folder);
    return LIQ_OK;
}

liq_status liq_journal_lock(int *lock, const char *folder, const char *name, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    liq_status status = liq_journal_path(path, folder, "lock", err);
    int descriptor;

    if (status != LIQ_OK)
        return status;
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    if (!lock_take(descriptor)) {
        status = errno == EWOULDBLOCK
                     ? held_fail(descriptor, folder, err)
                     : liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
        (void)close(descriptor);
        return status;
    }
    /* Only for the eyes of whoever is refused: that it cannot be written refuses nobody. */
    if (ftruncate(descriptor, 0) == 0)
        (void)dprintf(descriptor, "\"%s\", process %ld\n", name, (long)getpid());
    *lock = descriptor;
    return LIQ_OK;
}

liq_status liq_journal_path(char out[LIQ_JOURNAL_PATH_BYTES], const char *folder, const char *name,
                            liq_error *err)
{
    const int written = snprintf(out, LIQ_JOURNAL_PATH_BYTES, "%s/%s", folder, name);

    if (written < 0 || written >= LIQ_JOURNAL_PATH_BYTES)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the journal is longer than %d bytes",
                        LIQ_JOURNAL_PATH_BYTES - 1);
    return LIQ_OK;
}

liq_status liq_journal_folder_of(char out[LIQ_JOURNAL_PATH_BYTES], const char *path, liq_error *err)
{
    const size_t bytes = strlen(path);
    const size_t name_bytes = strlen(liq_file_name(path));
    struct stat facts;

    if (bytes >= LIQ_JOURNAL_PATH_BYTES)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the journal is longer than %d bytes",
                        LIQ_JOURNAL_PATH_BYTES - 1);
    if (stat(path, &facts) != 0)
        return liq_fail(err, errno == ENOENT ? LIQ_NOT_FOUND : LIQ_IO, errno, "%s: %s", path,
                        strerror(errno));
    (void)snprintf(out, LIQ_JOURNAL_PATH_BYTES, "%s", path);
    if (S_ISDIR(facts.st_mode))
        return LIQ_OK;
    if (strcmp(liq_file_name(path), "journal.db") != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is neither a folder nor a journal.db", path);
    if (bytes == name_bytes)
        (void)snprintf(out, LIQ_JOURNAL_PATH_BYTES, ".");
    else
        out[bytes - name_bytes] = '\0'; /* with its slash, so that "/journal.db" is in "/" */
    return LIQ_OK;
}

liq_status liq_journal_name_check(const char *what, const char *name, liq_error *err)
{
    const liq_text text = liq_text_of(name);

    if (text.bytes == 0 || text.bytes > LIQ_JOURNAL_NAME_BYTES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the name of a %s has 1 to %d bytes, not %zu",
                        what, LIQ_JOURNAL_NAME_BYTES_MAX, text.bytes);
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)name[i] < ' ' || name[i] == 0x7f)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%s\" has a control byte in its name", what,
                            name);
    if (!liq_text_utf8(text))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%s\" is not UTF-8", what, name);
    return LIQ_OK;
}

/* @return false: errno says why not */
static bool lock_take(int descriptor)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};

    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK)
            return false;
        (void)nanosleep(&pause, NULL);
        errno = EWOULDBLOCK;
    }
    return false;
}

static liq_status held_fail(int descriptor, const char *folder, liq_error *err)
{
    char holder[HOLDER_BYTES] = {0};
    const ssize_t got = pread(descriptor, holder, sizeof holder - 1, 0);

    holder[got > 0 ? strcspn(holder, "\n") : 0] = '\0';
    return liq_fail(err, LIQ_DUPLICATE, EWOULDBLOCK, "%s: is held by %s", folder,
                    holder[0] == '\0' ? "another process" : holder);
}
