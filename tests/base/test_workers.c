#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Work that asks for threads itself, while others do as well. */
typedef struct nested {
    unsigned sums[LIQ_WORKERS_MAX];
} nested;

static void one_add(void *context, uint32_t index)
{
    (void)index;
    (void)__atomic_fetch_add((unsigned *)context, 1, __ATOMIC_SEQ_CST);
}

static void nested_run(void *context, uint32_t index)
{
    nested *self = context;

    liq_workers_expect();
    for (uint32_t i = 0; i < 500; i++)
        liq_workers_run(1 + i % LIQ_WORKERS_MAX, one_add, &self->sums[index]);
}

Test(workers, serves_calls_from_threads_that_work_already)
{
    nested self = {0};
    unsigned expected = 0;

    for (uint32_t i = 0; i < 500; i++)
        expected += 1 + i % LIQ_WORKERS_MAX;
    liq_workers_run(LIQ_WORKERS_MAX, nested_run, &self);
    for (uint32_t i = 0; i < LIQ_WORKERS_MAX; i++)
        cr_expect_eq(self.sums[i], expected, "%u", i);
}

/* Threads that the parent has are not there. */
Test(workers, serves_a_forked_child)
{
    seen all = {0};
    int status = 0;
    pid_t child;

    liq_workers_run(LIQ_WORKERS_MAX, note, &all);
    child = fork();
    if (child == 0) {
        unsigned sum = 0;

        for (uint32_t i = 0; i < 100; i++)
            liq_workers_run(LIQ_WORKERS_MAX, one_add, &sum);
        _exit(sum == 100 * LIQ_WORKERS_MAX ? 0 : 1);
    }
    cr_assert_gt(child, 0);
    cr_assert_eq(waitpid(child, &status, 0), child);
    cr_expect_eq(status, 0);
}
