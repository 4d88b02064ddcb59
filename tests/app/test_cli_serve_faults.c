/*
 * What goes wrong around a sidecar, and the state in which each ends: the table of faults in the
 * README. The broker that goes and comes is in test_cli_serve_nats.c, damaged files of the journal
 * are in tests/journal.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support_sidecar.h"

enum { TICKS = 60, WAIT_MS = 60000, LONG_BYTES = 100 * 1000 * 1000, MEMORY_KB = 256 * 1024 };

static const char *const sources = "\"sources\": [{\"source\": \"marks\", \"kind\": \"socket\"},\n"
                                   "             {\"source\": \"orders\", \"kind\": \"socket\"}],\n"
                                   " \"clock\": \"events\", \"coalesce\": false, \"stale_ms\": "
                                   "60000";

/* A sidecar with an exchange whose prices crash. */
static void make(sidecar *side, sidecar_exchange *exchange, const char *accounts)
{
    sidecar_make(side, accounts, "11");
    sidecar_configure(side, sources);
    sidecar_exchange_make(exchange, side, TICKS, 5);
}

static void clear(sidecar *side, sidecar_exchange *exchange)
{
    sidecar_exchange_clear(exchange);
    sidecar_remove(side);
}

static void feed(sidecar *side, const sidecar_exchange *exchange)
{
    char *said;

    for (uint32_t i = 0; i < SIDECAR_SOURCES; i++)
        if (side->feeds[i] < 0)
            cr_assert(sidecar_connect(side, exchange, i));
    if (sidecar_feed(side, exchange, WAIT_MS))
        return;
    said = sidecar_said(side);
    cr_assert_fail("not all is applied: %s", said);
}

/* Everything fed to a sidecar that is left alone. */
static char *decided(sidecar *side, const sidecar_exchange *exchange)
{
    char command[2 * SIDECAR_PATH_BYTES + 64];
    char *text;

    sidecar_start(side, NULL);
    feed(side, exchange);
    sidecar_end(side);
    text = sidecar_file(side, "decisions");
    cr_assert(line_count(text) > 20, "%zu decisions prove little", line_count(text));
    (void)snprintf(command, sizeof command, "rm -rf '%s/state' '%s/decisions'", side->folder,
                   side->folder);
    cr_assert_eq(system(command), 0);
    return text;
}

static void expect_decided(const sidecar *side, char *expected)
{
    char *found = sidecar_file(side, "decisions");

    cr_expect_str_eq(found, expected);
    free(found);
    free(expected);
}

static size_t said_count(const sidecar *side, const char *what)
{
    char *said = sidecar_said(side);
    size_t count = 0;

    for (const char *at = said; (at = strstr(at, what)) != NULL; at++)
        count++;
    free(said);
    return count;
}

static void verify(const sidecar *side)
{
    char line[SIDECAR_PATH_BYTES + 32];
    run_result result;

    (void)snprintf(line, sizeof line, "journal verify %s/state", side->folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 0, "%s%s", result.output, result.message);
    run_clear(&result);
}

