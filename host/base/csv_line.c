#include "base/csv_line.h"

#include <stdio.h>
#include <string.h>

static uint64_t stops_find(const char *at);
static bool field_take(char **cursor, char *end, liq_text *field, const char **reason);
static bool quoted_take(char **cursor, char *end, liq_text *field, const char **reason);
static bool content_check(liq_text field, liq_csv_fault *fault);
static const char *character_fault(liq_text text, size_t *bytes);

size_t liq_csv_line_plain(const char *line, liq_text *fields, uint32_t count)
{
    const char *field = line;
    uint32_t index = 0;

    for (const char *at = line;; at += 8) {
        for (uint64_t stops = stops_find(at); stops != 0; stops &= stops - 1) {
            const char *stop = at + (__builtin_ctzll(stops) >> 3);

            if (index == count)
                return 0;
            fields[index++] = (liq_text){field, (size_t)(stop - field)};
            field = stop + 1;
            if (*stop == ',')
                continue;
            if (*stop == '\r' && stop[1] == '\n')
                stop++;
            return *stop == '\n' && index == count ? (size_t)(stop + 1 - line) : 0;
        }
    }
}

bool liq_csv_line_careful(char *line, size_t bytes, liq_text *fields, uint32_t fields_max,
                          uint32_t *count_out, liq_csv_fault *fault)
{
    char *const end = line + bytes;
    char *cursor = line;
    uint32_t count = 0;

    for (;;) {
        const char *reason = NULL;
        liq_text field;

        fault->field = count;
        if (!field_take(&cursor, end, &field, &reason)) {
            fault->text = field;
            (void)snprintf(fault->reason, sizeof fault->reason, "%s", reason);
            return false;
        }
        if (!content_check(field, fault))
            return false;
        if (count < fields_max)
            fields[count] = field;
        count++;
        if (cursor == end)
            break;
        cursor++; /* past the comma */
    }
    *count_out = count;
    return true;
}

/*
 * Bit 7 of each of the next eight bytes that is a comma, a quote, a control
 * byte or past ASCII, first byte lowest. No byte's sum carries into its
 * neighbour, because bit 7 is cleared first.
 */
static uint64_t stops_find(const char *at)
{
    const uint64_t each = 0x0101010101010101u;
    uint64_t word, low, text, quote, comma;

    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    low = word & 0x7f * each;
    text = low + 0x60 * each;                 /* bit 7 set: at least a space */
    quote = (low ^ '"' * each) + 0x7f * each; /* bit 7 set: not a quote */
    comma = (low ^ ',' * each) + 0x7f * each; /* bit 7 set: not a comma */
    return (~(text & quote & comma) | word) & 0x80 * each;
}

/* Take the field at cursor and leave cursor at the comma behind it, or at end. A refused
 * field is left as it stands. */
static bool field_take(char **cursor, char *end, liq_text *field, const char **reason)
{
    char *const start = *cursor;
    char *comma;

    if (start < end && *start == '"')
        return quoted_take(cursor, end, field, reason);
    comma = memchr(start, ',', (size_t)(end - start));
    *cursor = comma == NULL ? end : comma;
    *field = (liq_text){start, (size_t)(*cursor - start)};
    *reason = "a quote inside a field that does not start with one";
    return memchr(start, '"', field->bytes) == NULL;
}

static bool quoted_take(char **cursor, char *end, liq_text *field, const char **reason)
{
    char *const start = *cursor + 1;
    char *target = start; /* a doubled quote moves the rest of the field one byte forward */
    char *source = start;

    for (; source < end; source++) {
        if (*source == '"' && (source + 1 == end || source[1] != '"'))
            break;
        source += *source == '"';
        *target++ = *source;
    }
    *field = (liq_text){start - 1, (size_t)(end - start) + 1};
    *reason = "the closing quote is missing (a field may not span lines)";
    if (source == end)
        return false;
    *cursor = source + 1;
    *reason = "text after the closing quote";
    if (*cursor < end && **cursor != ',')
        return false;
    *field = (liq_text){start, (size_t)(target - start)};
    return true;
}

/* Refuse NUL bytes, carriage returns and what is not UTF-8, and say at which byte. */
static bool content_check(liq_text field, liq_csv_fault *fault)
{
    liq_text rest = field;
    const char *reason;
    size_t bytes = 0;

    if (memchr(field.data, '\0', field.bytes) == NULL &&
        memchr(field.data, '\r', field.bytes) == NULL && liq_text_utf8(field))
        return true;
    while ((reason = character_fault(rest, &bytes)) == NULL)
        rest = (liq_text){rest.data + bytes, rest.bytes - bytes};
    fault->text = field;
    (void)snprintf(fault->reason, sizeof fault->reason, "byte %zu %s",
                   (size_t)(rest.data - field.data) + 1, reason);
    return false;
}

/* What is wrong with the first character of text, or NULL and its length. */
static const char *character_fault(liq_text text, size_t *bytes)
{
    if (*text.data == '\0')
        return "is NUL";
    if (*text.data == '\r')
        return "is a carriage return that no line feed follows";
    for (*bytes = 1; *bytes <= 4 && *bytes <= text.bytes; ++*bytes)
        if (liq_text_utf8((liq_text){text.data, *bytes}))
            return NULL;
    return "is not UTF-8";
}
