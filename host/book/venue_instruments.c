#include <stdio.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/venue_internal.h"
#include "policy/comment.h"

enum { TICK_DECIMALS_MAX = 18 };

static liq_status instrument_add(liq_venue_reader *reader, const liq_json_value *item);
static liq_status names_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument);
static liq_status kind_read(liq_venue_reader *reader, const liq_json_value *item,
                            liq_instrument_kind *out);
static liq_status sizes_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument);
static liq_status fee_read(liq_venue_reader *reader, const liq_json_value *item,
                           liq_instrument *instrument);
static liq_status rules_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument);

liq_status liq_venue_read_instruments(liq_venue_reader *reader)
{
    const liq_json_value *items;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_json_need(reader->json, reader->root, "instruments", &items, reader->err)) !=
            LIQ_OK ||
        (status = liq_json_array(reader->json, items, LIQ_INSTRUMENTS_MAX, &count, reader->err)) !=
            LIQ_OK)
        return status;
    status =
        liq_memory_array(&reader->venue->instruments, count, sizeof(liq_instrument), reader->err);
    for (const liq_json_value *item = liq_json_first(items); item != NULL && status == LIQ_OK;
         item = liq_json_next(item))
        status = instrument_add(reader, item);
    return status;
}

static liq_status instrument_add(liq_venue_reader *reader, const liq_json_value *item)
{
    static const char *const keys[] = {"comment",
                                       "symbol",
                                       "kind",
                                       "base",
                                       "settle",
                                       "multiplier",
                                       "lot",
                                       "tick",
                                       "liquidation_fee",
                                       "fund",
                                       "tier_form",
                                       "tier_by",
                                       "tiers",
                                       "option",
                                       "strike",
                                       "underlying",
                                       "volatility",
                                       "days",
                                       "dynamic_margin",
                                       NULL};
    liq_venue *const venue = reader->venue;
    liq_instrument *instrument;
    uint32_t asset_index;
    uint32_t index;
    liq_text symbol;
    liq_status status;

    if ((status = liq_comment_object(reader->json, item, keys, reader->err)) != LIQ_OK ||
        (status = liq_venue_read_name(reader, item, "symbol", &symbol)) != LIQ_OK)
        return status;
    /* marks.csv names instruments and assets in one column. */
    if (liq_names_find(venue->asset_names, symbol, &asset_index))
        return liq_json_fail(reader->json, liq_json_member(item, "symbol"), reader->err,
                             LIQ_DUPLICATE, "is the name of an asset already");
    status = liq_venue_add_name(reader, item, "symbol", venue->instrument_names, &index);
    if (status != LIQ_OK)
        return status;
    instrument = &venue->instruments[index];
    venue->instrument_count = index + 1;
    if ((status = names_read(reader, item, instrument)) != LIQ_OK ||
        (status = sizes_read(reader, item, instrument)) != LIQ_OK ||
        (status = fee_read(reader, item, instrument)) != LIQ_OK)
        return status;
    if ((status = rules_read(reader, item, instrument)) != LIQ_OK)
        return status;
    return liq_dynamic_own_read(&instrument->dynamic_margin, reader->json,
                                liq_json_member(item, "dynamic_margin"), reader->err);
}

static liq_status names_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument)
{
    liq_venue *const venue = reader->venue;
    const liq_json_value *fund = liq_json_member(item, "fund");
    const liq_json_value *settle;
    liq_text base;
    liq_status status;

    if ((status = kind_read(reader, item, &instrument->kind)) != LIQ_OK ||
        (status = liq_venue_read_name(reader, item, "base", &base)) != LIQ_OK)
        return status;
    (void)snprintf(instrument->base, sizeof instrument->base, "%.*s", (int)base.bytes, base.data);
    if ((status = liq_json_need(reader->json, item, "settle", &settle, reader->err)) != LIQ_OK ||
        (status = liq_venue_find_name(reader, settle, venue->asset_names, "an asset of the venue",
                                      &instrument->settle_index)) != LIQ_OK)
        return status;
    instrument->fund_index = UINT32_MAX;
    if (fund == NULL)
        return LIQ_OK;
    return liq_venue_find_name(reader, fund, venue->fund_names, "a fund of the venue",
                               &instrument->fund_index);
}

