#include "app/explain_sums.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "outlet/amount_text.h"
#include "outlet/table_text.h"

enum { LEVEL_TEXT_BYTES = 96, RATIO_ONE = 1000000 };

static void sum_lines(liq_table_text *table, const liq_book *book,
                      const liq_explanation *explanation, uint32_t index);
static bool pnl_sum(liq_decimal *out, const liq_book *book, const liq_explanation *explanation,
                    uint32_t index);
static bool collateral_sum(liq_int128 *out, const liq_explanation *explanation, uint32_t index);
static void amount_line(liq_table_text *table, const char *name, liq_int128 digits,
                        int32_t decimals);
static void ratio_line(liq_table_text *table, const char *name, bool has_value, liq_int128 ratio);
static bool level_reached(const liq_book_level *level, const liq_scan_row *row);
static const char *ppm_text(char *out, uint64_t ppm);

liq_status liq_explain_sums_write(liq_output *output, const liq_book *book,
                                  const liq_explanation *explanation, uint32_t index,
                                  liq_error *err)
{
    const liq_scan_row *row = &liq_explanation_margin(explanation, index)->row;
    const liq_scan_view view = liq_scan_view_of(book);
    liq_table_text *table = NULL;
    liq_int128 ratio = 0;
    bool has_ratio;
    liq_status status;

    if ((status = liq_table_text_create(&table, output, 4, err)) != LIQ_OK)
        return status;
    liq_output_format(output, "\n  Sums in %s\n", liq_book_margin_currency(book));
    liq_table_text_column(table, NULL, false);
    liq_table_text_column(table, NULL, true);
    sum_lines(table, book, explanation, index);
    amount_line(table, "equity (EQ), rounded down", row->equity, view.cash_decimals);
    amount_line(table, "maintenance margin (MM), rounded up", row->maintenance_margin,
                view.cash_decimals);
    amount_line(table, "initial margin, rounded up", row->initial_margin, view.cash_decimals);
    amount_line(table, "notional, rounded up", row->notional, view.cash_decimals);
    has_ratio = liq_scan_ratio(&ratio, &view, row);
    ratio_line(table,
               view.is_equity_over_maintenance ? "margin ratio, EQ / MM" : "margin ratio, MM / EQ",
               has_ratio, ratio);
    has_ratio = liq_scan_leverage(&ratio, row);
    ratio_line(table, "leverage, notional / EQ", has_ratio, ratio);
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

liq_status liq_explain_levels_write(liq_output *output, const liq_book *book,
                                    const liq_explain_margin *margin, liq_error *err)
{
    const liq_scan_view view = liq_scan_view_of(book);
    char text[LEVEL_TEXT_BYTES];
    liq_table_text *table = NULL;
    liq_book_level level;
    liq_status status;

    if ((status = liq_table_text_create(&table, output, 4, err)) != LIQ_OK)
        return status;
    liq_output_string(output, "\n  Levels\n");
    for (int i = 0; i < 3; i++)
        liq_table_text_column(table, NULL, false);
    for (uint32_t i = 0; i < LIQ_BOOK_LEVELS; i++) {
        liq_book_level_read(book, i, &level);
        if (level.equity_ppm == 0)
            continue;
        liq_table_text_cell(table, liq_margin_status_name((liq_margin_status_code)(i + 1)));
        liq_table_text_cell(table, liq_explain_level_text(text, sizeof text, &view, &level));
        liq_table_text_cell(table, margin->position_count == 0 ? "no position, does not apply"
                                   : level_reached(&level, &margin->row) ? "reached"
                                                                         : "not reached");
        liq_table_text_row_end(table);
    }
    liq_table_text_cell(table, liq_margin_status_name(LIQ_MARGIN_BANKRUPT));
    liq_table_text_cell(table, margin->position_count == 0 ? "EQ < 0" : "EQ <= 0");
    liq_table_text_cell(table,
                        margin->row.status == LIQ_MARGIN_BANKRUPT ? "reached" : "not reached");
    liq_table_text_row_end(table);
    liq_table_text_flush(table);
    liq_table_text_destroy(table);
    return LIQ_OK;
}

char *liq_explain_level_text(char *out, size_t out_bytes, const liq_scan_view *view,
                             const liq_book_level *level)
{
    const bool inverted = view->is_equity_over_maintenance;
    const uint64_t above = inverted ? level->maintenance_ppm : level->equity_ppm;
    const uint64_t below = inverted ? level->equity_ppm : level->maintenance_ppm;
    const char *sign = inverted ? "<" : ">";
    char left[LIQ_DECIMAL_BYTES];
    char right[LIQ_DECIMAL_BYTES];

    if (below != 0 && above * RATIO_ONE % below == 0)
        (void)snprintf(out, out_bytes, "%s %s%s %s", inverted ? "EQ / MM" : "MM / EQ", sign,
                       level->inclusive ? "=" : "", ppm_text(left, above * RATIO_ONE / below));
    else
        (void)snprintf(out, out_bytes, "EQ x %s <%s MM x %s", ppm_text(left, level->equity_ppm),
                       level->inclusive ? "=" : "", ppm_text(right, level->maintenance_ppm));
    return out;
}

/*
 * Collateral and PnL, and what else lies between them and equity, so that the lines add up: PnL
 * that settles in another asset was exchanged on its way and is part of that rest.
 */
static void sum_lines(liq_table_text *table, const liq_book *book,
                      const liq_explanation *explanation, uint32_t index)
{
    const liq_scan_row *row = &liq_explanation_margin(explanation, index)->row;
    const int32_t decimals = liq_book_cash_decimals(book);
    const char *rest_name = "open orders, weights and rounding";
    liq_decimal pnl = {0};
    liq_int128 pnl_floor = 0;
    liq_int128 collateral;

    if (!collateral_sum(&collateral, explanation, index))
        return;
    amount_line(table, "collateral value", collateral, decimals);
    if (!pnl_sum(&pnl, book, explanation, index))
        rest_name = "PnL at index prices, open orders and rounding";
    else if (liq_decimal_scale(&pnl_floor, pnl, decimals, LIQ_ROUND_FLOOR))
        amount_line(table, "unrealised PnL", pnl.digits, pnl.decimals);
    if (collateral + pnl_floor != row->equity)
        amount_line(table, rest_name, row->equity - collateral - pnl_floor, decimals);
}

/* The PnL of all positions, zero without any; false when one settles in another asset. */
static bool pnl_sum(liq_decimal *out, const liq_book *book, const liq_explanation *explanation,
                    uint32_t index)
{
    const uint32_t count = liq_explanation_margin(explanation, index)->position_count;
    liq_int128 sum = 0;
    int32_t decimals = 0;

    for (int pass = 0; pass < 2; pass++) { /* find the decimals, then add */
        for (uint32_t i = 0; i < count; i++) {
            const liq_explain_position *position = liq_explanation_position(explanation, index, i);
            liq_decimal pnl;
            liq_int128 units;

            if (strcmp(position->settle, liq_book_margin_currency(book)) != 0 ||
                liq_decimal_parse(&pnl, liq_text_of(position->unrealised_pnl), NULL) != LIQ_OK)
                return false;
            if (pnl.decimals > decimals)
                decimals = pnl.decimals;
            if (!liq_decimal_scale(&units, pnl, decimals, LIQ_ROUND_FLOOR))
                return false;
            sum += pass == 0 ? 0 : units;
        }
    }
    return count > 0 && (int64_t)sum == sum && liq_decimal_from_units(out, (int64_t)sum, decimals);
}

static bool collateral_sum(liq_int128 *out, const liq_explanation *explanation, uint32_t index)
{
    const uint32_t count = liq_explanation_margin(explanation, index)->collateral_count;

    *out = 0;
    for (uint32_t i = 0; i < count; i++) {
        const liq_explain_collateral *line = liq_explanation_collateral(explanation, index, i);

        if (!line->has_value)
            return false;
        *out += line->value;
    }
    return true;
}

static void amount_line(liq_table_text *table, const char *name, liq_int128 digits,
                        int32_t decimals)
{
    char text[LIQ_DECIMAL_BYTES];

    (void)liq_amount_write(text, digits, decimals);
    liq_table_text_cell(table, name);
    liq_table_text_cell(table, text);
    liq_table_text_row_end(table);
}

static void ratio_line(liq_table_text *table, const char *name, bool has_value, liq_int128 ratio)
{
    char text[LIQ_DECIMAL_BYTES] = "-";

    if (has_value)
        (void)liq_amount_write_fixed(text, ratio, LIQ_RATIO_DECIMALS, LIQ_RATIO_DECIMALS,
                                     LIQ_ROUND_FLOOR);
    liq_table_text_cell(table, name);
    liq_table_text_cell(table, text);
    liq_table_text_row_end(table);
}

static bool level_reached(const liq_book_level *level, const liq_scan_row *row)
{
    const liq_int128 resource = (liq_int128)row->equity * level->equity_ppm;
    const liq_int128 requirement = (liq_int128)row->maintenance_margin * level->maintenance_ppm;

    return level->inclusive ? resource <= requirement : resource < requirement;
}

static const char *ppm_text(char *out, uint64_t ppm)
{
    (void)liq_amount_write(out, (liq_int128)ppm, 6);
    return out;
}
