/*
 * Actions of settling, funds and what was deleveraged, as rows.
 */
#ifndef LIQ_APP_SETTLE_VIEW_H
#define LIQ_APP_SETTLE_VIEW_H

#include <liqscan/settle.h>

#include "outlet/action_line.h"
#include "outlet/emit.h"
#include "outlet/json_out.h"
#include "outlet/output.h"
#include "outlet/table_text.h"

/** Write the actions of the last run as rows of an open listing. @return LIQ_OK, LIQ_INTERRUPTED */
LIQ_MUST_USE liq_status liq_actions_emit(liq_emit *emit, const liq_output *output,
                                         const liq_settle *settle, liq_error *err);

/** Write funds, or what was deleveraged in the last run, as a table of their own; nothing when
 * there is none. */
LIQ_MUST_USE liq_status liq_funds_table(liq_output *output, const liq_settle *settle,
                                        liq_error *err);
LIQ_MUST_USE liq_status liq_adl_table(liq_output *output, const liq_settle *settle, liq_error *err);

/** The same as members of an open JSON object: "funds" and "adl". */
void liq_funds_json(liq_json_out *json, const liq_settle *settle);
void liq_adl_json(liq_json_out *json, const liq_settle *settle);

/** What a table of deleveraged sides begins with, instrument to overshoot. */
void liq_adl_cells(liq_table_text *table, const liq_settle_adl *adl);

/** Two lines of a summary for people: what was liquidated, in money, and whether it adds up. */
void liq_settle_sums_text(liq_output *output, const liq_settle_summary *summary,
                          const char *currency);

/** Members of an open JSON object: what was deleveraged on one side, but for how many took part. */
void liq_adl_members_json(liq_json_out *json, const liq_settle_adl *adl);

#endif
