/*
 * The connection. Callbacks run on threads of the library, which are done with the link once it has
 * told that the connection is closed.
 */
#include "wire/nats_link.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "wire/nats_internal.h"

enum {
    PING_INTERVAL_MS = 5000, /* a broker that answers no two of them is gone */
    BUFFER_BYTES = 262144,   /* of writes */
    CLOSE_WAIT_MS = 10000
};

static const uint64_t ms_ns = 1000000;

static liq_status link_make(liq_nats_link **out, const liq_nats_options *options, liq_error *err);
static liq_status servers_keep(liq_nats_link *link, const char *servers, liq_error *err);
static natsStatus options_set(liq_nats_link *link, const liq_nats_options *options);
static natsStatus context_make(liq_nats_link *link);
static void on_closed(natsConnection *connection, void *of);
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus native,
                     void *of);
static bool closed_await(liq_nats_link *link);

liq_status liq_nats_options_check(const liq_nats_options *options, liq_error *err)
{
    liq_nats_link *link = NULL;
    const liq_status status = link_make(&link, options, err);

    liq_nats_link_destroy(link);
    return status;
}

liq_status liq_nats_link_create(liq_nats_link **out, const liq_nats_options *options,
                                liq_error *err)
{
    liq_nats_link *link = NULL;
    natsStatus native;
    liq_status status;

    if ((status = link_make(&link, options, err)) != LIQ_OK)
        return status;
    if ((native = natsConnection_Connect(&link->connection, link->options)) != NATS_OK ||
        (native = context_make(link)) != NATS_OK) {
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
        if (!closed_await(link))
            return; /* the library has not let go of it: it is left to it */
        natsConnection_Destroy(link->connection);
    }
    natsOptions_Destroy(link->options);
    liq_monitor_clear(&link->monitor);
    free(link->servers);
    free(link);
}

bool liq_nats_link_is_up(liq_nats_link *link)
{
    return natsConnection_Status(link->connection) == NATS_CONN_STATUS_CONNECTED;
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

/* All but the connection. */
static liq_status link_make(liq_nats_link **out, const liq_nats_options *options, liq_error *err)
{
    liq_nats_link *link = NULL;
    natsStatus native;
    liq_status status;

    if ((status = liq_memory_array(&link, 1, sizeof *link, err)) != LIQ_OK)
        return status;
    liq_monitor_init(&link->monitor);
    if ((status = servers_keep(link, options->servers, err)) != LIQ_OK)
        goto done;
    if ((native = options_set(link, options)) != NATS_OK) {
        status = liq_fail(err, native == NATS_NO_MEMORY ? LIQ_OUT_OF_MEMORY : LIQ_BAD_INPUT,
                          (int)native, "%s: these settings cannot be used: %s", link->servers,
                          natsStatus_GetText(native));
        goto done;
    }
    *out = link;
    link = NULL;
done:
    liq_nats_link_destroy(link);
    return status;
}

/* Keep the addresses without what is before the @ of each. */
static liq_status servers_keep(liq_nats_link *link, const char *servers, liq_error *err)
{
    char *to;
    liq_status status;

    if ((status = liq_memory_array(&link->servers, strlen(servers) + 1, 1, err)) != LIQ_OK)
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
        (native = natsOptions_SetAllowReconnect(to, false)) != NATS_OK ||
        (native = natsOptions_SetIOBufSize(to, BUFFER_BYTES)) != NATS_OK ||
        (native = natsOptions_SetTimeout(to, LIQ_NATS_WAIT_MS)) != NATS_OK ||
        (native = natsOptions_SetWriteDeadline(to, LIQ_NATS_WAIT_MS)) != NATS_OK ||
        (native = natsOptions_SetPingInterval(to, PING_INTERVAL_MS)) != NATS_OK ||
        (native = natsOptions_SetFailRequestsOnDisconnect(to, true)) != NATS_OK ||
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

static void on_closed(natsConnection *connection, void *of)
{
    liq_nats_link *link = of;

    (void)connection;
    liq_monitor_enter(&link->monitor);
    link->is_closed = true;
    liq_monitor_tell(&link->monitor);
    liq_monitor_leave(&link->monitor);
}

/* Without one the library would write to standard error. */
static void on_error(natsConnection *connection, natsSubscription *subscription, natsStatus native,
                     void *of)
{
    (void)connection, (void)subscription, (void)native, (void)of;
}

/* The library tells of the end of a connection last of all. */
static bool closed_await(liq_nats_link *link)
{
    const uint64_t until_ns = liq_clock_ns() + CLOSE_WAIT_MS * ms_ns;
    bool in_time = true;
    bool is_closed;

    liq_monitor_enter(&link->monitor);
    while (!link->is_closed && in_time)
        in_time = liq_monitor_wait(&link->monitor, until_ns);
    is_closed = link->is_closed;
    liq_monitor_leave(&link->monitor);
    return is_closed;
}
