/*
 * A picture as one file that needs nothing else: SVG, or HTML around it.
 */
#ifndef LIQ_APP_PICTURE_FILE_H
#define LIQ_APP_PICTURE_FILE_H

#include <stdint.h>

#include "outlet/output.h"

/** What is in a file. */
typedef struct liq_picture {
    const char *title; /* short, of the page */
    const char *style; /* a <style> element; it names a class "bg" for the ground */
    uint32_t width;    /* pixels */
    uint32_t height;
    /** Draw all but the ground. */
    liq_status (*draw)(liq_output *output, const void *context, liq_error *err);
    const void *context;
} liq_picture;

/** Whether a file can be drawn, by its ending. @return LIQ_OK or LIQ_BAD_INPUT */
LIQ_MUST_USE liq_status liq_picture_check(const char *path, liq_error *err);

/** Draw. The file appears whole or not at all. @param path  .svg or .html */
LIQ_MUST_USE liq_status liq_picture_write(const char *path, const liq_picture *picture,
                                          liq_error *err);

#endif
