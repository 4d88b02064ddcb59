/*
 * One margin account on which closings are tried: how much of each position is closed, what that
 * costs, and whether the account then meets a goal, by the margin rule.
 */
#ifndef LIQ_SCAN_PLAN_DESK_H
#define LIQ_SCAN_PLAN_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "scan/kinks.h"
#include "scan/plan_offers.h"
#include "scan/reduced_row.h"
#include "scan/row_parts.h"

enum { LIQ_PLAN_PPM = 1000000 };

typedef enum liq_plan_goal {
    LIQ_PLAN_LEVERAGE = 0, /* notional / equity is at most so much */
    LIQ_PLAN_SURVIVE = 1   /* below the liquidate level at the prices of a shock */
} liq_plan_goal;

/* What is asked; the same for all margin accounts of a plan. */
typedef struct liq_plan_request {
    const liq_book *book;     /* prices in it are not looked at */
    const liq_market *market; /* the present one: closings are made in it */
    const liq_market *judged; /* where the goal is looked at: the present, or the shocked one */
    const int64_t *taken;     /* lots of the depth that are gone; 2 i: bids of instrument i, 2 i +
                                 1: asks; NULL: none */
    int64_t leverage_ppm;     /* LIQ_PLAN_LEVERAGE: 1 .. 10^9 */
    int64_t fee_nano;         /* 10^-9 of what is traded; below zero: the instrument's own
                                 liquidation fee */
    liq_plan_goal goal;
} liq_plan_request;

/* A position of the margin account. */
typedef struct liq_plan_leg {
    liq_plan_offers offers;
    liq_plan_held held;
    uint64_t position; /* in the book */
    uint64_t entry;    /* in the rows of the desk, where lots are left */
    int64_t lots;      /* held, not signed */
    int64_t lots_max;  /* that can be closed */
    int64_t closed;    /* in thought */
    int64_t based;     /* of these, how many the rows have closed */
} liq_plan_leg;

typedef struct liq_plan_desk {
    const liq_plan_request *request; /* lent */
    liq_plan_leg *legs;
    uint32_t leg_count;
    uint32_t row_index; /* of the margin account in rows */
    bool is_isolated;   /* then there is one leg, and rows are as the book has them */
    liq_book account;   /* what the account holds with its closings, as a book of it alone */
    liq_balance *balances;
    liq_position *positions;
    liq_rows rows;
    liq_row_parts parts; /* of rows, at the prices where the goal is judged */
    liq_kinks kinks;
    liq_account_columns held; /* as the book has it */
    uint64_t firsts[3][2];    /* of account: balances, positions, orders */
} liq_plan_desk;

/* One leg of which any number of lots is tried, all else as it is. */
typedef struct liq_plan_trial {
    liq_reduced_row row;
    const liq_plan_leg *leg;
    const liq_plan_request *request;
    int64_t based_change; /* units that the rows have of it */
} liq_plan_trial;

/**
 * Put a margin account on a desk; nothing is closed.
 * @param out      zeroed; cleared again on failure
 * @param request  lent as long as the desk lives
 * @param key      of a row of the book
 */
LIQ_MUST_USE liq_status liq_plan_desk_create(liq_plan_desk *out, const liq_plan_request *request,
                                             liq_row_key key, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_plan_desk_clear(liq_plan_desk *desk);

/** Take what the legs say is closed into the rows. */
LIQ_MUST_USE liq_status liq_plan_desk_rebase(liq_plan_desk *desk, liq_error *err);

/** The margin account with what the legs say is closed, after liq_plan_desk_rebase. */
LIQ_MUST_USE liq_status liq_plan_desk_value(liq_row_record *out, const liq_plan_desk *desk,
                                            const liq_market *market, liq_error *err);

/** Whether a value meets the goal. */
bool liq_plan_goal_met(const liq_plan_request *request, const liq_row_record *record);

/** How far above the goal: at least zero where it is met; of a record that has a value. */
liq_int128 liq_plan_goal_height(const liq_plan_request *request, const liq_row_record *record);

/** How many of these an equity, and a requirement or notional, of one cash unit count. */
void liq_plan_goal_factors(const liq_plan_request *request, int64_t *equity, int64_t *requirement);

/** Try lots of a leg that the rows have not closed all of. */
void liq_plan_trial_start(liq_plan_trial *out, const liq_plan_desk *desk, uint32_t leg);

/** Where the goal is judged. @param lots  in all, from what the rows have closed up to lots_max */
liq_row_record liq_plan_trial_value(const liq_plan_trial *trial, int64_t lots);

/**
 * The least number of lots of one leg, all else as the rows have it, with which the goal is met.
 * @param from  lots that are not enough, at least what the rows have closed
 * @param end   look no further
 * @param lots  receives lots in all; 0: none is enough
 */
LIQ_MUST_USE liq_status liq_plan_leg_least(liq_plan_desk *desk, uint32_t leg, int64_t from,
                                           int64_t end, int64_t *lots, liq_error *err);

/**
 * The least deposit with which the goal is met, all else as the rows have it.
 * @param units        receives units of the asset, above zero
 * @param asset_index  the margin currency, or for an isolated position its settle asset
 * @return false when no deposit that 64 bits hold is enough
 */
bool liq_plan_deposit_least(const liq_plan_desk *desk, int64_t *units, uint32_t asset_index);

#endif
