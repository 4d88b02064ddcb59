/*
 * A book whose contents change. Everything an account holds is an entry of one pool, in up to
 * three lists of its account (the order of columns.h) and in the list of all that hold the same
 * instrument or asset: so what a moved price touches is found without looking at the rest.
 *
 * A batch of events is applied step by step, each step noted; the first refusal takes the steps
 * back in reverse. Only when all have passed are entries given back, holders listed and accounts
 * marked as changed, so that a refused batch leaves no trace.
 */
#ifndef LIQ_BOOK_LIVE_BOOK_H
#define LIQ_BOOK_LIVE_BOOK_H

#include <string.h>

#include <liqscan/live.h>

#include "book/columns.h"
#include "book/rows.h"

typedef enum liq_live_list {
    LIQ_LIVE_BALANCES = 0,  /* by asset */
    LIQ_LIVE_POSITIONS = 1, /* by isolated, instrument, long before short */
    LIQ_LIVE_ORDERS = 2,    /* by instrument, reference */
    LIQ_LIVE_LISTS = 3
} liq_live_list;

/* A balance, position or order. */
typedef struct liq_live_entry {
    int64_t quantity; /* signed lots; balance: amount, never 0 */
    int64_t value;    /* of one lot at the entry or limit price */
    liq_decimal price;
    int64_t isolated_margin;
    uint64_t reference; /* of an order */
    uint32_t account;
    uint32_t index;         /* instrument; balance: asset */
    uint32_t next;          /* in its list, or of the free ones; LIQ_NO_INDEX: the last */
    uint32_t holder_before; /* neighbours among the holders of index */
    uint32_t holder_after;
    uint8_t list; /* liq_live_list */
    bool isolated;
    uint8_t seen; /* of an isolated position: as liq_live_account.seen */
} liq_live_entry;

typedef struct liq_live_account {
    uint32_t first[LIQ_LIVE_LISTS];
    uint32_t entry_count;
    uint64_t batch_checked; /* the last one that put its rows together to see if they fit */
    uint64_t name_hash;     /* of its id */
    uint32_t hash_next;     /* next of the same hash, or of the free ones */
    uint32_t born;          /* which of all accounts that there ever were: never 0 */
    uint32_t group;         /* of the loaded book; LIQ_NO_INDEX: none */
    uint8_t mode;           /* liq_account_mode */
    bool alive;
    bool adl_exempt;
    uint8_t seen; /* status + 1 of its cross margin as the last tick has it, kept by whoever values
                     it; 0: none has; LIQ_SEEN_LATER: see scan/live_warned.h */
    char id[LIQ_NAME_BYTES_MAX + 1];
} liq_live_account;

/* Indices of which each is listed once. */
typedef struct liq_live_set {
    uint32_t *items;
    bool *has;
    uint32_t count;
} liq_live_set;

typedef struct liq_live_change liq_live_change;

/* Levels of one side of the depth of an instrument, best first. Those before `first` are what a
 * batch under way has cleared. */
typedef struct liq_live_side {
    liq_depth_level *levels;
    uint32_t first;
    uint32_t end;
    size_t capacity;
} liq_live_side;

/* Where the columns and rows of one account are put together. */
typedef struct liq_live_scratch {
    liq_balance *balances;
    liq_position *positions;
    liq_order *orders;
    liq_rows rows;
    uint64_t capacity; /* entries of an account */
} liq_live_scratch;

typedef struct liq_live_book {
    liq_book prices; /* venue, its text and groups lent, its own prices and factors on margin rates,
                        nothing else */
    liq_live_account *accounts;
    liq_live_entry *entries;
    bool *in_order; /* by account: came with the loaded book, so that numbers of two such accounts
                       are in the order of their ids */
    uint32_t *buckets;            /* accounts by hash of their id */
    uint32_t *instrument_holders; /* first entry of each */
    uint32_t *asset_holders;
    liq_live_side *depth;     /* 2 i: bids of instrument i, 2 i + 1: asks */
    liq_decimal *depth_marks; /* by instrument: its mark when its depth last changed; digits 0: it
                                 had none */
    uint64_t *depth_versions; /* by instrument: another one when its depth may be another */
    liq_live_change *changes; /* of the batch */
    liq_live_set dirty;       /* accounts that changed since the last tick */
    struct liq_live_shadow *shadow; /* that follows this one; NULL: none */
    liq_live_set moved_instruments;
    liq_live_set moved_assets;
    liq_live_set moved_factors; /* instruments */
    liq_live_scratch scratch;
    liq_live_limits limits;
    uint32_t account_capacity; /* the limit and a batch: what goes is given back after the batch */
    uint32_t entry_capacity;
    uint32_t bucket_count; /* a power of two */
    uint32_t account_count;
    uint32_t entry_count;
    uint32_t held[LIQ_LIVE_LISTS]; /* entries of each list, after the last batch */
    liq_int128 *long_lots;         /* by instrument: of all long positions, after the last batch */
    uint32_t *versions;            /* by account: another one when what it holds may be another */
    uint64_t *joined;   /* by instrument: entries that ever came to its holders, each in front */
    uint32_t born_last; /* of the account that came last */
    uint32_t account_free;
    uint32_t entry_free;
    uint32_t change_count;
    uint64_t batch;              /* number of the present one */
    uint64_t *instrument_hashes; /* of their names */
    uint64_t *asset_hashes;
    uint64_t hash[2]; /* of the state: live_hash.h */
} liq_live_book;

/** List an index once. */
void liq_live_set_add(liq_live_set *set, uint32_t index);

/** @param out  zeroed; cleared again on failure */
LIQ_MUST_USE liq_status liq_live_book_create(liq_live_book *out, const liq_book *book,
                                             const liq_live_limits *limits, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_live_book_clear(liq_live_book *live);

/** As liq_live_apply. */
LIQ_MUST_USE liq_status liq_live_book_apply(liq_live_book *live, const liq_live_event *events,
                                            uint32_t count, liq_error *err);

/** The changes were taken over: nothing is dirty and nothing has moved. */
void liq_live_book_settle(liq_live_book *live);

/** Find an account by its id. */
bool liq_live_book_find(const liq_live_book *live, liq_text id, uint32_t *account);

/** The order of two accounts by their ids, for whatever needs an order that does not depend on when
 * an account came. */
static inline int liq_live_book_compare(const liq_live_book *live, uint32_t left, uint32_t right)
{
    if (left == right)
        return 0;
    if (live->in_order[left] && live->in_order[right])
        return left < right ? -1 : 1;
    return strcmp(live->accounts[left].id, live->accounts[right].id);
}

/** The rows of an account; keys say `account`. Lent until the next call or apply. */
const liq_rows *liq_live_book_rows(liq_live_book *live, uint32_t account);

/** An isolated position's row, which is row 1 of these. Lent likewise. */
const liq_rows *liq_live_book_isolated(liq_live_book *live, uint32_t entry);

#endif
