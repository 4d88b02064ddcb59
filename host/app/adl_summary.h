/*
 * What an allocation of `liqscan adl` does as a whole, in words or as one JSON object.
 */
#ifndef LIQ_APP_ADL_SUMMARY_H
#define LIQ_APP_ADL_SUMMARY_H

#include <liqscan/adl.h>

#include "outlet/emit.h"
#include "outlet/output.h"

/* Which queue it is. */
typedef struct liq_adl_heading {
    const liq_book *book;
    const char *instrument;
    int is_short;
    const char *rule;
} liq_adl_heading;

/** Write the summary: to output, or for CSV to standard error, where it disturbs no table. */
LIQ_MUST_USE liq_status liq_adl_summary_write(liq_output *output, liq_format format,
                                              const liq_adl_heading *heading,
                                              const liq_adl_summary *summary, liq_error *err);

#endif
