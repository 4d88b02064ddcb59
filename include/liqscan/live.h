/**
 * A book that changes and is watched: after the first tick, a tick costs in proportion to what
 * changed since the one before it, and says the same as a scan of a book made afresh.
 *
 * A live book is made from a loaded one, with limits. Prices, balances, positions, orders and
 * accounts then change by events, and liq_live_tick values the margin accounts that an event
 * touched, and of the others those whose status is not proven to be what it was: work is avoided in
 * levels, each of which proves what it leaves out (kernels/liq_screen.h, host/scan/levels.h). So
 * the status of every margin account is exact after every tick, and so are all values of those that
 * are listed (flagged or unvalued); the values of others are of the tick that valued them last, and
 * say how old they are. A live book belongs to one thread at a time.
 */
#ifndef LIQSCAN_LIVE_H
#define LIQSCAN_LIVE_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_live liq_live;

/** What a live book has room for. All memory is taken by liq_live_create, but for depth, and for
 * the scratch space of an account that outgrows all accounts before it. */
typedef struct liq_live_limits {
    uint32_t accounts_max; /**< 0: those of the book and an eighth more, at least 1,024 more */
    uint32_t entries_max;  /**< balances, positions and orders together; 0: likewise */
    uint32_t events_max;   /**< of one liq_live_apply, 0: 65,536 */
} liq_live_limits;

/** How a live book is made. Zero everything for the defaults. */
typedef struct liq_live_options {
    liq_live_limits limits;
    /** Where margin accounts are screened. NULL or "cpu-reference": on the host; else as
     * liq_scanner_options.device. Exact values are always the host's. */
    const char *device;
    int skip_self_test; /**< non-zero: use the device without its self-test */
    int exact_all;      /**< non-zero: value whatever holds something that moved, prove nothing */
} liq_live_options;

/** What happened. The numbers are pinned for ever: journals may store them. */
typedef enum liq_live_event_kind {
    LIQ_LIVE_MARK = 1,            /**< an instrument has a new mark price: symbol, price */
    LIQ_LIVE_INDEX = 2,           /**< an asset has a new index price: symbol, price */
    LIQ_LIVE_BALANCE = 3,         /**< a balance is now: account, symbol (asset), amount */
    LIQ_LIVE_POSITION = 4,        /**< a position is now, or is closed */
    LIQ_LIVE_ORDER = 5,           /**< an order is now, or is gone */
    LIQ_LIVE_ADD_ACCOUNT = 6,     /**< a new account, with nothing: account, is_portfolio */
    LIQ_LIVE_REMOVE_ACCOUNT = 7,  /**< an account and all it held is gone: account */
    LIQ_LIVE_DEPTH_CLEAR = 8,     /**< an instrument has no depth, before it is told anew: symbol */
    LIQ_LIVE_DEPTH_LEVEL = 9,     /**< a level of depth is now, or is gone: symbol, price, amount */
    LIQ_LIVE_BALANCE_CHANGE = 10, /**< a balance changes by: account, symbol (asset), amount */
    LIQ_LIVE_MARGIN_CHANGE = 11, /**< the margin of an isolated position changes by: account, symbol
                                    (instrument), is_short, amount */
    LIQ_LIVE_MARGIN_FACTORS = 12 /**< the margin rates of an instrument are times: symbol,
                                     maintenance_factor_ppm, initial_factor_ppm */
} liq_live_event_kind;

/** Levels of depth on one side of an instrument that events may bring it to. */
enum { LIQ_LIVE_LEVELS_MAX = 16384 };

/**
 * One event. Zero everything, then set what the kind needs; texts are read during the call only.
 * Decimals are plain strings in the grammar and range of the book's files.
 */
typedef struct liq_live_event {
    liq_live_event_kind kind;
    const char *account; /**< id */
    const char *symbol;  /**< instrument; of a balance or an index price: asset */
    /** Balance: units of the asset, any sign, and of a change what is added; of a margin change
     * likewise, in the settle asset, what is left not below 0. Position, order and level:
     * contracts, not negative, a multiple of the lot; "0" closes the position, cancels the order or
     * removes the level, which need not be there. */
    const char *amount;
    const char *price; /**< mark, index, entry, limit or level's price, above 0; of a position or an
                            order not read with amount "0" */
    const char *isolated_margin; /**< settle asset, not negative; needed with is_isolated only */
    /** Names an order among those of its account and instrument: the same again replaces it. Orders
     * that the book was loaded with have the numbers 1, 2, 3 .. in each account, by instrument and
     * then by place in the file, or those that they had when a live book was saved. */
    uint64_t order_reference;
    int is_short;      /**< non-zero: a short position, an order to sell, or a level of asks */
    int is_isolated;   /**< of a position */
    int is_portfolio;  /**< of a new account: portfolio margin, see venue.json */
    int is_adl_exempt; /**< of a new account: no counterparty of auto-deleveraging */
    /** What maintenance and initial rates of an instrument are multiplied with, in parts per
     * million of the tier table's: 1 .. 100,000,000. A rate is rounded up, and is at most 100%
     * unless the table itself asks for more. Factors hold until others come. */
    uint32_t maintenance_factor_ppm;
    uint32_t initial_factor_ppm;
} liq_live_event;

