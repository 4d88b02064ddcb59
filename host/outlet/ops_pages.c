#include "outlet/ops_pages.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/text_buffer.h"
#include "outlet/page_answer.h"
#include "outlet/serve_metrics.h"
#include "wire/http_server.h"

enum { REASON_COUNT = 8, TEXT_BYTES = 1024, MILLISECOND = 1000000 };

static const char *const reason_names[REASON_COUNT] = {
    "starting",   "recovering",      "book_incomplete", "no_fresh_marks",
    "source_gap", "journal_failing", "device_failing",  "stopping"};

struct liq_ops_pages {
    liq_http_server *server;
    liq_mailbox *mailbox;
    liq_ops_options options;
    _Atomic uint64_t beat_ns;
    _Atomic uint32_t reasons;
};

/* One page: what answers it, and what it may be asked. */
typedef struct ops_route {
    const char *path; /* ends in a slash: what follows is a name */
    void (*answer)(liq_ops_pages *pages, const struct ops_route *route,
                   const liq_http_request *request, liq_http_answer *answer);
    liq_question_kind kind;    /* of pages that the engine answers */
    const char *const *values; /* of the query, ends with NULL; NULL: anything is ignored */
} ops_route;

static void page_index(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer);
static void page_metrics(liq_ops_pages *pages, const ops_route *route,
                         const liq_http_request *request, liq_http_answer *answer);
static void page_alive(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer);
static void page_ready(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer);
static void page_question(liq_ops_pages *pages, const ops_route *route,
                          const liq_http_request *request, liq_http_answer *answer);
static void page_decisions(liq_ops_pages *pages, const ops_route *route,
                           const liq_http_request *request, liq_http_answer *answer);

static const char *const no_values[] = {NULL};
static const char *const adl_values[] = {"side", "limit", NULL};
static const char *const decisions_values[] = {"last", NULL};

static const ops_route routes[] = {
    {.path = "/metrics", .answer = page_metrics},
    {.path = "/healthz", .answer = page_alive},
    {.path = "/readyz", .answer = page_ready},
    {"/v1/accounts/", page_question, LIQ_QUESTION_ACCOUNT, no_values},
    {"/v1/positions/", page_question, LIQ_QUESTION_POSITIONS, no_values},
    {"/v1/adl/", page_question, LIQ_QUESTION_ADL, adl_values},
    {"/v1/funds", page_question, LIQ_QUESTION_FUNDS, no_values},
    {"/v1/status", page_question, LIQ_QUESTION_STATUS, no_values},
    {"/v1/slowest-ticks", page_question, LIQ_QUESTION_SLOW, no_values},
    {.path = "/v1/decisions", .answer = page_decisions, .values = decisions_values},
    {.path = "/", .answer = page_index}, /* whose name is empty */
};

static void answer_request(void *context, const liq_http_request *request, liq_http_answer *answer);
static const ops_route *route_find(const char *path);
static const char *route_name(const ops_route *route, const char *path);
static void count_request(liq_ops_pages *pages, const liq_http_answer *answer);
static bool question_read(const ops_route *route, const liq_http_request *request,
                          liq_question *question, liq_http_answer *answer);

liq_status liq_ops_pages_start(liq_ops_pages **out, const liq_ops_options *options, liq_error *err)
{
    liq_http_options http = {
        .address = options->address, .port = options->port, .handler = answer_request};
    liq_ops_pages *pages;
    void *memory = NULL;
    liq_status status = liq_memory_array(&memory, 1, sizeof *pages, err);

    *out = NULL;
    if (status != LIQ_OK)
        return status;
    pages = memory;
    pages->options = *options;
    if (pages->options.beat_ms == 0)
        pages->options.beat_ms = LIQ_OPS_BEAT_MS;
    if (pages->options.answer_ms == 0)
        pages->options.answer_ms = LIQ_OPS_ANSWER_MS;
    liq_ops_pages_hold(pages, LIQ_OPS_STARTING);
    liq_ops_pages_beat(pages);
    http.context = pages;
    if ((status = liq_mailbox_create(&pages->mailbox, options->wake, options->wake_context, err)) !=
            LIQ_OK ||
        (status = liq_http_server_start(&pages->server, &http, err)) != LIQ_OK)
        goto done;
    *out = pages;
    pages = NULL;
done:
    liq_ops_pages_stop(pages);
    return status;
}

void liq_ops_pages_stop(liq_ops_pages *pages)
{
    if (pages == NULL)
        return;
    liq_mailbox_close(pages->mailbox); /* before the threads that wait in it are waited for */
    liq_http_server_stop(pages->server);
    liq_mailbox_destroy(pages->mailbox);
    free(pages);
}

