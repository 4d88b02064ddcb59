/*
 * A slice of the screen on a processor that has vectors: eight rows are looked at side by side
 * (liq_glance.h), and who is left over is screened and judged eight at a time (liq_screen_lanes.h).
 * Codes are bit for bit those of one row alone. Nobody can guess which rows are left over, so they
 * are picked from a word of bits: a branch for each would cost more than all sums.
 */
#ifndef LIQ_GLANCE_LANES_H
#define LIQ_GLANCE_LANES_H

#include "liq_glance.h"
#include "liq_screen_lanes.h"

#if LIQ_HAS_LANES

/* What a pass reads. */
typedef struct liq_glance_tables {
    LIQ_GLOBAL const liq_f32x2 *pairs;
    LIQ_GLOBAL const liq_f32x8 *cells;
    liq_screen_terms terms;
} liq_glance_tables;

/* A slice: LIQ_SLICE_ROWS rows in groups of LIQ_SCREEN_GROUP. */
typedef struct liq_glance_slice {
    LIQ_GLOBAL const liq_u16 *cells;
    LIQ_GLOBAL const liq_f32 *amounts;
    LIQ_GLOBAL const liq_f32 *offsets;
    liq_u32 length; /* entries of each row */
    liq_u32 reserved_zero;
} liq_glance_slice;

#if LIQ_DEVICE
typedef float16 liq_f32x16;
#define LIQ_F32X16_ZERO ((float16)(0.0f))
#else
typedef liq_f32 liq_f32x16 __attribute__((vector_size(64)));
#define LIQ_F32X16_ZERO ((liq_f32x16){0.0f})
#endif

/* WORTH and COST of each of eight entries. Where a processor can gather, it is asked to. */
#if LIQ_DEVICE && defined(__AVX512F__)
typedef int liq_gather_index __attribute__((vector_size(32)));
typedef long liq_gather_words __attribute__((vector_size(64)));

LIQ_INLINE liq_f32x16 liq_glance_gather(LIQ_GLOBAL const liq_f32x2 *pairs,
                                        LIQ_GLOBAL const liq_u16 *cells, liq_f32x8 amounts)
{
    const int8 places =
        __builtin_convertvector(vload8(0, cells), int8) * 2 + as_int8(as_uint8(amounts) >> 31u);

    return as_float16(__builtin_ia32_gathersiv8di(
        (liq_gather_words){0, 0, 0, 0, 0, 0, 0, 0}, (const void *)(ulong)pairs,
        __builtin_astype(places, liq_gather_index), (char)-1, 8));
}
#else
LIQ_INLINE liq_f32x16 liq_glance_gather(LIQ_GLOBAL const liq_f32x2 *pairs,
                                        LIQ_GLOBAL const liq_u16 *cells, liq_f32x8 amounts)
{
    const liq_i32x8 below = LIQ_AS_I32X8(amounts) < liq_i32x8_all(0);
#define LIQ_PAIR(lane) pairs[cells[lane] * LIQ_GLANCE_SIDES - (liq_u32)LIQ_LANE(below, lane)]
    const liq_f32x2 a = LIQ_PAIR(0);
    const liq_f32x2 b = LIQ_PAIR(1);
    const liq_f32x2 c = LIQ_PAIR(2);
    const liq_f32x2 d = LIQ_PAIR(3);
    const liq_f32x2 e = LIQ_PAIR(4);
    const liq_f32x2 f = LIQ_PAIR(5);
    const liq_f32x2 g = LIQ_PAIR(6);
    const liq_f32x2 h = LIQ_PAIR(7);
#undef LIQ_PAIR

#if LIQ_DEVICE
    return (float16)(a, b, c, d, e, f, g, h);
#else
    return (liq_f32x16){a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1],
                        e[0], e[1], f[0], f[1], g[0], g[1], h[0], h[1]};
#endif
}
#endif

/* liq_glance_code of eight rows; a byte of ones where one must be screened. */
LIQ_INLINE liq_u8x8 liq_glance_eight(liq_f32x16 sums, liq_f32x8 offsets, liq_u32 entries,
                                     liq_screen_terms terms)
{
    const liq_f32x8 worth = __builtin_shufflevector(sums, sums, 0, 2, 4, 6, 8, 10, 12, 14);
    const liq_f32x8 cost = __builtin_shufflevector(sums, sums, 1, 3, 5, 7, 9, 11, 13, 15);
    const liq_f32x8 horizon = liq_f32x8_all(LIQ_SCREEN_HORIZON);
    const liq_f32 error = LIQ_SCREEN_ERROR(entries);
    const liq_f32x8 bulk =
        liq_screen_choose(offsets < liq_f32x8_all(0.0f), -offsets, offsets) + cost;
    const liq_f32x8 spare =
        offsets + worth - liq_f32x8_all(error) * bulk - liq_f32x8_all(terms.highest_allowance);
    const liq_f32x8 share =
        spare * liq_f32x8_all(1.0f - 0x1p-16f) / (cost * liq_f32x8_all(1.0f + error));
    liq_screen_lane_verdicts verdicts;

    verdicts.reach = liq_screen_choose(share < horizon, share, horizon);
    verdicts.status = liq_i32x8_all((liq_i32)LIQ_ROW_OK);
    verdicts.sure = (spare > liq_f32x8_all(0.0f)) & (bulk < liq_f32x8_all(terms.bulk_max)) &
                    (verdicts.reach >= liq_f32x8_all(LIQ_GLANCE_LEAST));
    return liq_screen_lane_codes(verdicts);
}

