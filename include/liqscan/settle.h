/**
 * From flagged accounts to a solvent venue: what must happen to each flagged account, in order,
 * until it is safe or gone, who pays what is missing, and the proof that nothing appeared or
 * vanished.
 *
 * Settling is a pure function of a book, its prices, the results of a scan, the funds and the
 * venue's rules: actions come out, the book is not written. Accounts come most leveraged first,
 * equity of zero or less before all, ties by account id; auto-deleveraging comes after all
 * liquidations of a tick. After each step an account is valued again by the margin rule and left
 * alone as soon as it is below the liquidate level. Each action is audited before it is emitted:
 * cash to the grain, open interest, no flip, no overfill, no fund below its floor. An action that
 * would fail stops the settling and is not emitted.
 */
#ifndef LIQSCAN_SETTLE_H
#define LIQSCAN_SETTLE_H

#include <stdint.h>

#include <liqscan/adl.h>
#include <liqscan/book.h>
#include <liqscan/live.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_settle liq_settle;

/** What is done. The numbers are pinned for ever: journals store them. */
typedef enum liq_settle_kind {
    LIQ_SETTLE_MARGIN_CALL = 1,
    LIQ_SETTLE_CANCEL_ORDERS = 2,
    LIQ_SETTLE_REDUCE = 3,   /**< part of a position is closed, or asked to be */
    LIQ_SETTLE_TAKEOVER = 4, /**< the venue takes a position at its bankruptcy price */
    LIQ_SETTLE_CLOSE = 5,    /**< a position, or what the venue holds, is closed */
    LIQ_SETTLE_FUND_CREDIT = 6,
    LIQ_SETTLE_FUND_DEBIT = 7,
    LIQ_SETTLE_ADL = 8,       /**< a counterparty is closed against what the venue took over */
    LIQ_SETTLE_SOCIALISE = 9, /**< a loss that neither the fund nor ADL covered */
    LIQ_SETTLE_HALT = 10,
    LIQ_SETTLE_RESUME = 11,
    LIQ_SETTLE_GUARD = 12,         /**< a guard has begun to act without halting anything */
    LIQ_SETTLE_MARGIN_NOTICE = 13, /**< margin rates of an instrument are going to change */
    LIQ_SETTLE_MARGIN_RATE = 14    /**< they have changed, from this tick on */
} liq_settle_kind;

/** Why it is done. Likewise pinned. */
typedef enum liq_settle_reason {
    LIQ_BECAUSE_WARNING = 1,     /**< the margin account has reached the warning level */
    LIQ_BECAUSE_REDUCE_ONLY = 2, /**< or reduce-only */
    LIQ_BECAUSE_FLAGGED = 3,     /**< it is to be liquidated */
    LIQ_BECAUSE_BACKSTOP = 4,
    LIQ_BECAUSE_BANKRUPT = 5,
    LIQ_BECAUSE_PAIR = 6,        /**< both legs of a contract against each other */
    LIQ_BECAUSE_TIER = 7,        /**< down to a lower tier */
    LIQ_BECAUSE_SHARE = 8,       /**< a share of a large position */
    LIQ_BECAUSE_MULTIPLE = 9,    /**< a multiple of a share of all positions */
    LIQ_BECAUSE_SHORTAGE = 10,   /**< what covers the missing margin */
    LIQ_BECAUSE_FEE = 11,        /**< liquidation fee */
    LIQ_BECAUSE_INVENTORY = 12,  /**< what the venue holds is closed or has changed its value */
    LIQ_BECAUSE_CONVERSION = 13, /**< an asset is exchanged at its index price to cover a debt */
    LIQ_BECAUSE_DEFICIT = 14,    /**< a position was taken over for more than it is worth */
    LIQ_BECAUSE_DEBT = 15,       /**< an account without positions owes */
    LIQ_BECAUSE_ADL = 16,
    LIQ_BECAUSE_REMAINDER = 17, /**< what a position taken over is worth above bankruptcy */
    /* Of halt, guard and resume. */
    LIQ_BECAUSE_STALE_MARK = 18,    /**< no mark for too long */
    LIQ_BECAUSE_STEP_CLAMP = 19,    /**< a mark too far from the one before it */
    LIQ_BECAUSE_PRICE_BAND = 20,    /**< a mark too far from its index */
    LIQ_BECAUSE_BAD_MARK = 21,      /**< a mark that is no price */
    LIQ_BECAUSE_OUT_OF_ORDER = 22,  /**< a mark older than the one before it */
    LIQ_BECAUSE_OUTLIER = 23,       /**< an index source that counts for nothing */
    LIQ_BECAUSE_RATE_LIMIT = 24,    /**< liquidations of an instrument wait for the next interval */
    LIQ_BECAUSE_FUND_DRAWDOWN = 25, /**< a fund has lost too much */
    LIQ_BECAUSE_CASCADE_ROUNDS = 26, /**< liquidations have led to too many others */
    LIQ_BECAUSE_PRICE_SPEED = 27,    /**< a mark has moved too fast */
    /* Of margin_notice and margin_rate: what asks for the most. */
    LIQ_BECAUSE_REALISED_VOLATILITY = 28,
    LIQ_BECAUSE_IMPLIED_VOLATILITY = 29,
    LIQ_BECAUSE_OPEN_INTEREST = 30,
    LIQ_BECAUSE_CONCENTRATION = 31, /**< open interest against depth */
    LIQ_BECAUSE_SLICE = 32          /**< as much as the depth takes now: execution "sliced" */
} liq_settle_reason;

