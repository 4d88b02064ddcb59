/*
 * Sources and subscribers over a real socket. What they do under load is in test_feed_load.c.
 */
#include <criterion/criterion.h>

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "feed/feed_message.h"
#include "feed/feed_socket.h"
#include "wire/support_client.h"

#define FUND(seq) "{\"type\":\"fund\",\"seq\":" seq ",\"fund\":\"F\",\"balance\":\"1\"}\n"

static const int64_t forever = 10LL * 1000000000;
static const char *const sources[] = {"orders", NULL, "marks"};
static const uint64_t applied[] = {17, 0, 0};

static const char *path;
static liq_feed_queue *queue;
static liq_feed_socket *server;
static _Atomic uint64_t last_line; /* decisions there are: their numbers, one a line */

static liq_status lines_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err)
{
    (void)context;
    *bytes = 0;
    if (seq >= 1000000000) {
        err->status = LIQ_NOT_FOUND;
        (void)strcpy(err->message, "no such line is kept");
        return LIQ_NOT_FOUND;
    }
    for (; seq <= atomic_load(&last_line) && room - *bytes > 40; seq++)
        *bytes += (size_t)sprintf(out + *bytes, "{\"seq\":%llu}\n", (unsigned long long)seq);
    *next_seq = seq;
    return LIQ_OK;
}

static void start(size_t queue_bytes)
{
    const liq_feed_socket_options options = {.path = path,
                                             .sources = sources,
                                             .applied = applied,
                                             .source_count = 3,
                                             .lines = {.next = lines_next}};
    liq_error error = {.message = ""};

    cr_assert(liq_feed_queue_create(&queue, queue_bytes, NULL) == LIQ_OK);
    cr_assert(liq_feed_socket_start(&server, queue, &options, &error) == LIQ_OK, "%s",
              error.message);
}

static void stop(void)
{
    liq_feed_queue_close(queue);
    liq_feed_socket_stop(server, 0);
    server = NULL;
    liq_feed_queue_destroy(queue);
}

static void setup(void)
{
    path = client_folder_make();
    start(1024 * 1024);
}

static void teardown(void)
{
    stop();
    client_folder_remove();
}

TestSuite(feed_socket, .init = setup, .fini = teardown);

/* The next batch, which must hold events of a source from first to last. */
static void expect_events(uint32_t source, uint64_t first, uint64_t last)
{
    while (first <= last) {
        liq_feed_batch *const batch = liq_feed_queue_pop(queue, forever);

        cr_assert(batch != NULL && batch->source == source && !batch->is_end);
        for (uint32_t i = 0; i < batch->event_count; i++, first++)
            cr_assert(batch->events[i].seq == first, "%llu rather than %llu",
                      (unsigned long long)batch->events[i].seq, (unsigned long long)first);
        liq_feed_queue_done(queue, batch);
    }
}

static liq_feed_socket_facts facts_now(void)
{
    liq_feed_socket_facts facts;

    liq_feed_socket_facts_read(server, &facts);
    return facts;
}

static void tell(const char *line)
{
    liq_feed_socket_tell(server, 0, liq_text_of(line));
}

Test(feed_socket, takes_events_of_a_source_and_answers_with_positions)
{
    static client orders;

    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    client_send(&orders, FUND("18") FUND("19") "{\"type\":");
    expect_events(0, 18, 19);
    client_send(&orders, "\"fund\",\"seq\":20,\"fund\":\"F\",\"balance\":\"1\"}\n");
    expect_events(0, 20, 20);
    liq_feed_socket_acknowledge(server, 0, 20);
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":20}");
    client_close(&orders);
}

Test(feed_socket, takes_events_that_come_with_the_first_line)
{
    static client marks;

    client_open(&marks, path);
    client_send(&marks, "{\"source\":\"marks\"}\n" FUND("1") FUND("2") "{");
    client_expect(&marks, "{\"source\":\"marks\",\"applied\":0}");
    expect_events(2, 1, 2);
    client_close(&marks);
}

