/*
 * Running the cascades of a plan.
 */
#ifndef LIQ_APP_CASCADE_CASES_H
#define LIQ_APP_CASCADE_CASES_H

#include "app/cascade_view.h"

/**
 * Run each scenario under each variant.
 * @param found    plan and book are there; receives cases, which the caller frees also on failure
 * @param threads  1 .. LIQ_WORKERS_MAX; each has a live book of its own
 * @return as liq_cascade_create and liq_cascade_run, of the first case that failed
 */
LIQ_MUST_USE liq_status liq_cascade_cases_run(liq_cascade_found *found, uint32_t threads,
                                              liq_error *err);

#endif
