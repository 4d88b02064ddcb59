#include "app/command_stress_view.h"
#include "app/plural.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/row_view.h"
#include "app/view_part.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "outlet/json_out.h"

enum { SHARE_DECIMALS = 6, SHARE_SHOWN = 4, PERCENT_DECIMALS = 4, CASH_SHOWN = 0 };

const int64_t liq_stress_edges_ppm[LIQ_STRESS_EDGES_SHOWN] = {
    10000,  20000,  30000,  40000,  50000,  75000,  100000,
    125000, 150000, 200000, 250000, 300000, 400000, 500000};

static const liq_emit_column scenario_columns[] = {
    {"scenario", "SCENARIO", false, 0, LIQ_ROUND_NEAREST},
    {"ok", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"warning", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"reduce_only", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"liquidate", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"backstop", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"flagged", "FLAGGED", true, 0, LIQ_ROUND_NEAREST},
    {"bankrupt", "BANKRUPT", true, 0, LIQ_ROUND_NEAREST},
    {"unvalued", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"long_notional", "LONG", true, CASH_SHOWN, LIQ_ROUND_NEAREST},
    {"short_notional", "SHORT", true, CASH_SHOWN, LIQ_ROUND_NEAREST},
    {"open_interest_share", "OF OPEN", true, SHARE_SHOWN, LIQ_ROUND_NEAREST},
    {"margin_called", "CALLED", true, CASH_SHOWN, LIQ_ROUND_CEIL},
    {"fund_needed", "FUND NEEDED", true, CASH_SHOWN, LIQ_ROUND_CEIL},
    {"adl_needed", "ADL NEEDED", true, CASH_SHOWN, LIQ_ROUND_CEIL}};

static const liq_emit_column reverse_columns[] = {
    {"along", "ALONG", false, 0, LIQ_ROUND_NEAREST},
    {"limit_percent", "UP TO %", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"found", "EXHAUSTED", false, 0, LIQ_ROUND_NEAREST},
    {"change_percent", "AT %", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"fund_needed", "FUND NEEDED", true, CASH_SHOWN, LIQ_ROUND_CEIL},
    {"adl_needed", "ADL NEEDED", true, CASH_SHOWN, LIQ_ROUND_CEIL},
    {"proven_percent", "SAFE UP TO %", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"stretches", NULL, true, 0, LIQ_ROUND_NEAREST}};

static const liq_emit_column heat_columns[] = {
    {"instrument", "INSTRUMENT", false, 0, LIQ_ROUND_NEAREST},
    {"from_percent", "FROM %", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"to_percent", "TO %", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"accounts", "ACCOUNTS", true, 0, LIQ_ROUND_NEAREST},
    {"long_notional", "LONG", true, CASH_SHOWN, LIQ_ROUND_NEAREST},
    {"short_notional", "SHORT", true, CASH_SHOWN, LIQ_ROUND_NEAREST}};

static const liq_emit_column loser_columns[] = {
    {"account", "ACCOUNT", false, 0, LIQ_ROUND_NEAREST},
    {"margin", "MARGIN", false, 0, LIQ_ROUND_NEAREST},
    {"scenarios", "SCENARIOS", true, 0, LIQ_ROUND_NEAREST},
    {"worst", "WORST", true, CASH_SHOWN, LIQ_ROUND_CEIL},
    {"worst_scenario", "IN", false, 0, LIQ_ROUND_NEAREST},
    {"sum", "SUM", true, CASH_SHOWN, LIQ_ROUND_CEIL}};

static void scenarios_emit(liq_emit *emit, const void *context, liq_format format);
static void scenario_emit(liq_emit *emit, const liq_stress_found *found, uint32_t scenario);
static void reverse_emit(liq_emit *emit, const void *context, liq_format format);
static void heat_emit(liq_emit *emit, const void *context, liq_format format);
static void bucket_emit(liq_emit *emit, const liq_stress_found *found,
                        const liq_stress_heat_map *heat, uint32_t bucket);
static void losers_emit(liq_emit *emit, const void *context, liq_format format);
static void amount_emit(liq_emit *emit, const liq_stress_found *found, const char *text);
static void summary_json(liq_output *output, const liq_stress_found *found);
static void summary_text(liq_output *output, const liq_stress_found *found);

