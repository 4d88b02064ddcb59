#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/support_refused.h"

enum { DUMP_BYTES = 4096, COLUMNS = 3 };

static const liq_csv_column columns[COLUMNS] = {
    {"account", true}, {"amount", true}, {"note", false}};

/* Read a text and write its rows as "account|amount|note;" each. */
static liq_status dump(liq_text text, char *out, liq_error *error)
{
    liq_csv *csv = NULL;
    bool more = true;
    size_t used = 0;
    liq_status status;

    out[0] = '\0';
    status = liq_csv_open_text(&csv, "t.csv", text, columns, COLUMNS, NULL, error);
    while (status == LIQ_OK && (status = liq_csv_next(csv, &more, error)) == LIQ_OK && more)
        for (uint32_t i = 0; i < COLUMNS; i++) {
            const liq_text field = liq_csv_field(csv, i);

            used += (size_t)snprintf(out + used, DUMP_BYTES - used, "%.*s%c", (int)field.bytes,
                                     field.data, i + 1 < COLUMNS ? '|' : ';');
        }
    liq_csv_destroy(csv);
    return status;
}

Test(csv, reads_what_is_well_formed)
{
    static const struct {
        const char *text;
        const char *rows;
    } cases[] = {
        {"account,amount\na,1\n", "a|1|;"},
        {"account,amount\na,1", "a|1|;"},
        {"account,amount\r\na,1\r\n", "a|1|;"},
        {"account,amount\r\na,1\nb,2\r\nc,3", "a|1|;b|2|;c|3|;"},
        {"\xef\xbb\xbf"
         "account,amount\na,1\n",
         "a|1|;"},
        {"note,amount,account\nx,1,a\n", "a|1|x;"},
        {"account,amount\n", ""},
        {"account,amount", ""},
        {"account,amount\na,1\n\n", "a|1|;"},
        {"account,amount\na,1\n\r\n\n\n", "a|1|;"},
        {"account,amount\n\n", ""},
        {"account,amount,note\na,,\n,,\n,1,\n", "a||;||;|1|;"},
        {"account,amount,note\n\"a\",\"1\",\"x\"\n", "a|1|x;"},
        {"account,amount,note\n\"a,b\",1,\"\"\n", "a,b|1|;"},
        {"account,amount,note\n\"a\"\"b\",1,\"\"\"\"\n", "a\"b|1|\";"},
        {"account,amount,note\na,1,\"\"\"x\"\"y\"\"\"", "a|1|\"x\"y\";"},
        {"\"account\",\"amount\"\r\n\"a\",1\r\n", "a|1|;"},
        {"account,amount\n\xe2\x82\xac,1\n\xf0\x9f\x98\x80,\xc3\xa9\n",
         "\xe2\x82\xac|1|;\xf0\x9f\x98\x80|\xc3\xa9|;"},
        {"account,amount\na\tb, 1 \n", "a\tb| 1 |;"},
        {"account,amount\n12345678,12345678\n1234567,1234567\n",
         "12345678|12345678|;1234567|1234567|;"},
        {"account,amount\n\"\",\"\"\n", "||;"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rows[DUMP_BYTES];
        liq_error error = {.message = ""};
        const liq_status status = dump(liq_text_of(cases[i].text), rows, &error);

        cr_expect(status == LIQ_OK && strcmp(rows, cases[i].rows) == 0, "case %zu: %s %s", i, rows,
                  error.message);
    }
}

static void refused_check(const refused_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char rows[DUMP_BYTES];
        liq_error error = {.message = ""};
        const liq_status status = dump(cases[i].text, rows, &error);

        cr_expect(status == LIQ_BAD_INPUT && error.status == LIQ_BAD_INPUT &&
                      strcmp(error.message, cases[i].message) == 0,
                  "case %zu: %s\nrather than %s", i, error.message, cases[i].message);
    }
}

