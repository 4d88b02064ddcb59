/*
 * The reader of CSV against a splitter of its own, which knows only well-formed
 * text, and against itself on the same rows with every field in quotes, which
 * take the careful way instead of the plain one.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/fail.h"

enum { COLUMNS = 3, BYTES_MAX = 16384 };

static const char header[] = "a,b,c\n";
static const liq_csv_column columns[COLUMNS] = {{"a", true}, {"b", true}, {"c", true}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);
static void read_against_splitter(liq_text text, char *quoted, size_t *quoted_bytes);
static const char *field_split(const char *at, const char *end, char *field, size_t *bytes);
static void field_quote(liq_text field, char *out, size_t *used);
static void read_unchanged(liq_text text, const char *quoted);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const size_t header_bytes = sizeof header - 1;
    char *text;
    char *quoted;
    size_t quoted_bytes = 0;
    liq_csv *csv = NULL;

    if (bytes > BYTES_MAX)
        return 0;
    /* A header that is drawn is rarely good, so it is tried alone, and then a good one put before
     * it. */
    text = malloc(header_bytes + bytes);
    quoted = malloc(2 * bytes + 16 * (bytes + header_bytes)); /* a field of none becomes five */
    LIQ_ASSERT(text != NULL && quoted != NULL);
    memcpy(text, header, header_bytes);
    if (bytes > 0)
        memcpy(text + header_bytes, data, bytes);
    if (liq_csv_open_text(&csv, "f", (liq_text){text + header_bytes, bytes}, columns, COLUMNS, NULL,
                          NULL) == LIQ_OK)
        liq_csv_destroy(csv);
    read_against_splitter((liq_text){text, header_bytes + bytes}, quoted, &quoted_bytes);
    read_unchanged((liq_text){quoted, quoted_bytes}, quoted);
    free(text);
    free(quoted);
    return 0;
}

/* Read until the end or a bad row, and write what was read with every field in quotes. */
static void read_against_splitter(liq_text text, char *quoted, size_t *quoted_bytes)
{
    const char *at = text.data + sizeof header - 1;
    char *field = malloc(text.bytes + 1);
    liq_csv *csv = NULL;
    bool more = true;

    LIQ_ASSERT(field != NULL);
    memcpy(quoted, header, sizeof header - 1);
    *quoted_bytes = sizeof header - 1;
    LIQ_ASSERT(liq_csv_open_text(&csv, "f", text, columns, COLUMNS, NULL, NULL) == LIQ_OK);
    while (liq_csv_next(csv, &more, NULL) == LIQ_OK && more)
        for (uint32_t i = 0; i < COLUMNS; i++) {
            const liq_text seen = liq_csv_field(csv, i);
            size_t bytes = 0;

            at = field_split(at, text.data + text.bytes, field, &bytes);
            LIQ_ASSERT(seen.bytes == bytes && memcmp(seen.data, field, bytes) == 0);
            LIQ_ASSERT(liq_text_utf8(seen));
            field_quote(seen, quoted, quoted_bytes);
            quoted[(*quoted_bytes)++] = i + 1 < COLUMNS ? ',' : '\n';
        }
    liq_csv_destroy(csv);
    free(field);
}

/* Take one field of well-formed text; returns the place behind the comma or line end after it. */
static const char *field_split(const char *at, const char *end, char *field, size_t *bytes)
{
    const bool quoted = at < end && *at == '"';

    *bytes = 0;
    at += quoted;
    while (at < end && (quoted || (*at != ',' && *at != '\r' && *at != '\n'))) {
        if (quoted && *at == '"' && (++at == end || *at != '"'))
            break;
        field[(*bytes)++] = *at++;
    }
    if (at < end && *at == '\r')
        at++;
    return at < end ? at + 1 : at;
}

static void field_quote(liq_text field, char *out, size_t *used)
{
    out[(*used)++] = '"';
    for (size_t i = 0; i < field.bytes; i++) {
        out[(*used)++] = field.data[i];
        if (field.data[i] == '"')
            out[(*used)++] = '"';
    }
    out[(*used)++] = '"';
}

/* Rows in quotes must be read to their end, and be written again as they are. */
static void read_unchanged(liq_text text, const char *quoted)
{
    char *again = malloc(text.bytes);
    size_t used = sizeof header - 1;
    liq_csv *csv = NULL;
    bool more = true;

    LIQ_ASSERT(again != NULL);
    memcpy(again, header, used);
    LIQ_ASSERT(liq_csv_open_text(&csv, "f", text, columns, COLUMNS, NULL, NULL) == LIQ_OK);
    for (;;) {
        LIQ_ASSERT(liq_csv_next(csv, &more, NULL) == LIQ_OK);
        if (!more)
            break;
        for (uint32_t i = 0; i < COLUMNS; i++) {
            field_quote(liq_csv_field(csv, i), again, &used);
            again[used++] = i + 1 < COLUMNS ? ',' : '\n';
        }
    }
    LIQ_ASSERT(used == text.bytes && memcmp(again, quoted, used) == 0);
    liq_csv_destroy(csv);
    free(again);
}
