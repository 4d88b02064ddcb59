#include "support_sidecar.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LINE_BYTES = 16384, FIELDS_MAX = 8, CONNECT_TRIES = 400, TICK_ORDERS_MAX = 3 };

/* A CSV file of the book, cut into fields. */
typedef struct csv_rows {
    char *text;
    char *(*rows)[FIELDS_MAX];
    size_t count;
} csv_rows;

static uint64_t draw(uint64_t *state);
static csv_rows csv_read(const sidecar *side, const char *name);
static void csv_clear(csv_rows *rows);
static void marks_line(char *out, const csv_rows *marks, double *levels, uint32_t tick,
                       uint32_t ticks, uint64_t orders, uint64_t *state);
static void order_line(char *out, const csv_rows *positions, const csv_rows *accounts, uint64_t seq,
                       uint64_t marks, uint64_t *state);
static bool heard(sidecar *side, uint32_t source);
static void lines_take(sidecar *side, uint32_t source);
static int64_t now_ms(void);

void sidecar_make(sidecar *out, const char *accounts, const char *seed)
{
    char book[SIDECAR_PATH_BYTES + 16];
    const char *const words[] = {"generate", "--accounts",    accounts, "--seed", seed, "--depth",
                                 "5",        "--instruments", "6",      book,     NULL};
    run_result result;

    *out = (sidecar){.feeds = {-1, -1}};
    folder_make(out->folder);
    (void)snprintf(book, sizeof book, "%s/book", out->folder);
    run(&result, &(run_setup){0}, words);
    cr_assert_eq(result.code, 0, "%s", result.message);
    run_clear(&result);
}

void sidecar_remove(sidecar *side)
{
    char command[SIDECAR_PATH_BYTES + 16];

    sidecar_kill(side);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", side->folder);
    cr_assert_eq(system(command), 0);
}

void sidecar_configure(const sidecar *side, const char *rest)
{
    char text[2 * LINE_BYTES];
    char outlets[SIDECAR_PATH_BYTES + 64] = "";

    if (strstr(rest, "\"outlets\"") == NULL)
        (void)snprintf(outlets, sizeof outlets,
                       " \"outlets\": [{\"outlet\": \"file\", \"path\": \"%s/decisions\"}],\n",
                       side->folder);
    (void)snprintf(text, sizeof text,
                   "{\"name\": \"test\", \"book\": \"%s/book\", \"state\": \"%s/state\",\n"
                   " \"socket\": \"%s/socket\",\n%s %s}\n",
                   side->folder, side->folder, side->folder, outlets, rest);
    folder_write(side->folder, "config.json", text);
}

