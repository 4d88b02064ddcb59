#include "journal/journal.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "journal/journal_internal.h"
#include "journal/journal_parts.h"

static liq_status opened(liq_journal *journal, const liq_journal_options *options, liq_error *err);
static liq_status part_find(char part[LIQ_JOURNAL_PATH_BYTES], liq_journal *journal,
                            liq_error *err);
static liq_status leftovers_check(const char *folder, liq_error *err);
static liq_status name_compare(const liq_journal *journal, const char *name, liq_error *err);

liq_status liq_journal_open(liq_journal **out, const liq_journal_options *options, liq_error *err)
{
    liq_journal *journal = NULL;
    liq_status status = liq_journal_name_check("journal", options->name, err);

    if (status != LIQ_OK || (status = liq_journal_folder_make(options->folder, err)) != LIQ_OK ||
        (status = liq_memory_array(&journal, 1, sizeof *journal, err)) != LIQ_OK)
        return status;
    journal->lock = -1;
    journal->marker = -1;
    journal->snapshots_kept =
        options->snapshots_kept == 0 ? LIQ_JOURNAL_SNAPSHOTS_KEPT : options->snapshots_kept;
    if (strlen(options->folder) >= sizeof journal->folder)
        status = liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                          "the path of the journal is longer than %zu "
                          "bytes",
                          sizeof journal->folder - 1);
    else
        status = opened(journal, options, err);
    if (status == LIQ_OK) {
        *out = journal;
        journal = NULL;
    }
    liq_journal_close(journal);
    return status;
}

void liq_journal_close(liq_journal *journal)
{
    if (journal == NULL)
        return;
    liq_keeper_destroy(journal->keeper);
    liq_journal_base_close(&journal->base);
    liq_chain_clear(&journal->chain);
    liq_input_segment_clear(&journal->segment);
    free(journal->sources);
    if (journal->marker >= 0)
        (void)close(journal->marker);
    if (journal->lock >= 0)
        (void)close(journal->lock);
    free(journal);
}

void liq_journal_last_read(const liq_journal *journal, liq_journal_last *out)
{
    *out = journal->last;
}

uint64_t liq_journal_source_position(const liq_journal *journal, const char *source)
{
    const size_t found = liq_named_find(journal->sources, journal->source_count, source);

    return found == journal->source_count ? 0 : journal->sources[found].number;
}

liq_status liq_journal_input(liq_journal *journal, const char *source, liq_text line,
                             liq_error *err)
{
    return liq_input_segment_add(&journal->segment, source, line, err);
}

liq_status liq_journal_outlet_note(liq_journal *journal, const char *outlet, uint64_t seq,
                                   liq_error *err)
{
    const liq_status status = liq_journal_name_check("outlet", outlet, err);
    liq_named_number *found;

    if (status != LIQ_OK)
        return status;
    if (seq > journal->last.seq)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "outlet \"%s\" has decision %llu, and the last one is %llu", outlet,
                        (unsigned long long)seq, (unsigned long long)journal->last.seq);
    found = &journal->outlets[liq_named_find(journal->outlets, journal->outlet_count, outlet)];
    if (found == &journal->outlets[journal->outlet_count]) {
        if (journal->outlet_count == LIQ_JOURNAL_OUTLETS_MAX)
            return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "there are more than %d outlets",
                            LIQ_JOURNAL_OUTLETS_MAX);
        journal->outlet_count++;
        *found = (liq_named_number){.is_new = true};
        (void)snprintf(found->name, sizeof found->name, "%s", outlet);
    }
    if (seq > found->number) {
        found->number = seq;
        found->is_new = true;
    }
    return LIQ_OK;
}

uint64_t liq_journal_outlet_position(const liq_journal *journal, const char *outlet)
{
    const size_t found = liq_named_find(journal->outlets, journal->outlet_count, outlet);

    return found == journal->outlet_count ? 0 : journal->outlets[found].number;
}

liq_status liq_journal_checkpoint_start(liq_journal *journal, liq_error *err)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    uint64_t first = 0;
    liq_status status;

    LIQ_ASSERT(journal->keeper == NULL);
    if ((status = liq_journal_part_newest(&first, journal->folder, err)) != LIQ_OK ||
        (status = liq_journal_part_folder(part, journal->folder, first, err)) != LIQ_OK)
        return status;
    return liq_keeper_create(&journal->keeper, journal->folder, part, err);
}

