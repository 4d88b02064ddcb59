/*
 * Whatever one file of a book says, the book is refused, or its columns are in order and margin
 * rows can be made of them. The first byte says which file the rest is: a(ccounts), b(alances),
 * p(ositions), m(arks), o(rders), d(epth).
 */
#include <stdint.h>
#include <string.h>

#include "book_folder.h"

#include "base/fail.h"
#include "book/columns.h"
#include "book/market.h"
#include "book/rows.h"

enum { FILES = 6 };

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

static const char *folder;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void book_check(const liq_book *book);
static void positions_check(const liq_book *book);
static void ranges_check(const uint64_t *first, uint32_t groups, uint64_t count);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    folder = book_folder_make();
    book_folder_write("venue.json", venue_text, strlen(venue_text));
    for (size_t i = 0; i < FILES; i++)
        book_folder_write(files[i].name, files[i].text, strlen(files[i].text));
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
    book_folder_write(files[file].name, data + 1, bytes - 1);
    if (liq_book_load(&book, folder, NULL, &err) == LIQ_OK)
        book_check(book);
    else
        LIQ_ASSERT(book == NULL && strstr(err.message, files[file].name) != NULL);
    liq_book_destroy(book);
    book_folder_write(files[file].name, files[file].text, strlen(files[file].text));
    return 0;
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
