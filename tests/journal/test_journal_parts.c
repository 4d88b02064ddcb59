/*
 * A journal in parts: read as one, proven as one, and begun anew at no risk.
 */
#include <criterion/criterion.h>

#include <sqlite3.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_inputs.h"
#include "journal/journal_reader.h"
#include "support_damage.h"
#include "support_failing_disk.h"
#include "support_record.h"

enum { TICKS = 45, EVERY = 7, CALLS_MAX = 400 };

static char home[RECORD_PATH_BYTES];
static char whole[RECORD_PATH_BYTES]; /* the same ticks in one part */

static void tree_remove(const char *folder)
{
    char command[RECORD_PATH_BYTES + 16];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

static void tree_copy(const char *source, char target[RECORD_PATH_BYTES])
{
    char command[2 * RECORD_PATH_BYTES + 32];

    record_folder_make(target);
    (void)snprintf(command, sizeof command, "cp -r '%s'/. '%s'", source, target);
    cr_assert_eq(system(command), 0);
}

static void rotate(liq_journal *journal)
{
    liq_error err = {0};

    cr_assert_eq(liq_journal_rotate(journal, &err), LIQ_OK, "%s", err.message);
}

/* A new part after every seventh tick; opened anew as often as is asked for. */
static void parts_record(const char *folder, uint64_t reopen_every)
{
    liq_journal *journal = record_open(folder);
    liq_error err = {0};

    for (uint64_t tick = 1; tick <= TICKS; tick++) {
        if (tick == TICKS)
            cr_assert_eq(liq_journal_outlet_note(journal, "nats", 11, &err), LIQ_OK);
        record_ticks(journal, tick, tick);
        if (tick % EVERY == 0)
            rotate(journal);
        if (tick % reopen_every == 0) {
            liq_journal_close(journal);
            journal = record_open(folder);
        }
    }
    liq_journal_close(journal);
}

static void setup(void)
{
    liq_journal *journal;

    record_folder_make(home);
    record_folder_make(whole);
    parts_record(home, TICKS + 1);
    journal = record_open(whole);
    record_ticks(journal, 1, TICKS);
    liq_journal_close(journal);
}

static void teardown(void)
{
    tree_remove(home);
    tree_remove(whole);
}

TestSuite(journal_parts, .init = setup, .fini = teardown);

/* All rows of a list, but for the chains, which take in where parts begin. */
static char *dump(liq_journal_reader *reader, liq_journal_list list, liq_journal_range range)
{
    uint32_t columns;
    const char *const *names = liq_journal_list_columns(list, &columns);
    liq_journal_rows *rows = NULL;
    liq_error err = {0};
    bool has_row = true;
    size_t bytes;
    char *text;
    FILE *out = open_memstream(&text, &bytes);

    cr_assert_eq(liq_journal_rows_open(&rows, reader, list, &range, &err), LIQ_OK, "%s",
                 err.message);
    while (has_row) {
        cr_assert_eq(liq_journal_rows_next(rows, &has_row, &err), LIQ_OK, "%s", err.message);
        for (uint32_t i = 0; has_row && i < columns; i++)
            if (strcmp(names[i], "chain") != 0)
                (void)fprintf(out, "%s\t", liq_journal_rows_text(rows, i));
        (void)fputc('\n', out);
    }
    liq_journal_rows_close(rows);
    (void)fclose(out);
    return text;
}

static char *inputs_dump(liq_journal_reader *reader, uint64_t after)
{
    liq_journal_inputs *inputs = NULL;
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    liq_error err = {0};
    size_t bytes;
    char *text;
    FILE *out = open_memstream(&text, &bytes);

    cr_assert_eq(liq_journal_inputs_open(&inputs, reader, after, &err), LIQ_OK, "%s", err.message);
    while (step.kind != LIQ_JOURNAL_STEP_END) {
        cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK, "%s", err.message);
        if (step.kind == LIQ_JOURNAL_STEP_INPUT)
            (void)fprintf(out, "%s %.*s\n", step.source, (int)step.line.bytes, step.line.data);
        else
            (void)fprintf(out, "tick %llu %s\n", (unsigned long long)step.tick, step.state_hash);
    }
    liq_journal_inputs_close(inputs);
    (void)fclose(out);
    return text;
}

