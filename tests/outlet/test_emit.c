/*
 * The three shapes of a row, the JSON writer, and what is written when writing fails.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "outlet/amount_text.h"
#include "outlet/emit.h"
#include "outlet/json_out.h"
#include "outlet/table_text.h"
#include "support_capture.h"

static const liq_emit_column columns[] = {
    {"name", "NAME", false, 0, 0},
    {"equity", "EQUITY", true, 2, LIQ_ROUND_FLOOR},
    {"margin", "MARGIN", true, 2, LIQ_ROUND_CEIL},
    {"full", "FULL", true, LIQ_EMIT_FULL, 0},
    {"count", "COUNT", true, 0, 0},
    {"flag", "FLAG", false, 0, 0},
    {"hidden", NULL, false, 0, 0},
    {"note", "NOTE", false, 0, 0},
};

enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

/* Two rows, with everything that a cell can be. */
static void rows_emit(output_capture *capture, liq_format format)
{
    liq_emit *emit = NULL;

    cr_assert(liq_emit_create(&emit, &capture->output, format, columns, COLUMN_COUNT, NULL) ==
              LIQ_OK);
    liq_emit_text(emit, "a,\"b\"");
    liq_emit_decimal(emit, -12345678, 5);
    liq_emit_decimal(emit, 12345678, 5);
    liq_emit_decimal(emit, 1230000, 5);
    liq_emit_count(emit, UINT64_MAX);
    liq_emit_bool(emit, true);
    liq_emit_text(emit, "x");
    liq_emit_absent(emit);
    liq_emit_row_end(emit);
    liq_emit_text(emit, "");
    liq_emit_null(emit);
    liq_emit_decimal(emit, 0, 5);
    liq_emit_text(emit, NULL);
    liq_emit_count(emit, 0);
    liq_emit_bool(emit, false);
    liq_emit_absent(emit);
    liq_emit_text(emit, "line\nbreak");
    liq_emit_row_end(emit);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
}

Test(emit, writes_json_objects_with_fields_in_column_order)
{
    output_capture capture;

    capture_start(&capture);
    rows_emit(&capture, LIQ_FORMAT_JSON);
    cr_expect_str_eq(capture_text(&capture),
                     "{\"name\":\"a,\\\"b\\\"\",\"equity\":\"-123.45678\",\"margin\":\"123.45678\","
                     "\"full\":\"12.3\",\"count\":18446744073709551615,\"flag\":true,"
                     "\"hidden\":\"x\"}\n"
                     "{\"name\":\"\",\"equity\":null,\"margin\":\"0\",\"full\":null,\"count\":0,"
                     "\"flag\":false,\"note\":\"line\\u000abreak\"}\n");
    capture_end(&capture);
}

Test(emit, writes_csv_with_quotes_where_rfc_4180_wants_them)
{
    output_capture capture;

    capture_start(&capture);
    rows_emit(&capture, LIQ_FORMAT_CSV);
    cr_expect_str_eq(capture_text(&capture),
                     "name,equity,margin,full,count,flag,hidden,note\n"
                     "\"a,\"\"b\"\"\",-123.45678,123.45678,12.3,18446744073709551615,true,x,\n"
                     "\"\",,0,,0,false,,\"line\nbreak\"\n");
    capture_end(&capture);
}

Test(emit, writes_tables_with_numbers_to_the_right_and_rounded_as_columns_say)
{
    output_capture capture;

    capture_start(&capture);
    rows_emit(&capture, LIQ_FORMAT_TABLE);
    cr_expect_str_eq(capture_text(&capture),
                     "NAME    EQUITY  MARGIN  FULL                 COUNT  FLAG  NOTE\n"
                     "a,\"b\"  -123.46  123.46  12.3  18446744073709551615  yes\n"
                     "             -    0.00     -                     0  no    "
                     "line\xef\xbf\xbd"
                     "break\n");
    capture_end(&capture);
}

