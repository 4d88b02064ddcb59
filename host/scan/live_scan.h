/*
 * The results of a live book, kept by row while rows come and go.
 *
 * An account's cross row has the number of the account; the row of an isolated position that of its
 * entry, behind those of all accounts. Internal to the library; users see the opaque liq_live.
 */
#ifndef LIQ_SCAN_LIVE_SCAN_H
#define LIQ_SCAN_LIVE_SCAN_H

#include <liqscan/live.h>

#include "base/int128.h"
#include "book/live_book.h"
#include "book/market.h"
#include "scan/levels.h"
#include "scan/live_warned.h"
#include "scan/row_cache.h"
#include "scan/row_order.h"
#include "scan/tested_device.h"

/* Sums over all rows. */
typedef struct liq_live_totals {
    liq_int128 equity;
    liq_int128 maintenance;
    liq_int128 notional;
    uint64_t by_status[LIQ_ROW_UNVALUED + 1];
} liq_live_totals;

struct liq_live {
    liq_live_book book;
    liq_market market;
    liq_row_record *results; /* by row */
    uint32_t *valued_tick;   /* by row: the tick of its results */
    uint32_t *row_next;      /* by row: the account's next row */
    bool *has_rows;          /* by account, as of the last tick */
    liq_live_set gathered;   /* rows to value because a price moved */
    liq_live_set caught;     /* accounts that caught up since the last tick */
    liq_live_set *changed;   /* lent: accounts that ticks valued because they had changed, until
                                whoever asks takes them out; NULL: nobody does */
    uint32_t dropped;        /* the first so many dirty accounts have no rows any more */
    uint64_t rows_caught;    /* valued while they caught up */
    liq_live_warned_rows warned;
    liq_row_order order; /* flagged rows as they are read, then unvalued ones by account id */
    liq_live_totals totals;
    liq_tested_device device;
    liq_levels levels; /* screen NULL: whatever moved is valued */
    liq_row_cache cache;
    uint8_t *notes;       /* by place in what the levels list: what is left to do for the row */
    uint64_t rows_valued; /* by the present tick */
    uint64_t rows_screened;
    uint32_t tick;
    uint32_t tick_all;  /* the last one that valued all rows */
    bool value_all;     /* the next one is to */
    bool is_unfinished; /* the last one failed */
};

/** The number of an account, which is also that of its cross row; it is its own until it goes. */
bool liq_live_account_index(const liq_live *live, const char *id, uint32_t *account);

/**
 * Tell the instruments of which an account has a position or an order; some may be told more than
 * once.
 * @param each  returns whether to go on
 */
void liq_live_each_instrument(const liq_live *live, uint32_t account,
                              bool (*each)(void *context, uint32_t instrument), void *context);

/** The same of the assets whose index prices its value depends on: those it has a balance of, and
 * those that its instruments settle in. */
void liq_live_each_asset(const liq_live *live, uint32_t account,
                         bool (*each)(void *context, uint32_t asset), void *context);

/** The key of a row. */
liq_row_key liq_live_key(const liq_live *live, uint32_t row);

/**
 * The result of a row at the market of the last tick: one that the levels left out is valued now,
 * for those who need more of it than its status. Before anything is applied.
 */
liq_row_record liq_live_result(liq_live *live, uint32_t row);

#endif
