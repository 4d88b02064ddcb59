#include "app/replay_monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/live_scan.h"

enum { COLUMNS = 23, FILE_MODE = 0666, CENTI_DECIMALS = 2 };
enum { SHARE_DECIMALS = 6, P99 = 2 };

static bool is_csv(const char *path);
static void venue_write(const liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                        int64_t time_ms);
static void instruments_write(liq_replay_monitor *monitor, int64_t time_ms);
static void leverage_emit(liq_emit *emit, const liq_pattern_facts *facts, uint32_t quantile);
static void counted_emit(const liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                         liq_int128 cash);
static void volume_text(liq_output *output, const liq_replay_monitor *monitor);
static void extremes_see(liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                         int64_t time_ms);
static void peak_see(liq_monitor_peak *peak, liq_int128 value, int64_t time_ms);

static const liq_emit_column columns[COLUMNS] = {{"tick", NULL, true, 0, 0},
                                                 {"time_ms", NULL, true, 0, 0},
                                                 {"instrument", NULL, false, 0, 0},
                                                 {"contracts", NULL, true, 0, 0},
                                                 {"open_interest", NULL, true, 0, 0},
                                                 {"liquidated", NULL, true, 0, 0},
                                                 {"share_of_interest", NULL, true, 0, 0},
                                                 {"traded", NULL, true, 0, 0},
                                                 {"share_of_volume", NULL, true, 0, 0},
                                                 {"margin_accounts", NULL, true, 0, 0},
                                                 {"equity_spent", NULL, true, 0, 0},
                                                 {"leverage_p50", NULL, true, 0, 0},
                                                 {"leverage_p90", NULL, true, 0, 0},
                                                 {"leverage_p99", NULL, true, 0, 0},
                                                 {"leverage_p999", NULL, true, 0, 0},
                                                 {"liquidatable", NULL, true, 0, 0},
                                                 {"liquidatable_1", NULL, true, 0, 0},
                                                 {"liquidatable_2", NULL, true, 0, 0},
                                                 {"liquidatable_5", NULL, true, 0, 0},
                                                 {"slope_1", NULL, true, 0, 0},
                                                 {"slope_2", NULL, true, 0, 0},
                                                 {"slope_5", NULL, true, 0, 0},
                                                 {"age_ticks", NULL, true, 0, 0}};

liq_status liq_replay_monitor_open(liq_replay_monitor **out, const char *path, liq_live *live,
                                   const liq_settle *settle, liq_error *err)
{
    liq_replay_monitor *monitor = NULL;
    liq_status status = liq_memory_array(&monitor, 1, sizeof *monitor, err);

    if (status != LIQ_OK)
        return status;
    monitor->decimals = live->book.prices.venue.cash_decimals;
    monitor->descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, FILE_MODE);
    if (monitor->descriptor < 0) {
        status = liq_fail(err, LIQ_IO, errno, "%s: %s", path, strerror(errno));
        goto done;
    }
    liq_output_start(&monitor->output, monitor->descriptor);
    if ((status = liq_emit_create(&monitor->emit, &monitor->output,
                                  is_csv(path) ? LIQ_FORMAT_CSV : LIQ_FORMAT_JSON, columns, COLUMNS,
                                  err)) != LIQ_OK ||
        (status = liq_pattern_create(&monitor->pattern, live, settle, UINT32_MAX, err)) != LIQ_OK ||
        (status = liq_memory_array(&monitor->lots, live->book.prices.venue.instrument_count,
                                   sizeof *monitor->lots, err)) != LIQ_OK)
        goto done;
    *out = monitor;
    monitor = NULL; /* given away */
done:
    liq_replay_monitor_close(monitor);
    return status;
}

void liq_replay_monitor_tick(liq_replay_monitor *monitor, const liq_mark_tick *tick)
{
    liq_pattern_facts facts;

    for (uint32_t i = 0; i < tick->volume_count; i++)
        if (tick->volumes[i].is_turnover)
            liq_pattern_turnover(&monitor->pattern, tick->volumes[i].amount);
        else
            liq_pattern_trade(&monitor->pattern, tick->volumes[i].instrument,
                              tick->volumes[i].amount);
    liq_pattern_see(&monitor->pattern, &facts);
    monitor->ticks++;
    venue_write(monitor, &facts, tick->time_ms);
    instruments_write(monitor, tick->time_ms);
    extremes_see(monitor, &facts, tick->time_ms);
}