liq_status liq_stress_part_write(liq_output *output, liq_format format, liq_stress_part part,
                                 const liq_stress_found *found, liq_error *err)
{
    static const liq_view_part parts[] = {LIQ_VIEW_PART(scenario_columns, scenarios_emit),
                                          LIQ_VIEW_PART(reverse_columns, reverse_emit),
                                          LIQ_VIEW_PART(heat_columns, heat_emit),
                                          LIQ_VIEW_PART(loser_columns, losers_emit)};

    return liq_view_part_write(output, format, &parts[part], found, err);
}

liq_status liq_stress_summary_write(liq_output *output, liq_format format,
                                    const liq_stress_found *found, liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (format == LIQ_FORMAT_JSON) {
        summary_json(output, found);
        return LIQ_OK;
    }
    if (format == LIQ_FORMAT_TABLE) {
        summary_text(output, found);
        return LIQ_OK;
    }
    if ((status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    summary_text(aside, found);
    liq_output_aside_close(aside);
    return LIQ_OK;
}

double liq_stress_number(const char *text)
{
    return strtod(text, NULL);
}

static void scenarios_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_stress_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->listed_count; i++)
        scenario_emit(emit, found, found->listed != NULL ? found->listed[i] : i);
}

static void scenario_emit(liq_emit *emit, const liq_stress_found *found, uint32_t scenario)
{
    const int32_t decimals = liq_book_cash_decimals(found->book);
    const liq_int128 million = 1000000;
    liq_stress_outcome outcome;
    liq_int128 flagged;
    liq_int128 open;

    liq_stress_outcome_read(found->stress, scenario, &outcome);
    flagged = liq_decimal_units(outcome.long_notional, decimals) +
              liq_decimal_units(outcome.short_notional, decimals);
    open = liq_decimal_units(outcome.open_notional, decimals);
    liq_emit_text(emit, outcome.name);
    for (uint32_t i = LIQ_MARGIN_OK; i <= LIQ_MARGIN_BACKSTOP; i++)
        liq_emit_count(emit, outcome.by_status[i]);
    liq_emit_count(emit, outcome.flagged);
    liq_emit_count(emit, outcome.by_status[LIQ_MARGIN_BANKRUPT]);
    liq_emit_count(emit, outcome.by_status[LIQ_MARGIN_UNVALUED]);
    amount_emit(emit, found, outcome.long_notional);
    amount_emit(emit, found, outcome.short_notional);
    if (open > 0 && flagged <= LIQ_INT128_MAX / million)
        liq_emit_decimal(emit, flagged * million / open, SHARE_DECIMALS);
    else
        liq_emit_null(emit);
    amount_emit(emit, found, outcome.margin_called);
    amount_emit(emit, found, outcome.fund_needed);
    amount_emit(emit, found, outcome.adl_needed);
    liq_emit_row_end(emit);
}

static void reverse_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_stress_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->limit_count; i++) {
        const liq_stress_limit *limit = &found->limits[i];
        const liq_stress_reversal *reversal = &limit->reversal;

        liq_emit_text(emit, limit->series->title);
        liq_emit_decimal(emit, limit->limit_ppm, PERCENT_DECIMALS);
        liq_emit_bool(emit, reversal->found != 0);
        if (reversal->found != 0)
            liq_emit_decimal(emit, reversal->change_ppm, PERCENT_DECIMALS);
        else
            liq_emit_null(emit);
        amount_emit(emit, found, reversal->fund_needed);
        amount_emit(emit, found, reversal->adl_needed);
        if (reversal->proven_ppm != 0 && (reversal->proven_ppm < 0) != (limit->limit_ppm < 0))
            liq_emit_null(emit); /* not even where prices are */
        else
            liq_emit_decimal(emit, reversal->proven_ppm, PERCENT_DECIMALS);
        liq_emit_count(emit, reversal->steps);
        liq_emit_row_end(emit);
    }
}

static void heat_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_stress_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->heat_count; i++) {
        /* From far below the mark to far above it. */
        for (uint32_t k = LIQ_STRESS_EDGES_SHOWN; k > 0; k--)
            bucket_emit(emit, found, &found->heats[i], k);
        bucket_emit(emit, found, &found->heats[i], 0);
        for (uint32_t k = LIQ_STRESS_EDGES_SHOWN + 1; k < LIQ_STRESS_BUCKETS; k++)
            bucket_emit(emit, found, &found->heats[i], k);
    }
}

