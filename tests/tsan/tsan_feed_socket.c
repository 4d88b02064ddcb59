/*
 * A source, a subscriber, others that only come and go, and two that both believe to be the same
 * source and take it from each other, while the engine pops, acknowledges,
 * tells and wakes. ThreadSanitizer is the judge; what arrives is checked as well.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fail.h"
#include "feed/feed_message.h"
#include "feed/feed_socket.h"

enum { EVENTS = 20000, VISITS = 200, THREADS = 5 };

static char folder[] = "/tmp/liq_tsan_XXXXXX";
static char path[64];
static _Atomic uint64_t last_line;

static liq_status lines_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err);
static void *source_run(void *unused);
static void *subscriber_run(void *unused);
static void *visitors_run(void *unused);
static void *rivals_run(void *unused);
static int connect_to(void);
static void send_text(int descriptor, const char *text);
static void engine_run(liq_feed_queue *queue, liq_feed_socket *server);

int main(void)
{
    static const char *const sources[] = {"orders", "marks"};
    const liq_feed_socket_options options = {
        .path = path, .sources = sources, .source_count = 2, .lines = {.next = lines_next}};
    void *(*const programs[THREADS])(void *) = {source_run, subscriber_run, visitors_run,
                                                rivals_run, rivals_run};
    liq_feed_queue *queue;
    liq_feed_socket *server;
    pthread_t threads[THREADS];

    LIQ_ASSERT(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/s", folder);
    LIQ_ASSERT(liq_feed_queue_create(&queue, 1024 * 1024, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_feed_socket_start(&server, queue, &options, NULL) == LIQ_OK);
    for (int i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_create(&threads[i], NULL, programs[i], NULL) == 0);
    engine_run(queue, server);
    for (int i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    liq_feed_queue_close(queue);
    liq_feed_socket_stop(server, 1000000000);
    liq_feed_queue_destroy(queue);
    LIQ_ASSERT(rmdir(folder) == 0);
    (void)puts("tsan_feed_socket: ok");
    return 0;
}

static void engine_run(liq_feed_queue *queue, liq_feed_socket *server)
{
    char line[LIQ_FEED_MESSAGE_BYTES];
    liq_feed_socket_facts facts;
    uint64_t seq = 0;

    while (seq < EVENTS) {
        liq_feed_batch *const batch = liq_feed_queue_pop(queue, 10000000);

        if (batch == NULL)
            continue;
        for (uint32_t i = 0; batch->source == 0 && i < batch->event_count; i++)
            LIQ_ASSERT(batch->events[i].seq == ++seq);
        liq_feed_queue_done(queue, batch);
        liq_feed_socket_acknowledge(server, 0, seq);
        liq_feed_socket_tell(server, 0,
                             (liq_text){line, liq_feed_message_refused(line, "orders", seq, "no")});
        atomic_store(&last_line, seq);
        liq_feed_socket_wake(server);
        liq_feed_socket_facts_read(server, &facts);
    }
}

static liq_status lines_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err)
{
    (void)context;
    (void)err;
    for (*bytes = 0; seq <= atomic_load(&last_line) && room - *bytes > 40; seq++)
        *bytes += (size_t)snprintf(out + *bytes, 40, "%llu\n", (unsigned long long)seq);
    *next_seq = seq;
    return LIQ_OK;
}

/* Reads only at the end. */
static void *source_run(void *unused)
{
    const int descriptor = connect_to();
    char text[256];

    (void)unused;
    send_text(descriptor, "{\"source\":\"orders\"}\n");
    for (int seq = 1; seq <= EVENTS; seq++) {
        (void)snprintf(text, sizeof text,
                       "{\"type\":\"fund\",\"seq\":%d,\"fund\":\"F\",\"balance\":\"1\"}\n", seq);
        send_text(descriptor, text);
    }
    do {
        const ssize_t bytes = recv(descriptor, text, sizeof text - 1, 0);

        LIQ_ASSERT(bytes > 0);
        text[bytes] = '\0';
    } while (strstr(text, "applied") == NULL);
    (void)close(descriptor);
    return NULL;
}

static void *subscriber_run(void *unused)
{
    const int descriptor = connect_to();
    uint64_t lines = 0;
    char text[4096];

    (void)unused;
    send_text(descriptor, "{\"subscribe\":{\"from\":1}}\n");
    while (lines < EVENTS) {
        const ssize_t bytes = recv(descriptor, text, sizeof text, 0);

        LIQ_ASSERT(bytes > 0);
        for (ssize_t i = 0; i < bytes; i++)
            lines += text[i] == '\n';
    }
    (void)close(descriptor);
    return NULL;
}

static void *visitors_run(void *unused)
{
    (void)unused;
    for (int i = 0; i < VISITS; i++) {
        const int descriptor = connect_to();

        if (i % 2 == 0)
            send_text(descriptor, i % 4 == 0 ? "nonsense\n" : "{\"subscribe\":{\"from\":1}}\n");
        (void)close(descriptor);
    }
    return NULL;
}

/* Sends until the other one takes over, or for a while. */
static void *rivals_run(void *unused)
{
    (void)unused;
    for (int i = 0; i < VISITS; i++) {
        const int descriptor = connect_to();
        char line[128];
        ssize_t sent = send(descriptor, "{\"source\":\"marks\"}\n", 19, MSG_NOSIGNAL);

        for (int seq = 1; seq <= 50 && sent > 0; seq++) {
            const int bytes =
                snprintf(line, sizeof line,
                         "{\"type\":\"fund\",\"seq\":%d,\"fund\":\"F\",\"balance\":\"1\"}\n", seq);

            sent = send(descriptor, line, (size_t)bytes, MSG_NOSIGNAL);
        }
        (void)close(descriptor);
    }
    return NULL;
}

static int connect_to(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path));
    LIQ_ASSERT(connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0);
    return descriptor;
}

static void send_text(int descriptor, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        const ssize_t bytes = send(descriptor, text + strlen(text) - left, left, MSG_NOSIGNAL);

        LIQ_ASSERT(bytes > 0);
        left -= (size_t)bytes;
    }
}
