#include "outlet/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/text_buffer.h"

/* One number: a count, a gauge's bits, or a duration. */
typedef _Atomic uint64_t cell;

/* Cells of one metric begin on a cache line of their own: its writer disturbs no other's. */
enum { LINE_BYTES = 64, LINE_CELLS = LINE_BYTES / sizeof(cell), NUMBER_BYTES = 40 };

typedef struct metric {
    const char *const *values; /* of its label, NULL without one */
    cell *cells;               /* of a histogram, a series: its buckets, one for the rest, a sum */
    uint32_t series_count;
    uint32_t series_cells;
    uint32_t bound_count;
} metric;

struct liq_metrics {
    const liq_metric_row *rows;
    metric *metrics;
    cell *cells;
    char **values; /* copies of names, and where each list of them begins */
    size_t value_count;
    uint32_t row_count;
};

_Static_assert(sizeof(cell) == sizeof(double), "a gauge is kept as its bits");

static void row_check(const liq_metric_row *row);
static void name_check(const char *name);
static bool ends_with(const char *name, const char *end);
static liq_status names_check(const liq_metric_names *names, liq_error *err);
static liq_status names_copy(liq_metrics *metrics, const liq_metric_names *names,
                             uint32_t name_count, liq_error *err);
static size_t metric_shape(metric *one, const liq_metric_row *row, const liq_metric_names *names,
                           uint32_t name_count, char *const *copies);
static liq_status cells_make(liq_metrics *metrics, const liq_metric_names *names,
                             uint32_t name_count, liq_error *err);
static cell *cells_of(const liq_metrics *metrics, uint32_t index, uint32_t series,
                      liq_metric_type type);
static void metric_add(liq_text_buffer *text, const liq_metric_row *row, const metric *one);
static void histogram_add(liq_text_buffer *text, const liq_metric_row *row, const metric *one,
                          uint32_t series);
static void sample_begin(liq_text_buffer *text, const liq_metric_row *row, const char *suffix,
                         const char *value, const char *bound);
static void escaped_add(liq_text_buffer *text, const char *value);
static void seconds_text(char out[NUMBER_BYTES], uint64_t ns);
static void gauge_text(char out[NUMBER_BYTES], uint64_t bits);

liq_status liq_metrics_create(liq_metrics **out, const liq_metric_row *rows, uint32_t row_count,
                              const liq_metric_names *names, uint32_t name_count, liq_error *err)
{
    liq_metrics *metrics = NULL;
    void *memory = NULL;
    liq_status status = LIQ_OK;

    *out = NULL;
    for (uint32_t i = 0; i < row_count; i++)
        row_check(&rows[i]);
    for (uint32_t i = 0; i < name_count && status == LIQ_OK; i++)
        status = names_check(&names[i], err);
    if (status != LIQ_OK)
        return status;
    if ((status = liq_memory_array(&memory, 1, sizeof *metrics, err)) != LIQ_OK)
        return status;
    metrics = memory;
    metrics->rows = rows;
    metrics->row_count = row_count;
    if ((status = liq_memory_array(&memory, row_count, sizeof *metrics->metrics, err)) != LIQ_OK)
        goto done;
    metrics->metrics = memory;
    if ((status = names_copy(metrics, names, name_count, err)) != LIQ_OK ||
        (status = cells_make(metrics, names, name_count, err)) != LIQ_OK)
        goto done;
    *out = metrics;
    metrics = NULL;
done:
    liq_metrics_destroy(metrics);
    return status;
}

void liq_metrics_destroy(liq_metrics *metrics)
{
    if (metrics == NULL)
        return;
    for (size_t i = 0; i < metrics->value_count; i++)
        free(metrics->values[i]);
    free(metrics->values);
    free(metrics->cells);
    free(metrics->metrics);
    free(metrics);
}

void liq_metrics_add(liq_metrics *metrics, uint32_t index, uint32_t series, uint64_t count)
{
    if (metrics != NULL)
        atomic_fetch_add_explicit(cells_of(metrics, index, series, LIQ_METRIC_COUNTER), count,
                                  memory_order_relaxed);
}

