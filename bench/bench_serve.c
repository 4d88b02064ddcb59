/*
 * The sidecar end to end: the program itself, fed over its socket with updates of all marks ten
 * times a second and beside them with 100,000 positions a second; how long from the marks on the
 * socket to the first line that they decide, how long until they are durable, and how that compares
 * with a bare tick of the same book in the same run. Then it is killed, and how long until it is
 * back is measured.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <liqscan/live.h>

#include "base/clock.h"
#include "base/memory.h"
#include "bench.h"
#include "book/columns.h"

extern char **environ;

enum {
    MARKS_PER_SECOND = 10,
    POSITIONS_PER_SECOND = 100000,
    STEP_MS = 10,
    QUIET_MILLIONTHS = 300,
    LINE_BYTES = 512,
    CONNECT_TRIES = 6000,
    BUCKETS = 12,
    WORST = 12,
    LATE_NS = 1000000 /* that an acknowledgement may be seen behind a line of the next tick */
};

typedef struct serve_bench {
    bench_state bench;
    liq_book *book;
    char folder[BENCH_PATH_BYTES];
    char config[BENCH_PATH_BYTES + 32];
    char socket[BENCH_PATH_BYTES + 32];
    pid_t process;
    uint16_t port; /* of its numbers */
    uint32_t seconds;
    uint32_t ticks;
    uint64_t *sent_ns;    /* of each update of marks */
    uint64_t *decided_ns; /* of the first line after it; 0: none */
    uint64_t *durable_ns; /* when it was acknowledged */
    atomic_uint marks_sent;
    uint32_t marks_durable;
    atomic_bool is_over;
    uint64_t positions_sent;
    uint64_t positions_durable;
    uint64_t lines;
    uint64_t bare_ns; /* median of a bare tick */
    uint32_t *steady; /* positions of accounts that are far from their requirement */
    uint64_t steady_count;
    char *marks_text;
    size_t marks_room;
    double *levels;
    uint64_t state;
} serve_bench;

static void prepare(serve_bench *self);
static void bare_measure(serve_bench *self);
static void steady_find(serve_bench *self, liq_live *live);
static void program_start(serve_bench *self);
static int feed_open(serve_bench *self, const char *hello);
static void *positions_run(void *context);
static void *decisions_run(void *context);
static void first_measure(serve_bench *self, int feed);
static void marks_run(serve_bench *self, int feed);
static void durable_read(serve_bench *self, int feed, uint64_t until_ns);
static size_t marks_write(serve_bench *self, uint32_t seq);
static bool lines_send(int feed, const char *data, size_t bytes);
static uint64_t applied_read(int feed, char *buffer, size_t *used, size_t room);
static void report(serve_bench *self, const char *what, const uint64_t *from, const uint64_t *to);
static uint16_t port_find(const serve_bench *self);
static void numbers_report(const serve_bench *self);
static void page_read(const serve_bench *self, const char *path, char *text, size_t room);
static void slowest_report(const serve_bench *self);
static void worst_report(const serve_bench *self);
static void decided_settle(serve_bench *self);
static void histogram_write(char *text, const char *name, const char *label);
static void restart_measure(serve_bench *self);
static int compare_ns(const void *left, const void *right);
static uint64_t draw(serve_bench *self);
static void sleep_until(uint64_t ns);

