#include "app/replay_compare.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"

enum { COLUMNS = 20, LOOK_EVERY_TICKS = 64, BPS_DECIMALS = 2, BPS_HUNDREDTHS = 1000000 };

/* A variant that runs. */
typedef struct compare_run {
    liq_live *live;
    liq_settle *settle;
    liq_mark_path *path;
    liq_hash *hash;
    liq_close_watch watch;
    liq_impact_path impact;
    uint64_t ticks;
    uint32_t index; /* of the variant */
} compare_run;

static liq_status variant_run(liq_compare *compare, uint32_t index, liq_error *err);
static liq_status run_open(compare_run *run, liq_compare *compare, liq_error *err);
static void run_close(compare_run *run);
static liq_status ticks_run(compare_run *run, liq_compare *compare, liq_error *err);
static liq_status tick_run(compare_run *run, liq_mark_tick *tick, liq_error *err);
static liq_status progress_look(const compare_run *run, const liq_compare *compare, liq_error *err);
static void row_emit(liq_emit *emit, const liq_compare *compare, const liq_compare_facts *facts);
static void bps_emit(liq_emit *emit, liq_int128 part, liq_int128 whole);

liq_status liq_compare_run(liq_compare *compare, liq_error *err)
{
    const liq_liquidation own = compare->book->venue.policy.liquidation;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < compare->count; i++) {
        compare->book->venue.policy.liquidation = compare->variants[i].rules;
        status = variant_run(compare, i, err);
    }
    compare->book->venue.policy.liquidation = own;
    return status;
}

liq_status liq_compare_write(liq_output *output, liq_format format, const liq_compare *compare,
                             liq_error *err)
{
    static const liq_emit_column columns[COLUMNS] = {
        {"variant", "VARIANT", false, 0, 0},
        {"slippage", "SLIPPAGE", true, 0, LIQ_ROUND_NEAREST},
        {"slippage_bps", "BPS", true, LIQ_EMIT_FULL, 0},
        {"shortfall", "SHORTFALL", true, 0, LIQ_ROUND_NEAREST},
        {"shortfall_bps", "BPS", true, LIQ_EMIT_FULL, 0},
        {"fund_change", "FUND", true, 0, LIQ_ROUND_NEAREST},
        {"liquidated", "ACCOUNTS", true, 0, 0},
        {"pulled_under", "PULLED", true, 0, 0},
        {"takeovers", "TAKEN", true, 0, 0},
        {"deleveraged", "ADL", true, 0, LIQ_ROUND_NEAREST},
        {"socialised", "SOCIALISED", true, 0, LIQ_ROUND_NEAREST},
        {"ticks_median", "TICKS", true, 0, 0},
        {"ticks_p99", "P99", true, 0, 0},
        {"ticks_most", "MOST", true, 0, 0},
        {"largest_close", "LARGEST", true, 0, LIQ_ROUND_NEAREST},
        {"filled", NULL, true, 0, 0},
        {"liquidated_notional", NULL, true, 0, 0},
        {"ticks", NULL, true, 0, 0},
        {"conserved", NULL, false, 0, 0},
        {"hash", NULL, false, 0, 0}};
    liq_emit *emit = NULL;
    const liq_status status = liq_emit_create(&emit, output, format, columns, COLUMNS, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < compare->count; i++)
        row_emit(emit, compare, &compare->facts[i]);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}

static liq_status variant_run(liq_compare *compare, uint32_t index, liq_error *err)
{
    liq_compare_facts *facts = &compare->facts[index];
    const uint64_t start_ns = liq_clock_ns();
    compare_run run = {.index = index};
    liq_status status;

    facts->name = compare->variants[index].name;
    if ((status = run_open(&run, compare, err)) != LIQ_OK ||
        (status = ticks_run(&run, compare, err)) != LIQ_OK ||
        (status = liq_close_watch_read(&run.watch, &facts->closes, err)) != LIQ_OK)
        goto done;
    liq_settle_total(run.settle, &facts->total);
    liq_hash_finish(run.hash, facts->hash);
    facts->ticks = run.ticks;
    facts->run_ns = liq_clock_ns() - start_ns;
    if (run.ticks == 0)
        status = liq_fail(err, LIQ_BAD_INPUT, 0, "the path holds no price");
done:
    run_close(&run);
    return status;
}

