#include "app/view_part.h"

liq_status liq_view_part_write(liq_output *output, liq_format format, const liq_view_part *part,
                               const void *found, liq_error *err)
{
    liq_emit *emit = NULL;
    const liq_status status =
        liq_emit_create(&emit, output, format, part->columns, part->column_count, err);

    if (status != LIQ_OK)
        return status;
    part->rows(emit, found, format);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}
