/**
 * Cascades: a shock of prices, what it liquidates, how that moves prices, whom that liquidates, and
 * so on until nothing moves any more.
 *
 * A round is a tick and a settling of a live book that is made for cascades alone, once: after each
 * it is taken back by what that changed. The caller's book is not written. What a round sells and
 * buys consumes the levels of depth that stand in the book; between rounds
 *
 *   - nothing of it comes back, or a given share of what is missing, at the same distance from the
 *     new price at which it was consumed on average;
 *   - the price of an instrument goes to where its book stands then: the worst level that was
 *     filled, or, where both sides were, between the worst of each by all lots that each has lost
 *     in the cascade; or, if asked for, the middle between the best levels left;
 *   - followers move by their beta times the move of their leader, their depth with them;
 *   - levels stay where they are: the price goes to them, they do not flee from it;
 *   - if asked for, a share of what fills have moved a price by is undone, as traders of other
 * markets would, the levels with it.
 *
 * Levels first stand in the same proportion to the shocked price as they did to the one before.
 * With infinite depth everything is closed at the mark and no price moves. Execution by the
 * exchange itself ("external") is taken to be into depth. The policy's own cascade_rounds and
 * mark_follows_fills are not used: rounds are these ones.
 *
 * Marks are what the feed says of prices. It says all at once, unless it is to be late, quiet or
 * wrong: then accounts are valued by one price and what they hold is sold at another. Guards see
 * each price as they would see a feed, once a round, the one against old marks where the feed has
 * faults; breaker_rounds counts rounds in a row that liquidate; and where the policy has dynamic
 * margin, rates follow the marks by the clock of the cascade, those before the shock lying one
 * sample behind it.
 *
 * Every round strictly reduces what accounts and the venue hold, so that a cascade ends; one that
 * has not by rounds_max is reported as not at rest. Same book, same shock, same options: same
 * bytes.
 */
#ifndef LIQSCAN_CASCADE_H
#define LIQSCAN_CASCADE_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/progress.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_cascade liq_cascade;

enum {
    LIQ_CASCADE_ROUNDS_MAX_LIMIT = 1000000,
    LIQ_CASCADE_MOVES_MAX = 100000,
    LIQ_CASCADE_SLOPES = 3
};

/** Where the price of an instrument stands after fills. */
typedef enum liq_cascade_impact {
    LIQ_CASCADE_LAST_FILL = 0, /**< at the worst level filled; of both sides by all their lots */
    LIQ_CASCADE_MIDDLE = 1,    /**< between the best levels left; a side without any: as above */
    LIQ_CASCADE_NO_IMPACT = 2  /**< where it was */
} liq_cascade_impact;

/** A price and how far it moves. */
typedef struct liq_cascade_move {
    const char *symbol; /**< instrument (mark) or asset (index), as of liq_book_shock */
    int64_t change_ppm; /**< above -1,000,000 and at most 1,000,000,000 */
    int64_t time_ms; /**< since the shock, of which it is with 0, at most a day: it comes with the
                          first round from then on */
} liq_cascade_move;

/** What is wrong with what the venue hears of prices. */
typedef enum liq_cascade_fault_kind {
    LIQ_CASCADE_FROZEN = 0, /**< it hears nothing: marks stay where they were */
    LIQ_CASCADE_WRONG = 1   /**< it hears prices that are off by a share */
} liq_cascade_fault_kind;

/** A fault of the feed for some time: in rounds from from_ms on and before to_ms. */
typedef struct liq_cascade_fault {
    liq_cascade_fault_kind kind;
    const char *symbol; /**< instrument (mark) or asset (index); NULL: all of them */
    int64_t from_ms;    /**< since the shock; 0: it has not heard of that */
    int64_t to_ms;      /**< above from_ms, at most a day */
    int64_t change_ppm; /**< of prices that are wrong: as of liq_cascade_move */
} liq_cascade_fault;

/** A price that follows what fills do to another one. */
typedef struct liq_cascade_follower {
    const char *leader; /**< an instrument */
    const char *symbol; /**< another instrument, or an asset */
    int64_t beta_ppm;   /**< 1,000,000: as much as the leader; -100,000,000 .. 100,000,000 */
} liq_cascade_follower;

