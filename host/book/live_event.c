#include <stdio.h>

#include "base/fail.h"
#include "book/live_internal.h"
#include "book/load_internal.h"
#include "book/lot_value.h"
#include "book/lots.h"
#include "liq_limits.h"

static liq_status mark_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status index_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status balance_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status leg_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status isolated_read(const liq_live_book *live, const liq_live_event *event,
                                liq_live_entry *entry, liq_error *err);
static liq_status account_add(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status account_remove(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status depth_clear(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status level_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status balance_change(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status margin_change(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status factors_apply(liq_live_book *live, const liq_live_event *event, liq_error *err);
static liq_status account_read(const liq_live_book *live, const liq_live_event *event,
                               uint32_t *out, liq_error *err);
static liq_status symbol_read(const liq_names *names, const char *what, const char *symbol,
                              uint32_t *out, liq_error *err);
static liq_status decimal_read(liq_decimal *out, const char *what, const char *text,
                               liq_error *err);
static liq_status price_read(liq_decimal *out, const char *text, liq_error *err);
static liq_status lots_read(const liq_live_book *live, const char *text, liq_live_entry *entry,
                            liq_error *err);
static liq_status units_read(const liq_live_book *live, const char *what, const char *text,
                             uint32_t asset_index, int64_t *out, liq_error *err);
static bool units_add(int64_t *units, int64_t change);
static liq_status value_fail(const liq_live_book *live, uint32_t instrument_index, liq_error *err);

liq_status liq_live_event_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    switch (event->kind) {
    case LIQ_LIVE_MARK:
        return mark_apply(live, event, err);
    case LIQ_LIVE_INDEX:
        return index_apply(live, event, err);
    case LIQ_LIVE_BALANCE:
        return balance_apply(live, event, err);
    case LIQ_LIVE_POSITION:
    case LIQ_LIVE_ORDER:
        return leg_apply(live, event, err);
    case LIQ_LIVE_ADD_ACCOUNT:
        return account_add(live, event, err);
    case LIQ_LIVE_REMOVE_ACCOUNT:
        return account_remove(live, event, err);
    case LIQ_LIVE_DEPTH_CLEAR:
        return depth_clear(live, event, err);
    case LIQ_LIVE_DEPTH_LEVEL:
        return level_apply(live, event, err);
    case LIQ_LIVE_BALANCE_CHANGE:
        return balance_change(live, event, err);
    case LIQ_LIVE_MARGIN_CHANGE:
        return margin_change(live, event, err);
    case LIQ_LIVE_MARGIN_FACTORS:
        return factors_apply(live, event, err);
    }
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%d is not a kind of event", (int)event->kind);
}

static liq_status mark_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    liq_decimal price;
    int64_t value;
    uint32_t index;
    liq_status status;

    if ((status = symbol_read(venue->instrument_names, "an instrument", event->symbol, &index,
                              err)) != LIQ_OK ||
        (status = price_read(&price, event->price, err)) != LIQ_OK)
        return status;
    if (!liq_lot_value(&value, venue, index, price, LIQ_ROUND_FLOOR) ||
        !liq_lot_value(&value, venue, index, price, LIQ_ROUND_CEIL))
        return value_fail(live, index, err);
    liq_live_price_set(live, LIQ_LIVE_MARKED, index, price);
    return LIQ_OK;
}

static liq_status index_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    liq_decimal price;
    uint32_t index;
    liq_status status;

    if ((status = symbol_read(venue->asset_names, "an asset", event->symbol, &index, err)) !=
            LIQ_OK ||
        (status = price_read(&price, event->price, err)) != LIQ_OK)
        return status;
    if (index == 0 && (price.digits != 1 || price.decimals != 0))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "price \"%s\": the index price of the margin currency is 1", event->price);
    if (!liq_book_index_fits(venue, index, price)) {
        const int32_t decimals = 12 + venue->cash_decimals - venue->assets[index].decimals;

        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "an index price of %s is a multiple of 10^%d, at most 9 x 10^%d",
                        event->symbol, -decimals, 18 - decimals);
    }
    liq_live_price_set(live, LIQ_LIVE_INDEXED, index, price);
    return LIQ_OK;
}

