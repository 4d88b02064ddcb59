/*
 * What the stages of the waterfall share.
 */
#ifndef LIQ_SETTLE_WATERFALL_INTERNAL_H
#define LIQ_SETTLE_WATERFALL_INTERNAL_H

#include "settle/bankruptcy.h"
#include "settle/waterfall.h"

/* The margin account in hand. */
typedef struct liq_hand {
    liq_touched *account;
    liq_row_name name;
    liq_row_record now;  /* as it stands after the last step */
    uint32_t position;   /* of an isolated one; LIQ_NO_INDEX: the cross margin */
    int64_t slices_left; /* above 0: no more than a slice is closed, this one counted */
    bool waits;          /* no further stage in this tick */
} liq_hand;

/* Closing lots of a position: at which value, outside the book or to the venue. */
typedef struct liq_fill_order {
    uint32_t position;
    int64_t lots;        /* above zero */
    liq_int128 proceeds; /* fine units that the holder receives; negative: pays */
    liq_int128 fee_free; /* proceeds at bankruptcy: a fee leaves him at least so much */
    bool to_venue;       /* no fee then */
    liq_settle_kind kind;
    liq_settle_reason reason;
} liq_fill_order;

/* What has come of trying to close lots. */
typedef struct liq_close_result {
    int64_t lots; /* closed */
    bool is_safe; /* the row needs nothing more */
} liq_close_result;

/** An action of this run, filled in with what is the same for all; lent until the next one. */
LIQ_MUST_USE liq_status liq_action_add(liq_waterfall *waterfall, liq_settle_kind kind,
                                       liq_settle_reason reason, liq_action **out, liq_error *err);

/** The same of the row in hand and one of its positions (LIQ_NO_INDEX: none). */
LIQ_MUST_USE liq_status liq_action_of_hand(liq_waterfall *waterfall, const liq_hand *hand,
                                           uint32_t position, liq_settle_kind kind,
                                           liq_settle_reason reason, liq_action **out,
                                           liq_error *err);

/** Say what a guard has found. */
LIQ_MUST_USE liq_status liq_notice_emit(liq_waterfall *waterfall, const liq_settle_notice *notice,
                                        liq_error *err);

/** The margin account that the action added last is about, as it was valued before it: cash units.
 */
void liq_evidence_set(liq_waterfall *waterfall, int64_t equity, int64_t maintenance);

/** Do the move that the action added last tells of; when the audit refuses it, that action is taken
 * back. */
LIQ_MUST_USE liq_status liq_move_emit(liq_waterfall *waterfall, const liq_move *move,
                                      liq_error *err);

/** A move that concerns an instrument (LIQ_NO_INDEX: none), with nothing in it. */
liq_move liq_move_start(uint32_t instrument);

/** Take a row that a scan has found through the stages. @param is_first  of the first round: what
 * the scan found must be what the host computes */
LIQ_MUST_USE liq_status liq_row_settle(liq_waterfall *waterfall, const liq_settle_row *row,
                                       bool is_first, liq_error *err);

/** Value the row in hand anew. @return whether it needs nothing more */
bool liq_hand_value(liq_waterfall *waterfall, liq_hand *hand);

/** The name of a row of this very account, by which it is known in later runs. */
liq_row_name liq_row_owned(const liq_waterfall *waterfall, liq_row_name name);

/** Whether the row in hand is to be liquidated. */
bool liq_hand_flagged(const liq_hand *hand);

/** List the open positions in hand by maintenance margin, largest first, ties by place; those of
 * portfolio margin by what they lose in the worst scenario.
 * @param count  receives how many; they are waterfall->legs */
LIQ_MUST_USE liq_status liq_hand_legs(liq_waterfall *waterfall, const liq_hand *hand,
                                      uint32_t *count, liq_error *err);

/** Whether lots at a value come to no more grains than sums of them have room for: 2^61 units. */
bool liq_worth_fits(const liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                    int64_t value);

/** Fine units of an instrument's settle asset in grains. */
liq_int128 liq_fine_grains(const liq_waterfall *waterfall, uint32_t instrument, liq_int128 fine);

/** Grains of an asset, without their sign, in cash units at its index price; for totals. */
liq_int128 liq_cash_of(const liq_waterfall *waterfall, uint32_t asset, liq_int128 grains);

/** floor(grains / 10^16) */
int64_t liq_grains_units_floor(liq_int128 grains);

/** Lots of a share of a sum: part / whole, rounded down, so that parts never exceed it. */
liq_int128 liq_cost_of(liq_int128 cost, int64_t lots, int64_t all);

