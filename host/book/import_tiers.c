#include "book/import_tiers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "book/import_internal.h"
#include "book/venue.h"
#include "liq_limits.h"

enum { RATE_DECIMALS = 12 };

/* One file on its way in. */
typedef struct tier_importer {
    const liq_json *json;
    liq_import_options options;
    FILE *body;        /* instruments, written before it is known which assets head the file */
    liq_names *names;  /* of instruments */
    liq_names *assets; /* that they settle in, in the order of the file */
    liq_error *err;
} tier_importer;

static liq_status options_complete(liq_import_options *options, liq_error *err);
static liq_status option_name(const char *what, const char *text, liq_error *err);
static liq_status option_decimal(const char *what, const char *text, bool positive, liq_error *err);
static liq_status import_all(tier_importer *importer);
static liq_status symbol_import(tier_importer *importer, const liq_json_value *tiers);
static liq_status symbol_split(tier_importer *importer, const liq_json_value *tiers,
                               liq_import_symbol *out);
static liq_text text_until(liq_text *rest, char end);
static liq_status tiers_import(tier_importer *importer, const liq_json_value *tiers);
static liq_status tier_read(tier_importer *importer, const liq_json_value *item,
                            const liq_import_tier *before, liq_import_tier *out);
static liq_status floor_read(tier_importer *importer, const liq_json_value *item,
                             const liq_json_value *item_before, liq_decimal *out);
static liq_status rates_read(tier_importer *importer, const liq_json_value *item,
                             const liq_import_tier *before, liq_import_tier *out);
static liq_status deduction_read(tier_importer *importer, const liq_json_value *item,
                                 const liq_import_tier *before, liq_import_tier *out);
static bool deduction_compute(const liq_import_tier *before, liq_import_tier *tier);
static liq_status number_need(tier_importer *importer, const liq_json_value *item, const char *key,
                              const liq_json_value **value, liq_decimal *out);
static liq_status number_read(tier_importer *importer, const liq_json_value *value,
                              liq_decimal *out);
static liq_status margin_currency_choose(tier_importer *importer);
static liq_status output_write(tier_importer *importer, FILE *out, const char *body, size_t bytes);

liq_status liq_import_tiers(const char *path, const liq_import_options *options, FILE *out,
                            liq_error *err)
{
    tier_importer importer = {.err = err};
    liq_json *json = NULL;
    char *body = NULL;
    size_t bytes = 0;
    liq_status status;

    if (options != NULL)
        importer.options = *options;
    if ((status = options_complete(&importer.options, err)) != LIQ_OK)
        return status;
    if ((status = liq_json_load(&json, path, err)) != LIQ_OK ||
        (status = liq_names_create(&importer.names, err)) != LIQ_OK ||
        (status = liq_names_create(&importer.assets, err)) != LIQ_OK)
        goto done;
    importer.json = json;
    importer.body = open_memstream(&body, &bytes);
    if (importer.body == NULL) {
        status = liq_fail(err, LIQ_OUT_OF_MEMORY, errno, "out of memory for a text");
        goto done;
    }
    status = import_all(&importer);
    if (fclose(importer.body) != 0 && status == LIQ_OK)
        status = liq_fail(err, LIQ_OUT_OF_MEMORY, errno, "out of memory for a text");
    if (status == LIQ_OK)
        status = output_write(&importer, out, body, bytes);
done:
    free(body);
    liq_names_destroy(importer.assets);
    liq_names_destroy(importer.names);
    liq_json_destroy(json);
    return status;
}

static liq_status options_complete(liq_import_options *options, liq_error *err)
{
    liq_status status;

    if (options->venue == NULL)
        options->venue = "imported";
    if (options->profile == NULL)
        options->profile = "binance-usdm";
    if (options->weight == NULL)
        options->weight = "1";
    if (options->lot == NULL)
        options->lot = "0.001";
    if (options->tick == NULL)
        options->tick = "0.0001";
    if ((status = option_name("venue", options->venue, err)) != LIQ_OK ||
        (status = option_name("profile", options->profile, err)) != LIQ_OK ||
        (status = option_decimal("weight", options->weight, false, err)) != LIQ_OK ||
        (status = option_decimal("lot", options->lot, true, err)) != LIQ_OK ||
        (status = option_decimal("tick", options->tick, true, err)) != LIQ_OK)
        return status;
    if (options->liquidation_fee == NULL)
        return LIQ_OK;
    return option_decimal("liquidation fee", options->liquidation_fee, false, err);
}

