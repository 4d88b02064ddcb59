/*
 * Portfolio margin in fixtures and random books.
 */
#ifndef LIQ_SUPPORT_PORTFOLIO_H
#define LIQ_SUPPORT_PORTFOLIO_H

#include "book/market.h"
#include "book/rows.h"
#include "support_book.h"
#include "support_seeded.h"

/** Give a venue a rule: the member "portfolio" of venue.json, an object or a name in quotes. */
void liq_portfolio_give(liq_venue *venue, const char *json);

/** Give back what liq_portfolio_give made, before the book goes. */
void liq_portfolio_take(liq_venue *venue);

/** Name the underlying of an instrument. */
void liq_portfolio_base(liq_venue *venue, uint32_t instrument_index, const char *base);

/**
 * Turn a random book into one of portfolio accounts, mostly: by a rule that ships, some instruments
 * of half of the books being options.
 */
void liq_portfolio_turn(liq_book *book, liq_random *random);

/**
 * Make all accounts of a book portfolio accounts, by one of five rules: with gains that count in
 * part, charges that fall and that rise when a hedge goes, and slices.
 */
void liq_portfolio_mix(liq_book *book, uint64_t seed);

/**
 * Value a row by rationals: from the grid of the market, but by none of the text of the rule.
 * @param maintenance  receives the requirement in cash units, or INT64_MIN when it has no value
 */
void liq_portfolio_oracle(int64_t *maintenance, int64_t *initial, const liq_market *market,
                          const liq_rows *rows, uint32_t row_index);

#endif
