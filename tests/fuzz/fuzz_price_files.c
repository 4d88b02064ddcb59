/*
 * Whatever a file of betas, scenarios or prices says, it is refused with a reason, or what comes
 * out of it is in the limits that stresses and replays rely on. The first byte says which file:
 * betas, scenarios, a path as scenarios, the same of bars, or a path tick by tick, read in the way
 * that the other bits of the byte say.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/command_stress_plan.h"
#include "app/mark_path.h"
#include "base/clock.h"
#include "base/fail.h"
#include "liq_limits.h"
#include "scan/stress_set.h"

enum { FILES = 5, PATH_BYTES = 512, KINDS = 5, UNTOLD = INT32_MAX, PPM_ONE = 1000000 };
enum { KIND_BETAS, KIND_SCENARIOS, KIND_PATH, KIND_BARS, KIND_TICKS };

static const struct {
    const char *name;
    const char *text;
} files[FILES] = {
    {"venue.json",
     "{\"venue\":\"v\",\"profile\":\"binance-usdm\",\"margin_currency\":\"USDT\","
     "\"assets\":[{\"asset\":\"USDT\",\"weight\":\"1\"},{\"asset\":\"BTC\",\"weight\":\"0.5\"}],"
     "\"instruments\":["
     "{\"symbol\":\"L\",\"kind\":\"linear\",\"base\":\"BTC\",\"settle\":\"USDT\","
     "\"multiplier\":\"1\",\"lot\":\"0.001\",\"tick\":\"0.1\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]},"
     "{\"symbol\":\"N\",\"kind\":\"linear\",\"base\":\"NEW\",\"settle\":\"USDT\","
     "\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.1\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]},"
     "{\"symbol\":\"I\",\"kind\":\"inverse\",\"base\":\"BTC\",\"settle\":\"BTC\","
     "\"multiplier\":\"1\",\"lot\":\"1\",\"tick\":\"0.5\",\"tiers\":["
     "{\"floor\":\"0\",\"mmr\":\"0.01\",\"imr\":\"0.02\"}]}]}"},
    {"accounts.csv", "account,mode\na,cross\n"},
    {"balances.csv", "account,asset,amount\na,USDT,5\n"},
    {"positions.csv", "account,instrument,side,quantity,entry_price,margin,isolated_margin\n"
                      "a,L,long,1,100,cross,\n"},
    {"marks.csv", "symbol,price\nL,100\nI,101\nBTC,100\n"}};

static liq_book *book;
static uint32_t price_count;

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void book_remove(void);
static liq_status betas_check(const char *path, liq_error *err);
static liq_status scenarios_check(unsigned kind, const char *path, liq_error *err);
static liq_status ticks_check(unsigned bits, const char *path, liq_error *err);
static void tick_check(const liq_mark_path *path, const liq_mark_path_options *options,
                       const liq_mark_tick *tick);
static void made_check(const liq_mark_texts *texts);

int LLVMFuzzerInitialize(int *argument_count, char ***arguments)
{
    const char *parent = getenv("TMPDIR");
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 32];

    (void)argument_count;
    (void)arguments;
    (void)snprintf(folder, sizeof folder, "%s/liqscan-fuzz-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    LIQ_ASSERT(mkdtemp(folder) != NULL);
    for (size_t i = 0; i < FILES; i++) {
        FILE *file;

        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        file = fopen(path, "wb");
        LIQ_ASSERT(file != NULL && fputs(files[i].text, file) >= 0 && fclose(file) == 0);
    }
    LIQ_ASSERT(liq_book_load(&book, folder, NULL, NULL) == LIQ_OK);
    LIQ_ASSERT(atexit(book_remove) == 0);
    for (size_t i = 0; i < FILES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i].name);
        LIQ_ASSERT(unlink(path) == 0);
    }
    LIQ_ASSERT(rmdir(folder) == 0);
    price_count = book->venue.instrument_count + book->venue.asset_count;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const int descriptor = memfd_create("prices.csv", MFD_CLOEXEC);
    liq_error err = {0};
    char path[64];
    liq_status status;

    LIQ_ASSERT(descriptor >= 0);
    if (bytes > 1)
        LIQ_ASSERT(write(descriptor, data + 1, bytes - 1) == (ssize_t)(bytes - 1));
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    if (bytes > 0) {
        const unsigned kind = data[0] % KINDS;

        status = kind == KIND_BETAS   ? betas_check(path, &err)
                 : kind == KIND_TICKS ? ticks_check(data[0] / KINDS, path, &err)
                                      : scenarios_check(kind, path, &err);
        LIQ_ASSERT(status == LIQ_OK || err.message[0] != '\0');
    }
    (void)close(descriptor);
    return 0;
}

static void book_remove(void)
{
    liq_book_destroy(book);
}

/* What the file does not name stays as it was. */
static liq_status betas_check(const char *path, liq_error *err)
{
    int64_t *betas = malloc(price_count * sizeof *betas);
    bool *named = calloc(price_count, sizeof *named);
    liq_status status;

    LIQ_ASSERT(betas != NULL && named != NULL);
    for (uint32_t i = 0; i < price_count; i++)
        betas[i] = UNTOLD;
    status = liq_stress_betas_read(betas, named, path, book, err);
    for (uint32_t i = 0; status == LIQ_OK && i < price_count; i++)
        LIQ_ASSERT(named[i]
                       ? betas[i] >= -1000 * (int64_t)PPM_ONE && betas[i] <= 1000 * (int64_t)PPM_ONE
                       : betas[i] == UNTOLD);
    LIQ_ASSERT(!named[1] && !named[book->venue.instrument_count]); /* no mark; the currency */
    free(betas);
    free(named);
    return status;
}

