#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/load_ids.h"
#include "book/load_internal.h"

enum { ACCOUNT, MODE, ADL_EXEMPT, GROUP, COLUMNS };
enum { LINE_OF_FIRST_ROW = 2 };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"mode", true}, {"adl_exempt", false}, {"group", false}};

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv);
static liq_status row_read(liq_book_loader *loader, const liq_csv *csv, liq_account *out);
static liq_status group_read(const liq_book_loader *loader, const liq_csv *csv, liq_names *groups,
                             uint32_t *out);
static liq_status accounts_sort(liq_book_loader *loader);

liq_status liq_book_load_accounts(liq_book_loader *loader)
{
    static const char name[] = "accounts.csv";
    liq_csv *csv = NULL;
    liq_chunks chunks = {0};
    bool taken = false;
    liq_status status;

    if ((status = liq_book_load_open(loader, &csv, name, columns, COLUMNS)) != LIQ_OK)
        return status;
    if ((status = liq_chunks_create(&chunks, loader, csv, name)) != LIQ_OK)
        goto done;
    if (chunks.count > 0 && (status = liq_book_load_ids(loader, &chunks, &taken)) != LIQ_OK)
        goto done;
    if (taken || (status = rows_read(loader, csv)) == LIQ_OK)
        status = accounts_sort(loader);
done:
    liq_chunks_clear(&chunks);
    liq_csv_destroy(csv);
    return status;
}

liq_status liq_book_account_id(const liq_book_loader *loader, const liq_csv *csv, liq_text *out)
{
    *out = liq_csv_field(csv, ACCOUNT);
    if (liq_names_valid(*out))
        return LIQ_OK;
    return liq_csv_fail(csv, ACCOUNT, loader->err, LIQ_BAD_INPUT,
                        "an id has 1 to %d bytes, no control bytes and no space at its ends",
                        LIQ_NAME_BYTES_MAX);
}

liq_status liq_book_account_twice(const liq_book_loader *loader, liq_text id, uint64_t line,
                                  uint64_t line_before)
{
    return liq_fail(loader->err, LIQ_DUPLICATE, 0,
                    "accounts.csv:%llu: account \"%.*s\": is there already, on line %llu",
                    (unsigned long long)line, LIQ_TEXT_ARGS(id), (unsigned long long)line_before);
}

liq_status liq_book_account_read(const liq_book_loader *loader, const liq_csv *csv,
                                 liq_names *groups, liq_account *out)
{
    const liq_text exempt = liq_csv_field(csv, ADL_EXEMPT);
    bool portfolio;
    bool is_exempt = false;
    liq_status status;

    status = liq_book_field_either(loader, csv, MODE, "cross", "portfolio", &portfolio);
    if (status != LIQ_OK)
        return status;
    if (exempt.bytes > 0 &&
        (status = liq_book_field_either(loader, csv, ADL_EXEMPT, "0", "1", &is_exempt)) != LIQ_OK)
        return status;
    out->mode = portfolio ? LIQ_ACCOUNT_PORTFOLIO : LIQ_ACCOUNT_CROSS;
    out->adl_exempt = is_exempt;
    return group_read(loader, csv, groups, &out->group_index);
}

static liq_status rows_read(liq_book_loader *loader, liq_csv *csv)
{
    liq_book *const book = loader->book;
    size_t capacity = 0;
    bool more = true;
    liq_status status;

    while ((status = liq_csv_next(csv, &more, loader->err)) == LIQ_OK && more) {
        if (book->account_count == LIQ_ACCOUNTS_MAX)
            return liq_csv_fail(csv, ACCOUNT, loader->err, LIQ_OUT_OF_RANGE,
                                "more than %d accounts", LIQ_ACCOUNTS_MAX);
        if ((status = liq_memory_grow(&book->accounts, &capacity, (size_t)book->account_count + 1,
                                      sizeof *book->accounts, loader->err)) != LIQ_OK ||
            (status = row_read(loader, csv, &book->accounts[book->account_count])) != LIQ_OK)
            return status;
        book->account_count++;
    }
    liq_memory_trim(&book->accounts, book->account_count, sizeof *book->accounts);
    return status;
}

static liq_status row_read(liq_book_loader *loader, const liq_csv *csv, liq_account *out)
{
    liq_text id;
    uint32_t index;
    liq_status status;

    if ((status = liq_book_account_id(loader, csv, &id)) != LIQ_OK)
        return status;
    status = liq_names_add(loader->book->account_names, id, &index, loader->err);
    if (status == LIQ_DUPLICATE)
        return liq_book_account_twice(loader, id, liq_csv_line(csv),
                                      (uint64_t)index + LINE_OF_FIRST_ROW);
    if (status != LIQ_OK)
        return status;
    return liq_book_account_read(loader, csv, loader->book->group_names, out);
}

static liq_status group_read(const liq_book_loader *loader, const liq_csv *csv, liq_names *groups,
                             uint32_t *out)
{
    const liq_text group = liq_csv_field(csv, GROUP);
    liq_status status;

    *out = UINT32_MAX;
    if (group.bytes == 0)
        return LIQ_OK;
    if (!liq_names_valid(group))
        return liq_csv_fail(csv, GROUP, loader->err, LIQ_BAD_INPUT,
                            "a group has at most %d bytes, no control bytes and no space at its "
                            "ends",
                            LIQ_NAME_BYTES_MAX);
    status = liq_names_add(groups, group, out, loader->err);
    return status == LIQ_DUPLICATE ? LIQ_OK : status;
}

/* From here on an account's index is its place among all ids. */
static liq_status accounts_sort(liq_book_loader *loader)
{
    liq_book *const book = loader->book;
    void *new_of = NULL;
    void *block = NULL;
    liq_account *sorted;
    liq_status status;

    if (liq_names_sorted(book->account_names))
        return LIQ_OK;
    if ((status = liq_memory_array(&new_of, book->account_count, sizeof(uint32_t), loader->err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&block, book->account_count, sizeof(liq_account),
                                   loader->err)) != LIQ_OK ||
        (status = liq_names_sort(book->account_names, new_of, loader->err)) != LIQ_OK)
        goto done;
    sorted = block;
    for (uint32_t i = 0; i < book->account_count; i++)
        sorted[((const uint32_t *)new_of)[i]] = book->accounts[i];
    free(book->accounts);
    book->accounts = sorted;
    block = NULL; /* given away */
done:
    free(block);
    free(new_of);
    return status;
}
