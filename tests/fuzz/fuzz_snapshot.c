/*
 * Whatever a snapshot holds, it is refused, or margin rows can be made of its book. An input that
 * begins with an even byte is a file. One that begins with an odd byte is a list of edits of a good
 * file, whose checksums are then made right again: place (2 bytes), length (1), value (8). Bit 1 of
 * the first byte has the file mapped, and not read.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "book_folder.h"

#include "base/checksum.h"
#include "base/fail.h"
#include "book/live_columns.h"
#include "book/market.h"
#include "book/rows.h"
#include "book/snapshot.h"

enum { FILES = 7, EDIT_BYTES = 11 };

static const struct {
    const char *name;
    const char *text;
} files[FILES] = {
    {"venue.json",
     "{\"venue\":\"v\",\"profile\":\"bybit-uta\",\"margin_currency\":\"USDT\","
     "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":\"0.5\"}],"
     "\"instruments\":["
     "{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
     "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]},"
     "{\"symbol\":\"I\",\"kind\":\"inverse\",\"base\":\"BTC\",\"settle\":\"BTC\","
     "\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.5\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}]}"},
    {"accounts.csv", "account,mode,group\na,cross,g\nb,cross,\nc,portfolio,g\n"},
    {"balances.csv", "account,asset,amount\na,USDT,5\na,BTC,2\nb,BTC,1\n"},
    {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                      "b,L,long,1,100,cross,\nb,L,short,2,100,cross,\n"
                      "a,I,short,3,100,isolated,0.5\n"},
    {"marks.csv", "symbol,price\nL,100\nI,101\nBTC,100\n"},
    {"orders.csv", "account,instrument,side,quantity,price\na,L,buy,1,99\na,L,sell,2,98\n"},
    {"depth.csv", "instrument,side,price,quantity\nL,bid,99,1\nL,bid,98,1\nL,ask,100,3\n"}};

static const char *folder;
static char *good;
static size_t good_bytes;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void live_save(const liq_book *book);
static void good_read(void);
static void edit(char *file, const uint8_t *edits, size_t bytes);
static void checksums_mend(char *file);
static void check(const void *file, size_t bytes, bool is_sealed);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    liq_book *book = NULL;

    (void)argument_count;
    (void)arguments;
    folder = book_folder_make();
    for (size_t i = 0; i < FILES; i++)
        book_folder_write(files[i].name, files[i].text, strlen(files[i].text));
    LIQ_ASSERT(liq_book_load(&book, folder, NULL, NULL) == LIQ_OK);
    live_save(book);
    liq_book_destroy(book);
    good_read();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    char *file;

    if (bytes == 0)
        return 0;
    if (data[0] % 2 == 0) {
        check(data + 1, bytes - 1, (data[0] & 2) != 0);
        return 0;
    }
    file = malloc(good_bytes);
    LIQ_ASSERT(file != NULL);
    memcpy(file, good, good_bytes);
    edit(file, data + 1, bytes - 1);
    check(file, good_bytes, (data[0] & 2) != 0);
    free(file);
    return 0;
}

/* Every section has something in it. */
static void live_save(const liq_book *book)
{
    liq_live_book live = {0};
    liq_book columns = {0};

    LIQ_ASSERT(liq_live_book_create(&live, book, NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_live_columns_write(&columns, &live, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_book_save_snapshot(&columns, book_folder_path("snapshot"), NULL) == LIQ_OK);
    liq_live_columns_clear(&columns);
    liq_live_book_clear(&live);
}

static void good_read(void)
{
    FILE *file = fopen(book_folder_path("snapshot"), "rb");
    struct stat facts;

    LIQ_ASSERT(file != NULL && fstat(fileno(file), &facts) == 0);
    good_bytes = (size_t)facts.st_size;
    good = malloc(good_bytes);
    LIQ_ASSERT(good != NULL && fread(good, 1, good_bytes, file) == good_bytes);
    LIQ_ASSERT(fclose(file) == 0);
}

static void edit(char *file, const uint8_t *edits, size_t bytes)
{
    for (; bytes >= EDIT_BYTES; bytes -= EDIT_BYTES, edits += EDIT_BYTES) {
        const size_t place = ((size_t)edits[0] << 8 | edits[1]) % good_bytes;
        const size_t length = edits[2] % 9;

        memcpy(file + place, edits + 3, length < good_bytes - place ? length : good_bytes - place);
    }
    checksums_mend(file);
}

/* Where a section lies is taken from the good file: edited sizes leave wrong checksums behind. */
static void checksums_mend(char *file)
{
    liq_snapshot_head head;
    uint64_t checksums[LIQ_SNAPSHOT_SECTIONS];
    size_t offset = sizeof head + sizeof checksums;

    memcpy(&head, good, sizeof head);
    LIQ_ASSERT(liq_snapshot_block_count(&head) == LIQ_SNAPSHOT_SECTIONS);
    for (int i = 0; i < LIQ_SNAPSHOT_SECTIONS; i++) {
        const size_t bytes =
            (size_t)head.items[i] * liq_snapshot_item_bytes((liq_snapshot_section)i);

        checksums[i] = liq_checksum(file + offset, bytes);
        offset += bytes;
    }
    memcpy(&head, file, sizeof head);
    memcpy(file + sizeof head, checksums, sizeof checksums);
    head.list_checksum = liq_checksum(checksums, sizeof checksums);
    head.head_checksum = liq_checksum(&head, offsetof(liq_snapshot_head, head_checksum));
    memcpy(file, &head, sizeof head);
}

static void check(const void *file, size_t bytes, bool is_sealed)
{
    static const liq_live_limits limits = {.events_max = 1};
    liq_book *book = NULL;
    liq_rows rows = {0};
    liq_market market = {0};
    liq_live_book live = {0};
    liq_error err = {0};

    (void)unlink(book_folder_path("snapshot")); /* which may be one that nobody may write to */
    book_folder_write("snapshot", file, bytes);
    if (is_sealed) /* mapped, and not read */
        LIQ_ASSERT(chmod(book_folder_path("snapshot"), 0400) == 0);
    if (liq_book_load_snapshot(&book, book_folder_path("snapshot"), NULL, &err) != LIQ_OK) {
        LIQ_ASSERT(book == NULL && strstr(err.message, "is no snapshot that can be used") != NULL);
        return;
    }
    for (uint32_t i = 1; i < book->account_count; i++)
        LIQ_ASSERT(strcmp(liq_names_get(book->account_names, i - 1),
                          liq_names_get(book->account_names, i)) < 0);
    for (uint64_t i = 0; i < book->position_count; i++)
        LIQ_ASSERT(i >= book->position_first[book->positions[i].account_index] &&
                   i < book->position_first[book->positions[i].account_index + 1]);
    LIQ_ASSERT(liq_rows_create(&rows, book, NULL, &err) == LIQ_OK);
    LIQ_ASSERT(liq_market_create(&market, book, &err) == LIQ_OK);
    LIQ_ASSERT(liq_live_book_create(&live, book, &limits, &err) == LIQ_OK);
    liq_live_book_clear(&live);
    liq_market_clear(&market);
    liq_rows_clear(&rows);
    liq_book_destroy(book);
}
