/*
 * What a copied account is worth.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/truth.h"
#include "scan/truth_scores.h"
#include "settle/overlay.h"

enum { PAIR = 2, ENTRIES_LEAST = 64 };

/* No score is so high: this one is not made yet. */
#define NOT_SCORED INT64_MAX

/* Orders of one instrument lie side by side. */
typedef struct order_slice {
    uint32_t first;
    uint32_t count;
} order_slice;

static liq_status orders_gather(liq_overlay *overlay, const liq_touched *touched, liq_error *err);
static liq_status scratch_room(liq_overlay *overlay, uint64_t entries, liq_error *err);
static void rows_write(liq_overlay *overlay, const liq_account_columns *columns);
static liq_row_record portfolio_value(liq_overlay *overlay, const liq_touched *touched);
static liq_status columns_write(liq_overlay *overlay, const liq_account_columns *columns,
                                liq_error *err);
static liq_account_columns row_columns(const liq_account_columns *columns, uint64_t position);
static liq_status scored_take(liq_overlay *overlay, const liq_account_columns *columns,
                              liq_error *err);
static liq_status row_score(liq_overlay *overlay, const liq_market *market,
                            const liq_account_columns *row, bool isolated, int64_t *out,
                            liq_error *err);
static bool sums_are_kept(const liq_overlay *overlay, const liq_touched *touched,
                          uint32_t instrument);
static void sums_fill(liq_overlay *overlay, liq_touched *touched);
static void instrument_sum(liq_overlay *overlay, liq_touched *touched, uint32_t instrument,
                           bool adds);
static uint32_t cross_find(const liq_touched *touched, uint32_t instrument);
static order_slice orders_find(const liq_touched *touched, uint32_t instrument);
static liq_leg_sum leg_difference(liq_leg_sum from, liq_leg_sum less);

void liq_touched_add_lots(liq_overlay *overlay, liq_touched *touched, uint32_t position,
                          int64_t lots)
{
    liq_position *held = &touched->positions[position];
    const bool summed = !held->isolated && touched->market == overlay->market_state;

    if (summed)
        instrument_sum(overlay, touched, held->instrument_index, false);
    held->quantity_lots += lots;
    if (!held->isolated && held->quantity_lots == 0)
        touched->open_cross--;
    if (summed)
        instrument_sum(overlay, touched, held->instrument_index, true);
}

/* Orders keep their places too, with no lots, so that dropping those of one contract after another
   costs what they are. */
uint32_t liq_touched_drop_orders(liq_overlay *overlay, liq_touched *touched, uint32_t instrument)
{
    const uint32_t all = touched->order_count;
    order_slice slice;
    bool summed;

    if (instrument == LIQ_NO_INDEX) {
        touched->order_count = 0;
        touched->order_places = 0;
        touched->market = all > 0 ? 0 : touched->market; /* summed anew when it is asked for */
        return all;
    }
    slice = orders_find(touched, instrument);
    if (slice.count == 0)
        return 0;
    summed = sums_are_kept(overlay, touched, instrument);
    if (summed)
        instrument_sum(overlay, touched, instrument, false);
    for (uint32_t i = slice.first; i < slice.first + slice.count; i++)
        touched->orders[i].quantity_lots = 0;
    touched->order_count -= slice.count;
    if (summed)
        instrument_sum(overlay, touched, instrument, true);
    else
        touched->market = 0;
    return slice.count;
}

liq_row_record liq_touched_value(liq_overlay *overlay, liq_touched *touched)
{
    const liq_margin_tables tables = liq_market_tables(overlay->market);
    liq_account_sum account = liq_account_sum_zero();

    if (touched->mode == LIQ_ACCOUNT_PORTFOLIO)
        return portfolio_value(overlay, touched);
    if (touched->market != overlay->market_state)
        sums_fill(overlay, touched);
    for (uint32_t i = 0; i < touched->balance_count; i++) {
        const liq_balance *balance = &touched->balances[i];

        /* As a row has it: nothing of an asset needs no index price of it. */
        if (balance->amount != 0 || touched->leg_counts[i] > 0)
            liq_margin_close(tables, &account, touched->sums[i],
                             LIQ_ENTRY_BALANCE << LIQ_TAG_INDEX_BITS | balance->asset_index,
                             balance->amount);
    }
    return liq_margin_finish(tables, account);
}