Test(emit, writes_only_the_header_of_a_csv_without_rows)
{
    static const char *const texts[] = {"", "", "name,equity\n"};

    for (int format = LIQ_FORMAT_TABLE; format <= LIQ_FORMAT_CSV; format++) {
        liq_emit *emit = NULL;
        output_capture capture;

        capture_start(&capture);
        cr_assert(liq_emit_create(&emit, &capture.output, (liq_format)format, columns, 2, NULL) ==
                  LIQ_OK);
        liq_emit_finish(emit);
        liq_emit_destroy(emit);
        cr_expect_str_eq(capture_text(&capture), texts[format]);
        capture_end(&capture);
    }
}

Test(emit, writes_an_empty_object_for_a_row_of_absent_fields)
{
    liq_emit *emit = NULL;
    output_capture capture;

    capture_start(&capture);
    cr_assert(liq_emit_create(&emit, &capture.output, LIQ_FORMAT_JSON, columns, 1, NULL) == LIQ_OK);
    liq_emit_absent(emit);
    liq_emit_row_end(emit);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    cr_expect_str_eq(capture_text(&capture), "{}\n");
    capture_end(&capture);
}

/* Past the end of a block the head is not repeated and nothing is lost. */
Test(emit, keeps_every_row_of_a_table_of_many_blocks)
{
    enum { ROWS = 10000 };
    liq_emit *emit = NULL;
    output_capture capture;
    const char *at;
    unsigned row = 0;

    capture_start(&capture);
    cr_assert(liq_emit_create(&emit, &capture.output, LIQ_FORMAT_TABLE, columns, 1, NULL) ==
              LIQ_OK);
    for (unsigned i = 0; i < ROWS; i++) {
        char name[16];

        (void)snprintf(name, sizeof name, "row%u", i);
        liq_emit_text(emit, name);
        liq_emit_row_end(emit);
    }
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    at = capture_text(&capture);
    cr_assert(strncmp(at, "NAME\n", 5) == 0);
    for (at += 5; *at != '\0'; at = strchr(at, '\n') + 1, row++)
        cr_assert(strtoul(at + 3, NULL, 10) == row, "row %u", row);
    cr_expect(row == ROWS);
    capture_end(&capture);
}

Test(table_text, measures_text_as_a_terminal_shows_it)
{
    static const struct {
        const char *text;
        size_t width;
    } cases[] = {{"", 0},
                 {"abc", 3},
                 {"\xc3\xa9t\xc3\xa9", 3},
                 {"e\xcc\x81", 1},
                 {"\xe6\xbc\xa2\xe5\xad\x97", 4},
                 {"\xf0\x9f\x98\x80", 2},
                 {"\xff", 1},
                 {"\xe6\xbc", 2}};

    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        cr_expect(liq_table_text_width(cases[i].text) == cases[i].width, "case %zu", i);
}

Test(table_text, lets_no_text_steer_the_terminal)
{
    static const char *const evil[] = {"\033[2J",
                                       "a\rb",
                                       "\x07",
                                       "\x7f",
                                       "\xc2\x9b"
                                       "31m",
                                       "\xe2\x80\xae"
                                       "x",
                                       "\xe2\x81\xa6",
                                       "\xef\xbb\xbf"};

    cr_assert_not_null(setlocale(LC_CTYPE, "C.UTF-8"));
    for (size_t i = 0; i < sizeof evil / sizeof evil[0]; i++) {
        liq_table_text *table = NULL;
        output_capture capture;
        const char *text;

        capture_start(&capture);
        cr_assert(liq_table_text_create(&table, &capture.output, 0, NULL) == LIQ_OK);
        liq_table_text_column(table, NULL, false);
        liq_table_text_cell(table, evil[i]);
        liq_table_text_row_end(table);
        liq_table_text_flush(table);
        liq_table_text_destroy(table);
        text = capture_text(&capture);
        cr_expect_not_null(strstr(text, "\xef\xbf\xbd"), "case %zu", i);
        cr_expect(text[strcspn(text, "\033\r\x07\x7f\x9b")] == '\0', "case %zu", i);
        cr_expect_null(strstr(text, "\x80\xae"), "case %zu", i);
        capture_end(&capture);
    }
}