void liq_metrics_raise(liq_metrics *metrics, uint32_t index, uint32_t series, uint64_t total)
{
    uint64_t before;
    cell *at;

    if (metrics == NULL)
        return;
    /* One thread keeps a total, so this goes round once; a few when two race, and then ends too. */
    at = cells_of(metrics, index, series, LIQ_METRIC_COUNTER);
    before = atomic_load_explicit(at, memory_order_relaxed);
    while (before < total && !atomic_compare_exchange_strong_explicit(
                                 at, &before, total, memory_order_relaxed, memory_order_relaxed))
        continue;
}

void liq_metrics_set(liq_metrics *metrics, uint32_t index, uint32_t series, double value)
{
    uint64_t bits;

    if (metrics == NULL)
        return;
    memcpy(&bits, &value, sizeof bits);
    atomic_store_explicit(cells_of(metrics, index, series, LIQ_METRIC_GAUGE), bits,
                          memory_order_relaxed);
}

void liq_metrics_observe_ns(liq_metrics *metrics, uint32_t index, uint32_t series,
                            uint64_t duration_ns)
{
    const uint64_t *bounds_ns;
    uint32_t bucket = 0;
    cell *cells;

    if (metrics == NULL)
        return;
    cells = cells_of(metrics, index, series, LIQ_METRIC_HISTOGRAM);
    bounds_ns = metrics->rows[index].bounds_ns;
    while (bounds_ns[bucket] != 0 && duration_ns > bounds_ns[bucket])
        bucket++;
    atomic_fetch_add_explicit(&cells[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&cells[metrics->metrics[index].bound_count + 1], duration_ns,
                              memory_order_relaxed);
}

uint32_t liq_metrics_series(const liq_metrics *metrics, uint32_t index)
{
    LIQ_ASSERT(index < metrics->row_count);
    return metrics->metrics[index].series_count;
}

const char *liq_metrics_value(const liq_metrics *metrics, uint32_t index, uint32_t series)
{
    LIQ_ASSERT(index < metrics->row_count && series < metrics->metrics[index].series_count);
    return metrics->metrics[index].values == NULL ? "" : metrics->metrics[index].values[series];
}

size_t liq_metrics_text(const liq_metrics *metrics, char *out, size_t room)
{
    liq_text_buffer text;

    liq_text_buffer_start(&text, out, room);
    for (uint32_t i = 0; i < metrics->row_count; i++)
        metric_add(&text, &metrics->rows[i], &metrics->metrics[i]);
    return text.bytes;
}

liq_status liq_metrics_text_make(const liq_metrics *metrics, char **out, size_t *bytes,
                                 liq_error *err)
{
    size_t room = liq_metrics_text(metrics, NULL, 0);
    void *text = NULL;
    liq_status status;

    *out = NULL;
    for (;;) {
        room += room / 4; /* numbers may have grown since they were measured */
        if ((status = liq_memory_array(&text, room, 1, err)) != LIQ_OK)
            return status;
        *bytes = liq_metrics_text(metrics, text, room);
        if (*bytes <= room)
            break;
        free(text);
        room = *bytes;
    }
    *out = text;
    return LIQ_OK;
}

static void row_check(const liq_metric_row *row)
{
    name_check(row->name);
    LIQ_ASSERT(row->help != NULL && row->help[0] != '\0');
    LIQ_ASSERT(strpbrk(row->help, "\n\\") == NULL);
    LIQ_ASSERT(ends_with(row->name, "_total") == (row->type == LIQ_METRIC_COUNTER));
    LIQ_ASSERT(row->unit != LIQ_METRIC_SECONDS || strstr(row->name, "_seconds") != NULL);
    LIQ_ASSERT(row->unit != LIQ_METRIC_BYTES || strstr(row->name, "_bytes") != NULL);
    LIQ_ASSERT((row->type == LIQ_METRIC_HISTOGRAM) == (row->bounds_ns != NULL));
    if (row->label != NULL)
        name_check(row->label);
    LIQ_ASSERT(row->label != NULL || row->values == NULL);
    if (row->type != LIQ_METRIC_HISTOGRAM)
        return;
    LIQ_ASSERT(ends_with(row->name, "_seconds") && row->unit == LIQ_METRIC_SECONDS);
    LIQ_ASSERT(row->label == NULL || strcmp(row->label, "le") != 0);
    for (uint32_t i = 0; row->bounds_ns[i] != 0; i++)
        LIQ_ASSERT(i == 0 || row->bounds_ns[i] > row->bounds_ns[i - 1]);
}

static void name_check(const char *name)
{
    LIQ_ASSERT(name[0] >= 'a' && name[0] <= 'z');
    LIQ_ASSERT(name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0');
}

static bool ends_with(const char *name, const char *end)
{
    const size_t bytes = strlen(name);

    return bytes >= strlen(end) && strcmp(name + bytes - strlen(end), end) == 0;
}

static liq_status names_check(const liq_metric_names *names, liq_error *err)
{
    if (names->count > LIQ_METRICS_SERIES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u values of label %s are past %d", names->count,
                        names->label, LIQ_METRICS_SERIES_MAX);
    for (uint32_t i = 0; i < names->count; i++) {
        const liq_text value = liq_text_of(names->values[i]);

        if (value.bytes == 0 || !liq_text_utf8(value))
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%s \"%.*s\" is %s", names->label,
                            LIQ_TEXT_ARGS(value), value.bytes == 0 ? "empty" : "no UTF-8");
        for (uint32_t j = 0; j < i; j++)
            if (liq_text_equal(value, names->values[j]))
                return liq_fail(err, LIQ_DUPLICATE, 0, "%s \"%.*s\" is there twice", names->label,
                                LIQ_TEXT_ARGS(value));
    }
    return LIQ_OK;
}

/* Copies of all values, list behind list, each list ended by NULL. */
static liq_status names_copy(liq_metrics *metrics, const liq_metric_names *names,
                             uint32_t name_count, liq_error *err)
{
    void *memory = NULL;
    size_t total = 0;
    liq_status status;

    for (uint32_t i = 0; i < name_count; i++)
        total += (size_t)names[i].count + 1;
    if ((status = liq_memory_array(&memory, total, sizeof(char *), err)) != LIQ_OK)
        return status;
    metrics->values = memory;
    for (uint32_t i = 0; i < name_count; i++) {
        for (uint32_t j = 0; j < names[i].count; j++) {
            char *copy = strdup(names[i].values[j]);

            if (copy == NULL)
                return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "no memory for a label");
            metrics->values[metrics->value_count++] = copy;
        }
        metrics->value_count++;
    }
    return LIQ_OK;
}

