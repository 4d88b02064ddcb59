/*
 * SQLite as this room uses it.
 */
#include "journal/journal_internal.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"

enum { LOCK_WAIT_MS = 5000, URI_BYTES = 3 * LIQ_JOURNAL_PATH_BYTES + 32 };

static liq_status uri_write(char *out, const char *folder, liq_sql_mode mode, liq_error *err);
static bool is_immutable(const char *folder);
static liq_status status_of(int code);
static void chain_cell(liq_chain *chain, sqlite3_stmt *statement, int column);

liq_status liq_sql_open(sqlite3 **out, const char *folder, liq_sql_mode mode, liq_error *err)
{
    char uri[URI_BYTES];
    const int flags = (mode == LIQ_SQL_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
                      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI;
    sqlite3 *database = NULL;
    liq_status status = uri_write(uri, folder, mode, err);
    int code;

    if (status != LIQ_OK)
        return status;
    if ((code = sqlite3_open_v2(uri, &database, flags, NULL)) != SQLITE_OK) {
        status = liq_sql_fail(err, database, code);
        goto done;
    }
    (void)sqlite3_busy_timeout(database, LOCK_WAIT_MS);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    status = liq_sql_run(database, "PRAGMA cell_size_check = ON", err);
    if (status == LIQ_OK && mode == LIQ_SQL_WRITE)
        status = liq_sql_run(
            database,
            "PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 0;"
            "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384",
            err);
    if (status != LIQ_OK)
        goto done;
    *out = database;
    database = NULL;
done:
    (void)sqlite3_close_v2(database);
    return status;
}

liq_status liq_sql_fail(liq_error *err, sqlite3 *database, int code)
{
    const char *said = database == NULL ? sqlite3_errstr(code) : sqlite3_errmsg(database);

    return liq_fail(err, status_of(code), code, LIQ_JOURNAL_FILE ": %s (SQLite %d)", said, code);
}

liq_status liq_sql_run(sqlite3 *database, const char *sql, liq_error *err)
{
    const int code = sqlite3_exec(database, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? LIQ_OK : liq_sql_fail(err, database, code);
}

liq_status liq_sql_prepare(sqlite3_stmt **out, sqlite3 *database, const char *sql, liq_error *err)
{
    const int code = sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);

    return code == SQLITE_OK ? LIQ_OK : liq_sql_fail(err, database, code);
}

liq_status liq_sql_do(sqlite3_stmt *statement, liq_error *err)
{
    const int code = sqlite3_step(statement);
    liq_status status = LIQ_OK;

    if (code != SQLITE_DONE && code != SQLITE_ROW)
        status = liq_sql_fail(err, sqlite3_db_handle(statement), code);
    (void)sqlite3_reset(statement);
    return status;
}

void liq_sql_roll_back(sqlite3_stmt *statement)
{
    if (sqlite3_get_autocommit(sqlite3_db_handle(statement)) != 0)
        return;
    (void)sqlite3_step(statement);
    (void)sqlite3_reset(statement);
}

liq_status liq_sql_next(sqlite3_stmt *statement, bool *has_row, liq_error *err)
{
    const int code = sqlite3_step(statement);
    liq_status status = LIQ_OK;

    *has_row = code == SQLITE_ROW;
    if (*has_row)
        return LIQ_OK;
    if (code != SQLITE_DONE)
        status = liq_sql_fail(err, sqlite3_db_handle(statement), code);
    (void)sqlite3_reset(statement);
    return status;
}

liq_status liq_sql_integer(sqlite3 *database, const char *sql, int64_t otherwise, int64_t *out,
                           liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    liq_status status = liq_sql_prepare(&statement, database, sql, err);

    *out = otherwise;
    if (status == LIQ_OK)
        status = liq_sql_next(statement, &has_row, err);
    if (status == LIQ_OK && has_row && sqlite3_column_type(statement, 0) == SQLITE_INTEGER)
        *out = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return status;
}

void liq_sql_hash(char out[LIQ_HASH_HEX_BYTES], sqlite3_stmt *statement, int column)
{
    const void *bytes = sqlite3_column_blob(statement, column);

    out[0] = '\0';
    if (bytes != NULL && sqlite3_column_bytes(statement, column) == LIQ_HASH_BYTES)
        liq_hex_write(out, bytes);
}

liq_text liq_sql_text(sqlite3_stmt *statement, int column)
{
    const char *data = (const char *)sqlite3_column_text(statement, column);

    if (data == NULL)
        return (liq_text){.data = "", .bytes = 0};
    return (liq_text){.data = data, .bytes = (size_t)sqlite3_column_bytes(statement, column)};
}

void liq_sql_chain_row(liq_chain *chain, const char *table, sqlite3_stmt *statement)
{
    liq_chain_row(chain, table);
    for (int i = 0; i < sqlite3_column_count(statement); i++)
        chain_cell(chain, statement, i);
    liq_chain_row_end(chain);
}

void liq_record_begin(liq_record *record, sqlite3_stmt *statement, liq_chain *chain,
                      const char *table)
{
    *record = (liq_record){.statement = statement, .chain = chain};
    if (chain != NULL)
        liq_chain_row(chain, table);
}

static void record_note(liq_record *record, int code)
{
    if (record->code == SQLITE_OK)
        record->code = code;
}

void liq_record_integer(liq_record *record, int64_t value)
{
    record_note(record, sqlite3_bind_int64(record->statement, ++record->column, value));
    if (record->chain != NULL)
        liq_chain_integer(record->chain, value);
}

void liq_record_text(liq_record *record, const char *data, size_t bytes)
{
    record_note(record, sqlite3_bind_text64(record->statement, ++record->column, data, bytes,
                                            SQLITE_STATIC, SQLITE_UTF8));
    if (record->chain == NULL)
        return;
    if (data == NULL)
        liq_chain_null(record->chain);
    else
        liq_chain_text(record->chain, data, bytes);
}

void liq_record_string(liq_record *record, const char *string)
{
    const bool is_none = string == NULL || string[0] == '\0';

    liq_record_text(record, is_none ? NULL : string, is_none ? 0 : strlen(string));
}

void liq_record_hash(liq_record *record, const char *hex)
{
    unsigned char bytes[LIQ_HASH_BYTES];

    if (hex[0] == '\0') {
        liq_record_text(record, NULL, 0);
        return;
    }
    LIQ_ASSERT(liq_hex_read(bytes, hex));
    record_note(record, sqlite3_bind_blob(record->statement, ++record->column, bytes,
                                          LIQ_HASH_BYTES, SQLITE_TRANSIENT));
    if (record->chain != NULL)
        liq_chain_bytes(record->chain, bytes, sizeof bytes);
}

liq_status liq_record_end(liq_record *record, liq_error *err)
{
    if (record->chain != NULL)
        liq_chain_row_end(record->chain);
    if (record->code != SQLITE_OK)
        return liq_sql_fail(err, sqlite3_db_handle(record->statement), record->code);
    LIQ_ASSERT(record->column == sqlite3_bind_parameter_count(record->statement));
    return liq_sql_do(record->statement, err);
}

/* The path, in which ?, # and % would have a meaning. */
static liq_status uri_write(char *out, const char *folder, liq_sql_mode mode, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    const liq_status status = liq_journal_path(path, folder, LIQ_JOURNAL_FILE, err);
    size_t used = 0;

    if (status != LIQ_OK)
        return status;
    used += (size_t)snprintf(out, URI_BYTES, path[0] == '/' ? "file://" : "file:");
    for (const char *at = path; *at != '\0'; at++)
        used += (size_t)snprintf(out + used, URI_BYTES - used,
                                 strchr("?#%", *at) == NULL ? "%c" : "%%%02x", *at);
    if (mode == LIQ_SQL_READ && is_immutable(folder))
        (void)snprintf(out + used, URI_BYTES - used, "?immutable=1");
    return LIQ_OK;
}

/* Where a reader may not write, a WAL without its index cannot be read; where there is no WAL, no
 * sidecar is running, and the database is all that there is. */
static bool is_immutable(const char *folder)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    struct stat facts;

    return access(folder, W_OK) != 0 &&
           liq_journal_path(path, folder, LIQ_JOURNAL_FILE "-wal", NULL) == LIQ_OK &&
           (stat(path, &facts) != 0 || facts.st_size == 0);
}