Test(feed_socket, takes_a_first_line_byte_by_byte)
{
    static client orders;

    client_open(&orders, path);
    for (const char *at = "{\"source\":\"orders\"}\n" FUND("18"); *at != '\0'; at++) {
        client_send_bytes(&orders, at, 1);
        (void)usleep(100);
    }
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    expect_events(0, 18, 18);
    client_close(&orders);
}

Test(feed_socket, refuses_a_first_line_that_says_nothing)
{
    static const struct {
        const char *line;
        const char *answer;
    } cases[] = {
        {"hello\n", "{\"error\":\"hello:1: column 1: expected a value, found hello\"}"},
        {"\n" FUND("1"), "{\"error\":\"hello: holds no JSON value\"}"},
        {"{\"source\":\"nobody\"}\n",
         "{\"error\":\"hello:1: source \\\"nobody\\\": is no source of this socket\"}"},
        {FUND("18"),
         "{\"error\":\"hello:1: unknown key \\\"type\\\" (known: source, subscribe)\"}"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        static client caller;

        client_open(&caller, path);
        client_send(&caller, cases[i].line);
        client_expect(&caller, cases[i].answer);
        client_expect_end(&caller);
        client_close(&caller);
    }
    cr_expect(facts_now().refused_hellos == sizeof cases / sizeof cases[0]);
    cr_expect(liq_feed_queue_pop(queue, 0) == NULL);
}

Test(feed_socket, refuses_a_first_line_without_end)
{
    static char long_line[LIQ_FEED_HELLO_BYTES + 100];
    static client caller;

    memset(long_line, ' ', sizeof long_line);
    client_open(&caller, path);
    (void)send(caller.descriptor, long_line, sizeof long_line, MSG_NOSIGNAL);
    client_expect(&caller, "{\"error\":\"the first line has more than 4095 bytes\"}");
    client_expect_end(&caller);
    client_close(&caller);
    client_open(&caller, path);
    client_send(&caller, "{\"source\":\"orders\"}");
    client_send_end(&caller);
    client_expect_end(&caller);
    client_close(&caller);
}

Test(feed_socket, drops_half_a_line_at_the_end_of_a_connection)
{
    static client orders;

    client_open(&orders, path);
    client_send(&orders,
                "{\"source\":\"orders\"}\n" FUND(
                    "18") "{\"type\":\"fund\",\"seq\":19,\"fund\":\"F\",\"balance\":\"1\"}");
    client_close(&orders);
    expect_events(0, 18, 18);
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    client_send(&orders, FUND("19"));
    expect_events(0, 19, 19);
    client_close(&orders);
}

Test(feed_socket, answers_a_source_that_sends_no_more)
{
    static client orders;

    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n" FUND("18"));
    client_send_end(&orders);
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    expect_events(0, 18, 18);
    liq_feed_socket_acknowledge(server, 0, 18);
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":18}");
    client_close(&orders);
}

Test(feed_socket, lets_a_newer_connection_take_over)
{
    static client older;
    static client newer;

    client_open(&older, path);
    client_send(&older, "{\"source\":\"orders\"}\n" FUND("18"));
    client_expect(&older, "{\"source\":\"orders\",\"applied\":17}");
    expect_events(0, 18, 18);
    client_send(&older, "{\"half\":");
    client_open(&newer, path);
    client_send(&newer, "{\"source\":\"orders\"}\n");
    client_expect(&newer, "{\"source\":\"orders\",\"applied\":17}");
    client_expect(&older, "{\"source\":\"orders\",\"closed\":\"a newer connection took over\"}");
    client_expect_end(&older);
    client_close(&older);
    client_send(&newer, FUND("19"));
    expect_events(0, 19, 19);
    liq_feed_socket_acknowledge(server, 0, 19);
    client_expect(&newer, "{\"source\":\"orders\",\"applied\":19}");
    cr_expect(facts_now().takeovers == 1 && facts_now().sources == 1);
    client_close(&newer);
}

