/*
 * Values read out of a document, and refused with their place in it.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "shared_data.h"

static liq_json *parse(const char *text)
{
    liq_json *json = NULL;
    liq_error error = {.message = ""};

    cr_assert(liq_json_parse(&json, "t.json", liq_text_of(text), &error) == LIQ_OK, "%s",
              error.message);
    return json;
}

Test(json_read, walks_children_in_order)
{
    liq_json *json = parse("{\"a\":[10,[],{\"x\":1},20],\"b\":{},\"c\":\"\"}");
    const liq_json_value *const root = liq_json_root(json);
    const liq_json_value *value = liq_json_first(root);
    const liq_json_value *const array = value;
    uint32_t count = 0;
    int64_t integer = 0;

    cr_assert(value != NULL && liq_text_equal(liq_json_key(value), "a"));
    value = liq_json_next(value);
    cr_assert(value != NULL && liq_text_equal(liq_json_key(value), "b"));
    cr_expect(liq_json_first(value) == NULL);
    value = liq_json_next(value);
    cr_assert(value != NULL && liq_text_equal(liq_json_key(value), "c"));
    cr_expect(liq_json_first(value) == NULL && liq_json_next(value) == NULL);
    cr_expect(liq_json_next(root) == NULL && liq_json_key(root).bytes == 0);

    cr_expect(liq_json_array(json, array, 4, &count, NULL) == LIQ_OK && count == 4);
    value = liq_json_first(array);
    cr_expect(liq_json_key(value).bytes == 0);
    cr_expect(liq_json_integer(json, value, 0, 99, &integer, NULL) == LIQ_OK && integer == 10);
    value = liq_json_next(value);
    cr_expect(liq_json_is_array(value) && liq_json_first(value) == NULL);
    value = liq_json_next(value);
    cr_expect(liq_json_is_object(value) && liq_json_next(liq_json_first(value)) == NULL);
    value = liq_json_next(value);
    cr_expect(liq_json_integer(json, value, 0, 99, &integer, NULL) == LIQ_OK && integer == 20);
    cr_expect(liq_json_next(value) == NULL);
    liq_json_destroy(json);
}

Test(json_read, tells_kinds_apart)
{
    liq_json *json = parse("[{},[],\"\",0,true,false,null]");
    const liq_json_value *value = liq_json_first(liq_json_root(json));

    for (int i = 0; i < 7; i++, value = liq_json_next(value)) {
        cr_assert(value != NULL);
        cr_expect(liq_json_is_object(value) == (i == 0));
        cr_expect(liq_json_is_array(value) == (i == 1));
        cr_expect(liq_json_is_string(value) == (i == 2));
        cr_expect(liq_json_is_null(value) == (i == 6));
    }
    liq_json_destroy(json);
}

Test(json_read, finds_members_by_exact_key)
{
    liq_json *json = parse("{\"Lot\":1,\"lot\":2,\"l\\u006ft2\":3}");
    const liq_json_value *const root = liq_json_root(json);
    const liq_json_value *value = NULL;
    int64_t integer = 0;
    liq_error error = {.message = ""};

    value = liq_json_member(root, "lot");
    cr_expect(liq_json_integer(json, value, 0, 9, &integer, NULL) == LIQ_OK && integer == 2);
    value = liq_json_member(root, "lot2");
    cr_expect(liq_json_integer(json, value, 0, 9, &integer, NULL) == LIQ_OK && integer == 3);
    cr_expect(liq_json_member(root, "LOT") == NULL && liq_json_member(root, "") == NULL);
    cr_expect(liq_json_need(json, root, "Lot", &value, &error) == LIQ_OK);
    cr_expect(value == liq_json_first(root));
    cr_expect(liq_json_need(json, root, "tick", &value, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.json:1: lacks \"tick\"") == 0, "%s", error.message);
    liq_json_destroy(json);
}

Test(json_read, names_unknown_keys_with_their_line)
{
    static const char *const keys[] = {"symbol", "lot", NULL};
    liq_json *json = parse("{\"instruments\":\n [{\"symbol\":\"B\",\n   \"lott\":1}]}");
    const liq_json_value *const root = liq_json_root(json);
    const liq_json_value *const item = liq_json_first(liq_json_first(root));
    liq_error error = {.message = ""};

    cr_expect(liq_json_object(json, item, NULL, &error) == LIQ_OK);
    cr_expect(liq_json_object(json, item, keys, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message,
                     "t.json:3: instruments[0]: unknown key \"lott\" (known: symbol, lot)") == 0,
              "%s", error.message);
    cr_expect(liq_json_object(json, root, keys, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.json:1: unknown key \"instruments\" (known: symbol, lot)") ==
                  0,
              "%s", error.message);
    cr_expect(liq_json_object(json, liq_json_first(root), keys, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.json:2: instruments: expected an object, found an array") ==
                  0,
              "%s", error.message);
    liq_json_destroy(json);
}

/* Read value as the kind that is named; only the outcome counts. */
static liq_status read_as(const char *kind, const liq_json *json, const liq_json_value *value,
                          liq_error *error)
{
    liq_text text;
    int64_t integer;
    bool truth;
    uint32_t count;
    liq_decimal decimal;

    if (strcmp(kind, "a string") == 0)
        return liq_json_string(json, value, &text, error);
    if (strcmp(kind, "an integer") == 0)
        return liq_json_integer(json, value, 0, 9, &integer, error);
    if (strcmp(kind, "true or false") == 0)
        return liq_json_bool(json, value, &truth, error);
    if (strcmp(kind, "an array") == 0)
        return liq_json_array(json, value, 9, &count, error);
    if (strcmp(kind, "an object") == 0)
        return liq_json_object(json, value, NULL, error);
    if (strcmp(kind, "a number") == 0)
        return liq_json_number_decimal(json, value, &decimal, error);
    return liq_json_decimal(json, value, &decimal, error);
}