void liq_journal_facts_read(const liq_journal *journal, liq_journal_facts *out)
{
    *out = (liq_journal_facts){
        .wal_bytes = journal->wal_pages * LIQ_JOURNAL_PAGE_BYTES,
        .input_bytes = journal->segment.end,
        .pending_bytes = journal->segment.spilled + journal->segment.pending_bytes,
        .checkpoints = journal->keeper == NULL ? 0 : liq_keeper_checkpoints(journal->keeper),
        .failures = journal->failures,
        .inputs_ns = journal->inputs_ns,
        .rows_ns = journal->rows_ns,
        .commit_ns = journal->commit_ns};
}

size_t liq_named_find(const liq_named_number *items, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && strcmp(items[i].name, name) != 0)
        i++;
    return i;
}

static liq_status opened(liq_journal *journal, const liq_journal_options *options, liq_error *err)
{
    const char *folder = options->folder;
    char part[LIQ_JOURNAL_PATH_BYTES];
    liq_status status;

    (void)snprintf(journal->folder, sizeof journal->folder, "%s", folder);
    (void)snprintf(journal->name, sizeof journal->name, "%s", options->name);
    journal->is_normal = options->synchronous_normal;
    if ((status = liq_chain_create(&journal->chain, err)) != LIQ_OK ||
        (status = liq_input_segment_start(&journal->segment, folder, err)) != LIQ_OK ||
        (status = liq_journal_lock(&journal->lock, folder, options->name, err)) != LIQ_OK ||
        (status = part_find(part, journal, err)) != LIQ_OK ||
        (status = liq_journal_base_open(&journal->base, part, journal->is_normal, err)) != LIQ_OK ||
        (status = name_compare(journal, options->name, err)) != LIQ_OK ||
        (status = liq_journal_state_read(journal, err)) != LIQ_OK)
        return status;
    if (!options->synchronous_normal &&
        (status = liq_last_marker_open(&journal->marker, folder, err)) != LIQ_OK)
        return status;
    liq_journal_watch(journal);
    liq_input_segment_sweep(journal->segment.folder, journal->kept_from, journal->last.tick);
    return LIQ_OK;
}

/* The youngest part, as it should be; where nothing was ever recorded, the first one is made. */
static liq_status part_find(char part[LIQ_JOURNAL_PATH_BYTES], liq_journal *journal, liq_error *err)
{
    const char *folder = journal->folder;
    uint64_t first = 0;
    bool exists = false;
    liq_status status;

    if ((status = liq_journal_part_newest(&first, folder, err)) != LIQ_OK ||
        (status = liq_journal_part_folder(part, folder, first, err)) != LIQ_OK ||
        (status = liq_journal_head_check(part, &exists, err)) != LIQ_OK ||
        (status = liq_wal_check(part, err)) != LIQ_OK ||
        (status = liq_last_marker_read(&journal->told, folder, err)) != LIQ_OK)
        return status;
    if (exists)
        return LIQ_OK;
    status = leftovers_check(folder, err);
    return status == LIQ_OK ? liq_journal_file_create(part, journal->name, NULL, err) : status;
}

/* A journal is not begun anew where one has been: what is left of it says that its database is
 * lost, and a WAL would be taken for that of the new one. */
static liq_status leftovers_check(const char *folder, liq_error *err)
{
    DIR *listing = opendir(folder);
    const struct dirent *entry;
    liq_status status = LIQ_OK;

    if (listing == NULL)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", folder, strerror(errno));
    while (status == LIQ_OK && (entry = readdir(listing)) != NULL)
        if (liq_input_segment_of(entry->d_name) != 0 ||
            strcmp(entry->d_name, LIQ_JOURNAL_FILE "-wal") == 0)
            status = liq_fail(err, LIQ_BAD_INPUT, ENOENT, "%s: has %s, but no " LIQ_JOURNAL_FILE,
                              folder, entry->d_name);
    (void)closedir(listing);
    return status;
}

static liq_status name_compare(const liq_journal *journal, const char *name, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status =
        liq_sql_prepare(&statement, journal->base.database, "SELECT name FROM journal", err);

    if (status == LIQ_OK && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK) {
        if (!has_row)
            status = liq_fail(err, LIQ_BAD_INPUT, 0, LIQ_JOURNAL_FILE ": has lost its name");
        else if (!liq_text_equal(liq_sql_text(statement, 0), name))
            status = liq_fail(err, LIQ_BAD_INPUT, 0,
                              "%s: is the journal of \"%s\", not of \"%s\": decisions are known by "
                              "that name outside",
                              journal->folder, liq_sql_text(statement, 0).data, name);
    }
    (void)sqlite3_finalize(statement);
    return status;
}
