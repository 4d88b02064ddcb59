/*
 * A plan for a whole venue: one for each margin account that misses the goal, the most leveraged
 * first. They share the depth: what one takes is gone for those after it.
 */
#ifndef LIQ_SCAN_PLAN_VENUE_H
#define LIQ_SCAN_PLAN_VENUE_H

#include <liqscan/progress.h>

#include "book/rows.h"
#include "scan/plan.h"

typedef struct liq_venue_plan {
    liq_plan *plans; /* in the order in which they are carried out */
    uint32_t plan_count;
    uint64_t rows;     /* margin accounts looked at */
    uint64_t unvalued; /* of them, without a value now or where the goal is judged */
    uint64_t reduced;  /* plans by outcome */
    uint64_t unreachable;
    liq_int128 cost; /* cash units, of plans with steps */
    liq_int128 fee;
    liq_int128 top_up; /* cash units that the deposits of the others are worth, rounded up */
    bool has_bound;    /* every plan with steps has one */
    liq_int128 bound;  /* sum of the bounds of each, had it the whole depth for itself */
} liq_venue_plan;

/**
 * @param out      zeroed
 * @param request  its taken is not looked at
 * @return LIQ_OK, LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_plan_venue_make(liq_venue_plan *out, const liq_plan_request *request,
                                            const liq_progress *progress, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_plan_venue_clear(liq_venue_plan *plan);

#endif
