/*
 * A file passes through a window, a piece of memory that always holds the
 * whole current line. It is read, not mapped, because a mapped file that
 * somebody cuts short kills the process.
 */
#include "base/csv_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_line.h"
#include "base/fail.h"
#include "base/memory.h"

enum {
    WINDOW_BYTES = 256 * 1024 - LIQ_CSV_PAD_BYTES, /* and a processor keeps it in its cache */
    REASON_BYTES = 320
};

/* A file whose size is not known (a pipe) is read as a whole, and so needs a limit. */
static const size_t pipe_bytes_max = (size_t)1 << 30;

static liq_status source_take(liq_csv *csv, liq_error *err);
static liq_status start(liq_csv **out, liq_csv *csv, liq_error *err);
static liq_status report(liq_csv *csv, liq_error *err);
static size_t line_break(const liq_csv *csv);
static liq_status empty_lines(liq_csv *csv, liq_error *err);
static liq_status finish(liq_csv *csv, liq_error *err);
static liq_status line_measure(const liq_csv *csv, size_t *content, size_t *line_bytes,
                               liq_error *err);
static liq_status fault_fail(const liq_csv *csv, const liq_csv_fault *fault, liq_error *err);

liq_status liq_csv_open(liq_csv **out, const char *path, const liq_csv_column *columns,
                        uint32_t column_count, const liq_progress *progress, liq_error *err)
{
    liq_csv *csv = NULL;
    liq_status status;

    status = liq_csv_create(&csv, liq_file_name(path), columns, column_count, progress, err);
    if (status != LIQ_OK)
        goto done;
    if ((status = liq_file_open(&csv->file, path, err)) != LIQ_OK)
        goto done;
    csv->bytes = csv->file.bytes;
    if (!csv->file.regular || csv->bytes == 0)
        if ((status = source_take(csv, err)) != LIQ_OK)
            goto done;
    return start(out, csv, err);
done:
    liq_csv_destroy(csv);
    return status;
}

liq_status liq_csv_open_text(liq_csv **out, const char *name, liq_text text,
                             const liq_csv_column *columns, uint32_t column_count,
                             const liq_progress *progress, liq_error *err)
{
    liq_csv *csv = NULL;
    liq_status status;

    status = liq_csv_create(&csv, name, columns, column_count, progress, err);
    if (status != LIQ_OK) {
        liq_csv_destroy(csv);
        return status;
    }
    csv->text = text;
    csv->bytes = text.bytes;
    return start(out, csv, err);
}

size_t liq_csv_offset(const liq_csv *csv)
{
    return csv->taken - (csv->end - csv->start);
}

void liq_csv_destroy(liq_csv *csv)
{
    if (csv == NULL)
        return;
    if (!csv->is_part)
        liq_file_close(&csv->file);
    free(csv->owned);
    free(csv->window);
    free(csv->name);
    free(csv);
}

liq_status liq_csv_next(liq_csv *csv, bool *more, liq_error *err)
{
    size_t bytes;
    liq_status status;

    if ((status = liq_csv_window_fill(csv, err)) != LIQ_OK)
        return status;
    if (liq_csv_offset(csv) >= csv->report_at)
        if ((status = report(csv, err)) != LIQ_OK)
            return status;
    *more = csv->start < csv->end && line_break(csv) == 0;
    if (!*more)
        return empty_lines(csv, err);
    csv->line++;
    bytes = liq_csv_line_plain(csv->window + csv->start, csv->row.fields, csv->field_count);
    /* The last line may end in the padding, after a carriage return that must be refused. */
    if (bytes == 0 || bytes > LIQ_CSV_LINE_BYTES_MAX || csv->start + bytes > csv->end)
        return liq_csv_line_read(csv, err);
    csv->start += bytes;
    return LIQ_OK;
}

bool liq_csv_has(const liq_csv *csv, uint32_t column)
{
    LIQ_ASSERT(column < csv->column_count);
    return csv->row.field_of[column] != LIQ_CSV_COLUMNS_MAX;
}

uint64_t liq_csv_line(const liq_csv *csv)
{
    return csv->line;
}

size_t liq_csv_bytes(const liq_csv *csv)
{
    return csv->bytes;
}

liq_status liq_csv_fail(const liq_csv *csv, uint32_t column, liq_error *err, liq_status status,
                        const char *format, ...)
{
    const unsigned long long line = csv->line;
    const char *name;
    char reason[REASON_BYTES];
    va_list arguments;

    LIQ_ASSERT(column < csv->column_count);
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    name = csv->columns[column].name;
    if (!liq_csv_has(csv, column))
        return liq_fail(err, status, 0, "%s:%llu: %s: %s", csv->name, line, name, reason);
    return liq_fail(err, status, 0, "%s:%llu: %s \"%.*s\": %s", csv->name, line, name,
                    LIQ_TEXT_ARGS(liq_csv_field(csv, column)), reason);
}

