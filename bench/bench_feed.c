/*
 * What it takes to read events: a line of 130 bytes to an event, and the whole way through a
 * Unix-domain socket into the queue of the engine, with the processor time of the reader alone.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "feed/feed_parse.h"
#include "feed/feed_socket.h"

enum { LINES = 500, LINE_BYTES = 131, SMALL_EVENTS = 20000, EVENTS = 500000 };

typedef struct feed_bench {
    bench_state bench;
    char lines[LINES][LINE_BYTES];
    liq_feed_parser parser;
    liq_feed_batch *batch;
    liq_feed_queue *queue;
    liq_feed_socket *server;
    char folder[32];
    char path[40];
    uint64_t events;       /* of one run through the socket */
    uint64_t least_cpu_ns; /* of the reader, in the cheapest run */
    uint64_t sender_cpu_ns;
} feed_bench;

static void lines_make(feed_bench *self);
static liq_status parse_once(void *context, uint64_t *ns, liq_error *err);
static void socket_run(feed_bench *self);
static liq_status socket_once(void *context, uint64_t *ns, liq_error *err);
static void *send_all(void *of);
static void *positions_read(void *of);
static int connect_to(const char *path);
static uint64_t cpu_ns(clockid_t clock);

int main(int argument_count, char **arguments)
{
    static feed_bench self;
    bench_row row = {.what = "parse 500 positions of 130 bytes",
                     .bytes = (uint64_t)LINES * (LINE_BYTES - 1)};
    liq_error error;

    bench_start(&self.bench, "feed", argument_count, arguments);
    lines_make(&self);
    bench_need(&self.bench, liq_feed_batch_create(&self.batch, &error), &error);
    bench_need(&self.bench, measure_take(&row.time, &self.bench.limits, parse_once, &self, &error),
               &error);
    bench_row_write(&self.bench, &row);
    liq_feed_batch_destroy(self.batch);
    liq_feed_parser_clear(&self.parser);
    socket_run(&self);
    return bench_end(&self.bench);
}

/* Each with its newline. */
static void lines_make(feed_bench *self)
{
    char line[LINE_BYTES + 1];

    for (int i = 0; i < LINES; i++) {
        const int bytes = snprintf(
            line, sizeof line,
            "{\"type\":\"position\",\"seq\":%d,\"account\":\"a%07d\",\"symbol\":\"BTCUSDT\","
            "\"side\":\"long\",\"contracts\":\"0.%03d\",\"entryPrice\":\"5%04d.1\"}\n",
            1000000 + i, i * 771, i + 1, i);

        bench_check(&self->bench, bytes == LINE_BYTES, "lines are as long as they should be");
        memcpy(self->lines[i], line, LINE_BYTES);
    }
}

static liq_status parse_once(void *context, uint64_t *ns, liq_error *err)
{
    feed_bench *const self = context;

    (void)ns;
    liq_feed_batch_clear(self->batch);
    for (int i = 0; i < LINES; i++) {
        const liq_text line = {self->lines[i], LINE_BYTES - 1};
        const liq_status status = liq_feed_parse(&self->parser, self->batch, line, err);

        if (status != LIQ_OK)
            return status;
    }
    bench_check(&self->bench, self->batch->events[LINES - 1].kind == LIQ_FEED_POSITION,
                "lines are positions");
    return LIQ_OK;
}

