/*
 * How execution "sliced" closes by degrees: the object "slicing" of the rules of liquidation.
 * Whatever is left out stands as it is named here, so that a policy says only what it changes.
 */
#ifndef LIQ_POLICY_POLICY_SLICING_H
#define LIQ_POLICY_POLICY_SLICING_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/json.h"

enum { LIQ_SLICES_MAX = 10000 };

/* Rates count 10^-9. */
typedef struct liq_slicing {
    int64_t participation; /* share of the lots within the limit that a tick may take: 0.25 */
    int64_t risk_weight;   /* standard deviations that a unit of expected cost is worth: 1 */
    int64_t volatility;    /* least standard deviation of the mark over an hour, a share: 0.005 */
    int64_t urgency;       /* equity / maintenance margin at or below which all is closed: 0.33 */
    int64_t interval_ms;   /* between two slices of a margin account, 0: a slice a tick: 10,000 */
    int64_t volatility_half_life_ms; /* of what moves of the mark count for: 1,800,000 */
    int64_t slices_max;              /* after so many all is closed: 20 */
} liq_slicing;

/**
 * Read "slicing": each key from the override when it has it, else from the profile, else as above.
 * @param profile, override  values of "slicing", or NULL
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_slicing_read(liq_slicing *out, const liq_json *profile_json,
                                         const liq_json_value *profile,
                                         const liq_json *override_json,
                                         const liq_json_value *override, liq_error *err);

/** Take over what an object has in place of what is there. @return as liq_slicing_read, with out
 * perhaps changed in part */
LIQ_MUST_USE liq_status liq_slicing_change(liq_slicing *out, const liq_json *json,
                                           const liq_json_value *value, liq_error *err);

/** What holds when nothing is said. */
liq_slicing liq_slicing_default(void);

#endif
