/*
 * What a line of each type becomes, and what is refused with which words. That nothing else is
 * taken or refused is tested in test_feed_parse_random.c.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "feed/feed_parse.h"

static liq_feed_parser parser;
static liq_feed_batch *batch;

static void setup(void)
{
    cr_assert(liq_feed_batch_create(&batch, NULL) == LIQ_OK);
}

static void teardown(void)
{
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
}

TestSuite(feed_parse, .init = setup, .fini = teardown);

static const liq_feed_event *parse(const char *line)
{
    cr_assert(liq_feed_parse(&parser, batch, liq_text_of(line), NULL) == LIQ_OK);
    return &batch->events[batch->event_count - 1];
}

/* Parse a line that must be an event. */
static const liq_feed_event *take(const char *line, liq_feed_kind kind)
{
    const liq_feed_event *event = parse(line);

    cr_assert(event->kind == kind, "%s: %s", line, event->reason);
    cr_assert(event->reason == NULL);
    cr_assert(event->line.data == line && event->line.bytes == strlen(line));
    return event;
}

static void expect_text(const char *text, const char *expected)
{
    cr_expect(text != NULL && strcmp(text, expected) == 0, "%s rather than %s", text, expected);
}

Test(feed_parse, reads_what_every_event_may_carry)
{
    const liq_feed_event *event =
        take(" { \"time\" : 1700000000123 , \"seq\":9223372036854775807,\"type\":\"balance\","
             "\"account\":\"a\",\"accountSeq\":7,\"more\":true,\"asset\":\"USDT\","
             "\"walletBalance\":\"-1.50\",\"after\":{\"orders\":12,\"marks\":1} }\r",
             LIQ_FEED_BALANCE);

    cr_expect(event->seq == INT64_MAX && event->time_ms == 1700000000123);
    cr_expect(event->account_seq == 7 && event->more);
    expect_text(event->account, "a");
    expect_text(event->symbol, "USDT");
    expect_text(event->amount, "-1.50");
    cr_assert(event->after_count == 2);
    expect_text(event->after[0].source, "orders");
    expect_text(event->after[1].source, "marks");
    cr_expect(event->after[0].seq == 12 && event->after[1].seq == 1);
    event = take("{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\"}", LIQ_FEED_FUND);
    cr_expect(event->seq == 1 && event->time_ms == 0 && event->account_seq == 0 && !event->more);
    cr_expect(event->after_count == 0 && event->account == NULL);
    expect_text(event->symbol, "F");
    expect_text(event->amount, "5");
}

Test(feed_parse, reads_marks)
{
    const liq_feed_event *event =
        take("{\"type\":\"marks\",\"seq\":3,\"marks\":[{\"symbol\":\"BTCUSDT\","
             "\"markPrice\":\"50000.1\"},{\"indexPrice\":\"50001\",\"symbol\":\"BTC\"}]}",
             LIQ_FEED_MARKS);

    cr_assert(event->pair_count == 2);
    expect_text(event->pairs[0].symbol, "BTCUSDT");
    expect_text(event->pairs[0].price, "50000.1");
    cr_expect(event->pairs[0].what == LIQ_FEED_MARK_PRICE && event->pairs[0].quantity == NULL);
    expect_text(event->pairs[1].symbol, "BTC");
    expect_text(event->pairs[1].price, "50001");
    cr_expect(event->pairs[1].what == LIQ_FEED_INDEX_PRICE);
}

Test(feed_parse, reads_what_marks_are_made_of)
{
    const liq_feed_event *event =
        take("{\"type\":\"marks\",\"seq\":3,\"marks\":[{\"symbol\":\"S\",\"indexPrice\":\"1\","
             "\"last\":\"2\",\"bid\":\"3\",\"ask\":\"4\",\"outsidePrice\":\"5\",\"fundingRate\":"
             "\"-0.0001\",\"fundingTimestamp\":7,\"fundingInterval\":86400000},"
             "{\"last\":\"0\",\"symbol\":\"T\",\"volume\":\"0.5\"},"
             "{\"volume\":\"12\",\"symbol\":\"U\",\"markPrice\":\"1\"}]}",
             LIQ_FEED_MARKS);
    const liq_mark_texts *of = event->pairs[0].made_of;

    cr_assert(event->pair_count == 3 && of != NULL);
    cr_expect(event->pairs[0].price == NULL && event->pairs[0].what == LIQ_FEED_MARK_PRICE);
    expect_text(of->index, "1");
    expect_text(of->last, "2");
    expect_text(of->bid, "3");
    expect_text(of->ask, "4");
    expect_text(of->outside, "5");
    expect_text(of->funding_rate, "-0.0001");
    cr_expect(of->funding_time_ms == 7 && of->funding_interval_ms == 86400000);
    of = event->pairs[1].made_of;
    cr_assert(of != NULL && of->index == NULL && of->bid == NULL && of->funding_rate == NULL);
    expect_text(of->last, "0");
    expect_text(event->pairs[1].quantity, "0.5");
    cr_expect(event->pairs[0].quantity == NULL && event->pairs[2].made_of == NULL);
    expect_text(event->pairs[2].quantity, "12");
}

