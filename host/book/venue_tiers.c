/*
 * Tier tables. A table in the deduction or marginal form is held as rates and deductions that make
 * maintenance margin continuous: at floor n both neighbours ask the same. The deductions are
 * computed from the rates as the margin rule counts them, so that a rate that had to be
 * rounded up leaves no jump.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "book/lots.h"
#include "book/venue_internal.h"
#include "liq_limits.h"
#include "policy/comment.h"

enum { GRAIN_DECIMALS_MORE = 16 };

/* The table being read. */
typedef struct tier_reader {
    liq_venue_reader *venue_reader;
    const liq_instrument *instrument;
    const liq_asset *asset;
    const char *asset_name;
    bool continuous;
    const liq_json_value *item; /* the tier being read */
    liq_tier tier;
    liq_tier before; /* valid from the second tier on */
    uint32_t number;
} tier_reader;

static liq_status table_read(liq_venue_reader *reader, const liq_json_value *tiers,
                             liq_instrument *instrument);
static bool is_tierless(const liq_instrument *instrument);
static liq_status table_none(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument);
static liq_status tier_read(tier_reader *reader);
static liq_status floor_read(tier_reader *reader);
static liq_status floor_measurable(tier_reader *reader, const liq_json_value *value);
static liq_status rates_read(tier_reader *reader);
static bool fee_fits(const tier_reader *reader);
static liq_status slope_read(tier_reader *reader, const char *key, liq_decimal *out);
static liq_status deduction_read(tier_reader *reader);
static bool deduction_compute(const tier_reader *reader, liq_int128 *out);
static liq_status deduction_given(tier_reader *reader, const liq_json_value *value,
                                  liq_int128 *out);
static liq_int128 deduction_max(void);
static liq_status tier_fail(tier_reader *reader, const char *key, liq_status status,
                            const char *reason);

liq_status liq_venue_read_tiers(liq_venue_reader *reader)
{
    const liq_json_value *items = liq_json_member(reader->root, "instruments");
    const liq_json_value *tiers;
    uint32_t index = 0;
    liq_status status;

    for (const liq_json_value *item = liq_json_first(items); item != NULL;
         item = liq_json_next(item), index++)
        if (is_tierless(&reader->venue->instruments[index])) {
            if ((status = table_none(reader, item, &reader->venue->instruments[index])) != LIQ_OK)
                return status;
        } else if ((status = liq_json_need(reader->json, item, "tiers", &tiers, reader->err)) !=
                       LIQ_OK ||
                   (status = table_read(reader, tiers, &reader->venue->instruments[index])) !=
                       LIQ_OK) {
            return status;
        }
    return LIQ_OK;
}

