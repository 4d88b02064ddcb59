/*
 * An explanation for people: the arithmetic of each margin account, line by line.
 */
#ifndef LIQ_APP_EXPLAIN_TABLE_H
#define LIQ_APP_EXPLAIN_TABLE_H

#include <liqscan/explain.h>

#include "outlet/output.h"

LIQ_MUST_USE liq_status liq_explain_table_write(liq_output *output, const liq_book *book,
                                                const liq_explanation *explanation, liq_error *err);

#endif