/* A balance of nothing needs no entry, whether there was one or not. */
static liq_status balance_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    liq_live_entry entry = {.list = LIQ_LIVE_BALANCES};
    liq_status status;

    if ((status = account_read(live, event, &entry.account, err)) != LIQ_OK ||
        (status = symbol_read(live->prices.venue.asset_names, "an asset", event->symbol,
                              &entry.index, err)) != LIQ_OK ||
        (status = units_read(live, "amount", event->amount, entry.index, &entry.quantity, err)) !=
            LIQ_OK)
        return status;
    status = liq_live_entry_set(live, &entry, entry.quantity == 0, err);
    return entry.quantity == 0 && status == LIQ_NOT_FOUND ? LIQ_OK : status;
}

/* A position or an order. */
static liq_status leg_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    const bool is_order = event->kind == LIQ_LIVE_ORDER;
    liq_live_entry entry = {.list = is_order ? LIQ_LIVE_ORDERS : LIQ_LIVE_POSITIONS,
                            .reference = is_order ? event->order_reference : 0,
                            .isolated = !is_order && event->is_isolated};
    bool ends;
    liq_status status;

    if ((status = account_read(live, event, &entry.account, err)) != LIQ_OK ||
        (status = symbol_read(venue->instrument_names, "an instrument", event->symbol, &entry.index,
                              err)) != LIQ_OK ||
        (status = lots_read(live, event->amount, &entry, err)) != LIQ_OK)
        return status;
    ends = entry.quantity == 0;
    if (!ends) {
        if ((status = price_read(&entry.price, event->price, err)) != LIQ_OK)
            return status;
        if (!liq_lot_value_entry(&entry.value, venue, entry.index, entry.price, !event->is_short))
            return value_fail(live, entry.index, err);
        if (!is_order && (status = isolated_read(live, event, &entry, err)) != LIQ_OK)
            return status;
    }
    /* The sign says which position is meant, also of one that ends. */
    if (event->is_short)
        entry.quantity = ends ? -1 : -entry.quantity;
    return liq_live_entry_set(live, &entry, ends, err);
}

static liq_status isolated_read(const liq_live_book *live, const liq_live_event *event,
                                liq_live_entry *entry, liq_error *err)
{
    const uint32_t asset = live->prices.venue.instruments[entry->index].settle_index;
    liq_status status;

    if (!entry->isolated && event->isolated_margin != NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "isolated_margin \"%s\" must be absent, because margin is cross",
                        event->isolated_margin);
    if (!entry->isolated)
        return LIQ_OK;
    if ((status = units_read(live, "isolated_margin", event->isolated_margin, asset,
                             &entry->isolated_margin, err)) != LIQ_OK ||
        entry->isolated_margin >= 0)
        return status;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "isolated_margin \"%s\" must be 0 or more",
                    event->isolated_margin);
}

static liq_status account_add(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_text id = liq_text_of(event->account != NULL ? event->account : "");
    uint32_t there;

    if (!liq_names_valid(id))
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "account \"%.*s\": an id has 1 to %d bytes, no control bytes and no space "
                        "at its ends",
                        LIQ_TEXT_ARGS(id), LIQ_NAME_BYTES_MAX);
    if (liq_live_book_find(live, id, &there))
        return liq_fail(err, LIQ_DUPLICATE, 0, "account \"%s\" is there already", event->account);
    return liq_live_account_add(live, id,
                                event->is_portfolio ? LIQ_ACCOUNT_PORTFOLIO : LIQ_ACCOUNT_CROSS,
                                event->is_adl_exempt != 0, err);
}