/* Refused and told; whoever such an event names is left alone, and nobody else. */
Test(serve_faults, refuses_a_malformed_event_in_every_thousand)
{
    enum { EVENTS = 4000, EVERY = 1000 };
    static const char *const bad[] = {
        "{\"seq\":1000,\"type\":\"balance\",\"account\":\"u001\",\"asset\":\"USDT\","
        "\"walletBalance\":5}\n",
        "{\"seq\":2000,\"type\":\"balance\",\"account\":\"u002\",\"asset\":\"USDT\","
        "\"walletBalance\":\"5\",\"colour\":\"red\"}\n",
        "no JSON at all\n{\"seq\":3000,\"type\":\"balance\",\"account\":\"u003\",\"asset\":"
        "\"USDT\",\"walletBalance\":\"5\"}\n",
        "{\"seq\":4000,\"type\":\"balance\",\"account\":\"nobody\",\"asset\":\"USDT\","
        "\"walletBalance\":\"5\"}\n"};
    sidecar_exchange exchange = {.scripts = {{.source = "marks"}, {.source = "orders"}}};
    sidecar side;
    char *found;

    sidecar_make(&side, "400", "11");
    sidecar_configure(&side, sources);
    for (uint32_t i = 1; i <= EVENTS; i++) {
        char line[256];

        (void)snprintf(line, sizeof line,
                       "{\"seq\":%u,\"type\":\"balance\",\"account\":\"u%03u\",\"asset\":\"USDT\","
                       "\"walletBalance\":\"-100000\"}\n",
                       i, i % 4 + 1);
        sidecar_script_add(&exchange.scripts[1], i % EVERY == 0 ? bad[i / EVERY - 1] : line);
    }
    sidecar_script_add(&exchange.scripts[0],
                       "{\"seq\":1,\"time\":1000,\"after\":{\"orders\":4000},\"type\":\"marks\","
                       "\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":\"67012.3\"},"
                       "{\"symbol\":\"ETHUSDT\",\"markPrice\":\"2634.57\"},"
                       "{\"symbol\":\"SOLUSDT\",\"markPrice\":\"150\"},"
                       "{\"symbol\":\"XRPUSDT\",\"markPrice\":\"0.53\"},"
                       "{\"symbol\":\"DOGEUSDT\",\"markPrice\":\"0.13\"},"
                       "{\"symbol\":\"BNBUSDT\",\"markPrice\":\"590\"}]}\n");
    sidecar_start(&side, NULL);
    feed(&side, &exchange);
    cr_expect_eq(said_count(&side, "\"event_refused\""), 4);
    sidecar_end(&side);
    found = sidecar_file(&side, "decisions");
    cr_expect_null(strstr(found, "\"u001\""), "held: %s", found);
    cr_expect_null(strstr(found, "\"u002\""), "held");
    cr_expect_not_null(strstr(found, "\"u004\""), "%s", found);
    free(found);
    verify(&side);
    clear(&side, &exchange);
}

/* Written while it is read, as the other side takes it. */
static void flood(int feed_to, size_t bytes)
{
    static char piece[1 << 16];

    memset(piece, 'x', sizeof piece);
    while (bytes > 0) {
        struct pollfd wait = {.fd = feed_to, .events = POLLOUT};
        const size_t room = bytes < sizeof piece ? bytes : sizeof piece;
        ssize_t sent;

        cr_assert(poll(&wait, 1, WAIT_MS) == 1);
        sent = send(feed_to, piece, room, MSG_NOSIGNAL);
        cr_assert(sent > 0 || errno == EAGAIN, "%s", strerror(errno));
        bytes -= sent > 0 ? (size_t)sent : 0;
    }
}

static long memory_kb(const sidecar *side)
{
    char path[64];
    char line[256];
    long most = 0;
    FILE *file;

    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)side->child.process);
    file = fopen(path, "r");
    cr_assert_not_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        (void)sscanf(line, "VmHWM: %ld kB", &most);
    (void)fclose(file);
    return most;
}

/* It is refused under its number and kept nowhere; the account that it names is held, and the
 * source goes on behind it. */
Test(serve_faults, refuses_an_event_of_100_megabytes)
{
    static const char head[] = "{\"seq\":1,\"type\":\"balance\",\"account\":\"u001\",\"asset\":\"";
    sidecar_exchange exchange = {.scripts = {{.source = "marks"}, {.source = "orders"}}};
    sidecar side;

    sidecar_make(&side, "400", "11");
    sidecar_configure(&side, sources);
    sidecar_script_add(&exchange.scripts[1], "");
    sidecar_script_add(&exchange.scripts[1],
                       "{\"seq\":2,\"type\":\"balance\",\"account\":\"u002\",\"asset\":\"USDT\","
                       "\"walletBalance\":\"7\"}\n");
    sidecar_script_add(&exchange.scripts[0],
                       "{\"seq\":1,\"time\":1000,\"after\":{\"orders\":2},\"type\":\"marks\","
                       "\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":\"67012.3\"}]}\n");
    sidecar_start(&side, NULL);
    cr_assert(sidecar_connect(&side, &exchange, 1));
    cr_assert_eq(send(side.feeds[1], head, sizeof head - 1, MSG_NOSIGNAL),
                 (ssize_t)sizeof head - 1);
    flood(side.feeds[1], LONG_BYTES);
    cr_assert_eq(send(side.feeds[1], "\"}\n", 3, MSG_NOSIGNAL), 3);
    feed(&side, &exchange);
    cr_expect_eq(said_count(&side, "\"event_refused\""), 1);
    cr_expect_lt(memory_kb(&side), MEMORY_KB);
    sidecar_end(&side);
    verify(&side);
    clear(&side, &exchange);
}