/* Say what series a metric has; gives the cells that it needs. */
static size_t metric_shape(metric *one, const liq_metric_row *row, const liq_metric_names *names,
                           uint32_t name_count, char *const *copies)
{
    one->series_count = 1;
    one->values = row->values;
    if (row->values != NULL)
        for (one->series_count = 0; row->values[one->series_count] != NULL;)
            one->series_count++;
    if (row->label != NULL && row->values == NULL) {
        uint32_t i;

        for (i = 0; i < name_count && strcmp(names[i].label, row->label) != 0; i++)
            copies += (size_t)names[i].count + 1;
        LIQ_ASSERT(i < name_count);
        one->series_count = names[i].count;
        one->values = (const char *const *)copies;
    }
    if (row->type == LIQ_METRIC_HISTOGRAM)
        while (row->bounds_ns[one->bound_count] != 0)
            one->bound_count++;
    one->series_cells = row->type == LIQ_METRIC_HISTOGRAM ? one->bound_count + 2 : 1;
    return ((size_t)one->series_count * one->series_cells + LINE_CELLS - 1) / LINE_CELLS *
           LINE_CELLS;
}

static liq_status cells_make(liq_metrics *metrics, const liq_metric_names *names,
                             uint32_t name_count, liq_error *err)
{
    void *memory = NULL;
    size_t total = 0;
    cell *at;
    liq_status status;

    for (uint32_t i = 0; i < metrics->row_count; i++)
        total += metric_shape(&metrics->metrics[i], &metrics->rows[i], names, name_count,
                              metrics->values);
    if ((status = liq_memory_aligned(&memory, total, sizeof(cell), LINE_BYTES, err)) != LIQ_OK)
        return status;
    metrics->cells = at = memory;
    for (uint32_t i = 0; i < metrics->row_count; i++) {
        metric *one = &metrics->metrics[i];

        one->cells = at;
        at += ((size_t)one->series_count * one->series_cells + LINE_CELLS - 1) / LINE_CELLS *
              LINE_CELLS;
    }
    return LIQ_OK;
}