static liq_status account_remove(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    uint32_t account;
    const liq_status status = account_read(live, event, &account, err);

    if (status == LIQ_OK)
        liq_live_account_remove(live, account);
    return status;
}

static liq_status depth_clear(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    uint32_t instrument;
    const liq_status status = symbol_read(live->prices.venue.instrument_names, "an instrument",
                                          event->symbol, &instrument, err);

    if (status == LIQ_OK)
        liq_live_depth_clear(live, instrument);
    return status;
}

/* As a line of depth.csv, but that lots may be none. */
static liq_status level_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    liq_live_entry entry = {.list = LIQ_LIVE_ORDERS};
    liq_depth_level level = {.is_bid = !event->is_short};
    int64_t value;
    liq_status status;

    if ((status = symbol_read(venue->instrument_names, "an instrument", event->symbol, &entry.index,
                              err)) != LIQ_OK ||
        (status = lots_read(live, event->amount, &entry, err)) != LIQ_OK ||
        (status = price_read(&level.price, event->price, err)) != LIQ_OK)
        return status;
    if (!liq_lot_value_entry(&value, venue, entry.index, level.price, event->is_short != 0))
        return value_fail(live, entry.index, err);
    level.instrument_index = entry.index;
    level.quantity_lots = entry.quantity;
    return liq_live_level_set(live, &level, err);
}

static liq_status balance_change(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    liq_live_entry entry = {.list = LIQ_LIVE_BALANCES};
    uint32_t old;
    int64_t change;
    liq_status status;

    if ((status = account_read(live, event, &entry.account, err)) != LIQ_OK ||
        (status = symbol_read(live->prices.venue.asset_names, "an asset", event->symbol,
                              &entry.index, err)) != LIQ_OK ||
        (status = units_read(live, "amount", event->amount, entry.index, &change, err)) != LIQ_OK)
        return status;
    old = liq_live_entry_find(live, &entry);
    if (change == 0)
        return LIQ_OK;
    if (old != LIQ_NO_INDEX)
        entry.quantity = live->entries[old].quantity;
    if (!units_add(&entry.quantity, change))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "amount \"%s\": the balance would be past 2^63 - 1 units", event->amount);
    return liq_live_entry_set(live, &entry, entry.quantity == 0, err);
}

static liq_status margin_change(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    liq_live_entry entry = {
        .list = LIQ_LIVE_POSITIONS, .isolated = true, .quantity = event->is_short ? -1 : 1};
    uint32_t old;
    int64_t change;
    liq_status status;

    if ((status = account_read(live, event, &entry.account, err)) != LIQ_OK ||
        (status = symbol_read(venue->instrument_names, "an instrument", event->symbol, &entry.index,
                              err)) != LIQ_OK ||
        (status = units_read(live, "amount", event->amount,
                             venue->instruments[entry.index].settle_index, &change, err)) != LIQ_OK)
        return status;
    old = liq_live_entry_find(live, &entry);
    if (old == LIQ_NO_INDEX)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" has no such isolated position",
                        event->account);
    if (change == 0)
        return LIQ_OK;
    entry = live->entries[old];
    if (!units_add(&entry.isolated_margin, change))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "amount \"%s\": the margin would be past 2^63 - 1 units", event->amount);
    if (entry.isolated_margin < 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "amount \"%s\": the margin would be below 0",
                        event->amount);
    return liq_live_entry_set(live, &entry, false, err);
}

static liq_status factors_apply(liq_live_book *live, const liq_live_event *event, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    const liq_margin_factors factors = {event->maintenance_factor_ppm, event->initial_factor_ppm};
    uint32_t index;
    liq_status status;

    if ((status = symbol_read(venue->instrument_names, "an instrument", event->symbol, &index,
                              err)) != LIQ_OK ||
        (status = liq_margin_factors_check(venue, index, factors, err)) != LIQ_OK)
        return status;
    liq_live_factors_set(live, index, factors);
    return LIQ_OK;
}

