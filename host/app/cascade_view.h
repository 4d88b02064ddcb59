/*
 * What cascades did, as tables, JSON lines or CSV.
 */
#ifndef LIQ_APP_CASCADE_VIEW_H
#define LIQ_APP_CASCADE_VIEW_H

#include "app/cascade_plan.h"
#include "outlet/emit.h"
#include "outlet/output.h"

/* One scenario under one variant. */
typedef struct liq_cascade_case {
    const liq_cascade_scenario *scenario;
    const liq_cascade_variant *variant;
    liq_cascade_summary summary;
    liq_cascade_price lead; /* price of the leader; instrument NULL: it is an asset */
    liq_cascade_round *rounds;
    char (*lead_prices)[LIQ_PRICE_TEXT_BYTES]; /* by round, after it */
    liq_cascade_price *prices;                 /* that fills moved, most first */
    uint32_t round_count;
    uint32_t price_count;
} liq_cascade_case;

typedef struct liq_cascade_found {
    const liq_book *book;
    const liq_cascade_plan *plan;
    liq_cascade_case *cases; /* by scenario, then variant */
    uint32_t case_count;
    uint64_t load_ns;
    uint64_t run_ns;
} liq_cascade_found;

/** Parts, one after the other; in CSV one of them. */
typedef enum liq_cascade_part {
    LIQ_CASCADE_PART_ROUNDS = 0,
    LIQ_CASCADE_PART_PRICES = 1,
    LIQ_CASCADE_PART_CASCADES = 2,
    LIQ_CASCADE_PART_ALL = 3
} liq_cascade_part;

/** Read --only. @return LIQ_OK or LIQ_BAD_INPUT */
LIQ_MUST_USE liq_status liq_cascade_part_read(liq_cascade_part *out, const char *value,
                                              liq_error *err);

/** Write parts and the summary; in a table of several cascades rounds and prices are left out
 * unless they are asked for. */
LIQ_MUST_USE liq_status liq_cascade_found_write(liq_output *output, liq_format format,
                                                liq_cascade_part only,
                                                const liq_cascade_found *found, liq_error *err);

/** Liquidated notional of a case over what the first round of its scenario's first variant
 * liquidated, in 10^-6, rounded down; one when that is nothing. */
liq_int128 liq_cascade_amplification(const liq_cascade_found *found, const liq_cascade_case *of);

#endif
