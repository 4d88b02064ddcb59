/**
 * Stress: what thousands of scenarios of prices would do to a book, in one pass that reads each
 * account once for many of them.
 *
 * In every scenario the status of every margin account is what a scan of the book at its prices
 * would say, to the byte. Nothing is settled: what funds would need is what the accounts that are
 * bankrupt owe once their positions were taken over at bankruptcy, each by itself.
 *
 * Accounts of portfolio margin are valued by the margin rule itself in every scenario, at a grid
 * that is priced for it once: each costs about what a scan of it does, not a fraction of that.
 */
#ifndef LIQSCAN_STRESS_H
#define LIQSCAN_STRESS_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/progress.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LIQ_STRESS_NAME_BYTES = 128,
    LIQ_STRESS_SCENARIOS_MAX = 10000000,
    LIQ_STRESS_LOSERS_MAX = 1000
};

/** Scenarios: each a name and moves of prices, all from the book's present ones. */
typedef struct liq_stress_set liq_stress_set;

/**
 * An empty set.
 * @param book  lent as long as the set lives; its prices must not change meanwhile
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_stress_set_create(liq_stress_set **out, const liq_book *book,
                                              liq_error *err);

/** Takes NULL. */
void liq_stress_set_destroy(liq_stress_set *set);

/**
 * Begin the next scenario; it moves nothing yet.
 * @param name  1 .. 127 bytes, copied
 * @return LIQ_OK, LIQ_BAD_INPUT (name), LIQ_OUT_OF_RANGE (too many), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_stress_set_add(liq_stress_set *set, const char *name, liq_error *err);

/**
 * Move a price in the scenario that was begun last, as liq_book_shock would.
 * @param change_ppm  parts per million, above -1,000,000 and at most 1,000,000,000
 * @return LIQ_OK; as liq_book_shock; LIQ_DUPLICATE (moved already); LIQ_OUT_OF_MEMORY. The
 * scenario is unchanged then
 */
LIQ_MUST_USE liq_status liq_stress_set_shock(liq_stress_set *set, const char *symbol,
                                             int64_t change_ppm, liq_error *err);

uint32_t liq_stress_set_count(const liq_stress_set *set);

/** Name of a scenario; lent until the set changes. */
const char *liq_stress_set_name(const liq_stress_set *set, uint32_t scenario);

/** An engine: a device, and the rows of a book. */
typedef struct liq_stress liq_stress;

/** How it is made. Zero everything for the defaults. */
typedef struct liq_stress_options {
    const char *device;           /**< as liq_scanner_options.device */
    int skip_self_test;           /**< likewise */
    uint64_t price_bytes_max;     /**< prices of the scenarios that are worked on at once; more are
                                     split into batches; 0: 256 MiB */
    const liq_progress *progress; /**< NULL allowed */
} liq_stress_options;

/** What one scenario does. Amounts are plain decimals of the margin currency. */
typedef struct liq_stress_outcome {
    const char *name;
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT];
    uint64_t flagged;                           /**< liquidate, backstop or bankrupt */
    char long_notional[LIQ_AMOUNT_TEXT_BYTES];  /**< of flagged accounts, at the moved prices */
    char short_notional[LIQ_AMOUNT_TEXT_BYTES]; /**< likewise */
    char open_notional[LIQ_AMOUNT_TEXT_BYTES];  /**< of all positions, both sides, likewise */
    char margin_called[LIQ_AMOUNT_TEXT_BYTES];  /**< what accounts at warning or reduce_only lack
                                                   to be ok */
    char fund_needed[LIQ_AMOUNT_TEXT_BYTES];    /**< equity below zero, its sign turned */
    char adl_needed[LIQ_AMOUNT_TEXT_BYTES];     /**< of it, what the funds do not hold above their
                                                   floors */
} liq_stress_outcome;

/** What the last run did as a whole. */
typedef struct liq_stress_summary {
    uint64_t scenarios;
    uint64_t rows;        /**< margin accounts */
    uint64_t exact_pairs; /**< (account, scenario) that the margin rule was asked about */
    uint64_t hard_rows;   /**< of the last batch: accounts that only the rule can judge, those
                             of portfolio margin among them */
    uint64_t batches;
    uint64_t wall_ns;
    uint64_t device_ns;                     /**< of it, kernels; 0 for cpu-reference */
    char open_long[LIQ_AMOUNT_TEXT_BYTES];  /**< notional of all long positions at present prices */
    char open_short[LIQ_AMOUNT_TEXT_BYTES]; /**< likewise; instruments without a price left out */
    char fund_available[LIQ_AMOUNT_TEXT_BYTES]; /**< at present prices, above the floors */
    char device[LIQ_DEVICE_NAME_BYTES];
    char device_reason[LIQ_DEVICE_NAME_BYTES];
    char hash[65]; /**< SHA-256 over all outcomes: same book, same scenarios, same hash */
} liq_stress_summary;

