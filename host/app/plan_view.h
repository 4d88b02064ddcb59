/*
 * A deleveraging plan for people and for programs.
 */
#ifndef LIQ_APP_PLAN_VIEW_H
#define LIQ_APP_PLAN_VIEW_H

#include "outlet/emit.h"
#include "outlet/json_out.h"
#include "scan/plan.h"
#include "scan/plan_venue.h"

enum { LIQ_PLAN_COLUMNS = 19 };

/* What a plan is shown with. */
typedef struct liq_plan_view {
    const liq_book *book;
    const liq_plan_request *request;
    const char *goal; /* as it was asked for, such as "leverage 5" */
} liq_plan_view;

/** Columns of steps. @param is_venue  tables tell outcome and deposit too */
void liq_plan_columns(liq_emit_column out[LIQ_PLAN_COLUMNS], bool is_venue);

/** The steps of a plan. @param is_steps_only  no line for a plan without */
void liq_plan_emit(liq_emit *emit, const liq_plan_view *view, const liq_plan *plan,
                   bool is_steps_only);

/** One plan as a line of JSON. */
void liq_plan_json(liq_output *output, const liq_plan_view *view, const liq_plan *plan);

/** What a plan does and how good it is, in words. */
void liq_plan_text(liq_output *output, const liq_plan_view *view, const liq_plan *plan);

/** The plan of a venue as a whole. */
void liq_venue_plan_json(liq_output *output, const liq_plan_view *view, const liq_venue_plan *plan);
void liq_venue_plan_text(liq_output *output, const liq_plan_view *view, const liq_venue_plan *plan);

#endif