/* Stages. Each leaves hand->now as the row stands and sets hand->waits when no other may follow. */
LIQ_MUST_USE liq_status liq_stage_orders(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
LIQ_MUST_USE liq_status liq_stage_slice(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
LIQ_MUST_USE liq_status liq_stage_reduce(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
LIQ_MUST_USE liq_status liq_stage_close(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);
LIQ_MUST_USE liq_status liq_stage_takeover(liq_waterfall *waterfall, liq_hand *hand,
                                           liq_error *err);
LIQ_MUST_USE liq_status liq_stage_debt(liq_waterfall *waterfall, liq_hand *hand, liq_error *err);

/** Close lots at the best offers, not worse than the limit, until they are gone or the row is safe;
 * with external execution ask for it and wait. */
LIQ_MUST_USE liq_status liq_close_lots(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                                       int64_t lots, liq_settle_kind kind, liq_settle_reason reason,
                                       liq_close_result *out, liq_error *err);

/** Of lots of a position as many as its slice of this tick has left, all where it is closed at
 * once; fewer: the row waits. @param limit  the worst value of a lot */
LIQ_MUST_USE int64_t liq_slice_allow(liq_waterfall *waterfall, liq_hand *hand, uint32_t position,
                                     int64_t lots, int64_t limit);

/** Of lots that the venue holds as many as may be closed now. @return at most lots */
int64_t liq_slice_inventory(const liq_waterfall *waterfall, uint32_t instrument, bool is_buy,
                            int64_t lots);

/** Count lots that were closed in the market: what they are worth at the mark, and received. */
void liq_slippage_note(liq_waterfall *waterfall, uint32_t instrument, int64_t lots,
                       liq_int128 received);

/** Do one fill, charge the fee, emit the actions. */
LIQ_MUST_USE liq_status liq_fill_do(liq_waterfall *waterfall, liq_hand *hand,
                                    const liq_fill_order *order, liq_error *err);

/** Act on the fills that were reported since the last run. */
LIQ_MUST_USE liq_status liq_reports_settle(liq_waterfall *waterfall, liq_error *err);

/** The request of a number, or NULL when there is none, when it is done, or when its account has
 * gone. */
liq_request *liq_request_find(const liq_waterfall *waterfall, uint64_t number);

/** Whether a row that was named for later runs is still of the same account. */
bool liq_row_is_alive(const liq_waterfall *waterfall, liq_row_name name);

/** Whether lots of a request are left, and its account is there. */
bool liq_request_is_alive(const liq_waterfall *waterfall, const liq_request *request);

/** Count a report that was taken over to its request; or all of them anew. */
void liq_report_note(liq_waterfall *waterfall, const liq_report *report);
void liq_reports_note(liq_waterfall *waterfall);

/* Funds and what the venue holds. */

/** Credit a fund out of the venue, which has gained so much; whole units only. */
LIQ_MUST_USE liq_status liq_venue_gain(liq_waterfall *waterfall, uint32_t instrument,
                                       uint32_t account, liq_int128 grains,
                                       liq_settle_reason reason, liq_error *err);

/** Units of its own asset that the venue may have from the instrument's fund; down to the floor
 * when ADL has been tried already. */
int64_t liq_venue_available(liq_waterfall *waterfall, uint32_t instrument, bool to_floor);

/** Debit the fund to the venue. @param units  of the settle asset, within what is available */
LIQ_MUST_USE liq_status liq_venue_pay(liq_waterfall *waterfall, uint32_t instrument,
                                      uint32_t account, int64_t units, liq_settle_reason reason,
                                      liq_error *err);

/** Book a loss of the venue as covered by nobody. */
LIQ_MUST_USE liq_status liq_venue_uncovered(liq_waterfall *waterfall, uint32_t instrument,
                                            int64_t units, liq_error *err);

/** Put a credit of units of an asset into a fund as part of a move, exchanged if need be. @return
 * false when it has no index price */
bool liq_fund_receive(const liq_waterfall *waterfall, liq_move *move, uint32_t fund, uint32_t asset,
                      int64_t units, int64_t *fund_units);

/** Settle with the fund what the venue has just taken over, or holds at a new mark. */
LIQ_MUST_USE liq_status liq_parcel_settle(liq_waterfall *waterfall, const liq_pending *parcel,
                                          bool closes, liq_error *err);

/** Before anything else: inventories at the marks of this tick. */
LIQ_MUST_USE liq_status liq_inventories_value(liq_waterfall *waterfall, liq_error *err);

/** Behind all others: what is held from before meets what offers are left, as far as the fund pays.
 */
LIQ_MUST_USE liq_status liq_inventories_close(liq_waterfall *waterfall, liq_error *err);

/** After everything else: what rounding left over, and values to compare the next tick with. */
LIQ_MUST_USE liq_status liq_inventories_end(liq_waterfall *waterfall, liq_error *err);

/** Deleverage what is pending. */
LIQ_MUST_USE liq_status liq_stage_adl(liq_waterfall *waterfall, liq_error *err);
void liq_adl_desk_destroy(struct liq_adl_desk *desk);

/** The row in hand, and everything the cascade needs: note that a fill was at this value. */
void liq_cascade_note(liq_waterfall *waterfall, uint32_t instrument, int64_t value);

/** Rows that the moved marks have flagged, in order; their number may be zero. */
LIQ_MUST_USE liq_status liq_cascade_find(liq_waterfall *waterfall, uint32_t *count, liq_error *err);

#endif
