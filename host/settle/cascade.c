/*
 * What fills do to the mark, where the policy says that they do: the mark of an instrument goes to
 * the last fill of a round, and whoever holds the instrument is looked at again. Nobody else is.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "settle/waterfall_internal.h"

/* Positions of an account that is worth remembering. */
enum { WIDE_LEAST = 16 };

static liq_status side_find(liq_waterfall *waterfall, uint32_t side, uint32_t instrument,
                            uint32_t *count, liq_error *err);
static liq_status holder_look(liq_waterfall *waterfall, const liq_side_holder *holder,
                              uint32_t instrument, uint32_t *count, liq_error *err);
static liq_status holder_value(liq_waterfall *waterfall, const liq_side_holder *holder,
                               liq_settle_row *out, uint32_t instrument, bool *is_held,
                               liq_error *err);
static uint32_t found_sort(liq_waterfall *waterfall, liq_settle_row *rows, uint32_t count);
static liq_status wide_look(liq_waterfall *waterfall, liq_row_name name, bool *is_new,
                            liq_error *err);
static int compare_rows(const void *left, const void *right, void *source);

void liq_cascade_note(liq_waterfall *waterfall, uint32_t instrument, int64_t value)
{
    if (!waterfall->rules->mark_follows_fills)
        return;
    if (waterfall->moved_values[instrument] == 0)
        waterfall->moved[waterfall->moved_count++] = instrument;
    waterfall->moved_values[instrument] = value;
}

liq_status liq_cascade_find(liq_waterfall *waterfall, uint32_t *count, liq_error *err)
{
    const uint32_t sides = waterfall->source.venue->instrument_count * 2;
    const uint32_t moved = waterfall->moved_count;
    liq_status status = LIQ_OK;

    *count = 0;
    liq_row_map_clear(&waterfall->looked);
    for (uint32_t i = 0; i < moved; i++) {
        const uint32_t instrument = waterfall->moved[i];

        liq_market_set_value(&waterfall->market, waterfall->source.venue, instrument,
                             waterfall->moved_values[instrument]);
        waterfall->moved_values[instrument] = 0;
    }
    waterfall->moved_count = 0;
    if (moved > 0)
        liq_overlay_moved(&waterfall->overlay);
    for (uint32_t i = 0; status == LIQ_OK && i < moved; i++) {
        const uint32_t instrument = waterfall->moved[i];

        if ((status = side_find(waterfall, instrument * 2, instrument, count, err)) != LIQ_OK ||
            (status = side_find(waterfall, instrument * 2 + 1, instrument, count, err)) != LIQ_OK)
            break;
        status = side_find(waterfall, sides + instrument, instrument, count, err);
    }
    *count = found_sort(waterfall, waterfall->found, *count);
    return status;
}

static liq_status side_find(liq_waterfall *waterfall, uint32_t side, uint32_t instrument,
                            uint32_t *count, liq_error *err)
{
    liq_side_holders holders;
    liq_status status = waterfall->source.side(waterfall->source.context, side, &holders, err);

    for (uint32_t i = 0; status == LIQ_OK && i < holders.count; i++)
        status = holder_look(waterfall, &holders.items[i], instrument, count, err);
    return status;
}

static liq_status holder_look(liq_waterfall *waterfall, const liq_side_holder *holder,
                              uint32_t instrument, uint32_t *count, liq_error *err)
{
    liq_settle_row row;
    bool is_held = false;
    liq_status status = holder_value(waterfall, holder, &row, instrument, &is_held, err);

    if (status != LIQ_OK || !is_held || !liq_flagged_status(row.result.status))
        return status;
    if ((status = liq_memory_extend(&waterfall->found, &waterfall->found_capacity,
                                    (size_t)*count + 1, sizeof *waterfall->found, err)) != LIQ_OK)
        return status;
    waterfall->found[(*count)++] = row;
    return LIQ_OK;
}

/* As the copy has it, where there is one. */
static liq_status holder_value(liq_waterfall *waterfall, const liq_side_holder *holder,
                               liq_settle_row *out, uint32_t instrument, bool *is_held,
                               liq_error *err)
{
    liq_touched *touched = liq_overlay_find(&waterfall->overlay, holder->account);
    liq_account_columns columns;
    const liq_position *held;
    liq_status status;

    (void)waterfall->source.read(waterfall->source.context, holder->account, &columns);
    held = touched != NULL ? &touched->positions[holder->position]
                           : &columns.positions[holder->position];
    *is_held = held->instrument_index == instrument && held->quantity_lots != 0;
    out->name = (liq_row_name){.account = holder->account,
                               .instrument = held->isolated ? instrument : LIQ_NO_INDEX,
                               .is_short = held->isolated && held->quantity_lots < 0};
    if (!*is_held)
        return LIQ_OK;
    if (touched == NULL && !held->isolated && columns.position_count >= WIDE_LEAST &&
        ((status = wide_look(waterfall, out->name, is_held, err)) != LIQ_OK || !*is_held))
        return status;
    if (touched == NULL)
        return liq_columns_value(&waterfall->overlay, &columns,
                                 held->isolated ? holder->position : LIQ_NO_INDEX, &out->result,
                                 err);
    out->result = held->isolated
                      ? liq_touched_value_isolated(&waterfall->overlay, touched, holder->position)
                      : liq_touched_value(&waterfall->overlay, touched);
    return LIQ_OK;
}

/* Whoever holds much is found on many sides, and valued on the first. */
static liq_status wide_look(liq_waterfall *waterfall, liq_row_name name, bool *is_new,
                            liq_error *err)
{
    *is_new = liq_row_map_get(&waterfall->looked, name) == 0;
    return *is_new ? liq_row_map_set(&waterfall->looked, name, 1, err) : LIQ_OK;
}

/* Each row once, in the order in which accounts are liquidated. @return how many are left */
static uint32_t found_sort(liq_waterfall *waterfall, liq_settle_row *rows, uint32_t count)
{
    uint32_t kept = 0;

    if (count == 0)
        return 0;
    qsort(rows, count, sizeof *rows, liq_row_name_compare); /* by their first member */
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || liq_row_name_compare(&rows[i], &rows[kept - 1]) != 0)
            rows[kept++] = rows[i];
    qsort_r(rows, kept, sizeof *rows, compare_rows, &waterfall->source);
    return kept;
}

static int compare_rows(const void *left, const void *right, void *source)
{
    const int order = liq_flagged_compare(&((const liq_settle_row *)left)->result,
                                          &((const liq_settle_row *)right)->result);

    return order != 0 ? order : liq_source_compare_rows(left, right, source);
}
