#include "app/explain_facts.h"

#include <stdio.h>

#include "app/row_view.h"
#include "outlet/amount_text.h"
#include "outlet/json_out.h"

enum { ITEM_BYTES = 160, FACT_COLUMNS = 6 };

/* Where facts go. For CSV the place of the next fact is kept; JSON nests. */
typedef struct fact_writer {
    liq_json_out json;
    liq_emit *emit; /* NULL: JSON */
    const char *account;
    const char *margin;
    const char *section;
    const char *item; /* NULL: the section as a whole */
} fact_writer;

static const liq_emit_column columns[FACT_COLUMNS] = {{.name = "account"}, {.name = "margin"},
                                                      {.name = "section"}, {.name = "item"},
                                                      {.name = "field"},   {.name = "value"}};

static void margin_write(fact_writer *writer, const liq_scan_view *view,
                         const liq_explanation *explanation, uint32_t index);
static void row_write(fact_writer *writer, const liq_scan_view *view, const liq_scan_row *row);
static void collateral_write(fact_writer *writer, const liq_scan_view *view,
                             const liq_explain_collateral *line);
static void position_write(fact_writer *writer, const liq_explain_position *position);
static void portfolio_write(fact_writer *writer, const liq_scan_view *view,
                            const liq_explanation *explanation, uint32_t index);
static void cure_write(fact_writer *writer, const liq_explanation *explanation, uint32_t index);
static void reduction_write(fact_writer *writer, const liq_explain_reduction *reduction);
static void section_open(fact_writer *writer, const char *section);
static void item_open(fact_writer *writer, const char *item);
static void item_close(fact_writer *writer);
static void fact(fact_writer *writer, const char *field, const char *value);
static void fact_text(fact_writer *writer, const char *field, const char *value);
static void fact_amount(fact_writer *writer, const char *field, bool has_value, liq_int128 digits,
                        int32_t decimals);
static void fact_number(fact_writer *writer, const char *field, uint64_t number);
static const char *leg_label(char out[ITEM_BYTES], const char *instrument, int is_short);

