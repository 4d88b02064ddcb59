/*
 * Whatever one file of a book says, the book is refused, or its columns are in order and margin
 * rows can be made of them. The first byte says which file the rest is: a(ccounts), b(alances),
 * p(ositions), m(arks), o(rders), d(epth).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "book/columns.h"
#include "book/market.h"
#include "book/rows.h"

enum { FILES = 6, PATH_BYTES = 512 };

static const char venue_text[] =
    "{\"venue\":\"v\",\"profile\":\"bybit-uta\",\"margin_currency\":\"USDT\","
    "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},"
    "{\"asset\":\"BTC\",\"weight\":[{\"up_to\":\"5\",\"weight\":\"0.9\"},{\"weight\":\"0.5\"}]}],"
    "\"instruments\":["
    "{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
    "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"tiers\":["
    "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"},"
    "{\"floor\":\"1000\",\"mmr\":\"0.02\",\"imr\":\"0.04\"}]},"
    "{\"symbol\":\"I\",\"kind\":\"inverse\",\"base\":\"BTC\",\"settle\":\"BTC\","
    "\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.5\",\"tier_form\":\"linear\",\"tiers\":["
    "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\",\"mmr_slope\":\"0.00005\"}]}]}";

/* The book that is spoilt one file at a time. */
static const struct {
    char letter;
    const char *name;
    const char *text;
} files[FILES] = {{'a', "accounts.csv", "account,mode\na,cross\nb,cross\nc,portfolio\n"},
                  {'b', "balances.csv", "account,asset,amount\na,USDT,5\nb,BTC,1\n"},
                  {'p', "positions.csv",
                   "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                   "b,L,long,1,100,cross,\na,I,short,3,100,isolated,0.5\n"},
                  {'m', "marks.csv", "symbol,price\nL,100\nI,101\nBTC,100\n"},
                  {'o', "orders.csv", "account,instrument,side,quantity,price\na,L,buy,1,99\n"},
                  {'d', "depth.csv", "instrument,side,price,quantity\nL,bid,99,1\n"}};

static char folder[PATH_BYTES];

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void folder_remove(void);
static const char *path_of(const char *name);
static void file_write(const char *name, const void *data, size_t bytes);
static void book_check(const liq_book *book);
static void positions_check(const liq_book *book);
static void ranges_check(const uint64_t *first, uint32_t groups, uint64_t count);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    const char *parent = getenv("TMPDIR");

    (void)argument_count;
    (void)arguments;
    (void)snprintf(folder, sizeof folder, "%s/liqscan-fuzz-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    LIQ_ASSERT(mkdtemp(folder) != NULL);
    LIQ_ASSERT(atexit(folder_remove) == 0);
    file_write("venue.json", venue_text, strlen(venue_text));
    for (size_t i = 0; i < FILES; i++)
        file_write(files[i].name, files[i].text, strlen(files[i].text));
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    size_t file = 0;
    liq_book *book = NULL;
    liq_error err = {0};

    while (file < FILES && (bytes == 0 || files[file].letter != (char)data[0]))
        file++;
    if (file == FILES)
        return 0;
    file_write(files[file].name, data + 1, bytes - 1);
    if (liq_book_load(&book, folder, NULL, &err) == LIQ_OK)
        book_check(book);
    else
        LIQ_ASSERT(book == NULL && strstr(err.message, files[file].name) != NULL);
    liq_book_destroy(book);
    file_write(files[file].name, files[file].text, strlen(files[file].text));
    return 0;
}

static void folder_remove(void)
{
    for (size_t i = 0; i < FILES; i++)
        (void)unlink(path_of(files[i].name));
    (void)unlink(path_of("venue.json"));
    (void)rmdir(folder);
}

static const char *path_of(const char *name)
{
    static char path[PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void file_write(const char *name, const void *data, size_t bytes)
{
    FILE *file = fopen(path_of(name), "wb");

    LIQ_ASSERT(file != NULL);
    LIQ_ASSERT(fwrite(data, 1, bytes, file) == bytes);
    LIQ_ASSERT(fclose(file) == 0);
}

static void book_check(const liq_book *book)
{
    liq_rows rows = {0};
    liq_market market = {0};
    liq_error err = {0};

    for (uint32_t i = 1; i < book->account_count; i++)
        LIQ_ASSERT(strcmp(liq_names_get(book->account_names, i - 1),
                          liq_names_get(book->account_names, i)) < 0);
    ranges_check(book->balance_first, book->account_count, book->balance_count);
    ranges_check(book->position_first, book->account_count, book->position_count);
    ranges_check(book->order_first, book->account_count, book->order_count);
    positions_check(book);
    LIQ_ASSERT(liq_rows_create(&rows, book, NULL, &err) == LIQ_OK);
    LIQ_ASSERT(liq_market_create(&market, book, &err) == LIQ_OK);
    liq_market_clear(&market);
    liq_rows_clear(&rows);
}

static void positions_check(const liq_book *book)
{
    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];

        LIQ_ASSERT(position->quantity_lots != 0 && position->entry_price.digits > 0);
        LIQ_ASSERT(position->isolated || position->isolated_margin == 0);
        LIQ_ASSERT(i >= book->position_first[position->account_index]);
        LIQ_ASSERT(i < book->position_first[position->account_index + 1]);
    }
}

static void ranges_check(const uint64_t *first, uint32_t groups, uint64_t count)
{
    LIQ_ASSERT(first[0] == 0 && first[groups] == count);
    for (uint32_t i = 0; i < groups; i++)
        LIQ_ASSERT(first[i] <= first[i + 1]);
}
