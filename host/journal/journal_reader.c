#include "journal/journal_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "journal/reader_internal.h"

static liq_status reader_start(liq_journal_reader *reader, const char *path, liq_error *err);
static liq_status part_lines(liq_journal_reader *reader, uint64_t seq, char *out, size_t room,
                             size_t *bytes, uint64_t *next, liq_error *err);
static void origin_give(liq_journal_last *out, const liq_journal_origin *origin);
static liq_status last_row_read(liq_journal_last *out, sqlite3_stmt *statement, liq_error *err);

liq_status liq_journal_reader_open(liq_journal_reader **out, const char *path, liq_error *err)
{
    liq_journal_reader *reader = NULL;
    liq_status status = liq_memory_array(&reader, 1, sizeof *reader, err);

    if (status != LIQ_OK)
        return status;
    status = reader_start(reader, path, err);
    if (status == LIQ_OK) {
        *out = reader;
        reader = NULL;
    }
    liq_journal_reader_close(reader);
    return status;
}

void liq_journal_reader_close(liq_journal_reader *reader)
{
    if (reader == NULL)
        return;
    (void)sqlite3_finalize(reader->lines);
    (void)sqlite3_close_v2(reader->database);
    liq_chain_clear(&reader->chain);
    free(reader);
}

const char *liq_journal_reader_folder(const liq_journal_reader *reader)
{
    return reader->folder;
}

const char *liq_journal_reader_name(const liq_journal_reader *reader)
{
    return reader->name;
}

liq_status liq_journal_reader_last(liq_journal_reader *reader, liq_journal_last *out,
                                   liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    liq_status status = liq_reader_newest(reader, err);

    origin_give(out, &reader->origin);
    if (status == LIQ_OK)
        status = liq_sql_prepare(&statement, reader->database,
                                 "SELECT tick, now_ms, last_seq, sha256, state_hash FROM tick "
                                 "LEFT JOIN chain USING (tick) ORDER BY tick DESC LIMIT 1",
                                 err);
    if (status == LIQ_OK)
        status = last_row_read(out, statement, err);
    (void)sqlite3_finalize(statement);
    return status;
}

