#include "base/memory.h"
#include "book/venue_internal.h"
#include "policy/comment.h"

static liq_status fund_add(liq_venue_reader *reader, const liq_json_value *item);
static liq_status fund_asset(liq_venue_reader *reader, const liq_json_value *item,
                             uint32_t fund_index);
static liq_status fund_balance(liq_venue_reader *reader, const liq_json_value *item,
                               uint32_t fund_index);
static liq_status units_read(liq_venue_reader *reader, const liq_json_value *value,
                             int32_t decimals, int64_t *out);

liq_status liq_venue_read_funds(liq_venue_reader *reader)
{
    const liq_json_value *funds = liq_json_member(reader->root, "funds");
    uint32_t count = 0;
    liq_status status;

    if (funds != NULL && (status = liq_json_array(reader->json, funds, LIQ_FUNDS_MAX, &count,
                                                  reader->err)) != LIQ_OK)
        return status;
    status = liq_memory_array(&reader->venue->funds, count, sizeof(liq_fund), reader->err);
    if (status != LIQ_OK || funds == NULL)
        return status;
    for (const liq_json_value *item = liq_json_first(funds); item != NULL && status == LIQ_OK;
         item = liq_json_next(item))
        status = fund_add(reader, item);
    return status;
}

static liq_status fund_add(liq_venue_reader *reader, const liq_json_value *item)
{
    static const char *const keys[] = {"comment", "fund", "asset", "balance", "floor", NULL};
    liq_venue *const venue = reader->venue;
    uint32_t index;
    liq_status status;

    if ((status = liq_comment_object(reader->json, item, keys, reader->err)) != LIQ_OK ||
        (status = liq_venue_add_name(reader, item, "fund", venue->fund_names, &index)) != LIQ_OK)
        return status;
    venue->fund_count = index + 1;
    if ((status = fund_asset(reader, item, index)) != LIQ_OK)
        return status;
    return fund_balance(reader, item, index);
}

/* A fund that does not say its asset holds the asset of its own name, else the margin currency. */
static liq_status fund_asset(liq_venue_reader *reader, const liq_json_value *item,
                             uint32_t fund_index)
{
    liq_venue *const venue = reader->venue;
    const liq_json_value *asset = liq_json_member(item, "asset");
    uint32_t *const target = &venue->funds[fund_index].asset_index;
    const char *name = liq_names_get(venue->fund_names, fund_index);

    if (asset != NULL)
        return liq_venue_find_name(reader, asset, venue->asset_names, "an asset of the venue",
                                   target);
    if (!liq_names_find(venue->asset_names, liq_text_of(name), target))
        *target = 0;
    return LIQ_OK;
}

/* What a fund has, and the floor below which it never goes: zero where none is given. */
static liq_status fund_balance(liq_venue_reader *reader, const liq_json_value *item,
                               uint32_t fund_index)
{
    liq_fund *const fund = &reader->venue->funds[fund_index];
    const int32_t decimals = reader->venue->assets[fund->asset_index].decimals;
    const liq_json_value *floor = liq_json_member(item, "floor");
    const liq_json_value *value;
    liq_status status;

    if ((status = liq_json_need(reader->json, item, "balance", &value, reader->err)) != LIQ_OK ||
        (status = units_read(reader, value, decimals, &fund->balance)) != LIQ_OK ||
        (floor != NULL && (status = units_read(reader, floor, decimals, &fund->floor)) != LIQ_OK))
        return status;
    if (fund->balance < 0)
        return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE,
                             "a fund cannot begin below 0");
    if (fund->floor < 0)
        return liq_json_fail(reader->json, floor, reader->err, LIQ_OUT_OF_RANGE,
                             "the floor of a fund is 0 or more");
    return LIQ_OK;
}

static liq_status units_read(liq_venue_reader *reader, const liq_json_value *value,
                             int32_t decimals, int64_t *out)
{
    liq_error reason;
    liq_text text;
    liq_status status;

    if ((status = liq_json_string(reader->json, value, &text, reader->err)) != LIQ_OK ||
        (status = liq_decimal_parse_units(out, text, decimals, &reason)) == LIQ_OK)
        return status;
    return liq_json_fail(reader->json, value, reader->err, status, "%s", reason.message);
}
