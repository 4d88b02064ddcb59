#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "book/columns.h"
#include "base/file.h"
#include "base/memory.h"
#include "engine/engine_internal.h"
#include "engine/venue_input.h"

enum {
    LOOK_NS = 200000000,  /* between two looks at what changes slowly */
    TORN_NS = 1000000000, /* a due tick waits so long for what belongs with the last event */
    DRAIN_NS = 5000000,   /* a due tick waits so long for what is behind it in the queue */
    RING_BYTES = 16 * 1024 * 1024,
    BATCHES_AT_ONCE = 64,
    CATCH_UP_AT_ONCE = 512,        /* accounts: less than a millisecond, in which marks may come */
    COPY_AT_ONCE = 2 * 1024 * 1024 /* bytes, likewise */
};

static liq_status engine_open(liq_engine *engine, liq_error *err);
static liq_status metrics_make(liq_engine *engine, liq_error *err);
static bool must_go_on(const liq_engine *engine);
static void batches_take(liq_engine *engine, int64_t wait_ns);
static liq_status events_apply(liq_engine *engine, liq_error *err);
static const char *tick_cause(const liq_engine *engine, uint64_t now_ns);
static liq_status snapshot_last(liq_engine *engine, liq_error *err);
static void snapshot_look(liq_engine *engine);
static uint64_t snapshot_note(liq_engine *engine, uint64_t tick);
static liq_status venue_read(const liq_engine *engine, char **out, liq_error *err);

liq_status liq_engine_create(liq_engine **out, const liq_engine_config *config, const char *version,
                             liq_log *log, liq_error *err)
{
    liq_engine *engine = NULL;
    liq_status status = liq_memory_array(&engine, 1, sizeof *engine, err);

    if (status != LIQ_OK)
        return status;
    engine->config = config;
    engine->version = version;
    engine->log = log;
    (void)pthread_mutex_init(&engine->older.lock, NULL);
    liq_engine_outlets_name(engine);
    if ((status = engine_open(engine, err)) != LIQ_OK) {
        liq_engine_destroy(engine);
        return status;
    }
    *out = engine;
    return LIQ_OK;
}

static liq_status engine_open(liq_engine *engine, liq_error *err)
{
    liq_status status;

    if ((status = liq_engine_recover(engine, err)) != LIQ_OK ||
        (status = liq_tick_record_create(&engine->record, err)) != LIQ_OK ||
        (status = liq_feed_queue_create(&engine->queue, (size_t)engine->config->queue_bytes,
                                        err)) != LIQ_OK ||
        (status = liq_line_ring_create(&engine->ring, RING_BYTES, engine->core.seq, err)) !=
            LIQ_OK ||
        (status = metrics_make(engine, err)) != LIQ_OK)
        return status;
    liq_tick_record_done(&engine->record, &engine->core);
    engine->intake = (liq_intake){.config = engine->config,
                                  .core = &engine->core,
                                  .journal = engine->journal,
                                  .queue = engine->queue,
                                  .log = engine->log,
                                  .tell = liq_engine_tell,
                                  .context = engine};
    if ((status = liq_intake_create(&engine->intake, err)) != LIQ_OK)
        return status;
    engine->last_tick_ns = liq_clock_ns();
    if ((status = liq_engine_links_start(engine, err)) == LIQ_OK)
        liq_engine_started_log(engine);
    return status;
}