static liq_status option_name(const char *what, const char *text, liq_error *err)
{
    if (liq_names_valid(liq_text_of(text)))
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0,
                    "%s \"%s\": a name has 1 to %d bytes, no control bytes and no space at its "
                    "ends",
                    what, text, LIQ_NAME_BYTES_MAX);
}

static liq_status option_decimal(const char *what, const char *text, bool positive, liq_error *err)
{
    liq_decimal value;
    liq_error reason;
    const liq_status status = liq_decimal_parse(&value, liq_text_of(text), &reason);

    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "%s \"%s\": %s", what, text, reason.message);
    if (value.digits > 0 || (value.digits == 0 && !positive))
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%s \"%s\": must be %s", what, text,
                    positive ? "above 0" : "0 or more");
}

static liq_status import_all(tier_importer *importer)
{
    const liq_json_value *root = liq_json_root(importer->json);
    liq_status status;

    if ((status = liq_json_object(importer->json, root, NULL, importer->err)) != LIQ_OK)
        return status;
    if (liq_json_first(root) == NULL)
        return liq_json_fail(importer->json, root, importer->err, LIQ_BAD_INPUT, "holds no symbol");
    for (const liq_json_value *tiers = liq_json_first(root); tiers != NULL;
         tiers = liq_json_next(tiers))
        if ((status = symbol_import(importer, tiers)) != LIQ_OK)
            return status;
    return importer->options.complete ? margin_currency_choose(importer) : LIQ_OK;
}

static liq_status symbol_import(tier_importer *importer, const liq_json_value *tiers)
{
    liq_import_symbol symbol;
    uint32_t index = 0;
    liq_status status;

    if ((status = symbol_split(importer, tiers, &symbol)) != LIQ_OK)
        return status;
    status = liq_names_add(importer->names, liq_text_of(symbol.name), &index, importer->err);
    if (status == LIQ_DUPLICATE)
        return liq_json_fail(importer->json, tiers, importer->err, status,
                             "an earlier symbol is %s already", symbol.name);
    if (status != LIQ_OK)
        return status;
    status = liq_names_add(importer->assets, symbol.settle, &index, importer->err);
    if (status != LIQ_OK && status != LIQ_DUPLICATE)
        return status;
    liq_import_write_instrument(importer->body, &importer->options, &symbol,
                                liq_names_count(importer->names) == 1);
    if ((status = tiers_import(importer, tiers)) != LIQ_OK)
        return status;
    liq_import_write_instrument_end(importer->body);
    return LIQ_OK;
}

/* BASE/QUOTE:SETTLE, and for futures and options -EXPIRY and more behind it. */
static liq_status symbol_split(tier_importer *importer, const liq_json_value *tiers,
                               liq_import_symbol *out)
{
    liq_text rest = liq_json_key(tiers);
    int used;

    out->base = text_until(&rest, '/');
    out->quote = text_until(&rest, ':');
    out->settle = text_until(&rest, '-');
    out->expiry = rest;
    used = snprintf(out->name, sizeof out->name, "%.*s%.*s%s%.*s", (int)out->base.bytes,
                    out->base.data, (int)out->quote.bytes, out->quote.data,
                    rest.bytes > 0 ? "_" : "", (int)rest.bytes, rest.data);
    if (liq_names_valid(out->base) && liq_names_valid(out->quote) && liq_names_valid(out->settle) &&
        (size_t)used < sizeof out->name && liq_names_valid(liq_text_of(out->name)))
        return LIQ_OK;
    return liq_json_fail(importer->json, tiers, importer->err, LIQ_BAD_INPUT,
                         "is not a contract such as BTC/USDT:USDT");
}

/* Cut off the text before the first end, and end itself; without one, all of it. */
static liq_text text_until(liq_text *rest, char end)
{
    const char *at = rest->bytes > 0 ? memchr(rest->data, end, rest->bytes) : NULL;
    const liq_text out = {rest->data, at == NULL ? rest->bytes : (size_t)(at - rest->data)};
    const size_t taken = out.bytes + (at != NULL);

    *rest = (liq_text){rest->data + taken, rest->bytes - taken};
    return out;
}

