#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/venue_internal.h"
#include "liq_limits.h"
#include "policy/comment.h"

enum { WEIGHT_DECIMALS = 4 };

static const char *const asset_keys[] = {"comment",        "asset",  "decimals",
                                         "value_decimals", "weight", NULL};
static const char *const slice_keys[] = {"comment", "up_to", "weight", NULL};

static liq_status margin_currency_find(liq_venue_reader *reader, const liq_json_value *assets,
                                       const liq_json_value **out);
static liq_status asset_add(liq_venue_reader *reader, const liq_json_value *item);
static liq_status decimals_read(liq_venue_reader *reader, const liq_json_value *item,
                                uint32_t asset_index);
static liq_status weights_read(liq_venue_reader *reader, const liq_json_value *item,
                               uint32_t asset_index);
static liq_status slices_read(liq_venue_reader *reader, const liq_json_value *weight,
                              uint32_t asset_index);
static liq_status up_to_read(liq_venue_reader *reader, const liq_json_value *item, int32_t decimals,
                             int64_t below, int64_t *out);
static liq_status weight_read(liq_venue_reader *reader, const liq_json_value *value, int64_t *out);
static liq_status slice_append(liq_venue_reader *reader, liq_weight_slice slice);

liq_status liq_venue_read_assets(liq_venue_reader *reader)
{
    const liq_json_value *assets;
    const liq_json_value *margin_currency = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_json_need(reader->json, reader->root, "assets", &assets, reader->err)) !=
            LIQ_OK ||
        (status = liq_json_array(reader->json, assets, LIQ_ASSETS_MAX, &count, reader->err)) !=
            LIQ_OK)
        return status;
    status = liq_memory_array(&reader->venue->assets, count, sizeof(liq_asset), reader->err);
    if (status != LIQ_OK)
        return status;
    if ((status = margin_currency_find(reader, assets, &margin_currency)) != LIQ_OK ||
        (status = asset_add(reader, margin_currency)) != LIQ_OK)
        return status;
    for (const liq_json_value *item = liq_json_first(assets); item != NULL;
         item = liq_json_next(item))
        if (item != margin_currency && (status = asset_add(reader, item)) != LIQ_OK)
            return status;
    return LIQ_OK;
}

/* Lot values of inverse contracts are quotients: they get all the decimals there are. */
void liq_venue_settle_value_decimals(liq_venue *venue)
{
    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        liq_asset *asset = &venue->assets[venue->instruments[i].settle_index];

        if (asset->value_decimals == LIQ_VALUE_DECIMALS_UNSET &&
            venue->instruments[i].kind == LIQ_INSTRUMENT_INVERSE)
            asset->value_decimals = asset->decimals + LIQ_VALUE_DECIMALS_MORE_MAX;
    }
    for (uint32_t i = 0; i < venue->asset_count; i++) {
        liq_asset *asset = &venue->assets[i];

        if (asset->value_decimals == LIQ_VALUE_DECIMALS_UNSET)
            asset->value_decimals = asset->decimals + LIQ_VALUE_DECIMALS_MORE_MIN;
    }
}

/* The asset that becomes number 0, wherever it is listed. */
static liq_status margin_currency_find(liq_venue_reader *reader, const liq_json_value *assets,
                                       const liq_json_value **out)
{
    const liq_json_value *value;
    liq_text wanted;
    liq_text name;
    liq_status status;

    if ((status = liq_venue_read_name(reader, reader->root, "margin_currency", &wanted)) != LIQ_OK)
        return status;
    for (const liq_json_value *item = liq_json_first(assets); item != NULL;
         item = liq_json_next(item)) {
        if ((status = liq_comment_object(reader->json, item, asset_keys, reader->err)) != LIQ_OK ||
            (status = liq_venue_read_name(reader, item, "asset", &name)) != LIQ_OK)
            return status;
        if (*out == NULL && name.bytes == wanted.bytes &&
            memcmp(name.data, wanted.data, name.bytes) == 0)
            *out = item;
    }
    if (*out != NULL)
        return LIQ_OK;
    value = liq_json_member(reader->root, "margin_currency");
    return liq_json_fail(reader->json, value, reader->err, LIQ_NOT_FOUND,
                         "is not listed in \"assets\"");
}

static liq_status asset_add(liq_venue_reader *reader, const liq_json_value *item)
{
    liq_venue *const venue = reader->venue;
    uint32_t index;
    liq_status status;

    status = liq_venue_add_name(reader, item, "asset", venue->asset_names, &index);
    if (status != LIQ_OK)
        return status;
    venue->asset_count = index + 1;
    if ((status = decimals_read(reader, item, index)) != LIQ_OK)
        return status;
    return weights_read(reader, item, index);
}

