/*
 * Whatever the state of a sidecar holds, it is refused, or the core goes on from it: guards, margin
 * rates, slices, brakes and holds of a state that nobody wrote must lead to decisions or to a
 * refusal. An input is a list of edits of a good state, whose hash is then made right again: place
 * (2 bytes), bytes to replace (1) and bytes to put there (1, then those).
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "book_folder.h"

#include "base/fail.h"
#include "base/hash.h"
#include "book/columns.h"
#include "engine/core_state.h"
#include "feed/feed_parse.h"

enum { FILES = 5, STATE_BYTES = 1 << 16, TAIL_BYTES = 4 + 64 + 1 };

static const struct {
    const char *name;
    const char *text;
} files[FILES] = {
    {"venue.json",
     "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\",\"policy\":{"
     "\"guards\":{\"step\":\"0.02\",\"confirm_marks\":2,\"index_outlier\":\"0.05\","
     "\"mark\":\"binance\",\"rate_notional\":\"500\",\"breaker\":\"liquidations\","
     "\"breaker_move\":\"0.03\",\"breaker_drawdown\":\"0.1\"},"
     "\"dynamic_margin\":{\"realised_volatility\":{\"reference\":\"2\",\"sample_ms\":100},"
     "\"implied_volatility\":{\"reference\":\"0.5\"},\"notice_ms\":250,\"raise_after_ms\":100},"
     "\"liquidation\":{\"execution\":\"sliced\",\"slicing\":{\"interval_ms\":100}}},"
     "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":\"0.5\"}],"
     "\"instruments\":[{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
     "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"fund\":\"USDT\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}],"
     "\"funds\":[{\"fund\":\"USDT\",\"balance\":\"1000\"}]}"},
    {"accounts.csv", "account,mode\na,cross\nb,cross\nc,cross\n"},
    {"balances.csv", "account,asset,amount\na,USDT,12\nb,BTC,2\nc,USDT,13\n"},
    {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                      "a,L,long,10,100,cross,\nc,L,long,9,100,cross,\nb,L,short,19,100,cross,\n"},
    {"marks.csv", "symbol,price\nL,100\nBTC,100\n"}};

static const char *const lines[] = {
    "{\"seq\":1,\"type\":\"depth\",\"symbol\":\"L\",\"bids\":[[\"98.9\",\"1\"],[\"98\",\"9\"]],"
    "\"asks\":[[\"101\",\"5\"]]}",
    "{\"seq\":2,\"time\":1000000,\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTC\","
    "\"indexPrice\":\"100\"},{\"symbol\":\"L\",\"last\":\"99\"}]}",
    "{\"seq\":3,\"type\":\"volatility\",\"symbol\":\"L\",\"impliedVolatility\":\"0.9\"}",
    "{\"seq\":4,\"type\":\"balance\",\"account\":\"a\",\"asset\":\"USDT\",\"walletBalance\":"
    "\"10.5\",\"accountSeq\":7}",
    "{\"seq\":5,\"time\":1000300,\"type\":\"marks\",\"marks\":[{\"symbol\":\"L\",\"last\":"
    "\"98.9\"}]}",
    "{\"seq\":6,\"type\":\"control\",\"action\":\"snapshot_begin\",\"account\":\"b\"}",
    "{\"seq\":7,\"type\":\"marks\",\"marks\":[{\"symbol\":\"L\",\"markPrice\":\"60\"},"
    "{\"symbol\":\"BTC\",\"indexPrice\":\"0\"}]}",
    "{\"seq\":8,\"time\":1000500,\"type\":\"marks\",\"marks\":[{\"symbol\":\"L\","
    "\"markPrice\":\"95\"}]}"};

static const liq_core_config config = {.sources = {"one", "two"},
                                       .source_count = 2,
                                       .stale_ms = -1,
                                       .advice_ms = 500,
                                       .book_is_complete = true,
                                       .limits = {8, 64, 16}};

static const char *folder;
static char good[STATE_BYTES];
static size_t good_bytes;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void good_make(void);
static void event_take(liq_core *core, const char *line);
static size_t edit(char *out, const uint8_t *edits, size_t bytes);
static size_t hash_put(char *state, size_t bytes);
static void check(const char *state, size_t bytes);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    (void)argument_count;
    (void)arguments;
    folder = book_folder_make();
    for (size_t i = 0; i < FILES; i++)
        book_folder_write(files[i].name, files[i].text, strlen(files[i].text));
    good_make();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static char state[STATE_BYTES];
    const size_t edited = edit(state, data, bytes);

    check(state, hash_put(state, edited));
    return 0;
}

/* A core in the middle of everything, kept as its book and its state. */
static void good_make(void)
{
    liq_core core = {.device = NULL};
    liq_book *book = NULL;
    void *state = NULL;

    LIQ_ASSERT(liq_book_load(&book, folder, NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_core_create(&core, &config, book, NULL) == LIQ_OK);
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        event_take(&core, lines[i]);
        if (i % 2 == 1)
            LIQ_ASSERT(liq_core_run(&core, 1000000 + 100 * (int64_t)i, NULL) == LIQ_OK);
    }
    liq_core_gap(&core, 1, 1, 2);
    LIQ_ASSERT(liq_live_save(core.live, book_folder_path("snapshot"), NULL) == LIQ_OK);
    LIQ_ASSERT(liq_core_state_write(&core, &state, &good_bytes, NULL) == LIQ_OK);
    LIQ_ASSERT(good_bytes > TAIL_BYTES && good_bytes < STATE_BYTES);
    good_bytes -= TAIL_BYTES;
    memcpy(good, state, good_bytes);
    free(state);
    liq_core_destroy(&core);
}

