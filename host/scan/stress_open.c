#include "scan/stress_open.h"

#include <string.h>

#include "base/decimal.h"
#include "scan/scan_row.h"

static bool comes_before(const liq_stress_cost *costs, uint32_t left, uint32_t right);
static void loser_fill(liq_stress_loser *out, const liq_book *book, const liq_row_key *key,
                       const liq_stress_cost *cost, int64_t fine_per_unit);
static liq_int128 divide_ceil(liq_int128 value, liq_int128 divisor);

bool liq_stress_notional_ceil(liq_int128 *out, const liq_market *market, uint32_t instrument,
                              int64_t lots, uint64_t size, int64_t rate)
{
    const liq_asset_record *asset = &market->assets[market->instruments[instrument].asset_index];
    const liq_int128 fine_per_unit = LIQ_GRAINS_PER_UNIT / (int64_t)asset->grains_per_fine;
    const liq_int128 one = LIQ_EXCHANGE_RATE_ONE;
    const liq_int128 fine = (liq_int128)lots * (liq_int128)size;
    const liq_int128 units = divide_ceil(fine, fine_per_unit);
    liq_int128 cash;

    if (rate == LIQ_EXCHANGE_RATE_ONE) {
        *out = units;
        return true;
    }
    /* In two parts, so that only what is past all limits is refused. */
    if (__builtin_mul_overflow(units / one, (liq_int128)rate, &cash))
        return false;
    *out = units % one * rate;
    *out = divide_ceil(*out, one);
    return !__builtin_add_overflow(*out, cash, out);
}

void liq_stress_open_fill(liq_stress_summary *summary, const liq_book *book,
                          const liq_market *market, const liq_stress_funds *funds)
{
    const liq_venue *venue = &book->venue;
    liq_int128 sums[2] = {0};
    liq_int128 available = 0;
    bool fits = true;

    for (uint64_t i = 0; fits && i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];
        const liq_instrument_record *record = &market->instruments[position->instrument_index];
        liq_int128 *sum = &sums[position->quantity_lots < 0];
        liq_int128 cash;

        fits = liq_stress_notional_ceil(&cash, market, position->instrument_index,
                                        (int64_t)liq_size_of(position->quantity_lots),
                                        record->lot_size,
                                        market->assets[record->asset_index].exchange_rate) &&
               !__builtin_add_overflow(*sum, cash, sum);
    }
    if (fits) {
        (void)liq_decimal_format(summary->open_long, sums[0], venue->cash_decimals);
        (void)liq_decimal_format(summary->open_short, sums[1], venue->cash_decimals);
    }
    for (uint32_t i = 0; i < venue->fund_count; i++)
        available += liq_stress_fund_available(
            funds, i, market->assets[venue->funds[i].asset_index].exchange_rate);
    (void)liq_decimal_format(summary->fund_available, available, venue->cash_decimals);
}

uint32_t liq_stress_losers_list(liq_stress_loser *out, uint32_t limit, const liq_book *book,
                                const liq_rows *rows, const liq_stress_cost *costs,
                                int64_t fine_per_unit)
{
    uint32_t listed[LIQ_STRESS_LOSERS_MAX];
    const uint32_t count = liq_stress_losers_choose(listed, limit, rows->row_count, costs);

    for (uint32_t i = 0; i < count; i++)
        loser_fill(&out[i], book, &rows->keys[listed[i]], &costs[listed[i]], fine_per_unit);
    return count;
}

/* By insertion: the list is short, and nearly all rows come after its last. */
uint32_t liq_stress_losers_choose(uint32_t *listed, uint32_t limit, uint32_t row_count,
                                  const liq_stress_cost *costs)
{
    uint32_t count = 0;

    limit = limit < LIQ_STRESS_LOSERS_MAX ? limit : LIQ_STRESS_LOSERS_MAX;
    for (uint32_t row = 0; limit > 0 && row < row_count; row++) {
        uint32_t at = count;

        if (costs[row].sum <= 0 || (count == limit && !comes_before(costs, row, listed[count - 1])))
            continue;
        if (count == limit)
            at--;
        else
            count++;
        for (; at > 0 && comes_before(costs, row, listed[at - 1]); at--)
            listed[at] = listed[at - 1];
        listed[at] = row;
    }
    return count;
}

/* Rows are gone through in their order: of equals the earlier one stays in front. */
static bool comes_before(const liq_stress_cost *costs, uint32_t left, uint32_t right)
{
    return costs[left].sum > costs[right].sum;
}

static void loser_fill(liq_stress_loser *out, const liq_book *book, const liq_row_key *key,
                       const liq_stress_cost *cost, int64_t fine_per_unit)
{
    const liq_row_record nothing = {.status = LIQ_ROW_OK};
    liq_scan_row row;

    liq_scan_row_fill(&row, book, key, &nothing);
    *out = (liq_stress_loser){.account = row.account,
                              .instrument = row.instrument,
                              .is_short = row.is_short,
                              .scenarios = cost->scenarios,
                              .worst_scenario = cost->worst_scenario};
    (void)liq_decimal_format(out->worst, divide_ceil(cost->worst, fine_per_unit),
                             book->venue.cash_decimals);
    (void)liq_decimal_format(out->sum, divide_ceil(cost->sum, fine_per_unit),
                             book->venue.cash_decimals);
}

/* Of what is not negative, in 64 bits where they hold it: there a division is several times as
 * fast.
 */
static liq_int128 divide_ceil(liq_int128 value, liq_int128 divisor)
{
    if (value <= INT64_MAX && divisor <= INT64_MAX)
        return (int64_t)value / (int64_t)divisor + ((int64_t)value % (int64_t)divisor > 0);
    return value / divisor + (value % divisor > 0);
}
