#include "book/stamp.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_BYTES = 4096, SETTLED_S = 2 };

static const char *const files[LIQ_BOOK_FILES] = {"venue.json",    "accounts.csv", "balances.csv",
                                                  "positions.csv", "marks.csv",    "orders.csv",
                                                  "depth.csv"};

static bool file_take(liq_file_stamp *out, const char *path);

bool liq_book_stamp_take(liq_book_stamp *out, const char *directory)
{
    struct timespec now;
    bool tells = clock_gettime(CLOCK_REALTIME, &now) == 0;

    memset(out, 0, sizeof *out);
    for (uint32_t i = 0; i < LIQ_BOOK_FILES; i++) {
        liq_file_stamp *file = &out->files[i];
        char path[PATH_BYTES];
        const int used = snprintf(path, sizeof path, "%s/%s", directory, files[i]);

        tells &= used > 0 && (size_t)used < sizeof path && file_take(file, path);
        tells &= file->modified_s < now.tv_sec - SETTLED_S;
        tells &= file->changed_s < now.tv_sec - SETTLED_S;
    }
    return tells;
}

bool liq_book_stamp_equal(const liq_book_stamp *left, const liq_book_stamp *right)
{
    return liq_book_stamp_difference(left, right) == NULL;
}

const char *liq_book_stamp_difference(const liq_book_stamp *left, const liq_book_stamp *right)
{
    for (uint32_t i = 0; i < LIQ_BOOK_FILES; i++)
        if (memcmp(&left->files[i], &right->files[i], sizeof left->files[i]) != 0)
            return files[i];
    return NULL;
}

/* @return false when it cannot be known, or is no regular file */
static bool file_take(liq_file_stamp *out, const char *path)
{
    struct stat facts;

    if (stat(path, &facts) != 0)
        return errno == ENOENT;
    *out = (liq_file_stamp){.is_there = 1,
                            .bytes = (uint64_t)facts.st_size,
                            .inode = (uint64_t)facts.st_ino,
                            .modified_s = facts.st_mtim.tv_sec,
                            .modified_ns = facts.st_mtim.tv_nsec,
                            .changed_s = facts.st_ctim.tv_sec,
                            .changed_ns = facts.st_ctim.tv_nsec};
    return S_ISREG(facts.st_mode);
}
