/*
 * A path of prices out of a file, tick by tick: CSV of time_ms,symbol,price and, where index
 * prices have several, source, whose rows of equal time are one tick, or bars
 * (timestamp,open,high,low,close,volume) whose closes are the marks of one instrument. Rows may
 * have what a mark is to be made of instead of a price, and what was traded since the row before.
 */
#ifndef LIQ_APP_MARK_PATH_H
#define LIQ_APP_MARK_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/live.h>

#include "base/decimal.h"
#include "base/text.h"
#include "guard/mark_price.h"

enum { LIQ_MARK_PATH_SOURCES_MAX = 32 };

typedef struct liq_mark_path liq_mark_path;

/* What was traded of an instrument since the row of it before. */
typedef struct liq_mark_volume {
    uint32_t instrument;
    bool is_turnover;   /* amount is money: units of the margin currency; else contracts */
    liq_decimal amount; /* above 0 */
} liq_mark_volume;

/* How to read. Zero everything but the book for a path as it is. */
typedef struct liq_mark_path_options {
    const liq_book *book; /* tells instruments from assets */
    const char *bars;     /* symbol that the bars are of; NULL: not bars */
    bool is_relative;     /* prices are moved, symbol by symbol, in the proportion in which the
                             first one stands to the price of the book */
    bool is_raw; /* prices that are none and rows that are late come as they are, for guards */
    bool reads_volume; /* else columns of it are passed over */
    bool is_turnover;  /* the volume of bars is money of the margin currency, not contracts */
    bool makes_marks;  /* rows without a price but with columns that a mark is made of are taken */
} liq_mark_path_options;

/* The prices of one time; lent until the next step. */
typedef struct liq_mark_tick {
    int64_t time_ms; /* of a raw path: may be before that of the last tick */
    const liq_live_event *events;
    const uint32_t *sources;       /* of each, by number; LIQ_NO_INDEX: the path names none */
    const liq_mark_texts *made_of; /* of each whose price is ""; NULL: of none */
    const liq_mark_volume *volumes;
    uint32_t count; /* of events; 0: the path has ended */
    uint32_t volume_count;
    uint64_t line; /* of the first of them */
} liq_mark_tick;

/** @param options  what it points to is lent as long as the path lives */
LIQ_MUST_USE liq_status liq_mark_path_open(liq_mark_path **out, const char *file,
                                           const liq_mark_path_options *options, liq_error *err);

/** Takes NULL. */
void liq_mark_path_close(liq_mark_path *path);

/** Step to the next tick. @return LIQ_OK; LIQ_BAD_INPUT (also: time goes back), LIQ_OUT_OF_RANGE,
 * LIQ_IO, LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_mark_path_next(liq_mark_path *path, liq_mark_tick *out, liq_error *err);

/** The name of a source that has come, or NULL; lent until the next step. */
const char *liq_mark_path_source(const liq_mark_path *path, uint32_t source);

/** How far the file has been read, in bytes, and how long it is. */
void liq_mark_path_place(const liq_mark_path *path, uint64_t *done, uint64_t *total);

/**
 * Read a time such as "2022-01-21 20:52:00.000000", UTC.
 * @param out  receives milliseconds since 1970, finer digits cut
 * @return false when it is none
 */
bool liq_time_parse(int64_t *out, liq_text text);

#endif
