/*
 * What a stress found, as tables, JSON lines or CSV.
 */
#ifndef LIQ_APP_COMMAND_STRESS_VIEW_H
#define LIQ_APP_COMMAND_STRESS_VIEW_H

#include <liqscan/stress.h>

#include "app/command_stress_plan.h"
#include "outlet/emit.h"
#include "outlet/output.h"

enum { LIQ_STRESS_EDGES_SHOWN = 14, LIQ_STRESS_BUCKETS = 2 * LIQ_STRESS_EDGES_SHOWN + 2 };

extern const int64_t liq_stress_edges_ppm[LIQ_STRESS_EDGES_SHOWN];

/* The heat map of one instrument. */
typedef struct liq_stress_heat_map {
    const char *symbol;
    liq_stress_bucket buckets[LIQ_STRESS_BUCKETS];
} liq_stress_heat_map;

/* What exhausts the funds one way along a series. */
typedef struct liq_stress_limit {
    const liq_stress_series *series;
    int64_t limit_ppm;
    liq_stress_reversal reversal;
} liq_stress_limit;

/* All that was found. */
typedef struct liq_stress_found {
    const liq_book *book;
    const liq_stress *stress;
    const liq_stress_plan *plan;
    liq_stress_summary summary;
    liq_stress_loser *losers;
    liq_stress_heat_map *heats;
    liq_stress_limit *limits;
    uint32_t *listed; /* scenarios to list, in this order; NULL: all */
    uint32_t listed_count;
    uint32_t loser_count;
    uint32_t heat_count;
    uint32_t limit_count;
    uint64_t load_ns;
} liq_stress_found;

/** Parts, one after the other; in CSV one of them. */
typedef enum liq_stress_part {
    LIQ_STRESS_PART_SCENARIOS = 0,
    LIQ_STRESS_PART_REVERSE = 1,
    LIQ_STRESS_PART_HEAT = 2,
    LIQ_STRESS_PART_LOSERS = 3,
    LIQ_STRESS_PART_ALL = 4
} liq_stress_part;

LIQ_MUST_USE liq_status liq_stress_part_write(liq_output *output, liq_format format,
                                              liq_stress_part part, const liq_stress_found *found,
                                              liq_error *err);

/** The summary: to output, or for CSV to standard error. */
LIQ_MUST_USE liq_status liq_stress_summary_write(liq_output *output, liq_format format,
                                                 const liq_stress_found *found, liq_error *err);

/** What an amount of the book's currency is in numbers, for pictures. */
double liq_stress_number(const char *text);

#endif
