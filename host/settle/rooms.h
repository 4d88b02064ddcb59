/*
 * The books of settling: where money and lots can be, and the one way in which they move.
 *
 * Rooms: the accounts (balances, isolated margins, and -lots x entry value of their positions), the
 * venue (what it paid for lots taken over), the market (who trades with us outside the book), the
 * funds, and losses that nobody covered. Everything an action does is one move. A move is audited
 * as a whole before any of it is done: for each asset what the rooms gain sums to nothing, to the
 * grain (10^-16 of a unit); lots of an instrument sum to nothing; no position flips, none changes
 * by more than was asked; no isolated margin falls below zero and no fund below its floor. What
 * rounding leaves over is part of the move and lies in a fund. The audit looks at what the move
 * touches and at nothing else, in release too.
 */
#ifndef LIQ_SETTLE_ROOMS_H
#define LIQ_SETTLE_ROOMS_H

#include <liqscan/status.h>

#include "base/int128.h"
#include "settle/overlay.h"
#include "settle/settle_fund.h"

typedef enum liq_room {
    LIQ_ROOM_ACCOUNTS = 0,
    LIQ_ROOM_VENUE = 1,
    LIQ_ROOM_MARKET = 2,
    LIQ_ROOM_FUNDS = 3,
    LIQ_ROOM_UNCOVERED = 4,
    LIQ_ROOMS_COUNT = 5
} liq_room;

enum { LIQ_MOVE_LEGS = 2, LIQ_MOVE_CASH = 2 };

typedef struct liq_move_leg {
    uint32_t position; /* of the account */
    int64_t lots;      /* signed change */
} liq_move_leg;

typedef struct liq_move_cash {
    uint32_t asset;
    uint32_t position; /* whose isolated margin; LIQ_NO_INDEX: the balance */
    int64_t units;
} liq_move_cash;

/* Zero everything, then set what the move needs. */
typedef struct liq_move {
    liq_touched *account; /* NULL: none */
    liq_move_leg legs[LIQ_MOVE_LEGS];
    liq_move_cash cash[LIQ_MOVE_CASH];
    uint32_t leg_count;
    uint32_t cash_count;
    uint32_t instrument; /* of legs, venue and market lots, and whose inventory holds venue_cash */
    int64_t lots_asked;  /* no leg changes by more */
    int64_t venue_lots;  /* signed change */
    int64_t market_lots;
    liq_int128 venue_cash; /* grains of the settle asset */
    struct {
        uint32_t asset;
        liq_int128 grains;
    } market_cash[LIQ_MOVE_CASH];
    uint32_t market_cash_count;
    uint32_t uncovered_asset;
    liq_int128 uncovered; /* grains */
    uint32_t fund;
    liq_int128 fund_grains; /* of the fund's asset */
} liq_move;

/* What one part of a move has changed. */
typedef struct liq_leg {
    liq_int128 grains;
    uint64_t seq;
    uint32_t room; /* liq_room */
    uint32_t asset;
    uint32_t account;    /* of accounts, else LIQ_NO_INDEX */
    uint32_t fund;       /* of funds, else LIQ_NO_INDEX */
    uint32_t instrument; /* LIQ_NO_INDEX: a balance, or none */
} liq_leg;

typedef struct liq_rooms {
    const liq_venue *venue;   /* lent */
    const liq_market *market; /* lent; for what a fine unit is in grains */
    liq_overlay *overlay;     /* lent */
    liq_funds *funds;         /* lent */
    liq_int128 *changes;      /* grains since the start, by room and asset */
    liq_leg *legs;            /* of the moves of this run, where they are recorded */
    size_t leg_capacity;
    uint64_t leg_count;
    uint64_t seq;      /* that legs are of: whoever moves sets it */
    uint64_t audit_ns; /* spent on audits; only where audit_is_timed */
    bool audit_is_timed;
    bool records_legs;
    bool is_stopped; /* a move was refused: nothing moves any more */
} liq_rooms;

/** @param out  zeroed; the rest is lent */
LIQ_MUST_USE liq_status liq_rooms_create(liq_rooms *out, const liq_market *market,
                                         liq_overlay *overlay, liq_funds *funds, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_rooms_clear(liq_rooms *rooms);

/**
 * Audit a move and do it; when the audit refuses it nothing is changed, now or later.
 * @return LIQ_OK; LIQ_NOT_CONSERVED, with the room, asset or position that would be wrong;
 * LIQ_OUT_OF_RANGE (a balance that 64 bits do not hold);
 * LIQ_OUT_OF_MEMORY (legs): nothing is changed, and nothing stops
 */
LIQ_MUST_USE liq_status liq_rooms_apply(liq_rooms *rooms, const liq_move *move, liq_error *err);

/** "accounts", "venue", "market", "funds", "uncovered". */
const char *liq_room_name(liq_room room);

/** What a room has gained of an asset since the start, in grains: by moves alone. */
liq_int128 liq_rooms_change(const liq_rooms *rooms, liq_room room, uint32_t asset);

#endif
