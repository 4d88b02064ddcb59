/*
 * The moves of the scenarios of a plan.
 */
#ifndef LIQ_APP_CASCADE_MOVES_H
#define LIQ_APP_CASCADE_MOVES_H

#include "app/cascade_plan.h"

/** Make scenarios of what was given, and say whose price they are about. @param plan  read */
LIQ_MUST_USE liq_status liq_cascade_scenarios_take(liq_cascade_plan *plan, const liq_book *book,
                                                   liq_error *err);

/** Add to each what moves later (--after), what follows (--betas, whose followers are made by now)
 * and index prices (--with-index). */
LIQ_MUST_USE liq_status liq_cascade_scenarios_extend(liq_cascade_plan *plan, const liq_book *book,
                                                     liq_error *err);

#endif
