/*
 * Random books in memory, from a seed: every kind of instrument, tier form, measure, margin mode
 * and policy flag, at ordinary sizes and at the limits of every range.
 */
#ifndef LIQ_SUPPORT_RANDOM_BOOK_H
#define LIQ_SUPPORT_RANDOM_BOOK_H

#include "book/columns.h"
#include "support_seeded.h"

typedef struct liq_random_options {
    uint32_t instruments_max;
    uint32_t accounts_max;
    bool representable; /* lot values and rates land on their decimals: nothing is rounded there */
    bool wild;          /* limits of every range, and things past them */
    bool tame;          /* everything has a value, even sums of thousands of positions */
    uint32_t policy_bits; /* LIQ_RANDOM_* */
} liq_random_options;

enum {
    LIQ_RANDOM_FEE_IN_REQUIREMENT = 1,
    LIQ_RANDOM_ORDER_LOSS = 2,
    LIQ_RANDOM_ORDER_MARGIN = 4,
    LIQ_RANDOM_ORDER_TIER = 8,
    LIQ_RANDOM_PNL_IS_COLLATERAL = 16,
    LIQ_RANDOM_POLICIES = 32
};

/** Options that change from book to book, so that a run of 64 books meets every combination. */
liq_random_options liq_random_options_of(uint64_t book_number);

/** Make a book; give it back with liq_random_book_destroy. */
void liq_random_book_create(liq_book *out, uint64_t seed, liq_random_options options);

void liq_random_book_destroy(liq_book *book);

/**
 * One account that holds both sides of many instruments in its cross margin, to meet rows of a
 * given length.
 * @param legs         number of positions
 * @param policy_bits  as of the options; any of the order bits adds an order on every instrument
 */
void liq_random_book_create_long(liq_book *out, uint64_t seed, uint32_t legs, uint32_t policy_bits);

/* What the venue's maker tells the maker of accounts about an instrument. */
typedef struct liq_random_scale {
    int64_t typical_lots; /* sizes around which the tiers lie */
    double lot_cash;      /* roughly the value of a lot, in cash units */
    liq_decimal price;    /* the mark, also where the book is not told it */
    bool dyadic;          /* prices must be 2^a x 5^b, so that their inverse is a short decimal */
} liq_random_scale;

/** Fill in venue and prices; scales has room for options.instruments_max. */
void liq_random_venue(liq_book *book, liq_random *random, liq_random_options options,
                      liq_random_scale *scales);

/** A price near the mark of an instrument, on the grid of its decimals. */
liq_decimal liq_random_price(liq_random *random, liq_random_scale scale);

/** digits x 10^-decimals in normal form, for decimals of either sign. */
liq_decimal liq_random_decimal(int64_t digits, int32_t decimals);

#endif
