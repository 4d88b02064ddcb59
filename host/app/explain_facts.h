/*
 * An explanation for programs: JSON, one object for each margin account, or CSV, one line for each
 * fact (account, margin, section, item, field, value).
 */
#ifndef LIQ_APP_EXPLAIN_FACTS_H
#define LIQ_APP_EXPLAIN_FACTS_H

#include <liqscan/explain.h>

#include "outlet/emit.h"
#include "outlet/output.h"

/** @param format  JSON or CSV */
LIQ_MUST_USE liq_status liq_explain_facts_write(liq_output *output, liq_format format,
                                                const liq_book *book,
                                                const liq_explanation *explanation, liq_error *err);

#endif