uint16_t liq_ops_pages_port(const liq_ops_pages *pages)
{
    return pages == NULL ? 0 : liq_http_server_port(pages->server);
}

void liq_ops_pages_beat(liq_ops_pages *pages)
{
    if (pages != NULL)
        atomic_store_explicit(&pages->beat_ns, liq_clock_ns(), memory_order_relaxed);
}

void liq_ops_pages_hold(liq_ops_pages *pages, uint32_t reasons)
{
    LIQ_ASSERT(reasons >> REASON_COUNT == 0);
    if (pages != NULL)
        atomic_store_explicit(&pages->reasons, reasons, memory_order_relaxed);
}

liq_mailbox *liq_ops_pages_mailbox(liq_ops_pages *pages)
{
    return pages == NULL ? NULL : pages->mailbox;
}

const char *liq_ops_reason_name(liq_ops_reason reason)
{
    uint32_t i = 0;

    LIQ_ASSERT(reason != 0 && ((uint32_t)reason >> REASON_COUNT) == 0);
    while (((uint32_t)reason >> i & 1) == 0)
        i++;
    return reason_names[i];
}

static void answer_request(void *context, const liq_http_request *request, liq_http_answer *answer)
{
    liq_ops_pages *pages = context;
    const ops_route *route = route_find(liq_http_path(request));
    const char *unknown = NULL;

    if (route != NULL && route->values != NULL)
        unknown = liq_http_query_unknown(request, route->values);
    if (route == NULL)
        liq_page_error(answer, 404, "there is no such page; / lists them");
    else if (unknown != NULL)
        liq_page_error(answer, 400, "%s is not asked for here", unknown);
    else
        route->answer(pages, route, request, answer);
    count_request(pages, answer);
}

static const ops_route *route_find(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        if (route_name(&routes[i], path) != NULL)
            return &routes[i];
    return NULL;
}

/* The name in a path, "" when the route has none; NULL: another route's path. */
static const char *route_name(const ops_route *route, const char *path)
{
    const size_t bytes = strlen(route->path);

    if (strncmp(path, route->path, bytes) != 0)
        return NULL;
    path += bytes;
    if (bytes == 1 || route->path[bytes - 1] != '/')
        return *path == '\0' ? path : NULL;
    return path;
}

static void count_request(liq_ops_pages *pages, const liq_http_answer *answer)
{
    const liq_serve_http outcome = answer->status < 400         ? LIQ_SERVE_HTTP_OK
                                   : answer->status == 504      ? LIQ_SERVE_HTTP_LATE
                                   : answer->status < 500       ? LIQ_SERVE_HTTP_BAD
                                   : answer->retry_after_s != 0 ? LIQ_SERVE_HTTP_BUSY
                                                                : LIQ_SERVE_HTTP_NOT_READY;

    liq_metrics_add(pages->options.metrics, LIQ_SERVE_HTTP_REQUESTS, outcome, 1);
}

static void page_index(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer)
{
    char data[TEXT_BYTES];
    liq_text_buffer text;

    (void)pages;
    (void)route;
    (void)request;
    liq_text_buffer_start(&text, data, sizeof data);
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++)
        liq_text_buffer_format(&text, "%s%s%s\n", routes[i].path,
                               routes[i].kind == LIQ_QUESTION_ADL         ? "INSTRUMENT"
                               : routes[i].kind == LIQ_QUESTION_ACCOUNT   ? "ID"
                               : routes[i].kind == LIQ_QUESTION_POSITIONS ? "ID"
                                                                          : "",
                               routes[i].values == adl_values         ? "?side=long|short&limit=N"
                               : routes[i].values == decisions_values ? "?last=N"
                                                                      : "");
    liq_page_text(answer, 200, &text);
    answer->content_type = NULL;
}

static void page_metrics(liq_ops_pages *pages, const ops_route *route,
                         const liq_http_request *request, liq_http_answer *answer)
{
    liq_error err;

    (void)route;
    (void)request;
    answer->status = 200;
    answer->content_type = LIQ_METRICS_CONTENT_TYPE;
    if (liq_metrics_text_make(pages->options.metrics, &answer->body, &answer->bytes, &err) !=
        LIQ_OK)
        liq_page_error(answer, 500, "%s", err.message);
}

static void page_alive(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer)
{
    /* The beat is read first: a later one could lie behind the clock's answer. */
    const uint64_t beat_ns = atomic_load_explicit(&pages->beat_ns, memory_order_relaxed);
    const uint64_t now_ns = liq_clock_ns();
    const uint64_t age_ms = now_ns > beat_ns ? (now_ns - beat_ns) / MILLISECOND : 0;
    const bool is_alive = age_ms < pages->options.beat_ms;
    char data[TEXT_BYTES];
    liq_text_buffer text;

    (void)route;
    (void)request;
    liq_text_buffer_start(&text, data, sizeof data);
    liq_text_buffer_format(&text, "{\"alive\":%s,\"heartbeat_age_ms\":%" PRIu64 "}\n",
                           is_alive ? "true" : "false", age_ms);
    liq_page_text(answer, is_alive ? 200 : 503, &text);
}

