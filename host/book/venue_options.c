/*
 * Terms of options: read last, because they refer to other instruments by their final places.
 */
#include "book/venue_internal.h"
#include "liq_limits.h"

static liq_status terms_check(liq_venue_reader *reader, const liq_json_value *item);
static liq_status option_read(liq_venue_reader *reader, const liq_json_value *item,
                              liq_instrument *instrument);
static liq_status put_read(liq_venue_reader *reader, const liq_json_value *item, bool *out);
static liq_status index_read(liq_venue_reader *reader, const liq_json_value *item, const char *key,
                             uint32_t *out);

liq_status liq_venue_read_options(liq_venue_reader *reader)
{
    liq_venue *const venue = reader->venue;
    const liq_json_value *items = liq_json_member(reader->root, "instruments");
    liq_status status = LIQ_OK;

    for (const liq_json_value *item = liq_json_first(items); item != NULL && status == LIQ_OK;
         item = liq_json_next(item)) {
        liq_text symbol;
        uint32_t index;

        if ((status = liq_venue_read_name(reader, item, "symbol", &symbol)) != LIQ_OK)
            return status;
        if (!liq_names_find(venue->instrument_names, symbol, &index) ||
            venue->instruments[index].kind != LIQ_INSTRUMENT_OPTION) {
            status = terms_check(reader, item);
            continue;
        }
        if (venue->option_count == LIQ_OPTIONS_MAX)
            return liq_json_fail(reader->json, item, reader->err, LIQ_OUT_OF_RANGE,
                                 "a venue has at most %d options", LIQ_OPTIONS_MAX);
        venue->option_count++;
        status = option_read(reader, item, &venue->instruments[index]);
    }
    return status;
}

/* What says nothing about a contract may not look as if it did. */
static liq_status terms_check(liq_venue_reader *reader, const liq_json_value *item)
{
    static const char *const keys[] = {"option", "strike", "underlying", "volatility", "days"};

    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const liq_json_value *value = liq_json_member(item, keys[i]);

        if (value != NULL)
            return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                                 "is for the kind \"option\" only");
    }
    return LIQ_OK;
}

static liq_status option_read(liq_venue_reader *reader, const liq_json_value *item,
                              liq_instrument *instrument)
{
    liq_option_terms *terms = &instrument->option;
    const char *settle = liq_names_get(reader->venue->asset_names, instrument->settle_index);
    const liq_json_value *value;
    liq_instrument_kind kind;
    liq_status status;

    if ((status = put_read(reader, item, &terms->is_put)) != LIQ_OK ||
        (status = liq_venue_read_positive(reader, item, "strike", &terms->strike)) != LIQ_OK ||
        (status = liq_json_need(reader->json, item, "underlying", &value, reader->err)) != LIQ_OK ||
        (status = liq_venue_find_name(reader, value, reader->venue->instrument_names,
                                      "an instrument of the venue", &terms->underlying_index)) !=
            LIQ_OK ||
        (status = index_read(reader, item, "volatility", &terms->volatility_index)) != LIQ_OK ||
        (status = index_read(reader, item, "days", &terms->days_index)) != LIQ_OK)
        return status;
    kind = reader->venue->instruments[terms->underlying_index].kind;
    if (kind == LIQ_INSTRUMENT_OPTION || kind == LIQ_INSTRUMENT_QUANTO)
        return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                             "an option is on a linear or inverse instrument, or an index");
    terms->is_inverse = liq_text_equal(liq_text_of(settle), instrument->base);
    return LIQ_OK;
}

static liq_status put_read(liq_venue_reader *reader, const liq_json_value *item, bool *out)
{
    const liq_json_value *value;
    liq_text text;
    liq_status status;

    if ((status = liq_json_need(reader->json, item, "option", &value, reader->err)) != LIQ_OK ||
        (status = liq_json_string(reader->json, value, &text, reader->err)) != LIQ_OK)
        return status;
    *out = liq_text_equal(text, "put");
    if (*out || liq_text_equal(text, "call"))
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT, "must be call or put");
}

static liq_status index_read(liq_venue_reader *reader, const liq_json_value *item, const char *key,
                             uint32_t *out)
{
    const liq_json_value *value;
    liq_status status;

    if ((status = liq_json_need(reader->json, item, key, &value, reader->err)) != LIQ_OK ||
        (status = liq_venue_find_name(reader, value, reader->venue->instrument_names,
                                      "an instrument of the venue", out)) != LIQ_OK)
        return status;
    if (reader->venue->instruments[*out].kind == LIQ_INSTRUMENT_INDEX)
        return LIQ_OK;
    return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                         "must be an instrument of the kind \"index\"");
}