Test(feed_parse, reads_accounts)
{
    const liq_feed_event *event =
        take("{\"type\":\"account\",\"seq\":1,\"account\":\"a\"}", LIQ_FEED_ACCOUNT);

    cr_expect(!event->is_portfolio && !event->is_exempt && !event->is_closed);
    event = take("{\"type\":\"account\",\"seq\":1,\"account\":\"a\",\"mode\":\"portfolio\","
                 "\"adlExempt\":true}",
                 LIQ_FEED_ACCOUNT);
    cr_expect(event->is_portfolio && event->is_exempt && !event->is_closed);
    event = take("{\"type\":\"account\",\"seq\":1,\"account\":\"a\",\"mode\":\"cross\","
                 "\"adlExempt\":false}",
                 LIQ_FEED_ACCOUNT);
    cr_expect(!event->is_portfolio && !event->is_exempt && !event->is_closed);
    event = take("{\"type\":\"account\",\"seq\":1,\"account\":\"a\",\"status\":\"closed\"}",
                 LIQ_FEED_ACCOUNT);
    cr_expect(event->is_closed);
}

Test(feed_parse, reads_positions)
{
    const liq_feed_event *event =
        take("{\"type\":\"position\",\"seq\":1,\"account\":\"a\",\"symbol\":\"BTCUSDT\","
             "\"side\":\"short\",\"contracts\":\"0.5\",\"entryPrice\":\"49000\"}",
             LIQ_FEED_POSITION);

    cr_expect(event->is_short && !event->is_isolated && event->margin == NULL);
    expect_text(event->amount, "0.5");
    expect_text(event->price, "49000");
    event = take("{\"type\":\"position\",\"seq\":1,\"account\":\"a\",\"symbol\":\"BTCUSDT\","
                 "\"side\":\"long\",\"contracts\":\"2\",\"entryPrice\":\"49000\","
                 "\"marginMode\":\"isolated\",\"isolatedMargin\":\"100\"}",
                 LIQ_FEED_POSITION);
    cr_expect(!event->is_short && event->is_isolated);
    expect_text(event->margin, "100");
    event = take("{\"type\":\"position\",\"seq\":1,\"account\":\"a\",\"symbol\":\"BTCUSDT\","
                 "\"side\":\"long\",\"contracts\":\"0.00\",\"marginMode\":\"isolated\"}",
                 LIQ_FEED_POSITION);
    cr_expect(event->is_isolated && event->price == NULL && event->margin == NULL);
    expect_text(event->amount, "0.00");
}

Test(feed_parse, reads_orders)
{
    const liq_feed_event *event =
        take("{\"type\":\"order\",\"seq\":1,\"account\":\"a\",\"symbol\":\"S\","
             "\"id\":9223372036854775807,\"side\":\"sell\",\"remaining\":\"1\",\"price\":\"2\"}",
             LIQ_FEED_ORDER);

    cr_expect(event->number == INT64_MAX && event->is_short);
    expect_text(event->amount, "1");
    expect_text(event->price, "2");
    event = take("{\"type\":\"order\",\"seq\":1,\"account\":\"a\",\"symbol\":\"S\",\"id\":1,"
                 "\"side\":\"buy\",\"remaining\":\"1\",\"price\":\"2\"}",
                 LIQ_FEED_ORDER);
    cr_expect(!event->is_short);
    event = take("{\"type\":\"order\",\"seq\":1,\"account\":\"a\",\"symbol\":\"S\",\"id\":1,"
                 "\"remaining\":\"0\"}",
                 LIQ_FEED_ORDER);
    cr_expect(event->price == NULL);
}

