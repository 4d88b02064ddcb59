#include "support_generated.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES = 128 };

static const char *const files[] = {"accounts.csv", "balances.csv",  "depth.csv", "marks.csv",
                                    "orders.csv",   "positions.csv", "venue.json"};

void liq_generated_options(liq_generate_options *out, uint32_t book_number, uint64_t seed)
{
    static const char *const profiles[] = {"binance-usdm", "bybit-uta", "hyperliquid", "dydx-v4",
                                           "okx"};

    liq_generate_defaults(out);
    out->accounts = 1500;
    out->instruments = 12 + book_number % 3 * 14;
    out->seed = seed;
    out->profile = profiles[book_number % 5];
    out->near_ppm = book_number % 2 == 0 ? 400000 : 50000;
    out->past_ppm = 20000;
    out->isolated_ppm = book_number % 3 == 1 ? 200000 : 0;
    out->hedge_ppm = book_number % 4 == 2 ? 100000 : 0;
    out->inverse_ppm = book_number % 3 == 2 ? 300000 : 0;
    out->order_ppm = book_number % 4 == 3 ? 200000 : 0;
    out->collateral_assets = book_number % 2 * 4;
    /* One position each: nothing stands between its tier and the status. */
    out->positions_milli = book_number % 5 == 4 ? 1000 : 0;
}

liq_book *liq_generated_book(const liq_generate_options *options)
{
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];
    const char *temporary = getenv("TMPDIR");
    liq_book *book = NULL;
    liq_error err = {0};

    (void)snprintf(folder, sizeof folder, "%.80s/liqscan-test-XXXXXX",
                   temporary != NULL ? temporary : "/tmp");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(liq_generate(folder, options, NULL, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_book_load(&book, folder, NULL, &err), LIQ_OK, "%s", err.message);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    cr_assert_eq(rmdir(folder), 0);
    return book;
}
