/*
 * journal.db as a file: made whole or not at all, and looked at before SQLite is let at it.
 */
#include "journal/journal_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fail.h"
#include "journal/journal_origin.h"
#include "journal/kill_point.h"

/* Of SQLite's header. */
enum {
    HEAD_BYTES = 100,
    MAGIC_BYTES = 16,
    WRITE_FORMAT_AT = 18,
    READ_FORMAT_AT = 19,
    WAL_FORMAT = 2,
    VERSION_AT = 60,
    APPLICATION_AT = 68
};

static liq_status tables_create(const char *path, const char *name, const liq_part_source *source,
                                liq_error *err);
static liq_status name_insert(sqlite3 *database, const char *name, liq_error *err);
static liq_status head_read(const char *path, unsigned char *head, bool *exists, liq_error *err);
static bool has_wal(const char *folder);
static uint32_t number_at(const unsigned char *bytes);

/* Under another name first, and moved into its place when it is complete and on disk. */
liq_status liq_journal_file_create(const char *folder, const char *name,
                                   const liq_part_source *source, liq_error *err)
{
    static const char *const parts[] = {"journal.new", "journal.new-wal", "journal.new-shm",
                                        "journal.new-journal"};
    char path[LIQ_JOURNAL_PATH_BYTES];
    char target[LIQ_JOURNAL_PATH_BYTES];
    liq_status status;
    int descriptor;
    int native = 0;

    for (size_t i = sizeof parts / sizeof parts[0]; i-- > 0;) {
        if ((status = liq_journal_path(path, folder, parts[i], err)) != LIQ_OK)
            return status;
        (void)unlink(path);
    }
    if ((status = liq_journal_path(target, folder, LIQ_JOURNAL_FILE, err)) != LIQ_OK ||
        (status = tables_create(path, name, source, err)) != LIQ_OK)
        return status;
    liq_kill_point("rotating");
    descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0 || rename(path, target) != 0 || fsync(descriptor) != 0)
        native = errno;
    if (descriptor >= 0)
        (void)close(descriptor);
    if (native != 0)
        return liq_fail(err, LIQ_IO, native, "%s: cannot be made: %s", target, strerror(native));
    return LIQ_OK;
}

liq_status liq_journal_head_check(const char *folder, bool *exists, liq_error *err)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    unsigned char head[HEAD_BYTES] = {0};
    liq_status status = liq_journal_path(path, folder, LIQ_JOURNAL_FILE, err);

    if (status != LIQ_OK || (status = head_read(path, head, exists, err)) != LIQ_OK || !*exists)
        return status;
    if (memcmp(head, "SQLite format 3", MAGIC_BYTES) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is no database: it is empty, cut or damaged",
                        path);
    if (number_at(head + APPLICATION_AT) != LIQ_JOURNAL_APPLICATION_ID)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is a database, but no journal of liqscan",
                        path);
    if (number_at(head + VERSION_AT) != LIQ_JOURNAL_SCHEMA)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "%s: has schema %u, and this program knows %d: it was written by another "
                        "version",
                        path, (unsigned)number_at(head + VERSION_AT), LIQ_JOURNAL_SCHEMA);
    /* A copy made by SQLite need not be in WAL mode; but where there is a WAL, SQLite would not
     * look at it, and so lose what is in it. */
    if ((head[WRITE_FORMAT_AT] != WAL_FORMAT || head[READ_FORMAT_AT] != WAL_FORMAT) &&
        has_wal(folder))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: is damaged: it has a WAL, and says it has none",
                        path);
    return LIQ_OK;
}

static liq_status tables_create(const char *path, const char *name, const liq_part_source *source,
                                liq_error *err)
{
    char setup[256];
    sqlite3 *database = NULL;
    const int code = sqlite3_open_v2(path, &database,
                                     SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE |
                                         SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                                     NULL);
    liq_status status = code == SQLITE_OK ? LIQ_OK : liq_sql_fail(err, database, code);

    (void)snprintf(setup, sizeof setup,
                   "PRAGMA page_size = %d; PRAGMA encoding = 'UTF-8'; PRAGMA synchronous = FULL;"
                   "PRAGMA application_id = %d; PRAGMA user_version = %d; BEGIN",
                   LIQ_JOURNAL_PAGE_BYTES, LIQ_JOURNAL_APPLICATION_ID, LIQ_JOURNAL_SCHEMA);
    if (status == LIQ_OK && chmod(path, S_IRUSR | S_IWUSR) != 0 && errno != ENOENT)
        status = liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    if (status == LIQ_OK && (status = liq_sql_run(database, setup, err)) == LIQ_OK &&
        (status = liq_journal_tables_create(database, err)) == LIQ_OK &&
        (status = name_insert(database, name, err)) == LIQ_OK &&
        (source == NULL || (status = liq_origin_write(database, source->database, source->origin,
                                                      source->snapshots_kept, err)) == LIQ_OK) &&
        (status = liq_journal_guards_create(database, err)) == LIQ_OK)
        status = liq_sql_run(database, "COMMIT; PRAGMA journal_mode = WAL", err);
    if (sqlite3_close(database) != SQLITE_OK && status == LIQ_OK)
        status = liq_fail(err, LIQ_IO, 0, "%s: cannot be closed", path);
    return status;
}

static liq_status name_insert(sqlite3 *database, const char *name, liq_error *err)
{
    sqlite3_stmt *statement = NULL;
    liq_record record;
    liq_status status =
        liq_sql_prepare(&statement, database, "INSERT INTO journal VALUES (?,?)", err);

    if (status == LIQ_OK) {
        liq_record_begin(&record, statement, NULL, "journal");
        liq_record_integer(&record, 1);
        liq_record_string(&record, name);
        status = liq_record_end(&record, err);
    }
    (void)sqlite3_finalize(statement);
    return status;
}

/* What is not there reads as zeros. */
static liq_status head_read(const char *path, unsigned char *head, bool *exists, liq_error *err)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;

    *exists = descriptor >= 0 || errno != ENOENT;
    if (descriptor < 0)
        return *exists ? liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno)) : LIQ_OK;
    got = pread(descriptor, head, HEAD_BYTES, 0);
    (void)close(descriptor);
    if (got < 0)
        return liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
    return LIQ_OK;
}

static bool has_wal(const char *folder)
{
    char path[LIQ_JOURNAL_PATH_BYTES];
    struct stat facts;

    return liq_journal_path(path, folder, LIQ_JOURNAL_FILE "-wal", NULL) == LIQ_OK &&
           stat(path, &facts) == 0 && facts.st_size > 0;
}

static uint32_t number_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}
