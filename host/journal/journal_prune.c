#include "journal/journal_prune.h"

#include <stdio.h>
#include <unistd.h>

#include "journal/journal_origin.h"
#include "journal/journal_parts.h"

static liq_status may_go(bool *out, const char *folder, uint64_t next,
                         const liq_parts_needed *needed, liq_error *err);
static bool part_remove(const char *folder, uint64_t first);

liq_status liq_journal_prune(uint32_t *removed, const char *folder, const liq_parts_needed *needed,
                             liq_error *err)
{
    liq_journal_parts parts = {0};
    liq_status status = LIQ_OK;

    *removed = 0;
    if (needed->parts == 0 || needed->tick == 0)
        return LIQ_OK;
    status = liq_journal_parts_list(&parts, folder, err);
    for (size_t i = 0; status == LIQ_OK && i + needed->parts < parts.count; i++) {
        bool goes = false;

        if ((status = may_go(&goes, folder, parts.firsts[i + 1], needed, err)) != LIQ_OK || !goes ||
            !part_remove(folder, parts.firsts[i]))
            break;
        ++*removed;
    }
    liq_journal_parts_clear(&parts);
    return status;
}

/* A part ends where the next one begins, which says so. */
static liq_status may_go(bool *out, const char *folder, uint64_t next,
                         const liq_parts_needed *needed, liq_error *err)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    liq_journal_origin origin = {0};
    sqlite3 *database = NULL;
    liq_chain chain = {0};
    liq_status status;

    if (next > needed->tick)
        return LIQ_OK;
    if ((status = liq_journal_part_folder(part, folder, next, err)) == LIQ_OK &&
        (status = liq_chain_create(&chain, err)) == LIQ_OK &&
        (status = liq_sql_open(&database, part, LIQ_SQL_READ, err)) == LIQ_OK &&
        (status = liq_origin_read(&origin, database, &chain, err)) == LIQ_OK)
        *out = origin.is_there && origin.seq <= needed->seq;
    (void)sqlite3_close_v2(database);
    liq_chain_clear(&chain);
    return status;
}

static bool part_remove(const char *folder, uint64_t first)
{
    static const char *const names[] = {LIQ_JOURNAL_FILE, LIQ_JOURNAL_FILE "-wal",
                                        LIQ_JOURNAL_FILE "-shm"};
    char part[LIQ_JOURNAL_PATH_BYTES];
    char path[LIQ_JOURNAL_PATH_BYTES];

    if (liq_journal_part_folder(part, folder, first, NULL) != LIQ_OK)
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (liq_journal_path(path, part, names[i], NULL) != LIQ_OK || (unlink(path) != 0 && i == 0))
            return false;
    if (first != 0)
        (void)rmdir(part);
    return true;
}

void liq_journal_parts_keep(liq_journal *journal, uint32_t parts, uint64_t seq)
{
    const liq_parts_needed needed = {.parts = parts, .tick = journal->kept_from, .seq = seq};
    uint32_t removed;

    if (parts == 0)
        return;
    if (journal->keeper != NULL)
        liq_keeper_parts_tell(journal->keeper, &needed);
    else if (liq_journal_prune(&removed, journal->folder, &needed, NULL) != LIQ_OK)
        return; /* looked at again when it is asked for again */
}