liq_status liq_csv_create(liq_csv **out, const char *name, const liq_csv_column *columns,
                          uint32_t column_count, const liq_progress *progress, liq_error *err)
{
    void *block = NULL;
    liq_csv *csv;
    liq_status status;

    LIQ_ASSERT(column_count > 0 && column_count <= LIQ_CSV_COLUMNS_MAX);
    if ((status = liq_memory_array(&block, 1, sizeof *csv, err)) != LIQ_OK)
        return status;
    csv = block;
    csv->file.descriptor = -1;
    csv->columns = columns;
    csv->column_count = column_count;
    csv->progress = progress;
    csv->report_at = LIQ_CSV_REPORT_BYTES;
    csv->row.fields[LIQ_CSV_COLUMNS_MAX] = (liq_text){"", 0};
    for (uint32_t i = 0; i < LIQ_CSV_COLUMNS_MAX; i++)
        csv->row.field_of[i] = LIQ_CSV_COLUMNS_MAX;
    csv->name = strdup(name);
    if (csv->name == NULL) {
        free(csv);
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for the name of a file");
    }
    *out = csv;
    return LIQ_OK;
}

/* Read all of a file whose size is not known, and go on from memory. */
static liq_status source_take(liq_csv *csv, liq_error *err)
{
    liq_status status;

    status = liq_file_read_all(&csv->owned, &csv->bytes, &csv->file, pipe_bytes_max, err);
    if (status != LIQ_OK)
        return status;
    liq_file_close(&csv->file);
    csv->text = (liq_text){csv->owned, csv->bytes};
    return LIQ_OK;
}

/* Take the window and read the header; csv is given away to out, or destroyed. */
static liq_status start(liq_csv **out, liq_csv *csv, liq_error *err)
{
    liq_status status;

    csv->file_bytes = csv->bytes;
    if ((status = liq_csv_window_take(csv, err)) != LIQ_OK ||
        (status = liq_csv_header_read(csv, err)) != LIQ_OK)
        goto done;
    *out = csv;
    csv = NULL; /* given away */
done:
    liq_csv_destroy(csv);
    return status;
}

liq_status liq_csv_window_take(liq_csv *csv, liq_error *err)
{
    const size_t left = csv->bytes - csv->taken;
    const size_t needed = left < WINDOW_BYTES ? left : WINDOW_BYTES;
    liq_status status;

    if ((status = liq_memory_extend(&csv->window, &csv->window_bytes, needed + LIQ_CSV_PAD_BYTES, 1,
                                    err)) != LIQ_OK)
        return status;
    csv->capacity = csv->window_bytes - LIQ_CSV_PAD_BYTES;
    memset(csv->window, '\n', LIQ_CSV_PAD_BYTES);
    return LIQ_OK;
}

/* Move the rest of the window to its front and fill it, unless the next line is surely in it. */
liq_status liq_csv_window_fill(liq_csv *csv, liq_error *err)
{
    const size_t rest = csv->end - csv->start;
    const size_t left = csv->bytes - csv->taken;
    size_t wanted = csv->capacity - rest;
    size_t got = wanted;
    liq_status status;

    if (left == 0 || rest > LIQ_CSV_LINE_BYTES_MAX + LIQ_CSV_LINE_END_BYTES)
        return LIQ_OK;
    wanted = got = left < wanted ? left : wanted;
    memmove(csv->window, csv->window + csv->start, rest);
    csv->start = 0;
    csv->end = rest;
    if (csv->file.descriptor < 0) {
        memcpy(csv->window + rest, csv->text.data + csv->taken, wanted);
    } else if ((status = liq_file_read_at(&csv->file, csv->taken, csv->window + rest, wanted, &got,
                                          err)) != LIQ_OK) {
        return status;
    }
    csv->taken += got;
    csv->end += got;
    memset(csv->window + csv->end, '\n', LIQ_CSV_PAD_BYTES);
    if (got < wanted)
        return liq_csv_shrunk(csv, csv->taken, err);
    return LIQ_OK;
}

liq_status liq_csv_shrunk(const liq_csv *csv, size_t seen, liq_error *err)
{
    return liq_fail(err, LIQ_IO, 0, "%s: became shorter while it was read (%zu of %zu bytes)",
                    csv->name, seen, csv->bytes);
}