static liq_status tiers_import(tier_importer *importer, const liq_json_value *tiers)
{
    const liq_json_value *item_before = NULL;
    liq_import_tier before = {0};
    liq_import_tier tier = {0};
    uint32_t count = 0;
    liq_status status;

    status =
        liq_json_array(importer->json, tiers, LIQ_TIERS_PER_INSTRUMENT_MAX, &count, importer->err);
    if (status != LIQ_OK)
        return status;
    if (count == 0)
        return liq_json_fail(importer->json, tiers, importer->err, LIQ_BAD_INPUT,
                             "needs at least one tier");
    for (const liq_json_value *item = liq_json_first(tiers); item != NULL;
         item = liq_json_next(item)) {
        tier = (liq_import_tier){0};
        if ((status = liq_json_object(importer->json, item, NULL, importer->err)) != LIQ_OK ||
            (status = floor_read(importer, item, item_before, &tier.floor)) != LIQ_OK ||
            (status = tier_read(importer, item, item_before == NULL ? NULL : &before, &tier)) !=
                LIQ_OK)
            return status;
        liq_import_write_tier(importer->body, &tier, item_before == NULL);
        before = tier;
        item_before = item;
    }
    return LIQ_OK;
}

static liq_status tier_read(tier_importer *importer, const liq_json_value *item,
                            const liq_import_tier *before, liq_import_tier *out)
{
    const liq_status status = rates_read(importer, item, before, out);

    return status == LIQ_OK ? deduction_read(importer, item, before, out) : status;
}

/* Tiers follow each other without a gap: each begins where the one before it ends. */
static liq_status floor_read(tier_importer *importer, const liq_json_value *item,
                             const liq_json_value *item_before, liq_decimal *out)
{
    const liq_json_value *value;
    const liq_json_value *end;
    liq_decimal expected = {0};
    char shown[LIQ_DECIMAL_BYTES];
    liq_status status;

    if ((status = number_need(importer, item, "minNotional", &value, out)) != LIQ_OK)
        return status;
    if (item_before != NULL &&
        (status = number_need(importer, item_before, "maxNotional", &end, &expected)) != LIQ_OK)
        return status;
    if (liq_decimal_compare(*out, expected) != 0)
        return liq_json_fail(importer->json, value, importer->err, LIQ_BAD_INPUT,
                             "must be %s, where the tier before it ends",
                             liq_decimal_format(shown, expected.digits, expected.decimals));
    if (item_before == NULL || out->digits > 0)
        return LIQ_OK;
    return liq_json_fail(importer->json, value, importer->err, LIQ_BAD_INPUT,
                         "must be above the tier before it");
}

static liq_status rates_read(tier_importer *importer, const liq_json_value *item,
                             const liq_import_tier *before, liq_import_tier *out)
{
    const liq_decimal limit = {.digits = LIQ_RATE_WHOLE_MAX};
    const liq_decimal one = {.digits = 1};
    const liq_json_value *value;
    liq_decimal leverage;
    int64_t rate;
    liq_status status;

    status = number_need(importer, item, "maintenanceMarginRate", &value, &out->maintenance_rate);
    if (status != LIQ_OK)
        return status;
    if (out->maintenance_rate.digits < 0 || liq_decimal_compare(out->maintenance_rate, limit) >= 0)
        return liq_json_fail(importer->json, value, importer->err, LIQ_OUT_OF_RANGE,
                             "must be at least 0 and below %d", LIQ_RATE_WHOLE_MAX);
    if (before != NULL && liq_decimal_compare(out->maintenance_rate, before->maintenance_rate) < 0)
        return liq_json_fail(importer->json, value, importer->err, LIQ_BAD_INPUT,
                             "must be at least the rate before it");
    if ((status = number_need(importer, item, "maxLeverage", &value, &leverage)) != LIQ_OK)
        return status;
    if (leverage.digits <= 0 ||
        !liq_decimal_divide(&rate, one, leverage, RATE_DECIMALS, LIQ_ROUND_CEIL) ||
        !liq_decimal_from_units(&out->initial_rate, rate, RATE_DECIMALS) ||
        liq_decimal_compare(out->initial_rate, limit) >= 0)
        return liq_json_fail(importer->json, value, importer->err, LIQ_OUT_OF_RANGE,
                             "must be above 0, and one over it below %d", LIQ_RATE_WHOLE_MAX);
    return LIQ_OK;
}