int main(int argument_count, char **arguments)
{
    static serve_bench self;
    pthread_t positions;
    pthread_t decisions;
    int feed;

    bench_start(&self.bench, "serve", argument_count, arguments);
    (void)signal(SIGPIPE, SIG_IGN);
    prepare(&self);
    bare_measure(&self);
    program_start(&self);
    feed = feed_open(&self, "{\"source\":\"marks\"}\n");
    bench_check(&self.bench, feed >= 0, "the sidecar cannot be reached");
    first_measure(&self, feed);
    bench_check(&self.bench, pthread_create(&decisions, NULL, decisions_run, &self) == 0, "thread");
    bench_check(&self.bench, pthread_create(&positions, NULL, positions_run, &self) == 0, "thread");
    marks_run(&self, feed);
    atomic_store(&self.is_over, true);
    (void)pthread_join(positions, NULL);
    (void)pthread_join(decisions, NULL);
    decided_settle(&self);
    report(&self, "marks on the socket to first decision out", self.sent_ns, self.decided_ns);
    report(&self, "marks on the socket to acknowledged", self.sent_ns, self.durable_ns);
    worst_report(&self);
    fprintf(stderr,
            "serve: %" PRIu64 " positions sent, %" PRIu64 " durable, in %u s; %" PRIu64
            " decisions; bare tick %.2f ms\n",
            self.positions_sent, self.positions_durable, self.seconds, self.lines,
            (double)self.bare_ns / 1e6);
    (void)close(feed);
    numbers_report(&self);
    slowest_report(&self);
    restart_measure(&self);
    liq_book_destroy(self.book);
    free(self.sent_ns);
    free(self.decided_ns);
    free(self.durable_ns);
    free(self.marks_text);
    free(self.levels);
    free(self.steady);
    return bench_end(&self.bench);
}

static void prepare(serve_bench *self)
{
    const bench_state *bench = &self->bench;
    const char *temporary = getenv("TMPDIR");
    const char *more = getenv("LIQ_BENCH_SERVE"); /* members of the configuration */
    const bool has_more = more != NULL && more[0] != '\0';
    char command[2 * BENCH_PATH_BYTES];
    FILE *file;

    self->book = bench_book(bench);
    self->seconds = bench->is_small ? 2 : (uint32_t)(bench->limits.budget_ns / 1000000000);
    self->ticks = self->seconds * MARKS_PER_SECOND;
    self->sent_ns = calloc(self->ticks, sizeof *self->sent_ns);
    self->decided_ns = calloc(self->ticks, sizeof *self->decided_ns);
    self->durable_ns = calloc(self->ticks, sizeof *self->durable_ns);
    self->levels = calloc(self->book->venue.instrument_count, sizeof *self->levels);
    self->marks_room = (size_t)self->book->venue.instrument_count * 192 + 256;
    self->marks_text = malloc(self->marks_room);
    bench_check(bench, self->sent_ns != NULL && self->marks_text != NULL, "memory");
    for (uint32_t i = 0; i < self->book->venue.instrument_count; i++)
        self->levels[i] = 1;
    self->state = 42;
    (void)snprintf(self->folder, sizeof self->folder, "%s/liqscan-serve-XXXXXX",
                   temporary == NULL ? "/tmp" : temporary);
    bench_check(bench, mkdtemp(self->folder) != NULL, "folder");
    (void)snprintf(self->config, sizeof self->config, "%s/config.json", self->folder);
    (void)snprintf(self->socket, sizeof self->socket, "%s/socket", self->folder);
    (void)snprintf(command, sizeof command, "%s/config.json", self->folder);
    self->port = port_find(self);
    file = fopen(command, "w");
    bench_check(bench, file != NULL, "config");
    fprintf(file,
            "{\"name\":\"bench\",\"book\":\"%s\",\"state\":\"%s/state\",\"socket\":\"%s\",\n"
            "\"sources\":[{\"source\":\"marks\",\"kind\":\"socket\"},"
            "{\"source\":\"orders\",\"kind\":\"socket\"}],\n"
            "\"outlets\":[],\"http\":{\"port\":%u}%s%s%s%s%s}\n",
            bench->directory, self->folder, self->socket, self->port,
            bench->device == NULL ? "" : ",\"device\":\"",
            bench->device == NULL ? "" : bench->device, bench->device == NULL ? "" : "\"",
            has_more ? "," : "", has_more ? more : "");
    (void)fclose(file);
}

