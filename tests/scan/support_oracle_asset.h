/*
 * What a margin account holds and its sums: what the oracle's files share.
 */
#ifndef LIQ_SUPPORT_ORACLE_ASSET_H
#define LIQ_SUPPORT_ORACLE_ASSET_H

#include "support_oracle_leg.h"

/* What a margin account holds: a stretch of the book's positions, and for the cross account its
   orders and balances. */
typedef struct liq_oracle_holding {
    const liq_position *positions;
    uint64_t position_count;
    const liq_order *orders;
    uint64_t order_count;
    const liq_balance *balances;
    uint64_t balance_count;
    const liq_position *isolated; /* NULL: the cross account */
} liq_oracle_holding;

/* Sums in whole units of one asset, then of the margin currency. */
typedef struct liq_oracle_sums {
    liq_rational equity; /* of an asset: PnL and order loss only */
    liq_rational notional;
    liq_rational exposure;
    liq_rational maintenance;
    liq_rational initial;
    liq_rational equity_slack;
    liq_rational maintenance_slack;
    uint32_t positions;
    uint32_t reason;
    uint32_t reason_index;
    bool unbounded; /* maintenance has no bound by slack: see liq_oracle_slack */
} liq_oracle_sums;

liq_oracle_sums liq_oracle_sums_zero(void);

/** Put the sums of one asset's legs into the account's, which are in the margin currency. */
void liq_oracle_asset_close(liq_oracle_rules rules, liq_oracle_holding held, uint32_t asset_index,
                            liq_oracle_sums legs, liq_oracle_sums *account);

/** Units of an asset that a margin account holds: balance or isolated margin. */
int64_t liq_oracle_amount_of(liq_oracle_holding held, uint32_t asset_index);

/** Whether an amount is more than 2^63 - 1 units of 10^-decimals, in size; arithmetic without
 * rounding has no such limit. */
bool liq_oracle_past_units(liq_oracle_rules rules, liq_rational amount, int decimals);

/** Say why there is no value; the first reason stays. */
void liq_oracle_refuse(liq_oracle_sums *sum, uint32_t reason, uint32_t index);

#endif
