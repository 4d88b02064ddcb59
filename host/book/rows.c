#include "book/rows.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_portfolio.h"

/* Where a row is being written, and the account's columns still to be read. */
typedef struct row_writer {
    liq_rows *rows;
    const liq_account_columns *columns;
    const liq_venue *venue;
    uint64_t balance_at;
    uint64_t position_at;
    uint64_t position_end; /* of the cross margin */
    uint64_t order_at;
    liq_error *err;
} row_writer;

static liq_status rows_take(liq_rows *rows, const liq_book *book, uint32_t first, uint32_t end,
                            liq_error *err);
static void rows_trim(liq_rows *rows);
static liq_status account_write(liq_rows *rows, const liq_book *book, uint32_t account_index,
                                liq_error *err);
static liq_status cross_write(row_writer *writer);
static uint64_t summed_orders(const row_writer *writer);
static uint32_t next_asset(const row_writer *writer);
static uint32_t next_instrument(const row_writer *writer, uint32_t asset_index);
static liq_status instrument_write(row_writer *writer, uint32_t instrument_index);
static liq_status exposure_write(row_writer *writer, uint32_t instrument_index);
static void isolated_write(liq_rows *rows, const liq_position *position,
                           const liq_account_columns *columns, uint32_t reason);
static void entry_write(liq_rows *rows, uint32_t kind, uint32_t index, int64_t quantity,
                        int64_t value);
static void row_end(liq_rows *rows, liq_row_key key);
static uint32_t settle_of(const liq_venue *venue, uint32_t instrument_index);

liq_status liq_rows_create(liq_rows *out, const liq_book *book, const liq_progress *progress,
                           liq_error *err)
{
    liq_rows rows = {0};
    liq_status status = rows_take(&rows, book, 0, book->account_count, err);

    for (uint32_t i = 0; status == LIQ_OK && i < book->account_count; i++) {
        if (progress != NULL && i % 65536 == 0 &&
            !progress->report(progress->context, "margin rows", i, book->account_count))
            status = liq_fail(err, LIQ_INTERRUPTED, 0, "stopped while building margin rows");
        else
            status = account_write(&rows, book, i, err);
    }
    if (status != LIQ_OK) {
        liq_rows_clear(&rows);
        return status;
    }
    rows_trim(&rows);
    *out = rows;
    return LIQ_OK;
}

liq_status liq_rows_create_account(liq_rows *out, const liq_book *book, uint32_t account_index,
                                   liq_error *err)
{
    liq_rows rows = {0};
    liq_status status = rows_take(&rows, book, account_index, account_index + 1, err);

    LIQ_ASSERT(account_index < book->account_count);
    if (status == LIQ_OK)
        status = account_write(&rows, book, account_index, err);
    if (status != LIQ_OK) {
        liq_rows_clear(&rows);
        return status;
    }
    rows_trim(&rows);
    *out = rows;
    return LIQ_OK;
}

liq_account_columns liq_account_columns_of(const liq_book *book, uint32_t account_index)
{
    const uint64_t balance = book->balance_first[account_index];
    const uint64_t position = book->position_first[account_index];
    const uint64_t order = book->order_first[account_index];

    return (liq_account_columns){
        .venue = &book->venue,
        .id = liq_names_get(book->account_names, account_index),
        /* A book without any has no array that could be counted on from. */
        .balances = book->balances == NULL ? NULL : book->balances + balance,
        .positions = book->positions == NULL ? NULL : book->positions + position,
        .orders = book->orders == NULL ? NULL : book->orders + order,
        .balance_count = book->balance_first[account_index + 1] - balance,
        .position_count = book->position_first[account_index + 1] - position,
        .order_count = book->order_first[account_index + 1] - order,
        .account_index = account_index,
        .mode = book->accounts[account_index].mode};
}

liq_status liq_rows_append(liq_rows *rows, const liq_account_columns *columns, liq_error *err)
{
    row_writer writer = {.rows = rows, .columns = columns, .venue = columns->venue, .err = err};
    const uint32_t reason =
        columns->mode == LIQ_ACCOUNT_PORTFOLIO ? LIQ_REASON_PORTFOLIO : LIQ_REASON_NONE;
    uint64_t isolated = 0;
    liq_status status;

    while (isolated < columns->position_count && !columns->positions[isolated].isolated)
        isolated++;
    writer.position_end = isolated;
    if (columns->mode == LIQ_ACCOUNT_PORTFOLIO && isolated > LIQ_PORTFOLIO_LEGS_MAX)
        return liq_fail(
            err, LIQ_OUT_OF_RANGE, 0,
            "portfolio account \"%s\" has %llu positions in its cross margin, the limit is %u",
            columns->id, (unsigned long long)isolated, LIQ_PORTFOLIO_LEGS_MAX);
    if ((status = cross_write(&writer)) != LIQ_OK)
        return status;
    row_end(rows, (liq_row_key){.account_index = columns->account_index,
                                .instrument_index = LIQ_NO_INDEX,
                                .reason = reason});
    for (; isolated < columns->position_count; isolated++)
        isolated_write(rows, &columns->positions[isolated], columns, reason);
    return LIQ_OK;
}

