#include "base/fail.h"
#include "book/load_internal.h"
#include "book/lot_value.h"

enum { ACCOUNT, INSTRUMENT, SIDE, QUANTITY, PRICE, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"instrument", true}, {"side", true}, {"quantity", true}, {"price", true}};

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table);
static liq_status order_read(liq_book_loader *loader, const liq_csv *csv, liq_order *out);

liq_status liq_book_load_orders(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    liq_table table = {.row_bytes = sizeof(liq_order)};
    liq_csv *csv = NULL;
    liq_status status;

    if ((status = liq_book_load_open(loader, &csv, "orders.csv", columns, COLUMNS)) != LIQ_OK)
        return status;
    if ((status = rows_read(loader, csv, &table)) != LIQ_OK ||
        (status = liq_table_sort(&table, book->account_count, loader->err)) != LIQ_OK)
        goto done;
    book->orders = (liq_order *)(void *)table.rows;
    book->order_first = table.group_first;
    book->order_count = table.count;
    table.rows = NULL; /* given away */
    table.group_first = NULL;
done:
    liq_csv_destroy(csv);
    liq_table_clear(&table);
    return status;
}

/* Two orders may be alike in everything, so none is a duplicate. */
static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table)
{
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        liq_order order = {0};

        if ((status = order_read(loader, csv, &order)) != LIQ_OK ||
            (status = liq_table_append(table, &order, order.account_index, order.instrument_index,
                                       loader->err)) != LIQ_OK)
            return status;
    }
    return status;
}

static liq_status order_read(liq_book_loader *loader, const liq_csv *csv, liq_order *out)
{
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
