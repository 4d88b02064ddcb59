/* With real sockets, and with curl as a client that nobody here wrote. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/clock.h"
#include "wire/http_server.h"

enum { SAID_BYTES = 65536, MILLISECOND = 1000000, BIG_BYTES = 32 * 1024 * 1024, ECHO_BYTES = 4096 };

static liq_http_server *server;
static char said[SAID_BYTES];
static _Atomic uint32_t asked;

/* /echo tells what it got; /big is more than any buffer takes; /wait takes 300 ms. */
static void answer_test(void *context, const liq_http_request *request, liq_http_answer *answer)
{
    static const char *const known[] = {"word", "flag", NULL};
    const char *unknown = liq_http_query_unknown(request, known);
    const char *path = liq_http_path(request);
    const char *word = liq_http_query(request, "word");
    const char *flag = liq_http_query(request, "flag");

    atomic_fetch_add(&asked, 1);
    cr_assert_eq(context, &said);
    if (strcmp(path, "/nothing") == 0)
        return;
    answer->status = strcmp(path, "/busy") == 0 ? 503 : 200;
    answer->retry_after_s = strcmp(path, "/busy") == 0 ? 3 : 0;
    if (strcmp(path, "/wait") == 0)
        (void)usleep(300000);
    answer->content_type = "application/json";
    answer->bytes = strcmp(path, "/big") == 0 ? BIG_BYTES : ECHO_BYTES;
    answer->body = calloc(answer->bytes, 1);
    cr_assert_not_null(answer->body);
    if (answer->bytes != ECHO_BYTES)
        return;
    if (unknown != NULL)
        answer->bytes = (size_t)snprintf(answer->body, ECHO_BYTES, "unknown %s\n", unknown);
    else
        answer->bytes =
            (size_t)snprintf(answer->body, ECHO_BYTES, "%s|%s|%s\n", path,
                             word == NULL ? "(none)" : word, flag == NULL ? "(none)" : flag);
}

static void start(uint32_t request_ms, uint32_t crowded_ms)
{
    const liq_http_options options = {.handler = answer_test,
                                      .context = &said,
                                      .request_ms = request_ms,
                                      .crowded_ms = crowded_ms};
    liq_error err = {0};

    cr_assert_eq(liq_http_server_start(&server, &options, &err), LIQ_OK, "%s", err.message);
    cr_assert_neq(liq_http_server_port(server), 0);
}

static void start_usual(void)
{
    start(0, 0);
}

static void stop(void)
{
    liq_http_server_stop(server);
    server = NULL;
}

TestSuite(http_server);

