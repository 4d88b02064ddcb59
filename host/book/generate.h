/*
 * Synthetic books of any size in the shape of a real venue: heavy-tailed account sizes, few
 * positions in most accounts and hundreds in some, popular and unpopular instruments, long and
 * short equal to the lot, and a chosen share of accounts close to liquidation.
 */
#ifndef LIQ_BOOK_GENERATE_H
#define LIQ_BOOK_GENERATE_H

#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

enum {
    LIQ_GENERATE_COLLATERAL_MAX = 8,
    LIQ_GENERATE_POSITIONS_MILLI_MAX = 1000000,
    LIQ_GENERATE_WIDEST_MAX = 130000, /* with balances, what a margin account may have */
    LIQ_GENERATE_DEPTH_MAX = 1000
};

/* What to generate. Begin with liq_generate_defaults; shares are parts per million. */
typedef struct liq_generate_options {
    uint32_t accounts;    /* 1 .. LIQ_ACCOUNTS_MAX */
    uint32_t instruments; /* 1 .. LIQ_INSTRUMENTS_MAX */
    uint64_t seed;
    const char *tiers;          /* tables in the shape of ccxt; NULL: eight that are typed in */
    const char *profile;        /* whose rules venue.json names; NULL: binance-usdm */
    uint32_t positions_milli;   /* thousandths of a position an account holds on average, 1000 ..
                                   LIQ_GENERATE_POSITIONS_MILLI_MAX and at most all instruments; 0:
                                   four, fewer where there are fewer than seven instruments */
    uint32_t near_ppm;          /* of margin accounts: from the venue's warning up to liquidation */
    uint32_t past_ppm;          /* of margin accounts: past it, an eighth of them bankrupt */
    uint32_t first_ppm;         /* of accounts: hold the most popular instrument */
    uint32_t isolated_ppm;      /* of positions: isolated margin */
    uint32_t hedge_ppm;         /* of positions: with an opposite leg of the same account */
    uint32_t inverse_ppm;       /* of instruments: inverse, settled in the coin */
    uint32_t order_ppm;         /* of accounts: with open orders */
    uint32_t portfolio_ppm;     /* of accounts: portfolio margin, by the grids of OKX */
    uint32_t collateral_assets; /* that a third of the accounts hold besides the margin currency */
    uint32_t widest_positions;  /* of one account more, which holds both sides of the first half as
                                   many instruments, a few units of money each: even, and at most
                                   LIQ_GENERATE_WIDEST_MAX; 0: there is none */
    uint32_t depth_levels;      /* of each side of each instrument; 0: there is no depth.csv */
    const liq_progress *progress; /* watcher, NULL allowed */
} liq_generate_options;

/* What was written. */
typedef struct liq_generate_counts {
    uint64_t accounts;
    uint64_t balances;
    uint64_t positions;
    uint64_t orders;
    uint64_t levels; /* of depth */
    uint64_t bytes;  /* of all files */
} liq_generate_counts;

/** 100,000 accounts, 100 instruments, seed 1, 2% near liquidation and 0.1% past it, nothing of
 * what is optional. */
void liq_generate_defaults(liq_generate_options *out);

/**
 * Write a book. The same options give the same bytes on every machine. The directory appears whole
 * or not at all; memory grows with instruments only.
 * @param directory  where the book goes: must not exist, or be empty
 * @param counts     receives what was written; NULL allowed
 * @return LIQ_OK; LIQ_OUT_OF_RANGE (an option, with its limit); LIQ_DUPLICATE (the directory is not
 * empty); LIQ_BAD_INPUT, LIQ_NOT_FOUND, LIQ_UNSUPPORTED (tables or profile); LIQ_IO,
 * LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_generate(const char *directory, const liq_generate_options *options,
                                     liq_generate_counts *counts, liq_error *err);

#endif