Test(feed_socket, tells_a_source_what_was_refused_now_or_when_it_comes)
{
    static client orders;
    char line[LIQ_FEED_MESSAGE_BYTES];

    liq_feed_socket_tell(server, 0,
                         (liq_text){line, liq_feed_message_resync(line, "orders", 3, 5)});
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    client_expect(&orders, "{\"source\":\"orders\",\"resync\":{\"from\":3,\"to\":5}}");
    liq_feed_socket_tell(server, 0,
                         (liq_text){line, liq_feed_message_refused(line, "orders", 18, "no")});
    client_expect(&orders, "{\"source\":\"orders\",\"refused\":{\"seq\":18,\"error\":\"no\"}}");
    client_close(&orders);
}

Test(feed_socket, drops_messages_that_nobody_reads_and_says_how_many)
{
    static client orders;
    uint64_t kept = 0;
    const char *line;

    for (int i = 0; i < 10000; i++)
        tell("{\"a line of 30 bytes in all\"}\n");
    cr_expect(facts_now().dropped_messages > 5000);
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    while ((line = client_line(&orders)) != NULL && strstr(line, "dropped") == NULL)
        kept++;
    cr_assert(line != NULL);
    cr_expect(kept + strtoull(strrchr(line, ':') + 1, NULL, 10) == 10000, "%s", line);
    tell("{\"again\"}\n");
    client_expect(&orders, "{\"again\"}");
    client_close(&orders);
}

Test(feed_socket, tells_a_source_that_does_not_read_only_the_newest_position)
{
    static client lazy;
    uint64_t positions = 0;
    uint64_t last = 0;

    client_open(&lazy, path);
    client_send(&lazy, "{\"source\":\"orders\"}\n");
    client_expect(&lazy, "{\"source\":\"orders\",\"applied\":17}");
    for (uint64_t seq = 18; seq <= 200000; seq++)
        liq_feed_socket_acknowledge(server, 0, seq);
    while (last < 200000) {
        const char *const line = client_line(&lazy);
        const uint64_t position = strtoull(strrchr(line, ':') + 1, NULL, 10);

        cr_assert(position > last);
        last = position;
        positions++;
    }
    cr_expect(positions < 100000, "%llu", (unsigned long long)positions);
    client_close(&lazy);
}

Test(feed_socket, does_not_read_a_source_while_the_queue_is_full)
{
    static client orders;
    liq_feed_queue_facts facts = {.waits = 0};
    char line[128];
    uint64_t sent = 17;

    stop();
    start(1);
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    for (;;) { /* until the socket takes no more */
        const int bytes =
            sprintf(line, "{\"type\":\"fund\",\"seq\":%llu,\"fund\":\"F\",\"balance\":\"1\"}\n",
                    (unsigned long long)sent + 1);
        struct pollfd entry = {.fd = orders.descriptor, .events = POLLOUT};

        if (poll(&entry, 1, 100) == 0)
            break;
        client_send_bytes(&orders, line, (size_t)bytes);
        sent++;
    }
    liq_feed_queue_facts_read(queue, &facts);
    cr_expect(facts.batches == 1 && facts.waits >= 1 && sent > 17 + 20,
              "%llu batches, %llu waits, %llu sent", (unsigned long long)facts.batches,
              (unsigned long long)facts.waits, (unsigned long long)sent);
    client_close(&orders); /* what it sent is there all the same */
    expect_events(0, 18, sent);
}

Test(feed_socket, sends_lines_from_where_a_subscriber_asks)
{
    static client subscriber;
    char line[64];

    atomic_store(&last_line, 5);
    client_open(&subscriber, path);
    client_send(&subscriber, "{\"subscribe\":{\"from\":3}}\n");
    for (int seq = 3; seq <= 5; seq++) {
        (void)sprintf(line, "{\"seq\":%d}", seq);
        client_expect(&subscriber, line);
    }
    atomic_store(&last_line, 6);
    liq_feed_socket_wake(server);
    client_expect(&subscriber, "{\"seq\":6}");
    atomic_store(&last_line, 7);
    {
        const uint64_t one = 1;

        cr_assert(write(liq_feed_socket_event(server), &one, sizeof one) == sizeof one);
    }
    client_expect(&subscriber, "{\"seq\":7}");
    cr_expect(facts_now().subscribers == 1);
    client_close(&subscriber);
}

