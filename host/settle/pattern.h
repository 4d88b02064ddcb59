/*
 * The pattern of a deleveraging, looked at tick by tick: how much is open, how leveraged accounts
 * are, how much would have to be liquidated if prices fell further, and how much is. It only looks;
 * nothing is decided by it.
 *
 * Open interest is kept by the live book as it changes. What takes a look at every account is done
 * by a sweep that goes on a part of the accounts in each tick: its cost in a tick is bounded, and
 * what is shown is the last whole sweep, with its age.
 */
#ifndef LIQ_SETTLE_PATTERN_H
#define LIQ_SETTLE_PATTERN_H

#include <liqscan/settle.h>

#include "base/int128.h"
#include "book/market.h"

/* Falls of all marks at which accounts are valued; the first is none. */
enum { LIQ_PATTERN_FALLS = 4, LIQ_PATTERN_QUANTILES = 4 };

/* Leverage by eighths of an octave from 2^-4 on: a bucket is at most an eighth wide. */
enum { LIQ_LEVERAGE_OCTAVES = 24, LIQ_LEVERAGE_BUCKETS = LIQ_LEVERAGE_OCTAVES * 8 };

/* Notional / equity of margin accounts, counted. */
typedef struct liq_leverage_count {
    uint64_t buckets[LIQ_LEVERAGE_BUCKETS];
    uint64_t count; /* in the buckets: with a position and equity above zero */
    uint64_t spent; /* with a position, equity of zero or less */
} liq_leverage_count;

/** Count a margin account. @param notional  0: it has none, and is not counted */
void liq_leverage_add(liq_leverage_count *count, int64_t notional, int64_t equity);

/**
 * The leverage that a share of all counted accounts does not exceed, those that have spent their
 * equity being the highest: the lower end of a bucket.
 * @param ppm  0 .. 10^6
 * @return in hundredths; INT64_MAX: equity is spent; 0: nobody was counted
 */
int64_t liq_leverage_quantile(const liq_leverage_count *count, uint32_t ppm);

/* What a whole sweep found; cash units. */
typedef struct liq_pattern_sweep {
    liq_leverage_count leverage;
    liq_int128
        liquidatable[LIQ_PATTERN_FALLS]; /* notional of those to be liquidated at each fall */
    uint64_t accounts;                   /* margin accounts that were valued */
    uint64_t tick;                       /* at which it ended; 0: none has yet */
} liq_pattern_sweep;

typedef struct liq_pattern_facts {
    liq_int128 interest;   /* all long positions at their marks, cash units */
    liq_int128 liquidated; /* notional of this tick, as of liq_settle_summary */
    liq_int128 traded;     /* notional of the volume that was told since the last look; 0: none */
    uint64_t traded_ppm;   /* liquidated / traded; may be past 10^6; 0 without a volume */
    uint32_t share_ppm;    /* liquidated / (interest + liquidated) */
    uint64_t sweep_age;    /* ticks since the sweep ended */
    liq_int128 slopes[LIQ_PATTERN_FALLS - 1]; /* more to liquidate, for each percent of price
                                                 between a fall and the one before it */
    const liq_pattern_sweep *sweep;           /* lent */
} liq_pattern_facts;

typedef struct liq_pattern {
    liq_live *live; /* lent */
    const liq_settle *settle;
    liq_book prices; /* fallen ones */
    liq_decimal *marks;
    liq_market markets[LIQ_PATTERN_FALLS]; /* the first one is not used */
    liq_pattern_sweep shown;
    liq_pattern_sweep under_way;
    liq_int128 *traded_micro; /* by instrument: lots since the last look, 10^-6 */
    liq_int128 turnover;      /* the same in money, cash units */
    bool has_volume;          /* some was told in this tick */
    bool rises;               /* the falls are rises */
    uint32_t account;         /* where it goes on */
    uint32_t accounts_most;   /* in a tick */
    uint64_t tick;
} liq_pattern;

/** Parts per million of the falls, from 0 on. */
extern const uint32_t liq_pattern_falls_ppm[LIQ_PATTERN_FALLS];
/** And of the quantiles that are told: 50, 90, 99 and 99.9%. */
extern const uint32_t liq_pattern_quantiles_ppm[LIQ_PATTERN_QUANTILES];

/**
 * @param out            zeroed; live and settle are lent as long as it lives
 * @param accounts_most  that a tick looks at, above 0
 */
LIQ_MUST_USE liq_status liq_pattern_create(liq_pattern *out, liq_live *live,
                                           const liq_settle *settle, uint32_t accounts_most,
                                           liq_error *err);

/** Takes a zeroed or filled one. */
void liq_pattern_clear(liq_pattern *pattern);

/**
 * So much of an instrument was traded, or in all so much money.
 * @param contracts  0 or more; finer than 10^-6 of a lot is rounded
 * @param money      of the margin currency, 0 or more
 */
void liq_pattern_trade(liq_pattern *pattern, uint32_t instrument, liq_decimal contracts);
void liq_pattern_turnover(liq_pattern *pattern, liq_decimal money);

/** A tick was settled. @param out  what is to be told of it; lent until the next call */
void liq_pattern_see(liq_pattern *pattern, liq_pattern_facts *out);

/** Long positions of an instrument: lots, and cash units at the mark. */
void liq_pattern_interest(const liq_pattern *pattern, uint32_t instrument, liq_int128 *lots,
                          liq_int128 *cash);

#endif
