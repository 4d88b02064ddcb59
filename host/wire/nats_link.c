/*
 * The connection. Callbacks run on threads of the library, which are done with the link once it
 * has told that the connection is closed.
 */
#include "wire/nats_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "wire/nats_internal.h"

enum {
    RECONNECT_WAIT_MS = 200,
    PING_INTERVAL_MS = 5000, /* a broker that answers no two of them is gone */
    BUFFER_BYTES = 262144,   /* of writes; and of what is written while there is no connection */
    AWAIT_NS = 20000000,
    CLOSE_WAIT_MS = 5000
};

static const uint64_t ms_ns = 1000000;

static bool is_up(liq_nats_link *link);
static liq_status servers_keep(liq_nats_link *link, const char *servers, liq_error *err);
static natsStatus options_set(liq_nats_link *link, const liq_nats_options *options);
static natsStatus context_make(liq_nats_link *link);
static void on_connected(natsConnection *connection, void *of);
static void on_disconnected(natsConnection *connection, void *of);
static void on_closed(natsConnection *connection, void *of);
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus native,
                     void *of);
static void failure_note(liq_nats_link *link, const char *what);
static void closed_await(liq_nats_link *link);

liq_status liq_nats_link_create(liq_nats_link **out, const liq_nats_options *options,
                                liq_error *err)
{
    liq_nats_link *link = NULL;
    liq_status status;
    natsStatus native;

    if ((status = liq_memory_array((void **)&link, 1, sizeof *link, err)) != LIQ_OK)
        return status;
    liq_monitor_init(&link->monitor);
    if ((status = servers_keep(link, options->servers, err)) != LIQ_OK)
        goto done;
    if ((native = options_set(link, options)) != NATS_OK) {
        status = liq_fail(err, LIQ_BAD_INPUT, (int)native, "%s: these settings cannot be used: %s",
                          link->servers, natsStatus_GetText(native));
        goto done;
    }
    native = natsConnection_Connect(&link->connection, link->options);
    if (native == NATS_OK)
        on_connected(link->connection, link);
    else if (native != NATS_NOT_YET_CONNECTED) {
        status = liq_nats_fail(link, NULL, native, 0, err);
        goto done;
    }
    if ((native = context_make(link)) != NATS_OK) {
        status = liq_nats_fail(link, NULL, native, 0, err);
        goto done;
    }
    *out = link;
    link = NULL;
done:
    liq_nats_link_destroy(link);
    return status;
}

void liq_nats_link_destroy(liq_nats_link *link)
{
    if (link == NULL)
        return;
    jsCtx_Destroy(link->jetstream);
    if (link->connection != NULL) {
        natsConnection_Close(link->connection);
        closed_await(link);
        natsConnection_Destroy(link->connection);
    }
    natsOptions_Destroy(link->options);
    liq_monitor_clear(&link->monitor);
    free(link->servers);
    free(link);
}

void liq_nats_facts_read(liq_nats_link *link, liq_nats_facts *out)
{
    const bool is_connected = is_up(link);

    liq_monitor_enter(&link->monitor);
    *out = (liq_nats_facts){
        .is_connected = is_connected, .connections = link->connections, .failures = link->failures};
    memcpy(out->error, link->error, sizeof out->error);
    liq_monitor_leave(&link->monitor);
}

uint64_t liq_nats_link_await(liq_nats_link *link, uint64_t until_ns, const atomic_bool *is_ended)
{
    uint64_t connections;

    liq_monitor_enter(&link->monitor);
    while ((!is_up(link) || link->connections == 0) && !atomic_load(is_ended) &&
           liq_clock_ns() < until_ns)
        (void)liq_monitor_wait(&link->monitor, liq_clock_ns() + AWAIT_NS);
    connections = is_up(link) ? link->connections : 0;
    liq_monitor_leave(&link->monitor);
    return connections;
}

liq_status liq_nats_flush(liq_nats_link *link, int64_t wait_ms, liq_error *err)
{
    const natsStatus native = natsConnection_FlushTimeout(link->connection, wait_ms);

    return native == NATS_OK ? LIQ_OK : liq_nats_fail(link, NULL, native, 0, err);
}

liq_status liq_nats_fail(const liq_nats_link *link, const char *subject, natsStatus native,
                         jsErrCode code, liq_error *err)
{
    natsStatus last = NATS_OK;
    const char *more = nats_GetLastError(&last);
    liq_status status = LIQ_IO;

    if (native == NATS_NOT_FOUND)
        status = LIQ_NOT_FOUND;
    else if (code == JSNotEnabledErr || code == JSNotEnabledForAccountErr)
        status = LIQ_UNSUPPORTED;
    else if (native == NATS_NO_MEMORY)
        status = LIQ_OUT_OF_MEMORY;
    if (last != native || more == NULL || more[0] == '\0')
        more = natsStatus_GetText(native);
    return liq_fail(err, status, (int)native, "%s%s%s: %s", link->servers,
                    subject == NULL ? "" : ", ", subject == NULL ? "" : subject, more);
}

static bool is_up(liq_nats_link *link)
{
    return natsConnection_Status(link->connection) == NATS_CONN_STATUS_CONNECTED;
}

