#include "journal/journal_verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "journal/journal_parts.h"
#include "journal/verify_internal.h"

static liq_status journal_check(liq_verification *self, const char *folder, liq_error *err);
static liq_status part_check(liq_verification *self, uint64_t first, liq_error *err);
static liq_status origin_check(liq_verification *self, const char *part, liq_error *err);
static liq_status pages_check(liq_verification *self, liq_error *err);
static liq_status references_check(liq_verification *self, liq_error *err);
static liq_status outlets_check(liq_verification *self, liq_error *err);
static bool is_verdict(liq_status status);

liq_status liq_journal_verify(liq_journal_verdict *out, const char *path,
                              const liq_progress *progress, liq_error *err)
{
    liq_verification self = {.verdict = out, .progress = progress};
    char folder[LIQ_JOURNAL_PATH_BYTES];
    liq_error found = {0};
    liq_status status;

    *out = (liq_journal_verdict){.inputs_from = 1};
    if ((status = liq_journal_folder_of(folder, path, err)) != LIQ_OK)
        return status;
    status = journal_check(&self, folder, &found);
    for (int i = 0; i < LIQ_TABLES; i++)
        (void)sqlite3_finalize(self.statements[i]);
    liq_journal_reader_close(self.reader);
    out->is_sound = status == LIQ_OK;
    if (status == LIQ_OK)
        return LIQ_OK;
    if (is_verdict(status)) {
        (void)snprintf(out->message, sizeof out->message, "%s", found.message);
        return LIQ_OK;
    }
    return liq_fail(err, status, found.native, "%s", found.message);
}

