/*
 * What a journal finds of itself when it is opened.
 */
#include "journal/journal_internal.h"
#include "journal/journal_origin.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

static liq_status last_tick_read(liq_journal *journal, liq_error *err);
static void origin_take(liq_journal *journal, const liq_journal_origin *origin);
static void last_row_take(liq_journal *journal, sqlite3_stmt *row);
static liq_status since_read(liq_journal *journal, const liq_journal_origin *origin,
                             liq_error *err);
static liq_status last_chain_check(liq_journal *journal, const liq_journal_origin *origin,
                                   int64_t first_seq, liq_error *err);
static liq_status chain_read(char hex[LIQ_HASH_HEX_BYTES], liq_journal *journal, uint64_t tick,
                             liq_error *err);
static liq_status sources_read(liq_journal *journal, liq_error *err);
static liq_status outlets_read(liq_journal *journal, liq_error *err);
static liq_status outlet_read(liq_journal *journal, sqlite3_stmt *statement, liq_error *err);
static liq_status notes_read(liq_journal *journal, liq_error *err);
static liq_status damaged(liq_error *err, const char *what, uint64_t tick);

liq_status liq_journal_state_read(liq_journal *journal, liq_error *err)
{
    liq_status status;

    if ((status = last_tick_read(journal, err)) != LIQ_OK ||
        (status = sources_read(journal, err)) != LIQ_OK ||
        (status = outlets_read(journal, err)) != LIQ_OK)
        return status;
    return notes_read(journal, err);
}

liq_status liq_journal_source_set(liq_journal *journal, const char *source, uint64_t position,
                                  liq_error *err)
{
    const size_t i = liq_named_find(journal->sources, journal->source_count, source);
    liq_status status;

    if (i == journal->source_count) {
        status = liq_memory_grow(&journal->sources, &journal->source_capacity, i + 1,
                                 sizeof *journal->sources, err);
        if (status != LIQ_OK)
            return status;
        (void)snprintf(journal->sources[i].name, sizeof journal->sources[i].name, "%s", source);
        journal->source_count++;
    }
    journal->sources[i].number = position;
    return LIQ_OK;
}

liq_status liq_chain_of_tick(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain,
                             sqlite3_stmt *const *statements, const char *previous, int64_t tick,
                             int64_t first_seq, int64_t last_seq, uint64_t counts[LIQ_TABLES],
                             liq_error *err)
{
    const int64_t bound[] = {tick, first_seq, last_seq};

    liq_chain_begin(chain, previous);
    for (int i = 0; i < LIQ_TABLES; i++) {
        sqlite3_stmt *statement = statements[i];
        bool has_row = true;

        if (counts != NULL)
            counts[i] = 0;
        for (int j = 0; j < sqlite3_bind_parameter_count(statement); j++)
            (void)sqlite3_bind_int64(statement, j + 1, bound[j]);
        while (has_row) {
            const liq_status status = liq_sql_next(statement, &has_row, err);

            if (status != LIQ_OK)
                return status;
            if (has_row)
                liq_sql_chain_row(chain, liq_record_sqls[i].name, statement);
            if (has_row && counts != NULL)
                counts[i]++;
        }
    }
    liq_chain_finish(chain, hex);
    return LIQ_OK;
}

void liq_chain_origin(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain, const char *name)
{
    liq_chain_begin(chain, "");
    liq_chain_row(chain, "journal");
    liq_chain_integer(chain, 1);
    liq_chain_text(chain, name, strlen(name));
    liq_chain_row_end(chain);
    liq_chain_finish(chain, hex);
}

void liq_outlet_hash(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain, liq_text outlet, int64_t seq)
{
    liq_chain_begin(chain, "");
    liq_chain_row(chain, "outlet");
    liq_chain_text(chain, outlet.data, outlet.bytes);
    liq_chain_integer(chain, seq);
    liq_chain_row_end(chain);
    liq_chain_finish(chain, hex);
}

/* The last tick and where its inputs end; its chain is computed again, because what was written
 * last is what a failing disk loses first. */
