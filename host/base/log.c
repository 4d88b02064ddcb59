#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/text_buffer.h"

/* What a line keeps free for its end: repeated, dropped, cut. */
enum { TAIL_BYTES = 112 };

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static uint64_t monotonic_ms(void);
static liq_log_form form_of(int descriptor);
static bool journal_reads(int descriptor);
static liq_log_limit *limit_find(liq_log *log, const char *event);
static bool limit_pass(liq_log *log, liq_log_limit *limit, liq_log_level level, uint64_t *repeated);
static void flush_held(liq_log *log, bool everything);
static void line_write(liq_log *log, liq_log_level level, const char *event,
                       const liq_log_field *fields, uint64_t repeated);
static void head_add(liq_text_buffer *line, liq_log_form form, liq_log_level level,
                     const char *event);
static void time_add(liq_text_buffer *line);
static void field_add(liq_text_buffer *line, liq_log_form form, const liq_log_field *field);
static void string_add(liq_text_buffer *line, const char *string);
static void line_put(liq_log *log, liq_text line);
static bool has_room(int descriptor);

void liq_log_start(liq_log *log, int descriptor, liq_log_form form, liq_log_level level)
{
    memset(log, 0, sizeof *log);
    LIQ_ASSERT(pthread_mutex_init(&log->lock, NULL) == 0);
    log->descriptor = descriptor;
    log->form = form == LIQ_LOG_AUTO ? form_of(descriptor) : form;
    log->level = level;
    log->now_ms = monotonic_ms;
}

void liq_log_end(liq_log *log)
{
    LIQ_ASSERT(pthread_mutex_lock(&log->lock) == 0);
    flush_held(log, true);
    LIQ_ASSERT(pthread_mutex_unlock(&log->lock) == 0);
    LIQ_ASSERT(pthread_mutex_destroy(&log->lock) == 0);
}

void liq_log_write(liq_log *log, liq_log_level level, const char *event,
                   const liq_log_field *fields)
{
    const int kept = errno;
    uint64_t repeated = 0;

    if (log == NULL || level < log->level)
        return;
    LIQ_ASSERT(level <= LIQ_LOG_ERROR);
    LIQ_ASSERT(pthread_mutex_lock(&log->lock) == 0);
    if (limit_pass(log, limit_find(log, event), level, &repeated))
        line_write(log, level, event, fields, repeated);
    LIQ_ASSERT(pthread_mutex_unlock(&log->lock) == 0);
    errno = kept;
}

liq_log_field liq_log_string(const char *key, const char *string)
{
    return (liq_log_field){.key = key, .kind = LIQ_LOG_IS_STRING, .string = string};
}

liq_log_field liq_log_count(const char *key, uint64_t count)
{
    return (liq_log_field){.key = key, .kind = LIQ_LOG_IS_COUNT, .number = count};
}

liq_log_field liq_log_integer(const char *key, int64_t integer)
{
    return (liq_log_field){.key = key, .kind = LIQ_LOG_IS_INTEGER, .number = (uint64_t)integer};
}

liq_log_field liq_log_bool(const char *key, bool value)
{
    return (liq_log_field){.key = key, .kind = LIQ_LOG_IS_BOOL, .number = value};
}

void liq_log_flush(liq_log *log)
{
    const int kept = errno;

    if (log == NULL)
        return;
    LIQ_ASSERT(pthread_mutex_lock(&log->lock) == 0);
    flush_held(log, false);
    LIQ_ASSERT(pthread_mutex_unlock(&log->lock) == 0);
    errno = kept;
}

bool liq_log_level_named(liq_log_level *out, const char *name)
{
    for (size_t i = 0; i < sizeof level_names / sizeof level_names[0]; i++)
        if (strcmp(level_names[i], name) == 0) {
            *out = (liq_log_level)i;
            return true;
        }
    return false;
}

static uint64_t monotonic_ms(void)
{
    return liq_clock_ns() / 1000000;
}

static liq_log_form form_of(int descriptor)
{
    if (journal_reads(descriptor))
        return LIQ_LOG_JOURNAL;
    return isatty(descriptor) == 1 ? LIQ_LOG_TEXT : LIQ_LOG_JSON;
}

/* systemd names the device and inode of the stream that it reads: a program whose output was sent
 * elsewhere since then inherits the name, but not the stream. */
static bool journal_reads(int descriptor)
{
    const char *stream = getenv("JOURNAL_STREAM");
    char name[64];
    struct stat facts;

    if (stream == NULL || fstat(descriptor, &facts) != 0)
        return false;
    (void)snprintf(name, sizeof name, "%llu:%llu", (unsigned long long)facts.st_dev,
                   (unsigned long long)facts.st_ino);
    return strcmp(stream, name) == 0;
}

/* The limit of an event; the last of the table is for all that came too late for one. */
static liq_log_limit *limit_find(liq_log *log, const char *event)
{
    liq_log_limit *limit;
    uint32_t i;

    for (i = 0; i < log->limit_count; i++)
        if (strncmp(log->limits[i].event, event, LIQ_LOG_EVENT_BYTES - 1) == 0)
            return &log->limits[i];
    if (log->limit_count == LIQ_LOG_EVENTS)
        return &log->limits[LIQ_LOG_EVENTS - 1];
    limit = &log->limits[log->limit_count++];
    (void)snprintf(limit->event, sizeof limit->event, "%s",
                   log->limit_count == LIQ_LOG_EVENTS ? "other_events" : event);
    limit->began_ms = log->now_ms();
    return limit;
}

