#include "base/text.h"

#include <string.h>

static size_t sequence_bytes(const unsigned char *at, size_t left);

size_t liq_text_shown_bytes(liq_text text)
{
    size_t bytes = text.bytes < LIQ_TEXT_SHOWN_BYTES ? text.bytes : LIQ_TEXT_SHOWN_BYTES;

    /* Step back over at most three continuation bytes, to the start of the character cut. */
    if (bytes < text.bytes)
        for (int i = 0; i < 3 && ((unsigned char)text.data[bytes] & 0xc0) == 0x80; i++)
            bytes--;
    return bytes;
}

liq_text liq_text_of(const char *string)
{
    return (liq_text){string, strlen(string)};
}

bool liq_text_utf8(liq_text text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = text.bytes;

    while (left > 0) {
        const size_t bytes = *at < 0x80 ? 1 : sequence_bytes(at, left);

        if (bytes == 0)
            return false;
        at += bytes;
        left -= bytes;
    }
    return true;
}

/* Length of a well-formed sequence of two to four bytes, or 0 (table 3-7 of the Unicode standard).
 */
static size_t sequence_bytes(const unsigned char *at, size_t left)
{
    const unsigned char first = at[0];
    const size_t bytes = first >= 0xc2 && first <= 0xdf   ? 2
                         : first >= 0xe0 && first <= 0xef ? 3
                         : first >= 0xf0 && first <= 0xf4 ? 4
                                                          : 0;
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;

    if (bytes == 0 || left < bytes || at[1] < low || at[1] > high)
        return 0;
    for (size_t i = 2; i < bytes; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return bytes;
}
