#include "settle/pattern.h"

#include <math.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/truth.h"
#include "settle/impact.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

enum {
    MILLION = 1000000,
    NANO_PER_PPM = 1000,
    LEAST_OCTAVE = -4,
    EIGHTHS = 8,
    PERCENT_PPM = 10000,
    MICRO_DECIMALS = 6
};

#define CASH_MOST ((liq_int128)1 << 92)

static void markets_fall(liq_pattern *pattern);
static void account_sweep(liq_pattern *pattern, uint32_t account);
static void row_sweep(liq_pattern *pattern, const liq_rows *rows, uint32_t row);
static void facts_fill(const liq_pattern *pattern, liq_pattern_facts *out);
static void volume_take(liq_pattern *pattern, liq_pattern_facts *out);
static liq_int128 worth(const liq_pattern *pattern, uint32_t instrument, liq_int128 lots);

const uint32_t liq_pattern_falls_ppm[LIQ_PATTERN_FALLS] = {0, 10000, 20000, 50000};
const uint32_t liq_pattern_quantiles_ppm[LIQ_PATTERN_QUANTILES] = {500000, 900000, 990000, 999000};

void liq_leverage_add(liq_leverage_count *count, int64_t notional, int64_t equity)
{
    double mantissa;
    int octave;
    int bucket;

    if (notional <= 0)
        return;
    if (equity <= 0) {
        count->spent++;
        return;
    }
    /* Only shown: a quotient of doubles is within its last bit, a bucket an eighth wide. */
    mantissa = frexp((double)notional / (double)equity, &octave);
    bucket = (octave - 1 - LEAST_OCTAVE) * EIGHTHS + (int)((mantissa * 2 - 1) * EIGHTHS);
    bucket = bucket < 0 ? 0 : bucket;
    count->buckets[bucket < LIQ_LEVERAGE_BUCKETS ? bucket : LIQ_LEVERAGE_BUCKETS - 1]++;
    count->count++;
}

int64_t liq_leverage_quantile(const liq_leverage_count *count, uint32_t ppm)
{
    const uint64_t all = count->count + count->spent;
    const uint64_t wanted = (uint64_t)(((liq_uint128)all * ppm + MILLION - 1) / MILLION);
    uint64_t seen = 0;

    if (all == 0)
        return 0;
    for (int i = 0; i < LIQ_LEVERAGE_BUCKETS; i++) {
        seen += count->buckets[i];
        if (seen > 0 && seen >= wanted)
            return (
                int64_t)(ldexp(1 + (double)(i % EIGHTHS) / EIGHTHS, i / EIGHTHS + LEAST_OCTAVE) *
                         100);
    }
    return INT64_MAX;
}

liq_status liq_pattern_create(liq_pattern *out, liq_live *live, const liq_settle *settle,
                              uint32_t accounts_most, liq_error *err)
{
    const liq_book *prices = &live->book.prices;
    liq_status status;

    LIQ_ASSERT(accounts_most > 0);
    *out = (liq_pattern){
        .live = live, .settle = settle, .prices = *prices, .accounts_most = accounts_most};
    status = liq_memory_array(&out->marks, prices->venue.instrument_count, sizeof *out->marks, err);
    out->prices.instrument_marks = out->marks;
    if (status == LIQ_OK)
        status = liq_memory_array(&out->traded_micro, prices->venue.instrument_count,
                                  sizeof *out->traded_micro, err);
    for (int i = 1; status == LIQ_OK && i < LIQ_PATTERN_FALLS; i++)
        status = liq_market_create(&out->markets[i], prices, err);
    if (status != LIQ_OK)
        liq_pattern_clear(out);
    return status;
}

void liq_pattern_clear(liq_pattern *pattern)
{
    for (int i = 1; i < LIQ_PATTERN_FALLS; i++)
        liq_market_clear(&pattern->markets[i]);
    free(pattern->marks);
    free(pattern->traded_micro);
    *pattern = (liq_pattern){0};
}

void liq_pattern_see(liq_pattern *pattern, liq_pattern_facts *out)
{
    const uint32_t capacity = pattern->live->book.account_capacity;
    uint32_t looked = 0;

    pattern->tick++;
    markets_fall(pattern);
    for (; looked < pattern->accounts_most && pattern->account < capacity; pattern->account++)
        if (pattern->live->book.accounts[pattern->account].alive) {
            account_sweep(pattern, pattern->account);
            looked++;
        }
    if (pattern->account == capacity) {
        pattern->under_way.tick = pattern->tick;
        pattern->shown = pattern->under_way;
        pattern->under_way = (liq_pattern_sweep){0};
        pattern->account = 0;
    }
    facts_fill(pattern, out);
    volume_take(pattern, out);
}

/* What no market trades counts as so much. */
void liq_pattern_trade(liq_pattern *pattern, uint32_t instrument, liq_decimal contracts)
{
    const liq_decimal lot = pattern->live->book.prices.venue.instruments[instrument].lot;
    int64_t micro = INT64_MAX;

    (void)liq_decimal_divide(&micro, contracts, lot, MICRO_DECIMALS, LIQ_ROUND_NEAREST);
    pattern->traded_micro[instrument] += micro;
    pattern->has_volume = true;
}

