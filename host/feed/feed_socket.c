/*
 * What a connection means is kept in a peer, and touched by the server's thread only. The engine
 * leaves what it has to say with the source: the position as a number, which needs no more room
 * the more often it changes, and other messages in a small buffer behind a lock that is held for
 * copying only.
 */
#include "feed/feed_socket.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "feed/feed_hello.h"
#include "feed/feed_lines.h"
#include "feed/feed_message.h"

/* A subscriber is given lines only when so much fits: more than the longest of them. */
enum { PULL_BYTES = LIQ_FEED_SOCKET_OUTPUT_BYTES / 2 };

typedef enum role { ROLE_NEW, ROLE_SOURCE, ROLE_SUBSCRIBER, ROLE_ENDING } role;

typedef struct peer {
    liq_feed_socket *server;
    liq_socket_connection *connection;
    role role;
    uint64_t opened_ns;
    size_t hello_bytes;
    uint32_t source;
    bool has_told; /* a position, `told` */
    uint64_t told;
    uint64_t next_seq;       /* of a subscriber */
    liq_feed_batch *waiting; /* for room in the queue */
    liq_feed_lines lines;
    char hello[LIQ_FEED_HELLO_BYTES];
} peer;

typedef struct source_state {
    const char *name; /* NULL: does not come here */
    peer *peer;       /* whoever is connected for it */
    _Atomic uint64_t applied;
    pthread_mutex_t mutex; /* for what follows */
    char *messages;        /* whole lines */
    size_t message_bytes;
    uint64_t dropped; /* since the last that fitted */
} source_state;

struct liq_feed_socket {
    liq_feed_queue *queue;
    liq_socket_server *server;
    liq_line_pull pull;
    uint64_t hello_wait_ns;
    liq_feed_parser parser;
    source_state *sources;
    const char *const *names;
    uint32_t source_count;
    char discarded[LIQ_FEED_HELLO_BYTES]; /* what is read of those who have nothing to say */
    _Atomic uint32_t fact_sources;
    _Atomic uint32_t fact_subscribers;
    _Atomic uint64_t fact_refused;
    _Atomic uint64_t fact_takeovers;
    _Atomic uint64_t fact_dropped;
};

static liq_status sources_make(liq_feed_socket *server, const liq_feed_socket_options *options,
                               liq_error *err);
static void server_free(liq_feed_socket *server);
static void room_came(void *context);
static void *opened(void *context, liq_socket_connection *connection);
static bool input(void *state, char **into, size_t *room);
static void received(void *state, size_t bytes);
static void turn(void *state);
static void closed(void *state);
static void hello_received(peer *from, size_t bytes);
static void hello_judge(peer *from, liq_text line);
static void source_begin(peer *from, uint32_t index);
static void source_received(peer *from, size_t bytes);
static void rest_take(peer *from, liq_text rest);
static void give(peer *from, liq_feed_batch *batch);
static void source_turn(peer *to);
static bool messages_send(peer *to, source_state *of);
static void subscriber_turn(peer *to);
static void end(peer *of, const char *line, size_t bytes);
static void refuse(peer *of, const char *reason);
static void release(peer *of);

liq_status liq_feed_socket_start(liq_feed_socket **out, liq_feed_queue *queue,
                                 const liq_feed_socket_options *options, liq_error *err)
{
    static const char full[] = "{\"error\":\"too many connections\"}\n";
    const liq_socket_options socket = {.path = options->path,
                                       .mode = options->mode,
                                       .connections_max = options->connections_max,
                                       .output_bytes = LIQ_FEED_SOCKET_OUTPUT_BYTES,
                                       .full = full};
    liq_socket_handler handler = {
        .opened = opened, .input = input, .received = received, .turn = turn, .closed = closed};
    void *block = NULL;
    liq_feed_socket *server;
    liq_status status;

    if ((status = liq_memory_array(&block, 1, sizeof *server, err)) != LIQ_OK)
        return status;
    server = block;
    server->queue = queue;
    server->pull = options->lines;
    server->hello_wait_ns = LIQ_FEED_HELLO_WAIT_MS * (uint64_t)1000000;
    if (options->hello_wait_ms > 0)
        server->hello_wait_ns = (uint64_t)options->hello_wait_ms * 1000000;
    handler.context = server;
    if ((status = sources_make(server, options, err)) == LIQ_OK)
        status = liq_socket_server_start(&server->server, &socket, &handler, err);
    if (status != LIQ_OK) {
        server_free(server);
        return status;
    }
    liq_feed_queue_on_room(queue, room_came, server);
    *out = server;
    return LIQ_OK;
}