static void socket_run(feed_bench *self)
{
    static const char *const sources[] = {"bench"};
    const liq_feed_socket_options options = {
        .path = self->path, .sources = sources, .source_count = 1};
    char what[128];
    bench_row row = {.what = what};
    liq_error error;

    self->events = self->bench.is_small ? SMALL_EVENTS : EVENTS;
    self->least_cpu_ns = UINT64_MAX;
    (void)strcpy(self->folder, "/tmp/liq_bench_XXXXXX");
    bench_check(&self->bench, mkdtemp(self->folder) != NULL, "a folder can be made");
    (void)snprintf(self->path, sizeof self->path, "%s/s", self->folder);
    bench_need(&self->bench, liq_feed_queue_create(&self->queue, 64 * 1024 * 1024, &error), &error);
    bench_need(&self->bench, liq_feed_socket_start(&self->server, self->queue, &options, &error),
               &error);
    bench_need(&self->bench,
               measure_take(&row.time, &self->bench.limits, socket_once, self, &error), &error);
    row.bytes = self->events * LINE_BYTES;
    (void)snprintf(
        what, sizeof what, "%llu positions, socket to engine (reader: %.2f us of CPU each)",
        (unsigned long long)self->events, (double)self->least_cpu_ns / 1000 / (double)self->events);
    bench_row_write(&self->bench, &row);
    liq_feed_queue_close(self->queue);
    liq_feed_socket_stop(self->server, 0);
    liq_feed_queue_destroy(self->queue);
    (void)rmdir(self->folder);
}

/* The reader's time is what the process took, less the sender, the engine (this thread) and who
 * reads positions, which takes next to nothing. */
static liq_status socket_once(void *context, uint64_t *ns, liq_error *err)
{
    feed_bench *const self = context;
    const uint64_t process_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
    const uint64_t engine_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    uint64_t seen = 0;
    uint64_t reader_ns;
    pthread_t sender;

    (void)ns;
    (void)err;
    bench_check(&self->bench, pthread_create(&sender, NULL, send_all, self) == 0,
                "a thread can be made");
    while (seen < self->events) {
        liq_feed_batch *const batch = liq_feed_queue_pop(self->queue, 10000000000);

        bench_check(&self->bench, batch != NULL, "events come");
        seen += batch->event_count;
        liq_feed_queue_done(self->queue, batch);
    }
    bench_check(&self->bench, seen == self->events, "each event comes once");
    bench_check(&self->bench, pthread_join(sender, NULL) == 0, "the sender ends");
    reader_ns = cpu_ns(CLOCK_PROCESS_CPUTIME_ID) - process_ns - self->sender_cpu_ns -
                (cpu_ns(CLOCK_THREAD_CPUTIME_ID) - engine_ns);
    if (reader_ns < self->least_cpu_ns)
        self->least_cpu_ns = reader_ns;
    return LIQ_OK;
}

static void *send_all(void *of)
{
    static const char hello[] = "{\"source\":\"bench\"}\n";
    feed_bench *const self = of;
    const int descriptor = connect_to(self->path);
    pthread_t listener;
    uint64_t sent = 0;

    bench_check(&self->bench, descriptor >= 0, "the socket answers");
    bench_check(&self->bench, send(descriptor, hello, sizeof hello - 1, 0) == sizeof hello - 1,
                "the first line is taken");
    bench_check(&self->bench,
                pthread_create(&listener, NULL, positions_read, (void *)(intptr_t)descriptor) == 0,
                "a thread can be made");
    while (sent < self->events * LINE_BYTES) { /* an exchange would write some lines at once */
        const size_t at = sent % sizeof self->lines;
        const size_t left = self->events * LINE_BYTES - sent;
        const size_t piece = sizeof self->lines - at < left ? sizeof self->lines - at : left;
        const ssize_t bytes = send(descriptor, (const char *)self->lines + at, piece, MSG_NOSIGNAL);

        bench_check(&self->bench, bytes > 0, "the socket takes what is sent");
        sent += (uint64_t)bytes;
    }
    bench_check(&self->bench, shutdown(descriptor, SHUT_RDWR) == 0, "the connection ends");
    bench_check(&self->bench, pthread_join(listener, NULL) == 0, "the listener ends");
    (void)close(descriptor);
    self->sender_cpu_ns = cpu_ns(CLOCK_THREAD_CPUTIME_ID);
    return NULL;
}

static void *positions_read(void *of)
{
    char text[4096];

    while (recv((int)(intptr_t)of, text, sizeof text, 0) > 0)
        continue;
    return NULL;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);

    memcpy(address.sun_path, path, strlen(path));
    if (connect(descriptor, (const struct sockaddr *)&address, sizeof address) == 0)
        return descriptor;
    (void)close(descriptor);
    return -1;
}

static uint64_t cpu_ns(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