/* Run curl on a path of the server. @return its exit status; said: what it printed */
static int curl(const char *options, const char *path)
{
    char line[2048];
    FILE *pipe;
    size_t bytes;
    int status;

    if (system("command -v curl >/dev/null 2>&1") != 0) {
        cr_assert_null(getenv("LIQ_REQUIRE_DEVICE"), "curl is missing");
        cr_skip_test("curl is missing");
    }
    (void)snprintf(line, sizeof line,
                   "curl --noproxy '*' -sS -m 20 %s 'http://127.0.0.1:%u%s' 2>&1", options,
                   (unsigned)liq_http_server_port(server), path);
    pipe = popen(line, "r");
    cr_assert_not_null(pipe);
    bytes = fread(said, 1, sizeof said - 1, pipe);
    said[bytes] = '\0';
    status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int client(void)
{
    const struct sockaddr_in at = {.sin_family = AF_INET,
                                   .sin_port = htons(liq_http_server_port(server)),
                                   .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert_geq(descriptor, 0);
    cr_assert_eq(connect(descriptor, (const struct sockaddr *)&at, sizeof at), 0);
    return descriptor;
}

/* Send raw bytes, and read until the server ends the connection. */
static const char *raw(const char *bytes)
{
    const int descriptor = client();
    size_t used = 0;
    ssize_t now;

    cr_assert_eq(send(descriptor, bytes, strlen(bytes), MSG_NOSIGNAL), (ssize_t)strlen(bytes));
    while ((now = recv(descriptor, said + used, sizeof said - 1 - used, 0)) > 0)
        used += (size_t)now;
    said[used] = '\0';
    (void)close(descriptor);
    return said;
}

/* Whether the other side ends a connection within a time, dropping what comes before. */
static bool ends_within(int descriptor, int wait_ms)
{
    const uint64_t until_ns = liq_clock_ns() + (uint64_t)wait_ms * MILLISECOND;
    struct pollfd one = {.fd = descriptor, .events = POLLIN};

    while (liq_clock_ns() < until_ns)
        if (poll(&one, 1, 20) == 1 && recv(descriptor, said, sizeof said, MSG_DONTWAIT) <= 0)
            return true;
    return false;
}

typedef struct path_case {
    char path[64];
    char expected[64];
} path_case;

ParameterizedTestParameters(http_server, hands_over_path_and_query_decoded)
{
    static path_case cases[] = {
        {"/", "/|(none)|(none)\n"},
        {"/a/b%20c", "/a/b c|(none)|(none)\n"},
        {"/a%2Fb", "/a/b|(none)|(none)\n"},
        {"/a?word=x", "/a|x|(none)\n"},
        {"/a?word=x%26y+z&flag", "/a|x&y z|\n"},
        {"/a?flag=&word", "/a||\n"},
        {"/a?Word=x", "unknown Word\n"},
        {"/a?word=1&word=2&x=3", "unknown x\n"},
        {"/a?word=1&word=2", "/a|1|(none)\n"},
    };

    return cr_make_param_array(path_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(path_case *row, http_server, hands_over_path_and_query_decoded,
                  .init = start_usual, .fini = stop)
{
    cr_expect_eq(curl("--path-as-is", row->path), 0);
    cr_expect_str_eq(said, row->expected);
}

Test(http_server, says_type_and_length_and_ends_the_connection, .init = start_usual, .fini = stop)
{
    cr_assert_eq(curl("-i", "/x"), 0);
    cr_expect_not_null(strstr(said, "HTTP/1.1 200 OK\r\n"));
    cr_expect_not_null(strstr(said, "Content-Type: application/json\r\n"));
    cr_expect_not_null(strstr(said, "Content-Length: 17\r\n"));
    cr_expect_not_null(strstr(said, "Cache-Control: no-store\r\n"));
    cr_expect_not_null(strstr(said, "Connection: close\r\n"));
    cr_expect_null(strstr(said, "Retry-After"));
}

Test(http_server, answers_head_without_a_body, .init = start_usual, .fini = stop)
{
    cr_assert_eq(curl("-I", "/x"), 0);
    cr_expect_not_null(strstr(said, "HTTP/1.1 200 OK\r\n"));
    cr_expect_not_null(strstr(said, "Content-Length: 17\r\n"));
    cr_expect_null(strstr(said, "(none)"));
}

Test(http_server, says_when_to_come_again, .init = start_usual, .fini = stop)
{
    cr_assert_eq(curl("-i", "/busy"), 0);
    cr_expect_not_null(strstr(said, "HTTP/1.1 503 "));
    cr_expect_not_null(strstr(said, "Retry-After: 3\r\n"));
}

Test(http_server, calls_an_answer_that_was_not_made_an_error_of_its_own, .init = start_usual,
     .fini = stop)
{
    cr_assert_eq(curl("-i", "/nothing"), 0);
    cr_expect_not_null(strstr(said, "HTTP/1.1 500 "));
}

Test(http_server, sends_a_large_body_whole, .init = start_usual, .fini = stop)
{
    cr_assert_eq(curl("-o /dev/null -w '%{http_code} %{size_download}'", "/big"), 0);
    cr_expect_str_eq(said, "200 33554432");
}

typedef struct refusal_case {
    char request[128];
    char expected[16];
} refusal_case;

ParameterizedTestParameters(http_server, refuses_what_is_no_question)
{
    static refusal_case cases[] = {
        {"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nab", " 405 "},
        {"DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n", " 405 "},
        {"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", " 405 "},
        {"GET /a%00b HTTP/1.1\r\nHost: localhost\r\n\r\n", " 400 "},
        {"GET /?word=%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\n\r\n", " 400 "},
        {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", " 403 "},
        {"GET / HTTP/1.1\r\nHost: localhost.evil.example:80\r\n\r\n", " 403 "},
        {"GET / HTTP/1.1\r\nHost: 127.0.0.1.example\r\n\r\n", " 403 "},
        {"GET / HTTP/1.1\r\nHost: [::1.example]\r\n\r\n", " 403 "},
        {"GET / HTTP/1.1\r\nHost: \r\n\r\n", " 403 "},
    };

    return cr_make_param_array(refusal_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(refusal_case *row, http_server, refuses_what_is_no_question, .init = start_usual,
                  .fini = stop)
{
    cr_expect_not_null(strstr(raw(row->request), row->expected), "%s gives %s", row->request, said);
    cr_expect_eq(asked, 0);
}

typedef struct host_case {
    char host[64];
} host_case;

ParameterizedTestParameters(http_server, serves_this_machine_by_address_or_as_localhost)
{
    static host_case cases[] = {{"Host: localhost\r\n"},       {"Host: LocalHost:9464\r\n"},
                                {"Host: 127.0.0.1\r\n"},       {"Host: 127.0.0.1:80\r\n"},
                                {"Host: [::1]:80\r\n"},        {"Host: [::1]\r\n"},
                                {"Host: 192.168.7.1:9464\r\n"}};

    return cr_make_param_array(host_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(host_case *row, http_server, serves_this_machine_by_address_or_as_localhost,
                  .init = start_usual, .fini = stop)
{
    char request[128];

    (void)snprintf(request, sizeof request, "GET /x HTTP/1.1\r\n%s\r\n", row->host);
    cr_expect_not_null(strstr(raw(request), " 200 "), "%s", said);
}

Test(http_server, serves_old_clients_that_name_no_host, .init = start_usual, .fini = stop)
{
    cr_expect_not_null(strstr(raw("GET /x HTTP/1.0\r\n\r\n"), " 200 "));
}

Test(http_server, refuses_long_addresses_and_heads, .init = start_usual, .fini = stop)
{
    static char request[40000] = "GET /";
    const char *end = " HTTP/1.1\r\nHost: localhost\r\n\r\n";

    memset(request + 5, 'a', LIQ_HTTP_URI_BYTES_MAX - 1);
    memcpy(request + 5 + LIQ_HTTP_URI_BYTES_MAX - 1, end, strlen(end) + 1);
    cr_expect_not_null(strstr(raw(request), " 200 "));
    memset(request + 5, 'a', LIQ_HTTP_URI_BYTES_MAX);
    memcpy(request + 5 + LIQ_HTTP_URI_BYTES_MAX, end, strlen(end) + 1);
    cr_expect_not_null(strstr(raw(request), " 414 "));
    memset(request + 5, 'a', sizeof request - 6);
    request[sizeof request - 1] = '\0';
    cr_expect_not_null(strstr(raw(request), " 414 "));
    (void)snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    memset(request + strlen(request), 'a', sizeof request - 100);
    request[sizeof request - 50] = '\0';
    (void)strcat(request, "\r\n\r\n");
    cr_expect(strstr(raw(request), " 431 ") != NULL || strstr(said, " 413 ") != NULL, "%s", said);
}

Test(http_server, answers_several_at_the_same_time, .init = start_usual, .fini = stop)
{
    const uint64_t began_ns = liq_clock_ns();
    int clients[6];

    for (int i = 0; i < 6; i++) {
        static const char request[] = "GET /wait HTTP/1.0\r\n\r\n";

        clients[i] = client();
        cr_assert_eq(send(clients[i], request, sizeof request - 1, 0), sizeof request - 1);
    }
    for (int i = 0; i < 6; i++) {
        cr_expect(ends_within(clients[i], 10000));
        (void)close(clients[i]);
    }
    /* One behind the other they would take 1.8 s. */
    cr_expect_lt(liq_clock_ns() - began_ns, 1500ull * MILLISECOND);
}

Test(http_server, cuts_off_a_client_that_sends_a_byte_now_and_then, .fini = stop)
{
    uint64_t began_ns;
    int descriptor;
    bool is_cut = false;

    start(600, 300);
    descriptor = client();
    began_ns = liq_clock_ns();
    while (!is_cut && liq_clock_ns() - began_ns < 5000ull * MILLISECOND) {
        (void)send(descriptor, "G", 1, MSG_NOSIGNAL);
        is_cut = ends_within(descriptor, 50);
    }
    cr_expect(is_cut);
    cr_expect_geq(liq_clock_ns() - began_ns, 600ull * MILLISECOND);
    (void)close(descriptor);
}

Test(http_server, cuts_off_a_client_that_does_not_read, .fini = stop)
{
    static const char request[] = "GET /big HTTP/1.0\r\n\r\n";
    char first[1];
    int descriptor;
    size_t bytes = 0;
    ssize_t now;

    start(600, 300);
    descriptor = client();
    cr_assert_eq(send(descriptor, request, sizeof request - 1, 0), sizeof request - 1);
    cr_assert_eq(recv(descriptor, first, 1, 0), 1);
    (void)usleep(1200000);
    while ((now = recv(descriptor, said, sizeof said, 0)) > 0)
        bytes += (size_t)now;
    cr_expect_lt(bytes, BIG_BYTES);
    (void)close(descriptor);
    cr_expect_eq(curl("", "/x"), 0);
}

Test(http_server, serves_others_soon_when_idle_clients_take_all_places, .fini = stop)
{
    int clients[LIQ_HTTP_CONNECTIONS_MAX + 10];
    int left = 0;

    start(60000, 400);
    for (int i = 0; i < LIQ_HTTP_CONNECTIONS_MAX + 10; i++)
        clients[i] = client();
    (void)usleep(1500000);
    cr_expect_eq(curl("", "/x"), 0);
    cr_expect_str_eq(said, "/x|(none)|(none)\n");
    for (int i = 0; i < LIQ_HTTP_CONNECTIONS_MAX + 10; i++) {
        left += !ends_within(clients[i], 25);
        (void)close(clients[i]);
    }
    cr_expect_lt(left, LIQ_HTTP_CONNECTIONS_CROWDED, "%d", left);
}

Test(http_server, keeps_a_few_idle_clients_that_disturb_nobody, .fini = stop)
{
    int clients[LIQ_HTTP_CONNECTIONS_CROWDED - 2];

    start(60000, 100);
    for (int i = 0; i < LIQ_HTTP_CONNECTIONS_CROWDED - 2; i++)
        clients[i] = client();
    (void)usleep(500000);
    cr_expect_eq(curl("", "/x"), 0);
    cr_expect_not(ends_within(clients[0], 100));
    for (int i = 0; i < LIQ_HTTP_CONNECTIONS_CROWDED - 2; i++)
        (void)close(clients[i]);
}

Test(http_server, stops_while_clients_are_connected, .init = start_usual, .fini = stop)
{
    const int idle = client();
    const int waiting = client();
    uint64_t began_ns;

    cr_assert_eq(send(waiting, "GET /wait HTTP/1.0\r\n\r\n", 22, 0), 22);
    (void)usleep(100000);
    began_ns = liq_clock_ns();
    stop();
    cr_expect_lt(liq_clock_ns() - began_ns, 5000ull * MILLISECOND);
    cr_expect(ends_within(idle, 1000));
    cr_expect(ends_within(waiting, 1000));
    (void)close(idle);
    (void)close(waiting);
}

Test(http_server, leaves_signals_to_others, .init = start_usual, .fini = stop)
{
    static const char request[] = "GET /wait HTTP/1.0\r\n\r\n";
    const int descriptor = client();
    sigset_t terminate;
    int number = 0;

    /* Were one thread of the server open to it, this would end the process. */
    cr_assert_eq(sigemptyset(&terminate), 0);
    cr_assert_eq(sigaddset(&terminate, SIGTERM), 0);
    cr_assert_eq(pthread_sigmask(SIG_BLOCK, &terminate, NULL), 0);
    cr_assert_eq(send(descriptor, request, sizeof request - 1, 0), sizeof request - 1);
    (void)usleep(100000);
    cr_assert_eq(kill(getpid(), SIGTERM), 0);
    cr_assert_eq(sigwait(&terminate, &number), 0);
    cr_expect_eq(number, SIGTERM);
    cr_expect(ends_within(descriptor, 5000));
    (void)close(descriptor);
}

typedef struct address_case {
    char address[32];
    liq_status status;
    char message[64];
} address_case;

ParameterizedTestParameters(http_server, refuses_an_address_that_is_none_or_not_ours)
{
    static address_case cases[] = {
        {"", LIQ_BAD_INPUT, "http address \"\" is no IP address"},
        {"localhost", LIQ_BAD_INPUT, "http address \"localhost\" is no IP address"},
        {"127.0.0.1:80", LIQ_BAD_INPUT, "is no IP address"},
        {"1.2.3.256", LIQ_BAD_INPUT, "is no IP address"},
        {"192.0.2.1", LIQ_IO, "http cannot listen at 192.0.2.1 port 0: "},
    };

    return cr_make_param_array(address_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(address_case *row, http_server, refuses_an_address_that_is_none_or_not_ours)
{
    liq_http_server *other = NULL;
    const liq_http_options options = {.address = row->address, .handler = answer_test};
    liq_error err = {0};

    cr_expect_eq(liq_http_server_start(&other, &options, &err), row->status);
    cr_expect_null(other);
    cr_expect_not_null(strstr(err.message, row->message), "%s", err.message);
}

Test(http_server, refuses_a_port_that_is_taken, .init = start_usual, .fini = stop)
{
    liq_http_server *other = NULL;
    const liq_http_options options = {.port = liq_http_server_port(server), .handler = answer_test};
    liq_error err = {0};

    cr_expect_eq(liq_http_server_start(&other, &options, &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "Address already in use"), "%s", err.message);
    cr_expect_eq(curl("", "/x"), 0);
}

Test(http_server, listens_on_ipv6_where_there_is_some, .fini = stop)
{
    const liq_http_options options = {.address = "::1", .handler = answer_test, .context = &said};
    liq_error err = {0};

    if (liq_http_server_start(&server, &options, &err) != LIQ_OK) {
        cr_expect_eq(err.status, LIQ_IO);
        cr_skip_test("no IPv6");
    }
    cr_expect_neq(liq_http_server_port(server), 0);
}
