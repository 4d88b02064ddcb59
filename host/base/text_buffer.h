/*
 * Text that grows in memory of a fixed size, which somebody else owns. What does not fit is not
 * stored but counted, so that a caller learns how much room it would have taken.
 */
#ifndef LIQ_BASE_TEXT_BUFFER_H
#define LIQ_BASE_TEXT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include <liqscan/status.h>

#include "base/text.h"

typedef struct liq_text_buffer {
    char *data; /* not terminated; NULL when room is 0 */
    size_t room;
    size_t bytes; /* added so far: more than room when something was lost */
} liq_text_buffer;

/** Begin an empty text. @param room  bytes at data; 0 only counts */
void liq_text_buffer_start(liq_text_buffer *buffer, char *data, size_t room);

/** Whether all that was added is there. */
bool liq_text_buffer_fits(const liq_text_buffer *buffer);

void liq_text_buffer_add(liq_text_buffer *buffer, liq_text text);
void liq_text_buffer_string(liq_text_buffer *buffer, const char *string);

/** As printf does, at most LIQ_TEXT_BUFFER_FORMAT_BYTES - 1 bytes at a time: the rest is cut. */
enum { LIQ_TEXT_BUFFER_FORMAT_BYTES = 512 };
void liq_text_buffer_format(liq_text_buffer *buffer, const char *format, ...) LIQ_PRINTF(2, 3);

/**
 * Add a JSON string in quotes. Control bytes are escaped, bytes that are not UTF-8 become U+FFFD:
 * the result is one line of valid JSON, whatever the text holds.
 */
void liq_text_buffer_quoted(liq_text_buffer *buffer, liq_text text);

#endif