static liq_status report(liq_csv *csv, liq_error *err)
{
    const size_t done = liq_csv_offset(csv);

    csv->report_at = done + LIQ_CSV_REPORT_BYTES;
    if (csv->progress == NULL ||
        csv->progress->report(csv->progress->context, csv->name, done, csv->bytes) != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "%s: stopped after line %llu", csv->name,
                    (unsigned long long)csv->line);
}

/* Bytes of the line break at start, or 0 when the line is not empty. */
static size_t line_break(const liq_csv *csv)
{
    const char *at = csv->window + csv->start;

    if (*at == '\n')
        return 1;
    return *at == '\r' && at[1] == '\n' && csv->start + 1 < csv->end ? 2 : 0;
}

/* At the end or an empty line: only further empty lines and the end of the file may follow. */
static liq_status empty_lines(liq_csv *csv, liq_error *err)
{
    const unsigned long long line = csv->line + 1;
    liq_status status;

    while (csv->start < csv->end) {
        const size_t bytes = line_break(csv);

        if (bytes == 0 || csv->bytes < csv->file_bytes)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:%llu: the line is empty", csv->name, line);
        csv->start += bytes;
        if ((status = liq_csv_window_fill(csv, err)) != LIQ_OK)
            return status;
    }
    return finish(csv, err);
}

/* At the end of the input: a file that grew meanwhile is still being written. */
static liq_status finish(liq_csv *csv, liq_error *err)
{
    liq_status status;
    size_t got = 0;
    char byte;

    if (csv->file.descriptor >= 0 && csv->bytes == csv->file_bytes &&
        (status = liq_file_read_at(&csv->file, csv->bytes, &byte, 1, &got, err)) != LIQ_OK)
        return status;
    if (!csv->is_part)
        liq_file_close(&csv->file);
    if (got > 0)
        return liq_fail(err, LIQ_IO, 0, "%s: grew while it was read (past %zu bytes)", csv->name,
                        csv->bytes);
    return report(csv, err);
}

liq_status liq_csv_line_read(liq_csv *csv, liq_error *err)
{
    char *const line = csv->window + csv->start;
    uint32_t count = 0;
    size_t content = 0;
    size_t line_bytes = 0;
    liq_csv_fault fault;
    liq_status status;

    if ((status = line_measure(csv, &content, &line_bytes, err)) != LIQ_OK)
        return status;
    if (!liq_csv_line_careful(line, content, csv->row.fields, LIQ_CSV_COLUMNS_MAX, &count, &fault))
        return fault_fail(csv, &fault, err);
    if (csv->field_count == 0 && count > LIQ_CSV_COLUMNS_MAX)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:1: %u columns, the limit is %d", csv->name,
                        count, LIQ_CSV_COLUMNS_MAX);
    if (csv->field_count != 0 && count != csv->field_count)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:%llu: %u fields, the header has %u", csv->name,
                        (unsigned long long)csv->line, count, csv->field_count);
    csv->field_count = count;
    csv->start += line_bytes;
    return LIQ_OK;
}

/* Length of the current line without its end and with it; a long line is not read to its end. */
static liq_status line_measure(const liq_csv *csv, size_t *content, size_t *line_bytes,
                               liq_error *err)
{
    const char *const line = csv->window + csv->start;
    const size_t limit = LIQ_CSV_LINE_BYTES_MAX + LIQ_CSV_LINE_END_BYTES;
    const size_t available = csv->end - csv->start < limit ? csv->end - csv->start : limit;
    const char *const feed = memchr(line, '\n', available);
    size_t bytes = feed == NULL ? available : (size_t)(feed - line);

    *line_bytes = feed == NULL ? bytes : bytes + 1;
    if (feed != NULL && bytes > 0 && line[bytes - 1] == '\r')
        bytes--;
    *content = bytes;
    if (bytes <= LIQ_CSV_LINE_BYTES_MAX)
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:%llu: a line of at least %zu bytes, the limit is %d",
                    csv->name, (unsigned long long)csv->line, bytes, LIQ_CSV_LINE_BYTES_MAX);
}

static liq_status fault_fail(const liq_csv *csv, const liq_csv_fault *fault, liq_error *err)
{
    const unsigned long long line = csv->line;

    if (fault->field >= csv->field_count)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:%llu: column %u \"%.*s\": %s", csv->name, line,
                        fault->field + 1, LIQ_TEXT_ARGS(fault->text), fault->reason);
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:%llu: %s \"%.*s\": %s", csv->name, line,
                    csv->columns[csv->column_of[fault->field]].name, LIQ_TEXT_ARGS(fault->text),
                    fault->reason);
}