static liq_status metrics_make(liq_engine *engine, liq_error *err)
{
    const char *sources[LIQ_CONFIG_SOURCES_MAX];
    const char *outlets[LIQ_CONFIG_OUTLETS_MAX];
    const char **funds = NULL;
    const char **instruments = NULL;
    const liq_venue *venue = &engine->core.book->venue;
    const uint32_t fund_count = liq_settle_fund_count(engine->core.settle);
    uint32_t found;
    liq_serve_names names = {.sources = sources,
                             .outlets = outlets,
                             .source_count = engine->config->source_count,
                             .outlet_count = engine->config->outlet_count,
                             .fund_count = fund_count,
                             .instrument_count = venue->instrument_count < LIQ_METRICS_SERIES_MAX
                                                     ? venue->instrument_count
                                                     : LIQ_METRICS_SERIES_MAX - 1,
                             .version = engine->version};
    liq_status status = liq_memory_array(&funds, fund_count, sizeof *funds, err);

    if (status == LIQ_OK)
        status = liq_memory_array(&instruments, (size_t)venue->instrument_count + 1,
                                  sizeof *instruments, err);
    if (status != LIQ_OK) {
        free(funds);
        return status;
    }
    for (uint32_t i = 0; i < names.instrument_count; i++)
        instruments[i] = liq_names_get(venue->instrument_names, i);
    if (!liq_names_find(venue->instrument_names, liq_text_of(LIQ_SERVE_OTHER_INSTRUMENTS), &found))
        instruments[names.instrument_count++] = LIQ_SERVE_OTHER_INSTRUMENTS;
    for (uint32_t i = 0; i < names.source_count; i++)
        sources[i] = engine->config->sources[i].name;
    for (uint32_t i = 0; i < names.outlet_count; i++)
        outlets[i] = engine->outlet_names[i];
    for (uint32_t i = 0; i < fund_count; i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(engine->core.settle, i, &fund);
        funds[i] = fund.fund;
    }
    names.funds = funds;
    names.instruments = instruments;
    status = liq_serve_metrics_create(&engine->metrics, &names, err);
    free(funds);
    free(instruments);
    return status;
}

void liq_engine_destroy(liq_engine *engine)
{
    if (engine == NULL)
        return;
    liq_engine_links_stop(engine);
    liq_state_end(&engine->snapshot);
    liq_intake_destroy(&engine->intake);
    liq_feed_queue_destroy(engine->queue);
    liq_line_ring_destroy(engine->ring);
    liq_tick_record_clear(&engine->record);
    liq_metrics_destroy(engine->metrics);
    liq_journal_reader_close(engine->older.reader);
    (void)pthread_mutex_destroy(&engine->older.lock);
    liq_journal_close(engine->journal);
    liq_core_destroy(&engine->core);
    free(engine);
}

liq_status liq_engine_step(liq_engine *engine, int64_t wait_ms, bool *is_over, liq_error *err)
{
    const char *cause;
    liq_status status;

    *is_over = false;
    batches_take(engine, must_go_on(engine) ? 0 : wait_ms * 1000000);
    if ((status = events_apply(engine, err)) != LIQ_OK)
        return status;
    cause = tick_cause(engine, liq_clock_ns());
    if (cause != NULL && (status = liq_engine_tick(engine, cause, err)) != LIQ_OK)
        return status;
    liq_engine_rotate(engine);
    /* What changed is worked off while no tick is due, so that the next one finds little of it. */
    engine->is_behind = cause != NULL || liq_live_catch_up(engine->core.live, CATCH_UP_AT_ONCE) > 0;
    if (cause == NULL)
        engine->is_behind |= liq_state_advance(&engine->snapshot, &engine->core, COPY_AT_ONCE);
    liq_engine_between(engine);
    *is_over = liq_intake_is_over(&engine->intake) && engine->intake.uncommitted == 0;
    return LIQ_OK;
}

/* Whether there is something to do even when nothing comes. */
static bool must_go_on(const liq_engine *engine)
{
    return engine->intake.due != NULL || engine->intake.is_cut || engine->is_behind;
}

void liq_engine_between(liq_engine *engine)
{
    const uint64_t now_ns = liq_clock_ns();

    liq_engine_answer(engine);
    if (now_ns - engine->last_look_ns < LOOK_NS)
        return;
    engine->last_look_ns = now_ns;
    liq_engine_links_watch(engine);
    liq_log_flush(engine->log);
    snapshot_look(engine);
    liq_engine_metrics_look(engine);
}

