/*
 * Messages are made here and nowhere else, so that every byte a user's file
 * puts into one is made printable in one place.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static void message_write(char *message, const char *raw);
static size_t character_bytes(const char *at);

const char *liq_status_name(liq_status status)
{
    static const char *const names[] = {
        "ok",          "bad_input",     "out_of_range", "not_found", "duplicate",
        "unsupported", "out_of_memory", "io",           "no_device", "device_fault",
        "self_test",   "interrupted",   "not_conserved"};
    const size_t index = (size_t)status;

    return index < sizeof names / sizeof names[0] ? names[index] : "unknown";
}

liq_status liq_fail(liq_error *err, liq_status status, int native, const char *format, ...)
{
    char raw[LIQ_ERROR_MESSAGE_BYTES];
    va_list arguments;

    LIQ_ASSERT(status != LIQ_OK);
    if (err == NULL)
        return status;
    va_start(arguments, format);
    (void)vsnprintf(raw, sizeof raw, format, arguments);
    va_end(arguments);
    err->status = status;
    err->native = native;
    message_write(err->message, raw);
    return status;
}

void liq_assert_failed(const char *file, int line, const char *condition)
{
    (void)fprintf(stderr, "liqscan: internal error: %s:%d: %s does not hold\n", file, line,
                  condition);
    abort();
}

/* Copy raw, with control bytes and broken UTF-8 written as \xNN, as far as it fits. */
static void message_write(char *message, const char *raw)
{
    size_t used = 0;

    while (*raw != '\0') {
        const size_t bytes = character_bytes(raw);
        const size_t shown = bytes == 0 ? 4 : bytes;

        if (used + shown >= LIQ_ERROR_MESSAGE_BYTES)
            break;
        if (bytes == 0)
            (void)snprintf(message + used, 5, "\\x%02x", (unsigned)(unsigned char)*raw);
        else
            memcpy(message + used, raw, bytes);
        used += shown;
        raw += bytes == 0 ? 1 : bytes;
    }
    message[used] = '\0';
}

/* Length of the printable character that starts here, or 0 when its first byte must be escaped. */
static size_t character_bytes(const char *at)
{
    const unsigned char first = (unsigned char)*at;
    size_t bytes = 1;

    if (first < 0x20 || first == 0x7f)
        return 0;
    if (first >= 0xc0)
        bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (strnlen(at, bytes) < bytes || !liq_text_utf8((liq_text){at, bytes}))
        return 0;
    return bytes;
}
