/*
 * Whoever called takes the first index that nobody has, and threads the last one, so that in calls
 * over the same data each finds its own in its cache: when all are taken the caller waits for those
 * that are being worked on, and for nobody who has not even begun, because a busy system may let a
 * thread start long after the work is done. What they share is given back by the last one to leave
 * it.
 *
 * Threads are kept for the next call: to make one takes as long as a tick may. Without work they
 * look for some for a moment, then sleep, and end when nothing has come for a while. A forked child
 * has none and makes its own.
 */
#include "base/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/monitor.h"

/* How long a thread looks for work without sleeping, and sleeps without ending. */
enum { LOOK_NS = 60000, SLEEP_NS = 2000000000 };

/* Looks between two of the clock. */
enum { LOOKS = 16 };

/* One index taken by a thread: those of the caller, and takes in vain, are far fewer. */
enum { BY_THREADS = 1 << 16 };

/* The work of a call. */
typedef struct crew {
    struct crew *after; /* in the pool's list */
    liq_monitor monitor;
    atomic_uint finished; /* by threads; told in the monitor */
    atomic_uint taken;    /* indices: by the caller, and by threads in the upper half */
    atomic_uint users;
    uint32_t count;
    void (*work)(void *context, uint32_t index);
    void *context;
} crew;

/* All but `calls` is in the monitor. */
typedef struct crew_pool {
    liq_monitor monitor;
    atomic_uint calls; /* ever made, and hints of some to come */
    crew *open;        /* whose caller has not come to its end */
    uint32_t threads;
    uint32_t idle; /* of them: looking for work, or asleep */
    uint32_t asleep;
} crew_pool;

static crew_pool pool;
static pthread_once_t pool_once = PTHREAD_ONCE_INIT;

static void pool_make(void);
static void pool_forget(void);
static crew *crew_make(uint32_t count, void (*work)(void *context, uint32_t index), void *context);
static void crew_open(crew *self);
static void crew_close(crew *self);
static void threads_start(uint32_t count);
static void *thread_main(void *nothing);
static crew *work_await(void);
static crew *work_find(void);
static void look(const atomic_uint *at, uint32_t seen);
static uint32_t first_take(crew *self);
static uint32_t last_take(crew *self);
static uint32_t taken_of(uint32_t taken);
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
        crew_open(self);
    work(context, 0);
    if (self == NULL) {
        for (uint32_t i = 1; i < count; i++)
            work(context, i);
        return;
    }
    while ((index = first_take(self)) < count) {
        work(context, index);
        mine++;
    }
    crew_close(self);
    crew_wait(self, count - mine);
    crew_leave(self);
}

void liq_workers_expect(void)
{
    LIQ_ASSERT(pthread_once(&pool_once, pool_make) == 0);
    liq_monitor_enter(&pool.monitor);
    atomic_fetch_add(&pool.calls, 1);
    if (pool.asleep > 0)
        liq_monitor_tell(&pool.monitor);
    liq_monitor_leave(&pool.monitor);
}

static void pool_make(void)
{
    liq_monitor_init(&pool.monitor);
    LIQ_ASSERT(pthread_atfork(NULL, NULL, pool_forget) == 0);
}

/* In a child: whoever held the lock is not here. */
static void pool_forget(void)
{
    liq_monitor_init(&pool.monitor);
    pool.open = NULL;
    pool.threads = 0;
    pool.idle = 0;
    pool.asleep = 0;
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
    atomic_init(&self->finished, 0);
    atomic_init(&self->taken, 1);
    atomic_init(&self->users, 1);
    return self;
}

/* Let threads in. Those at work elsewhere may be long: then there are more. */
static void crew_open(crew *self)
{
    const uint32_t useful = liq_workers_count();
    const uint32_t wanted = (self->count < useful ? self->count : useful) - 1;
    uint32_t missing = 0;

    LIQ_ASSERT(pthread_once(&pool_once, pool_make) == 0);
    liq_monitor_enter(&pool.monitor);
    self->after = pool.open;
    pool.open = self;
    atomic_fetch_add(&pool.calls, 1);
    if (pool.asleep > 0)
        liq_monitor_tell(&pool.monitor);
    if (wanted > pool.idle)
        missing = wanted - pool.idle;
    if (missing > LIQ_WORKERS_MAX - pool.threads)
        missing = LIQ_WORKERS_MAX - pool.threads;
    pool.threads += missing;
    pool.idle += missing;
    liq_monitor_leave(&pool.monitor);
    if (missing > 0)
        threads_start(missing);
}

