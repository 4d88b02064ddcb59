/*
 * What an operator sees of the engine in numbers.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine_internal.h"
#include "engine/metric_series.h"
#include "scan/live_scan.h"

static void sources_look(liq_engine *engine);
static void outlets_look(liq_engine *engine);
static void book_look(liq_engine *engine);
static void pattern_look(liq_engine *engine);
static uint32_t reasons(const liq_engine *engine);

void liq_engine_metrics_tick(liq_engine *engine, const uint64_t stage_ns[5], uint64_t oldest_ns)
{
    static const liq_serve_held held[LIQ_HELD_REASONS] = {
        [LIQ_HELD_GAP] = LIQ_SERVE_HELD_GAP,    [LIQ_HELD_REFUSED] = LIQ_SERVE_HELD_REFUSED,
        [LIQ_HELD_RESYNC] = LIQ_SERVE_HELD_GAP, [LIQ_HELD_STALE_MARK] = LIQ_SERVE_HELD_STALE_MARK,
        [LIQ_HELD_HALT] = LIQ_SERVE_HELD_HALT,  [LIQ_HELD_ADVISED] = LIQ_SERVE_HELD_ADVISED,
        [LIQ_HELD_GUARD] = LIQ_SERVE_HELD_GUARD};
    const liq_core_tick *tick = &engine->core.last;
    uint64_t all_ns = 0;

    for (uint32_t i = 0; i < 5; i++) {
        all_ns += stage_ns[i];
        liq_metrics_observe_ns(engine->metrics, LIQ_SERVE_TICK_STAGE, i, stage_ns[i]);
    }
    liq_metrics_observe_ns(engine->metrics, LIQ_SERVE_TICK, 0, all_ns);
    liq_metrics_observe_ns(engine->metrics, LIQ_SERVE_OLDEST_EVENT, 0, oldest_ns);
    liq_metrics_observe_ns(engine->metrics, LIQ_SERVE_JOURNAL_COMMIT, 0,
                           stage_ns[LIQ_SERVE_JOURNAL]);
    liq_metrics_add(engine->metrics, LIQ_SERVE_TICKS, 0, 1);
    for (uint32_t i = 0; i < LIQ_HELD_REASONS; i++)
        liq_metrics_add(engine->metrics, LIQ_SERVE_LIQUIDATIONS_HELD, held[i], tick->held[i]);
    liq_metrics_set(engine->metrics, LIQ_SERVE_TICK_NUMBER, 0, (double)tick->tick);
    liq_metrics_set(engine->metrics, LIQ_SERVE_TICK_TIME, 0, (double)tick->now_ms / 1000);
    liq_metrics_set(engine->metrics, LIQ_SERVE_FLAGGED, 0, (double)tick->live.flagged);
    liq_metrics_set(engine->metrics, LIQ_SERVE_UNVALUED, 0,
                    (double)tick->live.by_status[LIQ_MARGIN_UNVALUED]);
    engine->liquidated += strtod(tick->settle.liquidated_notional, NULL);
    liq_metrics_raise(engine->metrics, LIQ_SERVE_LIQUIDATED, 0, (uint64_t)engine->liquidated);
}

void liq_engine_metrics_look(liq_engine *engine)
{
    liq_feed_queue_facts queue;
    liq_journal_facts journal;

    liq_feed_queue_facts_read(engine->queue, &queue);
    liq_journal_facts_read(engine->journal, &journal);
    liq_metrics_set(engine->metrics, LIQ_SERVE_QUEUE_BYTES, 0, (double)queue.bytes);
    liq_metrics_set(engine->metrics, LIQ_SERVE_QUEUE_LIMIT_BYTES, 0, (double)queue.bytes_max);
    liq_metrics_raise(engine->metrics, LIQ_SERVE_QUEUE_WAITS, 0, queue.waits);
    liq_metrics_raise(engine->metrics, LIQ_SERVE_MARKS_COALESCED, 0, engine->intake.coalesced);
    liq_metrics_set(engine->metrics, LIQ_SERVE_JOURNAL_BYTES, 0,
                    (double)(journal.wal_bytes + journal.input_bytes + journal.pending_bytes));
    liq_metrics_set(engine->metrics, LIQ_SERVE_SNAPSHOT_TICK, 0, (double)engine->snapshot_tick);
    liq_metrics_set(engine->metrics, LIQ_SERVE_READY, 0, liq_engine_is_ready(engine));
    liq_metrics_set(engine->metrics, LIQ_SERVE_DEVICE_IN_USE, 0,
                    engine->config->device != NULL && !engine->core.cpu_only);
    sources_look(engine);
    outlets_look(engine);
    book_look(engine);
    pattern_look(engine);
    liq_ops_pages_hold(engine->pages, reasons(engine));
}

static void sources_look(liq_engine *engine)
{
    for (uint32_t i = 0; i < engine->config->source_count; i++) {
        const liq_intake_counts *counts = &engine->intake.lanes[i].counts;

        liq_metrics_raise(engine->metrics, LIQ_SERVE_EVENTS, i, counts->applied);
        liq_metrics_raise(engine->metrics, LIQ_SERVE_EVENTS_REPEATED, i, counts->repeated);
        liq_metrics_raise(engine->metrics, LIQ_SERVE_EVENTS_WAITED, i, counts->waited);
        liq_metrics_raise(engine->metrics, LIQ_SERVE_EVENTS_REFUSED, i, counts->refused);
        liq_metrics_raise(engine->metrics, LIQ_SERVE_GAPS, i, counts->gaps);
    }
}

static void outlets_look(liq_engine *engine)
{
    for (uint32_t i = 0; i < engine->config->outlet_count; i++) {
        liq_outlet_facts facts;

        if (engine->outlets[i] == NULL)
            continue;
        liq_outlet_facts_read(engine->outlets[i], &facts);
        liq_metrics_raise(engine->metrics, LIQ_SERVE_OUTLET_FAILURES, i, facts.failures);
        liq_metrics_set(engine->metrics, LIQ_SERVE_OUTLET_LAG, i, (double)facts.lag);
    }
}

static void book_look(liq_engine *engine)
{
    const liq_core *core = &engine->core;
    const liq_guard_counts guards = liq_guard_counts_read(core->guard.guard);
    uint32_t halted = 0;

    liq_metrics_raise(engine->metrics, LIQ_SERVE_MARKS_DOUBTED, 0, guards.doubted);
    liq_metrics_raise(engine->metrics, LIQ_SERVE_MARKS_REFUSED, 0, guards.refused);
    liq_metrics_set(engine->metrics, LIQ_SERVE_GUARDED, 0, liq_guard_held_count(core->guard.guard));
    liq_metrics_set(engine->metrics, LIQ_SERVE_BREAKERS, 0, liq_settle_breaker_count(core->settle));
    for (uint32_t i = 0; i < core->instrument_count; i++)
        halted += core->is_halted || core->halted[i];
    liq_metrics_set(engine->metrics, LIQ_SERVE_HALTED, 0, halted);
    liq_metrics_set(engine->metrics, LIQ_SERVE_STALE_INSTRUMENTS, 0, liq_core_stale_count(core));
    liq_metrics_set(engine->metrics, LIQ_SERVE_ACCOUNTS, 0, core->live->book.account_count);
    liq_metrics_set(engine->metrics, LIQ_SERVE_POSITIONS, 0,
                    core->live->book.held[LIQ_LIVE_POSITIONS]);
    liq_series_funds(engine->metrics, core->settle);
}

/* Of the accounts that are due no more than a part at each look; the market is that of the last
 * tick. */
