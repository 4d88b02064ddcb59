/*
 * How leveraged margin accounts are, counted.
 */
#ifndef LIQ_SETTLE_LEVERAGE_COUNT_H
#define LIQ_SETTLE_LEVERAGE_COUNT_H

#include <stdint.h>

/* Leverage by sixteenths of an octave from 2^-4 on: a bucket is at most a sixteenth wide. */
enum {
    LIQ_LEVERAGE_PARTS = 16,
    LIQ_LEVERAGE_OCTAVES = 24,
    LIQ_LEVERAGE_BUCKETS = LIQ_LEVERAGE_OCTAVES * LIQ_LEVERAGE_PARTS
};

/* In place of a bucket. */
enum { LIQ_LEVERAGE_NONE = LIQ_LEVERAGE_BUCKETS, LIQ_LEVERAGE_SPENT = LIQ_LEVERAGE_BUCKETS + 1 };

/* Notional / equity of margin accounts. */
typedef struct liq_leverage_count {
    uint64_t buckets[LIQ_LEVERAGE_BUCKETS];
    uint64_t count; /* in the buckets: with a position and equity above zero */
    uint64_t spent; /* with a position, equity of zero or less */
} liq_leverage_count;

/** Where a margin account is counted. @return a bucket; LIQ_LEVERAGE_NONE: it has no notional;
 * LIQ_LEVERAGE_SPENT */
uint16_t liq_leverage_bucket(int64_t notional, int64_t equity);

/** Count one in, and out again. @param bucket  as liq_leverage_bucket says */
void liq_leverage_add(liq_leverage_count *count, uint16_t bucket);
void liq_leverage_remove(liq_leverage_count *count, uint16_t bucket);

/**
 * The leverage that a share of all counted accounts does not exceed, those that have spent their
 * equity being the highest: the lower end of a bucket.
 * @param ppm  0 .. 10^6
 * @return in hundredths; INT64_MAX: equity is spent; 0: nobody was counted
 */
int64_t liq_leverage_quantile(const liq_leverage_count *count, uint32_t ppm);

#endif
