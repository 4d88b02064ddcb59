/*
 * Whatever venue.json says, it is refused, or the venue keeps what the margin rule relies on:
 * tables that rise, rates and deductions in range, and maintenance margin that never falls with
 * size.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fail.h"
#include "book/venue.h"
#include "liq_limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void assets_check(const liq_venue *venue);
static void instrument_check(const liq_venue *venue, const liq_instrument *instrument);
static void tier_check(const liq_venue *venue, const liq_instrument *instrument, uint32_t number);
static void jump_check(const liq_venue *venue, const liq_instrument *instrument,
                       const liq_tier *tier);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const int descriptor = memfd_create("venue.json", MFD_CLOEXEC);
    liq_venue venue = {0};
    liq_error err = {0};
    char path[64];

    LIQ_ASSERT(descriptor >= 0);
    LIQ_ASSERT(write(descriptor, data, bytes) == (ssize_t)bytes);
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    if (liq_venue_load(&venue, path, &err) == LIQ_OK) {
        assets_check(&venue);
        for (uint32_t i = 0; i < venue.instrument_count; i++)
            instrument_check(&venue, &venue.instruments[i]);
    } else {
        LIQ_ASSERT(err.message[0] != '\0');
        LIQ_ASSERT(venue.asset_names == NULL);
    }
    liq_venue_clear(&venue);
    (void)close(descriptor);
    return 0;
}

static void assets_check(const liq_venue *venue)
{
    LIQ_ASSERT(venue->asset_count >= 1 && venue->asset_count <= LIQ_ASSETS_MAX);
    LIQ_ASSERT(venue->assets[0].decimals == venue->cash_decimals);
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        const liq_asset *asset = &venue->assets[i];
        const liq_weight_slice *slices = venue->slices + asset->slice_first;
        int64_t before = 0;

        LIQ_ASSERT(liq_asset_rate_decimals(asset) >= 6 && liq_asset_rate_decimals(asset) <= 12);
        LIQ_ASSERT(asset->slice_count >= 1);
        for (uint32_t j = 0; j < asset->slice_count; j++) {
            LIQ_ASSERT(slices[j].up_to > before);
            LIQ_ASSERT(slices[j].weight >= 0 && slices[j].weight <= LIQ_WEIGHT_ONE);
            before = slices[j].up_to;
        }
        LIQ_ASSERT(before == INT64_MAX);
    }
}

static void instrument_check(const liq_venue *venue, const liq_instrument *instrument)
{
    LIQ_ASSERT(instrument->settle_index < venue->asset_count);
    LIQ_ASSERT(instrument->fund_index == UINT32_MAX || instrument->fund_index < venue->fund_count);
    LIQ_ASSERT(instrument->lot.digits > 0 && instrument->multiplier.digits > 0);
    LIQ_ASSERT(instrument->lot_multiplier.digits > 0 && instrument->tick.digits > 0);
    LIQ_ASSERT(instrument->tick_decimals <= 18);
    LIQ_ASSERT(instrument->tier_count >= 1);
    LIQ_ASSERT(instrument->tier_first + instrument->tier_count <= venue->tier_count);
    for (uint32_t i = 0; i < instrument->tier_count; i++)
        tier_check(venue, instrument, i);
}

static void tier_check(const liq_venue *venue, const liq_instrument *instrument, uint32_t number)
{
    const liq_tier *tier = &venue->tiers[instrument->tier_first + number];
    const liq_decimal limit = {.digits = LIQ_RATE_WHOLE_MAX};

    LIQ_ASSERT(tier->maintenance_rate.digits >= 0 && tier->initial_rate.digits >= 0);
    LIQ_ASSERT(liq_decimal_compare(tier->maintenance_rate, limit) < 0);
    LIQ_ASSERT(liq_decimal_compare(tier->initial_rate, limit) < 0);
    LIQ_ASSERT(tier->deduction_grains >= 0);
    LIQ_ASSERT(tier->deduction_grains <= (liq_int128)INT64_MAX * LIQ_GRAINS_PER_UNIT);
    if (number == 0) {
        LIQ_ASSERT(tier->floor.digits == 0);
        return;
    }
    LIQ_ASSERT(liq_decimal_compare(tier->floor, tier[-1].floor) > 0);
    if (instrument->tier_form == LIQ_TIER_DEDUCTION || instrument->tier_form == LIQ_TIER_MARGINAL)
        jump_check(venue, instrument, tier);
}

/* At its floor a tier asks no less than the tier below; in the marginal form just as much. */
static void jump_check(const liq_venue *venue, const liq_instrument *instrument,
                       const liq_tier *tier)
{
    const liq_asset *asset = &venue->assets[instrument->settle_index];
    const int32_t decimals = liq_asset_rate_decimals(asset);
    liq_int128 fine;
    liq_int128 rate;
    liq_int128 rate_below;
    liq_int128 rise;

    if (!liq_decimal_scale(&fine, tier->floor, asset->value_decimals, LIQ_ROUND_FLOOR))
        return; /* past every size that can be held */
    LIQ_ASSERT(liq_decimal_scale(&rate, tier->maintenance_rate, decimals, LIQ_ROUND_CEIL));
    LIQ_ASSERT(liq_decimal_scale(&rate_below, tier[-1].maintenance_rate, decimals, LIQ_ROUND_CEIL));
    if (__builtin_mul_overflow(fine, rate - rate_below, &rise))
        return;
    rise -= tier->deduction_grains - tier[-1].deduction_grains;
    LIQ_ASSERT(rise >= 0);
    LIQ_ASSERT(rise == 0 || instrument->tier_form == LIQ_TIER_DEDUCTION);
}
