/*
 * What a compiler reads in a record, field by field. Host and device run this text over the same
 * bytes: equal words mean equal layout, byte order and integer width.
 */
#ifndef LIQ_PROBE_H
#define LIQ_PROBE_H

#include "liq_sum.h"

#define LIQ_PROBE_WORDS 64

typedef struct liq_probe_records {
    liq_instrument_record instrument;
    liq_tier_record tier;
    liq_asset_record asset;
    liq_slice_record slice;
    liq_divisor divisor;
    liq_policy_record policy;
    liq_chunk_record chunk;
    liq_long_row_record long_row;
    liq_leg_sum leg_sum;
    liq_row_record row;
} liq_probe_records;
LIQ_STATIC_ASSERT(sizeof(liq_probe_records) == 480, probe_records_size);

/* Write the fields in order. @return how many words were written, at most LIQ_PROBE_WORDS */
static inline liq_u32 liq_probe_write(LIQ_GLOBAL const liq_probe_records *in,
                                      LIQ_GLOBAL liq_u64 *words)
{
    liq_u32 n = 0;
    liq_u32 i;

    words[n++] = (liq_u64)in->instrument.value_floor;
    words[n++] = (liq_u64)in->instrument.value_ceil;
    words[n++] = in->instrument.asset_index;
    words[n++] = in->instrument.flags;
    words[n++] = in->instrument.tier_first;
    words[n++] = in->instrument.tier_count;
    words[n++] = (liq_u64)in->instrument.lowest_end_lots;
    words[n++] = (liq_u64)in->instrument.lowest_maintenance_rate;
    words[n++] = (liq_u64)in->instrument.lowest_initial_rate;
    words[n++] = in->instrument.lot_size;
    words[n++] = (liq_u64)in->tier.floor_lots;
    words[n++] = (liq_u64)in->tier.maintenance_rate;
    words[n++] = (liq_u64)in->tier.initial_rate;
    words[n++] = (liq_u64)in->tier.maintenance_slope;
    words[n++] = (liq_u64)in->tier.initial_slope;
    words[n++] = in->tier.deduction.low;
    words[n++] = in->tier.deduction.high;
    words[n++] = in->tier.maintenance_slope_power;
    words[n++] = in->tier.initial_slope_power;
    words[n++] = (liq_u64)in->asset.exchange_rate;
    words[n++] = in->asset.grains_per_fine;
    words[n++] = in->asset.fine_max.low;
    words[n++] = in->asset.fine_max.high;
    words[n++] = in->asset.slice_first;
    words[n++] = in->asset.slice_count;
    words[n++] = in->asset.flags;
    words[n++] = (liq_u64)in->slice.up_to;
    words[n++] = (liq_u64)in->slice.weight;
    words[n++] = in->divisor.divisor;
    words[n++] = in->divisor.reciprocal;
    words[n++] = in->divisor.shift;
    for (i = 0; i < LIQ_LEVELS; i++) {
        words[n++] = in->policy.levels[i].equity_factor;
        words[n++] = in->policy.levels[i].requirement_factor;
        words[n++] = in->policy.levels[i].inclusive;
    }
    words[n++] = in->policy.flags;
    words[n++] = in->chunk.entry_first;
    words[n++] = in->chunk.leg_count;
    words[n++] = in->chunk.close_tag;
    words[n++] = (liq_u64)in->chunk.close_amount;
    words[n++] = in->long_row.chunk_first;
    words[n++] = in->long_row.chunk_count;
    words[n++] = in->long_row.result_index;
    words[n++] = in->leg_sum.pnl.low;
    words[n++] = in->leg_sum.initial.high;
    words[n++] = in->leg_sum.positions;
    words[n++] = in->leg_sum.reason;
    words[n++] = in->leg_sum.reason_index;
    words[n++] = (liq_u64)in->row.equity;
    words[n++] = (liq_u64)in->row.maintenance;
    words[n++] = (liq_u64)in->row.initial;
    words[n++] = (liq_u64)in->row.notional;
    words[n++] = in->row.status;
    words[n++] = in->row.reason;
    words[n++] = in->row.reason_index;
    return n;
}

#endif