static cell *cells_of(const liq_metrics *metrics, uint32_t index, uint32_t series,
                      liq_metric_type type)
{
    LIQ_ASSERT(index < metrics->row_count && metrics->rows[index].type == type);
    LIQ_ASSERT(series < metrics->metrics[index].series_count);
    return metrics->metrics[index].cells + (size_t)series * metrics->metrics[index].series_cells;
}

static void metric_add(liq_text_buffer *text, const liq_metric_row *row, const metric *one)
{
    static const char *const types[] = {"", "counter", "gauge", "histogram"};
    char number[NUMBER_BYTES];

    liq_text_buffer_format(text, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
                           types[row->type]);
    for (uint32_t i = 0; i < one->series_count; i++) {
        uint64_t now;

        if (row->type == LIQ_METRIC_HISTOGRAM) {
            histogram_add(text, row, one, i);
            continue;
        }
        now = atomic_load_explicit(&one->cells[i], memory_order_relaxed);
        sample_begin(text, row, "", one->values == NULL ? NULL : one->values[i], NULL);
        if (row->type == LIQ_METRIC_GAUGE)
            gauge_text(number, now);
        else
            (void)snprintf(number, sizeof number, "%" PRIu64, now);
        liq_text_buffer_format(text, "%s\n", number);
    }
}

/* The count is the sum of the buckets as they were read: the two always agree. */
static void histogram_add(liq_text_buffer *text, const liq_metric_row *row, const metric *one,
                          uint32_t series)
{
    const cell *cells = one->cells + (size_t)series * one->series_cells;
    const char *value = one->values == NULL ? NULL : one->values[series];
    char number[NUMBER_BYTES];
    uint64_t count = 0;

    for (uint32_t i = 0; i <= one->bound_count; i++) {
        count += atomic_load_explicit(&cells[i], memory_order_relaxed);
        if (i < one->bound_count)
            seconds_text(number, row->bounds_ns[i]);
        sample_begin(text, row, "_bucket", value, i < one->bound_count ? number : "+Inf");
        liq_text_buffer_format(text, "%" PRIu64 "\n", count);
    }
    seconds_text(number, atomic_load_explicit(&cells[one->bound_count + 1], memory_order_relaxed));
    sample_begin(text, row, "_sum", value, NULL);
    liq_text_buffer_format(text, "%s\n", number);
    sample_begin(text, row, "_count", value, NULL);
    liq_text_buffer_format(text, "%" PRIu64 "\n", count);
}

/* Name, labels and a space. @param bound  of a bucket, NULL: none */
static void sample_begin(liq_text_buffer *text, const liq_metric_row *row, const char *suffix,
                         const char *value, const char *bound)
{
    liq_text_buffer_format(text, "%s%s", row->name, suffix);
    if (value != NULL || bound != NULL)
        liq_text_buffer_string(text, "{");
    if (value != NULL) {
        liq_text_buffer_format(text, "%s=\"", row->label);
        escaped_add(text, value);
        liq_text_buffer_string(text, bound != NULL ? "\"," : "\"");
    }
    if (bound != NULL)
        liq_text_buffer_format(text, "le=\"%s\"", bound);
    liq_text_buffer_string(text, value != NULL || bound != NULL ? "} " : " ");
}

static void escaped_add(liq_text_buffer *text, const char *value)
{
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            liq_text_buffer_string(text, "\\n");
        else if (*value == '"' || *value == '\\')
            liq_text_buffer_format(text, "\\%c", *value);
        else
            liq_text_buffer_add(text, (liq_text){value, 1});
    }
}

/* Exactly, without zeros at the end. */
static void seconds_text(char out[NUMBER_BYTES], uint64_t ns)
{
    size_t bytes = (size_t)snprintf(out, NUMBER_BYTES, "%" PRIu64 ".%09" PRIu64, ns / 1000000000u,
                                    ns % 1000000000u);

    while (out[bytes - 1] == '0')
        bytes--;
    if (out[bytes - 1] == '.')
        bytes--;
    out[bytes] = '\0';
}

/* The shorter of two texts that read back as the same number. */
static void gauge_text(char out[NUMBER_BYTES], uint64_t bits)
{
    double value;

    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) {
        (void)snprintf(out, NUMBER_BYTES, "%s", isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
        return;
    }
    (void)snprintf(out, NUMBER_BYTES, "%.15g", value);
    if (strtod(out, NULL) != value)
        (void)snprintf(out, NUMBER_BYTES, "%.17g", value);
}
