/*
 * What threads share: a lock, and waiting for the day on which something behind it has changed.
 * Times are those of liq_clock_ns.
 */
#ifndef LIQ_BASE_MONITOR_H
#define LIQ_BASE_MONITOR_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

typedef struct liq_monitor {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
} liq_monitor;

void liq_monitor_init(liq_monitor *monitor);

/** Nobody may be inside or waiting. */
void liq_monitor_clear(liq_monitor *monitor);

void liq_monitor_enter(liq_monitor *monitor);
void liq_monitor_leave(liq_monitor *monitor);

/**
 * Leave, sleep until somebody tells or the time has come, and enter again. May return early: look
 * again at what is waited for.
 * @return false: the time has come
 */
bool liq_monitor_wait(liq_monitor *monitor, uint64_t until_ns);

/** Wake all who wait. */
void liq_monitor_tell(liq_monitor *monitor);

/**
 * Start a thread in which every signal is blocked: signals are for the thread that waits for them.
 * @param name  shown by ps and debuggers, cut to 15 bytes
 * @param out   receives it, for pthread_join
 * @return LIQ_OK or LIQ_IO
 */
LIQ_MUST_USE liq_status liq_thread_start(pthread_t *out, const char *name, void *(*work)(void *),
                                         void *context, liq_error *err);

#endif
