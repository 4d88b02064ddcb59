/*
 * Parts of what a command says, each a table of its own: by rows for people, or JSON lines or CSV.
 */
#ifndef LIQ_APP_VIEW_PART_H
#define LIQ_APP_VIEW_PART_H

#include "outlet/emit.h"
#include "outlet/output.h"

/* A part: its columns, and who fills its rows from what was found. */
typedef struct liq_view_part {
    const liq_emit_column *columns;
    uint32_t column_count;
    void (*rows)(liq_emit *emit, const void *found, liq_format format);
} liq_view_part;

/** A part by its columns, an array, and its rows. */
#define LIQ_VIEW_PART(columns, rows)                                                               \
    {                                                                                              \
        columns, (uint32_t)(sizeof(columns) / sizeof(columns)[0]), rows                            \
    }

/** Write one. @param found  handed to rows @return LIQ_OK or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_view_part_write(liq_output *output, liq_format format,
                                            const liq_view_part *part, const void *found,
                                            liq_error *err);

#endif
