#include "scan/truth.h"

#include "base/fail.h"
#include "book/portfolio_rows.h"

liq_row_record liq_truth_row(const liq_market *market, const liq_rows *rows, uint32_t row_index)
{
    const liq_margin_tables tables = liq_market_tables(market);
    liq_row_state state = liq_row_state_zero();

    LIQ_ASSERT(row_index < rows->row_count);
    if (rows->keys[row_index].reason == LIQ_REASON_PORTFOLIO)
        return liq_portfolio_row_value(market, rows, row_index);
    if (rows->keys[row_index].reason != LIQ_REASON_NONE)
        return liq_row_unvalued(rows->keys[row_index].reason, LIQ_NO_INDEX);
    for (uint64_t i = rows->entry_first[row_index]; i < rows->entry_first[row_index + 1]; i++)
        liq_margin_entry(tables, &state, rows->tags[i], rows->quantities[i], rows->values[i]);
    return liq_margin_finish(tables, state.account);
}

liq_row_record liq_truth_row_short(const liq_market *market, const liq_rows *rows,
                                   uint32_t row_index)
{
    const uint64_t first = rows->entry_first[row_index];
    const uint64_t length = rows->entry_first[row_index + 1] - first;
    liq_row_record out;

    if (rows->keys[row_index].reason != LIQ_REASON_NONE || length > UINT32_MAX)
        return liq_truth_row(market, rows, row_index);
    liq_margin_row(liq_market_tables(market),
                   liq_packed_entries_make(rows->tags, rows->quantities, rows->values), first, 1,
                   (uint32_t)length, &out);
    return out;
}

void liq_truth_scan(const liq_market *market, const liq_rows *rows, liq_row_record *results)
{
    for (uint32_t i = 0; i < rows->row_count; i++)
        results[i] = liq_truth_row(market, rows, i);
}
