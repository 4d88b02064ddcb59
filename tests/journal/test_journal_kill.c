/*
 * A writer that is killed at any instant: no tick that it told of is lost, none is there in part,
 * and whoever goes on comes to the same chain as one that was never killed.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "journal/journal_reader.h"
#include "support_damage.h"
#include "support_record.h"

enum { KILLS = 40, KILLS_LONG = 1000, LONGEST_US = 25000, VERIFY_EVERY_LONG = 10 };

static char home[RECORD_PATH_BYTES];

static void setup(void)
{
    record_folder_make(home);
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(journal_kill, .init = setup, .fini = teardown);

/* Whether the snapshot after the last tick was noted; a kill comes between the two as well. */
static bool is_noted(uint64_t tick)
{
    liq_journal_reader *reader = NULL;
    liq_journal_snapshot snapshot = {0};
    bool noted = false;

    if (liq_journal_reader_open(&reader, home, NULL) == LIQ_OK &&
        liq_journal_reader_snapshot(reader, 0, &snapshot, NULL) == LIQ_OK)
        noted = snapshot.noted_after == tick;
    liq_journal_reader_close(reader);
    return noted;
}

/* What the sidecar does; never returns. */
static void writer_run(int acks)
{
    const liq_journal_options options = {.folder = home, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    liq_journal_last last;
    liq_error err = {0};

    if (liq_journal_open(&journal, &options, &err) != LIQ_OK ||
        liq_journal_checkpoint_start(journal, &err) != LIQ_OK) {
        (void)fprintf(stderr, "%s\n", err.message);
        _exit(1);
    }
    liq_journal_last_read(journal, &last);
    if (last.tick > 0 && !is_noted(last.tick) && record_note(journal, last.tick, &err) != LIQ_OK)
        _exit(2);
    for (uint64_t tick = last.tick + 1;; tick++) {
        if (record_inputs(journal, tick, &err) != LIQ_OK ||
            record_commit(journal, tick, &err) != LIQ_OK)
            _exit(3);
        if (write(acks, &tick, sizeof tick) != (ssize_t)sizeof tick)
            _exit(4);
        if (record_note(journal, tick, &err) != LIQ_OK)
            _exit(5);
    }
}

/* Start it, and kill it after some time. @return the last tick that it told of; 0: none */
static uint64_t writer_kill(unsigned delay_us, bool waits_for_first)
{
    uint64_t acknowledged = 0;
    uint64_t tick;
    int outcome;
    int acks[2];
    pid_t child;

    cr_assert_eq(pipe(acks), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        (void)close(acks[0]);
        writer_run(acks[1]);
    }
    (void)close(acks[1]);
    if (waits_for_first && read(acks[0], &tick, sizeof tick) == (ssize_t)sizeof tick)
        acknowledged = tick;
    (void)usleep(delay_us);
    (void)kill(child, SIGKILL);
    while (read(acks[0], &tick, sizeof tick) == (ssize_t)sizeof tick)
        acknowledged = tick;
    (void)close(acks[0]);
    cr_assert_eq(waitpid(child, &outcome, 0), child);
    cr_assert(WIFSIGNALED(outcome), "the writer ended by itself: %d", WEXITSTATUS(outcome));
    return acknowledged;
}

static liq_journal_last last_now(void)
{
    liq_journal *journal = record_open(home);
    liq_journal_last last;

    liq_journal_last_read(journal, &last);
    liq_journal_close(journal);
    return last;
}

static void chain_compare(const liq_journal_last *last)
{
    char other[RECORD_PATH_BYTES];
    liq_journal *journal;
    liq_journal_last expected;
    const uint64_t snapshots =
        last->tick % RECORD_SNAPSHOT_EVERY == 0 ? last->tick - 1 : last->tick;

    record_folder_make(other);
    journal = record_open(other);
    cr_assert_eq(liq_journal_checkpoint_start(journal, NULL), LIQ_OK);
    record_ticks(journal, 1, snapshots);
    if (snapshots < last->tick)
        record_ticks(journal, last->tick, last->tick);
    liq_journal_last_read(journal, &expected);
    liq_journal_close(journal);
    cr_expect_str_eq(last->chain, expected.chain);
    record_folder_remove(other);
}

Test(journal_kill, loses_no_tick_that_was_told_and_keeps_none_in_part)
{
    const bool is_long = getenv("LIQ_LONG") != NULL;
    const char *given = getenv("LIQ_SEED");
    const unsigned seed = given == NULL ? 20 : (unsigned)strtoul(given, NULL, 10);
    const uint32_t kills = is_long ? KILLS_LONG : KILLS;
    uint64_t told = 0;
    uint32_t ahead = 0;
    liq_journal_last last = {0};

    srand(seed);
    for (uint32_t i = 0; i < kills; i++) {
        const bool waits = i % 4 != 3;
        const uint64_t acknowledged =
            writer_kill((unsigned)rand() % (waits ? LONGEST_US : LONGEST_US / 2), waits);
        liq_journal_verdict verdict = {.is_sound = true};

        told = acknowledged > told ? acknowledged : told;
        if (!is_long || i % VERIFY_EVERY_LONG == 0)
            verdict = damage_verdict(home); /* of the files as the kill left them */
        cr_assert(verdict.is_sound, "seed %u, kill %u: %s", seed, i, verdict.message);
        last = last_now();
        cr_assert(last.tick == told || last.tick == told + 1,
                  "seed %u, kill %u: %llu was told, and %llu is there", seed, i,
                  (unsigned long long)told, (unsigned long long)last.tick);
        ahead += last.tick > told;
        told = last.tick;
    }
    cr_log_info("%u kills, %llu ticks, %u of them there and not told", kills,
                (unsigned long long)last.tick, ahead);
    cr_expect_gt(last.tick, kills);
    chain_compare(&last);
}