static int subscribed(const sidecar *side)
{
    static const char hello[] = "{\"subscribe\":{\"from\":1}}\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s/socket", side->folder);
    cr_assert(client >= 0 && connect(client, (struct sockaddr *)&address, sizeof address) == 0);
    cr_assert_eq(send(client, hello, sizeof hello - 1, MSG_NOSIGNAL), (ssize_t)sizeof hello - 1);
    return client;
}

/* Subscribers and a feed that take nothing of what they are told: they stall themselves alone. */
Test(serve_faults, is_not_held_up_by_clients_that_never_read)
{
    enum { CLIENTS = 4 };
    sidecar side;
    sidecar_exchange exchange;
    char *expected;
    int clients[CLIENTS];

    make(&side, &exchange, "4000");
    expected = decided(&side, &exchange);
    sidecar_start(&side, NULL);
    cr_assert(sidecar_connect(&side, &exchange, 0));
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = subscribed(&side);
    feed(&side, &exchange);
    sidecar_end(&side);
    for (int i = 0; i < CLIENTS; i++)
        (void)close(clients[i]);
    expect_decided(&side, expected);
    verify(&side);
    clear(&side, &exchange);
}

/* Times of ticks never go back; a price is as old as its event says. */
Test(serve_faults, never_goes_back_with_a_clock_that_does)
{
    sidecar side;
    sidecar_exchange exchange;
    run_result result;
    char text[SIDECAR_PATH_BYTES + 64];
    long long before = 0;
    uint32_t ticks = 0;
    char *found;

    make(&side, &exchange, "400");
    for (uint32_t i = TICKS / 2; i < TICKS; i++) { /* thirty seconds back, and on from there */
        char *line = exchange.scripts[0].lines[i];
        char *time = strstr(line, "\"time\":") + 7;
        const unsigned long was = strtoul(time, NULL, 10);

        (void)snprintf(text, sizeof text, "%0*lu", (int)strspn(time, "0123456789"), was - 30000);
        memset(time, ' ', strspn(time, "0123456789"));
        memcpy(time, text + strspn(text, "0"), strlen(text) - strspn(text, "0"));
    }
    sidecar_start(&side, NULL);
    feed(&side, &exchange);
    sidecar_end(&side);
    found = sidecar_file(&side, "decisions");
    cr_expect(line_count(found) > 20, "%zu decisions", line_count(found));
    free(found);
    (void)snprintf(text, sizeof text, "journal export %s/state --what ticks --format csv",
                   side.folder);
    run_line(&result, text);
    for (char *rest, *row = strtok_r(result.output, "\n", &rest); row != NULL;
         row = strtok_r(NULL, "\n", &rest)) {
        long long tick;
        long long now;

        if (sscanf(row, "%lld,%lld,", &tick, &now) != 2)
            continue;
        cr_expect_geq(now, before, "tick %lld", tick);
        before = now;
        ticks++;
    }
    cr_expect_geq(ticks, TICKS);
    run_clear(&result);
    verify(&side);
    clear(&side, &exchange);
}

static void files_limit(const sidecar *side, rlim_t bytes)
{
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = RLIM_INFINITY};

    cr_assert_eq(prlimit(side->child.process, RLIMIT_FSIZE, &limit, NULL), 0, "%s",
                 strerror(errno));
}

/* Nothing of what cannot be recorded is said; when there is room again everything goes on. */
Test(serve_faults, waits_while_the_disk_is_full)
{
    enum { ROOM = 700000 };
    sidecar side;
    sidecar_exchange exchange;
    char *expected;
    char *early;

    make(&side, &exchange, "400");
    expected = decided(&side, &exchange);
    (void)signal(SIGXFSZ, SIG_IGN); /* which the sidecar inherits: writes fail instead */
    sidecar_start(&side, NULL);
    cr_assert(sidecar_connect(&side, &exchange, 0) && sidecar_connect(&side, &exchange, 1));
    files_limit(&side, ROOM);
    cr_expect(!sidecar_feed(&side, &exchange, 1000), "all of it fits");
    cr_expect(sidecar_is_alive(&side));
    cr_expect_gt(said_count(&side, "\"journal_failing\""), 0);
    early = sidecar_file(&side, "decisions");
    cr_expect_lt(strlen(early), strlen(expected));
    cr_expect_eq(strncmp(early, expected, strlen(early)), 0);
    free(early);
    files_limit(&side, RLIM_INFINITY);
    feed(&side, &exchange);
    cr_expect_gt(said_count(&side, "\"journal_works_again\""), 0);
    sidecar_end(&side);
    expect_decided(&side, expected);
    verify(&side);
    clear(&side, &exchange);
}
