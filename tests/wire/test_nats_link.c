/*
 * The connection to NATS, against a real nats-server: what is stored once, what comes again, and
 * what is said when something is missing.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "support_broker.h"

enum { WAIT_MS = 200, KEPT_MAX = 4096 };

static const uint64_t second_ns = 1000000000;

static broker server;

static void server_make(void)
{
    broker_make(&server);
    broker_start(&server);
}

static void server_end(void)
{
    broker_end(&server);
}

/* What was pulled. */
typedef struct basket {
    uint32_t count;
    char payloads[KEPT_MAX][32];
    char replies[KEPT_MAX][LIQ_NATS_REPLY_BYTES];
} basket;

static void basket_take(void *of, const liq_nats_message *message)
{
    basket *self = of;

    cr_assert(self->count < KEPT_MAX && message->payload.bytes < sizeof self->payloads[0]);
    memcpy(self->payloads[self->count], message->payload.data, message->payload.bytes);
    self->payloads[self->count][message->payload.bytes] = '\0';
    strcpy(self->replies[self->count], message->reply);
    self->count++;
}

/* Pull until as many have come, or for a second nothing has. */
static basket *basket_pull(liq_nats_pull *pull, uint32_t wanted)
{
    basket *self = calloc(1, sizeof *self);
    uint64_t until = liq_clock_ns() + second_ns;

    cr_assert_not_null(self);
    while (self->count < wanted && liq_clock_ns() < until) {
        liq_error err = {.message = ""};
        uint32_t count;

        cr_assert(liq_nats_pull_fetch(pull, true, WAIT_MS, basket_take, self, &count, &err) ==
                      LIQ_OK,
                  "%s", err.message);
        if (count > 0)
            until = liq_clock_ns() + second_ns;
    }
    return self;
}

static liq_nats_pull_options events = {.stream = "EVENTS",
                                       .subject = "events.orders",
                                       .durable = "liqscan",
                                       .is_made = true,
                                       .ack_wait_ns = 30000000000};

static liq_nats_pull *pull_open(liq_nats_link *link)
{
    liq_nats_pull *pull = NULL;
    liq_error err = {.message = ""};

    cr_assert(liq_nats_pull_create(&pull, link, &events, &err) == LIQ_OK, "%s", err.message);
    return pull;
}

/* Publish payloads "from" to "to" under their own ids, and wait until each is stored. */
static void numbers_publish(liq_nats_link *link, const char *subject, uint64_t from, uint64_t to)
{
    const uint64_t until = liq_clock_ns() + 20 * second_ns;
    liq_nats_publisher *publisher = NULL;
    uint64_t stored = 0;
    liq_error err;

    cr_assert(liq_nats_publisher_create(&publisher, link, NULL) == LIQ_OK);
    for (uint64_t i = from; i <= to; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "n-%llu", (unsigned long long)i);
        cr_assert(liq_nats_publish(publisher, subject, text, liq_text_of(text), i, &err) == LIQ_OK);
    }
    while (stored < to + 1 - from) {
        uint64_t token;
        const liq_nats_answer answer = liq_nats_publisher_answer(publisher, WAIT_MS, &token, &err);

        cr_assert(liq_clock_ns() < until);
        cr_assert(answer != LIQ_NATS_REFUSED, "%s", err.message);
        if (answer == LIQ_NATS_STORED) {
            cr_expect(token >= from && token <= to);
            stored++;
        }
    }
    liq_nats_publisher_destroy(publisher);
}

TestSuite(nats, .init = server_make, .fini = server_end);

Test(nats, brings_messages_in_the_order_in_which_they_were_published)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = pull_open(link);
    basket *pulled;

    numbers_publish(link, "events.orders", 1, 1000);
    pulled = basket_pull(pull, 1000);
    cr_assert_eq(pulled->count, 1000);
    for (uint32_t i = 0; i < 1000; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "n-%u", i + 1);
        cr_assert_str_eq(pulled->payloads[i], text);
    }
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
}

Test(nats, wakes_for_the_first_message_without_waiting_for_more)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = pull_open(link);
    basket *pulled = calloc(1, sizeof *pulled);
    uint64_t started;
    uint32_t count = 0;

    numbers_publish(link, "events.orders", 1, 1);
    started = liq_clock_ns();
    cr_assert(liq_nats_pull_fetch(pull, true, 1000, basket_take, pulled, &count, NULL) == LIQ_OK);
    cr_expect_eq(count, 1);
    cr_expect(liq_clock_ns() - started < second_ns);
    cr_assert(liq_nats_pull_fetch(pull, true, 100, basket_take, pulled, &count, NULL) == LIQ_OK);
    cr_expect_eq(count, 0, "nothing more is there");
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
}