Test(json_read, refuses_values_of_another_kind)
{
    static const char *const found[] = {"a string", "a number",  "true or false",
                                        "null",     "an object", "an array"};
    static const char *const kinds[] = {"a string", "an integer", "true or false",
                                        "an array", "an object",  "a decimal in quotes",
                                        "a number"};
    liq_json *json = parse("[\"7\",7,true,null,{},[]]");
    const liq_json_value *value = liq_json_first(liq_json_root(json));
    int taken = 0;

    for (size_t i = 0; i < sizeof found / sizeof found[0]; i++, value = liq_json_next(value))
        for (size_t kind = 0; kind < sizeof kinds / sizeof kinds[0]; kind++) {
            liq_error error = {.message = ""};
            char expected[128];

            (void)snprintf(expected, sizeof expected, "expected %s, found %s", kinds[kind],
                           found[i]);
            if (read_as(kinds[kind], json, value, &error) == LIQ_OK)
                taken++;
            else if (strcmp(found[i], "a number") != 0 || kind != 5)
                cr_expect(strstr(error.message, expected), "%s", error.message);
        }
    cr_expect(taken == 7, "%d", taken); /* the string as a decimal, the number as an integer too */
    liq_json_destroy(json);
}

Test(json_read, shows_path_and_value)
{
    static const char text[] =
        "{\"instruments\":[0,0,0,{\"tiers\":[\n{},{},{\"mmr\":\"x\",\"n\":1.50,\"t\":true,"
        "\"1000BONK/USDC:USDC\":[-3],\"\":{\"a-b_c\":null}}]}]}";
    static const char *const messages[] = {
        "t.json:2: instruments[3].tiers[2].mmr \"x\": no 1",
        "t.json:2: instruments[3].tiers[2].n 1.50: no 1",
        "t.json:2: instruments[3].tiers[2].t true: no 1",
        "t.json:2: instruments[3].tiers[2][\"1000BONK/USDC:USDC\"]: no 1",
        "t.json:2: instruments[3].tiers[2][\"\"]: no 1",
    };
    liq_json *json = parse(text);
    const liq_json_value *value = liq_json_first(liq_json_first(liq_json_root(json)));
    liq_error error = {.message = ""};

    value = liq_json_first(liq_json_next(liq_json_next(liq_json_next(value))));
    value = liq_json_first(liq_json_next(liq_json_next(liq_json_first(value))));
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        cr_assert(value != NULL);
        cr_expect(liq_json_fail(json, value, &error, LIQ_OUT_OF_RANGE, "no %d", 1) ==
                  LIQ_OUT_OF_RANGE);
        cr_expect(strcmp(error.message, messages[i]) == 0, "%s", error.message);
        if (i == 3)
            cr_expect(liq_json_fail(json, liq_json_first(value), &error, LIQ_BAD_INPUT, "no") ==
                          LIQ_BAD_INPUT &&
                      strstr(error.message, "[2][\"1000BONK/USDC:USDC\"][0] -3: no") != NULL);
        if (i == 4)
            cr_expect(liq_json_fail(json, liq_json_first(value), &error, LIQ_BAD_INPUT, "no") ==
                          LIQ_BAD_INPUT &&
                      strstr(error.message, "[2][\"\"].a-b_c null: no") != NULL);
        value = liq_json_next(value);
    }
    liq_json_destroy(json);
}

