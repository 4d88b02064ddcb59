/*
 * The waterfall: for each flagged margin account the stages of the venue's policy, one after
 * another, until it is safe or nothing is left of it; then auto-deleveraging of what the funds may
 * not pay for.
 *
 * Shape. A run reads a source (the caller's book), a market of its own and the flagged list; what
 * it touches lives in the overlay; every change is one audited move of the rooms, and one action
 * says what it was. Stages of a row, each followed by a valuation:
 *
 *   orders    cancel, net pairs
 *   reduce    tiers | share | multiple | shortage
 *   close     at the best offer, not worse than the limit; fee out of what is left
 *   takeover  the venue takes positions at bankruptcy; its fund gains or pays the difference
 *
 * What the venue took over is closed against offers that the fund can pay for, then carried at the
 * mark, the difference booked with the fund at once; the part that the fund may not pay for is
 * deleveraged at the end of the tick, and what cannot be placed is paid down to the fund's floor
 * and then reported as socialised. So the venue itself never has a gain or a loss, and conservation
 * is a sum over rooms.
 *
 * Between runs there stay: funds, inventories, cool-downs, requests of external execution.
 * Everything else is forgotten when a run begins. No clock, no files, no globals; memory is kept
 * from run to run, so that after a busy one nothing is taken any more.
 */
#ifndef LIQ_SETTLE_WATERFALL_H
#define LIQ_SETTLE_WATERFALL_H

#include <liqscan/settle.h>

#include "settle/adl_allocate.h"
#include "settle/brakes.h"
#include "settle/execution.h"
#include "settle/rooms.h"
#include "settle/row_map.h"
#include "settle/settle_filter.h"
#include "settle/settle_notice.h"
#include "settle/slicing.h"

/* A margin account that a scan found, and what it found. */
typedef struct liq_settle_row {
    liq_row_name name;
    liq_row_record result;
} liq_settle_row;

/* An action in numbers; see liq_settle_action for what they mean. LIQ_NO_INDEX: none. */
typedef struct liq_action {
    uint64_t seq;
    uint64_t tick;
    uint32_t kind;   /* liq_settle_kind */
    uint32_t reason; /* liq_settle_reason */
    uint32_t account;
    uint32_t against;
    uint32_t instrument;
    uint32_t exchanged; /* asset that is exchanged, in place of an instrument */
    uint32_t fund;
    uint32_t asset;
    int32_t side;
    uint32_t is_isolated;
    int64_t lots;  /* of the instrument, or units of the asset exchanged, or orders; not signed */
    int64_t value; /* of one lot, fine units; 0: no price */
    int64_t cash;  /* units of asset */
    uint64_t request;
    uint64_t rank;
} liq_action;

/* What an action was decided on; the actions of a run are hashed, so that it lies beside them. */
typedef struct liq_evidence {
    int64_t equity;       /* of the margin account, cash units; of margin rates: effective_ms */
    int64_t maintenance;  /* likewise; of margin rates: raw_ppm */
    int64_t score;        /* key of a counterparty */
    liq_decimal observed; /* of guards, as of liq_settle_notice */
    liq_decimal used;
    liq_decimal limit;
    bool is_valued;
    bool is_scored;
    bool is_notice;
    bool is_rates; /* used and limit are the factors */
} liq_evidence;

/* Lots that the venue took over and that its fund may not pay for. */
typedef struct liq_pending {
    liq_int128 cost; /* grains that the venue paid for them; negative: received, for a short */
    int64_t lots;    /* signed as the venue holds them */
    uint32_t instrument;
    uint32_t account; /* that was liquidated; LIQ_NO_INDEX: the inventory of ticks before */
    uint32_t order;
} liq_pending;

/* An order that the exchange was asked for and has not reported as done. */
typedef struct liq_request {
    uint64_t number;
    liq_row_name row;
    uint32_t instrument;
    uint32_t is_short; /* side of the position */
    uint32_t kind;     /* liq_settle_kind of its fills */
    uint32_t reason;
    int64_t lots_left;
    int64_t lots_reported; /* of them, by fills that are not acted on yet */
    bool is_ended;         /* one of these fills is the last */
} liq_request;

/* A fill of a request, not yet acted on. */
typedef struct liq_report {
    uint64_t number;
    int64_t lots;
    int64_t value;
    bool is_last;
} liq_report;

/* What ADL did with one side. */
typedef struct liq_adl_outcome {
    liq_adl_report report;
    uint32_t side; /* of the counterparties */
    uint64_t fills;
} liq_adl_outcome;