/** One action. Texts are lent until the next run; amounts are plain decimals, "" when there is
 * none.
 */
typedef struct liq_settle_action {
    uint64_t seq;  /**< from 1, over all runs */
    uint64_t tick; /**< as given to the run */
    liq_settle_kind kind;
    liq_settle_reason reason;
    const char *account;    /**< NULL: none */
    const char *against;    /**< ADL: the account that was liquidated; NULL: none */
    const char *instrument; /**< or the asset that is exchanged; NULL: none */
    const char *fund;       /**< NULL: none */
    const char *asset;      /**< that cash counts; NULL: none */
    int is_isolated;        /**< the margin account is an isolated position */
    int side;               /**< of the position: 1 long, -1 short, 0: none or both */
    uint64_t request; /**< of external execution: names the order that is asked for; 0: none */
    uint64_t rank; /**< ADL: place in the queue, from 1; outlier: number of the source; 0: none */
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /**< contracts; of cancel_orders: orders */
    char price[LIQ_AMOUNT_TEXT_BYTES];
    char cash[LIQ_AMOUNT_TEXT_BYTES]; /**< what the account receives (below zero: pays); of fund
                                         actions the fund; of socialise the loss */
    /** The margin account as it was last valued before the action, in the margin currency: of a
     * counterparty when it was ranked, of a fee before the fill that it is for. "" when no margin
     * account is acted on, or its fill came while it had no value. */
    char equity[LIQ_AMOUNT_TEXT_BYTES];
    char maintenance_margin[LIQ_AMOUNT_TEXT_BYTES];
    char score[LIQ_ADL_SCORE_BYTES]; /**< ADL: as that of liq_adl_row; else "" */
    /** Of halt, guard and resume: what was seen, and the limit that it passed. Marks, shares and
     * notionals as plain decimals, times in milliseconds; price is then the mark that stands. */
    char observed[LIQ_AMOUNT_TEXT_BYTES];
    char limit[LIQ_AMOUNT_TEXT_BYTES];
    /** Of margin_notice and margin_rate; "" of others. Observed is then the volatility of a year,
     * the share of the way between the caps of open interest, or open interest over depth. */
    char raw_factor[LIQ_AMOUNT_TEXT_BYTES]; /**< what is asked for, before bounds and steps */
    char maintenance_factor[LIQ_AMOUNT_TEXT_BYTES]; /**< what rates are multiplied with now, or are
                                                         going to be */
    char initial_factor[LIQ_AMOUNT_TEXT_BYTES];
    int64_t effective_ms; /**< from when on */
} liq_settle_action;

/**
 * One side of a double entry: so much more of an asset in a room. Rooms are "accounts" (balances,
 * isolated margins, and what positions were entered at), "venue" (what it paid for lots that it
 * took over), "market" (who trades with the venue outside the book), "funds", and "uncovered"
 * (losses that nobody paid: below zero). Texts are lent until the next run.
 */
typedef struct liq_settle_leg {
    uint64_t seq; /**< of the action */
    const char *room;
    const char *account;    /**< of accounts; else NULL */
    const char *fund;       /**< of funds; else NULL */
    const char *instrument; /**< of a position or its margin, or that the move was about; or NULL */
    const char *asset;
    char amount[LIQ_AMOUNT_TEXT_BYTES]; /**< signed, exact: down to 10^-16 of the last decimal */
} liq_settle_leg;

