/*
 * What a settler works with, for rooms above that read numbers rather than texts.
 */
#ifndef LIQ_SETTLE_SETTLE_LOOK_H
#define LIQ_SETTLE_SETTLE_LOOK_H

#include "settle/waterfall.h"

/** Actions, totals, funds and consumed depth as the last run left them. @param settle  of a live
 * book @return lent until the next run */
const liq_waterfall *liq_settle_waterfall(const liq_settle *settle);

#endif