Test(feed_parse, reads_depth)
{
    const liq_feed_event *event =
        take("{\"type\":\"depth\",\"seq\":1,\"symbol\":\"S\",\"asks\":[[\"3\",\"4\"]],"
             "\"bids\":[[\"2\",\"1\"],[\"1\",\"5\"]]}",
             LIQ_FEED_DEPTH);

    cr_assert(event->pair_count == 3);
    cr_expect(event->pairs[0].what == LIQ_FEED_BID && event->pairs[1].what == LIQ_FEED_BID);
    cr_expect(event->pairs[2].what == LIQ_FEED_ASK && event->pairs[0].symbol == NULL);
    expect_text(event->pairs[0].price, "2");
    expect_text(event->pairs[1].quantity, "5");
    expect_text(event->pairs[2].price, "3");
    event = take("{\"type\":\"depth\",\"seq\":1,\"symbol\":\"S\",\"asks\":[],\"bids\":[]}",
                 LIQ_FEED_DEPTH);
    cr_expect(event->pair_count == 0);
    event = take("{\"type\":\"depthUpdate\",\"seq\":1,\"symbol\":\"S\",\"asks\":[[\"3\",\"0\"]]}",
                 LIQ_FEED_DEPTH_UPDATE);
    cr_assert(event->pair_count == 1);
    expect_text(event->pairs[0].quantity, "0");
}

Test(feed_parse, reads_funding_and_fills)
{
    const liq_feed_event *event =
        take("{\"type\":\"funding\",\"seq\":1,\"account\":\"a\",\"asset\":\"USDT\","
             "\"amount\":\"-0.1\"}",
             LIQ_FEED_FUNDING);

    cr_expect(!event->is_isolated);
    expect_text(event->symbol, "USDT");
    event = take("{\"type\":\"funding\",\"seq\":1,\"account\":\"a\",\"symbol\":\"S\","
                 "\"side\":\"short\",\"marginMode\":\"isolated\",\"amount\":\"1\"}",
                 LIQ_FEED_FUNDING);
    cr_expect(event->is_isolated && event->is_short);
    event = take("{\"type\":\"fill\",\"seq\":1,\"request\":44,\"amount\":\"3\",\"price\":\"2\","
                 "\"last\":false}",
                 LIQ_FEED_FILL);
    cr_expect(event->number == 44 && !event->is_last);
    event = take("{\"type\":\"fill\",\"seq\":1,\"account\":\"a\",\"request\":44,\"amount\":\"0\","
                 "\"last\":true}",
                 LIQ_FEED_FILL);
    cr_expect_str_eq(event->account, "a");
    event = take("{\"type\":\"fill\",\"seq\":1,\"request\":44,\"amount\":\"0\",\"last\":true}",
                 LIQ_FEED_FILL);
    cr_expect(event->is_last && event->price == NULL);
}

Test(feed_parse, reads_definitions_and_control)
{
    const liq_feed_event *event =
        take("{\"type\":\"volatility\",\"seq\":1,\"symbol\":\"S\",\"impliedVolatility\":\"0.8\"}",
             LIQ_FEED_VOLATILITY);

    expect_text(event->amount, "0.8");
    event = take("{\"type\":\"asset\",\"seq\":1,\"definition\": {\"asset\" : [1, 2]} }",
                 LIQ_FEED_ASSET);
    cr_expect(liq_text_equal(event->definition, "{\"asset\" : [1, 2]}"));
    event = take("{\"type\":\"instrument\",\"seq\":1,\"definition\":{}}", LIQ_FEED_INSTRUMENT);
    cr_expect(liq_text_equal(event->definition, "{}"));
    event = take("{\"type\":\"control\",\"seq\":1,\"action\":\"halt\",\"symbol\":\"S\"}",
                 LIQ_FEED_CONTROL);
    cr_expect(event->control == LIQ_FEED_HALT);
    event = take("{\"type\":\"control\",\"seq\":1,\"action\":\"resume\"}", LIQ_FEED_CONTROL);
    cr_expect(event->control == LIQ_FEED_RESUME && event->symbol == NULL);
    event =
        take("{\"type\":\"control\",\"seq\":1,\"action\":\"snapshot_begin\"}", LIQ_FEED_CONTROL);
    cr_expect(event->control == LIQ_FEED_SNAPSHOT_BEGIN);
    event = take("{\"type\":\"control\",\"seq\":1,\"action\":\"snapshot_end\",\"account\":\"a\"}",
                 LIQ_FEED_CONTROL);
    cr_expect(event->control == LIQ_FEED_SNAPSHOT_END);
    expect_text(event->account, "a");
}