static void batches_take(liq_engine *engine, int64_t wait_ns)
{
    liq_feed_batch *batch;

    for (uint32_t i = 0; i < BATCHES_AT_ONCE && !liq_intake_is_full(&engine->intake); i++) {
        if ((batch = liq_feed_queue_pop(engine->queue, i == 0 ? wait_ns : 0)) == NULL)
            break;
        liq_intake_take(&engine->intake, batch);
    }
}

/* A burst of updates costs one scan: what is behind a due tick in the queue is applied first, for
 * as long as a tick may wait. */
static liq_status events_apply(liq_engine *engine, liq_error *err)
{
    liq_feed_queue_facts facts;
    liq_error reason;
    uint64_t stop_ns = 0;
    liq_status status;

    for (;;) {
        if ((status = liq_intake_run(&engine->intake, &reason)) == LIQ_IO)
            return LIQ_OK; /* the journal is failing: the event waits, and the next commit says it
                            */
        if (status != LIQ_OK)
            return liq_fail(err, status, reason.native, "%s", reason.message);
        liq_kill_point("read");
        if (engine->intake.due == NULL || !engine->config->coalesces)
            return LIQ_OK;
        stop_ns = stop_ns == 0 ? liq_clock_ns() + DRAIN_NS : stop_ns;
        liq_feed_queue_facts_read(engine->queue, &facts);
        if (facts.batches == 0 || liq_clock_ns() >= stop_ns)
            return LIQ_OK;
        batches_take(engine, 0);
    }
}

/* Why there must be a tick now; NULL: there need not. Where the clock is that of events and ticks
 * do not coalesce, ticks are where the events put them and nowhere else. */
static const char *tick_cause(const liq_engine *engine, uint64_t now_ns)
{
    const liq_engine_config *config = engine->config;
    const liq_intake *intake = &engine->intake;
    const uint64_t waited_ns = now_ns - intake->uncommitted_ns;

    if (intake->due != NULL && !liq_intake_is_torn(intake))
        return intake->due;
    if (intake->due != NULL && waited_ns > TORN_NS)
        return intake->due; /* what belongs with the last event has not come */
    if (intake->uncommitted > 0 && liq_intake_spent_bytes(intake) > (size_t)config->queue_bytes / 2)
        return "queue";
    if (config->by_events)
        return NULL;
    if (intake->uncommitted > 0 && config->commit_ms > 0 &&
        waited_ns > (uint64_t)config->commit_ms * 1000000)
        return "inputs";
    if (config->tick_interval_ms > 0 &&
        now_ns - engine->last_tick_ns > (uint64_t)config->tick_interval_ms * 1000000)
        return "timer";
    return NULL;
}

static void snapshot_look(liq_engine *engine)
{
    const uint64_t tick = engine->snapshot.tick;
    liq_error reason;
    bool is_noted = false;

    if (liq_state_poll(&engine->snapshot, engine->journal, &is_noted, &reason) != LIQ_OK) {
        liq_log_write(engine->log, LIQ_LOG_ERROR, "snapshot_failed",
                      LIQ_LOG_FIELDS(liq_log_string("reason", reason.message)));
        engine->snapshot_tick = engine->core.tick; /* tried again after as many ticks */
        return;
    }
    if (is_noted)
        liq_state_release(&engine->snapshot, snapshot_note(engine, tick));
}

/* @return those of ticks before that are to be removed: the journal needs them no more; 0: none */
static uint64_t snapshot_note(liq_engine *engine, uint64_t tick)
{
    const uint32_t kept = (uint32_t)engine->config->snapshots_kept;

    engine->snapshot_tick = tick;
    liq_metrics_add(engine->metrics, LIQ_SERVE_SNAPSHOTS, 0, 1);
    liq_log_write(engine->log, LIQ_LOG_INFO, "snapshot",
                  LIQ_LOG_FIELDS(liq_log_count("tick", tick)));
    if (engine->snapshot_count == kept) {
        memmove(engine->snapshots, engine->snapshots + 1, (kept - 1) * sizeof(uint64_t));
        engine->snapshot_count--;
    }
    engine->snapshots[engine->snapshot_count++] = tick;
    liq_engine_prune(engine);
    return engine->snapshot_count == kept ? engine->snapshots[0] : 0;
}

