/*
 * Reducing an account of portfolio margin by no more than is needed. No tier tells what a position
 * of it frees, so all is tried in thought by the rule itself, at the mark: the worst scenario
 * first, or every position in proportion, whichever closes less.
 */
#include "settle/stage_portfolio.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/portfolio_least.h"
#include "scan/portfolio_worst.h"

/* Prices and fees may leave a little missing. */
enum { ROUNDS = 4, NANO_PER_MILLE = LIQ_RATE_NANO / 1000 };

/* What one round closes. */
typedef struct portfolio_round {
    liq_portfolio_trial trial;
    uint32_t *positions; /* of the account, by leg */
    int64_t *lots;       /* by leg */
    uint32_t *order;     /* legs */
    uint32_t count;
    bool is_found;
} portfolio_round;

static liq_status round_take(portfolio_round *round, liq_waterfall *waterfall, const liq_hand *hand,
                             liq_error *err);
static void round_clear(portfolio_round *round);
static liq_status round_choose(portfolio_round *round, const liq_waterfall *waterfall,
                               liq_error *err);
static liq_int128 notional_of(const portfolio_round *round, const liq_waterfall *waterfall);
static void lots_keep(portfolio_round *round, uint32_t share);
static liq_status round_close(const portfolio_round *round, liq_waterfall *waterfall,
                              liq_hand *hand, int64_t *lots, liq_error *err);

liq_status liq_portfolio_reduce(liq_waterfall *waterfall, liq_hand *hand, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < ROUNDS && !hand->waits && hand->now.status == LIQ_ROW_LIQUIDATE; i++) {
        portfolio_round round = {0};
        int64_t lots = 0;

        if ((status = round_take(&round, waterfall, hand, err)) == LIQ_OK &&
            (status = round_choose(&round, waterfall, err)) == LIQ_OK && round.is_found)
            status = round_close(&round, waterfall, hand, &lots, err);
        round_clear(&round);
        if (status != LIQ_OK || lots == 0)
            break;
    }
    return status;
}

liq_status liq_portfolio_rank(liq_waterfall *waterfall, const liq_hand *hand, int64_t *losses,
                              liq_error *err)
{
    liq_portfolio_trial trial = {0};
    liq_int128 *fine = NULL;
    uint32_t leg = 0;
    liq_status status =
        liq_touched_trial(&trial, &waterfall->overlay, hand->account, LIQ_NO_INDEX, err);

    if (status != LIQ_OK || trial.leg_count == 0)
        goto done;
    if ((status = liq_memory_array(&fine, trial.leg_count, sizeof *fine, err)) == LIQ_OK)
        status = liq_portfolio_losses(fine, &trial, err);
    for (uint32_t i = 0; status == LIQ_OK && i < hand->account->cross_count; i++) {
        if (hand->account->positions[i].quantity_lots == 0)
            continue;
        losses[i] = fine[leg] > INT64_MAX    ? INT64_MAX
                    : fine[leg] < -INT64_MAX ? -INT64_MAX
                                             : (int64_t)fine[leg];
        leg++;
    }
done:
    free(fine);
    liq_portfolio_trial_clear(&trial);
    return status;
}

static liq_status round_take(portfolio_round *round, liq_waterfall *waterfall, const liq_hand *hand,
                             liq_error *err)
{
    const liq_touched *account = hand->account;
    uint32_t leg = 0;
    liq_status status =
        liq_touched_trial(&round->trial, &waterfall->overlay, account, hand->position, err);
    const uint32_t legs = round->trial.leg_count;

    if (status != LIQ_OK ||
        (status = liq_memory_array(&round->positions, legs, sizeof *round->positions, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&round->lots, legs, sizeof *round->lots, err)) != LIQ_OK ||
        (status = liq_memory_array(&round->order, legs, sizeof *round->order, err)) != LIQ_OK)
        return status;
    if (hand->position != LIQ_NO_INDEX && legs > 0)
        round->positions[leg++] = hand->position;
    for (uint32_t i = 0; leg < legs && i < account->cross_count; i++)
        if (account->positions[i].quantity_lots != 0)
            round->positions[leg++] = i;
    LIQ_ASSERT(leg == legs);
    return LIQ_OK;
}

static void round_clear(portfolio_round *round)
{
    liq_portfolio_trial_clear(&round->trial);
    free(round->positions);
    free(round->lots);
    free(round->order);
}

/* The worst scenario first, where that is enough and closes no more than a part of everything. */
static liq_status round_choose(portfolio_round *round, const liq_waterfall *waterfall,
                               liq_error *err)
{
    liq_portfolio_trial *trial = &round->trial;
    liq_int128 notional;
    uint32_t share;
    const liq_status status =
        liq_portfolio_worst_at_mark(trial, round->order, &round->count, &round->is_found, err);

    if (status != LIQ_OK)
        return status;
    lots_keep(round, 0);
    notional = notional_of(round, waterfall);
    liq_portfolio_trial_open(trial);
    share = liq_portfolio_share_find(trial);
    if (share == 0)
        return LIQ_OK;
    if (round->is_found) {
        int64_t *kept = round->lots;
        liq_int128 by_share;

        round->lots = NULL;
        if (liq_memory_array(&round->lots, trial->leg_count, sizeof *round->lots, err) != LIQ_OK) {
            round->lots = kept;
            return LIQ_OUT_OF_MEMORY;
        }
        lots_keep(round, share);
        by_share = notional_of(round, waterfall);
        if (by_share >= notional) {
            free(round->lots);
            round->lots = kept;
            return LIQ_OK;
        }
        free(kept);
    } else {
        lots_keep(round, share);
    }
    round->is_found = true;
    round->count = trial->leg_count;
    for (uint32_t i = 0; i < trial->leg_count; i++)
        round->order[i] = i;
    return LIQ_OK;
}

/* Cash units at the mark. */
static liq_int128 notional_of(const portfolio_round *round, const liq_waterfall *waterfall)
{
    liq_int128 out = 0;

    for (uint32_t i = 0; i < round->trial.leg_count; i++) {
        const uint32_t instrument = round->trial.legs[i].instrument_index;
        const liq_instrument_record *record = &waterfall->market.instruments[instrument];

        out += liq_cash_of(waterfall, record->asset_index,
                           liq_fine_grains(waterfall, instrument,
                                           (liq_int128)round->lots[i] * (int64_t)record->lot_size));
    }
    return out;
}

/* @param share  per mille of every leg; 0: what the trial has closed */
static void lots_keep(portfolio_round *round, uint32_t share)
{
    for (uint32_t i = 0; i < round->trial.leg_count; i++) {
        const liq_trial_leg *leg = &round->trial.legs[i];

        round->lots[i] = share == 0 ? leg->closed : liq_portfolio_share_lots(leg->lots, share);
    }
}

/* All of it where fills come from outside: they are asked for together. */
static liq_status round_close(const portfolio_round *round, liq_waterfall *waterfall,
                              liq_hand *hand, int64_t *lots, liq_error *err)
{
    liq_close_result closed = {0};
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < round->count && !closed.is_safe; i++) {
        const uint32_t leg = round->order[i];

        if (round->lots[leg] == 0)
            continue;
        status = liq_close_lots(waterfall, hand, round->positions[leg], round->lots[leg],
                                LIQ_SETTLE_REDUCE, LIQ_BECAUSE_SHORTAGE, &closed, err);
        *lots += closed.lots;
    }
    return status;
}
