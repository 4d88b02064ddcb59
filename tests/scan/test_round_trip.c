#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "book/lot_value.h"
#include "book/market.h"
#include "book/rows.h"
#include "scan/truth.h"
#include "support_book_files.h"
#include "support_random_book.h"

enum { BOOKS = 128 };

/* A mark that puts a lot past its limit cannot be loaded; only a shock leads there. */
static void drop_marks_out_of_range(liq_book *book)
{
    int64_t value;

    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (book->instrument_marks[i].digits > 0 &&
            (!liq_lot_value(&value, &book->venue, i, book->instrument_marks[i], LIQ_ROUND_FLOOR) ||
             !liq_lot_value(&value, &book->venue, i, book->instrument_marks[i], LIQ_ROUND_CEIL)))
            book->instrument_marks[i] = (liq_decimal){0};
}

static void expect_same_rows(const liq_rows *rows, const liq_rows *loaded)
{
    cr_assert_eq(rows->row_count, loaded->row_count);
    cr_assert_eq(rows->entry_count, loaded->entry_count);
    cr_assert_arr_eq(rows->keys, loaded->keys, rows->row_count * sizeof *rows->keys);
    cr_assert_arr_eq(rows->entry_first, loaded->entry_first,
                     (rows->row_count + 1U) * sizeof *rows->entry_first);
    cr_assert_arr_eq(rows->tags, loaded->tags, rows->entry_count * sizeof *rows->tags);
    cr_assert_arr_eq(rows->quantities, loaded->quantities,
                     rows->entry_count * sizeof *rows->quantities);
    cr_assert_arr_eq(rows->values, loaded->values, rows->entry_count * sizeof *rows->values);
}

static void expect_same_values(const liq_book *book, const liq_book *loaded)
{
    liq_market market = {0};
    liq_market loaded_market = {0};
    liq_rows rows = {0};
    liq_rows loaded_rows = {0};

    cr_assert_eq(liq_market_create(&market, book, NULL), LIQ_OK);
    cr_assert_eq(liq_market_create(&loaded_market, loaded, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, book, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&loaded_rows, loaded, NULL, NULL), LIQ_OK);
    expect_same_rows(&rows, &loaded_rows);
    for (uint32_t i = 0; i < rows.row_count; i++) {
        const liq_row_record row = liq_truth_row(&market, &rows, i);
        const liq_row_record again = liq_truth_row(&loaded_market, &loaded_rows, i);

        cr_assert_arr_eq(&row, &again, sizeof row, "row %u", i);
    }
    liq_rows_clear(&rows);
    liq_rows_clear(&loaded_rows);
    liq_market_clear(&market);
    liq_market_clear(&loaded_market);
}

Test(round_trip, loads_what_was_written)
{
    const uint64_t seed = liq_random_seed();

    for (uint64_t i = 0; i < BOOKS; i++) {
        char directory[] = "/tmp/liqscan-book-XXXXXX";
        liq_book *loaded = NULL;
        liq_error err = {0};
        liq_book book;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        drop_marks_out_of_range(&book);
        cr_assert_not_null(mkdtemp(directory));
        liq_book_files_write(&book, directory);
        cr_assert_eq(liq_book_load(&loaded, directory, NULL, &err), LIQ_OK, "seed %llu: %s",
                     (unsigned long long)(seed + i), err.message);
        expect_same_values(&book, loaded);
        liq_book_destroy(loaded);
        liq_random_book_destroy(&book);
        liq_book_files_remove(directory);
    }
}
