/*
 * Dynamic margin: factors on the maintenance and initial rates of each instrument, from what a
 * venue's policy names (policy/policy_dynamic.h). Pure: facts and a time in, changes out; integers
 * throughout, no clock, nothing random. Who asks applies the changes to the book and writes them
 * down.
 */
#ifndef LIQ_DYNAMIC_DYNAMIC_MARGIN_H
#define LIQ_DYNAMIC_DYNAMIC_MARGIN_H

#include <stdint.h>

#include <liqscan/status.h>

#include "dynamic/factor_track.h"
#include "dynamic/realised_volatility.h"

/* What of an instrument does not change. */
typedef struct liq_dynamic_instrument {
    liq_dynamic_own own;
    uint32_t base_initial_ppm; /* initial rate of its first tier, rounded up, above 0 */
    int32_t value_decimals;    /* of interest_value */
    bool is_fixed;             /* its factors stay one: it has no rates */
} liq_dynamic_instrument;

/* What of an instrument is now. */
typedef struct liq_dynamic_facts {
    liq_decimal mark;          /* digits 0: none */
    liq_int128 interest_lots;  /* of all long positions */
    liq_int128 interest_value; /* the same in the settle asset at the mark: 10^-value_decimals */
    liq_int128 depth_lots;     /* near the mark, on the thinner side; below 0: not known */
    uint32_t implied_ppm;      /* volatility of a year; 0: not known */
} liq_dynamic_facts;

/* What was seen when a change was told: parts per million. */
typedef struct liq_dynamic_evidence {
    uint32_t realised_ppm;                   /* volatility of a year */
    uint32_t implied_ppm;                    /* likewise; 0: not known */
    uint32_t interest_ppm;                   /* share of the way from the lower cap to the upper */
    uint32_t concentration_ppm;              /* open interest over depth */
    uint32_t source_ppm[LIQ_FACTOR_SOURCES]; /* what each asks for; 0: it is not in use */
    liq_factor_pair raw;                     /* the most of them, by rate */
    liq_factor_pair bounded;                 /* that on the grid and within the bounds */
} liq_dynamic_evidence;

typedef enum liq_dynamic_stage {
    LIQ_DYNAMIC_ANNOUNCED = 0,
    LIQ_DYNAMIC_EFFECTIVE = 1 /* the book is to take it over before this tick is scanned */
} liq_dynamic_stage;

typedef struct liq_dynamic_change {
    uint32_t instrument_index;
    liq_dynamic_stage stage;
    int64_t time_ms;
    int64_t effective_ms;
    liq_factor_pair before;
    liq_factor_pair after;
    liq_dynamic_evidence evidence; /* as of this tick */
} liq_dynamic_change;

/* Of one instrument, plain, so that it can be kept. */
typedef struct liq_dynamic_state {
    liq_realised realised;
    liq_factor_track track;
} liq_dynamic_state;

typedef struct liq_dynamic liq_dynamic;

/**
 * Start with factors of one, and realised volatility at its reference.
 * @param policy       is_on
 * @param instruments  read
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (a cap that 128 bits do not hold, by the number of its
 * instrument), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_dynamic_create(liq_dynamic **out, const liq_dynamic_policy *policy,
                                           const liq_dynamic_instrument *instruments,
                                           uint32_t count, liq_error *err);

/** Takes NULL. */
void liq_dynamic_destroy(liq_dynamic *dynamic);

/**
 * Go to a tick. A time before the last one is taken for that one.
 * @param facts    by instrument
 * @param changes  receives what happened, by instrument, told before effective; lent until the next
 * tick
 */
void liq_dynamic_tick(liq_dynamic *dynamic, int64_t time_ms, const liq_dynamic_facts *facts,
                      const liq_dynamic_change **changes, uint32_t *count);

/** Factors in force. */
liq_factor_pair liq_dynamic_factors(const liq_dynamic *dynamic, uint32_t instrument_index);

/** What is kept of an instrument; lent as long as the dynamic lives. May be written to: that is how
 * a saved state is taken up. */
liq_dynamic_state *liq_dynamic_state_of(liq_dynamic *dynamic, uint32_t instrument_index);

/** The time of the last tick; INT64_MIN: none yet. */
int64_t liq_dynamic_time(const liq_dynamic *dynamic);
void liq_dynamic_time_set(liq_dynamic *dynamic, int64_t time_ms);

#endif
