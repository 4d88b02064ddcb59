#include "base/file_view.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

static bool is_lasting(const liq_file *file);

liq_status liq_file_view_take(liq_file_view *out, const liq_file *file, liq_error *err)
{
    liq_file_view view = {.bytes = file->bytes};
    liq_status status;

    LIQ_ASSERT(file->descriptor >= 0 && file->regular);
    if (file->bytes > 0 && is_lasting(file)) {
        void *data =
            mmap(NULL, file->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE, file->descriptor, 0);

        view.is_mapped = data != MAP_FAILED; /* some file systems cannot */
        view.data = view.is_mapped ? data : NULL;
    }
    if (!view.is_mapped && (status = liq_memory_array(&view.data, file->bytes, 1, err)) != LIQ_OK)
        return status;
    *out = view;
    return LIQ_OK;
}

liq_status liq_file_view_fill(const liq_file_view *view, const liq_file *file, size_t offset,
                              size_t bytes, liq_error *err)
{
    size_t got = 0;
    liq_status status;

    LIQ_ASSERT(offset <= view->bytes && bytes <= view->bytes - offset);
    if (view->is_mapped) {
        liq_memory_expect(view->data + offset, bytes);
        return LIQ_OK;
    }
    if ((status = liq_file_read_at(file, offset, view->data + offset, bytes, &got, err)) != LIQ_OK)
        return status;
    if (got < bytes)
        return liq_fail(err, LIQ_IO, 0, "%s: became shorter while it was read", file->path);
    return LIQ_OK;
}

void liq_file_view_clear(liq_file_view *view)
{
    if (view->is_mapped)
        (void)munmap(view->data, view->bytes);
    else
        free(view->data);
    *view = (liq_file_view){0};
}

static bool is_lasting(const liq_file *file)
{
    const mode_t writers = S_IWUSR | S_IWGRP | S_IWOTH;
    struct stat facts;

    return fstat(file->descriptor, &facts) == 0 && (facts.st_mode & writers) == 0 &&
           (facts.st_uid == geteuid() || facts.st_uid == 0) && (size_t)facts.st_size == file->bytes;
}