static liq_journal_reader *reader_of(const char *folder)
{
    liq_journal_reader *reader = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_journal_reader_open(&reader, folder, &err), LIQ_OK, "%s", err.message);
    return reader;
}

static void expect_same(char *left, char *right, const char *what)
{
    cr_expect_str_eq(left, right, "%s", what);
    free(left);
    free(right);
}

Test(journal_parts, reads_as_one)
{
    static const liq_journal_range ranges[] = {{0, 0, NULL},        {1, 3, NULL},   {7, 8, NULL},
                                               {8, 8, NULL},        {20, 40, NULL}, {44, 99, NULL},
                                               {0, 0, "account 3"}, {99, 0, NULL}};
    liq_journal_reader *parts = reader_of(home);
    liq_journal_reader *one = reader_of(whole);

    for (int list = 0; list < LIQ_JOURNAL_LISTS; list++)
        for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
            char what[64];

            (void)snprintf(what, sizeof what, "list %d, range %zu", list, i);
            expect_same(dump(parts, (liq_journal_list)list, ranges[i]),
                        dump(one, (liq_journal_list)list, ranges[i]), what);
        }
    for (uint64_t after = 20; after <= TICKS; after++) /* those before are gone by policy */
        expect_same(inputs_dump(parts, after), inputs_dump(one, after), "inputs");
    liq_journal_reader_close(parts);
    liq_journal_reader_close(one);
}

Test(journal_parts, gives_lines_and_places_of_all_parts)
{
    liq_journal_reader *parts = reader_of(home);
    liq_journal_reader *one = reader_of(whole);
    liq_journal_last ends[2];

    cr_assert_eq(liq_journal_reader_last(parts, &ends[0], NULL), LIQ_OK);
    cr_assert_eq(liq_journal_reader_last(one, &ends[1], NULL), LIQ_OK);
    cr_expect_eq(ends[0].tick, ends[1].tick);
    cr_expect_eq(ends[0].seq, ends[1].seq);
    cr_expect_str_eq(ends[0].state_hash, ends[1].state_hash);
    for (uint64_t seq = ends[1].seq + 1; seq > 0; seq--) {
        static char left[1 << 17];
        static char right[1 << 17];
        uint64_t next[2] = {seq, seq};
        size_t bytes[2];

        cr_assert_eq(
            liq_journal_reader_lines(parts, seq, left, sizeof left, &bytes[0], &next[0], NULL),
            LIQ_OK);
        cr_assert_eq(
            liq_journal_reader_lines(one, seq, right, sizeof right, &bytes[1], &next[1], NULL),
            LIQ_OK);
        cr_expect_eq(bytes[0] == 0, bytes[1] == 0, "decision %llu", (unsigned long long)seq);
        cr_expect_leq(bytes[0], bytes[1]);
        cr_expect_arr_eq(left, right, bytes[0]);
    }
    for (uint64_t tick = 1; tick <= TICKS; tick++) {
        uint64_t first[2];
        uint64_t last[2];

        cr_assert_eq(liq_journal_reader_seqs(parts, tick, &first[0], &last[0], NULL), LIQ_OK);
        cr_assert_eq(liq_journal_reader_seqs(one, tick, &first[1], &last[1], NULL), LIQ_OK);
        cr_expect(first[0] == first[1] && last[0] == last[1]);
    }
    liq_journal_reader_close(parts);
    liq_journal_reader_close(one);
}

