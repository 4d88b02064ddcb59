/*
 * The tables.
 *
 * Hashes are 32 bytes. Amounts and prices are text, exactly as they were computed: SQLite's numbers
 * are 64-bit integers and doubles, and neither holds them. `place` counts from 1 in the order in
 * which the rows were recorded.
 *
 * No index helps to find an account: decisions are read by seq and by tick, and an index that only
 * people use would be paid for in every burst of decisions.
 */
#include "journal/journal_internal.h"

#include <stdio.h>

#include "base/fail.h"

/* What keeps a table. */
typedef struct table_guard {
    const char *table;
    const char *refused; /* no row is added for which this holds of it, as "new"; NULL: any is */
} table_guard;

static liq_status guard_create(sqlite3 *database, const table_guard *guard, liq_error *err);
static liq_status listing_compare(sqlite3 *database, sqlite3 *expected, liq_error *err);
static bool is_same_row(sqlite3_stmt *left, sqlite3_stmt *right);

static const char *const tables[] = {
    "CREATE TABLE journal (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL) STRICT",

    /* Counts of its rows in the other tables; where its inputs are: the file that begins with tick
     * `segment`, up to byte `inputs_end`. */
    "CREATE TABLE tick (tick INTEGER PRIMARY KEY, now_ms INTEGER NOT NULL, cause TEXT NOT NULL, "
    "marks_hash BLOB CHECK (length(marks_hash) = 32), "
    "state_hash BLOB CHECK (length(state_hash) = 32), last_seq INTEGER NOT NULL, "
    "sources INTEGER NOT NULL, marks INTEGER NOT NULL, funds INTEGER NOT NULL, "
    "decisions INTEGER NOT NULL, legs INTEGER NOT NULL, segment INTEGER NOT NULL, "
    "inputs INTEGER NOT NULL, inputs_end INTEGER NOT NULL, "
    "inputs_hash BLOB CHECK (length(inputs_hash) = 32)) STRICT",

    "CREATE TABLE chain (tick INTEGER PRIMARY KEY REFERENCES tick (tick), "
    "sha256 BLOB NOT NULL CHECK (length(sha256) = 32)) STRICT",

    "CREATE TABLE segment (first_tick INTEGER PRIMARY KEY) STRICT",

    "CREATE TABLE source_position (tick INTEGER NOT NULL, "
    "place INTEGER NOT NULL, source TEXT NOT NULL, position INTEGER NOT NULL, "
    "PRIMARY KEY (tick, place), UNIQUE (source, tick)) STRICT, WITHOUT ROWID",

    "CREATE TABLE mark (tick INTEGER NOT NULL REFERENCES tick (tick), place INTEGER NOT NULL, "
    "symbol TEXT NOT NULL, is_index INTEGER NOT NULL, price TEXT NOT NULL, "
    "PRIMARY KEY (tick, place)) STRICT, WITHOUT ROWID",

    "CREATE TABLE fund (tick INTEGER NOT NULL REFERENCES tick (tick), place INTEGER NOT NULL, "
    "fund TEXT NOT NULL, asset TEXT NOT NULL, balance TEXT NOT NULL, "
    "PRIMARY KEY (tick, place)) STRICT, WITHOUT ROWID",

    /* `line` as it was emitted; what the others say of an action stands in it as well. */
    "CREATE TABLE decision (seq INTEGER PRIMARY KEY, tick INTEGER NOT NULL "
    "REFERENCES tick (tick), action TEXT, account TEXT, margin TEXT, instrument TEXT, side TEXT, "
    "quantity TEXT, price TEXT, cash TEXT, asset TEXT, fund TEXT, reason TEXT, against TEXT, "
    "rank INTEGER, request INTEGER, equity TEXT, maintenance_margin TEXT, rule TEXT, score TEXT, "
    "line TEXT NOT NULL) STRICT",

    "CREATE TABLE leg (seq INTEGER NOT NULL REFERENCES decision (seq), place INTEGER NOT NULL, "
    "room TEXT NOT NULL, account TEXT, fund TEXT, asset TEXT NOT NULL, amount TEXT NOT NULL, "
    "PRIMARY KEY (seq, place)) STRICT, WITHOUT ROWID",

    /* Noted between after_tick and the next one, which takes them into its chain. */
    "CREATE TABLE snapshot (after_tick INTEGER NOT NULL, place INTEGER NOT NULL, "
    "tick INTEGER NOT NULL, file TEXT NOT NULL, "
    "sha256 BLOB NOT NULL CHECK (length(sha256) = 32), "
    "PRIMARY KEY (after_tick, place)) STRICT, WITHOUT ROWID",

    /* Files of inputs that begin before tick kept_from were removed. */
    "CREATE TABLE retention (after_tick INTEGER NOT NULL, place INTEGER NOT NULL, "
    "kept_from INTEGER NOT NULL, PRIMARY KEY (after_tick, place)) STRICT, WITHOUT ROWID",

    /* Of a part behind the first: the last tick before it, and the hash over the rows of earlier
     * ticks that were taken along. */
    "CREATE TABLE origin (tick INTEGER PRIMARY KEY, seq INTEGER NOT NULL, "
    "now_ms INTEGER NOT NULL, segment INTEGER NOT NULL, inputs_end INTEGER NOT NULL, "
    "state_hash BLOB CHECK (length(state_hash) = 32), "
    "sha256 BLOB NOT NULL CHECK (length(sha256) = 32), "
    "carried BLOB NOT NULL CHECK (length(carried) = 32)) STRICT",

    /* The only rows that change. Their own hash is against damage, not against malice. */
    "CREATE TABLE outlet (outlet TEXT PRIMARY KEY, seq INTEGER NOT NULL, "
    "sha256 BLOB NOT NULL CHECK (length(sha256) = 32)) STRICT, WITHOUT ROWID",

    "CREATE TRIGGER outlet_is_kept BEFORE DELETE ON outlet"
    " BEGIN SELECT RAISE(ABORT, 'outlet is a record: it is never deleted'); END",

    "CREATE TRIGGER outlet_goes_on BEFORE UPDATE ON outlet"
    " WHEN new.outlet IS NOT old.outlet OR new.seq < old.seq"
    " BEGIN SELECT RAISE(ABORT, 'outlet is a record: it only goes on'); END"};

