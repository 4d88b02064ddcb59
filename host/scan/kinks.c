#include "scan/kinks.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

static int compare_values(const void *left, const void *right);

liq_status liq_kinks_start(liq_kinks *kinks, size_t count_max, int64_t low, int64_t high,
                           liq_error *err)
{
    kinks->count = 0;
    kinks->low = low;
    kinks->high = high;
    return liq_memory_grow(&kinks->values, &kinks->capacity, count_max, sizeof *kinks->values, err);
}

void liq_kinks_clear(liq_kinks *kinks)
{
    free(kinks->values);
    *kinks = (liq_kinks){0};
}

void liq_kinks_add(liq_kinks *kinks, liq_int128 value)
{
    if (value < kinks->low || value > kinks->high)
        return;
    LIQ_ASSERT(kinks->count < kinks->capacity);
    kinks->values[kinks->count++] = (int64_t)value;
}

void liq_kinks_add_around(liq_kinks *kinks, liq_int128 value)
{
    for (int more = -1; more <= 1; more++)
        liq_kinks_add(kinks, value + more);
}

void liq_kinks_sort(liq_kinks *kinks)
{
    size_t kept = 0;

    if (kinks->count > 0)
        qsort(kinks->values, kinks->count, sizeof *kinks->values, compare_values);
    for (size_t i = 0; i < kinks->count; i++)
        if (i == 0 || kinks->values[i] != kinks->values[kept - 1])
            kinks->values[kept++] = kinks->values[i];
    kinks->count = kept;
}

size_t liq_kinks_below(const liq_kinks *kinks, int64_t value)
{
    size_t low = 0;
    size_t high = kinks->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (kinks->values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int compare_values(const void *left, const void *right)
{
    const int64_t a = *(const int64_t *)left;
    const int64_t b = *(const int64_t *)right;

    return (a > b) - (a < b);
}
