#include <stddef.h>

#include "base/fail.h"
#include "book/load_rows.h"
#include "book/lot_value.h"

enum { ACCOUNT, INSTRUMENT, SIDE, QUANTITY, PRICE, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"instrument", true}, {"side", true}, {"quantity", true}, {"price", true}};

static liq_status order_read(liq_book_loader *loader, const liq_csv *csv, void *row);
static uint32_t order_account(const void *row);
static uint64_t order_key(const void *row);

static const liq_book_file file = {.name = "orders.csv",
                                   .columns = columns,
                                   .column_count = COLUMNS,
                                   .row_bytes = sizeof(liq_order),
                                   .account_offset = offsetof(liq_order, account_index),
                                   .read = order_read,
                                   .order = {order_account, order_key}};

/* Two orders may be alike in everything, so none is a duplicate. */
liq_status liq_book_load_orders(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    liq_table table;
    const liq_status status = liq_book_load_rows(loader, &file, &table);

    if (status == LIQ_OK) {
        book->orders = (liq_order *)(void *)table.rows;
        book->order_first = table.group_first;
        book->order_count = table.count;
        table.rows = NULL; /* given away */
        table.group_first = NULL;
    }
    liq_table_clear(&table);
    return status;
}

static liq_status order_read(liq_book_loader *loader, const liq_csv *csv, void *row)
{
    liq_order *const out = row;
    bool is_sell;
    liq_status status;

    if ((status = liq_book_field_account(loader, csv, ACCOUNT, &out->account_index)) != LIQ_OK ||
        (status = liq_book_field_instrument(loader, csv, INSTRUMENT, &out->instrument_index)) !=
            LIQ_OK ||
        (status = liq_book_field_either(loader, csv, SIDE, "buy", "sell", &is_sell)) != LIQ_OK ||
        (status = liq_book_field_lots(loader, csv, QUANTITY, out->instrument_index,
                                      &out->quantity_lots)) != LIQ_OK ||
        (status = liq_book_field_price(loader, csv, PRICE, &out->price)) != LIQ_OK)
        return status;
    if (!liq_lot_value_entry(&out->limit_value, &loader->book->venue, out->instrument_index,
                             out->price, !is_sell))
        return liq_book_field_value_fail(loader, csv, PRICE, out->instrument_index);
    if (is_sell)
        out->quantity_lots = -out->quantity_lots;
    return LIQ_OK;
}

static uint32_t order_account(const void *row)
{
    return ((const liq_order *)row)->account_index;
}

static uint64_t order_key(const void *row)
{
    return ((const liq_order *)row)->instrument_index;
}
