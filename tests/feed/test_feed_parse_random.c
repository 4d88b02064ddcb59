/*
 * Random lines, valid and broken: the parser and the reference say the same of each. Lines are made
 * member by member, so that most of them are nearly right.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/support_random.h"
#include "feed/feed_parse.h"
#include "feed/support_reference.h"

enum { LINES = 60000, MEMBERS_MAX = 24, VALUE_BYTES = 400, LINE_BYTES = 32768 };

typedef struct made_member {
    char key[48];
    char value[VALUE_BYTES];
} made_member;

typedef struct made_line {
    random_source random;
    made_member members[MEMBERS_MAX];
    uint32_t count;
    char text[LINE_BYTES];
    size_t bytes;
} made_line;

static const char *pick(made_line *made, const char *const *of, uint32_t count)
{
    return of[random_below(&made->random, count)];
}

#define PICK(made, ...)                                                                            \
    pick(made, (const char *const[]){__VA_ARGS__},                                                 \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static bool maybe(made_line *made, uint32_t of)
{
    return random_below(&made->random, of) == 0;
}

static void add(made_line *made, const char *key, const char *value)
{
    made_member *member = &made->members[made->count++];

    (void)snprintf(member->key, sizeof member->key, "%s", key);
    (void)snprintf(member->value, sizeof member->value, "%s", value);
}

static void add_name(made_line *made, const char *key)
{
    add(made, key,
        PICK(made, "\"a\"", "\"BTCUSDT\"", "\"acc-0001234\"", "\"\xc3\xa9t\xc3\xa9\"",
             "\"with space\"", "\"\\u0041\\\"q\\\\\"", "\"\\ud83d\\ude00\""));
}

static void add_decimal(made_line *made, const char *key)
{
    add(made, key,
        PICK(made, "\"0\"", "\"1\"", "\"-12.5\"", "\"50000.10\"", "\"0.000\"", "\"0.00000001\"",
             "\"9223372036854775807\"", "\"\\u0031\"", "\"123456789012345678901234567890\""));
}

static void add_count(made_line *made, const char *key)
{
    char number[32];

    (void)snprintf(number, sizeof number, "%llu",
                   (unsigned long long)random_magnitude(&made->random) + 1);
    add(made, key, number);
}

static void add_account(made_line *made)
{
    add_name(made, "account");
    if (maybe(made, 3))
        add_count(made, "accountSeq");
}

static void add_list(made_line *made, const char *key, const char *const *of, uint32_t count)
{
    char list[VALUE_BYTES] = "[";
    const uint64_t items = random_below(&made->random, 5);

    for (uint64_t i = 0; i < items; i++)
        (void)strcat(strcat(list, i == 0 ? "" : ","), pick(made, of, count));
    add(made, key, strcat(list, "]"));
}

static void add_marks(made_line *made)
{
    static const char *const items[] = {"{\"symbol\":\"B\",\"markPrice\":\"1.5\"}",
                                        "{\"symbol\":\"B\",\"markPrice\":\"1.5\",\"volume\":\"7\"}",
                                        "{\"volume\":\"0\",\"symbol\":\"B\",\"bid\":\"2\"}",
                                        "{\"indexPrice\":\"2\",\"symbol\":\"C\"}",
                                        "{ \"\\u0073ymbol\" : \"B\" , \"markPrice\" : \"3\" }",
                                        "{\"symbol\":\"B\",\"b\\u0069d\":\"0\",\"ask\":\"2\"}",
                                        "{\"symbol\":\"D\",\"last\":\"3\",\"indexPrice\":\"4\","
                                        "\"outsidePrice\":\"5\"}",
                                        "{\"symbol\":\"D\",\"fundingTimestamp\":7,"
                                        "\"fundingRate\":\"-0.1\",\"fundingInterval\":8}"};
    static const char *const bad[] = {"{\"symbol\":\"B\"}",
                                      "{\"symbol\":\"B\",\"volume\":\"1\"}",
                                      "{\"symbol\":\"B\",\"indexPrice\":\"1\",\"volume\":\"1\"}",
                                      "{\"symbol\":\"B\",\"markPrice\":\"1\",\"volume\":\"-1\"}",
                                      "{\"symbol\":\"B\",\"markPrice\":1}",
                                      "{\"symbol\":\"B\",\"markPrice\":\"1\",\"symbol\":\"B\"}",
                                      "{\"symbol\":\"B\",\"markPrice\":\"1\",\"x\":\"B\"}",
                                      "{\"symbol\":\"\",\"markPrice\":\"1\"}",
                                      "{\"symbol\":\"B\",\"markPrice\":\"1\",\"bid\":\"1\"}",
                                      "{\"symbol\":\"B\",\"bid\":\"1\",\"fundingRate\":\"1\"}",
                                      "{\"bid\":\"1\"}",
                                      "[\"B\",\"1\"]",
                                      "null"};

    if (maybe(made, 4))
        add_list(made, "marks", bad, sizeof bad / sizeof bad[0]);
    else
        add_list(made, "marks", items, sizeof items / sizeof items[0]);
}

static void add_levels(made_line *made, const char *key)
{
    static const char *const items[] = {"[\"1\",\"2\"]", "[ \"1.5\" , \"0\" ]", "[\"-1\",\"2\"]"};
    static const char *const bad[] = {
        "[\"1\"]", "[\"1\",\"2\",\"3\"]", "[1,\"2\"]", "{\"1\":\"2\"}", "\"1\"", "[[\"1\"],\"2\"]"};

    if (maybe(made, 6))
        add_list(made, key, bad, 6);
    else
        add_list(made, key, items, 3);
}

static void add_after(made_line *made)
{
    add(made, "after",
        PICK(made, "{\"orders\":1}", "{\"a\":1,\"b\":9223372036854775807}", "{}", "{\"a\":0}",
             "{\"a\":1,\"\\u0061\":2}", "{\"\":1}", "[]", "{\"a\":\"1\"}", "{\"a\":1.0}"));
}

static void add_position(made_line *made)
{
    add_account(made);
    add_name(made, "symbol");
    add(made, "side", PICK(made, "\"long\"", "\"short\"", "\"shor\\u0074\""));
    add_decimal(made, "contracts");
    if (!maybe(made, 4))
        add_decimal(made, "entryPrice");
    if (maybe(made, 2)) {
        add(made, "marginMode", PICK(made, "\"isolated\"", "\"isolated\"", "\"cross\""));
        if (!maybe(made, 3))
            add_decimal(made, "isolatedMargin");
    }
}

static void add_order(made_line *made)
{
    add_account(made);
    add_name(made, "symbol");
    add_count(made, "id");
    add_decimal(made, "remaining");
    if (!maybe(made, 4))
        add(made, "side", PICK(made, "\"buy\"", "\"sell\""));
    if (!maybe(made, 4))
        add_decimal(made, "price");
}

static void add_funding(made_line *made)
{
    add_account(made);
    add_decimal(made, "amount");
    if (maybe(made, 2))
        add_name(made, "asset");
    if (maybe(made, 2)) {
        add_name(made, "symbol");
        add(made, "side", PICK(made, "\"long\"", "\"short\"", "\"buy\""));
        add(made, "marginMode", PICK(made, "\"isolated\"", "\"isolated\"", "\"cross\""));
    }
}

static void add_fill(made_line *made)
{
    if (maybe(made, 3))
        add_name(made, "account");
    add_count(made, "request");
    add_decimal(made, "amount");
    if (!maybe(made, 3))
        add_decimal(made, "price");
    add(made, "last", PICK(made, "true", "false"));
}

static void add_control(made_line *made)
{
    add(made, "action",
        PICK(made, "\"halt\"", "\"resume\"", "\"snapshot_begin\"", "\"snapshot_end\""));
    if (maybe(made, 3))
        add_name(made, "symbol");
    if (maybe(made, 3))
        add_account(made);
}

static void add_definition(made_line *made)
{
    add(made, "definition",
        PICK(made, "{}", "{\"a\":{\"b\":\"}\"}}", "{\"seq\":[1,{\"account\":\"x\"}]}",
             "{ \"q\" : \"\\\"}\" }"));
}

static void add_body(made_line *made, liq_feed_kind kind)
{
    switch (kind) {
    case LIQ_FEED_MARKS:
        add_marks(made);
        break;
    case LIQ_FEED_ACCOUNT:
        add_account(made);
        if (maybe(made, 2))
            add(made, "mode", PICK(made, "\"cross\"", "\"portfolio\"", "\"isolated\""));
        if (maybe(made, 2))
            add(made, "adlExempt", PICK(made, "true", "false", "1"));
        if (maybe(made, 3))
            add(made, "status", PICK(made, "\"closed\"", "\"closed\"", "\"open\""));
        break;
    case LIQ_FEED_BALANCE:
        add_account(made);
        add_name(made, "asset");
        add_decimal(made, "walletBalance");
        break;
    case LIQ_FEED_POSITION:
        add_position(made);
        break;
    case LIQ_FEED_ORDER:
        add_order(made);
        break;
    case LIQ_FEED_DEPTH:
    case LIQ_FEED_DEPTH_UPDATE:
        add_name(made, "symbol");
        if (!maybe(made, 5))
            add_levels(made, "bids");
        if (!maybe(made, 5))
            add_levels(made, "asks");
        break;
    case LIQ_FEED_FUNDING:
        add_funding(made);
        break;
    case LIQ_FEED_FUND:
        add_name(made, "fund");
        add_decimal(made, "balance");
        break;
    case LIQ_FEED_FILL:
        add_fill(made);
        break;
    case LIQ_FEED_VOLATILITY:
        add_name(made, "symbol");
        add_decimal(made, "impliedVolatility");
        break;
    case LIQ_FEED_CONTROL:
        add_control(made);
        break;
    default:
        add_definition(made);
        break;
    }
}

/* Break one thing about the members, as a program that writes them might. */
static void member_break(made_line *made)
{
    static const char *const values[] = {"1",
                                         "0",
                                         "-1",
                                         "1.5",
                                         "1e3",
                                         "true",
                                         "null",
                                         "\"\"",
                                         "\" a\"",
                                         "\"1e3\"",
                                         "[]",
                                         "{}",
                                         "\"01\"",
                                         "\"x\"",
                                         "\"\\u0000\"",
                                         "\"\\ud800\"",
                                         "\"\x01\"",
                                         "\"\xff\"",
                                         "00",
                                         "\"buy\"",
                                         "\"isolated\"",
                                         "9223372036854775808",
                                         "\"1\"",
                                         "\"a\\tb\""};
    static const char *const names[] = {"seq",  "type",   "account", "symbol",     "foo",
                                        "Type", "amount", "price",   "contractsx", "side"};
    uint32_t which;

    if (made->count == 0) /* none is left to be broken once more */
        return;
    which = (uint32_t)random_below(&made->random, made->count);
    switch (random_below(&made->random, 4)) {
    case 0:
        made->members[which] = made->members[--made->count];
        break;
    case 1:
        made->members[made->count++] = made->members[which];
        break;
    case 2:
        (void)snprintf(made->members[which].value, VALUE_BYTES, "%s",
                       pick(made, values, sizeof values / sizeof values[0]));
        break;
    default:
        add(made, pick(made, names, sizeof names / sizeof names[0]), "\"1\"");
        break;
    }
}

