#include "scan/price_kinks.h"

enum { POINTS_PER_BORDER = 3, SIZES_PER_LEG = 3 };

static liq_status room_make(liq_kinks *kinks, const liq_instrument *instrument, uint64_t count_max,
                            liq_error *err);
static void leg_add(liq_kinks *kinks, const liq_venue *venue, const liq_instrument *instrument,
                    uint64_t lots, uint64_t total_lots);
static void size_add(liq_kinks *kinks, const liq_venue *venue, const liq_instrument *instrument,
                     uint64_t lots);

liq_status liq_price_kinks_fill(liq_kinks *kinks, const liq_venue *venue, const liq_rows *rows,
                                uint64_t entry_first, uint64_t entry_end,
                                const liq_order_loss *orders, liq_error *err)
{
    const liq_instrument *instrument =
        &venue->instruments[rows->tags[entry_first] & LIQ_TAG_INDEX_MAX];
    const uint64_t leg_max = entry_end - entry_first - orders->order_count;
    int64_t long_lots = 0;
    int64_t short_lots = 0;
    liq_status status;

    status = room_make(kinks, instrument,
                       orders->order_count +
                           leg_max * SIZES_PER_LEG * instrument->tier_count * POINTS_PER_BORDER,
                       err);
    if (status != LIQ_OK)
        return status;
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
        liq_kinks_add(kinks, orders->limits[i]);
    liq_kinks_sort(kinks);
    return LIQ_OK;
}

static liq_status room_make(liq_kinks *kinks, const liq_instrument *instrument, uint64_t count_max,
                            liq_error *err)
{
    if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        return liq_kinks_start(kinks, count_max, -LIQ_LOT_VALUE_MAX, -1, err);
    return liq_kinks_start(kinks, count_max, 1, LIQ_LOT_VALUE_MAX, err);
}

/* The tier of a leg may follow its own size, that with orders, or both (liq_maintenance): all
   three, whatever the policy; a border too many does no harm. */
static void leg_add(liq_kinks *kinks, const liq_venue *venue, const liq_instrument *instrument,
                    uint64_t lots, uint64_t total_lots)
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
static void size_add(liq_kinks *kinks, const liq_venue *venue, const liq_instrument *instrument,
                     uint64_t lots)
{
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;
    const int sign = instrument->kind == LIQ_INSTRUMENT_INVERSE ? -1 : 1;

    for (uint32_t i = 1; i < instrument->tier_count; i++) {
        liq_int128 floor;

        if (!liq_decimal_scale(&floor, venue->tiers[instrument->tier_first + i].floor, decimals,
                               LIQ_ROUND_FLOOR))
            return; /* past what any size reaches, and so are the floors after it */
        liq_kinks_add_around(kinks, sign * (floor / (liq_int128)lots));
    }
}
