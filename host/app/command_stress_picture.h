/*
 * What a stress found, as one picture that needs nothing else: SVG, or HTML around it. It follows
 * the reader's choice of light or dark.
 */
#ifndef LIQ_APP_COMMAND_STRESS_PICTURE_H
#define LIQ_APP_COMMAND_STRESS_PICTURE_H

#include "app/command_stress_view.h"

/** Draw all of it. The file appears whole or not at all. @param path  .svg or .html */
LIQ_MUST_USE liq_status liq_stress_picture_write(const char *path, const liq_stress_found *found,
                                                 liq_error *err);

#endif
