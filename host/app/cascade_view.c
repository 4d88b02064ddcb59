#include "app/cascade_view.h"
#include "app/plural.h"

#include <string.h>

#include "app/nearest.h"
#include "app/view_part.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "outlet/json_out.h"

enum {
    PERCENT_DECIMALS = 4,
    PERCENT_SHOWN = 2,
    FACTOR_DECIMALS = 6,
    LEVERAGE_DECIMALS = 2,
    FACTOR_SHOWN = 2,
    AMPLIFICATION_DECIMALS = 6,
    AMPLIFICATION_ONE = 1000000,
    AMPLIFICATION_SHOWN = 3,
    PRICE_DECIMALS = 30,
    PRICE_SHOWN = 6,
    PRICES_SHOWN = 12
};

static const liq_emit_column round_columns[] = {
    {"scenario", NULL, false, 0, LIQ_ROUND_NEAREST},
    {"variant", "VARIANT", false, 0, LIQ_ROUND_NEAREST},
    {"round", "ROUND", true, 0, LIQ_ROUND_NEAREST},
    {"time_ms", "MS", true, 0, LIQ_ROUND_NEAREST},
    {"flagged", "FLAGGED", true, 0, LIQ_ROUND_NEAREST},
    {"accounts_waiting", "WAITING", true, 0, LIQ_ROUND_NEAREST},
    {"liquidated_notional", "LIQUIDATED", true, 0, LIQ_ROUND_NEAREST},
    {"market_notional", "INTO DEPTH", true, 0, LIQ_ROUND_NEAREST},
    {"adl_notional", "ADL", true, 0, LIQ_ROUND_NEAREST},
    {"socialised", "SOCIALISED", true, 0, LIQ_ROUND_CEIL},
    {"funds", "FUNDS", true, 0, LIQ_ROUND_FLOOR},
    {"lead_price", "PRICE AFTER", true, PRICE_SHOWN, LIQ_ROUND_NEAREST},
    {"prices_moved", "MOVED", true, 0, LIQ_ROUND_NEAREST},
    {"open_interest", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"open_share_percent", "OF OPEN %", true, PERCENT_SHOWN, LIQ_ROUND_NEAREST},
    {"volume_share_percent", "OF VOLUME %", true, PERCENT_SHOWN, LIQ_ROUND_NEAREST},
    {"slope_1", "SLOPE 1%", true, 0, LIQ_ROUND_NEAREST},
    {"slope_2", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"slope_5", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"leverage_99", NULL, true, FACTOR_SHOWN, LIQ_ROUND_NEAREST},
    {"wrongly", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"maintenance_factor", NULL, true, FACTOR_SHOWN, LIQ_ROUND_NEAREST},
    {"fees", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"actions", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"rows_valued", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"round_ns", NULL, true, 0, LIQ_ROUND_NEAREST}};

static const liq_emit_column price_columns[] = {
    {"scenario", NULL, false, 0, LIQ_ROUND_NEAREST},
    {"variant", "VARIANT", false, 0, LIQ_ROUND_NEAREST},
    {"instrument", "INSTRUMENT", false, 0, LIQ_ROUND_NEAREST},
    {"before", "BEFORE", true, PRICE_SHOWN, LIQ_ROUND_NEAREST},
    {"shocked", "SHOCKED", true, PRICE_SHOWN, LIQ_ROUND_NEAREST},
    {"end", "END", true, PRICE_SHOWN, LIQ_ROUND_NEAREST},
    {"shock_percent", "SHOCK %", true, PERCENT_SHOWN, LIQ_ROUND_NEAREST},
    {"feedback_percent", "FEEDBACK %", true, PERCENT_SHOWN, LIQ_ROUND_NEAREST},
    {"sold", "SOLD", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST},
    {"bought", "BOUGHT", true, LIQ_EMIT_FULL, LIQ_ROUND_NEAREST}};