/* As far as amounts go. */
static bool units_add(int64_t *units, int64_t change)
{
    return !__builtin_add_overflow(*units, change, units) && *units != INT64_MIN;
}

static liq_status account_read(const liq_live_book *live, const liq_live_event *event,
                               uint32_t *out, liq_error *err)
{
    const liq_text id = liq_text_of(event->account != NULL ? event->account : "");

    if (liq_live_book_find(live, id, out))
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%.*s\" is not there", LIQ_TEXT_ARGS(id));
}

static liq_status symbol_read(const liq_names *names, const char *what, const char *symbol,
                              uint32_t *out, liq_error *err)
{
    const liq_text text = liq_text_of(symbol != NULL ? symbol : "");

    if (liq_names_find(names, text, out))
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%.*s\" is not %s of venue.json",
                    LIQ_TEXT_ARGS(text), what);
}

static liq_status decimal_read(liq_decimal *out, const char *what, const char *text, liq_error *err)
{
    liq_error reason = {0};
    liq_status status;

    if (text == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s is needed", what);
    if ((status = liq_decimal_parse(out, liq_text_of(text), &reason)) != LIQ_OK)
        return liq_fail(err, status, 0, "%s \"%.64s\" %s", what, text, reason.message);
    return LIQ_OK;
}

static liq_status price_read(liq_decimal *out, const char *text, liq_error *err)
{
    const liq_status status = decimal_read(out, "price", text, err);

    if (status != LIQ_OK || out->digits > 0)
        return status;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "price \"%s\" must be above 0", text);
}

static liq_status lots_read(const liq_live_book *live, const char *text, liq_live_entry *entry,
                            liq_error *err)
{
    const liq_decimal lot = live->prices.venue.instruments[entry->index].lot;
    char shown[LIQ_DECIMAL_BYTES];
    liq_decimal quantity;
    int64_t lots;
    liq_status status;

    if ((status = decimal_read(&quantity, "amount", text, err)) != LIQ_OK)
        return status;
    if (quantity.digits < 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "amount \"%s\" must be 0 or more", text);
    if (liq_lots_exact(&entry->quantity, quantity, lot) && entry->quantity <= LIQ_QUANTITY_LOTS_MAX)
        return LIQ_OK;
    (void)liq_decimal_format(shown, lot.digits, lot.decimals);
    if (!liq_decimal_divide(&lots, quantity, lot, 0, LIQ_ROUND_FLOOR) ||
        lots > LIQ_QUANTITY_LOTS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "amount \"%s\" is past %ld lots of %s", text,
                        LIQ_QUANTITY_LOTS_MAX, shown);
    return liq_fail(err, LIQ_BAD_INPUT, 0, "amount \"%s\" is not a multiple of the lot %s", text,
                    shown);
}

static liq_status units_read(const liq_live_book *live, const char *what, const char *text,
                             uint32_t asset_index, int64_t *out, liq_error *err)
{
    const int32_t decimals = live->prices.venue.assets[asset_index].decimals;
    liq_error reason = {0};
    liq_status status;

    if (text == NULL)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s is needed", what);
    if ((status = liq_decimal_parse_units(out, liq_text_of(text), decimals, &reason)) != LIQ_OK)
        return liq_fail(err, status, 0, "%s \"%.64s\" %s", what, text, reason.message);
    return LIQ_OK;
}

static liq_status value_fail(const liq_live_book *live, uint32_t instrument_index, liq_error *err)
{
    const liq_venue *venue = &live->prices.venue;
    const uint32_t asset = venue->instruments[instrument_index].settle_index;

    return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                    "one lot of %s would be worth more than %ld units of 10^-%d %s",
                    liq_names_get(venue->instrument_names, instrument_index), LIQ_LOT_VALUE_MAX,
                    venue->assets[asset].value_decimals, liq_names_get(venue->asset_names, asset));
}