static void bucket_emit(liq_emit *emit, const liq_stress_found *found,
                        const liq_stress_heat_map *heat, uint32_t bucket)
{
    const liq_stress_bucket *shown = &heat->buckets[bucket];

    liq_emit_text(emit, heat->symbol);
    if (bucket == LIQ_STRESS_BUCKETS - 1) {
        liq_emit_null(emit);
        liq_emit_null(emit);
    } else {
        liq_emit_decimal(emit, shown->from_ppm, PERCENT_DECIMALS);
        liq_emit_decimal(emit, shown->to_ppm, PERCENT_DECIMALS);
    }
    liq_emit_count(emit, shown->accounts);
    amount_emit(emit, found, shown->long_notional);
    amount_emit(emit, found, shown->short_notional);
    liq_emit_row_end(emit);
}

static void losers_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_stress_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->loser_count; i++) {
        const liq_stress_loser *loser = &found->losers[i];
        const liq_scan_row row = {.account = loser->account,
                                  .instrument = loser->instrument,
                                  .is_short = loser->is_short};
        char label[LIQ_MARGIN_LABEL_BYTES];

        liq_emit_text(emit, loser->account);
        liq_emit_text(emit, liq_scan_margin_label(label, &row));
        liq_emit_count(emit, loser->scenarios);
        amount_emit(emit, found, loser->worst);
        liq_emit_text(emit, liq_stress_set_name(found->plan->set, loser->worst_scenario));
        amount_emit(emit, found, loser->sum);
        liq_emit_row_end(emit);
    }
}

static void amount_emit(liq_emit *emit, const liq_stress_found *found, const char *text)
{
    const int32_t decimals = liq_book_cash_decimals(found->book);

    if (text[0] == '\0')
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, liq_decimal_units(text, decimals), decimals);
}

static void summary_json(liq_output *output, const liq_stress_found *found)
{
    const liq_stress_summary *summary = &found->summary;
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(found->book));
    liq_json_out_string(&json, "profile", liq_book_profile(found->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(found->book));
    liq_json_out_count(&json, "scenarios", summary->scenarios);
    liq_json_out_count(&json, "margin_accounts", summary->rows);
    liq_json_out_string(&json, "open_long", summary->open_long);
    liq_json_out_string(&json, "open_short", summary->open_short);
    liq_json_out_string(&json, "fund_available", summary->fund_available);
    liq_json_out_count(&json, "exact_pairs", summary->exact_pairs);
    liq_json_out_count(&json, "exact_accounts", summary->hard_rows);
    liq_json_out_count(&json, "batches", summary->batches);
    liq_json_out_string(&json, "device", summary->device);
    liq_json_out_count(&json, "load_ns", found->load_ns);
    liq_json_out_count(&json, "stress_ns", summary->wall_ns);
    liq_json_out_count(&json, "device_ns", summary->device_ns);
    liq_json_out_string(&json, "hash", summary->hash);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static void summary_text(liq_output *output, const liq_stress_found *found)
{
    const liq_stress_summary *summary = &found->summary;
    const char *currency = liq_book_margin_currency(found->book);

    liq_output_format(output, "\n%llu scenario%s over %llu margin account%s at %s (%s)\n",
                      (unsigned long long)summary->scenarios, liq_plural_s(summary->scenarios),
                      (unsigned long long)summary->rows, liq_plural_s(summary->rows),
                      liq_book_venue(found->book), liq_book_profile(found->book));
    if (summary->open_long[0] != '\0')
        liq_output_format(output, "  open now: long %s, short %s %s\n", summary->open_long,
                          summary->open_short, currency);
    liq_output_format(output, "  funds hold %s %s above their floors\n", summary->fund_available,
                      currency);
    liq_output_format(
        output,
        "  loaded in %.1f ms, stressed in %.1f ms (%.3f ms a scenario) on %s\n"
        "  the margin rule was asked about %llu of %llu (account, scenario)\n"
        "  hash %s\n",
        (double)found->load_ns / 1e6, (double)summary->wall_ns / 1e6,
        summary->scenarios == 0 ? 0.0 : (double)summary->wall_ns / 1e6 / (double)summary->scenarios,
        summary->device, (unsigned long long)summary->exact_pairs,
        (unsigned long long)summary->rows * (unsigned long long)summary->scenarios, summary->hash);
}
