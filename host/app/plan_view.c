#include "app/plan_view.h"

#include <string.h>

#include "app/row_view.h"
#include "book/lot_value.h"
#include "outlet/amount_text.h"
#include "scan/explain_lines.h"
#include "scan/plan_choice.h"
#include "scan/scan_row.h"

enum { PRICE_DECIMALS_MORE = 4, PRICE_DECIMALS_MAX = 18, LEVERAGE_DECIMALS = 6, TEXT_BYTES = 96 };

static void step_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan,
                      uint32_t index);
static void rest_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan);
static void leverage_emit(liq_emit *emit, const liq_row_record *record);
static const char *price_text(char out[LIQ_DECIMAL_BYTES], const liq_plan_view *view,
                              const liq_plan_step *step, int64_t value);
static int64_t average_value(const liq_plan_step *step);
static const liq_position *held_of(const liq_plan_view *view, const liq_plan_step *step);
static const char *cash_text(char out[LIQ_DECIMAL_BYTES], const liq_plan_view *view,
                             liq_int128 cash);
static const char *quantity_text(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_plan_view *view,
                                 uint64_t position, int64_t lots);
static void scan_row_of(liq_scan_row *out, const liq_plan_view *view, const liq_plan *plan,
                        const liq_row_record *record);
static const char *leverage_text(char out[LIQ_DECIMAL_BYTES], const liq_scan_row *row);
static void record_json(liq_json_out *json, const char *key, const liq_plan_view *view,
                        const liq_plan *plan, const liq_row_record *record);
static void step_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan,
                      uint32_t index);
static void singles_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan);
static void quality_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan);
static void state_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan);
static void quality_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan);
static void top_up_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan);
static const char *outcome_name(liq_plan_outcome outcome);
static const char *method_name(liq_plan_method method);
static liq_int128 step_cost(const liq_plan_step *step);
static liq_int128 step_fee(const liq_plan_view *view, const liq_plan_step *step);

void liq_plan_columns(liq_emit_column out[LIQ_PLAN_COLUMNS], bool is_venue)
{
    const liq_emit_column columns[LIQ_PLAN_COLUMNS] = {
        {"account", "ACCOUNT", false, 0, 0},
        {"margin", "MARGIN", false, 0, 0},
        {"outcome", is_venue ? "OUTCOME" : NULL, false, 0, 0},
        {"step", "STEP", true, 0, 0},
        {"instrument", "INSTRUMENT", false, 0, 0},
        {"side", "SIDE", false, 0, 0},
        {"quantity", "QUANTITY", true, LIQ_EMIT_FULL, 0},
        {"remaining", "LEFT", true, LIQ_EMIT_FULL, 0},
        {"average_price", "PRICE", true, LIQ_EMIT_FULL, 0},
        {"worst_price", "WORST", true, LIQ_EMIT_FULL, 0},
        {"cost", "COST", true, LIQ_EMIT_FULL, 0},
        {"fee", "FEE", true, LIQ_EMIT_FULL, 0},
        {"equity", "EQUITY", true, 2, LIQ_ROUND_FLOOR},
        {"notional", "NOTIONAL", true, 2, LIQ_ROUND_CEIL},
        {"leverage", "LEVERAGE", true, LEVERAGE_DECIMALS, LIQ_ROUND_CEIL},
        {"status", "STATUS", false, 0, 0},
        {"judged_status", "JUDGED", false, 0, 0},
        {"top_up", is_venue ? "TOP-UP" : NULL, true, LIQ_EMIT_FULL, 0},
        {"top_up_asset", is_venue ? "OF" : NULL, false, 0, 0}};

    memcpy(out, columns, sizeof columns);
}

void liq_plan_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan,
                   bool is_steps_only)
{
    for (uint32_t i = 0; i < plan->step_count; i++)
        step_emit(emit, view, plan, i);
    if (plan->step_count == 0 && !is_steps_only)
        rest_emit(emit, view, plan);
}