static void page_ready(liq_ops_pages *pages, const ops_route *route,
                       const liq_http_request *request, liq_http_answer *answer)
{
    const uint32_t reasons = atomic_load_explicit(&pages->reasons, memory_order_relaxed);
    const char *comma = "";
    char data[TEXT_BYTES];
    liq_text_buffer text;

    (void)route;
    (void)request;
    liq_text_buffer_start(&text, data, sizeof data);
    liq_text_buffer_format(&text, "{\"ready\":%s,\"reasons\":[", reasons == 0 ? "true" : "false");
    for (uint32_t i = 0; i < REASON_COUNT; i++)
        if ((reasons >> i & 1) != 0) {
            liq_text_buffer_format(&text, "%s\"%s\"", comma, reason_names[i]);
            comma = ",";
        }
    liq_text_buffer_string(&text, "]}\n");
    liq_page_text(answer, reasons == 0 ? 200 : 503, &text);
}

static void page_question(liq_ops_pages *pages, const ops_route *route,
                          const liq_http_request *request, liq_http_answer *answer)
{
    liq_question question = {.kind = route->kind};
    liq_mailbox_reply reply = {0};

    if (!question_read(route, request, &question, answer))
        return;
    switch (liq_mailbox_ask(pages->mailbox, &question,
                            (uint64_t)pages->options.answer_ms * MILLISECOND, &reply)) {
    case LIQ_MAILBOX_ANSWERED:
        *answer = (liq_http_answer){.status = reply.status,
                                    .content_type = LIQ_PAGE_JSON,
                                    .body = reply.body,
                                    .bytes = reply.bytes};
        return;
    case LIQ_MAILBOX_FULL:
        liq_page_error(answer, 503, "%d questions are waiting already", LIQ_MAILBOX_QUESTIONS_MAX);
        answer->retry_after_s = 1;
        return;
    case LIQ_MAILBOX_LATE:
        liq_page_error(answer, 504, "the engine did not answer within %" PRIu32 " ms",
                       pages->options.answer_ms);
        return;
    case LIQ_MAILBOX_CLOSED:
        liq_page_error(answer, 503, "the engine is stopping");
        return;
    }
}

static void page_decisions(liq_ops_pages *pages, const ops_route *route,
                           const liq_http_request *request, liq_http_answer *answer)
{
    const liq_ops_options *options = &pages->options;
    uint32_t last = LIQ_OPS_ROWS_USUAL;
    liq_error err = {0};

    (void)route;
    if (options->decisions == NULL) {
        liq_page_error(answer, 404, "there is no such page; / lists them");
        return;
    }
    if (!liq_page_count(request, "last", LIQ_OPS_ROWS_MAX, &last, answer))
        return;
    answer->status = 200;
    answer->content_type = LIQ_PAGE_LINES;
    if (options->decisions(options->decisions_context, last, &answer->body, &answer->bytes, &err) !=
        LIQ_OK) {
        answer->body = NULL;
        liq_page_error(answer, 500, "%s", err.message);
    }
}

/* @return false: it is refused, and the answer says why */
static bool question_read(const ops_route *route, const liq_http_request *request,
                          liq_question *question, liq_http_answer *answer)
{
    const liq_text name = liq_text_of(route_name(route, liq_http_path(request)));
    const char *side = liq_http_query(request, "side");

    question->limit = LIQ_OPS_ROWS_USUAL;
    if (name.bytes > 0 && !liq_names_valid(name)) {
        liq_page_error(answer, 400, "that is no name: 1 to %d bytes of UTF-8, none of control",
                       LIQ_NAME_BYTES_MAX);
        return false;
    }
    if (route->path[strlen(route->path) - 1] == '/' && name.bytes == 0) {
        liq_page_error(answer, 400, "a name is missing behind %s", route->path);
        return false;
    }
    memcpy(question->name, name.data, name.bytes);
    if (route->kind != LIQ_QUESTION_ADL)
        return true;
    if (side == NULL || (strcmp(side, "long") != 0 && strcmp(side, "short") != 0)) {
        liq_page_error(answer, 400, "side must be long or short");
        return false;
    }
    question->is_short = strcmp(side, "short") == 0;
    return liq_page_count(request, "limit", LIQ_OPS_ROWS_MAX, &question->limit, answer);
}
