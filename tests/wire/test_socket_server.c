/*
 * The server with a handler that sends back what it gets, and more on request.
 */
#include <criterion/criterion.h>

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "wire/socket_server.h"
#include "wire/support_client.h"

enum { INPUT_BYTES = 1000, OUTPUT_BYTES = 65536, SECOND = 1000000000 };

/* An echo: what does not fit into the output is not read. "flood\n" asks for lines without end,
 * "bye\n" for the end. */
typedef struct echo {
    liq_socket_connection *connection;
    size_t held;
    uint64_t floods;
    bool is_flooding;
    char input[INPUT_BYTES];
} echo;

static const char *path;
static liq_socket_server *server;
static atomic_uint open_count;
static atomic_uint turns;
static atomic_bool is_deaf; /* gives no room to read into */

static void *echo_opened(void *context, liq_socket_connection *connection)
{
    echo *made;

    if (*(const bool *)context)
        return NULL;
    made = calloc(1, sizeof *made);
    made->connection = connection;
    atomic_fetch_add(&open_count, 1);
    return made;
}

static bool echo_input(void *state, char **into, size_t *room)
{
    echo *const self = state;

    *into = self->input + self->held;
    *room = sizeof self->input - self->held;
    return *room > 0 && !atomic_load(&is_deaf);
}

static void echo_turn(void *state)
{
    echo *const self = state;
    char line[32];

    atomic_fetch_add(&turns, 1);
    if (self->held > 0 && liq_socket_send(self->connection, self->input, self->held))
        self->held = 0;
    while (self->is_flooding) {
        (void)sprintf(line, "flood %llu\n", (unsigned long long)self->floods);
        if (!liq_socket_send(self->connection, line, strlen(line)))
            break;
        self->floods++;
    }
}

static void echo_received(void *state, size_t bytes)
{
    echo *const self = state;

    self->held += bytes;
    if (bytes == 0)
        (void)liq_socket_send(self->connection, "ended\n", 6);
    if (self->held == 6 && memcmp(self->input, "flood\n", 6) == 0) {
        self->is_flooding = true;
        self->held = 0;
    }
    if (self->held == 4 && memcmp(self->input, "bye\n", 4) == 0) {
        echo_turn(self);
        liq_socket_end(self->connection);
    }
}

static void echo_closed(void *state)
{
    atomic_fetch_sub(&open_count, 1);
    free(state);
}

static void start(uint32_t connections_max, bool *refuses)
{
    const liq_socket_options options = {.path = path,
                                        .connections_max = connections_max,
                                        .output_bytes = OUTPUT_BYTES,
                                        .full = "full\n"};
    const liq_socket_handler handler = {.context = refuses,
                                        .opened = echo_opened,
                                        .input = echo_input,
                                        .received = echo_received,
                                        .turn = echo_turn,
                                        .closed = echo_closed};
    liq_error error = {.message = ""};

    cr_assert(liq_socket_server_start(&server, &options, &handler, &error) == LIQ_OK, "%s",
              error.message);
}

static bool refuses_none;

static void setup(void)
{
    path = client_folder_make();
    start(0, &refuses_none);
}

static void teardown(void)
{
    liq_socket_server_stop(server, 0);
    cr_expect(atomic_load(&open_count) == 0);
    client_folder_remove();
}

TestSuite(socket_server, .init = setup, .fini = teardown);

static void await_count(uint32_t count)
{
    for (int i = 0; i < 10000 && atomic_load(&open_count) != count; i++)
        (void)usleep(1000);
    cr_assert(atomic_load(&open_count) == count, "%u connections", atomic_load(&open_count));
}

Test(socket_server, moves_bytes_both_ways_for_several_at_once)
{
    client clients[5];
    liq_socket_facts facts;

    for (int i = 0; i < 5; i++)
        client_open(&clients[i], path);
    for (int round = 0; round < 50; round++)
        for (int i = 0; i < 5; i++) {
            char line[64];

            (void)sprintf(line, "round %d of %d\n", round, i);
            client_send(&clients[i], line);
            line[strlen(line) - 1] = '\0';
            client_expect(&clients[i], line);
        }
    do /* the client may read before it has been counted */
        liq_socket_server_facts(server, &facts);
    while (facts.bytes_out < facts.bytes_in);
    cr_expect(facts.connections == 5 && facts.accepted == 5 && facts.refused == 0);
    cr_expect(facts.bytes_in == facts.bytes_out && facts.bytes_in > 5 * 50 * 10);
    for (int i = 0; i < 5; i++)
        client_close(&clients[i]);
    await_count(0);
    liq_socket_server_stop(NULL, 0);
}