static liq_status status_of(int code)
{
    if (code == SQLITE_IOERR_SHORT_READ || code == SQLITE_IOERR_CORRUPTFS)
        return LIQ_BAD_INPUT; /* the file is cut */
    switch (code & 0xff) {
    case SQLITE_NOMEM:
        return LIQ_OUT_OF_MEMORY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR: /* what a damaged schema says */
    case SQLITE_SCHEMA:
    case SQLITE_MISMATCH:
        return LIQ_BAD_INPUT;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return LIQ_OUT_OF_RANGE;
    default:
        return LIQ_IO;
    }
}

static void chain_cell(liq_chain *chain, sqlite3_stmt *statement, int column)
{
    const void *data;

    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        liq_chain_integer(chain, sqlite3_column_int64(statement, column));
        break;
    case SQLITE_TEXT:
        data = sqlite3_column_text(statement, column);
        liq_chain_text(chain, data, (size_t)sqlite3_column_bytes(statement, column));
        break;
    case SQLITE_BLOB:
        data = sqlite3_column_blob(statement, column);
        liq_chain_bytes(chain, data, (size_t)sqlite3_column_bytes(statement, column));
        break;
    default: /* a float is in no column of ours: what it hashes to is no matter */
        liq_chain_null(chain);
        break;
    }
}
