/*
 * The distributions of a generated book, as tables between whose points a straight line is drawn:
 * integers only, so that no library's logarithm decides what a book holds.
 */
#ifndef LIQ_BOOK_GENERATE_SHAPE_H
#define LIQ_BOOK_GENERATE_SHAPE_H

#include <stdint.h>

enum { LIQ_SHAPE_ONE = 1000000000 }; /* a share of all, in the three functions below */

/** Notional of an account, in whole units of the margin currency. @param above  share of accounts
 * that have more */
uint64_t liq_shape_notional(uint32_t above);

/** Instruments that an account holds, in hundredths, before scaling. @param above  likewise */
uint64_t liq_shape_instruments(uint32_t above);

/** Maintenance margin over equity of a healthy account, in millionths of the ratio at which the
 * venue warns. @param above  likewise */
uint64_t liq_shape_ratio(uint32_t above);

#endif