liq_row_record liq_touched_value_isolated(liq_overlay *overlay, const liq_touched *touched,
                                          uint32_t position)
{
    const liq_account_columns columns = {.venue = overlay->source->venue,
                                         .id = touched->id,
                                         .positions = &touched->positions[position],
                                         .position_count = 1,
                                         .mode = touched->mode};

    LIQ_ASSERT(touched->positions[position].isolated);
    LIQ_ASSERT(scratch_room(overlay, ENTRIES_LEAST, NULL) == LIQ_OK);
    rows_write(overlay, &columns);
    return liq_truth_row(overlay->market, &overlay->scratch, 1);
}

liq_status liq_touched_trial(liq_portfolio_trial *out, liq_overlay *overlay,
                             const liq_touched *touched, uint32_t position, liq_error *err)
{
    const bool isolated = position != LIQ_NO_INDEX;

    LIQ_ASSERT(touched->mode == LIQ_ACCOUNT_PORTFOLIO);
    if (!liq_portfolio_market_exists(&overlay->market->portfolio))
        return LIQ_OK;
    if (isolated) /* either way the row that is valued is left in the scratch */
        (void)liq_touched_value_isolated(overlay, touched, position);
    else
        (void)portfolio_value(overlay, touched);
    return liq_portfolio_trial_create(out, overlay->market, &overlay->scratch, isolated, err);
}

liq_leg_sum liq_touched_leg(liq_overlay *overlay, const liq_touched *touched, uint32_t position)
{
    const liq_position *held = &touched->positions[position];
    liq_exposure exposure = liq_exposure_none();
    liq_leg_sum out = liq_leg_sum_zero();
    const liq_u32 tag = LIQ_ENTRY_POSITION << LIQ_TAG_INDEX_BITS | held->instrument_index;

    if (touched->mode == LIQ_ACCOUNT_PORTFOLIO) {
        if (liq_portfolio_market_exists(&overlay->market->portfolio))
            liq_portfolio_leg(liq_market_tables(overlay->market),
                              liq_portfolio_market_tables(&overlay->market->portfolio), &out, tag,
                              held->quantity_lots, held->entry_value);
        return out;
    }
    liq_margin_leg(liq_market_tables(overlay->market), &out, &exposure, tag, held->quantity_lots,
                   held->entry_value);
    return out;
}

bool liq_overlay_scored(const liq_overlay *overlay, uint32_t account, uint64_t position,
                        int64_t *out)
{
    const liq_scored *scored = overlay->scored == NULL ? NULL : &overlay->scored[account];

    if (scored == NULL || scored->run != overlay->score_run)
        return false;
    *out = overlay->scores[scored->first + position];
    return *out != NOT_SCORED;
}

liq_status liq_columns_score(liq_overlay *overlay, const liq_market *market,
                             const liq_account_columns *columns, uint64_t position, int64_t *out,
                             liq_error *err)
{
    const bool isolated = columns->positions[position].isolated != 0;
    const liq_account_columns row = row_columns(columns, isolated ? position : LIQ_NO_INDEX);
    uint64_t first;
    liq_status status;

    if (liq_overlay_scored(overlay, columns->account_index, position, out))
        return LIQ_OK;
    if ((status = scored_take(overlay, columns, err)) != LIQ_OK)
        return status;
    first = overlay->scored[columns->account_index].first;
    status = row_score(overlay, market, &row, isolated,
                       overlay->scores + first + (isolated ? position : 0), err);
    if (status == LIQ_OK)
        *out = overlay->scores[first + position];
    return status;
}

