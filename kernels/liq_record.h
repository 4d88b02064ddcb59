/*
 * Records that cross the bus. No padding, sizes pinned, reserved words named.
 *
 * Units. A fine unit of an asset is 10^-value_decimals of it, the unit of lot values. A rate
 * counts 10^-r with r = decimals + 16 - value_decimals, so that fine units x rate are
 * grains of the asset, 10^-(decimals + 16).
 */
#ifndef LIQ_RECORD_H
#define LIQ_RECORD_H

#include "liq_wide.h"

/* An entry of a margin row is (tag, quantity, value); the tag holds kind and index. */
#define LIQ_TAG_INDEX_BITS 28
#define LIQ_TAG_INDEX_MAX 0x0fffffffu

#define LIQ_ENTRY_POSITION 0u /* instrument; signed lots; lot value at entry */
#define LIQ_ENTRY_ORDER 1u    /* instrument; signed lots; lot value at the limit price */
#define LIQ_ENTRY_EXPOSURE_MAX                                                                     \
    2u /* instrument; lots long, lots short if all orders of a side fill */
#define LIQ_ENTRY_EXPOSURE_SUM 3u /* the same for an account that holds both legs */
#define LIQ_ENTRY_BALANCE 4u      /* asset; amount, weighted; closes the asset's segment */
#define LIQ_ENTRY_MARGIN 5u /* asset; amount of isolated margin, full weight; closes likewise */

typedef struct liq_instrument_record {
    liq_i64 value_floor; /* value of one lot at the mark, rounded down; inverse: negative */
    liq_i64 value_ceil;  /* the same, rounded up */
    liq_u32 asset_index; /* settle asset */
    liq_u32 flags;       /* LIQ_INSTRUMENT_* */
    liq_u32 tier_first;
    liq_u32 tier_count; /* at least 1 */
    /* What nearly every position asks for lies in the same cache line. */
    liq_u64 lot_size;        /* size of one lot's value at the mark, rounded up as notional is */
    liq_i64 lowest_end_lots; /* sizes below are in the first tier, which deducts nothing; or 0 */
    liq_i64 lowest_maintenance_rate; /* of the first tier */
    liq_i64 lowest_initial_rate;
} liq_instrument_record;
LIQ_STATIC_ASSERT(sizeof(liq_instrument_record) == 64, instrument_record_size);

#define LIQ_INSTRUMENT_NO_MARK 1u        /* there is no mark price */
#define LIQ_INSTRUMENT_MARK_RANGE 2u     /* a lot's value at the mark is past LIQ_LOT_VALUE_MAX */
#define LIQ_INSTRUMENT_CONTINUOUS 4u     /* tiers by deduction: what is added on top is marginal */
#define LIQ_INSTRUMENT_LINEAR_IN_SIZE 8u /* rates grow with the size, see the slopes */
#define LIQ_INSTRUMENT_OPTION_FLAG 16u   /* no tier tells what it needs */

typedef struct liq_tier_record {
    liq_i64 floor_lots;        /* the tier holds for sizes from here on */
    liq_i64 maintenance_rate;  /* 10^-r; linear in size: 10^-(r+6) at size zero */
    liq_i64 initial_rate;      /* likewise */
    liq_i64 maintenance_slope; /* 10^-(r+6+power) for each lot */
    liq_i64 initial_slope;
    liq_wide deduction;              /* grains of the settle asset */
    liq_u32 maintenance_slope_power; /* 0 .. 18 */
    liq_u32 initial_slope_power;
} liq_tier_record;
LIQ_STATIC_ASSERT(sizeof(liq_tier_record) == 64, tier_record_size);

typedef struct liq_asset_record {
    liq_i64 exchange_rate;   /* 10^-12 cash units for one unit of the asset; 0: no index price */
    liq_u64 grains_per_fine; /* 10^r */
    liq_wide fine_max;       /* largest sum of fine units whose grains stay below 2^63 units */
    liq_u32 slice_first;
    liq_u32 slice_count; /* at least 1 */
    liq_u32 flags;       /* LIQ_ASSET_* */
    liq_u32 reserved_zero;
} liq_asset_record;
LIQ_STATIC_ASSERT(sizeof(liq_asset_record) == 48, asset_record_size);

#define LIQ_ASSET_MARGIN_CURRENCY                                                                  \
    1u /* its grains are cash grains: nothing is rounded on the way                                \
        */

/* A slice of an asset's collateral weights: amounts from the slice before up to here. */
typedef struct liq_slice_record {
    liq_i64 up_to;  /* units; the last slice: LIQ_I64_MAX */
    liq_i64 weight; /* 10^-4 */
} liq_slice_record;
LIQ_STATIC_ASSERT(sizeof(liq_slice_record) == 16, slice_record_size);

