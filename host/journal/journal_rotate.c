/*
 * Going on in a new part. It is made whole under another name first, with everything that a start
 * needs, and is there from one moment to the next: a kill leaves the old part the newest, or the
 * new one with nothing in it yet. Both go on alike.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "journal/kill_point.h"
#include "journal/journal_origin.h"
#include "journal/journal_parts.h"

static liq_status part_make(const liq_journal *journal, const char *part, liq_error *err);
static liq_status folder_make(const char *folder, const char *part, liq_error *err);
static liq_status part_begin(liq_journal *journal, const char *part, liq_error *err);
static void part_undo(const char *part);

uint64_t liq_journal_bytes(const liq_journal *journal)
{
    int64_t pages = 0;

    if (liq_sql_integer(journal->base.database, "PRAGMA page_count", 0, &pages, NULL) != LIQ_OK)
        return 0;
    return (uint64_t)pages * LIQ_JOURNAL_PAGE_BYTES;
}

int64_t liq_journal_age_ms(const liq_journal *journal)
{
    return journal->last.is_new ? 0 : journal->last.now_ms - journal->since_ms;
}

liq_status liq_journal_rotate(liq_journal *journal, liq_error *err)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    liq_status status;

    if (journal->last.tick == journal->origin_tick)
        return liq_fail(err, LIQ_DUPLICATE, 0, "nothing is recorded in the present part yet");
    if (journal->segment.is_sealed)
        return liq_fail(err, LIQ_IO, 0,
                        "no part is begun: the last commit failed and must be repeated first");
    if ((status = liq_journal_part_folder(part, journal->folder, journal->last.tick + 1, err)) !=
            LIQ_OK ||
        (status = folder_make(journal->folder, part, err)) != LIQ_OK)
        return status;
    if ((status = part_make(journal, part, err)) != LIQ_OK ||
        (status = part_begin(journal, part, err)) != LIQ_OK) {
        part_undo(part);
        journal->failures += status == LIQ_IO;
        return status;
    }
    liq_kill_point("rotated");
    return LIQ_OK;
}

/* One that a kill has left is used. */
static liq_status folder_make(const char *folder, const char *part, liq_error *err)
{
    int descriptor;
    int native = 0;

    if (mkdir(part, S_IRWXU) != 0 && errno != EEXIST)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", part, strerror(errno));
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || fsync(descriptor) != 0)
        native = errno;
    if (descriptor >= 0)
        (void)close(descriptor);
    return native == 0 ? LIQ_OK : liq_fail(err, LIQ_IO, native, "%s: %s", folder, strerror(native));
}

static liq_status part_make(const liq_journal *journal, const char *part, liq_error *err)
{
    liq_journal_origin origin = {.is_there = true,
                                 .tick = journal->last.tick,
                                 .seq = journal->last.seq,
                                 .now_ms = journal->last.now_ms,
                                 .segment = journal->last_segment,
                                 .inputs_end = journal->last_inputs_end};

    memcpy(origin.state_hash, journal->last.state_hash, sizeof origin.state_hash);
    memcpy(origin.chain, journal->last.chain, sizeof origin.chain);
    return liq_journal_file_create(part, journal->name,
                                   &(liq_part_source){.database = journal->base.database,
                                                      .origin = &origin,
                                                      .snapshots_kept = journal->snapshots_kept},
                                   err);
}

/* Nothing of the old part is given up before the new one is open. */
static liq_status part_begin(liq_journal *journal, const char *part, liq_error *err)
{
    const bool has_keeper = journal->keeper != NULL;
    liq_journal_base fresh = {0};
    liq_keeper *keeper = NULL;
    liq_status status = liq_journal_base_open(&fresh, part, journal->is_normal, err);

    if (status == LIQ_OK && has_keeper)
        status = liq_keeper_create(&keeper, journal->folder, part, err);
    if (status != LIQ_OK) {
        liq_journal_base_close(&fresh);
        return status;
    }
    liq_keeper_destroy(journal->keeper);
    journal->keeper = keeper;
    liq_journal_base_close(&journal->base);
    journal->base = fresh;
    journal->origin_tick = journal->last.tick;
    journal->since_ms = journal->last.now_ms;
    journal->has_notes = true; /* its origin, and notes that the next tick takes in */
    journal->wal_pages = 0;
    liq_journal_watch(journal);
    return LIQ_OK;
}

/* Empty as it is; what cannot be removed is found with nothing in it, which does no harm. */
static void part_undo(const char *part)
{
    static const char *const names[] = {"journal.new",         "journal.new-wal", "journal.new-shm",
                                        "journal.new-journal", "journal.db-wal",  "journal.db-shm",
                                        LIQ_JOURNAL_FILE};
    char path[LIQ_JOURNAL_PATH_BYTES];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (liq_journal_path(path, part, names[i], NULL) == LIQ_OK)
            (void)unlink(path);
    (void)rmdir(part);
}
