/*
 * Snapshots that are written beside the ticks: of one tick exactly, whatever changes while they are
 * copied, and given up without harm at any stage.
 */
#include <criterion/criterion.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/state_writer.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"
#include "journal/support_record.h"

enum { NOW = 1000000, STEP_MS = 100, TICKS = 30, EVENTS = 6, PIECE_BYTES = 700, POLLS = 5000 };

typedef struct given {
    liq_core core;
    liq_snapshot_writer writer;
    liq_journal *journal;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seq;
    int64_t now_ms;
    uint64_t state;
    char folder[64];
    char journal_folder[RECORD_PATH_BYTES];
} given;

static void make(given *self, uint64_t seed, bool has_journal)
{
    const liq_core_config config = {.sources = {"orders"},
                                    .source_count = 1,
                                    .advice_ms = 3000,
                                    .book_is_complete = true,
                                    .limits = {64, 512, 64}};
    liq_book *book = NULL;
    liq_error err;

    *self = (given){.now_ms = NOW, .state = seed, .folder = "/tmp/liq-writer-XXXXXX"};
    cr_assert_not_null(mkdtemp(self->folder));
    record_folder_make(self->journal_folder);
    if (has_journal) {
        self->journal = record_open(self->journal_folder);
        record_ticks(self->journal, 1, TICKS);
    }
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(&self->core, &config, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_feed_batch_create(&self->batch, &err), LIQ_OK);
}

static void clear(given *self)
{
    char command[RECORD_PATH_BYTES + 80];

    liq_state_end(&self->writer);
    liq_core_destroy(&self->core);
    liq_journal_close(self->journal);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
    (void)snprintf(command, sizeof command, "rm -rf '%s' '%s'", self->folder, self->journal_folder);
    cr_assert_eq(system(command), 0);
}

static uint32_t draw(given *self, uint32_t below)
{
    self->state = self->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(self->state >> 33) % below;
}

static void apply(liq_core *core, given *self, const char *line)
{
    liq_error err;

    liq_feed_batch_clear(self->batch);
    cr_assert_eq(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err), LIQ_OK,
                 "%s: %s", line, err.message);
    if (liq_core_apply(core, 0, &self->batch->events[0], &err) != LIQ_OK)
        return; /* refused ones count as well: they hold accounts */
}

/* Something of every kind: accounts come and go, holdings change, prices and depth move. */
static const char *event_draw(given *self, char out[512])
{
    static const char *const symbols[] = {"BTCUSDT", "ETHUSDT"};
    const char *symbol = symbols[draw(self, 2)];
    const uint32_t account = draw(self, 9);
    const uint32_t amount = draw(self, 1000);
    int used =
        snprintf(out, 512, "{\"seq\":%" PRIu64 ",\"time\":%" PRId64 ",", ++self->seq, self->now_ms);
    char *at = out + used;
    const size_t room = 512 - (size_t)used;

    switch (draw(self, 7)) {
    case 0:
        (void)snprintf(at, room, "\"type\":\"account\",\"account\":\"new-%u\",\"accountSeq\":%u%s}",
                       account, amount + 1, amount % 4 == 0 ? ",\"status\":\"closed\"" : "");
        break;
    case 1:
        (void)snprintf(at, room,
                       "\"type\":\"balance\",\"account\":\"new-%u\",\"asset\":\"USDT\","
                       "\"walletBalance\":\"%u\"}",
                       account, 10 * amount);
        break;
    case 2:
    case 3:
        (void)snprintf(at, room,
                       "\"type\":\"position\",\"account\":\"new-%u\",\"symbol\":\"%s\","
                       "\"side\":\"%s\",\"contracts\":\"0.%03u\",\"entryPrice\":\"%u\","
                       "\"marginMode\":\"cross\"}",
                       account, symbol, amount % 2 == 0 ? "long" : "short", amount,
                       2000 + 10 * amount);
        break;
    case 4:
        (void)snprintf(at, room,
                       "\"type\":\"order\",\"account\":\"new-%u\",\"symbol\":\"%s\",\"id\":%u,"
                       "\"side\":\"buy\",\"remaining\":\"0.%03u\",\"price\":\"%u\"}",
                       account, symbol, 1 + amount % 5, amount, 2000 + amount);
        break;
    case 5:
        (void)snprintf(at, room,
                       "\"type\":\"depthUpdate\",\"symbol\":\"%s\",\"bids\":[[\"%u\",\"%u\"]],"
                       "\"asks\":[]}",
                       symbol, 1000 + amount, amount % 7);
        break;
    default:
        (void)snprintf(at, room,
                       "\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":"
                       "\"%u\"}]}",
                       64000 + amount / 16);
    }
    return out;
}

static void tick(liq_core *core, int64_t now_ms)
{
    liq_error err;

    cr_assert_eq(liq_core_run(core, now_ms, &err), LIQ_OK, "%s", err.message);
}

static void step(given *self)
{
    char line[512];

    self->now_ms += STEP_MS;
    for (uint32_t i = 0; i < EVENTS; i++) {
        apply(&self->core, self, event_draw(self, line));
        (void)liq_state_advance(&self->writer, &self->core, PIECE_BYTES);
    }
    tick(&self->core, self->now_ms);
}

/* @return whether it was noted */
static bool told(given *self, liq_status *status)
{
    bool is_noted = false;
    liq_error err;

    for (uint32_t i = 0; i < POLLS; i++) {
        *status = liq_state_poll(&self->writer, self->journal, &is_noted, &err);
        if (*status != LIQ_OK || is_noted || !liq_state_is_busy(&self->writer))
            break;
        (void)usleep(1000);
    }
    return is_noted;
}

