#include "base/new_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

/* Written at once. */
enum { PIECE_BYTES = 1024 * 1024 };

static liq_status write_fail(const liq_new_file *file, int native, liq_error *err);
static int folder_sync(const char *path);
static void piece_begin(liq_new_file *file, uint64_t offset, size_t bytes);

liq_status liq_new_file_begin(liq_new_file *file, const char *path, liq_error *err)
{
    struct stat facts;

    LIQ_ASSERT(file->descriptor < 0);
    file->begun_bytes = 0;
    if (strlen(path) >= sizeof file->path)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path is longer than %zu bytes",
                        sizeof file->path - 1);
    /* Moving a file onto a device or a pipe would take its place. */
    if (stat(path, &facts) == 0 && !S_ISREG(facts.st_mode))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is there already, and is no regular file",
                        path);
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    (void)snprintf(file->temporary, sizeof file->temporary, "%s.XXXXXX", path);
    file->descriptor = mkostemp(file->temporary, O_CLOEXEC);
    if (file->descriptor < 0)
        return write_fail(file, errno, err);
    return LIQ_OK;
}

liq_status liq_new_file_write(liq_new_file *file, uint64_t offset, const void *data, size_t bytes,
                              liq_error *err)
{
    size_t done = 0;

    LIQ_ASSERT(file->descriptor >= 0);
    while (done < bytes) {
        const size_t piece = bytes - done < PIECE_BYTES ? bytes - done : PIECE_BYTES;
        const ssize_t written =
            pwrite(file->descriptor, (const char *)data + done, piece, (off_t)(offset + done));

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return write_fail(file, written < 0 ? errno : EIO, err);
        piece_begin(file, offset + done, (size_t)written);
        done += (size_t)written;
    }
    return LIQ_OK;
}

liq_status liq_new_file_seal(liq_new_file *file, liq_error *err)
{
    struct stat facts;

    LIQ_ASSERT(file->descriptor >= 0);
    if (fstat(file->descriptor, &facts) != 0 ||
        fchmod(file->descriptor, facts.st_mode & S_IRUSR) != 0)
        return write_fail(file, errno, err);
    return LIQ_OK;
}

liq_status liq_new_file_commit(liq_new_file *file, liq_error *err)
{
    const int closed = fsync(file->descriptor) == 0 ? close(file->descriptor) : -1;
    int native = errno;

    LIQ_ASSERT(file->descriptor >= 0);
    if (closed == 0) {
        file->descriptor = -1;
        native = rename(file->temporary, file->path) == 0 ? 0 : errno;
        if (native != 0)
            (void)unlink(file->temporary);
        else
            native = folder_sync(file->path);
    } else {
        liq_new_file_discard(file);
    }
    return native == 0 ? LIQ_OK : write_fail(file, native, err);
}

void liq_new_file_discard(liq_new_file *file)
{
    if (file->descriptor < 0)
        return;
    (void)close(file->descriptor);
    (void)unlink(file->temporary);
    file->descriptor = -1;
}

static liq_status write_fail(const liq_new_file *file, int native, liq_error *err)
{
    return liq_fail(err, LIQ_IO, native, "%s: cannot be written: %s", file->path, strerror(native));
}

/* The name of a new file lies in its folder, which is written out separately. @return errno or 0 */
static int folder_sync(const char *path)
{
    char folder[LIQ_NEW_FILE_PATH_BYTES];
    const char *slash = strrchr(path, '/');
    const size_t bytes = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    int descriptor;
    int native = 0;

    memcpy(folder, slash == NULL ? "." : path, bytes);
    folder[bytes] = '\0';
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return errno == EACCES ? 0 : errno; /* a folder that may be written but not read */
    /* File systems without folders to write out say EINVAL. */
    if (fsync(descriptor) != 0 && errno != EINVAL)
        native = errno;
    (void)close(descriptor);
    return native;
}

/* A piece is on its way while the next one is made, and no more than these two: otherwise all of a
 * large file would stand before whatever else is to be safe on that disk. */
static void piece_begin(liq_new_file *file, uint64_t offset, size_t bytes)
{
    (void)sync_file_range(file->descriptor, (off_t)offset, (off_t)bytes, SYNC_FILE_RANGE_WRITE);
    if (file->begun_bytes > 0)
        (void)sync_file_range(file->descriptor, (off_t)file->begun_offset, (off_t)file->begun_bytes,
                              SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
                                  SYNC_FILE_RANGE_WAIT_AFTER);
    file->begun_offset = offset;
    file->begun_bytes = bytes;
}
