/*
 * Tick by tick: numbers, counts and the chain.
 */
#include "journal/verify_internal.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

/* Ticks that are read in one transaction: enough that beginning one costs nothing, few enough that
 * a running sidecar's WAL is not kept from being emptied. */
enum { BLOCK_TICKS = 512 };

/* A row of `tick`, and what must stand before it. */
typedef struct tick_row {
    uint64_t tick;
    int64_t last_seq;
    int64_t counts[LIQ_TABLES]; /* -1: it says none */
    char chain[LIQ_HASH_HEX_BYTES];
    uint64_t segment;
    uint64_t end;
} tick_row;

static liq_status block_check(liq_verification *self, sqlite3_stmt *statement, tick_row *before,
                              liq_error *err);
static void row_read(tick_row *out, sqlite3_stmt *statement);
static liq_status row_check(liq_verification *self, const tick_row *row, const tick_row *before,
                            liq_error *err);
static liq_status chain_check(liq_verification *self, const tick_row *row, const tick_row *before,
                              liq_error *err);
static liq_status counts_check(liq_verification *self, const tick_row *row,
                               const uint64_t counts[LIQ_TABLES], liq_error *err);
static liq_status totals_check(liq_verification *self, const tick_row *last, liq_error *err);
static liq_status total_check(liq_verification *self, const char *table, const char *condition,
                              uint64_t expected, liq_error *err);

liq_status liq_verify_ticks(liq_verification *self, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    const liq_journal_origin *origin = &self->reader->origin;
    tick_row before = {.tick = origin->tick, .last_seq = (int64_t)origin->seq};
    sqlite3 *database = self->reader->database;
    liq_status status = liq_sql_prepare(&statement, database,
                                        "SELECT tick.*, sha256 FROM tick LEFT JOIN chain "
                                        "USING (tick) WHERE tick > ?1 ORDER BY tick LIMIT ?2",
                                        err);

    for (int i = 0; i < LIQ_TABLES && status == LIQ_OK; i++)
        status = liq_sql_prepare(&self->statements[i], database, liq_record_sqls[i].of_tick, err);
    memcpy(before.chain, origin->chain, sizeof before.chain);
    before.segment = origin->segment;
    before.end = origin->inputs_end;
    while (status == LIQ_OK && before.tick < self->last_tick) {
        if ((status = liq_verify_report(self, "ticks", before.tick, self->last_tick, err)) !=
                LIQ_OK ||
            (status = liq_sql_run(database, "BEGIN", err)) != LIQ_OK)
            break;
        status = block_check(self, statement, &before, err);
        if (sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK && status == LIQ_OK)
            status = liq_sql_fail(err, database, sqlite3_errcode(database));
    }
    (void)sqlite3_finalize(statement);
    if (status == LIQ_OK)
        status = totals_check(self, &before, err);
    (void)snprintf(self->verdict->chain, sizeof self->verdict->chain, "%s", before.chain);
    return status;
}

