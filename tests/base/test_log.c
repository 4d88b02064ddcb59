#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/json.h"
#include "base/log.h"

enum { CAPTURED_BYTES = 65536 };

static liq_log the_log;
static int ends[2]; /* of a pipe: what the log writes comes out of ends[0] */
static uint64_t clock_ms;
static char captured[CAPTURED_BYTES];

static uint64_t fake_ms(void)
{
    return clock_ms;
}

static void start(liq_log_form form, liq_log_level level)
{
    cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
    clock_ms = 1000;
    liq_log_start(&the_log, ends[1], form, level);
    the_log.now_ms = fake_ms;
}

/* All that was written so far, as one string. */
static const char *taken(void)
{
    struct pollfd one = {.fd = ends[0], .events = POLLIN};
    size_t used = 0;

    while (used + 1 < sizeof captured && poll(&one, 1, 0) == 1) {
        const ssize_t bytes = read(ends[0], captured + used, sizeof captured - 1 - used);

        if (bytes <= 0)
            break;
        used += (size_t)bytes;
    }
    captured[used] = '\0';
    return captured;
}

static unsigned lines_of(const char *text)
{
    unsigned count = 0;

    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

/* Every line is an object that a strict reader takes. */
static void expect_json_lines(const char *text)
{
    while (*text != '\0') {
        const char *end = strchr(text, '\n');
        liq_json *json = NULL;
        liq_error err = {0};

        cr_assert_not_null(end, "a line does not end: %s", text);
        cr_assert_eq(liq_json_parse(&json, "log", (liq_text){text, (size_t)(end - text)}, &err),
                     LIQ_OK, "%s", err.message);
        cr_expect(liq_json_is_object(liq_json_root(json)));
        liq_json_destroy(json);
        text = end + 1;
    }
}

Test(log, writes_one_object_a_line_with_time_level_event_and_fields)
{
    const char *text;

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    liq_log_write(&the_log, LIQ_LOG_WARN, "tick_late",
                  LIQ_LOG_FIELDS(liq_log_count("tick", UINT64_MAX),
                                 liq_log_string("source", "a\"\n\xff"),
                                 liq_log_integer("change", INT64_MIN), liq_log_bool("held", true),
                                 liq_log_string("nothing", NULL)));
    text = taken();
    cr_expect_eq(strncmp(text, "{\"time\":\"20", 11), 0, "%s", text);
    cr_expect_str_eq(text + 9 + 24,
                     "\",\"level\":\"warn\",\"event\":\"tick_late\",\"tick\":18446744073709551615,"
                     "\"source\":\"a\\\"\\u000a\xef\xbf\xbd\",\"change\":-9223372036854775808,"
                     "\"held\":true,\"nothing\":null}\n");
    cr_expect_eq(text[9 + 23], 'Z');
    cr_expect_eq(text[9 + 10], 'T');
    expect_json_lines(text);
    liq_log_end(&the_log);
}

Test(log, writes_plain_text_for_a_terminal)
{
    const char *text;

    start(LIQ_LOG_TEXT, LIQ_LOG_DEBUG);
    liq_log_write(&the_log, LIQ_LOG_INFO, "ready", NULL);
    liq_log_write(&the_log, LIQ_LOG_ERROR, "lost", LIQ_LOG_FIELDS(liq_log_string("why", "a b")));
    text = taken();
    cr_expect_str_eq(strstr(text, "Z "), strstr(text, "Z info  ready\n"));
    cr_expect_not_null(strstr(text, "Z error lost why=\"a b\"\n"), "%s", text);
    liq_log_end(&the_log);
}

Test(log, writes_the_level_before_the_line_for_the_journal)
{
    static const char *const begins[] = {"<7>{", "<6>{", "<4>{", "<3>{"};

    for (int level = LIQ_LOG_DEBUG; level <= LIQ_LOG_ERROR; level++) {
        start(LIQ_LOG_JOURNAL, LIQ_LOG_DEBUG);
        liq_log_write(&the_log, (liq_log_level)level, "event", NULL);
        cr_expect_eq(strncmp(taken(), begins[level], 4), 0);
        liq_log_end(&the_log);
    }
}

Test(log, chooses_its_form_by_who_reads)
{
    char stream[64];
    struct stat facts;

    start(LIQ_LOG_AUTO, LIQ_LOG_INFO);
    cr_expect_eq(the_log.form, LIQ_LOG_JSON);
    liq_log_end(&the_log);
    cr_assert_eq(fstat(ends[1], &facts), 0);
    (void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)facts.st_dev,
                   (unsigned long long)facts.st_ino);
    cr_assert_eq(setenv("JOURNAL_STREAM", stream, 1), 0);
    liq_log_start(&the_log, ends[1], LIQ_LOG_AUTO, LIQ_LOG_INFO);
    cr_expect_eq(the_log.form, LIQ_LOG_JOURNAL);
    liq_log_end(&the_log);
    cr_assert_eq(setenv("JOURNAL_STREAM", "1:2", 1), 0);
    liq_log_start(&the_log, ends[1], LIQ_LOG_AUTO, LIQ_LOG_INFO);
    cr_expect_eq(the_log.form, LIQ_LOG_JSON);
    liq_log_end(&the_log);
}

