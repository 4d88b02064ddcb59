/*
 * Scenarios out of files: betas, explicit moves, and paths of prices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "app/command_stress_plan.h"
#include "app/mark_path.h"
#include "base/csv.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/memory.h"
#include "book/columns.h"

enum { PPM_ONE = 1000000, PPM_DECIMALS = 6, PERCENT_DECIMALS = 4, BETA_MAX = 1000 };
enum { BETA_SYMBOL, BETA_BETA, BETA_COLUMNS };
enum { MOVE_SCENARIO, MOVE_SYMBOL, MOVE_PPM, MOVE_PERCENT, MOVE_COLUMNS };

static const liq_csv_column beta_columns[BETA_COLUMNS] = {
    [BETA_SYMBOL] = {"symbol", true}, [BETA_BETA] = {"beta", true}};
static const liq_csv_column move_columns[MOVE_COLUMNS] = {
    [MOVE_SCENARIO] = {"scenario", true},
    [MOVE_SYMBOL] = {"symbol", true},
    [MOVE_PPM] = {"change_ppm", false},
    [MOVE_PERCENT] = {"change_percent", false}};

/* Where a path's prices began, and how far each has gone. */
typedef struct path_move {
    liq_decimal start; /* digits 0: not met yet */
    int64_t change_ppm;
} path_move;

/* A tick of a file. */
typedef struct path_place {
    const char *file;
    const liq_mark_tick *tick;
} path_place;

static liq_status beta_read(int64_t *betas_ppm, bool *named, bool *seen, const liq_csv *csv,
                            const liq_book *book, liq_error *err);
static bool price_find(uint32_t *out, const liq_book *book, liq_text symbol);
static liq_status row_add(liq_stress_set *set, const liq_csv *csv, liq_names *names,
                          liq_error *err);
static liq_status change_read(int64_t *out, const liq_csv *csv, liq_error *err);
static liq_status tick_add(liq_stress_set *set, path_move *moves, const liq_book *book,
                           const path_place *place, liq_error *err);
static liq_status event_read(path_move *moves, const liq_book *book, const path_place *place,
                             uint32_t index_of, liq_error *err);
static void time_write(char out[LIQ_STRESS_NAME_BYTES], int64_t time_ms);

liq_status liq_stress_betas_read(int64_t *betas_ppm, bool *named, const char *file,
                                 const liq_book *book, liq_error *err)
{
    bool *seen = NULL;
    liq_csv *csv = NULL;
    bool more = true;
    liq_status status;

    if ((status =
             liq_memory_array(&seen, (size_t)book->venue.instrument_count + book->venue.asset_count,
                              sizeof *seen, err)) != LIQ_OK ||
        (status = liq_csv_open(&csv, file, beta_columns, BETA_COLUMNS, NULL, err)) != LIQ_OK)
        goto done;
    while ((status = liq_csv_next(csv, &more, err)) == LIQ_OK && more)
        if ((status = beta_read(betas_ppm, named, seen, csv, book, err)) != LIQ_OK)
            break;
done:
    liq_csv_destroy(csv);
    free(seen);
    return status;
}

liq_status liq_stress_series_file(liq_stress_series *series, liq_stress_set *set,
                                  const liq_book *book, liq_error *err)
{
    liq_names *names = NULL;
    liq_csv *csv = NULL;
    bool more = true;
    liq_status status;

    (void)book;
    if ((status = liq_names_create(&names, err)) != LIQ_OK ||
        (status = liq_csv_open(&csv, series->file, move_columns, MOVE_COLUMNS, NULL, err)) !=
            LIQ_OK)
        goto done;
    if (liq_csv_has(csv, MOVE_PPM) == liq_csv_has(csv, MOVE_PERCENT)) {
        status =
            liq_fail(err, LIQ_BAD_INPUT, 0,
                     "\"%s\" needs one of the columns change_ppm and change_percent", series->file);
        goto done;
    }
    while ((status = liq_csv_next(csv, &more, err)) == LIQ_OK && more)
        if ((status = row_add(set, csv, names, err)) != LIQ_OK)
            break;
done:
    liq_csv_destroy(csv);
    liq_names_destroy(names);
    return status;
}

