/*
 * Small generated books for cascades, and shocks that move all their marks alike.
 */
#ifndef LIQ_TESTS_CASCADE_SUPPORT_SHOCK_H
#define LIQ_TESTS_CASCADE_SUPPORT_SHOCK_H

#include <liqscan/cascade.h>

/** 300 accounts, 6 instruments, 60 levels a side; profiles, margin modes and orders change with the
 * number. The caller destroys it. */
liq_book *shock_book(uint32_t number);

/** Move all marks of the cascade's book by the same share, and run to the end. Its worst is
 * cleared: it is lent. */
void shock_run(liq_cascade *cascade, const liq_book *book, int64_t change_ppm,
               liq_cascade_summary *out);

#endif
