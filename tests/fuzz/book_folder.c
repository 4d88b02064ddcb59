#include "book_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"

enum { PATH_BYTES = 512, NAME_BYTES = 256 };

static char folder[PATH_BYTES];

static void folder_remove(void);

const char *book_folder_make(void)
{
    const char *parent = getenv("TMPDIR");

    LIQ_ASSERT(folder[0] == '\0');
    (void)snprintf(folder, sizeof folder, "%s/liqscan-fuzz-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    LIQ_ASSERT(mkdtemp(folder) != NULL);
    LIQ_ASSERT(atexit(folder_remove) == 0);
    return folder;
}

const char *book_folder_path(const char *name)
{
    static char path[PATH_BYTES + NAME_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void book_folder_write(const char *name, const void *data, size_t bytes)
{
    FILE *file = fopen(book_folder_path(name), "wb");

    LIQ_ASSERT(file != NULL);
    LIQ_ASSERT(fwrite(data, 1, bytes, file) == bytes);
    LIQ_ASSERT(fclose(file) == 0);
}

/* With whatever lies in it; nobody is left to tell when that fails. */
static void folder_remove(void)
{
    DIR *directory = opendir(folder);

    if (directory == NULL)
        return;
    for (const struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory))
        (void)unlink(book_folder_path(entry->d_name)); /* which leaves "." and ".." */
    (void)closedir(directory);
    (void)rmdir(folder);
}
