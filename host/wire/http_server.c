#include "wire/http_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"

enum {
    BACKLOG = 64,
    MEMORY_BYTES = 16384, /* for the head of a request and of its answer */
    STACK_BYTES = 1024 * 1024,
    HOST_BYTES = 256,
    MILLISECOND = 1000000
};

/* What is wrong with the raw text of a request, found before it is decoded. */
static char uri_is_good, uri_is_long, uri_is_bad;

/* A connection and since when it is there; the descriptor of a free place is -1. */
typedef struct place {
    int descriptor;
    uint64_t began_ns;
} place;

struct liq_http_server {
    struct MHD_Daemon *daemon;
    liq_http_handler *handler;
    void *context;
    uint64_t request_ns, crowded_ns;
    int listener;
    uint16_t port;
    bool is_loopback;
    bool has_watcher;
    pthread_t watcher;
    liq_monitor monitor; /* of what follows */
    bool is_stopping;
    uint32_t place_count;
    place places[LIQ_HTTP_CONNECTIONS_MAX];
};

struct liq_http_request {
    struct MHD_Connection *connection;
    const char *path;
};

/* The value of one name, or the first name that is none of some. */
typedef struct query_search {
    const char *name;
    const char *const *known;
    const char *found;
} query_search;

static enum MHD_Result query_find(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value);
static liq_status listen_at(liq_http_server *server, const liq_http_options *options,
                            liq_error *err);
static liq_status bind_at(liq_http_server *server, const struct addrinfo *at, const char *address,
                          uint16_t port, liq_error *err);
static bool is_loopback(const struct sockaddr *address);
static liq_status daemon_start(liq_http_server *server, liq_error *err);
static void *watch(void *context);
static uint64_t cut_slow(liq_http_server *server, uint64_t now_ns);
static void connection_notify(void *context, struct MHD_Connection *connection, void **place_at,
                              enum MHD_ConnectionNotificationCode code);
static place *place_take(liq_http_server *server, struct MHD_Connection *connection);
static void *uri_look(void *context, const char *uri, struct MHD_Connection *connection);
static enum MHD_Result request_take(void *context, struct MHD_Connection *connection,
                                    const char *path, const char *method, const char *version,
                                    const char *upload, size_t *upload_bytes, void **verdict);
static bool host_is_ours(const liq_http_server *server, struct MHD_Connection *connection);
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *text);
static enum MHD_Result send_answer(struct MHD_Connection *connection,
                                   const liq_http_answer *answer);
static bool add_header(struct MHD_Response *response, const char *name, const char *value);

liq_status liq_http_server_start(liq_http_server **out, const liq_http_options *options,
                                 liq_error *err)
{
    liq_http_server *server;
    void *memory = NULL;
    liq_status status = liq_memory_array(&memory, 1, sizeof *server, err);

    *out = NULL;
    LIQ_ASSERT(options->handler != NULL);
    if (status != LIQ_OK)
        return status;
    server = memory;
    server->handler = options->handler;
    server->context = options->context;
    server->listener = -1;
    server->request_ns =
        (uint64_t)(options->request_ms != 0 ? options->request_ms : LIQ_HTTP_REQUEST_MS) *
        MILLISECOND;
    server->crowded_ns =
        (uint64_t)(options->crowded_ms != 0 ? options->crowded_ms : LIQ_HTTP_CROWDED_MS) *
        MILLISECOND;
    liq_monitor_init(&server->monitor);
    for (uint32_t i = 0; i < LIQ_HTTP_CONNECTIONS_MAX; i++)
        server->places[i] = (place){.descriptor = -1};
    if ((status = listen_at(server, options, err)) != LIQ_OK ||
        (status = liq_thread_start(&server->watcher, "http-watch", watch, server, err)) != LIQ_OK)
        goto done;
    server->has_watcher = true;
    if ((status = daemon_start(server, err)) != LIQ_OK)
        goto done;
    *out = server;
    server = NULL;
done:
    liq_http_server_stop(server);
    return status;
}

void liq_http_server_stop(liq_http_server *server)
{
    if (server == NULL)
        return;
    if (server->daemon != NULL)
        MHD_stop_daemon(server->daemon); /* which closes the listener too */
    else if (server->listener >= 0)
        (void)close(server->listener);
    if (server->has_watcher) {
        liq_monitor_enter(&server->monitor);
        server->is_stopping = true;
        liq_monitor_tell(&server->monitor);
        liq_monitor_leave(&server->monitor);
        LIQ_ASSERT(pthread_join(server->watcher, NULL) == 0);
    }
    liq_monitor_clear(&server->monitor);
    free(server);
}

uint16_t liq_http_server_port(const liq_http_server *server)
{
    return server->port;
}

const char *liq_http_path(const liq_http_request *request)
{
    return request->path;
}

