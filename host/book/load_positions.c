#include <stddef.h>

#include "base/fail.h"
#include "book/load_rows.h"
#include "book/lot_value.h"

enum { ACCOUNT, INSTRUMENT, SIDE, QUANTITY, ENTRY_PRICE, MARGIN, ISOLATED_MARGIN, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true},         {"instrument", true},  {"side", true},
    {"quantity", true},        {"entry_price", true}, {"margin", true},
    {"isolated_margin", false}};

static liq_status position_read(liq_book_loader *loader, const liq_csv *csv, void *row);
static liq_status isolated_read(liq_book_loader *loader, const liq_csv *csv, liq_position *out);
static uint32_t position_account(const void *row);
static uint64_t position_key(const void *row);
static liq_status table_take(liq_book_loader *loader, liq_table *table);
static liq_status duplicate_fail(const liq_book_loader *loader, const liq_position *twice,
                                 uint64_t line, uint64_t line_before);

static const liq_book_file file = {.name = "positions.csv",
                                   .columns = columns,
                                   .column_count = COLUMNS,
                                   .row_bytes = sizeof(liq_position),
                                   .account_offset = offsetof(liq_position, account_index),
                                   .read = position_read,
                                   .order = {position_account, position_key}};

liq_status liq_book_load_positions(liq_book_loader *loader)
{
    liq_table table;
    liq_status status;

    if ((status = liq_book_load_rows(loader, &file, &table)) == LIQ_OK)
        status = table_take(loader, &table);
    liq_table_clear(&table);
    return status;
}

static liq_status position_read(liq_book_loader *loader, const liq_csv *csv, void *row)
{
    liq_position *const out = row;
    bool is_short;
    liq_status status;

    if ((status = liq_book_field_account(loader, csv, ACCOUNT, &out->account_index)) != LIQ_OK ||
        (status = liq_book_field_instrument(loader, csv, INSTRUMENT, &out->instrument_index)) !=
            LIQ_OK ||
        (status = liq_book_field_either(loader, csv, SIDE, "long", "short", &is_short)) != LIQ_OK ||
        (status = liq_book_field_lots(loader, csv, QUANTITY, out->instrument_index,
                                      &out->quantity_lots)) != LIQ_OK ||
        (status = liq_book_field_price(loader, csv, ENTRY_PRICE, &out->entry_price)) != LIQ_OK)
        return status;
    if (!liq_lot_value_entry(&out->entry_value, &loader->book->venue, out->instrument_index,
                             out->entry_price, !is_short))
        return liq_book_field_value_fail(loader, csv, ENTRY_PRICE, out->instrument_index);
    if (is_short)
        out->quantity_lots = -out->quantity_lots;
    return isolated_read(loader, csv, out);
}

static liq_status isolated_read(liq_book_loader *loader, const liq_csv *csv, liq_position *out)
{
    const liq_text margin = liq_csv_field(csv, ISOLATED_MARGIN);
    const uint32_t asset = loader->book->venue.instruments[out->instrument_index].settle_index;
    liq_status status;

    status = liq_book_field_either(loader, csv, MARGIN, "cross", "isolated", &out->isolated);
    if (status != LIQ_OK)
        return status;
    if (!out->isolated)
        return margin.bytes == 0 ? LIQ_OK
                                 : liq_csv_fail(csv, ISOLATED_MARGIN, loader->err, LIQ_BAD_INPUT,
                                                "must be empty, because margin is cross");
    if (margin.bytes == 0)
        return liq_csv_fail(csv, ISOLATED_MARGIN, loader->err, LIQ_BAD_INPUT,
                            "is needed, because margin is isolated");
    status = liq_book_field_amount(loader, csv, ISOLATED_MARGIN, asset, &out->isolated_margin);
    if (status != LIQ_OK || out->isolated_margin >= 0)
        return status;
    return liq_csv_fail(csv, ISOLATED_MARGIN, loader->err, LIQ_OUT_OF_RANGE, "must be 0 or more");
}

static uint32_t position_account(const void *row)
{
    return ((const liq_position *)row)->account_index;
}

/* Cross before isolated, then by instrument, then long before short. */
static uint64_t position_key(const void *row)
{
    const liq_position *position = row;

    return (uint64_t)position->isolated << 33 | (uint64_t)position->instrument_index << 1 |
           (position->quantity_lots < 0);
}

static liq_status table_take(liq_book_loader *loader, liq_table *table)
{
    liq_book *const book = loader->book;
    uint64_t line;
    uint64_t line_before;
    size_t place;

    if (liq_table_duplicate(table, &place, &line, &line_before))
        return duplicate_fail(loader, (const liq_position *)(const void *)table->rows + place, line,
                              line_before);
    book->positions = (liq_position *)(void *)table->rows;
    book->position_first = table->group_first;
    book->position_count = table->count;
    table->rows = NULL; /* given away */
    table->group_first = NULL;
    return LIQ_OK;
}

static liq_status duplicate_fail(const liq_book_loader *loader, const liq_position *twice,
                                 uint64_t line, uint64_t line_before)
{
    const liq_book *const book = loader->book;

    return liq_fail(
        loader->err, LIQ_DUPLICATE, 0,
        "positions.csv:%llu: account \"%s\" has a%s %s position in \"%s\" already, on "
        "line %llu",
        (unsigned long long)line, liq_names_get(book->account_names, twice->account_index),
        twice->isolated ? "n isolated" : " cross", twice->quantity_lots < 0 ? "short" : "long",
        liq_names_get(book->venue.instrument_names, twice->instrument_index),
        (unsigned long long)line_before);
}
