/*
 * How much of each position to close: the order of plan_hull.h, trimmed by the margin rule.
 */
#ifndef LIQ_SCAN_PLAN_CHOICE_H
#define LIQ_SCAN_PLAN_CHOICE_H

#include "scan/plan_desk.h"

typedef struct liq_plan_choice {
    bool is_met;      /* the legs of the desk say what is closed */
    bool has_bound;   /* legs do not bear on each other, so that the bound holds */
    bool is_hopeless; /* and all of them together gain too little: nothing meets the goal */
    bool is_costly;   /* no offer is better than the mark: more lots never cost less */
    int64_t bound;    /* cash units, rounded down */
    uint32_t order_count;
} liq_plan_choice;

/**
 * @param desk   nothing is closed, and the goal is not met
 * @param order  receives the legs that are used, the one that gains most for its cost first; room
 * for all legs
 */
LIQ_MUST_USE liq_status liq_plan_choose(liq_plan_choice *out, liq_plan_desk *desk, uint32_t *order,
                                        liq_error *err);

/** What closing what the legs say costs, cash units, rounded up. */
int64_t liq_plan_cost(const liq_plan_desk *desk);

/** Cash grains in cash units, rounded up; at most what 64 bits hold. */
int64_t liq_plan_cash_ceil(liq_int128 grains);

#endif