/* What a tick of the same moves costs where nothing is read, recorded or sent. */
static void bare_measure(serve_bench *self)
{
    enum { RUNS = 15 };
    uint64_t times[RUNS];
    liq_live_event *events = calloc(self->book->venue.instrument_count, sizeof *events);
    char(*texts)[64] = calloc(self->book->venue.instrument_count, sizeof *texts);
    liq_live_options options = {.device = self->bench.device};
    liq_live *live = NULL;
    liq_error err;

    bench_need(&self->bench, liq_live_create(&live, self->book, &options, &err), &err);
    bench_need(&self->bench, liq_live_tick(live, NULL, &err), &err);
    for (uint32_t run = 0; run < RUNS; run++) {
        uint32_t count = 0;
        uint64_t start_ns;

        for (uint32_t i = 0; i < self->book->venue.instrument_count; i++) {
            const liq_decimal mark = self->book->instrument_marks[i];
            double price = (double)mark.digits;

            for (int32_t j = 0; j < mark.decimals; j++)
                price /= 10;
            price *= 1 + ((double)(draw(self) % (2 * QUIET_MILLIONTHS)) - QUIET_MILLIONTHS) / 1e6;
            (void)snprintf(texts[i], sizeof texts[i], "%.*f", (int)mark.decimals + 1, price);
            if (mark.digits != 0)
                events[count++] =
                    (liq_live_event){.kind = LIQ_LIVE_MARK,
                                     .symbol = liq_names_get(self->book->venue.instrument_names, i),
                                     .price = texts[i]};
        }
        start_ns = liq_clock_ns();
        bench_need(&self->bench, liq_live_apply(live, events, count, &err), &err);
        bench_need(&self->bench, liq_live_tick(live, NULL, &err), &err);
        times[run] = liq_clock_ns() - start_ns;
    }
    steady_find(self, live);
    qsort(times, RUNS, sizeof *times, compare_ns);
    self->bare_ns = times[RUNS / 2];
    liq_live_destroy(live);
    free(events);
    free(texts);
}

/* Everybody trades as often as everybody else, but not those who are about to be liquidated:
 * opening their positions again and again would time liquidations. */
static void steady_find(serve_bench *self, liq_live *live)
{
    const liq_book *book = self->book;
    uint32_t last = UINT32_MAX;
    bool is_steady = false;

    self->steady = malloc(book->position_count * sizeof *self->steady);
    bench_check(&self->bench, self->steady != NULL, "memory");
    for (uint64_t i = 0; i < book->position_count; i++) {
        const liq_position *position = &book->positions[i];
        liq_scan_row row;

        if (position->account_index == last && (!is_steady || draw(self) % 2 != 0))
            continue;
        if (position->account_index != last)
            is_steady =
                liq_live_find(live, liq_names_get(book->account_names, position->account_index),
                              NULL, 0, &row, NULL) == LIQ_OK &&
                row.status == LIQ_MARGIN_OK && row.equity > 3 * row.maintenance_margin;
        last = position->account_index;
        if (!is_steady || position->isolated)
            continue;
        if (self->steady_count > 0 &&
            book->positions[self->steady[self->steady_count - 1]].account_index ==
                position->account_index)
            self->steady[self->steady_count - 1] = (uint32_t)i; /* one of each account */
        else
            self->steady[self->steady_count++] = (uint32_t)i;
    }
    bench_check(&self->bench, self->steady_count > 0, "nobody is far from the requirement");
}

static void program_start(serve_bench *self)
{
    char *words[] = {(char *)"liqscan",
                     (char *)"serve",
                     (char *)"--config",
                     self->config,
                     (char *)"--log",
                     (char *)"warn",
                     NULL};

    bench_check(&self->bench,
                posix_spawn(&self->process, LIQ_PROGRAM, NULL, NULL, words, environ) == 0,
                LIQ_PROGRAM " cannot be run");
}

