/*
 * Which part of the journal a reader has open.
 */
#include <errno.h>
#include <stdio.h>

#include "base/fail.h"
#include "journal/journal_parts.h"
#include "journal/reader_internal.h"

static liq_status name_compare(liq_journal_reader *reader, sqlite3 *database, liq_error *err);
static liq_status back_to(liq_journal_reader *reader, uint64_t number, bool is_seq, liq_error *err);

liq_status liq_reader_part_open(liq_journal_reader *reader, uint64_t first, liq_error *err)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    liq_journal_origin origin = {0};
    sqlite3 *database = NULL;
    bool exists = false;
    liq_status status;

    if (reader->database != NULL && reader->part == first)
        return LIQ_OK;
    if ((status = liq_journal_part_folder(part, reader->folder, first, err)) != LIQ_OK ||
        (status = liq_journal_head_check(part, &exists, err)) != LIQ_OK)
        return status;
    if (!exists)
        return liq_fail(err, LIQ_NOT_FOUND, ENOENT, "%s: there is no " LIQ_JOURNAL_FILE, part);
    if ((status = liq_sql_open(&database, part, LIQ_SQL_READ, err)) == LIQ_OK &&
        (status = name_compare(reader, database, err)) == LIQ_OK)
        status = liq_origin_read(&origin, database, &reader->chain, err);
    if (status != LIQ_OK) {
        (void)sqlite3_close_v2(database);
        return status;
    }
    (void)sqlite3_finalize(reader->lines);
    reader->lines = NULL;
    (void)sqlite3_close_v2(reader->database);
    reader->database = database;
    reader->part = first;
    reader->origin = origin;
    return LIQ_OK;
}

/* All parts are of one journal. The first one that is opened gives the name. */
static liq_status name_compare(liq_journal_reader *reader, sqlite3 *database, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_sql_prepare(&statement, database, "SELECT name FROM journal", err);

    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && !has_row)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, LIQ_JOURNAL_FILE ": has lost its name");
    if (status == LIQ_OK)
        status = liq_journal_name_check("journal", liq_sql_text(statement, 0).data, err);
    if (status == LIQ_OK && reader->name[0] == '\0')
        (void)snprintf(reader->name, sizeof reader->name, "%s", liq_sql_text(statement, 0).data);
    if (status == LIQ_OK && !liq_text_equal(liq_sql_text(statement, 0), reader->name))
        status = liq_fail(err, LIQ_BAD_INPUT, 0,
                          LIQ_JOURNAL_FILE ": is the journal of \"%.64s\", and another part is "
                                           "that of \"%s\"",
                          liq_sql_text(statement, 0).data, reader->name);
    (void)sqlite3_finalize(statement);
    return status;
}

liq_status liq_reader_part_next(liq_journal_reader *reader, liq_error *err)
{
    uint64_t next = 0;
    const liq_status status = liq_journal_part_next(&next, reader->folder, reader->part, err);

    return status == LIQ_OK ? liq_reader_part_open(reader, next, err) : status;
}

liq_status liq_reader_newest(liq_journal_reader *reader, liq_error *err)
{
    uint64_t first = 0;
    const liq_status status = liq_journal_part_newest(&first, reader->folder, err);

    return status == LIQ_OK ? liq_reader_part_open(reader, first, err) : status;
}

liq_status liq_reader_at_tick(liq_journal_reader *reader, uint64_t tick, liq_error *err)
{
    return back_to(reader, tick, false, err);
}

liq_status liq_reader_at_seq(liq_journal_reader *reader, uint64_t seq, liq_error *err)
{
    return back_to(reader, seq, true, err);
}

/* From the youngest back, for as long as what is looked for is of before its origin. */
static liq_status back_to(liq_journal_reader *reader, uint64_t number, bool is_seq, liq_error *err)
{
    liq_journal_parts parts = {0};
    liq_status status = liq_journal_parts_list(&parts, reader->folder, err);

    if (status == LIQ_OK && parts.count == 0)
        status = liq_fail(err, LIQ_NOT_FOUND, ENOENT, "%s: there is no " LIQ_JOURNAL_FILE,
                          reader->folder);
    for (size_t i = parts.count; status == LIQ_OK && i-- > 0;) {
        status = liq_reader_part_open(reader, parts.firsts[i], err);
        if (status == LIQ_OK && number > (is_seq ? reader->origin.seq : reader->origin.tick))
            break;
    }
    liq_journal_parts_clear(&parts);
    return status;
}