void liq_feed_socket_stop(liq_feed_socket *server, int64_t wait_ns)
{
    if (server == NULL)
        return;
    liq_feed_queue_off_room(server->queue, server);
    liq_socket_server_stop(server->server, wait_ns);
    server_free(server);
}

void liq_feed_socket_acknowledge(liq_feed_socket *server, uint32_t source, uint64_t seq)
{
    LIQ_ASSERT(source < server->source_count);
    atomic_store(&server->sources[source].applied, seq);
    liq_socket_server_wake(server->server);
}

void liq_feed_socket_tell(liq_feed_socket *server, uint32_t index, liq_text line)
{
    source_state *const of = &server->sources[index];

    LIQ_ASSERT(index < server->source_count && of->name != NULL);
    LIQ_ASSERT(line.bytes > 0 && line.data[line.bytes - 1] == '\n');
    LIQ_ASSERT(pthread_mutex_lock(&of->mutex) == 0);
    /* Once one is dropped the others are too, until that has been said: no hole is in between. */
    if (of->dropped > 0 || line.bytes > LIQ_FEED_KEPT_MESSAGE_BYTES - of->message_bytes) {
        of->dropped++;
        atomic_fetch_add(&server->fact_dropped, 1);
    } else {
        memcpy(of->messages + of->message_bytes, line.data, line.bytes);
        of->message_bytes += line.bytes;
    }
    LIQ_ASSERT(pthread_mutex_unlock(&of->mutex) == 0);
    liq_socket_server_wake(server->server);
}

void liq_feed_socket_wake(liq_feed_socket *server)
{
    liq_socket_server_wake(server->server);
}

int liq_feed_socket_event(const liq_feed_socket *server)
{
    return liq_socket_server_event(server->server);
}

void liq_feed_socket_facts_read(const liq_feed_socket *server, liq_feed_socket_facts *out)
{
    *out = (liq_feed_socket_facts){.sources = atomic_load(&server->fact_sources),
                                   .subscribers = atomic_load(&server->fact_subscribers),
                                   .refused_hellos = atomic_load(&server->fact_refused),
                                   .takeovers = atomic_load(&server->fact_takeovers),
                                   .dropped_messages = atomic_load(&server->fact_dropped)};
    liq_socket_server_facts(server->server, &out->socket);
}

static liq_status sources_make(liq_feed_socket *server, const liq_feed_socket_options *options,
                               liq_error *err)
{
    void *block = NULL;
    liq_status status;

    status = liq_memory_array(&block, options->source_count, sizeof *server->sources, err);
    if (status != LIQ_OK)
        return status;
    server->sources = block;
    server->names = options->sources;
    for (uint32_t i = 0; i < options->source_count; i++) {
        source_state *const of = &server->sources[i];

        if ((status = liq_memory_array(&block, LIQ_FEED_KEPT_MESSAGE_BYTES, 1, err)) != LIQ_OK)
            return status;
        of->messages = block;
        of->name = options->sources[i];
        atomic_init(&of->applied, options->applied == NULL ? 0 : options->applied[i]);
        LIQ_ASSERT(pthread_mutex_init(&of->mutex, NULL) == 0);
        server->source_count++;
    }
    return LIQ_OK;
}

static void server_free(liq_feed_socket *server)
{
    for (uint32_t i = 0; i < server->source_count; i++) {
        LIQ_ASSERT(pthread_mutex_destroy(&server->sources[i].mutex) == 0);
        free(server->sources[i].messages);
    }
    free(server->sources);
    liq_feed_parser_clear(&server->parser);
    free(server);
}

static void room_came(void *context)
{
    const liq_feed_socket *const server = context;

    liq_socket_server_wake(server->server);
}

