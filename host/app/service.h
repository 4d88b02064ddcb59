/*
 * What a daemon tells systemd: that it is ready, alive, reloading or stopping, and a line for
 * people. Without systemd, or in a unit that does not ask, nothing happens.
 *
 * The only file that knows libsystemd is service.c.
 */
#ifndef LIQ_APP_SERVICE_H
#define LIQ_APP_SERVICE_H

#include <stdint.h>

enum { LIQ_SERVICE_STATUS_BYTES = 256 }; /* of a line for people: the rest is cut */

/* Of one thread, the one whose life is watched. */
typedef struct liq_service {
    uint64_t every_ns; /* between two signs of life: half of what systemd waits; 0: none wanted */
    uint64_t last_ns;  /* of the last one, by liq_clock_ns */
} liq_service;

/** Find out what systemd wants. */
void liq_service_start(liq_service *service);

/** Started, or reloaded: ready to act. */
void liq_service_ready(const char *status);

/** The configuration is being read again; liq_service_ready ends it. */
void liq_service_reloading(void);

void liq_service_stopping(const char *status);

/** A line that `systemctl status` shows. Control bytes become spaces. */
void liq_service_status(const char *status);

/** Still alive: call it often, it tells systemd only when it is time to. @param now_ns liq_clock_ns
 */
void liq_service_alive(liq_service *service, uint64_t now_ns);

#endif