/* One that was opened before sees what comes after it. */
Test(journal_parts, shows_a_reader_what_is_recorded_in_parts_to_come)
{
    static char lines[4096];
    liq_journal *journal = record_open(home);
    liq_journal_reader *reader = reader_of(home);
    liq_journal_last before;
    liq_journal_last last;
    uint64_t next;
    size_t bytes;

    liq_journal_last_read(journal, &before);
    rotate(journal);
    cr_assert_eq(
        liq_journal_reader_lines(reader, before.seq + 1, lines, sizeof lines, &bytes, &next, NULL),
        LIQ_OK);
    cr_expect_eq(bytes, 0);
    record_ticks(journal, TICKS + 1, TICKS + 2);
    rotate(journal);
    record_ticks(journal, TICKS + 3, TICKS + 3);
    cr_assert_eq(
        liq_journal_reader_lines(reader, before.seq + 1, lines, sizeof lines, &bytes, &next, NULL),
        LIQ_OK);
    cr_expect_gt(bytes, 0);
    cr_assert_eq(liq_journal_reader_last(reader, &last, NULL), LIQ_OK);
    cr_expect_eq(last.tick, TICKS + 3);
    liq_journal_reader_close(reader);
    liq_journal_close(journal);
}

Test(journal_parts, has_the_same_chain_however_often_it_was_opened)
{
    const liq_journal_verdict expected = damage_verdict(home);

    cr_expect(expected.is_sound, "%s", expected.message);
    for (uint64_t reopen = 1; reopen < 9; reopen += 3) {
        char other[RECORD_PATH_BYTES];
        liq_journal_verdict found;

        record_folder_make(other);
        parts_record(other, reopen);
        found = damage_verdict(other);
        cr_expect(found.is_sound, "%s", found.message);
        cr_expect_str_eq(found.chain, expected.chain);
        cr_expect_eq(found.parts, 7);
        tree_remove(other);
    }
}

Test(journal_parts, keeps_what_it_needs_to_go_on)
{
    liq_journal *journal = record_open(home);
    liq_journal *other = record_open(whole);
    liq_journal_last last;

    cr_expect_eq(liq_journal_source_position(journal, "orders"),
                 liq_journal_source_position(other, "orders"));
    cr_expect_eq(liq_journal_source_position(journal, "marks"),
                 liq_journal_source_position(other, "marks"));
    rotate(journal);
    cr_expect_eq(liq_journal_rotate(journal, NULL), LIQ_DUPLICATE, "nothing is in it yet");
    liq_journal_close(journal);
    journal = record_open(home);
    liq_journal_last_read(journal, &last);
    cr_expect_eq(last.tick, TICKS);
    cr_expect(!last.is_new);
    cr_expect_eq(liq_journal_outlet_position(journal, "nats"), 11);
    cr_expect(damage_verdict(home).is_sound);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    liq_journal_close(journal);
    liq_journal_close(other);
    cr_expect(damage_verdict(home).is_sound);
}

static void part_drop(uint64_t first)
{
    char command[RECORD_PATH_BYTES + 64];

    if (first == 0)
        (void)snprintf(command, sizeof command, "rm '%s'/journal.db*", home);
    else
        (void)snprintf(command, sizeof command, "rm -r '%s/journal-%llu'", home,
                       (unsigned long long)first);
    cr_assert_eq(system(command), 0);
}

/* Whoever removes the oldest parts is told from where on the record is proven, and it goes on. */
Test(journal_parts, proves_from_the_oldest_part_that_is_there)
{
    for (uint64_t first = 1; first + EVERY < TICKS; first += EVERY) {
        liq_journal_verdict verdict;
        liq_journal_reader *reader;
        liq_journal *journal;
        uint64_t next;
        size_t bytes;
        char line[4096];

        part_drop(first == 1 ? 0 : first);
        verdict = damage_verdict(home);
        cr_expect(verdict.is_sound, "%s", verdict.message);
        cr_expect_eq(verdict.from_tick, first + EVERY);
        cr_expect_eq(verdict.ticks, TICKS - verdict.from_tick + 1);
        reader = reader_of(home);
        cr_expect_eq(liq_journal_reader_seqs(reader, first, &next, &next, NULL), LIQ_NOT_FOUND);
        cr_expect_eq(liq_journal_reader_lines(reader, 1, line, sizeof line, &bytes, &next, NULL),
                     LIQ_OK);
        cr_expect_gt(bytes, 0, "from the first that is there");
        liq_journal_reader_close(reader);
        journal = record_open(home);
        liq_journal_close(journal);
    }
}