liq_status liq_columns_value(liq_overlay *overlay, const liq_account_columns *columns,
                             uint32_t position, liq_row_record *out, liq_error *err)
{
    const liq_account_columns row = row_columns(columns, position);
    const liq_status status = columns_write(overlay, &row, err);

    if (status == LIQ_OK)
        *out = liq_truth_row(overlay->market, &overlay->scratch,
                             position != LIQ_NO_INDEX && columns->positions[position].isolated);
    return status;
}

liq_status liq_touched_columns(liq_overlay *overlay, const liq_touched *touched,
                               liq_account_columns *out, liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_grow(&overlay->open, &overlay->open_capacity, touched->position_count,
                                  sizeof *overlay->open, err)) != LIQ_OK ||
        (status = orders_gather(overlay, touched, err)) != LIQ_OK)
        return status;
    *out = (liq_account_columns){.venue = overlay->source->venue,
                                 .id = touched->id,
                                 .balances = touched->balances,
                                 .positions = overlay->open,
                                 .orders = touched->order_count == touched->order_places
                                               ? touched->orders
                                               : overlay->open_orders,
                                 .balance_count = touched->balance_count,
                                 .order_count = touched->order_count,
                                 .account_index = touched->account,
                                 .mode = touched->mode};
    for (uint32_t i = 0; i < touched->position_count; i++)
        if (touched->positions[i].quantity_lots != 0)
            overlay->open[out->position_count++] = touched->positions[i];
    return LIQ_OK;
}

/* Orders that are not dropped, where some are. */
static liq_status orders_gather(liq_overlay *overlay, const liq_touched *touched, liq_error *err)
{
    uint32_t count = 0;
    liq_status status;

    if (touched->order_count == touched->order_places)
        return LIQ_OK;
    if ((status = liq_memory_grow(&overlay->open_orders, &overlay->open_order_capacity,
                                  touched->order_count, sizeof *overlay->open_orders, err)) !=
        LIQ_OK)
        return status;
    for (uint32_t i = 0; i < touched->order_places; i++)
        if (touched->orders[i].quantity_lots != 0)
            overlay->open_orders[count++] = touched->orders[i];
    return LIQ_OK;
}

/* Room to write the rows of an account of so many entries. */
static liq_status scratch_room(liq_overlay *overlay, uint64_t entries, liq_error *err)
{
    liq_rows taken = {0};
    liq_status status;

    if (entries <= overlay->scratch_room && overlay->scratch.keys != NULL)
        return LIQ_OK;
    if (entries < 2 * overlay->scratch_room)
        entries = 2 * overlay->scratch_room;
    if (entries < ENTRIES_LEAST)
        entries = ENTRIES_LEAST;
    if ((status = liq_memory_array(&taken.keys, entries + 1, sizeof *taken.keys, err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.entry_first, entries + 2, sizeof *taken.entry_first,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.tags, entries, sizeof *taken.tags, err)) != LIQ_OK ||
        (status = liq_memory_array(&taken.quantities, entries, sizeof *taken.quantities, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&taken.values, entries, sizeof *taken.values, err)) != LIQ_OK) {
        liq_rows_clear(&taken);
        return status;
    }
    liq_rows_clear(&overlay->scratch);
    overlay->scratch = taken;
    overlay->scratch_room = entries;
    return LIQ_OK;
}

/* Nothing grows in settling, so what the scan could write, this can. */
static void rows_write(liq_overlay *overlay, const liq_account_columns *columns)
{
    overlay->scratch.row_count = 0;
    overlay->scratch.entry_count = 0;
    overlay->scratch.entry_first[0] = 0;
    LIQ_ASSERT(liq_rows_append(&overlay->scratch, columns, NULL) == LIQ_OK);
}

/* What hedges what changes with every lot, so all of it is valued anew. */
static liq_row_record portfolio_value(liq_overlay *overlay, const liq_touched *touched)
{
    liq_account_columns columns;

    LIQ_ASSERT(liq_touched_columns(overlay, touched, &columns, NULL) == LIQ_OK);
    columns.position_count = liq_cross_count(&columns);
    LIQ_ASSERT(columns_write(overlay, &columns, NULL) == LIQ_OK);
    return liq_truth_row(overlay->market, &overlay->scratch, 0);
}