/** How cascades are run. Zero everything for the defaults. */
typedef struct liq_cascade_options {
    int64_t depth_ppm;         /**< levels hold this share of what the book says;
                                    0: 1,000,000; at most 10^12 */
    int infinite_depth;        /**< non-zero: close at the mark, move no price */
    liq_cascade_impact impact; /**< 0: LIQ_CASCADE_LAST_FILL */
    int64_t recovery_ppm;      /**< of what is missing, in each round: 0 .. 1,000,000 */
    int64_t reversion_ppm; /**< of what fills have moved a price, in each round: 0 .. 1,000,000 */
    int64_t round_ms;      /**< from one round to the next; 0: 1,000; at most a
                                day. Cool-downs and limits of rates go by it */
    uint32_t rounds_max;   /**< 0: 1,000 */
    const liq_cascade_follower *followers; /**< copied */
    uint32_t follower_count;
    int64_t feed_lag_ms;             /**< the venue hears of a price so much later: 0 .. a day */
    const liq_cascade_fault *faults; /**< of the feed; copied */
    uint32_t fault_count;
    const char *volume; /**< that is traded in a day at other times, a plain decimal of the margin
                             currency above 0; NULL: not known */
    int monitor;        /**< non-zero: look at all accounts after each round, for slopes */
    const char *policy; /**< JSON object laid over the book's policy, such as
                             {"liquidation": {"reduction": "tiers"}}; NULL: none */
    const char *policy_name;      /**< of it, for messages; NULL: "the policy of the cascade" */
    const char *device;           /**< as liq_live_options.device */
    int skip_self_test;           /**< likewise */
    const liq_progress *progress; /**< told of rounds; NULL allowed */
} liq_cascade_options;

/** What a round did. Amounts are plain decimals of the margin currency at index prices. */
typedef struct liq_cascade_round {
    uint32_t round;            /**< from 1 */
    int64_t time_ms;           /**< since the shock */
    uint64_t flagged;          /**< margin accounts to be liquidated when it began */
    uint64_t margin_accounts;  /**< of them, acted on or waiting */
    uint64_t accounts_waiting; /**< still to be liquidated when it ended */
    uint64_t wrongly; /**< margin accounts that were liquidated by a mark and would not have been by
                         the price, none of them counted before */
    uint32_t maintenance_factor_ppm; /**< the highest of dynamic margin */
    uint64_t actions;
    uint64_t adl_fills;
    uint32_t prices;                                 /**< that it moved */
    char liquidated_notional[LIQ_AMOUNT_TEXT_BYTES]; /**< reduced, closed and taken over */
    char market_notional[LIQ_AMOUNT_TEXT_BYTES];     /**< closed into depth, the venue's too */
    char adl_notional[LIQ_AMOUNT_TEXT_BYTES];
    char fees[LIQ_AMOUNT_TEXT_BYTES];
    char socialised[LIQ_AMOUNT_TEXT_BYTES];
    char funds[LIQ_AMOUNT_TEXT_BYTES]; /**< all funds when it ended */
    uint64_t rows_valued;              /**< margin accounts whose values the tick computed */
    char open_interest[LIQ_AMOUNT_TEXT_BYTES]; /**< all longs at their marks, when it ended */
    uint32_t open_share_ppm;                   /**< liquidated, of what was open */
    int64_t volume_share_ppm; /**< closed into depth, of all that is traded; below 0: not known */
    /** Margin-call slopes: notional that each further percent would flag, up to 1, from there to 2,
        and from there to 5% of all marks the way of the shock. Monitor only, else "". */
    char slopes[LIQ_CASCADE_SLOPES][LIQ_AMOUNT_TEXT_BYTES];
    int64_t leverage_99; /**< hundredths: 99% of the margin accounts stay within it; INT64_MAX:
                            spent; monitor only, else 0 */
    uint64_t wall_ns;
} liq_cascade_round;

/** An instrument over the whole cascade; prices are plain decimals. */
typedef struct liq_cascade_price {
    const char *instrument;            /**< lent by the book */
    char before[LIQ_PRICE_TEXT_BYTES]; /**< before the shock */
    char shocked[LIQ_PRICE_TEXT_BYTES];
    char end[LIQ_PRICE_TEXT_BYTES];
    char sold[LIQ_AMOUNT_TEXT_BYTES]; /**< contracts into bids, by the venue too */
    char bought[LIQ_AMOUNT_TEXT_BYTES];
    int64_t shock_ppm;    /**< shocked against before, rounded to the nearest */
    int64_t feedback_ppm; /**< end against shocked, likewise */
} liq_cascade_price;

/** What fills did to one instrument in one round. */
typedef struct liq_cascade_trade {
    uint32_t round;
    const char *instrument;
    char sold[LIQ_AMOUNT_TEXT_BYTES];
    char bought[LIQ_AMOUNT_TEXT_BYTES];
    char before[LIQ_PRICE_TEXT_BYTES]; /**< price when the round began */
    char after[LIQ_PRICE_TEXT_BYTES];  /**< and when the next one does */
} liq_cascade_trade;

/** How a cascade ended. */
typedef enum liq_cascade_end {
    LIQ_CASCADE_AT_REST = 0,     /**< nobody is to be liquidated */
    LIQ_CASCADE_STUCK = 1,       /**< somebody is, and nothing can be done: no depth, no takeover */
    LIQ_CASCADE_NOT_AT_REST = 2, /**< rounds_max were not enough */
    LIQ_CASCADE_HALTED = 3       /**< somebody is, and guards of the policy leave him alone */
} liq_cascade_end;

