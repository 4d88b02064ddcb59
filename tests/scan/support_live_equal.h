/*
 * Two live books compared by names: places, and the order of lists that have none, may differ.
 */
#ifndef LIQ_SUPPORT_LIVE_EQUAL_H
#define LIQ_SUPPORT_LIVE_EQUAL_H

#include "scan/live_scan.h"

/** All that two live books hold and know, field by field: accounts, what they were told, rows,
 * references, prices, depth. Fails the test with `what`. */
void lives_hold_the_same(const liq_live *left, const liq_live *right, const char *what);

/** After a tick of both: statuses of all rows, lists of flagged and unvalued rows with all their
 * values, and who was warned. Fails the test likewise. @return rows warned */
uint32_t lives_say_the_same(liq_live *left, liq_live *right, const char *what);

#endif
