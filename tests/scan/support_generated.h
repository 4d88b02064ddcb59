/*
 * Generated books for tests of this room: the shape of real ones, and as many accounts near
 * liquidation as a test wants.
 */
#ifndef LIQ_SUPPORT_GENERATED_H
#define LIQ_SUPPORT_GENERATED_H

#include "book/columns.h"
#include "book/generate.h"

/** Options that change from book to book: isolated margin, hedges, coins, orders, other profiles.
 */
void liq_generated_options(liq_generate_options *out, uint32_t book_number, uint64_t seed);

/** Generate a book and load it; the caller destroys it. Nothing of it stays on the disk. */
liq_book *liq_generated_book(const liq_generate_options *options);

#endif