/** A cascade as a whole. */
typedef struct liq_cascade_summary {
    liq_cascade_end end;
    uint32_t rounds;         /**< that did anything */
    int64_t time_ms;         /**< from the shock to the last of them */
    uint64_t flagged_before; /**< margin accounts to be liquidated before the shock: they are of
                                  the first round too */
    uint64_t flagged_first;  /**< by the shock alone */
    uint64_t flagged_after;  /**< at the end */
    uint64_t accounts;       /**< liquidated, each once */
    uint64_t adl_accounts;   /**< deleveraged, each once */
    uint64_t wrongly;  /**< of the liquidated, those who were by a mark and would not have been by
                          the  price */
    int64_t waited_ms; /**< with somebody to be liquidated, and nothing done */
    uint32_t maintenance_factor_ppm; /**< the highest that dynamic margin came to */
    uint64_t adl_fills;
    uint64_t rows; /**< margin accounts of the book */
    uint64_t actions;
    char first_notional[LIQ_AMOUNT_TEXT_BYTES]; /**< liquidated by the first round that liquidated
                                                     anything */
    char liquidated_notional[LIQ_AMOUNT_TEXT_BYTES];
    char market_notional[LIQ_AMOUNT_TEXT_BYTES];
    char adl_notional[LIQ_AMOUNT_TEXT_BYTES];
    char fees[LIQ_AMOUNT_TEXT_BYTES];
    char socialised[LIQ_AMOUNT_TEXT_BYTES];
    char funds_before[LIQ_AMOUNT_TEXT_BYTES];
    char funds_low[LIQ_AMOUNT_TEXT_BYTES]; /**< lowest after any round */
    char funds_after[LIQ_AMOUNT_TEXT_BYTES];
    char amplification[LIQ_AMOUNT_TEXT_BYTES]; /**< liquidated over first notional, six decimals,
                                                    rounded down; "1" when nothing was */
    const char *worst; /**< instrument whose price fills moved most; NULL: none; lent */
    int64_t worst_ppm; /**< by so much beyond the shock */
    uint64_t make_ns;  /**< for the live book and its first tick */
    uint64_t wall_ns;  /**< for the rounds */
    char hash[65];     /**< SHA-256 over all actions and prices */
} liq_cascade_summary;

/**
 * Make a runner of cascades of a book.
 * @param out      receives it, for the caller to destroy
 * @param book     lent as long as the runner lives; not written, and not to be changed
 * @param options  NULL for the defaults; nothing of it is lent but progress
 * @return LIQ_OK; LIQ_UNSUPPORTED (the policy says nothing of liquidation; closes go into depth and
 * the book has none); LIQ_OUT_OF_RANGE, LIQ_NOT_FOUND (a follower), LIQ_DUPLICATE (likewise);
 * LIQ_BAD_INPUT (policy), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_cascade_create(liq_cascade **out, const liq_book *book,
                                           const liq_cascade_options *options, liq_error *err);

/** Takes NULL. */
void liq_cascade_destroy(liq_cascade *cascade);

/**
 * Go on with the live book of another runner of the same book, so that it need not be made again:
 * for one variant of the rules after the other. Nothing happens when `from` has none, or rules
 * that give accounts other statuses. What `from` found can still be read.
 */
void liq_cascade_take_over(liq_cascade *to, liq_cascade *from);

/**
 * Run a cascade. What the run before said is gone.
 * @param moves    the shock; may be none
 * @param count    0 .. LIQ_CASCADE_MOVES_MAX
 * @param summary  filled; NULL allowed
 * @return LIQ_OK, also when it is not at rest; as liq_book_shock; LIQ_DUPLICATE (a symbol moved
 * twice); LIQ_NOT_CONSERVED (the audit of settling refused an action); LIQ_OUT_OF_RANGE,
 * LIQ_OUT_OF_MEMORY, LIQ_DEVICE_FAULT, LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_cascade_run(liq_cascade *cascade, const liq_cascade_move *moves,
                                        uint32_t count, liq_cascade_summary *summary,
                                        liq_error *err);

/** Rounds of the last run that did anything. @param index  0 .. liq_cascade_round_count - 1 */
uint32_t liq_cascade_round_count(const liq_cascade *cascade);
void liq_cascade_round_read(const liq_cascade *cascade, uint32_t index, liq_cascade_round *out);

/** Trades of the last run, by round and then by instrument. */
uint32_t liq_cascade_trade_count(const liq_cascade *cascade);
void liq_cascade_trade_read(const liq_cascade *cascade, uint32_t index, liq_cascade_trade *out);

/** Instruments of the venue, in its order. @param index  0 .. liq_cascade_price_count - 1 */
uint32_t liq_cascade_price_count(const liq_cascade *cascade);
void liq_cascade_price_read(const liq_cascade *cascade, uint32_t index, liq_cascade_price *out);

/** "at rest", "stuck", "not at rest", "halted". */
const char *liq_cascade_end_name(liq_cascade_end end);

#ifdef __cplusplus
}
#endif

#endif