static liq_status run_open(compare_run *run, liq_compare *compare, liq_error *err)
{
    liq_status status;

    if ((status = liq_mark_path_open(&run->path, compare->path, &compare->path_options, err)) !=
            LIQ_OK ||
        (status = liq_live_create(&run->live, compare->book, &compare->live_options, err)) !=
            LIQ_OK ||
        (status = liq_settle_create_live(&run->settle, run->live, compare->book, err)) != LIQ_OK ||
        (status = liq_hash_create(&run->hash, err)) != LIQ_OK ||
        (status = liq_impact_path_create(&run->impact, compare->book, compare->impact, err)) !=
            LIQ_OK)
        return status;
    return liq_close_watch_create(&run->watch, run->live, run->settle, err);
}

static void run_close(compare_run *run)
{
    liq_close_watch_clear(&run->watch);
    liq_impact_path_clear(&run->impact);
    liq_settle_destroy(run->settle);
    liq_live_destroy(run->live);
    liq_mark_path_close(run->path);
    liq_hash_destroy(run->hash);
}

static liq_status ticks_run(compare_run *run, liq_compare *compare, liq_error *err)
{
    liq_mark_tick tick;
    liq_status status;

    while ((status = liq_mark_path_next(run->path, &tick, err)) == LIQ_OK && tick.count > 0)
        if ((status = tick_run(run, &tick, err)) != LIQ_OK ||
            (run->ticks % LOOK_EVERY_TICKS == 0 &&
             (status = progress_look(run, compare, err)) != LIQ_OK))
            return status;
    return status;
}

static liq_status tick_run(compare_run *run, liq_mark_tick *tick, liq_error *err)
{
    liq_error reason = {0};
    liq_settle_summary summary;
    liq_status status = liq_impact_path_move(&run->impact, tick, &run->watch, err);

    if (status != LIQ_OK)
        return status;
    status = liq_live_apply(run->live, tick->events, tick->count, &reason);
    if (status != LIQ_OK)
        return liq_fail(err, status, reason.native, "the tick of line %llu: %s",
                        (unsigned long long)tick->line, reason.message);
    if ((status = liq_live_tick(run->live, NULL, err)) != LIQ_OK ||
        (status = liq_close_watch_before(&run->watch, err)) != LIQ_OK ||
        (status = liq_settle_run_live(run->settle, tick->time_ms, run->ticks + 1, &summary, err)) !=
            LIQ_OK)
        return status;
    liq_close_watch_after(&run->watch);
    liq_impact_path_settled(&run->impact, run->settle, run->live);
    if (summary.actions > 0)
        liq_hash_add(run->hash, summary.hash, sizeof summary.hash - 1);
    run->ticks++;
    return LIQ_OK;
}

/* One bar for all: each variant reads the path from its beginning. */
static liq_status progress_look(const compare_run *run, const liq_compare *compare, liq_error *err)
{
    const liq_progress *progress = &compare->bar->progress;
    uint64_t done;
    uint64_t total;

    liq_mark_path_place(run->path, &done, &total);
    if (progress->report(progress->context, "compare", run->index * total + done,
                         compare->count * total))
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
}

static void row_emit(liq_emit *emit, const liq_compare *compare, const liq_compare_facts *facts)
{
    const int32_t decimals = compare->book->venue.cash_decimals;
    const liq_close_facts *closes = &facts->closes;

    liq_emit_text(emit, facts->name);
    liq_emit_decimal(emit, closes->slippage, decimals);
    bps_emit(emit, closes->slippage, closes->filled);
    liq_emit_decimal(emit, closes->shortfall, decimals);
    bps_emit(emit, closes->shortfall, closes->filled);
    liq_emit_decimal(emit, closes->fund_change, decimals);
    liq_emit_count(emit, closes->accounts);
    liq_emit_count(emit, closes->pulled);
    liq_emit_count(emit, closes->takeovers);
    liq_emit_decimal(emit, closes->deleveraged, decimals);
    liq_emit_decimal(emit, closes->socialised, decimals);
    liq_emit_count(emit, closes->ticks_median);
    liq_emit_count(emit, closes->ticks_p99);
    liq_emit_count(emit, closes->ticks_most);
    liq_emit_decimal(emit, closes->largest, decimals);
    liq_emit_decimal(emit, closes->filled, decimals);
    liq_emit_text(emit, facts->total.liquidated_notional);
    liq_emit_count(emit, facts->ticks);
    liq_emit_bool(emit, facts->total.conserved != 0);
    liq_emit_text(emit, facts->hash);
    liq_emit_row_end(emit);
}

/* Hundredths of 10^-4, to the nearest towards nothing; both are sums of cash. */
static void bps_emit(liq_emit *emit, liq_int128 part, liq_int128 whole)
{
    if (whole == 0)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, part * BPS_HUNDREDTHS / whole, BPS_DECIMALS);
}