static const liq_emit_column case_columns[] = {
    {"scenario", "SCENARIO", false, 0, LIQ_ROUND_NEAREST},
    {"variant", "VARIANT", false, 0, LIQ_ROUND_NEAREST},
    {"end", "END", false, 0, LIQ_ROUND_NEAREST},
    {"rounds", "ROUNDS", true, 0, LIQ_ROUND_NEAREST},
    {"time_ms", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"flagged_before", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"flagged_first", "BY SHOCK", true, 0, LIQ_ROUND_NEAREST},
    {"flagged_after", "LEFT", true, 0, LIQ_ROUND_NEAREST},
    {"accounts", "ACCOUNTS", true, 0, LIQ_ROUND_NEAREST},
    {"wrongly", "WRONGLY", true, 0, LIQ_ROUND_NEAREST},
    {"first_notional", "FIRST ROUND", true, 0, LIQ_ROUND_NEAREST},
    {"liquidated_notional", "LIQUIDATED", true, 0, LIQ_ROUND_NEAREST},
    {"market_notional", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"amplification", "AMPLIFIED", true, AMPLIFICATION_SHOWN, LIQ_ROUND_NEAREST},
    {"own_amplification", NULL, true, AMPLIFICATION_SHOWN, LIQ_ROUND_NEAREST},
    {"end_price", "END PRICE", true, PRICE_SHOWN, LIQ_ROUND_NEAREST},
    {"feedback_percent", "FEEDBACK %", true, PERCENT_SHOWN, LIQ_ROUND_NEAREST},
    {"funds_before", NULL, true, 0, LIQ_ROUND_FLOOR},
    {"funds_low", NULL, true, 0, LIQ_ROUND_FLOOR},
    {"funds_after", "FUNDS AFTER", true, 0, LIQ_ROUND_FLOOR},
    {"adl_notional", "ADL", true, 0, LIQ_ROUND_NEAREST},
    {"adl_accounts", "ADL ACCTS", true, 0, LIQ_ROUND_NEAREST},
    {"maintenance_factor", NULL, true, FACTOR_SHOWN, LIQ_ROUND_NEAREST},
    {"waited_ms", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"fees", NULL, true, 0, LIQ_ROUND_NEAREST},
    {"socialised", "SOCIALISED", true, 0, LIQ_ROUND_CEIL},
    {"hash", NULL, false, 0, LIQ_ROUND_NEAREST}};

static void rounds_emit(liq_emit *emit, const void *context, liq_format format);
static void prices_emit(liq_emit *emit, const void *context, liq_format format);
static void pattern_emit(liq_emit *emit, const liq_cascade_found *found,
                         const liq_cascade_round *round);
static void cases_emit(liq_emit *emit, const void *context, liq_format format);
static void case_emit(liq_emit *emit, const liq_cascade_found *found, const liq_cascade_case *of);
static void cash_emit(liq_emit *emit, const liq_cascade_found *found, const char *text);
static void price_emit(liq_emit *emit, const char *text);
static int32_t decimals_of(const char *text);
static liq_status summary_write(liq_output *output, liq_format format,
                                const liq_cascade_found *found, liq_error *err);
static void summary_json(liq_output *output, const liq_cascade_found *found);
static void summary_text(liq_output *output, const liq_cascade_found *found);

liq_status liq_cascade_part_read(liq_cascade_part *out, const char *value, liq_error *err)
{
    static const char *const names[] = {"rounds", "prices", "cascades"};
    const char *nearest;

    *out = LIQ_CASCADE_PART_ALL;
    if (value == NULL)
        return LIQ_OK;
    for (uint32_t i = 0; i < LIQ_CASCADE_PART_ALL; i++)
        if (strcmp(value, names[i]) == 0) {
            *out = (liq_cascade_part)i;
            return LIQ_OK;
        }
    nearest = liq_nearest(value, names, LIQ_CASCADE_PART_ALL);
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "--only \"%.64s\" is not rounds, prices or cascades%s%s%s", value,
                    nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                    nearest == NULL ? "" : "?");
}

liq_status liq_cascade_found_write(liq_output *output, liq_format format, liq_cascade_part only,
                                   const liq_cascade_found *found, liq_error *err)
{
    liq_emit_column rounds[sizeof round_columns / sizeof round_columns[0]];
    const liq_view_part parts[] = {LIQ_VIEW_PART(rounds, rounds_emit),
                                   LIQ_VIEW_PART(price_columns, prices_emit),
                                   LIQ_VIEW_PART(case_columns, cases_emit)};
    bool is_first = true;
    liq_status status = LIQ_OK;

    memcpy(rounds, round_columns, sizeof rounds);
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++)
        if ((strcmp(rounds[i].name, "slope_1") == 0 && found->plan->engine.monitor == 0) ||
            (strcmp(rounds[i].name, "volume_share_percent") == 0 &&
             found->plan->engine.volume == NULL))
            rounds[i].title = NULL; /* nothing would stand there */
    if (format == LIQ_FORMAT_CSV && only == LIQ_CASCADE_PART_ALL)
        only = LIQ_CASCADE_PART_CASCADES;
    for (uint32_t part = 0; status == LIQ_OK && part < LIQ_CASCADE_PART_ALL; part++) {
        const bool is_long = format == LIQ_FORMAT_TABLE && part != LIQ_CASCADE_PART_CASCADES &&
                             found->case_count > 1;

        if (only != LIQ_CASCADE_PART_ALL ? part != (uint32_t)only : is_long)
            continue;
        if (!is_first && format == LIQ_FORMAT_TABLE)
            liq_output_string(output, "\n");
        is_first = false;
        status = liq_view_part_write(output, format, &parts[part], found, err);
    }
    return status == LIQ_OK ? summary_write(output, format, found, err) : status;
}

