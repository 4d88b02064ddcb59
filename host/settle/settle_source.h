/*
 * What settling reads: accounts, positions by side, results and scores of a book, wherever they
 * lie. Everything is lent and nothing is written. Accounts are numbers; the order of their ids is
 * for the source to tell.
 */
#ifndef LIQ_SETTLE_SETTLE_SOURCE_H
#define LIQ_SETTLE_SETTLE_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "book/rows.h"
#include "scan/adl_index.h"
#include "scan/device_scores.h"
#include "settle/row_map.h"

/* A position on a side of an instrument: longs of instrument i are side 2 i, shorts 2 i + 1. */
typedef struct liq_side_holder {
    uint32_t account;
    uint32_t position; /* place among the positions of the account */
} liq_side_holder;

typedef struct liq_side_holders {
    const liq_side_holder *items; /* lent until the next call */
    const int64_t *scores;        /* keys of kernels/liq_adl.h, or NULL: not known */
    uint32_t count;
} liq_side_holders;

/** Positions of the cross margin, which come before isolated ones. */
uint64_t liq_cross_count(const liq_account_columns *columns);

typedef struct liq_settle_source {
    void *context;
    const liq_venue *venue;
    const liq_decimal *marks;                           /* of instruments; digits 0: none */
    uint32_t account_limit;                             /* accounts are below this */
    const char *(*id)(void *context, uint32_t account); /* lent as long as the account is there */
    /** Which account has that number: another answer when it is another account, 0 when there is
     * none. */
    uint32_t (*born)(void *context, uint32_t account);
    /** What an account holds; lent until the next call. @return whether it is exempt from ADL */
    bool (*read)(void *context, uint32_t account, liq_account_columns *out);
    /** Ask ahead for what reading accounts needs: of `far` the account, of `near` what it holds.
     * NULL: nothing is gained by it. */
    void (*expect)(void *context, uint32_t far, uint32_t near);
    /** Result of the margin account that a position belongs to, as the scan left it. */
    liq_row_record (*result)(void *context, uint32_t account, const liq_account_columns *columns,
                             uint32_t position);
    /** The order of two accounts by their ids: below zero, zero or above. */
    int (*compare)(void *context, uint32_t left, uint32_t right);
    /** Positions of a side, by account id, then position; those of exempt accounts left out; side
     * 2 x instruments + i: those of the exempt on instrument i, without scores. */
    liq_status (*side)(void *context, uint32_t side, liq_side_holders *out, liq_error *err);
} liq_settle_source;

/** The order of rows, of two names or of what begins with one: by account id, cross first, by
 * instrument, long before short. For qsort_r. @param source  const liq_settle_source */
int liq_source_compare_rows(const void *left, const void *right, void *source);

/* A loaded book as a source: an index of its positions by side, made once. */
typedef struct liq_book_source {
    const liq_book *book;
    const liq_row_record *results; /* in row order; the caller sets this before each run */
    const int64_t *scores;         /* by place of index, or NULL: likewise */
    const liq_device_scan *device; /* has scanned the book: scores, where they are NULL, are asked
                                      of it; NULL: none. Likewise */
    liq_device_scores *device_scores; /* made when they are first asked for */
    liq_adl_index index;              /* places: by side, then account */
    uint32_t *cross_rows;             /* row of each account's cross margin */
    liq_side_holder *holders;         /* by place */
    liq_side_holder *exempt;          /* the exempt among them, by instrument */
    uint32_t *exempt_firsts;          /* by instrument, and where they end */
} liq_book_source;

/**
 * @param out   zeroed; book is lent as long as it lives
 * @param keys  of the rows of the book, read here only
 */
LIQ_MUST_USE liq_status liq_book_source_create(liq_book_source *out, const liq_book *book,
                                               const liq_row_key *keys, uint32_t row_count,
                                               liq_error *err);

/** Give back what lies on the device of a scan, before that is gone. */
void liq_book_source_end(liq_book_source *source);

/** Takes a zeroed or filled one. */
void liq_book_source_clear(liq_book_source *source);

/** The face of it; lent as long as source stays where it is. */
liq_settle_source liq_book_source_face(liq_book_source *source);

#endif
