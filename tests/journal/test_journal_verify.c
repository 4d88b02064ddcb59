/*
 * Verifying a journal, and reading one: what is sound, what is named when it is not.
 */
#include <criterion/criterion.h>

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal/journal_internal.h"
#include "support_damage.h"
#include "support_record.h"

enum { TICKS = 45 };

static char home[RECORD_PATH_BYTES];

static void setup(void)
{
    liq_journal *journal;
    liq_error err = {0};

    record_folder_make(home);
    journal = record_open(home);
    record_ticks(journal, 1, TICKS - 1);
    cr_assert_eq(liq_journal_outlet_note(journal, "nats", 11, &err), LIQ_OK);
    record_ticks(journal, TICKS, TICKS);
    liq_journal_close(journal);
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(journal_verify, .init = setup, .fini = teardown);

/* Do something to the database as somebody with a shell would. */
static int tamper(const char *sql, char **said)
{
    sqlite3 *database = NULL;
    int code;

    cr_assert_eq(sqlite3_open(record_path(home, "journal.db"), &database), SQLITE_OK);
    code = sqlite3_exec(database, sql, NULL, NULL, said);
    (void)sqlite3_close(database);
    return code;
}

Test(journal_verify, finds_a_sound_journal_sound)
{
    liq_journal *journal = record_open(home);
    liq_journal_verdict verdict;
    liq_journal_last last;

    liq_journal_last_read(journal, &last);
    verdict = damage_verdict(home); /* beside its writer */
    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.ticks, TICKS);
    cr_expect_eq(verdict.decisions, record_first_seq(TICKS + 1) - 1);
    cr_expect_eq(verdict.legs, 3 * verdict.decisions);
    cr_expect_eq(verdict.snapshots, 4);
    cr_expect_eq(verdict.inputs_from, 21);
    cr_expect_str_eq(verdict.name, "demo");
    cr_expect_str_eq(verdict.chain, last.chain);
    liq_journal_close(journal);
    verdict = damage_verdict(record_path(home, "journal.db"));
    cr_expect(verdict.is_sound, "%s", verdict.message);
}

/* A snapshot is noted when it is ready, which may be when half of the inputs of a tick are in the
 * file already: they stay in it together. */
Test(journal_verify, finds_inputs_whole_that_a_snapshot_came_between)
{
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    static char text[300000];
    const liq_text line = {.data = text, .bytes = sizeof text};
    liq_journal *journal = record_open(home);
    liq_journal_verdict verdict;
    liq_error err = {0};

    memset(text, 'x', sizeof text);
    for (uint64_t tick = TICKS + 1; tick <= TICKS + 3; tick++) {
        for (uint32_t i = 0; i < 3; i++) {
            cr_assert_eq(liq_journal_input(journal, "orders", line, &err), LIQ_OK);
            if (i == 1 && tick == TICKS + 2)
                cr_assert_eq(liq_journal_snapshot_note(journal, TICKS + 1, "s", hash, &err),
                             LIQ_OK);
        }
        cr_assert_eq(record_commit(journal, tick, &err), LIQ_OK, "%s", err.message);
    }
    liq_journal_close(journal);
    verdict = damage_verdict(home);
    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.ticks, TICKS + 3);
    cr_expect_eq(access(record_path(home, "inputs-48.log"), F_OK), 0,
                 "it begins with the next tick");
}

Test(journal_verify, finds_an_empty_journal_sound)
{
    char folder[RECORD_PATH_BYTES];
    liq_journal_verdict verdict;

    record_folder_make(folder);
    liq_journal_close(record_open(folder));
    verdict = damage_verdict(folder);
    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.ticks, 0);
    record_folder_remove(folder);
}

Test(journal_verify, finds_what_lies_behind_the_last_tick_sound)
{
    liq_journal *journal = record_open(home);
    liq_journal_verdict verdict;

    cr_assert_eq(record_inputs(journal, TICKS + 1, NULL), LIQ_OK);
    cr_assert_eq(record_note(journal, 10, NULL), LIQ_OK);
    verdict = damage_verdict(home);
    cr_expect(verdict.is_sound, "%s", verdict.message);
    liq_journal_close(journal);
}

