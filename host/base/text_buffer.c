#include "base/text_buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/fail.h"

static size_t plain_bytes(liq_text text);
static size_t character_add(liq_text_buffer *buffer, liq_text text);

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
    liq_text_buffer_string(buffer, "\"");
    while (text.bytes > 0) {
        size_t taken = plain_bytes(text);

        if (taken > 0)
            liq_text_buffer_add(buffer, (liq_text){text.data, taken});
        else
            taken = character_add(buffer, text);
        text.data += taken;
        text.bytes -= taken;
    }
    liq_text_buffer_string(buffer, "\"");
}

/* Bytes from here on that stand for themselves. */
static size_t plain_bytes(liq_text text)
{
    size_t bytes = 0;

    while (bytes < text.bytes) {
        const unsigned char byte = (unsigned char)text.data[bytes];

        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\')
            break;
        bytes++;
    }
    return bytes;
}

/* Add one character that may need an escape; gives the bytes it took. */
static size_t character_add(liq_text_buffer *buffer, liq_text text)
{
    const unsigned char first = (unsigned char)text.data[0];
    const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;

    if (first == '"' || first == '\\') {
        liq_text_buffer_format(buffer, "\\%c", (char)first);
        return 1;
    }
    if (first < 0x20 || first == 0x7f) {
        liq_text_buffer_format(buffer, "\\u%04x", (unsigned)first);
        return 1;
    }
    if (bytes <= text.bytes && liq_text_utf8((liq_text){text.data, bytes})) {
        liq_text_buffer_add(buffer, (liq_text){text.data, bytes});
        return bytes;
    }
    liq_text_buffer_string(buffer, "\xef\xbf\xbd");
    return 1;
}