liq_int128 liq_cascade_amplification(const liq_cascade_found *found, const liq_cascade_case *of)
{
    const int32_t decimals = liq_book_cash_decimals(found->book);
    const uint32_t place = (uint32_t)(of - found->cases);
    const liq_cascade_case *base = &found->cases[place - place % found->plan->variant_count];
    const liq_int128 first = liq_decimal_units(base->summary.first_notional, decimals);
    const liq_int128 total = liq_decimal_units(of->summary.liquidated_notional, decimals);

    if (first == 0)
        return AMPLIFICATION_ONE;
    return total / first * AMPLIFICATION_ONE + total % first * AMPLIFICATION_ONE / first;
}

static void rounds_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_cascade_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->case_count; i++) {
        const liq_cascade_case *of = &found->cases[i];

        for (uint32_t j = 0; j < of->round_count; j++) {
            const liq_cascade_round *round = &of->rounds[j];

            liq_emit_text(emit, of->scenario->name);
            liq_emit_text(emit, of->variant->name);
            liq_emit_count(emit, round->round);
            liq_emit_count(emit, (uint64_t)round->time_ms);
            liq_emit_count(emit, round->flagged);
            liq_emit_count(emit, round->accounts_waiting);
            cash_emit(emit, found, round->liquidated_notional);
            cash_emit(emit, found, round->market_notional);
            cash_emit(emit, found, round->adl_notional);
            cash_emit(emit, found, round->socialised);
            cash_emit(emit, found, round->funds);
            price_emit(emit, of->lead_prices[j]);
            liq_emit_count(emit, round->prices);
            pattern_emit(emit, found, round);
            liq_emit_count(emit, round->wrongly);
            liq_emit_decimal(emit, round->maintenance_factor_ppm, FACTOR_DECIMALS);
            cash_emit(emit, found, round->fees);
            liq_emit_count(emit, round->actions);
            liq_emit_count(emit, round->rows_valued);
            liq_emit_count(emit, round->wall_ns);
            liq_emit_row_end(emit);
        }
    }
}

static void prices_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_cascade_found *found = context;

    for (uint32_t i = 0; i < found->case_count; i++) {
        const liq_cascade_case *of = &found->cases[i];

        for (uint32_t j = 0; j < of->price_count; j++) {
            const liq_cascade_price *price = &of->prices[j];

            if (format == LIQ_FORMAT_TABLE && j == PRICES_SHOWN)
                break;
            liq_emit_text(emit, of->scenario->name);
            liq_emit_text(emit, of->variant->name);
            liq_emit_text(emit, price->instrument);
            price_emit(emit, price->before);
            price_emit(emit, price->shocked);
            price_emit(emit, price->end);
            liq_emit_decimal(emit, price->shock_ppm, PERCENT_DECIMALS);
            liq_emit_decimal(emit, price->feedback_ppm, PERCENT_DECIMALS);
            price_emit(emit, price->sold);
            price_emit(emit, price->bought);
            liq_emit_row_end(emit);
        }
    }
}

static void pattern_emit(liq_emit *emit, const liq_cascade_found *found,
                         const liq_cascade_round *round)
{
    cash_emit(emit, found, round->open_interest);
    liq_emit_decimal(emit, round->open_share_ppm, PERCENT_DECIMALS);
    if (round->volume_share_ppm < 0)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, round->volume_share_ppm, PERCENT_DECIMALS);
    for (int i = 0; i < LIQ_CASCADE_SLOPES; i++)
        if (round->slopes[i][0] == '\0')
            liq_emit_null(emit);
        else
            cash_emit(emit, found, round->slopes[i]);
    if (round->leverage_99 == 0 || round->leverage_99 == INT64_MAX)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, round->leverage_99, LEVERAGE_DECIMALS);
}

static void cases_emit(liq_emit *emit, const void *context, liq_format format)
{
    const liq_cascade_found *found = context;

    (void)format;
    for (uint32_t i = 0; i < found->case_count; i++)
        case_emit(emit, found, &found->cases[i]);
}

