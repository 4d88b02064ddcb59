#include "feed/feed_message.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

/* Room for the numbers and brackets that follow a text. */
enum { TAIL_BYTES = 96, TEXT_BYTES_MAX = LIQ_FEED_MESSAGE_BYTES - TAIL_BYTES };

static char *put(char *at, const char *piece);
static char *put_number(char *at, uint64_t number);
static char *put_source(char *at, const char *source);
static char *put_quoted(char *at, const char *end, const char *text);
static size_t character_bytes(const char *at);

size_t liq_feed_message_applied(char *out, const char *source, uint64_t seq)
{
    char *at = put_source(out, source);

    at = put_number(put(at, "\"applied\":"), seq);
    return (size_t)(put(at, "}\n") - out);
}

size_t liq_feed_message_refused(char *out, const char *source, uint64_t seq, const char *reason)
{
    char *at = put(put_source(out, source), "\"refused\":{\"seq\":");

    at = seq == 0 ? put(at, "null") : put_number(at, seq);
    at = put_quoted(put(at, ",\"error\":"), out + TEXT_BYTES_MAX, reason);
    return (size_t)(put(at, "}}\n") - out);
}

size_t liq_feed_message_resync(char *out, const char *source, uint64_t from, uint64_t to)
{
    char *at = put_source(out, source);

    at = put_number(put(at, "\"resync\":{\"from\":"), from);
    at = put_number(put(at, ",\"to\":"), to);
    return (size_t)(put(at, "}}\n") - out);
}

size_t liq_feed_message_dropped(char *out, const char *source, uint64_t count)
{
    char *at = put_source(out, source);

    at = put_number(put(at, "\"dropped\":"), count);
    return (size_t)(put(at, "}\n") - out);
}

size_t liq_feed_message_closed(char *out, const char *source, const char *reason)
{
    char *at = put_source(out, source);

    at = put_quoted(put(at, "\"closed\":"), out + TEXT_BYTES_MAX, reason);
    return (size_t)(put(at, "}\n") - out);
}

size_t liq_feed_message_error(char *out, const char *reason)
{
    char *at = put(out, "{\"error\":");

    at = put_quoted(at, out + TEXT_BYTES_MAX, reason);
    return (size_t)(put(at, "}\n") - out);
}

static char *put(char *at, const char *piece)
{
    const size_t bytes = strlen(piece);

    memcpy(at, piece, bytes);
    return at + bytes;
}

static char *put_number(char *at, uint64_t number)
{
    char digits[24];

    (void)snprintf(digits, sizeof digits, "%" PRIu64, number);
    return put(at, digits);
}

static char *put_source(char *at, const char *source)
{
    /* A name is at most 128 bytes long, so that a reason has its room in any case. */
    at = put_quoted(put(at, "{\"source\":"), at + 6 * 128 + 16, source);
    return put(at, ",");
}

/* Write text in quotes, as much of it as fits before end. */
static char *put_quoted(char *at, const char *end, const char *text)
{
    *at++ = '"';
    while (*text != '\0' && end - at > 6) {
        const size_t bytes = character_bytes(text);

        if (bytes == 0) {
            at = put(at, "\xef\xbf\xbd");
        } else if (*text == '"' || *text == '\\') {
            *at++ = '\\';
            *at++ = *text;
        } else if ((unsigned char)*text < 0x20) {
            (void)snprintf(at, 7, "\\u%04x", (unsigned)(unsigned char)*text);
            at += 6;
        } else {
            memcpy(at, text, bytes);
            at += bytes;
        }
        text += bytes == 0 ? 1 : bytes;
    }
    *at++ = '"';
    return at;
}

/* Length of the character that starts here, or 0 when it is none. */
static size_t character_bytes(const char *at)
{
    const unsigned char first = (unsigned char)*at;
    const size_t bytes = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;

    return strnlen(at, bytes) == bytes && liq_text_utf8((liq_text){at, bytes}) ? bytes : 0;
}