Test(feed_socket, sends_everything_to_a_subscriber_at_its_own_pace)
{
    static client slow;
    static client lazy;
    static client orders;
    char line[64];

    atomic_store(&last_line, 300000);
    client_open(&slow, path);
    client_send(&slow, "{\"subscribe\":{\"from\":1}}\n");
    client_send_end(&slow);
    client_open(&lazy, path);
    client_send(&lazy, "{\"subscribe\":{\"from\":1}}\n");
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n" FUND("18"));
    expect_events(0, 18, 18);
    for (int seq = 1; seq <= 300000; seq++) {
        (void)sprintf(line, "{\"seq\":%d}", seq);
        client_expect(&slow, line);
    }
    client_send(&orders, FUND("19"));
    expect_events(0, 19, 19);
    client_close(&slow);
    client_close(&lazy);
    client_close(&orders);
}

Test(feed_socket, tells_a_subscriber_why_it_gets_no_more)
{
    static client subscriber;

    client_open(&subscriber, path);
    client_send(&subscriber, "{\"subscribe\":{\"from\":1000000000}}\n");
    client_expect(&subscriber, "{\"error\":\"no such line is kept\"}");
    client_expect_end(&subscriber);
    client_close(&subscriber);
}

Test(feed_socket, refuses_subscribers_when_there_is_nothing_to_subscribe_to)
{
    static client subscriber;
    const liq_feed_socket_options options = {.path = path, .sources = sources, .source_count = 3};

    liq_feed_socket_stop(server, 0);
    cr_assert(liq_feed_socket_start(&server, queue, &options, NULL) == LIQ_OK);
    client_open(&subscriber, path);
    client_send(&subscriber, "{\"subscribe\":{\"from\":1}}\n");
    client_expect(&subscriber, "{\"error\":\"nothing can be subscribed to here\"}");
    client_expect_end(&subscriber);
    client_close(&subscriber);
}

Test(feed_socket, ends_sources_when_the_queue_is_closed)
{
    static client orders;

    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    liq_feed_queue_close(queue);
    client_send(&orders, FUND("18"));
    client_expect(&orders, "{\"error\":\"no more is read\"}");
    client_expect_end(&orders);
    client_close(&orders);
}

Test(feed_socket, gives_the_last_positions_when_it_stops)
{
    static client orders;

    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":17}");
    liq_feed_socket_acknowledge(server, 0, 99);
    liq_feed_socket_stop(server, forever);
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":99}");
    client_expect_end(&orders);
    client_close(&orders);
    liq_feed_queue_destroy(queue);
    start(1024 * 1024);
}

Test(feed_socket, takes_the_place_of_those_who_say_nothing)
{
    static client silent[2];
    static client orders;
    const liq_feed_socket_options options = {.path = path,
                                             .sources = sources,
                                             .source_count = 3,
                                             .connections_max = 2,
                                             .hello_wait_ms = 50};

    liq_feed_socket_stop(server, 0);
    cr_assert(liq_feed_socket_start(&server, queue, &options, NULL) == LIQ_OK);
    client_open(&silent[0], path);
    client_open(&silent[1], path);
    client_send(&silent[1], "{\"source\":");
    (void)usleep(100000);
    client_open(&orders, path);
    client_expect(&orders, "{\"error\":\"too many connections\"}");
    client_expect_end(&orders);
    client_close(&orders);
    for (int i = 0; i < 2; i++) {
        client_expect(&silent[i], "{\"error\":\"no first line came\"}");
        client_expect_end(&silent[i]);
        client_close(&silent[i]);
    }
    client_open(&orders, path);
    client_send(&orders, "{\"source\":\"orders\"}\n");
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":0}");
    (void)usleep(100000);
    liq_feed_socket_acknowledge(server, 0, 1);
    client_expect(&orders, "{\"source\":\"orders\",\"applied\":1}");
    client_close(&orders);
}
