/*
 * Random books to be settled: complete (long equal to short), many accounts near or past
 * bankruptcy, several assets, both margin modes, orders, depth, funds, and random rules of
 * liquidation.
 */
#ifndef LIQ_SUPPORT_VENTURE_H
#define LIQ_SUPPORT_VENTURE_H

#include "scan/support_book.h"
#include "scan/support_seeded.h"
#include "settle/waterfall.h"

enum { VENTURE_INSTRUMENTS_MAX = 5, VENTURE_ACCOUNTS_MAX = 24, VENTURE_LEVELS_MAX = 400 };

typedef struct venture {
    liq_fixture fixture;
    liq_book *book; /* of fixture */
    liq_fund funds[4];
    liq_depth_level levels[VENTURE_LEVELS_MAX];
    liq_market market;
    liq_rows rows;
    liq_row_record *results;
    uint32_t *flagged_rows;
    liq_settle_row *flagged;
    liq_book_source source;
    liq_waterfall waterfall;
    liq_waterfall_input input;
    bool no_legs; /* what is timed records none */
} venture;

/** Draw a book and its rules. */
void venture_draw(venture *out, liq_random *random);

/** Rules that a test sets come after venture_draw and before this: scan by the CPU truth. */
void venture_scan(venture *self);

/** List what is flagged by the results as they are now, for the next run; venture_scan does so too.
 */
void venture_list(venture *self);

/** Make a waterfall and run it. */
liq_status venture_settle(venture *self, liq_error *err);

void venture_clear(venture *self);

/** Everything that has to hold after a run, computed from the book, the copies and the actions and
 * not from the sums that settling keeps; fails the test with the text. */
void venture_check(venture *self, const char *what);

/** Names of the rules, for messages. */
const char *venture_rules(const venture *self);

#endif
