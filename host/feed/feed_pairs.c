#include "feed/feed_pairs.h"

#include "base/fail.h"
#include "base/names.h"
#include "feed/feed_walk.h"

enum { KEY_RAW_BYTES = 64 };

/* By how often they come. */
typedef enum mark_key {
    MARK_SYMBOL,
    MARK_MARK,
    MARK_INDEX,
    MARK_LAST,
    MARK_BID,
    MARK_ASK,
    MARK_OUTSIDE,
    MARK_RATE,
    MARK_DUE,
    MARK_INTERVAL,
    MARK_VOLUME,
    MARK_KEY_COUNT
} mark_key;

static const char *const mark_names[MARK_KEY_COUNT] = {
    "symbol",      "markPrice",        "indexPrice",      "last",  "bid", "ask", "outsidePrice",
    "fundingRate", "fundingTimestamp", "fundingInterval", "volume"};

#define BIT(name) (1U << MARK_##name)

/* What only marks that are to be made have. */
enum {
    MADE_OF = BIT(LAST) | BIT(BID) | BIT(ASK) | BIT(OUTSIDE) | BIT(RATE) | BIT(DUE) | BIT(INTERVAL)
};

static liq_status items_count(const liq_feed_reading *reading, liq_feed_value list,
                              uint32_t *count);
static liq_status pairs_take(liq_feed_reading *reading, uint32_t count, liq_feed_pair **out);
static liq_status mark_read(liq_feed_reading *reading, liq_feed_value item, liq_feed_pair *out);
static liq_status mark_value_read(liq_feed_reading *reading, liq_feed_value value, mark_key which,
                                  liq_feed_pair *out, liq_mark_texts *texts);
static liq_status mark_shape(liq_feed_reading *reading, liq_feed_value item, uint32_t present);
static mark_key mark_key_of(liq_text raw);
static liq_status side_read(liq_feed_reading *reading, const liq_feed_value *list, uint8_t what,
                            liq_feed_pair *out);
static liq_status level_read(liq_feed_reading *reading, liq_feed_value item, liq_feed_pair *out);
static liq_status after_add(liq_feed_reading *reading, liq_feed_value list, liq_text raw,
                            size_t value, liq_feed_after *out);

liq_status liq_feed_marks_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    liq_feed_walk walk;
    liq_feed_pair *pairs;
    uint32_t count;
    liq_status status;

    (void)out;
    if ((status = items_count(reading, value, &count)) != LIQ_OK)
        return status;
    if (count == 0)
        return liq_feed_refuse(reading, value, "holds no mark");
    if ((status = pairs_take(reading, count, &pairs)) != LIQ_OK)
        return status;
    walk = liq_feed_walk_start(reading->text, reading->spans, value.index);
    for (uint32_t i = 0; i < count && status == LIQ_OK; i++) {
        liq_feed_value item = {.outer = value.name, .item = (int32_t)i};

        (void)liq_feed_walk_item(&walk, &item.index);
        status = mark_read(reading, item, &pairs[i]);
    }
    return status;
}

liq_status liq_feed_levels_read(liq_feed_reading *reading, const liq_feed_value *bids,
                                const liq_feed_value *asks)
{
    uint32_t bid_count = 0;
    uint32_t ask_count = 0;
    liq_feed_pair *pairs;
    liq_status status;

    if (bids != NULL && (status = items_count(reading, *bids, &bid_count)) != LIQ_OK)
        return status;
    if (asks != NULL && (status = items_count(reading, *asks, &ask_count)) != LIQ_OK)
        return status;
    if (bid_count + ask_count > LIQ_FEED_PAIRS_MAX)
        return liq_feed_refuse(reading, *asks, "%u levels with those of the bids, the limit is %d",
                               bid_count + ask_count, LIQ_FEED_PAIRS_MAX);
    if ((status = pairs_take(reading, bid_count + ask_count, &pairs)) != LIQ_OK)
        return status;
    if ((status = side_read(reading, bids, LIQ_FEED_BID, pairs)) != LIQ_OK)
        return status;
    return side_read(reading, asks, LIQ_FEED_ASK, pairs + bid_count);
}

liq_status liq_feed_after_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    liq_feed_walk walk = liq_feed_walk_start(reading->text, reading->spans, value.index);
    liq_feed_after *list;
    size_t index;
    liq_text key;
    liq_status status;

    (void)out;
    if (*liq_feed_source(reading, value.index).data != '{')
        return liq_feed_expected(reading, value, "an object of sources");
    list = liq_feed_batch_take(reading->batch, LIQ_FEED_AFTER_MAX * sizeof *list);
    if (list == NULL)
        return LIQ_OUT_OF_MEMORY;
    reading->event->after = list;
    while (liq_feed_walk_member(&walk, &key, &index)) {
        const uint32_t count = reading->event->after_count;

        if (count == LIQ_FEED_AFTER_MAX)
            return liq_feed_refuse(reading, value, "names more than %d sources",
                                   LIQ_FEED_AFTER_MAX);
        if ((status = after_add(reading, value, key, index, &list[count])) != LIQ_OK)
            return status;
        reading->event->after_count++;
    }
    liq_feed_batch_trim(reading->batch, list, LIQ_FEED_AFTER_MAX * sizeof *list,
                        reading->event->after_count * sizeof *list);
    if (reading->event->after_count == 0)
        return liq_feed_refuse(reading, value, "names no source");
    return LIQ_OK;
}