Test(socket_server, lets_a_client_that_does_not_read_stall_itself_only)
{
    static client lazy;
    static client busy;
    struct pollfd entry;

    client_open(&lazy, path);
    client_send(&lazy, "flood\n");
    client_open(&busy, path);
    for (int i = 0; i < 200; i++) {
        client_send(&busy, "hello\n");
        client_expect(&busy, "hello");
    }
    for (int i = 0; i < 5; i++)
        client_expect(&lazy,
                      (const char *[]){"flood 0", "flood 1", "flood 2", "flood 3", "flood 4"}[i]);
    for (int i = 5; i < 100000; i++) { /* nothing was lost while it stood still */
        const char *const line = client_line(&lazy);

        cr_assert(line != NULL && strtol(line + 6, NULL, 10) == i);
    }
    entry = (struct pollfd){.fd = busy.descriptor, .events = POLLIN};
    cr_expect(poll(&entry, 1, 0) == 0);
    client_close(&lazy);
    client_close(&busy);
    await_count(0);
}

Test(socket_server, takes_no_time_while_nobody_reads_or_writes)
{
    static client lazy;
    uint32_t before;

    client_open(&lazy, path);
    client_send(&lazy, "flood\n");
    client_expect(&lazy, "flood 0");
    (void)usleep(200000);
    before = atomic_load(&turns);
    (void)usleep(200000);
    cr_expect(atomic_load(&turns) - before < 5, "%u turns", atomic_load(&turns) - before);
    client_close(&lazy);
    await_count(0);
}

