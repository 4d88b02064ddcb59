/*
 * From batches of sources into the core: each source in the order of its numbers, sources beside
 * each other, and what is given back when.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/intake.h"

enum { MARKS = 0, ORDERS = 1, GAP_MS = 20, LINES_MAX = 256 };

/* An intake with all that it works with; everything is applied to the bundled book. */
typedef struct given {
    liq_engine_config config;
    liq_core core;
    liq_intake intake;
    liq_feed_parser parser;
    char folder[64];
    char *lines[LINES_MAX]; /* which the batches point into */
    uint32_t line_count;
    uint32_t given_back;
    char told[1024];
} given;

static void tell(void *context, uint32_t source, uint64_t from, uint64_t to, uint64_t seq,
                 const char *reason)
{
    given *self = context;
    const size_t used = strlen(self->told);

    (void)snprintf(self->told + used, sizeof self->told - used,
                   "%u:%" PRIu64 "-%" PRIu64 ",%" PRIu64 " %.24s;", source, from, to, seq, reason);
}

static void make(given *self, bool coalesces)
{
    const liq_core_config config = {.sources = {"marks", "orders"},
                                    .source_count = 2,
                                    .stale_ms = 5000,
                                    .advice_ms = 3000,
                                    .book_is_complete = true};
    liq_journal_options options = {.folder = self->folder, .name = "test"};
    liq_book *book = NULL;
    liq_error err;

    *self = (given){.folder = "/tmp/liq-intake-XXXXXX"};
    cr_assert_not_null(mkdtemp(self->folder));
    self->config = (liq_engine_config){.source_count = 2,
                                       .queue_bytes = 4 << 20,
                                       .reorder_events = 3,
                                       .coalesces = coalesces,
                                       .by_events = true};
    self->config.sources[MARKS] = (liq_source_config){.name = "marks", .gap_ms = GAP_MS};
    self->config.sources[ORDERS] = (liq_source_config){.name = "orders", .gap_ms = GAP_MS};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK);
    cr_assert_eq(liq_core_create(&self->core, &config, book, &err), LIQ_OK, "%s", err.message);
    self->intake =
        (liq_intake){.config = &self->config, .core = &self->core, .tell = tell, .context = self};
    cr_assert_eq(liq_journal_open(&self->intake.journal, &options, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_feed_queue_create(&self->intake.queue, 64 << 20, &err), LIQ_OK);
    cr_assert_eq(liq_intake_create(&self->intake, &err), LIQ_OK, "%s", err.message);
}

static void clear(given *self)
{
    char command[128];

    liq_intake_destroy(&self->intake);
    liq_feed_queue_destroy(self->intake.queue);
    liq_journal_close(self->intake.journal);
    liq_core_destroy(&self->core);
    liq_feed_parser_clear(&self->parser);
    for (uint32_t i = 0; i < self->line_count; i++)
        free(self->lines[i]);
    (void)snprintf(command, sizeof command, "rm -r '%s'", self->folder);
    cr_assert_eq(system(command), 0);
}

static given *batch_owner;

static void given_back(liq_feed_batch *batch)
{
    (void)batch;
    batch_owner->given_back++;
}

/* A batch of lines, NULL behind the last. */
static void take(given *self, uint32_t source, ...)
{
    liq_feed_batch *batch = NULL;
    const char *line;
    va_list lines;

    cr_assert_eq(liq_feed_queue_blank(self->intake.queue, &batch, NULL), LIQ_OK);
    va_start(lines, source);
    while ((line = va_arg(lines, const char *)) != NULL) {
        char *copy = strdup(line);

        cr_assert_lt(self->line_count, LINES_MAX);
        self->lines[self->line_count++] = copy;
        cr_assert_eq(liq_feed_parse(&self->parser, batch, liq_text_of(copy), NULL), LIQ_OK);
    }
    va_end(lines);
    batch->source = source;
    batch->arrived_ns = self->line_count;
    batch->done = given_back;
    batch_owner = self;
    liq_intake_take(&self->intake, batch);
}

static void run(given *self)
{
    liq_error err;

    cr_assert_eq(liq_intake_run(&self->intake, &err), LIQ_OK, "%s", err.message);
}

/* A balance of an account under a number; lent until the fourth call after. */
static const char *balance(uint64_t seq, const char *rest)
{
    static char lines[4][256];
    static uint32_t next;
    char *line = lines[next++ % 4];

    (void)snprintf(line, sizeof lines[0],
                   "{\"seq\":%" PRIu64 ",%s\"type\":\"balance\",\"account\":\"abacus\","
                   "\"asset\":\"USDT\",\"walletBalance\":\"%" PRIu64 "\"}",
                   seq, rest, seq);
    return line;
}