Test(feed_parse, resolves_escapes_in_keys_and_texts)
{
    const liq_feed_event *event =
        take("{\"\\u0074\\u0079pe\":\"f\\u0075nd\",\"seq\":1,"
             "\"fund\":\"\\\"\\\\\\/\\u00e9\\u20AC\\ud83D\\uDE00\",\"balance\":\"\\u0031\"}",
             LIQ_FEED_FUND);

    expect_text(event->symbol, "\"\\/\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
    expect_text(event->amount, "1");
}

typedef struct refused_case {
    const char *line;
    uint64_t seq;
    const char *account;
    const char *reason;
} refused_case;

static void refused_check(const refused_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const liq_feed_event *event = parse(cases[i].line);

        cr_assert(event->kind == LIQ_FEED_BAD, "taken: %s", cases[i].line);
        cr_expect(strcmp(event->reason, cases[i].reason) == 0, "%s\nrather than %s", event->reason,
                  cases[i].reason);
        cr_expect(event->seq == cases[i].seq, "%s: seq %llu", cases[i].line,
                  (unsigned long long)event->seq);
        if (cases[i].account == NULL)
            cr_expect(event->account == NULL, "%s: account %s", cases[i].line, event->account);
        else
            expect_text(event->account, cases[i].account);
        cr_expect(event->line.data == cases[i].line && event->symbol == NULL &&
                  event->pair_count == 0 && event->after_count == 0);
    }
}

