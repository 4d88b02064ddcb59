/*
 * How the factors of one instrument follow what is asked for: at once or late, in steps, with
 * notice. One change of an instrument at a time; both of its factors are told together.
 */
#ifndef LIQ_DYNAMIC_FACTOR_TRACK_H
#define LIQ_DYNAMIC_FACTOR_TRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy_dynamic.h"

enum { LIQ_FACTOR_PAIR = 2, LIQ_FACTOR_NEVER_MS = -1 };

/* Maintenance, initial. */
typedef enum liq_factor_rate { LIQ_FACTOR_MAINTENANCE = 0, LIQ_FACTOR_INITIAL = 1 } liq_factor_rate;

/* Parts per million, by liq_factor_rate. */
typedef struct liq_factor_pair {
    uint32_t ppm[LIQ_FACTOR_PAIR];
} liq_factor_pair;

/* Since when another factor was asked for, and the one nearest to what is. */
typedef struct liq_factor_wish {
    int64_t raise_since_ms; /* LIQ_FACTOR_NEVER_MS: nothing more is asked for */
    int64_t lower_since_ms;
    uint32_t raise_ppm; /* least since then */
    uint32_t lower_ppm; /* most since then */
} liq_factor_wish;

/* Plain, so that it can be kept. */
typedef struct liq_factor_track {
    liq_factor_pair now;  /* in force */
    liq_factor_pair next; /* told: as now when no change is under way */
    liq_factor_wish wishes[LIQ_FACTOR_PAIR];
    int64_t told_ms;      /* of the last change; LIQ_FACTOR_NEVER_MS: there was none */
    int64_t effective_ms; /* of the change under way */
    bool is_under_way;
} liq_factor_track;

/* What a tick did. */
typedef struct liq_factor_news {
    bool is_told;      /* a change was: next, effective_ms */
    bool is_effective; /* now changed */
} liq_factor_news;

/** A track at factors of one. */
liq_factor_track liq_factor_track_start(void);

/** What is asked for as a factor may be: on the grid, rounded up, and within the bounds. */
uint32_t liq_factor_bounded_ceil(const liq_dynamic_policy *policy, uint32_t ppm);

/**
 * Go to a time at which some factors are asked for.
 * @param time_ms  not before the last one
 * @param asked    each within the bounds
 * @return what happened: a change of which notice_ms is 0 is told and takes effect at once
 */
liq_factor_news liq_factor_track_tick(liq_factor_track *track, const liq_dynamic_policy *policy,
                                      int64_t time_ms, liq_factor_pair asked);

#endif
