#include "settle/adl_request.h"

#include <string.h>

#include "base/fail.h"
#include "book/lot_value.h"
#include "book/lots.h"

enum { SHARE_DECIMALS = 9, SHARE_ONE = 1000000000 };

/* Where the texts of a request are read to. */
typedef struct request_reader {
    const liq_adl_request *request;
    const liq_adl_queue_view *queue;
    const liq_instrument *instrument;
    const liq_asset *asset;
    liq_adl_ask *ask;
    liq_error *err;
} request_reader;

static liq_status names_read(const request_reader *reader);
static void defaults_take(const request_reader *reader);
static liq_status values_read(const request_reader *reader, liq_decimal *price);
static liq_status caps_read(const request_reader *reader);
static liq_status lots_read(const request_reader *reader);
static liq_status decimal_read(liq_decimal *out, const char *text, const char *what,
                               liq_error *err);
static liq_status contracts_read(int64_t *out, const request_reader *reader, const char *text,
                                 const char *what);
static liq_status share_read(uint32_t *out, const char *text, const char *what, liq_error *err);

liq_status liq_adl_request_read(liq_adl_ask *ask, liq_decimal *price,
                                const liq_adl_request *request, const liq_adl_queue_view *queue,
                                liq_error *err)
{
    const liq_venue *venue = &queue->book->venue;
    const liq_instrument *instrument = &venue->instruments[queue->instrument_index];
    const request_reader reader = {
        request, queue, instrument, &venue->assets[instrument->settle_index], ask, err};
    liq_status status;

    *ask = (liq_adl_ask){.is_short = queue->is_short, .seed = request->seed};
    if ((status = names_read(&reader)) != LIQ_OK ||
        (status = values_read(&reader, price)) != LIQ_OK || (status = caps_read(&reader)) != LIQ_OK)
        return status;
    return lots_read(&reader);
}

static liq_status names_read(const request_reader *reader)
{
    const liq_adl_request *request = reader->request;
    liq_adl_ask *ask = reader->ask;
    liq_status status;

    defaults_take(reader);
    if (request->policy != NULL &&
        (status = liq_adl_policy_find(&ask->policy, request->policy, reader->err)) != LIQ_OK)
        return status;
    if (request->base != NULL &&
        (status = liq_adl_base_find(&ask->base, request->base, reader->err)) != LIQ_OK)
        return status;
    if (request->weight != NULL &&
        (status = liq_adl_weight_find(&ask->weight, request->weight, reader->err)) != LIQ_OK)
        return status;
    return LIQ_OK;
}

/*
 * What the venue says where it says something. A rule other than the venue's is somebody's own
 * choice: then a walk goes with the rule random_walk, and with no other.
 */
static void defaults_take(const request_reader *reader)
{
    const liq_policy *venue = &reader->queue->book->venue.policy;
    const liq_liquidation *rules = &venue->liquidation;
    const bool is_walk = reader->queue->rule == LIQ_ADL_RANDOM_WALK;
    liq_adl_ask *ask = reader->ask;

    if (rules->is_known) {
        ask->policy = rules->adl_policy;
        ask->base = rules->adl_base;
        ask->weight = rules->adl_weight;
        ask->position_cap_nano = (uint32_t)rules->adl_position_cap;
        ask->base_cap_nano = (uint32_t)rules->adl_base_cap;
    }
    if (rules->is_known && reader->queue->rule == venue->adl_rule)
        return;
    if (is_walk)
        ask->policy = LIQ_ADL_POLICY_RANDOM_WALK;
    else if (ask->policy == LIQ_ADL_POLICY_RANDOM_WALK)
        ask->policy = LIQ_ADL_POLICY_QUEUE;
}

/* The value of a lot at the mark and at the price, both rounded against the holder. */
static liq_status values_read(const request_reader *reader, liq_decimal *price)
{
    const liq_adl_queue_view *queue = reader->queue;
    const uint32_t index = queue->instrument_index;
    const liq_instrument_record *mark = &queue->market->instruments[index];
    const liq_asset_record *asset = &queue->market->assets[mark->asset_index];
    const char *symbol = liq_names_get(queue->book->venue.instrument_names, index);
    liq_status status = decimal_read(price, reader->request->price, "price", reader->err);

    if (status != LIQ_OK)
        return status;
    if (price->digits <= 0)
        return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0, "price \"%.64s\" must be above 0",
                        reader->request->price);
    if (mark->flags & (LIQ_INSTRUMENT_NO_MARK | LIQ_INSTRUMENT_MARK_RANGE) ||
        asset->exchange_rate == 0)
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "\"%.64s\" has no usable mark price: nobody can be valued", symbol);
    if (!liq_lot_value(&reader->ask->exec_value, &queue->book->venue, index, *price,
                       queue->is_short ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR))
        return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0,
                        "price \"%.64s\" makes a lot of \"%.64s\" worth too much",
                        reader->request->price, symbol);
    reader->ask->mark_value = queue->is_short ? mark->value_ceil : mark->value_floor;
    reader->ask->cash_per_fine =
        (liq_uint128)asset->grains_per_fine * (liq_uint128)asset->exchange_rate;
    return LIQ_OK;
}

