/*
 * Records are written here as literals, not made by the book's own code: the self-test shall not
 * depend on what it stands below.
 */
#include "scan/self_test_book.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/int128.h"
#include "base/memory.h"
#include "scan/self_test_portfolio.h"

enum { INSTRUMENTS = 5, TIERS = 8, ASSETS = 2, SLICES = 3, GENERATED_ROWS = 320 };
enum { PORTFOLIO_EVERY = 8 }; /* of so many rows one is of portfolio margin */
enum { BTCUSDT = 0, ETHUSDT = 1, WHOLE = 2, UNMARKED = 3, BTCUSD = 4 };
enum { USDT = 0, BTC = 1 };

#define CASH(whole, hundred_millionths) (INT64_C(whole) * 100000000 + INT64_C(hundred_millionths))

/* Where the next row of the fixture goes. */
typedef struct writer {
    liq_rows *rows;
    size_t keys_capacity;
    size_t first_capacity;
    size_t tags_capacity;
    size_t quantities_capacity;
    size_t values_capacity;
    uint64_t random; /* state of a linear congruential generator */
    liq_status status;
    liq_error *err;
} writer;

static liq_status market_fill(liq_market *market, bool with_portfolio, liq_error *err);
static void instruments_fill(liq_market *market);
static void tiers_fill(liq_market *market);
static void assets_fill(liq_market *market);
static void known_rows(writer *out);
static void binance_row(writer *out, int64_t wallet);
static void generated_rows(writer *out);
static void generated_legs(writer *out, uint32_t instrument, uint32_t count);
static void entry(writer *out, uint32_t kind, uint32_t index, int64_t quantity, int64_t value);
static void row_end(writer *out);
static void portfolio_row_end(writer *out);
static uint64_t draw(writer *out, uint64_t below);
static liq_wide wide_product(int64_t left, int64_t right);

liq_status liq_self_test_book_create(liq_self_test_book *out, bool with_portfolio, liq_error *err)
{
    liq_self_test_book book = {0};
    writer rows = {.rows = &book.rows, .random = 42, .err = err};

    rows.status = market_fill(&book.market, with_portfolio, err);
    if (rows.status == LIQ_OK)
        rows.status = liq_memory_grow(&book.rows.entry_first, &rows.first_capacity, 1,
                                      sizeof *book.rows.entry_first, err);
    known_rows(&rows);
    generated_rows(&rows);
    if (rows.status != LIQ_OK) {
        liq_self_test_book_clear(&book);
        return rows.status;
    }
    *out = book;
    return LIQ_OK;
}

void liq_self_test_book_clear(liq_self_test_book *book)
{
    liq_market_clear(&book->market);
    liq_rows_clear(&book->rows);
}

/*
 * The first four are Binance's cross margin example (its help page on liquidation prices:
 * maintenance 71,200.811444 + 356,512.508122, PnL -56,354.56848 - 448,192.88514) with the wallet of
 * the example, with equity of zero, with equity equal to the requirement, and with one unit more.
 * The one before the last is Deribit's example of standard margin: 25 BTC at 100,000, initial
 * margin 53,125, maintenance margin 28,125. The last one is of portfolio margin, long 3,196.727 of
 * the first underlying and short 1,335.18 of the second: at -16% it loses 511.47632, of the gain of
 * 213.6288 less 1,000 fine units count 60%, and 31.96727 are charged for its delta.
 */
const liq_row_record *liq_self_test_known(uint32_t *count)
{
    static const liq_row_record known[] = {
        {.equity = CASH(1030895, 55638000),
         .maintenance = CASH(427713, 31956600),
         .initial = CASH(1158756, 63913200),
         .notional = CASH(8418807, 53898000),
         .status = LIQ_ROW_OK},
        {.equity = 0,
         .maintenance = CASH(427713, 31956600),
         .initial = CASH(1158756, 63913200),
         .notional = CASH(8418807, 53898000),
         .status = LIQ_ROW_BANKRUPT},
        {.equity = CASH(427713, 31956600),
         .maintenance = CASH(427713, 31956600),
         .initial = CASH(1158756, 63913200),
         .notional = CASH(8418807, 53898000),
         .status = LIQ_ROW_LIQUIDATE},
        {.equity = CASH(427713, 31956601),
         .maintenance = CASH(427713, 31956600),
         .initial = CASH(1158756, 63913200),
         .notional = CASH(8418807, 53898000),
         .status = LIQ_ROW_WARNING},
        {.status = LIQ_ROW_UNVALUED, .reason = LIQ_REASON_NO_MARK, .reason_index = UNMARKED},
        {.status = LIQ_ROW_OK},
        {.equity = CASH(230000, 0), .status = LIQ_ROW_OK},
        {.equity = CASH(-100000, 0), .status = LIQ_ROW_BANKRUPT},
        {.equity = CASH(95000, 0),
         .maintenance = CASH(28125, 0),
         .initial = CASH(53125, 0),
         .notional = CASH(2500000, 0),
         .status = LIQ_ROW_OK},
        {.equity = CASH(1000, 0),
         .maintenance = CASH(415, 26631001),
         .initial = CASH(539, 84620301),
         .notional = CASH(4531, 90700000),
         .status = LIQ_ROW_OK},
    };

    *count = sizeof known / sizeof known[0];
    return known;
}