static liq_status deduction_read(tier_importer *importer, const liq_json_value *item,
                                 const liq_import_tier *before, liq_import_tier *out)
{
    const liq_json_value *info = liq_json_member(item, "info");
    const liq_json_value *cum;
    char shown[LIQ_DECIMAL_BYTES];
    liq_decimal given;
    liq_int128 units;
    liq_status status;

    if (!deduction_compute(before, out))
        return liq_json_fail(importer->json, item, importer->err, LIQ_OUT_OF_RANGE,
                             "its deduction needs more than %d decimals or is too large",
                             LIQ_IMPORT_DEDUCTION_DECIMALS);
    if (info == NULL || !liq_json_is_object(info) || (cum = liq_json_member(info, "cum")) == NULL)
        return LIQ_OK;
    if ((status = number_read(importer, cum, &given)) != LIQ_OK)
        return status;
    out->has_deduction = true;
    if (given.decimals <= LIQ_IMPORT_DEDUCTION_DECIMALS &&
        liq_decimal_scale(&units, given, LIQ_IMPORT_DEDUCTION_DECIMALS, LIQ_ROUND_FLOOR) &&
        units == out->deduction)
        return LIQ_OK;
    return liq_json_fail(importer->json, cum, importer->err, LIQ_BAD_INPUT,
                         "must be %s for a maintenance margin without a jump",
                         liq_decimal_format(shown, out->deduction, LIQ_IMPORT_DEDUCTION_DECIMALS));
}

/* deduction n = deduction n - 1 + floor n x (rate n - rate n - 1). */
static bool deduction_compute(const liq_import_tier *before, liq_import_tier *tier)
{
    const int32_t decimals = LIQ_IMPORT_DEDUCTION_DECIMALS;
    liq_int128 above;
    liq_int128 above_ceil;
    liq_int128 below;
    liq_int128 below_ceil;

    if (before == NULL)
        return true;
    if (!liq_decimal_product(&above, tier->floor, tier->maintenance_rate, decimals,
                             LIQ_ROUND_FLOOR) ||
        !liq_decimal_product(&above_ceil, tier->floor, tier->maintenance_rate, decimals,
                             LIQ_ROUND_CEIL) ||
        !liq_decimal_product(&below, tier->floor, before->maintenance_rate, decimals,
                             LIQ_ROUND_FLOOR) ||
        !liq_decimal_product(&below_ceil, tier->floor, before->maintenance_rate, decimals,
                             LIQ_ROUND_CEIL))
        return false;
    return above == above_ceil && below == below_ceil &&
           !__builtin_add_overflow(before->deduction, above - below, &tier->deduction);
}

static liq_status number_need(tier_importer *importer, const liq_json_value *item, const char *key,
                              const liq_json_value **value, liq_decimal *out)
{
    const liq_status status = liq_json_need(importer->json, item, key, value, importer->err);

    return status == LIQ_OK ? number_read(importer, *value, out) : status;
}

/* ccxt gives numbers, and under "info" what the venue gave: mostly strings. */
static liq_status number_read(tier_importer *importer, const liq_json_value *value,
                              liq_decimal *out)
{
    if (liq_json_is_string(value))
        return liq_json_decimal(importer->json, value, out, importer->err);
    return liq_json_number_decimal(importer->json, value, out, importer->err);
}

static liq_status margin_currency_choose(tier_importer *importer)
{
    liq_import_options *const options = &importer->options;
    uint32_t index = 0;

    if (options->margin_currency != NULL)
        return option_name("margin currency", options->margin_currency, importer->err);
    (void)liq_names_find(importer->assets, liq_text_of("USDT"), &index);
    options->margin_currency = liq_names_get(importer->assets, index);
    return LIQ_OK;
}

static liq_status output_write(tier_importer *importer, FILE *out, const char *body, size_t bytes)
{
    liq_import_write_head(out, &importer->options, importer->assets);
    (void)fwrite(body, 1, bytes, out);
    liq_import_write_end(out);
    if (fflush(out) == 0 && !ferror(out))
        return LIQ_OK;
    return liq_fail(importer->err, LIQ_IO, errno, "cannot write the instruments: errno %d", errno);
}
