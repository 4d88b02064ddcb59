/*
 * What the engine of a stress knows, for rooms that look closer than include/liqscan/stress.h.
 */
#ifndef LIQ_SCAN_STRESS_RUN_H
#define LIQ_SCAN_STRESS_RUN_H

#include "scan/stress_pass.h"
#include "scan/stress_tally.h"

/* What a scenario does; amounts in cash units. */
typedef struct liq_stress_result {
    liq_int128 long_notional; /* of flagged rows, each instrument rounded up */
    liq_int128 short_notional;
    liq_int128 open_notional; /* of all rows, both sides */
    liq_int128 margin_called;
    liq_int128 fund_needed;
    liq_int128 adl_needed;
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT];
} liq_stress_result;

/*
 * Called once a tile is decided: statuses of all rows in its scenarios, LIQ_STRESS_TILE bytes a
 * row, of which count are scenarios first, first + 1, ...
 */
typedef struct liq_stress_looker {
    void (*look)(void *context, uint32_t first, uint32_t count, const uint8_t *statuses);
    void *context;
} liq_stress_looker;

/** As liq_stress_create. @param pass_options  NULL for the defaults */
LIQ_MUST_USE liq_status liq_stress_create_with(liq_stress **out, const liq_book *book,
                                               const liq_stress_options *options,
                                               const liq_stress_pass_options *pass_options,
                                               liq_error *err);

/** As liq_stress_run. @param looker  NULL allowed */
LIQ_MUST_USE liq_status liq_stress_run_look(liq_stress *stress, const liq_stress_set *set,
                                            const liq_stress_looker *looker,
                                            liq_stress_summary *summary, liq_error *err);

const liq_stress_result *liq_stress_result_of(const liq_stress *stress, uint32_t scenario);

/** Drop what the last run said, for a run whose set is not going to live on. */
void liq_stress_forget(liq_stress *stress);

const liq_book *liq_stress_book_of(const liq_stress *stress);
const liq_rows *liq_stress_rows(const liq_stress *stress);
const liq_market *liq_stress_market(const liq_stress *stress);
const liq_stress_funds *liq_stress_funds_of(const liq_stress *stress);

#endif
