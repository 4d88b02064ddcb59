/*
 * The writer: what it keeps, what it refuses, and what it finds when it is opened again.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support_record.h"

static char home[RECORD_PATH_BYTES];

static void setup(void)
{
    record_folder_make(home);
}

static void teardown(void)
{
    record_folder_remove(home);
}

TestSuite(journal, .init = setup, .fini = teardown);

static liq_journal_last last_of(const liq_journal *journal)
{
    liq_journal_last last;

    liq_journal_last_read(journal, &last);
    return last;
}

Test(journal, begins_with_nothing)
{
    liq_journal *journal = record_open(home);
    const liq_journal_last last = last_of(journal);
    struct stat facts;

    cr_expect(last.is_new);
    cr_expect_eq(last.tick, 0);
    cr_expect_eq(last.seq, 0);
    cr_expect_eq(strlen(last.chain), 64);
    cr_expect_str_eq(last.state_hash, "");
    cr_expect_eq(liq_journal_source_position(journal, "orders"), 0);
    cr_expect_eq(liq_journal_outlet_position(journal, "nats"), 0);
    liq_journal_close(journal);
    cr_expect_eq(stat(record_path(home, "journal.db"), &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0600);
}

Test(journal, makes_its_folder_for_its_owner_alone)
{
    const char *folder = record_path(home, "state");
    const liq_journal_options options = {.folder = folder, .name = RECORD_NAME};
    liq_journal *journal = NULL;
    liq_error err = {0};
    struct stat facts;

    cr_assert_eq(liq_journal_open(&journal, &options, &err), LIQ_OK, "%s", err.message);
    liq_journal_close(journal);
    cr_expect_eq(stat(folder, &facts), 0);
    cr_expect_eq(facts.st_mode & 0777, 0700);
    record_folder_remove(folder);
}

Test(journal, finds_what_it_recorded)
{
    liq_journal *journal = record_open(home);
    liq_journal_last before;
    liq_journal_last after;
    liq_error err = {0};

    record_ticks(journal, 1, 25);
    cr_assert_eq(liq_journal_outlet_note(journal, "nats", 7, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(liq_journal_outlet_position(journal, "nats"), 7);
    record_ticks(journal, 26, 27);
    before = last_of(journal);
    cr_expect_not(before.is_new);
    cr_expect_eq(before.tick, 27);
    cr_expect_eq(before.seq, record_first_seq(28) - 1);
    liq_journal_close(journal);

    journal = record_open(home);
    after = last_of(journal);
    cr_expect_eq(after.tick, before.tick);
    cr_expect_eq(after.seq, before.seq);
    cr_expect_eq(after.now_ms, 1700000000000 + 2700);
    cr_expect_str_eq(after.chain, before.chain);
    cr_expect_str_eq(after.state_hash, before.state_hash);
    cr_expect_eq(liq_journal_source_position(journal, "orders"), 279);
    cr_expect_eq(liq_journal_source_position(journal, "marks"), 27 * 7);
    cr_expect_eq(liq_journal_source_position(journal, "order"), 0);
    cr_expect_eq(liq_journal_outlet_position(journal, "nats"), 7);
    liq_journal_close(journal);
}

Test(journal, has_the_same_chain_for_the_same_ticks_however_often_it_was_opened)
{
    char other[RECORD_PATH_BYTES];
    liq_journal *once = record_open(home);
    liq_journal *often;
    liq_journal_last expected;

    record_folder_make(other);
    record_ticks(once, 1, 30);
    for (uint64_t tick = 1; tick <= 30; tick++) {
        often = record_open(other);
        record_ticks(often, tick, tick);
        expected = last_of(often);
        liq_journal_close(often);
    }
    cr_expect_str_eq(last_of(once).chain, expected.chain);
    liq_journal_close(once);
    record_folder_remove(other);
}

Test(journal, refuses_a_second_writer_and_says_who_the_first_is)
{
    const liq_journal_options options = {.folder = home, .name = RECORD_NAME};
    liq_journal *first = record_open(home);
    liq_journal *second = NULL;
    liq_error err = {0};
    char holder[64];

    (void)snprintf(holder, sizeof holder, "is held by \"demo\", process %ld", (long)getpid());
    cr_expect_eq(liq_journal_open(&second, &options, &err), LIQ_DUPLICATE);
    cr_expect_null(second);
    cr_expect_not_null(strstr(err.message, holder), "%s", err.message);
    liq_journal_close(first);
    first = record_open(home);
    liq_journal_close(first);
}

Test(journal, refuses_the_journal_of_another_name)
{
    const liq_journal_options options = {.folder = home, .name = "other"};
    liq_journal *journal = record_open(home);
    liq_error err = {0};

    liq_journal_close(journal);
    cr_expect_eq(liq_journal_open(&journal, &options, &err), LIQ_BAD_INPUT);
    cr_expect_not_null(strstr(err.message, "is the journal of \"demo\", not of \"other\""), "%s",
                       err.message);
}

typedef struct wrong_input {
    const char *source;
    const char *line;
    size_t bytes;
    liq_status status;
    const char *message;
} wrong_input;

Test(journal, refuses_an_input_that_is_none)
{
    static char longest[LIQ_JOURNAL_INPUT_BYTES_MAX + 1];
    const wrong_input rows[] = {
        {"", "{}", 2, LIQ_OUT_OF_RANGE, "the name of a source has 1 to 64 bytes, not 0"},
        {"orders\t", "{}", 2, LIQ_BAD_INPUT, "has a control byte in its name"},
        {"or\nders", "{}", 2, LIQ_BAD_INPUT, "has a control byte in its name"},
        {"\xff", "{}", 2, LIQ_BAD_INPUT, "is not UTF-8"},
        {"12345678901234567890123456789012345678901234567890123456789012345", "{}", 2,
         LIQ_OUT_OF_RANGE, "not 65"},
        {"orders", "", 0, LIQ_OUT_OF_RANGE, "an input has 1 to 8388608 bytes, not 0"},
        {"orders", "{\n}", 3, LIQ_BAD_INPUT, "an input is one line"},
        {"orders", longest, sizeof longest, LIQ_OUT_OF_RANGE, "not 8388609"}};
    liq_journal *journal = record_open(home);
    liq_journal_facts facts;

    memset(longest, 'x', sizeof longest);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const liq_text line = {.data = rows[i].line, .bytes = rows[i].bytes};
        liq_error err = {0};

        cr_expect_eq(liq_journal_input(journal, rows[i].source, line, &err), rows[i].status,
                     "row %zu", i);
        cr_expect_not_null(strstr(err.message, rows[i].message), "%s", err.message);
    }
    liq_journal_facts_read(journal, &facts);
    cr_expect_eq(facts.pending_bytes, 0);
    liq_journal_close(journal);
}

Test(journal, takes_the_longest_line_and_more_inputs_than_it_keeps_in_memory)
{
    static char longest[LIQ_JOURNAL_INPUT_BYTES_MAX];
    const liq_text line = {.data = longest, .bytes = sizeof longest};
    liq_journal *journal = record_open(home);
    liq_journal_facts facts;
    liq_error err = {0};

    memset(longest, 'x', sizeof longest);
    record_ticks(journal, 1, 1);
    for (int i = 0; i < 3; i++)
        cr_assert_eq(liq_journal_input(journal, "orders", line, &err), LIQ_OK, "%s", err.message);
    liq_journal_facts_read(journal, &facts);
    cr_expect_eq(facts.pending_bytes, 3 * (sizeof longest + 8));
    cr_expect_geq(record_file_bytes(record_path(home, "inputs-1.log")), 2 * sizeof longest);
    cr_assert_eq(record_commit(journal, 2, &err), LIQ_OK, "%s", err.message);
    record_ticks(journal, 3, 3);
    liq_journal_close(journal);
    journal = record_open(home);
    cr_expect_eq(last_of(journal).tick, 3);
    liq_journal_close(journal);
}

typedef struct wrong_tick {
    const char *what;
    void (*spoil)(liq_journal_tick *tick);
    liq_status status;
    const char *message;
} wrong_tick;

static liq_settle_action spoiled_action;
static liq_journal_decision spoiled_decisions[2];
static liq_journal_leg spoiled_legs[4];
static liq_journal_mark spoiled_mark;
static liq_journal_fund spoiled_fund;
static liq_journal_source spoiled_sources[2];

static void number_spoil(liq_journal_tick *tick)
{
    tick->tick = 3;
}

static void cause_spoil(liq_journal_tick *tick)
{
    tick->cause = "";
}

static void hash_spoil(liq_journal_tick *tick)
{
    (void)snprintf(tick->state_hash, sizeof tick->state_hash, "12");
}

static void marks_hash_spoil(liq_journal_tick *tick)
{
    memset(tick->marks_hash, 'G', 64);
}

static void seq_spoil(liq_journal_tick *tick)
{
    spoiled_decisions[1].seq = 4;
    (void)tick;
}

static void action_spoil(liq_journal_tick *tick)
{
    spoiled_action.seq = 9;
    spoiled_decisions[0].action = &spoiled_action;
    (void)tick;
}

static void empty_line_spoil(liq_journal_tick *tick)
{
    spoiled_decisions[0].line = liq_text_of("");
    (void)tick;
}

static void broken_line_spoil(liq_journal_tick *tick)
{
    spoiled_decisions[0].line = liq_text_of("{\n}");
    (void)tick;
}

static void foreign_line_spoil(liq_journal_tick *tick)
{
    spoiled_decisions[0].line = liq_text_of("{\"\xc3(\"}");
    (void)tick;
}

static void legs_spoil(liq_journal_tick *tick)
{
    spoiled_legs[1].amount = "0.000000000000000000000000000000000000000000000000000000000000999";
    (void)tick;
}

static void asset_spoil(liq_journal_tick *tick)
{
    spoiled_legs[1].asset = "BTC";
    (void)tick;
}

static void amount_spoil(liq_journal_tick *tick)
{
    spoiled_legs[1].amount = "1e3";
    (void)tick;
}

static void leg_order_spoil(liq_journal_tick *tick)
{
    spoiled_legs[0].seq = 3;
    (void)tick;
}

static void leg_seq_spoil(liq_journal_tick *tick)
{
    spoiled_legs[2].seq = spoiled_legs[3].seq = 5;
    (void)tick;
}

static void room_spoil(liq_journal_tick *tick)
{
    spoiled_legs[0].room = NULL;
    (void)tick;
}

static void mark_spoil(liq_journal_tick *tick)
{
    spoiled_mark.price = "";
    (void)tick;
}

static void fund_spoil(liq_journal_tick *tick)
{
    spoiled_fund.balance = NULL;
    (void)tick;
}

static void source_spoil(liq_journal_tick *tick)
{
    spoiled_sources[0].source = "a\tb";
    (void)tick;
}

static void source_twice_spoil(liq_journal_tick *tick)
{
    spoiled_sources[1].source = "orders";
    (void)tick;
}

static liq_journal_tick sound_tick(void)
{
    for (uint32_t i = 0; i < 2; i++) {
        spoiled_decisions[i] =
            (liq_journal_decision){.seq = 2 + i, .line = liq_text_of("{\"note\":true}")};
        for (uint32_t j = 0; j < 2; j++)
            spoiled_legs[2 * i + j] = (liq_journal_leg){.seq = 2 + i,
                                                        .room = "accounts",
                                                        .asset = "USDT",
                                                        .amount = j == 0 ? "-1.50" : "1.5"};
    }
    spoiled_mark = (liq_journal_mark){.symbol = "BTCUSDT", .price = "1"};
    spoiled_fund = (liq_journal_fund){.fund = "USDT", .asset = "USDT", .balance = "1"};
    spoiled_sources[0] = (liq_journal_source){.source = "orders", .position = 1};
    spoiled_sources[1] = (liq_journal_source){.source = "marks", .position = 1};
    return (liq_journal_tick){.tick = 2,
                              .cause = "marks",
                              .decisions = spoiled_decisions,
                              .legs = spoiled_legs,
                              .marks = &spoiled_mark,
                              .funds = &spoiled_fund,
                              .sources = spoiled_sources,
                              .decision_count = 2,
                              .leg_count = 4,
                              .mark_count = 1,
                              .fund_count = 1,
                              .source_count = 2};
}

static const wrong_tick wrong_ticks[] = {
    {"number", number_spoil, LIQ_BAD_INPUT, "tick 3 does not follow tick 1"},
    {"cause", cause_spoil, LIQ_BAD_INPUT, "tick 2 has no cause"},
    {"hash", hash_spoil, LIQ_BAD_INPUT, "a hash is neither empty nor 64 hex digits"},
    {"marks hash", marks_hash_spoil, LIQ_BAD_INPUT, "a hash is neither empty nor 64 hex digits"},
    {"seq", seq_spoil, LIQ_BAD_INPUT, "decision 4 is in the place of decision 3"},
    {"action", action_spoil, LIQ_BAD_INPUT, "decision 2 has action 9"},
    {"empty line", empty_line_spoil, LIQ_OUT_OF_RANGE, "decision 2: a line has 1 to 1048576"},
    {"two lines", broken_line_spoil, LIQ_BAD_INPUT, "decision 2: is not one line of UTF-8"},
    {"bytes", foreign_line_spoil, LIQ_BAD_INPUT, "decision 2: is not one line of UTF-8"},
    {"legs", legs_spoil, LIQ_NOT_CONSERVED,
     "decision 2: its legs in USDT sum to "
     "-1.499999999999999999999999999999999999999999999999999999999999001, not to 0"},
    {"asset", asset_spoil, LIQ_NOT_CONSERVED, "decision 2: its legs in USDT sum to -1.5, not to 0"},
    {"amount", amount_spoil, LIQ_BAD_INPUT, "decision 2: \"1e3\" is no amount"},
    {"order of legs", leg_order_spoil, LIQ_BAD_INPUT, "leg 2 is of decision 2"},
    {"decision of a leg", leg_seq_spoil, LIQ_BAD_INPUT, "leg 3 is of decision 5"},
    {"room", room_spoil, LIQ_BAD_INPUT, "decision 2: a leg lacks its room, asset or amount"},
    {"mark", mark_spoil, LIQ_BAD_INPUT, "tick 2: mark 1 lacks a symbol or a price"},
    {"fund", fund_spoil, LIQ_BAD_INPUT, "tick 2: fund 1 lacks a name, an asset or a balance"},
    {"source", source_spoil, LIQ_BAD_INPUT, "has a control byte in its name"},
    {"a source twice", source_twice_spoil, LIQ_BAD_INPUT, "UNIQUE constraint failed"}};

Test(journal, refuses_a_tick_that_contradicts_itself_and_keeps_nothing_of_it)
{
    liq_journal *journal = record_open(home);
    liq_journal_tick tick;
    liq_error err = {0};

    record_ticks(journal, 1, 1);
    for (size_t i = 0; i < sizeof wrong_ticks / sizeof wrong_ticks[0]; i++) {
        const wrong_tick *row = &wrong_ticks[i];

        tick = sound_tick();
        row->spoil(&tick);
        cr_expect_eq(liq_journal_commit(journal, &tick, &err), row->status, "%s", row->what);
        cr_expect_not_null(strstr(err.message, row->message), "%s: %s", row->what, err.message);
        cr_expect_eq(last_of(journal).tick, 1);
        cr_expect_eq(last_of(journal).seq, 1);
    }
    tick = sound_tick();
    cr_expect_eq(liq_journal_commit(journal, &tick, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(last_of(journal).seq, 3);
    liq_journal_close(journal);
}

Test(journal, never_moves_an_outlet_back_or_past_the_last_decision)
{
    liq_journal *journal = record_open(home);
    liq_error err = {0};

    record_ticks(journal, 1, 4);
    cr_expect_eq(liq_journal_outlet_note(journal, "file", 3, &err), LIQ_OK);
    cr_expect_eq(liq_journal_outlet_note(journal, "file", 2, &err), LIQ_OK);
    cr_expect_eq(liq_journal_outlet_position(journal, "file"), 3);
    cr_expect_eq(liq_journal_outlet_note(journal, "file", 7, &err), LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "has decision 7, and the last one is 6"), "%s",
                       err.message);
    cr_expect_eq(liq_journal_outlet_note(journal, "a\nb", 1, &err), LIQ_BAD_INPUT);
    for (int i = 1; i < LIQ_JOURNAL_OUTLETS_MAX; i++) {
        char name[32];

        (void)snprintf(name, sizeof name, "outlet %d", i);
        cr_expect_eq(liq_journal_outlet_note(journal, name, 1, &err), LIQ_OK, "%s", err.message);
    }
    cr_expect_eq(liq_journal_outlet_note(journal, "one more", 1, &err), LIQ_OUT_OF_RANGE);
    record_ticks(journal, 5, 5);
    liq_journal_close(journal);
    journal = record_open(home);
    cr_expect_eq(liq_journal_outlet_position(journal, "file"), 3);
    cr_expect_eq(liq_journal_outlet_position(journal, "outlet 63"), 1);
    liq_journal_close(journal);
}

Test(journal, forgets_what_an_outlet_noted_when_no_tick_followed)
{
    liq_journal *journal = record_open(home);
    liq_error err = {0};

    record_ticks(journal, 1, 4);
    cr_expect_eq(liq_journal_outlet_note(journal, "file", 3, &err), LIQ_OK);
    liq_journal_close(journal);
    journal = record_open(home);
    cr_expect_eq(liq_journal_outlet_position(journal, "file"), 0);
    liq_journal_close(journal);
}

Test(journal, refuses_a_snapshot_that_cannot_be_one)
{
    static const char hash[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    liq_journal *journal = record_open(home);
    liq_error err = {0};

    record_ticks(journal, 1, 2);
    cr_expect_eq(liq_journal_snapshot_note(journal, 3, "s", hash, &err), LIQ_OUT_OF_RANGE);
    cr_expect_eq(liq_journal_snapshot_note(journal, 2, "", hash, &err), LIQ_BAD_INPUT);
    cr_expect_eq(liq_journal_snapshot_note(journal, 2, "s", hash + 1, &err), LIQ_BAD_INPUT);
    cr_expect_eq(liq_journal_snapshot_note(journal, 0, "s", hash, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(liq_journal_snapshot_note(journal, 0, "s", hash, &err), LIQ_OK, "%s", err.message);
    liq_journal_close(journal);
}

Test(journal, keeps_the_inputs_that_the_last_snapshots_need)
{
    liq_journal *journal = record_open(home);

    cr_assert_eq(liq_journal_checkpoint_start(journal, NULL), LIQ_OK);
    record_ticks(journal, 1, 29);
    cr_expect_eq(access(record_path(home, "inputs-1.log"), F_OK), 0);
    record_ticks(journal, 30, 65);
    liq_journal_close(journal);
    /* Snapshots 40, 50 and 60 are kept: 41 begins what is needed. */
    for (uint64_t tick = 1; tick <= 61; tick += 10) {
        char name[32];

        (void)snprintf(name, sizeof name, "inputs-%llu.log", (unsigned long long)tick);
        cr_expect_eq(access(record_path(home, name), F_OK), tick >= 41 ? 0 : -1, "%s", name);
    }
}