static void known_rows(writer *out)
{
    binance_row(out, CASH(1535443, 1000000));
    binance_row(out, CASH(504547, 45362000));
    binance_row(out, CASH(932260, 77318600));
    binance_row(out, CASH(932260, 77318601));
    entry(out, LIQ_ENTRY_POSITION, UNMARKED, 1, 1);
    entry(out, LIQ_ENTRY_BALANCE, USDT, CASH(100, 0), 0);
    row_end(out);
    row_end(out);                                     /* an empty account */
    entry(out, LIQ_ENTRY_BALANCE, BTC, 250000000, 0); /* 1 BTC at 0.95, 1.5 BTC at 0.9 */
    row_end(out);
    entry(out, LIQ_ENTRY_BALANCE, BTC, -100000000, 0);
    row_end(out);
    entry(out, LIQ_ENTRY_POSITION, BTCUSD, 25000, -1000000000000000);
    entry(out, LIQ_ENTRY_BALANCE, BTC, 100000000, 0);
    row_end(out);
    entry(out, LIQ_ENTRY_POSITION, ETHUSDT, -1000, 1335180000000);
    entry(out, LIQ_ENTRY_POSITION, BTCUSDT, 100, 31967270000000);
    entry(out, LIQ_ENTRY_BALANCE, USDT, CASH(1000, 0), 0);
    portfolio_row_end(out);
}

static void binance_row(writer *out, int64_t wallet)
{
    entry(out, LIQ_ENTRY_POSITION, BTCUSDT, 109488, 32481980000000);
    entry(out, LIQ_ENTRY_POSITION, ETHUSDT, 3683979, 1456840000000);
    entry(out, LIQ_ENTRY_BALANCE, USDT, wallet, 0);
    row_end(out);
}

/* Rows of many lengths, on both sides of the chunks of long rows. */
static void generated_rows(writer *out)
{
    static const uint32_t lengths[] = {255, 256, 257, 510, 511, 512, 513, 514, 1024, 5000};
    const uint32_t special_count = (uint32_t)(sizeof lengths / sizeof lengths[0]);

    for (uint32_t i = 0; i < GENERATED_ROWS && out->status == LIQ_OK; i++) {
        const uint32_t length = i < special_count ? lengths[i] : i % 40;

        generated_legs(out, BTCUSDT, length / 3);
        generated_legs(out, ETHUSDT, length / 3);
        generated_legs(out, WHOLE, length / 6);
        entry(out, LIQ_ENTRY_BALANCE, USDT, (int64_t)draw(out, CASH(900000, 0)) - CASH(500, 0), 0);
        if (draw(out, 2) == 0) {
            generated_legs(out, BTCUSD, length / 6);
            entry(out, LIQ_ENTRY_BALANCE, BTC, (int64_t)draw(out, 900000000) - 100000000, 0);
        }
        if (i % PORTFOLIO_EVERY == 0)
            portfolio_row_end(out);
        else
            row_end(out);
    }
}

/*
 * Legs of one instrument in groups as a row holds them: an exposure, one or two positions, orders.
 * In a row either all groups of an instrument have exposures or none has: an exposure reaches as
 * far as the positions right behind it.
 */
