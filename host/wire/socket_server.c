/*
 * One round: wait, read once from each connection that has something and is given room, let each
 * take its turn, write what fits, accept who is new. Nobody is read twice in a round, so that one
 * who sends much does not keep the others waiting.
 */
#include "wire/socket_server.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "wire/socket_path.h"

enum {
    END_NS = 1000000000,   /* for what is written to a connection that ends */
    ACCEPT_PAUSE_MS = 100, /* when the system has no descriptors left */
    FIXED_ENTRIES = 2,     /* of poll: the event and the socket that listens */
    ACCEPTS_A_ROUND = 32
};

struct liq_socket_connection {
    int descriptor;
    void *state;
    char *output;
    size_t output_bytes;
    size_t output_begin;
    size_t output_end;
    bool has_ended;  /* the other side sends no more */
    bool is_dead;    /* the other side is gone: nothing can be written */
    bool is_ending;  /* by liq_socket_end */
    bool is_due;     /* takes its turn in this round */
    uint64_t end_ns; /* when to close it at the latest, if it is ending */
};

struct liq_socket_server {
    liq_socket_options options;
    liq_socket_handler handler;
    liq_socket_path socket;
    int event;
    pthread_t thread;
    atomic_bool is_woken; /* the event has been written to, and not been read since */
    atomic_bool is_stopped;
    int64_t stop_wait_ns; /* set before is_stopped */
    liq_socket_connection *connections[LIQ_SOCKET_CONNECTIONS_MAX];
    struct pollfd entries[FIXED_ENTRIES + LIQ_SOCKET_CONNECTIONS_MAX];
    uint32_t count;
    bool has_more;  /* something may be left to do at once */
    bool is_paused; /* nothing is accepted for a moment */
    _Atomic uint32_t fact_connections;
    _Atomic uint64_t fact_accepted;
    _Atomic uint64_t fact_refused;
    _Atomic uint64_t fact_in;
    _Atomic uint64_t fact_out;
};

static void *serve(void *of);
static void entries_fill(liq_socket_server *server);
static short wanted(const liq_socket_server *server, const liq_socket_connection *connection);
static void round_wait(liq_socket_server *server);
static int timeout_ms(const liq_socket_server *server);
static bool event_read(liq_socket_server *server);
static void round_serve(liq_socket_server *server, bool is_woken);
static void read_once(liq_socket_server *server, liq_socket_connection *connection);
static void write_out(liq_socket_server *server, liq_socket_connection *connection);
static bool is_over(const liq_socket_connection *connection, short seen, uint64_t now_ns);
static void accept_some(liq_socket_server *server);
static bool accept_one(liq_socket_server *server);
static liq_socket_connection *connection_create(const liq_socket_server *server, int descriptor);
static void connection_close(liq_socket_server *server, uint32_t index);
static void drain(liq_socket_server *server);
static void free_all(liq_socket_server *server);

liq_status liq_socket_server_start(liq_socket_server **out, const liq_socket_options *options,
                                   const liq_socket_handler *handler, liq_error *err)
{
    void *block = NULL;
    liq_socket_server *server;
    liq_status status;

    LIQ_ASSERT(options->connections_max <= LIQ_SOCKET_CONNECTIONS_MAX && options->output_bytes > 0);
    if ((status = liq_memory_array(&block, 1, sizeof *server, err)) != LIQ_OK)
        return status;
    server = block;
    server->options = *options;
    if (server->options.connections_max == 0)
        server->options.connections_max = LIQ_SOCKET_CONNECTIONS_MAX;
    if (server->options.mode == 0)
        server->options.mode = 0600;
    server->handler = *handler;
    server->socket.descriptor = -1;
    server->event = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (server->event < 0)
        status = liq_fail(err, LIQ_IO, errno, "no eventfd for a socket: %s", strerror(errno));
    else
        status = liq_socket_path_listen(&server->socket, options->path, server->options.mode, err);
    if (status == LIQ_OK)
        status = liq_thread_start(&server->thread, "socket", serve, server, err);
    if (status != LIQ_OK)
        free_all(server);
    else
        *out = server;
    return status;
}

void liq_socket_server_stop(liq_socket_server *server, int64_t wait_ns)
{
    if (server == NULL)
        return;
    server->stop_wait_ns = wait_ns;
    atomic_store(&server->is_stopped, true);
    liq_socket_server_wake(server);
    LIQ_ASSERT(pthread_join(server->thread, NULL) == 0);
    free_all(server);
}

void liq_socket_server_wake(liq_socket_server *server)
{
    const uint64_t one = 1;

    if (!atomic_exchange(&server->is_woken, true))
        (void)!write(server->event, &one, sizeof one); /* fails only when it is set to the brim */
}

int liq_socket_server_event(const liq_socket_server *server)
{
    return server->event;
}

