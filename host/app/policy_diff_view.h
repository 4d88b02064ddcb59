/*
 * What a change of policy does, as rows, tables and one JSON object.
 */
#ifndef LIQ_APP_POLICY_DIFF_VIEW_H
#define LIQ_APP_POLICY_DIFF_VIEW_H

#include <stdint.h>

#include "outlet/emit.h"
#include "outlet/output.h"
#include "scan/policy_diff.h"

/* What CSV lists. */
typedef enum liq_diff_listing {
    LIQ_DIFF_LIST_ACCOUNTS = 0,
    LIQ_DIFF_LIST_INSTRUMENTS = 1,
    LIQ_DIFF_LIST_TRANSITIONS = 2
} liq_diff_listing;

typedef struct liq_diff_view {
    const liq_policy_diff *diff;
    const char *source_name; /* of the venue.json files, for people */
    const char *target_name;
    uint64_t limit;   /* margin accounts listed at most */
    uint64_t load_ns; /* of the book and of what it is under the venues */
    uint64_t diff_ns;
} liq_diff_view;

/** The margin accounts that matter most. */
LIQ_MUST_USE liq_status liq_diff_accounts_write(liq_output *output, liq_format format,
                                                const liq_diff_view *view, liq_error *err);

/** Instruments, the largest change first, and what rounding adds; in a table those that changed. */
LIQ_MUST_USE liq_status liq_diff_instruments_write(liq_output *output, liq_format format,
                                                   const liq_diff_view *view, liq_error *err);

/** From status to status, how many margin accounts; those that there are. */
LIQ_MUST_USE liq_status liq_diff_transitions_write(liq_output *output, liq_format format,
                                                   const liq_diff_view *view, liq_error *err);

/** Counts and totals in words. */
void liq_diff_totals_text(liq_output *output, const liq_diff_view *view);

/** All but the margin accounts as {"summary":{...}}. */
LIQ_MUST_USE liq_status liq_diff_summary_json(liq_output *output, const liq_diff_view *view,
                                              liq_error *err);

#endif