static uint64_t draw(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

static csv_rows csv_read(const sidecar *side, const char *name)
{
    char path[64];
    csv_rows out;
    size_t lines;
    char *rest;

    (void)snprintf(path, sizeof path, "book/%s", name);
    out.text = sidecar_file(side, path);
    lines = line_count(out.text);
    out.rows = calloc(lines + 1, sizeof *out.rows);
    out.count = 0;
    (void)strtok_r(out.text, "\n", &rest); /* the header */
    for (char *line = strtok_r(NULL, "\n", &rest); line != NULL;
         line = strtok_r(NULL, "\n", &rest)) {
        for (size_t i = 0; i < FIELDS_MAX && line != NULL; i++)
            out.rows[out.count][i] = strsep(&line, ",");
        out.count++;
    }
    cr_assert(out.count > 0, "%s has no rows", name);
    return out;
}

static void csv_clear(csv_rows *rows)
{
    free(rows->rows);
    free(rows->text);
}

const char *sidecar_after(char out[SIDECAR_AFTER_BYTES], const char *source, uint64_t seq)
{
    out[0] = '\0';
    if (seq > 0)
        (void)snprintf(out, SIDECAR_AFTER_BYTES, "\"after\":{\"%s\":%" PRIu64 "},", source, seq);
    return out;
}

/* A walk with a crash in the third quarter, half of which comes back. */
static void marks_line(char *out, const csv_rows *marks, double *levels, uint32_t tick,
                       uint32_t ticks, uint64_t orders, uint64_t *state)
{
    char after[SIDECAR_AFTER_BYTES];
    size_t used =
        (size_t)sprintf(out, "{\"seq\":%u,%s\"time\":%u,\"type\":\"marks\",\"marks\":[", tick + 1,
                        sidecar_after(after, "orders", orders), 1000 + tick * 1000);

    for (size_t i = 0; i < marks->count && used < LINE_BYTES - 256; i++) {
        const char *price = marks->rows[i][1];
        const char *point = strchr(price, '.');
        const int decimals = point == NULL ? 0 : (int)strlen(point + 1);
        const double trend = tick * 4 / ticks == 2 ? -0.004 : tick * 4 / ticks == 3 ? 0.002 : 0;

        levels[i] *= 1 + trend + ((double)(draw(state) % 2001) - 1000) / 1e6;
        used += (size_t)sprintf(out + used, "%s{\"symbol\":\"%s\",\"%s\":\"%.*f\"}",
                                i == 0 ? "" : ",", marks->rows[i][0],
                                strstr(marks->rows[i][0], "USDT") != NULL &&
                                        strlen(marks->rows[i][0]) > 4
                                    ? "markPrice"
                                    : "indexPrice",
                                decimals, atof(price) * levels[i]);
    }
    (void)sprintf(out + used, "]}\n");
}

/* A position of the book is closed, or is as it was; or a balance is something else. */
static void order_line(char *out, const csv_rows *positions, const csv_rows *accounts, uint64_t seq,
                       uint64_t marks, uint64_t *state)
{
    char *const *row = positions->rows[draw(state) % positions->count];
    const bool is_isolated = strcmp(row[5], "isolated") == 0;
    char after[SIDECAR_AFTER_BYTES];
    size_t used =
        (size_t)sprintf(out, "{\"seq\":%" PRIu64 ",%s", seq, sidecar_after(after, "marks", marks));

    if (draw(state) % 4 == 0) {
        (void)sprintf(out + used,
                      "\"type\":\"balance\",\"account\":\"%s\",\"asset\":\"USDT\","
                      "\"walletBalance\":\"%u.5\"}\n",
                      accounts->rows[draw(state) % accounts->count][0],
                      (unsigned)(draw(state) % 20000));
        return;
    }
    used += (size_t)sprintf(out + used,
                            "\"type\":\"position\",\"account\":\"%s\",\"symbol\":\"%s\","
                            "\"side\":\"%s\",\"marginMode\":\"%s\",\"contracts\":\"%s\"",
                            row[0], row[1], row[2], row[5], draw(state) % 3 == 0 ? "0" : row[3]);
    used += (size_t)sprintf(out + used, ",\"entryPrice\":\"%s\"", row[4]);
    if (is_isolated)
        used += (size_t)sprintf(out + used, ",\"isolatedMargin\":\"%s\"", row[6]);
    (void)sprintf(out + used, "}\n");
}

void sidecar_exchange_make(sidecar_exchange *out, const sidecar *side, uint32_t ticks,
                           uint64_t seed)
{
    csv_rows marks = csv_read(side, "marks.csv");
    csv_rows positions = csv_read(side, "positions.csv");
    csv_rows accounts = csv_read(side, "accounts.csv");
    double *levels = calloc(marks.count, sizeof *levels);
    char *line = malloc(LINE_BYTES);
    uint64_t state = seed;

    *out = (sidecar_exchange){.scripts = {{.source = "marks"}, {.source = "orders"}}};
    for (size_t i = 0; i < marks.count; i++)
        levels[i] = 1;
    for (uint32_t tick = 0; tick < ticks; tick++) {
        for (uint64_t i = draw(&state) % (TICK_ORDERS_MAX + 1); i > 0; i--) {
            order_line(line, &positions, &accounts, out->scripts[1].count + 1, tick, &state);
            sidecar_script_add(&out->scripts[1], line);
        }
        marks_line(line, &marks, levels, tick, ticks, out->scripts[1].count, &state);
        sidecar_script_add(&out->scripts[0], line);
    }
    free(line);
    free(levels);
    csv_clear(&marks);
    csv_clear(&positions);
    csv_clear(&accounts);
}

void sidecar_script_add(sidecar_script *script, const char *line)
{
    script->lines = realloc(script->lines, (script->count + 1) * sizeof *script->lines);
    script->lines[script->count++] = strdup(line);
}

void sidecar_exchange_clear(sidecar_exchange *exchange)
{
    for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
        for (uint32_t j = 0; j < exchange->scripts[i].count; j++)
            free(exchange->scripts[i].lines[j]);
        free(exchange->scripts[i].lines);
    }
}

void sidecar_start(sidecar *side, const char *kill_at)
{
    char environment[128];
    const run_setup setup = {.environment = environment};

    (void)snprintf(environment, sizeof environment, "LIQ_KILL_AT=%s",
                   kill_at == NULL ? "" : kill_at);
    sidecar_start_as(side, &setup, NULL, NULL);
}

void sidecar_start_as(sidecar *side, const run_setup *setup, const char *option, const char *value)
{
    char config[SIDECAR_PATH_BYTES + 16];
    const char *const words[] = {"serve", "--config", config, "--log", "warn", option, value, NULL};

    (void)snprintf(config, sizeof config, "%s/config.json", side->folder);
    cr_assert_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    side->child = run_start(setup, words);
    side->is_running = true;
}

bool sidecar_connect(sidecar *side, const sidecar_exchange *exchange, uint32_t source)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char hello[128];
    int *feed = &side->feeds[source];

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s/socket", side->folder);
    for (int i = 0; i < CONNECT_TRIES && sidecar_is_alive(side); i++) {
        *feed = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        cr_assert(*feed >= 0);
        if (connect(*feed, (struct sockaddr *)&address, sizeof address) == 0)
            break;
        (void)close(*feed);
        *feed = -1;
        (void)usleep(5000);
    }
    if (*feed < 0)
        return false;
    (void)snprintf(hello, sizeof hello, "{\"source\":\"%s\"}\n", exchange->scripts[source].source);
    if (send(*feed, hello, strlen(hello), MSG_NOSIGNAL) != (ssize_t)strlen(hello))
        return false;
    side->heard_bytes[source] = 0;
    side->applied[source] = UINT64_MAX;
    while (side->applied[source] == UINT64_MAX)
        if (!heard(side, source))
            return false;
    side->sent[source] = side->applied[source];
    side->sent_bytes[source] = 0;
    cr_assert(fcntl(*feed, F_SETFL, O_NONBLOCK) == 0);
    return true;
}

