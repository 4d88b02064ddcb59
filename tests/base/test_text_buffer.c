#include <string.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "base/text_buffer.h"

Test(text_buffer, keeps_what_fits_and_counts_the_rest)
{
    char data[9] = "........";
    liq_text_buffer buffer;

    liq_text_buffer_start(&buffer, data, 8);
    liq_text_buffer_string(&buffer, "abc");
    liq_text_buffer_format(&buffer, "-%d", 12);
    cr_expect(liq_text_buffer_fits(&buffer));
    cr_expect_eq(buffer.bytes, 6);
    liq_text_buffer_string(&buffer, "xyz");
    cr_expect_not(liq_text_buffer_fits(&buffer));
    cr_expect_eq(buffer.bytes, 9);
    liq_text_buffer_string(&buffer, "more");
    cr_expect_eq(buffer.bytes, 13);
    cr_expect_str_eq(data, "abc-12xy");
}

Test(text_buffer, fits_to_the_last_byte)
{
    char data[5] = "";
    liq_text_buffer buffer;

    liq_text_buffer_start(&buffer, data, 4);
    liq_text_buffer_string(&buffer, "1234");
    cr_expect(liq_text_buffer_fits(&buffer));
    cr_expect_str_eq(data, "1234");
}

Test(text_buffer, only_counts_without_room)
{
    liq_text_buffer buffer;

    liq_text_buffer_start(&buffer, NULL, 0);
    cr_expect(liq_text_buffer_fits(&buffer));
    liq_text_buffer_string(&buffer, "12345");
    liq_text_buffer_quoted(&buffer, liq_text_of("\n"));
    cr_expect_eq(buffer.bytes, 5 + 8);
}

Test(text_buffer, cuts_a_format_that_is_too_long)
{
    char text[LIQ_TEXT_BUFFER_FORMAT_BYTES + 100];
    char data[sizeof text];
    liq_text_buffer buffer;

    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    liq_text_buffer_start(&buffer, data, sizeof data);
    liq_text_buffer_format(&buffer, "%s", text);
    cr_expect_eq(buffer.bytes, LIQ_TEXT_BUFFER_FORMAT_BYTES - 1);
}

typedef struct quoted_case {
    char text[24];
    size_t bytes;
    char expected[64];
} quoted_case;

ParameterizedTestParameters(text_buffer, quotes_any_bytes_as_one_json_string)
{
    static quoted_case cases[] = {
        {"", 0, "\"\""},
        {"plain ~", 7, "\"plain ~\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"\n\t\x01\x7f", 4, "\"\\u000a\\u0009\\u0001\\u007f\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\xff\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xc3", 1, "\"\xef\xbf\xbd\""},
        {"\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {"\xf0\x9f\x98", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    return cr_make_param_array(quoted_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(quoted_case *row, text_buffer, quotes_any_bytes_as_one_json_string)
{
    char data[128] = "";
    liq_text_buffer buffer;

    liq_text_buffer_start(&buffer, data, sizeof data - 1);
    liq_text_buffer_quoted(&buffer, (liq_text){row->text, row->bytes});
    cr_expect_str_eq(data, row->expected);
}

Test(text_buffer, quotes_every_byte_so_that_a_strict_reader_takes_it)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        const char text[2] = {(char)byte, 'x'};
        char data[64];
        liq_json *json = NULL;
        liq_text_buffer buffer;
        liq_error err = {0};

        liq_text_buffer_start(&buffer, data, sizeof data);
        liq_text_buffer_quoted(&buffer, (liq_text){text, sizeof text});
        if (byte == 0) /* which the reader of ours refuses in any string */
            continue;
        cr_expect_eq(liq_json_parse(&json, "byte", (liq_text){data, buffer.bytes}, &err), LIQ_OK,
                     "%u: %s", byte, err.message);
        liq_json_destroy(json);
    }
}