/* Connect and wait for the first answer. @return -1: it ended */
static int feed_open(serve_bench *self, const char *hello)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char answer[LINE_BYTES];

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.100s", self->socket);
    for (int i = 0; i < CONNECT_TRIES; i++) {
        const int feed = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        if (connect(feed, (struct sockaddr *)&address, sizeof address) == 0) {
            if (!lines_send(feed, hello, strlen(hello)) ||
                (strstr(hello, "source") != NULL && read(feed, answer, sizeof answer) <= 0))
                return -1;
            return feed;
        }
        (void)close(feed);
        sleep_until(liq_clock_ns() + 10000000);
    }
    return -1;
}

static bool lines_send(int feed, const char *data, size_t bytes)
{
    while (bytes > 0) {
        const ssize_t sent = send(feed, data, bytes, MSG_NOSIGNAL);

        if (sent <= 0)
            return false;
        data += sent;
        bytes -= (size_t)sent;
    }
    return true;
}

/* Positions of the book again and again, each a lot more or less than it is. */
static void *positions_run(void *context)
{
    enum { STEP = POSITIONS_PER_SECOND / (1000 / STEP_MS) };
    serve_bench *self = context;
    const liq_book *book = self->book;
    const int feed = feed_open(self, "{\"source\":\"orders\"}\n");
    char *text = malloc((size_t)STEP * LINE_BYTES);
    char answers[65536];
    size_t answer_bytes = 0;
    uint64_t next_ns = liq_clock_ns();
    uint64_t at = 0;

    while (!atomic_load(&self->is_over) && feed >= 0) {
        size_t used = 0;

        for (uint32_t i = 0; i < STEP; i++) {
            const liq_position *position =
                &book->positions[self->steady[at++ * 7919 % self->steady_count]];
            const liq_instrument *instrument = &book->venue.instruments[position->instrument_index];
            const int64_t lots =
                position->quantity_lots < 0 ? -position->quantity_lots : position->quantity_lots;
            char quantity[LIQ_DECIMAL_BYTES];
            char price[LIQ_DECIMAL_BYTES];

            (void)liq_decimal_format(
                quantity, (liq_int128)(lots + (int64_t)(at & 1)) * instrument->lot.digits,
                instrument->lot.decimals);
            (void)liq_decimal_format(price, position->entry_price.digits,
                                     position->entry_price.decimals);
            used += (size_t)snprintf(
                text + used, LINE_BYTES,
                "{\"type\":\"position\",\"seq\":%" PRIu64 ",\"account\":\"%s\",\"symbol\":\"%s\","
                "\"side\":\"%s\",\"contracts\":\"%s\",\"entryPrice\":\"%s\",\"marginMode\":\"%s\"%"
                "s}\n",
                ++self->positions_sent, liq_names_get(book->account_names, position->account_index),
                liq_names_get(book->venue.instrument_names, position->instrument_index),
                position->quantity_lots < 0 ? "short" : "long", quantity, price,
                position->isolated ? "isolated" : "cross",
                position->isolated ? ",\"isolatedMargin\":\"1000\"" : "");
        }
        if (!lines_send(feed, text, used))
            break;
        self->positions_durable = applied_read(feed, answers, &answer_bytes, sizeof answers);
        next_ns += STEP_MS * 1000000ull;
        sleep_until(next_ns);
    }
    free(text);
    (void)close(feed);
    return NULL;
}

/* What has been said so far, without waiting. */
static uint64_t applied_read(int feed, char *buffer, size_t *used, size_t room)
{
    static _Thread_local uint64_t applied;
    ssize_t got;

    while ((got = recv(feed, buffer + *used, room - 1 - *used, MSG_DONTWAIT)) > 0) {
        char *line = buffer;
        char *end;

        *used += (size_t)got;
        buffer[*used] = '\0';
        while ((end = strchr(line, '\n')) != NULL) {
            const char *said = strstr(line, "\"applied\":");

            if (said != NULL && said < end)
                applied = strtoull(said + 10, NULL, 10);
            line = end + 1;
        }
        *used -= (size_t)(line - buffer);
        memmove(buffer, line, *used);
    }
    return applied;
}