liq_status liq_journal_reader_seqs(liq_journal_reader *reader, uint64_t tick, uint64_t *first,
                                   uint64_t *last, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_reader_at_tick(reader, tick, err);

    if (status == LIQ_OK)
        status =
            liq_sql_prepare(&statement, reader->database,
                            "SELECT last_seq - decisions, last_seq FROM tick WHERE tick = ?1", err);
    if (status == LIQ_OK) {
        (void)sqlite3_bind_int64(statement, 1, tick > INT64_MAX ? -1 : (int64_t)tick);
        status = liq_sql_next(statement, &has_row, err);
    }
    if (status == LIQ_OK && has_row) {
        *first = (uint64_t)sqlite3_column_int64(statement, 0);
        *last = (uint64_t)sqlite3_column_int64(statement, 1);
    } else if (status == LIQ_OK) {
        status = liq_fail(err, LIQ_NOT_FOUND, 0, "there is no tick %llu", (unsigned long long)tick);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* Lines are asked for in their order, so that the part that is open is nearly always the right one.
 */
liq_status liq_journal_reader_lines(void *context, uint64_t seq, char *out, size_t room,
                                    size_t *bytes, uint64_t *next, liq_error *err)
{
    liq_journal_reader *reader = context;
    liq_status status = LIQ_OK;

    *bytes = 0;
    *next = seq;
    if (reader->origin.is_there && seq <= reader->origin.seq)
        status = liq_reader_at_seq(reader, seq, err);
    while (status == LIQ_OK &&
           (status = part_lines(reader, seq, out, room, bytes, next, err)) == LIQ_OK &&
           *bytes == 0) {
        liq_error none;

        status = liq_reader_part_next(reader, &none);
        if (status == LIQ_NOT_FOUND)
            return LIQ_OK;
        if (status != LIQ_OK)
            return liq_fail(err, status, none.native, "%s", none.message);
    }
    return status;
}

static liq_status part_lines(liq_journal_reader *reader, uint64_t seq, char *out, size_t room,
                             size_t *bytes, uint64_t *next, liq_error *err)
{
    bool has_row = true;
    liq_status status = LIQ_OK;

    if (reader->lines == NULL)
        status =
            liq_sql_prepare(&reader->lines, reader->database,
                            "SELECT seq, line FROM decision WHERE seq >= ?1 ORDER BY seq", err);
    if (status != LIQ_OK)
        return status;
    (void)sqlite3_bind_int64(reader->lines, 1, seq > INT64_MAX ? INT64_MAX : (int64_t)seq);
    while ((status = liq_sql_next(reader->lines, &has_row, err)) == LIQ_OK && has_row) {
        const liq_text line = liq_sql_text(reader->lines, 1);

        if (line.bytes + 1 > room - *bytes) {
            if (*bytes == 0)
                status = liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                                  "decision %llu has %zu bytes, and the room is %zu",
                                  (unsigned long long)seq, line.bytes + 1, room);
            break;
        }
        memcpy(out + *bytes, line.data, line.bytes);
        out[*bytes + line.bytes] = '\n';
        *bytes += line.bytes + 1;
        *next = (uint64_t)sqlite3_column_int64(reader->lines, 0) + 1;
    }
    (void)sqlite3_reset(reader->lines);
    return status;
}

liq_status liq_journal_reader_snapshot(liq_journal_reader *reader, uint32_t index,
                                       liq_journal_snapshot *out, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_reader_newest(reader, err);

    if (status == LIQ_OK)
        status = liq_sql_prepare(&statement, reader->database,
                                 "SELECT tick, after_tick, sha256, file FROM snapshot "
                                 "ORDER BY after_tick DESC, place DESC LIMIT 1 OFFSET ?1",
                                 err);

    if (status == LIQ_OK) {
        (void)sqlite3_bind_int64(statement, 1, index);
        status = liq_sql_next(statement, &has_row, err);
    }
    if (status == LIQ_OK && has_row) {
        out->tick = (uint64_t)sqlite3_column_int64(statement, 0);
        out->noted_after = (uint64_t)sqlite3_column_int64(statement, 1);
        liq_sql_hash(out->sha256, statement, 2);
        (void)snprintf(out->file, sizeof out->file, "%s", liq_sql_text(statement, 3).data);
    } else if (status == LIQ_OK) {
        status = liq_fail(err, LIQ_NOT_FOUND, 0, "only %u snapshots were noted", index);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

liq_status liq_journal_reader_kept_from(liq_journal_reader *reader, uint64_t *out, liq_error *err)
{
    int64_t kept_from = 1;
    liq_status status = liq_reader_newest(reader, err);

    if (status == LIQ_OK)
        status = liq_sql_integer(
            reader->database,
            "SELECT kept_from FROM retention ORDER BY after_tick DESC, place DESC LIMIT 1", 1,
            &kept_from, err);
    if (status == LIQ_OK)
        status = liq_reader_at_tick(reader, 0, err);
    if (status == LIQ_OK && (uint64_t)kept_from <= reader->origin.tick)
        kept_from = (int64_t)reader->origin.tick + 1;
    *out = (uint64_t)kept_from;
    return status;
}

static liq_status reader_start(liq_journal_reader *reader, const char *path, liq_error *err)
{
    liq_status status;

    if ((status = liq_journal_folder_of(reader->folder, path, err)) != LIQ_OK ||
        (status = liq_chain_create(&reader->chain, err)) != LIQ_OK)
        return status;
    return liq_reader_newest(reader, err);
}

static void origin_give(liq_journal_last *out, const liq_journal_origin *origin)
{
    *out = (liq_journal_last){.is_new = !origin->is_there,
                              .tick = origin->tick,
                              .now_ms = origin->now_ms,
                              .seq = origin->seq};
    memcpy(out->chain, origin->chain, sizeof out->chain);
    memcpy(out->state_hash, origin->state_hash, sizeof out->state_hash);
}

static liq_status last_row_read(liq_journal_last *out, sqlite3_stmt *statement, liq_error *err)
{
    bool has_row = false;
    const liq_status status = liq_sql_next(statement, &has_row, err);

    if (status != LIQ_OK || !has_row)
        return status;
    out->is_new = false;
    out->tick = (uint64_t)sqlite3_column_int64(statement, 0);
    out->now_ms = sqlite3_column_int64(statement, 1);
    out->seq = (uint64_t)sqlite3_column_int64(statement, 2);
    liq_sql_hash(out->chain, statement, 3);
    liq_sql_hash(out->state_hash, statement, 4);
    return LIQ_OK;
}
