/*
 * What a liq_output wrote, as a string.
 */
#ifndef LIQ_TESTS_SUPPORT_CAPTURE_H
#define LIQ_TESTS_SUPPORT_CAPTURE_H

#include "outlet/output.h"

typedef struct output_capture {
    liq_output output;
    int descriptor; /* a file without a name */
    char *text;
} output_capture;

/* Start to capture; a test that cannot stops. */
void capture_start(output_capture *capture);

/* Finish the output and read everything back; lent until capture_end. */
const char *capture_text(output_capture *capture);

void capture_end(output_capture *capture);

#endif