void liq_socket_server_facts(const liq_socket_server *server, liq_socket_facts *out)
{
    *out = (liq_socket_facts){.connections = atomic_load(&server->fact_connections),
                              .accepted = atomic_load(&server->fact_accepted),
                              .refused = atomic_load(&server->fact_refused),
                              .bytes_in = atomic_load(&server->fact_in),
                              .bytes_out = atomic_load(&server->fact_out)};
}

char *liq_socket_output(liq_socket_connection *connection, size_t *room)
{
    const size_t held = connection->output_end - connection->output_begin;

    if (connection->output_begin > 0) {
        memmove(connection->output, connection->output + connection->output_begin, held);
        connection->output_begin = 0;
        connection->output_end = held;
    }
    *room = connection->is_dead ? 0 : connection->output_bytes - held;
    return connection->output + held;
}

void liq_socket_output_add(liq_socket_connection *connection, size_t bytes)
{
    LIQ_ASSERT(bytes <= connection->output_bytes - connection->output_end);
    connection->output_end += bytes;
}

bool liq_socket_send(liq_socket_connection *connection, const char *bytes, size_t count)
{
    size_t room;
    char *const into = liq_socket_output(connection, &room);

    if (count > room)
        return false;
    memcpy(into, bytes, count);
    liq_socket_output_add(connection, count);
    return true;
}

void liq_socket_end(liq_socket_connection *connection)
{
    if (!connection->is_ending)
        connection->end_ns = liq_clock_ns() + END_NS;
    connection->is_ending = true;
}

static void *serve(void *of)
{
    liq_socket_server *const server = of;

    while (!atomic_load(&server->is_stopped)) {
        bool is_woken;

        entries_fill(server);
        round_wait(server);
        is_woken = event_read(server);
        round_serve(server, is_woken);
        accept_some(server);
    }
    drain(server);
    while (server->count > 0)
        connection_close(server, server->count - 1);
    return NULL;
}

static void entries_fill(liq_socket_server *server)
{
    server->entries[0] = (struct pollfd){.fd = server->event, .events = POLLIN};
    server->entries[1] =
        (struct pollfd){.fd = server->is_paused ? -1 : server->socket.descriptor, .events = POLLIN};
    for (uint32_t i = 0; i < server->count; i++) {
        const liq_socket_connection *const connection = server->connections[i];
        const short events = wanted(server, connection);
        /* Of one that is neither read nor written the end is not heard either, or poll would name
         * it again and again while what it sent waits for room. */
        const bool is_heard = events != 0 || connection->has_ended;

        server->entries[FIXED_ENTRIES + i] =
            (struct pollfd){.fd = is_heard ? connection->descriptor : -1, .events = events};
    }
}

static short wanted(const liq_socket_server *server, const liq_socket_connection *connection)
{
    short events = 0;
    char *into;
    size_t room;

    if (connection->output_end > connection->output_begin)
        events |= POLLOUT;
    if (!connection->has_ended && !connection->is_ending &&
        server->handler.input(connection->state, &into, &room))
        events |= POLLIN;
    return events;
}

static void round_wait(liq_socket_server *server)
{
    const int ready = poll(server->entries, FIXED_ENTRIES + server->count, timeout_ms(server));

    if (ready < 0) {
        LIQ_ASSERT(errno == EINTR || errno == ENOMEM || errno == EAGAIN);
        for (uint32_t i = 0; i < FIXED_ENTRIES + server->count; i++)
            server->entries[i].revents = 0;
    }
    server->has_more = server->is_paused = false;
}

static int timeout_ms(const liq_socket_server *server)
{
    if (server->has_more)
        return 0;
    for (uint32_t i = 0; i < server->count; i++)
        if (server->connections[i]->is_ending)
            return ACCEPT_PAUSE_MS;
    return server->is_paused ? ACCEPT_PAUSE_MS : -1;
}

static bool event_read(liq_socket_server *server)
{
    uint64_t count;

    if (server->entries[0].revents == 0)
        return false;
    (void)!read(server->event, &count, sizeof count);
    /* Behind this, whoever wakes writes again; before it, what he did is seen in this round. */
    atomic_store(&server->is_woken, false);
    return true;
}

static void round_serve(liq_socket_server *server, bool is_woken)
{
    const uint64_t now_ns = liq_clock_ns();

    for (uint32_t i = server->count; i-- > 0;) {
        liq_socket_connection *const connection = server->connections[i];
        const short seen = server->entries[FIXED_ENTRIES + i].revents;

        connection->is_due |= is_woken;
        if ((seen & (POLLIN | POLLHUP | POLLERR)) != 0 && !connection->has_ended)
            read_once(server, connection);
        if (connection->is_due && !connection->is_ending) {
            connection->is_due = false;
            server->handler.turn(connection->state);
        }
        write_out(server, connection);
        if (is_over(connection, seen, now_ns))
            connection_close(server, i);
        else
            server->has_more |= connection->is_due;
    }
}

