/*
 * Parts that are removed by themselves: as many as may go, never one that somebody needs.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal/journal_inputs.h"
#include "journal/journal_prune.h"
#include "journal/journal_reader.h"
#include "support_damage.h"
#include "support_record.h"

/* Parts begin with 1, 8, 15, 22, 29, 36 and 43; snapshots lie behind 10, 20, 30 and 40. */
enum { TICKS = 45, EVERY = 7 };

static char home[RECORD_PATH_BYTES];
static char whole[RECORD_PATH_BYTES]; /* what home is copied from */

static void again(void);

static void setup(void)
{
    liq_journal *journal;
    liq_error err = {0};

    record_folder_make(home);
    record_folder_make(whole);
    journal = record_open(whole);
    for (uint64_t tick = 1; tick <= TICKS; tick++) {
        record_ticks(journal, tick, tick);
        if (tick % EVERY == 0)
            cr_assert_eq(liq_journal_rotate(journal, &err), LIQ_OK, "%s", err.message);
    }
    liq_journal_close(journal);
    again();
}

static void again(void)
{
    char command[4 * RECORD_PATH_BYTES];

    (void)snprintf(command, sizeof command, "rm -rf '%s' && cp -r '%s' '%s'", home, whole, home);
    cr_assert_eq(system(command), 0);
}

static void teardown(void)
{
    char command[3 * RECORD_PATH_BYTES];

    (void)snprintf(command, sizeof command, "rm -rf '%s' '%s'", home, whole);
    cr_assert_eq(system(command), 0);
}

TestSuite(journal_prune, .init = setup, .fini = teardown);

/* Decisions up to a tick. */
static uint64_t seq_of(uint64_t tick)
{
    uint64_t seq = 0;

    for (uint64_t i = 1; i <= tick; i++)
        seq += record_decision_count(i);
    return seq;
}

static void expect_from(uint64_t from_tick)
{
    const liq_journal_verdict verdict = damage_verdict(home);

    cr_expect(verdict.is_sound, "%s", verdict.message);
    cr_expect_eq(verdict.from_tick, from_tick, "from %" PRIu64 ", not %" PRIu64, verdict.from_tick,
                 from_tick);
    liq_journal_close(record_open(home));
}

typedef struct prune_case {
    uint32_t parts;
    uint64_t tick;
    uint64_t told_tick; /* decisions up to that one are told; 0: all are */
    uint64_t untold;    /* but so many */
    uint64_t from_tick;
} prune_case;

static const prune_case cases[] = {{0, UINT64_MAX, 0, 0, 1},  {7, UINT64_MAX, 0, 0, 1},
                                   {8, UINT64_MAX, 0, 0, 1},  {6, UINT64_MAX, 0, 0, 8},
                                   {3, UINT64_MAX, 0, 0, 29}, {1, UINT64_MAX, 0, 0, 43},
                                   {1, 0, 0, 0, 1},           {1, 1, 0, 0, 1},
                                   {1, 7, 0, 0, 1},           {1, 8, 0, 0, 8},
                                   {1, 21, 0, 0, 15},         {1, 22, 0, 0, 22},
                                   {5, 22, 0, 0, 15},         {1, UINT64_MAX, 14, 0, 15},
                                   {1, UINT64_MAX, 14, 1, 8}, {1, UINT64_MAX, 45, 0, 43},
                                   {1, UINT64_MAX, 42, 1, 36}};

static void case_run(const prune_case *given)
{
    const liq_parts_needed needed = {
        .parts = given->parts,
        .tick = given->tick,
        .seq = given->told_tick == 0 ? UINT64_MAX : seq_of(given->told_tick) - given->untold};
    uint32_t removed = 0;
    liq_error err = {0};

    cr_assert_eq(liq_journal_prune(&removed, home, &needed, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(removed, given->from_tick / EVERY);
    expect_from(given->from_tick);
    cr_assert_eq(liq_journal_prune(&removed, home, &needed, &err), LIQ_OK);
    cr_expect_eq(removed, 0, "what is gone is gone");
}

Test(journal_prune, removes_what_nobody_needs)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        case_run(&cases[i]);
        again();
    }
}

/* Three snapshots are kept, the oldest behind tick 20: the inputs from there on stay readable. */
Test(journal_prune, keeps_what_a_start_from_the_oldest_snapshot_needs)
{
    for (int has_thread = 0; has_thread < 2; has_thread++) {
        liq_journal *journal = record_open(home);
        liq_journal_reader *reader = NULL;
        liq_journal_inputs *inputs = NULL;
        liq_error err = {0};

        if (has_thread)
            cr_assert_eq(liq_journal_checkpoint_start(journal, &err), LIQ_OK);
        liq_journal_parts_keep(journal, has_thread ? 1 : 0, UINT64_MAX);
        liq_journal_close(journal);
        expect_from(has_thread ? 15 : 1);
        cr_assert_eq(liq_journal_reader_open(&reader, home, &err), LIQ_OK, "%s", err.message);
        cr_expect_eq(liq_journal_inputs_open(&inputs, reader, 20, &err), LIQ_OK, "%s", err.message);
        liq_journal_inputs_close(inputs);
        liq_journal_reader_close(reader);
    }
}

/* The database goes first: what a kill has left of a part is none. */
Test(journal_prune, goes_on_where_a_kill_left_a_part_half_removed)
{
    static const char *const left[] = {"journal.db-wal", "journal-8/journal.db-wal"};
    static const char *const gone[] = {"journal.db", "journal-8/journal.db"};
    const liq_parts_needed needed = {.parts = 2, .tick = UINT64_MAX, .seq = UINT64_MAX};
    uint32_t removed;
    liq_error err = {0};

    for (int i = 0; i < 2; i++) {
        record_file_write(record_path(home, left[i]), "x", 1);
        cr_assert_eq(unlink(record_path(home, gone[i])), 0);
    }
    expect_from(15);
    cr_assert_eq(liq_journal_prune(&removed, home, &needed, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(removed, 3);
    expect_from(36);
}

/* A damaged part tells nothing of the one before, which stays. */
Test(journal_prune, removes_nothing_before_a_part_that_cannot_be_read)
{
    const liq_parts_needed needed = {.parts = 1, .tick = UINT64_MAX, .seq = UINT64_MAX};
    uint32_t removed;
    liq_error err = {0};

    record_file_write(record_path(home, "journal-15/journal.db"), "no database at all", 18);
    cr_expect_neq(liq_journal_prune(&removed, home, &needed, &err), LIQ_OK);
    cr_expect_eq(removed, 1);
    cr_expect_eq(access(record_path(home, "journal-8/journal.db"), F_OK), 0);
    cr_expect_eq(liq_journal_prune(&removed, record_path(home, "nowhere"), &needed, &err), LIQ_IO);
}
