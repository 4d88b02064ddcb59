#include "scan/policy_parts.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

static void part_add(liq_policy_parts *parts, const liq_market *market, uint32_t instrument,
                     liq_leg_sum legs, bool is_target);
static liq_int128 cash_grains_floor(const liq_market *market, uint32_t asset, liq_wide grains);
static void change_add(liq_part_change *change, const liq_int128 grains[2]);
static void sum_add(liq_grain_sum *sum, liq_int128 grains);
static liq_diff_change change_read(const liq_part_change *change);

liq_status liq_policy_parts_create(liq_policy_parts *out, const liq_venue *source,
                                   const liq_venue *target, liq_error *err)
{
    const uint32_t count = source->instrument_count;
    liq_policy_parts parts = {.instrument_count = count};
    liq_status status;

    if ((status = liq_memory_array(&parts.to_source, target->instrument_count,
                                   sizeof *parts.to_source, err)) != LIQ_OK ||
        (status = liq_memory_array(&parts.parts, count, sizeof *parts.parts, err)) != LIQ_OK ||
        (status = liq_memory_array(&parts.held, count, sizeof *parts.held, err)) != LIQ_OK ||
        (status = liq_memory_array(&parts.sums, count, sizeof *parts.sums, err)) != LIQ_OK) {
        liq_policy_parts_clear(&parts);
        return status;
    }
    for (uint32_t i = 0; i < target->instrument_count; i++)
        if (!liq_names_find(source->instrument_names, liq_names_text(target->instrument_names, i),
                            &parts.to_source[i]))
            parts.to_source[i] = LIQ_NO_INDEX;
    *out = parts;
    return LIQ_OK;
}

void liq_policy_parts_clear(liq_policy_parts *parts)
{
    free(parts->to_source);
    free(parts->parts);
    free(parts->held);
    free(parts->sums);
    *parts = (liq_policy_parts){0};
}

/* The legs of an instrument stand next to each other; sums over legs are additive. */
void liq_policy_parts_add(liq_policy_parts *parts, const liq_market *market, const liq_rows *rows,
                          uint32_t row_index, bool is_target)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const uint64_t end = rows->entry_first[row_index + 1];
    uint64_t i = rows->entry_first[row_index];

    while (i < end) {
        const uint32_t instrument = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        liq_exposure exposure = liq_exposure_none();
        liq_leg_sum legs = liq_leg_sum_zero();

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE) {
            i++;
            continue;
        }
        for (; rows->tags[i] >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE &&
               (rows->tags[i] & LIQ_TAG_INDEX_MAX) == instrument;
             i++)
            liq_margin_leg(tables, &legs, &exposure, rows->tags[i], rows->quantities[i],
                           rows->values[i]);
        part_add(parts, market, instrument, legs, is_target);
    }
}

void liq_policy_parts_end(liq_policy_parts *parts)
{
    for (uint32_t i = 0; i < parts->held_count; i++) {
        liq_part *part = &parts->parts[parts->held[i]];
        liq_part_sums *sums = &parts->sums[parts->held[i]];

        sums->rows++;
        sums->rows_changed +=
            part->maintenance[0] != part->maintenance[1] || part->initial[0] != part->initial[1];
        change_add(&sums->maintenance, part->maintenance);
        change_add(&sums->initial, part->initial);
        *part = (liq_part){0};
    }
    parts->held_count = 0;
}

void liq_policy_parts_read(const liq_policy_parts *parts, uint32_t instrument,
                           liq_diff_instrument *out)
{
    const liq_part_sums *sums = &parts->sums[instrument];

    *out = (liq_diff_instrument){.rows = sums->rows,
                                 .rows_changed = sums->rows_changed,
                                 .maintenance = change_read(&sums->maintenance),
                                 .initial = change_read(&sums->initial)};
}

static void part_add(liq_policy_parts *parts, const liq_market *market, uint32_t instrument,
                     liq_leg_sum legs, bool is_target)
{
    const uint32_t asset = market->instruments[instrument].asset_index;
    const uint32_t source = is_target ? parts->to_source[instrument] : instrument;
    liq_part *part;

    LIQ_ASSERT(source < parts->instrument_count); /* what is held is held under both venues */
    part = &parts->parts[source];
    if (!part->is_held)
        parts->held[parts->held_count++] = source;
    part->is_held = true;
    part->maintenance[is_target] += cash_grains_floor(market, asset, legs.maintenance);
    part->initial[is_target] += cash_grains_floor(market, asset, legs.initial);
}

/*
 * A unit is 10^16 grains and worth exchange_rate x 10^-12 cash units, so a grain of the asset is
 * worth exchange_rate x 10^-12 cash grains. The row has a value, so that its sum of these is below
 * 2^63 x 10^16, and so is each product here.
 */
static liq_int128 cash_grains_floor(const liq_market *market, uint32_t asset, liq_wide grains)
{
    const liq_int128 rate = market->assets[asset].exchange_rate;
    const liq_int128 whole = (liq_int128)((liq_uint128)grains.high << 64 | grains.low);

    return whole / LIQ_EXCHANGE_RATE_ONE * rate +
           whole % LIQ_EXCHANGE_RATE_ONE * rate / LIQ_EXCHANGE_RATE_ONE;
}

static void change_add(liq_part_change *change, const liq_int128 grains[2])
{
    sum_add(&change->source, grains[0]);
    sum_add(&change->target, grains[1]);
    if (grains[1] > grains[0])
        sum_add(&change->risen, grains[1] - grains[0]);
    else
        sum_add(&change->fallen, grains[0] - grains[1]);
}

static void sum_add(liq_grain_sum *sum, liq_int128 grains)
{
    sum->units += grains / LIQ_GRAINS_PER_UNIT;
    sum->grains += grains % LIQ_GRAINS_PER_UNIT;
    sum->units += sum->grains / LIQ_GRAINS_PER_UNIT;
    sum->grains %= LIQ_GRAINS_PER_UNIT;
}

static liq_diff_change change_read(const liq_part_change *change)
{
    return (liq_diff_change){.source = change->source.units,
                             .target = change->target.units,
                             .risen = change->risen.units,
                             .fallen = change->fallen.units};
}