static void generated_legs(writer *out, uint32_t instrument, uint32_t count)
{
    const int64_t sign = instrument == BTCUSD ? -1 : 1;
    const int64_t value = instrument == BTCUSDT   ? 31967270000000
                          : instrument == ETHUSDT ? 1335180000000
                          : instrument == WHOLE   ? 987654321
                                                  : 1000000000000000;
    const bool exposed = draw(out, 2) == 0;
    uint32_t place = 0;

    for (uint32_t i = 0; i < count; i++, place = draw(out, 8) == 0 ? 0 : place + 1) {
        const int64_t lots = (int64_t)draw(out, 200000) - 100000;
        const int64_t entered = value - value / 8 + (int64_t)draw(out, (uint64_t)value / 4);
        const uint32_t exposure =
            draw(out, 2) == 0 ? LIQ_ENTRY_EXPOSURE_MAX : LIQ_ENTRY_EXPOSURE_SUM;

        if (exposed && place == 0)
            entry(out, exposure, instrument, 200000, 300000);
        else
            entry(out, place <= 2 ? LIQ_ENTRY_POSITION : LIQ_ENTRY_ORDER, instrument,
                  lots != 0 ? lots : 1, sign * entered);
    }
}

static liq_status market_fill(liq_market *market, bool with_portfolio, liq_error *err)
{
    liq_status status;

    *market = (liq_market){.instrument_count = INSTRUMENTS,
                           .tier_count = TIERS,
                           .asset_count = ASSETS,
                           .slice_count = SLICES};
    if ((status = liq_memory_array(&market->instruments, INSTRUMENTS, sizeof *market->instruments,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&market->tiers, TIERS, sizeof *market->tiers, err)) != LIQ_OK ||
        (status = liq_memory_array(&market->assets, ASSETS, sizeof *market->assets, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&market->slices, SLICES, sizeof *market->slices, err)) != LIQ_OK)
        return status;
    instruments_fill(market);
    tiers_fill(market);
    assets_fill(market);
    for (uint64_t i = 0, power = 1; i < LIQ_POWERS; i++, power *= 10)
        market->powers[i] = liq_divisor_make(power);
    market->policy.levels[0] = (liq_level_record){800000, 1000000, 1, 0};
    market->policy.levels[2] = (liq_level_record){1000000, 1000000, 1, 0};
    market->policy.flags = LIQ_POLICY_ORDER_MARGIN | LIQ_POLICY_ORDER_TIER;
    return with_portfolio ? liq_self_test_portfolio_fill(market, INSTRUMENTS, err) : LIQ_OK;
}

/* The first tier stands beside the price of some, and the rule shall find it either way. */
static void instruments_fill(liq_market *market)
{
    market->instruments[BTCUSDT] = (liq_instrument_record){.value_floor = 31967270000000,
                                                           .value_ceil = 31967270000000,
                                                           .flags = LIQ_INSTRUMENT_CONTINUOUS,
                                                           .tier_count = 2,
                                                           .lowest_end_lots = 101980,
                                                           .lowest_maintenance_rate = 20000000000,
                                                           .lowest_initial_rate = 40000000000,
                                                           .lot_size = 31967270000000};
    market->instruments[ETHUSDT] = (liq_instrument_record){.value_floor = 1335180000000,
                                                           .value_ceil = 1335180000000,
                                                           .flags = LIQ_INSTRUMENT_CONTINUOUS,
                                                           .tier_first = 2,
                                                           .tier_count = 2,
                                                           .lot_size = 1335180000000};
    market->instruments[WHOLE] = (liq_instrument_record){.value_floor = 987654321,
                                                         .value_ceil = 987654322,
                                                         .tier_first = 4,
                                                         .tier_count = 2,
                                                         .lowest_end_lots = 50001,
                                                         .lowest_maintenance_rate = 10000000000,
                                                         .lowest_initial_rate = 20000000000,
                                                         .lot_size = 987654322};
    market->instruments[UNMARKED] =
        (liq_instrument_record){.flags = LIQ_INSTRUMENT_NO_MARK, .tier_first = 6, .tier_count = 1};
    market->instruments[BTCUSD] = (liq_instrument_record){.value_floor = -1000000000000000,
                                                          .value_ceil = -1000000000000000,
                                                          .asset_index = BTC,
                                                          .flags = LIQ_INSTRUMENT_LINEAR_IN_SIZE,
                                                          .tier_first = 7,
                                                          .tier_count = 1};
}