Test(journal, cuts_off_inputs_that_no_tick_has_taken_in)
{
    liq_journal *journal = record_open(home);
    size_t bytes;

    record_ticks(journal, 1, 12);
    bytes = record_file_bytes(record_path(home, "inputs-11.log"));
    cr_assert_eq(record_inputs(journal, 13, NULL), LIQ_OK);
    liq_journal_close(journal);
    record_file_write(record_path(home, "inputs-13.log"), "orders\t{}\n", 10);
    cr_assert_eq(truncate(record_path(home, "inputs-11.log"), (off_t)bytes + 100), 0);
    journal = record_open(home);
    cr_expect_eq(last_of(journal).tick, 12);
    cr_expect_eq(record_file_bytes(record_path(home, "inputs-11.log")), bytes);
    cr_expect_eq(access(record_path(home, "inputs-13.log"), F_OK), -1);
    record_ticks(journal, 13, 14);
    liq_journal_close(journal);
}

Test(journal, is_not_begun_anew_where_one_has_been)
{
    static const char *const left[] = {"inputs-1.log", "journal.db-wal"};
    const liq_journal_options options = {.folder = home, .name = RECORD_NAME};

    for (size_t i = 0; i < 2; i++) {
        liq_journal *journal = NULL;
        liq_error err = {0};

        record_file_write(record_path(home, left[i]), "x", 1);
        cr_expect_eq(liq_journal_open(&journal, &options, &err), LIQ_BAD_INPUT);
        cr_expect_not_null(strstr(err.message, ", but no journal.db"), "%s", err.message);
        (void)unlink(record_path(home, left[i]));
    }
}
