/*
 * An instrument's fund is the one that it names, else the one that holds its settle asset, as the
 * waterfall has it: named like the asset, or the only one. A debt without a position is the fund's
 * of the margin currency.
 */
#include "scan/stress_funds.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static uint32_t asset_fund(const liq_venue *venue, uint32_t asset);
static uint32_t row_fund(const liq_stress_funds *funds, const liq_rows *rows, uint32_t row,
                         uint32_t debt_fund);

liq_status liq_stress_funds_create(liq_stress_funds *out, const liq_book *book,
                                   const liq_rows *rows, liq_error *err)
{
    const liq_venue *venue = &book->venue;
    liq_stress_funds funds = {.venue = venue,
                              .fund_count = venue->fund_count,
                              .pays = venue->policy.liquidation.adl_trigger !=
                                      LIQ_ADL_ON_NEGATIVE_EQUITY};
    liq_status status;

    if ((status = liq_memory_array(&funds.instrument_funds, venue->instrument_count,
                                   sizeof(uint32_t), err)) != LIQ_OK ||
        (status = liq_memory_array(&funds.row_funds, rows->row_count, sizeof(uint32_t), err)) !=
            LIQ_OK) {
        liq_stress_funds_clear(&funds);
        return status;
    }
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        funds.instrument_funds[i] = venue->instruments[i].fund_index < venue->fund_count
                                        ? venue->instruments[i].fund_index
                                        : asset_fund(venue, venue->instruments[i].settle_index);
    for (uint32_t i = 0; i < rows->row_count; i++)
        funds.row_funds[i] = row_fund(&funds, rows, i, asset_fund(venue, 0));
    *out = funds;
    return LIQ_OK;
}

void liq_stress_funds_clear(liq_stress_funds *funds)
{
    free(funds->instrument_funds);
    free(funds->row_funds);
    *funds = (liq_stress_funds){0};
}

liq_int128 liq_stress_fund_available(const liq_stress_funds *funds, uint32_t fund, int64_t rate)
{
    int64_t units;

    if (fund >= funds->fund_count || !funds->pays)
        return 0;
    units = funds->venue->funds[fund].balance - funds->venue->funds[fund].floor;
    return units <= 0 ? 0 : (liq_int128)units * rate / LIQ_EXCHANGE_RATE_ONE;
}

static uint32_t asset_fund(const liq_venue *venue, uint32_t asset)
{
    const char *name = liq_names_get(venue->asset_names, asset);
    uint32_t found = venue->fund_count;
    uint32_t count = 0;

    for (uint32_t i = 0; i < venue->fund_count; i++) {
        if (venue->funds[i].asset_index != asset)
            continue;
        if (strcmp(liq_names_get(venue->fund_names, i), name) == 0)
            return i;
        found = i;
        count++;
    }
    return count == 1 ? found : venue->fund_count;
}

static uint32_t row_fund(const liq_stress_funds *funds, const liq_rows *rows, uint32_t row,
                         uint32_t debt_fund)
{
    uint32_t out = LIQ_NO_INDEX;

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        uint32_t fund;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        fund = funds->instrument_funds[rows->tags[i] & LIQ_TAG_INDEX_MAX];
        if (out != LIQ_NO_INDEX && out != fund)
            return LIQ_STRESS_FUND_MIXED;
        out = fund;
    }
    return out == LIQ_NO_INDEX ? debt_fund : out;
}