/** What a run did. */
typedef struct liq_settle_summary {
    uint64_t actions;
    uint64_t margin_accounts;  /**< flagged at the start or in a later round */
    uint64_t accounts_safe;    /**< of them, left with positions, below the liquidate level */
    uint64_t accounts_closed;  /**< without a position now */
    uint64_t accounts_waiting; /**< still flagged: cool-down, outstanding request, thin book */
    uint64_t accounts_held;    /**< flagged too, not among those above: left alone for now */
    uint64_t accounts_touched; /**< copied: those above, counterparties, and those looked at */
    uint64_t adl_fills;
    uint64_t adl_accounts;
    uint64_t rounds; /**< of the cascade, 1 without one */
    uint64_t settle_ns;
    uint64_t adl_ns;   /**< of settle_ns */
    uint64_t audit_ns; /**< of settle_ns; 0 unless the audit is timed */
    char liquidated_notional[LIQ_AMOUNT_TEXT_BYTES]; /**< reduced, closed and taken over, in the
                                                        margin currency at index prices */
    char adl_notional[LIQ_AMOUNT_TEXT_BYTES];
    char fees[LIQ_AMOUNT_TEXT_BYTES];
    char socialised[LIQ_AMOUNT_TEXT_BYTES];
    char filled[LIQ_AMOUNT_TEXT_BYTES];        /**< closed in the market, worth at the mark */
    char slippage[LIQ_AMOUNT_TEXT_BYTES];      /**< what those fills were worse than the mark; below
                                                  zero: better */
    char largest_close[LIQ_AMOUNT_TEXT_BYTES]; /**< of one position at once, worth at the mark */
    int conserved; /**< non-zero: the rooms add up to nothing, asset by asset */
    char hash[65]; /**< SHA-256 over the actions of the run */
} liq_settle_summary;

/** A fund before and after the last run; texts likewise. */
typedef struct liq_settle_fund {
    const char *fund;
    const char *asset;
    char before[LIQ_AMOUNT_TEXT_BYTES];
    char after[LIQ_AMOUNT_TEXT_BYTES];
    char floor[LIQ_AMOUNT_TEXT_BYTES];
    char peak[LIQ_AMOUNT_TEXT_BYTES]; /**< of 8 hours */
} liq_settle_fund;

/** What ADL did with one side of an instrument in the last run, in the settle asset. */
typedef struct liq_settle_adl {
    const char *instrument;
    const char *asset;
    int is_short; /**< side of the counterparties */
    uint64_t accounts;
    uint64_t fills;
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /**< asked for, contracts */
    char placed[LIQ_AMOUNT_TEXT_BYTES];
    char deficit[LIQ_AMOUNT_TEXT_BYTES];   /**< what the fund could not pay */
    char needed[LIQ_AMOUNT_TEXT_BYTES];    /**< |mark - execution| x quantity */
    char taken[LIQ_AMOUNT_TEXT_BYTES];     /**< given up by counterparties against the mark */
    char overshoot[LIQ_AMOUNT_TEXT_BYTES]; /**< taken - needed */
    char
        largest_share[LIQ_AMOUNT_TEXT_BYTES]; /**< of the quantity placed, by one account, 0 .. 1 */
} liq_settle_adl;

/** A fill that the exchange reports for a request of external execution. */
typedef struct liq_settle_fill {
    uint64_t request;
    const char *quantity; /**< contracts; "0" when nothing was filled */
    const char *price;
    int is_last; /**< non-zero: the order is done, whatever is left of it */
} liq_settle_fill;

/**
 * Make a settler of a book: funds begin as venue.json has them.
 * @param book  lent as long as the settler lives
 * @return LIQ_OK; LIQ_UNSUPPORTED (the policy says nothing of liquidation); LIQ_OUT_OF_RANGE,
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_settle_create(liq_settle **out, const liq_book *book, liq_error *err);

/** Takes NULL. */
void liq_settle_destroy(liq_settle *settle);

/**
 * Make a settler of a live book, which takes over what each run leaves of the accounts.
 * Levels of depth are those of the live book: they come back with every run, and move in proportion
 * to the mark from where it was when the depth of the instrument last changed.
 * @param live  lent as long as the settler lives; between a tick and a run nothing is applied to it
 * @param book  that it was made of, lent likewise
 */
LIQ_MUST_USE liq_status liq_settle_create_live(liq_settle **out, liq_live *live,
                                               const liq_book *book, liq_error *err);

/**
 * Settle what the last scan of a scanner of the same book found. Once: a loaded book does not
 * change, so a second run would settle the same accounts again.
 * @param scanner  has scanned
 * @param time_ms  of the tick, not before that of the last run; cool-downs and peaks go by it
 * @param tick     its number, for the actions
 * @param summary  filled also when settling stopped; NULL allowed
 * @return LIQ_OK; LIQ_NOT_CONSERVED (the audit refused an action: the message names it, no run
 * does anything any more); LIQ_UNSUPPORTED (a second run, or a settler of a live book);
 * LIQ_DEVICE_FAULT (a result of the scan is not what the host computes);
 * LIQ_OUT_OF_RANGE (a time below 0, too), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_settle_run(liq_settle *settle, const liq_scanner *scanner,
                                       int64_t time_ms, uint64_t tick, liq_settle_summary *summary,
                                       liq_error *err);

/**
 * Settle what the last tick of the live book found, and put what is left of the accounts into it:
 * the next tick values them.
 * @return as liq_settle_run
 */
