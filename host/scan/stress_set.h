/*
 * Scenarios of a stress as the engine reads them: sparse moves of prices.
 */
#ifndef LIQ_SCAN_STRESS_SET_H
#define LIQ_SCAN_STRESS_SET_H

#include <liqscan/stress.h>

#include "book/columns.h"

/* A move of one price. */
typedef struct liq_stress_move {
    uint32_t price; /* instrument, or instrument_count + asset */
    int32_t change_ppm;
} liq_stress_move;

/* A book whose prices are its own to move; everything else is the lender's. */
typedef struct liq_stress_book {
    liq_book book;
    const liq_book *lender;
} liq_stress_book;

/** @param lender  lent until liq_stress_book_clear */
LIQ_MUST_USE liq_status liq_stress_book_create(liq_stress_book *out, const liq_book *lender,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_book_clear(liq_stress_book *book);

/** Go back to the lender's prices. */
void liq_stress_book_reset(liq_stress_book *book);

/** Symbol of a price; lent by the venue. */
const char *liq_stress_price_symbol(const liq_venue *venue, uint32_t price);

/** Moves of a scenario; lent until the set changes. */
const liq_stress_move *liq_stress_set_moves(const liq_stress_set *set, uint32_t scenario,
                                            uint32_t *count);

/** Put a book at the prices of a scenario. They were checked when it was made: a failure is a
 * programmer's error. */
void liq_stress_set_apply(const liq_stress_set *set, uint32_t scenario, liq_stress_book *book);

/** The book of a set. */
const liq_book *liq_stress_set_book(const liq_stress_set *set);

#endif
