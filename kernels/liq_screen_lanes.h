/*
 * What the sums of eight rows prove, side by side, for processors that have vectors: bit for bit
 * what liq_screen_judge says of each (liq_screen.h has the proofs). All rows are judged by the
 * same levels, so that only what differs from row to row is a vector.
 */
#ifndef LIQ_SCREEN_LANES_H
#define LIQ_SCREEN_LANES_H

#include "liq_screen.h"

#if LIQ_HAS_LANES

/* Rows that are judged at once. */
#define LIQ_SCREEN_LANES 8u

/* Eight verdicts; statuses as words of 32 bits. */
typedef struct liq_screen_lane_verdicts {
    liq_f32x8 reach;
    liq_i32x8 status;
    liq_i32x8 sure; /* all ones or zeros */
} liq_screen_lane_verdicts;

/* The sums of eight rows. */
typedef struct liq_screen_lane_sums {
    liq_f32x8 equity;
    liq_f32x8 gross;
    liq_f32x8 required;
    liq_f32x8 fixed;
    liq_f32x8 steep;
    liq_f32x8 jump;
    liq_i32x8 outside;
} liq_screen_lane_sums;

/* What rounding may have cost each. */
typedef struct liq_screen_lane_limits {
    liq_f32x8 bulk;
    liq_f32x8 error;
    liq_f32 allowance;
} liq_screen_lane_limits;

LIQ_INLINE liq_f32x8 liq_f32x8_all(liq_f32 value)
{
    return LIQ_F32X8(value, value, value, value, value, value, value, value);
}

LIQ_INLINE liq_i32x8 liq_i32x8_all(liq_i32 value)
{
    return LIQ_I32X8(value, value, value, value, value, value, value, value);
}

/* By lane: left where the mask has ones, right where it has zeros. */
LIQ_INLINE liq_f32x8 liq_screen_choose(liq_i32x8 mask, liq_f32x8 left, liq_f32x8 right)
{
    return LIQ_AS_F32X8((mask & LIQ_AS_I32X8(left)) | (~mask & LIQ_AS_I32X8(right)));
}

/* A row as a vector: the sums of an adder, and in the last two lanes what was outside. */
LIQ_INLINE liq_f32x8 liq_screen_row_of(const liq_screen_adder *adder)
{
    const liq_i32x8 last = LIQ_I32X8(0, 0, 0, 0, 0, 0, -1, -1);

    return liq_screen_choose(last, LIQ_AS_F32X8(adder->outside), adder->lanes);
}

#define LIQ_SCREEN_LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define LIQ_SCREEN_HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define LIQ_SCREEN_LOW_PAIRS(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define LIQ_SCREEN_HIGH_PAIRS(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define LIQ_SCREEN_LOW_HALVES(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define LIQ_SCREEN_HIGH_HALVES(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)

/* Eight rows become vectors of each sum: a square is turned over, within halves and across. */
LIQ_INLINE liq_screen_lane_sums liq_screen_turn(const liq_f32x8 *rows, liq_f32x8 offsets)
{
    const liq_f32x8 a0 = LIQ_SCREEN_LOW(rows[0], rows[1]);
    const liq_f32x8 a1 = LIQ_SCREEN_HIGH(rows[0], rows[1]);
    const liq_f32x8 a2 = LIQ_SCREEN_LOW(rows[2], rows[3]);
    const liq_f32x8 a3 = LIQ_SCREEN_HIGH(rows[2], rows[3]);
    const liq_f32x8 a4 = LIQ_SCREEN_LOW(rows[4], rows[5]);
    const liq_f32x8 a5 = LIQ_SCREEN_HIGH(rows[4], rows[5]);
    const liq_f32x8 a6 = LIQ_SCREEN_LOW(rows[6], rows[7]);
    const liq_f32x8 a7 = LIQ_SCREEN_HIGH(rows[6], rows[7]);
    const liq_f32x8 b0 = LIQ_SCREEN_LOW_PAIRS(a0, a2);
    const liq_f32x8 b1 = LIQ_SCREEN_HIGH_PAIRS(a0, a2);
    const liq_f32x8 b2 = LIQ_SCREEN_LOW_PAIRS(a1, a3);
    const liq_f32x8 b3 = LIQ_SCREEN_HIGH_PAIRS(a1, a3);
    const liq_f32x8 b4 = LIQ_SCREEN_LOW_PAIRS(a4, a6);
    const liq_f32x8 b5 = LIQ_SCREEN_HIGH_PAIRS(a4, a6);
    const liq_f32x8 b6 = LIQ_SCREEN_LOW_PAIRS(a5, a7);
    const liq_f32x8 b7 = LIQ_SCREEN_HIGH_PAIRS(a5, a7);
    liq_screen_lane_sums out;

    out.equity = offsets + LIQ_SCREEN_LOW_HALVES(b0, b4);
    out.gross = LIQ_SCREEN_LOW_HALVES(b1, b5);
    out.required = LIQ_SCREEN_LOW_HALVES(b2, b6);
    out.fixed = LIQ_SCREEN_LOW_HALVES(b3, b7);
    out.steep = LIQ_SCREEN_HIGH_HALVES(b0, b4);
    out.jump = LIQ_SCREEN_HIGH_HALVES(b1, b5);
    out.outside =
        LIQ_AS_I32X8(LIQ_SCREEN_HIGH_HALVES(b2, b6)) | LIQ_AS_I32X8(LIQ_SCREEN_HIGH_HALVES(b3, b7));
    return out;
}

