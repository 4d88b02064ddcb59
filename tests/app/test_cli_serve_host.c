/*
 * A sidecar under whoever runs it: systemd, which is told how it is, and a program that reads its
 * standard output.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support_sidecar.h"

enum { TICKS = 60, WAIT_MS = 60000, HEAR_MS = 10000 };

static const char *const sources = "\"sources\": [{\"source\": \"marks\", \"kind\": \"socket\"},\n"
                                   "             {\"source\": \"orders\", \"kind\": \"socket\"}],\n"
                                   " \"clock\": \"events\", \"coalesce\": false, \"stale_ms\": "
                                   "60000";

static void feed(sidecar *side, const sidecar_exchange *exchange)
{
    cr_assert(sidecar_connect(side, exchange, 0) && sidecar_connect(side, exchange, 1));
    cr_assert(sidecar_feed(side, exchange, WAIT_MS));
}

/* The other end of NOTIFY_SOCKET. */
static int supervisor_make(const sidecar *side)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int supervisor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)snprintf(address.sun_path, sizeof address.sun_path, "%.90s/notify", side->folder);
    cr_assert(supervisor >= 0);
    cr_assert_eq(bind(supervisor, (const struct sockaddr *)&address, sizeof address), 0);
    cr_assert_eq(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    cr_assert_eq(setenv("WATCHDOG_USEC", "200000", 1), 0);
    return supervisor;
}

/* Whether something is said in time. */
static bool hears(int supervisor, const char *what)
{
    for (int i = 0; i < 1000; i++) {
        struct pollfd wait = {.fd = supervisor, .events = POLLIN};
        char text[1024];
        ssize_t bytes;

        if (poll(&wait, 1, HEAR_MS) != 1)
            return false;
        bytes = recv(supervisor, text, sizeof text - 1, 0);
        cr_assert(bytes > 0);
        text[bytes] = '\0';
        if (strstr(text, what) != NULL)
            return true;
    }
    return false;
}