/* A thread inherits the signals that are blocked where it is made. */
static void threads_start(uint32_t count)
{
    pthread_attr_t detached;
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    LIQ_ASSERT(sigfillset(&all) == 0);
    LIQ_ASSERT(pthread_attr_init(&detached) == 0);
    LIQ_ASSERT(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (uint32_t i = 0; i < count; i++) {
        if (pthread_create(&thread, &detached, thread_main, NULL) == 0)
            continue;
        liq_monitor_enter(&pool.monitor);
        pool.threads--;
        pool.idle--;
        liq_monitor_leave(&pool.monitor);
    }
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    (void)pthread_attr_destroy(&detached);
}

/* Let no more in. */
static void crew_close(crew *self)
{
    crew **at = &pool.open;

    liq_monitor_enter(&pool.monitor);
    while (*at != self)
        at = &(*at)->after;
    *at = self->after;
    liq_monitor_leave(&pool.monitor);
}

static void *thread_main(void *nothing)
{
    crew *self;
    uint32_t index;

    (void)nothing;
    while ((self = work_await()) != NULL) {
        while ((index = last_take(self)) < self->count) {
            self->work(self->context, index);
            liq_monitor_enter(&self->monitor);
            atomic_fetch_add(&self->finished, 1);
            liq_monitor_tell(&self->monitor);
            liq_monitor_leave(&self->monitor);
        }
        crew_leave(self);
        liq_monitor_enter(&pool.monitor);
        pool.idle++;
        liq_monitor_leave(&pool.monitor);
    }
    return NULL;
}

/* @return work of which the thread is a user; NULL: none has come, and the thread does not count
 * any more */
static crew *work_await(void)
{
    crew *found = NULL;
    bool ends = false;

    while (found == NULL && !ends) {
        const uint32_t seen = atomic_load(&pool.calls);

        liq_monitor_enter(&pool.monitor);
        found = work_find();
        liq_monitor_leave(&pool.monitor);
        if (found != NULL)
            break;
        look(&pool.calls, seen);
        liq_monitor_enter(&pool.monitor);
        if (atomic_load(&pool.calls) == seen) {
            pool.asleep++;
            ends = !liq_monitor_wait(&pool.monitor, liq_clock_ns() + SLEEP_NS) &&
                   atomic_load(&pool.calls) == seen;
            pool.asleep--;
        }
        if (ends) {
            pool.threads--;
            pool.idle--;
        }
        liq_monitor_leave(&pool.monitor);
    }
    return found;
}

/* Inside the pool. */
static crew *work_find(void)
{
    for (crew *self = pool.open; self != NULL; self = self->after)
        if (taken_of(atomic_load(&self->taken)) < self->count) {
            atomic_fetch_add(&self->users, 1);
            pool.idle--;
            return self;
        }
    return NULL;
}

/* @return the count or more when all are taken */
static uint32_t first_take(crew *self)
{
    const uint32_t taken = atomic_fetch_add(&self->taken, 1);

    return taken_of(taken) < self->count ? taken % BY_THREADS : self->count;
}

static uint32_t last_take(crew *self)
{
    const uint32_t taken = atomic_fetch_add(&self->taken, BY_THREADS);

    return taken_of(taken) < self->count ? self->count - 1 - taken / BY_THREADS : self->count;
}

/* How many indices. */
static uint32_t taken_of(uint32_t taken)
{
    return taken % BY_THREADS + taken / BY_THREADS;
}

/* Until a number has changed, but not for long. */
static void look(const atomic_uint *at, uint32_t seen)
{
    const uint64_t end_ns = liq_clock_ns() + LOOK_NS;

    while (atomic_load(at) == seen && liq_clock_ns() < end_ns)
        for (uint32_t i = 0; i < LOOKS && atomic_load(at) == seen; i++) {
#if defined(__x86_64__)
            __builtin_ia32_pause();
#endif
        }
}

/* Threads are about to be done, unless others use the processors too. */
static void crew_wait(crew *self, uint32_t theirs)
{
    const uint32_t finished = atomic_load(&self->finished);

    if (finished < theirs)
        look(&self->finished, finished);
    if (atomic_load(&self->finished) >= theirs)
        return;
    liq_monitor_enter(&self->monitor);
    while (atomic_load(&self->finished) < theirs)
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
