#include "app/mark_path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/path_inputs.h"
#include "base/clock.h"
#include "base/csv.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "book/columns.h"
#include "liq_limits.h"

enum {
    TIME,
    SYMBOL,
    PRICE,
    SOURCE,
    INPUTS,
    VOLUME = INPUTS + LIQ_PATH_INPUTS,
    TURNOVER,
    PATH_COLUMNS
};
enum { BAR_TIMESTAMP, BAR_OPEN, BAR_HIGH, BAR_LOW, BAR_CLOSE, BAR_VOLUME, BAR_COLUMNS };
enum { TEXT_BYTES = LIQ_NAME_BYTES_MAX + 1, RELATIVE_DECIMALS = 8, RATIO_DECIMALS = 12 };

/* A row, kept until the tick is whole. */
typedef struct path_row {
    char symbol[TEXT_BYTES];
    char price[LIQ_DECIMAL_BYTES];
    uint32_t source; /* LIQ_NO_INDEX: the path names none */
    uint32_t inputs; /* what its mark is to be made of; LIQ_NO_INDEX: it has a price */
} path_row;

/* Where a symbol's prices began, in the path and in the book. */
typedef struct path_start {
    liq_decimal path;
    liq_decimal book; /* digits 0: not asked for yet */
} path_start;

struct liq_mark_path {
    liq_csv *csv;
    liq_mark_path_options options;
    path_row *rows;
    liq_live_event *events;
    uint32_t *sources; /* by event */
    liq_names *source_names;
    path_start *starts; /* instruments, then assets */
    size_t row_capacity;
    size_t event_capacity;
    size_t source_capacity;
    liq_path_inputs *inputs; /* of the tick */
    liq_mark_texts *made_of; /* by event; NULL: no row has come that needs it */
    size_t input_capacity;
    size_t made_capacity;
    liq_mark_volume *volumes; /* of the tick */
    size_t volume_capacity;
    uint32_t volume_count;
    uint32_t input_count;
    liq_mark_volume next_volume; /* of the row that was read ahead; digits 0: it has none */
    liq_path_inputs next_inputs;
    path_row next; /* read already, of a later time */
    int64_t next_ms;
    uint64_t next_line;
    bool has_next;
};

static liq_status row_keep(liq_mark_path *path, uint32_t count, liq_error *err);
static liq_status volume_keep(liq_mark_path *path, liq_error *err);
static liq_status volume_read(liq_mark_path *path, liq_error *err);
static liq_status made_fill(liq_mark_path *path, liq_mark_tick *out, liq_error *err);
static liq_live_event_kind kind_of(const liq_mark_path *path, const char *symbol);
static liq_status inputs_read(liq_mark_path *path, liq_error *err);
static liq_status row_read(liq_mark_path *path, liq_error *err);
static liq_status time_read(liq_mark_path *path, int64_t *out, liq_error *err);
static liq_status source_read(liq_mark_path *path, liq_error *err);
static liq_status price_read(liq_mark_path *path, liq_error *err);
static liq_status price_move(liq_mark_path *path, liq_decimal price, liq_error *err);
static liq_status start_find(liq_mark_path *path, path_start **out, liq_error *err);
static bool price_scale(char out[LIQ_DECIMAL_BYTES], liq_decimal price, const path_start *start);
static bool digits_read(liq_text text, size_t at, size_t count, int64_t *out);
static int64_t days_of(int64_t year, int64_t month, int64_t day);

static const liq_csv_column path_columns[PATH_COLUMNS] = {
    [TIME] = {"time_ms", true},
    [SYMBOL] = {"symbol", true},
    [PRICE] = {"price", true},
    [SOURCE] = {"source", false},
    [INPUTS + LIQ_PATH_INDEX] = {"index", false},
    [INPUTS + LIQ_PATH_LAST] = {"last", false},
    [INPUTS + LIQ_PATH_BID] = {"bid", false},
    [INPUTS + LIQ_PATH_ASK] = {"ask", false},
    [INPUTS + LIQ_PATH_OUTSIDE] = {"outside", false},
    [INPUTS + LIQ_PATH_FUNDING_RATE] = {"funding_rate", false},
    [INPUTS + LIQ_PATH_NEXT_FUNDING] = {"next_funding_ms", false},
    [INPUTS + LIQ_PATH_FUNDING_INTERVAL] = {"funding_interval_ms", false},
    [VOLUME] = {"volume", false},
    [TURNOVER] = {"turnover", false}};