static liq_status table_read(liq_venue_reader *reader, const liq_json_value *tiers,
                             liq_instrument *instrument)
{
    liq_venue *const venue = reader->venue;
    tier_reader table = {.venue_reader = reader,
                         .instrument = instrument,
                         .asset = &venue->assets[instrument->settle_index],
                         .asset_name = liq_names_get(venue->asset_names, instrument->settle_index),
                         .continuous = instrument->tier_form == LIQ_TIER_DEDUCTION ||
                                       instrument->tier_form == LIQ_TIER_MARGINAL};
    uint32_t count = 0;
    liq_status status;

    status = liq_json_array(reader->json, tiers, LIQ_TIERS_PER_INSTRUMENT_MAX, &count, reader->err);
    if (status != LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(reader->json, tiers, reader->err, LIQ_BAD_INPUT,
                             "needs at least one tier");
    status = liq_memory_grow(&venue->tiers, &reader->tier_capacity,
                             (size_t)venue->tier_count + count, sizeof(liq_tier), reader->err);
    instrument->tier_first = venue->tier_count;
    instrument->tier_count = count;
    table.item = liq_json_first(tiers);
    for (; table.item != NULL && status == LIQ_OK; table.item = liq_json_next(table.item)) {
        table.tier = (liq_tier){0};
        if ((status = tier_read(&table)) == LIQ_OK)
            venue->tiers[venue->tier_count++] = table.tier;
        table.before = table.tier;
        table.number++;
    }
    return status;
}

/* Scenarios tell what an option needs, and nobody holds an index. */
static bool is_tierless(const liq_instrument *instrument)
{
    return instrument->kind == LIQ_INSTRUMENT_OPTION || instrument->kind == LIQ_INSTRUMENT_INDEX;
}

/* One tier without a rate, so that every instrument has one; rows that would be margined by it are
   refused. */
static liq_status table_none(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument)
{
    liq_venue *const venue = reader->venue;
    const liq_json_value *tiers = liq_json_member(item, "tiers");
    liq_status status;

    if (tiers != NULL)
        return liq_json_fail(reader->json, tiers, reader->err, LIQ_BAD_INPUT,
                             "an option or an index has no tiers");
    status = liq_memory_grow(&venue->tiers, &reader->tier_capacity, (size_t)venue->tier_count + 1,
                             sizeof(liq_tier), reader->err);
    if (status != LIQ_OK)
        return status;
    instrument->tier_form = LIQ_TIER_DEDUCTION;
    instrument->tier_measure = LIQ_TIER_BY_NOTIONAL;
    instrument->tier_first = venue->tier_count;
    instrument->tier_count = 1;
    venue->tiers[venue->tier_count++] = (liq_tier){0};
    return LIQ_OK;
}

static liq_status tier_read(tier_reader *reader)
{
    static const char *const keys[] = {"comment",   "floor",     "mmr",       "imr",
                                       "deduction", "mmr_slope", "imr_slope", NULL};
    liq_venue_reader *const venue_reader = reader->venue_reader;
    liq_status status;

    status = liq_comment_object(venue_reader->json, reader->item, keys, venue_reader->err);
    if (status != LIQ_OK || (status = floor_read(reader)) != LIQ_OK ||
        (status = rates_read(reader)) != LIQ_OK ||
        (status = slope_read(reader, "mmr_slope", &reader->tier.maintenance_slope)) != LIQ_OK ||
        (status = slope_read(reader, "imr_slope", &reader->tier.initial_slope)) != LIQ_OK)
        return status;
    return deduction_read(reader);
}

static liq_status floor_read(tier_reader *reader)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const liq_json_value *value;
    char before[LIQ_DECIMAL_BYTES];
    liq_status status;

    status = liq_json_need(venue_reader->json, reader->item, "floor", &value, venue_reader->err);
    if (status != LIQ_OK ||
        (status = liq_json_decimal(venue_reader->json, value, &reader->tier.floor,
                                   venue_reader->err)) != LIQ_OK)
        return status;
    if (reader->number == 0)
        return reader->tier.floor.digits == 0
                   ? LIQ_OK
                   : tier_fail(reader, "floor", LIQ_BAD_INPUT, "the first floor is 0");
    if (liq_decimal_compare(reader->tier.floor, reader->before.floor) <= 0)
        return liq_json_fail(
            venue_reader->json, value, venue_reader->err, LIQ_BAD_INPUT,
            "must be above the floor before it, %s",
            liq_decimal_format(before, reader->before.floor.digits, reader->before.floor.decimals));
    return floor_measurable(reader, value);
}

/* A floor between two sizes that can be held would be a boundary that nothing can sit at. */
static liq_status floor_measurable(tier_reader *reader, const liq_json_value *value)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const int32_t decimals = reader->asset->value_decimals;
    char lot[LIQ_DECIMAL_BYTES];
    int64_t lots;

    if (reader->instrument->tier_measure == LIQ_TIER_BY_NOTIONAL) {
        if (reader->tier.floor.decimals <= decimals)
            return LIQ_OK;
        return liq_json_fail(venue_reader->json, value, venue_reader->err, LIQ_OUT_OF_RANGE,
                             "has %d decimals, lot values in %s have %d",
                             reader->tier.floor.decimals, reader->asset_name, decimals);
    }
    if (liq_lots_exact(&lots, reader->tier.floor, reader->instrument->lot))
        return LIQ_OK;
    return liq_json_fail(
        venue_reader->json, value, venue_reader->err, LIQ_OUT_OF_RANGE,
        "is not a multiple of the lot %s below 2^63 lots",
        liq_decimal_format(lot, reader->instrument->lot.digits, reader->instrument->lot.decimals));
}