static void put(made_line *made, const char *text)
{
    cr_assert(made->bytes + strlen(text) < LINE_BYTES);
    made->bytes += (size_t)sprintf(made->text + made->bytes, "%s", text);
}

static void put_space(made_line *made)
{
    if (maybe(made, 16))
        put(made, PICK(made, " ", "\t", "  ", "\r"));
}

static void put_key(made_line *made, const char *key)
{
    char escape[8];

    put(made, "\"");
    for (; *key != '\0'; key++) {
        (void)snprintf(escape, sizeof escape, maybe(made, 400) ? "\\u%04x" : "%c", *key);
        put(made, escape);
    }
    put(made, "\"");
}

static void line_write(made_line *made)
{
    made->bytes = 0;
    put_space(made);
    put(made, "{");
    while (made->count > 0) { /* in any order */
        const uint32_t which = (uint32_t)random_below(&made->random, made->count);

        put_space(made);
        put_key(made, made->members[which].key);
        put_space(made);
        put(made, ":");
        put_space(made);
        put(made, made->members[which].value);
        put_space(made);
        made->members[which] = made->members[--made->count];
        put(made, made->count > 0 ? "," : "");
    }
    put(made, "}");
    put_space(made);
}

/* Break a byte or two, as a line that was damaged. */
static void bytes_break(made_line *made)
{
    static const char odd[] = "\"\\{}[]:,0129.-etfn \x01\x80\xff";
    size_t at;

    if (made->bytes == 0) /* likewise */
        return;
    at = random_below(&made->random, made->bytes);
    switch (random_below(&made->random, 3)) {
    case 0:
        made->text[at] = odd[random_below(&made->random, sizeof odd - 1)];
        break;
    case 1:
        memmove(made->text + at, made->text + at + 1, made->bytes - at);
        made->bytes--;
        break;
    default:
        made->bytes = at;
        made->text[at] = '\0';
        break;
    }
}

