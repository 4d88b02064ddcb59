#include "device/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/fail.h"

/* PoCL ends the process when it cannot write its few MiB, so a nearly full disk is no place for it.
 */
static const uint64_t free_bytes_min = UINT64_C(32) << 20;

static bool has_room(const char *path);
static bool maps_executable(int file);
static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place);

bool liq_folder_join(char out[LIQ_FOLDER_PATH_BYTES], const char *folder, const char *name)
{
    const int written = snprintf(out, LIQ_FOLDER_PATH_BYTES, "%s/%s", folder, name);

    return written > 0 && written < LIQ_FOLDER_PATH_BYTES;
}

bool liq_folder_create(const char *path)
{
    char part[LIQ_FOLDER_PATH_BYTES];
    const size_t bytes = strlen(path);

    if (bytes == 0 || bytes >= sizeof part)
        return false;
    for (size_t i = 1; i <= bytes; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        /* A system folder on the way may answer EACCES or EROFS although it is there. */
        if (mkdir(part, 0700) != 0 && errno != EEXIST && access(part, F_OK) != 0)
            return false;
    }
    return true;
}

int liq_folder_open_private(const char *path)
{
    struct stat facts;
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0)
        return -1;
    if (fstat(folder, &facts) == 0 && facts.st_uid == geteuid() &&
        (facts.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return folder;
    (void)close(folder);
    return -1;
}

bool liq_folder_runs_code(const char *path)
{
    char probe[LIQ_FOLDER_PATH_BYTES];
    bool runs;
    int file;

    if (!has_room(path) || !liq_folder_join(probe, path, "probe-XXXXXX"))
        return false;
    file = mkostemp(probe, O_CLOEXEC);
    if (file < 0)
        return false;
    runs = maps_executable(file);
    (void)close(file);
    (void)unlink(probe);
    return runs;
}

void liq_folder_remove(const char *path)
{
    LIQ_ASSERT(path[0] == '/');
    (void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static bool has_room(const char *path)
{
    struct statvfs facts;

    if (statvfs(path, &facts) != 0)
        return false;
    /* Some network and overlay file systems report no sizes at all: the probe then decides. */
    return facts.f_blocks == 0 || (uint64_t)facts.f_bavail * facts.f_frsize >= free_bytes_min;
}

static bool maps_executable(int file)
{
    static const char zeros[4096];
    void *page;

    if (write(file, zeros, sizeof zeros) != (ssize_t)sizeof zeros)
        return false;
    page = mmap(NULL, sizeof zeros, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
    if (page == MAP_FAILED)
        return false;
    (void)munmap(page, sizeof zeros);
    return true;
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
    (void)facts;
    (void)kind;
    (void)place;
    (void)remove(path);
    return 0;
}
