#include "app/explain_table.h"

#include <stdio.h>
#include <string.h>

#include "app/explain_portfolio_table.h"
#include "app/explain_sums.h"
#include "app/row_view.h"
#include "outlet/amount_text.h"
#include "outlet/table_text.h"

/* A column of a section: its head, and whether it holds numbers. */
typedef struct section_column {
    const char *title;
    bool is_right;
} section_column;

typedef struct explain_context {
    liq_output *output;
    const liq_book *book;
    const liq_explanation *explanation;
    const liq_explain_margin *margin;
    uint32_t index; /* of the margin account */
    liq_error *err;
} explain_context;

static liq_status margin_write(explain_context *context);
static void head_write(const explain_context *context);
static liq_status collateral_write(const explain_context *context);
static liq_status positions_write(const explain_context *context);
static liq_status margins_write(const explain_context *context);
static liq_status prices_write(const explain_context *context);
static liq_status queue_write(const explain_context *context);
static void price_cell(liq_table_text *table, const liq_book *book,
                       const liq_explain_position *position, const char *price);
static void cure_write(const explain_context *context);
static liq_status section_open(liq_table_text **out, const explain_context *context,
                               const char *title, const section_column *columns, uint32_t count);
static void section_close(liq_table_text *table);
static void cell(liq_table_text *table, const char *text);
static void leg_cells(liq_table_text *table, const liq_explain_position *position);
static void amount_cell(liq_table_text *table, bool has_value, int64_t digits, int32_t decimals);