Test(feed_parse, refuses_bad_lines_and_keeps_what_stood_before_the_fault)
{
    static const refused_case cases[] = {
        {"", 0, NULL, "line: holds no JSON value"},
        {"[]", 0, NULL, "line: expected an object"},
        {"7", 0, NULL, "line 7: expected an object"},
        {"x", 0, NULL, "line:1: column 1: expected a value, found x"},
        {"{}", 0, NULL, "line: lacks \"type\""},
        {"{} {}", 0, NULL,
         "line:1: column 4: expected the end of the file behind the value, found {}"},
        {"{\"seq\":4,\"account\":\"a\",\"type\":}", 4, "a",
         "line:1: column 31: expected a value, found }"},
        {"{\"seq\":4", 0, NULL, "line:1: column 9: expected ',' or '}', found the end of the file"},
        {"{\"seq\":4x,\"account\":\"a\"}", 0, NULL,
         "line:1: column 9: expected ',' or '}', found x,\"account\":\"a\"}"},
        {"{\"seq\":4,\"account\":\"a", 4, NULL,
         "line:1: column 22: expected the closing quote of a string, found the end of the file"},
        {"{\"seq\":4 , \"account\":\"\xff\"}", 4, NULL,
         "line:1: column 24: the string that ends here is not UTF-8"},
        {"{\"seq\":4,\"account\":\"a\",\"x\":1,\"y\":2}", 4, "a", "line: unknown key \"x\""},
        {"{\"seq\":4,\"account\":\"a\",\"seq\":4}", 0, "a", "line: key \"seq\" is there twice"},
        {"{\"seq\":4,\"account\":\"a\",\"\\u0061ccount\":\"b\"}", 4, NULL,
         "line: key \"account\" is there twice"},
        {"{\"seq\":4,\"definition\":{\"account\":\"a\"},\"type\":\"fund\"}", 4, NULL,
         "type \"fund\": lacks \"fund\""},
        {"\xef\xbb\xbf{}", 0, NULL, "line:1: column 1: expected a value, found \xef\xbb\xbf{}"},
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(feed_parse, refuses_bad_common_fields)
{
    static const refused_case cases[] = {
        {"{\"type\":\"fund\",\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "type \"fund\": lacks \"seq\""},
        {"{\"type\":\"fond\",\"seq\":1}", 1, NULL,
         "type \"fond\": must be \"marks\", \"account\", \"balance\", \"position\", \"order\", "
         "\"depth\", \"depthUpdate\", \"funding\", \"fund\", \"fill\", \"volatility\", "
         "\"instrument\", \"asset\", \"control\""},
        {"{\"type\":7,\"seq\":1}", 1, NULL,
         "type 7: must be \"marks\", \"account\", \"balance\", \"position\", \"order\", "
         "\"depth\", \"depthUpdate\", \"funding\", \"fund\", \"fill\", \"volatility\", "
         "\"instrument\", \"asset\", \"control\""},
        {"{\"type\":\"fund\",\"seq\":0,\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "seq 0: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":\"1\",\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "seq \"1\": expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":-1,\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "seq -1: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":1.0,\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "seq 1.0: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":1e3,\"fund\":\"F\",\"balance\":\"5\"}", 0, NULL,
         "seq 1e3: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":9223372036854775808,\"fund\":\"F\",\"balance\":\"5\"}", 0,
         NULL, "seq 9223372036854775808: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":18446744073709551617,\"fund\":\"F\",\"balance\":\"5\"}", 0,
         NULL, "seq 18446744073709551617: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"accountSeq\":2}", 1, NULL,
         "type \"fund\": has no \"accountSeq\""},
        {"{\"type\":\"control\",\"seq\":1,\"action\":\"halt\",\"accountSeq\":2}", 1, NULL,
         "type \"control\": lacks \"account\""},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"time\":null}", 1, NULL,
         "time null: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"time\":253402300800000}",
         1, NULL, "time 253402300800000: a time in milliseconds is at most 253402300799999"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"more\":1}", 1, NULL,
         "more 1: expected true or false"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"after\":[]}", 1, NULL,
         "after: expected an object of sources"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"after\":{}}", 1, NULL,
         "after: names no source"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"after\":{\"\":1}}", 1,
         NULL, "after: \"\" is no name of a source"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\",\"after\":{\"a\":0}}", 1,
         NULL, "after.a 0: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"5\","
         "\"after\":{\"a\":1,\"a\":1}}",
         1, NULL, "after: key \"a\" is there twice"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\" F\",\"balance\":\"5\"}", 1, NULL,
         "fund \" F\": a name has 1 to 128 bytes, no control characters and no space at its ends"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"\\u0001\",\"balance\":\"5\"}", 1, NULL,
         "fund \"\\u0001\": a name has 1 to 128 bytes, no control characters and no space at its "
         "ends"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":1,\"balance\":\"5\"}", 1, NULL,
         "fund 1: expected a name in quotes"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":5}", 1, NULL,
         "balance 5: a decimal must stand in quotes, so that no program rounds it"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"1e5\"}", 1, NULL,
         "balance \"1e5\": is not a plain decimal such as -12.5"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":\"\"}", 1, NULL,
         "balance \"\": is not a plain decimal such as -12.5"},
        {"{\"type\":\"fund\",\"seq\":1,\"fund\":\"F\",\"balance\":true}", 1, NULL,
         "balance true: expected a decimal in quotes"},
        {"{\"type\":\"balance\",\"seq\":1,\"account\":7,\"asset\":\"F\",\"walletBalance\":\"5\"}",
         1, NULL, "account 7: expected a name in quotes"},
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

#define MARKS(list) "{\"type\":\"marks\",\"seq\":2,\"marks\":" list "}"
#define POSITION(rest)                                                                             \
    "{\"type\":\"position\",\"seq\":2,\"account\":\"a\",\"symbol\":\"S\"," rest "}"

Test(feed_parse, refuses_bad_marks_and_levels)
{
    static const refused_case cases[] = {
        {MARKS("{}"), 2, NULL, "marks: expected an array"},
        {MARKS("[]"), 2, NULL, "marks: holds no mark"},
        {MARKS("[1]"), 2, NULL, "marks[0] 1: expected an object with \"symbol\" and a price"},
        {MARKS("[{\"symbol\":\"S\",\"markPrice\":\"1\"},{}]"), 2, NULL,
         "marks[1]: needs \"symbol\", and \"markPrice\" or \"indexPrice\""},
        {MARKS("[{\"symbol\":\"S\",\"markPrice\":\"1\",\"indexPrice\":\"1\"}]"), 2, NULL,
         "marks[0]: needs \"symbol\", and \"markPrice\" or \"indexPrice\""},
        {MARKS("[{\"symbol\":\"S\",\"markPrice\":\"1\",\"bid\":\"1\"}]"), 2, NULL,
         "marks[0]: has \"markPrice\", and \"bid\" to make a mark of"},
        {MARKS("[{\"last\":\"1\",\"indexPrice\":\"1\"}]"), 2, NULL, "marks[0]: needs \"symbol\""},
        {MARKS("[{\"symbol\":\"S\",\"volume\":\"1\"}]"), 2, NULL,
         "marks[0]: needs \"symbol\", and \"markPrice\" or \"indexPrice\""},
        {MARKS("[{\"symbol\":\"S\",\"indexPrice\":\"1\",\"volume\":\"1\"}]"), 2, NULL,
         "marks[0]: has \"volume\", which an asset has not"},
        {MARKS("[{\"symbol\":\"S\",\"markPrice\":\"1\",\"volume\":\"-1\"}]"), 2, NULL,
         "marks[0].volume \"-1\": must be at least 0"},
        {MARKS("[{\"symbol\":\"S\",\"last\":\"1\",\"fundingRate\":\"0\"}]"), 2, NULL,
         "marks[0]: needs \"fundingRate\" and \"fundingTimestamp\""},
        {MARKS("[{\"symbol\":\"S\",\"last\":\"1\",\"fundingTimestamp\":1}]"), 2, NULL,
         "marks[0]: needs \"fundingRate\" and \"fundingTimestamp\""},
        {MARKS("[{\"symbol\":\"S\",\"last\":\"1\",\"fundingInterval\":1}]"), 2, NULL,
         "marks[0]: needs \"fundingRate\" and \"fundingTimestamp\""},
        {MARKS("[{\"symbol\":\"S\",\"fundingInterval\":86400001}]"), 2, NULL,
         "marks[0].fundingInterval 86400001: must be 1 .. 86400000 milliseconds"},
        {MARKS("[{\"symbol\":\"S\",\"bid\":1}]"), 2, NULL,
         "marks[0].bid 1: a decimal must stand in quotes, so that no program rounds it"},
        {MARKS("[{\"symbol\":\"S\",\"bid\":\"1\",\"bid\":\"1\"}]"), 2, NULL,
         "marks[0]: key \"bid\" is there twice"},
        {MARKS("[{\"symbol\":\"S\",\"markPrice\":1}]"), 2, NULL,
         "marks[0].markPrice 1: a decimal must stand in quotes, so that no program rounds it"},
        {MARKS("[{\"symbol\":\"S\",\"symbol\":\"S\"}]"), 2, NULL,
         "marks[0]: key \"symbol\" is there twice"},
        {MARKS("[{\"symbol\":\"\",\"markPrice\":\"1\"}]"), 2, NULL,
         "marks[0].symbol \"\": a name has 1 to 128 bytes, no control characters and no space at "
         "its ends"},
        {MARKS("[{\"Symbol\":\"\"}]"), 2, NULL, "marks[0]: unknown key \"Symbol\""},
        {"{\"type\":\"depth\",\"seq\":2,\"symbol\":\"S\",\"bids\":[]}", 2, NULL,
         "type \"depth\": lacks \"asks\""},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\"}", 2, NULL,
         "type \"depthUpdate\": lacks \"bids\""},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\",\"bids\":[[\"1\"]]}", 2, NULL,
         "bids[0]: expected an array of a price and a quantity"},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\",\"bids\":[\"1\",\"2\"]}", 2, NULL,
         "bids[0] \"1\": expected an array of a price and a quantity"},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\",\"asks\":[[\"1\",\"2\"],"
         "[\"1\",\"2\",\"3\"]]}",
         2, NULL, "asks[1]: expected an array of a price and a quantity"},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\",\"asks\":[[\"1\",2]]}", 2, NULL,
         "asks[0].quantity 2: a decimal must stand in quotes, so that no program rounds it"},
        {"{\"type\":\"depthUpdate\",\"seq\":2,\"symbol\":\"S\",\"asks\":[[\"x\",\"2\"]]}", 2, NULL,
         "asks[0].price \"x\": is not a plain decimal such as -12.5"},
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(feed_parse, refuses_what_a_type_lacks_or_does_not_have)
{
    static const refused_case cases[] = {
        {POSITION("\"contracts\":\"1\",\"entryPrice\":\"1\""), 2, "a",
         "type \"position\": lacks \"side\""},
        {POSITION("\"side\":\"buy\",\"contracts\":\"1\",\"entryPrice\":\"1\""), 2, "a",
         "side \"buy\": must be \"long\", \"short\""},
        {POSITION("\"side\":\"long\",\"contracts\":\"1\""), 2, "a",
         "type \"position\": lacks \"entryPrice\""},
        {POSITION("\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"1\","
                  "\"isolatedMargin\":\"1\""),
         2, "a", "isolatedMargin \"1\": only with \"marginMode\":\"isolated\""},
        {POSITION("\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"1\","
                  "\"marginMode\":\"isolated\""),
         2, "a", "type \"position\": lacks \"isolatedMargin\""},
        {POSITION("\"side\":\"long\",\"contracts\":\"1\",\"entryPrice\":\"1\",\"price\":\"1\""), 2,
         "a", "type \"position\": has no \"price\""},
        {POSITION("\"side\":\"long\",\"contracts\":\"1\",\"marginMode\":\"Cross\""), 2, "a",
         "marginMode \"Cross\": must be \"cross\", \"isolated\""},
        {"{\"type\":\"account\",\"seq\":2,\"account\":\"a\",\"status\":\"open\"}", 2, "a",
         "status \"open\": must be \"closed\""},
        {"{\"type\":\"account\",\"seq\":2,\"account\":\"a\",\"status\":\"closed\","
         "\"mode\":\"cross\"}",
         2, "a", "status \"closed\": an account that is closed has no mode and no \"adlExempt\""},
        {"{\"type\":\"order\",\"seq\":2,\"account\":\"a\",\"symbol\":\"S\",\"id\":1,"
         "\"remaining\":\"1\",\"price\":\"1\"}",
         2, "a", "type \"order\": lacks \"side\""},
        {"{\"type\":\"order\",\"seq\":2,\"account\":\"a\",\"symbol\":\"S\",\"id\":1,"
         "\"remaining\":\"1\",\"side\":\"buy\"}",
         2, "a", "type \"order\": lacks \"price\""},
        {"{\"type\":\"order\",\"seq\":2,\"account\":\"a\",\"symbol\":\"S\",\"id\":1,"
         "\"remaining\":\"1\",\"side\":\"long\",\"price\":\"1\"}",
         2, "a", "side \"long\": must be \"buy\", \"sell\""},
        {"{\"type\":\"order\",\"seq\":2,\"account\":\"a\",\"symbol\":\"S\",\"id\":0,"
         "\"remaining\":\"0\"}",
         2, "a", "id 0: expected an integer from 1 to 2^63 - 1"},
        {"{\"type\":\"funding\",\"seq\":2,\"account\":\"a\",\"amount\":\"1\"}", 2, "a",
         "type \"funding\": lacks \"asset\""},
        {"{\"type\":\"funding\",\"seq\":2,\"account\":\"a\",\"amount\":\"1\",\"asset\":\"A\","
         "\"side\":\"long\"}",
         2, "a", "asset \"A\": either an asset, or symbol, side and \"marginMode\""},
        {"{\"type\":\"funding\",\"seq\":2,\"account\":\"a\",\"amount\":\"1\",\"symbol\":\"A\","
         "\"side\":\"long\",\"marginMode\":\"cross\"}",
         2, "a", "marginMode \"cross\": a cross position is paid from a balance: give its asset"},
        {"{\"type\":\"funding\",\"seq\":2,\"account\":\"a\",\"amount\":\"1\",\"symbol\":\"A\","
         "\"side\":\"long\"}",
         2, "a", "type \"funding\": lacks \"marginMode\""},
        {"{\"type\":\"fill\",\"seq\":2,\"request\":1,\"amount\":\"1\",\"last\":true}", 2, NULL,
         "type \"fill\": lacks \"price\""},
        {"{\"type\":\"fill\",\"seq\":2,\"request\":1,\"amount\":\"1\",\"price\":\"1\"}", 2, NULL,
         "type \"fill\": lacks \"last\""},
        {"{\"type\":\"instrument\",\"seq\":2,\"definition\":\"x\"}", 2, NULL,
         "definition \"x\": expected an object"},
        {"{\"type\":\"control\",\"seq\":2,\"action\":\"stop\"}", 2, NULL,
         "action \"stop\": must be \"halt\", \"resume\", \"snapshot_begin\", \"snapshot_end\""},
        {"{\"type\":\"control\",\"seq\":2,\"action\":\"halt\",\"account\":\"a\"}", 2, "a",
         "action \"halt\": has no \"account\""},
        {"{\"type\":\"control\",\"seq\":2,\"action\":\"snapshot_end\",\"symbol\":\"a\"}", 2, NULL,
         "action \"snapshot_end\": has no \"symbol\""},
    };

    refused_check(cases, sizeof cases / sizeof cases[0]);
}

