/*
 * Parts of a file that several threads read at once, and where they may begin.
 */
#include <string.h>

#include "base/csv_internal.h"
#include "base/fail.h"

enum { SEARCH_BYTES = 4096, COUNT_BYTES = 65536, BLOCK_FEEDS = 255 };

static size_t feeds_count(const char *bytes, size_t count);

liq_status liq_csv_open_part(liq_csv **out, const liq_csv *whole, size_t begin, size_t end,
                             uint64_t line, const liq_progress *progress, liq_error *err)
{
    liq_csv *csv = NULL;
    liq_status status;

    LIQ_ASSERT(liq_csv_parts(whole));
    if ((status = liq_csv_create(&csv, whole->name, whole->columns, whole->column_count, progress,
                                 err)) != LIQ_OK)
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
    part->report_at = begin + LIQ_CSV_REPORT_BYTES;
    return liq_csv_window_take(part, err);
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
            return liq_csv_shrunk(csv, begin + got, err);
        count += feeds_count(block, got);
        last = block[got - 1];
        begin += got;
    }
    *lines = count + (last != '\n');
    return LIQ_OK;
}

liq_status liq_csv_line_start(const liq_csv *csv, size_t offset, size_t *start, liq_error *err)
{
    const size_t limit = offset + LIQ_CSV_LINE_BYTES_MAX + LIQ_CSV_LINE_END_BYTES;
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