/* Wait for something to hear. @return false: there is nobody any more */
static bool heard(sidecar *side, uint32_t source)
{
    size_t *bytes = &side->heard_bytes[source];
    const ssize_t got = read(side->feeds[source], side->heard[source] + *bytes,
                             sizeof side->heard[source] - 1 - *bytes);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (got <= 0)
        return false;
    *bytes += (size_t)got;
    lines_take(side, source);
    return true;
}

static void lines_take(sidecar *side, uint32_t source)
{
    char *text = side->heard[source];
    char *end;

    text[side->heard_bytes[source]] = '\0';
    while ((end = strchr(text, '\n')) != NULL) {
        const char *applied = strstr(text, "\"applied\":");

        *end = '\0';
        if (applied != NULL && applied < end)
            side->applied[source] = strtoull(applied + 10, NULL, 10);
        text = end + 1;
    }
    side->heard_bytes[source] -= (size_t)(text - side->heard[source]);
    memmove(side->heard[source], text, side->heard_bytes[source]);
}

bool sidecar_feed(sidecar *side, const sidecar_exchange *exchange, int64_t wait_ms)
{
    const int64_t until_ms = now_ms() + wait_ms;

    for (;;) {
        struct pollfd waits[SIDECAR_SOURCES];
        bool is_done = true;
        int left_ms = (int)(until_ms - now_ms());

        for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
            const bool has_more = side->sent[i] < exchange->scripts[i].count;

            waits[i] = (struct pollfd){.fd = side->feeds[i],
                                       .events = (short)(POLLIN | (has_more ? POLLOUT : 0))};
            is_done &= side->feeds[i] < 0 || side->applied[i] >= exchange->scripts[i].count;
        }
        if (is_done)
            return true;
        if (left_ms <= 0 || poll(waits, SIDECAR_SOURCES, left_ms) <= 0)
            return false;
        for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
            if ((waits[i].revents & (POLLIN | POLLHUP | POLLERR)) != 0 && !heard(side, i))
                return false;
            if ((waits[i].revents & POLLOUT) != 0) {
                const char *line = exchange->scripts[i].lines[side->sent[i]];
                const ssize_t bytes = send(side->feeds[i], line + side->sent_bytes[i],
                                           strlen(line) - side->sent_bytes[i], MSG_NOSIGNAL);

                if (bytes < 0 && errno != EAGAIN)
                    return false;
                side->sent_bytes[i] += bytes > 0 ? (size_t)bytes : 0;
                if (side->sent_bytes[i] == strlen(line)) {
                    side->sent[i]++;
                    side->sent_bytes[i] = 0;
                }
            }
        }
    }
}

bool sidecar_is_alive(sidecar *side)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)side->child.process, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           info.si_pid == 0;
}

/* What it forked is ours when it is gone, and ends with it. @return as run_result.code */
static int child_gone(sidecar *side)
{
    int status;

    while (waitpid(side->child.process, &status, 0) < 0)
        cr_assert_eq(errno, EINTR);
    while (waitpid(-side->child.process, NULL, 0) > 0 || errno == EINTR)
        ;
    (void)close(side->child.output);
    (void)close(side->child.message);
    side->is_running = false;
    for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
        if (side->feeds[i] >= 0)
            (void)close(side->feeds[i]);
        side->feeds[i] = -1;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

/* What it said; for free(). */
char *sidecar_said(const sidecar *side)
{
    const off_t bytes = lseek(side->child.message, 0, SEEK_END);
    char *text = calloc((size_t)bytes + 1, 1);

    cr_assert_eq(pread(side->child.message, text, (size_t)bytes, 0), bytes);
    return text;
}

void sidecar_kill(sidecar *side)
{
    char *message;

    if (!side->is_running)
        return;
    message = sidecar_said(side);
    (void)kill(side->child.process, SIGKILL);
    cr_expect_eq(child_gone(side), 1000 + SIGKILL, "%s", message);
    free(message);
}

void sidecar_end(sidecar *side)
{
    char *message;
    int code;

    (void)kill(side->child.process, SIGTERM);
    cr_assert_eq(waitid(P_PID, (id_t)side->child.process, &(siginfo_t){0}, WEXITED | WNOWAIT), 0);
    message = sidecar_said(side);
    code = child_gone(side);
    cr_expect_eq(code, 0, "%s", message);
    free(message);
}

char *sidecar_file(const sidecar *side, const char *name)
{
    char *text = folder_read(side->folder, name);

    return text == NULL ? strdup("") : text;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