/* What was read is applied, as far as events put ticks; what is left was not acknowledged, so it is
 * sent again. */
liq_status liq_engine_finish(liq_engine *engine, liq_error *err)
{
    bool is_over = false;
    uint64_t before;
    liq_status status = LIQ_OK;

    liq_engine_sources_stop(engine);
    do {
        before = engine->core.tick + engine->intake.uncommitted;
        status = liq_engine_step(engine, 0, &is_over, err);
    } while (status == LIQ_OK && !is_over && !engine->is_journal_failing &&
             engine->core.tick + engine->intake.uncommitted != before);
    if (status == LIQ_OK && engine->intake.uncommitted > 0 && !engine->config->by_events &&
        !liq_intake_is_torn(&engine->intake))
        status = liq_engine_tick(engine, "end", err);
    if (status == LIQ_INTERRUPTED || status == LIQ_IO)
        return LIQ_OK; /* the disk takes nothing: the next start decides this tick again */
    liq_state_end(&engine->snapshot);
    if (status != LIQ_OK || engine->intake.uncommitted > 0 ||
        engine->core.tick == engine->snapshot_tick)
        return status;
    return snapshot_last(engine, err);
}

static liq_status snapshot_last(liq_engine *engine, liq_error *err)
{
    char sha256[LIQ_HASH_HEX_BYTES];
    char name[LIQ_STATE_NAME_BYTES];
    liq_status status = liq_state_save(&engine->core, engine->config->state, sha256, err);

    if (status != LIQ_OK)
        return status;
    liq_state_name(name, engine->core.tick);
    if ((status = liq_journal_snapshot_note(engine->journal, engine->core.tick, name, sha256,
                                            err)) == LIQ_OK)
        liq_state_remove_before(engine->config->state, snapshot_note(engine, engine->core.tick));
    return status;
}

/*
 * A new venue.json is an input: it is kept beside the journal under its hash, written down as what
 * was applied at this point, and then applied.
 */
liq_status liq_engine_reload(liq_engine *engine, liq_error *err)
{
    char *text = NULL;
    liq_status status = venue_read(engine, &text, err);

    if (status == LIQ_OK && strcmp(text, engine->core.book->venue_text) != 0)
        status = liq_venue_input(&engine->core, engine->journal, text, err);
    free(text);
    return status;
}

static liq_status venue_read(const liq_engine *engine, char **out, liq_error *err)
{
    char path[4096];
    liq_file file;
    size_t bytes;
    liq_status status;

    if ((size_t)snprintf(path, sizeof path, "%s/venue.json", engine->config->book) >= sizeof path)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the path of the book is too long");
    if ((status = liq_file_open(&file, path, err)) != LIQ_OK)
        return status;
    status = liq_file_read_all(out, &bytes, &file, LIQ_JSON_BYTES_MAX, err);
    liq_file_close(&file);
    return status;
}

void liq_engine_status_text(const liq_engine *engine, char *out, size_t room)
{
    const char *unready = liq_core_unready(&engine->core);

    (void)snprintf(out, room, "tick %" PRIu64 ", %" PRIu64 " decisions, %" PRIu64 " flagged, %s",
                   engine->core.tick, engine->core.seq, engine->core.last.live.flagged,
                   engine->is_journal_failing ? "journal failing"
                   : unready != NULL          ? unready
                                              : "ready");
}

bool liq_engine_is_ready(const liq_engine *engine)
{
    return !engine->is_journal_failing && liq_core_unready(&engine->core) == NULL;
}
