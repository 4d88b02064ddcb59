/*
 * Where the lights of a queue change, found without sorting it.
 *
 * A queue is ordered by score descending, then by place ascending: by (order, place), where order
 * is the key turned upside down. Light k ends before the first position x whose share, the sum of
 * weights down to and with x, is past k fifths of the whole: 5 share > k whole, which for integers
 * is share > floor(k whole / 5). That x is selected digit by digit from the top, as a radix sort
 * would look at them: of the positions that agree with the digits found so far the weights are
 * summed by the next digit, and the digit is the one whose stretch of shares holds what is looked
 * for. Sums do not depend on the order in which they are made.
 */
#ifndef LIQ_SELECT_H
#define LIQ_SELECT_H

#include "liq_adl.h"

#define LIQ_CUTS 4u           /* between five lights */
#define LIQ_DIGITS 256u       /* values of a digit of 8 bits */
#define LIQ_ORDER_PASSES 8u   /* digits of an order, */
#define LIQ_SELECT_PASSES 12u /* and of a place behind it */

/* Positions of a chunk: 8192 x 10^15 lots are 8.2 x 10^18 < 2^64. */
#define LIQ_SELECT_POSITIONS 8192u
LIQ_STATIC_ASSERT(LIQ_QUANTITY_LOTS_MAX <= LIQ_I64_MAX / 8192, lots_of_a_chunk_fit_in_63_bits);

/* A stretch of places of one side. */
typedef struct liq_select_chunk_record {
    liq_u32 side;
    liq_u32 place_first;
    liq_u32 place_count; /* 1 .. LIQ_SELECT_POSITIONS */
    liq_u32 reserved_zero;
} liq_select_chunk_record;
LIQ_STATIC_ASSERT(sizeof(liq_select_chunk_record) == 16, select_chunk_record_size);

/*
 * Where a light ends: the first position that is not before (order, place). Digits that were not
 * needed to tell it from all others are zero.
 */
typedef struct liq_cut_record {
    liq_u64 order;
    liq_u32 place;
    liq_u32 found; /* 1: no digit is missing */
    liq_wide rest; /* share that is looked for, among positions with these digits */
} liq_cut_record;
LIQ_STATIC_ASSERT(sizeof(liq_cut_record) == 32, cut_record_size);

/* Keys turned upside down, so that the first of the queue is the least; unranked keys come last. */
LIQ_INLINE liq_u64 liq_select_order(liq_i64 key)
{
    return ~((liq_u64)key ^ ((liq_u64)1 << 63));
}

/* The digit of a pass; the first pass has the most significant one. */
LIQ_INLINE liq_u32 liq_select_digit(liq_u64 order, liq_u32 place, liq_u32 pass)
{
    if (pass < LIQ_ORDER_PASSES)
        return (liq_u32)(order >> (56 - 8 * pass)) & (LIQ_DIGITS - 1);
    return (place >> (24 - 8 * (pass - LIQ_ORDER_PASSES))) & (LIQ_DIGITS - 1);
}

/* Whether all digits before those of a pass are those of the cut. */
LIQ_INLINE liq_u32 liq_select_agrees(liq_cut_record cut, liq_u64 order, liq_u32 place, liq_u32 pass)
{
    if (pass == 0)
        return 1;
    if (pass <= LIQ_ORDER_PASSES)
        return (order ^ cut.order) >> (64 - 8 * pass) == 0;
    return order == cut.order && (place ^ cut.place) >> (32 - 8 * (pass - LIQ_ORDER_PASSES)) == 0;
}

/*
 * The first of a side's cuts that has the digits of this one and still looks for more: its sums
 * are those of all. LIQ_CUTS when this one is found.
 */
LIQ_INLINE liq_u32 liq_select_source(const liq_cut_record *cuts, liq_u32 at)
{
    liq_u32 i;

    if (cuts[at].found)
        return LIQ_CUTS;
    for (i = 0; i < at; i++)
        if (!cuts[i].found && cuts[i].order == cuts[at].order && cuts[i].place == cuts[at].place)
            return i;
    return at;
}

/* floor(whole x count / 5) for a whole below 2^124 and a count of 1 .. 4. */
LIQ_INLINE liq_wide liq_fifths_floor(liq_wide whole, liq_u32 count)
{
    const liq_wide product = liq_wide_scale(whole, count);
    const liq_u64 high = product.high / 5;
    const liq_u64 middle = ((product.high % 5) << 32) | (product.low >> 32);
    const liq_u64 low = ((middle % 5) << 32) | (product.low & 0xffffffffu);

    return liq_wide_make(high, ((middle / 5) << 32) + low / 5);
}

/* The cut with one digit more. */
LIQ_INLINE liq_cut_record liq_select_extend(liq_cut_record cut, liq_u32 pass, liq_u32 digit)
{
    if (pass < LIQ_ORDER_PASSES)
        cut.order |= (liq_u64)digit << (56 - 8 * pass);
    else
        cut.place |= digit << (24 - 8 * (pass - LIQ_ORDER_PASSES));
    return cut;
}

/* The cut of a side where nobody is ranked: behind everybody. */
LIQ_INLINE liq_cut_record liq_cut_none(void)
{
    liq_cut_record out;

    out.order = ~(liq_u64)0;
    out.place = ~(liq_u32)0;
    out.found = 1;
    out.rest = liq_wide_make(0, 0);
    return out;
}

/**
 * The light of a position.
 * @param cuts   the LIQ_CUTS of its side
 * @param place  counted from the first of its side
 * @return 1 .. 5, or 0 for a key that is no score
 */
LIQ_INLINE liq_u32 liq_light_of(const liq_cut_record *cuts, liq_i64 key, liq_u32 place)
{
    const liq_u64 order = liq_select_order(key);
    liq_u32 light = 1;
    liq_u32 i;

    if (key <= LIQ_SCORE_PAST_BANKRUPTCY)
        return 0;
    for (i = 0; i < LIQ_CUTS; i++)
        if (order > cuts[i].order || (order == cuts[i].order && place >= cuts[i].place))
            light += 1;
    return light;
}

#endif
