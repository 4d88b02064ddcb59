/*
 * Two threads call everything that promises to have no shared state, at the
 * same time. ThreadSanitizer is the judge; the answers are checked as well.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/embedded.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/names.h"

enum { ROUNDS = 2000, THREADS = 2 };

static void *work(void *unused);
static void fail_and_grow(uint32_t round);
static void name_and_hash(uint32_t round);

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
    for (i = 0; i < ROUNDS; i++) {
        fail_and_grow(i);
        name_and_hash(i);
    }
    return NULL;
}

static void fail_and_grow(uint32_t round)
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
    LIQ_ASSERT(liq_embedded_kernel("margin") != NULL);
    LIQ_ASSERT(liq_embedded_profile("nobody") == NULL);
}

static void name_and_hash(uint32_t round)
{
    const uint64_t before = liq_clock_ns();
    char digits[32];
    char hex[LIQ_HASH_HEX_BYTES];
    liq_names *names = NULL;
    liq_hash *hash = NULL;
    uint32_t index = 1;
    int64_t units = 0;

    (void)snprintf(digits, sizeof digits, "%u.5", round);
    LIQ_ASSERT(liq_decimal_parse_units(&units, liq_text_of(digits), 1, NULL) == LIQ_OK);
    LIQ_ASSERT(units == (int64_t)round * 10 + 5);
    LIQ_ASSERT(liq_names_create(&names, NULL) == LIQ_OK);
    LIQ_ASSERT(liq_names_add(names, liq_text_of(digits), &index, NULL) == LIQ_OK && index == 0);
    LIQ_ASSERT(liq_names_find(names, liq_text_of(digits), &index));
    LIQ_ASSERT(liq_hash_create(&hash, NULL) == LIQ_OK);
    liq_hash_add(hash, digits, strlen(digits));
    liq_hash_finish(hash, hex);
    LIQ_ASSERT(strlen(hex) + 1 == sizeof hex);
    LIQ_ASSERT(liq_clock_ns() >= before);
    liq_hash_destroy(hash);
    liq_names_destroy(names);
}