Test(feed_parse, keeps_of_a_long_line_what_is_never_an_event)
{
    static char line[LIQ_FEED_LINE_KEPT_BYTES + 100];
    static const char *const starts[] = {
        "{\"type\":\"fund\",\"seq\":9,\"fund\":\"F\",\"balance\":\"5\"}",
        "{\"type\":\"fund\",\"seq\":9,\"fund\":\"F\",\"balance\":\"5\"} }}} ",
        "{\"type\":\"fund\",\"seq\":9,\"fund\":\"F\",\"balance\":\"5\",\"definition\":{}}",
    };

    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        const liq_feed_event *event;
        liq_text kept;

        memset(line, ' ', sizeof line);
        memcpy(line, starts[i], strlen(starts[i]));
        cr_assert(liq_feed_parse_cut(&parser, batch, (liq_text){line, sizeof line}, NULL) ==
                  LIQ_OK);
        event = &batch->events[batch->event_count - 1];
        cr_assert(event->kind == LIQ_FEED_BAD && event->is_cut);
        expect_text(event->reason, "the line has more than 8388608 bytes");
        cr_expect(event->seq == 9, "%s", starts[i]);
        kept = event->line;
        cr_expect(kept.bytes < strlen(starts[i]));
        cr_assert(liq_feed_parse(&parser, batch, kept, NULL) == LIQ_OK);
        event = &batch->events[batch->event_count - 1];
        cr_expect(event->kind == LIQ_FEED_BAD && event->seq == 9 && !event->is_cut);
    }
    memset(line, '7', sizeof line);
    memcpy(line, "{\"account\":\"a\",\"seq\":", 21);
    cr_assert(liq_feed_parse_cut(&parser, batch, (liq_text){line, sizeof line}, NULL) == LIQ_OK);
    cr_expect(batch->events[batch->event_count - 1].line.bytes == LIQ_FEED_LINE_KEPT_BYTES);
    cr_expect(batch->events[batch->event_count - 1].seq == 0);
    expect_text(batch->events[batch->event_count - 1].account, "a");
}