/* A trigger: met when equity x equity_factor < (or <=) maintenance x requirement_factor. */
typedef struct liq_level_record {
    liq_u32 equity_factor; /* 0: the venue has no such level */
    liq_u32 requirement_factor;
    liq_u32 inclusive; /* 1: <=, 0: < */
    liq_u32 reserved_zero;
} liq_level_record;
LIQ_STATIC_ASSERT(sizeof(liq_level_record) == 16, level_record_size);

/* Status of a margin account, in rising severity. The numbers are pinned: results store them. */
#define LIQ_ROW_OK 0u
#define LIQ_ROW_WARNING 1u
#define LIQ_ROW_REDUCE_ONLY 2u
#define LIQ_ROW_LIQUIDATE 3u
#define LIQ_ROW_BACKSTOP 4u
#define LIQ_ROW_BANKRUPT 5u
#define LIQ_ROW_UNVALUED 6u

#define LIQ_LEVELS 4u /* warning, reduce_only, liquidate, backstop */

typedef struct liq_policy_record {
    liq_level_record levels[LIQ_LEVELS]; /* level i leads to status i + 1 */
    liq_u32 flags;                       /* LIQ_POLICY_* */
    liq_u32 reserved_zero[3];
} liq_policy_record;
LIQ_STATIC_ASSERT(sizeof(liq_policy_record) == 80, policy_record_size);

#define LIQ_POLICY_PNL_IS_COLLATERAL 1u /* unrealised PnL joins the balance before the haircut */
#define LIQ_POLICY_ORDER_MARGIN 2u      /* initial margin covers open orders */
#define LIQ_POLICY_ORDER_TIER 4u        /* open orders count for the tier of a position */

/* Why a margin account has no value. The numbers are pinned. */
#define LIQ_REASON_NONE 0u
#define LIQ_REASON_NO_MARK 1u        /* index: instrument */
#define LIQ_REASON_MARK_RANGE 2u     /* index: instrument */
#define LIQ_REASON_RATE_RANGE 3u     /* index: instrument */
#define LIQ_REASON_NO_INDEX 4u       /* index: asset */
#define LIQ_REASON_BALANCE 5u        /* index: asset; its cash value overflows */
#define LIQ_REASON_PNL 6u            /* index: asset */
#define LIQ_REASON_NOTIONAL 7u       /* index: asset, or LIQ_NO_INDEX for the account's sum */
#define LIQ_REASON_MAINTENANCE 8u    /* likewise */
#define LIQ_REASON_INITIAL 9u        /* likewise */
#define LIQ_REASON_EQUITY 10u        /* the account's sum */
#define LIQ_REASON_PORTFOLIO 11u     /* portfolio margin, for which the venue has no rule */
#define LIQ_REASON_NO_GRID 12u       /* index: instrument; its underlying has no scenarios */
#define LIQ_REASON_NO_VOLATILITY 13u /* index: instrument; an option without one */
#define LIQ_REASON_SCENARIO 14u /* index: instrument, or LIQ_NO_INDEX for a sum of the account */
#define LIQ_REASON_OPTION 15u   /* index: instrument; an option outside portfolio margin */
#define LIQ_REASON_WHOLE 16u    /* portfolio margin, where a row has to be taken apart */

/* A stretch of legs of a long row; the last one of a segment closes it with the asset's own entry.
 */
typedef struct liq_chunk_record {
    liq_u32 entry_first;
    liq_u32 leg_count; /* 0 .. LIQ_CHUNK_ENTRIES */
    liq_u32 close_tag; /* tag of the closing entry, or LIQ_NO_INDEX */
    liq_u32 reserved_zero;
    liq_i64 close_amount;
} liq_chunk_record;
LIQ_STATIC_ASSERT(sizeof(liq_chunk_record) == 24, chunk_record_size);

typedef struct liq_long_row_record {
    liq_u32 chunk_first;
    liq_u32 chunk_count;
    liq_u32 result_index; /* of the row, in the results of its block */
    liq_u32 reserved_zero;
} liq_long_row_record;
LIQ_STATIC_ASSERT(sizeof(liq_long_row_record) == 16, long_row_record_size);

/* Rows of a slice: the height of a slice and the size of a work-group. */
#define LIQ_SLICE_ROWS 64u

/* Legs of a chunk of a long row. */
#define LIQ_CHUNK_ENTRIES 256u

/* What the scan says of one margin account; amounts in cash units, all zero when unvalued. */
typedef struct liq_row_record {
    liq_i64 equity;      /* rounded down */
    liq_i64 maintenance; /* rounded up */
    liq_i64 initial;     /* rounded up */
    liq_i64 notional;    /* rounded up */
    liq_u32 status;      /* LIQ_ROW_* */
    liq_u32 reason;      /* LIQ_REASON_* */
    liq_u32 reason_index;
    liq_u32 reserved_zero;
} liq_row_record;
LIQ_STATIC_ASSERT(sizeof(liq_row_record) == 48, row_record_size);

#endif