/* Records of a burst have no such guard on being added: it would double what they cost. One that is
 * added later, or put in the place of another, is found by the chain and the counts of its tick. */
#define LAST_TICK "coalesce(max(tick), (SELECT max(tick) FROM origin), 0)"

static const table_guard guards[] = {
    {"journal", "EXISTS (SELECT 1 FROM journal)"},
    {"tick", "new.tick IS NOT (SELECT " LAST_TICK " + 1 FROM tick)"},
    {"chain", "new.tick IS NOT (SELECT " LAST_TICK " + 1 FROM chain)"},
    {"segment", "EXISTS (SELECT 1 FROM chain WHERE tick = new.first_tick)"},
    {"snapshot", "new.after_tick IS NOT (SELECT " LAST_TICK " FROM tick)"},
    {"retention", "new.after_tick IS NOT (SELECT " LAST_TICK " FROM tick)"},
    {"origin", "1"},
    {"source_position", NULL},
    {"mark", NULL},
    {"fund", NULL},
    {"decision", NULL},
    {"leg", NULL}};

const liq_record_sql liq_record_sqls[LIQ_TABLES] = {
    [LIQ_TABLE_TICK] = {"tick", "INSERT INTO tick VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
                        "SELECT * FROM tick WHERE tick = ?1"},
    [LIQ_TABLE_SEGMENT] = {"segment", "INSERT INTO segment VALUES (?)",
                           "SELECT * FROM segment WHERE first_tick = ?1"},
    [LIQ_TABLE_SOURCE] = {"source_position", "INSERT INTO source_position VALUES (?,?,?,?)",
                          "SELECT * FROM source_position WHERE tick = ?1 ORDER BY place"},
    [LIQ_TABLE_MARK] = {"mark", "INSERT INTO mark VALUES (?,?,?,?,?)",
                        "SELECT * FROM mark WHERE tick = ?1 ORDER BY place"},
    [LIQ_TABLE_FUND] = {"fund", "INSERT INTO fund VALUES (?,?,?,?,?)",
                        "SELECT * FROM fund WHERE tick = ?1 ORDER BY place"},
    [LIQ_TABLE_DECISION] = {"decision",
                            "INSERT INTO decision VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
                            "?)",
                            "SELECT * FROM decision WHERE seq > ?2 AND seq <= ?3 ORDER BY seq"},
    [LIQ_TABLE_LEG] = {"leg", "INSERT INTO leg VALUES (?,?,?,?,?,?,?)",
                       "SELECT * FROM leg WHERE seq > ?2 AND seq <= ?3 ORDER BY seq, place"},
    [LIQ_TABLE_SNAPSHOT] = {"snapshot", "INSERT INTO snapshot VALUES (?,?,?,?,?)",
                            "SELECT * FROM snapshot WHERE after_tick = ?1 - 1 ORDER BY place"},
    [LIQ_TABLE_RETENTION] = {"retention", "INSERT INTO retention VALUES (?,?,?)",
                             "SELECT * FROM retention WHERE after_tick = ?1 - 1 ORDER BY place"},
    [LIQ_TABLE_ORIGIN] = {"origin", "INSERT INTO origin VALUES (?,?,?,?,?,?,?,?)",
                          "SELECT * FROM origin WHERE tick = ?1 - 1"}};

