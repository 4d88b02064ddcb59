/*
 * Scores of the baseline: the rule of BitMEX in ratios of 64 bits, written for linear contracts
 * that settle in the margin currency. It shares no text with liq_adl.h; keys must be equal to the
 * last bit.
 */
#ifndef LIQ_BENCH_BASELINE_SCORE_H
#define LIQ_BENCH_BASELINE_SCORE_H

#include <stdint.h>

#include "base/int128.h"

#define BASELINE_PAST_BANKRUPTCY (-INT64_MAX)

/* mantissa x 2^exponent, the mantissa's first bit set. */
typedef struct baseline_ratio {
    uint64_t mantissa;
    int32_t exponent;
} baseline_ratio;

static inline baseline_ratio baseline_ratio_of(uint64_t value)
{
    const int shift = __builtin_clzll(value | 1);

    return (baseline_ratio){value << shift, -shift};
}

static inline baseline_ratio baseline_ratio_of_wide(liq_uint128 value)
{
    const uint64_t high = (uint64_t)(value >> 64);
    const int shift = high != 0 ? __builtin_clzll(high) : 64;

    if (high == 0)
        return baseline_ratio_of((uint64_t)value);
    return (baseline_ratio){(uint64_t)(value << shift >> 64), 64 - shift};
}

static inline baseline_ratio baseline_ratio_times(baseline_ratio left, baseline_ratio right)
{
    const liq_uint128 product = (liq_uint128)left.mantissa * right.mantissa;
    const int shift = product >> 127 == 0;

    return (baseline_ratio){(uint64_t)(product << shift >> 64),
                            left.exponent + right.exponent + 64 - shift};
}

/* By a reciprocal, as the keys are defined: one division of 64 bits and a step of Newton. */
static inline baseline_ratio baseline_ratio_over(baseline_ratio left, baseline_ratio right)
{
    const uint64_t first = UINT64_MAX / ((right.mantissa >> 32) + 1);
    const liq_uint128 missing = ((liq_uint128)1 << 96) - (liq_uint128)first * right.mantissa;
    const uint64_t error = (uint64_t)(missing >> 36);
    const uint64_t reciprocal = (first << 31) + (first * error >> 29);
    const uint64_t quotient = (uint64_t)((liq_uint128)left.mantissa * reciprocal >> 64);
    const int shift = __builtin_clzll(quotient | 1);

    return (baseline_ratio){quotient << shift, left.exponent - right.exponent - 63 - shift};
}

/* 10^28 / (10^12 grains per fine unit x an exchange rate of 10^12). */
static inline baseline_ratio baseline_fine_per_cash(void)
{
    const liq_uint128 trillion = 1000000000000;

    return baseline_ratio_over(baseline_ratio_of_wide(trillion * 10000000000000000),
                               baseline_ratio_of_wide(trillion * trillion));
}

/* PnL% x leverage in profit, PnL% / leverage in loss. @param equity  in fine units, not zero */
static inline int64_t baseline_score(baseline_ratio equity, int64_t lots, int64_t entry,
                                     int64_t value)
{
    const int64_t gain = lots < 0 ? entry - value : value - entry;
    const baseline_ratio pnl = baseline_ratio_of((uint64_t)(gain < 0 ? -gain : gain));
    const baseline_ratio then = baseline_ratio_of(entry == 0 ? 1 : (uint64_t)entry);
    const baseline_ratio notional =
        baseline_ratio_of_wide((liq_uint128)(uint64_t)(lots < 0 ? -lots : lots) * (uint64_t)value);
    const baseline_ratio score =
        baseline_ratio_over(baseline_ratio_times(pnl, gain < 0 ? equity : notional),
                            baseline_ratio_times(then, gain < 0 ? notional : equity));
    int64_t key;

    if (score.mantissa == 0)
        return 0;
    key = (int64_t)((uint64_t)(score.exponent + 63 + 512) << 53 | score.mantissa << 1 >> 11);
    return gain < 0 ? -key : key;
}

#endif