static liq_status last_tick_read(liq_journal *journal, liq_error *err)
{
    liq_journal_origin origin;
    sqlite3_stmt *statement = NULL;
    uint64_t first_seq;
    bool has_row = false;
    liq_status status = liq_origin_read(&origin, journal->base.database, &journal->chain, err);

    origin_take(journal, &origin);
    first_seq = origin.seq;
    if (status == LIQ_OK)
        status = liq_sql_prepare(&statement, journal->base.database,
                                 "SELECT * FROM tick ORDER BY tick DESC LIMIT 2", err);
    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && has_row) {
        last_row_take(journal, statement);
        status = liq_sql_next(statement, &has_row, err);
        if (status == LIQ_OK && has_row)
            first_seq = (uint64_t)sqlite3_column_int64(statement, LIQ_TICK_LAST_SEQ);
    }
    (void)sqlite3_finalize(statement);
    if (status == LIQ_OK)
        status = since_read(journal, &origin, err);
    if (status == LIQ_OK && journal->last.tick > origin.tick)
        status = last_chain_check(journal, &origin, (int64_t)first_seq, err);
    if (status == LIQ_OK) /* before anything is cut off */
        status = liq_last_marker_check(journal->told, journal->last.tick, err);
    if (status != LIQ_OK)
        return status;
    return liq_input_segment_resume(&journal->segment, journal->last_segment,
                                    journal->last_inputs_end, journal->last.tick, err);
}

static void origin_take(liq_journal *journal, const liq_journal_origin *origin)
{
    journal->last = (liq_journal_last){.is_new = !origin->is_there,
                                       .tick = origin->tick,
                                       .now_ms = origin->now_ms,
                                       .seq = origin->seq};
    memcpy(journal->last.chain, origin->chain, sizeof journal->last.chain);
    memcpy(journal->last.state_hash, origin->state_hash, sizeof journal->last.state_hash);
    journal->origin_tick = origin->tick;
    journal->last_segment = origin->segment;
    journal->last_inputs_end = origin->inputs_end;
}

static void last_row_take(liq_journal *journal, sqlite3_stmt *row)
{
    journal->last.is_new = false;
    journal->last.tick = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_TICK);
    journal->last.now_ms = sqlite3_column_int64(row, LIQ_TICK_NOW_MS);
    journal->last.seq = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_LAST_SEQ);
    liq_sql_hash(journal->last.state_hash, row, LIQ_TICK_STATE_HASH);
    journal->last_segment = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_SEGMENT);
    journal->last_inputs_end = (uint64_t)sqlite3_column_int64(row, LIQ_TICK_INPUTS_END);
}

/* When the part was begun, for its age. */
static liq_status since_read(liq_journal *journal, const liq_journal_origin *origin, liq_error *err)
{
    return liq_sql_integer(journal->base.database, "SELECT now_ms FROM tick ORDER BY tick LIMIT 1",
                           origin->is_there ? origin->now_ms : 0, &journal->since_ms, err);
}

static liq_status last_chain_check(liq_journal *journal, const liq_journal_origin *origin,
                                   int64_t first_seq, liq_error *err)
{
    sqlite3_stmt *statements[LIQ_TABLES] = {NULL};
    char previous[LIQ_HASH_HEX_BYTES];
    char computed[LIQ_HASH_HEX_BYTES];
    const uint64_t tick = journal->last.tick;
    liq_status status = chain_read(journal->last.chain, journal, tick, err);

    memcpy(previous, origin->chain, sizeof previous);
    if (status == LIQ_OK && tick - 1 > origin->tick)
        status = chain_read(previous, journal, tick - 1, err);
    for (int i = 0; i < LIQ_TABLES && status == LIQ_OK; i++)
        status = liq_sql_prepare(&statements[i], journal->base.database, liq_record_sqls[i].of_tick,
                                 err);
    if (status == LIQ_OK)
        status = liq_chain_of_tick(computed, &journal->chain, statements, previous, (int64_t)tick,
                                   first_seq, INT64_MAX, NULL, err);
    if (status == LIQ_OK && strcmp(computed, journal->last.chain) != 0)
        status =
            damaged(err, "the records of the last tick are not those that were recorded", tick);
    for (int i = 0; i < LIQ_TABLES; i++)
        (void)sqlite3_finalize(statements[i]);
    return status;
}

