/*
 * Two threads call everything that promises to have no shared state, at the
 * same time. ThreadSanitizer is the judge; the answers are checked as well.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/embedded.h"
#include "base/fail.h"
#include "base/memory.h"

enum { ROUNDS = 2000, THREADS = 2 };

static void *work(void *unused);
static void one_round(uint32_t round);

int main(void)
{
    pthread_t threads[THREADS];
    int i;

    for (i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_create(&threads[i], NULL, work, NULL) == 0);
    for (i = 0; i < THREADS; i++)
        LIQ_ASSERT(pthread_join(threads[i], NULL) == 0);
    (void)puts("tsan_base: ok");
    return 0;
}

static void *work(void *unused)
{
    uint32_t i;

    (void)unused;
    for (i = 0; i < ROUNDS; i++)
        one_round(i);
    return NULL;
}

static void one_round(uint32_t round)
{
    liq_error error;
    void *items = NULL;
    size_t capacity = 0;
    char expected[32];

    (void)snprintf(expected, sizeof expected, "round %u", round);
    LIQ_ASSERT(liq_fail(&error, LIQ_IO, 5, "round %u", round) == LIQ_IO);
    LIQ_ASSERT(strcmp(error.message, expected) == 0);
    LIQ_ASSERT(strcmp(liq_status_name(error.status), "io") == 0);
    LIQ_ASSERT(liq_memory_grow(&items, &capacity, round + 1, sizeof(uint32_t), &error) == LIQ_OK);
    LIQ_ASSERT(capacity > round);
    free(items);
    LIQ_ASSERT(liq_embedded_kernel("liqscan") != NULL);
    LIQ_ASSERT(liq_embedded_profile("nobody") == NULL);
}