liq_status liq_stress_series_path(liq_stress_series *series, liq_stress_set *set,
                                  const liq_book *book, const char *bars, liq_error *err)
{
    const liq_mark_path_options options = {.book = book, .bars = bars};
    path_move *moves = NULL;
    liq_mark_path *path = NULL;
    liq_mark_tick tick;
    liq_status status;

    if ((status = liq_memory_array(&moves,
                                   (size_t)book->venue.instrument_count + book->venue.asset_count,
                                   sizeof *moves, err)) != LIQ_OK ||
        (status = liq_mark_path_open(&path, series->file, &options, err)) != LIQ_OK)
        goto done;
    while ((status = liq_mark_path_next(path, &tick, err)) == LIQ_OK && tick.count > 0)
        if ((status = tick_add(set, moves, book, &(path_place){series->file, &tick}, err)) !=
            LIQ_OK)
            break;
done:
    liq_mark_path_close(path);
    free(moves);
    return status;
}

static liq_status beta_read(int64_t *betas_ppm, bool *named, bool *seen, const liq_csv *csv,
                            const liq_book *book, liq_error *err)
{
    liq_error why;
    uint32_t price;
    liq_status status;

    if (!price_find(&price, book, liq_csv_field(csv, BETA_SYMBOL)))
        return liq_csv_fail(csv, BETA_SYMBOL, err, LIQ_NOT_FOUND,
                            "it is neither an instrument nor an asset that has a price");
    if (seen[price])
        return liq_csv_fail(csv, BETA_SYMBOL, err, LIQ_DUPLICATE, "it has a beta already");
    seen[price] = true;
    status = liq_decimal_parse_units(&betas_ppm[price], liq_csv_field(csv, BETA_BETA), PPM_DECIMALS,
                                     &why);
    if (status != LIQ_OK)
        return liq_csv_fail(csv, BETA_BETA, err, status, "%s", why.message);
    if (betas_ppm[price] > (int64_t)BETA_MAX * PPM_ONE ||
        betas_ppm[price] < -(int64_t)BETA_MAX * PPM_ONE)
        return liq_csv_fail(csv, BETA_BETA, err, LIQ_OUT_OF_RANGE, "a beta is -%d .. %d", BETA_MAX,
                            BETA_MAX);
    if (named != NULL)
        named[price] = true;
    return LIQ_OK;
}

static bool price_find(uint32_t *out, const liq_book *book, liq_text symbol)
{
    uint32_t asset;

    if (liq_names_find(book->venue.instrument_names, symbol, out))
        return book->instrument_marks[*out].digits != 0;
    if (!liq_names_find(book->venue.asset_names, symbol, &asset) || asset == 0)
        return false;
    *out = book->venue.instrument_count + asset;
    return book->asset_indices[asset].digits != 0;
}

/* Rows of one scenario stand together. */
static liq_status row_add(liq_stress_set *set, const liq_csv *csv, liq_names *names, liq_error *err)
{
    const liq_text name = liq_csv_field(csv, MOVE_SCENARIO);
    const liq_text symbol = liq_csv_field(csv, MOVE_SYMBOL);
    const uint32_t count = liq_names_count(names);
    char text[LIQ_STRESS_NAME_BYTES];
    liq_error why;
    int64_t change;
    uint32_t index;
    liq_status status;

    if (name.bytes >= sizeof text || !liq_names_valid(name))
        return liq_csv_fail(csv, MOVE_SCENARIO, err, LIQ_BAD_INPUT,
                            "a scenario has a name of 1 to %d bytes", LIQ_STRESS_NAME_BYTES - 1);
    (void)snprintf(text, sizeof text, "%.*s", (int)name.bytes, name.data);
    if (!liq_names_find(names, name, &index)) {
        if ((status = liq_names_add(names, name, &index, err)) != LIQ_OK ||
            (status = liq_stress_set_add(set, text, err)) != LIQ_OK)
            return status;
    } else if (index + 1 != count) {
        return liq_csv_fail(csv, MOVE_SCENARIO, err, LIQ_DUPLICATE,
                            "rows of one scenario stand together");
    }
    if (symbol.bytes >= sizeof text)
        return liq_csv_fail(csv, MOVE_SYMBOL, err, LIQ_NOT_FOUND, "no symbol is so long");
    (void)snprintf(text, sizeof text, "%.*s", (int)symbol.bytes, symbol.data);
    if ((status = change_read(&change, csv, err)) != LIQ_OK)
        return status;
    if ((status = liq_stress_set_shock(set, text, change, &why)) != LIQ_OK)
        return liq_csv_fail(csv, MOVE_SYMBOL, err, status, "%s", why.message);
    return LIQ_OK;
}