static void *decisions_run(void *context)
{
    serve_bench *self = context;
    const int feed = feed_open(self, "{\"subscribe\":{\"from\":1}}\n");
    static char buffer[1 << 20];

    while (feed >= 0 && !atomic_load(&self->is_over)) {
        struct pollfd wait = {.fd = feed, .events = POLLIN};
        ssize_t got;
        uint32_t sent;

        if (poll(&wait, 1, 50) <= 0)
            continue;
        sent = atomic_load(&self->marks_sent);
        if ((got = read(feed, buffer, sizeof buffer)) <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            self->lines += buffer[i] == '\n';
        if (sent > 0 && self->decided_ns[sent - 1] == 0)
            self->decided_ns[sent - 1] = liq_clock_ns();
    }
    (void)close(feed);
    return NULL;
}

/* The first marks have everybody valued, and all decided that had come up by then. */
static void first_measure(serve_bench *self, int feed)
{
    bench_row row = {.what = "first marks on the socket to acknowledged"};
    const size_t bytes = marks_write(self, 1);
    const uint64_t start_ns = liq_clock_ns();
    char answers[4096];
    size_t used = 0;

    bench_check(&self->bench, lines_send(feed, self->marks_text, bytes), "the sidecar went away");
    while (applied_read(feed, answers, &used, sizeof answers) == 0) {
        struct pollfd wait = {.fd = feed, .events = POLLIN};

        bench_check(&self->bench, poll(&wait, 1, 60000) > 0, "the first marks are not taken");
    }
    row.time.min_ns = row.time.median_ns = row.time.p99_ns = liq_clock_ns() - start_ns;
    row.time.runs = 1;
    bench_row_write(&self->bench, &row);
}

static void marks_run(serve_bench *self, int feed)
{
    const uint64_t step_ns = 1000000000ull / MARKS_PER_SECOND;
    uint64_t next_ns = liq_clock_ns() + 500000000;

    for (uint32_t i = 0; i < self->ticks; i++) {
        const size_t bytes = marks_write(self, i + 2);

        sleep_until(next_ns);
        next_ns += step_ns;
        self->sent_ns[i] = liq_clock_ns();
        atomic_store(&self->marks_sent, i + 1);
        bench_check(&self->bench, lines_send(feed, self->marks_text, bytes),
                    "the sidecar went away");
        durable_read(self, feed, next_ns - 2000000);
    }
    durable_read(self, feed, liq_clock_ns() + 1000000000);
}

/* Note when updates of marks are acknowledged. */
static void durable_read(serve_bench *self, int feed, uint64_t until_ns)
{
    static char answers[65536];
    static size_t used;
    struct pollfd wait = {.fd = feed, .events = POLLIN};
    uint64_t applied;

    while (liq_clock_ns() < until_ns) {
        if (poll(&wait, 1, 1) <= 0)
            continue;
        applied = applied_read(feed, answers, &used, sizeof answers);
        for (; self->marks_durable + 1 < applied; self->marks_durable++)
            self->durable_ns[self->marks_durable] = liq_clock_ns();
    }
}

static size_t marks_write(serve_bench *self, uint32_t seq)
{
    const liq_book *book = self->book;
    struct timespec now;
    size_t used;
    bool is_first = true;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    used = (size_t)snprintf(self->marks_text, self->marks_room,
                            "{\"type\":\"marks\",\"seq\":%u,\"time\":%" PRId64 ",\"marks\":[", seq,
                            (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        const liq_decimal mark = book->instrument_marks[i];
        double price = (double)mark.digits;

        if (mark.digits == 0)
            continue;
        self->levels[i] *=
            1 + ((double)(draw(self) % (2 * QUIET_MILLIONTHS)) - QUIET_MILLIONTHS) / 1e6;
        for (int32_t j = 0; j < mark.decimals; j++)
            price /= 10;
        used +=
            (size_t)snprintf(self->marks_text + used, self->marks_room - used,
                             "%s{\"symbol\":\"%s\",\"markPrice\":\"%.*f\"}", is_first ? "" : ",",
                             liq_names_get(book->venue.instrument_names, i), (int)mark.decimals + 1,
                             price * self->levels[i]);
        is_first = false;
    }
    used += (size_t)snprintf(self->marks_text + used, self->marks_room - used, "]}\n");
    return used;
}

/* A row of the table, and a histogram for people. */
static void report(serve_bench *self, const char *what, const uint64_t *from, const uint64_t *to)
{
    uint64_t *times = calloc(self->ticks, sizeof *times);
    uint32_t buckets[BUCKETS] = {0};
    uint32_t count = 0;
    bench_row row = {.what = what};

    for (uint32_t i = 0; i < self->ticks; i++)
        if (to[i] > from[i])
            times[count++] = to[i] - from[i];
    bench_check(&self->bench, count > 0, "nothing came out");
    qsort(times, count, sizeof *times, compare_ns);
    row.time = (bench_times){.min_ns = times[0],
                             .median_ns = times[count / 2],
                             .p99_ns = times[count - 1 - count / 100],
                             .runs = count};
    bench_row_write(&self->bench, &row);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t bucket = 0;

        while (bucket + 1 < BUCKETS && times[i] > (500000ull << bucket))
            bucket++;
        buckets[bucket]++;
    }
    fprintf(stderr, "%s: %u of %u, %.1f times a bare tick at the median\n", what, count,
            self->ticks, (double)row.time.median_ns / (double)self->bare_ns);
    for (uint32_t i = 0; i < BUCKETS; i++)
        if (buckets[i] > 0)
            fprintf(stderr, "  up to %7.1f ms  %u\n", (double)(500000ull << i) / 1e6, buckets[i]);
    free(times);
}

/* One that nobody has now. */
static uint16_t port_find(const serve_bench *self)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t bytes = sizeof address;
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    bench_check(&self->bench,
                bind(listener, (struct sockaddr *)&address, sizeof address) == 0 &&
                    getsockname(listener, (struct sockaddr *)&address, &bytes) == 0,
                "port");
    (void)close(listener);
    return ntohs(address.sin_port);
}

