/* Pages as curl sees them, with an engine that is a thread of the test. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/json.h"
#include "outlet/ops_pages.h"
#include "outlet/serve_metrics.h"

enum { SAID_BYTES = 65536, CLIENTS = LIQ_MAILBOX_QUESTIONS_MAX + 4 };

static liq_metrics *metrics;
static liq_ops_pages *pages;
static pthread_t engine;
static _Atomic int engine_state; /* 0: sleeps, 1: answers, 2: ends */
static char said[SAID_BYTES];

/* Answers what it was asked. */
static void *engine_run(void *unused)
{
    liq_question question;

    (void)unused;
    while (atomic_load(&engine_state) != 2) {
        char *body = NULL;
        int bytes;

        if (atomic_load(&engine_state) == 0 ||
            !liq_mailbox_take(liq_ops_pages_mailbox(pages), &question)) {
            (void)usleep(1000);
            continue;
        }
        bytes = asprintf(&body, "{\"kind\":%d,\"name\":\"%s\",\"side\":\"%s\",\"limit\":%u}\n",
                         (int)question.kind, question.name, question.is_short ? "short" : "long",
                         question.limit);
        cr_assert(bytes > 0);
        liq_mailbox_answer(liq_ops_pages_mailbox(pages), question.ticket,
                           strcmp(question.name, "nobody") == 0 ? 404 : 200, body, (size_t)bytes);
    }
    return NULL;
}

static liq_status decisions_test(void *context, uint32_t last, char **body, size_t *bytes,
                                 liq_error *err)
{
    cr_assert_eq(context, &metrics);
    if (last == 13) {
        if (err != NULL)
            (void)snprintf(err->message, sizeof err->message, "the \"disk\" is gone");
        return LIQ_IO;
    }
    *bytes = (size_t)asprintf(body, "{\"seq\":1}\n{\"last\":%u}\n", last);
    return LIQ_OK;
}

static void start_with(uint32_t beat_ms, uint32_t answer_ms, bool has_decisions)
{
    const liq_serve_names names = {.version = "1"};
    liq_ops_options options = {.beat_ms = beat_ms, .answer_ms = answer_ms};
    liq_error err = {0};

    cr_assert_eq(liq_serve_metrics_create(&metrics, &names, &err), LIQ_OK, "%s", err.message);
    options.metrics = metrics;
    if (has_decisions) {
        options.decisions = decisions_test;
        options.decisions_context = &metrics;
    }
    cr_assert_eq(liq_ops_pages_start(&pages, &options, &err), LIQ_OK, "%s", err.message);
    atomic_store(&engine_state, 1);
    cr_assert_eq(pthread_create(&engine, NULL, engine_run, NULL), 0);
}

static void start(void)
{
    start_with(0, 0, true);
}

static void stop(void)
{
    atomic_store(&engine_state, 2);
    cr_assert_eq(pthread_join(engine, NULL), 0);
    liq_ops_pages_stop(pages);
    liq_metrics_destroy(metrics);
}

TestSuite(ops_pages);

/* Get a page: its status; its body in said. */
static int get_into(const char *path, char *out, size_t room)
{
    char line[1024];
    FILE *pipe;
    size_t bytes;
    int status = 0;

    (void)snprintf(
        line, sizeof line,
        "curl --noproxy '*' -g -sS -m 20 -w '%%{http_code}' 'http://127.0.0.1:%u%s' 2>&1",
        (unsigned)liq_ops_pages_port(pages), path);
    pipe = popen(line, "r");
    cr_assert_not_null(pipe);
    bytes = fread(out, 1, room - 1, pipe);
    out[bytes] = '\0';
    cr_assert_eq(pclose(pipe), 0, "%s: %s", path, out);
    cr_assert_geq(bytes, 3);
    status = atoi(out + bytes - 3);
    out[bytes - 3] = '\0';
    return status;
}

static int get(const char *path)
{
    if (system("command -v curl >/dev/null 2>&1") != 0) {
        cr_assert_null(getenv("LIQ_REQUIRE_DEVICE"), "curl is missing");
        cr_skip_test("curl is missing");
    }
    return get_into(path, said, sizeof said);
}

typedef struct page_case {
    char path[160];
    int status;
    char body[128];
} page_case;