/* Sum all legs of the cross row, by settle asset. */
static void sums_fill(liq_overlay *overlay, liq_touched *touched)
{
    const liq_margin_tables tables = liq_market_tables(overlay->market);
    const liq_rows *rows = &overlay->scratch;
    liq_exposure exposure = liq_exposure_none();
    liq_account_columns columns;
    liq_leg_sum sum = liq_leg_sum_zero();
    uint32_t legs = 0;

    for (uint32_t i = 0; i < touched->balance_count; i++) {
        touched->sums[i] = liq_leg_sum_zero();
        touched->leg_counts[i] = 0;
    }
    LIQ_ASSERT(liq_touched_columns(overlay, touched, &columns, NULL) == LIQ_OK);
    LIQ_ASSERT(
        scratch_room(overlay,
                     columns.balance_count + 2 * columns.position_count + 3 * columns.order_count,
                     NULL) == LIQ_OK);
    rows_write(overlay, &columns);
    for (uint64_t i = 0; i < rows->entry_first[1]; i++) {
        const uint32_t tag = rows->tags[i];
        uint32_t at;

        if (tag >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE) {
            liq_margin_leg(tables, &sum, &exposure, tag, rows->quantities[i], rows->values[i]);
            legs++;
            continue;
        }
        at = liq_touched_balance(touched, tag & LIQ_TAG_INDEX_MAX);
        touched->sums[at] = sum;
        touched->leg_counts[at] = legs;
        sum = liq_leg_sum_zero();
        exposure = liq_exposure_none();
        legs = 0;
    }
    touched->market = overlay->market_state;
}

/* Add or take away what the legs of one instrument bring to the cross row. */
static void instrument_sum(liq_overlay *overlay, liq_touched *touched, uint32_t instrument,
                           bool adds)
{
    const liq_margin_tables tables = liq_market_tables(overlay->market);
    const liq_venue *venue = overlay->source->venue;
    const order_slice slice = orders_find(touched, instrument);
    const uint32_t at = liq_touched_balance(touched, venue->instruments[instrument].settle_index);
    const liq_rows *rows = &overlay->scratch;
    liq_exposure exposure = liq_exposure_none();
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_position pair[PAIR];
    liq_account_columns columns = {.venue = venue,
                                   .id = touched->id,
                                   .positions = pair,
                                   .orders = touched->orders + slice.first,
                                   .order_count = slice.count,
                                   .mode = touched->mode};
    uint32_t legs = 0;

    for (uint32_t i = cross_find(touched, instrument);
         i < touched->cross_count && touched->positions[i].instrument_index == instrument; i++)
        if (touched->positions[i].quantity_lots != 0) {
            LIQ_ASSERT(columns.position_count < PAIR);
            pair[columns.position_count++] = touched->positions[i];
        }
    LIQ_ASSERT(scratch_room(overlay, 2 * PAIR + 3 * columns.order_count, NULL) == LIQ_OK);
    rows_write(overlay, &columns);
    for (uint64_t i = 0; i < rows->entry_first[1]; i++) {
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE)
            break;
        liq_margin_leg(tables, &sum, &exposure, rows->tags[i], rows->quantities[i],
                       rows->values[i]);
        legs++;
    }
    if (adds) {
        liq_leg_sum_append(&touched->sums[at], sum);
        touched->leg_counts[at] += legs;
    } else {
        touched->sums[at] = leg_difference(touched->sums[at], sum);
        touched->leg_counts[at] -= legs;
    }
}

/* A reason why there is no value would stay: then it is summed anew. */
static bool sums_are_kept(const liq_overlay *overlay, const liq_touched *touched,
                          uint32_t instrument)
{
    const uint32_t asset = overlay->source->venue->instruments[instrument].settle_index;

    return touched->market == overlay->market_state &&
           touched->sums[liq_touched_balance(touched, asset)].reason == LIQ_REASON_NONE;
}

