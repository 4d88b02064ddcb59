/*
 * A disk that is full or fails: nothing of the tick is kept, the journal stays usable, and the same
 * tick can be recorded when there is room again.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "support_damage.h"
#include "support_failing_disk.h"
#include "support_record.h"

enum { BEFORE = 11, CALLS_MAX = 200 };

static char home[RECORD_PATH_BYTES];

static void setup(void)
{
    record_folder_make(home);
    failing_disk_install();
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(journal_full, .init = setup, .fini = teardown);

static liq_journal_last last_of(const liq_journal *journal)
{
    liq_journal_last last;

    liq_journal_last_read(journal, &last);
    return last;
}

/* The chain after so many ticks of a journal that met no failure. */
static void chain_expect(const char *chain, uint64_t ticks)
{
    char other[RECORD_PATH_BYTES];
    liq_journal *journal;

    record_folder_make(other);
    journal = record_open(other);
    record_ticks(journal, 1, ticks);
    cr_expect_str_eq(chain, last_of(journal).chain);
    liq_journal_close(journal);
    record_folder_remove(other);
}

/* A tick that failed: nothing of it is there, for this process and for others. */
static void nothing_expect(liq_journal *journal, uint64_t tick, size_t input_bytes)
{
    liq_journal_verdict verdict;
    liq_error err = {0};

    cr_expect_eq(last_of(journal).tick, tick - 1);
    cr_expect_eq(liq_journal_input(journal, "orders", liq_text_of("{}"), &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "the last commit failed and must be repeated first"),
                       "%s", err.message);
    cr_expect_eq(record_file_bytes(record_path(home, "inputs-11.log")), input_bytes);
    verdict = damage_verdict(home);
    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.ticks, tick - 1);
}

Test(journal_full, keeps_nothing_of_a_tick_when_the_wal_is_full_at_any_write)
{
    liq_journal *journal = record_open(home);
    uint32_t failures = 0;
    liq_journal_facts facts;

    record_ticks(journal, 1, BEFORE);
    for (uint64_t tick = BEFORE + 1;; tick++) {
        const size_t input_bytes = record_file_bytes(record_path(home, "inputs-11.log"));
        liq_error err = {0};
        liq_status status;

        cr_assert_eq(record_inputs(journal, tick, &err), LIQ_OK, "%s", err.message);
        failing_disk_fail(FAILING_WRITE, "-wal", ++failures, SQLITE_FULL);
        status = record_commit(journal, tick, &err);
        if (!failing_disk_heal())
            break; /* so many writes there are not */
        cr_expect_eq(status, LIQ_IO);
        cr_expect_eq(err.native, SQLITE_FULL);
        cr_expect_not_null(strstr(err.message, "full"), "%s", err.message);
        nothing_expect(journal, tick, input_bytes);
        cr_assert_eq(record_commit(journal, tick, &err), LIQ_OK, "%s", err.message);
        cr_assert_lt(failures, CALLS_MAX);
        if (tick % RECORD_SNAPSHOT_EVERY == 9)
            break; /* the next snapshot would begin another file */
    }
    cr_expect_gt(failures, 5);
    liq_journal_facts_read(journal, &facts);
    cr_expect_geq(facts.failures, failures - 1);
    chain_expect(last_of(journal).chain, last_of(journal).tick);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
}

typedef struct failing_case {
    failing_call call;
    int code;
    uint32_t n;
} failing_case;

Test(journal_full, is_whole_or_absent_after_a_kill_when_the_disk_fails)
{
    static const failing_case rows[] = {{FAILING_WRITE, SQLITE_IOERR_WRITE, 1},
                                        {FAILING_WRITE, SQLITE_IOERR_WRITE, 9},
                                        {FAILING_WRITE, SQLITE_FULL, 9},
                                        {FAILING_SYNC, SQLITE_IOERR_FSYNC, 1}};
    liq_journal *journal = record_open(home);

    record_ticks(journal, 1, BEFORE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const uint64_t tick = BEFORE + 1 + i;
        char left[RECORD_PATH_BYTES];
        liq_error err = {0};
        liq_journal *again;

        cr_assert_eq(record_inputs(journal, tick, &err), LIQ_OK);
        failing_disk_fail(rows[i].call, "-wal", rows[i].n, rows[i].code);
        cr_expect_eq(record_commit(journal, tick, &err), LIQ_IO, "row %zu", i);
        cr_expect(failing_disk_heal());
        cr_expect_eq(err.native, rows[i].code, "row %zu: %d", i, (int)err.native);
        record_folder_copy(home, left);
        again = record_open(left);
        cr_expect(last_of(again).tick == tick - 1 || last_of(again).tick == tick);
        record_ticks(again, last_of(again).tick + 1, tick + 1);
        liq_journal_close(again);
        cr_expect(damage_verdict(left).is_sound);
        record_folder_remove(left);
        cr_assert_eq(record_commit(journal, tick, &err), LIQ_OK, "%s", err.message);
    }
    chain_expect(last_of(journal).chain, last_of(journal).tick);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
}

