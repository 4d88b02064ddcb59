/*
 * What the reader of JSON takes and refuses. Reading values out of a document
 * is tested in test_json_read.c.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"
#include "base/support_refused.h"

Test(json, takes_every_form_of_the_grammar)
{
    static const char *const texts[] = {
        "0",
        "-0",
        "12",
        "-1.5e-7",
        "1E+9",
        "0.0",
        "1e999",
        "123456789012345678901234567890123456789012345678901234567890123",
        "\"\"",
        "\"a\"",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        " [ ] ",
        "\t\r\n{ }\n",
        "[1,2,[3,{\"a\":[]}],\"x\"]",
        "{\"a\":1,\"A\":2,\"\":3}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00\"",
        "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\"",
        "\xef\xbb\xbf{\"a\":1}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        liq_json *json = NULL;
        liq_error error = {.message = ""};

        cr_expect(liq_json_parse(&json, "t.json", liq_text_of(texts[i]), &error) == LIQ_OK,
                  "%s: %s", texts[i], error.message);
        liq_json_destroy(json);
    }
    liq_json_destroy(NULL);
}

static void refused_check(const refused_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        liq_json *json = NULL;
        liq_error error = {.message = ""};
        const liq_status status = liq_json_parse(&json, "t.json", cases[i].text, &error);

        cr_expect(status == LIQ_BAD_INPUT && json == NULL &&
                      strcmp(error.message, cases[i].message) == 0,
                  "case %zu: %s\nrather than %s", i, error.message, cases[i].message);
        liq_json_destroy(json);
    }
}

Test(json, refuses_bad_structure_with_line_and_column)
{
    static const refused_case cases[] = {
        REFUSED("", "t.json: holds no JSON value"),
        REFUSED(" \n\t", "t.json: holds no JSON value"),
        REFUSED("\xef\xbb\xbf", "t.json: holds no JSON value"),
        REFUSED("\xef\xbb\xbf\xef\xbb\xbf{}",
                "t.json:1: column 1: expected a value, found \xef\xbb\xbf{}"),
        REFUSED("{} {}", "t.json:1: column 4: expected the end of the file behind the value, "
                         "found {}"),
        REFUSED("1\n2", "t.json:2: column 1: expected the end of the file behind the value, "
                        "found 2"),
        REFUSED("[1", "t.json:1: column 3: expected ',' or ']', found the end of the file"),
        REFUSED("[1 2]", "t.json:1: column 4: expected ',' or ']', found 2]"),
        REFUSED("[1,]", "t.json:1: column 4: expected a value, found ]"),
        REFUSED("[,1]", "t.json:1: column 2: expected a value, found ,1]"),
        REFUSED("[1}", "t.json:1: column 3: expected ',' or ']', found }"),
        REFUSED("]", "t.json:1: column 1: expected a value, found ]"),
        REFUSED("{", "t.json:1: column 2: expected a key in quotes, found the end of the file"),
        REFUSED("{a:1}", "t.json:1: column 2: expected a key in quotes, found a:1}"),
        REFUSED("{1:1}", "t.json:1: column 2: expected a key in quotes, found 1:1}"),
        REFUSED("{'a':1}", "t.json:1: column 2: expected a key in quotes, found 'a':1}"),
        REFUSED("{\"a\"}", "t.json:1: column 5: expected ':' behind a key, found }"),
        REFUSED("{\"a\" 1}", "t.json:1: column 6: expected ':' behind a key, found 1}"),
        REFUSED("{\"a\":}", "t.json:1: column 6: expected a value, found }"),
        REFUSED("{\"a\":1,}", "t.json:1: column 8: expected a key in quotes, found }"),
        REFUSED("{\n \"a\": 1\n \"b\": 2\n}",
                "t.json:3: column 2: expected ',' or '}', found \"b\": 2"),
        REFUSED("{\"a\":1]", "t.json:1: column 7: expected ',' or '}', found ]"),
        REFUSED("[1] // x", "t.json:1: column 5: expected the end of the file behind the value, "
                            "found // x"),
        REFUSED("[/**/]", "t.json:1: column 2: expected a value, found /**/]"),
        REFUSED("tru", "t.json:1: column 1: expected a value, found tru"),
        REFUSED("True", "t.json:1: column 1: expected a value, found True"),
        REFUSED("NaN", "t.json:1: column 1: expected a value, found NaN"),
        REFUSED("Infinity", "t.json:1: column 1: expected a value, found Infinity"),
        REFUSED("nullx", "t.json:1: column 5: expected the end of the file behind the value, "
                         "found x"),
        REFUSED("[1]\0", "t.json:1: column 4: expected the end of the file behind the value, "
                         "found "),
        REFUSED("[\0]", "t.json:1: column 2: expected a value, found "),
        REFUSED("[\f1]", "t.json:1: column 2: expected a value, found \\x0c1]"),
        REFUSED("[\n\n  \n", "t.json:4: column 1: expected a value, found the end of the file"),
        REFUSED("[\xc2\xa0"
                "1]",
                "t.json:1: column 2: expected a value, found \xc2\xa0"
                "1]"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(json, refuses_bad_numbers)
{
    static const refused_case cases[] = {
        REFUSED("01", "t.json:1: column 2: a number with a leading zero"),
        REFUSED("-01", "t.json:1: column 3: a number with a leading zero"),
        REFUSED("00", "t.json:1: column 2: a number with a leading zero"),
        REFUSED("-", "t.json:1: column 2: expected a digit, found the end of the file"),
        REFUSED("+1", "t.json:1: column 1: expected a value, found +1"),
        REFUSED(".5", "t.json:1: column 1: expected a value, found .5"),
        REFUSED("1.", "t.json:1: column 3: expected a digit behind the point, found the end of "
                      "the file"),
        REFUSED("[1.e5]", "t.json:1: column 4: expected a digit behind the point, found e5]"),
        REFUSED("[1e]", "t.json:1: column 4: expected a digit in the exponent, found ]"),
        REFUSED("[1e+]", "t.json:1: column 5: expected a digit in the exponent, found ]"),
        REFUSED("[1,\n-x]", "t.json:2: column 2: expected a digit, found x]"),
        REFUSED("0x10", "t.json:1: column 2: expected the end of the file behind the value, "
                        "found x10"),
        REFUSED("1_000", "t.json:1: column 2: expected the end of the file behind the value, "
                         "found _000"),
        REFUSED("1234567890123456789012345678901234567890123456789012345678901234",
                "t.json:1: column 65: a number of 64 bytes ends here, the limit is 63"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(json, refuses_bad_strings)
{
    static const refused_case cases[] = {
        REFUSED("\"a", "t.json:1: column 3: expected the closing quote of a string, found the "
                       "end of the file"),
        REFUSED("\"a\\\"", "t.json:1: column 5: expected the closing quote of a string, found "
                           "the end of the file"),
        REFUSED("\"a\nb\"", "t.json:1: column 3: control byte 0x0a in a string"),
        REFUSED("\"a\tb\"", "t.json:1: column 3: control byte 0x09 in a string"),
        REFUSED("\"a\0b\"", "t.json:1: column 3: control byte 0x00 in a string"),
        REFUSED("{\"a\x1f\":1}", "t.json:1: column 4: control byte 0x1f in a string"),
        REFUSED("\"\\x\"", "t.json:1: column 3: expected one of \"\\/bfnrtu behind a backslash, "
                           "found x\""),
        REFUSED("\"\\'\"", "t.json:1: column 3: expected one of \"\\/bfnrtu behind a backslash, "
                           "found '\""),
        REFUSED("\"\\\0\"", "t.json:1: column 3: expected one of \"\\/bfnrtu behind a backslash, "
                            "found "),
        REFUSED("\"\\", "t.json:1: column 3: expected one of \"\\/bfnrtu behind a backslash, "
                        "found the end of the file"),
        REFUSED("\"\\u12\"", "t.json:1: column 3: \\u needs four hex digits"),
        REFUSED("\"\\u12g4\"", "t.json:1: column 3: \\u needs four hex digits"),
        REFUSED("\"\\u", "t.json:1: column 3: \\u needs four hex digits"),
        REFUSED("\"\\u0000\"", "t.json:1: column 3: NUL (\\u0000) in a string"),
        REFUSED("\"\\ud83d\"", "t.json:1: column 8: high surrogate \\ud83d without a low one"),
        REFUSED("\"\\ud83dx\"", "t.json:1: column 8: high surrogate \\ud83d without a low one"),
        REFUSED("\"\\ud83d\\n\"", "t.json:1: column 9: high surrogate \\ud83d without a low one"),
        REFUSED("\"\\ud83d\\u0041\"",
                "t.json:1: column 9: high surrogate \\ud83d without a low one"),
        REFUSED("\"\\ude00\"", "t.json:1: column 3: low surrogate \\ude00 without a high one"),
        REFUSED("\"\xff\"", "t.json:1: column 3: the string that ends here is not UTF-8"),
        REFUSED("{\"\xed\xa0\x80\":1}",
                "t.json:1: column 6: the string that ends here is not UTF-8"),
        REFUSED("\"\xc3\"", "t.json:1: column 3: the string that ends here is not UTF-8"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(json, refuses_a_key_that_is_there_twice)
{
    static const refused_case cases[] = {
        REFUSED("{\"a\":1,\n\"b\":2,\n\"a\":3}",
                "t.json:3: key \"a\" is there twice (first on line 1)"),
        REFUSED("{\"a\":[{},{\"\\u0062\":1,\"b\":2}]}",
                "t.json:1: a[1]: key \"b\" is there twice (first on line 1)"),
        REFUSED("[{\"\":1,\"\":2}]", "t.json:1: [0]: key \"\" is there twice (first on line 1)"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

/* An object of 200,000 keys on a line each, whose last key is spelled as given. */
static liq_status large_object(const char *last_key, liq_error *error)
{
    const size_t count = 200000;
    char *text = malloc(count * 24);
    size_t used = (size_t)sprintf(text, "{");
    liq_json *json = NULL;
    liq_status status;

    for (size_t i = 0; i + 1 < count; i++)
        used += (size_t)sprintf(text + used, "\n\"key%zu\":%zu,", i * 7919 % count, i);
    used += (size_t)sprintf(text + used, "\n\"%s\":0}", last_key);
    status = liq_json_parse(&json, "t.json", (liq_text){text, used}, error);
    liq_json_destroy(json);
    free(text);
    return status;
}

Test(json, finds_a_key_twice_among_very_many)
{
    liq_error error = {.message = ""};

    cr_expect(large_object("last", &error) == LIQ_OK, "%s", error.message);
    cr_expect(large_object("key0", NULL) == LIQ_BAD_INPUT);     /* the first when sorted */
    cr_expect(large_object("key99999", NULL) == LIQ_BAD_INPUT); /* and the last */
    cr_expect(large_object("key7919", &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message,
                     "t.json:200001: key \"key7919\" is there twice (first on line 3)") == 0,
              "%s", error.message);
}

Test(json, limits_depth_to_32)
{
    static const char text[] = "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]";
    liq_json *json = NULL;
    liq_error error = {.message = ""};

    cr_expect(liq_json_parse(&json, "t.json", liq_text_of(text), &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json:1: objects and arrays are nested more than 32 deep") ==
                  0,
              "%s", error.message);
}

Test(json, survives_a_million_open_brackets)
{
    const size_t bytes = 1000000;
    char *text = malloc(bytes);
    liq_json *json = NULL;

    memset(text, '[', bytes);
    cr_expect(liq_json_parse(&json, "t.json", (liq_text){text, bytes}, NULL) == LIQ_OUT_OF_RANGE);
    free(text);
}

Test(json, limits_the_number_of_values)
{
    const size_t bytes = 2 * 16777216 + 1; /* an array of 2^24 zeros: 2^24 + 1 values */
    char *text = malloc(bytes);
    liq_json *json = NULL;
    liq_error error = {.message = ""};

    for (size_t i = 0; i < bytes; i++)
        text[i] = i % 2 == 1 ? '0' : ',';
    text[0] = '[';
    text[bytes - 1] = ']';
    cr_expect(liq_json_parse(&json, "t.json", (liq_text){text, bytes}, &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json:1: more than 16777216 values") == 0, "%s",
              error.message);
    free(text);
}

Test(json, refuses_a_text_past_256_mebibytes_unread)
{
    liq_json *json = NULL;
    liq_error error = {.message = ""};
    const liq_text text = {"", (size_t)LIQ_JSON_BYTES_MAX + 1};

    cr_expect(liq_json_parse(&json, "t.json", text, &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json: has more than 268435456 bytes") == 0, "%s",
              error.message);
}

Test(json, loads_a_file)
{
    char path[] = "/tmp/liqscan_json_XXXXXX";
    const int descriptor = mkstemp(path);
    liq_json *json = NULL;
    liq_error error = {.message = ""};

    cr_assert(descriptor >= 0 && write(descriptor, "{\"a\":\n1}", 8) == 8);
    cr_assert(close(descriptor) == 0);
    cr_assert(liq_json_load(&json, path, &error) == LIQ_OK, "%s", error.message);
    cr_expect(liq_json_is_object(liq_json_root(json)));
    cr_expect(liq_json_fail(json, liq_json_member(liq_json_root(json), "a"), &error, LIQ_BAD_INPUT,
                            "no") == LIQ_BAD_INPUT);
    cr_expect(strcmp(strchr(error.message, ':'), ":2: a 1: no") == 0, "%s", error.message);
    cr_expect(strncmp(error.message, "liqscan_json_", 13) == 0, "%s", error.message);
    liq_json_destroy(json);
    cr_expect(unlink(path) == 0);
}

Test(json, refuses_paths_that_are_no_file)
{
    liq_json *json = NULL;
    liq_error error = {.message = ""};

    cr_expect(liq_json_load(&json, "/nowhere/venue.json", &error) == LIQ_NOT_FOUND);
    cr_expect(strcmp(error.message, "/nowhere/venue.json: no such file") == 0, "%s", error.message);
    cr_expect(liq_json_load(&json, "/tmp", &error) == LIQ_BAD_INPUT);
    cr_expect(liq_json_load(&json, "/dev/null", &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "null: holds no JSON value") == 0, "%s", error.message);
}
