/**
 * The auto-deleveraging queue of one side of one instrument: who would be closed against a
 * liquidated position of the other side, and in which order.
 */
#ifndef LIQSCAN_ADL_H
#define LIQSCAN_ADL_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_adl_queue liq_adl_queue;

enum { LIQ_ADL_LIGHTS = 5, LIQ_ADL_SCORE_BYTES = 192 };

/** What lights are shares of. */
typedef enum liq_adl_lights_by {
    LIQ_ADL_LIGHTS_OF_VENUE = 0,    /**< of positions for the rule binance, else of quantity */
    LIQ_ADL_LIGHTS_BY_QUANTITY = 1, /**< ceil(5 x quantity down to here / quantity of all) */
    LIQ_ADL_LIGHTS_BY_COUNT = 2     /**< ceil(5 x rank / ranked positions) */
} liq_adl_lights_by;

/** How a queue is made. Zero everything for the defaults. */
typedef struct liq_adl_options {
    /** NULL: the venue's; "bitmex", "binance", "okx", "hyperliquid", "hyperliquid_literal",
     * "bluefin", "random_walk". */
    const char *rule;
    liq_adl_lights_by lights;
} liq_adl_options;

/** Where a position stands, in the order in which queues list. The numbers are pinned for ever. */
typedef enum liq_adl_standing {
    LIQ_ADL_RANKED = 0,
    LIQ_ADL_EXEMPT = 1,          /**< the account is exempt: a score, but neither rank nor light */
    LIQ_ADL_PAST_BANKRUPTCY = 2, /**< equity of zero or less: no score, never a counterparty */
    LIQ_ADL_UNVALUED = 3         /**< its margin account has no value: no score, never healthy */
} liq_adl_standing;

enum { LIQ_ADL_STANDINGS = 4 };

/** A position of the queue; account is lent as long as the book lives. */
typedef struct liq_adl_row {
    const char *account;
    int is_isolated; /**< zero: part of the account's cross margin */
    int is_exempt;   /**< by the book; also said of those past bankruptcy or unvalued */
    liq_adl_standing standing;
    char quantity[LIQ_AMOUNT_TEXT_BYTES];       /**< contracts, positive */
    char unrealised_pnl[LIQ_AMOUNT_TEXT_BYTES]; /**< in the settle asset; "" without a mark */
    /** Plain decimal of 15 significant digits; "" when there is none. */
    char score[LIQ_ADL_SCORE_BYTES];
    int64_t score_key; /**< a higher key is closed earlier; equal keys by account id */
    uint64_t rank;     /**< from 1, 0: none */
    uint32_t light;    /**< 1 (closed first) .. 5, 0: none */
} liq_adl_row;

/**
 * Rank one side of an instrument at the book's present prices, on the host.
 * @param out         receives the queue, which the caller destroys before the book
 * @param instrument  symbol
 * @param is_short    zero for the longs, which a liquidated short is closed against
 * @param options     NULL for the defaults
 * @return LIQ_OK; LIQ_NOT_FOUND (no such instrument or rule), LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_adl_queue_create(liq_adl_queue **out, const liq_book *book,
                                             const char *instrument, int is_short,
                                             const liq_adl_options *options, liq_error *err);

/** Takes NULL. */
void liq_adl_queue_destroy(liq_adl_queue *queue);

/** The rule that scored, by its name, and what lights are shares of (never
 * LIQ_ADL_LIGHTS_OF_VENUE).
 */
const char *liq_adl_queue_rule(const liq_adl_queue *queue);
liq_adl_lights_by liq_adl_queue_lights(const liq_adl_queue *queue);

/** Number of positions on this side, and of those that are ranked. */
uint64_t liq_adl_queue_count(const liq_adl_queue *queue);
uint64_t liq_adl_queue_ranked(const liq_adl_queue *queue);

/**
 * Read a position: the ranked ones in order, then exempt ones by score, then those past bankruptcy,
 * then the unvalued; ties by account id, cross before isolated.
 * @param index  0 .. liq_adl_queue_count - 1
 */
void liq_adl_queue_row(const liq_adl_queue *queue, uint64_t index, liq_adl_row *out);

/** "ranked", "exempt", "past_bankruptcy", "unvalued". */
const char *liq_adl_standing_name(liq_adl_standing standing);

/** The score of one position; where it stands among others only a queue tells. */
typedef struct liq_position_score {
    liq_adl_standing standing; /**< LIQ_ADL_RANKED: it would have a rank */
    int64_t score_key;         /**< as in liq_adl_row: to compare with others by the same rule */
    /** The score itself, a plain decimal of 15 significant digits without a unit; the key is the
     * exact one but for 2^-52 of it. "" when there is none. */
    char score[LIQ_ADL_SCORE_BYTES];
} liq_position_score;

/**
 * Read the score that the last scan gave a position, by the rule that the scanner was made with.
 * Nothing is sorted and nothing computed.
 * @param out         filled, the caller's own
 * @param row_index   of its margin account, 0 .. liq_scanner_row_count - 1
 * @param instrument  symbol of a position that the margin account holds
 * @param is_short    its side
 * @return LIQ_OK; LIQ_NOT_FOUND (no such position, or there are no scores: the scanner was made
 * without, or has not scanned since it last failed), with out unchanged
 */
