#include <stddef.h>

#include "base/fail.h"
#include "book/load_rows.h"

enum { ACCOUNT, ASSET, AMOUNT, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"asset", true}, {"amount", true}};

static liq_status balance_read(liq_book_loader *loader, const liq_csv *csv, void *row);
static uint32_t balance_account(const void *row);
static uint64_t balance_key(const void *row);
static liq_status table_take(liq_book_loader *loader, liq_table *table);

static const liq_book_file file = {.name = "balances.csv",
                                   .columns = columns,
                                   .column_count = COLUMNS,
                                   .row_bytes = sizeof(liq_balance),
                                   .account_offset = offsetof(liq_balance, account_index),
                                   .read = balance_read,
                                   .order = {balance_account, balance_key}};

liq_status liq_book_load_balances(liq_book_loader *loader)
{
    liq_table table;
    liq_status status;

    if ((status = liq_book_load_rows(loader, &file, &table)) == LIQ_OK)
        status = table_take(loader, &table);
    liq_table_clear(&table);
    return status;
}

static liq_status balance_read(liq_book_loader *loader, const liq_csv *csv, void *row)
{
    liq_balance *const out = row;
    const liq_names *const assets = loader->book->venue.asset_names;
    liq_status status;

    if ((status = liq_book_field_account(loader, csv, ACCOUNT, &out->account_index)) != LIQ_OK)
        return status;
    if (!liq_names_find(assets, liq_csv_field(csv, ASSET), &out->asset_index))
        return liq_csv_fail(csv, ASSET, loader->err, LIQ_NOT_FOUND,
                            "is not an asset of venue.json");
    return liq_book_field_amount(loader, csv, AMOUNT, out->asset_index, &out->amount);
}

static uint32_t balance_account(const void *row)
{
    return ((const liq_balance *)row)->account_index;
}

static uint64_t balance_key(const void *row)
{
    return ((const liq_balance *)row)->asset_index;
}

static liq_status table_take(liq_book_loader *loader, liq_table *table)
{
    liq_book *const book = loader->book;
    uint64_t line;
    uint64_t line_before;
    size_t place;

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
