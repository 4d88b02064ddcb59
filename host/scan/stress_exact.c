#include "scan/stress_exact.h"

#include "base/fail.h"
#include "scan/truth.h"

enum { PREFETCH_FIRSTS = 16, PREFETCH_ENTRIES = 8 };

/* A row in a scenario, valued. */
typedef struct exact_row {
    const liq_stress_exact *exact;
    const liq_stress_tile *tile;
    liq_row_record record;
    uint32_t row;
    uint32_t lane;
} exact_row;

LIQ_INLINE void rows_prefetch(const liq_rows *rows, const uint64_t *pairs, size_t left);
static bool status_fits(const exact_row *valued, uint32_t proven);
static liq_status device_fail(const exact_row *valued, const liq_stress_set *set, uint32_t proven,
                              liq_error *err);
static void row_judge(liq_stress_tally *tally, const exact_row *valued);
static void loss_split(liq_stress_tally *tally, const exact_row *valued);
static void pair_take(liq_stress_tally *tally, const exact_row *valued, uint64_t pair);
static double leg_weight(const liq_market *market, const liq_rows *rows, uint64_t at, bool by_grid);

liq_status liq_stress_exact_create(liq_stress_exact *out, const liq_book *lender, liq_error *err)
{
    liq_stress_exact exact = {.book = {.lender = NULL}};
    liq_status status;

    if ((status = liq_stress_book_create(&exact.book, lender, err)) != LIQ_OK ||
        (status = liq_market_create(&exact.market, lender, err)) != LIQ_OK) {
        liq_stress_exact_clear(&exact);
        return status;
    }
    *out = exact;
    return LIQ_OK;
}

void liq_stress_exact_clear(liq_stress_exact *exact)
{
    liq_stress_book_clear(&exact->book);
    liq_market_clear(&exact->market);
}

void liq_stress_exact_run(liq_stress_exact *exact, liq_stress_tally *tally,
                          const liq_stress_tile *tile, const liq_stress_set *set,
                          const liq_stress_task *task)
{
    exact_row valued = {.exact = exact, .tile = tile, .lane = task->lane};

    if (task->pair_count == 0 && task->hard_count == 0)
        return;
    liq_stress_set_apply(set, tile->prices->first + tile->tile * LIQ_STRESS_TILE + task->lane,
                         &exact->book);
    liq_market_update(&exact->market, &exact->book.book);
    for (size_t i = 0; i < task->pair_count; i++) {
        const uint64_t pair = task->pairs[i];

        rows_prefetch(tile->rows, task->pairs + i, task->pair_count - i);
        valued.row = (uint32_t)pair;
        valued.record = liq_truth_row(&exact->market, tile->rows, valued.row);
        if (!status_fits(&valued, liq_stress_pair_status(pair))) {
            tally->status = device_fail(&valued, set, liq_stress_pair_status(pair), &tally->err);
            return;
        }
        pair_take(tally, &valued, pair);
    }
    for (uint32_t i = 0; i < task->hard_count; i++) {
        valued.row = task->hard_rows[i];
        valued.record = liq_truth_row(&exact->market, tile->rows, valued.row);
        row_judge(tally, &valued);
    }
}

/* This only reports, so doubles may weigh; what rounding leaves over is the last position's. */
void liq_stress_loss_split(const liq_stress_funds *funds, const liq_market *market,
                           const liq_rows *rows, uint32_t row, int64_t loss, int64_t fine_per_unit,
                           liq_int128 *needed, size_t stride)
{
    const bool by_grid = liq_stress_row_by_grid(rows, market, row);
    const uint64_t end = rows->entry_first[row + 1];
    uint32_t fund = funds->fund_count;
    int64_t left = loss;
    double total = 0.0;

    for (uint64_t i = rows->entry_first[row]; i < end; i++)
        total += leg_weight(market, rows, i, by_grid);
    for (uint64_t i = rows->entry_first[row]; i < end; i++) {
        int64_t share;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        fund = funds->instrument_funds[rows->tags[i] & LIQ_TAG_INDEX_MAX];
        share = total > 0.0
                    ? (int64_t)((double)loss * (leg_weight(market, rows, i, by_grid) / total))
                    : 0;
        share = share < left ? share : left;
        needed[fund * stride] += (liq_int128)share * fine_per_unit;
        left -= share;
    }
    needed[fund * stride] += (liq_int128)left * fine_per_unit;
}

/* The least equity at which the mildest level of the venue is not met. */
liq_int128 liq_stress_shortfall(const liq_policy_record *policy, const liq_row_record *record)
{
    const liq_level_record *level =
        policy->levels[0].equity_factor != 0 ? &policy->levels[0] : &policy->levels[1];
    const liq_int128 required = (liq_int128)record->maintenance * level->requirement_factor;
    liq_int128 least;

    LIQ_ASSERT(level->equity_factor != 0);
    least = required / level->equity_factor;
    if (level->inclusive != 0 || least * level->equity_factor < required)
        least++;
    return least - record->equity;
}

