#include <liqscan/book.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/fail.h"
#include "base/file.h"
#include "base/json.h"
#include "base/memory.h"
#include "book/load_internal.h"

enum { LIST_BYTES = 256 };

static const char *const files_required[] = {"venue.json", "accounts.csv", "balances.csv",
                                             "positions.csv", "marks.csv"};

static liq_status directory_check(const char *directory, liq_error *err);
static bool file_exists(const char *directory, const char *file);
static void columns_free(liq_book *book);
static liq_status files_load(liq_book_loader *loader);
static liq_status venue_load(liq_book_loader *loader);
static liq_status optional_load(liq_book_loader *loader);
static liq_status none_take(uint64_t **first, void **rows, size_t row_bytes, uint32_t groups,
                            liq_error *err);

liq_status liq_book_load(liq_book **out, const char *directory, const liq_progress *progress,
                         liq_error *err)
{
    liq_book_loader loader = {.directory = directory, .progress = progress, .err = err};
    liq_book_stamp stamp;
    void *block = NULL;
    liq_status status;

    if ((status = directory_check(directory, err)) != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&block, 1, sizeof(liq_book), err)) != LIQ_OK)
        return status;
    loader.book = block;
    loader.book->is_stamped = liq_book_stamp_take(&loader.book->stamp, directory);
    if ((status = liq_names_create(&loader.book->account_names, err)) != LIQ_OK ||
        (status = liq_names_create(&loader.book->group_names, err)) != LIQ_OK ||
        (status = files_load(&loader)) != LIQ_OK) {
        liq_book_destroy(loader.book);
        return status;
    }
    (void)liq_book_stamp_take(&stamp, directory); /* a file may have changed meanwhile */
    loader.book->is_stamped &= liq_book_stamp_equal(&stamp, &loader.book->stamp);
    *out = loader.book;
    return LIQ_OK;
}

void liq_book_destroy(liq_book *book)
{
    if (book == NULL)
        return;
    liq_venue_clear(&book->venue);
    free(book->venue_text);
    liq_names_destroy(book->account_names);
    liq_names_destroy(book->group_names);
    free(book->depth);
    columns_free(book);
    free(book->instrument_marks);
    free(book->asset_indices);
    free(book->depth_marks);
    free(book->margin_factors);
    free(book);
}

static void columns_free(liq_book *book)
{
    if (book->lent.data != NULL) {
        liq_file_view_clear(&book->lent);
        return;
    }
    free(book->accounts);
    free(book->balances);
    free(book->positions);
    free(book->orders);
    free(book->balance_first);
    free(book->position_first);
    free(book->order_first);
    free(book->order_references);
    free(book->account_seen);
    free(book->position_seen);
}

void liq_book_count(const liq_book *book, liq_book_counts *out)
{
    *out = (liq_book_counts){.accounts = book->account_count,
                             .balances = book->balance_count,
                             .positions = book->position_count,
                             .orders = book->order_count,
                             .instruments = book->venue.instrument_count,
                             .assets = book->venue.asset_count};
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        out->marks += book->instrument_marks[i].digits != 0;
}

int32_t liq_book_cash_decimals(const liq_book *book)
{
    return book->venue.cash_decimals;
}

const char *liq_book_margin_currency(const liq_book *book)
{
    return liq_names_get(book->venue.asset_names, 0);
}

const char *liq_book_venue(const liq_book *book)
{
    return book->venue.name;
}

const char *liq_book_profile(const liq_book *book)
{
    return book->venue.policy.profile;
}

/* Name everything that is missing at once, before the first file is read. */
static liq_status directory_check(const char *directory, liq_error *err)
{
    char missing[LIST_BYTES] = "";
    size_t used = 0;
    struct stat facts;

    if (stat(directory, &facts) != 0)
        return errno == ENOENT ? liq_fail(err, LIQ_NOT_FOUND, errno,
                                          "\"%s\": there is no such directory", directory)
                               : liq_fail(err, LIQ_IO, errno, "\"%s\": cannot be opened (errno %d)",
                                          directory, errno);
    if (!S_ISDIR(facts.st_mode))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "\"%s\": a book is a directory, this is a file",
                        directory);
    for (size_t i = 0; i < sizeof files_required / sizeof files_required[0]; i++)
        if (!file_exists(directory, files_required[i]))
            used += (size_t)snprintf(missing + used, sizeof missing - used, "%s%s",
                                     used > 0 ? ", " : "", files_required[i]);
    if (used == 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\": the book lacks %s", directory, missing);
}

/* Whether there is something of that name; whether it can be read shows when it is. */
static bool file_exists(const char *directory, const char *file)
{
    char path[LIQ_BOOK_PATH_BYTES];
    struct stat facts;

    (void)snprintf(path, sizeof path, "%s/%s", directory, file);
    return stat(path, &facts) == 0 || errno != ENOENT;
}

static liq_status files_load(liq_book_loader *loader)
{
    liq_status status;

    if ((status = venue_load(loader)) != LIQ_OK ||
        (status = liq_book_load_marks(loader)) != LIQ_OK ||
        (status = liq_book_load_accounts(loader)) != LIQ_OK ||
        (status = liq_book_load_balances(loader)) != LIQ_OK ||
        (status = liq_book_load_positions(loader)) != LIQ_OK)
        return status;
    return optional_load(loader);
}

static liq_status venue_load(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    liq_file file = {.descriptor = -1};
    char path[LIQ_BOOK_PATH_BYTES];
    const int used = snprintf(path, sizeof path, "%s/venue.json", loader->directory);
    liq_status status;

    if (used < 0 || (size_t)used >= sizeof path)
        return liq_fail(loader->err, LIQ_OUT_OF_RANGE, 0,
                        "venue.json: the path is longer than %zu bytes", sizeof path - 1);
    if ((status = liq_file_open(&file, path, loader->err)) != LIQ_OK ||
        (status = liq_file_read_all(&book->venue_text, &book->venue_bytes, &file,
                                    LIQ_JSON_BYTES_MAX, loader->err)) != LIQ_OK)
        goto done;
    status = liq_venue_load_text(&book->venue, liq_file_name(path),
                                 (liq_text){book->venue_text, book->venue_bytes}, loader->err);
done:
    liq_file_close(&file);
    return status;
}

static liq_status optional_load(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    liq_status status;

    if (file_exists(loader->directory, "orders.csv"))
        status = liq_book_load_orders(loader);
    else
        status = none_take(&book->order_first, (void **)&book->orders, sizeof *book->orders,
                           book->account_count, loader->err);
    if (status != LIQ_OK)
        return status;
    if (file_exists(loader->directory, "depth.csv"))
        return liq_book_load_depth(loader);
    return liq_memory_array(&book->depth, 0, sizeof *book->depth, loader->err);
}

/* Columns without a row. */
static liq_status none_take(uint64_t **first, void **rows, size_t row_bytes, uint32_t groups,
                            liq_error *err)
{
    const liq_status status = liq_memory_array(first, (size_t)groups + 1, sizeof **first, err);

    return status != LIQ_OK ? status : liq_memory_array(rows, 0, row_bytes, err);
}
