/*
 * The rule of portfolio margin as a venue states it: grids of scenarios by underlying, what gains
 * count, and what is charged beside the scenarios. Venues' grids ship as JSON files that a person
 * can read and copy (host/policy/grids); venue.json names one or holds one of its own.
 */
#ifndef LIQ_POLICY_PORTFOLIO_POLICY_H
#define LIQ_POLICY_PORTFOLIO_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/json.h"
#include "base/names.h"

enum {
    LIQ_PORTFOLIO_GRIDS_MAX = 256,
    LIQ_PORTFOLIO_CHARGE_TIERS_MAX = 16,
    LIQ_PORTFOLIO_GRID_SCENARIOS_MAX = 64,
    LIQ_PORTFOLIO_CHARGE_KINDS = 2 /* contingency, minimum: as kernels/liq_portfolio.h */
};

/* Moves of price and volatility; all count 10^-6. */
typedef struct liq_portfolio_scenario {
    int64_t price_ppm;      /* of the price, above -10^6 and at most 10^8 */
    int64_t volatility_ppm; /* of the volatility, -10^6 .. 10^8 */
    int64_t cover_ppm;      /* share of the PnL that counts, 1 .. 10^6 */
} liq_portfolio_scenario;

/* A slice of a charge: from the slice before up to here. */
typedef struct liq_portfolio_charge_tier {
    liq_decimal up_to; /* margin currency; of the last slice nothing */
    uint64_t multiplier_ppm;
} liq_portfolio_charge_tier;

/* What is charged beside the scenarios; shares of the value of the underlying, 0 .. 10^6. */
typedef struct liq_portfolio_charge {
    uint32_t future_ppm;       /* of each contract that is no option */
    uint32_t option_ppm;       /* of each option */
    uint32_t short_option_ppm; /* of each option that is held short, besides */
    uint32_t net_delta_ppm;    /* of what is left when long and short deltas are set off */
    uint32_t hedged_delta_ppm; /* of what is set off */
    uint32_t tier_count;       /* 0: as it is */
    liq_portfolio_charge_tier tiers[LIQ_PORTFOLIO_CHARGE_TIERS_MAX];
} liq_portfolio_charge;

typedef struct liq_portfolio_grid {
    uint32_t class_index; /* grids of one class have the same number of scenarios */
    bool is_shared;       /* its underlyings are one class; else each is one of its own */
    uint32_t scenario_count;
    liq_portfolio_scenario scenarios[LIQ_PORTFOLIO_GRID_SCENARIOS_MAX];
    uint32_t gain_share_ppm;
    /* How a move of volatility grows towards expiry: x (30 / days)^power. */
    double power_short; /* below 30 days */
    double power_long;
    double days_least;          /* what is nearer than so many days counts as so near */
    double volatility_up_least; /* a move up ends there at least */
    liq_portfolio_charge charges[LIQ_PORTFOLIO_CHARGE_KINDS];
} liq_portfolio_grid;

typedef struct liq_portfolio_policy {
    liq_names *underlyings; /* bases that grids name */
    uint32_t *grid_of;      /* by underlying */
    size_t grid_of_capacity;
    liq_portfolio_grid *grids;
    uint32_t grid_count; /* 0: the venue has no portfolio margin */
    uint32_t other_grid; /* of underlyings that no grid names; UINT32_MAX: they have none */
    uint32_t class_count;
    uint64_t maintenance_ppm; /* of what the classes need */
    uint64_t initial_ppm;
} liq_portfolio_policy;

/**
 * Read the member "portfolio" of venue.json.
 * @param value  the name of a shipped rule, such as "deribit", or an object like those
 * @return LIQ_OK, LIQ_NOT_FOUND (no such rule, the message lists them), LIQ_BAD_INPUT,
 * LIQ_DUPLICATE, LIQ_OUT_OF_RANGE or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_portfolio_policy_read(liq_portfolio_policy *out, const liq_json *json,
                                                  const liq_json_value *value, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_portfolio_policy_clear(liq_portfolio_policy *policy);

/** The grid of an underlying, or NULL. */
const liq_portfolio_grid *liq_portfolio_grid_of(const liq_portfolio_policy *policy,
                                                const char *base);

#endif
