/*
 * One tick: value, decide, record, hand on. In that order: a decision is on disk before anybody
 * hears of it, and an event is acknowledged when what came of it is on disk.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/fail.h"
#include "book/columns.h"
#include "base/signals.h"
#include "engine/engine_internal.h"

/* How long a full or failing disk is left alone between two tries. */
enum { RETRY_MS = 100, COPY_BYTES = 2 * 1024 * 1024 };

static int64_t tick_time(const liq_engine *engine);
static liq_status core_run(liq_engine *engine, liq_error *err);
static liq_status record(liq_engine *engine, const char *cause, liq_error *err);
static liq_status commit(liq_engine *engine, const liq_journal_tick *tick, liq_error *err);
static void hand_on(liq_engine *engine, const liq_journal_tick *tick);
static void slow_see(liq_engine *engine, const char *cause, uint64_t start_ns);
static void snapshot_begin(liq_engine *engine);

liq_status liq_engine_tick(liq_engine *engine, const char *cause, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    const uint64_t oldest = liq_intake_oldest_ns(&engine->intake);
    uint64_t stage_ns[5] = {0};
    liq_status status;

    if (engine->intake.uncommitted > 0)
        stage_ns[LIQ_SERVE_APPLY] = start_ns - engine->intake.uncommitted_ns;
    if ((status = core_run(engine, err)) != LIQ_OK ||
        (status = record(engine, cause, err)) != LIQ_OK)
        return status;
    stage_ns[LIQ_SERVE_SCAN] = engine->core.last.scan_ns;
    stage_ns[LIQ_SERVE_SETTLE] = engine->core.last.settle_ns;
    engine->last_tick_ns = liq_clock_ns();
    stage_ns[LIQ_SERVE_JOURNAL] = engine->journal_ns;
    stage_ns[LIQ_SERVE_EMIT] = engine->emit_ns;
    liq_engine_metrics_tick(engine, stage_ns, oldest == 0 ? 0 : start_ns - oldest);
    if (engine->intake.due != NULL)
        liq_metrics_observe_ns(engine->metrics, LIQ_SERVE_REACTION, 0,
                               engine->last_tick_ns - engine->intake.due_ns);
    slow_see(engine, cause, start_ns);
    liq_intake_committed(&engine->intake);
    liq_kill_point("acked");
    snapshot_begin(engine);
    return LIQ_OK;
}

/* By the wall, or by the events; and never back. */
static int64_t tick_time(const liq_engine *engine)
{
    if (!engine->config->by_events)
        return liq_clock_wall_ms();
    return engine->core.event_ms == INT64_MIN ? 0 : engine->core.event_ms;
}

/* A device that is lost takes nothing with it: the same tick is taken on the host. */
static liq_status core_run(liq_engine *engine, liq_error *err)
{
    liq_core *core = &engine->core;
    liq_error reason;
    const liq_status status = liq_core_run(core, tick_time(engine), &reason);

    if (status == LIQ_OK)
        return LIQ_OK;
    if (status != LIQ_DEVICE_FAULT || core->cpu_only || !engine->config->cpu_takes_over)
        return liq_fail(err, status, reason.native, "tick %" PRIu64 ": %s", core->tick + 1,
                        reason.message);
    liq_log_write(engine->log, LIQ_LOG_ERROR, "device_lost",
                  LIQ_LOG_FIELDS(liq_log_string("reason", reason.message)));
    liq_metrics_add(engine->metrics, LIQ_SERVE_DEVICE_FAILURES, 0, 1);
    return liq_core_take_over(core, err);
}

static liq_status record(liq_engine *engine, const char *cause, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_journal_tick tick;
    uint64_t done_ns;
    liq_status status;

    if ((status = liq_tick_record_make(&engine->record, &engine->core, cause, &tick, err)) !=
            LIQ_OK ||
        (status = liq_engine_outlets_note(engine, err)) != LIQ_OK)
        return status;
    engine->lines_ns = liq_clock_ns() - start_ns;
    liq_kill_point("decided");
    if ((status = commit(engine, &tick, err)) != LIQ_OK)
        return status;
    liq_kill_point("journaled");
    done_ns = liq_clock_ns();
    engine->journal_ns = done_ns - start_ns;
    liq_tick_record_done(&engine->record, &engine->core);
    hand_on(engine, &tick);
    liq_kill_point("emitted");
    liq_engine_acknowledge(engine);
    engine->emit_ns = liq_clock_ns() - done_ns;
    return LIQ_OK;
}