static liq_status decimals_read(liq_venue_reader *reader, const liq_json_value *item,
                                uint32_t asset_index)
{
    const liq_json_value *own = liq_json_member(item, "decimals");
    const liq_json_value *value = liq_json_member(item, "value_decimals");
    const int32_t cash_decimals = reader->venue->cash_decimals;
    liq_asset *const asset = &reader->venue->assets[asset_index];
    int64_t decimals = cash_decimals;
    int64_t value_decimals = LIQ_VALUE_DECIMALS_UNSET;
    liq_status status;

    if (own != NULL && (status = liq_json_integer(reader->json, own, 0, LIQ_CASH_DECIMALS_MAX,
                                                  &decimals, reader->err)) != LIQ_OK)
        return status;
    if (asset_index == 0 && decimals != cash_decimals)
        return liq_json_fail(reader->json, own, reader->err, LIQ_BAD_INPUT,
                             "the margin currency counts cash: its decimals are \"cash_decimals\", "
                             "%d",
                             cash_decimals);
    if (value != NULL &&
        (status = liq_json_integer(reader->json, value, decimals + LIQ_VALUE_DECIMALS_MORE_MIN,
                                   decimals + LIQ_VALUE_DECIMALS_MORE_MAX, &value_decimals,
                                   reader->err)) != LIQ_OK)
        return status;
    asset->decimals = (int32_t)decimals;
    asset->value_decimals = (int32_t)value_decimals;
    return LIQ_OK;
}

static liq_status weights_read(liq_venue_reader *reader, const liq_json_value *item,
                               uint32_t asset_index)
{
    liq_venue *const venue = reader->venue;
    liq_asset *const asset = &venue->assets[asset_index];
    const liq_json_value *weight;
    liq_weight_slice slice = {.up_to = INT64_MAX};
    liq_status status;

    if ((status = liq_json_need(reader->json, item, "weight", &weight, reader->err)) != LIQ_OK)
        return status;
    asset->slice_first = venue->slice_count;
    if (liq_json_is_array(weight))
        status = slices_read(reader, weight, asset_index);
    else if ((status = weight_read(reader, weight, &slice.weight)) == LIQ_OK)
        status = slice_append(reader, slice);
    if (status != LIQ_OK)
        return status;
    asset->slice_count = venue->slice_count - asset->slice_first;
    for (uint32_t i = 0; asset_index == 0 && i < asset->slice_count; i++)
        if (venue->slices[i].weight != LIQ_WEIGHT_ONE)
            return liq_json_fail(reader->json, weight, reader->err, LIQ_BAD_INPUT,
                                 "the weight of the margin currency is 1");
    return LIQ_OK;
}

static liq_status slices_read(liq_venue_reader *reader, const liq_json_value *weight,
                              uint32_t asset_index)
{
    const int32_t decimals = reader->venue->assets[asset_index].decimals;
    liq_weight_slice slice = {0};
    const liq_json_value *rate;
    uint32_t count = 0;
    liq_status status;

    status = liq_json_array(reader->json, weight, LIQ_SLICES_PER_ASSET_MAX, &count, reader->err);
    if (status != LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(reader->json, weight, reader->err, LIQ_BAD_INPUT,
                             "needs at least one slice");
    for (const liq_json_value *item = liq_json_first(weight); item != NULL;
         item = liq_json_next(item)) {
        status = liq_comment_object(reader->json, item, slice_keys, reader->err);
        if (status != LIQ_OK ||
            (status = liq_json_need(reader->json, item, "weight", &rate, reader->err)) != LIQ_OK ||
            (status = weight_read(reader, rate, &slice.weight)) != LIQ_OK ||
            (status = up_to_read(reader, item, decimals, slice.up_to, &slice.up_to)) != LIQ_OK ||
            (status = slice_append(reader, slice)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

/* Where a slice ends: above the one before; the last one has no end. */
static liq_status up_to_read(liq_venue_reader *reader, const liq_json_value *item, int32_t decimals,
                             int64_t below, int64_t *out)
{
    const bool last = liq_json_next(item) == NULL;
    const liq_json_value *value = liq_json_member(item, "up_to");
    liq_error reason;
    liq_text text;
    liq_status status;

    *out = INT64_MAX;
    if (last && value == NULL)
        return LIQ_OK;
    if (last)
        return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                             "the last slice has no end: leave out \"up_to\"");
    if ((status = liq_json_need(reader->json, item, "up_to", &value, reader->err)) != LIQ_OK ||
        (status = liq_json_string(reader->json, value, &text, reader->err)) != LIQ_OK)
        return status;
    if ((status = liq_decimal_parse_units(out, text, decimals, &reason)) != LIQ_OK)
        return liq_json_fail(reader->json, value, reader->err, status, "%s", reason.message);
    if (*out > below)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE,
                         "slices end at rising amounts above 0");
}

static liq_status weight_read(liq_venue_reader *reader, const liq_json_value *value, int64_t *out)
{
    liq_decimal weight;
    liq_status status;

    if ((status = liq_json_decimal(reader->json, value, &weight, reader->err)) != LIQ_OK)
        return status;
    if (liq_decimal_exact(out, weight, WEIGHT_DECIMALS) && *out >= 0 && *out <= LIQ_WEIGHT_ONE)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE,
                         "a weight is in 0 .. 1 and has at most %d decimals", WEIGHT_DECIMALS);
}

static liq_status slice_append(liq_venue_reader *reader, liq_weight_slice slice)
{
    liq_venue *const venue = reader->venue;
    const liq_status status =
        liq_memory_grow(&venue->slices, &reader->slice_capacity, (size_t)venue->slice_count + 1,
                        sizeof slice, reader->err);

    if (status == LIQ_OK)
        venue->slices[venue->slice_count++] = slice;
    return status;
}
