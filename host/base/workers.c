#include "base/workers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>

#include "base/fail.h"

typedef struct worker {
    pthread_t thread;
    bool runs; /* on a thread of its own */
    uint32_t index;
    void (*work)(void *context, uint32_t index);
    void *context;
} worker;

static void start(worker *workers, uint32_t count);
static void *thread_main(void *of);

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
    worker workers[LIQ_WORKERS_MAX] = {0};

    LIQ_ASSERT(count >= 1 && count <= LIQ_WORKERS_MAX);
    for (uint32_t i = 1; i < count; i++)
        workers[i] = (worker){.index = i, .work = work, .context = context};
    start(workers, count);
    work(context, 0);
    for (uint32_t i = 1; i < count; i++)
        if (workers[i].runs)
            LIQ_ASSERT(pthread_join(workers[i].thread, NULL) == 0);
        else
            work(context, i);
}

/* A thread inherits the signals that are blocked where it is made. */
static void start(worker *workers, uint32_t count)
{
    sigset_t all;
    sigset_t before;

    LIQ_ASSERT(sigfillset(&all) == 0);
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    for (uint32_t i = 1; i < count; i++)
        workers[i].runs = pthread_create(&workers[i].thread, NULL, thread_main, &workers[i]) == 0;
    LIQ_ASSERT(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
}

static void *thread_main(void *of)
{
    const worker *self = of;

    self->work(self->context, self->index);
    return NULL;
}