void liq_rows_drop_entries(liq_rows *rows)
{
    free(rows->entry_first);
    free(rows->tags);
    free(rows->quantities);
    free(rows->values);
    *rows = (liq_rows){.keys = rows->keys, .row_count = rows->row_count};
}

void liq_rows_clear(liq_rows *rows)
{
    liq_rows_drop_entries(rows);
    free(rows->keys);
    *rows = (liq_rows){0};
}

/* Memory for the accounts first .. end: at most one row more than isolated positions for each
   account, and at most an exposure and a settle asset's close for each leg. */
static liq_status rows_take(liq_rows *rows, const liq_book *book, uint32_t first, uint32_t end,
                            liq_error *err)
{
    const uint64_t positions = book->position_first[end] - book->position_first[first];
    const uint64_t orders = book->order_first[end] - book->order_first[first];
    const uint64_t balances = book->balance_first[end] - book->balance_first[first];
    const uint64_t row_max = (uint64_t)(end - first) + positions;
    const uint64_t entry_max = balances + 2 * positions + 3 * orders;
    liq_status status;

    if (row_max >= UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "up to %llu margin accounts, the limit is %u",
                        (unsigned long long)row_max, UINT32_MAX - 1);
    if ((status = liq_memory_array(&rows->keys, row_max, sizeof *rows->keys, err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->entry_first, row_max + 1, sizeof *rows->entry_first,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->tags, entry_max, sizeof *rows->tags, err)) != LIQ_OK ||
        (status = liq_memory_array(&rows->quantities, entry_max, sizeof *rows->quantities, err)) !=
            LIQ_OK)
        return status;
    return liq_memory_array(&rows->values, entry_max, sizeof *rows->values, err);
}

/* Most books have fewer isolated positions than positions, and no orders. */
static void rows_trim(liq_rows *rows)
{
    const size_t entries = (size_t)rows->entry_count;

    liq_memory_trim(&rows->keys, rows->row_count, sizeof *rows->keys);
    liq_memory_trim(&rows->entry_first, (size_t)rows->row_count + 1, sizeof *rows->entry_first);
    liq_memory_trim(&rows->tags, entries, sizeof *rows->tags);
    liq_memory_trim(&rows->quantities, entries, sizeof *rows->quantities);
    liq_memory_trim(&rows->values, entries, sizeof *rows->values);
}

static liq_status account_write(liq_rows *rows, const liq_book *book, uint32_t account_index,
                                liq_error *err)
{
    const liq_account_columns columns = liq_account_columns_of(book, account_index);

    return liq_rows_append(rows, &columns, err);
}

/* The segments of the cross row: a merge of balances, positions and orders by settle asset. */
static liq_status cross_write(row_writer *writer)
{
    const uint64_t first = writer->rows->entry_count;
    const uint64_t summed = summed_orders(writer);
    uint32_t asset_index;

    while ((asset_index = next_asset(writer)) != LIQ_NO_INDEX) {
        const uint64_t segment = writer->rows->entry_count;
        uint32_t instrument_index;
        int64_t amount = 0;

        while ((instrument_index = next_instrument(writer, asset_index)) != LIQ_NO_INDEX) {
            const liq_status status = instrument_write(writer, instrument_index);

            if (status != LIQ_OK)
                return status;
        }
        if (writer->balance_at < writer->columns->balance_count &&
            writer->columns->balances[writer->balance_at].asset_index == asset_index)
            amount = writer->columns->balances[writer->balance_at++].amount;
        /* Nothing of an asset needs no index price of it. */
        if (amount != 0 || writer->rows->entry_count > segment)
            entry_write(writer->rows, LIQ_ENTRY_BALANCE, asset_index, amount, 0);
    }
    if (writer->rows->entry_count - first + summed > LIQ_ROW_ENTRIES_MAX)
        return liq_fail(writer->err, LIQ_OUT_OF_RANGE, 0,
                        "account \"%s\" has %llu entries in its cross margin, the limit is %d",
                        writer->columns->id,
                        (unsigned long long)(writer->rows->entry_count - first + summed),
                        LIQ_ROW_ENTRIES_MAX);
    return LIQ_OK;
}

/* Orders that are no entries themselves but lots of an exposure: they count for the limit all the
   same, or the sum of exposures could wrap. */
static uint64_t summed_orders(const row_writer *writer)
{
    const liq_policy *policy = &writer->venue->policy;

    if (policy->order_loss || (!policy->order_margin && !policy->order_tier))
        return 0;
    return writer->columns->order_count - writer->order_at;
}

/* The least settle asset that the account's columns still hold. */
static uint32_t next_asset(const row_writer *writer)
{
    const liq_account_columns *columns = writer->columns;
    uint32_t least = LIQ_NO_INDEX;

    if (writer->balance_at < writer->columns->balance_count)
        least = columns->balances[writer->balance_at].asset_index;
    if (writer->position_at < writer->position_end) {
        const uint32_t asset =
            settle_of(columns->venue, columns->positions[writer->position_at].instrument_index);
        least = asset < least ? asset : least;
    }
    if (writer->order_at < writer->columns->order_count) {
        const uint32_t asset =
            settle_of(columns->venue, columns->orders[writer->order_at].instrument_index);
        least = asset < least ? asset : least;
    }
    return least;
}