static const char *marks(uint64_t seq, const char *rest)
{
    static char lines[4][256];
    static uint32_t next;
    char *line = lines[next++ % 4];

    (void)snprintf(line, sizeof lines[0],
                   "{\"seq\":%" PRIu64 ",%s\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\","
                   "\"markPrice\":\"62150\"}]}",
                   seq, rest);
    return line;
}

static void expect_counts(const given *self, uint64_t applied, uint64_t repeated, uint64_t waited,
                          uint64_t gaps)
{
    const liq_intake_counts *counts = &self->intake.lanes[ORDERS].counts;

    cr_expect_eq(counts->applied, applied, "%" PRIu64 " applied", counts->applied);
    cr_expect_eq(counts->repeated, repeated, "%" PRIu64 " repeated", counts->repeated);
    cr_expect_eq(counts->waited, waited, "%" PRIu64 " waited", counts->waited);
    cr_expect_eq(counts->gaps, gaps, "%" PRIu64 " gaps", counts->gaps);
}

Test(intake, applies_each_number_once)
{
    given self;

    make(&self, false);
    take(&self, ORDERS, balance(1, ""), balance(2, ""), balance(2, ""), balance(1, ""), NULL);
    take(&self, ORDERS, balance(1, ""), balance(3, ""), NULL);
    run(&self);
    expect_counts(&self, 3, 3, 0, 0);
    cr_expect_eq(self.core.sources[ORDERS].applied, 3);
    clear(&self);
}

Test(intake, applies_what_came_too_early_in_its_turn)
{
    given self;

    make(&self, false);
    take(&self, ORDERS, balance(1, ""), balance(4, ""), balance(3, ""), NULL);
    run(&self);
    expect_counts(&self, 1, 0, 2, 0);
    take(&self, ORDERS, balance(2, ""), balance(5, ""), NULL);
    run(&self);
    expect_counts(&self, 5, 0, 2, 0);
    cr_expect_eq(self.core.sources[ORDERS].applied, 5);
    cr_expect_str_eq(self.told, "");
    clear(&self);
}

Test(intake, declares_a_gap_when_what_is_missing_does_not_come)
{
    given self;

    make(&self, false);
    take(&self, ORDERS, balance(1, ""), balance(4, ""), NULL);
    run(&self);
    (void)usleep((GAP_MS + 10) * 1000);
    run(&self);
    expect_counts(&self, 2, 0, 1, 1);
    cr_expect_str_eq(self.told, "1:2-3,0 gap;");
    take(&self, ORDERS, balance(2, ""), balance(5, ""), NULL);
    run(&self);
    expect_counts(&self, 3, 1, 1, 1);
    clear(&self);
}

Test(intake, declares_a_gap_when_too_many_wait)
{
    given self;

    make(&self, false);
    take(&self, ORDERS, balance(1, ""), balance(3, ""), balance(4, ""), balance(6, ""), NULL);
    take(&self, ORDERS, balance(7, ""), NULL);
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 4, "2 is given up, and 5 is waited for");
    cr_expect_str_eq(self.told, "1:2-2,0 gap;");
    clear(&self);
}

/* Only the source that waits does. */
Test(intake, has_an_event_wait_for_another_source)
{
    given self;

    make(&self, true);
    take(&self, ORDERS, balance(1, ""), balance(2, "\"after\":{\"marks\":2},"), balance(3, ""),
         NULL);
    take(&self, MARKS, marks(1, ""), NULL);
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 1);
    cr_expect_eq(self.core.sources[MARKS].applied, 1);
    take(&self, MARKS, marks(2, "\"after\":{\"orders\":1},"), NULL);
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 3);
    cr_expect_eq(self.core.sources[MARKS].applied, 2);
    clear(&self);
}

/* What it waits for can no longer come in: then it does not wait. */
Test(intake, does_not_wait_when_there_is_no_room_for_what_it_waits_for)
{
    given self;

    make(&self, true);
    self.config.queue_bytes = 1;
    take(&self, ORDERS, balance(1, "\"after\":{\"marks\":9},"), NULL);
    cr_expect(liq_intake_is_full(&self.intake));
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 1);
    clear(&self);
}

Test(intake, stops_at_an_event_that_makes_a_tick_due)
{
    given self;

    make(&self, false);
    take(&self, MARKS, marks(1, ""), marks(2, ""), NULL);
    run(&self);
    cr_expect_eq(self.core.sources[MARKS].applied, 1);
    cr_expect_str_eq(self.intake.due, "marks");
    cr_expect(self.intake.is_cut);
    run(&self);
    cr_expect_eq(self.core.sources[MARKS].applied, 1, "until the tick is recorded");
    liq_intake_committed(&self.intake);
    run(&self);
    cr_expect_eq(self.core.sources[MARKS].applied, 2);
    liq_intake_committed(&self.intake);
    run(&self);
    cr_expect(!self.intake.is_cut);
    cr_expect_null(self.intake.due);
    clear(&self);
}

