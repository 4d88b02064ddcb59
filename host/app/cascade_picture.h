/*
 * What cascades did, as one picture that needs nothing else: SVG, or HTML around it. A line is a
 * variant: second by second for one shock, along the shocks for several.
 */
#ifndef LIQ_APP_CASCADE_PICTURE_H
#define LIQ_APP_CASCADE_PICTURE_H

#include "app/cascade_view.h"

/** Draw. The file appears whole or not at all. @param path  .svg or .html */
LIQ_MUST_USE liq_status liq_cascade_picture_write(const char *path, const liq_cascade_found *found,
                                                  liq_error *err);

#endif