static void line_make(made_line *made)
{
    char type[32];
    const liq_feed_kind kind = (liq_feed_kind)(1 + random_below(&made->random, 14));

    made->count = 0;
    (void)snprintf(type, sizeof type, "\"%s\"", liq_feed_kind_name(kind));
    add(made, "type", type);
    add_count(made, "seq");
    if (maybe(made, 4))
        add_count(made, "time");
    if (maybe(made, 6))
        add(made, "more", PICK(made, "true", "false"));
    if (maybe(made, 6))
        add_after(made);
    add_body(made, kind);
    while (made->count > 0 && made->count < MEMBERS_MAX - 1 && maybe(made, 4))
        member_break(made);
    line_write(made);
    while (made->bytes > 0 && maybe(made, 5))
        bytes_break(made);
}

static bool same_text(const char *one, const char *two)
{
    return one == NULL || two == NULL ? one == two : strcmp(one, two) == 0;
}

static bool same_made(const liq_mark_texts *one, const liq_mark_texts *two)
{
    if (one == NULL || two == NULL)
        return one == two;
    return same_text(one->index, two->index) && same_text(one->last, two->last) &&
           same_text(one->bid, two->bid) && same_text(one->ask, two->ask) &&
           same_text(one->outside, two->outside) &&
           same_text(one->funding_rate, two->funding_rate) &&
           one->funding_time_ms == two->funding_time_ms &&
           one->funding_interval_ms == two->funding_interval_ms;
}

