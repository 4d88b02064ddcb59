/*
 * One group puts the chunks of one side together and finds the next digit of its cuts. For groups
 * of any size.
 *
 * Read per side: 12 bytes per chunk, digit and cut that looks for one; written: four
 * liq_cut_record, at the side's own index.
 */
#include "liq_select.h"

/* Step a cut into the digit whose stretch of shares holds what it looks for. */
static inline liq_cut_record cut_step(liq_cut_record cut, uint pass, __local const liq_wide *sums,
                                      __local const uint *counts)
{
    liq_wide before = liq_wide_make(0, 0);
    uint digit;

    if (cut.found)
        return cut;
    for (digit = 0; digit + 1 < LIQ_DIGITS; digit++) {
        const liq_wide with = liq_wide_add(before, sums[digit]);

        if (liq_wide_less(cut.rest, with))
            break;
        before = with;
    }
    cut.rest = liq_wide_subtract(cut.rest, before);
    cut = liq_select_extend(cut, pass, digit);
    cut.found = counts[digit] == 1;
    return cut;
}

/* What each cut of a side looks for, now that the weight of all is known. */
static inline void side_start(liq_cut_record *cuts, __local const liq_wide *sums)
{
    liq_wide whole = liq_wide_make(0, 0);
    uint i;

    for (i = 0; i < LIQ_DIGITS; i++)
        whole = liq_wide_add(whole, sums[i]);
    for (i = 0; i < LIQ_CUTS; i++) {
        cuts[i].rest = liq_fifths_floor(whole, i + 1);
        if (whole.low == 0 && whole.high == 0)
            cuts[i] = liq_cut_none();
    }
}

__kernel void adl_select(const uint side_count, const uint pass, __global const uint *side_chunks,
                         __global const ulong *sums, __global const uint *counts,
                         __global liq_cut_record *cuts)
{
    __local liq_wide side_sums[LIQ_DIGITS];
    __local uint side_counts[LIQ_DIGITS];
    const uint side = (uint)get_group_id(0);
    const uint item = (uint)get_local_id(0);
    const uint items = (uint)get_local_size(0);
    liq_cut_record own[LIQ_CUTS];
    uint sources[LIQ_CUTS];
    uint digit;
    uint chunk;
    uint i;
    uint k;

    if (side >= side_count)
        return;
    for (k = 0; k < LIQ_CUTS; k++)
        own[k] = cuts[side * LIQ_CUTS + k];
    for (k = 0; k < LIQ_CUTS; k++)
        sources[k] = liq_select_source(own, k);
    /* Nobody writes a cut before all have read them. */
    barrier(CLK_GLOBAL_MEM_FENCE | CLK_LOCAL_MEM_FENCE);
    for (k = 0; k < LIQ_CUTS; k++) {
        if (sources[k] != k)
            continue;
        for (digit = item; digit < LIQ_DIGITS; digit += items) {
            liq_wide sum = liq_wide_make(0, 0);
            uint count = 0;

            for (chunk = side_chunks[side]; chunk < side_chunks[side + 1]; chunk++) {
                const ulong at = ((ulong)chunk * LIQ_CUTS + k) * LIQ_DIGITS + digit;

                sum = liq_wide_add(sum, liq_wide_make(0, sums[at]));
                count += counts[at];
            }
            side_sums[digit] = sum;
            side_counts[digit] = count;
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        if (pass == 0 && item == 0)
            side_start(own, side_sums);
        for (i = k; item == 0 && i < LIQ_CUTS; i++)
            if (sources[i] == k)
                cuts[side * LIQ_CUTS + i] = cut_step(own[i], pass, side_sums, side_counts);
        barrier(CLK_LOCAL_MEM_FENCE);
    }
}