ParameterizedTestParameters(ops_pages, ask_the_engine_what_the_path_says)
{
    static page_case cases[] = {
        {"/v1/accounts/ann", 200,
         "{\"kind\":1,\"name\":\"ann\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/accounts/a%20b%2Fc", 200,
         "{\"kind\":1,\"name\":\"a b/c\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/accounts/nobody", 404,
         "{\"kind\":1,\"name\":\"nobody\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/positions/ann", 200,
         "{\"kind\":2,\"name\":\"ann\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/adl/BTCUSDT?side=short", 200,
         "{\"kind\":3,\"name\":\"BTCUSDT\",\"side\":\"short\",\"limit\":100}\n"},
        {"/v1/adl/BTC/USDT:USDT?limit=1000&side=long", 200,
         "{\"kind\":3,\"name\":\"BTC/USDT:USDT\",\"side\":\"long\",\"limit\":1000}\n"},
        {"/v1/funds", 200, "{\"kind\":4,\"name\":\"\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/slowest-ticks", 200, "{\"kind\":6,\"name\":\"\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/status", 200, "{\"kind\":5,\"name\":\"\",\"side\":\"long\",\"limit\":100}\n"},
        {"/v1/decisions", 200, "{\"seq\":1}\n{\"last\":100}\n"},
        {"/v1/decisions?last=7", 200, "{\"seq\":1}\n{\"last\":7}\n"},
    };

    return cr_make_param_array(page_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(page_case *row, ops_pages, ask_the_engine_what_the_path_says, .init = start,
                  .fini = stop)
{
    cr_expect_eq(get(row->path), row->status);
    cr_expect_str_eq(said, row->body);
}

ParameterizedTestParameters(ops_pages, refuse_what_is_no_question)
{
    static page_case cases[] = {
        {"/nowhere", 404, "there is no such page; / lists them"},
        {"/metrics/", 404, "there is no such page; / lists them"},
        {"/metricsx", 404, "there is no such page; / lists them"},
        {"/v1/funds/USDT", 404, "there is no such page; / lists them"},
        {"/v1/accounts", 404, "there is no such page; / lists them"},
        {"/v1/accounts/", 400, "a name is missing behind /v1/accounts/"},
        {"/v1/accounts/%ff", 400, "that is no name: 1 to 128 bytes of UTF-8, none of control"},
        {"/v1/accounts/a%0ab", 400, "that is no name: 1 to 128 bytes of UTF-8, none of control"},
        {"/v1/accounts/"
         "12345678901234567890123456789012345678901234567890123456789012345678901234567890"
         "1234567890123456789012345678901234567890123456789",
         400, "that is no name: 1 to 128 bytes of UTF-8, none of control"},
        {"/v1/adl/BTCUSDT", 400, "side must be long or short"},
        {"/v1/adl/BTCUSDT?side=Long", 400, "side must be long or short"},
        {"/v1/adl/BTCUSDT?side=long&limit=0", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&limit=1001", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&limit=-1", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&limit=", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&limit=1x", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&limit=99999999999999999999", 400, "limit must be 1 to 1000"},
        {"/v1/adl/BTCUSDT?side=long&Limit=1", 400, "Limit is not asked for here"},
        {"/v1/status?x", 400, "x is not asked for here"},
        {"/v1/decisions?last=0", 400, "last must be 1 to 1000"},
        {"/v1/decisions?first=1", 400, "first is not asked for here"},
        {"/v1/decisions?last=13", 500, "the \\\"disk\\\" is gone"},
    };

    return cr_make_param_array(page_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(page_case *row, ops_pages, refuse_what_is_no_question, .init = start,
                  .fini = stop)
{
    char expected[256];

    (void)snprintf(expected, sizeof expected, "{\"error\":\"%s\"}\n", row->body);
    cr_expect_eq(get(row->path), row->status);
    cr_expect_str_eq(said, expected);
}

Test(ops_pages, say_what_there_is, .init = start, .fini = stop)
{
    cr_expect_eq(get("/"), 200);
    cr_expect_not_null(strstr(said, "/metrics\n"));
    cr_expect_not_null(strstr(said, "/v1/adl/INSTRUMENT?side=long|short&limit=N\n"));
    cr_expect_not_null(strstr(said, "/v1/accounts/ID\n"));
}

Test(ops_pages, tell_metrics_and_count_requests_by_how_they_ended, .init = start, .fini = stop)
{
    cr_expect_eq(get("/v1/nothing"), 404);
    cr_expect_eq(get("/healthz"), 200);
    cr_expect_eq(get("/readyz"), 503);
    liq_metrics_add(metrics, LIQ_SERVE_TICKS, 0, 42);
    cr_expect_eq(get("/metrics?name[]=x"), 200);
    cr_expect_not_null(strstr(said, "\nliqscan_ticks_total 42\n"));
    cr_expect_not_null(strstr(said, "\nliqscan_http_requests_total{outcome=\"ok\"} 1\n"));
    cr_expect_not_null(strstr(said, "\nliqscan_http_requests_total{outcome=\"bad\"} 1\n"));
    cr_expect_not_null(strstr(said, "\nliqscan_http_requests_total{outcome=\"not_ready\"} 1\n"));
}

Test(ops_pages, are_not_ready_until_told_and_name_every_reason, .init = start, .fini = stop)
{
    cr_expect_eq(get("/readyz"), 503);
    cr_expect_str_eq(said, "{\"ready\":false,\"reasons\":[\"starting\"]}\n");
    liq_ops_pages_hold(pages, 0xff);
    cr_expect_eq(get("/readyz"), 503);
    cr_expect_str_eq(said, "{\"ready\":false,\"reasons\":[\"starting\",\"recovering\","
                           "\"book_incomplete\",\"no_fresh_marks\",\"source_gap\","
                           "\"journal_failing\",\"device_failing\",\"stopping\"]}\n");
    for (uint32_t i = 0; i < 8; i++) {
        char quoted[64];

        (void)snprintf(quoted, sizeof quoted, "\"%s\"",
                       liq_ops_reason_name((liq_ops_reason)(1u << i)));
        cr_expect_not_null(strstr(said, quoted));
    }
    liq_ops_pages_hold(pages, 0);
    cr_expect_eq(get("/readyz"), 200);
    cr_expect_str_eq(said, "{\"ready\":true,\"reasons\":[]}\n");
}

Test(ops_pages, call_an_engine_dead_that_does_not_beat, .fini = stop)
{
    start_with(400, 0, false);
    cr_expect_eq(get("/healthz"), 200);
    cr_expect_not_null(strstr(said, "{\"alive\":true,\"heartbeat_age_ms\":"));
    (void)usleep(500000);
    cr_expect_eq(get("/healthz"), 503);
    cr_expect_not_null(strstr(said, "{\"alive\":false,\"heartbeat_age_ms\":"));
    liq_ops_pages_beat(pages);
    cr_expect_eq(get("/healthz"), 200);
}

Test(ops_pages, have_no_decisions_where_nobody_keeps_any, .fini = stop)
{
    start_with(0, 0, false);
    cr_expect_eq(get("/v1/decisions"), 404);
}

Test(ops_pages, tell_when_the_engine_takes_too_long, .fini = stop)
{
    start_with(0, 200, true);
    atomic_store(&engine_state, 0);
    cr_expect_eq(get("/v1/funds"), 504);
    cr_expect_str_eq(said, "{\"error\":\"the engine did not answer within 200 ms\"}\n");
    cr_expect_eq(get("/healthz"), 200);
    atomic_store(&engine_state, 1);
    cr_expect_eq(get("/v1/funds"), 200);
}

static void *get_funds(void *out)
{
    char body[1024];

    *(int *)out = get_into("/v1/funds", body, sizeof body);
    return NULL;
}

Test(ops_pages, turn_questions_away_when_too_many_wait, .fini = stop)
{
    pthread_t threads[CLIENTS];
    int status[CLIENTS];
    int answered = 0, refused = 0;

    start_with(0, 15000, true);
    atomic_store(&engine_state, 0);
    for (int i = 0; i < CLIENTS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, get_funds, &status[i]), 0);
    (void)usleep(2000000);
    cr_expect_eq(get("/metrics"), 200); /* which needs no engine */
    atomic_store(&engine_state, 1);
    for (int i = 0; i < CLIENTS; i++) {
        cr_assert_eq(pthread_join(threads[i], NULL), 0);
        answered += status[i] == 200;
        refused += status[i] == 503;
    }
    cr_expect_eq(answered + refused, CLIENTS);
    cr_expect_eq(refused, CLIENTS - LIQ_MAILBOX_QUESTIONS_MAX, "%d", refused);
}

Test(ops_pages, stop_while_a_question_waits, .fini = stop)
{
    pthread_t thread;
    int status = 0;

    start_with(0, 20000, true);
    atomic_store(&engine_state, 0);
    cr_assert_eq(pthread_create(&thread, NULL, get_funds, &status), 0);
    (void)usleep(500000);
    atomic_store(&engine_state, 2);
    liq_mailbox_close(liq_ops_pages_mailbox(pages));
    cr_assert_eq(pthread_join(thread, NULL), 0);
    cr_expect_eq(status, 503);
}

Test(ops_pages, are_silent_where_there_are_none)
{
    liq_question question;

    liq_ops_pages_beat(NULL);
    liq_ops_pages_hold(NULL, LIQ_OPS_GAP);
    cr_expect_not(liq_mailbox_take(liq_ops_pages_mailbox(NULL), &question));
    cr_expect_eq(liq_ops_pages_port(NULL), 0);
    liq_ops_pages_stop(NULL);
}

Test(ops_pages, say_why_they_cannot_be_served)
{
    const liq_ops_options options = {.address = "nowhere"};
    liq_ops_pages *none = NULL;
    liq_error err = {0};

    cr_expect_eq(liq_ops_pages_start(&none, &options, &err), LIQ_BAD_INPUT);
    cr_expect_null(none);
    cr_expect_str_eq(err.message, "http address \"nowhere\" is no IP address");
}