Test(journal_full, notes_no_snapshot_when_the_wal_is_full)
{
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    liq_journal *journal = record_open(home);
    liq_error err = {0};

    record_ticks(journal, 1, BEFORE);
    failing_disk_fail(FAILING_WRITE, "-wal", 1, SQLITE_FULL);
    cr_expect_eq(liq_journal_snapshot_note(journal, BEFORE, "s", hash, &err), LIQ_IO);
    cr_expect_eq(err.native, SQLITE_FULL);
    cr_expect(failing_disk_heal());
    record_ticks(journal, BEFORE + 1, BEFORE + 1);
    chain_expect(last_of(journal).chain, BEFORE + 1);
    cr_expect_eq(liq_journal_snapshot_note(journal, BEFORE, "s", hash, &err), LIQ_OK);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
}

Test(journal_full, survives_checkpoints_that_fail)
{
    liq_journal *journal = record_open(home);
    liq_journal_verdict verdict;

    cr_assert_eq(liq_journal_checkpoint_start(journal, NULL), LIQ_OK);
    failing_disk_fail(FAILING_WRITE, "journal.db", 1, SQLITE_FULL);
    record_ticks(journal, 1, 150);
    verdict = damage_verdict(home);
    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.ticks, 150);
    liq_journal_close(journal);
    (void)failing_disk_heal();
    journal = record_open(home);
    cr_expect_eq(last_of(journal).tick, 150);
    chain_expect(last_of(journal).chain, 150);
    liq_journal_close(journal);
}

/* No file of this process grows past so many bytes. */
static void limit(size_t bytes)
{
    struct rlimit now;

    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &now), 0);
    now.rlim_cur = bytes == 0 ? now.rlim_max : bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &now), 0);
    (void)signal(SIGXFSZ, SIG_IGN);
}

static void many_inputs_add(liq_journal *journal, uint32_t count)
{
    liq_error err = {0};

    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(liq_journal_input(journal, "orders", liq_text_of(record_line(1, i % 9)), &err),
                     LIQ_OK, "%s", err.message);
}

Test(journal_full, keeps_inputs_in_memory_while_their_file_cannot_grow)
{
    liq_journal *journal = record_open(home);
    size_t input_bytes;
    liq_error err = {0};

    record_ticks(journal, 1, BEFORE);
    input_bytes = record_file_bytes(record_path(home, "inputs-11.log"));
    limit(700000);
    many_inputs_add(journal, 60000); /* 7 MB: past what is kept when the disk works */
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(record_commit(journal, BEFORE + 1, &err), LIQ_IO);
        cr_expect_eq(err.native, EFBIG);
        cr_expect_not_null(strstr(err.message, "inputs-11.log: cannot be written"), "%s",
                           err.message);
        nothing_expect(journal, BEFORE + 1, input_bytes);
    }
    limit(0);
    cr_expect_eq(record_commit(journal, BEFORE + 1, &err), LIQ_OK, "%s", err.message);
    record_ticks(journal, BEFORE + 2, BEFORE + 3);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
    cr_expect_gt(damage_verdict(home).inputs, 60000);
}

Test(journal_full, takes_no_more_inputs_than_it_may_keep)
{
    static char longest[LIQ_JOURNAL_INPUT_BYTES_MAX];
    const liq_text line = {.data = longest, .bytes = sizeof longest};
    liq_journal *journal = record_open(home);
    liq_status status = LIQ_OK;
    liq_error err = {0};
    uint32_t taken = 0;

    memset(longest, 'x', sizeof longest);
    record_ticks(journal, 1, BEFORE);
    limit(700000);
    while ((status = liq_journal_input(journal, "orders", line, &err)) == LIQ_OK && taken < 300)
        taken++;
    cr_expect_eq(status, LIQ_IO);
    cr_expect_eq(taken, 31);
    cr_expect_not_null(strstr(err.message, "wait for a disk that takes nothing"), "%s",
                       err.message);
    limit(0);
    cr_expect_eq(record_commit(journal, BEFORE + 1, &err), LIQ_OK, "%s", err.message);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
}

Test(journal_full, can_be_begun_when_there_is_room_again)
{
    const liq_journal_options options = {.folder = home, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    liq_error err = {0};

    for (size_t bytes = 64; bytes < 50000; bytes *= 3) {
        limit(bytes);
        cr_expect_eq(liq_journal_open(&journal, &options, &err), LIQ_IO, "%zu", bytes);
        limit(0);
    }
    journal = record_open(home);
    record_ticks(journal, 1, 3);
    liq_journal_close(journal);
    cr_expect(damage_verdict(home).is_sound);
}
