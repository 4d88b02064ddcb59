#include <stdlib.h>

#include "base/memory.h"
#include "book/load_internal.h"
#include "book/lot_value.h"

enum { SYMBOL, PRICE, COLUMNS };

static const liq_csv_column columns[COLUMNS] = {{"symbol", true}, {"price", true}};

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, uint64_t *lines);
static liq_status mark_read(liq_book_loader *loader, const liq_csv *csv, uint64_t *lines);
static liq_status instrument_mark(liq_book_loader *loader, const liq_csv *csv,
                                  uint32_t instrument_index, liq_decimal price);
static liq_status asset_index_price(liq_book_loader *loader, const liq_csv *csv,
                                    uint32_t asset_index, liq_decimal price);

liq_status liq_book_load_marks(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    const size_t instruments = book->venue.instrument_count;
    const size_t assets = book->venue.asset_count;
    liq_csv *csv = NULL;
    void *lines = NULL; /* where each symbol stands: instruments, then assets; 0: nowhere */
    liq_status status;

    if ((status = liq_book_load_open(loader, &csv, "marks.csv", columns, COLUMNS)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&book->instrument_marks, instruments, sizeof(liq_decimal),
                                   loader->err)) != LIQ_OK ||
        (status = liq_memory_array(&book->asset_indices, assets, sizeof(liq_decimal),
                                   loader->err)) != LIQ_OK ||
        (status = liq_memory_array(&lines, instruments + assets, sizeof(uint64_t), loader->err)) !=
            LIQ_OK)
        goto done;
    book->asset_indices[0].digits = 1;
    status = rows_read(loader, csv, lines);
done:
    free(lines);
    liq_csv_destroy(csv);
    return status;
}

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, uint64_t *lines)
{
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more)
        if ((status = mark_read(loader, csv, lines)) != LIQ_OK)
            return status;
    return status;
}

static liq_status mark_read(liq_book_loader *loader, const liq_csv *csv, uint64_t *lines)
{
    const liq_venue *const venue = &loader->book->venue;
    const liq_text symbol = liq_csv_field(csv, SYMBOL);
    uint32_t index;
    bool is_instrument;
    uint64_t *line;
    liq_decimal price;
    liq_status status;

    is_instrument = liq_names_find(venue->instrument_names, symbol, &index);
    if (!is_instrument && !liq_names_find(venue->asset_names, symbol, &index))
        return liq_csv_fail(csv, SYMBOL, loader->err, LIQ_NOT_FOUND,
                            "is neither an instrument nor an asset of venue.json");
    line = is_instrument ? &lines[index] : &lines[venue->instrument_count + index];
    if (*line != 0)
        return liq_csv_fail(csv, SYMBOL, loader->err, LIQ_DUPLICATE, "has a price on line %llu",
                            (unsigned long long)*line);
    *line = liq_csv_line(csv);
    if ((status = liq_book_field_price(loader, csv, PRICE, &price)) != LIQ_OK)
        return status;
    return is_instrument ? instrument_mark(loader, csv, index, price)
                         : asset_index_price(loader, csv, index, price);
}

static liq_status instrument_mark(liq_book_loader *loader, const liq_csv *csv,
                                  uint32_t instrument_index, liq_decimal price)
{
    liq_book *const book = loader->book;
    int64_t value;

    if (!liq_lot_value(&value, &book->venue, instrument_index, price, LIQ_ROUND_FLOOR) ||
        !liq_lot_value(&value, &book->venue, instrument_index, price, LIQ_ROUND_CEIL))
        return liq_book_field_value_fail(loader, csv, PRICE, instrument_index);
    book->instrument_marks[instrument_index] = price;
    return LIQ_OK;
}

static liq_status asset_index_price(liq_book_loader *loader, const liq_csv *csv,
                                    uint32_t asset_index, liq_decimal price)
{
    liq_book *const book = loader->book;
    const int32_t decimals =
        12 + book->venue.cash_decimals - book->venue.assets[asset_index].decimals;

    if (asset_index == 0 && (price.digits != 1 || price.decimals != 0))
        return liq_csv_fail(csv, PRICE, loader->err, LIQ_BAD_INPUT,
                            "the index price of the margin currency is 1");
    if (!liq_book_index_fits(&book->venue, asset_index, price))
        return liq_csv_fail(csv, PRICE, loader->err, LIQ_OUT_OF_RANGE,
                            "an index price of %s is a multiple of 10^%d, at most 9 x 10^%d",
                            liq_names_get(book->venue.asset_names, asset_index), -decimals,
                            18 - decimals);
    book->asset_indices[asset_index] = price;
    return LIQ_OK;
}
