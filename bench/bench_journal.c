/*
 * What recording a tick costs: with nothing in it, with the inputs and decisions of a busy tick,
 * and in a burst of decisions; beside what the disk takes for the same bytes alone.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench.h"
#include "journal/journal.h"
#include "journal/journal_verify.h"

enum {
    INPUTS = 10000,
    INPUT_BYTES = 130,
    DECISIONS = 10,
    BURST = 32000,
    MARKS = 162,
    LEGS_EACH = 3,
    LINE_BYTES = 400,
    PAGE_BYTES = 4096
};

typedef struct journal_bench {
    bench_state bench;
    char folder[BENCH_PATH_BYTES];
    liq_journal *journal;
    int file; /* for the disk alone */
    size_t file_bytes;
    uint32_t decision_count;
    uint32_t burst;
    char *zeros;
    liq_journal_decision *decisions;
    liq_settle_action *actions;
    liq_journal_leg *legs;
    char (*lines)[LINE_BYTES];
    liq_journal_mark marks[MARKS];
    char symbols[MARKS][16];
} journal_bench;

static void prepare(journal_bench *self);
static void decisions_fill(journal_bench *self);
static void row_take(journal_bench *self, bench_row row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err));
static liq_status disk_once(void *context, uint64_t *ns, liq_error *err);
static liq_status empty_once(void *context, uint64_t *ns, liq_error *err);
static liq_status inputs_once(void *context, uint64_t *ns, liq_error *err);
static liq_status busy_once(void *context, uint64_t *ns, liq_error *err);
static liq_status burst_once(void *context, uint64_t *ns, liq_error *err);
static liq_status open_once(void *context, uint64_t *ns, liq_error *err);
static liq_status verify_once(void *context, uint64_t *ns, liq_error *err);
static liq_status inputs_add(journal_bench *self, liq_error *err);
static liq_status tick_commit(journal_bench *self, uint32_t decisions, uint64_t *ns,
                              liq_error *err);
static void clear(journal_bench *self);

int main(int argument_count, char **arguments)
{
    static journal_bench self;
    const uint64_t input_bytes = (uint64_t)INPUTS * (INPUT_BYTES + sizeof "orders" + 1);

    bench_start(&self.bench, "journal", argument_count, arguments);
    prepare(&self);
    self.file_bytes = PAGE_BYTES;
    row_take(&self, (bench_row){.what = "disk alone: append 4 KiB, fdatasync", .bytes = PAGE_BYTES},
             disk_once);
    self.file_bytes = (size_t)input_bytes;
    row_take(&self,
             (bench_row){.what = "disk alone: append the inputs, fdatasync", .bytes = input_bytes},
             disk_once);
    row_take(&self, (bench_row){.what = "commit of an empty tick"}, empty_once);
    row_take(&self, (bench_row){.what = "10,000 inputs added", .bytes = input_bytes}, inputs_once);
    row_take(&self,
             (bench_row){.what = "commit, 10,000 inputs, 10 decisions", .bytes = input_bytes},
             busy_once);
    row_take(&self, (bench_row){.what = "open"}, open_once);
    row_take(&self, (bench_row){.what = "verify"}, verify_once);
    row_take(&self,
             (bench_row){.what = self.burst == BURST ? "commit, 32,000 decisions, 96,000 legs"
                                                     : "commit, 1,000 decisions, 3,000 legs"},
             burst_once);
    clear(&self);
    return bench_end(&self.bench);
}