liq_status liq_journal_tables_create(sqlite3 *database, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (size_t i = 0; i < sizeof tables / sizeof tables[0] && status == LIQ_OK; i++)
        status = liq_sql_run(database, tables[i], err);
    return status;
}

liq_status liq_journal_guards_create(sqlite3 *database, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (size_t i = 0; i < sizeof guards / sizeof guards[0] && status == LIQ_OK; i++)
        status = guard_create(database, &guards[i], err);
    return status;
}

liq_status liq_journal_tables_check(sqlite3 *database, liq_error *err)
{
    sqlite3 *expected = NULL;
    const int code =
        sqlite3_open_v2(":memory:", &expected,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    liq_status status = code == SQLITE_OK ? LIQ_OK : liq_sql_fail(err, expected, code);

    if (status == LIQ_OK)
        status = liq_journal_tables_create(expected, err);
    if (status == LIQ_OK)
        status = liq_journal_guards_create(expected, err);
    if (status == LIQ_OK)
        status = listing_compare(database, expected, err);
    (void)sqlite3_close(expected);
    return status;
}

static liq_status guard_create(sqlite3 *database, const table_guard *guard, liq_error *err)
{
    enum { SQL_BYTES = 1024 };
    char sql[SQL_BYTES];
    const char *table = guard->table;
    int bytes = snprintf(sql, sizeof sql,
                         "CREATE TRIGGER %s_is_kept BEFORE DELETE ON %s"
                         " BEGIN SELECT RAISE(ABORT, '%s is a record: it is never deleted'); END;"
                         "CREATE TRIGGER %s_is_fixed BEFORE UPDATE ON %s"
                         " BEGIN SELECT RAISE(ABORT, '%s is a record: it is never changed'); END;",
                         table, table, table, table, table, table);

    LIQ_ASSERT(bytes > 0 && bytes < SQL_BYTES);
    if (guard->refused != NULL)
        bytes += snprintf(sql + bytes, sizeof sql - (size_t)bytes,
                          "CREATE TRIGGER %s_is_closed BEFORE INSERT ON %s WHEN %s BEGIN SELECT "
                          "RAISE(ABORT, '%s is a record: this is not the place of a new one'); END",
                          table, table, guard->refused, table);
    LIQ_ASSERT(bytes < SQL_BYTES);
    return liq_sql_run(database, sql, err);
}

static liq_status listing_compare(sqlite3 *database, sqlite3 *expected, liq_error *err)
{
    static const char listing[] =
        "SELECT name, type || ' ' || tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema "
        "ORDER BY name";
    sqlite3_stmt *found = NULL;
    sqlite3_stmt *wanted = NULL;
    bool has_found = true;
    bool has_wanted = true;
    liq_status status = liq_sql_prepare(&found, database, listing, err);

    if (status == LIQ_OK)
        status = liq_sql_prepare(&wanted, expected, listing, err);
    while (status == LIQ_OK && (has_found || has_wanted)) {
        if ((status = liq_sql_next(found, &has_found, err)) != LIQ_OK ||
            (status = liq_sql_next(wanted, &has_wanted, err)) != LIQ_OK)
            break;
        if (has_found == has_wanted && (!has_found || is_same_row(found, wanted)))
            continue;
        status = liq_fail(err, LIQ_BAD_INPUT, 0,
                          LIQ_JOURNAL_FILE ": its tables are not those of a journal: see \"%.64s\"",
                          liq_sql_text(has_wanted ? wanted : found, 0).data);
    }
    (void)sqlite3_finalize(found);
    (void)sqlite3_finalize(wanted);
    return status;
}

static bool is_same_row(sqlite3_stmt *left, sqlite3_stmt *right)
{
    for (int i = 0; i < sqlite3_column_count(left); i++) {
        const liq_text text = liq_sql_text(left, i);

        if (!liq_text_equal(text, liq_sql_text(right, i).data))
            return false;
    }
    return true;
}