void liq_plan_json(liq_output *output, const liq_plan_view *view, const liq_plan *plan)
{
    const liq_venue *venue = &view->book->venue;
    char label[LIQ_MARGIN_LABEL_BYTES];
    char text[LIQ_DECIMAL_BYTES];
    liq_json_out json;
    liq_scan_row row;

    scan_row_of(&row, view, plan, &plan->now);
    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_string(&json, "account", row.account);
    liq_json_out_string(&json, "margin", liq_scan_margin_label(label, &row));
    liq_json_out_string(&json, "goal", view->goal);
    liq_json_out_string(&json, "outcome", outcome_name(plan->outcome));
    record_json(&json, "now", view, plan, &plan->now);
    record_json(&json, "judged", view, plan, &plan->judged);
    liq_json_out_array(&json, "steps");
    for (uint32_t i = 0; i < plan->step_count; i++)
        step_json(&json, view, plan, i);
    liq_json_out_close(&json);
    quality_json(&json, view, plan);
    singles_json(&json, view, plan);
    liq_json_out_string(
        &json, "top_up",
        plan->has_top_up
            ? liq_decimal_format(text, plan->top_up, venue->assets[plan->top_up_asset].decimals)
            : NULL);
    liq_json_out_string(&json, "top_up_asset",
                        liq_names_get(venue->asset_names, plan->top_up_asset));
    liq_json_out_close(&json);
}

void liq_plan_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan)
{
    state_text(output, view, plan);
    if (plan->outcome == LIQ_PLAN_REDUCED)
        quality_text(output, view, plan);
    else if (plan->outcome == LIQ_PLAN_UNREACHABLE)
        liq_output_format(output, "  %s\n",
                          plan->is_proven ? "no reduction that the depth takes is enough"
                                          : "no reduction that is enough was found");
    if (plan->outcome == LIQ_PLAN_REDUCED || plan->outcome == LIQ_PLAN_UNREACHABLE)
        top_up_text(output, view, plan);
    for (uint32_t i = 0; plan->single_count > 1 && i < plan->single_count; i++) {
        const liq_plan_single *single = &plan->singles[i];
        const liq_position *position = &view->book->positions[single->position];
        char quantity[LIQ_AMOUNT_TEXT_BYTES];
        char cash[LIQ_DECIMAL_BYTES];

        if (single->lots > 0)
            liq_output_format(
                output, "  or %s %s alone: at least %s, for %s %s\n",
                liq_names_get(view->book->venue.instrument_names, position->instrument_index),
                position->quantity_lots < 0 ? "short" : "long",
                quantity_text(quantity, view, single->position, single->lots),
                cash_text(cash, view, single->cost), liq_book_margin_currency(view->book));
    }
}

void liq_venue_plan_json(liq_output *output, const liq_plan_view *view, const liq_venue_plan *plan)
{
    char text[LIQ_DECIMAL_BYTES];
    liq_json_out json;

    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", liq_book_venue(view->book));
    liq_json_out_string(&json, "profile", liq_book_profile(view->book));
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(view->book));
    liq_json_out_string(&json, "goal", view->goal);
    liq_json_out_count(&json, "margin_accounts", plan->rows);
    liq_json_out_count(&json, "unvalued", plan->unvalued);
    liq_json_out_count(&json, "missing_the_goal", plan->plan_count);
    liq_json_out_count(&json, "reduced", plan->reduced);
    liq_json_out_count(&json, "unreachable", plan->unreachable);
    liq_json_out_string(&json, "cost", cash_text(text, view, plan->cost));
    liq_json_out_string(&json, "fee", cash_text(text, view, plan->fee));
    liq_json_out_string(&json, "bound",
                        plan->has_bound ? cash_text(text, view, plan->bound) : NULL);
    liq_json_out_string(&json, "top_up_of_unreachable", cash_text(text, view, plan->top_up));
    liq_json_out_close(&json);
    liq_json_out_close(&json);
}

void liq_venue_plan_text(liq_output *output, const liq_plan_view *view, const liq_venue_plan *plan)
{
    char cost[LIQ_DECIMAL_BYTES];
    char fee[LIQ_DECIMAL_BYTES];
    char bound[LIQ_DECIMAL_BYTES];
    const char *currency = liq_book_margin_currency(view->book);

    liq_output_format(output,
                      "\n%llu of %llu margin accounts at %s (%s) miss %s; %llu have no value\n"
                      "  %llu reach it by reductions: cost %s %s, of it fees %s",
                      (unsigned long long)plan->plan_count, (unsigned long long)plan->rows,
                      liq_book_venue(view->book), liq_book_profile(view->book), view->goal,
                      (unsigned long long)plan->unvalued, (unsigned long long)plan->reduced,
                      cash_text(cost, view, plan->cost), currency, cash_text(fee, view, plan->fee));
    if (plan->has_bound)
        liq_output_format(output, "; no plan costs less than %s",
                          cash_text(bound, view, plan->bound));
    liq_output_format(output, "\n  %llu do not: deposits worth %s %s would\n",
                      (unsigned long long)plan->unreachable, cash_text(cost, view, plan->top_up),
                      currency);
}