Test(journal_parts, is_told_of_a_part_that_is_missing_between_others)
{
    for (uint64_t first = 1 + EVERY; first + EVERY < TICKS; first += 2 * EVERY) {
        liq_journal_verdict verdict;

        part_drop(first);
        verdict = damage_verdict(home);
        cr_expect(!verdict.is_sound);
        cr_expect_str_eq(verdict.table, "origin");
        cr_expect_not_null(strstr(verdict.message, "goes on behind tick"), "%s", verdict.message);
    }
}

/* Without the youngest the record ends before what somebody was told. */
Test(journal_parts, is_told_of_a_youngest_part_that_is_missing)
{
    liq_journal_options options = {.folder = home, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    liq_error err = {0};

    part_drop(1 + TICKS / EVERY * EVERY);
    cr_expect(!damage_verdict(home).is_sound);
    cr_expect_eq(liq_journal_open(&journal, &options, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "tick 45 was recorded"), "%s", err.message);
}

/* What was taken along is no less proven than what was recorded. */
Test(journal_parts, is_told_of_a_change_to_what_a_part_was_begun_with)
{
    static const char *const changes[] = {
        "DROP TRIGGER source_position_is_fixed; "
        "UPDATE source_position SET position = position + 1 WHERE tick = 42",
        "DROP TRIGGER snapshot_is_fixed; UPDATE snapshot SET tick = tick - 1 WHERE place = 1",
        "DROP TRIGGER retention_is_kept; DELETE FROM retention",
        "DROP TRIGGER segment_is_kept; DELETE FROM segment WHERE first_tick < 42",
        "DROP TRIGGER origin_is_fixed; UPDATE origin SET seq = seq - 1",
        "DROP TRIGGER origin_is_fixed; UPDATE origin SET carried = zeroblob(32)",
        "DROP TRIGGER origin_is_fixed; UPDATE origin SET sha256 = zeroblob(32)",
        "DROP TRIGGER origin_is_kept; DELETE FROM origin"};

    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        char copy[RECORD_PATH_BYTES];
        char guard[256];
        char path[RECORD_PATH_BYTES + 64];
        sqlite3 *database = NULL;
        sqlite3_stmt *statement = NULL;
        liq_journal_verdict verdict;

        tree_copy(home, copy);
        (void)snprintf(path, sizeof path, "%s/journal-43/journal.db", copy);
        cr_assert_eq(sqlite3_open(path, &database), SQLITE_OK);
        (void)snprintf(guard, sizeof guard, "SELECT sql FROM sqlite_schema WHERE name = '%.*s'",
                       (int)(strchr(changes[i], ';') - changes[i] - 13), changes[i] + 13);
        cr_assert_eq(sqlite3_prepare_v2(database, guard, -1, &statement, NULL), SQLITE_OK);
        cr_assert_eq(sqlite3_step(statement), SQLITE_ROW, "%s", guard);
        (void)snprintf(guard, sizeof guard, "%s", sqlite3_column_text(statement, 0));
        (void)sqlite3_finalize(statement);
        cr_assert_eq(sqlite3_exec(database, changes[i], NULL, NULL, NULL), SQLITE_OK, "%s",
                     sqlite3_errmsg(database));
        cr_assert_gt(sqlite3_changes(database), 0, "%s", changes[i]);
        cr_assert_eq(sqlite3_exec(database, guard, NULL, NULL, NULL), SQLITE_OK);
        (void)sqlite3_close(database);
        verdict = damage_verdict(copy);
        cr_expect(!verdict.is_sound, "%s", changes[i]);
        tree_remove(copy);
    }
}