Test(json_read, shows_the_root_without_a_path)
{
    liq_json *json = parse("\n\"a\\n\"");
    liq_error error = {.message = "why"};

    cr_expect(liq_json_fail(json, liq_json_root(json), &error, LIQ_BAD_INPUT, "%s",
                            error.message) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.json:2: \"a\\x0a\": why") == 0, "%s", error.message);
    liq_json_destroy(json);
}

Test(json_read, keeps_the_end_of_a_path_that_is_too_long)
{
    char text[2048] = "";
    const liq_json_value *value;
    liq_error error = {.message = ""};
    liq_json *json;

    for (int i = 0; i < 20; i++)
        strcat(text, "{\"a_key_of_twenty_byte\":");
    strcat(text, "7");
    for (int i = 0; i < 20; i++)
        strcat(text, "}");
    json = parse(text);
    value = liq_json_root(json);
    while (liq_json_first(value) != NULL)
        value = liq_json_first(value);
    cr_expect(liq_json_fail(json, value, &error, LIQ_BAD_INPUT, "the reason") == LIQ_BAD_INPUT);
    cr_expect(strncmp(error.message, "t.json:1: (...).a_key_of_twenty_byte.a_key", 40) == 0, "%s",
              error.message);
    cr_expect(strstr(error.message, ".a_key_of_twenty_byte 7: the reason") != NULL, "%s",
              error.message);
    liq_json_destroy(json);
}