/** What a tick did and what stands after it. */
typedef struct liq_live_summary {
    uint64_t rows;             /**< margin accounts */
    uint64_t rows_valued;      /**< of them, by this tick, exactly */
    uint64_t rows_screened;    /**< of them, by this tick, for a proof */
    uint64_t totals_age_ticks; /**< since the tick that valued all rows: totals may be as old */
    uint64_t by_status[LIQ_MARGIN_STATUS_COUNT]; /**< by liq_margin_status_code */
    uint64_t flagged;                            /**< liquidate, backstop or bankrupt */
    uint64_t wall_ns;
    char equity_total[LIQ_AMOUNT_TEXT_BYTES]; /**< exact sum over valued rows, plain decimal */
    char maintenance_total[LIQ_AMOUNT_TEXT_BYTES];
    char notional_total[LIQ_AMOUNT_TEXT_BYTES];
} liq_live_summary;

/**
 * Make a live book of a loaded one. Nothing is valued before the first tick, which values all.
 * @param out     receives it, for the caller to destroy
 * @param book    its venue and the names of its groups are lent as long as the live book lives; the
 * rest is copied
 * @param options NULL for the defaults
 * @return LIQ_OK, LIQ_OUT_OF_RANGE (the book is past a limit, or the limits are past what 32 bits
 * count), LIQ_OUT_OF_MEMORY; with a device LIQ_NO_DEVICE, LIQ_SELF_TEST, LIQ_DEVICE_FAULT
 */
LIQ_MUST_USE liq_status liq_live_create(liq_live **out, const liq_book *book,
                                        const liq_live_options *options, liq_error *err);

/** Give it back. Takes NULL. */
void liq_live_destroy(liq_live *live);

/**
 * Apply events in order, all or none: when one is refused nothing has changed, and the message
 * names it by its place, from 0. Results change at the next tick, not here.
 * @param events  count of them
 * @param count   0 .. events_max
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_NOT_FOUND (account, symbol, or the position or order to end),
 * LIQ_DUPLICATE (a new account that is there), LIQ_OUT_OF_RANGE (a value, a limit of the live book,
 * or of the margin rule), LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_apply(liq_live *live, const liq_live_event *events, uint32_t count,
                                       liq_error *err);

/**
 * Value what changed since the last tick.
 * @param summary  filled; NULL allowed
 * @return LIQ_OK, or LIQ_DEVICE_FAULT: then the next tick starts over, and nothing was lost. A tick
 * takes no memory and cannot fail on the host
 */
LIQ_MUST_USE liq_status liq_live_tick(liq_live *live, liq_live_summary *summary, liq_error *err);

/**
 * Do ahead what the next tick has to do for accounts that changed, while there is nothing else to
 * do. That tick comes to the same statuses and lists either way; of an account that caught up and
 * whose status the moved prices leave as it is, it may keep values of the market of the last tick.
 * Whoever reads an account in between sees it as it has become, at the prices of the last tick.
 * Lists lent since the last tick are not to be read any more.
 *  accounts_max  how many at most
 * @return how many are left; 0 before the first tick and after one that failed
 */
uint32_t liq_live_catch_up(liq_live *live, uint32_t accounts_max);

/** Have the next tick value every row exactly, so that all values and totals are of that tick. */
void liq_live_value_all(liq_live *live);

/**
 * Rows to act on after the last tick: equity of zero or less first, then most leveraged (notional /
 * equity) first, ties by account id, cross before isolated, instrument, long before short.
 * A tick tells who is listed; whoever reads a list first after it has rows put in order, which
 * costs in proportion to how many came, went or changed since: so this is no call for two threads
 * at once.
 * @param rows  receives rows for liq_live_row, lent until the next apply or tick
 */
void liq_live_flagged(liq_live *live, const uint32_t **rows, uint32_t *count);

/** Rows without a value after the last tick, by account id; put in order and lent likewise. */
void liq_live_unvalued(liq_live *live, const uint32_t **rows, uint32_t *count);

/**
 * Rows that the last tick brought to the warning or reduce-only level: from a lower level, from
 * having no value, or new at it; a row that came down to it from a worse one is not among them.
 * Rows whose notice a settler keeps back are among them for as long as they are at such a level.
 * In no order; lent likewise.
 */
void liq_live_warned(const liq_live *live, const uint32_t **rows, uint32_t *count);

/**
 * Read a row of the last tick.
 * @param row  from liq_live_flagged, liq_live_unvalued or liq_live_warned, with no apply in between
 * @param out  filled; its texts are lent until the next apply
 */
void liq_live_row(const liq_live *live, uint32_t row, liq_scan_row *out);

/**
 * Read any row of the last tick; before the next tick after an apply only accounts that the apply
 * did not touch.
 * @param instrument  of an isolated position; NULL: the cross account
 * @param is_short    side of an isolated position
 * @param out         filled; its texts are lent until the next apply
 * @return LIQ_OK, LIQ_NOT_FOUND (also: touched since the last tick)
 */
