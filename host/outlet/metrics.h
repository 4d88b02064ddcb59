/*
 * Numbers about a running process, for Prometheus: a fixed set, made once from a table. Updates
 * are wait-free and come from any thread; a reader sees each number whole, and never disturbs.
 *
 * A metric has one series, or one for each value of its only label. The values are fixed at the
 * start, by the table or by the configuration (sources, outlets, funds): never accounts, and
 * nothing else that grows.
 */
#ifndef LIQ_OUTLET_METRICS_H
#define LIQ_OUTLET_METRICS_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_METRICS_SERIES_MAX = 4096 }; /* of one metric */

typedef enum liq_metric_type {
    LIQ_METRIC_COUNTER = 1, /* only rises; its name ends in _total */
    LIQ_METRIC_GAUGE = 2,
    LIQ_METRIC_HISTOGRAM = 3 /* of durations; its name ends in _seconds */
} liq_metric_type;

typedef enum liq_metric_unit {
    LIQ_METRIC_NUMBER = 0,
    LIQ_METRIC_SECONDS = 1, /* _seconds in the name */
    LIQ_METRIC_BYTES = 2    /* _bytes in the name */
} liq_metric_unit;

typedef struct liq_metric_row {
    const char *name; /* snake case, with its unit */
    const char *help; /* one sentence, one line */
    liq_metric_type type;
    liq_metric_unit unit;
    const char *label;         /* NULL: one series */
    const char *const *values; /* of the label, ends with NULL; NULL: given by liq_metric_names */
    const uint64_t *bounds_ns; /* of a histogram's buckets, rising, ends with 0 */
} liq_metric_row;

/* Values of a label that the table leaves open. */
typedef struct liq_metric_names {
    const char *label;
    const char *const *values; /* UTF-8, each once, not empty */
    uint32_t count;            /* 0 .. LIQ_METRICS_SERIES_MAX: a metric may have no series */
} liq_metric_names;

typedef struct liq_metrics liq_metrics;

/**
 * Make all series of a table, at zero. A table that breaks its own rules is a programmer's error.
 * @param rows   lent for as long as the metrics live
 * @param names  copied; one for each label that the table leaves open
 * @return LIQ_OK; LIQ_BAD_INPUT (an empty value, or none of UTF-8); LIQ_DUPLICATE (the same value
 *         twice); LIQ_OUT_OF_RANGE (too many); LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_metrics_create(liq_metrics **out, const liq_metric_row *rows,
                                           uint32_t row_count, const liq_metric_names *names,
                                           uint32_t name_count, liq_error *err);
void liq_metrics_destroy(liq_metrics *metrics);

/*
 * Updates. metric: index in the table. series: index of the label's value, 0 without a label.
 * One that does not exist is a programmer's error. Metrics that are NULL are left alone, for a
 * process that tells nobody.
 */

void liq_metrics_add(liq_metrics *metrics, uint32_t metric, uint32_t series, uint64_t count);

/** Raise a counter to a total that somebody else keeps; a smaller total changes nothing. */
void liq_metrics_raise(liq_metrics *metrics, uint32_t metric, uint32_t series, uint64_t total);

void liq_metrics_set(liq_metrics *metrics, uint32_t metric, uint32_t series, double value);

void liq_metrics_observe_ns(liq_metrics *metrics, uint32_t metric, uint32_t series,
                            uint64_t duration_ns);

/** How many series a metric has. */
uint32_t liq_metrics_series(const liq_metrics *metrics, uint32_t metric);

/** The value of its label that a series is of; "" without a label. */
const char *liq_metrics_value(const liq_metrics *metrics, uint32_t metric, uint32_t series);

#define LIQ_METRICS_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/**
 * Write all series as Prometheus reads them.
 * @return bytes of the whole text, not terminated; past `room` it was cut: ask again with more.
 *         The text of a later moment may be longer
 */
size_t liq_metrics_text(const liq_metrics *metrics, char *out, size_t room);

/** The same into memory of its own, which the caller gives back with free(). */
LIQ_MUST_USE liq_status liq_metrics_text_make(const liq_metrics *metrics, char **out, size_t *bytes,
                                              liq_error *err);

#endif