/* A price that brings birch, of which nothing has changed, to the warning level: that it was told
 * is in the snapshot. */
static void warn(given *self)
{
    char line[160];

    (void)snprintf(line, sizeof line,
                   "{\"seq\":%" PRIu64 ",\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\","
                   "\"markPrice\":\"62150.4\"}]}",
                   ++self->seq);
    apply(&self->core, self, line);
    self->now_ms += STEP_MS;
    tick(&self->core, self->now_ms);
}

/* Until the snapshot is of a tick. The thread takes its memory whenever it does. */
static uint64_t frozen(given *self)
{
    for (uint32_t i = 0; i < TICKS && self->writer.tick == 0; i++) {
        (void)usleep(1000);
        step(self);
        while (self->core.tick > TICKS * 3 / 4 &&
               liq_state_advance(&self->writer, &self->core, PIECE_BYTES))
            ;
        if (liq_live_shadow_is_whole(&self->writer.shadow))
            warn(self);
        liq_state_freeze(&self->writer, &self->core);
    }
    return self->writer.tick;
}

static void load(given *self, liq_core *out, uint64_t of)
{
    char name[LIQ_STATE_NAME_BYTES];
    liq_error err;

    *out = (liq_core){.folder = self->folder};
    liq_state_name(name, of);
    cr_assert_eq(liq_state_load(out, self->folder, name, self->writer.sha256, &err), LIQ_OK, "%s",
                 err.message);
}

/* What was written goes on as the core does that was not written. */
Test(state_writer, writes_the_tick_at_which_it_froze)
{
    for (uint64_t seed = 1; seed <= 4; seed++) {
        static given self;
        static liq_core again;
        char line[512];
        liq_status status;
        liq_error err;

        make(&self, seed, true);
        step(&self);
        cr_assert_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_OK);
        cr_expect_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_DUPLICATE);
        cr_assert_eq(frozen(&self), self.core.tick, "seed %" PRIu64, seed);
        cr_assert_gt(self.core.tick, 1);
        cr_assert(told(&self, &status), "seed %" PRIu64, seed);
        load(&self, &again, self.core.tick);
        for (uint32_t i = 0; i < 4; i++) {
            self.now_ms += STEP_MS;
            (void)event_draw(&self, line);
            apply(&self.core, &self, line);
            apply(&again, &self, line);
            tick(&self.core, self.now_ms);
            tick(&again, self.now_ms);
            cr_expect_str_eq(again.last.state_hash, self.core.last.state_hash, "seed %" PRIu64,
                             seed);
        }
        liq_core_destroy(&again);
        clear(&self);
    }
}

Test(state_writer, removes_older_snapshots_when_it_is_told_to)
{
    static given self;
    char sha256[LIQ_HASH_HEX_BYTES];
    char path[160];
    liq_status status;
    liq_error err;

    make(&self, 7, true);
    step(&self);
    cr_assert_eq(liq_state_save(&self.core, self.folder, sha256, &err), LIQ_OK);
    (void)snprintf(path, sizeof path, "%s/state-%" PRIu64, self.folder, self.core.tick);
    cr_assert_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_OK);
    cr_assert_gt(frozen(&self), 0);
    cr_assert(told(&self, &status));
    cr_expect_eq(access(path, F_OK), 0);
    liq_state_release(&self.writer, self.writer.tick);
    cr_expect(!told(&self, &status) && status == LIQ_OK);
    cr_expect(!liq_state_is_busy(&self.writer));
    cr_expect_neq(access(path, F_OK), 0);
    (void)snprintf(path, sizeof path, "%s/state-%" PRIu64, self.folder, self.writer.tick);
    cr_expect_eq(access(path, F_OK), 0);
    clear(&self);
}

/* At whatever stage: while memory is taken, while it is copied, while it is written. */
Test(state_writer, can_be_ended_at_any_stage)
{
    for (uint32_t steps = 0; steps < 12; steps += 2) {
        static given self;
        liq_error err;

        make(&self, 100 + steps, false);
        step(&self);
        cr_assert_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_OK);
        for (uint32_t i = 0; i < steps; i++)
            step(&self);
        if (steps > 8)
            cr_expect_gt(frozen(&self), 0);
        liq_state_end(&self.writer);
        cr_expect_null(self.core.live->book.shadow);
        step(&self);
        clear(&self);
    }
}

/* A changed venue makes another live book: what was copied of the old one is of no use. */
Test(state_writer, gives_up_when_another_book_comes)
{
    static given self;
    liq_status status;
    liq_error err;
    char *text;

    make(&self, 50, true);
    step(&self);
    cr_assert_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_OK);
    for (uint32_t i = 0; i < POLLS && self.core.live->book.shadow == NULL; i++) {
        (void)usleep(1000);
        (void)liq_state_advance(&self.writer, &self.core, 1);
    }
    cr_assert_not_null(self.core.live->book.shadow);
    text = strdup(self.core.book->venue_text);
    cr_assert_eq(liq_core_rebuild(&self.core, "venue.json", text, &err), LIQ_OK, "%s", err.message);
    free(text);
    step(&self);
    liq_state_freeze(&self.writer, &self.core);
    cr_expect(!told(&self, &status));
    cr_expect_eq(status, LIQ_INTERRUPTED);
    cr_expect(!liq_state_is_busy(&self.writer));
    cr_assert_eq(liq_state_begin(&self.writer, &self.core, self.folder, &err), LIQ_OK);
    cr_expect_gt(frozen(&self), 0);
    cr_expect(told(&self, &status));
    clear(&self);
}