static const liq_csv_column bar_columns[BAR_COLUMNS] = {
    [BAR_TIMESTAMP] = {"timestamp", true}, [BAR_OPEN] = {"open", false},
    [BAR_HIGH] = {"high", false},          [BAR_LOW] = {"low", false},
    [BAR_CLOSE] = {"close", true},         [BAR_VOLUME] = {"volume", false}};

liq_status liq_mark_path_open(liq_mark_path **out, const char *file,
                              const liq_mark_path_options *options, liq_error *err)
{
    const bool bars = options->bars != NULL;
    const liq_book *book = options->book;
    liq_mark_path *path = NULL;
    liq_status status = liq_memory_array(&path, 1, sizeof *path, err);

    if (status != LIQ_OK)
        return status;
    path->options = *options;
    path->next_ms = INT64_MIN;
    if ((options->is_relative &&
         (status = liq_memory_array(&path->starts,
                                    (size_t)book->venue.instrument_count + book->venue.asset_count,
                                    sizeof *path->starts, err)) != LIQ_OK) ||
        (status = liq_csv_open(&path->csv, file, bars ? bar_columns : path_columns,
                               bars ? (uint32_t)BAR_COLUMNS : (uint32_t)PATH_COLUMNS, NULL, err)) !=
            LIQ_OK ||
        (status = liq_names_create(&path->source_names, err)) != LIQ_OK ||
        (status = row_read(path, err)) != LIQ_OK)
        goto done;
    *out = path;
    path = NULL; /* given away */
done:
    liq_mark_path_close(path);
    return status;
}

void liq_mark_path_close(liq_mark_path *path)
{
    if (path == NULL)
        return;
    liq_csv_destroy(path->csv);
    free(path->rows);
    free(path->events);
    free(path->sources);
    free(path->inputs);
    free(path->made_of);
    free(path->volumes);
    liq_names_destroy(path->source_names);
    free(path->starts);
    free(path);
}