static void prepare(journal_bench *self)
{
    const char *parent = getenv("TMPDIR");
    const liq_journal_options options = {.folder = self->folder, .name = "bench"};
    char path[BENCH_PATH_BYTES + 16];
    liq_error err = {0};

    self->burst = self->bench.is_small ? 1000 : BURST;
    (void)snprintf(self->folder, sizeof self->folder, "%s/liqscan-journal-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    bench_check(&self->bench, mkdtemp(self->folder) != NULL, "no folder for a journal");
    (void)snprintf(path, sizeof path, "%s/alone", self->folder);
    self->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    bench_check(&self->bench, self->file >= 0, "no file beside the journal");
    bench_need(&self->bench, liq_journal_open(&self->journal, &options, &err), &err);
    bench_need(&self->bench, liq_journal_checkpoint_start(self->journal, &err), &err);
    bench_need(&self->bench,
               liq_memory_array(&self->zeros, (size_t)INPUTS * 2 * INPUT_BYTES, 1, &err), &err);
    bench_need(&self->bench,
               liq_memory_array(&self->decisions, self->burst, sizeof *self->decisions, &err),
               &err);
    bench_need(&self->bench,
               liq_memory_array(&self->actions, self->burst, sizeof *self->actions, &err), &err);
    bench_need(
        &self->bench,
        liq_memory_array(&self->legs, (size_t)self->burst * LEGS_EACH, sizeof *self->legs, &err),
        &err);
    bench_need(&self->bench, liq_memory_array(&self->lines, self->burst, sizeof *self->lines, &err),
               &err);
    for (uint32_t i = 0; i < MARKS; i++) {
        (void)snprintf(self->symbols[i], sizeof self->symbols[i], "SYMBOL%uUSDT", i);
        self->marks[i] =
            (liq_journal_mark){.symbol = self->symbols[i], .price = "12345.678", .is_index = false};
    }
}

/* Numbers and lines of the next tick. */
static void decisions_fill(journal_bench *self)
{
    liq_journal_last last;

    liq_journal_last_read(self->journal, &last);
    for (uint32_t i = 0; i < self->decision_count; i++) {
        const uint64_t seq = last.seq + 1 + i;
        liq_settle_action *action = &self->actions[i];
        const int bytes = snprintf(
            self->lines[i], LINE_BYTES,
            "{\"seq\":%llu,\"tick\":%llu,\"action\":\"close\",\"account\":\"account-1234\","
            "\"margin\":\"cross\",\"instrument\":\"SYMBOL7USDT\",\"side\":\"long\",\"quantity\":"
            "\"1.5\",\"price\":\"12345.678\",\"cash\":\"-12.25\",\"asset\":\"USDT\",\"fund\":null,"
            "\"reason\":\"flagged\",\"against\":null,\"rank\":null,\"request\":null,\"state\":"
            "\"done\"}",
            (unsigned long long)seq, (unsigned long long)last.tick + 1);

        *action = (liq_settle_action){.seq = seq,
                                      .tick = last.tick + 1,
                                      .kind = LIQ_SETTLE_CLOSE,
                                      .reason = LIQ_BECAUSE_FLAGGED,
                                      .account = "account-1234",
                                      .instrument = "SYMBOL7USDT",
                                      .asset = "USDT",
                                      .side = 1,
                                      .quantity = "1.5",
                                      .price = "12345.678",
                                      .cash = "-12.25"};
        self->decisions[i] =
            (liq_journal_decision){.seq = seq,
                                   .line = {.data = self->lines[i], .bytes = (size_t)bytes},
                                   .action = action,
                                   .equity = "123.45678901",
                                   .maintenance_margin = "234.56789012"};
        for (uint32_t j = 0; j < LEGS_EACH; j++)
            self->legs[i * LEGS_EACH + j] =
                (liq_journal_leg){.seq = seq,
                                  .room = "accounts",
                                  .account = "account-1234",
                                  .asset = "USDT",
                                  .amount = j < 2 ? "-6.1250000000001" : "12.2500000000002"};
    }
}

static void row_take(journal_bench *self, bench_row row,
                     liq_status (*run)(void *context, uint64_t *ns, liq_error *err))
{
    liq_error err = {0};

    bench_need(&self->bench, measure_take(&row.time, &self->bench.limits, run, self, &err), &err);
    bench_row_write(&self->bench, &row);
}

static liq_status disk_once(void *context, uint64_t *ns, liq_error *err)
{
    const journal_bench *self = context;
    const uint64_t start_ns = liq_clock_ns();

    (void)err;
    bench_check(&self->bench,
                write(self->file, self->zeros, self->file_bytes) == (ssize_t)self->file_bytes &&
                    fdatasync(self->file) == 0,
                "the disk alone fails");
    *ns = liq_clock_ns() - start_ns;
    return LIQ_OK;
}

static liq_status empty_once(void *context, uint64_t *ns, liq_error *err)
{
    return tick_commit(context, 0, ns, err);
}

static liq_status inputs_once(void *context, uint64_t *ns, liq_error *err)
{
    journal_bench *self = context;
    const uint64_t start_ns = liq_clock_ns();
    uint64_t commit_ns;
    const liq_status status = inputs_add(self, err);

    *ns = liq_clock_ns() - start_ns;
    return status == LIQ_OK ? tick_commit(self, 0, &commit_ns, err) : status;
}

static liq_status busy_once(void *context, uint64_t *ns, liq_error *err)
{
    const liq_status status = inputs_add(context, err);

    return status == LIQ_OK ? tick_commit(context, DECISIONS, ns, err) : status;
}

static liq_status burst_once(void *context, uint64_t *ns, liq_error *err)
{
    const journal_bench *self = context;

    return tick_commit(context, self->burst, ns, err);
}

static liq_status open_once(void *context, uint64_t *ns, liq_error *err)
{
    journal_bench *self = context;
    const liq_journal_options options = {.folder = self->folder, .name = "bench"};
    uint64_t start_ns;
    liq_status status;

    liq_journal_close(self->journal);
    self->journal = NULL;
    start_ns = liq_clock_ns();
    status = liq_journal_open(&self->journal, &options, err);
    *ns = liq_clock_ns() - start_ns;
    return status;
}

static liq_status verify_once(void *context, uint64_t *ns, liq_error *err)
{
    const journal_bench *self = context;
    liq_journal_verdict verdict;
    const uint64_t start_ns = liq_clock_ns();
    const liq_status status = liq_journal_verify(&verdict, self->folder, NULL, err);

    *ns = liq_clock_ns() - start_ns;
    bench_check(&self->bench, status != LIQ_OK || verdict.is_sound, verdict.message);
    return status;
}

static liq_status inputs_add(journal_bench *self, liq_error *err)
{
    char line[INPUT_BYTES];
    liq_status status = LIQ_OK;

    memset(line, 'x', sizeof line);
    for (uint32_t i = 0; i < INPUTS && status == LIQ_OK; i++) {
        line[i % INPUT_BYTES] = (char)('a' + i % 26);
        status = liq_journal_input(self->journal, "orders",
                                   (liq_text){.data = line, .bytes = sizeof line}, err);
    }
    return status;
}

static liq_status tick_commit(journal_bench *self, uint32_t decisions, uint64_t *ns, liq_error *err)
{
    const liq_journal_source source = {.source = "orders", .position = 1};
    liq_journal_last last;
    liq_journal_tick tick;
    uint64_t start_ns;
    liq_status status;

    self->decision_count = decisions;
    decisions_fill(self);
    liq_journal_last_read(self->journal, &last);
    tick = (liq_journal_tick){.tick = last.tick + 1,
                              .now_ms = 1700000000000,
                              .cause = "marks",
                              .decisions = self->decisions,
                              .legs = self->legs,
                              .marks = self->marks,
                              .sources = &source,
                              .decision_count = decisions,
                              .leg_count = decisions * LEGS_EACH,
                              .mark_count = decisions > 0 ? MARKS : 0,
                              .source_count = decisions > 0 ? 1 : 0};
    memset(tick.state_hash, 'a', 64);
    start_ns = liq_clock_ns();
    status = liq_journal_commit(self->journal, &tick, err);
    *ns = liq_clock_ns() - start_ns;
    return status;
}

static void clear(journal_bench *self)
{
    static const char *const files[] = {"journal.db", "lock", "last-tick", "alone"};
    char path[BENCH_PATH_BYTES + 64];
    liq_journal_last last;

    liq_journal_last_read(self->journal, &last);
    liq_journal_close(self->journal);
    (void)close(self->file);
    for (uint64_t tick = 1; tick <= last.tick; tick++) {
        (void)snprintf(path, sizeof path, "%s/inputs-%llu.log", self->folder,
                       (unsigned long long)tick);
        (void)unlink(path);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", self->folder, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(self->folder);
    free(self->zeros);
    free(self->decisions);
    free(self->actions);
    free(self->legs);
    free(self->lines);
}
