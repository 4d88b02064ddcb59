/*
 * Trigger levels: ratios as people write them, turned into factors to cross-multiply with.
 */
#ifndef LIQ_POLICY_POLICY_LEVEL_H
#define LIQ_POLICY_POLICY_LEVEL_H

#include <liqscan/status.h>

#include "base/json.h"
#include "policy/policy.h"

/** Names of the levels in rising severity, then NULL. */
extern const char *const liq_policy_level_names[LIQ_POLICY_LEVELS + 1];

/**
 * Read one level: null (the venue has none), or a comparison of the venue's ratio such as ">= 0.8"
 * (maintenance/equity, which rises towards danger) or "<= 1.05" (equity/maintenance, which falls).
 * The ratio is above 0, at most 1000, and has at most 6 decimals: factors are exact.
 */
LIQ_MUST_USE liq_status liq_policy_level_read(liq_policy_level *out, const liq_json *json,
                                              const liq_json_value *value,
                                              liq_ratio_direction ratio, liq_error *err);

/**
 * Whether each level is reached no earlier than every milder one.
 * @param severe, mild  receive the indices of two levels that contradict each other
 */
bool liq_policy_levels_ordered(const liq_policy_level *levels, uint32_t *severe, uint32_t *mild);

#endif