LIQ_MUST_USE liq_status liq_live_find(const liq_live *live, const char *account,
                                      const char *instrument, int is_short, liq_scan_row *out,
                                      liq_error *err);

/** One thing that an account holds, in the terms of liq_live_event. Decimals are plain and exact.
 */
typedef struct liq_live_holding {
    liq_live_event_kind kind;          /**< LIQ_LIVE_BALANCE, LIQ_LIVE_POSITION or LIQ_LIVE_ORDER */
    const char *symbol;                /**< asset of a balance, else instrument */
    char amount[LIQ_PRICE_TEXT_BYTES]; /**< signed of a balance, else contracts above 0 */
    char price[LIQ_PRICE_TEXT_BYTES];  /**< entry or limit; "": a balance */
    char isolated_margin[LIQ_PRICE_TEXT_BYTES]; /**< "" unless is_isolated */
    uint64_t order_reference;                   /**< of an order */
    int is_short;
    int is_isolated;
} liq_live_holding;

/**
 * Tell what an account holds now, also what was applied since the last tick: balances by asset,
 * then positions, cross before isolated, by instrument, long before short, then orders by
 * instrument and number.
 * @param each     told of each; the holding is lent during the call. It returns non-zero to go on
 * @param context  handed to it
 * @return LIQ_OK, also when it was stopped; LIQ_NOT_FOUND
 */
LIQ_MUST_USE liq_status liq_live_holdings(const liq_live *live, const char *account,
                                          int (*each)(void *context,
                                                      const liq_live_holding *holding),
                                          void *context, liq_error *err);

/**
 * Read the mark price of an instrument, or the index price of an asset, as it is now.
 * @param is_index  non-zero: symbol is an asset
 * @param out       receives a plain decimal, or "" when there is no price yet
 * @return LIQ_OK or LIQ_NOT_FOUND
 */
LIQ_MUST_USE liq_status liq_live_price_read(const liq_live *live, const char *symbol, int is_index,
                                            char out[LIQ_PRICE_TEXT_BYTES], liq_error *err);

/**
 * Read the factors on the margin rates of an instrument as they are now, in parts per million.
 * @param maintenance_ppm, initial_ppm  receive them; NULL allowed
 * @return LIQ_OK or LIQ_NOT_FOUND
 */
LIQ_MUST_USE liq_status liq_live_margin_factors(const liq_live *live, const char *symbol,
                                                uint32_t *maintenance_ppm, uint32_t *initial_ppm,
                                                liq_error *err);

/**
 * Write the live book to a file as it is, for liq_book_load_snapshot. A live book that is made of
 * what that loads goes on as this one does: the next tick and whatever is settled after it say the
 * same, nobody who was told of a level is told again, and orders keep their numbers. What was
 * applied and not ticked yet is in the file; what was valued is not, so its next tick values all
 * rows, and totals are of that tick.
 * Nothing is written to the live book, no thread is started and no device is used: it may be called
 * in a forked child, which has the live book as it was at the fork.
 * @param path  replaced when it is a regular file; for its owner alone, as liq_book_save_snapshot
 * @return LIQ_OK; LIQ_UNSUPPORTED (the book that it was made of was not loaded from files);
 * LIQ_BAD_INPUT (something else stands at path), LIQ_IO, LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_save(const liq_live *live, const char *path, liq_error *err);

/**
 * The hash of all that a live book holds, kept up to date by every change: accounts with their mode
 * and exemption, balances, positions, orders and their numbers, prices, factors on margin rates,
 * depth, and what accounts were told by ticks. Names and values decide, not where things lie nor
 * how they came about: it is the same for a book that was saved and loaded. Another number for
 * another state, as far as chance goes; it proves nothing against who wants to deceive.
 */
void liq_live_state_hash(const liq_live *live, uint64_t out[2]);

/**
 * Make a loaded book of what a live book holds now, under another venue.json: how definitions and
 * rules change while a book is live. Instruments and assets are matched by their symbols and
 * everything that is derived from them is computed anew. Prices of what is no longer there are
 * dropped, and so is the depth of an instrument that a new lot or price limit does not fit: it is
 * to be told again. What live books know more is taken over as by liq_live_save.
 * @param out         receives the book, for the caller to destroy; nothing is lent
 * @param venue_name  of the text, for messages
 * @param venue_text  of venue.json
 * @return LIQ_OK; what liq_book_load says of a venue.json; LIQ_NOT_FOUND (an asset or an instrument
 * that is held), LIQ_BAD_INPUT (an amount or a quantity that is no multiple of the new step,
 * another margin currency, another settle asset of an isolated position), LIQ_OUT_OF_RANGE (a value
 * past the limits), each naming the account and what it holds; LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_rebuild(liq_book **out, const liq_live *live,
                                         const char *venue_name, const char *venue_text,
                                         liq_error *err);

#ifdef __cplusplus
}
#endif

#endif
