#include "base/json_scan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/json.h"
#include "base/memory.h"

enum { REASON_BYTES = 160 };

typedef struct scanner {
    const char *name;
    const char *begin;
    const char *at;
    const char *end;
    const char *line_begin;
    uint32_t line;
    uint32_t depth;
    liq_json_spans *spans;
    size_t spans_room; /* so many fit in without asking */
    liq_error *err;
} scanner;

static liq_status value_scan(scanner *scan);
static liq_status spans_grow(scanner *scan);
static liq_status value_body(scanner *scan);
static liq_status array_scan(scanner *scan);
static liq_status object_scan(scanner *scan);
static liq_status member_scan(scanner *scan);
static liq_status separator_scan(scanner *scan, char closing, bool *more);
static liq_status string_scan(scanner *scan);
static size_t plain_bytes(const char *at, const char *end);
static uint64_t word_at(const char *at);
static uint64_t special_bytes(uint64_t word);
static liq_status escape_scan(scanner *scan);
static liq_status unicode_scan(scanner *scan);
static bool hex_read(const scanner *scan, uint32_t *out);
static liq_status number_scan(scanner *scan);
static bool digits_skip(scanner *scan);
static liq_status word_scan(scanner *scan);
static void space_skip(scanner *scan);
static int peek(const scanner *scan);
static liq_status refuse(const scanner *scan, const char *format, ...) LIQ_PRINTF(2, 3);
static liq_status expected(const scanner *scan, const char *what);

liq_status liq_json_scan(liq_json_spans *spans, const char *name, liq_text text, liq_error *err)
{
    scanner scan = {.name = name,
                    .begin = text.data,
                    .at = text.data,
                    .end = text.data + text.bytes,
                    .line_begin = text.data,
                    .line = 1,
                    .spans = spans,
                    .err = err};
    liq_status status;

    LIQ_ASSERT(text.bytes <= LIQ_JSON_BYTES_MAX);
    spans->count = 0;
    space_skip(&scan);
    if (scan.at == scan.end)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s: holds no JSON value", name);
    if ((status = value_scan(&scan)) != LIQ_OK)
        return status;
    space_skip(&scan);
    if (scan.at != scan.end)
        return expected(&scan, "the end of the file behind the value");
    return LIQ_OK;
}

/* Scan the value that begins here, and note its place before the places of what it holds. */
static liq_status value_scan(scanner *scan)
{
    const size_t index = scan->spans->count;
    const char *const begin = scan->at;
    liq_status status;

    if (index >= scan->spans_room && (status = spans_grow(scan)) != LIQ_OK)
        return status;
    scan->spans->items[index] =
        (liq_json_span){.offset = (uint32_t)(begin - scan->begin), .line = scan->line};
    scan->spans->count++;
    if ((status = value_body(scan)) != LIQ_OK)
        return status;
    scan->spans->items[index].bytes = (uint32_t)(scan->at - begin);
    return LIQ_OK;
}

static liq_status spans_grow(scanner *scan)
{
    liq_json_spans *const spans = scan->spans;
    const size_t most = spans->count_max > 0 ? spans->count_max : LIQ_JSON_VALUES_MAX;
    void *items = spans->items;
    liq_status status;

    if (spans->count == most)
        return liq_fail(scan->err, LIQ_OUT_OF_RANGE, 0, "%s:%u: more than %zu values", scan->name,
                        scan->line, most);
    status = liq_memory_extend(&items, &spans->capacity, spans->count + 1, sizeof *spans->items,
                               scan->err);
    spans->items = items;
    scan->spans_room = spans->capacity < most ? spans->capacity : most;
    return status;
}

static liq_status value_body(scanner *scan)
{
    const int first = peek(scan);
    liq_status status;

    if (first == '"')
        return string_scan(scan);
    if (first == '-' || (first >= '0' && first <= '9'))
        return number_scan(scan);
    if (first != '{' && first != '[')
        return word_scan(scan);
    if (scan->depth == LIQ_JSON_DEPTH_MAX)
        return liq_fail(scan->err, LIQ_OUT_OF_RANGE, 0,
                        "%s:%u: objects and arrays are nested more than %d deep", scan->name,
                        scan->line, LIQ_JSON_DEPTH_MAX);
    scan->depth++;
    status = first == '{' ? object_scan(scan) : array_scan(scan);
    scan->depth--;
    return status;
}