Test(log, leaves_out_what_is_below_its_level)
{
    start(LIQ_LOG_JSON, LIQ_LOG_WARN);
    liq_log_write(&the_log, LIQ_LOG_DEBUG, "one", NULL);
    liq_log_write(&the_log, LIQ_LOG_INFO, "two", NULL);
    cr_expect_str_eq(taken(), "");
    liq_log_write(&the_log, LIQ_LOG_WARN, "three", NULL);
    cr_expect_eq(lines_of(taken()), 1);
    liq_log_write(NULL, LIQ_LOG_ERROR, "four", NULL);
    liq_log_end(&the_log);
}

Test(log, counts_repeats_and_says_them_with_the_next_line)
{
    const char *text;

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    for (int i = 0; i < LIQ_LOG_BURST + 37; i++)
        liq_log_write(&the_log, LIQ_LOG_INFO, "gap", LIQ_LOG_FIELDS(liq_log_integer("i", i)));
    liq_log_write(&the_log, LIQ_LOG_INFO, "other", NULL);
    text = taken();
    cr_expect_eq(lines_of(text), LIQ_LOG_BURST + 1);
    cr_expect_null(strstr(text, "repeated"));
    clock_ms += LIQ_LOG_WINDOW_MS;
    liq_log_write(&the_log, LIQ_LOG_INFO, "gap", LIQ_LOG_FIELDS(liq_log_integer("i", 99)));
    text = taken();
    cr_expect_not_null(strstr(text, "\"i\":99,\"repeated\":37}\n"), "%s", text);
    liq_log_write(&the_log, LIQ_LOG_INFO, "gap", NULL);
    cr_expect_null(strstr(taken(), "repeated"));
    liq_log_end(&the_log);
    cr_expect_str_eq(taken(), "");
}

Test(log, says_what_was_held_back_when_it_is_flushed_or_ends)
{
    const char *text;

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    for (int i = 0; i < LIQ_LOG_BURST + 3; i++)
        liq_log_write(&the_log, LIQ_LOG_WARN, "gap", NULL);
    (void)taken();
    liq_log_flush(&the_log);
    cr_expect_str_eq(taken(), "", "the window is not over");
    clock_ms += LIQ_LOG_WINDOW_MS;
    liq_log_flush(&the_log);
    text = taken();
    cr_expect_not_null(strstr(text, "\"level\":\"warn\",\"event\":\"gap\",\"repeated\":3}\n"), "%s",
                       text);
    liq_log_flush(&the_log);
    cr_expect_str_eq(taken(), "");
    for (int i = 0; i < LIQ_LOG_BURST + 4; i++)
        liq_log_write(&the_log, LIQ_LOG_WARN, "gap", NULL);
    (void)taken();
    liq_log_end(&the_log);
    cr_expect_not_null(strstr(taken(), "\"repeated\":4}\n"));
}

Test(log, limits_events_past_the_table_together)
{
    unsigned lines;
    char event[32];

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    for (int i = 0; i < LIQ_LOG_EVENTS + 100; i++) {
        (void)snprintf(event, sizeof event, "event_%d", i);
        liq_log_write(&the_log, LIQ_LOG_INFO, event, NULL);
    }
    lines = lines_of(taken());
    cr_expect_eq(lines, LIQ_LOG_EVENTS - 1 + LIQ_LOG_BURST, "%u", lines);
    liq_log_end(&the_log);
    cr_expect_not_null(strstr(taken(), "\"event\":\"other_events\",\"repeated\":96}\n"));
}

