#include "scan/scan_row.h"

#include "base/fail.h"

_Static_assert((int)LIQ_MARGIN_BANKRUPT == (int)LIQ_ROW_BANKRUPT, "public and kernel codes agree");
_Static_assert((int)LIQ_MARGIN_UNVALUED == (int)LIQ_ROW_UNVALUED, "public and kernel codes agree");

static const char *reason_name(uint32_t reason);
static const char *reason_subject(const liq_venue *venue, uint32_t reason, uint32_t index);

void liq_scan_row_fill(liq_scan_row *out, const liq_book *book, const liq_row_key *key,
                       const liq_row_record *result)
{
    liq_scan_row_fill_named(out, &book->venue,
                            liq_names_get(book->account_names, key->account_index), key, result);
}

void liq_scan_row_fill_named(liq_scan_row *out, const liq_venue *venue, const char *account,
                             const liq_row_key *key, const liq_row_record *result)
{
    const bool isolated = key->instrument_index != LIQ_NO_INDEX;
    const bool unvalued = result->status == LIQ_ROW_UNVALUED;

    *out = (liq_scan_row){
        .account = account,
        .instrument =
            isolated ? liq_names_get(venue->instrument_names, key->instrument_index) : NULL,
        .is_short = (int)key->is_short,
        .status = (liq_margin_status_code)result->status,
        .equity = result->equity,
        .maintenance_margin = result->maintenance,
        .initial_margin = result->initial,
        .notional = result->notional,
        .reason = unvalued ? reason_name(result->reason) : NULL,
        .reason_subject =
            unvalued ? reason_subject(venue, result->reason, result->reason_index) : NULL};
}

const char *liq_margin_status_name(liq_margin_status_code status)
{
    static const char *const names[LIQ_MARGIN_STATUS_COUNT] = {
        "ok", "warning", "reduce_only", "liquidate", "backstop", "bankrupt", "unvalued"};

    LIQ_ASSERT((int)status < (int)LIQ_MARGIN_STATUS_COUNT);
    return names[status];
}

static const char *reason_name(uint32_t reason)
{
    static const char *const names[] = {"none",
                                        "no_mark",
                                        "mark_out_of_range",
                                        "rate_out_of_range",
                                        "no_index_price",
                                        "balance_overflow",
                                        "unrealised_pnl_overflow",
                                        "notional_overflow",
                                        "maintenance_margin_overflow",
                                        "initial_margin_overflow",
                                        "equity_overflow",
                                        "no_portfolio_margin_rule",
                                        "no_scenario_grid",
                                        "no_volatility",
                                        "scenario_overflow",
                                        "option_needs_portfolio_margin",
                                        "portfolio_margin_is_not_planned_for"};

    LIQ_ASSERT(reason < sizeof names / sizeof names[0]);
    return names[reason];
}

/* The instrument or asset that a reason speaks of; NULL when it speaks of the account. */
static const char *reason_subject(const liq_venue *venue, uint32_t reason, uint32_t index)
{
    if (index == LIQ_NO_INDEX)
        return NULL;
    if (reason == LIQ_REASON_NO_MARK || reason == LIQ_REASON_MARK_RANGE ||
        reason == LIQ_REASON_RATE_RANGE || reason >= LIQ_REASON_NO_GRID)
        return liq_names_get(venue->instrument_names, index);
    return liq_names_get(venue->asset_names, index);
}