Test(journal_verify, says_that_there_is_none)
{
    liq_journal_verdict verdict;
    liq_error err = {0};
    char folder[RECORD_PATH_BYTES];

    record_folder_make(folder);
    cr_expect_eq(liq_journal_verify(&verdict, folder, NULL, &err), LIQ_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, "there is no journal.db"), "%s", err.message);
    cr_expect_eq(liq_journal_verify(&verdict, record_path(folder, "none"), NULL, &err),
                 LIQ_NOT_FOUND);
    record_folder_remove(folder);
}

typedef struct refused_sql {
    const char *sql;
    const char *message;
} refused_sql;

Test(journal_verify, has_records_that_cannot_be_changed)
{
    static const refused_sql rows[] = {
        {"UPDATE tick SET cause = 'x' WHERE tick = 3", "tick is a record: it is never changed"},
        {"DELETE FROM tick", "tick is a record: it is never deleted"},
        {"UPDATE chain SET sha256 = zeroblob(32)", "chain is a record: it is never changed"},
        {"DELETE FROM chain WHERE tick = 45", "chain is a record: it is never deleted"},
        {"UPDATE segment SET first_tick = 2", "segment is a record: it is never changed"},
        {"DELETE FROM segment", "segment is a record: it is never deleted"},
        {"UPDATE source_position SET position = 9", "source_position is a record: it is never"},
        {"DELETE FROM source_position", "source_position is a record: it is never deleted"},
        {"UPDATE mark SET price = '1'", "mark is a record: it is never changed"},
        {"DELETE FROM mark", "mark is a record: it is never deleted"},
        {"UPDATE fund SET balance = '1'", "fund is a record: it is never changed"},
        {"DELETE FROM fund", "fund is a record: it is never deleted"},
        {"UPDATE decision SET line = '{}'", "decision is a record: it is never changed"},
        {"DELETE FROM decision WHERE seq = 1", "decision is a record: it is never deleted"},
        {"UPDATE leg SET amount = '0'", "leg is a record: it is never changed"},
        {"DELETE FROM leg", "leg is a record: it is never deleted"},
        {"UPDATE snapshot SET tick = 1", "snapshot is a record: it is never changed"},
        {"DELETE FROM snapshot", "snapshot is a record: it is never deleted"},
        {"UPDATE retention SET kept_from = 0", "retention is a record: it is never changed"},
        {"DELETE FROM retention", "retention is a record: it is never deleted"},
        {"UPDATE journal SET name = 'x'", "journal is a record: it is never changed"},
        {"DELETE FROM journal", "journal is a record: it is never deleted"},
        {"DELETE FROM outlet", "outlet is a record: it is never deleted"},
        {"UPDATE outlet SET seq = 1", "outlet is a record: it only goes on"},
        {"UPDATE outlet SET outlet = 'x'", "outlet is a record: it only goes on"},
        {"REPLACE INTO tick SELECT * FROM tick WHERE tick = 3", "this is not the place"},
        {"REPLACE INTO chain VALUES (3, zeroblob(32))", "this is not the place"},
        {"INSERT INTO segment VALUES (2)", "this is not the place"},
        {"INSERT INTO snapshot VALUES (3, 9, 3, 'x', zeroblob(32))", "this is not the place"},
        {"INSERT INTO retention VALUES (3, 9, 3)", "this is not the place"},
        {"INSERT INTO journal VALUES (1, 'x')", "this is not the place"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *said = NULL;

        cr_expect_neq(tamper(rows[i].sql, &said), SQLITE_OK, "%s", rows[i].sql);
        cr_expect(said != NULL && strstr(said, rows[i].message) != NULL, "%s: %s", rows[i].sql,
                  said == NULL ? "" : said);
        sqlite3_free(said);
    }
    cr_expect(damage_verdict(home).is_sound);
}

/* The same to a table whose trigger is taken away before and put back after: the tables are then
 * those of a journal again. */
static void tamper_guarded(const char *trigger, const char *sql)
{
    sqlite3 *database = NULL;
    sqlite3_stmt *kept = NULL;
    char text[256];
    char *guard;

    cr_assert_eq(sqlite3_open(record_path(home, "journal.db"), &database), SQLITE_OK);
    (void)snprintf(text, sizeof text, "SELECT sql FROM sqlite_schema WHERE name = '%s'", trigger);
    cr_assert_eq(sqlite3_prepare_v2(database, text, -1, &kept, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_step(kept), SQLITE_ROW, "%s", trigger);
    guard = strdup((const char *)sqlite3_column_text(kept, 0));
    (void)sqlite3_finalize(kept);
    (void)snprintf(text, sizeof text, "DROP TRIGGER %s", trigger);
    cr_assert_eq(sqlite3_exec(database, text, NULL, NULL, NULL), SQLITE_OK);
    cr_assert_eq(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK, "%s: %s", sql,
                 sqlite3_errmsg(database));
    cr_assert_eq(sqlite3_exec(database, guard, NULL, NULL, NULL), SQLITE_OK);
    (void)sqlite3_close(database);
    free(guard);
}

typedef struct tampered_sql {
    const char *trigger; /* NULL: none is in the way */
    const char *sql;
    uint64_t tick;
    const char *table;
    const char *message;
} tampered_sql;

static const tampered_sql tampered[] = {
    {NULL, "DROP TRIGGER tick_is_fixed", 0, "",
     "its tables are not those of a journal: see \"tick_is_fixed\""},
    {NULL, "CREATE TABLE x (y)", 0, "", "see \"x\""},
    {NULL, "CREATE INDEX x ON decision (account)", 0, "", "see \"x\""},
    {"tick_is_fixed", "UPDATE tick SET now_ms = now_ms + 1 WHERE tick = 7", 7, "chain",
     "tick 7: its records are not those that were recorded"},
    {"decision_is_fixed", "UPDATE decision SET equity = '9' WHERE seq = 5", 3, "chain",
     "tick 3: its records are not those that were recorded"},
    {"leg_is_fixed", "UPDATE leg SET account = 'x' WHERE seq = 9 AND place = 1", 6, "chain",
     "tick 6: its records"},
    {"leg_is_kept", "DELETE FROM leg WHERE seq = 9 AND place = 1", 6, "leg",
     "tick 6: has 5 rows of leg, and says 6"},
    {"mark_is_kept", "DELETE FROM mark WHERE tick = 2 AND place = 5", 2, "mark",
     "tick 2: has 4 rows of mark, and says 5"},
    {"fund_is_fixed", "UPDATE fund SET balance = '1' WHERE tick = 5", 5, "chain", "tick 5"},
    {"source_position_is_fixed", "UPDATE source_position SET position = 0 WHERE tick = 9", 9,
     "chain", "tick 9"},
    {"snapshot_is_fixed", "UPDATE snapshot SET tick = 19 WHERE after_tick = 20", 21, "chain",
     "tick 21"},
    {"retention_is_fixed", "UPDATE retention SET kept_from = 12 WHERE after_tick = 30", 31, "chain",
     "tick 31"},
    {"chain_is_fixed", "UPDATE chain SET sha256 = zeroblob(32) WHERE tick = 12", 12, "chain",
     "tick 12"},
    {"chain_is_kept", "DELETE FROM chain WHERE tick = 12", 12, "chain", "tick 12 is not closed"},
    {"tick_is_kept", "DELETE FROM tick WHERE tick = 20", 0, "chain",
     "a row of chain belongs to nothing"},
    {"decision_is_kept", "DELETE FROM decision WHERE seq = 1", 0, "leg",
     "a row of leg belongs to nothing"},
    {"journal_is_fixed", "UPDATE journal SET name = 'other'", 1, "chain", "tick 1"},
    {NULL, "INSERT INTO leg VALUES (9, 9, 'x', NULL, NULL, 'USDT', '0')", 6, "leg",
     "tick 6: has 7 rows of leg, and says 6"},
    {"segment_is_closed", "INSERT INTO segment VALUES (2)", 2, "segment",
     "tick 2: has 1 rows of segment, and says 0"},
    {NULL, "INSERT INTO mark VALUES (0, 1, 'x', 0, '1')", 0, "mark",
     "a row of mark belongs to nothing"},
    {NULL, "REPLACE INTO leg VALUES (1, 1, 'x', NULL, NULL, 'USDT', '1')", 1, "chain", "tick 1"},
    {NULL, "INSERT INTO mark VALUES (3, 99, 'x', 0, '1')", 3, "mark",
     "tick 3: has 6 rows of mark, and says 5"},
    {NULL, "REPLACE INTO fund VALUES (1, 1, 'x', 'x', '1')", 1, "chain", "tick 1"},
    {NULL, "REPLACE INTO source_position VALUES (1, 1, 'x', 1)", 1, "chain", "tick 1"},
    {NULL, "INSERT INTO decision (seq, tick, line) VALUES (99, 45, '{}')", 0, "decision",
     "decision has 68 rows, and its ticks account for 67"},
    {NULL, "REPLACE INTO decision (seq, tick, line) VALUES (1, 1, '{}')", 1, "chain", "tick 1"},
    {"snapshot_is_closed", "INSERT INTO snapshot VALUES (-5, 1, 0, 'x', zeroblob(32))", 0,
     "snapshot", "snapshot has 5 rows, and its ticks account for 4"},
    {"outlet_goes_on", "UPDATE outlet SET seq = 10", 0, "outlet",
     "the position of outlet \"nats\" is damaged"},
    {"outlet_goes_on", "UPDATE outlet SET outlet = 'natz'", 0, "outlet",
     "the position of outlet \"natz\" is damaged"}};

Test(journal_verify, names_the_first_place_that_somebody_changed)
{
    size_t bytes;
    char *pristine = record_file_read(record_path(home, "journal.db"), &bytes);

    for (size_t i = 0; i < sizeof tampered / sizeof tampered[0]; i++) {
        const tampered_sql *row = &tampered[i];
        liq_journal_verdict verdict;

        record_file_write(record_path(home, "journal.db"), pristine, bytes);
        if (row->trigger == NULL)
            cr_assert_eq(tamper(row->sql, NULL), SQLITE_OK, "%s", row->sql);
        else
            tamper_guarded(row->trigger, row->sql);
        verdict = damage_verdict(home);
        cr_expect_not(verdict.is_sound, "%s", row->sql);
        cr_expect_eq(verdict.tick, row->tick, "%s: tick %llu: %s", row->sql,
                     (unsigned long long)verdict.tick, verdict.message);
        cr_expect_str_eq(verdict.table, row->table, "%s: %s", row->sql, verdict.table);
        cr_expect_not_null(strstr(verdict.message, row->message), "%s: %s", row->sql,
                           verdict.message);
    }
    free(pristine);
}

/* A tick with one decision, whose line says what it is told to. */
static void line_record(const char *line)
{
    liq_journal *journal = record_open(home);
    liq_journal_last last;
    liq_settle_action action;
    liq_journal_decision decision;
    liq_journal_tick tick;
    liq_error err = {0};

    liq_journal_last_read(journal, &last);
    action = (liq_settle_action){.seq = last.seq + 1,
                                 .tick = last.tick + 1,
                                 .kind = LIQ_SETTLE_CLOSE,
                                 .reason = LIQ_BECAUSE_FLAGGED,
                                 .account = "comet",
                                 .side = -1,
                                 .rank = 3,
                                 .quantity = "1.5"};
    decision =
        (liq_journal_decision){.seq = last.seq + 1, .line = liq_text_of(line), .action = &action};
    tick = (liq_journal_tick){
        .tick = last.tick + 1, .cause = "marks", .decisions = &decision, .decision_count = 1};
    cr_assert_eq(liq_journal_commit(journal, &tick, &err), LIQ_OK, "%s", err.message);
    liq_journal_close(journal);
}

typedef struct said_line {
    const char *line;
    const char *message; /* NULL: it is sound */
} said_line;

Test(journal_verify, compares_each_line_with_its_columns)
{
    static const said_line rows[] = {
        {"{\"seq\":68,\"tick\":46,\"action\":\"close\",\"account\":\"comet\",\"margin\":\"cross\","
         "\"instrument\":null,\"side\":\"short\",\"quantity\":\"1.5\",\"rank\":3,\"state\":\"x\"}",
         NULL},
        {"{\"note\":[1,2]}", NULL},
        {"{\"seq\":69}", "has another \"seq\" than its column"},
        {"{\"tick\":45}", "has another \"tick\" than its column"},
        {"{\"tick\":\"46\"}", "has another \"tick\" than its column"},
        {"{\"action\":\"adl\"}", "has another \"action\" than its column"},
        {"{\"account\":null}", "has another \"account\" than its column"},
        {"{\"side\":\"long\"}", "has another \"side\" than its column"},
        {"{\"quantity\":\"1.50\"}", "has another \"quantity\" than its column"},
        {"{\"price\":\"1\"}", "has another \"price\" than its column"},
        {"{\"rank\":4}", "has another \"rank\" than its column"},
        {"{\"rank\":[3]}", "has another \"rank\" than its column"},
        {"{\"seq\":68", "decision 68: its line is no JSON object"},
        {"[68]", "decision 68: its line is no JSON object"}};
    char pristine[RECORD_PATH_BYTES];

    (void)snprintf(pristine, sizeof pristine, "%s", home);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_journal_verdict verdict;

        record_folder_copy(pristine, home);
        line_record(rows[i].line);
        verdict = damage_verdict(home);
        cr_expect_eq(verdict.is_sound, rows[i].message == NULL, "%s: %s", rows[i].line,
                     verdict.message);
        if (rows[i].message != NULL) {
            cr_expect_not_null(strstr(verdict.message, rows[i].message), "%s: %s", rows[i].line,
                               verdict.message);
            cr_expect_eq(verdict.tick, TICKS + 1);
            cr_expect_eq(verdict.seq, 68);
            cr_expect_str_eq(verdict.table, "decision");
        }
        record_folder_remove(home);
    }
    (void)snprintf(home, sizeof home, "%s", pristine);
}

/* Somebody who also computes the chain of the last tick anew. */
static void last_chain_forge(void)
{
    sqlite3_stmt *statements[LIQ_TABLES] = {NULL};
    sqlite3_stmt *row = NULL;
    sqlite3 *database = NULL;
    liq_chain chain = {0};
    char previous[LIQ_HASH_HEX_BYTES];
    char forged[LIQ_HASH_HEX_BYTES];
    char sql[256];
    liq_error err = {0};

    cr_assert_eq(sqlite3_open(record_path(home, "journal.db"), &database), SQLITE_OK);
    for (int i = 0; i < LIQ_TABLES; i++)
        cr_assert_eq(liq_sql_prepare(&statements[i], database, liq_record_sqls[i].of_tick, &err),
                     LIQ_OK);
    cr_assert_eq(
        sqlite3_prepare_v2(database, "SELECT sha256 FROM chain WHERE tick = 44", -1, &row, NULL),
        SQLITE_OK);
    cr_assert_eq(sqlite3_step(row), SQLITE_ROW);
    liq_sql_hash(previous, row, 0);
    (void)sqlite3_finalize(row);
    cr_assert_eq(liq_chain_create(&chain, &err), LIQ_OK);
    cr_assert_eq(liq_chain_of_tick(forged, &chain, statements, previous, TICKS, 66, 67, NULL, &err),
                 LIQ_OK);
    liq_chain_clear(&chain);
    for (int i = 0; i < LIQ_TABLES; i++)
        (void)sqlite3_finalize(statements[i]);
    (void)sqlite3_close(database);
    (void)snprintf(sql, sizeof sql, "UPDATE chain SET sha256 = x'%s' WHERE tick = %d", forged,
                   TICKS);
    tamper_guarded("chain_is_fixed", sql);
}

Test(journal_verify, adds_up_the_legs_of_a_record_whose_chain_is_right)
{
    liq_journal_verdict verdict;

    last_chain_forge(); /* which changes nothing */
    cr_expect(damage_verdict(home).is_sound);
    tamper_guarded("leg_is_fixed", "UPDATE leg SET amount = '12.78' WHERE seq = 67 AND place = 2");
    last_chain_forge();
    verdict = damage_verdict(home);
    cr_expect_not(verdict.is_sound);
    cr_expect_eq(verdict.tick, TICKS);
    cr_expect_eq(verdict.seq, 67);
    cr_expect_str_eq(verdict.table, "leg");
    cr_expect_str_eq(verdict.message, "decision 67: its legs in USDT sum to 0.01, not to 0");
}

Test(journal_verify, takes_a_copy_that_sqlite_made)
{
    char copy[RECORD_PATH_BYTES];
    char sql[RECORD_PATH_BYTES + 64];
    liq_journal *journal;
    liq_journal_last last;

    record_folder_copy(home, copy);
    (void)unlink(record_path(copy, "journal.db"));
    (void)snprintf(sql, sizeof sql, "VACUUM INTO '%s/journal.db'", copy);
    cr_assert_eq(tamper(sql, NULL), SQLITE_OK);
    cr_expect(damage_verdict(copy).is_sound, "%s", damage_verdict(copy).message);
    journal = record_open(copy);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    liq_journal_close(journal);
    journal = record_open(home);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    liq_journal_last_read(journal, &last);
    liq_journal_close(journal);
    cr_expect_str_eq(damage_verdict(copy).chain, last.chain);
    record_folder_remove(copy);
}
