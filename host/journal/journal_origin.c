#include "journal/journal_origin.h"

#include <string.h>

#include "base/fail.h"

/* Rows of a table that a part is begun with; ?1: the last tick before, ?2: snapshots to keep. */
typedef struct carried_rows {
    liq_record_table table;
    const char *taken;  /* from the part before */
    const char *hashed; /* again, in the new one; notes behind the last tick are in its chain */
} carried_rows;

static const carried_rows carried[] = {
    {LIQ_TABLE_SEGMENT,
     "SELECT * FROM segment WHERE first_tick >= (SELECT coalesce(max(kept_from), 0) FROM retention)"
     " ORDER BY first_tick",
     "SELECT * FROM segment WHERE first_tick <= ?1 ORDER BY first_tick"},
    {LIQ_TABLE_SOURCE,
     "SELECT ?1, row_number() OVER (ORDER BY source), source, position FROM (SELECT source, "
     "position, max(tick) FROM source_position GROUP BY source) ORDER BY source",
     "SELECT * FROM source_position WHERE tick <= ?1 ORDER BY tick, place"},
    {LIQ_TABLE_SNAPSHOT,
     "SELECT * FROM (SELECT * FROM snapshot ORDER BY after_tick DESC, place DESC LIMIT ?2) "
     "UNION SELECT * FROM snapshot WHERE after_tick = ?1 ORDER BY after_tick, place",
     "SELECT * FROM snapshot WHERE after_tick < ?1 ORDER BY after_tick, place"},
    {LIQ_TABLE_RETENTION,
     "SELECT * FROM (SELECT * FROM retention ORDER BY after_tick DESC, place DESC LIMIT 1) "
     "UNION SELECT * FROM retention WHERE after_tick = ?1 ORDER BY after_tick, place",
     "SELECT * FROM retention WHERE after_tick < ?1 ORDER BY after_tick, place"}};

static liq_status rows_take(sqlite3 *fresh, sqlite3 *old, const char *select, const char *insert,
                            const liq_journal_origin *origin, uint32_t snapshots_kept,
                            liq_error *err);
static liq_status origin_insert(sqlite3 *fresh, const liq_journal_origin *origin,
                                const char *carried_hash, liq_error *err);
static void bind(sqlite3_stmt *statement, uint64_t tick, uint32_t snapshots_kept);

liq_status liq_origin_read(liq_journal_origin *out, sqlite3 *database, liq_chain *chain,
                           liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_sql_prepare(&statement, database,
                                        "SELECT name, origin.* FROM journal LEFT JOIN origin", err);

    *out = (liq_journal_origin){0};
    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && has_row) {
        liq_chain_origin(out->chain, chain, liq_sql_text(statement, 0).data);
        out->is_there = sqlite3_column_type(statement, 1) != SQLITE_NULL;
    }
    if (out->is_there) {
        out->tick = (uint64_t)sqlite3_column_int64(statement, 1);
        out->seq = (uint64_t)sqlite3_column_int64(statement, 2);
        out->now_ms = sqlite3_column_int64(statement, 3);
        out->segment = (uint64_t)sqlite3_column_int64(statement, 4);
        out->inputs_end = (uint64_t)sqlite3_column_int64(statement, 5);
        liq_sql_hash(out->state_hash, statement, 6);
        liq_sql_hash(out->chain, statement, 7);
        liq_sql_hash(out->carried, statement, 8);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

liq_status liq_origin_write(sqlite3 *fresh, sqlite3 *old, const liq_journal_origin *origin,
                            uint32_t snapshots_kept, liq_error *err)
{
    char hex[LIQ_HASH_HEX_BYTES];
    liq_chain chain = {0};
    liq_status status = liq_chain_create(&chain, err);

    for (size_t i = 0; i < sizeof carried / sizeof carried[0] && status == LIQ_OK; i++)
        status = rows_take(fresh, old, carried[i].taken, liq_record_sqls[carried[i].table].insert,
                           origin, snapshots_kept, err);
    if (status == LIQ_OK)
        status = rows_take(fresh, old, "SELECT * FROM outlet", "INSERT INTO outlet VALUES (?,?,?)",
                           origin, snapshots_kept, err);
    if (status == LIQ_OK)
        status = liq_origin_carried(hex, fresh, &chain, origin->tick, NULL, err);
    if (status == LIQ_OK)
        status = origin_insert(fresh, origin, hex, err);
    liq_chain_clear(&chain);
    return status;
}

static liq_status rows_take(sqlite3 *fresh, sqlite3 *old, const char *select, const char *insert,
                            const liq_journal_origin *origin, uint32_t snapshots_kept,
                            liq_error *err)
{
    sqlite3_stmt *from = NULL;
    sqlite3_stmt *to = NULL;
    bool has_row = true;
    liq_status status = liq_sql_prepare(&from, old, select, err);

    if (status == LIQ_OK)
        status = liq_sql_prepare(&to, fresh, insert, err);
    if (status == LIQ_OK)
        bind(from, origin->tick, snapshots_kept);
    while (status == LIQ_OK && (status = liq_sql_next(from, &has_row, err)) == LIQ_OK && has_row) {
        for (int i = 0; i < sqlite3_column_count(from); i++)
            (void)sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        status = liq_sql_do(to, err);
    }
    (void)sqlite3_finalize(from);
    (void)sqlite3_finalize(to);
    return status;
}

static void bind(sqlite3_stmt *statement, uint64_t tick, uint32_t snapshots_kept)
{
    const int parameters = sqlite3_bind_parameter_count(statement);

    if (parameters > 0)
        (void)sqlite3_bind_int64(statement, 1, (int64_t)tick);
    if (parameters > 1)
        (void)sqlite3_bind_int64(statement, 2, snapshots_kept);
}

static liq_status origin_insert(sqlite3 *fresh, const liq_journal_origin *origin,
                                const char *carried_hash, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    liq_record record;
    liq_status status =
        liq_sql_prepare(&statement, fresh, liq_record_sqls[LIQ_TABLE_ORIGIN].insert, err);

    if (status == LIQ_OK) {
        liq_record_begin(&record, statement, NULL, "origin");
        liq_record_integer(&record, (int64_t)origin->tick);
        liq_record_integer(&record, (int64_t)origin->seq);
        liq_record_integer(&record, origin->now_ms);
        liq_record_integer(&record, (int64_t)origin->segment);
        liq_record_integer(&record, (int64_t)origin->inputs_end);
        liq_record_hash(&record, origin->state_hash);
        liq_record_hash(&record, origin->chain);
        liq_record_hash(&record, carried_hash);
        status = liq_record_end(&record, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

liq_status liq_origin_carried(char hex[LIQ_HASH_HEX_BYTES], sqlite3 *database, liq_chain *chain,
                              uint64_t tick, uint64_t counts[LIQ_TABLES], liq_error *err)
{
    liq_status status = LIQ_OK;

    liq_chain_begin(chain, "");
    for (size_t i = 0; i < sizeof carried / sizeof carried[0] && status == LIQ_OK; i++) {
        sqlite3_stmt *statement = NULL;
        bool has_row = true;

        status = liq_sql_prepare(&statement, database, carried[i].hashed, err);
        if (status == LIQ_OK)
            bind(statement, tick, 0);
        while (status == LIQ_OK && (status = liq_sql_next(statement, &has_row, err)) == LIQ_OK &&
               has_row) {
            liq_sql_chain_row(chain, liq_record_sqls[carried[i].table].name, statement);
            if (counts != NULL)
                counts[carried[i].table]++;
        }
        (void)sqlite3_finalize(statement);
    }
    liq_chain_finish(chain, hex);
    return status;
}
