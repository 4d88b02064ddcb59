/*
 * Notes of snapshots, and which inputs are still needed with them.
 */
#include "journal/journal_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

/* What one note changes. */
typedef struct snapshot_note {
    uint64_t tick;
    const char *file;
    const char *sha256;
    uint64_t kept_from; /* as it will be */
} snapshot_note;

static liq_status note_check(const liq_journal *journal, const snapshot_note *note, liq_error *err);
static liq_status note_insert(liq_journal *journal, snapshot_note *note, liq_error *err);
static liq_status kept_from_find(liq_journal *journal, uint64_t *kept_from, liq_error *err);
static liq_status retention_insert(liq_journal *journal, uint64_t kept_from, liq_error *err);
static liq_status next_place(liq_journal *journal, const char *table, int64_t *place,
                             liq_error *err);

liq_status liq_journal_snapshot_note(liq_journal *journal, uint64_t tick, const char *file,
                                     const char *sha256, liq_error *err)
{
    snapshot_note note = {
        .tick = tick, .file = file, .sha256 = sha256, .kept_from = journal->kept_from};
    liq_status status = note_check(journal, &note, err);

    if (status != LIQ_OK || (status = liq_sql_do(journal->base.begin, err)) != LIQ_OK)
        return status;
    status = note_insert(journal, &note, err);
    if (status == LIQ_OK)
        status = liq_sql_do(journal->base.commit, err);
    if (status != LIQ_OK) {
        liq_sql_roll_back(journal->base.roll_back);
        journal->failures += status == LIQ_IO;
        return status;
    }
    journal->has_notes = true;
    journal->segment.is_rotating = true;
    if (note.kept_from == journal->kept_from)
        return LIQ_OK;
    journal->kept_from = note.kept_from;
    if (journal->keeper != NULL)
        liq_keeper_segments_tell(journal->keeper, note.kept_from);
    else
        liq_input_segment_sweep(journal->segment.folder, note.kept_from, UINT64_MAX);
    return LIQ_OK;
}

static liq_status note_check(const liq_journal *journal, const snapshot_note *note, liq_error *err)
{
    unsigned char bytes[LIQ_HASH_BYTES];

    if (note->tick > journal->last.tick)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a snapshot after tick %llu, and the last is %llu",
                        (unsigned long long)note->tick, (unsigned long long)journal->last.tick);
    if (journal->segment.is_sealed)
        return liq_fail(err, LIQ_IO, 0,
                        "no snapshot is noted: the last commit failed and must be repeated first");
    if (note->file == NULL || note->file[0] == '\0' ||
        strlen(note->file) >= LIQ_JOURNAL_PATH_BYTES || !liq_text_utf8(liq_text_of(note->file)))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the path of a snapshot is UTF-8 of 1 to %d bytes",
                        LIQ_JOURNAL_PATH_BYTES - 1);
    if (note->sha256 == NULL || !liq_hex_read(bytes, note->sha256))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: its SHA-256 is not 64 hex digits", note->file);
    return LIQ_OK;
}

static liq_status note_insert(liq_journal *journal, snapshot_note *note, liq_error *err)
{
    liq_record record;
    int64_t place;
    liq_status status = next_place(journal, "snapshot", &place, err);

    if (status != LIQ_OK)
        return status;
    liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_SNAPSHOT], NULL, "snapshot");
    liq_record_integer(&record, (int64_t)journal->last.tick);
    liq_record_integer(&record, place);
    liq_record_integer(&record, (int64_t)note->tick);
    liq_record_string(&record, note->file);
    liq_record_hash(&record, note->sha256);
    if ((status = liq_record_end(&record, err)) != LIQ_OK ||
        (status = kept_from_find(journal, &note->kept_from, err)) != LIQ_OK)
        return status;
    if (note->kept_from == journal->kept_from)
        return LIQ_OK;
    return retention_insert(journal, note->kept_from, err);
}

/*
 * Whoever begins at the oldest of the snapshots kept needs the inputs after it, and so the file
 * that holds the next tick: the last one that begins no later. All before that one can go.
 */
static liq_status kept_from_find(liq_journal *journal, uint64_t *kept_from, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_sql_prepare(
        &statement, journal->base.database,
        "SELECT max(first_tick) FROM segment WHERE first_tick <= 1 + (SELECT min(tick) FROM "
        "(SELECT tick FROM snapshot ORDER BY after_tick DESC, place DESC LIMIT ?1) "
        "HAVING count(*) = ?1)",
        err);

    if (status == LIQ_OK) {
        (void)sqlite3_bind_int64(statement, 1, journal->snapshots_kept);
        status = liq_sql_next(statement, &has_row, err);
    }
    if (status == LIQ_OK && has_row &&
        (uint64_t)sqlite3_column_int64(statement, 0) > journal->kept_from)
        *kept_from = (uint64_t)sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return status;
}

static liq_status retention_insert(liq_journal *journal, uint64_t kept_from, liq_error *err)
{
    liq_record record;
    int64_t place;
    const liq_status status = next_place(journal, "retention", &place, err);

    if (status != LIQ_OK)
        return status;
    liq_record_begin(&record, journal->base.inserts[LIQ_TABLE_RETENTION], NULL, "retention");
    liq_record_integer(&record, (int64_t)journal->last.tick);
    liq_record_integer(&record, place);
    liq_record_integer(&record, (int64_t)kept_from);
    return liq_record_end(&record, err);
}

static liq_status next_place(liq_journal *journal, const char *table, int64_t *place,
                             liq_error *err)
{
    char sql[128];

    (void)snprintf(sql, sizeof sql, "SELECT max(place) + 1 FROM %s WHERE after_tick = %llu", table,
                   (unsigned long long)journal->last.tick);
    return liq_sql_integer(journal->base.database, sql, 1, place, err);
}
