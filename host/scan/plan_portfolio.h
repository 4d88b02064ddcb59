/*
 * Deleveraging plans for accounts of portfolio margin. What a position frees depends on all others,
 * so every size that is tried is valued by the rule of scenarios over the whole row.
 *
 * One position: the search is exact (portfolio_least.h). Several: the cheapest of three ways, each
 * trimmed by the rule until no position can give back more by itself: the worst scenario first, the
 * same part of every position, and step by step whatever gains most for its cost. A bound below the
 * cost of any other plan comes from what a lot can change at most (liq_trial_reach), which holds
 * whatever else is closed.
 */
#ifndef LIQ_SCAN_PLAN_PORTFOLIO_H
#define LIQ_SCAN_PLAN_PORTFOLIO_H

#include "scan/plan.h"
#include "scan/portfolio_trial.h"

/* An account on the desk, at present prices and where the goal is judged. */
typedef struct liq_folio_desk {
    const liq_plan_request *request;
    liq_plan_desk desk;      /* legs with their offers; nothing else of it is used */
    liq_portfolio_trial now; /* legs of both in the order of those of the desk */
    liq_portfolio_trial judged;
    liq_trial_goal goal;
    liq_int128 better; /* cash grains that closing can gain against the mark, all legs together */
} liq_folio_desk;

/* How much of each leg to close. */
typedef struct liq_folio_choice {
    int64_t *lots;   /* by leg */
    uint32_t *order; /* of legs */
    uint32_t order_count;
    bool is_met;
    int64_t cost; /* cash units, rounded up */
} liq_folio_choice;

/** Plan for a row whose key says LIQ_REASON_PORTFOLIO, of a venue that has a rule; as
 * liq_plan_make.
 */
LIQ_MUST_USE liq_status liq_plan_portfolio_make(liq_plan *out, const liq_plan_request *request,
                                                liq_row_key key, liq_error *err);

/** Say in the judged trial that so many lots of a leg are closed; false: that is past a range. */
bool liq_folio_close(void *folio, liq_portfolio_trial *judged, uint32_t leg, int64_t lots);

/** Whether a record, judged, meets the goal of the request. */
bool liq_folio_met(void *folio, const liq_row_record *record);

/** What one lot of a leg can change where the goal is judged. */
liq_trial_reach liq_folio_reach(const liq_folio_desk *folio, uint32_t leg);

/**
 * The cheapest way that is found to close several positions.
 * @param out  lots and order have room for all legs
 */
LIQ_MUST_USE liq_status liq_folio_choose(liq_folio_choice *out, liq_folio_desk *folio,
                                         liq_error *err);

/**
 * A cost that no reductions stay below.
 * @param height  of the account with nothing closed, where the goal is judged
 * @param bound   receives cash units, rounded down
 * @param hopeless  receives whether nothing meets the goal at all
 * @return LIQ_OK; LIQ_UNSUPPORTED (err unused) where there is no bound: something does not settle
 * in the margin currency, or a number is past its range
 */
LIQ_MUST_USE liq_status liq_folio_bound(int64_t *bound, bool *hopeless, liq_folio_desk *folio,
                                        liq_int128 height, liq_error *err);

#endif