static liq_status block_check(liq_verification *self, sqlite3_stmt *statement, tick_row *before,
                              liq_error *err)
{
    const uint64_t first = before->tick;
    bool has_row = true;
    liq_status status = LIQ_OK;

    (void)sqlite3_bind_int64(statement, 1, (int64_t)before->tick);
    (void)sqlite3_bind_int64(statement, 2, BLOCK_TICKS);
    while (before->tick < self->last_tick &&
           (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK && has_row) {
        tick_row row;

        row_read(&row, statement);
        if ((status = row_check(self, &row, before, err)) != LIQ_OK ||
            (status = chain_check(self, &row, before, err)) != LIQ_OK ||
            (status = liq_verify_decisions(self, row.tick, before->last_seq, row.last_seq, err)) !=
                LIQ_OK ||
            (status = liq_verify_legs(self, row.tick, before->last_seq, row.last_seq, err)) !=
                LIQ_OK)
            break;
        *before = row;
        self->verdict->ticks++;
        self->verdict->decisions += (uint64_t)row.counts[LIQ_TABLE_DECISION];
        self->verdict->legs += (uint64_t)row.counts[LIQ_TABLE_LEG];
    }
    (void)sqlite3_reset(statement);
    if (status == LIQ_OK && before->tick == first)
        status = liq_verify_fail(self, "tick", first + 1, 0, err, "tick %llu is missing",
                                 (unsigned long long)first + 1);
    return status;
}

static void row_read(tick_row *out, sqlite3_stmt *statement)
{
    *out = (tick_row){.tick = (uint64_t)sqlite3_column_int64(statement, LIQ_TICK_TICK),
                      .last_seq = sqlite3_column_int64(statement, LIQ_TICK_LAST_SEQ),
                      .segment = (uint64_t)sqlite3_column_int64(statement, LIQ_TICK_SEGMENT),
                      .end = (uint64_t)sqlite3_column_int64(statement, LIQ_TICK_INPUTS_END)};
    for (int i = 0; i < LIQ_TABLES; i++)
        out->counts[i] = -1;
    out->counts[LIQ_TABLE_TICK] = 1;
    out->counts[LIQ_TABLE_SEGMENT] = out->segment == out->tick;
    out->counts[LIQ_TABLE_SOURCE] = sqlite3_column_int64(statement, LIQ_TICK_SOURCES);
    out->counts[LIQ_TABLE_MARK] = sqlite3_column_int64(statement, LIQ_TICK_MARKS);
    out->counts[LIQ_TABLE_FUND] = sqlite3_column_int64(statement, LIQ_TICK_FUNDS);
    out->counts[LIQ_TABLE_DECISION] = sqlite3_column_int64(statement, LIQ_TICK_DECISIONS);
    out->counts[LIQ_TABLE_LEG] = sqlite3_column_int64(statement, LIQ_TICK_LEGS);
    liq_sql_hash(out->chain, statement, LIQ_TICK_COLUMNS);
}

static liq_status row_check(liq_verification *self, const tick_row *row, const tick_row *before,
                            liq_error *err)
{
    if (row->tick != before->tick + 1)
        return liq_verify_fail(self, "tick", before->tick + 1, 0, err, "tick %llu is missing",
                               (unsigned long long)before->tick + 1);
    if (row->chain[0] == '\0')
        return liq_verify_fail(self, "chain", row->tick, 0, err, "tick %llu is not closed",
                               (unsigned long long)row->tick);
    if (row->last_seq != before->last_seq + row->counts[LIQ_TABLE_DECISION])
        return liq_verify_fail(self, "tick", row->tick, (uint64_t)before->last_seq, err,
                               "tick %llu: %lld decisions after decision %lld do not end at %lld",
                               (unsigned long long)row->tick,
                               (long long)row->counts[LIQ_TABLE_DECISION],
                               (long long)before->last_seq, (long long)row->last_seq);
    if (row->segment != row->tick && (row->segment != before->segment || row->end < before->end))
        return liq_verify_fail(self, "tick", row->tick, 0, err,
                               "tick %llu: its inputs are not behind those before it",
                               (unsigned long long)row->tick);
    return LIQ_OK;
}

static liq_status chain_check(liq_verification *self, const tick_row *row, const tick_row *before,
                              liq_error *err)
{
    uint64_t counts[LIQ_TABLES];
    char computed[LIQ_HASH_HEX_BYTES];
    liq_status status =
        liq_chain_of_tick(computed, &self->reader->chain, self->statements, before->chain,
                          (int64_t)row->tick, before->last_seq, row->last_seq, counts, err);

    if (status != LIQ_OK || (status = counts_check(self, row, counts, err)) != LIQ_OK)
        return status;
    if (strcmp(computed, row->chain) != 0)
        return liq_verify_fail(self, "chain", row->tick, 0, err,
                               "tick %llu: its records are not those that were recorded, or the "
                               "chain was: it is %.64s",
                               (unsigned long long)row->tick, row->chain);
    for (int i = 0; i < LIQ_TABLES; i++)
        self->totals[i] += counts[i];
    self->verdict->snapshots += counts[LIQ_TABLE_SNAPSHOT];
    return LIQ_OK;
}

static liq_status counts_check(liq_verification *self, const tick_row *row,
                               const uint64_t counts[LIQ_TABLES], liq_error *err)
{
    for (int i = 0; i < LIQ_TABLES; i++)
        if (row->counts[i] >= 0 && (uint64_t)row->counts[i] != counts[i])
            return liq_verify_fail(self, liq_record_sqls[i].name, row->tick, 0, err,
                                   "tick %llu: has %llu rows of %s, and says %lld",
                                   (unsigned long long)row->tick, (unsigned long long)counts[i],
                                   liq_record_sqls[i].name, (long long)row->counts[i]);
    return LIQ_OK;
}

/* Rows that no tick has asked for. Notes behind the last tick wait for the next one; what is
 * recorded meanwhile by a running sidecar is of later ticks. */
static liq_status totals_check(liq_verification *self, const tick_row *last, liq_error *err)
{
    static const char *const keys[LIQ_TABLES] = {"tick",       "first_tick", "tick", "tick",
                                                 "tick",       "tick",       "seq",  "after_tick",
                                                 "after_tick", "tick"};
    liq_status status = LIQ_OK;

    for (int i = 0; i < LIQ_TABLES && status == LIQ_OK; i++) {
        const bool is_by_seq = i == LIQ_TABLE_LEG;
        const bool is_note = i >= LIQ_TABLE_SNAPSHOT;
        char condition[64];

        (void)snprintf(condition, sizeof condition, "%s %s %lld", keys[i], is_note ? "<" : "<=",
                       is_by_seq ? (long long)last->last_seq : (long long)last->tick);
        status = total_check(self, liq_record_sqls[i].name, condition, self->totals[i], err);
    }
    if (status == LIQ_OK) {
        char condition[64];

        (void)snprintf(condition, sizeof condition, "tick <= %llu", (unsigned long long)last->tick);
        status = total_check(self, "chain", condition, last->tick - self->reader->origin.tick, err);
    }
    return status;
}

static liq_status total_check(liq_verification *self, const char *table, const char *condition,
                              uint64_t expected, liq_error *err)
{
    char sql[192];
    int64_t found;
    liq_status status;

    (void)snprintf(sql, sizeof sql, "SELECT count(*) FROM %s WHERE %s", table, condition);
    status = liq_sql_integer(self->reader->database, sql, 0, &found, err);
    if (status == LIQ_OK && (uint64_t)found != expected)
        status = liq_verify_fail(self, table, 0, 0, err,
                                 "%s has %lld rows, and its ticks account for %llu", table,
                                 (long long)found, (unsigned long long)expected);
    return status;
}