/* The least instrument settled in the asset that positions or orders still hold. Instruments are
   ordered by settle asset, so none of an earlier asset can follow. */
static uint32_t next_instrument(const row_writer *writer, uint32_t asset_index)
{
    const liq_account_columns *columns = writer->columns;
    uint32_t least = LIQ_NO_INDEX;

    if (writer->position_at < writer->position_end)
        least = columns->positions[writer->position_at].instrument_index;
    if (writer->order_at < writer->columns->order_count) {
        const uint32_t ordered = columns->orders[writer->order_at].instrument_index;
        least = ordered < least ? ordered : least;
    }
    if (least == LIQ_NO_INDEX || settle_of(columns->venue, least) > asset_index)
        return LIQ_NO_INDEX;
    LIQ_ASSERT(settle_of(columns->venue, least) == asset_index);
    return least;
}

/* The legs of one instrument: exposure, positions, orders. */
static liq_status instrument_write(row_writer *writer, uint32_t instrument_index)
{
    const liq_account_columns *columns = writer->columns;
    const liq_status status = exposure_write(writer, instrument_index);

    if (status != LIQ_OK)
        return status;
    for (; writer->position_at < writer->position_end; writer->position_at++) {
        const liq_position *position = &columns->positions[writer->position_at];

        if (position->instrument_index != instrument_index)
            break;
        entry_write(writer->rows, LIQ_ENTRY_POSITION, instrument_index, position->quantity_lots,
                    position->entry_value);
    }
    for (; writer->order_at < writer->columns->order_count; writer->order_at++) {
        const liq_order *order = &columns->orders[writer->order_at];

        if (order->instrument_index != instrument_index)
            break;
        if (columns->venue->policy.order_loss)
            entry_write(writer->rows, LIQ_ENTRY_ORDER, instrument_index, order->quantity_lots,
                        order->limit_value);
    }
    return LIQ_OK;
}

static liq_status exposure_write(row_writer *writer, uint32_t instrument_index)
{
    const liq_account_columns *columns = writer->columns;
    liq_held_lots held = {0};
    liq_exposure_entry entry;

    if (!columns->venue->policy.order_margin && !columns->venue->policy.order_tier)
        return LIQ_OK;
    for (uint64_t i = writer->position_at; i < writer->position_end; i++) {
        if (columns->positions[i].instrument_index != instrument_index)
            break;
        *(columns->positions[i].quantity_lots > 0 ? &held.longs : &held.shorts) +=
            liq_size_of(columns->positions[i].quantity_lots);
    }
    for (uint64_t i = writer->order_at; i < writer->columns->order_count; i++) {
        if (columns->orders[i].instrument_index != instrument_index)
            break;
        *(columns->orders[i].quantity_lots > 0 ? &held.bought : &held.sold) +=
            liq_size_of(columns->orders[i].quantity_lots);
        if (held.bought > LIQ_EXPOSURE_LOTS_MAX / 2 || held.sold > LIQ_EXPOSURE_LOTS_MAX / 2)
            return liq_fail(writer->err, LIQ_OUT_OF_RANGE, 0,
                            "orders of account \"%s\" on \"%s\" sum to more than %lld lots",
                            columns->id,
                            liq_names_get(columns->venue->instrument_names, instrument_index),
                            (long long)(LIQ_EXPOSURE_LOTS_MAX / 2));
    }
    if (held.bought == 0 && held.sold == 0)
        return LIQ_OK;
    entry = liq_exposure_of(held);
    entry_write(writer->rows, entry.kind, instrument_index, entry.long_lots, entry.short_lots);
    return LIQ_OK;
}

static void isolated_write(liq_rows *rows, const liq_position *position,
                           const liq_account_columns *columns, uint32_t reason)
{
    entry_write(rows, LIQ_ENTRY_POSITION, position->instrument_index, position->quantity_lots,
                position->entry_value);
    entry_write(rows, LIQ_ENTRY_MARGIN, settle_of(columns->venue, position->instrument_index),
                position->isolated_margin, 0);
    row_end(rows, (liq_row_key){.account_index = columns->account_index,
                                .instrument_index = position->instrument_index,
                                .is_short = position->quantity_lots < 0,
                                .reason = reason});
}

static void entry_write(liq_rows *rows, uint32_t kind, uint32_t index, int64_t quantity,
                        int64_t value)
{
    rows->tags[rows->entry_count] = kind << LIQ_TAG_INDEX_BITS | index;
    rows->quantities[rows->entry_count] = quantity;
    rows->values[rows->entry_count] = value;
    rows->entry_count++;
}

static void row_end(liq_rows *rows, liq_row_key key)
{
    rows->keys[rows->row_count++] = key;
    rows->entry_first[rows->row_count] = rows->entry_count;
}

static uint32_t settle_of(const liq_venue *venue, uint32_t instrument_index)
{
    return venue->instruments[instrument_index].settle_index;
}
