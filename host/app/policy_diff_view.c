#include "app/policy_diff_view.h"

#include <stdlib.h>

#include "app/row_view.h"
#include "app/plural.h"
#include "base/memory.h"
#include "outlet/json_out.h"
#include "scan/scan_row.h"

enum { ACCOUNT_COLUMNS = 14, INSTRUMENT_COLUMNS = 11, TRANSITION_COLUMNS = 3 };

typedef struct ranked_instrument {
    liq_uint128 size;
    uint32_t index;
} ranked_instrument;

static int32_t table_decimals(const liq_diff_view *view);
static void account_emit(liq_emit *emit, const liq_diff_view *view, const liq_diff_row *row);
static void pair_emit(liq_emit *emit, const liq_scan_row *source, const liq_scan_row *target,
                      int64_t source_amount, int64_t target_amount, int32_t decimals);
static liq_status instruments_rank(ranked_instrument **out, uint32_t *count,
                                   const liq_policy_diff *diff, liq_error *err);
static liq_uint128 size_of(liq_int128 value);
static int compare_ranked(const void *left, const void *right);
static void instrument_emit(liq_emit *emit, const liq_diff_view *view, const char *name,
                            const liq_diff_instrument *part);
static void change_json(liq_json_out *json, const char *key, const liq_diff_view *view,
                        const liq_diff_change *change, const char *risen, const char *fallen);
static void change_text(liq_output *output, const char *what, const liq_diff_view *view,
                        const liq_diff_change *change, const char *risen, const char *fallen);
static char *cash_text(char out[LIQ_DECIMAL_BYTES], const liq_diff_view *view, liq_int128 cash);
static void instrument_json(liq_json_out *json, const liq_diff_view *view, const char *name,
                            const liq_diff_instrument *part);

liq_status liq_diff_accounts_write(liq_output *output, liq_format format, const liq_diff_view *view,
                                   liq_error *err)
{
    const int32_t decimals = table_decimals(view);
    const liq_emit_column columns[ACCOUNT_COLUMNS] = {
        {"account", "ACCOUNT", false, 0, 0},
        {"margin", "MARGIN", false, 0, 0},
        {"change", "CHANGE", false, 0, 0},
        {"status_before", "BEFORE", false, 0, 0},
        {"status_after", "AFTER", false, 0, 0},
        {"equity_before", NULL, true, decimals, LIQ_ROUND_FLOOR},
        {"equity_after", "EQUITY", true, decimals, LIQ_ROUND_FLOOR},
        {"maintenance_margin_before", "MAINTENANCE", true, decimals, LIQ_ROUND_CEIL},
        {"maintenance_margin_after", "AFTER", true, decimals, LIQ_ROUND_CEIL},
        {"initial_margin_before", "INITIAL", true, decimals, LIQ_ROUND_CEIL},
        {"initial_margin_after", "AFTER", true, decimals, LIQ_ROUND_CEIL},
        {"notional_before", NULL, true, decimals, LIQ_ROUND_CEIL},
        {"notional_after", "NOTIONAL", true, decimals, LIQ_ROUND_CEIL},
        {"shortfall", "SHORTFALL", true, decimals, LIQ_ROUND_CEIL}};
    liq_emit *emit = NULL;
    bool go_on = true;
    liq_status status = liq_emit_create(&emit, output, format, columns, ACCOUNT_COLUMNS, err);

    for (uint32_t i = 0; status == LIQ_OK && go_on && i < view->diff->row_count && i < view->limit;
         i++) {
        account_emit(emit, view, &view->diff->rows[i]);
        status = liq_output_look(output, i, &go_on, err);
    }
    if (status == LIQ_OK)
        liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return status;
}

