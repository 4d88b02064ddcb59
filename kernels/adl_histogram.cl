/*
 * One group sums the weights of one chunk of positions by their next digit, for each cut of their
 * side that still looks for one. For groups of any size.
 *
 * Read per position: 8 bytes, and 8 more where it agrees with a cut; written per chunk: 12 bytes
 * per digit and cut, in the order of the chunks; cuts that share their digits share the first
 * one's sums. adl_select puts the chunks of a side together.
 */
#include "liq_select.h"

#ifndef LIQ_ITEM_SLOTS
#define LIQ_ITEM_SLOTS 1u
#endif

/* Add a weight to a sum of two halves; carries are told by who made them, so order is free. */
static inline void histogram_add(__local uint *low, __local uint *high, __local uint *count,
                                 ulong weight)
{
    const uint part = (uint)weight;
#if LIQ_ITEM_SLOTS > 1
    const uint before = *low; /* the only work-item of its group */
    const uint upper = (uint)(weight >> 32) + (before + part < before ? 1 : 0);

    *low = before + part;
    *high += upper;
    *count += 1;
#else
    const uint before = atomic_add(low, part);
    const uint upper = (uint)(weight >> 32) + (before + part < before ? 1 : 0);

    if (upper != 0)
        atomic_add(high, upper);
    atomic_inc(count);
#endif
}

__kernel void adl_histogram(const uint chunk_count, const uint pass, const uint by_count,
                            __global const liq_select_chunk_record *chunks,
                            __global const uint *side_firsts, __global const long *keys,
                            __global const long *lots, __global const liq_cut_record *cuts,
                            __global ulong *sums, __global uint *counts)
{
    __local uint low[LIQ_CUTS * LIQ_DIGITS];
    __local uint high[LIQ_CUTS * LIQ_DIGITS];
    __local uint count[LIQ_CUTS * LIQ_DIGITS];
    const uint chunk_index = (uint)get_group_id(0);
    const uint item = (uint)get_local_id(0);
    const uint items = (uint)get_local_size(0);
    liq_select_chunk_record chunk;
    liq_cut_record own[LIQ_CUTS];
    uint sources[LIQ_CUTS];
    uint searching = 0;
    uint i;
    uint k;

    if (chunk_index >= chunk_count)
        return;
    chunk = chunks[chunk_index];
    for (k = 0; k < LIQ_CUTS; k++)
        own[k] = cuts[chunk.side * LIQ_CUTS + k];
    for (k = 0; k < LIQ_CUTS; k++) {
        sources[k] = liq_select_source(own, k);
        searching += sources[k] == k;
    }
    if (searching == 0)
        return;
    for (i = item; i < LIQ_CUTS * LIQ_DIGITS; i += items)
        low[i] = high[i] = count[i] = 0;
    barrier(CLK_LOCAL_MEM_FENCE);
    for (i = item; i < chunk.place_count; i += items) {
        const uint at = chunk.place_first + i;
        const long key = keys[at];
        const ulong order = liq_select_order(key);
        const uint place = at - side_firsts[chunk.side];
        const uint digit = liq_select_digit(order, place, pass);

        if (key <= LIQ_SCORE_PAST_BANKRUPTCY)
            continue;
        for (k = 0; k < LIQ_CUTS; k++)
            if (sources[k] == k && liq_select_agrees(own[k], order, place, pass))
                histogram_add(&low[k * LIQ_DIGITS + digit], &high[k * LIQ_DIGITS + digit],
                              &count[k * LIQ_DIGITS + digit], by_count ? 1 : (ulong)lots[at]);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    for (i = item; i < LIQ_CUTS * LIQ_DIGITS; i += items) {
        const ulong to = (ulong)chunk_index * (LIQ_CUTS * LIQ_DIGITS) + i;

        if (sources[i / LIQ_DIGITS] != i / LIQ_DIGITS)
            continue;
        sums[to] = (ulong)high[i] << 32 | low[i];
        counts[to] = count[i];
    }
}
