/*
 * A file passes through a window, a piece of memory that always holds the
 * whole current line. It is read, not mapped, because a mapped file that
 * somebody cuts short kills the process.
 */
#include "base/csv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_line.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/memory.h"

enum {
    WINDOW_BYTES = 256 * 1024 - LIQ_CSV_PAD_BYTES, /* and a processor keeps it in its cache */
    LINE_END_BYTES = 2,
    REPORT_BYTES = 1024 * 1024,
    SEARCH_BYTES = 4096,
    COUNT_BYTES = 65536,
    BLOCK_FEEDS = 255,
    REASON_BYTES = 320
};

/* A file whose size is not known (a pipe) is read as a whole, and so needs a limit. */
static const size_t pipe_bytes_max = (size_t)1 << 30;

struct liq_csv {
    liq_csv_row row; /* first: see liq_csv_field */
    char *name;
    liq_file file; /* closed when the bytes come from text */
    bool is_part;  /* of a file that somebody else closes */
    size_t file_bytes;
    char *owned;   /* a pipe's bytes, which text then points into */
    liq_text text; /* bytes not yet taken, when there is no file */
    size_t bytes;  /* where the input ends, from the start of the file */
    size_t taken;  /* up to where it has been copied into the window */
    char *window;  /* window[start .. end) is not read yet */
    size_t window_bytes;
    size_t capacity; /* without the padding */
    size_t start;
    size_t end;
    uint64_t line;
    size_t report_at;
    const liq_progress *progress;
    const liq_csv_column *columns;
    uint32_t column_count;
    uint32_t field_count;                    /* of the header; 0 while the header itself is read */
    uint32_t column_of[LIQ_CSV_COLUMNS_MAX]; /* by field */
};

static liq_status create(liq_csv **out, const char *name, const liq_csv_column *columns,
                         uint32_t column_count, const liq_progress *progress, liq_error *err);
static liq_status source_take(liq_csv *csv, liq_error *err);
static liq_status start(liq_csv **out, liq_csv *csv, liq_error *err);
static liq_status window_take(liq_csv *csv, liq_error *err);
static size_t feeds_count(const char *bytes, size_t count);
static liq_status window_fill(liq_csv *csv, liq_error *err);
static liq_status shrunk(const liq_csv *csv, size_t seen, liq_error *err);
static liq_status report(liq_csv *csv, liq_error *err);
static liq_status header_read(liq_csv *csv, liq_error *err);
static liq_status header_field(liq_csv *csv, uint32_t field, liq_error *err);
static liq_status header_complete(const liq_csv *csv, liq_error *err);
static void columns_list(const liq_csv *csv, bool missing, char *out, size_t room);
static size_t line_break(const liq_csv *csv);
static liq_status empty_lines(liq_csv *csv, liq_error *err);
static liq_status finish(liq_csv *csv, liq_error *err);
static liq_status line_read(liq_csv *csv, liq_error *err);
static liq_status line_measure(const liq_csv *csv, size_t *content, size_t *line_bytes,
                               liq_error *err);
static liq_status fault_fail(const liq_csv *csv, const liq_csv_fault *fault, liq_error *err);

liq_status liq_csv_open(liq_csv **out, const char *path, const liq_csv_column *columns,
                        uint32_t column_count, const liq_progress *progress, liq_error *err)
{
    liq_csv *csv = NULL;
    liq_status status;

    status = create(&csv, liq_file_name(path), columns, column_count, progress, err);
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

    status = create(&csv, name, columns, column_count, progress, err);
    if (status != LIQ_OK) {
        liq_csv_destroy(csv);
        return status;
    }
    csv->text = text;
    csv->bytes = text.bytes;
    return start(out, csv, err);
}

