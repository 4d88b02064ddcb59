/*
 * Whom to look at again. Accounts were looked at by some prices, and what was seen of each holds
 * until one of its own prices has moved by a share, its reach. They wait in lists, by the prices
 * that they were looked at by and by their reach, so that a tick asks only those whose reach any
 * price has come to what their own prices did, and of nobody else anything. Who is due is taken in
 * the order in which he became so; of whom nothing holds for longer than a tick is taken in turns.
 */
#ifndef LIQ_SETTLE_REVISIT_H
#define LIQ_SETTLE_REVISIT_H

#include <stdint.h>

#include <liqscan/status.h>

#include "scan/screen_cells.h"

/* Prices that are remembered, and reaches by eighths of an octave from 2^-16 to 2^-4. */
enum { LIQ_REVISIT_EPOCHS = 64, LIQ_REVISIT_REACHES = 97 };
enum {
    LIQ_REVISIT_DUE = LIQ_REVISIT_EPOCHS * LIQ_REVISIT_REACHES,
    LIQ_REVISIT_TURNS = LIQ_REVISIT_DUE + 1,
    LIQ_REVISIT_LISTS = LIQ_REVISIT_TURNS + 1
};

/* Where an account waits. */
typedef struct liq_revisit_place {
    uint32_t before; /* neighbours; LIQ_NO_INDEX: none */
    uint32_t after;
    uint32_t list;  /* LIQ_NO_INDEX: nowhere */
    uint32_t since; /* who is due: the first tick of which nothing is known of him */
} liq_revisit_place;

typedef struct liq_revisit_list {
    uint32_t first;
    uint32_t last;
} liq_revisit_list;

/* Prices, and who was looked at by them. */
typedef struct liq_revisit_epoch {
    double *values; /* as of liq_screen_cells */
    uint32_t count; /* accounts that wait */
    uint32_t reach; /* lists before this one are empty */
} liq_revisit_epoch;

/* The largest of the shares by which the prices of an account have moved, of those of all. */
typedef double (*liq_revisit_moved)(void *context, uint32_t account, const double *moves);

typedef struct liq_revisit {
    liq_revisit_place *places; /* by account */
    double *values;            /* of all epochs */
    double *moves;             /* by price, since the epoch that is looked through */
    liq_revisit_epoch epochs[LIQ_REVISIT_EPOCHS];
    liq_revisit_list lists[LIQ_REVISIT_LISTS];
    const liq_screen_cells *cells; /* lent: the prices of this tick; NULL: nothing ever holds */
    liq_revisit_moved moved;
    void *context;
    uint32_t tick;
    uint32_t epoch;   /* of this tick; LIQ_NO_INDEX: none yet */
    uint32_t emptied; /* the one that is being looked through; LIQ_NO_INDEX: none */
} liq_revisit;

/** @param out  zeroed @param cells  lent as long as this lives, NULL: there are none */
LIQ_MUST_USE liq_status liq_revisit_create(liq_revisit *out, uint32_t account_capacity,
                                           const liq_screen_cells *cells, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_revisit_clear(liq_revisit *revisit);

/** The next tick begins: tell first who has changed or is gone. */
void liq_revisit_tick(liq_revisit *revisit);

/** The cells are those of the tick: whoever's reach that is past is due.
 * @param moved  asked of accounts, which it leaves alone; handed the context */
void liq_revisit_move(liq_revisit *revisit, liq_revisit_moved moved, void *context);

/** Something else has changed of an account: it is due. */
void liq_revisit_demand(liq_revisit *revisit, uint32_t account);

/** An account was looked at in this tick. @param reach  share; below 2^-16: for this tick only */
void liq_revisit_put(liq_revisit *revisit, uint32_t account, float reach);

/** Nobody asks for an account any more. Takes one that waits nowhere. */
void liq_revisit_drop(liq_revisit *revisit, uint32_t account);

/** Take the next that is due, or the next of those that take turns and were not looked at in this
 * tick. @return LIQ_NO_INDEX: nobody is */
uint32_t liq_revisit_due(liq_revisit *revisit);
uint32_t liq_revisit_turn(liq_revisit *revisit);

/** For how many ticks, this one counted, what is known of somebody may not have held; 0: it holds
 * of everybody. */
uint32_t liq_revisit_age(const liq_revisit *revisit);

#endif
