/*
 * Reading a journal beside its writer: lines, inputs, snapshots, lists.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/journal_inputs.h"
#include "journal/journal_reader.h"
#include "support_record.h"

enum { TICKS = 45 };

static char home[RECORD_PATH_BYTES];
static liq_journal *journal;
static liq_journal_reader *reader;

static void setup(void)
{
    liq_error err = {0};

    record_folder_make(home);
    journal = record_open(home);
    record_ticks(journal, 1, TICKS);
    cr_assert_eq(liq_journal_reader_open(&reader, home, &err), LIQ_OK, "%s", err.message);
}

static void teardown(void)
{
    liq_journal_reader_close(reader);
    liq_journal_close(journal);
    record_folder_remove(home);
}

TestSuite(journal_reader, .init = setup, .fini = teardown);

Test(journal_reader, sees_what_is_committed_and_nothing_else)
{
    liq_journal_last expected;
    liq_journal_last last;
    liq_error err = {0};

    cr_assert_eq(record_inputs(journal, TICKS + 1, &err), LIQ_OK);
    cr_assert_eq(liq_journal_reader_last(reader, &last, &err), LIQ_OK, "%s", err.message);
    liq_journal_last_read(journal, &expected);
    cr_expect_eq(last.tick, TICKS);
    cr_expect_eq(last.seq, expected.seq);
    cr_expect_str_eq(last.chain, expected.chain);
    cr_assert_eq(record_commit(journal, TICKS + 1, &err), LIQ_OK);
    cr_assert_eq(liq_journal_reader_last(reader, &last, &err), LIQ_OK);
    cr_expect_eq(last.tick, TICKS + 1);
    cr_expect_str_eq(liq_journal_reader_name(reader), "demo");
}

Test(journal_reader, gives_lines_as_they_were_emitted_from_any_on)
{
    char room[2048];
    size_t bytes = 0;
    uint64_t seq = 1;
    uint64_t lines = 0;
    liq_error err = {0};

    do {
        uint64_t next = 0;

        cr_assert_eq(liq_journal_reader_lines(reader, seq, room, sizeof room, &bytes, &next, &err),
                     LIQ_OK, "%s", err.message);
        for (size_t at = 0; at < bytes; lines++) {
            const char *end = memchr(room + at, '\n', bytes - at);
            char start[32];

            cr_assert_not_null(end);
            (void)snprintf(start, sizeof start, "{\"seq\":%llu,", (unsigned long long)lines + 1);
            cr_expect_eq(strncmp(room + at, start, strlen(start)), 0, "%s", start);
            at = (size_t)(end - room) + 1;
        }
        cr_expect_eq(next, lines + 1);
        seq = next;
    } while (bytes > 0);
    cr_expect_eq(lines, record_first_seq(TICKS + 1) - 1);
    cr_expect_eq(liq_journal_reader_lines(reader, 5, room, 100, &bytes, &seq, &err),
                 LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "decision 5 has"), "%s", err.message);
}

static void inputs_compare(uint64_t after_tick)
{
    liq_journal_inputs *inputs = NULL;
    liq_journal_step step = {.kind = LIQ_JOURNAL_STEP_INPUT};
    liq_error err = {0};

    cr_assert_eq(liq_journal_inputs_open(&inputs, reader, after_tick, &err), LIQ_OK, "%s",
                 err.message);
    for (uint64_t tick = after_tick + 1; tick <= TICKS; tick++) {
        for (uint32_t i = 0; i < record_input_count(tick); i++) {
            cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK, "%s", err.message);
            cr_assert_eq(step.kind, LIQ_JOURNAL_STEP_INPUT);
            cr_expect_eq(step.tick, tick);
            cr_expect_str_eq(step.source, record_source(i));
            cr_expect_str_eq(step.line.data, record_line(tick, i));
            cr_expect_eq(step.line.bytes, strlen(record_line(tick, i)));
        }
        cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(step.kind, LIQ_JOURNAL_STEP_TICK);
        cr_expect_eq(step.tick, tick);
        cr_expect_eq(step.now_ms, 1700000000000 + (int64_t)tick * 100);
        cr_expect_str_eq(step.cause, tick % 2 == 0 ? "marks" : "timer");
        cr_expect_eq(step.last_seq, record_first_seq(tick + 1) - 1);
        cr_expect_eq(strlen(step.state_hash), 64);
    }
    cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK);
    cr_expect_eq(step.kind, LIQ_JOURNAL_STEP_END);
    liq_journal_inputs_close(inputs);
}

Test(journal_reader, gives_inputs_tick_by_tick_from_any_on)
{
    liq_journal_inputs *inputs = NULL;
    liq_error err = {0};
    uint64_t from = 0;

    cr_assert_eq(liq_journal_reader_kept_from(reader, &from, &err), LIQ_OK);
    cr_expect_eq(from, 21);
    for (uint64_t tick = from - 1; tick <= TICKS; tick++)
        inputs_compare(tick);
    cr_expect_eq(liq_journal_inputs_open(&inputs, reader, from - 2, &err), LIQ_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, "the inputs of tick 20 are gone by policy: those of "
                                           "tick 21 and later are kept"),
                       "%s", err.message);
    cr_expect_eq(liq_journal_inputs_open(&inputs, reader, TICKS + 1, &err), LIQ_NOT_FOUND);
    cr_expect_not_null(strstr(err.message, "there is no tick 46"), "%s", err.message);
}

Test(journal_reader, gives_snapshots_newest_first)
{
    liq_journal_snapshot snapshot;
    liq_error err = {0};

    for (uint32_t i = 0; i < 4; i++) {
        char file[32];

        cr_assert_eq(liq_journal_reader_snapshot(reader, i, &snapshot, &err), LIQ_OK, "%s",
                     err.message);
        (void)snprintf(file, sizeof file, "snapshot-%u", 40 - 10 * i);
        cr_expect_str_eq(snapshot.file, file);
        cr_expect_eq(snapshot.tick, 40 - 10 * i);
        cr_expect_eq(snapshot.noted_after, 40 - 10 * i);
        cr_expect_eq(strlen(snapshot.sha256), 64);
    }
    cr_expect_eq(liq_journal_reader_snapshot(reader, 4, &snapshot, &err), LIQ_NOT_FOUND);
}

static uint64_t rows_count(liq_journal_list list, liq_journal_range range, int64_t *first,
                           int64_t *last)
{
    liq_journal_rows *rows = NULL;
    liq_error err = {0};
    bool has_row = true;
    uint64_t count = 0;

    cr_assert_eq(liq_journal_rows_open(&rows, reader, list, &range, &err), LIQ_OK, "%s",
                 err.message);
    while (liq_journal_rows_next(rows, &has_row, &err) == LIQ_OK && has_row) {
        *last = liq_journal_rows_number(rows, 0);
        if (count++ == 0)
            *first = *last;
    }
    liq_journal_rows_close(rows);
    return count;
}

typedef struct range_case {
    liq_journal_list list;
    liq_journal_range range;
    uint64_t count;
    int64_t first;
    int64_t last;
} range_case;

Test(journal_reader, lists_what_lies_in_a_range)
{
    static const range_case rows[] = {{LIQ_JOURNAL_TICKS, {0, 0, NULL}, 45, 1, 45},
                                      {LIQ_JOURNAL_TICKS, {1, 3, NULL}, 3, 1, 3},
                                      {LIQ_JOURNAL_TICKS, {44, 99, NULL}, 2, 44, 45},
                                      {LIQ_JOURNAL_TICKS, {46, 99, NULL}, 0, -1, -1},
                                      {LIQ_JOURNAL_DECISIONS, {0, 0, NULL}, 67, 1, 67},
                                      {LIQ_JOURNAL_DECISIONS, {5, 5, NULL}, 1, 5, 5},
                                      {LIQ_JOURNAL_DECISIONS, {0, 0, "account 3"}, 13, 3, 63},
                                      {LIQ_JOURNAL_DECISIONS, {0, 0, "whale"}, 11, 6, 66},
                                      {LIQ_JOURNAL_DECISIONS, {0, 0, "nobody"}, 0, -1, -1},
                                      {LIQ_JOURNAL_LEGS, {0, 0, NULL}, 201, 1, 67},
                                      {LIQ_JOURNAL_LEGS, {3, 4, NULL}, 6, 3, 4},
                                      {LIQ_JOURNAL_MARKS, {0, 0, NULL}, 170, 1, 45},
                                      {LIQ_JOURNAL_MARKS, {2, 2, NULL}, 5, 2, 2},
                                      {LIQ_JOURNAL_FUNDS, {0, 0, NULL}, 12, 1, 45},
                                      {LIQ_JOURNAL_SOURCES, {0, 0, NULL}, 72, 1, 45}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t first = -1;
        int64_t last = -1;

        cr_expect_eq(rows_count(rows[i].list, rows[i].range, &first, &last), rows[i].count,
                     "row %zu", i);
        cr_expect_eq(first, rows[i].first, "row %zu: %lld", i, (long long)first);
        cr_expect_eq(last, rows[i].last, "row %zu: %lld", i, (long long)last);
    }
}

Test(journal_reader, lists_more_rows_than_a_block_holds)
{
    static char lines[3000][64];
    static liq_journal_decision decisions[3000];
    static liq_journal_leg legs[6000];
    liq_journal_tick tick = {.tick = TICKS + 1,
                             .cause = "marks",
                             .decisions = decisions,
                             .legs = legs,
                             .decision_count = 3000,
                             .leg_count = 6000};
    int64_t first = 0;
    int64_t last = 0;
    liq_error err = {0};

    for (uint32_t i = 0; i < 3000; i++) {
        (void)snprintf(lines[i], sizeof lines[i], "{\"seq\":%u}", 68 + i);
        decisions[i] = (liq_journal_decision){.seq = 68 + i, .line = liq_text_of(lines[i])};
        for (uint32_t j = 0; j < 2; j++)
            legs[2 * i + j] = (liq_journal_leg){
                .seq = 68 + i, .room = "venue", .asset = "USDT", .amount = j == 0 ? "1" : "-1"};
    }
    cr_assert_eq(liq_journal_commit(journal, &tick, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(rows_count(LIQ_JOURNAL_DECISIONS, (liq_journal_range){0}, &first, &last), 3067);
    cr_expect_eq(last, 3067);
    cr_expect_eq(rows_count(LIQ_JOURNAL_LEGS, (liq_journal_range){0}, &first, &last), 6201);
    cr_expect_eq(last, 3067);
}

Test(journal_reader, says_which_decisions_a_tick_has)
{
    uint64_t first = 0;
    uint64_t last = 0;
    liq_error err = {0};

    cr_assert_eq(liq_journal_reader_seqs(reader, 3, &first, &last, &err), LIQ_OK);
    cr_expect_eq(first, 3);
    cr_expect_eq(last, 6);
    cr_assert_eq(liq_journal_reader_seqs(reader, 4, &first, &last, &err), LIQ_OK);
    cr_expect_eq(first, last);
    cr_expect_eq(liq_journal_reader_seqs(reader, 46, &first, &last, &err), LIQ_NOT_FOUND);
    cr_expect_eq(liq_journal_reader_seqs(reader, UINT64_MAX, &first, &last, &err), LIQ_NOT_FOUND);
}

Test(journal_reader, gives_inputs_that_are_longer_than_what_it_reads_at_once)
{
    static char longest[LIQ_JOURNAL_INPUT_BYTES_MAX];
    const liq_text line = {.data = longest, .bytes = sizeof longest};
    liq_journal_inputs *inputs = NULL;
    liq_journal_step step;
    liq_error err = {0};

    for (size_t i = 0; i < sizeof longest; i++)
        longest[i] = (char)('a' + i % 25);
    for (int i = 0; i < 2; i++)
        cr_assert_eq(liq_journal_input(journal, "s", line, &err), LIQ_OK);
    cr_assert_eq(liq_journal_input(journal, "s", liq_text_of("x"), &err), LIQ_OK);
    cr_assert_eq(record_commit(journal, TICKS + 1, &err), LIQ_OK);
    cr_assert_eq(liq_journal_inputs_open(&inputs, reader, TICKS, &err), LIQ_OK);
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK, "%s", err.message);
        cr_assert_eq(step.kind, LIQ_JOURNAL_STEP_INPUT);
        cr_expect_eq(step.line.bytes, i < 2 ? sizeof longest : 1);
        cr_expect(i == 2 || memcmp(step.line.data, longest, sizeof longest) == 0);
    }
    cr_assert_eq(liq_journal_inputs_next(inputs, &step, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(step.kind, LIQ_JOURNAL_STEP_TICK);
    liq_journal_inputs_close(inputs);
}
