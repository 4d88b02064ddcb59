#include <criterion/criterion.h>

#include <string.h>

#include "feed/feed_hello.h"

static const char *const sources[] = {"orders", NULL, "marks \"q\""};

static liq_status read_hello(const char *line, liq_feed_hello *out, liq_error *err)
{
    return liq_feed_hello_read(out, liq_text_of(line), sources, 3, err);
}

Test(feed_hello, reads_what_a_connection_is)
{
    liq_feed_hello hello;

    cr_assert(read_hello("{\"source\":\"orders\"}", &hello, NULL) == LIQ_OK);
    cr_expect(hello.source == 0);
    cr_assert(read_hello(" {\"source\": \"marks \\\"q\\\"\"}\r", &hello, NULL) == LIQ_OK);
    cr_expect(hello.source == 2);
    cr_assert(read_hello("{\"subscribe\":{\"from\":9223372036854775807}}", &hello, NULL) == LIQ_OK);
    cr_expect(hello.source == UINT32_MAX && hello.from == INT64_MAX);
}

Test(feed_hello, refuses_anything_else)
{
    static const struct {
        const char *line;
        const char *message;
    } cases[] = {
        {"", "hello: holds no JSON value"},
        {"GET / HTTP/1.1\r", "hello:1: column 1: expected a value, found GET / HTTP/1.1"},
        {"[]", "hello:1: expected an object, found an array"},
        {"{}", "hello:1: needs \"source\" or \"subscribe\", and not both"},
        {"{\"source\":\"orders\",\"subscribe\":{\"from\":1}}",
         "hello:1: needs \"source\" or \"subscribe\", and not both"},
        {"{\"source\":\"orders\",\"x\":1}",
         "hello:1: unknown key \"x\" (known: source, subscribe)"},
        {"{\"source\":\"order\"}", "hello:1: source \"order\": is no source of this socket"},
        {"{\"source\":\"\"}", "hello:1: source \"\": is no source of this socket"},
        {"{\"source\":7}", "hello:1: source 7: expected a string, found a number"},
        {"{\"source\":\"orders\",\"source\":\"orders\"}",
         "hello:1: key \"source\" is there twice (first on line 1)"},
        {"{\"subscribe\":1}", "hello:1: subscribe 1: expected an object, found a number"},
        {"{\"subscribe\":{}}", "hello:1: subscribe: lacks \"from\""},
        {"{\"subscribe\":{\"from\":0}}",
         "hello:1: subscribe.from 0: must be in 1 .. 9223372036854775807"},
        {"{\"subscribe\":{\"from\":\"1\"}}",
         "hello:1: subscribe.from \"1\": expected an integer, found a string"},
        {"{\"subscribe\":{\"from\":1,\"to\":2}}",
         "hello:1: subscribe: unknown key \"to\" (known: from)"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_feed_hello hello;
        liq_error error = {.message = ""};

        cr_expect(read_hello(cases[i].line, &hello, &error) != LIQ_OK, "%s", cases[i].line);
        cr_expect(strstr(error.message, cases[i].message) == error.message, "%s\nrather than %s",
                  error.message, cases[i].message);
    }
}