/* The rows of a group; codes are written. @return  a bit for each that must be screened */
LIQ_INLINE liq_u64 liq_glance_group(const liq_glance_tables *tables, const liq_glance_slice *slice,
                                    liq_u32 group, LIQ_GLOBAL liq_u8 *codes)
{
    const liq_u32 first = group * LIQ_SCREEN_GROUP;
    liq_u32 at = first * slice->length;
    liq_f32x16 sums = LIQ_F32X16_ZERO;
    liq_u8x8 out;
    liq_u64 doubts;
    liq_u32 left;

    for (left = slice->length; left > 0; left--, at += LIQ_SCREEN_GROUP) {
        const liq_f32x8 amounts = LIQ_F32X8_LOAD(&slice->amounts[at]);
        const liq_f32x8 sizes = LIQ_AS_F32X8(LIQ_AS_I32X8(amounts) & liq_i32x8_all(0x7fffffff));

        sums +=
            liq_glance_gather(tables->pairs, &slice->cells[at], amounts) *
            __builtin_shufflevector(sizes, sizes, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
    }
    out = liq_glance_eight(sums, LIQ_F32X8_LOAD(&slice->offsets[first]), slice->length,
                           tables->terms);
    LIQ_U8X8_STORE(&codes[first], out);
    /* Only a byte of ones has its lowest two bits set; one bit of each byte is moved to the top. */
    doubts = LIQ_U8X8_WORD(out);
    doubts = doubts & (doubts >> 1) & 0x0101010101010101u;
    return (doubts * 0x0102040810204080u) >> 56;
}

/* The sums of a row for the screen. */
LIQ_INLINE liq_f32x8 liq_glance_row(const liq_glance_tables *tables, const liq_glance_slice *slice,
                                    liq_u32 lane)
{
    liq_u32 at =
        lane / LIQ_SCREEN_GROUP * LIQ_SCREEN_GROUP * slice->length + lane % LIQ_SCREEN_GROUP;
    liq_screen_adder adder = liq_screen_begin();
    liq_u32 left;

    for (left = slice->length; left > 0; left--, at += LIQ_SCREEN_GROUP)
        liq_screen_add(&adder, &tables->cells[slice->cells[at]], slice->amounts[at]);
    return liq_screen_row_of(&adder);
}

/* Screen up to eight of the rows that bits name, from the lowest on. @return  the other bits */
LIQ_INLINE liq_u64 liq_glance_screen(const liq_glance_tables *tables, const liq_glance_slice *slice,
                                     liq_u64 bits, LIQ_GLOBAL liq_u8 *codes)
{
    liq_f32x8 rows[LIQ_SCREEN_LANES];
    liq_f32 offsets[LIQ_SCREEN_LANES] = {0.0f};
    liq_u32 lanes[LIQ_SCREEN_LANES];
    liq_u64 told;
    liq_f32x8 eight;
    liq_u32 count = 0;
    liq_u32 i;

    for (i = 0; i < LIQ_SCREEN_LANES; i++)
        rows[i] = liq_f32x8_all(0.0f);
    for (; bits != 0 && count < LIQ_SCREEN_LANES; bits &= bits - 1) {
        lanes[count] = 63u - liq_leading_zeros(bits & -bits);
        offsets[count] = slice->offsets[lanes[count]];
        rows[count] = liq_glance_row(tables, slice, lanes[count]);
        count++;
    }
    eight = LIQ_F32X8(offsets[0], offsets[1], offsets[2], offsets[3], offsets[4], offsets[5],
                      offsets[6], offsets[7]);
    told = LIQ_U8X8_WORD(liq_screen_lane_codes(
        liq_screen_lane_judge(liq_screen_turn(rows, eight), eight,
                              liq_f32x8_all(LIQ_SCREEN_ERROR(slice->length)), tables->terms)));
    for (i = 0; i < count; i++)
        codes[lanes[i]] = (liq_u8)(told >> (8 * i));
    return bits;
}

/* The codes of a slice. */
LIQ_INLINE void liq_glance_pass(const liq_glance_tables *tables, const liq_glance_slice *slice,
                                LIQ_GLOBAL liq_u8 *codes)
{
    liq_u64 bits = 0;
    liq_u32 group;

    for (group = 0; group < LIQ_SLICE_ROWS / LIQ_SCREEN_GROUP; group++)
        bits |= liq_glance_group(tables, slice, group, codes) << (group * LIQ_SCREEN_GROUP);
    while (bits != 0)
        bits = liq_glance_screen(tables, slice, bits, codes);
}

#endif

#endif
