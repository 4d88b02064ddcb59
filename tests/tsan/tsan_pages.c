/*
 * Clients fetch pages over real sockets while an engine beats, counts, answers questions and
 * changes its mind about being ready; then all of it stops under the clients.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fail.h"
#include "outlet/ops_pages.h"
#include "outlet/serve_metrics.h"

enum { CLIENTS = 4, FETCHES = 60 };

static liq_ops_pages *pages;
static liq_metrics *metrics;
static uint16_t port;
static _Atomic int done;
static _Atomic uint32_t answered;

static void *fetch_all(void *unused);
static void fetch(const char *path);
static void *run_engine(void *unused);

int main(void)
{
    const liq_serve_names names = {.version = "1"};
    liq_ops_options options = {.answer_ms = 5000};
    pthread_t clients[CLIENTS];
    pthread_t engine;

    LIQ_ASSERT(liq_serve_metrics_create(&metrics, &names, NULL) == LIQ_OK);
    options.metrics = metrics;
    LIQ_ASSERT(liq_ops_pages_start(&pages, &options, NULL) == LIQ_OK);
    port = liq_ops_pages_port(pages);
    LIQ_ASSERT(pthread_create(&engine, NULL, run_engine, NULL) == 0);
    for (int i = 0; i < CLIENTS; i++)
        LIQ_ASSERT(pthread_create(&clients[i], NULL, fetch_all, NULL) == 0);
    LIQ_ASSERT(pthread_join(clients[0], NULL) == 0);
    atomic_store(&done, 1);
    LIQ_ASSERT(pthread_join(engine, NULL) == 0);
    liq_ops_pages_stop(pages);
    for (int i = 1; i < CLIENTS; i++)
        LIQ_ASSERT(pthread_join(clients[i], NULL) == 0);
    liq_metrics_destroy(metrics);
    LIQ_ASSERT(atomic_load(&answered) > 0);
    (void)puts("tsan_pages: ok");
    return 0;
}

static void *fetch_all(void *unused)
{
    static const char *const paths[] = {"/metrics",   "/healthz",         "/readyz",
                                        "/v1/status", "/v1/accounts/ann", "/nowhere"};

    (void)unused;
    for (int i = 0; i < FETCHES; i++)
        fetch(paths[i % 6]);
    return NULL;
}

/* One request; that the server has gone is no fault. */
static void fetch(const char *path)
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[4096];
    int bytes;

    LIQ_ASSERT(descriptor >= 0);
    bytes = snprintf(text, sizeof text, "GET %s HTTP/1.0\r\n\r\n", path);
    if (connect(descriptor, (const struct sockaddr *)&at, sizeof at) == 0 &&
        send(descriptor, text, (size_t)bytes, MSG_NOSIGNAL) == bytes)
        while (recv(descriptor, text, sizeof text, 0) > 0)
            atomic_fetch_add(&answered, 1);
    (void)close(descriptor);
}

static void *run_engine(void *unused)
{
    liq_question question;

    (void)unused;
    for (uint32_t i = 0; atomic_load(&done) == 0; i++) {
        liq_ops_pages_beat(pages);
        liq_ops_pages_hold(pages, i % 2);
        liq_metrics_add(metrics, LIQ_SERVE_TICKS, 0, 1);
        while (liq_mailbox_take(liq_ops_pages_mailbox(pages), &question))
            liq_mailbox_answer(liq_ops_pages_mailbox(pages), question.ticket, 200, strdup("{}\n"),
                               3);
        (void)usleep(100);
    }
    return NULL;
}