/* The first position of the cross margin on an instrument, or where it would be. */
static uint32_t cross_find(const liq_touched *touched, uint32_t instrument)
{
    uint32_t low = 0;
    uint32_t high = touched->cross_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (touched->positions[middle].instrument_index < instrument)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static order_slice orders_find(const liq_touched *touched, uint32_t instrument)
{
    uint32_t low = 0;
    uint32_t high = touched->order_places;
    order_slice out;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (touched->orders[middle].instrument_index < instrument)
            low = middle + 1;
        else
            high = middle;
    }
    out = (order_slice){.first = low};
    while (low < touched->order_places && touched->orders[low].instrument_index == instrument)
        low++;
    out.count = low - out.first;
    if (out.count > 0 && touched->orders[out.first].quantity_lots == 0)
        out.count = 0; /* dropped, and all of a contract are at once */
    return out;
}

/* Sums are modulo 2^128, so what was added is taken away without a trace. A reason why there is no
   value stays: such a row is never settled. */
static liq_leg_sum leg_difference(liq_leg_sum from, liq_leg_sum less)
{
    from.pnl = liq_wide_subtract(from.pnl, less.pnl);
    from.notional = liq_wide_subtract(from.notional, less.notional);
    from.exposure = liq_wide_subtract(from.exposure, less.exposure);
    from.maintenance = liq_wide_subtract(from.maintenance, less.maintenance);
    from.initial = liq_wide_subtract(from.initial, less.initial);
    from.positions -= less.positions;
    return from;
}

static liq_status columns_write(liq_overlay *overlay, const liq_account_columns *columns,
                                liq_error *err)
{
    const liq_status status = scratch_room(
        overlay, columns->balance_count + 2 * columns->position_count + 3 * columns->order_count,
        err);

    if (status == LIQ_OK)
        rows_write(overlay, columns);
    return status;
}

/* What makes the row of a position: all of the cross margin, or an isolated position alone, behind
   a cross row of nothing. Isolated positions lie behind the others. */
static liq_account_columns row_columns(const liq_account_columns *columns, uint64_t position)
{
    liq_account_columns out = *columns;

    if (position == LIQ_NO_INDEX || !columns->positions[position].isolated) {
        out.position_count = liq_cross_count(columns);
        return out;
    }
    out.positions += position;
    out.position_count = 1;
    out.balance_count = 0;
    out.order_count = 0;
    return out;
}

/* Have places for the scores of an account. */
static liq_status scored_take(liq_overlay *overlay, const liq_account_columns *columns,
                              liq_error *err)
{
    liq_scored *scored;
    liq_status status;

    if (overlay->scored == NULL &&
        (status = liq_memory_array(&overlay->scored, overlay->source->account_limit,
                                   sizeof *overlay->scored, err)) != LIQ_OK)
        return status;
    scored = &overlay->scored[columns->account_index];
    if (scored->run == overlay->score_run)
        return LIQ_OK;
    if ((status = liq_memory_extend(&overlay->scores, &overlay->score_capacity,
                                    (size_t)(overlay->score_count + columns->position_count),
                                    sizeof *overlay->scores, err)) != LIQ_OK)
        return status;
    *scored = (liq_scored){.first = (uint32_t)overlay->score_count, .run = overlay->score_run};
    overlay->score_count += columns->position_count;
    for (uint64_t i = 0; i < columns->position_count; i++)
        overlay->scores[(uint64_t)scored->first + i] = NOT_SCORED;
    return LIQ_OK;
}

static liq_status row_score(liq_overlay *overlay, const liq_market *market,
                            const liq_account_columns *row, bool isolated, int64_t *out,
                            liq_error *err)
{
    const liq_venue *venue = overlay->source->venue;
    const liq_adl_terms terms = liq_adl_terms_make(venue, venue->policy.adl_rule);
    liq_row_record result;
    const liq_status status = columns_write(overlay, row, err);

    if (status != LIQ_OK)
        return status;
    result = liq_truth_row(market, &overlay->scratch, isolated);
    (void)liq_truth_scores_row(market, &overlay->scratch, isolated, &result, terms, out);
    return LIQ_OK;
}
