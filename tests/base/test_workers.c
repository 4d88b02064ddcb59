#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <criterion/criterion.h>

#include "base/workers.h"

typedef struct seen {
    unsigned times[LIQ_WORKERS_MAX];
    pthread_t threads[LIQ_WORKERS_MAX];
    int blocked[LIQ_WORKERS_MAX]; /* SIGTERM */
} seen;

static void note(void *context, uint32_t index)
{
    seen *out = context;
    sigset_t mask;

    out->times[index]++;
    out->threads[index] = pthread_self();
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    out->blocked[index] = sigismember(&mask, SIGTERM);
}

Test(workers, runs_each_index_once_and_the_first_here)
{
    for (uint32_t count = 1; count <= LIQ_WORKERS_MAX; count++) {
        seen all = {0};

        liq_workers_run(count, note, &all);
        for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
            cr_expect_eq(all.times[i], i < count, "%u of %u", i, count);
        cr_expect(pthread_equal(all.threads[0], pthread_self()));
    }
}

Test(workers, leaves_signals_to_the_threads_of_the_program)
{
    seen all = {0};

    liq_workers_run(3, note, &all);
    for (uint32_t i = 0; i < 3; i++)
        cr_expect(all.blocked[i] == !pthread_equal(all.threads[i], pthread_self()), "%u", i);
    note(&all, 0);
    cr_expect_eq(all.blocked[0], 0, "the caller's mask has changed");
}

Test(workers, counts_the_processors_that_may_be_used)
{
    cpu_set_t one;

    cr_expect_geq(liq_workers_count(), 1);
    cr_expect_leq(liq_workers_count(), LIQ_WORKERS_MAX);
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    cr_assert_eq(sched_setaffinity(0, sizeof one, &one), 0);
    cr_expect_eq(liq_workers_count(), 1);
}
