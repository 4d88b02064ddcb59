/*
 * A live book whose most popular mark jumps up and back: rows that come and go are valued, told and
 * counted by several threads. After every tick all that accounts were told must be as in a book
 * that is ticked by one thread, and so must the lists that are read now and then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <liqscan/live.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "book/generate.h"
#include "book/market.h"

enum { ACCOUNTS = 6000, TICKS = 60, READ_EVERY = 7, PATH_BYTES = 512 };

static liq_book *book_make(void);
static liq_live *live_make(const liq_book *book, int exact_all);
static void tick(liq_live *live, const liq_book *book, int up, liq_live_summary *summary);
static void compare(liq_live *live, liq_live *exact);

int main(void)
{
    liq_book *book = book_make();
    liq_live *live = live_make(book, 0);
    liq_live *exact = live_make(book, 1);
    liq_live_summary summary;
    liq_live_summary expected;
    uint64_t most = 0;

    for (int i = 0; i < TICKS; i++) {
        uint64_t hashes[2][2];

        tick(live, book, i % 2, &summary);
        tick(exact, book, i % 2, &expected);
        LIQ_ASSERT(memcmp(summary.by_status, expected.by_status, sizeof summary.by_status) == 0);
        liq_live_state_hash(live, hashes[0]);
        liq_live_state_hash(exact, hashes[1]);
        LIQ_ASSERT(memcmp(hashes[0], hashes[1], sizeof hashes[0]) == 0);
        if (i % READ_EVERY == 0)
            compare(live, exact);
        most = summary.flagged > most ? summary.flagged : most;
    }
    /* Fewer are not shared among threads. */
    LIQ_ASSERT(most > 200);
    liq_live_destroy(live);
    liq_live_destroy(exact);
    liq_book_destroy(book);
    (void)puts("tsan_live: ok");
    return 0;
}

static liq_book *book_make(void)
{
    static const char *const names[] = {"accounts.csv", "balances.csv",  "depth.csv", "marks.csv",
                                        "orders.csv",   "positions.csv", "venue.json"};
    const char *parent = getenv("TMPDIR");
    liq_generate_options options;
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    liq_book *book = NULL;

    (void)snprintf(folder, sizeof folder, "%s/liqscan-tsan-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    LIQ_ASSERT(mkdtemp(folder) != NULL);
    liq_generate_defaults(&options);
    options.accounts = ACCOUNTS;
    options.instruments = 12;
    options.near_ppm = 400000;
    LIQ_ASSERT(liq_generate(folder, &options, NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_book_load(&book, folder, NULL, NULL) == LIQ_OK);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    LIQ_ASSERT(rmdir(folder) == 0);
    return book;
}

static liq_live *live_make(const liq_book *book, int exact_all)
{
    const liq_live_options options = {.exact_all = exact_all};
    liq_live *live = NULL;

    LIQ_ASSERT(liq_live_create(&live, book, &options, NULL) == LIQ_OK);
    return live;
}

static void tick(liq_live *live, const liq_book *book, int up, liq_live_summary *summary)
{
    const liq_decimal mark = book->instrument_marks[0];
    char price[LIQ_DECIMAL_BYTES];
    const liq_live_event event = {
        .kind = LIQ_LIVE_MARK,
        .symbol = liq_names_get(book->venue.instrument_names, 0),
        .price = liq_decimal_format(price, (liq_int128)mark.digits * (up != 0 ? 101 : 100),
                                    mark.decimals + 2)};

    LIQ_ASSERT(liq_live_apply(live, &event, 1, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_live_tick(live, summary, NULL) == LIQ_OK);
}

static void compare(liq_live *live, liq_live *exact)
{
    const uint32_t *rows[2];
    uint32_t counts[2];

    liq_live_flagged(live, &rows[0], &counts[0]);
    liq_live_flagged(exact, &rows[1], &counts[1]);
    LIQ_ASSERT(counts[0] == counts[1]);
    for (uint32_t i = 0; i < counts[0]; i++) {
        liq_scan_row one;
        liq_scan_row two;

        liq_live_row(live, rows[0][i], &one);
        liq_live_row(exact, rows[1][i], &two);
        LIQ_ASSERT(strcmp(one.account, two.account) == 0);
        LIQ_ASSERT(one.status == two.status && one.equity == two.equity &&
                   one.maintenance_margin == two.maintenance_margin &&
                   one.initial_margin == two.initial_margin && one.notional == two.notional &&
                   one.age_ticks == 0);
    }
}