static liq_status rates_read(tier_reader *reader)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const liq_json *const json = venue_reader->json;
    liq_tier *const tier = &reader->tier;
    const liq_json_value *mmr;
    const liq_json_value *imr;
    char before[LIQ_DECIMAL_BYTES];
    liq_status status;

    if ((status = liq_json_need(json, reader->item, "mmr", &mmr, venue_reader->err)) != LIQ_OK ||
        (status = liq_venue_read_rate(venue_reader, mmr, LIQ_RATE_WHOLE_MAX,
                                      &tier->maintenance_rate)) != LIQ_OK ||
        (status = liq_json_need(json, reader->item, "imr", &imr, venue_reader->err)) != LIQ_OK ||
        (status = liq_venue_read_rate(venue_reader, imr, LIQ_RATE_WHOLE_MAX,
                                      &tier->initial_rate)) != LIQ_OK)
        return status;
    if (!fee_fits(reader))
        return liq_json_fail(json, mmr, venue_reader->err, LIQ_OUT_OF_RANGE,
                             "with the liquidation fee it must be below %d", LIQ_RATE_WHOLE_MAX);
    /* Where a rate falls, rounding a size up could make its margin smaller. */
    if (reader->number == 0 ||
        liq_decimal_compare(tier->maintenance_rate, reader->before.maintenance_rate) >= 0)
        return LIQ_OK;
    return liq_json_fail(json, mmr, venue_reader->err, LIQ_BAD_INPUT,
                         "must be at least the rate before it, %s",
                         liq_decimal_format(before, reader->before.maintenance_rate.digits,
                                            reader->before.maintenance_rate.decimals));
}

/* Whether the maintenance rate is one even with the fee that the venue's rules may add to it. */
static bool fee_fits(const tier_reader *reader)
{
    const int32_t decimals = LIQ_DECIMAL_DECIMALS_MAX;
    const liq_decimal limit = {.digits = LIQ_RATE_WHOLE_MAX};
    liq_int128 fee;
    liq_int128 rate;
    liq_int128 most;

    if (!reader->venue_reader->venue->policy.fee_in_requirement)
        return true;
    return liq_decimal_scale(&fee, reader->instrument->liquidation_fee, decimals, LIQ_ROUND_CEIL) &&
           liq_decimal_scale(&rate, reader->tier.maintenance_rate, decimals, LIQ_ROUND_CEIL) &&
           liq_decimal_scale(&most, limit, decimals, LIQ_ROUND_FLOOR) && fee + rate < most;
}

/* A rate for each base unit of size; one lot alone must stay below the largest rate. */
static liq_status slope_read(tier_reader *reader, const char *key, liq_decimal *out)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const liq_json_value *value = liq_json_member(reader->item, key);
    const bool inverse = reader->instrument->kind == LIQ_INSTRUMENT_INVERSE;
    liq_int128 rate;
    liq_status status;

    if (value == NULL)
        return LIQ_OK;
    if (reader->instrument->tier_form != LIQ_TIER_LINEAR)
        return tier_fail(reader, key, LIQ_BAD_INPUT, "slopes belong to the tier form linear");
    status = liq_venue_read_rate(venue_reader, value, LIQ_RATE_WHOLE_MAX, out);
    if (status != LIQ_OK || inverse) /* a lot of an inverse contract has its size from the price */
        return status;
    if (liq_decimal_product(&rate, *out, reader->instrument->lot_multiplier, 0, LIQ_ROUND_FLOOR) &&
        rate < LIQ_RATE_WHOLE_MAX)
        return LIQ_OK;
    return liq_json_fail(venue_reader->json, value, venue_reader->err, LIQ_OUT_OF_RANGE,
                         "one lot alone would have a rate of %d or more", LIQ_RATE_WHOLE_MAX);
}