liq_status liq_csv_open_part(liq_csv **out, const liq_csv *whole, size_t begin, size_t end,
                             uint64_t line, const liq_progress *progress, liq_error *err)
{
    liq_csv *csv = NULL;
    liq_status status;

    LIQ_ASSERT(liq_csv_parts(whole));
    if ((status = create(&csv, whole->name, whole->columns, whole->column_count, progress, err)) !=
        LIQ_OK)
        return status;
    memcpy(csv->column_of, whole->column_of, sizeof csv->column_of);
    memcpy(csv->row.field_of, whole->row.field_of, sizeof csv->row.field_of);
    csv->field_count = whole->field_count;
    csv->file = whole->file;
    csv->file_bytes = whole->file_bytes;
    csv->is_part = true;
    if ((status = liq_csv_part_move(csv, begin, end, line, err)) != LIQ_OK) {
        liq_csv_destroy(csv);
        return status;
    }
    *out = csv;
    return LIQ_OK;
}

liq_status liq_csv_part_move(liq_csv *part, size_t begin, size_t end, uint64_t line, liq_error *err)
{
    LIQ_ASSERT(part->is_part && begin <= end && end <= part->file_bytes);
    part->bytes = end;
    part->taken = begin;
    part->start = part->end = 0;
    part->line = line;
    part->report_at = begin + REPORT_BYTES;
    return window_take(part, err);
}

bool liq_csv_parts(const liq_csv *csv)
{
    return csv->file.descriptor >= 0;
}

liq_status liq_csv_line_count(const liq_csv *csv, size_t begin, size_t end, size_t *lines,
                              liq_error *err)
{
    char block[COUNT_BYTES];
    size_t count = 0;
    char last = '\n';

    LIQ_ASSERT(liq_csv_parts(csv) && begin <= end && end <= csv->bytes);
    while (begin < end) {
        const size_t room = end - begin < sizeof block ? end - begin : sizeof block;
        size_t got = 0;
        const liq_status status = liq_file_read_at(&csv->file, begin, block, room, &got, err);

        if (status != LIQ_OK)
            return status;
        if (got < room)
            return shrunk(csv, begin + got, err);
        count += feeds_count(block, got);
        last = block[got - 1];
        begin += got;
    }
    *lines = count + (last != '\n');
    return LIQ_OK;
}

size_t liq_csv_offset(const liq_csv *csv)
{
    return csv->taken - (csv->end - csv->start);
}

liq_status liq_csv_line_start(const liq_csv *csv, size_t offset, size_t *start, liq_error *err)
{
    const size_t limit = offset + LIQ_CSV_LINE_BYTES_MAX + LINE_END_BYTES;
    char block[SEARCH_BYTES];

    LIQ_ASSERT(liq_csv_parts(csv) && offset > 0);
    for (size_t at = offset - 1; at < csv->bytes; at += sizeof block) {
        const size_t room = csv->bytes - at < sizeof block ? csv->bytes - at : sizeof block;
        size_t got = 0;
        const liq_status status = liq_file_read_at(&csv->file, at, block, room, &got, err);
        const char *feed = memchr(block, '\n', got);

        if (status != LIQ_OK)
            return status;
        if (feed != NULL) {
            *start = at + (size_t)(feed - block) + 1;
            return LIQ_OK;
        }
        if (got < room || at + got > limit)
            return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: no line ends near byte %zu", csv->name,
                            offset);
    }
    *start = csv->bytes;
    return LIQ_OK;
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

    if ((status = window_fill(csv, err)) != LIQ_OK)
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
        return line_read(csv, err);
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

static liq_status create(liq_csv **out, const char *name, const liq_csv_column *columns,
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
    csv->report_at = REPORT_BYTES;
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
    if ((status = window_take(csv, err)) != LIQ_OK || (status = header_read(csv, err)) != LIQ_OK)
        goto done;
    *out = csv;
    csv = NULL; /* given away */
done:
    liq_csv_destroy(csv);
    return status;
}

static liq_status window_take(liq_csv *csv, liq_error *err)
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

/* Compilers make one instruction of many bytes here, because the inner sum fits a byte. */
static size_t feeds_count(const char *bytes, size_t count)
{
    size_t feeds = 0;

    for (size_t at = 0; at < count;) {
        const size_t end = count - at < BLOCK_FEEDS ? count : at + BLOCK_FEEDS;
        uint8_t some = 0; /* at most BLOCK_FEEDS */

        for (; at < end; at++)
            some = (uint8_t)(some + (bytes[at] == '\n'));
        feeds += some;
    }
    return feeds;
}