liq_status liq_replay_monitor_finish(liq_replay_monitor *monitor, liq_error *err)
{
    liq_emit_finish(monitor->emit);
    return liq_output_finish(&monitor->output, err);
}

void liq_replay_monitor_close(liq_replay_monitor *monitor)
{
    if (monitor == NULL)
        return;
    liq_emit_destroy(monitor->emit);
    liq_pattern_clear(&monitor->pattern);
    if (monitor->descriptor >= 0)
        (void)close(monitor->descriptor);
    free(monitor->lots);
    free(monitor);
}

void liq_monitor_extremes_text(liq_output *output, const liq_replay_monitor *monitor,
                               const char *currency)
{
    const liq_monitor_extremes *extremes = &monitor->extremes;
    char texts[5][LIQ_DECIMAL_BYTES];

    (void)liq_decimal_format_fixed(texts[0], extremes->interest_first, monitor->decimals, 0,
                                   LIQ_ROUND_NEAREST);
    (void)liq_decimal_format_fixed(texts[1], extremes->interest_last, monitor->decimals, 0,
                                   LIQ_ROUND_NEAREST);
    (void)liq_decimal_format_fixed(texts[2], extremes->slope.value, monitor->decimals, 0,
                                   LIQ_ROUND_NEAREST);
    (void)liq_decimal_format(texts[3], extremes->share.value, SHARE_DECIMALS - 2);
    (void)liq_decimal_format(texts[4], extremes->leverage.value, CENTI_DECIMALS);
    liq_output_format(output, "\n  open interest %s to %s %s\n", texts[0], texts[1], currency);
    volume_text(output, monitor);
    liq_output_format(output,
                      "  most liquidated in a tick: %s%% of open interest, at time %lld\n"
                      "  steepest: %s %s more to liquidate for the next 1%% down, at time %lld\n",
                      texts[3], (long long)extremes->share.time_ms, texts[2], currency,
                      (long long)extremes->slope.time_ms);
    if (extremes->leverage.value == INT64_MAX)
        liq_output_format(output,
                          "  more than 1%% of the accounts had spent their equity, at time %lld\n",
                          (long long)extremes->leverage.time_ms);
    else
        liq_output_format(output,
                          "  highest leverage that 99%% of the accounts stay within: %s, at "
                          "time %lld\n",
                          texts[4], (long long)extremes->leverage.time_ms);
}

/* A path without volumes has nothing to say. */
static void volume_text(liq_output *output, const liq_replay_monitor *monitor)
{
    const liq_monitor_extremes *extremes = &monitor->extremes;
    char traded[LIQ_DECIMAL_BYTES];
    char all[LIQ_DECIMAL_BYTES];
    char most[LIQ_DECIMAL_BYTES];

    if (extremes->traded_all <= 0)
        return;
    (void)liq_decimal_format_fixed(traded, extremes->traded_all, monitor->decimals, 0,
                                   LIQ_ROUND_NEAREST);
    (void)liq_decimal_format(all, extremes->liquidated_all * 1000000 / extremes->traded_all,
                             SHARE_DECIMALS - 2);
    (void)liq_decimal_format(most, extremes->traded.value, SHARE_DECIMALS - 2);
    liq_output_format(output,
                      "  liquidated %s%% of a traded volume of %s; most in a tick %s%%, at time "
                      "%lld\n",
                      all, traded, most, (long long)extremes->traded.time_ms);
}

static bool is_csv(const char *path)
{
    const size_t bytes = strlen(path);

    return bytes >= 4 && strcmp(path + bytes - 4, ".csv") == 0;
}