Test(json_read, reads_integers_exactly_and_within_bounds)
{
    static const struct {
        const char *text;
        int64_t min;
        int64_t max;
        liq_status status;
        int64_t integer;
    } cases[] = {
        {"0", 0, 0, LIQ_OK, 0},
        {"-0", 0, 0, LIQ_OK, 0},
        {"18", 0, 18, LIQ_OK, 18},
        {"19", 0, 18, LIQ_OUT_OF_RANGE, 0},
        {"-1", 0, 18, LIQ_OUT_OF_RANGE, 0},
        {"9007199254740993", 0, INT64_MAX, LIQ_OK, 9007199254740993},
        {"9223372036854775807", 0, INT64_MAX, LIQ_OK, INT64_MAX},
        {"9223372036854775808", 0, INT64_MAX, LIQ_OUT_OF_RANGE, 0},
        {"-9223372036854775808", INT64_MIN, 0, LIQ_OK, INT64_MIN},
        {"-9223372036854775809", INT64_MIN, 0, LIQ_OUT_OF_RANGE, 0},
        {"99999999999999999999999999999999999999999999", 0, 9, LIQ_OUT_OF_RANGE, 0},
        {"1.0", 0, 9, LIQ_BAD_INPUT, 0},
        {"1e0", 0, 9, LIQ_BAD_INPUT, 0},
        {"0.5", 0, 9, LIQ_BAD_INPUT, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_json *json = parse(cases[i].text);
        int64_t integer = 0;
        const liq_status status =
            liq_json_integer(json, liq_json_root(json), cases[i].min, cases[i].max, &integer, NULL);

        cr_expect(status == cases[i].status && integer == cases[i].integer, "%s", cases[i].text);
        liq_json_destroy(json);
    }
}

Test(json_read, names_the_bounds_of_an_integer)
{
    liq_json *json = parse("{\"cash_decimals\":19}");
    int64_t integer = 0;
    liq_error error = {.message = ""};

    cr_expect(liq_json_integer(json, liq_json_first(liq_json_root(json)), 0, 18, &integer,
                               &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json:1: cash_decimals 19: must be in 0 .. 18") == 0, "%s",
              error.message);
    liq_json_destroy(json);
}

Test(json_read, limits_the_items_of_an_array)
{
    liq_json *json = parse("[1,2,3]");
    uint32_t count = 0;
    liq_error error = {.message = ""};

    cr_expect(liq_json_array(json, liq_json_root(json), 3, &count, &error) == LIQ_OK && count == 3);
    cr_expect(liq_json_array(json, liq_json_root(json), 2, &count, &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json:1: 3 items, the limit is 2") == 0, "%s", error.message);
    liq_json_destroy(json);
}

Test(json_read, unescapes_strings)
{
    liq_json *json = parse("\"\\u00e9\\ud83d\\ude00\\\\\\/\\\"\\n\"");
    liq_text text;

    cr_expect(liq_json_string(json, liq_json_root(json), &text, NULL) == LIQ_OK);
    cr_expect(liq_text_equal(text, "\xc3\xa9\xf0\x9f\x98\x80\\/\"\n"));
    liq_json_destroy(json);
}

Test(json_read, reads_decimals_from_strings_only)
{
    liq_json *json = parse("[\"-12.50\",\"1e5\",\"1234567890123456789\",12.5]");
    const liq_json_value *value = liq_json_first(liq_json_root(json));
    liq_decimal decimal = {0, 0};
    liq_error error = {.message = ""};

    cr_expect(liq_json_decimal(json, value, &decimal, &error) == LIQ_OK);
    cr_expect(decimal.digits == -125 && decimal.decimals == 1);
    value = liq_json_next(value);
    cr_expect(liq_json_decimal(json, value, &decimal, &error) == LIQ_BAD_INPUT);
    cr_expect(strncmp(error.message, "t.json:1: [1] \"1e5\": ", 21) == 0, "%s", error.message);
    value = liq_json_next(value);
    cr_expect(liq_json_decimal(json, value, &decimal, &error) == LIQ_OUT_OF_RANGE);
    value = liq_json_next(value);
    cr_expect(liq_json_decimal(json, value, &decimal, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.json:1: [3] 12.5: a decimal must stand in quotes, so that "
                                    "no program rounds it") == 0,
              "%s", error.message);
    liq_json_destroy(json);
}

Test(json_read, reads_numbers_as_the_decimals_they_spell)
{
    static const struct {
        const char *text;
        liq_status status;
        int64_t digits;
        int32_t decimals;
    } cases[] = {
        {"0", LIQ_OK, 0, 0},
        {"-0.000e-500", LIQ_OK, 0, 0},
        {"0e999999999999999999999", LIQ_OK, 0, 0},
        {"0.004", LIQ_OK, 4, 3},
        {"50000.0", LIQ_OK, 50000, 0},
        {"1e-05", LIQ_OK, 1, 5},
        {"1e-0000000000000000000000000000000005", LIQ_OK, 1, 5},
        {"-1.25E+3", LIQ_OK, -1250, 0},
        {"1.25e1", LIQ_OK, 125, 1},
        {"125e-1", LIQ_OK, 125, 1},
        {"0.1", LIQ_OK, 1, 1},
        {"9007199254740993", LIQ_OK, 9007199254740993, 0},
        {"123456789012345678", LIQ_OK, 123456789012345678, 0},
        {"0.000000000000123456789012345678", LIQ_OK, 123456789012345678, 30},
        {"1e-30", LIQ_OK, 1, 30},
        {"1e17", LIQ_OK, 100000000000000000, 0},
        {"100000000000000000000000000000000000000e-38", LIQ_OK, 1, 0},
        {"0.00000000000000000000000000000000000000000000001e47", LIQ_OK, 1, 0},
        {"1e18", LIQ_OUT_OF_RANGE, 0, 0},
        {"1e-31", LIQ_OUT_OF_RANGE, 0, 0},
        {"1e400", LIQ_OUT_OF_RANGE, 0, 0},
        {"1e-400", LIQ_OUT_OF_RANGE, 0, 0},
        {"1e99999999999999999999999", LIQ_OUT_OF_RANGE, 0, 0},
        {"-1e-99999999999999999999999", LIQ_OUT_OF_RANGE, 0, 0},
        {"1234567890123456789", LIQ_OUT_OF_RANGE, 0, 0},
        {"0.1234567890123456789", LIQ_OUT_OF_RANGE, 0, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_json *json = parse(cases[i].text);
        liq_decimal decimal = {0, 0};
        const liq_status status =
            liq_json_number_decimal(json, liq_json_root(json), &decimal, NULL);

        cr_expect(status == cases[i].status && decimal.digits == cases[i].digits &&
                      decimal.decimals == cases[i].decimals,
                  "%s: %lld e-%d", cases[i].text, (long long)decimal.digits, decimal.decimals);
        liq_json_destroy(json);
    }
}

Test(json_read, says_why_a_number_is_no_decimal)
{
    liq_json *json = parse("{\"mmr\":1e-31}");
    liq_decimal decimal;
    liq_error error = {.message = ""};

    cr_expect(liq_json_number_decimal(json, liq_json_first(liq_json_root(json)), &decimal,
                                      &error) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.json:1: mmr 1e-31: has more than 30 decimals") == 0, "%s",
              error.message);
    liq_json_destroy(json);
}

Test(json_read, stops_the_program_for_a_value_that_is_not_there, .signal = SIGABRT)
{
    liq_json *json = parse("{}");

    (void)liq_json_is_string(liq_json_member(liq_json_root(json), "a"));
}

Test(json_read, loads_the_real_tiers_exactly)
{
    char path[512];
    liq_json *json = NULL;
    liq_error error = {.message = ""};
    size_t symbols = 0;
    size_t tiers = 0;

    shared_data_path(path, sizeof path, "data/binance_leverage_tiers.json");
    cr_assert(liq_json_load(&json, path, &error) == LIQ_OK, "%s", error.message);
    for (const liq_json_value *symbol = liq_json_first(liq_json_root(json)); symbol != NULL;
         symbol = liq_json_next(symbol), symbols++)
        for (const liq_json_value *tier = liq_json_first(symbol); tier != NULL;
             tier = liq_json_next(tier), tiers++) {
            const liq_json_value *rate = NULL;
            liq_decimal decimal;

            cr_assert(liq_json_need(json, tier, "maintenanceMarginRate", &rate, &error) == LIQ_OK);
            cr_assert(liq_json_number_decimal(json, rate, &decimal, &error) == LIQ_OK, "%s",
                      error.message);
        }
    cr_expect(symbols == 349 && tiers == 2805, "%zu %zu", symbols, tiers);
    liq_json_destroy(json);
}
