#include "base/fail.h"
#include "base/memory.h"
#include "baseline_portfolio.h"
#include "book/portfolio_rows.h"

#include <stdlib.h>

enum { CASH_DECIMALS = 8, VALUE_DECIMALS = 12 };

static liq_status book_check(const liq_book *book, const liq_rows *rows, liq_error *err);
static liq_status memory_take(baseline_portfolio *out, const liq_portfolio_market *market,
                              const liq_rows *rows, liq_error *err);
static liq_status rows_copy(baseline_portfolio *out, const liq_portfolio_market *market,
                            const liq_rows *rows, liq_error *err);
static void tables_copy(baseline_portfolio *out, const liq_market *market);
static void units_copy(baseline_portfolio *out, const liq_portfolio_market *market);
static liq_int128 wide_of(liq_wide value);
static liq_status unknown(liq_error *err, const char *what);

liq_status baseline_portfolio_make(baseline_portfolio *out, const liq_book *book,
                                   const liq_market *market, const liq_rows *rows, liq_error *err)
{
    baseline_portfolio made = {.row_count = rows->row_count};
    liq_status status;

    if ((status = book_check(book, rows, err)) != LIQ_OK ||
        (status = memory_take(&made, &market->portfolio, rows, err)) != LIQ_OK ||
        (status = rows_copy(&made, &market->portfolio, rows, err)) != LIQ_OK)
        goto done;
    tables_copy(&made, market);
    for (uint32_t i = 0; i < BASELINE_LEVELS; i++)
        made.levels[i] =
            (baseline_level){.equity_factor = book->venue.policy.levels[i].equity_factor,
                             .requirement_factor = book->venue.policy.levels[i].requirement_factor,
                             .inclusive = book->venue.policy.levels[i].inclusive};
    *out = made;
    made = (baseline_portfolio){0};
done:
    baseline_portfolio_clear(&made);
    return status;
}

void baseline_portfolio_clear(baseline_portfolio *book)
{
    free(book->position_first);
    free(book->balances);
    free(book->instrument_of);
    free(book->lots);
    free(book->entries);
    free(book->contracts);
    free(book->units);
    free(book->tiers);
    *book = (baseline_portfolio){0};
}

static liq_status book_check(const liq_book *book, const liq_rows *rows, liq_error *err)
{
    const liq_venue *venue = &book->venue;

    if (venue->cash_decimals != CASH_DECIMALS || venue->assets[0].value_decimals != VALUE_DECIMALS)
        return unknown(err, "another number of decimals");
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (venue->instruments[i].kind != LIQ_INSTRUMENT_LINEAR ||
            venue->instruments[i].settle_index != 0)
            return unknown(err, "instruments of another kind");
    for (uint32_t i = 0; i < rows->row_count; i++)
        if (rows->keys[i].reason != LIQ_REASON_PORTFOLIO)
            return unknown(err, "accounts that are not of portfolio margin");
    for (uint64_t i = 0; i < rows->entry_count; i++)
        if ((rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION &&
             rows->tags[i] >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE) ||
            (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE &&
             (rows->tags[i] & LIQ_TAG_INDEX_MAX) != 0))
            return unknown(err, "orders or other collateral");
    return LIQ_OK;
}

static liq_status memory_take(baseline_portfolio *out, const liq_portfolio_market *market,
                              const liq_rows *rows, liq_error *err)
{
    const size_t entries = (size_t)rows->entry_count;
    const size_t count = rows->row_count;
    liq_status status;

    if ((status = liq_memory_array(&out->position_first, count + 1, sizeof *out->position_first,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&out->balances, count, sizeof *out->balances, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->instrument_of, entries, sizeof *out->instrument_of,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&out->lots, entries, sizeof *out->lots, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->entries, entries, sizeof *out->entries, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->contracts, market->instrument_count,
                                   sizeof *out->contracts, err)) != LIQ_OK ||
        (status = liq_memory_array(&out->units, market->unit_count, sizeof *out->units, err)) !=
            LIQ_OK)
        return status;
    return liq_memory_aligned(&out->tiers, market->tier_count + 1U, sizeof *out->tiers,
                              sizeof *out->tiers, err);
}

static liq_status rows_copy(baseline_portfolio *out, const liq_portfolio_market *market,
                            const liq_rows *rows, liq_error *err)
{
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];

    for (uint32_t row = 0; row < rows->row_count; row++) {
        const uint32_t legs = liq_portfolio_order(order, market, rows, row);

        for (uint32_t i = 0; i < legs; i++) {
            const uint64_t at = rows->entry_first[row] + order[i];

            out->instrument_of[out->position_count] = rows->tags[at] & LIQ_TAG_INDEX_MAX;
            out->lots[out->position_count] = rows->quantities[at];
            out->entries[out->position_count++] = rows->values[at];
        }
        for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++)
            if (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
                out->balances[row] += rows->quantities[i];
        out->position_first[row + 1] = out->position_count;
    }
    return out->position_count > 0 ? LIQ_OK : unknown(err, "rows without a position");
}

static void tables_copy(baseline_portfolio *out, const liq_market *market)
{
    const liq_portfolio_market *portfolio = &market->portfolio;

    out->maintenance_factor = (int64_t)portfolio->policy.maintenance_factor;
    out->initial_factor = (int64_t)portfolio->policy.initial_factor;
    for (uint32_t i = 0; i < portfolio->instrument_count; i++) {
        const liq_portfolio_instrument_record *from = &portfolio->instruments[i];
        baseline_contract *to = &out->contracts[i];

        *to = (baseline_contract){
            .value = market->instruments[i].value_floor, .delta = from->delta, .unit = from->unit};
        for (uint32_t k = 0; k < BASELINE_CHARGES; k++) {
            to->charges[0][k] = from->long_charges[k];
            to->charges[1][k] = from->short_charges[k];
        }
        for (uint32_t side = 0; side < 2; side++)
            to->pnl[side] = liq_portfolio_market_pnl(portfolio, i, side != 0);
    }
    units_copy(out, portfolio);
}

static void units_copy(baseline_portfolio *out, const liq_portfolio_market *market)
{
    for (uint32_t i = 0; i < market->tier_count; i++)
        out->tiers[i] = (baseline_charge_tier){.up_to = wide_of(market->tiers[i].up_to),
                                               .multiplier = (int64_t)market->tiers[i].multiplier};
    for (uint32_t i = 0; i < market->unit_count; i++) {
        const liq_portfolio_unit_record *from = &market->units[i];

        out->units[i] = (baseline_unit){.class_index = from->class_index,
                                        .scenario_count = from->scenario_count,
                                        .gain_share = (int64_t)from->gain_share};
        for (uint32_t k = 0; k < BASELINE_CHARGES; k++)
            out->units[i].charges[k] =
                (baseline_charge){.net_rate = from->charges[k].net_rate,
                                  .hedged_rate = from->charges[k].hedged_rate,
                                  .tiers = out->tiers + from->charges[k].tier_first,
                                  .tier_count = from->charges[k].tier_count};
    }
}

static liq_int128 wide_of(liq_wide value)
{
    return (liq_int128)((liq_uint128)value.high << 64 | value.low);
}

static liq_status unknown(liq_error *err, const char *what)
{
    return liq_fail(err, LIQ_UNSUPPORTED, 0, "the baseline does not know %s", what);
}
