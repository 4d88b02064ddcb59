#include "scan/price_kinks.h"

#include <stdlib.h>

#include "base/memory.h"

/* Points laid round each border, so that none of them has to be hit exactly. */
enum { POINTS_PER_BORDER = 3, SIZES_PER_LEG = 3 };

static uint64_t sizes_count_max(const liq_rows *rows, uint64_t entry_first, uint64_t entry_end);
static void leg_add(liq_price_kinks *kinks, const liq_venue *venue,
                    const liq_instrument *instrument, uint64_t lots, uint64_t total_lots);
static void size_add(liq_price_kinks *kinks, const liq_venue *venue,
                     const liq_instrument *instrument, uint64_t lots);
static void value_add(liq_price_kinks *kinks, const liq_instrument *instrument, int64_t size);
static void values_sort(liq_price_kinks *kinks);
static int compare_values(const void *left, const void *right);

liq_status liq_price_kinks_fill(liq_price_kinks *kinks, const liq_venue *venue,
                                const liq_rows *rows, uint64_t entry_first, uint64_t entry_end,
                                const liq_order_loss *orders, liq_error *err)
{
    const uint32_t index = rows->tags[entry_first] & LIQ_TAG_INDEX_MAX;
    const liq_instrument *instrument = &venue->instruments[index];
    const uint64_t size_max = sizes_count_max(rows, entry_first, entry_end);
    const uint64_t value_max =
        orders->order_count + size_max * instrument->tier_count * POINTS_PER_BORDER;
    int64_t long_lots = 0;
    int64_t short_lots = 0;
    liq_status status;

    status = liq_memory_grow((void **)&kinks->values, &kinks->value_capacity, value_max,
                             sizeof *kinks->values, err);
    if (status != LIQ_OK)
        return status;
    kinks->value_count = 0;
    for (uint64_t i = entry_first; i < entry_end; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const int64_t lots = rows->quantities[i];

        if (kind == LIQ_ENTRY_EXPOSURE_MAX || kind == LIQ_ENTRY_EXPOSURE_SUM) {
            long_lots = lots;
            short_lots = rows->values[i];
        } else if (kind == LIQ_ENTRY_POSITION) {
            leg_add(kinks, venue, instrument, liq_size_of(lots),
                    (uint64_t)(lots < 0 ? short_lots : long_lots));
        }
    }
    for (uint32_t i = 0; i < orders->order_count; i++)
        kinks->values[kinks->value_count++] = orders->limits[i];
    values_sort(kinks);
    return LIQ_OK;
}

void liq_price_kinks_clear(liq_price_kinks *kinks)
{
    free(kinks->values);
    *kinks = (liq_price_kinks){0};
}

static uint64_t sizes_count_max(const liq_rows *rows, uint64_t entry_first, uint64_t entry_end)
{
    uint64_t count = 0;

    for (uint64_t i = entry_first; i < entry_end; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            count += SIZES_PER_LEG;
    return count;
}

/* The tier of a leg may follow its own size, that with orders, or both (liq_maintenance): all
   three, whatever the policy; a border too many does no harm. */
static void leg_add(liq_price_kinks *kinks, const liq_venue *venue,
                    const liq_instrument *instrument, uint64_t lots, uint64_t total_lots)
{
    if (instrument->tier_measure == LIQ_TIER_BY_QUANTITY)
        return; /* no price moves a leg to another tier */
    size_add(kinks, venue, instrument, lots);
    if (total_lots <= lots)
        return;
    size_add(kinks, venue, instrument, total_lots);
    size_add(kinks, venue, instrument, total_lots - lots);
}

/*
 * A size enters a tier where lots x |value| reaches the floor (market.c). Depending on the form
 * of the table that is the quotient or the next value, so the points are one below it, it and one
 * above: in between there is no border.
 */
static void size_add(liq_price_kinks *kinks, const liq_venue *venue,
                     const liq_instrument *instrument, uint64_t lots)
{
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;

    for (uint32_t i = 1; i < instrument->tier_count; i++) {
        const liq_tier *tier = &venue->tiers[instrument->tier_first + i];
        liq_int128 floor;
        liq_int128 size;

        if (!liq_decimal_scale(&floor, tier->floor, decimals, LIQ_ROUND_FLOOR))
            return; /* past what any size reaches, and so are the floors after it */
        size = floor / (liq_int128)lots;
        if (size > LIQ_LOT_VALUE_MAX)
            return;
        for (int32_t more = -1; more <= 1; more++)
            value_add(kinks, instrument, (int64_t)size + more);
    }
}

static void value_add(liq_price_kinks *kinks, const liq_instrument *instrument, int64_t size)
{
    if (size >= 1 && size <= LIQ_LOT_VALUE_MAX)
        kinks->values[kinks->value_count++] =
            instrument->kind == LIQ_INSTRUMENT_INVERSE ? -size : size;
}

static void values_sort(liq_price_kinks *kinks)
{
    size_t kept = 0;

    if (kinks->value_count > 0)
        qsort(kinks->values, kinks->value_count, sizeof *kinks->values, compare_values);
    for (size_t i = 0; i < kinks->value_count; i++)
        if (i == 0 || kinks->values[i] != kinks->values[kept - 1])
            kinks->values[kept++] = kinks->values[i];
    kinks->value_count = kept;
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}
