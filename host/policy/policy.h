/*
 * A venue's rules as data: what a profile names and venue.json may override.
 */
#ifndef LIQ_POLICY_POLICY_H
#define LIQ_POLICY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/json.h"
#include "policy/policy_guards.h"
#include "policy/policy_dynamic.h"
#include "policy/policy_liquidation.h"

enum { LIQ_POLICY_LEVELS = 4, LIQ_PROFILE_NAME_BYTES = 32 };

/* How the rates of a tier table apply to a size. */
typedef enum liq_tier_form {
    LIQ_TIER_DEDUCTION = 0, /* N x rate - deduction (Binance, Hyperliquid) */
    LIQ_TIER_MARGINAL = 1,  /* sum over slices (Bybit): held as deductions */
    LIQ_TIER_WHOLE = 2,     /* the rate of the whole size (OKX): jumps */
    LIQ_TIER_LINEAR = 3     /* base + slope x size (Deribit) */
} liq_tier_form;

/* What a tier's floor counts. */
typedef enum liq_tier_measure {
    LIQ_TIER_BY_NOTIONAL = 0, /* value in the settle asset */
    LIQ_TIER_BY_QUANTITY = 1  /* contracts, as in positions.csv */
} liq_tier_measure;

/* The ratio that the venue shows; it decides nothing. */
typedef enum liq_ratio_direction {
    LIQ_RATIO_MAINTENANCE_OVER_EQUITY = 0,
    LIQ_RATIO_EQUITY_OVER_MAINTENANCE = 1
} liq_ratio_direction;

/* Which requirement the liquidation price of an isolated position is solved with. */
typedef enum liq_price_form {
    LIQ_PRICE_MAINTENANCE_AT_PRICE = 0, /* maintenance margin floats with the price */
    LIQ_PRICE_MAINTENANCE_AT_ENTRY = 1  /* frozen at the entry price (Bybit isolated) */
} liq_price_form;

/* How prices are shown in tables: at the instrument's tick decimals. JSON carries them in full. */
typedef enum liq_price_rounding {
    LIQ_PRICE_NEAREST = 0,
    LIQ_PRICE_TRUNCATE = 1,
    LIQ_PRICE_AGAINST_TRADER = 2 /* long up, short down: the price that is reached first */
} liq_price_rounding;

typedef enum liq_adl_rule {
    LIQ_ADL_BITMEX = 0,
    LIQ_ADL_BINANCE = 1,
    LIQ_ADL_OKX = 2,
    LIQ_ADL_HYPERLIQUID = 3,
    LIQ_ADL_HYPERLIQUID_LITERAL = 4,
    LIQ_ADL_BLUEFIN = 5,
    LIQ_ADL_RANDOM_WALK = 6
} liq_adl_rule;

/*
 * A trigger in cross-multiplied form: equity x equity_factor < (inclusive: <=) maintenance x
 * requirement_factor. Index 0 .. 3: warning, reduce_only, liquidate, backstop.
 */
typedef struct liq_policy_level {
    uint32_t equity_factor; /* parts per million; 0: the venue has no such level */
    uint32_t requirement_factor;
    bool inclusive;
} liq_policy_level;

typedef struct liq_policy {
    char profile[LIQ_PROFILE_NAME_BYTES];
    liq_ratio_direction ratio;
    liq_policy_level levels[LIQ_POLICY_LEVELS];
    liq_tier_form tier_form; /* of instruments that do not say */
    liq_tier_measure tier_measure;
    liq_price_form price_form;
    liq_price_rounding price_rounding;
    liq_adl_rule adl_rule;
    bool fee_in_requirement; /* the liquidation fee is part of the maintenance rate (OKX, Gate) */
    bool order_loss;         /* open orders at a loss lower equity (Bybit) */
    bool order_margin;       /* open orders need initial margin */
    bool order_tier;         /* open orders count for the tier (Bybit, BitMEX) */
    bool pnl_is_collateral;  /* unrealised PnL joins the balance before the haircut */
    liq_dynamic_policy dynamic_margin;
    liq_liquidation liquidation;
    liq_guards guards;
} liq_policy;

/**
 * Take the rules of a named profile that ships inside the library, then the overrides.
 * @param json      document of the overrides, for messages
 * @param name      value that holds the profile's name, such as "binance-usdm" or "custom"
 * @param override  the "policy" object of venue.json, NULL when there is none; profile "custom"
 * needs every key
 * @return LIQ_OK, LIQ_NOT_FOUND (unknown profile, the message lists them), LIQ_BAD_INPUT or
 * LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_policy_load(liq_policy *out, const liq_json *json,
                                        const liq_json_value *name, const liq_json_value *override,
                                        liq_error *err);

/** Name of a rule as JSON spells it: "deduction", "marginal", "whole", "linear". */
const char *liq_tier_form_name(liq_tier_form form);
LIQ_MUST_USE liq_status liq_tier_form_read(liq_tier_form *out, const liq_json *json,
                                           const liq_json_value *value, liq_error *err);
/** Name of a rule as JSON spells it: "bitmex", "hyperliquid_literal", "random_walk". */
const char *liq_adl_rule_name(liq_adl_rule rule);
/** @return LIQ_OK, or LIQ_NOT_FOUND with the names that there are */
LIQ_MUST_USE liq_status liq_adl_rule_find(liq_adl_rule *out, const char *name, liq_error *err);
/** "notional" or "quantity". */
LIQ_MUST_USE liq_status liq_tier_measure_read(liq_tier_measure *out, const liq_json *json,
                                              const liq_json_value *value, liq_error *err);

#endif