/* Counts messages and their bytes. */
typedef struct scales {
    uint32_t count;
    size_t bytes;
} scales;

static void scales_take(void *of, const liq_nats_message *message)
{
    scales *self = of;

    self->count++;
    self->bytes += message->payload.bytes;
}

Test(nats, brings_messages_that_are_large_together_or_alone)
{
    enum { SMALL = 300000, LARGE = 20000000, COUNT = 100 };
    const uint64_t until = liq_clock_ns() + 60 * second_ns;
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = pull_open(link);
    liq_nats_publisher *publisher = NULL;
    char *data = calloc(LARGE, 1);
    scales pulled = {0};
    liq_error err = {.message = ""};

    cr_assert(data != NULL && liq_nats_publisher_create(&publisher, link, NULL) == LIQ_OK);
    for (uint32_t i = 0; i <= COUNT; i++) {
        const liq_text text = {data, i == COUNT / 2 ? LARGE : SMALL};
        uint64_t token;
        char id[32];

        (void)snprintf(id, sizeof id, "%u", i);
        cr_assert(liq_nats_publish(publisher, "events.orders", id, text, 1, &err) == LIQ_OK, "%s",
                  err.message);
        cr_assert(liq_nats_publisher_answer(publisher, 20000, &token, &err) == LIQ_NATS_STORED);
    }
    while (pulled.count <= COUNT) {
        uint32_t count;

        cr_assert(liq_clock_ns() < until, "%u came", pulled.count);
        cr_assert(liq_nats_pull_fetch(pull, true, WAIT_MS, scales_take, &pulled, &count, &err) ==
                      LIQ_OK,
                  "%s", err.message);
    }
    cr_expect_eq(pulled.bytes, (size_t)COUNT * SMALL + LARGE);
    liq_nats_publisher_destroy(publisher);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(data);
}

Test(nats, stores_one_message_for_each_id)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = pull_open(link);
    basket *pulled;
    uint32_t count;

    numbers_publish(link, "events.orders", 1, 100);
    numbers_publish(link, "events.orders", 50, 150);
    pulled = basket_pull(pull, 150);
    cr_assert_eq(pulled->count, 150);
    cr_assert(liq_nats_pull_fetch(pull, true, WAIT_MS, basket_take, pulled, &count, NULL) ==
              LIQ_OK);
    cr_expect_eq(count, 0);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
}

Test(nats, brings_again_what_was_not_acknowledged_and_nothing_else)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = NULL;
    basket *first;
    basket *again;

    events.ack_wait_ns = second_ns;
    pull = pull_open(link);
    numbers_publish(link, "events.orders", 1, 20);
    first = basket_pull(pull, 20);
    cr_assert_eq(first->count, 20);
    for (uint32_t i = 0; i < 20; i++)
        if (i % 4 != 0)
            cr_assert(liq_nats_acknowledge(link, first->replies[i], NULL) == LIQ_OK);
    cr_assert(liq_nats_flush(link, 1000, NULL) == LIQ_OK);
    (void)usleep(1200000);
    again = basket_pull(pull, 5);
    cr_assert_eq(again->count, 5);
    for (uint32_t i = 0; i < 5; i++) {
        cr_expect_str_eq(again->payloads[i], first->payloads[i * 4]);
        cr_assert(liq_nats_acknowledge(link, again->replies[i], NULL) == LIQ_OK);
    }
    free(again);
    (void)usleep(1200000);
    again = basket_pull(pull, 1);
    cr_expect_eq(again->count, 0);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(first);
    free(again);
}

Test(nats, remembers_a_consumer_by_its_name)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = NULL;
    basket *pulled;

    events.ack_wait_ns = second_ns;
    pull = pull_open(link);
    numbers_publish(link, "events.orders", 1, 30);
    pulled = basket_pull(pull, 30);
    for (uint32_t i = 0; i < 10; i++)
        cr_assert(liq_nats_acknowledge(link, pulled->replies[i], NULL) == LIQ_OK);
    cr_assert(liq_nats_flush(link, 1000, NULL) == LIQ_OK);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
    broker_stop(&server, SIGTERM);
    broker_start(&server);
    link = broker_link(&server);
    pull = pull_open(link);
    (void)usleep(1200000);
    pulled = basket_pull(pull, 20);
    cr_assert_eq(pulled->count, 20);
    cr_expect_str_eq(pulled->payloads[0], "n-11");
    cr_expect_str_eq(pulled->payloads[19], "n-30");
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
}

