/*
 * What a run said, as others read it.
 */
#include "scan/stress_engine.h"

#include <string.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "base/hash.h"
#include "scan/stress_open.h"

void liq_stress_outcome_read(const liq_stress *stress, uint32_t scenario, liq_stress_outcome *out)
{
    const liq_stress_result *result = liq_stress_result_of(stress, scenario);
    const int32_t decimals = stress->book->venue.cash_decimals;

    *out = (liq_stress_outcome){.name = liq_stress_set_name(stress->set, scenario)};
    memcpy(out->by_status, result->by_status, sizeof out->by_status);
    for (uint32_t i = LIQ_ROW_LIQUIDATE; i <= LIQ_ROW_BANKRUPT; i++)
        out->flagged += result->by_status[i];
    (void)liq_decimal_format(out->long_notional, result->long_notional, decimals);
    (void)liq_decimal_format(out->short_notional, result->short_notional, decimals);
    (void)liq_decimal_format(out->open_notional, result->open_notional, decimals);
    (void)liq_decimal_format(out->margin_called, result->margin_called, decimals);
    (void)liq_decimal_format(out->fund_needed, result->fund_needed, decimals);
    (void)liq_decimal_format(out->adl_needed, result->adl_needed, decimals);
}

uint32_t liq_stress_losers(const liq_stress *stress, liq_stress_loser *out, uint32_t limit)
{
    return liq_stress_losers_list(out, limit, stress->book, &stress->rows, stress->costs,
                                  stress->fine_per_unit);
}

const liq_stress_result *liq_stress_result_of(const liq_stress *stress, uint32_t scenario)
{
    LIQ_ASSERT(scenario < stress->result_count);
    return &stress->results[scenario];
}

/* Field by field: a record has room between them. */
liq_status liq_stress_results_hash(const liq_stress *stress, char hex[65], liq_error *err)
{
    liq_hash *hash = NULL;
    const liq_status status = liq_hash_create(&hash, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < stress->result_count; i++) {
        const liq_stress_result *result = &stress->results[i];
        const liq_int128 amounts[] = {result->long_notional, result->short_notional,
                                      result->open_notional, result->margin_called,
                                      result->fund_needed,   result->adl_needed};

        liq_hash_add(hash, result->by_status, sizeof result->by_status);
        liq_hash_add(hash, amounts, sizeof amounts);
    }
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    return LIQ_OK;
}

const liq_book *liq_stress_book_of(const liq_stress *stress)
{
    return stress->book;
}

const liq_rows *liq_stress_rows(const liq_stress *stress)
{
    return &stress->rows;
}

const liq_market *liq_stress_market(const liq_stress *stress)
{
    return &stress->market;
}

const liq_stress_funds *liq_stress_funds_of(const liq_stress *stress)
{
    return &stress->funds;
}