Test(json_out, escapes_so_that_every_text_can_be_read_back)
{
    static const char *const texts[] = {
        "", "plain", "\"\\/", "\x01\x1f\x7f\t\n", "\xc3\xa9", "\xe2\x80\xa8", "\xf0\x9f\x98\x80"};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        liq_json *json = NULL;
        liq_json_out writer;
        liq_text read;
        output_capture capture;

        capture_start(&capture);
        liq_json_out_start(&writer, &capture.output);
        liq_json_out_object(&writer, NULL);
        liq_json_out_string(&writer, "text", texts[i]);
        liq_json_out_close(&writer);
        cr_assert(liq_json_parse(&json, "out", liq_text_of(capture_text(&capture)), NULL) ==
                  LIQ_OK);
        cr_assert(liq_json_string(json, liq_json_member(liq_json_root(json), "text"), &read,
                                  NULL) == LIQ_OK);
        cr_expect(liq_text_equal(read, texts[i]), "case %zu", i);
        liq_json_destroy(json);
        capture_end(&capture);
    }
}

Test(json_out, replaces_bytes_that_are_no_utf_8)
{
    static const char *const texts[][2] = {
        {"\xff", "\"\xef\xbf\xbd\""},
        {"a\xc3", "\"a\xef\xbf\xbd\""},
        {"\x80z", "\"\xef\xbf\xbdz\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""}};

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        output_capture capture;

        capture_start(&capture);
        liq_json_out_quoted(&capture.output, texts[i][0]);
        cr_expect_str_eq(capture_text(&capture), texts[i][1], "case %zu", i);
        capture_end(&capture);
    }
}

Test(json_out, nests_containers_and_puts_commas_between_items)
{
    liq_json_out writer;
    output_capture capture;

    capture_start(&capture);
    liq_json_out_start(&writer, &capture.output);
    liq_json_out_object(&writer, NULL);
    liq_json_out_array(&writer, "list");
    liq_json_out_object(&writer, NULL);
    liq_json_out_bool(&writer, "yes", true);
    liq_json_out_string(&writer, "none", NULL);
    liq_json_out_close(&writer);
    liq_json_out_array(&writer, NULL);
    liq_json_out_close(&writer);
    liq_json_out_count(&writer, NULL, 7);
    liq_json_out_close(&writer);
    liq_json_out_count(&writer, "n", 0);
    liq_json_out_close(&writer);
    cr_expect_str_eq(capture_text(&capture),
                     "{\"list\":[{\"yes\":true,\"none\":null},[],7],\"n\":0}\n");
    capture_end(&capture);
}

Test(json_out, stops_at_a_key_in_an_array, .signal = SIGABRT)
{
    liq_json_out writer;
    output_capture capture;

    capture_start(&capture);
    liq_json_out_start(&writer, &capture.output);
    liq_json_out_array(&writer, NULL);
    liq_json_out_count(&writer, "key", 1);
}

Test(emit, stops_at_a_row_that_lacks_a_cell, .signal = SIGABRT)
{
    liq_emit *emit = NULL;
    output_capture capture;

    capture_start(&capture);
    cr_assert(liq_emit_create(&emit, &capture.output, LIQ_FORMAT_JSON, columns, 2, NULL) == LIQ_OK);
    liq_emit_text(emit, "a");
    liq_emit_row_end(emit);
}

Test(amount_text, writes_the_same_bytes_as_the_exact_formatter)
{
    static const int64_t digits[] = {
        0,         1,         -1,        9, 10, -10, 99,  100, 12345, -12345, 1000000,   -999999,
        INT64_MAX, INT64_MIN, 123450000, 5, -5, 50,  149, 150, -149,  -150,   100000001, 99999999};
    char ours[LIQ_DECIMAL_BYTES];
    char exact[LIQ_DECIMAL_BYTES];

    for (size_t i = 0; i < sizeof digits / sizeof digits[0]; i++) {
        for (int32_t decimals = 0; decimals <= 18; decimals++) {
            (void)liq_amount_write(ours, digits[i], decimals);
            cr_expect_str_eq(ours, liq_decimal_format(exact, digits[i], decimals));
            for (int32_t shown = 0; shown <= 20; shown++) {
                for (int rounding = LIQ_ROUND_FLOOR; rounding <= LIQ_ROUND_NEAREST; rounding++) {
                    (void)liq_amount_write_fixed(ours, digits[i], decimals, shown,
                                                 (liq_rounding)rounding);
                    (void)liq_decimal_format_fixed(exact, digits[i], decimals, shown,
                                                   (liq_rounding)rounding);
                    cr_expect_str_eq(ours, exact, "%" PRId64 " %d %d %d", digits[i], decimals,
                                     shown, rounding);
                }
            }
        }
    }
    (void)liq_amount_write(ours, (liq_int128)INT64_MAX * 1000, 6);
    cr_expect_str_eq(ours, "9223372036854775.807");
}

Test(output, carries_bytes_of_any_number_through_its_buffer)
{
    enum { BYTES = 3 * LIQ_OUTPUT_BYTES + 17 };
    char *block = malloc(BYTES + 1);
    output_capture capture;
    const char *text;

    cr_assert_not_null(block);
    memset(block, 'b', BYTES);
    block[BYTES] = '\0';
    capture_start(&capture);
    liq_output_string(&capture.output, "a");
    liq_output_string(&capture.output, block);
    liq_output_format(&capture.output, "%d%s", 7, "c");
    text = capture_text(&capture);
    cr_expect(strlen(text) == BYTES + 3);
    cr_expect(text[0] == 'a' && text[1] == 'b' && text[BYTES] == 'b');
    cr_expect_str_eq(text + BYTES + 1, "7c");
    capture_end(&capture);
    free(block);
}

/* A sink that takes so many bytes and then fails. */
typedef struct small_sink {
    char text[64];
    size_t used;
    size_t room;
} small_sink;

static int small_take(void *context, const char *data, size_t bytes)
{
    small_sink *sink = context;

    if (bytes > sink->room - sink->used)
        return EDQUOT;
    memcpy(sink->text + sink->used, data, bytes);
    sink->used += bytes;
    return 0;
}

Test(output, ends_in_a_sink_as_well_as_in_a_file)
{
    small_sink sink = {.room = 5};
    liq_error err = {.message = ""};
    liq_output *output = malloc(sizeof *output);

    cr_assert_not_null(output);
    liq_output_start_sink(output, small_take, &sink);
    liq_output_string(output, "abc");
    cr_expect_eq(sink.used, 0, "nothing is passed on before the end or a full buffer");
    cr_expect(liq_output_finish(output, &err) == LIQ_OK);
    cr_expect_str_eq(sink.text, "abc");
    liq_output_string(output, "def");
    cr_expect(liq_output_finish(output, &err) == LIQ_IO && err.native == EDQUOT);
    cr_expect_str_eq(err.message, "the output cannot be written: Disk quota exceeded");
    liq_output_string(output, "g");
    cr_expect(liq_output_finish(output, &err) == LIQ_IO, "a failure is for good");
    cr_expect_str_eq(sink.text, "abc");
    free(output);
}

Test(output, remembers_the_first_write_that_failed)
{
    const int full = open("/dev/full", O_WRONLY);
    liq_error err = {.message = ""};
    liq_output *output = malloc(sizeof *output);

    cr_assert(full >= 0 && output != NULL);
    liq_output_start(output, full);
    liq_output_string(output, "x");
    cr_expect_not(liq_output_failed(output));
    cr_expect(liq_output_finish(output, &err) == LIQ_IO);
    cr_expect(err.native == ENOSPC);
    cr_expect_str_eq(err.message, "standard output cannot be written: No space left on device");
    cr_expect(liq_output_failed(output));
    output->descriptor = -1;
    liq_output_string(output, "dropped");
    cr_expect(liq_output_finish(output, &err) == LIQ_IO && err.native == ENOSPC);
    (void)close(full);
    free(output);
}