/* Move the rest of the window to its front and fill it, unless the next line is surely in it. */
static liq_status window_fill(liq_csv *csv, liq_error *err)
{
    const size_t rest = csv->end - csv->start;
    const size_t left = csv->bytes - csv->taken;
    size_t wanted = csv->capacity - rest;
    size_t got = wanted;
    liq_status status;

    if (left == 0 || rest > LIQ_CSV_LINE_BYTES_MAX + LINE_END_BYTES)
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
        return shrunk(csv, csv->taken, err);
    return LIQ_OK;
}

static liq_status shrunk(const liq_csv *csv, size_t seen, liq_error *err)
{
    return liq_fail(err, LIQ_IO, 0, "%s: became shorter while it was read (%zu of %zu bytes)",
                    csv->name, seen, csv->bytes);
}

static liq_status report(liq_csv *csv, liq_error *err)
{
    const size_t done = liq_csv_offset(csv);

    csv->report_at = done + REPORT_BYTES;
    if (csv->progress == NULL ||
        csv->progress->report(csv->progress->context, csv->name, done, csv->bytes) != 0)
        return LIQ_OK;
    return liq_fail(err, LIQ_INTERRUPTED, 0, "%s: stopped after line %llu", csv->name,
                    (unsigned long long)csv->line);
}

static liq_status header_read(liq_csv *csv, liq_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    liq_status status;

    if ((status = window_fill(csv, err)) != LIQ_OK)
        return status;
    if (csv->end >= 3 && memcmp(csv->window, byte_order_mark, 3) == 0)
        csv->start = 3;
    if (csv->start == csv->end)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: the file is empty, a header line is needed",
                        csv->name);
    csv->line = 1;
    if ((status = line_read(csv, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < csv->field_count; i++)
        if ((status = header_field(csv, i, err)) != LIQ_OK)
            return status;
    return header_complete(csv, err);
}

/* Find the column that a field of the header names. */
static liq_status header_field(liq_csv *csv, uint32_t field, liq_error *err)
{
    const liq_text name = csv->row.fields[field];
    char known[REASON_BYTES];
    uint32_t column = 0;

    if (name.bytes == 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:1: column %u of the header has no name",
                        csv->name, field + 1);
    while (column < csv->column_count && !liq_text_equal(name, csv->columns[column].name))
        column++;
    if (column == csv->column_count) {
        columns_list(csv, false, known, sizeof known);
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:1: unknown column \"%.*s\" (known: %s)",
                        csv->name, LIQ_TEXT_ARGS(name), known);
    }
    if (liq_csv_has(csv, column))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:1: column \"%.*s\" is there twice", csv->name,
                        LIQ_TEXT_ARGS(name));
    csv->row.field_of[column] = field;
    csv->column_of[field] = column;
    return LIQ_OK;
}

static liq_status header_complete(const liq_csv *csv, liq_error *err)
{
    char missing[REASON_BYTES];

    columns_list(csv, true, missing, sizeof missing);
    if (missing[0] == '\0')
        return LIQ_OK;
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%s:1: the header lacks %s", csv->name, missing);
}

/* Write the names of all columns, or of those that are required and missing, with commas. */
static void columns_list(const liq_csv *csv, bool missing, char *out, size_t room)
{
    size_t used = 0;

    out[0] = '\0';
    for (uint32_t i = 0; i < csv->column_count && used < room; i++) {
        if (missing && (liq_csv_has(csv, i) || !csv->columns[i].required))
            continue;
        used += (size_t)snprintf(out + used, room - used, "%s%s", used > 0 ? ", " : "",
                                 csv->columns[i].name);
    }
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
        if ((status = window_fill(csv, err)) != LIQ_OK)
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

/* Read a line that needs care: quotes, bytes past ASCII, the header, or something to refuse. */
static liq_status line_read(liq_csv *csv, liq_error *err)
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
    const size_t limit = LIQ_CSV_LINE_BYTES_MAX + LINE_END_BYTES;
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