void liq_pattern_turnover(liq_pattern *pattern, liq_decimal money)
{
    liq_int128 units;

    if (!liq_decimal_scale(&units, money, pattern->prices.venue.cash_decimals, LIQ_ROUND_NEAREST) ||
        units > CASH_MOST - pattern->turnover)
        units = CASH_MOST - pattern->turnover;
    pattern->turnover += units;
    pattern->has_volume = true;
}

void liq_pattern_interest(const liq_pattern *pattern, uint32_t instrument, liq_int128 *lots,
                          liq_int128 *cash)
{
    *lots = pattern->live->book.long_lots[instrument];
    *cash = worth(pattern, instrument, *lots);
}

/* What no market comes near is shown as so much. */
static liq_int128 worth(const liq_pattern *pattern, uint32_t instrument, liq_int128 lots)
{
    const liq_waterfall *waterfall = &pattern->settle->waterfall;
    const uint32_t index = waterfall->source.venue->instruments[instrument].settle_index;
    const liq_asset_record *asset = &waterfall->market.assets[index];
    const int64_t value = pattern->live->market.instruments[instrument].value_floor;
    liq_int128 units;

    if (__builtin_mul_overflow(lots, (liq_int128)liq_size_of(value), &units))
        return CASH_MOST;
    /* Divided first: as liq_cash_of, but for sums of all accounts. */
    units /= LIQ_GRAINS_PER_UNIT / (int64_t)asset->grains_per_fine;
    if (__builtin_mul_overflow(units, (liq_int128)asset->exchange_rate, &units) ||
        units / LIQ_EXCHANGE_RATE_ONE >= CASH_MOST)
        return CASH_MOST;
    return units / LIQ_EXCHANGE_RATE_ONE;
}

/* Volume is told again from here on. */
static void volume_take(liq_pattern *pattern, liq_pattern_facts *out)
{
    const uint32_t instruments = pattern->live->book.prices.venue.instrument_count;

    if (!pattern->has_volume)
        return;
    out->traded = pattern->turnover;
    for (uint32_t i = 0; i < instruments; i++)
        if (pattern->traded_micro[i] != 0) {
            out->traded += worth(pattern, i, pattern->traded_micro[i]) / MILLION;
            pattern->traded_micro[i] = 0;
        }
    pattern->turnover = 0;
    pattern->has_volume = false;
    if (out->traded > 0 && out->liquidated < CASH_MOST)
        out->traded_ppm = (uint64_t)(out->liquidated * MILLION / out->traded);
}

/* Marks alone: what accounts hold in other assets stays worth what it is. */
static void markets_fall(liq_pattern *pattern)
{
    const liq_book *prices = &pattern->live->book.prices;

    for (int fall = 1; fall < LIQ_PATTERN_FALLS; fall++) {
        const int64_t shift =
            (pattern->rises ? 1 : -1) * (int64_t)liq_pattern_falls_ppm[fall] * NANO_PER_PPM;

        for (uint32_t i = 0; i < prices->venue.instrument_count; i++)
            if (prices->instrument_marks[i].digits == 0 ||
                !liq_impact_price(&pattern->marks[i], prices->instrument_marks[i], shift))
                pattern->marks[i] = prices->instrument_marks[i];
        liq_market_update(&pattern->markets[fall], &pattern->prices);
    }
}

static void account_sweep(liq_pattern *pattern, uint32_t account)
{
    const liq_rows *rows = liq_live_book_rows(&pattern->live->book, account);

    for (uint32_t i = 0; i < rows->row_count; i++)
        row_sweep(pattern, rows, i);
}

/* Who is flagged is so at every fall, but for those who hold shorts: each is valued. */
static void row_sweep(liq_pattern *pattern, const liq_rows *rows, uint32_t row)
{
    liq_pattern_sweep *sweep = &pattern->under_way;

    for (int fall = 0; fall < LIQ_PATTERN_FALLS; fall++) {
        const liq_market *market = fall == 0 ? &pattern->live->market : &pattern->markets[fall];
        const liq_row_record now = liq_truth_row(market, rows, row);

        if (now.status == LIQ_ROW_UNVALUED || now.notional == 0)
            return;
        if (fall == 0) {
            sweep->accounts++;
            liq_leverage_add(&sweep->leverage, now.notional, now.equity);
        }
        if (liq_flagged_status(now.status))
            sweep->liquidatable[fall] += now.notional;
    }
}

static void facts_fill(const liq_pattern *pattern, liq_pattern_facts *out)
{
    const liq_pattern_sweep *sweep = &pattern->shown;
    const uint32_t instruments = pattern->live->book.prices.venue.instrument_count;
    liq_int128 all;

    *out = (liq_pattern_facts){.sweep = sweep,
                               .sweep_age = pattern->tick - sweep->tick,
                               .liquidated = pattern->settle->waterfall.totals.notional};
    for (uint32_t i = 0; i < instruments; i++) {
        liq_int128 lots;
        liq_int128 cash;

        liq_pattern_interest(pattern, i, &lots, &cash);
        out->interest += cash;
    }
    all = out->interest + out->liquidated;
    if (all > 0)
        out->share_ppm = (uint32_t)(out->liquidated * MILLION / all);
    for (int i = 1; i < LIQ_PATTERN_FALLS; i++)
        out->slopes[i - 1] = (sweep->liquidatable[i] - sweep->liquidatable[i - 1]) * PERCENT_PPM /
                             (liq_pattern_falls_ppm[i] - liq_pattern_falls_ppm[i - 1]);
}