LIQ_MUST_USE liq_status liq_settle_run_live(liq_settle *settle, int64_t time_ms, uint64_t tick,
                                            liq_settle_summary *summary, liq_error *err);

/**
 * From now on a run only says what it would do, for an exchange that acts itself: the live book is
 * not written, and funds, what the venue holds, cool-downs, slices and totals are afterwards as
 * before. What stays is time with the peaks of funds, and the numbers of actions and requests,
 * which go on. What is asked for has a number and is not waited for: the next run asks again, so
 * whoever has passed advice on holds the account until the exchange has reported what came of it.
 * Requests of before are forgotten by the next run; liq_settle_report finds none.
 * @param settle  of a live book
 */
void liq_settle_advise(liq_settle *settle);

/**
 * Take over the balance of a fund that the exchange reports. It is no move: what runs have done
 * still adds up, and the drawdown triggers see it.
 * @param fund     of venue.json, or an asset that has none
 * @param balance  plain decimal in units of its asset, any sign, at most 2^61 of its last decimals
 * @return LIQ_OK; LIQ_NOT_FOUND, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE; LIQ_UNSUPPORTED (a settler of a
 * loaded book)
 */
LIQ_MUST_USE liq_status liq_settle_fund_set(liq_settle *settle, const char *fund,
                                            const char *balance, liq_error *err);

/**
 * Take circuit breakers off by hand: the next run says so and goes on. For the same cause none
 * comes on again before that has been gone. instrument  symbol: its own breaker and that of its
 * fund; NULL: all LIQ_OK, also when none is on; LIQ_NOT_FOUND
 */
LIQ_MUST_USE liq_status liq_settle_resume(liq_settle *settle, const char *instrument,
                                          liq_error *err);

/** How many circuit breakers are on. */
uint32_t liq_settle_breaker_count(const liq_settle *settle);

/** Have the audit timed from now on, which costs two looks at the clock for each action. */
void liq_settle_time_audit(liq_settle *settle);

/**
 * Take over fills of external execution; the next run acts on them first.
 * What an account no longer holds by then is not closed a second time, and a request whose account
 * has gone is forgotten.
 * @return LIQ_OK; LIQ_NOT_FOUND (no such request), LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE (more than is
 * asked for): then none is taken
 */
LIQ_MUST_USE liq_status liq_settle_report(liq_settle *settle, const liq_settle_fill *fills,
                                          uint32_t count, liq_error *err);

/** Actions of the last run. @param index  0 .. liq_settle_action_count - 1 */
uint64_t liq_settle_action_count(const liq_settle *settle);
void liq_settle_action_read(const liq_settle *settle, uint64_t index, liq_settle_action *out);

/** Have legs recorded from now on; memory is kept from run to run. */
void liq_settle_record_legs(liq_settle *settle);

/**
 * Legs of the last run, in the order of its actions; none before liq_settle_record_legs. For each
 * action and asset they sum to exactly nothing, and for each room and asset to what the run has
 * changed there: an action that moves no cash has none. What rounding left over when the venue
 * holds nothing of an instrument any more goes with the last action of the run.
 * @param index  0 .. liq_settle_leg_count - 1
 */
uint64_t liq_settle_leg_count(const liq_settle *settle);
void liq_settle_leg_read(const liq_settle *settle, uint64_t index, liq_settle_leg *out);

/** Funds: those of venue.json, then one of nothing for each asset that has none. */
uint32_t liq_settle_fund_count(const liq_settle *settle);
void liq_settle_fund_read(const liq_settle *settle, uint32_t index, liq_settle_fund *out);

/** Sides on which the last run deleveraged. */
uint32_t liq_settle_adl_count(const liq_settle *settle);
void liq_settle_adl_read(const liq_settle *settle, uint32_t index, liq_settle_adl *out);

/** What all runs did together; times and hash are left out. */
void liq_settle_total(const liq_settle *settle, liq_settle_summary *out);

/**
 * What ADL did with a side in all runs; accounts are counted in each run anew, the share is the
 * largest of any run.
 * @param side  of the counterparties: longs of instrument i of the venue 2 i, shorts 2 i + 1
 * @return zero: nothing
 */
int liq_settle_adl_total(const liq_settle *settle, uint32_t side, liq_settle_adl *out);

/** "margin_call", "cancel_orders", ... */
const char *liq_settle_kind_name(liq_settle_kind kind);
/** "warning", "flagged", ... */
const char *liq_settle_reason_name(liq_settle_reason reason);

#ifdef __cplusplus
}
#endif

#endif