/* Full at whatever write or wait for the disk: the journal goes on where it was. */
Test(journal_parts, goes_on_in_the_present_part_while_the_disk_takes_no_new_one)
{
    static const struct {
        failing_call call;
        const char *file;
    } places[] = {{FAILING_WRITE, "journal.new"},
                  {FAILING_WRITE, "journal.new-journal"},
                  {FAILING_SYNC, "journal.new"}};
    uint64_t tick = TICKS;
    liq_journal *journal;
    uint32_t failed = 0;

    failing_disk_install();
    journal = record_open(home);
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        for (uint32_t n = 1;; n++) {
            char part[RECORD_PATH_BYTES + 32];
            liq_error err = {0};
            liq_status status;

            failing_disk_fail(places[i].call, places[i].file, n, SQLITE_FULL);
            (void)snprintf(part, sizeof part, "%s/journal-%llu", home,
                           (unsigned long long)tick + 1);
            status = liq_journal_rotate(journal, &err);
            if (!failing_disk_heal()) {
                cr_assert_eq(status, LIQ_OK, "%s", err.message);
                record_ticks(journal, tick + 1, tick + 1);
                tick++;
                break;
            }
            cr_expect_eq(status, LIQ_IO, "%s", err.message);
            cr_expect_neq(access(part, F_OK), 0, "%s is left", part);
            failed++;
            if (n % 5 == 1) {
                record_ticks(journal, tick + 1, tick + 1);
                tick++;
            }
            cr_assert_lt(n, CALLS_MAX);
        }
    cr_expect_gt(failed, 10);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound, "%s", damage_verdict(home).message);
}

/* Ticks lie 100 ms apart; before its first one a part has no age, opened anew or not. */
Test(journal_parts, is_as_old_as_what_is_recorded_in_the_present_part)
{
    liq_journal *journal;
    char folder[RECORD_PATH_BYTES];
    uint64_t bytes;

    record_folder_make(folder);
    journal = record_open(folder);
    cr_expect_eq(liq_journal_age_ms(journal), 0);
    record_ticks(journal, 1, 4);
    for (int opened = 0; opened < 2; opened++) {
        cr_expect_eq(liq_journal_age_ms(journal), 300, "opened %d times", opened + 1);
        liq_journal_close(journal);
        journal = record_open(folder);
    }
    bytes = liq_journal_bytes(journal);
    cr_expect_eq(bytes % 4096, 0);
    cr_expect_geq(bytes, record_file_bytes(record_path(folder, "journal.db")));
    record_ticks(journal, 5, 40);
    cr_expect_gt(liq_journal_bytes(journal), bytes);
    rotate(journal);
    for (int opened = 0; opened < 2; opened++) {
        cr_expect_eq(liq_journal_age_ms(journal), 0, "opened %d times", opened + 1);
        liq_journal_close(journal);
        journal = record_open(folder);
    }
    record_ticks(journal, 41, 41);
    cr_expect_eq(liq_journal_age_ms(journal), 0, "one tick is no time");
    record_ticks(journal, 42, 43);
    for (int opened = 0; opened < 2; opened++) {
        cr_expect_eq(liq_journal_age_ms(journal), 200, "opened %d times", opened + 1);
        liq_journal_close(journal);
        journal = record_open(folder);
    }
    rotate(journal);
    record_ticks(journal, 44, 46);
    cr_expect_eq(liq_journal_age_ms(journal), 200, "without being opened between");
    liq_journal_close(journal);
    tree_remove(folder);
}

/* What a kill leaves of a part that was being made. */
Test(journal_parts, makes_a_part_where_a_kill_has_left_a_piece_of_one)
{
    char path[RECORD_PATH_BYTES + 64];
    liq_journal *journal;

    (void)snprintf(path, sizeof path, "%s/journal-46", home);
    cr_assert_eq(mkdir(path, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/journal-46/journal.new", home);
    record_file_write(path, "half", 4);
    (void)snprintf(path, sizeof path, "%s/journal-46/journal.new-journal", home);
    record_file_write(path, "half", 4);
    journal = record_open(home);
    rotate(journal);
    record_ticks(journal, TICKS + 1, TICKS + 1);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
    cr_expect_eq(damage_verdict(home).parts, 8);
}
