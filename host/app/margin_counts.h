/*
 * What dynamic margin did over a path, instrument by instrument.
 */
#ifndef LIQ_APP_MARGIN_COUNTS_H
#define LIQ_APP_MARGIN_COUNTS_H

#include <liqscan/book.h>

#include "dynamic/dynamic_margin.h"
#include "outlet/json_out.h"
#include "outlet/output.h"

typedef struct liq_margin_count {
    uint64_t changes;     /* that took effect */
    liq_factor_pair most; /* in force at any time */
    liq_factor_pair last; /* in force at the end */
    int64_t most_ms;      /* when the largest maintenance or initial factor came into force */
} liq_margin_count;

typedef struct liq_margin_counts {
    const liq_book *book;
    liq_margin_count *items; /* by instrument; NULL: there is no dynamic margin */
    uint64_t told;
    uint64_t changes;
} liq_margin_counts;

/** @param out  zeroed */
LIQ_MUST_USE liq_status liq_margin_counts_create(liq_margin_counts *out, const liq_book *book,
                                                 liq_error *err);

/** Takes a zeroed or filled one. */
void liq_margin_counts_clear(liq_margin_counts *counts);

/** Count the changes of a tick. */
void liq_margin_counts_see(liq_margin_counts *counts, const liq_dynamic_change *changes,
                           uint32_t count);

/** As a table of the instruments whose rates changed, and as a member "margin" of an open JSON
 * object. Nothing where there is no dynamic margin. */
LIQ_MUST_USE liq_status liq_margin_counts_text(liq_output *output, const liq_margin_counts *counts,
                                               liq_error *err);
void liq_margin_counts_json(liq_json_out *json, const liq_margin_counts *counts);

#endif
