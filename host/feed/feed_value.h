/*
 * Reading single values of a line: each is what it must be, or is refused with its place and what
 * stands there. Used by the files that parse a line.
 */
#ifndef LIQ_FEED_VALUE_H
#define LIQ_FEED_VALUE_H

#include <liqscan/status.h>

#include "base/json_scan.h"
#include "feed/feed_batch.h"
#include "feed/feed_event.h"

enum { LIQ_FEED_KEY_COUNT = 32, LIQ_FEED_NO_ITEM = -1 };

/* A line while it is read. */
typedef struct liq_feed_reading {
    liq_feed_batch *batch;
    liq_feed_event *event;
    liq_json_spans *spans;
    const char *text;
    char *texts;      /* where the next text goes; there is room for all of the line's */
    liq_error *err;   /* NULL once the first thing that is wrong has been noted */
    uint64_t present; /* a bit for each key that is there */
    uint64_t twice;   /* and for each that is there twice */
    uint32_t values[LIQ_FEED_KEY_COUNT]; /* the spans of those present */
} liq_feed_reading;

/* A value and its place for messages: "price", "marks[2].price", "bids[0]". */
typedef struct liq_feed_value {
    size_t index; /* of its span */
    const char *outer;
    int32_t item; /* LIQ_FEED_NO_ITEM: none */
    const char *name;
} liq_feed_value;

/** The value as it stands in the line. */
liq_text liq_feed_source(const liq_feed_reading *reading, size_t index);

/** Refuse a value with LIQ_BAD_INPUT. */
liq_status liq_feed_refuse(const liq_feed_reading *reading, liq_feed_value value,
                           const char *format, ...) LIQ_PRINTF(3, 4);

/** Refuse a value because it is of another type than `what`, such as "an array". */
liq_status liq_feed_expected(const liq_feed_reading *reading, liq_feed_value value,
                             const char *what);

/* Readers of one value each; `out` is what the comment says. Status: LIQ_OK or LIQ_BAD_INPUT. */
typedef liq_status liq_feed_reader(liq_feed_reading *reading, liq_feed_value value, void *out);

liq_feed_reader liq_feed_name_read;    /* const char *: a name that liq_names_valid takes */
liq_feed_reader liq_feed_decimal_read; /* const char *: a decimal in quotes */
liq_feed_reader liq_feed_count_read;   /* uint64_t: an integer, 1 .. 2^63 - 1 */
liq_feed_reader liq_feed_time_read;    /* int64_t: milliseconds, 1 .. LIQ_TIME_MS_MAX */
liq_feed_reader liq_feed_bool_read;    /* bool */

/** A string that is one of `words`, which end with NULL. @param out  receives its index */
LIQ_MUST_USE liq_status liq_feed_word_read(const liq_feed_reading *reading, liq_feed_value value,
                                           const char *const *words, uint32_t *out);

/** Write text that stands between quotes into the batch, without escapes, and terminate it. */
liq_text liq_feed_text_write(liq_feed_reading *reading, liq_text raw);

#endif