Test(socket_server, reads_only_when_there_is_room_and_loses_nothing)
{
    static char big[400000];
    static client sender;
    uint32_t before;
    size_t sent = 0;
    size_t got = 0;

    memset(big, 'x', sizeof big);
    client_open(&sender, path);
    client_send(&sender, "a\n");
    client_expect(&sender, "a");
    atomic_store(&is_deaf, true);
    while (sent < sizeof big) { /* until the socket takes no more */
        const ssize_t bytes =
            send(sender.descriptor, big + sent, sizeof big - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

        if (bytes < 0)
            break;
        sent += (size_t)bytes;
    }
    cr_assert(sent > 0 && sent < sizeof big);
    client_send_end(&sender); /* and now the end waits as well */
    (void)usleep(50000);
    before = atomic_load(&turns);
    (void)usleep(100000);
    cr_expect(atomic_load(&turns) - before < 5);
    cr_expect(recv(sender.descriptor, big, 1, MSG_DONTWAIT) < 0);
    atomic_store(&is_deaf, false);
    liq_socket_server_wake(server);
    while (got < sent + 6) {
        const ssize_t bytes = recv(sender.descriptor, big, sizeof big, 0);

        cr_assert(bytes > 0);
        got += (size_t)bytes;
    }
    cr_expect(got == sent + 6);
    client_close(&sender);
    await_count(0);
}

Test(socket_server, keeps_what_a_client_left_behind_until_there_is_room)
{
    static client sender;
    liq_socket_facts facts;

    atomic_store(&is_deaf, true);
    client_open(&sender, path);
    await_count(1);
    client_send(&sender, "left behind\n");
    client_close(&sender);
    (void)usleep(100000);
    cr_expect(atomic_load(&open_count) == 1);
    atomic_store(&is_deaf, false);
    liq_socket_server_wake(server);
    await_count(0);
    liq_socket_server_facts(server, &facts);
    cr_expect(facts.bytes_in == 12);
}

Test(socket_server, hears_the_end_and_goes_on_writing)
{
    static client half;

    client_open(&half, path);
    client_send(&half, "flood\n");
    client_expect(&half, "flood 0");
    client_send_end(&half);
    for (int i = 1; i < 30000; i++)
        cr_assert(client_line(&half) != NULL);
    cr_expect(atomic_load(&open_count) == 1);
    client_close(&half);
    await_count(0);
}

Test(socket_server, ends_a_connection_when_it_is_told_to)
{
    static client caller;

    client_open(&caller, path);
    client_send(&caller, "bye\n");
    client_expect(&caller, "bye");
    client_expect_end(&caller);
    client_close(&caller);
    await_count(0);
}

Test(socket_server, ends_a_connection_whose_client_does_not_read)
{
    static client lazy;
    uint64_t start_ns;

    client_open(&lazy, path);
    client_send(&lazy, "flood\n");
    (void)usleep(50000);
    start_ns = liq_clock_ns();
    client_send(&lazy, "bye\n");
    await_count(0);
    cr_expect(liq_clock_ns() - start_ns > SECOND / 2);
    client_close(&lazy);
}

Test(socket_server, refuses_those_that_are_too_many)
{
    static client clients[4];
    liq_socket_facts facts;

    liq_socket_server_stop(server, 0);
    start(3, &refuses_none);
    for (int i = 0; i < 3; i++) {
        client_open(&clients[i], path);
        client_send(&clients[i], "a\n");
        client_expect(&clients[i], "a");
    }
    client_open(&clients[3], path);
    client_expect(&clients[3], "full");
    client_expect_end(&clients[3]);
    client_close(&clients[3]);
    client_close(&clients[0]);
    await_count(2);
    client_open(&clients[0], path);
    client_send(&clients[0], "a\n");
    client_expect(&clients[0], "a");
    liq_socket_server_facts(server, &facts);
    cr_expect(facts.refused == 1 && facts.connections == 3 && facts.accepted == 5);
    for (int i = 0; i < 3; i++)
        client_close(&clients[i]);
    await_count(0);
}

Test(socket_server, closes_what_its_handler_refuses)
{
    static client caller;
    bool refuses = true;

    liq_socket_server_stop(server, 0);
    start(0, &refuses);
    client_open(&caller, path);
    client_expect(&caller, "full");
    client_expect_end(&caller);
    client_close(&caller);
    liq_socket_server_stop(server, 0);
    start(0, &refuses_none);
}

Test(socket_server, lives_through_storms_of_connections)
{
    static client clients[LIQ_SOCKET_CONNECTIONS_MAX + 20];
    static client last;

    for (int round = 0; round < 4; round++) {
        for (uint32_t i = 0; i < sizeof clients / sizeof clients[0]; i++) {
            client_open(&clients[i], path);
            if (i % 3 == 0)
                (void)send(clients[i].descriptor, "half a line", 11, MSG_NOSIGNAL);
            if (i % 7 == 0)
                (void)send(clients[i].descriptor, "flood\n", 6, MSG_NOSIGNAL);
            if (round % 2 == 0)
                client_close(&clients[i]);
        }
        for (uint32_t i = 0; round % 2 == 1 && i < sizeof clients / sizeof clients[0]; i++)
            client_close(&clients[i]);
    }
    await_count(0);
    client_open(&last, path);
    client_send(&last, "still here\n");
    client_expect(&last, "still here");
    client_close(&last);
}

static void *stop_patiently(void *unused)
{
    (void)unused;
    liq_socket_server_stop(server, 20LL * SECOND);
    return NULL;
}

Test(socket_server, writes_what_is_left_when_it_stops)
{
    static client slow;
    pthread_t thread;
    uint64_t lines = 1;

    client_open(&slow, path);
    client_send(&slow, "flood\n");
    client_expect(&slow, "flood 0");
    cr_assert(pthread_create(&thread, NULL, stop_patiently, NULL) == 0);
    for (const char *line = client_line(&slow); line != NULL; line = client_line(&slow))
        cr_assert(strtoull(line + 6, NULL, 10) == lines++);
    cr_assert(pthread_join(thread, NULL) == 0);
    cr_expect(lines > OUTPUT_BYTES / 16);
    client_close(&slow);
    start(0, &refuses_none);
}

Test(socket_server, waits_no_longer_than_it_is_told_when_it_stops)
{
    static client lazy;
    const uint64_t start_ns = liq_clock_ns();

    client_open(&lazy, path);
    client_send(&lazy, "flood\n");
    client_expect(&lazy, "flood 0");
    liq_socket_server_stop(server, SECOND / 10);
    cr_expect(liq_clock_ns() - start_ns < 5LL * SECOND);
    client_close(&lazy);
    start(0, &refuses_none);
}

Test(socket_server, takes_its_path_away_when_it_stops)
{
    struct stat found;

    cr_expect(lstat(path, &found) == 0);
    liq_socket_server_stop(server, 0);
    cr_expect(lstat(path, &found) != 0);
    start(0, &refuses_none);
}
