/*
 * How a quantity is shared out over the counterparties of auto-deleveraging: the names that
 * venue.json, profiles and the command line use.
 */
#ifndef LIQ_POLICY_ADL_POLICY_H
#define LIQ_POLICY_ADL_POLICY_H

#include <liqscan/status.h>

/* The numbers are pinned for ever: journals store them. */
typedef enum liq_adl_policy {
    LIQ_ADL_POLICY_QUEUE = 0,           /* from the top, each in full, the last in part */
    LIQ_ADL_POLICY_PRO_RATA = 1,        /* in proportion to the size of positions */
    LIQ_ADL_POLICY_CAPPED_PRO_RATA = 2, /* an equal share of equity or profit, up to a cap each */
    LIQ_ADL_POLICY_RISK_AWARE = 3,      /* the same share times a weight */
    LIQ_ADL_POLICY_MIN_LEVERAGE = 4,    /* the highest leverages, down to a common level */
    LIQ_ADL_POLICY_RANDOM_WALK = 5      /* each in full, round the side from a seeded start */
} liq_adl_policy;

/* What capped_pro_rata and risk_aware take equal shares of. */
typedef enum liq_adl_base {
    LIQ_ADL_BASE_EQUITY = 0, /* of the margin account */
    LIQ_ADL_BASE_PROFIT = 1  /* unrealised PnL of the position at the mark */
} liq_adl_base;

/* What risk_aware multiplies the base with. */
typedef enum liq_adl_weight {
    LIQ_ADL_WEIGHT_LEVERAGE = 0,    /* notional / equity of the margin account */
    LIQ_ADL_WEIGHT_MARGIN_RATIO = 1 /* maintenance margin / equity */
} liq_adl_weight;

enum { LIQ_ADL_POLICIES = 6, LIQ_ADL_BASES = 2, LIQ_ADL_WEIGHTS = 2 };

/** Names as JSON spells them: "queue", "pro_rata", "capped_pro_rata", "risk_aware", "min_leverage",
 * "random_walk"; "equity", "profit"; "leverage", "margin_ratio". Static strings. */
const char *liq_adl_policy_name(liq_adl_policy policy);
const char *liq_adl_base_name(liq_adl_base base);
const char *liq_adl_weight_name(liq_adl_weight weight);

/** @return LIQ_OK, or LIQ_NOT_FOUND with the names that there are and *out as it was */
LIQ_MUST_USE liq_status liq_adl_policy_find(liq_adl_policy *out, const char *name, liq_error *err);
LIQ_MUST_USE liq_status liq_adl_base_find(liq_adl_base *out, const char *name, liq_error *err);
LIQ_MUST_USE liq_status liq_adl_weight_find(liq_adl_weight *out, const char *name, liq_error *err);

#endif
