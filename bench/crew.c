#include "crew.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"

typedef struct member {
    struct bench_crew *crew;
    pthread_t thread;
    uint32_t number;
} member;

struct bench_crew {
    member *members;
    pthread_barrier_t begin;
    pthread_barrier_t end;
    void (*work)(void *context, uint32_t number); /* NULL: go home */
    void *context;
    uint32_t count;
};

static void *member_main(void *argument);

liq_status crew_create(bench_crew **out, uint32_t count, liq_error *err)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    bench_crew *made = NULL;
    liq_status status = liq_memory_array(&made, 1, sizeof *made, err);

    if (status != LIQ_OK)
        return status;
    made->count = count > 0 ? count : cores > 0 ? (uint32_t)cores : 1;
    status = liq_memory_array(&made->members, made->count, sizeof *made->members, err);
    if (status != LIQ_OK) {
        free(made);
        return status;
    }
    LIQ_ASSERT(pthread_barrier_init(&made->begin, NULL, made->count) == 0);
    LIQ_ASSERT(pthread_barrier_init(&made->end, NULL, made->count) == 0);
    for (uint32_t i = 1; i < made->count; i++) {
        made->members[i] = (member){.crew = made, .number = i};
        LIQ_ASSERT(pthread_create(&made->members[i].thread, NULL, member_main, &made->members[i]) ==
                   0);
    }
    *out = made;
    return LIQ_OK;
}

void crew_destroy(bench_crew *crew)
{
    if (crew == NULL)
        return;
    crew->work = NULL;
    (void)pthread_barrier_wait(&crew->begin);
    for (uint32_t i = 1; i < crew->count; i++)
        (void)pthread_join(crew->members[i].thread, NULL);
    (void)pthread_barrier_destroy(&crew->begin);
    (void)pthread_barrier_destroy(&crew->end);
    free(crew->members);
    free(crew);
}

uint32_t crew_count(const bench_crew *crew)
{
    return crew->count;
}

void crew_run(bench_crew *crew, void (*work)(void *context, uint32_t number), void *context)
{
    crew->work = work;
    crew->context = context;
    (void)pthread_barrier_wait(&crew->begin);
    work(context, 0);
    (void)pthread_barrier_wait(&crew->end);
}

static void *member_main(void *argument)
{
    const member *self = argument;
    struct bench_crew *crew = self->crew;

    for (;;) {
        (void)pthread_barrier_wait(&crew->begin);
        if (crew->work == NULL)
            return NULL;
        crew->work(crew->context, self->number);
        (void)pthread_barrier_wait(&crew->end);
    }
}
