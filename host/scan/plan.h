/*
 * Deleveraging plans: the cheapest way to a target leverage, or to living through a shock, by
 * closing parts of positions into the depth of their books; and the least deposit that does the
 * same.
 *
 * How good a plan is, it says itself. One position: the search is exact, and one lot less is not
 * enough. Several: stretches of all positions are closed in the order of what they cost for what
 * they gain (plan_hull.h), the last one by an exact search, then every position gives back what is
 * not needed; accounts of portfolio margin have ways of their own (plan_portfolio.h). Whatever is
 * proposed is valued by the margin rule, with one lot less of each position
 * too; and where legs do not bear on each other the plan comes with a bound below the cost of any
 * other.
 */
#ifndef LIQ_SCAN_PLAN_H
#define LIQ_SCAN_PLAN_H

#include "scan/plan_desk.h"

typedef enum liq_plan_outcome {
    LIQ_PLAN_NOT_NEEDED = 0,  /* the goal is met */
    LIQ_PLAN_REDUCED = 1,     /* by the steps */
    LIQ_PLAN_UNREACHABLE = 2, /* not by reductions that were found: a deposit is needed */
    LIQ_PLAN_UNVALUED = 3     /* the margin account has no value, now or where it is judged */
} liq_plan_outcome;

/* How a plan was found. */
typedef enum liq_plan_method {
    LIQ_PLAN_NO_STEPS = 0,
    LIQ_PLAN_ONE_POSITION = 1, /* an exact search: of this position nothing less is enough */
    LIQ_PLAN_ORDERED = 2       /* several positions: a heuristic, see bound */
} liq_plan_method;

/* One order, after those before it. */
typedef struct liq_plan_step {
    uint64_t position; /* in the book */
    int64_t lots;
    liq_plan_order order;
    uint32_t level;        /* of depth that the last lot comes from, 0: the best */
    int64_t worst_value;   /* of a lot there */
    liq_row_record after;  /* at present prices, after this step */
    liq_row_record judged; /* where the goal is judged, after this step */
    bool is_least;         /* with one lot less of it, all else as planned, the goal is missed */
} liq_plan_step;

/* The least reduction of one position alone. */
typedef struct liq_plan_single {
    uint64_t position;
    int64_t lots; /* 0: closing all that its offers take is not enough */
    int64_t cost; /* cash units, rounded up */
} liq_plan_single;

typedef struct liq_plan {
    liq_row_key key;
    liq_row_record now;    /* at present prices */
    liq_row_record judged; /* where the goal is judged */
    liq_plan_outcome outcome;
    liq_plan_method method;
    liq_plan_step *steps;
    uint32_t step_count;
    liq_plan_single *singles; /* by position */
    uint32_t single_count;
    int64_t cost;    /* of all steps, cash units, rounded up: slippage, fees and roundings */
    int64_t fee;     /* of it; rounded up */
    bool has_bound;  /* no reductions that meet the goal cost less than bound; */
    bool is_proven;  /* none meet the goal: for outcome LIQ_PLAN_UNREACHABLE */
    int64_t bound;   /* cash units, rounded down */
    bool has_top_up; /* this deposit alone is enough, and a unit less is not */
    int64_t top_up;  /* units of top_up_asset */
    uint32_t top_up_asset;
} liq_plan;

/**
 * Plan for one margin account.
 * @param out  filled; liq_plan_clear gives it back
 * @param key  of a row of the book
 * @return LIQ_OK, LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_plan_make(liq_plan *out, const liq_plan_request *request,
                                      liq_row_key key, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_plan_clear(liq_plan *plan);

/** What plans are put together of. */

/** The order of a step: so many lots of a leg. */
void liq_plan_step_order(liq_plan_step *step, const liq_plan_leg *leg, int64_t lots);

/** Sum cost and fee of the steps. */
void liq_plan_costs_sum(liq_plan *plan, const liq_plan_request *request);

#endif