static void *opened(void *context, liq_socket_connection *connection)
{
    peer *const made = malloc(sizeof *made);

    if (made == NULL)
        return NULL;
    memset(made, 0, offsetof(peer, hello));
    made->server = context;
    made->connection = connection;
    made->opened_ns = liq_clock_ns();
    return made;
}

static bool input(void *state, char **into, size_t *room)
{
    peer *const from = state;

    if (from->role == ROLE_NEW) {
        *into = from->hello + from->hello_bytes;
        *room = sizeof from->hello - from->hello_bytes;
        return true;
    }
    if (from->role == ROLE_SOURCE) {
        if (from->waiting != NULL)
            return false;
        if (liq_feed_lines_room(&from->lines, into, room, NULL) == LIQ_OK)
            return true;
        refuse(from, "out of memory");
    }
    *into = from->server->discarded;
    *room = sizeof from->server->discarded;
    return true;
}

static void received(void *state, size_t bytes)
{
    peer *const from = state;

    if (from->role == ROLE_NEW)
        hello_received(from, bytes);
    else if (from->role == ROLE_SOURCE)
        source_received(from, bytes);
}

static void turn(void *state)
{
    peer *const to = state;

    if (to->role == ROLE_SOURCE)
        source_turn(to);
    else if (to->role == ROLE_SUBSCRIBER)
        subscriber_turn(to);
    else if (to->role == ROLE_NEW && liq_clock_ns() - to->opened_ns > to->server->hello_wait_ns)
        refuse(to, "no first line came");
}

static void closed(void *state)
{
    release(state);
    free(state);
}

static void hello_received(peer *from, size_t bytes)
{
    const char *newline;
    size_t line_bytes;

    from->hello_bytes += bytes;
    newline = memchr(from->hello, '\n', from->hello_bytes);
    if (newline == NULL) {
        if (bytes == 0)
            end(from, NULL, 0);
        else if (from->hello_bytes == sizeof from->hello)
            refuse(from, "the first line has more than 4095 bytes");
        return;
    }
    line_bytes = (size_t)(newline - from->hello);
    hello_judge(from, (liq_text){from->hello, line_bytes});
    if (from->role == ROLE_SOURCE)
        rest_take(from, (liq_text){newline + 1, from->hello_bytes - line_bytes - 1});
}

static void hello_judge(peer *from, liq_text line)
{
    liq_feed_socket *const server = from->server;
    liq_feed_hello hello;
    liq_error reason;

    if (liq_feed_hello_read(&hello, line, server->names, server->source_count, &reason) != LIQ_OK) {
        refuse(from, reason.message);
    } else if (hello.source != UINT32_MAX) {
        source_begin(from, hello.source);
    } else if (server->pull.next == NULL) {
        refuse(from, "nothing can be subscribed to here");
    } else {
        from->role = ROLE_SUBSCRIBER;
        from->next_seq = hello.from;
        atomic_fetch_add(&server->fact_subscribers, 1);
    }
}

static void source_begin(peer *from, uint32_t index)
{
    liq_feed_socket *const server = from->server;
    source_state *const of = &server->sources[index];
    char line[LIQ_FEED_MESSAGE_BYTES];

    if (of->peer != NULL) {
        atomic_fetch_add(&server->fact_takeovers, 1);
        end(of->peer, line,
            liq_feed_message_closed(line, of->name, "a newer connection took over"));
    }
    from->role = ROLE_SOURCE;
    from->source = index;
    of->peer = from;
    liq_feed_lines_start(&from->lines, server->queue, &server->parser, index);
    atomic_fetch_add(&server->fact_sources, 1);
}

/* What came behind the first line with it. */
static void rest_take(peer *from, liq_text rest)
{
    char *into;
    size_t room;

    if (rest.bytes == 0)
        return;
    if (liq_feed_lines_room(&from->lines, &into, &room, NULL) != LIQ_OK) {
        refuse(from, "out of memory");
        return;
    }
    LIQ_ASSERT(rest.bytes <= room);
    memcpy(into, rest.data, rest.bytes);
    source_received(from, rest.bytes);
}

