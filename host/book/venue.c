#include "book/venue.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "book/venue_internal.h"
#include "policy/comment.h"

static liq_status venue_take(liq_venue *out, liq_json *json, liq_error *err);
static liq_status venue_read(liq_venue_reader *reader);
static liq_status head_read(liq_venue_reader *reader);
static liq_status tables_create(liq_venue *venue, liq_error *err);

liq_status liq_venue_load(liq_venue *out, const char *path, liq_error *err)
{
    liq_json *json = NULL;
    const liq_status status = liq_json_load(&json, path, err);

    return status != LIQ_OK ? status : venue_take(out, json, err);
}

liq_status liq_venue_load_text(liq_venue *out, const char *name, liq_text text, liq_error *err)
{
    liq_json *json = NULL;
    const liq_status status = liq_json_parse(&json, name, text, err);

    return status != LIQ_OK ? status : venue_take(out, json, err);
}

void liq_venue_clear(liq_venue *venue)
{
    liq_names_destroy(venue->asset_names);
    liq_names_destroy(venue->instrument_names);
    liq_names_destroy(venue->fund_names);
    liq_portfolio_policy_clear(&venue->portfolio);
    free(venue->assets);
    free(venue->slices);
    free(venue->instruments);
    free(venue->tiers);
    free(venue->funds);
    *venue = (liq_venue){0};
}

/* json is given back here. */
static liq_status venue_take(liq_venue *out, liq_json *json, liq_error *err)
{
    liq_venue venue = {0};
    liq_venue_reader reader = {
        .json = json, .root = liq_json_root(json), .venue = &venue, .err = err};
    liq_status status;

    if ((status = tables_create(&venue, err)) != LIQ_OK)
        goto done;
    if ((status = venue_read(&reader)) != LIQ_OK)
        goto done;
    *out = venue;
    venue = (liq_venue){0}; /* given away */
done:
    liq_venue_clear(&venue);
    liq_json_destroy(json);
    return status;
}

static liq_status tables_create(liq_venue *venue, liq_error *err)
{
    liq_status status;

    if ((status = liq_names_create(&venue->asset_names, err)) != LIQ_OK ||
        (status = liq_names_create(&venue->instrument_names, err)) != LIQ_OK)
        return status;
    return liq_names_create(&venue->fund_names, err);
}

static liq_status venue_read(liq_venue_reader *reader)
{
    liq_status status;

    if ((status = head_read(reader)) != LIQ_OK)
        return status;
    if ((status = liq_venue_read_assets(reader)) != LIQ_OK)
        return status;
    if ((status = liq_venue_read_funds(reader)) != LIQ_OK)
        return status;
    if ((status = liq_venue_read_instruments(reader)) != LIQ_OK)
        return status;
    liq_venue_settle_value_decimals(reader->venue);
    if ((status = liq_venue_read_tiers(reader)) != LIQ_OK)
        return status;
    if ((status = liq_venue_order_instruments(reader)) != LIQ_OK)
        return status;
    return liq_venue_read_options(reader);
}

/* Name, rules and the unit of cash. */
static liq_status head_read(liq_venue_reader *reader)
{
    static const char *const keys[] = {
        "comment",       "venue",     "profile",     "margin_currency",
        "cash_decimals", "assets",    "instruments", "funds",
        "policy",        "portfolio", NULL};
    const liq_json *const json = reader->json;
    liq_venue *const venue = reader->venue;
    const liq_json_value *profile;
    const liq_json_value *decimals;
    const liq_json_value *portfolio;
    int64_t cash_decimals = LIQ_CASH_DECIMALS_DEFAULT;
    liq_text name;
    liq_status status;

    if ((status = liq_comment_object(json, reader->root, keys, reader->err)) != LIQ_OK ||
        (status = liq_venue_read_name(reader, reader->root, "venue", &name)) != LIQ_OK)
        return status;
    (void)snprintf(venue->name, sizeof venue->name, "%.*s", (int)name.bytes, name.data);
    if ((status = liq_json_need(json, reader->root, "profile", &profile, reader->err)) != LIQ_OK)
        return status;
    status = liq_policy_load(&venue->policy, json, profile, liq_json_member(reader->root, "policy"),
                             reader->err);
    if (status != LIQ_OK)
        return status;
    portfolio = liq_json_member(reader->root, "portfolio");
    if (portfolio != NULL && (status = liq_portfolio_policy_read(&venue->portfolio, json, portfolio,
                                                                 reader->err)) != LIQ_OK)
        return status;
    decimals = liq_json_member(reader->root, "cash_decimals");
    if (decimals != NULL && (status = liq_json_integer(json, decimals, 0, LIQ_CASH_DECIMALS_MAX,
                                                       &cash_decimals, reader->err)) != LIQ_OK)
        return status;
    venue->cash_decimals = (int32_t)cash_decimals;
    return LIQ_OK;
}

liq_status liq_venue_read_name(const liq_venue_reader *reader, const liq_json_value *object,
                               const char *key, liq_text *out)
{
    const liq_json_value *value;
    liq_status status;

    if ((status = liq_json_need(reader->json, object, key, &value, reader->err)) != LIQ_OK ||
        (status = liq_json_string(reader->json, value, out, reader->err)) != LIQ_OK)
        return status;
    if (liq_names_valid(*out))
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                         "a name has 1 to %d bytes, no control bytes and no space at its ends",
                         LIQ_NAME_BYTES_MAX);
}

liq_status liq_venue_add_name(const liq_venue_reader *reader, const liq_json_value *object,
                              const char *key, liq_names *names, uint32_t *index_out)
{
    liq_text name;
    liq_status status;

    if ((status = liq_venue_read_name(reader, object, key, &name)) != LIQ_OK)
        return status;
    status = liq_names_add(names, name, index_out, reader->err);
    if (status == LIQ_DUPLICATE)
        return liq_json_fail(reader->json, liq_json_member(object, key), reader->err, status,
                             "is listed twice");
    return status;
}

liq_status liq_venue_find_name(const liq_venue_reader *reader, const liq_json_value *value,
                               const liq_names *names, const char *what, uint32_t *index_out)
{
    liq_text name;
    liq_status status;

    if ((status = liq_json_string(reader->json, value, &name, reader->err)) != LIQ_OK)
        return status;
    if (liq_names_find(names, name, index_out))
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_NOT_FOUND, "is not %s", what);
}

liq_status liq_venue_read_positive(const liq_venue_reader *reader, const liq_json_value *object,
                                   const char *key, liq_decimal *out)
{
    const liq_json_value *value;
    liq_status status;

    if ((status = liq_json_need(reader->json, object, key, &value, reader->err)) != LIQ_OK ||
        (status = liq_json_decimal(reader->json, value, out, reader->err)) != LIQ_OK)
        return status;
    if (out->digits > 0)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE, "must be above 0");
}

liq_status liq_venue_read_rate(const liq_venue_reader *reader, const liq_json_value *value,
                               int64_t limit, liq_decimal *out)
{
    liq_status status;

    if ((status = liq_json_decimal(reader->json, value, out, reader->err)) != LIQ_OK)
        return status;
    if (out->digits >= 0 && liq_decimal_compare(*out, (liq_decimal){.digits = limit}) < 0)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_OUT_OF_RANGE,
                         "must be at least 0 and below %lld", (long long)limit);
}
