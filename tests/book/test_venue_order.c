/*
 * Instruments stand by settle asset, however venue.json lists them, and keep what is theirs.
 */
#include <criterion/criterion.h>

#include "book/market.h"
#include "book/rows.h"
#include "support_folder.h"

#define INSTRUMENT(symbol, settle, rate)                                                           \
    "{\"symbol\":\"" symbol "\",\"kind\":\"linear\",\"base\":\"X\",\"settle\":\"" settle           \
    "\",\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.1\",\"tiers\":[{\"floor\":\"0\","          \
    "\"mmr\":\"" rate "\",\"imr\":\"0.5\"}]}"

static const char mixed_venue[] =
    "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\",\"assets\":["
    "{\"asset\":\"BTC\",\"weight\":\"0.9\"},{\"asset\":\"USDT\",\"weight\":\"1\"},"
    "{\"asset\":\"USDC\",\"weight\":\"1\"}],\"instruments\":["
    /* clang-format off */
    INSTRUMENT("A", "USDC", "0.01") ","
    INSTRUMENT("B", "USDT", "0.02") ","
    INSTRUMENT("C", "BTC", "0.03") ","
    INSTRUMENT("D", "USDC", "0.04") ","
    INSTRUMENT("E", "USDT", "0.05") "]}";
/* clang-format on */

static const folder_file mixed_book[] = {
    {"venue.json", mixed_venue},
    {"accounts.csv", "account,mode\nall,cross\n"},
    {"balances.csv", "account,asset,amount\nall,USDT,5\n"},
    {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                      "all,A,long,1,1,cross,\nall,B,long,1,1,cross,\nall,C,long,1,1,cross,\n"
                      "all,D,long,1,1,cross,\nall,E,long,1,1,cross,\n"},
    {"marks.csv", "symbol,price\nA,1\nB,1\nC,1\nD,1\nE,1\nBTC,2\nUSDC,1\n"},
};

Test(venue_order, stands_by_settle_asset_and_keeps_names_and_tiers)
{
    static const char *const names[] = {"B", "E", "C", "A", "D"};
    static const int64_t rates[] = {2, 5, 3, 1, 4}; /* hundredths */
    const folder home = book_folder_create();
    liq_error err = {.message = ""};
    liq_book *book = NULL;
    liq_rows rows = {0};

    book_folder_write_all(&home, mixed_book, sizeof mixed_book / sizeof mixed_book[0]);
    cr_assert(liq_book_load(&book, home.path, NULL, &err) == LIQ_OK, "%s", err.message);
    for (uint32_t i = 0; i < 5; i++) {
        const liq_instrument *instrument = &book->venue.instruments[i];
        uint32_t index;

        cr_expect_str_eq(liq_names_get(book->venue.instrument_names, i), names[i]);
        cr_expect(liq_names_find(book->venue.instrument_names, liq_text_of(names[i]), &index) &&
                  index == i);
        cr_expect(book->venue.tiers[instrument->tier_first].maintenance_rate.digits == rates[i]);
    }
    cr_expect(liq_rows_create(&rows, book, NULL, &err) == LIQ_OK, "%s", err.message);
    liq_rows_clear(&rows);
    liq_book_destroy(book);
    book_folder_remove(&home);
}