const char *liq_http_query(const liq_http_request *request, const char *name)
{
    query_search search = {.name = name};

    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, query_find,
                                    &search);
    return search.found;
}

const char *liq_http_query_unknown(const liq_http_request *request, const char *const *known)
{
    query_search search = {.known = known};

    (void)MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, query_find,
                                    &search);
    return search.found;
}

/* The lookup of the library takes Side for side. */
static enum MHD_Result query_find(void *context, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    query_search *search = context;

    (void)kind;
    if (search->known == NULL) {
        if (strcmp(name, search->name) == 0)
            search->found = value != NULL ? value : "";
    } else {
        const char *const *at = search->known;

        while (*at != NULL && strcmp(*at, name) != 0)
            at++;
        if (*at == NULL)
            search->found = name;
    }
    return search->found == NULL ? MHD_YES : MHD_NO; /* whether to go on */
}

static liq_status listen_at(liq_http_server *server, const liq_http_options *options,
                            liq_error *err)
{
    const char *address = options->address != NULL ? options->address : "127.0.0.1";
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char port[8];
    liq_status status;

    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
    (void)snprintf(port, sizeof port, "%u", (unsigned)options->port);
    if (address[0] == '\0' || getaddrinfo(address, port, &hints, &found) != 0)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "http address \"%s\" is no IP address", address);
    status = bind_at(server, found, address, options->port, err);
    freeaddrinfo(found);
    return status;
}

static liq_status bind_at(liq_http_server *server, const struct addrinfo *at, const char *address,
                          uint16_t port, liq_error *err)
{
    const int on = 1;
    struct sockaddr_storage bound = {0};
    socklen_t bytes = sizeof bound;

    server->listener = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server->listener < 0 ||
        setsockopt(server->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        bind(server->listener, at->ai_addr, at->ai_addrlen) != 0 ||
        listen(server->listener, BACKLOG) != 0 ||
        getsockname(server->listener, (struct sockaddr *)&bound, &bytes) != 0)
        return liq_fail(err, LIQ_IO, errno, "http cannot listen at %s port %u: %s", address,
                        (unsigned)port, strerror(errno));
    server->is_loopback = is_loopback((const struct sockaddr *)&bound);
    server->port = ntohs(bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&bound)->sin6_port
                                                     : ((struct sockaddr_in *)&bound)->sin_port);
    return LIQ_OK;
}

static bool is_loopback(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(
            &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr);
    return ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr) >> 24 == 127;
}

static liq_status daemon_start(liq_http_server *server, liq_error *err)
{
    const unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                           MHD_USE_POLL | MHD_USE_ITC;
    sigset_t all, before;

    LIQ_ASSERT(sigfillset(&all) == 0);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    server->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, request_take, server, MHD_OPTION_LISTEN_SOCKET, server->listener,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)LIQ_HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_BYTES, MHD_OPTION_THREAD_STACK_SIZE,
        (size_t)STACK_BYTES, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK, uri_look,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, connection_notify, server, MHD_OPTION_END);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (server->daemon == NULL) {
        server->listener = -1; /* the library may have closed it */
        return liq_fail(err, LIQ_IO, errno, "http cannot start: %s", strerror(errno));
    }
    return LIQ_OK;
}

/* The thread that ends what takes too long. The library counts silence alone: a client that sends
 * a byte now and then would keep its connection for ever. */
static void *watch(void *context)
{
    liq_http_server *server = context;

    liq_monitor_enter(&server->monitor);
    while (!server->is_stopping)
        (void)liq_monitor_wait(&server->monitor, cut_slow(server, liq_clock_ns()));
    liq_monitor_leave(&server->monitor);
    return NULL;
}

/* Cut connections off whose time is over; gives the time at which to look again. Inside. */
static uint64_t cut_slow(liq_http_server *server, uint64_t now_ns)
{
    const uint64_t limit_ns = server->place_count >= LIQ_HTTP_CONNECTIONS_CROWDED
                                  ? server->crowded_ns
                                  : server->request_ns;
    uint64_t next_ns = now_ns + limit_ns;

    for (uint32_t i = 0; i < LIQ_HTTP_CONNECTIONS_MAX; i++) {
        place *at = &server->places[i];

        if (at->descriptor < 0)
            continue;
        if (at->began_ns + limit_ns <= now_ns) {
            /* Its own thread sees the end, and closes it: until then it is ours to name. */
            (void)shutdown(at->descriptor, SHUT_RDWR);
            at->began_ns = now_ns;
        }
        if (at->began_ns + limit_ns < next_ns)
            next_ns = at->began_ns + limit_ns;
    }
    return next_ns;
}

/* The library tells the end of a connection before it closes the descriptor, so that a descriptor
 * in a place is never one that belongs to somebody else by now. */