static liq_status kind_read(liq_venue_reader *reader, const liq_json_value *item,
                            liq_instrument_kind *out)
{
    static const char *const kinds[] = {
        [LIQ_INSTRUMENT_LINEAR] = "linear", [LIQ_INSTRUMENT_INVERSE] = "inverse",
        [LIQ_INSTRUMENT_QUANTO] = "quanto", [LIQ_INSTRUMENT_OPTION] = "option",
        [LIQ_INSTRUMENT_INDEX] = "index",
    };
    const liq_json_value *value;
    liq_text text;
    liq_status status;

    if ((status = liq_json_need(reader->json, item, "kind", &value, reader->err)) != LIQ_OK ||
        (status = liq_json_string(reader->json, value, &text, reader->err)) != LIQ_OK)
        return status;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (liq_text_equal(text, kinds[i])) {
            *out = (liq_instrument_kind)i;
            return LIQ_OK;
        }
    return liq_json_fail(reader->json, value, reader->err, LIQ_BAD_INPUT,
                         "must be one of linear, inverse, quanto, option, index");
}

static liq_status sizes_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument)
{
    liq_status status;

    status = liq_venue_read_positive(reader, item, "multiplier", &instrument->multiplier);
    if (status != LIQ_OK ||
        (status = liq_venue_read_positive(reader, item, "lot", &instrument->lot)) != LIQ_OK ||
        (status = liq_venue_read_positive(reader, item, "tick", &instrument->tick)) != LIQ_OK)
        return status;
    if (!liq_decimal_multiply(&instrument->lot_multiplier, instrument->lot, instrument->multiplier))
        return liq_json_fail(reader->json, liq_json_member(item, "lot"), reader->err,
                             LIQ_OUT_OF_RANGE,
                             "lot x multiplier needs more than %d digits or %d decimals",
                             LIQ_DECIMAL_DIGITS_MAX, LIQ_DECIMAL_DECIMALS_MAX);
    if (instrument->tick.decimals > TICK_DECIMALS_MAX)
        return liq_json_fail(reader->json, liq_json_member(item, "tick"), reader->err,
                             LIQ_OUT_OF_RANGE, "has %d decimals, the limit is %d",
                             instrument->tick.decimals, TICK_DECIMALS_MAX);
    instrument->tick_decimals = instrument->tick.decimals;
    return LIQ_OK;
}

/* No fee means no fee, but not where the requirement counts it: there a gap would be a guess. */
static liq_status fee_read(liq_venue_reader *reader, const liq_json_value *item,
                           liq_instrument *instrument)
{
    const liq_json_value *fee = liq_json_member(item, "liquidation_fee");

    if (fee != NULL)
        return liq_venue_read_rate(reader, fee, 1, &instrument->liquidation_fee);
    if (!reader->venue->policy.fee_in_requirement)
        return LIQ_OK;
    return liq_json_fail(reader->json, item, reader->err, LIQ_BAD_INPUT,
                         "lacks \"liquidation_fee\", which the rule fee_in_requirement counts");
}

static liq_status rules_read(liq_venue_reader *reader, const liq_json_value *item,
                             liq_instrument *instrument)
{
    const liq_json_value *form = liq_json_member(item, "tier_form");
    const liq_json_value *measure = liq_json_member(item, "tier_by");
    liq_status status;

    instrument->tier_form = reader->venue->policy.tier_form;
    instrument->tier_measure = reader->venue->policy.tier_measure;
    if (form != NULL && (status = liq_tier_form_read(&instrument->tier_form, reader->json, form,
                                                     reader->err)) != LIQ_OK)
        return status;
    if (measure != NULL && (status = liq_tier_measure_read(&instrument->tier_measure, reader->json,
                                                           measure, reader->err)) != LIQ_OK)
        return status;
    /* Their deductions are floors in money: by contracts they would move with the price. */
    if (instrument->tier_measure == LIQ_TIER_BY_QUANTITY &&
        (instrument->tier_form == LIQ_TIER_DEDUCTION || instrument->tier_form == LIQ_TIER_MARGINAL))
        return liq_json_fail(reader->json, item, reader->err, LIQ_UNSUPPORTED,
                             "tiers by quantity need the tier form whole or linear, not %s",
                             liq_tier_form_name(instrument->tier_form));
    return LIQ_OK;
}