/* Refused or not: what is refused holds somebody. */
static void event_take(liq_core *core, const char *line)
{
    liq_feed_parser parser = {0};
    liq_feed_batch *batch = NULL;
    liq_error err = {0};

    LIQ_ASSERT(liq_feed_batch_create(&batch, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_feed_parse(&parser, batch, liq_text_of(line), NULL) == LIQ_OK);
    LIQ_ASSERT(batch->events[0].kind != LIQ_FEED_BAD);
    if (liq_core_apply(core, 0, &batch->events[0], &err) != LIQ_OK)
        LIQ_ASSERT(err.message[0] != '\0');
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
}

static size_t edit(char *out, const uint8_t *edits, size_t bytes)
{
    size_t length = good_bytes;

    memcpy(out, good, good_bytes);
    while (bytes >= 4) {
        const size_t place = ((size_t)edits[0] << 8 | edits[1]) % (length + 1);
        const size_t gone = edits[2] < length - place ? edits[2] : length - place;
        const size_t more = edits[3] < bytes - 4 ? edits[3] : bytes - 4;

        if (length - gone + more > STATE_BYTES - TAIL_BYTES)
            break;
        memmove(out + place + more, out + place + gone, length - place - gone);
        memcpy(out + place, edits + 4, more);
        length += more - gone;
        edits += 4 + more;
        bytes -= 4 + more;
    }
    return length;
}

static size_t hash_put(char *state, size_t bytes)
{
    char hex[LIQ_HASH_HEX_BYTES];
    liq_hash *hash = NULL;

    LIQ_ASSERT(liq_hash_create(&hash, NULL) == LIQ_OK);
    liq_hash_add(hash, state, bytes);
    liq_hash_finish(hash, hex);
    liq_hash_destroy(hash);
    memcpy(state + bytes, "end\t", 4);
    memcpy(state + bytes + 4, hex, LIQ_HASH_HEX_BYTES - 1);
    state[bytes + TAIL_BYTES - 1] = '\n';
    return bytes + TAIL_BYTES;
}

static void check(const char *state, size_t bytes)
{
    liq_core core = {.device = NULL};
    liq_book *book = NULL;
    liq_error err = {0};

    LIQ_ASSERT(liq_book_load_snapshot(&book, book_folder_path("snapshot"), NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_core_create(&core, &config, book, NULL) == LIQ_OK);
    if (liq_core_state_read(&core, "state", state, bytes, false, &err) != LIQ_OK) {
        LIQ_ASSERT(err.message[0] != '\0');
    } else {
        /* Time that has come goes on; what is said of marks may be refused. */
        event_take(&core, "{\"seq\":9,\"time\":1000800,\"type\":\"marks\",\"marks\":[{\"symbol\":"
                          "\"L\",\"markPrice\":\"94\"},{\"symbol\":\"BTC\",\"indexPrice\":\"99\"}"
                          "]}");
        for (int64_t i = 0; i < 3; i++)
            if (liq_core_run(&core, 1000900 + 400 * i, &err) != LIQ_OK) {
                LIQ_ASSERT(err.message[0] != '\0');
                break;
            }
    }
    liq_core_destroy(&core);
}