/* Every scenario that was taken can be gone to. */
static liq_status scenarios_check(unsigned kind, const char *path, liq_error *err)
{
    liq_stress_series series = {.file = path};
    liq_stress_book moved = {0};
    liq_stress_set *set = NULL;
    liq_status status;

    LIQ_ASSERT(liq_stress_set_create(&set, book, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_stress_book_create(&moved, book, NULL) == LIQ_OK);
    status = kind == KIND_SCENARIOS
                 ? liq_stress_series_file(&series, set, book, err)
                 : liq_stress_series_path(&series, set, book, kind == KIND_BARS ? "L" : NULL, err);
    for (uint32_t i = 0; i < liq_stress_set_count(set); i++) {
        uint32_t count;
        const liq_stress_move *moves = liq_stress_set_moves(set, i, &count);

        LIQ_ASSERT(liq_stress_set_name(set, i)[0] != '\0' && count <= price_count);
        for (uint32_t j = 0; j < count; j++)
            LIQ_ASSERT(moves[j].price < price_count && moves[j].change_ppm > -PPM_ONE);
        liq_stress_set_apply(set, i, &moved);
    }
    liq_stress_book_clear(&moved);
    liq_stress_set_destroy(set);
    return status;
}

static liq_status ticks_check(unsigned bits, const char *path, liq_error *err)
{
    const liq_mark_path_options options = {.book = book,
                                           .bars = (bits & 1) != 0 ? "L" : NULL,
                                           .is_relative = (bits & 2) != 0,
                                           .is_raw = (bits & 4) != 0,
                                           .reads_volume = (bits & 8) != 0,
                                           .is_turnover = (bits & 16) != 0,
                                           .makes_marks = (bits & 32) != 0 && (bits & 2) == 0};
    liq_mark_path *opened = NULL;
    liq_mark_tick tick = {.count = 1};
    int64_t time_ms = 0;
    uint64_t line = 0;
    liq_status status = liq_mark_path_open(&opened, path, &options, err);

    while (status == LIQ_OK && tick.count > 0) {
        status = liq_mark_path_next(opened, &tick, err);
        if (status != LIQ_OK || tick.count == 0)
            break;
        LIQ_ASSERT(tick.time_ms >= 0 && tick.line > line);
        LIQ_ASSERT(tick.time_ms > time_ms || line == 0 || options.is_raw);
        time_ms = tick.time_ms;
        line = tick.line;
        tick_check(opened, &options, &tick);
    }
    liq_mark_path_close(opened);
    return status;
}

/* A price is one, or the row has what it is made of, or it is raw. */
static void tick_check(const liq_mark_path *path, const liq_mark_path_options *options,
                       const liq_mark_tick *tick)
{
    LIQ_ASSERT(tick->made_of == NULL || options->makes_marks);
    for (uint32_t i = 0; i < tick->count; i++) {
        const liq_live_event *event = &tick->events[i];
        liq_decimal price;

        LIQ_ASSERT(event->kind == LIQ_LIVE_MARK || event->kind == LIQ_LIVE_INDEX);
        LIQ_ASSERT(tick->sources[i] == LIQ_NO_INDEX ||
                   liq_mark_path_source(path, tick->sources[i]) != NULL);
        if (event->price[0] == '\0') {
            LIQ_ASSERT(tick->made_of != NULL && event->kind == LIQ_LIVE_MARK);
            made_check(&tick->made_of[i]);
            continue;
        }
        LIQ_ASSERT(liq_decimal_parse(&price, liq_text_of(event->price), NULL) == LIQ_OK);
        LIQ_ASSERT(price.digits > 0 || options->is_raw);
    }
    LIQ_ASSERT(tick->volume_count <= (options->reads_volume ? tick->count : 0));
    for (uint32_t i = 0; i < tick->volume_count; i++)
        LIQ_ASSERT(tick->volumes[i].instrument < book->venue.instrument_count &&
                   tick->volumes[i].amount.digits > 0);
}

/* What a mark is made of was read at the door: it is read again where the mark is made. */
static void made_check(const liq_mark_texts *texts)
{
    liq_mark_inputs inputs;

    LIQ_ASSERT(liq_mark_inputs_read(&inputs, texts, NULL) == LIQ_OK);
    LIQ_ASSERT(texts->funding_time_ms >= 0 && texts->funding_time_ms <= LIQ_TIME_MS_MAX);
}