liq_status liq_explain_facts_write(liq_output *output, liq_format format, const liq_book *book,
                                   const liq_explanation *explanation, liq_error *err)
{
    const liq_scan_view view = liq_scan_view_of(book);
    fact_writer writer = {0};
    liq_status status;

    liq_json_out_start(&writer.json, output);
    if (format == LIQ_FORMAT_CSV && (status = liq_emit_create(&writer.emit, output, format, columns,
                                                              FACT_COLUMNS, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < liq_explanation_margins(explanation); i++)
        margin_write(&writer, &view, explanation, i);
    if (writer.emit != NULL)
        liq_emit_finish(writer.emit);
    liq_emit_destroy(writer.emit);
    return LIQ_OK;
}

static void margin_write(fact_writer *writer, const liq_scan_view *view,
                         const liq_explanation *explanation, uint32_t index)
{
    const liq_explain_margin *margin = liq_explanation_margin(explanation, index);
    char label[LIQ_MARGIN_LABEL_BYTES];

    writer->account = margin->row.account;
    writer->margin = liq_scan_margin_label(label, &margin->row);
    writer->section = "account";
    if (writer->emit == NULL)
        liq_json_out_object(&writer->json, NULL);
    row_write(writer, view, &margin->row);
    section_open(writer, "collateral");
    for (uint32_t i = 0; i < margin->collateral_count; i++)
        collateral_write(writer, view, liq_explanation_collateral(explanation, index, i));
    item_close(writer);
    section_open(writer, "positions");
    for (uint32_t i = 0; i < margin->position_count; i++)
        position_write(writer, liq_explanation_position(explanation, index, i));
    item_close(writer);
    if (margin->is_portfolio)
        portfolio_write(writer, view, explanation, index);
    cure_write(writer, explanation, index);
    item_close(writer);
}

static void row_write(fact_writer *writer, const liq_scan_view *view, const liq_scan_row *row)
{
    const bool has_value = row->status != LIQ_MARGIN_UNVALUED;
    const int32_t decimals = view->cash_decimals;
    liq_int128 ratio = 0;
    bool has_ratio;

    if (writer->emit == NULL) { /* CSV has them on every line */
        fact(writer, "account", writer->account);
        fact(writer, "margin", writer->margin);
    }
    fact_amount(writer, "equity", has_value, row->equity, decimals);
    fact_amount(writer, "maintenance_margin", has_value, row->maintenance_margin, decimals);
    fact_amount(writer, "initial_margin", has_value, row->initial_margin, decimals);
    fact_amount(writer, "notional", has_value, row->notional, decimals);
    has_ratio = liq_scan_ratio(&ratio, view, row);
    fact_amount(writer, "margin_ratio", has_ratio, ratio, LIQ_RATIO_DECIMALS);
    has_ratio = liq_scan_leverage(&ratio, row);
    fact_amount(writer, "leverage", has_ratio, ratio, LIQ_RATIO_DECIMALS);
    fact(writer, "status", has_value ? liq_margin_status_name(row->status) : NULL);
    if (has_value)
        return;
    fact(writer, "unvalued", row->reason);
    fact(writer, "subject", row->reason_subject);
}

static void collateral_write(fact_writer *writer, const liq_scan_view *view,
                             const liq_explain_collateral *line)
{
    item_open(writer, line->asset);
    fact(writer, "asset", line->asset);
    fact_amount(writer, "amount", true, line->amount, line->decimals);
    fact_text(writer, "index_price", line->index_price);
    fact_text(writer, "weight", line->weight);
    fact_amount(writer, "value", line->has_value != 0, line->value, view->cash_decimals);
    item_close(writer);
}

static void position_write(fact_writer *writer, const liq_explain_position *position)
{
    char label[ITEM_BYTES];

    item_open(writer, leg_label(label, position->instrument, position->is_short));
    fact(writer, "instrument", position->instrument);
    fact(writer, "side", position->is_short ? "short" : "long");
    fact_text(writer, "quantity", position->quantity);
    fact_text(writer, "entry_price", position->entry_price);
    fact_text(writer, "mark_price", position->mark_price);
    fact_text(writer, "notional", position->notional);
    fact_text(writer, "unrealised_pnl", position->unrealised_pnl);
    fact_text(writer, "maintenance_margin", position->maintenance_margin);
    fact_text(writer, "liquidation_price", position->liquidation_price);
    fact_text(writer, "bankruptcy_price", position->bankruptcy_price);
    fact_text(writer, "adl_score", position->adl_score);
    fact_number(writer, "adl_light", position->adl_light);
    fact(writer, "settle", position->settle);
    fact_text(writer, "initial_margin", position->initial_margin);
    fact_number(writer, "tier", position->tier);
    fact_text(writer, "maintenance_rate", position->maintenance_rate);
    fact_text(writer, "deduction", position->deduction);
    fact_text(writer, "distance_percent", position->distance);
    fact_number(writer, "adl_rank", position->adl_rank);
    fact(writer, "adl_standing", liq_adl_standing_name(position->adl_standing));
    item_close(writer);
}

/* What classes need, and what underlyings do in each scenario. */
static void portfolio_write(fact_writer *writer, const liq_scan_view *view,
                            const liq_explanation *explanation, uint32_t index)
{
    const liq_explain_margin *margin = liq_explanation_margin(explanation, index);
    char label[ITEM_BYTES];

    section_open(writer, "classes");
    for (uint32_t i = 0; i < margin->class_count; i++) {
        const liq_explain_class *line = liq_explanation_class(explanation, index, i);

        (void)snprintf(label, sizeof label, "%u", line->number);
        item_open(writer, label);
        fact_number(writer, "class", line->number);
        fact_number(writer, "worst_scenario", line->scenario);
        fact_amount(writer, "worst_loss", true, line->worst, view->cash_decimals);
        fact_amount(writer, "contingency", true, line->contingency, view->cash_decimals);
        fact_amount(writer, "minimum", true, line->minimum, view->cash_decimals);
        fact_amount(writer, "need", true, line->need, view->cash_decimals);
        item_close(writer);
    }
    item_close(writer);
    section_open(writer, "scenarios");
    for (uint32_t i = 0; i < margin->scenario_count; i++) {
        const liq_explain_scenario *line = liq_explanation_scenario(explanation, index, i);

        (void)snprintf(label, sizeof label, "%s:%u", line->underlying, i + 1);
        item_open(writer, label);
        fact(writer, "underlying", line->underlying);
        fact_amount(writer, "price", true, line->price_ppm, LIQ_RATIO_DECIMALS);
        fact_amount(writer, "volatility", true, line->volatility_ppm, LIQ_RATIO_DECIMALS);
        fact_amount(writer, "cover", true, line->cover_ppm, LIQ_RATIO_DECIMALS);
        fact_amount(writer, "pnl", true, line->pnl, view->cash_decimals);
        fact(writer, "worst", line->is_worst ? "yes" : "no");
        item_close(writer);
    }
    item_close(writer);
}

static void cure_write(fact_writer *writer, const liq_explanation *explanation, uint32_t index)
{
    const liq_explain_margin *margin = liq_explanation_margin(explanation, index);

    writer->section = "cure";
    writer->item = NULL;
    if (!margin->has_cure) {
        if (writer->emit == NULL)
            fact(writer, "cure", NULL);
        return;
    }
    if (writer->emit == NULL)
        liq_json_out_object(&writer->json, "cure");
    fact_text(writer, "top_up", margin->top_up);
    fact(writer, "top_up_asset", margin->top_up_asset);
    section_open(writer, "reductions");
    for (uint32_t i = 0; i < margin->reduction_count; i++)
        reduction_write(writer, liq_explanation_reduction(explanation, index, i));
    item_close(writer);
    if (margin->is_portfolio)
        fact_amount(writer, "share_of_all", margin->share_permille > 0, margin->share_permille, 3);
    item_close(writer);
}

static void reduction_write(fact_writer *writer, const liq_explain_reduction *reduction)
{
    char label[ITEM_BYTES];

    item_open(writer, leg_label(label, reduction->instrument, reduction->is_short));
    fact(writer, "instrument", reduction->instrument);
    fact(writer, "side", reduction->is_short ? "short" : "long");
    fact_text(writer, "quantity", reduction->quantity);
    fact_text(writer, "remaining", reduction->remaining);
    item_close(writer);
}

static void section_open(fact_writer *writer, const char *section)
{
    writer->section = section;
    writer->item = NULL;
    if (writer->emit == NULL)
        liq_json_out_array(&writer->json, section);
}

static void item_open(fact_writer *writer, const char *item)
{
    writer->item = item;
    if (writer->emit == NULL)
        liq_json_out_object(&writer->json, NULL);
}

static void item_close(fact_writer *writer)
{
    writer->item = NULL;
    if (writer->emit == NULL)
        liq_json_out_close(&writer->json);
}

static void fact(fact_writer *writer, const char *field, const char *value)
{
    if (writer->emit == NULL) {
        liq_json_out_string(&writer->json, field, value);
        return;
    }
    liq_emit_text(writer->emit, writer->account);
    liq_emit_text(writer->emit, writer->margin);
    liq_emit_text(writer->emit, writer->section);
    liq_emit_text(writer->emit, writer->item);
    liq_emit_text(writer->emit, field);
    liq_emit_text(writer->emit, value);
    liq_emit_row_end(writer->emit);
}

/* A text of an explanation, where "" says that there is none. */
static void fact_text(fact_writer *writer, const char *field, const char *value)
{
    fact(writer, field, value[0] == '\0' ? NULL : value);
}

static void fact_amount(fact_writer *writer, const char *field, bool has_value, liq_int128 digits,
                        int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    if (has_value)
        (void)liq_amount_write(text, digits, decimals);
    fact(writer, field, has_value ? text : NULL);
}

/* A count from 1; zero says that there is none. */
static void fact_number(fact_writer *writer, const char *field, uint64_t number)
{
    if (writer->emit == NULL && number > 0)
        liq_json_out_count(&writer->json, field, number);
    else
        fact_amount(writer, field, number > 0, (liq_int128)number, 0);
}

static const char *leg_label(char out[ITEM_BYTES], const char *instrument, int is_short)
{
    (void)snprintf(out, ITEM_BYTES, "%s:%s", instrument, is_short ? "short" : "long");
    return out;
}
