/*
 * Insurance funds, and what the venue holds for them. A fund pays while it stays above its floor
 * and the venue's trigger of auto-deleveraging has not fired; what it may not pay goes to ADL.
 *
 * Times are milliseconds that come in with the tick. Peaks and losses of 8 hours are kept in
 * stretches of 5 minutes: what is said of 8 hours is true of 7:55 to 8:00.
 */
#ifndef LIQ_SETTLE_SETTLE_FUND_H
#define LIQ_SETTLE_SETTLE_FUND_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/int128.h"
#include "book/venue.h"

enum { LIQ_WINDOW_STRETCHES = 96, LIQ_WINDOW_STRETCH_MS = 300000 };

/* A number for each of the last 96 stretches of 5 minutes. */
typedef struct liq_window {
    int64_t values[LIQ_WINDOW_STRETCHES];
    int64_t stretch; /* the present one, counted from time zero */
} liq_window;

typedef struct liq_fund_state {
    const char *name;  /* lent by the venue */
    liq_int128 grains; /* 10^-16 of a unit: what rounding leaves over lies here too */
    int64_t floor;     /* units */
    uint32_t asset;
    bool in_adl;      /* the drawdown trigger has fired and not been released */
    liq_window highs; /* highest balance, units */
} liq_fund_state;

/* What the venue holds of an instrument after takeovers, and what was sold outside the book. */
typedef struct liq_inventory {
    liq_int128 cash;      /* grains of the settle asset: received less paid for the lots */
    int64_t lots;         /* signed */
    int64_t market_lots;  /* signed: held outside the book since the start */
    int64_t before_floor; /* value of a lot at the mark of the tick before; both 0: none */
    int64_t before_ceil;
    uint32_t fund;
    bool is_listed;   /* in the list of instruments with an inventory */
    bool in_adl;      /* as of the fund, by instrument */
    liq_window gains; /* units of the fund: credits less debits, by stretch */
} liq_inventory;

typedef struct liq_funds {
    liq_fund_state *funds;      /* those of the venue, then one for each asset that lacks one */
    liq_inventory *inventories; /* by instrument */
    uint32_t *listed;           /* instruments with an inventory */
    uint32_t fund_count;
    uint32_t listed_count;
    uint32_t *asset_funds; /* of each asset one that holds it: for what rounding leaves over */
    int64_t now_ms;
} liq_funds;

/** @param out  zeroed; the venue is lent */
LIQ_MUST_USE liq_status liq_funds_create(liq_funds *out, const liq_venue *venue, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_funds_clear(liq_funds *funds);

/** A tick begins: time passes, peaks are noted. @param now_ms  not before the last one */
void liq_funds_tick(liq_funds *funds, int64_t now_ms);

/** Whole units in a fund, rounded down. */
int64_t liq_fund_balance(const liq_fund_state *fund);

/** Highest balance of the last 8 hours, the present one included. */
int64_t liq_fund_peak(const liq_fund_state *fund);

/**
 * What a fund may pay now for an instrument, in units: nothing while ADL is on.
 * @param instrument  LIQ_NO_INDEX: only floor and trigger of the fund count
 */
int64_t liq_fund_available(liq_funds *funds, const liq_liquidation *rules, uint32_t fund,
                           uint32_t instrument);

/** A fund was asked for more than it may pay: by the drawdown triggers, ADL is on from now. */
void liq_fund_exhausted(liq_funds *funds, const liq_liquidation *rules, uint32_t fund,
                        uint32_t instrument);

/** Note units that a fund has received (or, below zero, paid) for an instrument. */
void liq_fund_note(liq_funds *funds, uint32_t instrument, int64_t units);

/** List an instrument as one with an inventory. */
void liq_funds_list(liq_funds *funds, uint32_t instrument);

#endif