static liq_status items_count(const liq_feed_reading *reading, liq_feed_value list, uint32_t *count)
{
    liq_feed_walk walk = liq_feed_walk_start(reading->text, reading->spans, list.index);
    size_t index;

    if (*liq_feed_source(reading, list.index).data != '[')
        return liq_feed_expected(reading, list, "an array");
    *count = 0;
    while (liq_feed_walk_item(&walk, &index))
        if (++*count > LIQ_FEED_PAIRS_MAX)
            return liq_feed_refuse(reading, list, "has more than %d items", LIQ_FEED_PAIRS_MAX);
    return LIQ_OK;
}

static liq_status pairs_take(liq_feed_reading *reading, uint32_t count, liq_feed_pair **out)
{
    *out = liq_feed_batch_take(reading->batch, count * sizeof **out);
    if (*out == NULL)
        return LIQ_OUT_OF_MEMORY;
    reading->event->pairs = *out;
    reading->event->pair_count = count;
    return LIQ_OK;
}

/* {"symbol": "BTCUSDT", "markPrice": "50000"}, the same with "indexPrice", or with what a mark is
 * to be made of. */
static liq_status mark_read(liq_feed_reading *reading, liq_feed_value item, liq_feed_pair *out)
{
    liq_feed_walk walk = liq_feed_walk_start(reading->text, reading->spans, item.index);
    liq_mark_texts texts = {0};
    liq_mark_texts *kept;
    uint32_t present = 0;
    liq_feed_value value = item;
    liq_text key;
    liq_status status;

    *out = (liq_feed_pair){0};
    if (*liq_feed_source(reading, item.index).data != '{')
        return liq_feed_expected(reading, item, "an object with \"symbol\" and a price");
    while (liq_feed_walk_member(&walk, &key, &value.index)) {
        const mark_key which = mark_key_of(key);

        if (which == MARK_KEY_COUNT)
            return liq_feed_refuse(reading, item, "unknown key \"%.*s\"", LIQ_TEXT_ARGS(key));
        if ((present >> which & 1) != 0)
            return liq_feed_refuse(reading, item, "key \"%s\" is there twice", mark_names[which]);
        present |= 1U << which;
        value.name = mark_names[which];
        if ((status = mark_value_read(reading, value, which, out, &texts)) != LIQ_OK)
            return status;
    }
    if ((status = mark_shape(reading, item, present)) != LIQ_OK || (present & MADE_OF) == 0) {
        out->what = (present & BIT(INDEX)) != 0 ? LIQ_FEED_INDEX_PRICE : LIQ_FEED_MARK_PRICE;
        return status;
    }
    if ((kept = liq_feed_batch_take(reading->batch, sizeof *kept)) == NULL)
        return LIQ_OUT_OF_MEMORY;
    *kept = texts;
    kept->index = out->price;
    out->made_of = kept;
    out->price = NULL;
    return LIQ_OK;
}

static liq_status mark_value_read(liq_feed_reading *reading, liq_feed_value value, mark_key which,
                                  liq_feed_pair *out, liq_mark_texts *texts)
{
    uint64_t interval = 0;
    liq_status status;

    switch (which) {
    case MARK_SYMBOL:
        return liq_feed_name_read(reading, value, &out->symbol);
    case MARK_VOLUME:
        status = liq_feed_decimal_read(reading, value, &out->quantity);
        return status == LIQ_OK && *out->quantity == '-'
                   ? liq_feed_refuse(reading, value, "must be at least 0")
                   : status;
    case MARK_LAST:
        return liq_feed_decimal_read(reading, value, &texts->last);
    case MARK_BID:
        return liq_feed_decimal_read(reading, value, &texts->bid);
    case MARK_ASK:
        return liq_feed_decimal_read(reading, value, &texts->ask);
    case MARK_OUTSIDE:
        return liq_feed_decimal_read(reading, value, &texts->outside);
    case MARK_RATE:
        return liq_feed_decimal_read(reading, value, &texts->funding_rate);
    case MARK_DUE:
        return liq_feed_time_read(reading, value, &texts->funding_time_ms);
    case MARK_INTERVAL:
        status = liq_feed_count_read(reading, value, &interval);
        if (status == LIQ_OK && interval > LIQ_FUNDING_INTERVAL_MS_MAX)
            return liq_feed_refuse(reading, value, "must be 1 .. %d milliseconds",
                                   LIQ_FUNDING_INTERVAL_MS_MAX);
        texts->funding_interval_ms = (int64_t)interval;
        return status;
    default: /* one of the two, never both */
        return liq_feed_decimal_read(reading, value, &out->price);
    }
}