static void tiers_fill(liq_market *market)
{
    market->tiers[0] =
        (liq_tier_record){.maintenance_rate = 20000000000, .initial_rate = 40000000000};
    market->tiers[1] =
        (liq_tier_record){.floor_lots = 101980, /* 3,260,000 USDT */
                          .maintenance_rate = 25000000000,
                          .initial_rate = 50000000000,
                          .deduction = wide_product(1630000000000, 10000000000000000)};
    market->tiers[2] =
        (liq_tier_record){.maintenance_rate = 20000000000, .initial_rate = 40000000000};
    market->tiers[3] =
        (liq_tier_record){.floor_lots = 1267292, /* 1,692,062.5 USDT */
                          .maintenance_rate = 100000000000,
                          .initial_rate = 200000000000,
                          .deduction = wide_product(13536500000000, 10000000000000000)};
    market->tiers[4] =
        (liq_tier_record){.maintenance_rate = 10000000000, .initial_rate = 20000000000};
    market->tiers[5] = (liq_tier_record){
        .floor_lots = 50001, .maintenance_rate = 20000000000, .initial_rate = 40000000000};
    market->tiers[6] = market->tiers[4];
    /* 1% and 2%, both plus 0.005% for each BTC, of which a lot is 0.001. */
    market->tiers[7] = (liq_tier_record){.maintenance_rate = 10000000000,
                                         .initial_rate = 20000000000,
                                         .maintenance_slope = 500000000000000,
                                         .initial_slope = 500000000000000,
                                         .maintenance_slope_power = 10,
                                         .initial_slope_power = 10};
}

static void assets_fill(liq_market *market)
{
    market->assets[USDT] = (liq_asset_record){.exchange_rate = LIQ_EXCHANGE_RATE_ONE,
                                              .grains_per_fine = 1000000000000,
                                              .fine_max = wide_product(LIQ_I64_MAX, 10000),
                                              .slice_count = 1,
                                              .flags = LIQ_ASSET_MARGIN_CURRENCY};
    market->assets[BTC] = (liq_asset_record){.exchange_rate = 100000 * LIQ_EXCHANGE_RATE_ONE,
                                             .grains_per_fine = 1000000,
                                             .fine_max = wide_product(LIQ_I64_MAX, 10000000000),
                                             .slice_first = 1,
                                             .slice_count = 2};
    market->slices[0] = (liq_slice_record){LIQ_I64_MAX, LIQ_WEIGHT_ONE};
    market->slices[1] = (liq_slice_record){100000000, 9500};
    market->slices[2] = (liq_slice_record){LIQ_I64_MAX, 9000};
}

static void entry(writer *out, uint32_t kind, uint32_t index, int64_t quantity, int64_t value)
{
    liq_rows *rows = out->rows;
    const uint64_t at = rows->entry_count;

    if (out->status != LIQ_OK ||
        (out->status = liq_memory_grow(&rows->tags, &out->tags_capacity, at + 1, sizeof *rows->tags,
                                       out->err)) != LIQ_OK ||
        (out->status = liq_memory_grow(&rows->quantities, &out->quantities_capacity, at + 1,
                                       sizeof *rows->quantities, out->err)) != LIQ_OK ||
        (out->status = liq_memory_grow(&rows->values, &out->values_capacity, at + 1,
                                       sizeof *rows->values, out->err)) != LIQ_OK)
        return;
    rows->tags[at] = kind << LIQ_TAG_INDEX_BITS | index;
    rows->quantities[at] = quantity;
    rows->values[at] = value;
    rows->entry_count++;
}

static void row_end(writer *out)
{
    liq_rows *rows = out->rows;

    if (out->status != LIQ_OK ||
        (out->status = liq_memory_grow(&rows->keys, &out->keys_capacity, rows->row_count + 1,
                                       sizeof *rows->keys, out->err)) != LIQ_OK ||
        (out->status = liq_memory_grow(&rows->entry_first, &out->first_capacity,
                                       rows->row_count + 2, sizeof *rows->entry_first, out->err)) !=
            LIQ_OK)
        return;
    rows->keys[rows->row_count] =
        (liq_row_key){.account_index = rows->row_count, .instrument_index = LIQ_NO_INDEX};
    rows->entry_first[++rows->row_count] = rows->entry_count;
}

static void portfolio_row_end(writer *out)
{
    row_end(out);
    if (out->status == LIQ_OK)
        out->rows->keys[out->rows->row_count - 1].reason = LIQ_REASON_PORTFOLIO;
}

/* A number below a bound. Knuth's MMIX constants; the high bits are the better ones. */
static uint64_t draw(writer *out, uint64_t below)
{
    out->random = out->random * 6364136223846793005U + 1442695040888963407U;
    return (out->random >> 11) % below;
}

static liq_wide wide_product(int64_t left, int64_t right)
{
    const liq_int128 product = (liq_int128)left * right;

    return liq_wide_make((uint64_t)((liq_uint128)product >> 64), (uint64_t)product);
}