Test(csv, refuses_a_bad_header)
{
    static const refused_case cases[] = {
        REFUSED("", "t.csv: the file is empty, a header line is needed"),
        REFUSED("\xef\xbb\xbf", "t.csv: the file is empty, a header line is needed"),
        REFUSED("\n", "t.csv:1: column 1 of the header has no name"),
        REFUSED("\r\naccount,amount\n", "t.csv:1: column 1 of the header has no name"),
        REFUSED("account,,amount\n", "t.csv:1: column 2 of the header has no name"),
        REFUSED("account,amount,\n", "t.csv:1: column 3 of the header has no name"),
        REFUSED("account,amount,acount\n",
                "t.csv:1: unknown column \"acount\" (known: account, amount, note)"),
        REFUSED("Account,amount\n",
                "t.csv:1: unknown column \"Account\" (known: account, amount, note)"),
        REFUSED("account, amount\n",
                "t.csv:1: unknown column \" amount\" (known: account, amount, note)"),
        REFUSED("account,amount,account\n", "t.csv:1: column \"account\" is there twice"),
        REFUSED("note\n", "t.csv:1: the header lacks account, amount"),
        REFUSED("amount,note\n", "t.csv:1: the header lacks account"),
        REFUSED("account,amount\xff\n", "t.csv:1: column 2 \"amount\\xff\": byte 7 is not UTF-8"),
        REFUSED("account,\"amount\n",
                "t.csv:1: column 2 \"\"amount\": the closing quote is missing (a field may not "
                "span lines)"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(csv, refuses_a_bad_row_and_says_where)
{
    static const refused_case cases[] = {
        REFUSED("account,amount\na\n", "t.csv:2: 1 fields, the header has 2"),
        REFUSED("account,amount\na,1,\n", "t.csv:2: 3 fields, the header has 2"),
        REFUSED("account,amount\na,1\nb,2,3,4", "t.csv:3: 4 fields, the header has 2"),
        REFUSED("account,amount\na,1\n\nb,2\n", "t.csv:3: the line is empty"),
        REFUSED("account,amount\n\r\n\n\nb,2\n", "t.csv:2: the line is empty"),
        REFUSED("account,amount\na,1\n ", "t.csv:3: 1 fields, the header has 2"),
        REFUSED("account,amount\na\xc3,1\n", "t.csv:2: account \"a\\xc3\": byte 2 is not UTF-8"),
        REFUSED("account,amount\na,\xed\xa0\x80\n",
                "t.csv:2: amount \"\\xed\\xa0\\x80\": byte 1 is not UTF-8"),
        REFUSED("account,amount\n\xe2\x82\xac"
                "b\xc0\x80,1\n",
                "t.csv:2: account \"\xe2\x82\xac"
                "b\\xc0\\x80\": byte 5 is not UTF-8"),
        REFUSED("account,amount\nab\0c,1\n", "t.csv:2: account \"ab\": byte 3 is NUL"),
        REFUSED("account,amount\na,1\0\n", "t.csv:2: amount \"1\": byte 2 is NUL"),
        REFUSED("account,amount\na,1\rb,2\n",
                "t.csv:2: amount \"1\\x0db\": byte 2 is a carriage return that no line feed "
                "follows"),
        REFUSED("account,amount\na,1\r",
                "t.csv:2: amount \"1\\x0d\": byte 2 is a carriage return that no line feed "
                "follows"),
        REFUSED("account,amount\n\r",
                "t.csv:2: account \"\\x0d\": byte 1 is a carriage return that no line feed "
                "follows"),
        REFUSED("account,amount\na,1\r\r\n",
                "t.csv:2: amount \"1\\x0d\": byte 2 is a carriage return that no line feed "
                "follows"),
        REFUSED("account,amount\na,\"1\n2\"\n",
                "t.csv:2: amount \"\"1\": the closing quote is missing (a field may not span "
                "lines)"),
        REFUSED("account,amount\na,\"\n",
                "t.csv:2: amount \"\"\": the closing quote is missing (a field may not span "
                "lines)"),
        REFUSED("account,amount\na,\"1\"\"\n",
                "t.csv:2: amount \"\"1\"\"\": the closing quote is missing (a field may not span "
                "lines)"),
        REFUSED("account,amount\n\"a\"b,1\n",
                "t.csv:2: account \"\"a\"b,1\": text after the closing quote"),
        REFUSED("account,amount\n\"a\" ,1\n",
                "t.csv:2: account \"\"a\" ,1\": text after the closing quote"),
        REFUSED("account,amount\na\"b\",1\n",
                "t.csv:2: account \"a\"b\"\": a quote inside a field that does not start with one"),
        REFUSED("account,amount\na, \"1\"\n",
                "t.csv:2: amount \" \"1\"\": a quote inside a field that does not start with one"),
        REFUSED("account,amount\na,1,\"x\n",
                "t.csv:2: column 3 \"\"x\": the closing quote is missing (a field may not span "
                "lines)"),
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(csv, refuses_a_header_of_more_than_32_columns)
{
    char text[128] = "a";
    char rows[DUMP_BYTES];
    liq_error error = {.message = ""};

    for (int i = 0; i < 32; i++)
        strcat(text, ",a");
    cr_expect(dump(liq_text_of(text), rows, &error) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.csv:1: 33 columns, the limit is 32") == 0, "%s",
              error.message);
}

/* A header and one row of two fields; the first has bytes bytes, all equal. */
static liq_status long_line(size_t bytes, char byte, const char *behind, liq_error *error)
{
    static const char header[] = "account,amount\n";
    const size_t all = sizeof header - 1 + bytes + strlen(behind);
    char *text = malloc(all + 1);
    liq_csv *csv = NULL;
    bool more = false;
    liq_status status;

    cr_assert(text != NULL);
    memcpy(text, header, sizeof header - 1);
    memset(text + sizeof header - 1, byte, bytes);
    strcpy(text + all - strlen(behind), behind);
    status = liq_csv_open_text(&csv, "t.csv", (liq_text){text, all}, columns, COLUMNS, NULL, error);
    cr_assert(status == LIQ_OK);
    status = liq_csv_next(csv, &more, error);
    if (status == LIQ_OK)
        cr_expect(more && liq_csv_field(csv, 0).bytes == bytes);
    if (status == LIQ_OK)
        cr_expect(liq_csv_next(csv, &more, error) == LIQ_OK && !more);
    liq_csv_destroy(csv);
    free(text);
    return status;
}

Test(csv, takes_lines_of_65536_bytes_and_none_longer)
{
    static const struct {
        size_t bytes;
        const char *behind;
        liq_status status;
    } cases[] = {
        {65534, ",1\n", LIQ_OK},
        {65534, ",1\r\n", LIQ_OK},
        {65534, ",1", LIQ_OK},
        {65535, ",1\n", LIQ_BAD_INPUT},
        {65535, ",1\r\n", LIQ_BAD_INPUT},
        {65535, ",1", LIQ_BAD_INPUT},
        {65536, ",1\n", LIQ_BAD_INPUT},
        {65537, ",1\n", LIQ_BAD_INPUT},
        {66000, ",1\n", LIQ_BAD_INPUT},
        {900000, ",1\n", LIQ_BAD_INPUT},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_error error = {.message = ""};

        cr_expect(long_line(cases[i].bytes, 'x', cases[i].behind, &error) == cases[i].status,
                  "case %zu: %s", i, error.message);
        cr_expect(long_line(cases[i].bytes, ',', cases[i].behind, &error) == LIQ_BAD_INPUT);
    }
}

Test(csv, says_how_long_a_line_is_at_least)
{
    liq_error error = {.message = ""};

    cr_expect(long_line(100000000, 'x', "\n", &error) == LIQ_BAD_INPUT);
    cr_expect(
        strcmp(error.message, "t.csv:2: a line of at least 65538 bytes, the limit is 65536") == 0,
        "%s", error.message);
}

/* Open a text and step to its first row. */
static liq_csv *first_row(const char *text)
{
    liq_csv *csv = NULL;
    bool more = false;

    cr_assert(liq_csv_open_text(&csv, "t.csv", liq_text_of(text), columns, COLUMNS, NULL, NULL) ==
              LIQ_OK);
    cr_assert(liq_csv_next(csv, &more, NULL) == LIQ_OK && more);
    return csv;
}

Test(csv, tells_line_size_and_columns)
{
    const char *text = "account,amount\r\na,1\r\nb,2\n";
    liq_csv *csv = first_row(text);
    bool more = false;

    cr_expect(liq_csv_bytes(csv) == strlen(text));
    cr_expect(liq_csv_line(csv) == 2);
    cr_expect(liq_csv_has(csv, 0) && liq_csv_has(csv, 1) && !liq_csv_has(csv, 2));
    cr_expect(liq_csv_next(csv, &more, NULL) == LIQ_OK && more);
    cr_expect(liq_csv_line(csv) == 3);
    for (int i = 0; i < 3; i++) /* the end stays the end */
        cr_expect(liq_csv_next(csv, &more, NULL) == LIQ_OK && !more);
    liq_csv_destroy(csv);
    liq_csv_destroy(NULL);
}

Test(csv, refuses_a_field_with_its_place_and_value)
{
    liq_csv *csv = first_row("account,amount\na,-3\n");
    liq_error error = {.message = ""};

    cr_expect(liq_csv_fail(csv, 1, &error, LIQ_OUT_OF_RANGE, "is below %d", 0) == LIQ_OUT_OF_RANGE);
    cr_expect(strcmp(error.message, "t.csv:2: amount \"-3\": is below 0") == 0, "%s",
              error.message);
    cr_expect(error.status == LIQ_OUT_OF_RANGE);
    cr_expect(liq_csv_fail(csv, 2, &error, LIQ_BAD_INPUT, "is needed here") == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.csv:2: note: is needed here") == 0, "%s", error.message);
    cr_expect(liq_csv_fail(csv, 0, NULL, LIQ_DUPLICATE, "twice") == LIQ_DUPLICATE);
    liq_csv_destroy(csv);
}

Test(csv, takes_the_reason_from_the_error_it_fills)
{
    liq_csv *csv = first_row("account,amount\na,x\n");
    liq_error error = {.message = "is no number"};

    cr_expect(liq_csv_fail(csv, 1, &error, LIQ_BAD_INPUT, "%s", error.message) == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, "t.csv:2: amount \"x\": is no number") == 0, "%s",
              error.message);
    liq_csv_destroy(csv);
}

Test(csv, cuts_a_shown_value_at_64_bytes_between_characters)
{
    char text[256] = "account,amount\n";
    char wanted[256] = "t.csv:2: account \"";
    liq_csv *csv;
    liq_error error = {.message = ""};

    strcat(text, "x");
    strcat(wanted, "x");
    for (int i = 0; i < 40; i++)
        strcat(text, "\xc3\xa9");
    for (int i = 0; i < 31; i++) /* 1 + 2 x 31 bytes: one more character would be cut in half */
        strcat(wanted, "\xc3\xa9");
    strcat(text, ",1\n");
    strcat(wanted, "\": no");
    csv = first_row(text);
    cr_expect(liq_csv_fail(csv, 0, &error, LIQ_BAD_INPUT, "no") == LIQ_BAD_INPUT);
    cr_expect(strcmp(error.message, wanted) == 0, "%s", error.message);
    liq_csv_destroy(csv);
}
