#include "base/json_quote.h"

#include <stdio.h>

static size_t plain_bytes(liq_text text);

liq_text liq_json_quote_next(liq_text *text, char room[LIQ_JSON_QUOTE_BYTES])
{
    const unsigned char first = (unsigned char)text->data[0];
    const size_t character = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    liq_text piece = {text->data, plain_bytes(*text)};
    size_t taken = piece.bytes;

    if (taken == 0 && (first == '"' || first == '\\')) {
        piece = (liq_text){first == '"' ? "\\\"" : "\\\\", 2};
        taken = 1;
    } else if (taken == 0 && (first < 0x20 || first == 0x7f)) {
        piece = (liq_text){room, (size_t)snprintf(room, LIQ_JSON_QUOTE_BYTES, "\\u%04x", first)};
        taken = 1;
    } else if (taken == 0 && character <= text->bytes &&
               liq_text_utf8((liq_text){text->data, character})) {
        piece.bytes = taken = character;
    } else if (taken == 0) {
        piece = liq_text_of("\xef\xbf\xbd");
        taken = 1;
    }
    text->data += taken;
    text->bytes -= taken;
    return piece;
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