liq_status liq_verify_fail(liq_verification *self, const char *table, uint64_t tick, uint64_t seq,
                           liq_error *err, const char *format, ...)
{
    char text[LIQ_ERROR_MESSAGE_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    self->verdict->tick = tick;
    self->verdict->seq = seq;
    if (table != NULL)
        (void)snprintf(self->verdict->table, sizeof self->verdict->table, "%s", table);
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%s", text);
}

liq_status liq_verify_report(const liq_verification *self, const char *stage, uint64_t done,
                             uint64_t total, liq_error *err)
{
    if (self->progress == NULL ||
        self->progress->report(self->progress->context, stage, done, total) != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}

static liq_status journal_check(liq_verification *self, const char *folder, liq_error *err)
{
    liq_journal_parts parts = {0};
    uint64_t told = 0;
    liq_status status;

    if ((status = liq_journal_reader_open(&self->reader, folder, err)) != LIQ_OK)
        return status;
    (void)snprintf(self->verdict->name, sizeof self->verdict->name, "%s", self->reader->name);
    if ((status = liq_last_marker_read(&told, self->reader->folder, err)) == LIQ_OK)
        status = liq_journal_parts_list(&parts, self->reader->folder, err);
    for (size_t i = 0; i < parts.count && status == LIQ_OK; i++)
        status = part_check(self, parts.firsts[i], err);
    liq_journal_parts_clear(&parts);
    if (status != LIQ_OK ||
        (status = liq_last_marker_check(told, self->last_tick, err)) != LIQ_OK ||
        (status = outlets_check(self, err)) != LIQ_OK)
        return status;
    return liq_verify_inputs(self, err);
}

static liq_status part_check(liq_verification *self, uint64_t first, liq_error *err)
{
    char part[LIQ_JOURNAL_PATH_BYTES];
    int64_t last = 0;
    liq_status status;

    if ((status = liq_journal_part_folder(part, self->reader->folder, first, err)) != LIQ_OK ||
        (status = liq_reader_part_open(self->reader, first, err)) != LIQ_OK ||
        (status = liq_wal_check(part, err)) != LIQ_OK ||
        (status = pages_check(self, err)) != LIQ_OK ||
        (status = liq_journal_tables_check(self->reader->database, err)) != LIQ_OK ||
        (status = references_check(self, err)) != LIQ_OK ||
        (status = origin_check(self, part, err)) != LIQ_OK ||
        (status = liq_sql_integer(self->reader->database, "SELECT max(tick) FROM tick",
                                  (int64_t)self->reader->origin.tick, &last, err)) != LIQ_OK)
        return status;
    self->last_tick = (uint64_t)last;
    status = liq_verify_ticks(self, err);
    for (int i = 0; i < LIQ_TABLES; i++) {
        (void)sqlite3_finalize(self->statements[i]);
        self->statements[i] = NULL;
    }
    self->verdict->parts++;
    return status;
}

/* A part goes on where the one before has ended; before the oldest there is nothing to compare. */
static liq_status origin_check(liq_verification *self, const char *part, liq_error *err)
{
    const liq_journal_origin *origin = &self->reader->origin;
    char carried[LIQ_HASH_HEX_BYTES];
    liq_status status;

    memset(self->totals, 0, sizeof self->totals);
    if (self->verdict->parts == 0)
        self->verdict->from_tick = origin->tick + 1;
    else if (origin->tick != self->last_tick || strcmp(origin->chain, self->verdict->chain) != 0)
        return liq_verify_fail(self, "origin", self->last_tick, 0, err,
                               "%s: goes on behind tick %llu with the chain %.64s, and the part "
                               "before ends at tick %llu with %.64s",
                               part, (unsigned long long)origin->tick, origin->chain,
                               (unsigned long long)self->last_tick, self->verdict->chain);
    if (!origin->is_there)
        return LIQ_OK;
    status = liq_origin_carried(carried, self->reader->database, &self->reader->chain, origin->tick,
                                self->totals, err);
    if (status == LIQ_OK && strcmp(carried, origin->carried) != 0)
        status = liq_verify_fail(self, "origin", origin->tick, 0, err,
                                 "%s: what it was begun with is not what it is now", part);
    return status;
}

/* SQLite's own check looks at every page and compares every index with its table. */
static liq_status pages_check(liq_verification *self, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_verify_report(self, "pages", 0, 1, err);

    if (status == LIQ_OK)
        status =
            liq_sql_prepare(&statement, self->reader->database, "PRAGMA integrity_check(1)", err);
    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && (!has_row || !liq_text_equal(liq_sql_text(statement, 0), "ok")))
        status = liq_verify_fail(self, NULL, 0, 0, err, LIQ_JOURNAL_FILE ": is damaged: %.300s",
                                 has_row ? liq_sql_text(statement, 0).data : "nothing is said");
    (void)sqlite3_finalize(statement);
    return status;
}

static liq_status references_check(liq_verification *self, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status =
        liq_sql_prepare(&statement, self->reader->database, "PRAGMA foreign_key_check", err);

    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && has_row)
        status =
            liq_verify_fail(self, liq_sql_text(statement, 0).data, 0, 0, err,
                            "a row of %.64s belongs to nothing", liq_sql_text(statement, 0).data);
    (void)sqlite3_finalize(statement);
    return status;
}

static liq_status outlets_check(liq_verification *self, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = true;
    liq_status status =
        liq_sql_prepare(&statement, self->reader->database,
                        "SELECT outlet, seq, sha256, "
                        "seq > (SELECT coalesce(max(last_seq), (SELECT max(seq) FROM "
                        "origin)) FROM tick) FROM outlet",
                        err);

    while (status == LIQ_OK && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK &&
           has_row) {
        const liq_text outlet = liq_sql_text(statement, 0);
        char found[LIQ_HASH_HEX_BYTES];
        char computed[LIQ_HASH_HEX_BYTES];

        liq_sql_hash(found, statement, 2);
        liq_outlet_hash(computed, &self->reader->chain, outlet, sqlite3_column_int64(statement, 1));
        if (strcmp(found, computed) != 0 || sqlite3_column_int64(statement, 3) != 0)
            status = liq_verify_fail(self, "outlet", 0, 0, err,
                                     "the position of outlet \"%.64s\" is damaged", outlet.data);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* What says something of the journal, and not of the machine. */
static bool is_verdict(liq_status status)
{
    return status == LIQ_BAD_INPUT || status == LIQ_OUT_OF_RANGE || status == LIQ_NOT_CONSERVED ||
           status == LIQ_DUPLICATE;
}