liq_status liq_diff_instruments_write(liq_output *output, liq_format format,
                                      const liq_diff_view *view, liq_error *err)
{
    const int32_t decimals = table_decimals(view);
    const liq_emit_column columns[INSTRUMENT_COLUMNS] = {
        {"instrument", "INSTRUMENT", false, 0, 0},
        {"margin_accounts", "ACCOUNTS", true, 0, 0},
        {"margin_accounts_changed", "CHANGED", true, 0, 0},
        {"maintenance_before", "MAINTENANCE", true, decimals, LIQ_ROUND_NEAREST},
        {"maintenance_after", "AFTER", true, decimals, LIQ_ROUND_NEAREST},
        {"maintenance_called", "CALLED", true, decimals, LIQ_ROUND_NEAREST},
        {"maintenance_freed", "FREED", true, decimals, LIQ_ROUND_NEAREST},
        {"initial_before", "INITIAL", true, decimals, LIQ_ROUND_NEAREST},
        {"initial_after", "AFTER", true, decimals, LIQ_ROUND_NEAREST},
        {"initial_called", "CALLED", true, decimals, LIQ_ROUND_NEAREST},
        {"initial_freed", "FREED", true, decimals, LIQ_ROUND_NEAREST}};
    ranked_instrument *ranked = NULL;
    liq_emit *emit = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = instruments_rank(&ranked, &count, view->diff, err)) != LIQ_OK ||
        (status = liq_emit_create(&emit, output, format, columns, INSTRUMENT_COLUMNS, err)) !=
            LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++)
        if (format != LIQ_FORMAT_TABLE || (ranked[i].size > 0 && i < view->limit))
            instrument_emit(
                emit, view,
                liq_names_get(view->diff->source->venue.instrument_names, ranked[i].index),
                &view->diff->instruments[ranked[i].index]);
    instrument_emit(emit, view, "(rounding)", &view->diff->rounding);
    liq_emit_finish(emit);
done:
    liq_emit_destroy(emit);
    free(ranked);
    return status;
}

liq_status liq_diff_transitions_write(liq_output *output, liq_format format,
                                      const liq_diff_view *view, liq_error *err)
{
    static const liq_emit_column columns[TRANSITION_COLUMNS] = {
        {"from", "FROM", false, 0, 0},
        {"to", "TO", false, 0, 0},
        {"margin_accounts", "MARGIN ACCOUNTS", true, 0, 0}};
    liq_emit *emit = NULL;
    const liq_status status =
        liq_emit_create(&emit, output, format, columns, TRANSITION_COLUMNS, err);

    if (status != LIQ_OK)
        return status;
    for (int from = 0; from < LIQ_DIFF_STATUSES; from++)
        for (int to = 0; to < LIQ_DIFF_STATUSES; to++) {
            if (view->diff->transitions[from][to] == 0)
                continue;
            liq_emit_text(emit, liq_margin_status_name((liq_margin_status_code)from));
            liq_emit_text(emit, liq_margin_status_name((liq_margin_status_code)to));
            liq_emit_count(emit, view->diff->transitions[from][to]);
            liq_emit_row_end(emit);
        }
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}

void liq_diff_totals_text(liq_output *output, const liq_diff_view *view)
{
    const liq_policy_diff *diff = view->diff;

    liq_output_format(output, "\n%u margin account%s at %s, under %s and under %s\n  ",
                      diff->source_rows.row_count, liq_plural_s(diff->source_rows.row_count),
                      diff->source->venue.name, view->source_name, view->target_name);
    for (int i = 0; i < LIQ_DIFF_KINDS; i++)
        liq_output_format(output, "%s%llu %s", i == 0 ? "" : ", ",
                          (unsigned long long)diff->kinds[i], liq_diff_kind_name((liq_diff_kind)i));
    liq_output_string(output, "\n");
    if (view->limit < diff->row_count)
        liq_output_format(output, "  the first %llu of %u that changed are listed\n",
                          (unsigned long long)view->limit, diff->row_count);
    change_text(output, "maintenance margin", view, &diff->sums.maintenance, "called", "freed");
    change_text(output, "initial margin", view, &diff->sums.initial, "called", "freed");
    change_text(output, "equity", view, &diff->sums.equity, "gained", "lost");
    change_text(output, "short of maintenance margin", view, &diff->sums.maintenance_lack, "more",
                "less");
    change_text(output, "short of initial margin", view, &diff->sums.initial_lack, "more", "less");
    liq_output_format(output, "  loaded in %.1f ms, compared in %.1f ms\n",
                      (double)view->load_ns / 1e6, (double)view->diff_ns / 1e6);
}

