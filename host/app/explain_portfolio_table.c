#include "app/explain_portfolio_table.h"

#include <stdio.h>

#include "base/decimal.h"
#include "outlet/amount_text.h"
#include "outlet/table_text.h"

enum { PERCENT_DECIMALS = 4, CELL_BYTES = LIQ_DECIMAL_BYTES + 4 }; /* 10^-6 are 10^-4 per cent */

static void percent_cell(liq_table_text *table, int64_t ppm, bool with_sign);
static void amount_cell(liq_table_text *table, int64_t amount, int32_t decimals);
static void need_lines(liq_output *output, const liq_explanation *explanation, uint32_t index,
                       int32_t decimals);
static const char *amount_text(char out[LIQ_DECIMAL_BYTES], int64_t amount, int32_t decimals);

liq_status liq_explain_portfolio_write(liq_output *output, const liq_book *book,
                                       const liq_explanation *explanation, uint32_t index,
                                       liq_error *err)
{
    static const char *const titles[] = {"UNDERLYING", "PRICE", "VOLATILITY",
                                         "COVER",      "PNL",   "SETS THE MARGIN"};
    const liq_explain_margin *margin = liq_explanation_margin(explanation, index);
    const int32_t decimals = liq_book_cash_decimals(book);
    liq_table_text *table = NULL;
    liq_status status;

    if (margin->scenario_count == 0)
        return LIQ_OK;
    if ((status = liq_table_text_create(&table, output, 4, err)) != LIQ_OK)
        return status;
    liq_output_format(output, "\n  Scenarios: PnL in %s, times its cover\n",
                      liq_book_margin_currency(book));
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        liq_table_text_column(table, titles[i], i > 0 && i < 5);
    for (uint32_t i = 0; i < margin->scenario_count; i++) {
        const liq_explain_scenario *line = liq_explanation_scenario(explanation, index, i);

        liq_table_text_cell(table, line->underlying);
        percent_cell(table, line->price_ppm, true);
        percent_cell(table, line->volatility_ppm, true);
        percent_cell(table, line->cover_ppm, false);
        amount_cell(table, line->pnl, decimals);
        liq_table_text_cell(table, line->is_worst ? "<- worst" : "");
        liq_table_text_row_end(table);
    }
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    need_lines(output, explanation, index, decimals);
    return LIQ_OK;
}

static void need_lines(liq_output *output, const liq_explanation *explanation, uint32_t index,
                       int32_t decimals)
{
    const liq_explain_margin *margin = liq_explanation_margin(explanation, index);
    char texts[4][LIQ_DECIMAL_BYTES];

    liq_output_string(output,
                      "\n  Needs: the worst loss and the contingency, at least the minimum\n");
    for (uint32_t i = 0; i < margin->class_count; i++) {
        const liq_explain_class *line = liq_explanation_class(explanation, index, i);

        liq_output_format(output, "    class %u: %s + %s, at least %s: %s\n", line->number,
                          amount_text(texts[0], line->worst, decimals),
                          amount_text(texts[1], line->contingency, decimals),
                          amount_text(texts[2], line->minimum, decimals),
                          amount_text(texts[3], line->need, decimals));
    }
    liq_output_format(output, "    maintenance margin x %s, initial margin x %s\n",
                      amount_text(texts[0], margin->maintenance_ppm, 6),
                      amount_text(texts[1], margin->initial_ppm, 6));
}

static void percent_cell(liq_table_text *table, int64_t ppm, bool with_sign)
{
    char text[LIQ_DECIMAL_BYTES];
    char cell[CELL_BYTES];

    (void)snprintf(cell, sizeof cell, "%s%s%%", with_sign && ppm > 0 ? "+" : "",
                   amount_text(text, ppm, PERCENT_DECIMALS));
    liq_table_text_cell(table, cell);
}

static void amount_cell(liq_table_text *table, int64_t amount, int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    liq_table_text_cell(table, amount_text(text, amount, decimals));
}

static const char *amount_text(char out[LIQ_DECIMAL_BYTES], int64_t amount, int32_t decimals)
{
    (void)liq_amount_write(out, amount, decimals);
    return out;
}
