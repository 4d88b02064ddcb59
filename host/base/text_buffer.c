#include "base/text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"
#include "base/json_quote.h"

void liq_text_buffer_start(liq_text_buffer *buffer, char *data, size_t room)
{
    LIQ_ASSERT(data != NULL || room == 0);
    *buffer = (liq_text_buffer){.data = data, .room = room};
}

bool liq_text_buffer_fits(const liq_text_buffer *buffer)
{
    return buffer->bytes <= buffer->room;
}

void liq_text_buffer_add(liq_text_buffer *buffer, liq_text text)
{
    const size_t left = liq_text_buffer_fits(buffer) ? buffer->room - buffer->bytes : 0;

    if (left > 0 && text.bytes > 0)
        memcpy(buffer->data + buffer->bytes, text.data, text.bytes < left ? text.bytes : left);
    buffer->bytes += text.bytes;
}

void liq_text_buffer_string(liq_text_buffer *buffer, const char *string)
{
    liq_text_buffer_add(buffer, liq_text_of(string));
}

void liq_text_buffer_format(liq_text_buffer *buffer, const char *format, ...)
{
    char text[LIQ_TEXT_BUFFER_FORMAT_BYTES];
    va_list arguments;
    int bytes;

    va_start(arguments, format);
    bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    LIQ_ASSERT(bytes >= 0);
    liq_text_buffer_add(
        buffer, (liq_text){text, (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1});
}

void liq_text_buffer_quoted(liq_text_buffer *buffer, liq_text text)
{
    char escape[LIQ_JSON_QUOTE_BYTES];

    liq_text_buffer_string(buffer, "\"");
    while (text.bytes > 0)
        liq_text_buffer_add(buffer, liq_json_quote_next(&text, escape));
    liq_text_buffer_string(buffer, "\"");
}