/* What the program says of itself: the way of marks inside it, and where ticks spend their time. */
static void numbers_report(const serve_bench *self)
{
    static const char *const stages[] = {"scan", "settle", "journal", "emit"};
    static char text[1 << 18];

    page_read(self, "/metrics", text, sizeof text);
    histogram_write(text, "liqscan_reaction_seconds", "");
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        char label[32];

        (void)snprintf(label, sizeof label, "stage=\"%s\",", stages[i]);
        histogram_write(text, "liqscan_tick_stage_seconds", label);
    }
}

/* A page of the program, with its head. */
static void page_read(const serve_bench *self, const char *path, char *text, size_t room)
{
    const struct sockaddr_in address = {.sin_family = AF_INET,
                                        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                        .sin_port = htons(self->port)};
    const int link = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[128];
    size_t used = 0;
    ssize_t got;

    (void)snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);
    bench_check(&self->bench,
                connect(link, (const struct sockaddr *)&address, sizeof address) == 0 &&
                    lines_send(link, request, strlen(request)),
                "the sidecar does not tell its numbers");
    while (used + 1 < room && (got = read(link, text + used, room - 1 - used)) > 0)
        used += (size_t)got;
    text[used] = '\0';
    (void)close(link);
}

/* The ticks that it says took longest, a line each. */
static void slowest_report(const serve_bench *self)
{
    static char text[1 << 16];
    char *at;

    page_read(self, "/v1/slowest-ticks", text, sizeof text);
    for (at = strstr(text, "{\"tick\""); at != NULL; at = strstr(at + 1, "{\"tick\"")) {
        const int bytes = (int)strcspn(at, "}");

        fprintf(stderr, "  %.*s\n", bytes + 1, at);
    }
}

/* A line is noted for the newest update that was sent. When an earlier one was not acknowledged yet
 * the line was of that one's tick: then, and where none came, the own acknowledgement counts, which
 * is behind the lines. */