static void step_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan,
                      uint32_t index)
{
    const liq_plan_step *step = &plan->steps[index];
    const liq_position *held = held_of(view, step);
    const int32_t decimals = view->book->venue.cash_decimals;
    const int64_t left = (int64_t)liq_size_of(held->quantity_lots) - step->lots;
    char label[LIQ_MARGIN_LABEL_BYTES];
    char quantity[LIQ_AMOUNT_TEXT_BYTES];
    char price[LIQ_DECIMAL_BYTES];
    liq_scan_row row;

    scan_row_of(&row, view, plan, &step->after);
    liq_emit_text(emit, row.account);
    liq_emit_text(emit, liq_scan_margin_label(label, &row));
    liq_emit_text(emit, outcome_name(plan->outcome));
    liq_emit_count(emit, index + 1);
    liq_emit_text(emit, liq_names_get(view->book->venue.instrument_names, held->instrument_index));
    liq_emit_text(emit, held->quantity_lots < 0 ? "short" : "long");
    liq_emit_text(emit, quantity_text(quantity, view, step->position, step->lots));
    liq_emit_text(emit, quantity_text(quantity, view, step->position, left));
    liq_emit_text(emit, price_text(price, view, step, average_value(step)));
    liq_emit_text(emit, price_text(price, view, step, step->worst_value));
    liq_emit_decimal(emit, step_cost(step), decimals);
    liq_emit_decimal(emit, step_fee(view, step), decimals);
    liq_emit_decimal(emit, step->after.equity, decimals);
    liq_emit_decimal(emit, step->after.notional, decimals);
    leverage_emit(emit, &step->after);
    liq_emit_text(emit, liq_margin_status_name(row.status));
    liq_emit_text(emit, liq_margin_status_name((liq_margin_status_code)step->judged.status));
    liq_emit_null(emit);
    liq_emit_null(emit);
    liq_emit_row_end(emit);
}

/* A margin account without steps: what it is, and the deposit that would help. */
static void rest_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan)
{
    const liq_venue *venue = &view->book->venue;
    const bool has_value = plan->now.reason == LIQ_REASON_NONE;
    char label[LIQ_MARGIN_LABEL_BYTES];
    liq_scan_row row;

    scan_row_of(&row, view, plan, &plan->now);
    liq_emit_text(emit, row.account);
    liq_emit_text(emit, liq_scan_margin_label(label, &row));
    liq_emit_text(emit, outcome_name(plan->outcome));
    for (int i = 0; i < 9; i++)
        liq_emit_null(emit);
    if (has_value) {
        liq_emit_decimal(emit, plan->now.equity, venue->cash_decimals);
        liq_emit_decimal(emit, plan->now.notional, venue->cash_decimals);
        leverage_emit(emit, &plan->now);
    } else {
        for (int i = 0; i < 3; i++)
            liq_emit_null(emit);
    }
    liq_emit_text(emit, liq_margin_status_name(row.status));
    liq_emit_text(emit, liq_margin_status_name((liq_margin_status_code)plan->judged.status));
    if (plan->has_top_up) {
        liq_emit_decimal(emit, plan->top_up, venue->assets[plan->top_up_asset].decimals);
        liq_emit_text(emit, liq_names_get(venue->asset_names, plan->top_up_asset));
    } else {
        liq_emit_null(emit);
        liq_emit_null(emit);
    }
    liq_emit_row_end(emit);
}

static void leverage_emit(liq_emit *emit, const liq_row_record *record)
{
    const liq_scan_row row = {.equity = record->equity, .notional = record->notional};
    liq_int128 leverage;

    if (liq_scan_leverage(&leverage, &row))
        liq_emit_decimal(emit, leverage, LEVERAGE_DECIMALS);
    else
        liq_emit_null(emit);
}

static const char *price_text(char out[LIQ_DECIMAL_BYTES], const liq_plan_view *view,
                              const liq_plan_step *step, int64_t value)
{
    const uint32_t instrument = held_of(view, step)->instrument_index;
    int32_t decimals =
        view->book->venue.instruments[instrument].tick_decimals + PRICE_DECIMALS_MORE;
    int64_t price;

    for (decimals = decimals < PRICE_DECIMALS_MAX ? decimals : PRICE_DECIMALS_MAX;
         value != 0 && decimals >= 0; decimals--)
        if (liq_lot_value_price(&price, &view->book->venue, instrument, value, decimals,
                                LIQ_ROUND_NEAREST))
            return liq_decimal_format(out, price, decimals);
    return NULL;
}

static int64_t average_value(const liq_plan_step *step)
{
    return (int64_t)(step->order.worth / step->lots);
}

