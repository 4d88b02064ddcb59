#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_internal.h"
#include "book/lot_value.h"

enum { INSTRUMENT, SIDE, PRICE, QUANTITY, COLUMNS };

/* A level and where it stands, until all of them are in order. */
typedef struct placed_level {
    liq_depth_level level;
    uint64_t line;
} placed_level;

static const liq_csv_column columns[COLUMNS] = {
    {"instrument", true}, {"side", true}, {"price", true}, {"quantity", true}};

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table);
static liq_status level_read(liq_book_loader *loader, const liq_csv *csv, liq_depth_level *out);
static liq_status sides_sort(liq_book_loader *loader, liq_table *table);
static uint32_t level_side(const void *row);
static uint64_t level_key(const void *row);
static int level_compare(const void *left, const void *right);
static liq_status duplicate_check(const liq_book_loader *loader, const placed_level *levels,
                                  size_t count);

liq_status liq_book_load_depth(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    liq_table table = {.row_bytes = sizeof(placed_level), .order = {level_side, level_key}};
    liq_csv *csv = NULL;
    const placed_level *levels;
    liq_status status;

    if ((status = liq_book_load_open(loader, &csv, "depth.csv", columns, COLUMNS)) != LIQ_OK)
        return status;
    if ((status = rows_read(loader, csv, &table)) != LIQ_OK ||
        (status = sides_sort(loader, &table)) != LIQ_OK ||
        (status = liq_memory_array(&book->depth, table.count, sizeof *book->depth, loader->err)) !=
            LIQ_OK)
        goto done;
    levels = (const placed_level *)(const void *)table.rows;
    for (size_t i = 0; i < table.count; i++)
        book->depth[i] = levels[i].level;
    book->depth_count = table.count;
done:
    liq_csv_destroy(csv);
    liq_table_clear(&table);
    return status;
}

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv, liq_table *table)
{
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        placed_level row = {.line = liq_csv_line(csv)};

        if ((status = level_read(loader, csv, &row.level)) != LIQ_OK ||
            (status = liq_table_append(table, &row, loader->err)) != LIQ_OK)
            return status;
    }
    return status;
}

static liq_status level_read(liq_book_loader *loader, const liq_csv *csv, liq_depth_level *out)
{
    int64_t value;
    bool is_ask;
    liq_status status;

    if ((status = liq_book_field_instrument(loader, csv, INSTRUMENT, &out->instrument_index)) !=
            LIQ_OK ||
        (status = liq_book_field_either(loader, csv, SIDE, "bid", "ask", &is_ask)) != LIQ_OK ||
        (status = liq_book_field_price(loader, csv, PRICE, &out->price)) != LIQ_OK ||
        (status = liq_book_field_lots(loader, csv, QUANTITY, out->instrument_index,
                                      &out->quantity_lots)) != LIQ_OK)
        return status;
    if (!liq_lot_value_entry(&value, &loader->book->venue, out->instrument_index, out->price,
                             is_ask))
        return liq_book_field_value_fail(loader, csv, PRICE, out->instrument_index);
    out->is_bid = !is_ask;
    return LIQ_OK;
}

/* Each side of each instrument by price, best first. */
static liq_status sides_sort(liq_book_loader *loader, liq_table *table)
{
    const uint32_t sides = loader->book->venue.instrument_count * 2;
    placed_level *levels;
    liq_status status;

    if ((status = liq_table_sort(table, sides, loader->err)) != LIQ_OK)
        return status;
    levels = (placed_level *)(void *)table->rows;
    for (uint32_t i = 0; i < sides; i++) {
        const size_t count = (size_t)(table->group_first[i + 1] - table->group_first[i]);

        qsort(levels + table->group_first[i], count, sizeof *levels, level_compare);
    }
    return duplicate_check(loader, levels, table->count);
}

static uint32_t level_side(const void *row)
{
    const placed_level *const placed = row;

    return placed->level.instrument_index * 2 + !placed->level.is_bid;
}

/* Prices need more than 64 bits to be compared: see level_compare. */
static uint64_t level_key(const void *row)
{
    (void)row;
    return 0;
}

/* Within one side: better price first, then by line. */
static int level_compare(const void *left, const void *right)
{
    const placed_level *const one = left;
    const placed_level *const two = right;
    const int order = liq_decimal_compare(one->level.price, two->level.price);

    if (order != 0)
        return one->level.is_bid ? -order : order;
    return (one->line > two->line) - (one->line < two->line);
}

static liq_status duplicate_check(const liq_book_loader *loader, const placed_level *levels,
                                  size_t count)
{
    const placed_level *found = NULL;
    char price[LIQ_DECIMAL_BYTES];

    for (size_t i = 1; i < count; i++)
        if (levels[i].level.instrument_index == levels[i - 1].level.instrument_index &&
            levels[i].level.is_bid == levels[i - 1].level.is_bid &&
            liq_decimal_compare(levels[i].level.price, levels[i - 1].level.price) == 0 &&
            (found == NULL || levels[i].line < found->line))
            found = &levels[i];
    if (found == NULL)
        return LIQ_OK;
    return liq_fail(
        loader->err, LIQ_DUPLICATE, 0, "depth.csv:%llu: \"%s\" has a%s at %s already, on line %llu",
        (unsigned long long)found->line,
        liq_names_get(loader->book->venue.instrument_names, found->level.instrument_index),
        found->level.is_bid ? " bid" : "n ask",
        liq_decimal_format(price, found->level.price.digits, found->level.price.decimals),
        (unsigned long long)found[-1].line);
}