static void decided_settle(serve_bench *self)
{
    for (uint32_t i = self->ticks; i-- > 0;) {
        const uint64_t before_ns = i == 0 ? 0 : self->durable_ns[i - 1];

        if (self->decided_ns[i] == 0 || self->decided_ns[i] + LATE_NS < before_ns)
            self->decided_ns[i] = self->durable_ns[i];
    }
}

/* Which updates of marks waited longest for a decision, and when they were sent. */
static void worst_report(const serve_bench *self)
{
    const uint64_t now_ns = liq_clock_ns();
    const int64_t now_ms = liq_clock_wall_ms();
    bool *is_shown = calloc(self->ticks, sizeof *is_shown);

    bench_check(&self->bench, is_shown != NULL, "memory");
    for (uint32_t shown = 0; shown < WORST; shown++) {
        uint32_t worst = self->ticks;
        uint64_t worst_ns = 0;

        for (uint32_t i = 0; i < self->ticks; i++)
            if (!is_shown[i] && self->decided_ns[i] > self->sent_ns[i] + worst_ns) {
                worst = i;
                worst_ns = self->decided_ns[i] - self->sent_ns[i];
            }
        if (worst == self->ticks)
            break;
        is_shown[worst] = true;
        fprintf(stderr, "  update %u, sent at %" PRId64 ": %.1f ms\n", worst + 2,
                now_ms - (int64_t)((now_ns - self->sent_ns[worst]) / 1000000),
                (double)worst_ns / 1e6);
    }
    free(is_shown);
}

/* Only buckets in which there is something. */
static void histogram_write(char *text, const char *name, const char *label)
{
    char start[128];
    const char *at = text;
    uint64_t before = 0;
    const size_t length = (size_t)snprintf(start, sizeof start, "%s_bucket{%sle=\"", name, label);

    fprintf(stderr, "%s %s\n", name, label);
    while ((at = strstr(at, start)) != NULL) {
        double bound;
        uint64_t count;

        if (sscanf(at + length, "%lf\"} %" SCNu64, &bound, &count) == 2 && count > before)
            fprintf(stderr, "  up to %7.1f ms  %" PRIu64 "\n", bound * 1e3, count - before);
        before = count;
        at += length;
    }
}

static void restart_measure(serve_bench *self)
{
    bench_row row = {.what = "killed, to ready again"};
    char command[BENCH_PATH_BYTES + 16];
    uint64_t start_ns;
    int status;
    int feed;

    (void)kill(self->process, SIGKILL);
    (void)waitpid(self->process, &status, 0);
    start_ns = liq_clock_ns();
    program_start(self);
    feed = feed_open(self, "{\"source\":\"marks\"}\n");
    bench_check(&self->bench, feed >= 0, "the sidecar did not come back");
    row.time.min_ns = row.time.median_ns = row.time.p99_ns = liq_clock_ns() - start_ns;
    row.time.runs = 1;
    bench_row_write(&self->bench, &row);
    (void)close(feed);
    (void)kill(self->process, SIGTERM);
    (void)waitpid(self->process, &status, 0);
    bench_check(&self->bench, WIFEXITED(status) && WEXITSTATUS(status) == 0, "it did not end well");
    (void)snprintf(command, sizeof command, "rm -rf '%s'", self->folder);
    bench_check(&self->bench, system(command) == 0, "rm");
}

static int compare_ns(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;

    return (a > b) - (a < b);
}

static uint64_t draw(serve_bench *self)
{
    self->state = self->state * 6364136223846793005u + 1442695040888963407u;
    return self->state >> 33;
}

static void sleep_until(uint64_t ns)
{
    const uint64_t now_ns = liq_clock_ns();
    struct timespec pause;

    if (ns <= now_ns)
        return;
    pause = (struct timespec){.tv_sec = (time_t)((ns - now_ns) / 1000000000),
                              .tv_nsec = (long)((ns - now_ns) % 1000000000)};
    (void)nanosleep(&pause, NULL);
}
