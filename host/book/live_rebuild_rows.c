/*
 * Rows of a book that changes its venue, each in place: terms first, then order.
 */
#include "base/fail.h"
#include "book/live_rebuild.h"
#include "book/lot_value.h"

static liq_status balance_convert(const liq_rebuilding *work, liq_balance *balance);
static liq_status position_convert(const liq_rebuilding *work, liq_position *position);
static liq_status order_convert(const liq_rebuilding *work, liq_order *order);
static liq_status leg_convert(const liq_rebuilding *work, const char *what, uint32_t account,
                              uint32_t *instrument, int64_t *lots);
static bool units_convert(int64_t *units, int32_t from_decimals, int32_t to_decimals);
static bool is_redefined(const liq_rebuilding *work, uint32_t source, uint32_t target);
static void balances_sort(liq_balance *rows, uint64_t count);
static void positions_sort(liq_position *rows, uint8_t *seen, uint64_t count);
static uint64_t position_key(const liq_position *row);
static void orders_sort(liq_order *rows, uint64_t *references, uint64_t count);
static const char *id_of(const liq_rebuilding *work, uint32_t account);

liq_status liq_rebuild_balances(const liq_rebuilding *work)
{
    liq_book *book = work->target;
    liq_status status;

    for (uint64_t i = 0; i < book->balance_count; i++)
        if ((status = balance_convert(work, &book->balances[i])) != LIQ_OK)
            return status;
    for (uint32_t i = 0; i < book->account_count; i++)
        balances_sort(book->balances + book->balance_first[i],
                      book->balance_first[i + 1] - book->balance_first[i]);
    return LIQ_OK;
}

liq_status liq_rebuild_positions(const liq_rebuilding *work)
{
    liq_book *book = work->target;
    liq_status status;

    for (uint64_t i = 0; i < book->position_count; i++)
        if ((status = position_convert(work, &book->positions[i])) != LIQ_OK)
            return status;
    for (uint32_t i = 0; i < book->account_count; i++)
        positions_sort(book->positions + book->position_first[i],
                       book->position_seen + book->position_first[i],
                       book->position_first[i + 1] - book->position_first[i]);
    return LIQ_OK;
}

liq_status liq_rebuild_orders(const liq_rebuilding *work)
{
    liq_book *book = work->target;
    liq_status status;

    for (uint64_t i = 0; i < book->order_count; i++)
        if ((status = order_convert(work, &book->orders[i])) != LIQ_OK)
            return status;
    for (uint32_t i = 0; i < book->account_count; i++)
        orders_sort(book->orders + book->order_first[i],
                    book->order_references + book->order_first[i],
                    book->order_first[i + 1] - book->order_first[i]);
    return LIQ_OK;
}

static liq_status balance_convert(const liq_rebuilding *work, liq_balance *balance)
{
    const uint32_t source = balance->asset_index;
    const uint32_t target = work->assets[source];
    const char *symbol = liq_names_get(work->source->asset_names, source);

    if (target == LIQ_NO_INDEX)
        return liq_fail(work->err, LIQ_NOT_FOUND, 0,
                        "%s: there is no asset \"%s\", which account \"%s\" holds",
                        work->venue_name, symbol, id_of(work, balance->account_index));
    if (!units_convert(&balance->amount, work->source->assets[source].decimals,
                       work->target->venue.assets[target].decimals))
        return liq_fail(work->err, LIQ_BAD_INPUT, 0,
                        "%s: the balance of account \"%s\" in \"%s\" is no multiple of 10^-%d, or "
                        "too large",
                        work->venue_name, id_of(work, balance->account_index), symbol,
                        work->target->venue.assets[target].decimals);
    balance->asset_index = target;
    return LIQ_OK;
}

static liq_status position_convert(const liq_rebuilding *work, liq_position *position)
{
    const liq_venue *venue = &work->target->venue;
    const uint32_t source = position->instrument_index;
    liq_status status;

    if ((status = leg_convert(work, "position", position->account_index,
                              &position->instrument_index, &position->quantity_lots)) != LIQ_OK)
        return status;
    if (is_redefined(work, source, position->instrument_index))
        return liq_fail(
            work->err, LIQ_BAD_INPUT, 0,
            "%s: kind and settle asset of \"%s\" cannot change while account \"%s\" has "
            "a position",
            work->venue_name, liq_names_get(work->source->instrument_names, source),
            id_of(work, position->account_index));
    if (!liq_lot_value_entry(&position->entry_value, venue, position->instrument_index,
                             position->entry_price, position->quantity_lots > 0))
        return liq_fail(work->err, LIQ_OUT_OF_RANGE, 0,
                        "%s: a lot of the position of account \"%s\" in \"%s\" would be worth too "
                        "much",
                        work->venue_name, id_of(work, position->account_index),
                        liq_names_get(work->source->instrument_names, source));
    if (!units_convert(
            &position->isolated_margin,
            work->source->assets[work->source->instruments[source].settle_index].decimals,
            venue->assets[venue->instruments[position->instrument_index].settle_index].decimals))
        return liq_fail(
            work->err, LIQ_BAD_INPUT, 0,
            "%s: the isolated margin of account \"%s\" in \"%s\" has too many decimals, "
            "or is too large",
            work->venue_name, id_of(work, position->account_index),
            liq_names_get(work->source->instrument_names, source));
    return LIQ_OK;
}

