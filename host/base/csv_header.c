/*
 * The header of a CSV file: which column each field is.
 */
#include <stdio.h>
#include <string.h>

#include "base/csv_internal.h"
#include "base/fail.h"

enum { KNOWN_BYTES = 320 };

static liq_status header_field(liq_csv *csv, uint32_t field, liq_error *err);
static liq_status header_complete(const liq_csv *csv, liq_error *err);
static void columns_list(const liq_csv *csv, bool missing, char *out, size_t room);

liq_status liq_csv_header_read(liq_csv *csv, liq_error *err)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    liq_status status;

    if ((status = liq_csv_window_fill(csv, err)) != LIQ_OK)
        return status;
    if (csv->end >= 3 && memcmp(csv->window, byte_order_mark, 3) == 0)
        csv->start = 3;
    if (csv->start == csv->end)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: the file is empty, a header line is needed",
                        csv->name);
    csv->line = 1;
    if ((status = liq_csv_line_read(csv, err)) != LIQ_OK)
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
    char known[KNOWN_BYTES];
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
    char missing[KNOWN_BYTES];

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
