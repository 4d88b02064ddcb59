#include "journal/journal_parts.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

enum { NAME_BYTES = 48 };

static bool part_of(const char *name, uint64_t *first);
static bool has_journal(const char *folder, uint64_t first);
static liq_status part_add(liq_journal_parts *parts, uint64_t first, liq_error *err);
static int compare(const void *left, const void *right);

liq_status liq_journal_parts_list(liq_journal_parts *out, const char *folder, liq_error *err)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    liq_status status = LIQ_OK;
    uint64_t first;

    if (listing == NULL)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", folder, strerror(errno));
    if (has_journal(folder, 0))
        status = part_add(out, 0, err);
    while (status == LIQ_OK && (entry = readdir(listing)) != NULL)
        if (part_of(entry->d_name, &first) && has_journal(folder, first))
            status = part_add(out, first, err);
    (void)closedir(listing);
    if (status == LIQ_OK && out->count > 1)
        qsort(out->firsts, out->count, sizeof *out->firsts, compare);
    return status;
}

void liq_journal_parts_clear(liq_journal_parts *parts)
{
    free(parts->firsts);
    *parts = (liq_journal_parts){0};
}

liq_status liq_journal_part_folder(char out[LIQ_JOURNAL_PATH_BYTES], const char *folder,
                                   uint64_t first, liq_error *err)
{
    char name[NAME_BYTES];

    (void)snprintf(name, sizeof name, "journal-%" PRIu64, first);
    if (first != 0)
        return liq_journal_path(out, folder, name, err);
    if (strlen(folder) >= LIQ_JOURNAL_PATH_BYTES)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the journal is longer than %d bytes",
                        LIQ_JOURNAL_PATH_BYTES - 1);
    (void)snprintf(out, LIQ_JOURNAL_PATH_BYTES, "%s", folder);
    return LIQ_OK;
}

liq_status liq_journal_part_newest(uint64_t *first, const char *folder, liq_error *err)
{
    liq_journal_parts parts = {0};
    const liq_status status = liq_journal_parts_list(&parts, folder, err);

    if (status == LIQ_OK)
        *first = parts.count == 0 ? 0 : parts.firsts[parts.count - 1];
    liq_journal_parts_clear(&parts);
    return status;
}

liq_status liq_journal_part_next(uint64_t *next, const char *folder, uint64_t first, liq_error *err)
{
    liq_journal_parts parts = {0};
    liq_status status = liq_journal_parts_list(&parts, folder, err);
    size_t i = 0;

    while (i < parts.count && parts.firsts[i] <= first)
        i++;
    if (status == LIQ_OK && i == parts.count)
        status = liq_fail(err, LIQ_NOT_FOUND, 0, "there is no part behind %" PRIu64, first);
    else if (status == LIQ_OK)
        *next = parts.firsts[i];
    liq_journal_parts_clear(&parts);
    return status;
}

/* "journal-123", exactly. */
static bool part_of(const char *name, uint64_t *first)
{
    char again[NAME_BYTES];

    if (strncmp(name, "journal-", 8) != 0)
        return false;
    *first = strtoull(name + 8, NULL, 10);
    (void)snprintf(again, sizeof again, "journal-%" PRIu64, *first);
    return *first != 0 && strcmp(name, again) == 0;
}

/* A folder without one is left of a start of a part that a kill has ended. */
static bool has_journal(const char *folder, uint64_t first)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    char path[LIQ_JOURNAL_PATH_BYTES];

    return liq_journal_part_folder(part, folder, first, NULL) == LIQ_OK &&
           liq_journal_path(path, part, "journal.db", NULL) == LIQ_OK && access(path, F_OK) == 0;
}

static liq_status part_add(liq_journal_parts *parts, uint64_t first, liq_error *err)
{
    const liq_status status = liq_memory_grow(&parts->firsts, &parts->capacity, parts->count + 1,
                                              sizeof *parts->firsts, err);

    if (status == LIQ_OK)
        parts->firsts[parts->count++] = first;
    return status;
}

static int compare(const void *left, const void *right)
{
    const uint64_t one = *(const uint64_t *)left;
    const uint64_t two = *(const uint64_t *)right;

    return one < two ? -1 : one > two;
}
