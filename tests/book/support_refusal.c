#include "support_refusal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include <liqscan/book.h>

static void spoil(const folder *home, const bad_row *row);

void refusal_expect(const folder *book_folder, const bad_row *row)
{
    char untouched;
    liq_book *const before = (liq_book *)(void *)&untouched;
    liq_book *book = before;
    liq_error err = {0};
    const bool partial = strncmp(row->message, "...", 3) == 0;
    const size_t bytes = strlen(row->message + 3 * partial);
    size_t length;

    cr_expect_eq(liq_book_load(&book, book_folder->path, NULL, &err), row->status, "%s: %s: %s",
                 row->message, liq_status_name(err.status), err.message);
    cr_expect_eq(err.status, row->status, "%s", row->message);
    cr_expect_eq(book, before, "%s", row->message);
    length = strlen(err.message);
    if (partial)
        cr_expect(length >= bytes && strcmp(err.message + length - bytes, row->message + 3) == 0,
                  "%s", err.message);
    else
        cr_expect_str_eq(err.message, row->message);
}

void refusals_expect(const folder *home, const bad_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        spoil(home, &rows[i]);
        refusal_expect(home, &rows[i]);
        book_folder_write_text(home, rows[i].file, good_book_text(rows[i].file));
    }
}

static void spoil(const folder *home, const bad_row *row)
{
    char *text;

    if (row->replacement == NULL) {
        cr_assert_eq(remove(book_folder_path(home, row->file)), 0, "%s", row->file);
        return;
    }
    if (row->needle == NULL) {
        book_folder_write_text(home, row->file, row->replacement);
        return;
    }
    text = text_replace(good_book_text(row->file), row->needle, row->replacement);
    book_folder_write_text(home, row->file, text);
    free(text);
}