/* Keep the addresses without what is before the @ of each. */
static liq_status servers_keep(liq_nats_link *link, const char *servers, liq_error *err)
{
    char *to;
    liq_status status;

    if ((status = liq_memory_array((void **)&link->servers, strlen(servers) + 1, 1, err)) != LIQ_OK)
        return status;
    to = link->servers;
    while (*servers != '\0') {
        const size_t bytes = strcspn(servers, ",");
        const char *const scheme = strstr(servers, "://");
        const char *const host = memrchr(servers, '@', bytes);
        size_t kept =
            scheme != NULL && scheme < servers + bytes ? (size_t)(scheme + 3 - servers) : 0;

        if (host == NULL)
            kept = 0;
        memcpy(to, servers, kept);
        to += kept;
        kept = host == NULL ? bytes : bytes - (size_t)(host + 1 - servers);
        memcpy(to, servers + bytes - kept, kept);
        to += kept;
        servers += bytes;
        if (*servers == ',')
            *to++ = *servers++;
    }
    return LIQ_OK;
}

static natsStatus options_set(liq_nats_link *link, const liq_nats_options *options)
{
    natsOptions *to;
    natsStatus native = natsOptions_Create(&link->options);

    to = link->options;
    if (native != NATS_OK || (native = natsOptions_SetURL(to, options->servers)) != NATS_OK ||
        (native = natsOptions_SetMaxReconnect(to, -1)) != NATS_OK ||
        (native = natsOptions_SetReconnectWait(to, RECONNECT_WAIT_MS)) != NATS_OK ||
        (native = natsOptions_SetReconnectBufSize(to, BUFFER_BYTES)) != NATS_OK ||
        (native = natsOptions_SetIOBufSize(to, BUFFER_BYTES)) != NATS_OK ||
        (native = natsOptions_SetTimeout(to, LIQ_NATS_WAIT_MS)) != NATS_OK ||
        (native = natsOptions_SetWriteDeadline(to, LIQ_NATS_WAIT_MS)) != NATS_OK ||
        (native = natsOptions_SetPingInterval(to, PING_INTERVAL_MS)) != NATS_OK ||
        (native = natsOptions_SetFailRequestsOnDisconnect(to, true)) != NATS_OK ||
        (native = natsOptions_SetRetryOnFailedConnect(to, true, on_connected, link)) != NATS_OK ||
        (native = natsOptions_SetReconnectedCB(to, on_connected, link)) != NATS_OK ||
        (native = natsOptions_SetDisconnectedCB(to, on_disconnected, link)) != NATS_OK ||
        (native = natsOptions_SetClosedCB(to, on_closed, link)) != NATS_OK ||
        (native = natsOptions_SetErrorHandler(to, on_error, link)) != NATS_OK)
        return native;
    if (options->name != NULL && (native = natsOptions_SetName(to, options->name)) != NATS_OK)
        return native;
    if (options->credentials != NULL && (native = natsOptions_SetUserCredentialsFromFiles(
                                             to, options->credentials, NULL)) != NATS_OK)
        return native;
    if (options->authority != NULL &&
        ((native = natsOptions_SetSecure(to, true)) != NATS_OK ||
         (native = natsOptions_LoadCATrustedCertificates(to, options->authority)) != NATS_OK))
        return native;
    return NATS_OK;
}

static natsStatus context_make(liq_nats_link *link)
{
    jsOptions options;
    natsStatus native = jsOptions_Init(&options);

    options.Wait = LIQ_NATS_WAIT_MS;
    if (native == NATS_OK)
        native = natsConnection_JetStream(&link->jetstream, link->connection, &options);
    return native;
}

static void on_connected(natsConnection *connection, void *of)
{
    liq_nats_link *link = of;

    (void)connection;
    liq_monitor_enter(&link->monitor);
    link->connections++;
    liq_monitor_tell(&link->monitor);
    liq_monitor_leave(&link->monitor);
}

static void on_disconnected(natsConnection *connection, void *of)
{
    (void)connection;
    failure_note(of, "the connection is lost");
}

static void on_closed(natsConnection *connection, void *of)
{
    liq_nats_link *link = of;

    (void)connection;
    liq_monitor_enter(&link->monitor);
    link->is_closed = true;
    liq_monitor_tell(&link->monitor);
    liq_monitor_leave(&link->monitor);
}

static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus native,
                     void *of)
{
    (void)connection, (void)subscription;
    failure_note(of, natsStatus_GetText(native));
}

static void failure_note(liq_nats_link *link, const char *what)
{
    liq_error error;

    (void)liq_fail(&error, LIQ_IO, 0, "%s: %s", link->servers, what);
    liq_monitor_enter(&link->monitor);
    link->failures++;
    memcpy(link->error, error.message, sizeof link->error);
    liq_monitor_leave(&link->monitor);
}

/* The library tells of the end of a connection last of all. */
static void closed_await(liq_nats_link *link)
{
    const uint64_t until_ns = liq_clock_ns() + CLOSE_WAIT_MS * ms_ns;
    bool in_time = true;

    liq_monitor_enter(&link->monitor);
    while (!link->is_closed && in_time)
        in_time = liq_monitor_wait(&link->monitor, until_ns);
    LIQ_ASSERT(link->is_closed);
    liq_monitor_leave(&link->monitor);
}
