/*
 * Guards against bad prices: marks as a feed sends them in, marks to act on out, and what was wrong
 * with them. Pure integers, no clock: the same marks and ticks in, the same out.
 *
 * A guard watches slots: the instruments of a venue by their index, then its assets, whose index
 * prices are marks like others. Of each slot it knows the last mark that was good. A mark is
 *
 *   refused   not above zero, past all prices, or older than the one before it (which a time that
 *             is LIQ_GUARD_AHEAD_MS ahead of a tick makes none of: from then on it is of that tick)
 *   in doubt  more than a step from the last good one, or outside the band round its index: that
 *             one stays, or moves by a step at most, until the doubtful mark is confirmed (so many
 *             later ones lie within a step of each other, it goes on for so long, or the index
 *             agrees) or the feed is back where it was
 *   good      all others
 *
 * Prices may bear witness against a doubtful mark: the index, and marks of other contracts that go
 * by the same index. While one of them has come since the doubt began, is not in trouble itself and
 * lies nearer to the last good mark than to the doubtful one, that is not confirmed, for witness_ms
 * at most: had the price really moved, they would have moved with it.
 *
 * A mark is confirmed by time only when it goes on from the doubtful one before it, which is to lie
 * nearer to that than to the last good one: two wild prices in opposite directions confirm nothing.
 *
 * Trouble with a slot is an episode: one firing at its start, one at its end, none between. While
 * one lasts that holds the slot, nobody who depends on its price is to be liquidated. It ends when
 * its cause is gone and the last bad mark lies calm_ms back.
 */
#ifndef LIQ_GUARD_GUARD_H
#define LIQ_GUARD_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/bytes.h"
#include "base/decimal.h"
#include "base/names.h"
#include "guard/index_sources.h"
#include "guard/mark_price.h"
#include "policy/policy_guards.h"

#define LIQ_GUARD_NO_TIME INT64_MIN

/* A mark may be of a time so far ahead of the tick that takes it in. */
#define LIQ_GUARD_AHEAD_MS 10000

/* What is wrong. The numbers are pinned: states are written with them. */
typedef enum liq_guard_kind {
    LIQ_GUARD_STALE = 0,   /* no mark for stale_ms; holds */
    LIQ_GUARD_STEP = 1,    /* a mark in doubt for its step; holds */
    LIQ_GUARD_BAND = 2,    /* or for its index; holds */
    LIQ_GUARD_BAD = 3,     /* a mark that is no price; holds until the next good one */
    LIQ_GUARD_ORDER = 4,   /* a mark older than the one before; holds nothing */
    LIQ_GUARD_OUTLIER = 5, /* a source of an index counts for nothing; holds nothing */
    LIQ_GUARD_KINDS = 6
} liq_guard_kind;

/* What is to be done with a mark. */
typedef enum liq_guard_verdict {
    LIQ_GUARD_USE = 0,   /* it is good: take it as it was sent */
    LIQ_GUARD_KEEP = 1,  /* in doubt: leave the mark that stands */
    LIQ_GUARD_CLAMP = 2, /* in doubt: take the one that is handed out instead */
    LIQ_GUARD_REFUSE = 3 /* no mark at all */
} liq_guard_verdict;

/* A start or an end of an episode, with its evidence. */
typedef struct liq_guard_firing {
    uint32_t slot;
    liq_guard_kind kind;
    bool is_end;
    uint32_t source;      /* of an index, that is an outlier */
    liq_decimal observed; /* the mark as it was sent; of stale marks and of order: milliseconds */
    liq_decimal used;     /* the mark that stands; digits 0: none */
    liq_decimal limit;    /* that was passed: a share, or milliseconds */
} liq_guard_firing;

typedef struct liq_guard_counts {
    uint64_t episodes[LIQ_GUARD_KINDS]; /* that have started */
    uint64_t marks;                     /* that came */
    uint64_t doubted;                   /* of them, in doubt when they came */
    uint64_t confirmed;                 /* of them, taken after all */
    uint64_t refused;                   /* no prices, or late */
} liq_guard_counts;

typedef struct liq_guard liq_guard;

/**
 * @param rules        copied
 * @param instruments  names of slots 0 .. count - 1; lent as long as the guard lives
 * @param assets       names of the slots behind them, lent likewise
 */
