/*
 * The book in memory: columns by account, in the order of account ids. Internal to the library;
 * users see the opaque liq_book of include/liqscan/book.h.
 */
#ifndef LIQ_BOOK_COLUMNS_H
#define LIQ_BOOK_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/book.h>

#include "base/decimal.h"
#include "base/file_view.h"
#include "base/names.h"
#include "book/margin_factors.h"
#include "book/stamp.h"
#include "book/venue.h"

enum { LIQ_ACCOUNTS_MAX = 50000000 };

/* Of account_seen and position_seen: what came after that has not been told yet. */
enum { LIQ_SEEN_LATER = 128 };

typedef enum liq_account_mode { LIQ_ACCOUNT_CROSS = 0, LIQ_ACCOUNT_PORTFOLIO = 1 } liq_account_mode;

typedef struct liq_balance {
    int64_t amount; /* asset units */
    uint32_t account_index;
    uint32_t asset_index;
} liq_balance;

typedef struct liq_position {
    int64_t quantity_lots; /* signed: long > 0 > short */
    int64_t entry_value; /* fine units of the settle asset for a lot, rounded against the holder */
    liq_decimal entry_price;
    int64_t isolated_margin; /* units of the settle asset; 0 unless isolated */
    uint32_t account_index;
    uint32_t instrument_index;
    bool isolated;
} liq_position;

typedef struct liq_order {
    int64_t quantity_lots; /* signed: buy > 0 > sell */
    int64_t limit_value; /* fine units of the settle asset for a lot, rounded against the holder */
    liq_decimal price;
    uint32_t account_index;
    uint32_t instrument_index;
} liq_order;

typedef struct liq_depth_level {
    int64_t quantity_lots;
    liq_decimal price;
    uint32_t instrument_index;
    bool is_bid;
} liq_depth_level;

typedef struct liq_account {
    uint32_t group_index; /* into group_names; UINT32_MAX: none */
    uint8_t mode;         /* liq_account_mode */
    uint8_t adl_exempt;
} liq_account;

/*
 * account_names is sorted by bytes, so index order is id order. Balances are sorted by (account,
 * asset), positions by (account, isolated, instrument, long before short), orders by (account,
 * instrument, place in the file); x_first[i] .. x_first[i + 1] are those of account i.
 *
 * A book that a live book was saved as knows more: what columns of its own say, which are NULL in
 * any other.
 */
struct liq_book {
    liq_venue venue;
    char *venue_text; /* of venue.json, venue_bytes long; NULL: made by a program */
    size_t venue_bytes;
    liq_book_stamp stamp; /* of the files that the book was loaded from */
    bool is_stamped;      /* it is those files as they are: whoever changes the book clears this */
    liq_file_view lent; /* of a snapshot: where accounts, balances, positions, orders, their firsts
                           and the names of accounts lie, which are then not the book's own */
    liq_names *account_names;
    liq_names *group_names;
    liq_account *accounts;
    liq_balance *balances;
    liq_position *positions;
    liq_order *orders;
    liq_depth_level *depth; /* by instrument, bids before asks, best price first */
    uint64_t *balance_first;
    uint64_t *position_first;
    uint64_t *order_first;
    liq_decimal *instrument_marks;      /* digits 0: no mark price */
    liq_decimal *asset_indices;         /* digits 0: no index price; asset 0: one */
    liq_margin_factors *margin_factors; /* by instrument; NULL: all are one */
    uint64_t *order_references; /* by order, rising among those of an account and instrument; NULL:
                                   1, 2, 3 .. in each account */
    uint8_t *account_seen;      /* by account: as liq_live_account.seen */
    uint8_t *position_seen;     /* by position: as liq_live_entry.seen */
    liq_decimal *depth_marks;   /* by instrument: mark that its depth was seen at, digits 0: none;
                                   NULL: at the marks of the book */
    uint64_t balance_count;
    uint64_t position_count;
    uint64_t order_count;
    uint64_t depth_count;
    uint32_t account_count;
};

/** The factors on the margin rates of an instrument. */
static inline liq_margin_factors liq_book_margin_factors(const liq_book *book,
                                                         uint32_t instrument_index)
{
    return book->margin_factors != NULL ? book->margin_factors[instrument_index]
                                        : liq_margin_factors_one();
}

#endif