Test(log, cuts_strings_and_leaves_out_fields_that_do_not_fit)
{
    static char long_text[LIQ_LOG_STRING_BYTES * 2];
    liq_log_field fields[20];
    const char *text;

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    memset(long_text, 'a', sizeof long_text - 1);
    memcpy(long_text + LIQ_LOG_STRING_BYTES - 1, "\xe2\x82\xac", 3);
    liq_log_write(&the_log, LIQ_LOG_INFO, "long", LIQ_LOG_FIELDS(liq_log_string("s", long_text)));
    text = taken();
    cr_expect_null(strchr(text, '\xe2'));
    cr_expect_null(strstr(text, "cut"));
    expect_json_lines(text);
    memset(long_text, 1, sizeof long_text - 1); /* each byte takes six */
    for (int i = 0; i < 19; i++)
        fields[i] = liq_log_string("s", long_text);
    fields[5] = liq_log_count("small", 7);
    fields[19] = (liq_log_field){.key = NULL};
    liq_log_write(&the_log, LIQ_LOG_INFO, "longer", fields);
    text = taken();
    cr_expect_leq(strlen(text), LIQ_LOG_LINE_BYTES);
    cr_expect_not_null(strstr(text, "\"small\":7,\"cut\":true}\n"));
    cr_expect_eq(lines_of(text), 1);
    liq_log_end(&the_log);
}

Test(log, drops_lines_rather_than_wait_for_a_reader_and_says_so)
{
    static char filler[LIQ_LOG_STRING_BYTES + 1];
    char event[32];
    uint64_t dropped;
    const char *text;

    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    memset(filler, 'a', sizeof filler - 1);
    for (int i = 0; i < 2000; i++) { /* a megabyte, which no pipe holds */
        (void)snprintf(event, sizeof event, "event_%d", i % 60);
        clock_ms += LIQ_LOG_WINDOW_MS;
        errno = 77;
        liq_log_write(&the_log, LIQ_LOG_INFO, event, LIQ_LOG_FIELDS(liq_log_string("s", filler)));
        cr_assert_eq(errno, 77);
    }
    dropped = the_log.dropped;
    cr_expect_gt(dropped, 1000);
    text = taken();
    expect_json_lines(text);
    cr_expect_eq(lines_of(text) + dropped, 2000);
    liq_log_write(&the_log, LIQ_LOG_INFO, "again", NULL);
    (void)snprintf(event, sizeof event, "\"dropped\":%u}\n", (unsigned)dropped);
    text = taken();
    cr_expect_not_null(strstr(text, event), "%s", text);
    liq_log_write(&the_log, LIQ_LOG_INFO, "again", NULL);
    cr_expect_null(strstr(taken(), "dropped"));
    liq_log_end(&the_log);
}

Test(log, survives_a_reader_that_is_gone_and_a_disk_that_is_full)
{
    start(LIQ_LOG_JSON, LIQ_LOG_INFO);
    (void)close(ends[0]);
    liq_log_write(&the_log, LIQ_LOG_INFO, "event", NULL); /* no SIGPIPE */
    cr_expect_eq(the_log.dropped, 1);
    liq_log_end(&the_log);
    ends[1] = open("/dev/full", O_WRONLY | O_CLOEXEC);
    cr_assert_geq(ends[1], 0);
    liq_log_start(&the_log, ends[1], LIQ_LOG_JSON, LIQ_LOG_INFO);
    liq_log_write(&the_log, LIQ_LOG_INFO, "event", NULL);
    cr_expect_eq(the_log.dropped, 1);
    liq_log_end(&the_log);
    liq_log_start(&the_log, -1, LIQ_LOG_JSON, LIQ_LOG_INFO);
    liq_log_write(&the_log, LIQ_LOG_INFO, "event", NULL);
    cr_expect_eq(the_log.dropped, 1);
    liq_log_end(&the_log);
}

Test(log, knows_its_levels_by_name)
{
    static const char *const bad[] = {"", "warning", "INFO", "inf", "info "};
    liq_log_level level = LIQ_LOG_DEBUG;

    cr_expect(liq_log_level_named(&level, "error"));
    cr_expect_eq(level, LIQ_LOG_ERROR);
    cr_expect(liq_log_level_named(&level, "debug"));
    cr_expect_eq(level, LIQ_LOG_DEBUG);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        cr_expect_not(liq_log_level_named(&level, bad[i]), "%s", bad[i]);
    cr_expect_eq(level, LIQ_LOG_DEBUG);
}
