/*
 * Dynamic margin as data: what an instrument's maintenance and initial rates are multiplied with,
 * and how fast that may change, as the object "dynamic_margin" of a policy. Without it rates stay
 * what the tier table says.
 */
#ifndef LIQ_POLICY_POLICY_DYNAMIC_H
#define LIQ_POLICY_POLICY_DYNAMIC_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/json.h"

/* Parts per million. */
enum { LIQ_FACTOR_ONE = 1000000, LIQ_FACTOR_PPM_MAX = 100000000, LIQ_FACTOR_SOURCES = 4 };

/* What a factor comes from. */
typedef enum liq_factor_source {
    LIQ_FACTOR_REALISED = 0,      /* realised volatility over a reference */
    LIQ_FACTOR_IMPLIED = 1,       /* the volatility that the venue gives over a reference */
    LIQ_FACTOR_INTEREST = 2,      /* open interest between two caps (dYdX) */
    LIQ_FACTOR_CONCENTRATION = 3, /* open interest over the depth near the mark */
} liq_factor_source;

/* The rates that a source speaks of. */
typedef enum liq_factor_rates {
    LIQ_FACTOR_OF_BOTH = 0,
    LIQ_FACTOR_OF_MAINTENANCE = 1,
    LIQ_FACTOR_OF_INITIAL = 2
} liq_factor_rates;

typedef struct liq_dynamic_policy {
    bool is_on; /* false: nothing below holds */
    bool uses[LIQ_FACTOR_SOURCES];
    liq_factor_rates rates[LIQ_FACTOR_SOURCES];
    uint32_t least_ppm;     /* factors are never below */
    uint32_t most_ppm;      /* nor above */
    uint32_t grid_ppm;      /* factors are multiples of it, rounded up, unless a bound is nearer */
    uint32_t step_ppm;      /* of one change at most */
    int64_t interval_ms;    /* from one change of an instrument to its next at least */
    int64_t raise_after_ms; /* what asks for more has done so for so long */
    int64_t lower_after_ms;
    int64_t notice_ms;               /* from telling a change to its taking effect */
    int64_t half_life_ms;            /* of realised volatility */
    int64_t sample_ms;               /* marks nearer to each other make no return */
    uint32_t realised_reference_ppm; /* volatility of a year that asks for a factor of one */
    uint32_t implied_reference_ppm;
    liq_decimal lower_cap; /* open interest, in the settle asset at the mark */
    liq_decimal upper_cap;
    uint32_t depth_within_ppm; /* of the mark, on either side; the thinner side counts */
    uint32_t ratio_lower_ppm;  /* open interest over depth up to which the factor is one */
    uint32_t ratio_upper_ppm;  /* and from which it is the top */
    uint32_t ratio_top_ppm;
} liq_dynamic_policy;

/* What an instrument says itself; zero: as its venue. */
typedef struct liq_dynamic_own {
    uint32_t realised_reference_ppm;
    uint32_t implied_reference_ppm;
    liq_decimal lower_cap;
    liq_decimal upper_cap;
} liq_dynamic_own;

/**
 * Read the rules.
 * @param value  an object; NULL: off
 * @return LIQ_OK, LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_dynamic_policy_read(liq_dynamic_policy *out, const liq_json *json,
                                                const liq_json_value *value, liq_error *err);

/** Read what an instrument says itself. @param value  an object; NULL: nothing */
LIQ_MUST_USE liq_status liq_dynamic_own_read(liq_dynamic_own *out, const liq_json *json,
                                             const liq_json_value *value, liq_error *err);

/** Name of a source as JSON spells it: "realised_volatility", "implied_volatility",
 * "open_interest", "concentration". */
const char *liq_factor_source_name(liq_factor_source source);

#endif