/* A list of items in brackets, `count` times. */
static char *list_of(const char *start, const char *item, uint32_t count, const char *end)
{
    char *const text = malloc(strlen(start) + strlen(end) + (strlen(item) + 1) * count + 1);
    char *at = text + sprintf(text, "%s", start);

    cr_assert(text != NULL);
    for (uint32_t i = 0; i < count; i++)
        at += sprintf(at, "%s%s", i == 0 ? "" : ",", item);
    (void)strcpy(at, end);
    return text;
}

Test(feed_parse, takes_lists_up_to_their_limit)
{
    char *text = list_of("{\"type\":\"marks\",\"seq\":2,\"marks\":[",
                         "{\"symbol\":\"S\",\"markPrice\":\"1\"}", LIQ_FEED_PAIRS_MAX, "]}");

    cr_expect(take(text, LIQ_FEED_MARKS)->pair_count == LIQ_FEED_PAIRS_MAX);
    free(text);
    text = list_of("{\"type\":\"depth\",\"seq\":2,\"symbol\":\"S\",\"bids\":[[\"1\",\"1\"]],"
                   "\"asks\":[",
                   "[\"1\",\"1\"]", LIQ_FEED_PAIRS_MAX, "]}");
    expect_text(parse(text)->reason, "asks: 131073 levels with those of the bids, the limit is "
                                     "131072");
    free(text);
    text = list_of("{\"type\":\"marks\",\"seq\":2,\"marks\":[", "1", LIQ_FEED_PAIRS_MAX + 1, "]}");
    expect_text(parse(text)->reason, "marks: has more than 131072 items");
    free(text);
    text = list_of("{\"type\":\"marks\",\"seq\":2,\"marks\":[", "1", 4 * LIQ_FEED_PAIRS_MAX, "]}");
    expect_text(parse(text)->reason, "line:1: more than 524288 values");
    cr_expect(batch->events[batch->event_count - 1].seq == 2);
    free(text);
    text = list_of("{\"type\":\"fund\",\"seq\":2,\"fund\":\"F\",\"balance\":\"1\",\"after\":{",
                   "\"s\":1", 1, "}}");
    cr_expect(take(text, LIQ_FEED_FUND)->after_count == 1);
    free(text);
}

