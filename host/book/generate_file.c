#include "book/generate_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

enum { DECIMAL_BYTES = 32, DECIMALS_MIN = -9, DECIMALS_MAX = 18 };

static void flush(liq_generate_file *file);

liq_status liq_generate_file_open(liq_generate_file *file, const char *directory, const char *name,
                                  liq_error *err)
{
    const int used = snprintf(file->path, sizeof file->path, "%s/%s", directory, name);
    liq_status status;

    if (used < 0 || (size_t)used >= sizeof file->path)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s: the path is longer than %zu bytes", name,
                        sizeof file->path - 1);
    status = liq_memory_array(&file->buffer, LIQ_GENERATE_FILE_BYTES, 1, err);
    if (status != LIQ_OK)
        return status;
    file->descriptor = open(file->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (file->descriptor >= 0)
        return LIQ_OK;
    status =
        liq_fail(err, LIQ_IO, errno, "\"%s\": cannot be created: %s", file->path, strerror(errno));
    free(file->buffer);
    file->buffer = NULL;
    return status;
}

liq_status liq_generate_file_close(liq_generate_file *file, uint64_t *bytes, liq_error *err)
{
    flush(file);
    if (close(file->descriptor) != 0 && file->native == 0)
        file->native = errno;
    free(file->buffer);
    file->buffer = NULL;
    *bytes += file->bytes;
    if (file->native == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_IO, file->native, "\"%s\": cannot be written: %s", file->path,
                    strerror(file->native));
}

void liq_generate_file_drop(liq_generate_file *file)
{
    if (file->buffer == NULL)
        return;
    (void)close(file->descriptor);
    free(file->buffer);
    file->buffer = NULL;
}

void liq_generate_file_add(liq_generate_file *file, const char *data, size_t bytes)
{
    LIQ_ASSERT(bytes <= LIQ_GENERATE_FILE_BYTES);
    if (bytes > LIQ_GENERATE_FILE_BYTES - file->used)
        flush(file);
    memcpy(file->buffer + file->used, data, bytes);
    file->used += bytes;
}

void liq_generate_file_decimal(liq_generate_file *file, int64_t units, int32_t decimals)
{
    uint64_t left = units < 0 ? (uint64_t)0 - (uint64_t)units : (uint64_t)units;
    char text[DECIMAL_BYTES];
    char *end = text + sizeof text;
    char *at = end;

    LIQ_ASSERT(decimals >= DECIMALS_MIN && decimals <= DECIMALS_MAX);
    for (int32_t i = left == 0 ? 0 : decimals; i < 0; i++)
        *--at = '0';
    for (int32_t i = 0; i < decimals; i++, left /= 10)
        *--at = (char)('0' + left % 10);
    if (decimals > 0)
        *--at = '.';
    do {
        *--at = (char)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (units < 0)
        *--at = '-';
    liq_generate_file_add(file, at, (size_t)(end - at));
}

static void flush(liq_generate_file *file)
{
    const char *data = file->buffer;
    size_t left = file->used;

    while (left > 0 && file->native == 0) {
        const ssize_t written = write(file->descriptor, data, left);

        if (written < 0 && errno != EINTR)
            file->native = errno;
        if (written <= 0)
            continue;
        data += written;
        left -= (size_t)written;
        file->bytes += (uint64_t)written;
    }
    file->used = 0;
}