Test(serve_host, tells_systemd_how_it_is)
{
    sidecar_exchange exchange;
    sidecar side;
    int supervisor;

    sidecar_make(&side, "100", "11");
    sidecar_configure(&side, sources);
    sidecar_exchange_make(&exchange, &side, 4, 5);
    supervisor = supervisor_make(&side);
    sidecar_start(&side, NULL);
    cr_expect(hears(supervisor, "READY=1"), "it follows its sources");
    cr_expect(hears(supervisor, "WATCHDOG=1"), "it lives, with nothing to do");
    feed(&side, &exchange);
    cr_expect(hears(supervisor, "STATUS="), "it acts");
    cr_assert_eq(kill(side.child.process, SIGHUP), 0);
    cr_expect(hears(supervisor, "RELOADING=1"));
    cr_expect(hears(supervisor, "READY=1"));
    sidecar_end(&side);
    cr_expect(hears(supervisor, "STOPPING=1"));
    (void)close(supervisor);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

/* What a consumer has got so far, whole lines only: what was cut off comes again. */
static uint64_t taken(char *text)
{
    char *end = strrchr(text, '\n');

    if (end == NULL)
        text[0] = '\0';
    else
        end[1] = '\0';
    return line_count(text);
}

/* A consumer that says what it has is told nothing twice and misses nothing. */
Test(serve_host, goes_on_on_standard_output_where_its_reader_says)
{
    char rest[1024];
    sidecar_exchange exchange;
    sidecar side;
    char *expected;
    char *got = strdup("");
    bool is_done = false;

    sidecar_make(&side, "400", "11");
    (void)snprintf(rest, sizeof rest,
                   "%s,\n \"outlets\": [{\"outlet\": \"stdout\"},\n"
                   "{\"outlet\": \"file\", \"path\": \"%.400s/decisions\"}]",
                   sources, side.folder);
    sidecar_configure(&side, rest);
    sidecar_exchange_make(&exchange, &side, TICKS, 5);
    for (uint32_t kills = 0; !is_done; kills++) {
        char path[SIDECAR_PATH_BYTES + 16];
        char from[32];
        char *more;
        int output;

        (void)snprintf(path, sizeof path, "%s/output", side.folder);
        (void)snprintf(from, sizeof from, "%llu", (unsigned long long)taken(got) + 1);
        output = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
        cr_assert(output >= 0);
        sidecar_start_as(&side, &(run_setup){.output_descriptor = output}, "--stdout-from", from);
        (void)close(output);
        is_done = sidecar_connect(&side, &exchange, 0) && sidecar_connect(&side, &exchange, 1) &&
                  sidecar_feed(&side, &exchange, kills < 6 ? 20 + 5 * (int64_t)kills : WAIT_MS);
        if (is_done)
            sidecar_end(&side);
        else
            sidecar_kill(&side);
        more = sidecar_file(&side, "output");
        got = realloc(got, strlen(got) + strlen(more) + 1);
        (void)strcat(got, more);
        free(more);
    }
    expected = sidecar_file(&side, "decisions");
    cr_expect_gt(line_count(expected), 20);
    cr_expect_str_eq(got, expected);
    free(got);
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

Test(serve_host, refuses_to_begin_where_nothing_is)
{
    static const struct {
        const char *outlet;
        const char *from;
        const char *message;
    } cases[] = {{"stdout", "2", "standard output cannot begin with decision 2: the last one is 0"},
                 {"stdout", "0", "--stdout-from \"0\" is not a whole number from 1 on"},
                 {"stdout", "x", "--stdout-from \"x\" is not a whole number from 1 on"},
                 {"nats", "1", "--stdout-from: no outlet is \"stdout\""}};
    sidecar side;

    sidecar_make(&side, "100", "11");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char rest[1024];
        char line[SIDECAR_PATH_BYTES + 128];
        run_result result;

        (void)snprintf(
            rest, sizeof rest,
            "%s,\n \"nats\": \"nats://127.0.0.1:1\", \"outlets\": [{\"outlet\": \"%s\"%s}]",
            sources, cases[i].outlet,
            strcmp(cases[i].outlet, "nats") == 0 ? ", \"subject\": \"d\"" : "");
        sidecar_configure(&side, rest);
        (void)snprintf(line, sizeof line, "serve --config %s/config.json --stdout-from %s",
                       side.folder, cases[i].from);
        run_line(&result, line);
        cr_expect_eq(result.code, 2, "%d", result.code);
        cr_expect_not_null(strstr(result.message, cases[i].message), "%s", result.message);
        run_clear(&result);
    }
    sidecar_remove(&side);
}

/* A deployment asks before it starts: also whether the first start finds its book. */
Test(serve_host, checks_the_configuration_and_the_book_of_the_first_start)
{
    static const struct {
        const char *from;
        const char *to; /* what is renamed before, in the folder */
        int code;
        const char *message;
    } cases[] = {{NULL, NULL, 0, "nothing is wrong with it\n  begins with 100 accounts of "},
                 {"book/marks.csv", "book/marks", 2, "the book lacks marks.csv"},
                 {"book/marks", "state/journal.db", 0, "journal.db ends\n"}};
    char state[SIDECAR_PATH_BYTES + 16];
    sidecar side;

    sidecar_make(&side, "100", "11");
    sidecar_configure(&side, sources);
    (void)snprintf(state, sizeof state, "%s/state", side.folder);
    (void)mkdir(state, 0700);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char from[SIDECAR_PATH_BYTES + 32];
        char to[SIDECAR_PATH_BYTES + 32];
        char line[SIDECAR_PATH_BYTES + 128];
        run_result result;

        (void)snprintf(from, sizeof from, "%s/%s", side.folder,
                       cases[i].from == NULL ? "" : cases[i].from);
        (void)snprintf(to, sizeof to, "%s/%s", side.folder, cases[i].to == NULL ? "" : cases[i].to);
        cr_assert(cases[i].from == NULL || rename(from, to) == 0, "%s", from);
        (void)snprintf(line, sizeof line, "serve --config %s/config.json --check", side.folder);
        run_line(&result, line);
        cr_expect_eq(result.code, cases[i].code, "case %zu: %s", i, result.message);
        cr_expect_not_null(
            strstr(result.code == 0 ? result.output : result.message, cases[i].message),
            "case %zu: %s%s", i, result.output, result.message);
        run_clear(&result);
    }
    sidecar_remove(&side);
}