static liq_status deduction_read(tier_reader *reader)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const liq_json_value *value = liq_json_member(reader->item, "deduction");
    liq_int128 computed = 0;
    liq_int128 given;
    bool fits;
    liq_status status;

    if (!reader->continuous)
        return value == NULL ? LIQ_OK
                             : tier_fail(reader, "deduction", LIQ_BAD_INPUT,
                                         "only the tier forms deduction and marginal have it");
    fits = deduction_compute(reader, &computed);
    reader->tier.deduction_grains = computed;
    if (value != NULL) {
        if ((status = deduction_given(reader, value, &given)) != LIQ_OK)
            return status;
        if (reader->instrument->tier_form == LIQ_TIER_MARGINAL && (!fits || given != computed))
            return tier_fail(reader, "deduction", LIQ_BAD_INPUT,
                             "is not what the marginal rates give: leave it out");
        /* Below the first floor there is nothing to fall from: margin is never below zero. */
        if (reader->number > 0 && fits && given > computed)
            return tier_fail(reader, "deduction", LIQ_BAD_INPUT,
                             "is so large that maintenance margin would fall at this floor");
        reader->tier.deduction_grains = given;
    } else if (!fits) {
        return liq_json_fail(venue_reader->json, reader->item, venue_reader->err, LIQ_OUT_OF_RANGE,
                             "its deduction is past 2^63 - 1 units of 10^-%d %s",
                             reader->asset->decimals, reader->asset_name);
    }
    return LIQ_OK;
}

/* deduction n = deduction n - 1 + floor n x (rate n - rate n - 1), in grains: exact. */
static bool deduction_compute(const tier_reader *reader, liq_int128 *out)
{
    const int32_t rate_decimals = liq_asset_rate_decimals(reader->asset);
    liq_int128 fine;
    liq_int128 rate;
    liq_int128 rate_before;

    *out = 0;
    if (reader->number == 0)
        return true;
    if (!liq_decimal_scale(&fine, reader->tier.floor, reader->asset->value_decimals,
                           LIQ_ROUND_FLOOR) ||
        !liq_decimal_scale(&rate, reader->tier.maintenance_rate, rate_decimals, LIQ_ROUND_CEIL) ||
        !liq_decimal_scale(&rate_before, reader->before.maintenance_rate, rate_decimals,
                           LIQ_ROUND_CEIL))
        return false;
    return !__builtin_mul_overflow(fine, rate - rate_before, out) &&
           !__builtin_add_overflow(*out, reader->before.deduction_grains, out) &&
           *out <= deduction_max();
}

static liq_status deduction_given(tier_reader *reader, const liq_json_value *value, liq_int128 *out)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;
    const int32_t decimals = reader->asset->decimals + GRAIN_DECIMALS_MORE;
    liq_decimal deduction;
    liq_status status;

    status = liq_json_decimal(venue_reader->json, value, &deduction, venue_reader->err);
    if (status != LIQ_OK)
        return status;
    if (deduction.decimals <= decimals && deduction.digits >= 0 &&
        liq_decimal_scale(out, deduction, decimals, LIQ_ROUND_FLOOR) && *out <= deduction_max())
        return LIQ_OK;
    return liq_json_fail(venue_reader->json, value, venue_reader->err, LIQ_OUT_OF_RANGE,
                         "must be in 0 .. 2^63 - 1 units of 10^-%d %s, with at most %d decimals",
                         reader->asset->decimals, reader->asset_name, decimals);
}

/* What the account's sums are bounded by: 2^63 - 1 units of the asset. */
static liq_int128 deduction_max(void)
{
    return (liq_int128)LIQ_I64_MAX * LIQ_GRAINS_PER_UNIT;
}

static liq_status tier_fail(tier_reader *reader, const char *key, liq_status status,
                            const char *reason)
{
    liq_venue_reader *const venue_reader = reader->venue_reader;

    return liq_json_fail(venue_reader->json, liq_json_member(reader->item, key), venue_reader->err,
                         status, "%s", reason);
}
