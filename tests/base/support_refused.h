/*
 * Cases of text that a parser refuses, and what it says of each.
 */
#ifndef LIQ_TESTS_SUPPORT_REFUSED_H
#define LIQ_TESTS_SUPPORT_REFUSED_H

#include "base/text.h"

/* The bytes are counted, because some hold NUL. */
#define REFUSED(text, message)                                                                     \
    {                                                                                              \
        {text, sizeof text - 1}, message                                                           \
    }

typedef struct refused_case {
    liq_text text;
    const char *message;
} refused_case;

#endif