static liq_status array_scan(scanner *scan)
{
    bool more = true;
    liq_status status;

    scan->at++;
    space_skip(scan);
    if (peek(scan) == ']') {
        scan->at++;
        return LIQ_OK;
    }
    while (more) {
        space_skip(scan);
        if ((status = value_scan(scan)) != LIQ_OK)
            return status;
        if ((status = separator_scan(scan, ']', &more)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status object_scan(scanner *scan)
{
    bool more = true;
    liq_status status;

    scan->at++;
    space_skip(scan);
    if (peek(scan) == '}') {
        scan->at++;
        return LIQ_OK;
    }
    while (more) {
        space_skip(scan);
        if ((status = member_scan(scan)) != LIQ_OK)
            return status;
        if ((status = separator_scan(scan, '}', &more)) != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status member_scan(scanner *scan)
{
    liq_status status;

    if (peek(scan) != '"')
        return expected(scan, "a key in quotes");
    if ((status = string_scan(scan)) != LIQ_OK)
        return status;
    space_skip(scan);
    if (peek(scan) != ':')
        return expected(scan, "':' behind a key");
    scan->at++;
    space_skip(scan);
    return value_scan(scan);
}

/* Take the comma or the closing bracket behind a value. */
static liq_status separator_scan(scanner *scan, char closing, bool *more)
{
    space_skip(scan);
    *more = peek(scan) == ',';
    if (!*more && peek(scan) != closing)
        return expected(scan, closing == ']' ? "',' or ']'" : "',' or '}'");
    scan->at++;
    return LIQ_OK;
}

static liq_status string_scan(scanner *scan)
{
    const char *const begin = ++scan->at;
    bool ascii = true;
    liq_status status;

    for (;;) {
        int byte;

        scan->at += plain_bytes(scan->at, scan->end);
        byte = peek(scan);
        if (byte == '"')
            break;
        if (byte < 0x20)
            return byte < 0 ? expected(scan, "the closing quote of a string")
                            : refuse(scan, "control byte 0x%02x in a string", (unsigned)byte);
        ascii = ascii && byte < 0x80;
        scan->at++;
        if (byte == '\\' && (status = escape_scan(scan)) != LIQ_OK)
            return status;
    }
    if (!ascii && !liq_text_utf8((liq_text){begin, (size_t)(scan->at - begin)}))
        return refuse(scan, "the string that ends here is not UTF-8");
    scan->at++;
    return LIQ_OK;
}

/* How many bytes from here on stand for themselves in a string, and are ASCII. */
static size_t plain_bytes(const char *at, const char *end)
{
    const char *const begin = at;

    for (; end - at >= 8; at += 8) {
        const uint64_t special = special_bytes(word_at(at));

        if (special != 0)
            return (size_t)(at - begin) + (size_t)__builtin_ctzll(special) / 8;
    }
    while (at < end && (unsigned char)*at - 0x20u < 0x60 && *at != '"' && *at != '\\')
        at++;
    return (size_t)(at - begin);
}

/* Eight bytes, the first of them lowest. */
static uint64_t word_at(const char *at)
{
    uint64_t word;

    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/*
 * Bit 7 of each byte that is a control byte, a quote, a backslash or no ASCII. A subtraction may
 * borrow from the byte above one that is found, so that only the lowest bit of all is to be
 * believed, which is the one that is asked for.
 */
static uint64_t special_bytes(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    const uint64_t quotes = word ^ ones * '"';
    const uint64_t slashes = word ^ ones * '\\';

    return (((word - ones * 0x20) & ~word) | ((quotes - ones) & ~quotes) |
            ((slashes - ones) & ~slashes) | word) &
           ones * 0x80;
}

static liq_status escape_scan(scanner *scan)
{
    const int byte = peek(scan);

    if (byte == 'u')
        return unicode_scan(scan);
    if (byte <= 0 || strchr("\"\\/bfnrt", byte) == NULL)
        return expected(scan, "one of \"\\/bfnrtu behind a backslash");
    scan->at++;
    return LIQ_OK;
}

/* A code unit, or a surrogate pair; NUL would cut the string short for every C program. */
static liq_status unicode_scan(scanner *scan)
{
    uint32_t unit = 0;
    uint32_t low = 0;

    if (!hex_read(scan, &unit))
        return refuse(scan, "\\u needs four hex digits");
    if (unit == 0)
        return refuse(scan, "NUL (\\u0000) in a string");
    if (unit >= 0xdc00 && unit <= 0xdfff)
        return refuse(scan, "low surrogate \\u%04x without a high one", unit);
    scan->at += 5;
    if (unit < 0xd800 || unit > 0xdbff)
        return LIQ_OK;
    if (peek(scan) == '\\') {
        scan->at++;
        if (hex_read(scan, &low) && low >= 0xdc00 && low <= 0xdfff) {
            scan->at += 5;
            return LIQ_OK;
        }
    }
    return refuse(scan, "high surrogate \\u%04x without a low one", unit);
}

/* Read the 'u' and four hex digits that begin here. */
static bool hex_read(const scanner *scan, uint32_t *out)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    uint32_t unit = 0;

    if (scan->end - scan->at < 5 || *scan->at != 'u')
        return false;
    for (int i = 1; i <= 4; i++) {
        const char *digit = memchr(digits, scan->at[i], sizeof digits - 1);

        if (digit == NULL)
            return false;
        unit = unit << 4 | (uint32_t)(digit - digits < 16 ? digit - digits : digit - digits - 6);
    }
    *out = unit;
    return true;
}

static liq_status number_scan(scanner *scan)
{
    const char *const begin = scan->at;

    if (peek(scan) == '-')
        scan->at++;
    if (peek(scan) == '0')
        scan->at++;
    else if (!digits_skip(scan))
        return expected(scan, "a digit");
    if (peek(scan) >= '0' && peek(scan) <= '9')
        return refuse(scan, "a number with a leading zero");
    if (peek(scan) == '.') {
        scan->at++;
        if (!digits_skip(scan))
            return expected(scan, "a digit behind the point");
    }
    if (peek(scan) == 'e' || peek(scan) == 'E') {
        scan->at++;
        if (peek(scan) == '+' || peek(scan) == '-')
            scan->at++;
        if (!digits_skip(scan))
            return expected(scan, "a digit in the exponent");
    }
    if (scan->at - begin > LIQ_JSON_NUMBER_BYTES_MAX)
        return refuse(scan, "a number of %zu bytes ends here, the limit is %d",
                      (size_t)(scan->at - begin), LIQ_JSON_NUMBER_BYTES_MAX);
    return LIQ_OK;
}

/* Skip digits; false when there is none. */
static bool digits_skip(scanner *scan)
{
    const char *const begin = scan->at;

    while (peek(scan) >= '0' && peek(scan) <= '9')
        scan->at++;
    return scan->at > begin;
}

static liq_status word_scan(scanner *scan)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t bytes = strlen(words[i]);

        if ((size_t)(scan->end - scan->at) >= bytes && memcmp(scan->at, words[i], bytes) == 0) {
            scan->at += bytes;
            return LIQ_OK;
        }
    }
    return expected(scan, "a value");
}

static void space_skip(scanner *scan)
{
    if (scan->at < scan->end && (unsigned char)*scan->at > 0x20) /* as a program writes it */
        return;
    for (; scan->at < scan->end; scan->at++) {
        if (*scan->at == '\n') {
            scan->line++;
            scan->line_begin = scan->at + 1;
        } else if (*scan->at != ' ' && *scan->at != '\t' && *scan->at != '\r') {
            return;
        }
    }
}

/* The next byte, or -1 at the end. */
static int peek(const scanner *scan)
{
    return scan->at < scan->end ? (unsigned char)*scan->at : -1;
}

static liq_status refuse(const scanner *scan, const char *format, ...)
{
    char reason[REASON_BYTES];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    return liq_fail(scan->err, LIQ_BAD_INPUT, 0, "%s:%u: column %zu: %s", scan->name, scan->line,
                    (size_t)(scan->at - scan->line_begin) + 1, reason);
}

/* Refuse, with a few bytes of what was found instead. */
static liq_status expected(const scanner *scan, const char *what)
{
    const char *stop = scan->at;

    while (stop < scan->end && stop - scan->at < 16 && *stop != '\n')
        stop++;
    if (scan->at == scan->end)
        return refuse(scan, "expected %s, found the end of the file", what);
    if (stop == scan->at)
        return refuse(scan, "expected %s, found the end of the line", what);
    return refuse(scan, "expected %s, found %.*s", what, (int)(stop - scan->at), scan->at);
}