Test(feed_parse, waits_for_at_most_64_sources)
{
    char text[4096] = "{\"type\":\"fund\",\"seq\":2,\"fund\":\"F\",\"balance\":\"1\",\"after\":{";
    char longer[4200];

    for (int i = 0; i < LIQ_FEED_AFTER_MAX; i++)
        (void)sprintf(text + strlen(text), "%s\"s%d\":%d", i == 0 ? "" : ",", i, i + 1);
    (void)sprintf(longer, "%s,\"t\":1}}", text);
    (void)strcat(text, "}}");
    cr_assert(take(text, LIQ_FEED_FUND)->after_count == LIQ_FEED_AFTER_MAX);
    expect_text(batch->events[0].after[63].source, "s63");
    cr_expect(batch->events[0].after[63].seq == 64);
    expect_text(parse(longer)->reason, "after: names more than 64 sources");
}

Test(feed_parse, names_each_kind_as_its_type)
{
    cr_expect_str_eq(liq_feed_kind_name(LIQ_FEED_BAD), "bad");
    cr_expect_str_eq(liq_feed_kind_name(LIQ_FEED_MARKS), "marks");
    cr_expect_str_eq(liq_feed_kind_name(LIQ_FEED_DEPTH_UPDATE), "depthUpdate");
    cr_expect_str_eq(liq_feed_kind_name(LIQ_FEED_CONTROL), "control");
}
