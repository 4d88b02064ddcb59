#include "feed/feed_walk.h"

#include <string.h>

static size_t string_end(const char *at);
static const char *escape_write(char **out, const char *at);
static uint32_t unit_read(const char *at);
static char *character_write(char *out, uint32_t character);

liq_feed_walk liq_feed_walk_start(const char *text, const liq_json_spans *spans, size_t container)
{
    const liq_json_span *const span = &spans->items[container];

    return (liq_feed_walk){.text = text,
                           .spans = spans->items,
                           .count = spans->count,
                           .next = container + 1,
                           /* One that the scan did not end reaches as far as there are values. */
                           .stop = span->bytes > 0 ? span->offset + span->bytes : UINT32_MAX,
                           .at = span->offset + 1};
}

bool liq_feed_walk_item(liq_feed_walk *walk, size_t *value)
{
    const liq_json_span *const span = &walk->spans[walk->next];

    if (walk->next >= walk->count || span->offset >= walk->stop || span->bytes == 0)
        return false;
    *value = walk->next;
    walk->at = span->offset + span->bytes;
    do
        walk->next++;
    while (walk->next < walk->count && walk->spans[walk->next].offset < walk->at);
    return true;
}

bool liq_feed_walk_member(liq_feed_walk *walk, liq_text *key, size_t *value)
{
    uint32_t at = walk->at;

    if (!liq_feed_walk_item(walk, value))
        return false;
    while (walk->text[at] != '"') /* white space and a comma */
        at++;
    *key = (liq_text){walk->text + at + 1, string_end(walk->text + at + 1)};
    return true;
}

size_t liq_feed_walk_string(char *out, liq_text raw)
{
    const char *at = raw.data;
    const char *const end = raw.data + raw.bytes;
    char *const begin = out;

    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        const size_t plain = (size_t)((escape == NULL ? end : escape) - at);

        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (escape != NULL)
            at = escape_write(&out, escape + 1);
    }
    *out = '\0';
    return (size_t)(out - begin);
}

/* Bytes up to the quote that ends the string. */
static size_t string_end(const char *at)
{
    size_t bytes = 0;

    for (; at[bytes] != '"'; bytes++)
        bytes += at[bytes] == '\\';
    return bytes;
}

/* Write what the escape behind a backslash stands for; returns the place behind it. */
static const char *escape_write(char **out, const char *at)
{
    static const char letters[] = "\"\\/bfnrt";
    static const char meanings[] = "\"\\/\b\f\n\r\t";
    uint32_t unit;

    if (*at != 'u') {
        *(*out)++ = meanings[strchr(letters, *at) - letters];
        return at + 1;
    }
    unit = unit_read(at + 1);
    at += 5;
    if (unit >= 0xd800 && unit <= 0xdbff) { /* the scan saw to it that the low half follows */
        unit = 0x10000 + ((unit - 0xd800) << 10) + (unit_read(at + 2) - 0xdc00);
        at += 6;
    }
    *out = character_write(*out, unit);
    return at;
}

static uint32_t unit_read(const char *at)
{
    uint32_t unit = 0;

    for (int i = 0; i < 4; i++) {
        const uint32_t digit = (unsigned char)at[i];

        unit = unit << 4 | (digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
    }
    return unit;
}

static char *character_write(char *out, uint32_t character)
{
    if (character < 0x80) {
        *out++ = (char)character;
        return out;
    }
    if (character < 0x800) {
        *out++ = (char)(0xc0 | character >> 6);
    } else if (character < 0x10000) {
        *out++ = (char)(0xe0 | character >> 12);
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
    } else {
        *out++ = (char)(0xf0 | character >> 18);
        *out++ = (char)(0x80 | (character >> 12 & 0x3f));
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (character & 0x3f));
    return out;
}