static void read_once(liq_socket_server *server, liq_socket_connection *connection)
{
    char *into;
    size_t room;
    ssize_t bytes;

    if (connection->is_ending || !server->handler.input(connection->state, &into, &room))
        return;
    bytes = recv(connection->descriptor, into, room, MSG_DONTWAIT);
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (bytes <= 0) { /* an error is an end as well */
        connection->has_ended = true;
        connection->is_dead |= bytes < 0;
        bytes = 0;
    }
    atomic_fetch_add(&server->fact_in, (uint64_t)bytes);
    connection->is_due = true;
    server->handler.received(connection->state, (size_t)bytes);
}

/* Write what the other side takes; when all of it went, the handler may have more. */
static void write_out(liq_socket_server *server, liq_socket_connection *connection)
{
    const size_t count = connection->output_end - connection->output_begin;
    ssize_t bytes;

    if (count == 0)
        return;
    bytes = send(connection->descriptor, connection->output + connection->output_begin, count,
                 MSG_NOSIGNAL | MSG_DONTWAIT);
    if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return;
    if (bytes < 0) {
        connection->is_dead = true;
        connection->output_begin = connection->output_end = 0;
        return;
    }
    connection->output_begin += (size_t)bytes;
    if (connection->output_begin == connection->output_end)
        connection->output_begin = connection->output_end = 0;
    connection->is_due = true;
    atomic_fetch_add(&server->fact_out, (uint64_t)bytes);
}

static bool is_over(const liq_socket_connection *connection, short seen, uint64_t now_ns)
{
    const bool is_empty = connection->output_begin == connection->output_end;

    if (connection->is_ending)
        return is_empty || now_ns >= connection->end_ns;
    return connection->has_ended &&
           (connection->is_dead || (seen & (POLLHUP | POLLERR | POLLNVAL)) != 0);
}

static void accept_some(liq_socket_server *server)
{
    if ((server->entries[1].revents & POLLIN) == 0)
        return;
    for (int i = 0; i < ACCEPTS_A_ROUND; i++)
        if (!accept_one(server))
            break;
}

static bool accept_one(liq_socket_server *server)
{
    const int descriptor =
        accept4(server->socket.descriptor, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    liq_socket_connection *connection = NULL;

    if (descriptor < 0) {
        server->is_paused =
            errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
        return false;
    }
    atomic_fetch_add(&server->fact_accepted, 1);
    if (server->count < server->options.connections_max)
        connection = connection_create(server, descriptor);
    if (connection != NULL)
        connection->state = server->handler.opened(server->handler.context, connection);
    if (connection == NULL || connection->state == NULL) {
        if (server->options.full != NULL)
            (void)!send(descriptor, server->options.full, strlen(server->options.full),
                        MSG_NOSIGNAL | MSG_DONTWAIT);
        (void)close(descriptor);
        free(connection);
        atomic_fetch_add(&server->fact_refused, 1);
        liq_socket_server_wake(server); /* the handler may think of one that it can end */
        return true;
    }
    server->connections[server->count++] = connection;
    atomic_store(&server->fact_connections, server->count);
    return true;
}

/* The connection and its output in one block. NULL: there is no memory for it. */
static liq_socket_connection *connection_create(const liq_socket_server *server, int descriptor)
{
    liq_socket_connection *const connection =
        malloc(sizeof *connection + server->options.output_bytes);

    if (connection != NULL)
        *connection = (liq_socket_connection){.descriptor = descriptor,
                                              .output = (char *)(connection + 1),
                                              .output_bytes = server->options.output_bytes};
    return connection;
}

static void connection_close(liq_socket_server *server, uint32_t index)
{
    liq_socket_connection *const connection = server->connections[index];

    server->handler.closed(connection->state);
    (void)close(connection->descriptor);
    free(connection);
    server->connections[index] = server->connections[--server->count];
    server->entries[FIXED_ENTRIES + index] = server->entries[FIXED_ENTRIES + server->count];
    atomic_store(&server->fact_connections, server->count);
}

/* After the last turn of all, write what is left as long as there is time. */
static void drain(liq_socket_server *server)
{
    const uint64_t wait = server->stop_wait_ns > 0 ? (uint64_t)server->stop_wait_ns : 0;
    const uint64_t until_ns = liq_clock_ns() + wait;
    bool is_left = true;

    for (uint32_t i = 0; i < server->count; i++)
        if (!server->connections[i]->is_ending)
            server->handler.turn(server->connections[i]->state);
    while (is_left) {
        is_left = false;
        for (uint32_t i = 0; i < server->count; i++) {
            liq_socket_connection *const connection = server->connections[i];

            write_out(server, connection);
            connection->is_ending = true;
            is_left |= connection->output_begin < connection->output_end;
        }
        is_left = is_left && liq_clock_ns() < until_ns;
        if (is_left) {
            entries_fill(server);
            (void)poll(server->entries + FIXED_ENTRIES, server->count, 10);
        }
    }
}

static void free_all(liq_socket_server *server)
{
    if (server->socket.descriptor >= 0)
        liq_socket_path_close(&server->socket, server->options.path);
    if (server->event >= 0)
        (void)close(server->event);
    free(server);
}