LIQ_MUST_USE liq_status liq_scanner_score(liq_position_score *out, const liq_scanner *scanner,
                                          uint32_t row_index, const char *instrument, int is_short,
                                          liq_error *err);

typedef struct liq_adl_allocation liq_adl_allocation;

/**
 * What is to be closed against a queue, and how it is shared out. Zero everything but price and
 * quantity (or deficit) for the defaults. Decimals are plain decimal strings.
 */
typedef struct liq_adl_request {
    /** "queue", "pro_rata", "capped_pro_rata", "risk_aware", "min_leverage", "random_walk". NULL
     * here and in base, weight and caps: the venue's (adl_policy and so on), "queue" of "equity"
     * where it has none; for a rule of the queue other than the venue's a walk goes with
     * "random_walk" alone. */
    const char *policy;
    const char *quantity; /**< contracts, above zero, whole lots; NULL: what the deficit needs */
    const char *price;    /**< of the closes, above zero */
    /** Of the settle asset, 0 or more: no more lots are closed than cover it by the difference
     * between price and mark. NULL: the whole quantity is closed. */
    const char *deficit;
    /** capped_pro_rata, risk_aware: shares of what, "equity" or "profit". */
    const char *base;
    /** risk_aware: the base times what, "leverage" or "margin_ratio". */
    const char *weight;
    /** capped_pro_rata, risk_aware: the most that an account gives, by the difference between price
     * and mark, as a share of its base, such as "0.25". */
    const char *base_cap;
    const char *position_cap;  /**< the most that is closed of a position, as a share */
    const char *fill_quantity; /**< least close that is not a whole position; NULL: one lot */
    uint64_t seed;             /**< random_walk: where the walk starts */
} liq_adl_request;

/** What one position of the queue gives. */
typedef struct liq_adl_close {
    char quantity[LIQ_AMOUNT_TEXT_BYTES];     /**< contracts */
    char realised_pnl[LIQ_AMOUNT_TEXT_BYTES]; /**< price against entry, in the settle asset */
} liq_adl_close;

/** What an allocation does as a whole; names are lent as long as the queue and its book live. */
typedef struct liq_adl_summary {
    const char *policy;
    const char *base;            /**< NULL: the policy has none */
    const char *weight;          /**< likewise */
    const char *asset;           /**< that money below counts: the settle asset */
    const char *largest_account; /**< that gives the most; NULL: nobody gives */
    uint64_t positions;          /**< that give */
    uint64_t accounts;           /**< that give */
    uint64_t seed;
    char quantity[LIQ_AMOUNT_TEXT_BYTES]; /**< asked, contracts */
    char closed[LIQ_AMOUNT_TEXT_BYTES];
    char residual[LIQ_AMOUNT_TEXT_BYTES]; /**< that nobody can give */
    char price[LIQ_AMOUNT_TEXT_BYTES];
    char mark_price[LIQ_AMOUNT_TEXT_BYTES];
    char deficit[LIQ_AMOUNT_TEXT_BYTES]; /**< "": not given */
    char needed[LIQ_AMOUNT_TEXT_BYTES];  /**< difference between mark and price x quantity asked */
    char taken[LIQ_AMOUNT_TEXT_BYTES]; /**< what the closes cost their holders, against the mark */
    char overshoot[LIQ_AMOUNT_TEXT_BYTES]; /**< taken - needed */
    char realised_pnl[LIQ_AMOUNT_TEXT_BYTES];
    char largest_share[LIQ_AMOUNT_TEXT_BYTES]; /**< of what is closed, cut to 6 decimals */
    /** Where the common level stops, to 6 decimals, "" where there is none: pro_rata the share
     * of a position, capped_pro_rata the cost over the base, min_leverage the leverage. */
    char level[LIQ_AMOUNT_TEXT_BYTES];
} liq_adl_summary;

/**
 * Share a quantity out over the ranked positions of a queue. Nothing of the book changes. Positions
 * at a loss give only when no other can, and nobody gives more than his equity pays for.
 * @param out    receives the allocation, which the caller destroys before the queue
 * @param queue  lent as long as the allocation lives
 * @return LIQ_OK; LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE (a text of the request, or an instrument
 * without a mark price), LIQ_NOT_FOUND (a name), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_adl_allocation_create(liq_adl_allocation **out,
                                                  const liq_adl_queue *queue,
                                                  const liq_adl_request *request, liq_error *err);

/** Takes NULL. */
void liq_adl_allocation_destroy(liq_adl_allocation *allocation);

/** What a position gives. @param index  as in liq_adl_queue_row; who has no rank gives nothing */
void liq_adl_allocation_close(const liq_adl_allocation *allocation, uint64_t index,
                              liq_adl_close *out);

void liq_adl_allocation_summary(const liq_adl_allocation *allocation, liq_adl_summary *out);

#ifdef __cplusplus
}
#endif

#endif