static bool same_lists(const liq_feed_event *one, const liq_feed_event *two)
{
    if (one->pair_count != two->pair_count || one->after_count != two->after_count)
        return false;
    for (uint32_t i = 0; i < one->pair_count; i++)
        if (!same_text(one->pairs[i].symbol, two->pairs[i].symbol) ||
            !same_text(one->pairs[i].price, two->pairs[i].price) ||
            !same_text(one->pairs[i].quantity, two->pairs[i].quantity) ||
            !same_made(one->pairs[i].made_of, two->pairs[i].made_of) ||
            one->pairs[i].what != two->pairs[i].what)
            return false;
    for (uint32_t i = 0; i < one->after_count; i++)
        if (!same_text(one->after[i].source, two->after[i].source) ||
            one->after[i].seq != two->after[i].seq)
            return false;
    return true;
}

static bool same(const liq_feed_event *one, const liq_feed_event *two)
{
    if (two->definition.data != NULL && (one->definition.data != two->definition.data ||
                                         one->definition.bytes != two->definition.bytes))
        return false;
    return one->kind == two->kind && one->seq == two->seq && one->time_ms == two->time_ms &&
           one->account_seq == two->account_seq && one->number == two->number &&
           same_text(one->account, two->account) && same_text(one->symbol, two->symbol) &&
           same_text(one->amount, two->amount) && same_text(one->price, two->price) &&
           same_text(one->margin, two->margin) && one->control == two->control &&
           one->more == two->more && one->is_short == two->is_short &&
           one->is_isolated == two->is_isolated && one->is_portfolio == two->is_portfolio &&
           one->is_exempt == two->is_exempt && one->is_closed == two->is_closed &&
           one->is_last == two->is_last && same_lists(one, two);
}

Test(feed_parse_random, says_what_the_reference_says)
{
    static made_line made;
    static reference expected;
    liq_feed_parser parser = {0};
    liq_feed_batch *batch = NULL;
    uint32_t taken[LIQ_FEED_CONTROL + 1] = {0};

    made.random = random_start();
    cr_assert(liq_feed_batch_create(&batch, NULL) == LIQ_OK);
    for (uint32_t i = 0; i < LINES; i++) {
        const liq_feed_event *event;

        line_make(&made);
        reference_read(&expected, (liq_text){made.text, made.bytes});
        cr_assert(liq_feed_parse(&parser, batch, (liq_text){made.text, made.bytes}, NULL) ==
                  LIQ_OK);
        event = &batch->events[0];
        cr_assert(event->kind == expected.event.kind, "%.*s: kind %d rather than %d (%s)",
                  (int)made.bytes, made.text, event->kind, expected.event.kind, event->reason);
        taken[event->kind]++;
        if (event->kind != LIQ_FEED_BAD)
            cr_assert(same(event, &expected.event), "%.*s", (int)made.bytes, made.text);
        else
            cr_assert(event->reason[0] != '\0' && event->symbol == NULL);
        reference_free(&expected);
        liq_feed_batch_clear(batch);
    }
    for (int kind = 0; kind <= LIQ_FEED_CONTROL; kind++)
        cr_expect(taken[kind] > LINES / 400, "%u of kind %d", taken[kind], kind);
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
}
