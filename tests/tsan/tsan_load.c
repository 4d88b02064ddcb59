/*
 * Two threads each load the same book, whose positions are read by several threads again, write
 * it to the same snapshot, and load that.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liqscan/book.h>

#include "base/fail.h"

enum { ACCOUNTS = 40000, PATH_BYTES = 512, THREADS = 2 };

static char folder[PATH_BYTES];

static void *load(void *unused);
static void text_write(const char *name, const char *text);
static void rows_write(const char *name, const char *header, unsigned step, const char *rest);
static FILE *file_open(const char *name);
static const char *path_of(const char *name);

int main(void)
{
    static const char *const names[] = {"venue.json", "accounts.csv", "balances.csv",
                                        "positions.csv", "marks.csv"};
    const char *parent = getenv("TMPDIR");
    pthread_t threads[THREADS];

    (void)snprintf(folder, sizeof folder, "%s/liqscan-tsan-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    LIQ_ASSERT(mkdtemp(folder) != NULL);
    text_write("venue.json",
               "{\"venue\":\"v\",\"profile\":\"bybit-uta\",\"margin_currency\":\"USDT\","
               "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"}],\"instruments\":["
               "{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
               "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"tiers\":["
               "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}]}");
    text_write("marks.csv", "symbol,price\nL,60000\n");
    text_write("balances.csv", "account,asset,amount\n");
    rows_write("accounts.csv", "account,mode", 1, ",cross");
    rows_write("positions.csv", "account,instrument,side,quantity,entry_price,margin", 7919,
               ",L,short,12.125,60000.25,cross");
    for (int i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_create(&threads[i], NULL, load, NULL) == 0);
    for (int i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    LIQ_ASSERT(unlink(path_of("snapshot")) == 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        LIQ_ASSERT(unlink(path_of(names[i])) == 0);
    LIQ_ASSERT(rmdir(folder) == 0);
    (void)puts("tsan_load: ok");
    return 0;
}

static void *load(void *unused)
{
    liq_book *book = NULL;
    liq_error err = {0};
    liq_book_counts counts;
    char path[PATH_BYTES + 32];

    (void)unused;
    if (liq_book_load(&book, folder, NULL, &err) != LIQ_OK) {
        (void)fprintf(stderr, "tsan_load: %s\n", err.message);
        LIQ_ASSERT(book != NULL);
    }
    liq_book_count(book, &counts);
    LIQ_ASSERT(counts.accounts == ACCOUNTS && counts.positions == ACCOUNTS);
    (void)snprintf(path, sizeof path, "%s/snapshot", folder);
    LIQ_ASSERT(liq_book_save_snapshot(book, path, &err) == LIQ_OK);
    liq_book_destroy(book);
    LIQ_ASSERT(liq_book_load_snapshot(&book, path, NULL, &err) == LIQ_OK);
    liq_book_count(book, &counts);
    LIQ_ASSERT(counts.accounts == ACCOUNTS && counts.positions == ACCOUNTS);
    liq_book_destroy(book);
    return NULL;
}

static void text_write(const char *name, const char *text)
{
    FILE *file = file_open(name);

    LIQ_ASSERT(fputs(text, file) >= 0);
    LIQ_ASSERT(fclose(file) == 0);
}

/* Long ids, so that few rows make many chunks; the step is prime to their number. Accounts come in
 * order, so that the first thread that looks for many builds the table for all. */
static void rows_write(const char *name, const char *header, unsigned step, const char *rest)
{
    FILE *file = file_open(name);

    LIQ_ASSERT(fprintf(file, "%s\n", header) > 0);
    for (unsigned i = 0; i < ACCOUNTS; i++)
        LIQ_ASSERT(fprintf(file, "%0100u%s\n", i * step % ACCOUNTS, rest) > 0);
    LIQ_ASSERT(fclose(file) == 0);
}

static FILE *file_open(const char *name)
{
    FILE *file = fopen(path_of(name), "wb");

    LIQ_ASSERT(file != NULL);
    return file;
}

static const char *path_of(const char *name)
{
    static char path[PATH_BYTES + 32];

    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}
