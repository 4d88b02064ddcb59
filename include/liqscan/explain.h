/**
 * One account, line by line: what it holds, what it owes, at which prices it would be
 * liquidated or bankrupt, and what would cure it. All of it on the host, by the margin rule.
 */
#ifndef LIQSCAN_EXPLAIN_H
#define LIQSCAN_EXPLAIN_H

#include <stdint.h>

#include <liqscan/adl.h>
#include <liqscan/book.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_explanation liq_explanation;

/** A collateral line of a margin account. Amounts are counts of 10^-decimals of the asset; cash in
 * cash units. */
typedef struct liq_explain_collateral {
    const char *asset;
    int32_t decimals;                        /**< of amount */
    int64_t amount;                          /**< balance, or isolated margin */
    char index_price[LIQ_AMOUNT_TEXT_BYTES]; /**< "" when there is none */
    char weight[LIQ_AMOUNT_TEXT_BYTES]; /**< effective share of the value that counts, at most 4
                                           decimals shown */
    int has_value;
    int64_t value; /**< collateral value, cash units, rounded down; 0 unless has_value */
} liq_explain_collateral;

/** A position line. Prices and amounts are plain decimal strings; "" means that there is none. */
typedef struct liq_explain_position {
    const char *instrument;
    int is_short;
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /**< contracts, positive */
    char entry_price[LIQ_AMOUNT_TEXT_BYTES];
    char mark_price[LIQ_AMOUNT_TEXT_BYTES];
    const char *settle;                             /**< asset of the four amounts below */
    char notional[LIQ_AMOUNT_TEXT_BYTES];           /**< exact, in the settle asset */
    char unrealised_pnl[LIQ_AMOUNT_TEXT_BYTES];     /**< exact, in the settle asset */
    char maintenance_margin[LIQ_AMOUNT_TEXT_BYTES]; /**< exact, in the settle asset */
    char initial_margin[LIQ_AMOUNT_TEXT_BYTES];
    char maintenance_rate[LIQ_AMOUNT_TEXT_BYTES]; /**< of the tier that holds */
    char deduction[LIQ_AMOUNT_TEXT_BYTES];        /**< of that tier, in the settle asset */
    uint32_t tier;                                /**< from 1 */
    /** The nearest mark, all other instruments frozen, at which the account's status turns to
     * liquidate or worse; of a flagged account that at which it is safe again. It is the side of
     * the turn on which equity meets its requirement: flagged by an inclusive trigger, just safe by
     * a strict one. Both legs of a hedge move together and have one price. In full; "" when no
     * price turns it. */
    char liquidation_price[LIQ_AMOUNT_TEXT_BYTES];
    char bankruptcy_price[LIQ_AMOUNT_TEXT_BYTES]; /**< likewise, where equity is zero */
    char distance[LIQ_AMOUNT_TEXT_BYTES]; /**< (liquidation price - mark) / mark, per cent, 2
                                             decimals */
    int32_t tick_decimals;                /**< for display */
    /** Place in the auto-deleveraging queue of its side by the venue's rule. */
    liq_adl_standing adl_standing;
    char adl_score[LIQ_ADL_SCORE_BYTES]; /**< "" when there is none */
    uint64_t adl_rank;                   /**< from 1, 0: none */
    uint32_t adl_light;                  /**< 1 (closed first) .. 5, 0: none */
} liq_explain_position;

/** The least reduction of one position that alone brings the account back to safe. */
typedef struct liq_explain_reduction {
    const char *instrument;
    int is_short;
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /**< contracts to close at the mark; "" when closing all
                                             of it is not enough */
    char remaining[LIQ_AMOUNT_TEXT_BYTES];
} liq_explain_reduction;

/** What an underlying gains or loses in one scenario, and what its class makes of it. */
typedef struct liq_explain_scenario {
    const char *underlying;
    int64_t price_ppm;      /**< move of the price, 10^-6 */
    int64_t volatility_ppm; /**< move of the implied volatility of options */
    int64_t cover_ppm;      /**< share of the PnL that counts */
    int64_t pnl;            /**< of the underlying, cash units, rounded down */
    int is_worst;           /**< the scenario that sets the requirement of its class */
} liq_explain_scenario;

/** What underlyings that are margined together need; cash units, rounded up. */
typedef struct liq_explain_class {
    uint32_t number;   /**< from 1 */
    uint32_t scenario; /**< the worst one, from 1; 0: none loses */
    int64_t worst;     /**< loss in that scenario, gains at their share */
    int64_t contingency;
    int64_t minimum;
    int64_t need; /**< worst + contingency, or the minimum where that is more */
} liq_explain_class;

/** One margin account of the explained account. */
typedef struct liq_explain_margin {
    liq_scan_row row;
    uint32_t collateral_count;
    uint32_t position_count;
    int has_cure;                       /**< zero when the account is safe, or has no value */
    char top_up[LIQ_AMOUNT_TEXT_BYTES]; /**< least deposit of the margin currency (isolated: settle
                                           asset), decimal */
    const char *top_up_asset;
    uint32_t reduction_count;
    uint32_t share_permille; /**< portfolio margin, several positions: the least per mille of every
                                one, in lots rounded up, that closed together cure; 0: none */
    int is_portfolio;        /**< its requirement is that of scenarios */
    uint32_t scenario_count; /**< of all its underlyings together; 0 when it has no value */
    uint32_t class_count;
    int64_t maintenance_ppm; /**< factors of what the classes need together */
    int64_t initial_ppm;
} liq_explain_margin;

/**
 * Explain an account: its cross margin account and its isolated ones, in row order.
 * @param account  id
 * @return LIQ_OK, LIQ_NOT_FOUND (with the nearest ids in the message), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_explain(liq_explanation **out, const liq_book *book,
                                    const char *account, liq_error *err);

/** Takes NULL. */
void liq_explanation_destroy(liq_explanation *explanation);

/** The explained margin accounts; everything below is lent as long as explanation and book live. */
uint32_t liq_explanation_margins(const liq_explanation *explanation);
const liq_explain_margin *liq_explanation_margin(const liq_explanation *explanation,
                                                 uint32_t index);
const liq_explain_collateral *liq_explanation_collateral(const liq_explanation *explanation,
                                                         uint32_t margin_index, uint32_t index);
const liq_explain_position *liq_explanation_position(const liq_explanation *explanation,
                                                     uint32_t margin_index, uint32_t index);
const liq_explain_reduction *liq_explanation_reduction(const liq_explanation *explanation,
                                                       uint32_t margin_index, uint32_t index);

const liq_explain_scenario *liq_explanation_scenario(const liq_explanation *explanation,
                                                     uint32_t margin_index, uint32_t index);
const liq_explain_class *liq_explanation_class(const liq_explanation *explanation,
                                               uint32_t margin_index, uint32_t index);

#ifdef __cplusplus
}
#endif

#endif
