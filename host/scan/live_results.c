/*
 * What the last tick of a live book came to, for whoever reads it.
 */
#include "base/decimal.h"
#include "base/fail.h"
#include "scan/live_value.h"
#include "scan/scan_row.h"

static const uint32_t *rows_in_order(liq_live *live);
static uint32_t flagged_count(const liq_live *live);

void liq_live_flagged(liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = rows_in_order(live);
    *count = flagged_count(live);
}

void liq_live_unvalued(liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = rows_in_order(live) + flagged_count(live);
    *count = (uint32_t)live->totals.by_status[LIQ_ROW_UNVALUED];
}

void liq_live_warned(const liq_live *live, const uint32_t **rows, uint32_t *count)
{
    *rows = live->warned.rows.items;
    *count = live->warned.rows.count;
}

void liq_live_row(const liq_live *live, uint32_t row, liq_scan_row *out)
{
    const liq_row_key key = liq_live_key(live, row);

    LIQ_ASSERT(live->has_rows[key.account_index]);
    liq_scan_row_fill_named(out, &live->book.prices.venue,
                            live->book.accounts[key.account_index].id, &key, &live->results[row]);
    /* Without levels a row that nothing touched is as it would be valued again. */
    if (live->levels.screen != NULL)
        out->age_ticks = live->tick - live->valued_tick[row];
}

liq_status liq_live_find(const liq_live *live, const char *account, const char *instrument,
                         int is_short, liq_scan_row *out, liq_error *err)
{
    const liq_names *names = live->book.prices.venue.instrument_names;
    uint32_t row = LIQ_NO_INDEX;
    uint32_t index = LIQ_NO_INDEX;

    if (liq_live_book_find(&live->book, liq_text_of(account), &row) &&
        (live->book.dirty.has[row] || !live->has_rows[row]))
        row = LIQ_NO_INDEX;
    if (instrument != NULL && !liq_names_find(names, liq_text_of(instrument), &index))
        row = LIQ_NO_INDEX;
    for (; row != LIQ_NO_INDEX; row = live->row_next[row]) {
        const liq_row_key key = liq_live_key(live, row);

        if (key.instrument_index == index &&
            (instrument == NULL || (key.is_short != 0) == (is_short != 0))) {
            liq_live_row(live, row, out);
            return LIQ_OK;
        }
    }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" has no such row since the last tick",
                    account);
}

liq_row_record liq_live_result(liq_live *live, uint32_t row)
{
    if (live->levels.screen != NULL && live->valued_tick[row] != live->tick)
        liq_live_value_row(live, row);
    return live->results[row];
}

void liq_live_summary_fill(const liq_live *live, liq_live_summary *summary)
{
    const int32_t decimals = live->book.prices.venue.cash_decimals;

    for (uint32_t i = 0; i <= LIQ_ROW_UNVALUED; i++) {
        summary->by_status[i] = live->totals.by_status[i];
        summary->rows += live->totals.by_status[i];
    }
    summary->flagged = flagged_count(live);
    summary->rows_valued = live->rows_valued;
    summary->rows_screened = live->rows_screened;
    summary->totals_age_ticks = live->tick - live->tick_all;
    (void)liq_decimal_format(summary->equity_total, live->totals.equity, decimals);
    (void)liq_decimal_format(summary->maintenance_total, live->totals.maintenance, decimals);
    (void)liq_decimal_format(summary->notional_total, live->totals.notional, decimals);
}

/* Rows are put in order when somebody wants to know it: a tick tells who is listed. */
static const uint32_t *rows_in_order(liq_live *live)
{
    liq_row_order_settle(&live->order);
    return live->order.rows;
}

static uint32_t flagged_count(const liq_live *live)
{
    return (uint32_t)(live->totals.by_status[LIQ_ROW_LIQUIDATE] +
                      live->totals.by_status[LIQ_ROW_BACKSTOP] +
                      live->totals.by_status[LIQ_ROW_BANKRUPT]);
}