/* liq_screen_share. */
LIQ_INLINE liq_f32x8 liq_screen_lane_share(liq_f32x8 spare, liq_f32x8 cost)
{
    const liq_f32x8 zero = liq_f32x8_all(0.0f);
    const liq_f32x8 horizon = liq_f32x8_all(LIQ_SCREEN_HORIZON);
    const liq_f32x8 share = spare * liq_f32x8_all(1.0f - 0x1p-16f) / cost;
    const liq_f32x8 near = liq_screen_choose(share < horizon, share, horizon);

    return liq_screen_choose(spare > zero, near, zero);
}

/* liq_screen_level. */
LIQ_INLINE void liq_screen_lane_level(liq_screen_lane_verdicts *verdicts, liq_screen_lane_sums sum,
                                      liq_screen_lane_limits limits, liq_f32 factor,
                                      liq_u32 met_status)
{
    const liq_f32x8 zero = liq_f32x8_all(0.0f);
    const liq_f32x8 factors = liq_f32x8_all(factor);
    const liq_f32x8 slack = sum.equity - factors * (sum.required + sum.fixed);
    const liq_i32x8 met = slack < zero;
    const liq_f32x8 more = limits.error + liq_f32x8_all(1.0f);
    const liq_f32x8 spare =
        liq_screen_choose(met, -slack, slack) -
        limits.error * (limits.bulk + liq_f32x8_all(2.0f * factor) * sum.required) -
        liq_f32x8_all(limits.allowance * (1.0f + factor));
    const liq_f32x8 cost = (sum.gross + liq_f32x8_all(2.5f * factor) * sum.steep) * more;
    const liq_f32x8 share = liq_screen_lane_share(spare - factors * sum.jump * more, cost);
    liq_i32x8 provable = ~met;

    if (factor < 0.0f)
        return;
    if (met_status < LIQ_ROW_LIQUIDATE)
        provable |= sum.jump == zero;
    verdicts->sure &= (spare > zero) & provable;
    verdicts->status = (met & liq_i32x8_all((liq_i32)met_status)) | (~met & verdicts->status);
    verdicts->reach = liq_screen_choose(verdicts->reach < share, verdicts->reach, share);
}

/* liq_screen_judge. @param errors  LIQ_SCREEN_ERROR of how many entries each has */
LIQ_INLINE liq_screen_lane_verdicts liq_screen_lane_judge(liq_screen_lane_sums sum,
                                                          liq_f32x8 offsets, liq_f32x8 errors,
                                                          liq_screen_terms terms)
{
    liq_screen_lane_limits limits;
    liq_screen_lane_verdicts out;

    limits.bulk = liq_screen_choose(offsets < liq_f32x8_all(0.0f), -offsets, offsets) + sum.gross;
    limits.error = errors;
    limits.allowance = terms.allowance;
    out.reach = liq_f32x8_all(LIQ_SCREEN_HORIZON);
    out.status = liq_i32x8_all((liq_i32)LIQ_ROW_OK);
    out.sure = (sum.outside == liq_i32x8_all(0)) & (limits.bulk < liq_f32x8_all(terms.bulk_max));
    liq_screen_lane_level(&out, sum, limits, terms.warning, LIQ_ROW_WARNING);
    liq_screen_lane_level(&out, sum, limits, terms.reduce_only, LIQ_ROW_REDUCE_ONLY);
    liq_screen_lane_level(&out, sum, limits, terms.past, LIQ_ROW_LIQUIDATE);
    out.reach = liq_screen_choose(out.sure, out.reach, liq_f32x8_all(LIQ_SCREEN_DOUBT));
    return out;
}

/* liq_screen_code. */
LIQ_INLINE liq_u8x8 liq_screen_lane_codes(liq_screen_lane_verdicts verdicts)
{
    const liq_i32x8 far = liq_i32x8_all(LIQ_SCREEN_FAR);
    const liq_i32x8 eighth = (LIQ_AS_I32X8(verdicts.reach) >> LIQ_SCREEN_EIGHTH_SHIFT) -
                             liq_i32x8_all(LIQ_SCREEN_EIGHTH_BELOW);
    const liq_i32x8 least = eighth & ~(eighth < liq_i32x8_all(0));
    const liq_i32x8 is_far = least > far;
    const liq_i32x8 bucket = (is_far & far) | (~is_far & least);
    const liq_i32x8 code = (bucket << (liq_i32)LIQ_SCREEN_CODE_SHIFT) | verdicts.status;

    return LIQ_BYTES_I32X8((code | ~verdicts.sure) & liq_i32x8_all(LIQ_SCREEN_CODE_DOUBT));
}

#endif

#endif
