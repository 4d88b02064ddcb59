/*
 * Brakes of settling, as the policy has them: how much of an instrument is liquidated in an
 * interval, and circuit breakers that halt liquidations, or tell the exchange to take on no new
 * risk, when a fund has lost too much, a mark has moved too fast or liquidations lead to too many
 * others.
 *
 * The rate. Of each position so many lots are liquidated as fit into what is left of its
 * instrument's interval, at the mark, the most urgent margin account first; the rest waits, and
 * nobody behind gets ahead on the instrument that is waited for. The next tick begins with the most
 * urgent again. An interval takes one lot at least, however much that is worth. Where execution is
 * "bankruptcy" the venue takes accounts over whole: then one waits until each of its positions
 * fits, or has the interval for itself.
 *
 * Breakers go by fund (all instruments that it pays for), by instrument (its mark) or for all (the
 * cascade). One is on while its cause is there and for a cool-down behind it. Whoever takes it off
 * by hand is not halted again for the same cause before that has been gone.
 *
 * Each start and each end is one action.
 */
#ifndef LIQ_SETTLE_BRAKES_H
#define LIQ_SETTLE_BRAKES_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/settle.h>
#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/int128.h"
#include "book/venue.h"

enum { LIQ_SPEED_SAMPLES = 16, LIQ_BRAKE_REASONS = 4 };

typedef struct liq_breaker {
    int64_t cause_ms; /* when its cause was there last */
    bool is_on;
    bool is_waived; /* taken off by hand while its cause was there */
} liq_breaker;

/* What is liquidated of an instrument. */
typedef struct liq_pace {
    int64_t interval; /* counted from time zero */
    liq_int128 used;  /* cash units, at the mark, in that */
    bool is_full;     /* somebody did not fit in this run */
    bool is_queued;   /* somebody waits, and that was said */
} liq_pace;

/* The first mark of each of the last stretches of a sixteenth of breaker_move_ms. */
typedef struct liq_speed {
    liq_decimal samples[LIQ_SPEED_SAMPLES]; /* by stretch modulo their number; digits 0: none */
    int64_t stretch;                        /* the newest, counted from time zero */
} liq_speed;

typedef struct liq_brakes {
    liq_guards rules;
    liq_int128 rate;     /* cash units; 0: no limit */
    liq_pace *paces;     /* by instrument, where there is a limit */
    liq_speed *speeds;   /* by instrument, where its breaker is not off */
    liq_breaker *movers; /* by instrument, likewise */
    liq_breaker *funds;  /* by fund, likewise */
    liq_breaker cascade;
    uint64_t round_next; /* of rounds that are runs: which of a row of them comes; 0: none */
    uint32_t instrument_count;
    uint32_t fund_count;
    uint32_t on_count;                  /* breakers that are on */
    uint64_t starts[LIQ_BRAKE_REASONS]; /* from LIQ_BECAUSE_RATE_LIMIT on */
} liq_brakes;

/** @param out  zeroed  @param fund_count  of liq_funds */
LIQ_MUST_USE liq_status liq_brakes_create(liq_brakes *out, const liq_guards *rules,
                                          const liq_venue *venue, uint32_t fund_count,
                                          liq_error *err);

/** Takes a zeroed or filled one. */
void liq_brakes_clear(liq_brakes *brakes);

/** Take breakers off by hand: of an instrument its own and its fund's, of LIQ_NO_INDEX all; the
 * next run says so. @param fund  of the instrument */
void liq_brakes_release(liq_brakes *brakes, uint32_t instrument, uint32_t fund);

/** Whether the rules have the breaker of a reason. One that is on under rules that no longer have
 * it goes off in the next run, which says so. */
bool liq_brakes_are_ruled(const liq_guards *rules, liq_settle_reason reason);

/** Whether a breaker or the marks of an instrument have anything that outlives a restart. */
bool liq_breaker_is_known(const liq_breaker *breaker);
bool liq_brakes_speed_is_known(const liq_brakes *brakes, uint32_t instrument);

/** All of it in one number. */
uint64_t liq_brakes_digest(const liq_brakes *brakes);

struct liq_waterfall;
struct liq_hand;

/** A run begins: breakers of funds and marks go on and off. */
LIQ_MUST_USE liq_status liq_brakes_start(struct liq_waterfall *waterfall, liq_error *err);

/** A further round of the cascade is to begin. @param goes_on  receives whether it may */
LIQ_MUST_USE liq_status liq_brakes_round(struct liq_waterfall *waterfall, bool *goes_on,
                                         liq_error *err);

/** Whether the row in hand is halted. */
bool liq_brakes_halt(const struct liq_waterfall *waterfall, const struct liq_hand *hand);

/** Whether nothing of an instrument is to be sold now. */
bool liq_brakes_halt_instrument(const struct liq_waterfall *waterfall, uint32_t instrument);

/** Whether the row in hand may go on: whether any of its intervals has room that nobody ahead waits
 * for, and where rows are taken over whole, whether it fits. @param fits  receives it */
LIQ_MUST_USE liq_status liq_brakes_admit(struct liq_waterfall *waterfall,
                                         const struct liq_hand *hand, bool *fits, liq_error *err);

/** Of lots of an instrument as many as its interval has room for. @return 0 .. lots */
int64_t liq_brakes_room(const struct liq_waterfall *waterfall, uint32_t instrument, int64_t lots);

/** The row in hand waits with so many lots for the next interval; nobody behind it gets ahead. */
LIQ_MUST_USE liq_status liq_brakes_wait(struct liq_waterfall *waterfall, struct liq_hand *hand,
                                        uint32_t instrument, int64_t lots, liq_error *err);

/** Lots of an instrument are liquidated, or asked to be. */
void liq_brakes_note(struct liq_waterfall *waterfall, uint32_t instrument, int64_t lots);

/** All rows have been taken: queues that are empty now end. */
LIQ_MUST_USE liq_status liq_brakes_end(struct liq_waterfall *waterfall, liq_error *err);

#endif
