#include "app/row_view.h"

#include <stdio.h>
#include <string.h>

#include "base/fail.h"

enum { RATIO_ONE = 1000000, LEVEL_LIQUIDATE = 2, REASON_BYTES = 224 };

static liq_int128 divide(liq_int128 value, int64_t by, liq_rounding rounding);
static void ratio_emit(liq_emit *emit, bool has_value, liq_int128 ratio);
static void status_emit(liq_emit *emit, const liq_scan_row *row, bool is_table);

liq_scan_view liq_scan_view_of(const liq_book *book)
{
    liq_scan_view out = {.cash_decimals = liq_book_cash_decimals(book)};
    liq_book_level level;

    liq_book_level_read(book, LEVEL_LIQUIDATE, &level);
    out.is_equity_over_maintenance = liq_book_ratio_is_equity_over_maintenance(book) != 0;
    /* MM/EQ >= t and EQ/MM < t survive rounding down, MM/EQ > t and EQ/MM <= t rounding up. */
    out.ratio_rounding =
        (level.inclusive != 0) == out.is_equity_over_maintenance ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR;
    return out;
}

bool liq_scan_ratio(liq_int128 *out, const liq_scan_view *view, const liq_scan_row *row)
{
    const bool inverted = view->is_equity_over_maintenance;
    const int64_t above = inverted ? row->equity : row->maintenance_margin;
    const int64_t below = inverted ? row->maintenance_margin : row->equity;

    if (row->status == LIQ_MARGIN_UNVALUED || below <= 0)
        return false;
    *out = divide((liq_int128)above * RATIO_ONE, below, view->ratio_rounding);
    return true;
}

bool liq_scan_leverage(liq_int128 *out, const liq_scan_row *row)
{
    if (row->status == LIQ_MARGIN_UNVALUED || row->equity <= 0)
        return false;
    *out = divide((liq_int128)row->notional * RATIO_ONE, row->equity, LIQ_ROUND_CEIL);
    return true;
}

char *liq_scan_margin_label(char out[LIQ_MARGIN_LABEL_BYTES], const liq_scan_row *row)
{
    if (row->instrument == NULL)
        return memcpy(out, "cross", sizeof "cross");
    (void)snprintf(out, LIQ_MARGIN_LABEL_BYTES, "%s:%s", row->instrument,
                   row->is_short ? "short" : "long");
    return out;
}

/* Amounts that tables cut are cut as they were rounded: equity down, requirements up. */
void liq_scan_columns(liq_emit_column out[LIQ_SCAN_COLUMNS], int32_t table_decimals)
{
    const liq_emit_column columns[LIQ_SCAN_COLUMNS] = {
        {"account", "ACCOUNT", false, 0, 0},
        {"margin", "MARGIN", false, 0, 0},
        {"equity", "EQUITY", true, table_decimals, LIQ_ROUND_FLOOR},
        {"maintenance_margin", "MAINTENANCE", true, table_decimals, LIQ_ROUND_CEIL},
        {"initial_margin", "INITIAL", true, table_decimals, LIQ_ROUND_CEIL},
        {"notional", "NOTIONAL", true, table_decimals, LIQ_ROUND_CEIL},
        {"margin_ratio", "RATIO", true, LIQ_RATIO_DECIMALS, LIQ_ROUND_FLOOR},
        {"leverage", "LEVERAGE", true, LIQ_LEVERAGE_TABLE_DECIMALS, LIQ_ROUND_CEIL},
        {"status", "STATUS", false, 0, 0},
        {"unvalued", NULL, false, 0, 0},
        {"subject", NULL, false, 0, 0}};

    memcpy(out, columns, sizeof columns);
}

void liq_scan_row_emit(liq_emit *emit, const liq_scan_view *view, const liq_scan_row *row,
                       bool is_table)
{
    const int64_t amounts[] = {row->equity, row->maintenance_margin, row->initial_margin,
                               row->notional};
    const bool has_value = row->status != LIQ_MARGIN_UNVALUED;
    char label[LIQ_MARGIN_LABEL_BYTES];
    liq_int128 ratio = 0;
    bool has_ratio;

    liq_emit_text(emit, row->account);
    liq_emit_text(emit, liq_scan_margin_label(label, row));
    for (uint32_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        if (has_value)
            liq_emit_decimal(emit, amounts[i], view->cash_decimals);
        else
            liq_emit_null(emit);
    }
    has_ratio = liq_scan_ratio(&ratio, view, row);
    ratio_emit(emit, has_ratio, ratio);
    has_ratio = liq_scan_leverage(&ratio, row);
    ratio_emit(emit, has_ratio, ratio);
    status_emit(emit, row, is_table);
}

static void ratio_emit(liq_emit *emit, bool has_value, liq_int128 ratio)
{
    if (has_value)
        liq_emit_decimal(emit, ratio, LIQ_RATIO_DECIMALS);
    else
        liq_emit_null(emit);
}

/* In JSON a row without value has a null status and says why; one with a value has no such field.
 */
static void status_emit(liq_emit *emit, const liq_scan_row *row, bool is_table)
{
    char reason[REASON_BYTES];

    if (row->status != LIQ_MARGIN_UNVALUED) {
        liq_emit_text(emit, liq_margin_status_name(row->status));
        liq_emit_absent(emit);
        liq_emit_absent(emit);
        return;
    }
    if (is_table) {
        (void)snprintf(reason, sizeof reason, "unvalued: %s%s%s", row->reason,
                       row->reason_subject == NULL ? "" : " ",
                       row->reason_subject == NULL ? "" : row->reason_subject);
        liq_emit_text(emit, reason);
    } else {
        liq_emit_null(emit);
    }
    liq_emit_text(emit, row->reason);
    liq_emit_text(emit, row->reason_subject);
}

static liq_int128 divide(liq_int128 value, int64_t by, liq_rounding rounding)
{
    const liq_int128 quotient = value / by;
    const liq_int128 rest = value % by;

    LIQ_ASSERT(by > 0);
    if (rounding == LIQ_ROUND_CEIL)
        return quotient + (rest > 0);
    return quotient - (rest < 0);
}
