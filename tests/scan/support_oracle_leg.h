/*
 * One leg of a margin account in exact rationals, straight from prices, quantities, tier tables and
 * policies: RULES of value and margin, not the engine's integers.
 */
#ifndef LIQ_SUPPORT_ORACLE_LEG_H
#define LIQ_SUPPORT_ORACLE_LEG_H

#include "book/columns.h"
#include "support_rational.h"

/* A book, and how to calculate with it. */
typedef struct liq_oracle_rules {
    const liq_book *book;
    /* Round as the engine documents (lot values to value_decimals, rates to their decimals, foreign
       assets to their units). False: no rounding at all. */
    bool rounded;
} liq_oracle_rules;

/* An instrument at its mark: signed values of one lot, in whole units of the settle asset. */
typedef struct liq_oracle_mark {
    liq_rational down;
    liq_rational up;
    liq_rational size; /* the larger absolute value */
    uint32_t instrument_index;
    uint32_t reason; /* LIQ_REASON_NONE, LIQ_REASON_NO_MARK or LIQ_REASON_MARK_RANGE */
} liq_oracle_mark;

/** Signed value of one lot at a price: inverse contracts have negative values. */
liq_rational liq_oracle_lot_value(const liq_book *book, uint32_t instrument_index,
                                  liq_decimal price);

liq_oracle_mark liq_oracle_mark_of(liq_oracle_rules rules, uint32_t instrument_index);

/** Unrealised PnL against an entry or limit price, in the settle asset. */
liq_rational liq_oracle_pnl(liq_oracle_rules rules, liq_oracle_mark mark, int64_t quantity_lots,
                            liq_decimal price);

liq_rational liq_oracle_notional(liq_oracle_mark mark, liq_rational lots);

/**
 * Maintenance margin of a leg of lots, when total lots (with orders) count for its tier.
 * @param reason  set to LIQ_REASON_RATE_RANGE when the rate reaches 1000%
 */
liq_rational liq_oracle_maintenance(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                                    liq_rational total, uint32_t *reason);

/** Initial margin of a size. */
liq_rational liq_oracle_initial(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                                uint32_t *reason);

/** How far the documented roundings may lift the maintenance margin of a leg; nothing where the
 * value of a lot and the rates need none. */
typedef struct liq_oracle_slack {
    liq_rational amount;
    bool unbounded; /* a value rounded across a jump or along a slope */
} liq_oracle_slack;
liq_oracle_slack liq_oracle_maintenance_slack(liq_oracle_rules rules, liq_oracle_mark mark,
                                              liq_rational total);

/** How far they may lower the PnL of a leg: a fine unit at the mark and one at the entry, unless
 * they are exact. */
liq_rational liq_oracle_pnl_slack(liq_oracle_rules rules, liq_oracle_mark mark, int64_t lots,
                                  liq_decimal price);

#endif
