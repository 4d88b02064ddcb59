#include "settle/leverage_count.h"

#include <math.h>

#include "base/fail.h"
#include "base/int128.h"

enum { MILLION = 1000000, LEAST_OCTAVE = -4 };

/* Only shown: a quotient of doubles is within its last bit. */
uint16_t liq_leverage_bucket(int64_t notional, int64_t equity)
{
    double mantissa;
    int octave;
    int bucket;

    if (notional <= 0)
        return LIQ_LEVERAGE_NONE;
    if (equity <= 0)
        return LIQ_LEVERAGE_SPENT;
    mantissa = frexp((double)notional / (double)equity, &octave);
    bucket = (octave - 1 - LEAST_OCTAVE) * LIQ_LEVERAGE_PARTS +
             (int)((mantissa * 2 - 1) * LIQ_LEVERAGE_PARTS);
    bucket = bucket < 0 ? 0 : bucket;
    return (uint16_t)(bucket < LIQ_LEVERAGE_BUCKETS ? bucket : LIQ_LEVERAGE_BUCKETS - 1);
}

void liq_leverage_add(liq_leverage_count *count, uint16_t bucket)
{
    if (bucket == LIQ_LEVERAGE_SPENT) {
        count->spent++;
    } else if (bucket != LIQ_LEVERAGE_NONE) {
        count->buckets[bucket]++;
        count->count++;
    }
}

void liq_leverage_remove(liq_leverage_count *count, uint16_t bucket)
{
    if (bucket == LIQ_LEVERAGE_SPENT) {
        LIQ_ASSERT(count->spent > 0);
        count->spent--;
    } else if (bucket != LIQ_LEVERAGE_NONE) {
        LIQ_ASSERT(count->buckets[bucket] > 0);
        count->buckets[bucket]--;
        count->count--;
    }
}

int64_t liq_leverage_quantile(const liq_leverage_count *count, uint32_t ppm)
{
    const uint64_t all = count->count + count->spent;
    const uint64_t wanted = (uint64_t)(((liq_uint128)all * ppm + MILLION - 1) / MILLION);
    uint64_t seen = 0;

    if (all == 0)
        return 0;
    for (int i = 0; i < LIQ_LEVERAGE_BUCKETS; i++) {
        const double part = (double)(i % LIQ_LEVERAGE_PARTS) / LIQ_LEVERAGE_PARTS;

        seen += count->buckets[i];
        if (seen > 0 && seen >= wanted)
            return (int64_t)(ldexp(1 + part, i / LIQ_LEVERAGE_PARTS + LEAST_OCTAVE) * 100);
    }
    return INT64_MAX;
}