liq_status liq_diff_summary_json(liq_output *output, const liq_diff_view *view, liq_error *err)
{
    const liq_policy_diff *diff = view->diff;
    ranked_instrument *ranked = NULL;
    uint32_t count = 0;
    liq_json_out json;
    const liq_status status = instruments_rank(&ranked, &count, diff, err);

    if (status != LIQ_OK)
        return status;
    liq_json_out_start(&json, output);
    liq_json_out_object(&json, NULL);
    liq_json_out_object(&json, "summary");
    liq_json_out_string(&json, "venue", diff->source->venue.name);
    liq_json_out_string(&json, "before", view->source_name);
    liq_json_out_string(&json, "after", view->target_name);
    liq_json_out_string(&json, "margin_currency", liq_book_margin_currency(diff->source));
    liq_json_out_count(&json, "margin_accounts", diff->source_rows.row_count);
    liq_json_out_count(&json, "compared", diff->rows_compared);
    liq_json_out_object(&json, "changes");
    for (int i = 0; i < LIQ_DIFF_KINDS; i++)
        liq_json_out_count(&json, liq_diff_kind_name((liq_diff_kind)i), diff->kinds[i]);
    liq_json_out_close(&json);
    liq_json_out_array(&json, "transitions");
    for (int from = 0; from < LIQ_DIFF_STATUSES; from++)
        for (int to = 0; to < LIQ_DIFF_STATUSES; to++) {
            if (diff->transitions[from][to] == 0)
                continue;
            liq_json_out_object(&json, NULL);
            liq_json_out_string(&json, "from",
                                liq_margin_status_name((liq_margin_status_code)from));
            liq_json_out_string(&json, "to", liq_margin_status_name((liq_margin_status_code)to));
            liq_json_out_count(&json, "margin_accounts", diff->transitions[from][to]);
            liq_json_out_close(&json);
        }
    liq_json_out_close(&json);
    change_json(&json, "maintenance_margin", view, &diff->sums.maintenance, "called", "freed");
    change_json(&json, "initial_margin", view, &diff->sums.initial, "called", "freed");
    change_json(&json, "equity", view, &diff->sums.equity, "gained", "lost");
    change_json(&json, "short_of_maintenance", view, &diff->sums.maintenance_lack, "more", "less");
    change_json(&json, "short_of_initial", view, &diff->sums.initial_lack, "more", "less");
    liq_json_out_array(&json, "instruments");
    for (uint32_t i = 0; i < count; i++)
        instrument_json(&json, view,
                        liq_names_get(diff->source->venue.instrument_names, ranked[i].index),
                        &diff->instruments[ranked[i].index]);
    liq_json_out_close(&json);
    change_json(&json, "rounding_maintenance", view, &diff->rounding.maintenance, "called",
                "freed");
    change_json(&json, "rounding_initial", view, &diff->rounding.initial, "called", "freed");
    liq_json_out_count(&json, "load_ns", view->load_ns);
    liq_json_out_count(&json, "diff_ns", view->diff_ns);
    liq_json_out_close(&json);
    liq_json_out_close(&json);
    free(ranked);
    return LIQ_OK;
}

/* Cents are enough for tables, unless margins are small. */
static int32_t table_decimals(const liq_diff_view *view)
{
    const liq_policy_diff *diff = view->diff;
    const int32_t decimals = diff->source->venue.cash_decimals;
    liq_int128 one = 1;

    for (int32_t i = 0; i < decimals; i++)
        one *= 10;
    if (decimals < 2 || diff->sums.maintenance.source < one * diff->source_rows.row_count)
        return LIQ_EMIT_FULL;
    return 2;
}

static void account_emit(liq_emit *emit, const liq_diff_view *view, const liq_diff_row *row)
{
    const liq_policy_diff *diff = view->diff;
    const int32_t decimals = diff->source->venue.cash_decimals;
    char label[LIQ_MARGIN_LABEL_BYTES];
    liq_scan_row source;
    liq_scan_row target;

    liq_scan_row_fill(&source, diff->source, &diff->source_rows.keys[row->source],
                      &diff->source_results[row->source]);
    liq_scan_row_fill(&target, diff->target, &diff->target_rows.keys[row->target],
                      &diff->target_results[row->target]);
    liq_emit_text(emit, source.account);
    liq_emit_text(emit, liq_scan_margin_label(label, &source));
    liq_emit_text(emit, liq_diff_kind_name((liq_diff_kind)row->kind));
    liq_emit_text(emit, liq_margin_status_name(source.status));
    liq_emit_text(emit, liq_margin_status_name(target.status));
    pair_emit(emit, &source, &target, source.equity, target.equity, decimals);
    pair_emit(emit, &source, &target, source.maintenance_margin, target.maintenance_margin,
              decimals);
    pair_emit(emit, &source, &target, source.initial_margin, target.initial_margin, decimals);
    pair_emit(emit, &source, &target, source.notional, target.notional, decimals);
    if (target.status == LIQ_MARGIN_UNVALUED)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit,
                         target.maintenance_margin > target.equity
                             ? (liq_int128)target.maintenance_margin - target.equity
                             : 0,
                         decimals);
    liq_emit_row_end(emit);
}