static void connection_notify(void *context, struct MHD_Connection *connection, void **place_at,
                              enum MHD_ConnectionNotificationCode code)
{
    liq_http_server *server = context;
    place *at = *place_at;

    liq_monitor_enter(&server->monitor);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *place_at = place_take(server, connection);
    } else if (at != NULL) {
        at->descriptor = -1;
        server->place_count--;
    }
    liq_monitor_leave(&server->monitor);
}

/* NULL when all are taken: the library has promised not to begin more than there are. Inside. */
static place *place_take(liq_http_server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *facts =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    uint32_t i = 0;

    LIQ_ASSERT(facts != NULL);
    while (i < LIQ_HTTP_CONNECTIONS_MAX && server->places[i].descriptor >= 0)
        i++;
    if (i == LIQ_HTTP_CONNECTIONS_MAX)
        return NULL;
    server->places[i] = (place){.descriptor = facts->connect_fd, .began_ns = liq_clock_ns()};
    server->place_count++;
    if (server->place_count >= LIQ_HTTP_CONNECTIONS_CROWDED)
        liq_monitor_tell(&server->monitor);
    return &server->places[i];
}

/* The library decodes in place: what a request holds is looked at before that. A zero byte would
 * end a name early, and ask about another one. */
static void *uri_look(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    if (strlen(uri) > LIQ_HTTP_URI_BYTES_MAX)
        return &uri_is_long;
    return strstr(uri, "%00") != NULL ? &uri_is_bad : &uri_is_good;
}

static enum MHD_Result request_take(void *context, struct MHD_Connection *connection,
                                    const char *path, const char *method, const char *version,
                                    const char *upload, size_t *upload_bytes, void **verdict)
{
    liq_http_server *server = context;
    const liq_http_request request = {.connection = connection, .path = path};
    liq_http_answer answer = {0};

    (void)version;
    (void)upload;
    (void)upload_bytes;
    if (*verdict == &uri_is_long)
        return refuse(connection, MHD_HTTP_URI_TOO_LONG, "the address is too long\n");
    if (*verdict != &uri_is_good)
        return refuse(connection, MHD_HTTP_BAD_REQUEST, "the address holds a zero byte\n");
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
    if (!host_is_ours(server, connection))
        return refuse(connection, MHD_HTTP_FORBIDDEN, "this host is not served here\n");
    server->handler(server->context, &request, &answer);
    return send_answer(connection, &answer);
}

/* On loopback the name that a client uses must be localhost or an address. A web page elsewhere
 * can give its own name the address of this machine, but cannot do without the name. */
static bool host_is_ours(const liq_http_server *server, struct MHD_Connection *connection)
{
    const char *host =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);
    char name[HOST_BYTES];
    unsigned char address[sizeof(struct in6_addr)];
    size_t bytes;

    if (!server->is_loopback || host == NULL)
        return true;
    if (host[0] == '[') /* [::1]:9464 */
        bytes = strcspn(++host, "]");
    else
        bytes = strcspn(host, ":");
    if (bytes >= sizeof name)
        return false;
    memcpy(name, host, bytes);
    name[bytes] = '\0';
    return strcasecmp(name, "localhost") == 0 || inet_pton(AF_INET, name, address) == 1 ||
           inet_pton(AF_INET6, name, address) == 1;
}

/* @param text  static */
static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned status, const char *text)
{
    char *body = strdup(text);
    const liq_http_answer answer = {
        .status = status, .body = body, .bytes = body == NULL ? 0 : strlen(text)};

    return send_answer(connection, &answer);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, const liq_http_answer *answer)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->bytes, answer->body,
        answer->body != NULL ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    char seconds[16];
    bool is_whole;
    enum MHD_Result result;

    if (response == NULL) {
        free(answer->body);
        return MHD_NO; /* which ends the connection */
    }
    /* One request a connection: the time that a connection has is then that of its request. */
    is_whole = add_header(response, MHD_HTTP_HEADER_CONNECTION, "close") &&
               add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                          answer->content_type != NULL ? answer->content_type
                                                       : "text/plain; charset=utf-8") &&
               add_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
               add_header(response, "X-Content-Type-Options", "nosniff");
    if (answer->status == MHD_HTTP_METHOD_NOT_ALLOWED)
        is_whole = is_whole && add_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    if (answer->retry_after_s != 0) {
        (void)snprintf(seconds, sizeof seconds, "%u", answer->retry_after_s);
        is_whole = is_whole && add_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    result = is_whole ? MHD_queue_response(connection,
                                           answer->status != 0 ? answer->status
                                                               : MHD_HTTP_INTERNAL_SERVER_ERROR,
                                           response)
                      : MHD_NO;
    MHD_destroy_response(response);
    return result;
}

static bool add_header(struct MHD_Response *response, const char *name, const char *value)
{
    return MHD_add_response_header(response, name, value) == MHD_YES;
}