static void source_received(peer *from, size_t bytes)
{
    liq_feed_batch *batch = NULL;

    if (bytes == 0) { /* what is unfinished will be sent again */
        liq_feed_lines_stop(&from->lines);
        return;
    }
    if (liq_feed_lines_took(&from->lines, bytes, &batch, NULL) != LIQ_OK)
        refuse(from, "out of memory");
    else if (batch != NULL)
        give(from, batch);
}

static void give(peer *from, liq_feed_batch *batch)
{
    static const char stopped[] = "{\"error\":\"no more is read\"}\n";

    from->waiting = NULL;
    switch (liq_feed_queue_try_push(from->server->queue, batch)) {
    case LIQ_FEED_PUSHED:
        break;
    case LIQ_FEED_FULL:
        from->waiting = batch;
        break;
    case LIQ_FEED_CLOSED:
        liq_feed_queue_drop(from->server->queue, batch);
        liq_feed_lines_stop(&from->lines);
        end(from, stopped, sizeof stopped - 1);
        break;
    }
}

static void source_turn(peer *to)
{
    source_state *const of = &to->server->sources[to->source];
    const uint64_t applied = atomic_load(&of->applied);
    char line[LIQ_FEED_MESSAGE_BYTES];

    if (to->waiting != NULL)
        give(to, to->waiting);
    if (to->role != ROLE_SOURCE)
        return;
    if (!to->has_told || to->told != applied) {
        if (!liq_socket_send(to->connection, line,
                             liq_feed_message_applied(line, of->name, applied)))
            return;
        to->has_told = true;
        to->told = applied;
    }
    LIQ_ASSERT(pthread_mutex_lock(&of->mutex) == 0);
    if (messages_send(to, of) && of->dropped > 0 &&
        liq_socket_send(to->connection, line,
                        liq_feed_message_dropped(line, of->name, of->dropped)))
        of->dropped = 0;
    LIQ_ASSERT(pthread_mutex_unlock(&of->mutex) == 0);
}

/* Send the messages that are kept for a source, whole ones. @return whether all of them went */
static bool messages_send(peer *to, source_state *of)
{
    size_t room;
    char *const into = liq_socket_output(to->connection, &room);
    size_t bytes = of->message_bytes < room ? of->message_bytes : room;

    while (bytes > 0 && of->messages[bytes - 1] != '\n')
        bytes--;
    memcpy(into, of->messages, bytes);
    liq_socket_output_add(to->connection, bytes);
    of->message_bytes -= bytes;
    memmove(of->messages, of->messages + bytes, of->message_bytes);
    return of->message_bytes == 0;
}

static void subscriber_turn(peer *to)
{
    const liq_line_pull *const pull = &to->server->pull;
    uint64_t next_seq = to->next_seq;
    size_t bytes = 0;
    liq_error reason;
    size_t room;
    char *const into = liq_socket_output(to->connection, &room);

    if (room < PULL_BYTES)
        return;
    if (pull->next(pull->context, to->next_seq, into, room, &bytes, &next_seq, &reason) != LIQ_OK) {
        refuse(to, reason.message);
        return;
    }
    liq_socket_output_add(to->connection, bytes);
    to->next_seq = next_seq;
}

/* Say why, if it fits, and close. */
static void end(peer *of, const char *line, size_t bytes)
{
    release(of);
    of->role = ROLE_ENDING;
    if (bytes > 0)
        (void)liq_socket_send(of->connection, line, bytes);
    liq_socket_end(of->connection);
}

static void refuse(peer *of, const char *reason)
{
    char line[LIQ_FEED_MESSAGE_BYTES];

    if (of->role == ROLE_NEW)
        atomic_fetch_add(&of->server->fact_refused, 1);
    end(of, line, liq_feed_message_error(line, reason));
}

/* Give back what a peer has of others. */
static void release(peer *of)
{
    liq_feed_socket *const server = of->server;

    if (of->role == ROLE_SUBSCRIBER)
        atomic_fetch_sub(&server->fact_subscribers, 1);
    if (of->role != ROLE_SOURCE)
        return;
    atomic_fetch_sub(&server->fact_sources, 1);
    server->sources[of->source].peer = NULL;
    liq_feed_queue_drop(server->queue, of->waiting);
    of->waiting = NULL;
    liq_feed_lines_stop(&of->lines);
}