static void case_emit(liq_emit *emit, const liq_cascade_found *found, const liq_cascade_case *of)
{
    const liq_cascade_summary *summary = &of->summary;

    liq_emit_text(emit, of->scenario->name);
    liq_emit_text(emit, of->variant->name);
    liq_emit_text(emit, liq_cascade_end_name(summary->end));
    liq_emit_count(emit, summary->rounds);
    liq_emit_count(emit, (uint64_t)summary->time_ms);
    liq_emit_count(emit, summary->flagged_before);
    liq_emit_count(emit, summary->flagged_first);
    liq_emit_count(emit, summary->flagged_after);
    liq_emit_count(emit, summary->accounts);
    liq_emit_count(emit, summary->wrongly);
    cash_emit(emit, found, summary->first_notional);
    cash_emit(emit, found, summary->liquidated_notional);
    cash_emit(emit, found, summary->market_notional);
    liq_emit_decimal(emit, liq_cascade_amplification(found, of), AMPLIFICATION_DECIMALS);
    price_emit(emit, summary->amplification);
    price_emit(emit, of->lead.instrument == NULL ? "" : of->lead.end);
    if (of->lead.instrument == NULL)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, of->lead.feedback_ppm, PERCENT_DECIMALS);
    cash_emit(emit, found, summary->funds_before);
    cash_emit(emit, found, summary->funds_low);
    cash_emit(emit, found, summary->funds_after);
    cash_emit(emit, found, summary->adl_notional);
    liq_emit_count(emit, summary->adl_accounts);
    liq_emit_decimal(emit, summary->maintenance_factor_ppm, FACTOR_DECIMALS);
    liq_emit_count(emit, (uint64_t)summary->waited_ms);
    cash_emit(emit, found, summary->fees);
    cash_emit(emit, found, summary->socialised);
    liq_emit_text(emit, summary->hash);
    liq_emit_row_end(emit);
}

static void cash_emit(liq_emit *emit, const liq_cascade_found *found, const char *text)
{
    const int32_t decimals = liq_book_cash_decimals(found->book);

    liq_emit_decimal(emit, liq_decimal_units(text, decimals), decimals);
}

/* Any plain decimal. */
static void price_emit(liq_emit *emit, const char *text)
{
    const int32_t decimals = decimals_of(text);

    if (text[0] == '\0')
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, liq_decimal_units(text, decimals), decimals);
}

static int32_t decimals_of(const char *text)
{
    const char *point = strchr(text, '.');

    return point == NULL ? 0 : (int32_t)strlen(point + 1);
}

static liq_status summary_write(liq_output *output, liq_format format,
                                const liq_cascade_found *found, liq_error *err)
{
    liq_output *aside = NULL;
    liq_status status;

    if (format == LIQ_FORMAT_JSON)
        summary_json(output, found);
    else if (format == LIQ_FORMAT_TABLE)
        summary_text(output, found);
    else if ((status = liq_output_aside_open(&aside, err)) != LIQ_OK)
        return status;
    if (aside != NULL) {
        summary_text(aside, found);
        liq_output_aside_close(aside);
    }
    return LIQ_OK;
}

static void summary_json(liq_output *output, const liq_cascade_found *found)
{
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(found->book));
    liq_json_out_string(&json, "profile", liq_book_profile(found->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(found->book));
    liq_json_out_string(&json, "lead", found->plan->leader);
    liq_json_out_count(&json, "scenarios", found->plan->scenario_count);
    liq_json_out_count(&json, "variants", found->plan->variant_count);
    liq_json_out_count(&json, "margin_accounts", found->cases[0].summary.rows);
    liq_json_out_bool(&json, "conserved", true);
    liq_json_out_count(&json, "load_ns", found->load_ns);
    liq_json_out_count(&json, "cascade_ns", found->run_ns);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

static void summary_text(liq_output *output, const liq_cascade_found *found)
{
    const liq_cascade_plan *plan = found->plan;
    uint64_t rounds = 0;
    uint64_t rounds_ns = 0;

    for (uint32_t i = 0; i < found->case_count; i++) {
        rounds += found->cases[i].summary.rounds;
        rounds_ns += found->cases[i].summary.wall_ns;
    }
    liq_output_format(output, "\n%u cascade%s over %llu margin account%s at %s (%s), in %s\n",
                      found->case_count, liq_plural_s(found->case_count),
                      (unsigned long long)found->cases[0].summary.rows,
                      liq_plural_s(found->cases[0].summary.rows), liq_book_venue(found->book),
                      liq_book_profile(found->book), liq_book_margin_currency(found->book));
    liq_output_format(output,
                      "  prices are of %.128s; FEEDBACK is what fills moved it by beyond the "
                      "shock\n"
                      "  AMPLIFIED is LIQUIDATED over FIRST ROUND of \"%s\"\n",
                      plan->leader, plan->variants[0].name);
    liq_output_format(output,
                      "  funds held %s before; every round adds up to the last unit\n"
                      "  loaded in %.1f ms, run in %.1f ms; rounds took %.2f ms on average\n",
                      found->cases[0].summary.funds_before, (double)found->load_ns / 1e6,
                      (double)found->run_ns / 1e6,
                      rounds == 0 ? 0.0 : (double)rounds_ns / 1e6 / (double)rounds);
}