static const liq_position *held_of(const liq_plan_view *view, const liq_plan_step *step)
{
    return &view->book->positions[step->position];
}

static const char *cash_text(char out[LIQ_DECIMAL_BYTES], const liq_plan_view *view,
                             liq_int128 cash)
{
    return liq_decimal_format(out, cash, view->book->venue.cash_decimals);
}

static const char *quantity_text(char out[LIQ_AMOUNT_TEXT_BYTES], const liq_plan_view *view,
                                 uint64_t position, int64_t lots)
{
    const uint32_t instrument = view->book->positions[position].instrument_index;

    liq_explain_quantity_write(out, &view->book->venue.instruments[instrument], lots);
    return out;
}

static void scan_row_of(liq_scan_row *out, const liq_plan_view *view, const liq_plan *plan,
                        const liq_row_record *record)
{
    liq_scan_row_fill(out, view->book, &plan->key, record);
}

static const char *leverage_text(char out[LIQ_DECIMAL_BYTES], const liq_scan_row *row)
{
    liq_int128 leverage;

    return liq_scan_leverage(&leverage, row) ? liq_decimal_format(out, leverage, LEVERAGE_DECIMALS)
                                             : NULL;
}

static void record_json(liq_json_out *json, const char *key, const liq_plan_view *view,
                        const liq_plan *plan, const liq_row_record *record)
{
    const bool has_value = record->reason == LIQ_REASON_NONE;
    char text[LIQ_DECIMAL_BYTES];
    liq_scan_row row;

    scan_row_of(&row, view, plan, record);
    liq_json_out_object(json, key);
    liq_json_out_string(json, "equity", has_value ? cash_text(text, view, record->equity) : NULL);
    liq_json_out_string(json, "maintenance_margin",
                        has_value ? cash_text(text, view, record->maintenance) : NULL);
    liq_json_out_string(json, "notional",
                        has_value ? cash_text(text, view, record->notional) : NULL);
    liq_json_out_string(json, "leverage", leverage_text(text, &row));
    liq_json_out_string(json, "status", has_value ? liq_margin_status_name(row.status) : NULL);
    liq_json_out_close(json);
}

static void step_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan,
                      uint32_t index)
{
    const liq_plan_step *step = &plan->steps[index];
    const liq_position *held = held_of(view, step);
    const int64_t left = (int64_t)liq_size_of(held->quantity_lots) - step->lots;
    char quantity[LIQ_AMOUNT_TEXT_BYTES];
    char text[LIQ_DECIMAL_BYTES];

    liq_json_out_object(json, NULL);
    liq_json_out_string(json, "instrument",
                        liq_names_get(view->book->venue.instrument_names, held->instrument_index));
    liq_json_out_string(json, "side", held->quantity_lots < 0 ? "short" : "long");
    liq_json_out_string(json, "quantity",
                        quantity_text(quantity, view, step->position, step->lots));
    liq_json_out_string(json, "remaining", quantity_text(quantity, view, step->position, left));
    liq_json_out_string(json, "average_price", price_text(text, view, step, average_value(step)));
    liq_json_out_string(json, "worst_price", price_text(text, view, step, step->worst_value));
    liq_json_out_string(json, "cost", cash_text(text, view, step_cost(step)));
    liq_json_out_string(json, "fee", cash_text(text, view, step_fee(view, step)));
    record_json(json, "after", view, plan, &step->after);
    record_json(json, "judged", view, plan, &step->judged);
    liq_json_out_bool(json, "one_lot_less_misses", step->is_least);
    liq_json_out_close(json);
}

static void singles_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan)
{
    liq_json_out_array(json, "one_position_alone");
    for (uint32_t i = 0; i < plan->single_count; i++) {
        const liq_plan_single *single = &plan->singles[i];
        const liq_position *held = &view->book->positions[single->position];
        const bool is_enough = single->lots > 0;
        char quantity[LIQ_AMOUNT_TEXT_BYTES];
        char text[LIQ_DECIMAL_BYTES];

        liq_json_out_object(json, NULL);
        liq_json_out_string(
            json, "instrument",
            liq_names_get(view->book->venue.instrument_names, held->instrument_index));
        liq_json_out_string(json, "side", held->quantity_lots < 0 ? "short" : "long");
        liq_json_out_string(
            json, "quantity",
            is_enough ? quantity_text(quantity, view, single->position, single->lots) : NULL);
        liq_json_out_string(json, "cost", is_enough ? cash_text(text, view, single->cost) : NULL);
        liq_json_out_close(json);
    }
    liq_json_out_close(json);
}

