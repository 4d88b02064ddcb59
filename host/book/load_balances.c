#include "base/fail.h"
#include "book/load_internal.h"

enum { ACCOUNT, ASSET, AMOUNT, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"asset", true}, {"amount", true}};

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table);
static liq_status balance_read(liq_book_loader *loader, const liq_csv *csv, liq_balance *out);
static liq_status table_take(liq_book_loader *loader, liq_table *table);

liq_status liq_book_load_balances(liq_book_loader *loader)
{
    liq_table table = {.row_bytes = sizeof(liq_balance)};
    liq_csv *csv = NULL;
    liq_status status;

    if ((status = liq_book_load_open(loader, &csv, "balances.csv", columns, COLUMNS)) != LIQ_OK)
        return status;
    if ((status = rows_read(loader, csv, &table)) == LIQ_OK)
        status = table_take(loader, &table);
    liq_csv_destroy(csv);
    liq_table_clear(&table);
    return status;
}

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table)
{
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        liq_balance balance = {0};

        if ((status = balance_read(loader, csv, &balance)) != LIQ_OK ||
            (status = liq_table_append(table, &balance, balance.account_index, balance.asset_index,
                                       loader->err)) != LIQ_OK)
            return status;
    }
    return status;
}

static liq_status balance_read(liq_book_loader *loader, const liq_csv *csv, liq_balance *out)
{
    const liq_names *const assets = loader->book->venue.asset_names;
    liq_status status;

    if ((status = liq_book_field_account(loader, csv, ACCOUNT, &out->account_index)) != LIQ_OK)
        return status;
    if (!liq_names_find(assets, liq_csv_field(csv, ASSET), &out->asset_index))
        return liq_csv_fail(csv, ASSET, loader->err, LIQ_NOT_FOUND,
                            "is not an asset of venue.json");
    return liq_book_field_amount(loader, csv, AMOUNT, out->asset_index, &out->amount);
}

static liq_status table_take(liq_book_loader *loader, liq_table *table)
{
    liq_book *const book = loader->book;
    uint64_t line;
    uint64_t line_before;
    size_t place;
    liq_status status;

    if ((status = liq_table_sort(table, book->account_count, loader->err)) != LIQ_OK)
        return status;
    if (liq_table_duplicate(table, &place, &line, &line_before)) {
        const liq_balance *twice = (const liq_balance *)(const void *)table->rows + place;

        return liq_fail(loader->err, LIQ_DUPLICATE, 0,
                        "balances.csv:%llu: account \"%s\" has asset \"%s\" already, on line %llu",
                        (unsigned long long)line,
                        liq_names_get(book->account_names, twice->account_index),
                        liq_names_get(book->venue.asset_names, twice->asset_index),
                        (unsigned long long)line_before);
    }
    book->balances = (liq_balance *)(void *)table->rows;
    book->balance_first = table->group_first;
    book->balance_count = table->count;
    table->rows = NULL; /* given away */
    table->group_first = NULL;
    return LIQ_OK;
}
