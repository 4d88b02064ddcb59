#include "feed/feed_value.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/fail.h"
#include "base/names.h"
#include "feed/feed_walk.h"

enum { REASON_BYTES = 320, PLACE_BYTES = 192, WORD_BYTES = 64, WORD_RAW_BYTES = 256 };

static void place_write(char place[PLACE_BYTES], liq_feed_value value);
static void words_list(char *out, size_t room, const char *const *words);
static bool is_string(liq_text source);
static liq_text unquoted(liq_text source);

liq_text liq_feed_source(const liq_feed_reading *reading, size_t index)
{
    const liq_json_span *const span = &reading->spans->items[index];

    return (liq_text){reading->text + span->offset, span->bytes};
}

liq_status liq_feed_refuse(const liq_feed_reading *reading, liq_feed_value value,
                           const char *format, ...)
{
    const liq_text source = liq_feed_source(reading, value.index);
    const bool is_container = source.data[0] == '{' || source.data[0] == '[';
    char reason[REASON_BYTES];
    char place[PLACE_BYTES];
    va_list arguments;

    if (reading->err == NULL)
        return LIQ_BAD_INPUT;
    va_start(arguments, format);
    (void)vsnprintf(reason, sizeof reason, format, arguments);
    va_end(arguments);
    place_write(place, value);
    if (is_container)
        return liq_fail(reading->err, LIQ_BAD_INPUT, 0, "%s: %s", place, reason);
    return liq_fail(reading->err, LIQ_BAD_INPUT, 0, "%s %.*s%s: %s", place, LIQ_TEXT_ARGS(source),
                    source.bytes > LIQ_TEXT_SHOWN_BYTES ? "..." : "", reason);
}

liq_status liq_feed_expected(const liq_feed_reading *reading, liq_feed_value value,
                             const char *what)
{
    return liq_feed_refuse(reading, value, "expected %s", what);
}

liq_status liq_feed_name_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    const liq_text source = liq_feed_source(reading, value.index);
    liq_text name;

    if (!is_string(source))
        return liq_feed_expected(reading, value, "a name in quotes");
    name = liq_feed_text_write(reading, unquoted(source));
    if (!liq_names_valid(name))
        return liq_feed_refuse(reading, value,
                               "a name has 1 to %d bytes, no control characters and no space at "
                               "its ends",
                               LIQ_NAME_BYTES_MAX);
    *(const char **)out = name.data;
    return LIQ_OK;
}

liq_status liq_feed_decimal_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    const liq_text source = liq_feed_source(reading, value.index);
    liq_text decimal;

    if (source.data[0] == '-' || (source.data[0] >= '0' && source.data[0] <= '9'))
        return liq_feed_refuse(reading, value,
                               "a decimal must stand in quotes, so that no program rounds it");
    if (!is_string(source))
        return liq_feed_expected(reading, value, "a decimal in quotes");
    decimal = liq_feed_text_write(reading, unquoted(source));
    if (!liq_decimal_valid(decimal))
        return liq_feed_refuse(reading, value, "is not a plain decimal such as -12.5");
    *(const char **)out = decimal.data;
    return LIQ_OK;
}

liq_status liq_feed_count_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    const liq_text source = liq_feed_source(reading, value.index);
    uint64_t count = 0;
    bool is_wide = false;

    for (size_t i = 0; i < source.bytes; i++) {
        const uint32_t digit = (uint32_t)(unsigned char)source.data[i] - '0';

        if (digit > 9)
            return liq_feed_expected(reading, value, "an integer from 1 to 2^63 - 1");
        is_wide |= count > ((uint64_t)INT64_MAX - digit) / 10;
        count = count * 10 + digit;
    }
    if (count == 0 || is_wide)
        return liq_feed_expected(reading, value, "an integer from 1 to 2^63 - 1");
    *(uint64_t *)out = count;
    return LIQ_OK;
}

liq_status liq_feed_time_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    uint64_t time_ms;
    const liq_status status = liq_feed_count_read(reading, value, &time_ms);

    if (status != LIQ_OK)
        return status;
    if (time_ms > (uint64_t)LIQ_TIME_MS_MAX)
        return liq_feed_refuse(reading, value, "a time in milliseconds is at most %" PRId64,
                               LIQ_TIME_MS_MAX);
    *(int64_t *)out = (int64_t)time_ms;
    return LIQ_OK;
}

liq_status liq_feed_bool_read(liq_feed_reading *reading, liq_feed_value value, void *out)
{
    const char first = *liq_feed_source(reading, value.index).data;

    if (first != 't' && first != 'f')
        return liq_feed_expected(reading, value, "true or false");
    *(bool *)out = first == 't';
    return LIQ_OK;
}

liq_status liq_feed_word_read(const liq_feed_reading *reading, liq_feed_value value,
                              const char *const *words, uint32_t *out)
{
    const liq_text source = liq_feed_source(reading, value.index);
    char known[REASON_BYTES / 2 + WORD_BYTES];
    char word[WORD_RAW_BYTES];

    if (is_string(source) && source.bytes < sizeof word) {
        (void)liq_feed_walk_string(word, unquoted(source));
        for (uint32_t i = 0; words[i] != NULL; i++)
            if (strcmp(word, words[i]) == 0) {
                *out = i;
                return LIQ_OK;
            }
    }
    if (reading->err == NULL)
        return LIQ_BAD_INPUT;
    words_list(known, sizeof known, words);
    return liq_feed_refuse(reading, value, "must be %s", known);
}

liq_text liq_feed_text_write(liq_feed_reading *reading, liq_text raw)
{
    const liq_text text = {reading->texts, liq_feed_walk_string(reading->texts, raw)};

    reading->texts += text.bytes + 1;
    return text;
}

static void place_write(char place[PLACE_BYTES], liq_feed_value value)
{
    const char *const name = value.name == NULL ? "" : value.name;
    const liq_text shown = liq_text_of(name);
    const char *const point = value.name == NULL ? "" : ".";

    if (value.outer == NULL)
        (void)snprintf(place, PLACE_BYTES, "%.*s", LIQ_TEXT_ARGS(shown));
    else if (value.item == LIQ_FEED_NO_ITEM)
        (void)snprintf(place, PLACE_BYTES, "%s%s%.*s", value.outer, point, LIQ_TEXT_ARGS(shown));
    else
        (void)snprintf(place, PLACE_BYTES, "%s[%d]%s%.*s", value.outer, value.item, point,
                       LIQ_TEXT_ARGS(shown));
}

/* The words in quotes, with commas between. */
static void words_list(char *out, size_t room, const char *const *words)
{
    size_t used = 0;

    for (const char *separator = ""; *words != NULL && used < room; words++, separator = ", ")
        used += (size_t)snprintf(out + used, room - used, "%s\"%s\"", separator, *words);
}

static bool is_string(liq_text source)
{
    return source.data[0] == '"';
}

static liq_text unquoted(liq_text source)
{
    return (liq_text){source.data + 1, source.bytes - 2};
}
