#include "outlet/emit.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "outlet/amount_text.h"
#include "outlet/json_out.h"
#include "outlet/table_text.h"

enum { BLOCK_ROWS = 4096, KEY_BYTES = 40 };

struct liq_emit {
    liq_output *output;
    const liq_emit_column *columns;
    liq_table_text *table; /* table format only */
    liq_format format;
    uint32_t column_count;
    uint32_t cell;   /* of the row that is open */
    bool has_fields; /* whether the open JSON object needs a comma */
    bool has_head;   /* whether the CSV header is written */
    size_t key_bytes[LIQ_EMIT_COLUMNS_MAX];
    char keys[LIQ_EMIT_COLUMNS_MAX][KEY_BYTES]; /* "name": as JSON needs it */
};

static void keys_write(liq_emit *emit);
static bool cell_start(liq_emit *emit);
static void cell_raw(liq_emit *emit, const char *text, size_t bytes);
static void csv_text(liq_output *output, const char *text);
static void csv_head(liq_emit *emit);

liq_status liq_emit_create(liq_emit **out, liq_output *output, liq_format format,
                           const liq_emit_column *columns, uint32_t column_count, liq_error *err)
{
    liq_emit *emit = NULL;
    liq_status status;

    LIQ_ASSERT(column_count >= 1 && column_count <= LIQ_EMIT_COLUMNS_MAX);
    if ((status = liq_memory_array(&emit, 1, sizeof *emit, err)) != LIQ_OK)
        return status;
    emit->output = output;
    emit->format = format;
    emit->columns = columns;
    emit->column_count = column_count;
    keys_write(emit);
    if (format == LIQ_FORMAT_TABLE &&
        (status = liq_table_text_create(&emit->table, output, 0, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; emit->table != NULL && i < column_count; i++)
        if (columns[i].title != NULL)
            liq_table_text_column(emit->table, columns[i].title, columns[i].is_right);
    *out = emit;
    emit = NULL;
done:
    liq_emit_destroy(emit);
    return status;
}

void liq_emit_destroy(liq_emit *emit)
{
    if (emit == NULL)
        return;
    liq_table_text_destroy(emit->table);
    free(emit);
}

void liq_emit_text(liq_emit *emit, const char *text)
{
    if (text == NULL) {
        liq_emit_null(emit);
        return;
    }
    if (!cell_start(emit))
        return;
    if (emit->format == LIQ_FORMAT_TABLE)
        liq_table_text_cell(emit->table, text);
    else if (emit->format == LIQ_FORMAT_JSON)
        liq_json_out_quoted(emit->output, text);
    else
        csv_text(emit->output, text);
}

void liq_emit_decimal(liq_emit *emit, liq_int128 digits, int32_t decimals)
{
    const liq_emit_column *column = &emit->columns[emit->cell];
    char text[LIQ_DECIMAL_BYTES + 2];
    size_t bytes;

    if (!cell_start(emit))
        return;
    if (emit->format == LIQ_FORMAT_TABLE) {
        if (column->table_decimals == LIQ_EMIT_FULL)
            (void)liq_amount_write(text, digits, decimals);
        else
            (void)liq_amount_write_fixed(text, digits, decimals, column->table_decimals,
                                         column->table_rounding);
        liq_table_text_cell(emit->table, text);
        return;
    }
    text[0] = '"';
    bytes = liq_amount_write(text + 1, digits, decimals);
    text[bytes + 1] = '"';
    if (emit->format == LIQ_FORMAT_JSON)
        liq_output_add(emit->output, text, bytes + 2);
    else
        liq_output_add(emit->output, text + 1, bytes);
}

void liq_emit_count(liq_emit *emit, uint64_t count)
{
    char text[LIQ_DECIMAL_BYTES];
    const size_t bytes = liq_amount_write(text, (liq_int128)count, 0);

    if (cell_start(emit))
        cell_raw(emit, text, bytes);
}

void liq_emit_bool(liq_emit *emit, bool value)
{
    const char *text = value ? "true" : "false";

    if (emit->format == LIQ_FORMAT_TABLE)
        text = value ? "yes" : "no";
    if (cell_start(emit))
        cell_raw(emit, text, strlen(text));
}

void liq_emit_null(liq_emit *emit)
{
    static const char *const texts[] = {"-", "null", ""};

    if (cell_start(emit))
        cell_raw(emit, texts[emit->format], strlen(texts[emit->format]));
}

void liq_emit_absent(liq_emit *emit)
{
    if (emit->format != LIQ_FORMAT_JSON) {
        if (cell_start(emit))
            cell_raw(emit, "", 0);
        return;
    }
    LIQ_ASSERT(emit->cell < emit->column_count);
    emit->cell++;
}

void liq_emit_row_end(liq_emit *emit)
{
    LIQ_ASSERT(emit->cell == emit->column_count);
    if (emit->format == LIQ_FORMAT_TABLE) {
        liq_table_text_row_end(emit->table);
        if (liq_table_text_rows(emit->table) == BLOCK_ROWS)
            liq_table_text_flush(emit->table);
    } else if (emit->format == LIQ_FORMAT_JSON) {
        liq_output_string(emit->output, emit->has_fields ? "}\n" : "{}\n");
    } else {
        liq_output_add(emit->output, "\n", 1);
    }
    emit->cell = 0;
    emit->has_fields = false;
}

void liq_emit_finish(liq_emit *emit)
{
    LIQ_ASSERT(emit->cell == 0);
    if (emit->format == LIQ_FORMAT_TABLE)
        liq_table_text_flush(emit->table);
    else if (emit->format == LIQ_FORMAT_CSV)
        csv_head(emit);
}

static void keys_write(liq_emit *emit)
{
    for (uint32_t i = 0; i < emit->column_count; i++) {
        const size_t bytes = strlen(emit->columns[i].name);

        LIQ_ASSERT(bytes + 3 < KEY_BYTES);
        emit->keys[i][0] = '"';
        memcpy(emit->keys[i] + 1, emit->columns[i].name, bytes);
        memcpy(emit->keys[i] + 1 + bytes, "\":", 2);
        emit->key_bytes[i] = bytes + 3;
    }
}

/* Step to the next cell and write what comes before its value; false when the format hides it. */
static bool cell_start(liq_emit *emit)
{
    const uint32_t cell = emit->cell;

    LIQ_ASSERT(cell < emit->column_count);
    emit->cell++;
    if (emit->format == LIQ_FORMAT_TABLE)
        return emit->columns[cell].title != NULL;
    if (emit->format == LIQ_FORMAT_CSV) {
        csv_head(emit);
        if (cell > 0)
            liq_output_add(emit->output, ",", 1);
        return true;
    }
    liq_output_add(emit->output, emit->has_fields ? "," : "{", 1);
    liq_output_add(emit->output, emit->keys[cell], emit->key_bytes[cell]);
    emit->has_fields = true;
    return true;
}

static void cell_raw(liq_emit *emit, const char *text, size_t bytes)
{
    if (emit->format == LIQ_FORMAT_TABLE)
        liq_table_text_cell(emit->table, text);
    else
        liq_output_add(emit->output, text, bytes);
}

/* An empty text is written as "", because an empty field means that there is none. */
static void csv_text(liq_output *output, const char *text)
{
    if (*text != '\0' && text[strcspn(text, ",\"\r\n")] == '\0') {
        liq_output_string(output, text);
        return;
    }
    liq_output_add(output, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            liq_output_add(output, "\"", 1);
        liq_output_add(output, text, 1);
    }
    liq_output_add(output, "\"", 1);
}

static void csv_head(liq_emit *emit)
{
    if (emit->has_head)
        return;
    emit->has_head = true;
    for (uint32_t i = 0; i < emit->column_count; i++) {
        if (i > 0)
            liq_output_add(emit->output, ",", 1);
        csv_text(emit->output, emit->columns[i].name);
    }
    liq_output_add(emit->output, "\n", 1);
}
