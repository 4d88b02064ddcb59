#include "base/monitor.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/fail.h"

enum { THREAD_NAME_BYTES = 16, SECOND_NS = 1000000000 };

void liq_monitor_init(liq_monitor *monitor)
{
    pthread_condattr_t attributes;

    LIQ_ASSERT(pthread_mutex_init(&monitor->mutex, NULL) == 0);
    LIQ_ASSERT(pthread_condattr_init(&attributes) == 0);
    LIQ_ASSERT(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
    LIQ_ASSERT(pthread_cond_init(&monitor->changed, &attributes) == 0);
    LIQ_ASSERT(pthread_condattr_destroy(&attributes) == 0);
}

void liq_monitor_clear(liq_monitor *monitor)
{
    LIQ_ASSERT(pthread_cond_destroy(&monitor->changed) == 0);
    LIQ_ASSERT(pthread_mutex_destroy(&monitor->mutex) == 0);
}

void liq_monitor_enter(liq_monitor *monitor)
{
    LIQ_ASSERT(pthread_mutex_lock(&monitor->mutex) == 0);
}

void liq_monitor_leave(liq_monitor *monitor)
{
    LIQ_ASSERT(pthread_mutex_unlock(&monitor->mutex) == 0);
}

bool liq_monitor_wait(liq_monitor *monitor, uint64_t until_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ns / SECOND_NS),
                                   .tv_nsec = (long)(until_ns % SECOND_NS)};
    const int code = pthread_cond_timedwait(&monitor->changed, &monitor->mutex, &until);

    LIQ_ASSERT(code == 0 || code == ETIMEDOUT);
    return code == 0;
}

void liq_monitor_tell(liq_monitor *monitor)
{
    LIQ_ASSERT(pthread_cond_broadcast(&monitor->changed) == 0);
}

liq_status liq_thread_start(pthread_t *out, const char *name, void *(*work)(void *), void *context,
                            liq_error *err)
{
    char shown[THREAD_NAME_BYTES];
    sigset_t before;
    sigset_t all;
    int code;

    (void)snprintf(shown, sizeof shown, "%s", name);
    LIQ_ASSERT(sigfillset(&all) == 0);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    code = pthread_create(out, NULL, work, context);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    if (code != 0)
        return liq_fail(err, LIQ_IO, code, "thread %s cannot be started: %s", name, strerror(code));
    (void)pthread_setname_np(*out, shown);
    return LIQ_OK;
}
