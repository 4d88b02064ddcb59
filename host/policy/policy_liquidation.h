/*
 * How a venue liquidates: the stages that settle runs and their numbers, as the object
 * "liquidation" of a policy. A rule that a venue does not have is spelled "none" or is zero, never
 * left out.
 */
#ifndef LIQ_POLICY_POLICY_LIQUIDATION_H
#define LIQ_POLICY_POLICY_LIQUIDATION_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/json.h"
#include "policy/adl_policy.h"
#include "policy/policy_slicing.h"

/* Rates count 10^-9. */
enum { LIQ_RATE_NANO = 1000000000, LIQ_CASCADE_ROUNDS_MAX = 64 };

/* Which open orders are cancelled before anything is closed. */
typedef enum liq_cancel_rule {
    LIQ_CANCEL_NONE = 0,
    LIQ_CANCEL_CONTRACT = 1, /* those on instruments in which the account holds a position */
    LIQ_CANCEL_ALL = 2
} liq_cancel_rule;

typedef enum liq_reduction_rule {
    LIQ_REDUCTION_NONE = 0,     /* all of a position at once */
    LIQ_REDUCTION_TIERS = 1,    /* down to a lower tier, until the lowest */
    LIQ_REDUCTION_SHARE = 2,    /* a share of large accounts, the rest after a cool-down */
    LIQ_REDUCTION_MULTIPLE = 3, /* the least multiple of a share of all positions that is enough */
    LIQ_REDUCTION_SHORTAGE = 4  /* shortage / (price x (rate - fee - fund fee)) */
} liq_reduction_rule;

typedef enum liq_execution_rule {
    LIQ_EXECUTION_DEPTH = 0,      /* against the levels of the order book, which are consumed */
    LIQ_EXECUTION_MARK = 1,       /* at the mark with a cost */
    LIQ_EXECUTION_BANKRUPTCY = 2, /* no close: takeover at the bankruptcy price */
    LIQ_EXECUTION_EXTERNAL = 3,   /* the exchange closes and reports fills */
    LIQ_EXECUTION_SLICED = 4      /* as depth, by degrees: settle/slicing.h */
} liq_execution_rule;

/* The worst price of a close. */
typedef enum liq_limit_rule {
    LIQ_LIMIT_BANKRUPTCY = 0,
    LIQ_LIMIT_FILLABLE = 1 /* dYdX: between the mark and a spread, by how far margin is gone */
} liq_limit_rule;

/* How far an account must have fallen before the venue takes over what is left. */
typedef enum liq_takeover_rule {
    LIQ_TAKEOVER_FLAGGED = 0,
    LIQ_TAKEOVER_BACKSTOP = 1,
    LIQ_TAKEOVER_BANKRUPT = 2
} liq_takeover_rule;

/* When a fund stops paying and auto-deleveraging begins; its floor holds whatever the rule. */
typedef enum liq_adl_trigger {
    LIQ_ADL_ON_FLOOR = 0,
    LIQ_ADL_ON_FUND_DRAWDOWN = 1,       /* the fund against its peak of 8 hours (OKX) */
    LIQ_ADL_ON_INSTRUMENT_DRAWDOWN = 2, /* losses of the instrument against it (Bybit) */
    LIQ_ADL_ON_NEGATIVE_EQUITY = 3      /* the fund never pays (Hyperliquid) */
} liq_adl_trigger;

typedef enum liq_adl_price {
    LIQ_ADL_AT_BANKRUPTCY = 0,
    LIQ_ADL_AT_MARK = 1,
    LIQ_ADL_AT_PREVIOUS_MARK = 2
} liq_adl_price;

typedef struct liq_liquidation {
    bool is_known; /* false: the policy says nothing, and nothing can be settled */
    bool margin_call;
    bool net_pairs;
    bool mark_follows_fills;
    liq_cancel_rule cancel_orders;
    liq_reduction_rule reduction;
    liq_execution_rule execution;
    liq_limit_rule limit;
    liq_takeover_rule takeover;
    liq_adl_trigger adl_trigger;
    liq_adl_policy adl_policy;
    liq_adl_base adl_base;     /* of capped_pro_rata and risk_aware */
    liq_adl_weight adl_weight; /* of risk_aware */
    liq_adl_price adl_price;
    uint32_t reduction_tiers; /* at once from tier 3 up; below it always one */
    uint32_t cascade_rounds;  /* 0: what fills move is seen at the next tick */
    int64_t reduction_share;  /* 10^-9 */
    int64_t reduction_target; /* maintenance / equity to get under, 10^-9 */
    int64_t execution_cost;   /* share of the mark, 10^-9 */
    int64_t fund_fee;         /* 10^-9; part of the shortage formula */
    int64_t fillable_spread;  /* share of the maintenance rate, 10^-9 */
    int64_t fillable_adjustment;
    int64_t adl_position_cap; /* share of a position at most, 10^-9; 0: no cap */
    int64_t adl_base_cap;     /* share of the base at most, 10^-9; 0: no cap */
    int64_t drawdown_start;   /* 10^-9 */
    int64_t drawdown_stop;
    int64_t cooldown_ms;
    liq_slicing slicing;
    uint64_t adl_seed;           /* of random_walk */
    liq_decimal reduction_above; /* notional in the margin currency from which the share applies */
} liq_liquidation;

/**
 * Refuse keys that are no rules of liquidation.
 * @param value  an object
 */
LIQ_MUST_USE liq_status liq_liquidation_check(const liq_json *json, const liq_json_value *value,
                                              liq_error *err);

/**
 * Read rules: each from the override when it has it, else from the profile.
 * @param profile, override  objects that liq_liquidation_check has passed, or NULL; both NULL:
 * nothing is known
 * @return LIQ_OK, LIQ_BAD_INPUT (also: a rule that neither has), LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_liquidation_read(liq_liquidation *out, const liq_json *profile_json,
                                             const liq_json_value *profile,
                                             const liq_json *override_json,
                                             const liq_json_value *override, liq_error *err);

#endif