static void venue_write(const liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                        int64_t time_ms)
{
    const liq_pattern_counts *counts = facts->counts;
    liq_emit *emit = monitor->emit;

    liq_emit_count(emit, monitor->ticks);
    liq_emit_decimal(emit, time_ms, 0);
    liq_emit_null(emit);
    liq_emit_absent(emit);
    liq_emit_decimal(emit, facts->interest, monitor->decimals);
    liq_emit_decimal(emit, facts->liquidated, monitor->decimals);
    liq_emit_decimal(emit, facts->share_ppm, SHARE_DECIMALS);
    if (facts->traded == 0) {
        liq_emit_null(emit);
        liq_emit_null(emit);
    } else {
        liq_emit_decimal(emit, facts->traded, monitor->decimals);
        liq_emit_decimal(emit, (liq_int128)facts->traded_ppm, SHARE_DECIMALS);
    }
    liq_emit_count(emit, counts->leverage.count + counts->leverage.spent);
    liq_emit_count(emit, counts->leverage.spent);
    for (uint32_t i = 0; i < LIQ_PATTERN_QUANTILES; i++)
        leverage_emit(emit, facts, i);
    for (int i = 0; i < LIQ_PATTERN_FALLS; i++)
        counted_emit(monitor, facts, counts->liquidatable[i]);
    for (int i = 0; i < LIQ_PATTERN_FALLS - 1; i++)
        counted_emit(monitor, facts, facts->slopes[i]);
    liq_emit_count(emit, facts->age);
    liq_emit_row_end(emit);
}

/* Those whose open interest is another than it was. */
static void instruments_write(liq_replay_monitor *monitor, int64_t time_ms)
{
    const liq_venue *venue = &monitor->pattern.prices.venue;
    liq_emit *emit = monitor->emit;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_decimal lot = venue->instruments[i].lot;
        liq_int128 lots;
        liq_int128 cash;

        liq_pattern_interest(&monitor->pattern, i, &lots, &cash);
        if (lots == monitor->lots[i])
            continue;
        monitor->lots[i] = lots;
        liq_emit_count(emit, monitor->ticks);
        liq_emit_decimal(emit, time_ms, 0);
        liq_emit_text(emit, liq_names_get(venue->instrument_names, i));
        liq_emit_decimal(emit, lots * lot.digits, lot.decimals);
        liq_emit_decimal(emit, cash, monitor->decimals);
        for (int cell = 5; cell < COLUMNS; cell++)
            liq_emit_absent(emit);
        liq_emit_row_end(emit);
    }
}

/* Spent equity is past every leverage: no value. */
static void leverage_emit(liq_emit *emit, const liq_pattern_facts *facts, uint32_t quantile)
{
    const int64_t leverage =
        liq_leverage_quantile(&facts->counts->leverage, liq_pattern_quantiles_ppm[quantile]);

    if (leverage == INT64_MAX || !facts->is_whole)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, leverage, CENTI_DECIMALS);
}

static void counted_emit(const liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                         liq_int128 cash)
{
    if (!facts->is_whole)
        liq_emit_null(monitor->emit);
    else
        liq_emit_decimal(monitor->emit, cash, monitor->decimals);
}

static void extremes_see(liq_replay_monitor *monitor, const liq_pattern_facts *facts,
                         int64_t time_ms)
{
    liq_monitor_extremes *extremes = &monitor->extremes;

    if (monitor->ticks == 1)
        extremes->interest_first = facts->interest;
    extremes->interest_last = facts->interest;
    peak_see(&extremes->share, facts->share_ppm, time_ms);
    peak_see(&extremes->traded, (liq_int128)facts->traded_ppm, time_ms);
    extremes->traded_all += facts->traded;
    extremes->liquidated_all += facts->liquidated;
    if (!facts->is_whole)
        return;
    peak_see(&extremes->slope, facts->slopes[0], time_ms);
    peak_see(&extremes->leverage,
             liq_leverage_quantile(&facts->counts->leverage, liq_pattern_quantiles_ppm[P99]),
             time_ms);
}

static void peak_see(liq_monitor_peak *peak, liq_int128 value, int64_t time_ms)
{
    if (value > peak->value)
        *peak = (liq_monitor_peak){value, time_ms};
}
