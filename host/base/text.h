/*
 * A lent piece of text: bytes that somebody else owns, not terminated.
 */
#ifndef LIQ_BASE_TEXT_H
#define LIQ_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct liq_text {
    const char *data;
    size_t bytes;
} liq_text;

/* For printf: "%.*s" with LIQ_TEXT_ARGS(text), shown at most 64 bytes long. */
enum { LIQ_TEXT_SHOWN_BYTES = 64 };
#define LIQ_TEXT_ARGS(text) (int)liq_text_shown_bytes(text), (text).data

/** How much of text a message shows: all of it, or at most 64 bytes without cutting a character. */
size_t liq_text_shown_bytes(liq_text text);

/** The text of a terminated string; lent as long as the string lives. */
liq_text liq_text_of(const char *string);

/** Whether text and string hold the same bytes. */
static inline bool liq_text_equal(liq_text text, const char *string)
{
    return strlen(string) == text.bytes && memcmp(text.data, string, text.bytes) == 0;
}

/** Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). */
bool liq_text_utf8(liq_text text);

#endif
