#include "scan/portfolio_least.h"

#include "base/fail.h"
#include "scan/turn_search.h"

enum { JUDGEMENTS_MAX = 16384, KINKS = 1, MILLE = 1000, LEGS_TRIED = 64 };

/* A leg that is closed at the mark. */
typedef struct mark_closing {
    liq_portfolio_trial *trial;
    uint32_t leg;
} mark_closing;

static liq_verdict judge(void *context, int64_t at);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t sizes_skipped(const liq_portfolio_ask *ask, const liq_verdict *verdict,
                             liq_int128 by_lot);
static liq_row_record value_at_mark(void *context, int64_t lots);
static liq_row_record with_deposit(liq_portfolio_trial *trial, const liq_row_record *now,
                                   int64_t units);
static bool share_cures(liq_portfolio_trial *trial, uint32_t share);
static bool is_safe(void *context, const liq_row_record *record);

/* The last lot stands alone, because an account without positions is judged differently. */
liq_status liq_portfolio_least(int64_t *lots, const liq_portfolio_ask *ask, liq_kinks *kinks,
                               int64_t from, int64_t end, liq_error *err)
{
    liq_portfolio_ask own = *ask;
    const liq_turn_search search = {.context = &own,
                                    .judge = judge,
                                    .settled = settled,
                                    .guess = guess,
                                    .budget = JUDGEMENTS_MAX};
    liq_verdict near;
    liq_verdict far;
    liq_status status;

    *lots = 0;
    if (from >= end)
        return LIQ_OK;
    if ((status = liq_kinks_start(kinks, KINKS, 0, end, err)) != LIQ_OK)
        return status;
    liq_kinks_add(kinks, (liq_int128)end - 1);
    liq_kinks_sort(kinks);
    near = judge(&own, from);
    LIQ_ASSERT(near.safety == LIQ_SAFETY_FLAGGED);
    if (liq_turn_search_run(&search, kinks, &near, end, &far))
        *lots = far.at;
    return LIQ_OK;
}

liq_status liq_portfolio_reduction_find(int64_t *lots, liq_portfolio_trial *trial, uint32_t leg,
                                        liq_kinks *kinks, liq_error *err)
{
    mark_closing closing = {trial, leg};
    liq_portfolio_ask ask = {.context = &closing,
                             .value = value_at_mark,
                             .met = is_safe,
                             .goal = liq_trial_goal_safe(trial->market)};
    liq_status status;

    ask.reach = liq_portfolio_trial_reach(trial, leg, &ask.goal, 0, 0);
    status = liq_portfolio_least(lots, &ask, kinks, 0, trial->legs[leg].lots, err);
    liq_portfolio_trial_close(trial, leg, 0, 0);
    return status;
}

/* More cash never hurts, and moves nothing else: the least is found by halving. One that is too
 * large to be valued counts as enough until the end. */
bool liq_portfolio_deposit_least(int64_t *units, liq_portfolio_trial *trial,
                                 bool (*met)(void *context, const liq_row_record *record),
                                 void *context)
{
    const liq_row_record now = liq_portfolio_trial_value(trial);
    int64_t low = 0;
    int64_t high = INT64_MAX;
    liq_row_record record;

    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        record = with_deposit(trial, &now, middle);
        if (record.reason == LIQ_REASON_NONE && !met(context, &record))
            low = middle;
        else
            high = middle;
    }
    *units = high;
    record = with_deposit(trial, &now, high);
    return record.reason == LIQ_REASON_NONE && met(context, &record);
}

bool liq_portfolio_top_up(int64_t *units, liq_portfolio_trial *trial)
{
    return liq_portfolio_deposit_least(units, trial, is_safe, NULL);
}

uint32_t liq_portfolio_share_find(liq_portfolio_trial *trial)
{
    uint32_t missed = 0;
    uint32_t found = MILLE;

    if (trial->leg_count <= LEGS_TRIED)
        for (found = 1; found <= MILLE && !share_cures(trial, found);)
            found++;
    else if (!share_cures(trial, MILLE))
        found = MILLE + 1;
    while (trial->leg_count > LEGS_TRIED && found <= MILLE && found - missed > 1) {
        const uint32_t middle = missed + (found - missed) / 2;

        *(share_cures(trial, middle) ? &found : &missed) = middle;
    }
    liq_portfolio_trial_open(trial);
    return found <= MILLE ? found : 0;
}

