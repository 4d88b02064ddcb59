/*
 * Books whose accounts stand where a pass in floats is least sure: sizes at the floors of tiers,
 * equity at the levels.
 */
#ifndef LIQ_SUPPORT_BRINK_H
#define LIQ_SUPPORT_BRINK_H

#include <stdbool.h>

#include "book/columns.h"
#include "support_seeded.h"

/** Put positions just below, at and above the floors of their instrument's tiers. */
void liq_brink_tiers(liq_book *book, liq_random *random);

/**
 * Bring cross accounts to the brink: equity to within a few units, or a thousandth, of a level
 * times maintenance, above it and below.
 */
void liq_brink_levels(liq_book *book, liq_random *random);

/** A random book by a number, which says what of it is brought to the brink: of four one is left as
 * it is. @return the dice that made it, for what is drawn next */
liq_random liq_brink_random_book(liq_book *out, uint64_t seed, uint32_t number);

/** A book of the real shape by a number. Give it back with liq_book_destroy. */
liq_book *liq_brink_generated_book(uint32_t number, uint64_t seed, bool to_brink);

#endif
