/*
 * Threads take the next index that nobody has, and so does whoever called: when all are taken it
 * waits for those that are being worked on, and for nobody who has not even begun, because a busy
 * system may let a thread start long after the work is done. What they share is given back by the
 * last one to leave it.
 */
#include "base/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/fail.h"
#include "base/monitor.h"

typedef struct crew {
    liq_monitor monitor;
    uint32_t finished; /* by threads, in the monitor */
    atomic_uint next;  /* that nobody has taken */
    atomic_uint users;
    uint32_t count;
    void (*work)(void *context, uint32_t index);
    void *context;
} crew;

static crew *crew_make(uint32_t count, void (*work)(void *context, uint32_t index), void *context);
static void crew_start(crew *self);
static void *thread_main(void *of);
static void crew_wait(crew *self, uint32_t theirs);
static void crew_leave(crew *self);

uint32_t liq_workers_count(void)
{
    cpu_set_t usable;
    int count = 1;

    /* More processors than the set holds make the call fail: one thread is always right. */
    if (sched_getaffinity(0, sizeof usable, &usable) == 0)
        count = CPU_COUNT(&usable);
    return count < 1 ? 1 : count > LIQ_WORKERS_MAX ? LIQ_WORKERS_MAX : (uint32_t)count;
}

void liq_workers_run(uint32_t count, void (*work)(void *context, uint32_t index), void *context)
{
    crew *self = count > 1 ? crew_make(count, work, context) : NULL;
    uint32_t mine = 1;
    uint32_t index;

    LIQ_ASSERT(count >= 1 && count <= LIQ_WORKERS_MAX);
    if (self != NULL)
        crew_start(self);
    work(context, 0);
    if (self == NULL) {
        for (uint32_t i = 1; i < count; i++)
            work(context, i);
        return;
    }
    while ((index = atomic_fetch_add(&self->next, 1)) < count) {
        work(context, index);
        mine++;
    }
    crew_wait(self, count - mine);
    crew_leave(self);
}

/* @return NULL: there is no memory, and the caller does all */
static crew *crew_make(uint32_t count, void (*work)(void *context, uint32_t index), void *context)
{
    crew *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    liq_monitor_init(&self->monitor);
    self->count = count;
    self->work = work;
    self->context = context;
    atomic_init(&self->next, 1);
    atomic_init(&self->users, 1);
    return self;
}

/* A thread inherits the signals that are blocked where it is made. */
static void crew_start(crew *self)
{
    const uint32_t useful = liq_workers_count();
    const uint32_t threads = (self->count < useful ? self->count : useful) - 1;
    pthread_attr_t detached;
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    LIQ_ASSERT(sigfillset(&all) == 0);
    LIQ_ASSERT(pthread_attr_init(&detached) == 0);
    LIQ_ASSERT(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (uint32_t i = 0; i < threads; i++) {
        atomic_fetch_add(&self->users, 1);
        if (pthread_create(&thread, &detached, thread_main, self) != 0)
            crew_leave(self);
    }
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_attr_destroy(&detached);
}

static void *thread_main(void *of)
{
    crew *self = of;
    uint32_t index;

    while ((index = atomic_fetch_add(&self->next, 1)) < self->count) {
        self->work(self->context, index);
        liq_monitor_enter(&self->monitor);
        self->finished++;
        liq_monitor_tell(&self->monitor);
        liq_monitor_leave(&self->monitor);
    }
    crew_leave(self);
    return NULL;
}

static void crew_wait(crew *self, uint32_t theirs)
{
    liq_monitor_enter(&self->monitor);
    while (self->finished < theirs)
        (void)liq_monitor_wait(&self->monitor, UINT64_MAX);
    liq_monitor_leave(&self->monitor);
}

static void crew_leave(crew *self)
{
    if (atomic_fetch_sub(&self->users, 1) != 1)
        return;
    liq_monitor_clear(&self->monitor);
    free(self);
}