/* The rows that are asked about lie far apart: ask for them before their turn. Not inlined it would
   be taken to do nothing, and left out. */
LIQ_INLINE void rows_prefetch(const liq_rows *rows, const uint64_t *pairs, size_t left)
{
    if (left > PREFETCH_FIRSTS) {
        const uint32_t row = (uint32_t)pairs[PREFETCH_FIRSTS];

        __builtin_prefetch(&rows->entry_first[row]);
        __builtin_prefetch(&rows->keys[row]);
    }
    if (left > PREFETCH_ENTRIES) {
        const uint64_t first = rows->entry_first[(uint32_t)pairs[PREFETCH_ENTRIES]];

        __builtin_prefetch(&rows->tags[first]);
        __builtin_prefetch(&rows->quantities[first]);
        __builtin_prefetch(&rows->values[first]);
    }
}

static bool status_fits(const exact_row *valued, uint32_t proven)
{
    return proven == LIQ_STRESS_DOUBT || proven == valued->record.status;
}

/* What was proven is wrong: the device does not compute what it should. */
static liq_status device_fail(const exact_row *valued, const liq_stress_set *set, uint32_t proven,
                              liq_error *err)
{
    const liq_stress_tile *tile = valued->tile;
    const uint32_t scenario = tile->prices->first + tile->tile * LIQ_STRESS_TILE + valued->lane;
    const liq_row_key *key = &tile->rows->keys[valued->row];

    return liq_fail(
        err, LIQ_SELF_TEST, 0, "scenario \"%s\": the device says %s of account \"%s\", which is %s",
        liq_stress_set_name(set, scenario), liq_margin_status_name((liq_margin_status_code)proven),
        liq_names_get(tile->book->account_names, key->account_index),
        liq_margin_status_name((liq_margin_status_code)valued->record.status));
}

static void row_judge(liq_stress_tally *tally, const exact_row *valued)
{
    const uint32_t status = valued->record.status;

    liq_stress_tally_exact(tally, valued->tile, valued->row, valued->lane, &valued->record);
    if (status == LIQ_ROW_WARNING || status == LIQ_ROW_REDUCE_ONLY)
        tally->called[valued->lane] +=
            liq_stress_shortfall(&valued->exact->market.policy, &valued->record);
    if (status == LIQ_ROW_BANKRUPT &&
        valued->tile->funds->row_funds[valued->row] == LIQ_STRESS_FUND_MIXED)
        loss_split(tally, valued);
}

static void loss_split(liq_stress_tally *tally, const exact_row *valued)
{
    const liq_stress_tile *tile = valued->tile;

    liq_stress_loss_split(tile->funds, &valued->exact->market, tile->rows, valued->row,
                          -valued->record.equity, tile->fine_per_unit, tally->needed + valued->lane,
                          LIQ_STRESS_TILE);
}

static void pair_take(liq_stress_tally *tally, const exact_row *valued, uint64_t pair)
{
    switch (liq_stress_pair_why(pair)) {
    case LIQ_STRESS_WHY_DOUBT:
        row_judge(tally, valued);
        break;
    case LIQ_STRESS_WHY_CALLED:
        tally->called[valued->lane] +=
            liq_stress_shortfall(&valued->exact->market.policy, &valued->record);
        break;
    case LIQ_STRESS_WHY_SPLIT:
        liq_stress_tally_cost(tally, valued->tile, valued->row, valued->lane, &valued->record);
        loss_split(tally, valued);
        break;
    case LIQ_STRESS_WHY_CHECK:
        break;
    }
}

/* Maintenance margin of a position alone, cash units, or in place of it its notional; 0 for what is
   none. */
static double leg_weight(const liq_market *market, const liq_rows *rows, uint64_t at, bool by_grid)
{
    const int64_t lots = (int64_t)liq_size_of(rows->quantities[at]);
    const liq_margin_tables tables = liq_market_tables(market);
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_marked marked;
    liq_asset_record asset;
    liq_wide grains;

    if (rows->tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
        return 0.0;
    marked = liq_marked_load(tables, rows->tags[at] & LIQ_TAG_INDEX_MAX);
    asset = tables.assets[marked.record.asset_index];
    grains = by_grid ? liq_wide_scale(liq_notional_ceil(marked, lots), asset.grains_per_fine)
                     : liq_maintenance_of(tables, &sum, marked, lots);
    return ((double)grains.high * 0x1p64 + (double)grains.low) / (double)LIQ_GRAINS_PER_UNIT *
           ((double)asset.exchange_rate / (double)LIQ_EXCHANGE_RATE_ONE);
}
