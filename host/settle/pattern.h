/*
 * The pattern of a deleveraging, looked at tick by tick: how much is open, how leveraged accounts
 * are, how much would have to be liquidated if prices fell further, and how much is. It only looks;
 * nothing is decided by it.
 *
 * Open interest is kept by the live book as it changes. Leverage and falls are counted account by
 * account, and an account is looked at again when it has changed, or when a price has moved so far
 * that it could count otherwise (pattern_row.h): a look costs in proportion to that. After a look
 * in which all who were due had their turn, who would be liquidated at each fall is exact, and each
 * leverage within a sixteenth of the one that is counted: the true quantile lies between the one
 * that is told less a sixteenth and plus an eighth. Notionals at the falls are of marks that no
 * account's reach has come to since: of one with leverage L within 1 / (16 (1 + L)) of the present
 * ones. A look takes a bounded number of accounts; when these are not enough, its age says for how
 * many looks somebody has been due. Accounts of which nothing can be proven take turns.
 */
#ifndef LIQ_SETTLE_PATTERN_H
#define LIQ_SETTLE_PATTERN_H

#include <liqscan/settle.h>

#include "base/int128.h"
#include "book/live_book.h"
#include "settle/leverage_count.h"
#include "settle/pattern_row.h"
#include "settle/revisit.h"

enum { LIQ_PATTERN_QUANTILES = 4 };

/* What is counted of all accounts. */
typedef struct liq_pattern_counts {
    liq_leverage_count leverage;
    liq_int128 liquidatable[LIQ_PATTERN_FALLS]; /* notional of those to be liquidated, cash units */
    uint64_t flagged[LIQ_PATTERN_FALLS];        /* margin accounts that these are */
} liq_pattern_counts;

typedef struct liq_pattern_facts {
    liq_int128 interest;   /* all long positions at their marks, cash units */
    liq_int128 liquidated; /* notional of this tick, as of liq_settle_summary */
    liq_int128 traded;     /* notional of the volume that was told since the last look; 0: none */
    uint64_t traded_ppm;   /* liquidated / traded; may be past 10^6; 0 without a volume */
    uint32_t share_ppm;    /* liquidated / (interest + liquidated) */
    uint32_t age;          /* looks for which somebody has been due; 0: all counts hold */
    bool is_whole;         /* everybody was looked at once; else counts say nothing */
    liq_int128 slopes[LIQ_PATTERN_FALLS - 1]; /* more to liquidate, for each percent of price
                                                 between a fall and the one before it */
    const liq_pattern_counts *counts;         /* lent */
} liq_pattern_facts;

/* What is counted of an account. */
typedef struct liq_pattern_account {
    uint32_t node;   /* the first of its rows that have one; LIQ_NO_INDEX: none has */
    uint16_t bucket; /* of its cross margin without a node, or LIQ_LEVERAGE_NONE */
    bool is_unknown; /* nobody has looked at it */
} liq_pattern_account;

/* An isolated row, or one that would be liquidated at a fall. */
typedef struct liq_pattern_node {
    liq_pattern_row row;
    uint32_t next; /* of the account, or of those that are free */
} liq_pattern_node;

typedef struct liq_pattern {
    liq_live *live; /* lent */
    const liq_settle *settle;
    liq_book prices; /* fallen ones */
    liq_decimal *marks;
    liq_market markets[LIQ_PATTERN_FALLS]; /* the first one is not used */
    liq_screen_cells *cells;               /* by fall; NULL: the venue is too large for them */
    liq_margin_factors *factors;           /* by instrument, of the last look */
    liq_live_set *changed;                 /* accounts, as the live book tells */
    liq_pattern_account *accounts;
    liq_pattern_node *nodes;
    size_t node_capacity;
    uint32_t node_count;
    uint32_t node_free;
    liq_revisit revisit;
    liq_pattern_view view;
    size_t cell_capacity; /* of its packed row */
    size_t amount_capacity;
    liq_pattern_counts counts;
    liq_int128 *traded_micro; /* by instrument: lots since the last look, 10^-6 */
    liq_int128 turnover;      /* the same in money, cash units */
    uint64_t looked;          /* accounts that the last look took */
    uint32_t accounts_most;   /* in a look */
    uint32_t unknown;         /* accounts that nobody has looked at */
    bool has_volume;          /* some was told in this tick */
    bool rises;               /* the falls are rises: set before the first look */
    bool is_whole;
} liq_pattern;

/** Parts per million of the falls, from 0 on. */
extern const uint32_t liq_pattern_falls_ppm[LIQ_PATTERN_FALLS];
/** And of the quantiles that are told: 50, 90, 99 and 99.9%. */
extern const uint32_t liq_pattern_quantiles_ppm[LIQ_PATTERN_QUANTILES];

/**
 * @param out            zeroed; live and settle are lent as long as it lives, and no other pattern
 * is made of the same live book
 * @param accounts_most  that a look takes, above 0; of those that take turns an eighth more
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