/** A margin account that costs the funds. */
typedef struct liq_stress_loser {
    const char *account;
    const char *instrument; /**< of an isolated position; NULL for the cross account */
    int is_short;
    uint32_t scenarios;      /**< in which it is bankrupt */
    uint32_t worst_scenario; /**< the first one with the largest loss */
    char worst[LIQ_AMOUNT_TEXT_BYTES];
    char sum[LIQ_AMOUNT_TEXT_BYTES]; /**< over all scenarios */
} liq_stress_loser;

/**
 * Make an engine of a book: choose, test and open the device.
 * @param book     lent as long as the engine lives; positions and prices must not change meanwhile
 * @param options  NULL for the defaults
 * @return as liq_scanner_create; LIQ_OUT_OF_RANGE also when the lots of an instrument on one side
 * are 2^63 or more
 */
LIQ_MUST_USE liq_status liq_stress_create(liq_stress **out, const liq_book *book,
                                          const liq_stress_options *options, liq_error *err);

/** Takes NULL. */
void liq_stress_destroy(liq_stress *stress);

/**
 * Run all scenarios of a set. What the run before said is gone.
 * @param set      of the same book; lent until the next run
 * @param summary  filled; NULL allowed
 * @return LIQ_OK, LIQ_OUT_OF_RANGE, LIQ_DEVICE_FAULT, LIQ_OUT_OF_MEMORY, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_stress_run(liq_stress *stress, const liq_stress_set *set,
                                       liq_stress_summary *summary, liq_error *err);

/** Read a scenario of the last run. */
void liq_stress_outcome_read(const liq_stress *stress, uint32_t scenario, liq_stress_outcome *out);

/**
 * List the margin accounts that cost the funds most in the last run: by their loss over all
 * scenarios, ties by row order.
 * @param out  receives at most limit of them
 * @param limit  at most LIQ_STRESS_LOSERS_MAX count
 * @return how many were written
 */
uint32_t liq_stress_losers(const liq_stress *stress, liq_stress_loser *out, uint32_t limit);

/** Moves of several prices that go together: a move of x moves a symbol by x times its beta. */
typedef struct liq_stress_ray {
    const char *const *symbols;
    const int64_t *betas_ppm; /**< parts per million: 1,000,000 moves as x does */
    uint32_t count;
} liq_stress_ray;

/** What exhausts the funds along a ray. */
typedef struct liq_stress_reversal {
    int found;
    int64_t change_ppm; /**< of x: the smallest one, all nearer ones are proven not to; when not
                           found the last one that was asked about */
    int64_t proven_ppm; /**< up to here every x is proven not to exhaust a fund; past zero on the
                           other side when not even zero is */
    uint32_t steps;     /**< stretches of x that were looked at */
    char fund_needed[LIQ_AMOUNT_TEXT_BYTES]; /**< at change_ppm */
    char adl_needed[LIQ_AMOUNT_TEXT_BYTES];
} liq_stress_reversal;

/**
 * Find the smallest move along a ray after which a fund cannot pay what bankrupt accounts owe.
 * Nothing is taken to be monotone: a stretch of moves is passed over only when no account can owe
 * more anywhere in it than the funds hold, each price being at its worst for each account.
 * @param limit_ppm  of x, in steps of one from zero, not zero; negative: down
 * @param steps_max  stretches to look at, at most
 * @return LIQ_OK, also when steps_max stretches were not enough: then found is 0 and proven_ppm is
 * nearer than change_ppm; as liq_book_shock at the limit; LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_stress_reverse(const liq_stress *stress, const liq_stress_ray *ray,
                                           int64_t limit_ppm, uint32_t steps_max,
                                           liq_stress_reversal *out, liq_error *err);

enum { LIQ_STRESS_EDGES_MAX = 31 };

/** Positions of one instrument whose accounts are first liquidated in a bucket of distances. */
typedef struct liq_stress_bucket {
    int64_t from_ppm; /**< of the mark; nearer to zero than to_ppm */
    int64_t to_ppm;
    uint64_t accounts;                         /**< margin accounts */
    char long_notional[LIQ_AMOUNT_TEXT_BYTES]; /**< at the present mark */
    char short_notional[LIQ_AMOUNT_TEXT_BYTES];
} liq_stress_bucket;

/**
 * Where the positions of an instrument are liquidated when its mark alone moves: by the first of
 * the edges, outward from the present mark, at which their account is to be liquidated. What the
 * run before said is gone.
 * @param symbol     of an instrument; without a mark nobody is flagged
 * @param edges_ppm  distances, rising, 1 .. 999,999; each is taken down and up
 * @param edge_count 1 .. LIQ_STRESS_EDGES_MAX
 * @param out        receives 2 x edge_count + 2 buckets: those that are to be liquidated at the
 * present mark, then down from the nearest, then up from the nearest, then those that no edge
 * reaches
 * @return as liq_stress_run; LIQ_NOT_FOUND (symbol), LIQ_OUT_OF_RANGE (edges, or past 128 bits)
 */
LIQ_MUST_USE liq_status liq_stress_heat(liq_stress *stress, const char *symbol,
                                        const int64_t *edges_ppm, uint32_t edge_count,
                                        liq_stress_bucket *out, liq_error *err);

#ifdef __cplusplus
}
#endif

#endif
