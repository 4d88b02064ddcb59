/*
 * What guards outside the settler have found, and how margin rates have changed: a run begins by
 * saying so, each as one action.
 */
#ifndef LIQ_SETTLE_SETTLE_NOTICE_H
#define LIQ_SETTLE_SETTLE_NOTICE_H

#include <stdint.h>

#include <liqscan/settle.h>

#include "base/decimal.h"

/* LIQ_NO_INDEX: none. */
typedef struct liq_settle_notice {
    liq_settle_kind kind; /* halt, guard or resume; margin_notice or margin_rate */
    liq_settle_reason reason;
    uint32_t instrument;
    uint32_t asset;       /* whose index price it is about, in place of an instrument */
    uint32_t fund;        /* that it is about */
    uint32_t source;      /* that it is about: from 1, 0: none */
    liq_decimal observed; /* as of liq_settle_action */
    liq_decimal used;     /* digits 0: no mark stands */
    liq_decimal limit;    /* digits 0: none */
    /* Of margin rates, parts per million: all zero else. */
    uint32_t raw_ppm;
    uint32_t maintenance_ppm;
    uint32_t initial_ppm;
    int64_t effective_ms;
} liq_settle_notice;

/** The next run begins with these. @param settle  of a live book  @param notices  lent until that
 * run has ended */
void liq_settle_notices(liq_settle *settle, const liq_settle_notice *notices, uint32_t count);

/** The same of margin rates: behind those. */
void liq_settle_margin_notices(liq_settle *settle, const liq_settle_notice *notices,
                               uint32_t count);

#endif
