/*
 * Which texts may be names.
 */
#include "base/names_internal.h"

static bool is_plain(liq_text text);
static uint64_t odd_bytes(uint64_t word);

bool liq_names_valid(liq_text text)
{
    if (text.bytes == 0 || text.bytes > LIQ_NAME_BYTES_MAX || text.data[0] == ' ' ||
        text.data[text.bytes - 1] == ' ')
        return false;
    if (is_plain(text))
        return true;
    for (size_t i = 0; i < text.bytes; i++)
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f)
            return false;
    return liq_text_utf8(text);
}

/* Whether all bytes are printable ASCII, eight at a time; those of the last eight may be seen
 * twice. */
static bool is_plain(liq_text text)
{
    uint64_t odd = 0; /* bit 7 of each byte that is not */
    size_t at = 0;

    for (; text.bytes - at > sizeof odd; at += sizeof odd)
        odd |= odd_bytes(liq_names_word(text.data + at));
    if (text.bytes >= sizeof odd)
        odd |= odd_bytes(liq_names_word(text.data + text.bytes - sizeof odd));
    else
        for (; at < text.bytes; at++)
            odd |= (unsigned char)text.data[at] - 0x20u >= 0x5f ? 0x80 : 0;
    return (odd & 0x8080808080808080u) == 0;
}

/* No byte's sum carries into its neighbour, because bit 7 is cleared first. */
static uint64_t odd_bytes(uint64_t word)
{
    const uint64_t each = 0x0101010101010101u;
    const uint64_t low = word & 0x7f * each;
    const uint64_t text = low + 0x60 * each; /* bit 7 set: at least a space */
    const uint64_t not_deleted = (low ^ 0x7f * each) + 0x7f * each; /* bit 7 set: not 0x7f */

    return word | ~(text & not_deleted);
}