/* A tick of marks takes in what had come when the newest of them came. */
Test(intake, leaves_what_came_behind_marks_for_behind_their_tick)
{
    given self;

    make(&self, true);
    take(&self, ORDERS, balance(1, ""), NULL);
    take(&self, MARKS, marks(1, ""), NULL);
    take(&self, ORDERS, balance(2, ""), NULL);
    take(&self, MARKS, marks(2, ""), NULL);
    take(&self, ORDERS, balance(3, ""), NULL);
    run(&self);
    cr_expect_str_eq(self.intake.due, "marks");
    cr_expect_eq(self.core.sources[MARKS].applied, 2, "the newest wins");
    cr_expect_eq(self.core.sources[ORDERS].applied, 2);
    cr_expect(self.intake.is_cut);
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 2, "until the tick is recorded");
    liq_intake_committed(&self.intake);
    run(&self);
    cr_expect_eq(self.core.sources[ORDERS].applied, 3);
    cr_expect(!self.intake.is_cut);
    cr_expect_null(self.intake.due);
    clear(&self);
}

Test(intake, keeps_events_together_that_belong_together)
{
    given self;

    make(&self, false);
    take(&self, MARKS, marks(1, "\"more\":true,"), NULL);
    run(&self);
    cr_expect(liq_intake_is_torn(&self.intake));
    take(&self, MARKS, marks(2, ""), marks(3, ""), NULL);
    run(&self);
    cr_expect(!liq_intake_is_torn(&self.intake));
    cr_expect_eq(self.core.sources[MARKS].applied, 2);
    clear(&self);
}

Test(intake, takes_a_burst_of_marks_into_one_tick)
{
    given self;

    make(&self, true);
    take(&self, MARKS, marks(1, ""), marks(2, ""), marks(3, ""), NULL);
    run(&self);
    cr_expect_eq(self.intake.uncommitted, 3);
    liq_intake_committed(&self.intake);
    cr_expect_eq(self.intake.coalesced, 2);
    cr_expect_eq(self.intake.uncommitted, 0);
    clear(&self);
}

/* Whoever sent a batch is told when all of it is durable, and not while an event of it waits. */
Test(intake, gives_batches_back_when_nothing_of_them_waits)
{
    given self;

    make(&self, true);
    take(&self, ORDERS, balance(1, ""), balance(3, ""), NULL);
    run(&self);
    cr_expect_eq(self.given_back, 0, "nothing is recorded");
    liq_intake_committed(&self.intake);
    cr_expect_eq(self.given_back, 0, "3 waits");
    take(&self, ORDERS, balance(2, ""), NULL);
    run(&self);
    liq_intake_committed(&self.intake);
    cr_expect_eq(self.given_back, 2);
    cr_expect_eq(liq_intake_spent_bytes(&self.intake), 0);
    clear(&self);
}

/* Without a number nobody knows what is missing; the gap shows by itself. */
Test(intake, refuses_what_has_no_number_and_what_cannot_be_applied)
{
    given self;

    make(&self, true);
    take(&self, ORDERS, "no JSON", balance(1, ""),
         "{\"seq\":2,\"type\":\"balance\",\"account\":\"nobody\",\"asset\":\"USDT\","
         "\"walletBalance\":\"1\"}",
         NULL);
    run(&self);
    cr_expect_eq(self.intake.lanes[ORDERS].counts.refused, 2);
    cr_expect_eq(self.core.sources[ORDERS].applied, 2);
    cr_expect_not_null(strstr(self.told, "1:0-0,0 "), "%s", self.told);
    cr_expect_not_null(strstr(self.told, "1:0-0,2 "), "%s", self.told);
    clear(&self);
}

Test(intake, is_over_when_all_sources_have_ended_and_nothing_waits)
{
    given self;

    make(&self, true);
    for (uint32_t source = 0; source < 2; source++) {
        take(&self, source, source == MARKS ? marks(1, "") : balance(1, ""), NULL);
        self.intake.lanes[source].last->is_end = true;
    }
    cr_expect(!liq_intake_is_over(&self.intake));
    cr_expect_eq(liq_intake_oldest_ns(&self.intake), 1);
    run(&self);
    cr_expect(!liq_intake_is_over(&self.intake), "the balance came behind the marks");
    liq_intake_committed(&self.intake);
    run(&self);
    cr_expect(liq_intake_is_over(&self.intake));
    cr_expect_eq(liq_intake_oldest_ns(&self.intake), 0);
    clear(&self);
}