static liq_status order_convert(const liq_rebuilding *work, liq_order *order)
{
    const uint32_t source = order->instrument_index;
    const liq_status status = leg_convert(work, "order", order->account_index,
                                          &order->instrument_index, &order->quantity_lots);

    if (status != LIQ_OK)
        return status;
    if (liq_lot_value_entry(&order->limit_value, &work->target->venue, order->instrument_index,
                            order->price, order->quantity_lots > 0))
        return LIQ_OK;
    return liq_fail(work->err, LIQ_OUT_OF_RANGE, 0,
                    "%s: a lot of an order of account \"%s\" in \"%s\" would be worth too much",
                    work->venue_name, id_of(work, order->account_index),
                    liq_names_get(work->source->instrument_names, source));
}

/* Instrument and lots of a position or an order. */
static liq_status leg_convert(const liq_rebuilding *work, const char *what, uint32_t account,
                              uint32_t *instrument, int64_t *lots)
{
    const char *symbol = liq_names_get(work->source->instrument_names, *instrument);
    char lot[LIQ_DECIMAL_BYTES];

    if (work->instruments[*instrument] == LIQ_NO_INDEX)
        return liq_fail(work->err, LIQ_NOT_FOUND, 0,
                        "%s: there is no instrument \"%s\", in which account \"%s\" has %s %s",
                        work->venue_name, symbol, id_of(work, account), what[0] == 'o' ? "an" : "a",
                        what);
    if (!liq_rebuild_lots(work, *instrument, lots)) {
        const liq_decimal size =
            work->target->venue.instruments[work->instruments[*instrument]].lot;

        return liq_fail(work->err, LIQ_BAD_INPUT, 0,
                        "%s: the %s of account \"%s\" in \"%s\" is no multiple of the lot %s, or "
                        "has too many",
                        work->venue_name, what, id_of(work, account), symbol,
                        liq_decimal_format(lot, size.digits, size.decimals));
    }
    *instrument = work->instruments[*instrument];
    return LIQ_OK;
}

/* Exactly, or not at all. */
static bool units_convert(int64_t *units, int32_t from_decimals, int32_t to_decimals)
{
    int64_t converted = *units;

    for (; from_decimals < to_decimals; from_decimals++)
        if (__builtin_mul_overflow(converted, (int64_t)10, &converted))
            return false;
    for (; from_decimals > to_decimals; from_decimals--) {
        if (converted % 10 != 0)
            return false;
        converted /= 10;
    }
    if (converted == INT64_MIN)
        return false;
    *units = converted;
    return true;
}

/* What an entry price means would be another thing. */
static bool is_redefined(const liq_rebuilding *work, uint32_t source, uint32_t target)
{
    const liq_instrument *before = &work->source->instruments[source];
    const liq_instrument *behind = &work->target->venue.instruments[target];

    return before->kind != behind->kind ||
           work->assets[before->settle_index] != behind->settle_index;
}

/* Rows are in order already unless the venue has another one, so insertion is quick. */
static void balances_sort(liq_balance *rows, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        for (uint64_t j = i; j > 0 && rows[j - 1].asset_index > rows[j].asset_index; j--) {
            const liq_balance swapped = rows[j];

            rows[j] = rows[j - 1];
            rows[j - 1] = swapped;
        }
}

static void positions_sort(liq_position *rows, uint8_t *seen, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        for (uint64_t j = i; j > 0 && position_key(&rows[j - 1]) > position_key(&rows[j]); j--) {
            const liq_position swapped = rows[j];
            const uint8_t swapped_seen = seen[j];

            rows[j] = rows[j - 1];
            rows[j - 1] = swapped;
            seen[j] = seen[j - 1];
            seen[j - 1] = swapped_seen;
        }
}

static uint64_t position_key(const liq_position *row)
{
    return (uint64_t)row->isolated << 33 | (uint64_t)row->instrument_index << 1 |
           (row->quantity_lots < 0);
}

/* Those of one instrument stay as they are: by reference. */
static void orders_sort(liq_order *rows, uint64_t *references, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        for (uint64_t j = i; j > 0 && rows[j - 1].instrument_index > rows[j].instrument_index;
             j--) {
            const liq_order swapped = rows[j];
            const uint64_t reference = references[j];

            rows[j] = rows[j - 1];
            rows[j - 1] = swapped;
            references[j] = references[j - 1];
            references[j - 1] = reference;
        }
}

static const char *id_of(const liq_rebuilding *work, uint32_t account)
{
    return liq_names_get(work->target->account_names, account);
}