Test(nats, fails_for_good_when_the_broker_goes_and_goes_on_over_a_new_link)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull *pull = pull_open(link);
    liq_nats_publisher *publisher = NULL;
    const uint64_t started = liq_clock_ns();
    liq_error err = {.message = ""};
    uint32_t count;
    basket *pulled;

    numbers_publish(link, "events.orders", 1, 10);
    cr_assert(liq_nats_publisher_create(&publisher, link, NULL) == LIQ_OK);
    cr_expect(liq_nats_link_is_up(link));
    broker_stop(&server, SIGKILL);
    while (liq_nats_link_is_up(link))
        cr_assert(liq_clock_ns() - started < 20 * second_ns);
    broker_start(&server);
    cr_expect_not(liq_nats_link_is_up(link), "it does not come back by itself");
    cr_expect(liq_nats_publish(publisher, "events.orders", "x", liq_text_of("x"), 1, &err) ==
              LIQ_IO);
    cr_expect(strstr(err.message, server.url) == err.message, "%s", err.message);
    cr_expect(strstr(err.message, "events.orders") != NULL, "%s", err.message);
    cr_expect(liq_nats_pull_fetch(pull, true, WAIT_MS, basket_take, NULL, &count, &err) == LIQ_IO);
    cr_expect(strstr(err.message, "consumer liqscan of stream EVENTS") != NULL, "%s", err.message);
    cr_expect(liq_nats_acknowledge(link, "x", &err) == LIQ_IO);
    liq_nats_publisher_destroy(publisher);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    link = broker_link(&server);
    pull = pull_open(link);
    numbers_publish(link, "events.orders", 8, 12);
    pulled = basket_pull(pull, 12);
    cr_assert_eq(pulled->count, 12);
    cr_expect_str_eq(pulled->payloads[11], "n-12");
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
    free(pulled);
}

Test(nats, says_that_no_broker_is_there)
{
    const liq_nats_options options = {.servers = server.url};
    const uint64_t started = liq_clock_ns();
    liq_nats_link *link = NULL;
    liq_error err = {.message = ""};

    broker_stop(&server, SIGTERM);
    cr_expect(liq_nats_options_check(&options, &err) == LIQ_OK, "settings need no broker");
    cr_expect(liq_nats_link_create(&link, &options, &err) == LIQ_IO);
    cr_expect_null(link);
    cr_expect(strstr(err.message, server.url) == err.message, "%s", err.message);
    cr_expect(strstr(err.message, "No server available") != NULL, "%s", err.message);
    cr_expect(liq_clock_ns() - started < 10 * second_ns);
}

Test(nats, ends_in_time_whether_the_broker_is_there_or_not)
{
    liq_nats_link *link = broker_link(&server);
    const uint64_t started = liq_clock_ns();

    liq_nats_link_destroy(link);
    link = broker_link(&server);
    broker_stop(&server, SIGKILL);
    liq_nats_link_destroy(link);
    liq_nats_link_destroy(NULL);
    cr_expect(liq_clock_ns() - started < 15 * second_ns);
}

/* What cannot be pulled from. */
static void pull_refuse(liq_nats_link *link, const liq_nats_pull_options *options,
                        liq_status status, const char *words)
{
    liq_nats_pull *pull = NULL;
    liq_error err = {.message = ""};

    cr_expect_eq(liq_nats_pull_create(&pull, link, options, &err), status, "%s", err.message);
    cr_expect(strstr(err.message, words) != NULL, "'%s' does not say '%s'", err.message, words);
    cr_expect(strstr(err.message, server.url) != NULL, "'%s' does not name the server",
              err.message);
}

Test(nats, says_which_stream_or_consumer_is_missing_or_of_another_kind)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_pull_options options = {.stream = "S", .subject = "s.>", .durable = "d"};

    pull_refuse(link, &options, LIQ_NOT_FOUND, "there is no stream S");
    options.subject = NULL;
    pull_refuse(link, &options, LIQ_NOT_FOUND, "there is no consumer d of stream S");
    options.subject = "s.>";
    options.is_made = true;
    {
        liq_nats_pull *pull = NULL;

        cr_assert(liq_nats_pull_create(&pull, link, &options, NULL) == LIQ_OK);
        liq_nats_pull_destroy(pull);
    }
    options.subject = "t.x";
    options.durable = "e";
    pull_refuse(link, &options, LIQ_BAD_INPUT, "stream S does not take the subject t.x");
    options.subject = "s.1";
    options.is_made = false;
    pull_refuse(link, &options, LIQ_NOT_FOUND, "there is no consumer e of stream S");
    broker_odd_consumer(&server, "S", "pushed", true);
    options.durable = "pushed";
    pull_refuse(link, &options, LIQ_BAD_INPUT, "consumer pushed of stream S pushes");
    broker_odd_consumer(&server, "S", "careless", false);
    options.durable = "careless";
    pull_refuse(link, &options, LIQ_BAD_INPUT, "must want explicit acknowledgements");
    liq_nats_link_destroy(link);
}