/*
 * While the disk takes nothing, nothing is decided: the decisions of this tick wait, later events
 * fill the queue, and then their readers wait. Everything goes on where it stood.
 */
static liq_status commit(liq_engine *engine, const liq_journal_tick *tick, liq_error *err)
{
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
    liq_error reason;
    liq_status status;

    while ((status = liq_journal_commit(engine->journal, tick, &reason)) == LIQ_IO) {
        liq_metrics_add(engine->metrics, LIQ_SERVE_JOURNAL_FAILURES, 0, 1);
        liq_log_write(engine->log, LIQ_LOG_ERROR, "journal_failing",
                      LIQ_LOG_FIELDS(liq_log_count("tick", tick->tick),
                                     liq_log_string("reason", reason.message)));
        engine->is_journal_failing = true;
        if (liq_signals_caught() != 0)
            break;
        liq_engine_between(engine);
        (void)nanosleep(&pause, NULL);
    }
    if (status == LIQ_OK && engine->is_journal_failing) {
        engine->is_journal_failing = false;
        liq_log_write(engine->log, LIQ_LOG_WARN, "journal_works_again",
                      LIQ_LOG_FIELDS(liq_log_count("tick", tick->tick)));
    }
    return status == LIQ_OK ? LIQ_OK
                            : liq_fail(err, status, reason.native, "tick %" PRIu64 ": %s",
                                       tick->tick, reason.message);
}

static void hand_on(liq_engine *engine, const liq_journal_tick *tick)
{
    for (uint32_t i = 0; i < tick->decision_count; i++) {
        liq_line_ring_add(engine->ring, tick->decisions[i].seq, tick->decisions[i].line);
        liq_metrics_add(engine->metrics, LIQ_SERVE_DECISIONS,
                        liq_serve_decision_series(tick->decisions[i].action->kind), 1);
    }
    if (tick->decision_count == 0)
        return;
    liq_line_ring_tell(engine->ring);
    if (engine->socket != NULL)
        liq_feed_socket_wake(engine->socket);
}

/* What is left to copy is copied between ticks; a piece of it also behind each, so that it ends
 * however busy they are. */
static void snapshot_begin(liq_engine *engine)
{
    liq_journal_facts facts;
    liq_error reason;

    if (liq_state_is_busy(&engine->snapshot)) {
        (void)liq_state_advance(&engine->snapshot, &engine->core, COPY_BYTES);
        liq_state_freeze(&engine->snapshot, &engine->core);
        return;
    }
    liq_journal_facts_read(engine->journal, &facts);
    if (engine->core.tick == engine->snapshot_tick ||
        (engine->core.tick < engine->snapshot_tick + (uint64_t)engine->config->snapshot_ticks &&
         facts.input_bytes < (uint64_t)engine->config->snapshot_bytes))
        return;
    if (liq_state_begin(&engine->snapshot, &engine->core, engine->config->state, &reason) != LIQ_OK)
        liq_log_write(engine->log, LIQ_LOG_ERROR, "snapshot_failed",
                      LIQ_LOG_FIELDS(liq_log_string("reason", reason.message)));
}

static void slow_see(liq_engine *engine, const char *cause, uint64_t start_ns)
{
    const bool is_due = engine->intake.due != NULL && engine->intake.due_ns < start_ns;
    const uint64_t wait_ns = is_due ? start_ns - engine->intake.due_ns : 0;
    const liq_core_tick *last = &engine->core.last;
    liq_tick_times times = {.tick = last->tick,
                            .now_ms = last->now_ms,
                            .all = wait_ns + engine->last_tick_ns - start_ns,
                            .wait = wait_ns,
                            .scan = last->scan_ns,
                            .settle = last->settle_ns,
                            .lines = engine->lines_ns,
                            .emit = engine->emit_ns,
                            .events = engine->intake.uncommitted,
                            .rows_valued = last->live.rows_valued,
                            .is_snapshot_under = liq_state_is_busy(&engine->snapshot)};
    liq_journal_facts facts;

    liq_journal_facts_read(engine->journal, &facts);
    times.inputs = facts.inputs_ns;
    times.rows = facts.rows_ns;
    times.commit = facts.commit_ns;
    (void)snprintf(times.cause, sizeof times.cause, "%s", cause);
    liq_slow_ticks_see(&engine->slow, &times);
}
