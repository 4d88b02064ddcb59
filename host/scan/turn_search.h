/*
 * The first point of an integer range at which a verdict turns, found exactly although the verdict
 * need not be monotone: stretches are halved until they are proved to hold no turn.
 */
#ifndef LIQ_SCAN_TURN_SEARCH_H
#define LIQ_SCAN_TURN_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "scan/kinks.h"

typedef enum liq_safety {
    LIQ_SAFETY_SAFE = 0,
    LIQ_SAFETY_FLAGGED = 1,
    LIQ_SAFETY_UNVALUED = 2
} liq_safety;

/* The margin account with something put at a point: a price, a size. */
typedef struct liq_verdict {
    int64_t at;
    int64_t equity;      /* cash units; 0 when unvalued */
    int64_t maintenance; /* cash units; 0 when unvalued */
    uint32_t regime;     /* equal regimes at both ends: one collateral weight in between */
    liq_safety safety;
} liq_verdict;

typedef struct liq_turn_search {
    void *context;
    liq_verdict (*judge)(void *context, int64_t at);
    /* Whether every point between two points of equal safety provably has that safety. False is
       always allowed, and costs time. */
    bool (*settled)(void *context, const liq_verdict *near, const liq_verdict *far);
    /* A point to look at next, anywhere; NULL: always the middle. */
    int64_t (*guess)(void *context, const liq_verdict *near, const liq_verdict *far);
    uint32_t budget; /* judgements, beyond a few for each kink */
} liq_turn_search;

/**
 * Walk from a point towards the end of a range, in either direction.
 * When the budget is spent, stretches count as settled without a proof: what is found then is
 * still a turn, but a nearer one may have been passed. That takes an equity that stays within a
 * unit or two of its requirement over thousands of steps.
 * @param kinks  points that split the range, so that a stretch given to settled has none inside
 * @param near   in: the start, judged; out: the last point before the turn, or the end
 * @param end    the last point of the range
 * @param far    receives the first point whose safety is not that of the start
 * @return false when there is none
 */
bool liq_turn_search_run(const liq_turn_search *search, const liq_kinks *kinks, liq_verdict *near,
                         int64_t end, liq_verdict *far);

#endif
