#include "support_failing_disk.h"

#include <criterion/criterion.h>

#include <sqlite3.h>

#include <stdlib.h>
#include <string.h>

/* A file, and behind it the one of the VFS below. */
typedef struct failing_file {
    sqlite3_file base;
    const char *name; /* lent by SQLite while the file is open; NULL: a temporary one */
    sqlite3_file *below;
} failing_file;

static sqlite3_vfs failing_vfs;
static sqlite3_vfs *vfs_below;
static failing_call call_chosen;
static const char *suffix_chosen;
static uint32_t calls_left;
static int code_chosen;
static bool has_failed;

static sqlite3_file *below(sqlite3_file *file)
{
    return ((failing_file *)(void *)file)->below;
}

static bool is_failing(sqlite3_file *file, failing_call call)
{
    const char *name = ((failing_file *)(void *)file)->name;
    const size_t bytes = name == NULL ? 0 : strlen(name);

    if (call != call_chosen || bytes < strlen(suffix_chosen) ||
        strcmp(name + bytes - strlen(suffix_chosen), suffix_chosen) != 0)
        return false;
    if (calls_left > 1) {
        calls_left--;
        return false;
    }
    has_failed = true;
    return true;
}

static int file_close(sqlite3_file *file)
{
    const int code = below(file)->pMethods->xClose(below(file));

    free(below(file));
    return code;
}

static int file_read(sqlite3_file *file, void *data, int bytes, sqlite3_int64 offset)
{
    return below(file)->pMethods->xRead(below(file), data, bytes, offset);
}

static int file_write(sqlite3_file *file, const void *data, int bytes, sqlite3_int64 offset)
{
    if (is_failing(file, FAILING_WRITE))
        return code_chosen;
    return below(file)->pMethods->xWrite(below(file), data, bytes, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 bytes)
{
    return below(file)->pMethods->xTruncate(below(file), bytes);
}

static int file_sync(sqlite3_file *file, int flags)
{
    if (is_failing(file, FAILING_SYNC))
        return code_chosen;
    return below(file)->pMethods->xSync(below(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *bytes)
{
    return below(file)->pMethods->xFileSize(below(file), bytes);
}

static int file_lock(sqlite3_file *file, int level)
{
    return below(file)->pMethods->xLock(below(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return below(file)->pMethods->xUnlock(below(file), level);
}

static int file_is_reserved(sqlite3_file *file, int *is_reserved)
{
    return below(file)->pMethods->xCheckReservedLock(below(file), is_reserved);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return below(file)->pMethods->xFileControl(below(file), operation, argument);
}

static int file_sector_bytes(sqlite3_file *file)
{
    return below(file)->pMethods->xSectorSize(below(file));
}

static int file_traits(sqlite3_file *file)
{
    return below(file)->pMethods->xDeviceCharacteristics(below(file));
}

static int shared_map(sqlite3_file *file, int page, int bytes, int extend, void volatile **out)
{
    return below(file)->pMethods->xShmMap(below(file), page, bytes, extend, out);
}

static int shared_lock(sqlite3_file *file, int offset, int n, int flags)
{
    return below(file)->pMethods->xShmLock(below(file), offset, n, flags);
}

static void shared_barrier(sqlite3_file *file)
{
    below(file)->pMethods->xShmBarrier(below(file));
}

static int shared_unmap(sqlite3_file *file, int is_delete)
{
    return below(file)->pMethods->xShmUnmap(below(file), is_delete);
}

static const sqlite3_io_methods failing_methods = {.iVersion = 2,
                                                   .xClose = file_close,
                                                   .xRead = file_read,
                                                   .xWrite = file_write,
                                                   .xTruncate = file_truncate,
                                                   .xSync = file_sync,
                                                   .xFileSize = file_size,
                                                   .xLock = file_lock,
                                                   .xUnlock = file_unlock,
                                                   .xCheckReservedLock = file_is_reserved,
                                                   .xFileControl = file_control,
                                                   .xSectorSize = file_sector_bytes,
                                                   .xDeviceCharacteristics = file_traits,
                                                   .xShmMap = shared_map,
                                                   .xShmLock = shared_lock,
                                                   .xShmBarrier = shared_barrier,
                                                   .xShmUnmap = shared_unmap};

static int failing_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *flags_out)
{
    failing_file *opened = (failing_file *)(void *)file;
    int code;

    (void)vfs;
    opened->base.pMethods = NULL;
    opened->name = name;
    opened->below = calloc(1, (size_t)vfs_below->szOsFile);
    if (opened->below == NULL)
        return SQLITE_NOMEM;
    code = vfs_below->xOpen(vfs_below, name, opened->below, flags, flags_out);
    if (code == SQLITE_OK)
        opened->base.pMethods = &failing_methods;
    else
        free(opened->below);
    return code;
}

void failing_disk_install(void)
{
    vfs_below = sqlite3_vfs_find(NULL);
    cr_assert_not_null(vfs_below);
    failing_vfs = *vfs_below;
    failing_vfs.zName = "failing";
    failing_vfs.szOsFile = (int)sizeof(failing_file);
    failing_vfs.xOpen = failing_open;
    cr_assert_eq(sqlite3_vfs_register(&failing_vfs, 1), SQLITE_OK);
}

void failing_disk_fail(failing_call call, const char *suffix, uint32_t n, int code)
{
    call_chosen = call;
    suffix_chosen = suffix;
    calls_left = n;
    code_chosen = code;
    has_failed = false;
}

bool failing_disk_heal(void)
{
    call_chosen = FAILING_NONE;
    return has_failed;
}