static void pair_emit(liq_emit *emit, const liq_scan_row *source, const liq_scan_row *target,
                      int64_t source_amount, int64_t target_amount, int32_t decimals)
{
    if (source->status == LIQ_MARGIN_UNVALUED)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, source_amount, decimals);
    if (target->status == LIQ_MARGIN_UNVALUED)
        liq_emit_null(emit);
    else
        liq_emit_decimal(emit, target_amount, decimals);
}

/* Instruments that somebody holds or orders, the largest change first. */
static liq_status instruments_rank(ranked_instrument **out, uint32_t *count,
                                   const liq_policy_diff *diff, liq_error *err)
{
    const uint32_t instruments = diff->source->venue.instrument_count;
    const liq_status status = liq_memory_array(out, instruments, sizeof **out, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < instruments; i++) {
        const liq_diff_instrument *part = &diff->instruments[i];

        if (part->rows > 0)
            (*out)[(*count)++] = (ranked_instrument){
                .size = size_of(part->maintenance.target - part->maintenance.source) +
                        size_of(part->initial.target - part->initial.source) +
                        (part->rows_changed > 0),
                .index = i};
    }
    qsort(*out, *count, sizeof **out, compare_ranked);
    return LIQ_OK;
}

static liq_uint128 size_of(liq_int128 value)
{
    return (liq_uint128)(value < 0 ? -value : value);
}

static int compare_ranked(const void *left, const void *right)
{
    const ranked_instrument *a = left;
    const ranked_instrument *b = right;

    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return (a->index > b->index) - (a->index < b->index);
}

static void instrument_emit(liq_emit *emit, const liq_diff_view *view, const char *name,
                            const liq_diff_instrument *part)
{
    const int32_t decimals = view->diff->source->venue.cash_decimals;
    const liq_diff_change *const changes[] = {&part->maintenance, &part->initial};

    liq_emit_text(emit, name);
    liq_emit_count(emit, part->rows);
    liq_emit_count(emit, part->rows_changed);
    for (int i = 0; i < 2; i++) {
        liq_emit_decimal(emit, changes[i]->source, decimals);
        liq_emit_decimal(emit, changes[i]->target, decimals);
        liq_emit_decimal(emit, changes[i]->risen, decimals);
        liq_emit_decimal(emit, changes[i]->fallen, decimals);
    }
    liq_emit_row_end(emit);
}

static void instrument_json(liq_json_out *json, const liq_diff_view *view, const char *name,
                            const liq_diff_instrument *part)
{
    liq_json_out_object(json, NULL);
    liq_json_out_string(json, "instrument", name);
    liq_json_out_count(json, "margin_accounts", part->rows);
    liq_json_out_count(json, "margin_accounts_changed", part->rows_changed);
    change_json(json, "maintenance_margin", view, &part->maintenance, "called", "freed");
    change_json(json, "initial_margin", view, &part->initial, "called", "freed");
    liq_json_out_close(json);
}

static void change_json(liq_json_out *json, const char *key, const liq_diff_view *view,
                        const liq_diff_change *change, const char *risen, const char *fallen)
{
    char text[LIQ_DECIMAL_BYTES];

    liq_json_out_object(json, key);
    liq_json_out_string(json, "before", cash_text(text, view, change->source));
    liq_json_out_string(json, "after", cash_text(text, view, change->target));
    liq_json_out_string(json, risen, cash_text(text, view, change->risen));
    liq_json_out_string(json, fallen, cash_text(text, view, change->fallen));
    liq_json_out_close(json);
}

static void change_text(liq_output *output, const char *what, const liq_diff_view *view,
                        const liq_diff_change *change, const char *risen, const char *fallen)
{
    char texts[4][LIQ_DECIMAL_BYTES];

    liq_output_format(
        output, "  %s %s, then %s %s: %s %s, %s %s\n", what,
        cash_text(texts[0], view, change->source), cash_text(texts[1], view, change->target),
        liq_book_margin_currency(view->diff->source), cash_text(texts[2], view, change->risen),
        risen, cash_text(texts[3], view, change->fallen), fallen);
}

static char *cash_text(char out[LIQ_DECIMAL_BYTES], const liq_diff_view *view, liq_int128 cash)
{
    return liq_decimal_format(out, cash, view->diff->source->venue.cash_decimals);
}