static liq_status mark_shape(liq_feed_reading *reading, liq_feed_value item, uint32_t present)
{
    const uint32_t funding = present & (BIT(RATE) | BIT(DUE) | BIT(INTERVAL));
    const uint32_t plain = present & ~BIT(VOLUME);

    if (present == (BIT(SYMBOL) | BIT(INDEX) | BIT(VOLUME)))
        return liq_feed_refuse(reading, item, "has \"volume\", which an asset has not");
    if ((present & MADE_OF) == 0)
        return plain == (BIT(SYMBOL) | BIT(MARK)) || plain == (BIT(SYMBOL) | BIT(INDEX))
                   ? LIQ_OK
                   : liq_feed_refuse(reading, item,
                                     "needs \"symbol\", and \"markPrice\" or \"indexPrice\"");
    if ((present & BIT(SYMBOL)) == 0)
        return liq_feed_refuse(reading, item, "needs \"symbol\"");
    if ((present & BIT(MARK)) != 0)
        return liq_feed_refuse(reading, item, "has \"markPrice\", and \"%s\" to make a mark of",
                               mark_names[__builtin_ctz(present & MADE_OF)]);
    if (funding != 0 && ((funding & BIT(RATE)) == 0 || (funding & BIT(DUE)) == 0))
        return liq_feed_refuse(reading, item, "needs \"fundingRate\" and \"fundingTimestamp\"");
    return LIQ_OK;
}

static mark_key mark_key_of(liq_text raw)
{
    char plain[KEY_RAW_BYTES + 1];
    uint32_t which = 0;

    if (raw.bytes > KEY_RAW_BYTES)
        return MARK_KEY_COUNT;
    raw = (liq_text){plain, liq_feed_walk_string(plain, raw)};
    while (which < MARK_KEY_COUNT && !liq_text_equal(raw, mark_names[which]))
        which++;
    return (mark_key)which;
}

static liq_status side_read(liq_feed_reading *reading, const liq_feed_value *list, uint8_t what,
                            liq_feed_pair *out)
{
    liq_feed_walk walk;
    liq_feed_value item = {.index = 0};
    liq_status status = LIQ_OK;

    if (list == NULL)
        return LIQ_OK;
    walk = liq_feed_walk_start(reading->text, reading->spans, list->index);
    item.outer = list->name;
    for (; liq_feed_walk_item(&walk, &item.index) && status == LIQ_OK; item.item++, out++) {
        *out = (liq_feed_pair){.what = what};
        status = level_read(reading, item, out);
    }
    return status;
}

/* ["50000.1", "0.25"]: price and quantity. */
static liq_status level_read(liq_feed_reading *reading, liq_feed_value item, liq_feed_pair *out)
{
    liq_feed_walk walk = liq_feed_walk_start(reading->text, reading->spans, item.index);
    liq_feed_value price = item;
    liq_feed_value quantity = item;
    size_t extra;
    liq_status status;

    price.name = "price";
    quantity.name = "quantity";
    if (*liq_feed_source(reading, item.index).data != '[' ||
        !liq_feed_walk_item(&walk, &price.index) || !liq_feed_walk_item(&walk, &quantity.index) ||
        liq_feed_walk_item(&walk, &extra))
        return liq_feed_expected(reading, item, "an array of a price and a quantity");
    if ((status = liq_feed_decimal_read(reading, price, &out->price)) != LIQ_OK)
        return status;
    return liq_feed_decimal_read(reading, quantity, &out->quantity);
}

static liq_status after_add(liq_feed_reading *reading, liq_feed_value list, liq_text raw,
                            size_t value, liq_feed_after *out)
{
    const liq_text name = liq_feed_text_write(reading, raw);
    const liq_feed_value seq = {
        .index = value, .outer = list.name, .item = LIQ_FEED_NO_ITEM, .name = name.data};

    if (!liq_names_valid(name))
        return liq_feed_refuse(reading, list, "\"%.*s\" is no name of a source",
                               LIQ_TEXT_ARGS(name));
    for (uint32_t i = 0; i < reading->event->after_count; i++)
        if (strcmp(reading->event->after[i].source, name.data) == 0)
            return liq_feed_refuse(reading, list, "key \"%.*s\" is there twice",
                                   LIQ_TEXT_ARGS(name));
    out->source = name.data;
    return liq_feed_count_read(reading, seq, &out->seq);
}