typedef struct liq_settle_totals {
    uint64_t rows;
    uint64_t safe;
    uint64_t closed;
    uint64_t waiting;
    uint64_t held;
    uint64_t adl_fills;
    uint64_t adl_accounts;
    uint64_t rounds;
    uint64_t adl_ns;
    liq_int128 notional; /* cash units */
    liq_int128 adl_notional;
    liq_int128 fees;
    liq_int128 socialised;
    liq_int128 filled;   /* cash units: closed in the market, at the mark */
    liq_int128 slippage; /* cash units: what those fills were worse than the mark; signed */
    liq_int128 largest;  /* cash units: closed of one position in one step, at the mark, the most */
} liq_settle_totals;

/* What stood before a run that only says what it would do; see advice.h. */
typedef struct liq_advice {
    liq_fund_state *funds;
    liq_inventory *inventories;
    uint32_t *listed;
    liq_int128 *changes;
    liq_adl_outcome *sides;
    liq_row_slot *cooldowns; /* that the run has set, as they were */
    size_t cooldown_capacity;
    size_t cooldown_count;
    liq_settle_totals all;
    uint64_t all_actions;
    uint64_t all_touched;
    uint32_t listed_count;
    bool is_on;
    bool has_money; /* the first arrays are of this run */
    bool has_sides;
} liq_advice;

typedef struct liq_waterfall {
    liq_settle_source source;
    const liq_book *prices; /* lent: venue, marks, indices */
    const liq_liquidation *rules;
    liq_market market;
    liq_overlay overlay;
    liq_funds funds;
    liq_rooms rooms;
    liq_execution execution;
    liq_settle_filter filter;
    liq_brakes brakes; /* kept between runs, also of those that only advise */
    liq_advice advice;
    liq_row_map cooldowns; /* ends, ms + 1 */
    liq_row_map awaited;   /* requests that are out for a row */
    liq_slicer slicer;     /* of execution "sliced" */
    liq_action *actions;
    liq_evidence *evidence; /* by action */
    liq_pending *pending;
    liq_request *requests; /* by number */
    liq_report *reports;
    liq_adl_outcome *outcomes;
    uint32_t *legs;            /* of the row in hand, in the order in which they are closed */
    uint32_t *moved;           /* instruments that were traded in this round */
    int64_t *moved_values;     /* by instrument, of the last fill; 0: none */
    liq_market scan_market;    /* as the scan saw it, where fills move marks */
    liq_row_map seen;          /* rows of this run, where there may be several rounds */
    liq_row_map looked;        /* wide cross margins that a round has valued */
    liq_settle_row *found;     /* rows of the next round */
    struct liq_adl_desk *desk; /* memory of the ADL stage */
    size_t action_capacity;
    size_t evidence_capacity;
    size_t pending_capacity;
    size_t request_capacity;
    size_t report_capacity;
    size_t outcome_capacity;
    size_t leg_capacity;
    size_t found_capacity;
    uint64_t action_count;
    uint32_t pending_count;
    uint32_t request_count;
    uint32_t report_count;
    uint32_t outcome_count;
    uint32_t moved_count;
    uint64_t seq;
    uint64_t tick;
    uint64_t request_last;
    int64_t now_ms;
    liq_settle_totals totals; /* of the run */
    liq_settle_totals all;    /* of all runs */
    uint64_t all_actions;
    uint64_t all_touched;
    liq_adl_outcome *sides; /* of all runs, by side, where there was ADL at all */
} liq_waterfall;

/* What a run is given. */
typedef struct liq_waterfall_input {
    const liq_settle_row *flagged; /* in the order in which they are taken */
    const liq_settle_row *warned;  /* at the warning or reduce-only level */
    const liq_settle_notice *notices;
    const liq_settle_notice *margin_notices;
    uint32_t flagged_count;
    uint32_t warned_count;
    uint32_t notice_count;
    uint32_t margin_notice_count;
    int64_t now_ms; /* not before the last run */
    uint64_t tick;
} liq_waterfall_input;

/**
 * @param out     zeroed; stays where it is
 * @param source  copied; what it lends must live as long
 * @param prices  lent likewise: venue, marks and indices are read, nothing else
 * @param depth   levels, lent likewise
 * @param marks   as of liq_execution_create
 * @return LIQ_OK, LIQ_UNSUPPORTED (no rules of liquidation), LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_waterfall_create(liq_waterfall *out, const liq_settle_source *source,
                                             const liq_book *prices, const liq_depth_level *depth,
                                             uint64_t depth_count, const liq_decimal *marks,
                                             liq_error *err);

/** Takes a zeroed or filled one. */
void liq_waterfall_clear(liq_waterfall *waterfall);

/**
 * Settle a tick. Actions, outcomes, totals and the overlay are those of this run until the next.
 * @return as liq_settle_run
 */
LIQ_MUST_USE liq_status liq_waterfall_run(liq_waterfall *waterfall,
                                          const liq_waterfall_input *input, liq_error *err);

/** Whether all rooms sum to nothing in every asset. */
bool liq_waterfall_conserved(const liq_waterfall *waterfall);

#endif
