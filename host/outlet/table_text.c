/*
 * Cells are held one after the other, terminated, in the order of the rows.
 */
#include "outlet/table_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/text.h"

enum { COLUMNS_MAX = 24, CELL_BYTES_MAX = 512, GAP = 2 };

struct liq_table_text {
    liq_output *output;
    uint32_t indent;
    size_t blanks; /* owed before the next text of the line */
    char *text;
    size_t capacity;
    size_t used;
    uint32_t column_count;
    uint32_t cell; /* of the row that is open */
    uint32_t row_count;
    bool has_head;  /* whether it is still to be written */
    bool is_broken; /* a cell found no memory: nothing more is written */
    const char *titles[COLUMNS_MAX];
    bool is_right[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX];
};

static size_t character_read(const char *at, wchar_t *out);
static size_t cell_clean(char *out, const char *text);
static void cell_write(liq_table_text *table, uint32_t column, const char *text);

liq_status liq_table_text_create(liq_table_text **out, liq_output *output, uint32_t indent,
                                 liq_error *err)
{
    const liq_status status = liq_memory_array(out, 1, sizeof **out, err);

    if (status != LIQ_OK)
        return status;
    (*out)->output = output;
    (*out)->indent = indent;
    return LIQ_OK;
}

void liq_table_text_destroy(liq_table_text *table)
{
    if (table == NULL)
        return;
    free(table->text);
    free(table);
}

void liq_table_text_column(liq_table_text *table, const char *title, bool is_right)
{
    LIQ_ASSERT(table->column_count < COLUMNS_MAX && table->used == 0);
    table->titles[table->column_count] = title;
    table->is_right[table->column_count] = is_right;
    table->widths[table->column_count] = title == NULL ? 0 : liq_table_text_width(title);
    table->column_count++;
    table->has_head = title != NULL;
}

void liq_table_text_columns(liq_table_text *table, const char *const *titles, uint32_t count,
                            uint32_t texts)
{
    for (uint32_t i = 0; i < count; i++)
        liq_table_text_column(table, titles[i], i >= texts);
}

void liq_table_text_cell(liq_table_text *table, const char *text)
{
    char clean[3 * CELL_BYTES_MAX + 1];
    size_t bytes = cell_clean(clean, text) + 1;
    size_t width;

    LIQ_ASSERT(table->cell < table->column_count);
    if (!table->is_broken &&
        liq_memory_grow(&table->text, &table->capacity, table->used + bytes, 1, NULL) != LIQ_OK) {
        table->output->native = ENOMEM; /* as if the write had failed: the caller looks there */
        table->is_broken = true;
    }
    if (!table->is_broken) {
        memcpy(table->text + table->used, clean, bytes);
        table->used += bytes;
    }
    width = liq_table_text_width(clean);
    if (width > table->widths[table->cell])
        table->widths[table->cell] = width;
    table->cell++;
}

void liq_table_text_row_end(liq_table_text *table)
{
    LIQ_ASSERT(table->cell == table->column_count);
    table->cell = 0;
    table->row_count++;
}

uint32_t liq_table_text_rows(const liq_table_text *table)
{
    return table->row_count;
}

void liq_table_text_flush(liq_table_text *table)
{
    const char *at = table->text;

    if (table->is_broken)
        table->row_count = 0;
    if (table->has_head && table->row_count > 0) {
        for (uint32_t i = 0; i < table->column_count; i++)
            cell_write(table, i, table->titles[i]);
        table->has_head = false;
    }
    for (uint32_t row = 0; row < table->row_count; row++) {
        for (uint32_t i = 0; i < table->column_count; i++) {
            cell_write(table, i, at);
            at += strlen(at) + 1;
        }
    }
    table->row_count = 0;
    table->used = 0;
}

size_t liq_table_text_width(const char *text)
{
    size_t width = 0;

    while (*text != '\0') {
        wchar_t character = 0;
        const bool is_plain = *text >= 0x20 && *text < 0x7f; /* nearly always: spare the rest */
        const size_t bytes = is_plain ? 1 : character_read(text, &character);
        const int columns = is_plain || bytes == 0 ? 1 : wcwidth(character);

        width += columns < 0 ? 1 : (size_t)columns;
        text += bytes == 0 ? 1 : bytes;
    }
    return width;
}

/* Decode one character; 0 when the bytes are no UTF-8. */
static size_t character_read(const char *at, wchar_t *out)
{
    const unsigned char first = (unsigned char)*at;
    const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

    if (strnlen(at, bytes) < bytes || !liq_text_utf8((liq_text){at, bytes}))
        return 0;
    *out = (wchar_t)(bytes == 1 ? first : first & (0x7f >> bytes));
    for (size_t i = 1; i < bytes; i++)
        *out = (wchar_t)(*out * 64 + ((unsigned char)at[i] & 0x3f));
    return bytes;
}

/* Whether a character would steer the terminal or hide what follows: controls, and marks that turn
 * the direction of writing. */
static bool is_unfit(wchar_t character)
{
    return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
           (character >= 0x200b && character <= 0x200f) ||
           (character >= 0x2028 && character <= 0x202e) ||
           (character >= 0x2066 && character <= 0x2069) || character == 0xfeff;
}

static size_t cell_clean(char *out, const char *text)
{
    const char *const end = text + strnlen(text, CELL_BYTES_MAX);
    size_t used = 0;

    while (text < end) {
        wchar_t character = 0;
        const bool is_plain = *text >= 0x20 && *text < 0x7f;
        const size_t bytes = is_plain ? 1 : character_read(text, &character);

        if (is_plain) {
            out[used++] = *text;
        } else if (bytes == 0 || is_unfit(character)) {
            memcpy(out + used, "\xef\xbf\xbd", 3);
            used += 3;
        } else {
            memcpy(out + used, text, bytes);
            used += bytes;
        }
        text += bytes == 0 ? 1 : bytes;
    }
    out[used] = '\0';
    return used;
}

/* Blanks are held back until a text follows, so that no line has any at its end. */
static void cell_write(liq_table_text *table, uint32_t column, const char *text)
{
    const size_t padding = table->widths[column] - liq_table_text_width(text);

    table->blanks += column == 0 ? table->indent : GAP;
    table->blanks += table->is_right[column] ? padding : 0;
    for (; *text != '\0' && table->blanks > 0; table->blanks--)
        liq_output_add(table->output, " ", 1);
    liq_output_string(table->output, text);
    table->blanks += table->is_right[column] ? 0 : padding;
    if (column + 1 == table->column_count) {
        liq_output_add(table->output, "\n", 1);
        table->blanks = 0;
    }
}