static void quality_json(liq_json_out *json, const liq_plan_view *view, const liq_plan *plan)
{
    const bool has_steps = plan->outcome == LIQ_PLAN_REDUCED;
    char text[LIQ_DECIMAL_BYTES];

    liq_json_out_string(json, "method", has_steps ? method_name(plan->method) : NULL);
    liq_json_out_string(json, "cost", has_steps ? cash_text(text, view, plan->cost) : NULL);
    liq_json_out_string(json, "fee", has_steps ? cash_text(text, view, plan->fee) : NULL);
    liq_json_out_string(json, "bound",
                        has_steps && plan->has_bound ? cash_text(text, view, plan->bound) : NULL);
    liq_json_out_bool(json, "proven_unreachable", plan->is_proven);
}

static void state_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan)
{
    char label[LIQ_MARGIN_LABEL_BYTES];
    char text[LIQ_DECIMAL_BYTES];
    const char *leverage;
    liq_scan_row row;

    scan_row_of(&row, view, plan, &plan->now);
    leverage = leverage_text(text, &row);
    liq_output_format(output, "%s, %s: now %s, leverage %s; asked for %s\n", row.account,
                      liq_scan_margin_label(label, &row), liq_margin_status_name(row.status),
                      leverage == NULL ? "-" : leverage, view->goal);
    if (plan->outcome == LIQ_PLAN_NOT_NEEDED)
        liq_output_string(output, "  that is so already\n");
    if (plan->outcome == LIQ_PLAN_UNVALUED) {
        if (row.status != LIQ_MARGIN_UNVALUED)
            scan_row_of(&row, view, plan, &plan->judged);
        liq_output_format(output, "  it cannot be valued: %s%s%s\n", row.reason,
                          row.reason_subject == NULL ? "" : " ",
                          row.reason_subject == NULL ? "" : row.reason_subject);
    } else if (view->request->goal == LIQ_PLAN_SURVIVE) {
        scan_row_of(&row, view, plan, &plan->judged);
        liq_output_format(output, "  it would be: %s\n", liq_margin_status_name(row.status));
    }
}

static void quality_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan)
{
    const char *currency = liq_book_margin_currency(view->book);
    char cost[LIQ_DECIMAL_BYTES];
    char fee[LIQ_DECIMAL_BYTES];
    bool is_least = true;

    for (uint32_t i = 0; i < plan->step_count; i++)
        is_least &= plan->steps[i].is_least;
    liq_output_format(output, "  %u order%s, cost %s %s, of it fees %s\n", plan->step_count,
                      plan->step_count == 1 ? "" : "s", cash_text(cost, view, plan->cost), currency,
                      cash_text(fee, view, plan->fee));
    if (is_least)
        liq_output_format(output, "  one lot less%s is not enough\n",
                          plan->step_count == 1 ? "" : " of any of them");
    if (!plan->has_bound)
        liq_output_string(output, "  how far it is from the cheapest plan is not known\n");
    else if (plan->bound >= plan->cost)
        liq_output_string(output, "  no reductions cost less\n");
    else
        liq_output_format(output, "  a heuristic; no reductions cost less than %s\n",
                          cash_text(cost, view, plan->bound));
}

static void top_up_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan)
{
    const liq_venue *venue = &view->book->venue;
    char text[LIQ_DECIMAL_BYTES];

    if (plan->has_top_up)
        liq_output_format(
            output, "  or deposit %s %s; one unit less is not enough\n",
            liq_decimal_format(text, plan->top_up, venue->assets[plan->top_up_asset].decimals),
            liq_names_get(venue->asset_names, plan->top_up_asset));
    else
        liq_output_string(output, "  no deposit that can be counted is enough\n");
}

static const char *outcome_name(liq_plan_outcome outcome)
{
    static const char *const names[] = {"not_needed", "reduced", "unreachable", "unvalued"};

    return names[outcome];
}

static const char *method_name(liq_plan_method method)
{
    static const char *const names[] = {"none", "one_position", "ordered"};

    return names[method];
}

static liq_int128 step_cost(const liq_plan_step *step)
{
    return liq_plan_cash_ceil(step->order.cost);
}

static liq_int128 step_fee(const liq_plan_view *view, const liq_plan_step *step)
{
    const uint32_t instrument = held_of(view, step)->instrument_index;
    const uint32_t asset = view->book->venue.instruments[instrument].settle_index;

    return liq_plan_cash_ceil((liq_int128)step->order.fee *
                              view->request->market->assets[asset].exchange_rate *
                              (LIQ_GRAINS_PER_UNIT / LIQ_EXCHANGE_RATE_ONE));
}
