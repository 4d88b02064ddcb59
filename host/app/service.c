#include "app/service.h"

#include <inttypes.h>
#include <stdio.h>

#include <systemd/sd-daemon.h>

#include "base/clock.h"

enum { STATE_BYTES = 80, MICROSECOND = 1000 };

static void notify(const char *state, const char *status);

void liq_service_start(liq_service *service)
{
    uint64_t microseconds = 0;

    *service = (liq_service){0};
    /* At half the time one late sign is no death. */
    if (sd_watchdog_enabled(0, &microseconds) > 0)
        service->every_ns = microseconds / 2 * MICROSECOND;
}

void liq_service_ready(const char *status)
{
    notify("READY=1\n", status);
}

void liq_service_reloading(void)
{
    char state[STATE_BYTES - 8];

    (void)snprintf(state, sizeof state, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64 "\n",
                   liq_clock_ns() / MICROSECOND);
    notify(state, "reloading");
}

void liq_service_stopping(const char *status)
{
    notify("STOPPING=1\n", status);
}

void liq_service_status(const char *status)
{
    notify("", status);
}

void liq_service_alive(liq_service *service, uint64_t now_ns)
{
    if (service->every_ns == 0 || now_ns - service->last_ns < service->every_ns)
        return;
    service->last_ns = now_ns;
    (void)sd_notify(0, "WATCHDOG=1");
}

/* A failure is no reason to stop working: systemd sees by itself what it does not hear. */
static void notify(const char *state, const char *status)
{
    char line[LIQ_SERVICE_STATUS_BYTES];
    char text[STATE_BYTES + sizeof line];
    size_t bytes = 0;

    /* A line end in the status would begin a message of its own. */
    for (; bytes + 1 < sizeof line && status[bytes] != '\0'; bytes++)
        line[bytes] = (unsigned char)status[bytes] < 0x20 ? ' ' : status[bytes];
    line[bytes] = '\0';
    (void)snprintf(text, sizeof text, "%sSTATUS=%s", state, line);
    (void)sd_notify(0, text);
}
