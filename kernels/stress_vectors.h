/*
 * Scenarios of a stress side by side: how many, and in which words.
 */
#ifndef LIQ_STRESS_VECTORS_H
#define LIQ_STRESS_VECTORS_H

#include "liq_record.h"

#if LIQ_DEVICE
#pragma OPENCL FP_CONTRACT OFF
#endif

#define LIQ_STRESS_TILE 64u  /* scenarios of a tile */
#define LIQ_STRESS_STRIP 32u /* of them: what a mark has a bit for */
#define LIQ_STRESS_BLOCK 64u /* slots of a work-item, or of a group of lanes */

typedef struct liq_stress_entry {
    liq_u32 price;    /* which */
    liq_f32 amount;   /* of it, in equity */
    liq_f32 required; /* of it, in maintenance */
} liq_stress_entry;
LIQ_STATIC_ASSERT(sizeof(liq_stress_entry) == 12, stress_entry_size);

/* A lane of a GPU takes one scenario, a thread of a CPU eight at a time. */
#if LIQ_DEVICE && defined(LIQ_ITEM_SLOTS)
#if LIQ_ITEM_SLOTS == 1
#define LIQ_STRESS_LANES 1u
#endif
#endif
#ifndef LIQ_STRESS_LANES
#define LIQ_STRESS_LANES 8u
#endif

#if LIQ_STRESS_LANES == 1u
typedef liq_f32 liq_stress_floats;
typedef liq_i32 liq_stress_ints;
#define LIQ_STRESS_FLOATS(value) (value)
#define LIQ_STRESS_INTS(value) (value)
#define LIQ_STRESS_MASK(condition) (-(condition))
#define LIQ_STRESS_KEEP(value, mask) as_float(as_int(value) & (mask))
#define LIQ_STRESS_VECTORS 1u
#else
typedef liq_f32x8 liq_stress_floats;
typedef liq_i32x8 liq_stress_ints;
#define LIQ_STRESS_FLOATS(v) LIQ_F32X8(v, v, v, v, v, v, v, v)
#define LIQ_STRESS_INTS(v) LIQ_I32X8(v, v, v, v, v, v, v, v)
#define LIQ_STRESS_MASK(condition) (condition)
#define LIQ_STRESS_KEEP(value, mask) LIQ_AS_F32X8(LIQ_AS_I32X8(value) & (mask))
#define LIQ_STRESS_VECTORS 4u
#endif

/* Vectors of a tile; a slot's sums are kept for LIQ_STRESS_VECTORS of them at a time. */
#define LIQ_STRESS_TILE_VECTORS (LIQ_STRESS_TILE / LIQ_STRESS_LANES)

#endif
