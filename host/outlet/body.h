/*
 * An answer that is written as any output is, and collected in memory that grows up to a limit.
 */
#ifndef LIQ_OUTLET_BODY_H
#define LIQ_OUTLET_BODY_H

#include <stddef.h>

#include "outlet/output.h"

typedef struct liq_body {
    char *data;
    size_t bytes, capacity, bytes_max;
} liq_body;

/**
 * Send an output into a body.
 * @param output  its writes fail with EFBIG past bytes_max, with ENOMEM without memory
 */
void liq_body_start(liq_body *body, liq_output *output, size_t bytes_max);

/**
 * Finish the output and give what it wrote away.
 * @param data  receives memory for free(); NULL when nothing was written
 * @return LIQ_OK; LIQ_IO (EFBIG, ENOMEM in native): nothing is given
 */
LIQ_MUST_USE liq_status liq_body_finish(liq_body *body, liq_output *output, char **data,
                                        size_t *bytes, liq_error *err);

/** Give up what was collected. */
void liq_body_drop(liq_body *body);

#endif
