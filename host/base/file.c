#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

enum { BLOCK_BYTES = 4096 };

static liq_status read_fail(const liq_file *file, int native, liq_error *err);
static liq_status open_fail(const char *path, int native, liq_error *err);

liq_status liq_file_open(liq_file *out, const char *path, liq_error *err)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts;

    *out = (liq_file){.descriptor = -1, .path = path};
    if (descriptor < 0)
        return open_fail(path, errno, err);
    if (fstat(descriptor, &facts) != 0) {
        const int native = errno;

        (void)close(descriptor);
        return open_fail(path, native, err);
    }
    if (S_ISDIR(facts.st_mode)) {
        (void)close(descriptor);
        return liq_fail(err, LIQ_BAD_INPUT, EISDIR, "%s: is a directory, not a file", path);
    }
    out->descriptor = descriptor;
    out->regular = S_ISREG(facts.st_mode);
    out->bytes = out->regular ? (size_t)facts.st_size : 0;
    return LIQ_OK;
}

void liq_file_close(liq_file *file)
{
    if (file->descriptor >= 0)
        (void)close(file->descriptor);
    file->descriptor = -1;
}

liq_status liq_file_read(liq_file *file, char *buffer, size_t room, size_t *got, liq_error *err)
{
    size_t used = 0;

    LIQ_ASSERT(file->descriptor >= 0);
    while (used < room) {
        const ssize_t bytes = read(file->descriptor, buffer + used, room - used);

        if (bytes == 0)
            break;
        if (bytes < 0 && errno == EINTR)
            continue;
        if (bytes < 0)
            return read_fail(file, errno, err);
        used += (size_t)bytes;
    }
    *got = used;
    return LIQ_OK;
}

liq_status liq_file_read_at(const liq_file *file, size_t offset, char *buffer, size_t room,
                            size_t *got, liq_error *err)
{
    size_t used = 0;

    LIQ_ASSERT(file->descriptor >= 0 && file->regular);
    while (used < room) {
        const ssize_t bytes =
            pread(file->descriptor, buffer + used, room - used, (off_t)(offset + used));

        if (bytes == 0)
            break;
        if (bytes < 0 && errno == EINTR)
            continue;
        if (bytes < 0)
            return read_fail(file, errno, err);
        used += (size_t)bytes;
    }
    *got = used;
    return LIQ_OK;
}

liq_status liq_file_read_all(char **out, size_t *bytes_out, liq_file *file, size_t bytes_max,
                             liq_error *err)
{
    /* The size is a hint: a file may grow, and one in /proc says 0. One byte more than it
     * lets the end be seen without growing, and one is for the terminator. */
    size_t needed = (file->bytes < bytes_max ? file->bytes : bytes_max) + BLOCK_BYTES;
    void *block = NULL;
    size_t capacity = 0;
    size_t used = 0;
    size_t room;
    size_t got = 0;
    liq_status status;

    LIQ_ASSERT(bytes_max < SIZE_MAX / 2);
    do {
        if ((status = liq_memory_grow(&block, &capacity, needed, 1, err)) != LIQ_OK)
            goto done;
        room = capacity - used - 1;
        if (room > bytes_max + 1 - used)
            room = bytes_max + 1 - used;
        if ((status = liq_file_read(file, (char *)block + used, room, &got, err)) != LIQ_OK)
            goto done;
        used += got;
        needed = used + BLOCK_BYTES;
    } while (got == room && used <= bytes_max);
    if (used > bytes_max) {
        status = liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s: has more than %zu bytes",
                          liq_file_name(file->path), bytes_max);
        goto done;
    }
    ((char *)block)[used] = '\0';
    *out = block;
    *bytes_out = used;
    block = NULL; /* given away */
done:
    free(block);
    return status;
}

const char *liq_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL || slash[1] == '\0' ? path : slash + 1;
}

static liq_status read_fail(const liq_file *file, int native, liq_error *err)
{
    return liq_fail(err, LIQ_IO, native, "%s: cannot be read: %s", file->path, strerror(native));
}

static liq_status open_fail(const char *path, int native, liq_error *err)
{
    if (native == ENOENT || native == ENOTDIR)
        return liq_fail(err, LIQ_NOT_FOUND, native, "%s: no such file", path);
    return liq_fail(err, LIQ_IO, native, "%s: cannot be opened: %s", path, strerror(native));
}