static liq_status change_read(int64_t *out, const liq_csv *csv, liq_error *err)
{
    const uint32_t column = liq_csv_has(csv, MOVE_PPM) ? MOVE_PPM : MOVE_PERCENT;
    liq_text text = liq_csv_field(csv, column);
    liq_error why;
    liq_status status;

    if (column == MOVE_PERCENT && text.bytes > 1 && text.data[text.bytes - 1] == '%')
        text.bytes--;
    status = liq_decimal_parse_units(out, text, column == MOVE_PPM ? 0 : PERCENT_DECIMALS, &why);
    return status == LIQ_OK ? LIQ_OK : liq_csv_fail(csv, column, err, status, "%s", why.message);
}

/* A scenario is where all prices stand by then. */
static liq_status tick_add(liq_stress_set *set, path_move *moves, const liq_book *book,
                           const path_place *place, liq_error *err)
{
    const liq_mark_tick *tick = place->tick;
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    char name[LIQ_STRESS_NAME_BYTES];
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < tick->count; i++)
        status = event_read(moves, book, place, i, err);
    if (status != LIQ_OK)
        return status;
    time_write(name, tick->time_ms);
    status = liq_stress_set_add(set, name, err);
    for (uint32_t i = 0; status == LIQ_OK && i < prices; i++) {
        const char *symbol =
            i < book->venue.instrument_count
                ? liq_names_get(book->venue.instrument_names, i)
                : liq_names_get(book->venue.asset_names, i - book->venue.instrument_count);

        if (moves[i].change_ppm != 0)
            status = liq_stress_move_add(set, symbol, moves[i].change_ppm, err);
    }
    return status;
}

static liq_status event_read(path_move *moves, const liq_book *book, const path_place *place,
                             uint32_t index_of, liq_error *err)
{
    const liq_live_event *event = &place->tick->events[index_of];
    int64_t ratio_ppm;
    liq_decimal price;
    uint32_t index;
    liq_status status;

    if (!price_find(&index, book, liq_text_of(event->symbol)))
        return liq_fail(err, LIQ_NOT_FOUND, 0,
                        "%s:%llu: \"%s\" is neither an instrument nor an asset that has "
                        "a price in the book",
                        liq_file_name(place->file),
                        (unsigned long long)(place->tick->line + index_of), event->symbol);
    if ((status = liq_decimal_parse(&price, liq_text_of(event->price), err)) != LIQ_OK)
        return status;
    if (moves[index].start.digits == 0)
        moves[index].start = price;
    if (!liq_decimal_divide(&ratio_ppm, price, moves[index].start, PPM_DECIMALS,
                            LIQ_ROUND_NEAREST) ||
        ratio_ppm < 1 || ratio_ppm > (int64_t)1000 * PPM_ONE)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "%s:%llu: the price %s of \"%s\" is past all limits beside its "
                        "first one",
                        liq_file_name(place->file),
                        (unsigned long long)(place->tick->line + index_of), event->price,
                        event->symbol);
    moves[index].change_ppm = ratio_ppm - PPM_ONE;
    return LIQ_OK;
}

static void time_write(char out[LIQ_STRESS_NAME_BYTES], int64_t time_ms)
{
    const time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts;

    if (time_ms < 0 || gmtime_r(&seconds, &parts) == NULL)
        (void)snprintf(out, LIQ_STRESS_NAME_BYTES, "%lld ms", (long long)time_ms);
    else
        (void)snprintf(out, LIQ_STRESS_NAME_BYTES, "%04d-%02d-%02d %02d:%02d:%02d.%03d",
                       parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday, parts.tm_hour,
                       parts.tm_min, parts.tm_sec, (int)(time_ms % 1000));
}