static bool share_cures(liq_portfolio_trial *trial, uint32_t share)
{
    bool can = true;

    for (uint32_t i = 0; can && i < trial->leg_count; i++)
        can = liq_portfolio_trial_close_at_mark(
            trial, i, liq_portfolio_share_lots(trial->legs[i].lots, share));
    return can && liq_portfolio_trial_value(trial).status < LIQ_ROW_LIQUIDATE;
}

int64_t liq_portfolio_share_lots(int64_t lots, uint32_t share)
{
    return (int64_t)(((liq_int128)lots * share + MILLE - 1) / MILLE);
}

/* What cannot be valued meets no goal. */
static liq_verdict judge(void *context, int64_t at)
{
    const liq_portfolio_ask *ask = context;
    const liq_row_record record = ask->value(ask->context, at);
    const bool met = record.reason == LIQ_REASON_NONE && ask->met(ask->context, &record);

    return (liq_verdict){.at = at,
                         .equity = record.equity,
                         .maintenance =
                             ask->goal.by_notional ? record.notional : record.maintenance,
                         .regime = record.reason,
                         .safety = met ? LIQ_SAFETY_SAFE : LIQ_SAFETY_FLAGGED};
}

/* Every size inside is so near to one of the ends that it cannot have come up to the goal. */
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const liq_portfolio_ask *ask = context;
    const int64_t inside = far->at - near->at - 1;
    int64_t skipped;

    if (near->regime != LIQ_REASON_NONE || far->regime != LIQ_REASON_NONE)
        return near->regime != LIQ_REASON_NONE && far->regime != LIQ_REASON_NONE;
    if (near->safety == LIQ_SAFETY_SAFE)
        return false;
    skipped = sizes_skipped(ask, near, ask->reach.rise);
    return skipped >= inside || sizes_skipped(ask, far, ask->reach.fall) >= inside - skipped;
}

static int64_t guess(void *context, const liq_verdict *near, const liq_verdict *far)
{
    const liq_portfolio_ask *ask = context;
    const int64_t inside = far->at - near->at - 1;
    const int64_t skipped =
        near->regime == LIQ_REASON_NONE ? sizes_skipped(ask, near, ask->reach.rise) : 0;

    return skipped < inside ? near->at + 1 + skipped : far->at - 1;
}

/* How many sizes next to one cannot meet the goal: it lies too low, and a lot changes too little.
 */
static int64_t sizes_skipped(const liq_portfolio_ask *ask, const liq_verdict *verdict,
                             liq_int128 by_lot)
{
    const liq_row_record record = {.equity = verdict->equity,
                                   .maintenance = verdict->maintenance,
                                   .notional = verdict->maintenance};
    const liq_int128 height = liq_trial_height(&ask->goal, &record);
    liq_int128 below;

    if (height >= 0 || height < -((liq_int128)1 << (126 - LIQ_REACH_BITS)))
        return 0;
    below = (-height << LIQ_REACH_BITS) - ask->reach.slack;
    if (below <= 0)
        return 0;
    if (by_lot == 0 || (below - 1) / by_lot > INT64_MAX / 2)
        return INT64_MAX / 2;
    return (int64_t)((below - 1) / by_lot);
}

static liq_row_record value_at_mark(void *context, int64_t lots)
{
    const mark_closing *closing = context;

    if (!liq_portfolio_trial_close_at_mark(closing->trial, closing->leg, lots))
        return liq_row_unvalued(LIQ_REASON_PNL, LIQ_NO_INDEX);
    return liq_portfolio_trial_value(closing->trial);
}

/* The margin currency has full weight, so equity gains all of it; an isolated position has its
 * margin in what it settles in. */
static liq_row_record with_deposit(liq_portfolio_trial *trial, const liq_row_record *now,
                                   int64_t units)
{
    liq_row_record out = *now;
    int64_t change;

    if (trial->rows.keys[0].instrument_index == LIQ_NO_INDEX) {
        if (__builtin_add_overflow(now->equity, units, &out.equity))
            return liq_row_unvalued(LIQ_REASON_EQUITY, LIQ_NO_INDEX);
        out.status =
            liq_margin_status(liq_market_tables(trial->market),
                              liq_portfolio_trial_open_count(trial), out.equity, out.maintenance);
        return out;
    }
    change = trial->legs[0].change;
    trial->legs[0].change =
        units > INT64_MAX - (change > 0 ? change : 0) ? INT64_MAX : change + units;
    out = liq_portfolio_trial_value(trial);
    trial->legs[0].change = change;
    return out;
}

static bool is_safe(void *context, const liq_row_record *record)
{
    (void)context;
    return record->status < LIQ_ROW_LIQUIDATE;
}