LIQ_MUST_USE liq_status liq_guard_create(liq_guard **out, const liq_guards *rules,
                                         const liq_names *instruments, const liq_names *assets,
                                         liq_error *err);

/** Takes NULL. */
void liq_guard_destroy(liq_guard *guard);

/** The band and the agreement of a slot go by the mark of another one, an index price in the same
 * money. */
void liq_guard_index_set(liq_guard *guard, uint32_t slot, uint32_t index_slot);

/** What stood before the feed: the first mark is measured against it, and its age is not known. */
void liq_guard_start(liq_guard *guard, uint32_t slot, liq_decimal mark);

/**
 * Take a mark.
 * @param time_ms  of the mark, or LIQ_GUARD_NO_TIME: it is of the next tick
 * @param used     receives the mark to take, with LIQ_GUARD_USE and LIQ_GUARD_CLAMP
 */
LIQ_MUST_USE liq_guard_verdict liq_guard_mark(liq_guard *guard, uint32_t slot, int64_t time_ms,
                                              liq_decimal mark, liq_decimal *used);

/** A source of index prices has this weight from now on, and not 1. */
void liq_guard_weight_set(liq_guard *guard, uint32_t source, uint32_t weight);

/**
 * Take an index price of one of several sources: what they say together goes on as by
 * liq_guard_mark. Where the rules know no outliers it is a mark like any other.
 * @param source  0 .. LIQ_INDEX_SOURCES_MAX - 1
 */
LIQ_MUST_USE liq_guard_verdict liq_guard_index(liq_guard *guard, uint32_t slot, uint32_t source,
                                               int64_t time_ms, liq_decimal price,
                                               liq_decimal *used);

/**
 * Make a mark and take it as by liq_guard_mark. Without an index price of its own it is made of
 * that of the slot; where that is not known either, or a price is none, it is refused, and the slot
 * held as by a mark that is no price.
 * @param slot     an instrument; the rules say how marks are made
 * @param time_ms  0 or more
 * @param lacks    receives the name of the price that is missing or none; NULL: the mark was made,
 *                 or it came too late
 */
LIQ_MUST_USE liq_guard_verdict liq_guard_make(liq_guard *guard, uint32_t slot, int64_t time_ms,
                                              const liq_mark_inputs *inputs, liq_decimal *used,
                                              const char **lacks);

/** Time is now_ms: episodes end, and marks become stale. @param now_ms  0 or more; not before the
 * last tick's, or that counts */
void liq_guard_tick(liq_guard *guard, int64_t now_ms);

/** The caller knows how old a slot's mark is: what it says stands for the guard's own clock, which
 * is off with stale_ms 0. @param age_ms  for evidence, with limit_ms */
void liq_guard_age_note(liq_guard *guard, uint32_t slot, bool is_stale, int64_t age_ms,
                        int64_t limit_ms);

/** Whether nobody who depends on the slot's price is to be liquidated. */
bool liq_guard_holds(const liq_guard *guard, uint32_t slot);

/** How many slots are held. */
uint32_t liq_guard_held_count(const liq_guard *guard);

/** Firings since they were last cleared, in order; lent until the next call that changes the guard.
 * @return LIQ_OK, or LIQ_OUT_OF_MEMORY: one was lost, settle nothing */
LIQ_MUST_USE liq_status liq_guard_firings(const liq_guard *guard, const liq_guard_firing **out,
                                          uint32_t *count, liq_error *err);
void liq_guard_firings_clear(liq_guard *guard);

liq_guard_counts liq_guard_counts_read(const liq_guard *guard);

/** Write what the guard knows, by names, firings included. Failure is remembered in out. */
void liq_guard_state_write(const liq_guard *guard, liq_bytes_out *out);

/** All that liq_guard_state_write writes, in one number; of firings only how many there are. */
uint64_t liq_guard_digest(const liq_guard *guard);

/**
 * Take over a state in a guard that was just made. Nothing of the data is trusted.
 * @param rebuilt  a slot that is no longer there is passed over
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_MEMORY: then the guard is to be destroyed
 */
LIQ_MUST_USE liq_status liq_guard_state_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt,
                                             liq_error *err);

#endif