/* Whether an event may be written; counts it when it may not. */
static bool limit_pass(liq_log *log, liq_log_limit *limit, liq_log_level level, uint64_t *repeated)
{
    const uint64_t now_ms = log->now_ms();

    if (now_ms - limit->began_ms >= LIQ_LOG_WINDOW_MS) {
        *repeated = limit->repeated;
        limit->repeated = 0;
        limit->written = 0;
        limit->began_ms = now_ms;
    }
    if (limit->written < LIQ_LOG_BURST) {
        limit->written++;
        return true;
    }
    limit->repeated++;
    limit->level = level;
    return false;
}

static void flush_held(liq_log *log, bool everything)
{
    const uint64_t now_ms = log->now_ms();

    for (uint32_t i = 0; i < log->limit_count; i++) {
        liq_log_limit *limit = &log->limits[i];

        if (limit->repeated == 0 || (!everything && now_ms - limit->began_ms < LIQ_LOG_WINDOW_MS))
            continue;
        line_write(log, limit->level, limit->event, NULL, limit->repeated);
        limit->repeated = 0;
        limit->written = 0;
        limit->began_ms = now_ms;
    }
}

static void line_write(liq_log *log, liq_log_level level, const char *event,
                       const liq_log_field *fields, uint64_t repeated)
{
    char data[LIQ_LOG_LINE_BYTES];
    const liq_log_field held = liq_log_count("repeated", repeated);
    const liq_log_field lost = liq_log_count("dropped", log->dropped);
    const liq_log_field cut = liq_log_bool("cut", true);
    bool is_cut = false;
    liq_text_buffer line;

    liq_text_buffer_start(&line, data, sizeof data - TAIL_BYTES);
    head_add(&line, log->form, level, event);
    for (; fields != NULL && fields->key != NULL; fields++) {
        const liq_text_buffer before = line;

        field_add(&line, log->form, fields);
        if (!liq_text_buffer_fits(&line)) {
            line = before;
            is_cut = true;
        }
    }
    line.room = sizeof data;
    if (repeated > 0)
        field_add(&line, log->form, &held);
    if (log->dropped > 0)
        field_add(&line, log->form, &lost);
    if (is_cut)
        field_add(&line, log->form, &cut);
    liq_text_buffer_string(&line, log->form == LIQ_LOG_TEXT ? "\n" : "}\n");
    LIQ_ASSERT(liq_text_buffer_fits(&line));
    line_put(log, (liq_text){data, line.bytes});
}

static void head_add(liq_text_buffer *line, liq_log_form form, liq_log_level level,
                     const char *event)
{
    static const int priorities[] = {7, 6, 4, 3}; /* of syslog */
    const liq_text name = {event, strnlen(event, LIQ_LOG_EVENT_BYTES - 1)};

    if (form == LIQ_LOG_JOURNAL)
        liq_text_buffer_format(line, "<%d>", priorities[level]);
    if (form != LIQ_LOG_TEXT)
        liq_text_buffer_string(line, "{\"time\":\"");
    time_add(line);
    if (form == LIQ_LOG_TEXT) {
        liq_text_buffer_format(line, " %-5s ", level_names[level]);
        liq_text_buffer_add(line, name);
        return;
    }
    liq_text_buffer_format(line, "\",\"level\":\"%s\",\"event\":", level_names[level]);
    liq_text_buffer_quoted(line, name);
}

static void time_add(liq_text_buffer *line)
{
    struct timespec now = {0};
    struct tm parts = {0};

    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    liq_text_buffer_format(line, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                           parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min,
                           parts.tm_sec, (int)(now.tv_nsec / 1000000));
}

static void field_add(liq_text_buffer *line, liq_log_form form, const liq_log_field *field)
{
    liq_text_buffer_format(line, form == LIQ_LOG_TEXT ? " %s=" : ",\"%s\":", field->key);
    switch (field->kind) {
    case LIQ_LOG_IS_STRING:
        string_add(line, field->string);
        return;
    case LIQ_LOG_IS_COUNT:
        liq_text_buffer_format(line, "%llu", (unsigned long long)field->number);
        return;
    case LIQ_LOG_IS_INTEGER:
        liq_text_buffer_format(line, "%lld", (long long)field->number);
        return;
    case LIQ_LOG_IS_BOOL:
        liq_text_buffer_string(line, field->number != 0 ? "true" : "false");
        return;
    }
}

static void string_add(liq_text_buffer *line, const char *string)
{
    size_t bytes;

    if (string == NULL) {
        liq_text_buffer_string(line, "null");
        return;
    }
    bytes = strnlen(string, LIQ_LOG_STRING_BYTES);
    /* Cut before a character, not inside it. */
    if (string[bytes] != '\0')
        for (int i = 0; i < 3 && ((unsigned char)string[bytes] & 0xc0) == 0x80; i++)
            bytes--;
    liq_text_buffer_quoted(line, (liq_text){string, bytes});
}

/* A line goes out whole, or is counted. Only a disk that is full can cut one: the next line then
 * begins on a line of its own. */
static void line_put(liq_log *log, liq_text line)
{
    size_t put = 0;

    if (!has_room(log->descriptor)) {
        log->dropped++;
        return;
    }
    if (log->is_torn && write(log->descriptor, "\n", 1) != 1) {
        log->dropped++;
        return;
    }
    log->is_torn = false;
    while (put < line.bytes) {
        const ssize_t now = write(log->descriptor, line.data + put, line.bytes - put);

        if (now < 0 && errno == EINTR)
            continue;
        if (now <= 0) {
            log->is_torn = put > 0;
            log->dropped++;
            return;
        }
        put += (size_t)now;
    }
    log->dropped = 0;
}

static bool has_room(int descriptor)
{
    struct pollfd one = {.fd = descriptor, .events = POLLOUT};

    return poll(&one, 1, 0) == 1 && (one.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}