static liq_status caps_read(const request_reader *reader)
{
    const liq_adl_request *request = reader->request;
    liq_adl_ask *ask = reader->ask;
    liq_status status;

    if ((status = share_read(&ask->base_cap_nano, request->base_cap, "cap", reader->err)) !=
            LIQ_OK ||
        (status = share_read(&ask->position_cap_nano, request->position_cap, "position cap",
                             reader->err)) != LIQ_OK)
        return status;
    if (request->fill_quantity == NULL)
        return LIQ_OK;
    return contracts_read(&ask->fill_lots_min, reader, request->fill_quantity, "least fill");
}

/* A quantity, a deficit, or both: then the lots that cover the one, within the other. */
static liq_status lots_read(const request_reader *reader)
{
    const liq_adl_request *request = reader->request;
    liq_adl_ask *ask = reader->ask;
    liq_decimal deficit;
    liq_int128 floor;
    liq_status status;

    if (request->quantity == NULL && request->deficit == NULL)
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0, "a quantity or a deficit is needed");
    ask->lots = LIQ_QUANTITY_LOTS_MAX;
    if (request->quantity != NULL &&
        (status = contracts_read(&ask->lots, reader, request->quantity, "quantity")) != LIQ_OK)
        return status;
    if (request->deficit == NULL)
        return LIQ_OK;
    if ((status = decimal_read(&deficit, request->deficit, "deficit", reader->err)) != LIQ_OK)
        return status;
    if (deficit.digits < 0 ||
        !liq_decimal_scale(&floor, deficit, reader->asset->value_decimals, LIQ_ROUND_FLOOR) ||
        !liq_decimal_scale(&ask->deficit, deficit, reader->asset->value_decimals, LIQ_ROUND_CEIL) ||
        floor != ask->deficit)
        return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0,
                        "deficit \"%.64s\" is not 0 or more with at most %d decimals",
                        request->deficit, reader->asset->value_decimals);
    if (request->quantity == NULL && ask->exec_value == ask->mark_value && ask->deficit > 0)
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "no quantity covers deficit \"%.64s\" at a price that is the mark",
                        request->deficit);
    ask->lots = liq_adl_lots_of_deficit(ask->deficit, ask->exec_value, ask->mark_value, ask->lots);
    return LIQ_OK;
}

static liq_status decimal_read(liq_decimal *out, const char *text, const char *what, liq_error *err)
{
    liq_error inner = {0};
    liq_status status;

    if (text == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "a %s is needed", what);
    if ((status = liq_decimal_parse(out, liq_text_of(text), &inner)) != LIQ_OK)
        return liq_fail(err, status, 0, "%s \"%.64s\" %s", what, text, inner.message);
    return LIQ_OK;
}

static liq_status contracts_read(int64_t *out, const request_reader *reader, const char *text,
                                 const char *what)
{
    char lot[LIQ_DECIMAL_BYTES];
    liq_decimal quantity;
    const liq_status status = decimal_read(&quantity, text, what, reader->err);

    if (status != LIQ_OK)
        return status;
    if (quantity.digits <= 0)
        return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0, "%s \"%.64s\" must be above 0", what,
                        text);
    liq_decimal_format(lot, reader->instrument->lot.digits, reader->instrument->lot.decimals);
    if (!liq_lots_exact(out, quantity, reader->instrument->lot))
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "%s \"%.64s\" is not a multiple of the lot %s", what, text, lot);
    return LIQ_OK;
}

/* *out stays where there is no text. */
static liq_status share_read(uint32_t *out, const char *text, const char *what, liq_error *err)
{
    liq_decimal share;
    int64_t nano = 0;
    liq_status status;

    if (text == NULL)
        return LIQ_OK;
    if ((status = decimal_read(&share, text, what, err)) != LIQ_OK)
        return status;
    if (!liq_decimal_exact(&nano, share, SHARE_DECIMALS) || nano < 1 || nano > SHARE_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%s \"%.64s\" is not above 0 and at most 1 with at most 9 decimals", what,
                        text);
    *out = (uint32_t)nano;
    return LIQ_OK;
}