liq_status liq_mark_path_next(liq_mark_path *path, liq_mark_tick *out, liq_error *err)
{
    liq_status status = LIQ_OK;

    *out = (liq_mark_tick){.time_ms = path->next_ms, .line = path->next_line};
    path->input_count = 0;
    path->volume_count = 0;
    while (status == LIQ_OK && path->has_next && path->next_ms == out->time_ms) {
        if ((status = row_keep(path, out->count, err)) != LIQ_OK)
            return status;
        out->count++;
        status = row_read(path, err);
    }
    if (status != LIQ_OK ||
        (status = liq_memory_extend(&path->events, &path->event_capacity, (size_t)out->count + 1,
                                    sizeof *path->events, err)) != LIQ_OK ||
        (status = liq_memory_extend(&path->sources, &path->source_capacity, (size_t)out->count + 1,
                                    sizeof *path->sources, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < out->count; i++) {
        path->events[i] = (liq_live_event){.kind = kind_of(path, path->rows[i].symbol),
                                           .symbol = path->rows[i].symbol,
                                           .price = path->rows[i].price};
        path->sources[i] = path->rows[i].source;
    }
    out->events = path->events;
    out->sources = path->sources;
    out->volumes = path->volumes;
    out->volume_count = path->volume_count;
    return path->input_count == 0 ? LIQ_OK : made_fill(path, out, err);
}

/* The row that was read ahead is of the tick. */
static liq_status row_keep(liq_mark_path *path, uint32_t count, liq_error *err)
{
    liq_status status = liq_memory_extend(&path->rows, &path->row_capacity, (size_t)count + 1,
                                          sizeof *path->rows, err);

    if (status != LIQ_OK)
        return status;
    path->rows[count] = path->next;
    if (path->next_volume.amount.digits != 0 && (status = volume_keep(path, err)) != LIQ_OK)
        return status;
    if (path->next.inputs == LIQ_NO_INDEX)
        return LIQ_OK;
    if ((status = liq_memory_extend(&path->inputs, &path->input_capacity,
                                    (size_t)path->input_count + 1, sizeof *path->inputs, err)) !=
        LIQ_OK)
        return status;
    path->rows[count].inputs = path->input_count;
    path->inputs[path->input_count++] = path->next_inputs;
    return LIQ_OK;
}

static liq_status volume_keep(liq_mark_path *path, liq_error *err)
{
    const liq_status status =
        liq_memory_extend(&path->volumes, &path->volume_capacity, (size_t)path->volume_count + 1,
                          sizeof *path->volumes, err);

    if (status == LIQ_OK)
        path->volumes[path->volume_count++] = path->next_volume;
    return status;
}

static liq_status made_fill(liq_mark_path *path, liq_mark_tick *out, liq_error *err)
{
    const liq_status status = liq_memory_extend(&path->made_of, &path->made_capacity, out->count,
                                                sizeof *path->made_of, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < out->count; i++)
        path->made_of[i] = path->rows[i].inputs == LIQ_NO_INDEX
                               ? (liq_mark_texts){.index = NULL}
                               : liq_path_inputs_texts(&path->inputs[path->rows[i].inputs]);
    out->made_of = path->made_of;
    return LIQ_OK;
}

const char *liq_mark_path_source(const liq_mark_path *path, uint32_t source)
{
    return source < liq_names_count(path->source_names) ? liq_names_get(path->source_names, source)
                                                        : NULL;
}

void liq_mark_path_place(const liq_mark_path *path, uint64_t *done, uint64_t *total)
{
    *done = liq_csv_offset(path->csv);
    *total = liq_csv_bytes(path->csv);
}

bool liq_time_parse(int64_t *out, liq_text text)
{
    static const char form[] = "....-..-.. ..:..:..";
    static const uint8_t places[] = {0, 5, 8, 11, 14, 17};
    int64_t parts[6];
    int64_t milliseconds = 0;

    if (text.bytes < sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++)
        if (form[i] != '.' && text.data[i] != form[i] && !(i == 10 && text.data[i] == 'T'))
            return false;
    for (size_t i = 0; i < sizeof places; i++)
        if (!digits_read(text, places[i], i == 0 ? 4 : 2, &parts[i]))
            return false;
    if (parts[1] < 1 || parts[1] > 12 || parts[2] < 1 || parts[2] > 31 || parts[3] > 23 ||
        parts[4] > 59 || parts[5] > 59)
        return false;
    if (text.bytes > sizeof form - 1 &&
        (text.bytes < sizeof form + 3 || text.data[sizeof form - 1] != '.' ||
         !digits_read(text, sizeof form, 3, &milliseconds)))
        return false;
    *out = ((days_of(parts[0], parts[1], parts[2]) * 24 + parts[3]) * 60 + parts[4]) * 60000 +
           parts[5] * 1000 + milliseconds;
    return true;
}

/* What is neither is taken for an instrument, and refused as one that is not there. */
static liq_live_event_kind kind_of(const liq_mark_path *path, const char *symbol)
{
    const liq_venue *venue = &path->options.book->venue;
    uint32_t index;

    return !liq_names_find(venue->instrument_names, liq_text_of(symbol), &index) &&
                   liq_names_find(venue->asset_names, liq_text_of(symbol), &index)
               ? LIQ_LIVE_INDEX
               : LIQ_LIVE_MARK;
}

/* Read a row ahead, so that a tick is known to be whole. */
static liq_status row_read(liq_mark_path *path, liq_error *err)
{
    const bool bars = path->options.bars != NULL;
    liq_text symbol;
    liq_text price;
    int64_t time_ms;
    liq_status status = liq_csv_next(path->csv, &path->has_next, err);

    if (status != LIQ_OK || !path->has_next)
        return status;
    if ((status = time_read(path, &time_ms, err)) != LIQ_OK)
        return status;
    if (time_ms < path->next_ms && !path->options.is_raw)
        return liq_csv_fail(path->csv, bars ? BAR_TIMESTAMP : TIME, err, LIQ_BAD_INPUT,
                            "is before the row before it");
    symbol = bars ? liq_text_of(path->options.bars) : liq_csv_field(path->csv, SYMBOL);
    price = liq_csv_field(path->csv, bars ? BAR_CLOSE : PRICE);
    if (symbol.bytes >= sizeof path->next.symbol || price.bytes >= sizeof path->next.price)
        return liq_csv_fail(path->csv, bars ? BAR_CLOSE : PRICE, err, LIQ_OUT_OF_RANGE,
                            "the row is too long");
    memcpy(path->next.symbol, symbol.data, symbol.bytes);
    path->next.symbol[symbol.bytes] = '\0';
    memcpy(path->next.price, price.data, price.bytes);
    path->next.price[price.bytes] = '\0';
    path->next_ms = time_ms;
    path->next_line = liq_csv_line(path->csv);
    if ((status = source_read(path, err)) != LIQ_OK ||
        (status = inputs_read(path, err)) != LIQ_OK || (status = price_read(path, err)) != LIQ_OK)
        return status;
    return volume_read(path, err);
}

/* Contracts, or money; of an instrument that the venue has. */
static liq_status volume_read(liq_mark_path *path, liq_error *err)
{
    const bool bars = path->options.bars != NULL;
    uint32_t column = bars ? (uint32_t)BAR_VOLUME : (uint32_t)VOLUME;
    liq_mark_volume *volume = &path->next_volume;
    liq_error reason = {0};
    liq_status status;

    *volume = (liq_mark_volume){.is_turnover = bars && path->options.is_turnover};
    if (!path->options.reads_volume)
        return LIQ_OK;
    if (!bars && liq_csv_field(path->csv, TURNOVER).bytes > 0) {
        if (liq_csv_field(path->csv, VOLUME).bytes > 0)
            return liq_csv_fail(path->csv, TURNOVER, err, LIQ_BAD_INPUT,
                                "stands beside volume: contracts or money, not both");
        volume->is_turnover = true;
        column = TURNOVER;
    }
    if (liq_csv_field(path->csv, column).bytes == 0)
        return LIQ_OK;
    if (!liq_names_find(path->options.book->venue.instrument_names, liq_text_of(path->next.symbol),
                        &volume->instrument))
        return liq_csv_fail(path->csv, column, err, LIQ_BAD_INPUT, "is of an asset");
    status = liq_decimal_parse(&volume->amount, liq_csv_field(path->csv, column), &reason);
    if (status != LIQ_OK)
        return liq_csv_fail(path->csv, column, err, status, "%s", reason.message);
    return volume->amount.digits >= 0
               ? LIQ_OK
               : liq_csv_fail(path->csv, column, err, LIQ_OUT_OF_RANGE, "must be at least 0");
}

static liq_status inputs_read(liq_mark_path *path, liq_error *err)
{
    bool found = false;
    liq_status status = LIQ_OK;

    path->next.inputs = LIQ_NO_INDEX;
    if (path->options.bars == NULL)
        status = liq_path_inputs_read(&path->next_inputs, path->csv, INPUTS, &found, err);
    if (status != LIQ_OK || !found)
        return status;
    if (!path->options.makes_marks)
        return liq_csv_fail(path->csv, SYMBOL, err, LIQ_UNSUPPORTED,
                            "has columns that a mark is made of: only in a replay with guards, "
                            "whose policy has \"mark\", without --relative and --impact");
    if (path->next.price[0] != '\0')
        return liq_csv_fail(path->csv, PRICE, err, LIQ_BAD_INPUT,
                            "stands beside columns that a mark is made of");
    if (kind_of(path, path->next.symbol) == LIQ_LIVE_INDEX)
        return liq_csv_fail(path->csv, SYMBOL, err, LIQ_BAD_INPUT,
                            "is an asset: its index price stands as price");
    path->next.inputs = 0;
    return LIQ_OK;
}

static liq_status time_read(liq_mark_path *path, int64_t *out, liq_error *err)
{
    const bool bars = path->options.bars != NULL;
    const liq_text text = liq_csv_field(path->csv, bars ? BAR_TIMESTAMP : TIME);

    if (bars) {
        if (liq_time_parse(out, text) && *out >= 0)
            return LIQ_OK;
        return liq_csv_fail(path->csv, BAR_TIMESTAMP, err, LIQ_BAD_INPUT,
                            "is no time from 1970 on such as 2022-01-21 20:52:00");
    }
    if (liq_decimal_parse_units(out, text, 0, NULL) == LIQ_OK && *out >= 0 &&
        *out <= LIQ_TIME_MS_MAX)
        return LIQ_OK;
    return liq_csv_fail(path->csv, TIME, err, LIQ_BAD_INPUT,
                        "is no count of milliseconds, 0 .. %" PRId64, LIQ_TIME_MS_MAX);
}

/* Sources are numbered as they come. */
static liq_status source_read(liq_mark_path *path, liq_error *err)
{
    liq_text name = {0};
    liq_status status;

    path->next.source = LIQ_NO_INDEX;
    if (path->options.bars == NULL)
        name = liq_csv_field(path->csv, SOURCE);
    if (name.bytes == 0 || liq_names_find(path->source_names, name, &path->next.source))
        return LIQ_OK;
    if (!liq_names_valid(name) || liq_names_count(path->source_names) == LIQ_MARK_PATH_SOURCES_MAX)
        return liq_csv_fail(path->csv, SOURCE, err, LIQ_OUT_OF_RANGE,
                            "is no name, or one more than the %d that there may be",
                            LIQ_MARK_PATH_SOURCES_MAX);
    status = liq_names_add(path->source_names, name, &path->next.source, err);
    return status;
}

/* What the live book would refuse is refused here, where file, line and column are known. */
static liq_status price_read(liq_mark_path *path, liq_error *err)
{
    const bool bars = path->options.bars != NULL;
    const uint32_t column = bars ? (uint32_t)BAR_CLOSE : (uint32_t)PRICE;
    const liq_venue *venue = &path->options.book->venue;
    const liq_text symbol = liq_text_of(path->next.symbol);
    liq_decimal price;
    liq_error reason = {0};
    uint32_t index;
    liq_status status;

    if (!liq_names_find(venue->instrument_names, symbol, &index) &&
        !liq_names_find(venue->asset_names, symbol, &index))
        return bars
                   ? liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not one of the venue",
                              path->next.symbol)
                   : liq_csv_fail(path->csv, SYMBOL, err, LIQ_NOT_FOUND, "is not one of the venue");
    if (path->next.inputs != LIQ_NO_INDEX)
        return LIQ_OK;
    if ((status = liq_decimal_parse(&price, liq_text_of(path->next.price), &reason)) != LIQ_OK)
        return liq_csv_fail(path->csv, column, err, status, "%s", reason.message);
    if (price.digits <= 0)
        return path->options.is_raw
                   ? LIQ_OK
                   : liq_csv_fail(path->csv, column, err, LIQ_OUT_OF_RANGE, "must be above 0");
    return path->options.is_relative ? price_move(path, price, err) : LIQ_OK;
}

/* price x the book's first price / the path's first price, down to 8 decimals. */
static liq_status price_move(liq_mark_path *path, liq_decimal price, liq_error *err)
{
    const uint32_t column = path->options.bars != NULL ? (uint32_t)BAR_CLOSE : (uint32_t)PRICE;
    path_start *start = NULL;
    liq_status status;

    if ((status = start_find(path, &start, err)) != LIQ_OK)
        return status;
    if (start->path.digits == 0)
        start->path = price;
    if (price_scale(path->next.price, price, start))
        return LIQ_OK;
    return liq_csv_fail(path->csv, column, err, LIQ_OUT_OF_RANGE,
                        "cannot be moved in proportion to the price of the book");
}

static liq_status start_find(liq_mark_path *path, path_start **out, liq_error *err)
{
    const liq_book *book = path->options.book;
    const liq_text symbol = liq_text_of(path->next.symbol);
    uint32_t index;

    if (liq_names_find(book->venue.instrument_names, symbol, &index)) {
        *out = &path->starts[index];
        (*out)->book = (*out)->book.digits == 0 ? book->instrument_marks[index] : (*out)->book;
    } else if (liq_names_find(book->venue.asset_names, symbol, &index)) {
        *out = &path->starts[book->venue.instrument_count + index];
        (*out)->book = (*out)->book.digits == 0 ? book->asset_indices[index] : (*out)->book;
    } else {
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not one of the venue",
                        path->next.symbol);
    }
    if ((*out)->book.digits != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" has no price in the book to move others by",
                    path->next.symbol);
}

static bool price_scale(char out[LIQ_DECIMAL_BYTES], liq_decimal price, const path_start *start)
{
    liq_decimal ratio;
    liq_int128 moved;
    int64_t units;

    if (!liq_decimal_divide(&units, start->book, start->path, RATIO_DECIMALS, LIQ_ROUND_NEAREST) ||
        !liq_decimal_from_units(&ratio, units, RATIO_DECIMALS) ||
        !liq_decimal_product(&moved, price, ratio, RELATIVE_DECIMALS, LIQ_ROUND_FLOOR) ||
        moved <= 0)
        return false;
    (void)liq_decimal_format(out, moved, RELATIVE_DECIMALS);
    return true;
}

static bool digits_read(liq_text text, size_t at, size_t count, int64_t *out)
{
    *out = 0;
    for (size_t i = at; i < at + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *out = *out * 10 + (text.data[i] - '0');
    }
    return true;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar, years beginning with March. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    const int64_t shifted = month > 2 ? month - 3 : month + 9;
    const int64_t years = month > 2 ? year : year - 1;
    const int64_t of_year = (153 * shifted + 2) / 5 + day - 1;

    return years * 365 + years / 4 - years / 100 + years / 400 + of_year - 719468;
}