static liq_status chain_read(char hex[LIQ_HASH_HEX_BYTES], liq_journal *journal, uint64_t tick,
                             liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_sql_prepare(&statement, journal->base.database,
                                        "SELECT sha256 FROM chain WHERE tick = ?1", err);

    hex[0] = '\0';
    if (status == LIQ_OK)
        (void)sqlite3_bind_int64(statement, 1, (int64_t)tick);
    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && has_row)
        liq_sql_hash(hex, statement, 0);
    (void)sqlite3_finalize(statement);
    if (status == LIQ_OK && hex[0] == '\0')
        status = damaged(err, "a tick is not closed", tick);
    return status;
}

/* From name to name: there are few, however many ticks each has moved in. */
static liq_status sources_read(liq_journal *journal, liq_error *err)
{
    static const char sql[] =
        "WITH RECURSIVE one (source) AS (SELECT min(source) FROM source_position UNION ALL "
        "SELECT (SELECT min(source) FROM source_position WHERE source > one.source) FROM one "
        "WHERE one.source IS NOT NULL) SELECT source, (SELECT position FROM source_position "
        "WHERE source = one.source ORDER BY tick DESC LIMIT 1) FROM one WHERE source IS NOT NULL";
    sqlite3_stmt *statement = NULL;
    bool has_row = true;
    liq_status status = liq_sql_prepare(&statement, journal->base.database, sql, err);

    while (status == LIQ_OK && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK &&
           has_row) {
        const char *source = liq_sql_text(statement, 0).data;

        status = liq_journal_name_check("source", source, err);
        if (status == LIQ_OK)
            status = liq_journal_source_set(journal, source,
                                            (uint64_t)sqlite3_column_int64(statement, 1), err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

static liq_status outlets_read(liq_journal *journal, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = true;
    liq_status status = liq_sql_prepare(&statement, journal->base.database,
                                        "SELECT outlet, seq, sha256 FROM outlet", err);

    while (status == LIQ_OK && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK &&
           has_row)
        status = outlet_read(journal, statement, err);
    (void)sqlite3_finalize(statement);
    return status;
}

/* A position that is too high by damage would leave decisions unsent for ever. */
static liq_status outlet_read(liq_journal *journal, sqlite3_stmt *statement, liq_error *err)
{
    const liq_text name = liq_sql_text(statement, 0);
    const int64_t seq = sqlite3_column_int64(statement, 1);
    char found[LIQ_HASH_HEX_BYTES];
    char computed[LIQ_HASH_HEX_BYTES];
    liq_named_number *outlet = &journal->outlets[journal->outlet_count];

    liq_sql_hash(found, statement, 2);
    liq_outlet_hash(computed, &journal->chain, name, seq);
    if (strcmp(found, computed) != 0 || journal->outlet_count == LIQ_JOURNAL_OUTLETS_MAX ||
        name.bytes > LIQ_JOURNAL_NAME_BYTES_MAX || (uint64_t)seq > journal->last.seq)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        LIQ_JOURNAL_FILE ": is damaged: the position of outlet \"%.*s\"",
                        LIQ_TEXT_ARGS(name));
    *outlet = (liq_named_number){.number = (uint64_t)seq};
    memcpy(outlet->name, name.data, name.bytes);
    journal->outlet_count++;
    return LIQ_OK;
}

/* Snapshots noted behind the last tick: the next one takes them into its chain. The first inputs
 * behind a snapshot begin a new file. */
static liq_status notes_read(liq_journal *journal, liq_error *err)
{
    int64_t kept_from;
    int64_t noted_after;
    liq_status status = liq_sql_integer(
        journal->base.database,
        "SELECT kept_from FROM retention ORDER BY after_tick DESC, place DESC LIMIT 1", 0,
        &kept_from, err);

    if (status != LIQ_OK)
        return status;
    status = liq_sql_integer(journal->base.database, "SELECT max(after_tick) FROM snapshot", -1,
                             &noted_after, err);
    if (status != LIQ_OK)
        return status;
    journal->kept_from = (uint64_t)kept_from;
    journal->has_notes =
        noted_after == (int64_t)journal->last.tick || journal->last.tick == journal->origin_tick;
    journal->segment.is_rotating = noted_after >= (int64_t)journal->segment.first_tick;
    return LIQ_OK;
}

static liq_status damaged(liq_error *err, const char *what, uint64_t tick)
{
    return liq_fail(err, LIQ_BAD_INPUT, 0, LIQ_JOURNAL_FILE ": is damaged: %s (tick %llu)", what,
                    (unsigned long long)tick);
}
