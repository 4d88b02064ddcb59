/*
 * Snapshots of a book that goes on changing while the thread that writes them takes its memory,
 * writes and gives up: the engine's thread and that one never have the same at the same time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <liqscan/book.h>

#include "base/fail.h"
#include "engine/state_writer.h"
#include "feed/feed_parse.h"

enum { ROUNDS = 12, STEPS = 400, PIECE_BYTES = 4096, LINE_BYTES = 256 };

typedef struct given {
    liq_core core;
    liq_snapshot_writer writer;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint32_t step;
    char folder[64];
} given;

static void start(given *self);
static void step(given *self);
static bool is_written(given *self);
static void end(given *self);

int main(void)
{
    static given self;
    uint32_t written = 0;
    liq_error err;

    start(&self);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        LIQ_ASSERT(liq_state_begin(&self.writer, &self.core, self.folder, &err) == LIQ_OK);
        /* Some are ended early: at any stage. */
        for (uint32_t i = 0; i < (round % 3 == 2 ? round : STEPS) && !is_written(&self); i++)
            step(&self);
        written += is_written(&self);
        liq_state_end(&self.writer);
    }
    end(&self);
    LIQ_ASSERT(written > 0);
    (void)printf("tsan_state_writer: ok, %u of %u written\n", written, (unsigned)ROUNDS);
    return 0;
}

static void start(given *self)
{
    const liq_core_config config = {.sources = {"orders"},
                                    .source_count = 1,
                                    .advice_ms = 3000,
                                    .book_is_complete = true,
                                    .limits = {64, 512, 64}};
    liq_book *book = NULL;
    liq_error err;

    (void)snprintf(self->folder, sizeof self->folder, "/tmp/liq-tsan-XXXXXX");
    LIQ_ASSERT(mkdtemp(self->folder) != NULL);
    LIQ_ASSERT(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err) == LIQ_OK);
    LIQ_ASSERT(liq_core_create(&self->core, &config, book, &err) == LIQ_OK);
    LIQ_ASSERT(liq_feed_batch_create(&self->batch, &err) == LIQ_OK);
}

/* A position changes, a piece is copied, the engine ticks. */
static void step(given *self)
{
    char line[LINE_BYTES];
    liq_error err;

    (void)snprintf(line, sizeof line,
                   "{\"seq\":%u,\"type\":\"balance\",\"account\":\"birch\",\"asset\":\"USDT\","
                   "\"walletBalance\":\"%u\"}",
                   self->step + 1, 5000 + self->step % 100);
    self->step++;
    liq_feed_batch_clear(self->batch);
    LIQ_ASSERT(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err) == LIQ_OK);
    LIQ_ASSERT(liq_core_apply(&self->core, 0, &self->batch->events[0], &err) == LIQ_OK);
    (void)liq_state_advance(&self->writer, &self->core, PIECE_BYTES);
    LIQ_ASSERT(liq_core_run(&self->core, 1000 + self->step, &err) == LIQ_OK);
    liq_state_freeze(&self->writer, &self->core);
    (void)usleep(200);
}

static bool is_written(given *self)
{
    char path[128];
    char name[LIQ_STATE_NAME_BYTES];

    if (self->writer.tick == 0)
        return false;
    liq_state_name(name, self->writer.tick);
    (void)snprintf(path, sizeof path, "%s/%s", self->folder, name);
    return access(path, F_OK) == 0;
}

static void end(given *self)
{
    liq_state_remove_before(self->folder, UINT64_MAX);
    LIQ_ASSERT(rmdir(self->folder) == 0);
    liq_core_destroy(&self->core);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}
