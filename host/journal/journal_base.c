/*
 * A part of the journal as it is written to: its connection, and what is prepared for every tick.
 */
#include "journal/journal_internal.h"

enum { LOCK_WAIT_MS = 250 };

static liq_status statements_prepare(liq_journal_base *base, liq_error *err);

liq_status liq_journal_base_open(liq_journal_base *out, const char *part, bool is_normal,
                                 liq_error *err)
{
    liq_status status = liq_sql_open(&out->database, part, LIQ_SQL_WRITE, err);

    if (status != LIQ_OK || (status = liq_journal_tables_check(out->database, err)) != LIQ_OK ||
        (status = liq_sql_run(
             out->database, is_normal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL",
             err)) != LIQ_OK)
        return status;
    return statements_prepare(out, err);
}

void liq_journal_base_close(liq_journal_base *base)
{
    for (int i = 0; i < LIQ_TABLES; i++)
        (void)sqlite3_finalize(base->inserts[i]);
    for (int i = 0; i < LIQ_NOTE_TABLES; i++)
        (void)sqlite3_finalize(base->notes[i]);
    (void)sqlite3_finalize(base->insert_chain);
    (void)sqlite3_finalize(base->write_outlet);
    (void)sqlite3_finalize(base->begin);
    (void)sqlite3_finalize(base->commit);
    (void)sqlite3_finalize(base->roll_back);
    (void)sqlite3_close_v2(base->database);
    *base = (liq_journal_base){0};
}

static int wal_hook(void *context, sqlite3 *database, const char *name, int pages)
{
    liq_journal *journal = context;

    (void)database;
    (void)name;
    journal->wal_pages = (uint64_t)pages;
    if (journal->keeper != NULL)
        liq_keeper_wal_tell(journal->keeper, (uint64_t)pages);
    return SQLITE_OK;
}

/* Who opens first may have a long WAL to go through; later nobody has a reason to lock it. */
void liq_journal_watch(liq_journal *journal)
{
    (void)sqlite3_wal_hook(journal->base.database, wal_hook, journal);
    (void)sqlite3_busy_timeout(journal->base.database, LOCK_WAIT_MS);
}

static liq_status statements_prepare(liq_journal_base *base, liq_error *err)
{
    sqlite3 *database = base->database;
    liq_status status = LIQ_OK;

    for (int i = 0; i < LIQ_TABLES && status == LIQ_OK; i++)
        status = liq_sql_prepare(&base->inserts[i], database, liq_record_sqls[i].insert, err);
    for (int i = 0; i < LIQ_NOTE_TABLES && status == LIQ_OK; i++)
        status = liq_sql_prepare(&base->notes[i], database,
                                 liq_record_sqls[LIQ_TABLE_SNAPSHOT + i].of_tick, err);
    if (status != LIQ_OK)
        return status;
    if ((status = liq_sql_prepare(&base->insert_chain, database, "INSERT INTO chain VALUES (?,?)",
                                  err)) != LIQ_OK ||
        (status = liq_sql_prepare(&base->write_outlet, database,
                                  "INSERT INTO outlet VALUES (?,?,?) ON CONFLICT (outlet) "
                                  "DO UPDATE SET seq = excluded.seq, sha256 = excluded.sha256",
                                  err)) != LIQ_OK ||
        (status = liq_sql_prepare(&base->begin, database, "BEGIN IMMEDIATE", err)) != LIQ_OK ||
        (status = liq_sql_prepare(&base->commit, database, "COMMIT", err)) != LIQ_OK)
        return status;
    return liq_sql_prepare(&base->roll_back, database, "ROLLBACK", err);
}