liq_status liq_explain_table_write(liq_output *output, const liq_book *book,
                                   const liq_explanation *explanation, liq_error *err)
{
    explain_context context = {output, book, explanation, NULL, 0, err};

    for (; context.index < liq_explanation_margins(explanation); context.index++) {
        liq_status status;

        context.margin = liq_explanation_margin(explanation, context.index);
        if ((status = margin_write(&context)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status margin_write(explain_context *context)
{
    const bool has_value = context->margin->row.status != LIQ_MARGIN_UNVALUED;
    liq_status status;

    head_write(context);
    if ((status = collateral_write(context)) != LIQ_OK ||
        (status = positions_write(context)) != LIQ_OK ||
        (status = context->margin->is_portfolio ? LIQ_OK : margins_write(context)) != LIQ_OK)
        return status;
    if (!has_value)
        return LIQ_OK;
    if (context->margin->is_portfolio &&
        (status = liq_explain_portfolio_write(context->output, context->book, context->explanation,
                                              context->index, context->err)) != LIQ_OK)
        return status;
    if ((status = liq_explain_sums_write(context->output, context->book, context->explanation,
                                         context->index, context->err)) != LIQ_OK ||
        (status = liq_explain_levels_write(context->output, context->book, context->margin,
                                           context->err)) != LIQ_OK ||
        (status = context->margin->is_portfolio ? LIQ_OK : prices_write(context)) != LIQ_OK ||
        (status = queue_write(context)) != LIQ_OK)
        return status;
    cure_write(context);
    return LIQ_OK;
}

static void head_write(const explain_context *context)
{
    const liq_scan_row *row = &context->margin->row;
    char label[LIQ_MARGIN_LABEL_BYTES];

    liq_output_format(context->output,
                      "%sAccount %s, %s margin, at %s (%s): ", context->index == 0 ? "" : "\n",
                      row->account, liq_scan_margin_label(label, row),
                      liq_book_venue(context->book), liq_book_profile(context->book));
    if (row->status == LIQ_MARGIN_UNVALUED)
        liq_output_format(context->output, "CANNOT BE VALUED, %s%s%s\n", row->reason,
                          row->reason_subject == NULL ? "" : " ",
                          row->reason_subject == NULL ? "" : row->reason_subject);
    else
        liq_output_format(context->output, "%s\n", liq_margin_status_name(row->status));
}

static liq_status collateral_write(const explain_context *context)
{
    static const section_column columns[] = {
        {"ASSET", false}, {"AMOUNT", true}, {"INDEX", true}, {"WEIGHT", true}, {"VALUE", true}};
    const int32_t decimals = liq_book_cash_decimals(context->book);
    liq_table_text *table = NULL;
    liq_status status;

    if (context->margin->collateral_count == 0) {
        liq_output_string(context->output, "\n  Collateral: none\n");
        return LIQ_OK;
    }
    if ((status = section_open(&table, context, "Collateral: value = amount x index x weight",
                               columns, 5)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < context->margin->collateral_count; i++) {
        const liq_explain_collateral *line =
            liq_explanation_collateral(context->explanation, context->index, i);

        cell(table, line->asset);
        amount_cell(table, true, line->amount, line->decimals);
        cell(table, line->index_price);
        cell(table, line->weight);
        amount_cell(table, line->has_value != 0, line->value, decimals);
        liq_table_text_row_end(table);
    }
    section_close(table);
    return LIQ_OK;
}

static liq_status positions_write(const explain_context *context)
{
    static const section_column columns[] = {
        {"INSTRUMENT", false}, {"SIDE", false},    {"QUANTITY", true},       {"ENTRY", true},
        {"MARK", true},        {"NOTIONAL", true}, {"UNREALISED PNL", true}, {"IN", false}};
    liq_table_text *table = NULL;
    liq_status status;

    if (context->margin->position_count == 0) {
        liq_output_string(context->output, "\n  Positions: none\n");
        return LIQ_OK;
    }
    if ((status = section_open(&table, context, "Positions", columns, 8)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < context->margin->position_count; i++) {
        const liq_explain_position *position =
            liq_explanation_position(context->explanation, context->index, i);

        leg_cells(table, position);
        cell(table, position->quantity);
        cell(table, position->entry_price);
        cell(table, position->mark_price);
        cell(table, position->notional);
        cell(table, position->unrealised_pnl);
        cell(table, position->settle);
        liq_table_text_row_end(table);
    }
    section_close(table);
    return LIQ_OK;
}

static liq_status margins_write(const explain_context *context)
{
    static const section_column columns[] = {
        {"INSTRUMENT", false}, {"SIDE", false},   {"NOTIONAL", true},
        {"TIER", true},        {"RATE", true},    {"DEDUCTION", true},
        {"MAINTENANCE", true}, {"INITIAL", true}, {"IN", false}};
    liq_table_text *table = NULL;
    liq_status status;

    if (context->margin->position_count == 0)
        return LIQ_OK;
    if ((status = section_open(&table, context, "Margin: maintenance = notional x rate - deduction",
                               columns, 9)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < context->margin->position_count; i++) {
        const liq_explain_position *position =
            liq_explanation_position(context->explanation, context->index, i);

        leg_cells(table, position);
        cell(table, position->notional);
        amount_cell(table, position->tier > 0, position->tier, 0);
        cell(table, position->maintenance_rate);
        cell(table, position->deduction);
        cell(table, position->maintenance_margin);
        cell(table, position->initial_margin);
        cell(table, position->settle);
        liq_table_text_row_end(table);
    }
    section_close(table);
    return LIQ_OK;
}

static liq_status prices_write(const explain_context *context)
{
    static const section_column columns[] = {{"INSTRUMENT", false}, {"SIDE", false},
                                             {"MARK", true},        {"LIQUIDATION", true},
                                             {"DISTANCE", true},    {"BANKRUPTCY", true}};
    liq_table_text *table = NULL;
    liq_status status;

    if (context->margin->position_count == 0)
        return LIQ_OK;
    if ((status = section_open(&table, context, "Prices, all others staying where they are",
                               columns, 6)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < context->margin->position_count; i++) {
        const liq_explain_position *position =
            liq_explanation_position(context->explanation, context->index, i);
        char distance[LIQ_AMOUNT_TEXT_BYTES + 2];

        leg_cells(table, position);
        cell(table, position->mark_price);
        price_cell(table, context->book, position, position->liquidation_price);
        (void)snprintf(distance, sizeof distance, "%s%s", position->distance,
                       position->distance[0] == '\0' ? "" : "%");
        cell(table, distance);
        price_cell(table, context->book, position, position->bankruptcy_price);
        liq_table_text_row_end(table);
    }
    section_close(table);
    return LIQ_OK;
}

static liq_status queue_write(const explain_context *context)
{
    static const section_column columns[] = {{"POSITION", false}, {"SIDE", false},
                                             {"SCORE", true},     {"RANK", true},
                                             {"LIGHT", true},     {"STANDING", false}};
    liq_table_text *table = NULL;
    liq_status status;

    if (context->margin->position_count == 0)
        return LIQ_OK;
    if ((status = section_open(&table, context, "Auto-deleveraging queue of each side", columns,
                               6)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < context->margin->position_count; i++) {
        const liq_explain_position *position =
            liq_explanation_position(context->explanation, context->index, i);

        leg_cells(table, position);
        cell(table, position->adl_score);
        amount_cell(table, position->adl_rank > 0, (int64_t)position->adl_rank, 0);
        amount_cell(table, position->adl_light > 0, position->adl_light, 0);
        cell(table, liq_adl_standing_name(position->adl_standing));
        liq_table_text_row_end(table);
    }
    section_close(table);
    return LIQ_OK;
}

/* A price as the venue's screens show it: cut to the tick's decimals. */
static void price_cell(liq_table_text *table, const liq_book *book,
                       const liq_explain_position *position, const char *price)
{
    char text[LIQ_PRICE_TEXT_BYTES] = "-";

    if (price[0] != '\0' && price[0] != '-')
        liq_book_show_price(book, text, price, position->tick_decimals, position->is_short);
    cell(table, text);
}

static void cure_write(const explain_context *context)
{
    const liq_explain_margin *margin = context->margin;

    if (!margin->has_cure)
        return;
    liq_output_string(context->output, "\n  Cure: any one of these makes it safe\n");
    if (margin->top_up[0] != '\0')
        liq_output_format(context->output, "    deposit %s %s\n", margin->top_up,
                          margin->top_up_asset);
    for (uint32_t i = 0; i < margin->reduction_count; i++) {
        const liq_explain_reduction *reduction =
            liq_explanation_reduction(context->explanation, context->index, i);
        const char *side = reduction->is_short ? "short" : "long";

        if (reduction->quantity[0] == '\0')
            liq_output_format(context->output, "    closing all of %s %s is not enough\n",
                              reduction->instrument, side);
        else
            liq_output_format(context->output, "    close %s of %s %s at the mark, keep %s\n",
                              reduction->quantity, reduction->instrument, side,
                              reduction->remaining[0] == '\0' ? "0" : reduction->remaining);
    }
    if (margin->share_permille > 0)
        liq_output_format(context->output, "    close %u.%u%% of every position at the mark\n",
                          margin->share_permille / 10, margin->share_permille % 10);
}

static liq_status section_open(liq_table_text **out, const explain_context *context,
                               const char *title, const section_column *columns, uint32_t count)
{
    const liq_status status = liq_table_text_create(out, context->output, 4, context->err);

    if (status != LIQ_OK)
        return status;
    liq_output_format(context->output, "\n  %s\n", title);
    for (uint32_t i = 0; i < count; i++)
        liq_table_text_column(*out, columns[i].title, columns[i].is_right);
    return LIQ_OK;
}

static void section_close(liq_table_text *table)
{
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
}

static void cell(liq_table_text *table, const char *text)
{
    liq_table_text_cell(table, text[0] == '\0' ? "-" : text);
}

static void leg_cells(liq_table_text *table, const liq_explain_position *position)
{
    cell(table, position->instrument);
    cell(table, position->is_short ? "short" : "long");
}

static void amount_cell(liq_table_text *table, bool has_value, int64_t digits, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES] = "-";

    if (has_value)
        (void)liq_amount_write(text, digits, decimals);
    liq_table_text_cell(table, text);
}