Test(nats, knows_which_subjects_a_stream_takes)
{
    static const struct {
        const char *taken;
        const char *asked;
        liq_status status;
    } rows[] = {
        {"a.b", "a.b", LIQ_OK},          {"a.*", "a.b", LIQ_OK},
        {"a.>", "a.b.c", LIQ_OK},        {"a.>", "a.>", LIQ_OK},
        {"a.*", "a.*", LIQ_OK},          {"a.>", "a.*", LIQ_OK},
        {"*.b", "x.b", LIQ_OK},          {"a.b", "a.c", LIQ_BAD_INPUT},
        {"a.b", "a", LIQ_BAD_INPUT},     {"a", "a.b", LIQ_BAD_INPUT},
        {"a.*", "a.b.c", LIQ_BAD_INPUT}, {"a.*", "a.>", LIQ_BAD_INPUT},
        {"a.b", "a.*", LIQ_BAD_INPUT},   {"a.>", "a", LIQ_BAD_INPUT},
        {"ab.c", "a.c", LIQ_BAD_INPUT},  {"a.bc", "a.b", LIQ_BAD_INPUT},
    };
    liq_nats_link *link = broker_link(&server);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char name[32];
        char taken[64];
        char asked[64];
        liq_nats_stream stream = {.stream = name, .subject = taken, .is_made = true};

        (void)snprintf(name, sizeof name, "S%zu", i);
        (void)snprintf(taken, sizeof taken, "row%zu.%s", i, rows[i].taken);
        (void)snprintf(asked, sizeof asked, "row%zu.%s", i, rows[i].asked);
        cr_assert(liq_nats_stream_ensure(link, &stream, NULL) == LIQ_OK, "%zu", i);
        stream.subject = asked;
        cr_expect_eq(liq_nats_stream_ensure(link, &stream, NULL), rows[i].status, "%s in %s",
                     rows[i].asked, rows[i].taken);
    }
    liq_nats_link_destroy(link);
}

Test(nats, says_when_no_stream_takes_what_is_published)
{
    liq_nats_link *link = broker_link(&server);
    liq_nats_publisher *publisher = NULL;
    liq_error err = {.message = ""};
    uint64_t token = 0;

    cr_assert(liq_nats_publisher_create(&publisher, link, NULL) == LIQ_OK);
    cr_expect_eq(liq_nats_publisher_answer(publisher, 0, &token, &err), LIQ_NATS_SILENT);
    cr_assert(liq_nats_publish(publisher, "nobody.listens", "id-1", liq_text_of("x"), 77, NULL) ==
              LIQ_OK);
    cr_expect_eq(liq_nats_publisher_answer(publisher, 1000, &token, &err), LIQ_NATS_REFUSED);
    cr_expect_eq(token, 0);
    cr_expect(strstr(err.message, "no stream takes the subject") != NULL, "%s", err.message);
    liq_nats_publisher_destroy(publisher);
    liq_nats_link_destroy(link);
}

Test(nats, never_shows_a_password)
{
    char servers[256];
    const liq_nats_options options = {.servers = servers};
    liq_nats_pull *pull = NULL;
    liq_nats_link *link = NULL;
    liq_error err = {.message = ""};

    (void)snprintf(servers, sizeof servers, "nats://me:secret@127.0.0.1:%d,tok@127.0.0.1:%d",
                   server.port, server.port);
    cr_assert(liq_nats_link_create(&link, &options, &err) == LIQ_OK, "%s", err.message);
    cr_expect(liq_nats_pull_create(&pull, link,
                                   &(liq_nats_pull_options){.stream = "S", .durable = "d"},
                                   &err) == LIQ_NOT_FOUND);
    cr_expect(strstr(err.message, "secret") == NULL && strstr(err.message, "tok") == NULL);
    cr_expect(strstr(err.message, "nats://127.0.0.1:") == err.message, "%s", err.message);
    liq_nats_link_destroy(link);
}

Test(nats, refuses_settings_that_cannot_be_used)
{
    static const liq_nats_options rows[] = {
        {.servers = "nats://127.0.0.1:4222", .authority = "/no/such/file"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_error err = {.message = ""};

        cr_expect(liq_nats_options_check(&rows[i], &err) == LIQ_BAD_INPUT, "%zu", i);
        cr_expect(strstr(err.message, "these settings cannot be used") != NULL, "%s", err.message);
        cr_expect(strstr(err.message, "nats://127.0.0.1:") == err.message, "%s", err.message);
    }
}
