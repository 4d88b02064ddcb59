/*
 * Random allocations: small numbers, where ties and caps are frequent, and numbers of every size up
 * to the limits.
 */
#ifndef LIQ_SUPPORT_ADL_CASE_H
#define LIQ_SUPPORT_ADL_CASE_H

#include "scan/support_seeded.h"
#include "settle/adl_allocate.h"

enum { ADL_CASE_COUNT_MAX = 12 };

typedef struct adl_case {
    liq_adl_counterparty counterparties[ADL_CASE_COUNT_MAX]; /* in rank order */
    uint32_t count;
    liq_adl_ask ask;
} adl_case;

/** Draw a case for a policy; the seed of the ask is drawn too. */
void adl_case_draw(adl_case *out, liq_random *random, liq_adl_policy policy);

/** Allocate, and stop the test when that fails. */
void adl_case_run(int64_t *lots, liq_adl_report *report, const adl_case *drawn);

/** One line for messages. */
const char *adl_case_text(const adl_case *drawn);

#endif