static void pattern_look(liq_engine *engine)
{
    liq_pattern *pattern = &engine->core.pattern;
    const double unit = pow(10, engine->core.book->venue.cash_decimals);
    liq_pattern_facts facts;

    if (engine->core.tick == 0)
        return; /* nothing is valued yet */
    liq_pattern_see(pattern, &facts);
    if (facts.age == 0)
        engine->pattern_ns = liq_clock_ns();
    liq_series_interest(engine->metrics, pattern);
    engine->traded += (double)facts.traded / unit;
    liq_metrics_raise(engine->metrics, LIQ_SERVE_TRADED, 0, (uint64_t)engine->traded);
    if (!facts.is_whole)
        return;
    for (uint32_t i = 0; i < LIQ_PATTERN_QUANTILES; i++) {
        const int64_t leverage =
            liq_leverage_quantile(&facts.counts->leverage, liq_pattern_quantiles_ppm[i]);

        liq_metrics_set(engine->metrics, LIQ_SERVE_LEVERAGE, i,
                        leverage == INT64_MAX ? (double)INFINITY : (double)leverage / 100);
    }
    for (uint32_t i = 0; i < LIQ_PATTERN_FALLS; i++)
        liq_metrics_set(engine->metrics, LIQ_SERVE_LIQUIDATABLE, i,
                        (double)facts.counts->liquidatable[i] / unit);
    liq_metrics_set(engine->metrics, LIQ_SERVE_PATTERN_AGE, 0,
                    (double)(liq_clock_ns() - engine->pattern_ns) / 1e9);
}

static uint32_t reasons(const liq_engine *engine)
{
    const char *unready = liq_core_unready(&engine->core);
    uint32_t out = 0;

    if (unready != NULL)
        out |= strcmp(unready, "no_fresh_marks") == 0 ? LIQ_OPS_NO_MARKS : LIQ_OPS_INCOMPLETE;
    for (uint32_t i = 0; i < engine->config->source_count; i++)
        if (engine->core.sources[i].gaps > engine->core.sources[i].gaps_cleared)
            out |= LIQ_OPS_GAP;
    if (engine->is_journal_failing)
        out |= LIQ_OPS_JOURNAL;
    return out;
}
