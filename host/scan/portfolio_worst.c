#include "scan/portfolio_worst.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/portfolio_rows.h"
#include "scan/portfolio_least.h"

/* A leg may be taken again when others were closed since. After so many turns another way is
 * better. */
enum { TURNS_MAX = 64 };

#define LOWEST (-((liq_int128)1 << 120))

/* A closing under way. */
typedef struct worst_work {
    const liq_worst_first *ask;
    liq_int128 *losses;
    bool *is_done; /* closing more of it does not help as things stand */
    uint32_t *order;
    uint32_t count;
    bool met;
} worst_work;

static void class_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                         const uint32_t *leg_of_entry, uint32_t begin, uint32_t *end);
static liq_wide worst_of(liq_portfolio_class_sum *sum, uint32_t *at, liq_portfolio_tables tables,
                         liq_portfolio_row row, uint32_t begin);
static void unit_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                        const uint32_t *leg_of_entry, uint32_t begin, uint32_t end, uint32_t at);
static void notionals_fill(liq_int128 *out, const liq_portfolio_trial *trial);
static uint32_t leg_choose(const worst_work *work);
static void leg_close(worst_work *work, uint32_t leg);
static int64_t peak_find(const worst_work *work, uint32_t leg, int64_t low, int64_t high);
static int64_t first_met(const worst_work *work, uint32_t leg, int64_t missed, int64_t enough);
static liq_row_record value_with(const worst_work *work, uint32_t leg, int64_t lots);
static liq_int128 height_with(const worst_work *work, uint32_t leg, int64_t lots);
static bool is_met(const worst_work *work, const liq_row_record *record);
static void give_back(const worst_work *work);
static int64_t most_of(const worst_work *work, uint32_t leg);
static bool close_at_mark(void *context, liq_portfolio_trial *trial, uint32_t leg, int64_t lots);
static bool is_safe(void *context, const liq_row_record *record);

liq_status liq_portfolio_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                                liq_error *err)
{
    uint32_t *leg_of_entry = NULL;
    const liq_status status =
        liq_memory_array(&leg_of_entry, (size_t)trial->rows.entry_count, sizeof *leg_of_entry, err);
    uint32_t at = 0;

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < trial->leg_count; i++)
        leg_of_entry[trial->legs[i].entry] = i;
    while (at < trial->leg_count)
        class_losses(losses, trial, leg_of_entry, at, &at);
    free(leg_of_entry);
    return LIQ_OK;
}

liq_status liq_portfolio_worst_first(const liq_worst_first *ask, uint32_t *order, uint32_t *count,
                                     bool *met, liq_error *err)
{
    const uint32_t legs = ask->trial->leg_count;
    worst_work work = {.ask = ask, .order = order};
    liq_status status;

    if ((status = liq_memory_array(&work.losses, legs, sizeof *work.losses, err)) != LIQ_OK ||
        (status = liq_memory_array(&work.is_done, legs, sizeof *work.is_done, err)) != LIQ_OK)
        goto done;
    for (uint32_t turn = 0; !work.met && turn < TURNS_MAX; turn++) {
        uint32_t leg;

        if (ask->goal.by_notional)
            notionals_fill(work.losses, ask->trial);
        else if ((status = liq_portfolio_losses(work.losses, ask->trial, err)) != LIQ_OK)
            goto done;
        if ((leg = leg_choose(&work)) == legs)
            break;
        leg_close(&work, leg);
    }
    if (work.met)
        give_back(&work);
    *count = work.count;
    *met = work.met;
done:
    free(work.losses);
    free(work.is_done);
    return status;
}

liq_status liq_portfolio_worst_at_mark(liq_portfolio_trial *trial, uint32_t *order, uint32_t *count,
                                       bool *met, liq_error *err)
{
    const liq_worst_first ask = {.trial = trial,
                                 .close = close_at_mark,
                                 .met = is_safe,
                                 .goal = liq_trial_goal_safe(trial->market)};

    return liq_portfolio_worst_first(&ask, order, count, met, err);
}

/* @param end  receives the place behind the class, in the order of the rule */
static void class_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                         const uint32_t *leg_of_entry, uint32_t begin, uint32_t *end)
{
    const liq_portfolio_tables tables = liq_portfolio_market_tables(&trial->market->portfolio);
    const liq_portfolio_row row =
        liq_portfolio_row_of(&trial->rows, 0, trial->order, trial->leg_count);
    liq_portfolio_class_sum sum = {0};
    uint32_t at = 0;
    const liq_wide worst = worst_of(&sum, &at, tables, row, begin);
    const liq_wide need = liq_portfolio_class_need(sum, worst);
    const bool by_minimum =
        liq_wide_less(liq_wide_add(worst, sum.charges[LIQ_PORTFOLIO_CONTINGENCY]), need);
    uint32_t unit_end;

    for (uint32_t unit = begin; unit < sum.end; unit = unit_end) {
        const uint32_t index = liq_portfolio_instrument_of(tables, row, unit).unit;

        for (unit_end = unit; unit_end < sum.end &&
                              liq_portfolio_instrument_of(tables, row, unit_end).unit == index;)
            unit_end++;
        if (!by_minimum)
            unit_losses(losses, trial, leg_of_entry, unit, unit_end, at);
        for (uint32_t i = unit; by_minimum && i < unit_end; i++) {
            const liq_portfolio_instrument_record lot = liq_portfolio_instrument_of(tables, row, i);
            const int64_t left = trial->rows.quantities[trial->order[i]];

            losses[leg_of_entry[trial->order[i]]] =
                left < 0 ? -(liq_int128)left * lot.short_charges[LIQ_PORTFOLIO_MINIMUM]
                         : (liq_int128)left * lot.long_charges[LIQ_PORTFOLIO_MINIMUM];
        }
    }
    *end = sum.end;
}

/* The loss of a class in its worst scenario, and which one that is. */
static liq_wide worst_of(liq_portfolio_class_sum *sum, uint32_t *at, liq_portfolio_tables tables,
                         liq_portfolio_row row, uint32_t begin)
{
    const uint32_t count =
        tables.units[liq_portfolio_instrument_of(tables, row, begin).unit].scenario_count;
    liq_wide worst = liq_wide_make(0, 0);

    for (uint32_t k = 0; k < count; k += LIQ_PORTFOLIO_STEP) {
        *sum = liq_portfolio_class(tables, row, begin, k);
        for (uint32_t i = 0; i < LIQ_PORTFOLIO_STEP; i++)
            if (liq_wide_less(worst, sum->losses[i])) {
                worst = sum->losses[i];
                *at = k + i;
            }
    }
    return worst;
}

static void unit_losses(liq_int128 *losses, const liq_portfolio_trial *trial,
                        const uint32_t *leg_of_entry, uint32_t begin, uint32_t end, uint32_t at)
{
    const liq_portfolio_tables tables = liq_portfolio_market_tables(&trial->market->portfolio);
    const liq_portfolio_row row =
        liq_portfolio_row_of(&trial->rows, 0, trial->order, trial->leg_count);
    liq_int128 all = 0;
    uint64_t share;

    for (uint32_t i = begin; i < end; i++) {
        const liq_portfolio_instrument_record lot = liq_portfolio_instrument_of(tables, row, i);
        const int64_t left = trial->rows.quantities[trial->order[i]];
        const int64_t pnl = tables.grid[liq_portfolio_grid_at(tables, lot, left < 0) + at];

        losses[leg_of_entry[trial->order[i]]] = -(liq_int128)left * pnl;
        all += (liq_int128)left * pnl;
    }
    share = tables.units[liq_portfolio_instrument_of(tables, row, begin).unit].gain_share;
    for (uint32_t i = begin; all > 0 && i < end; i++)
        losses[leg_of_entry[trial->order[i]]] =
            losses[leg_of_entry[trial->order[i]]] / LIQ_PORTFOLIO_ONE * (int64_t)share;
}

/* Where only the notional counts, the largest comes first. */
static void notionals_fill(liq_int128 *out, const liq_portfolio_trial *trial)
{
    for (uint32_t i = 0; i < trial->leg_count; i++) {
        const liq_trial_leg *leg = &trial->legs[i];
        const liq_instrument_record record = trial->market->instruments[leg->instrument_index];
        const liq_int128 lot =
            liq_trial_cash(trial->market->assets[record.asset_index], (liq_int128)record.lot_size);

        if (__builtin_mul_overflow(lot, (liq_int128)(leg->lots - leg->closed), &out[i]))
            out[i] = -LOWEST;
    }
}

/* @return leg_count when none is left that loses anything */
static uint32_t leg_choose(const worst_work *work)
{
    const liq_portfolio_trial *trial = work->ask->trial;
    uint32_t best = trial->leg_count;

    for (uint32_t i = 0; i < trial->leg_count; i++)
        if (!work->is_done[i] && work->losses[i] > 0 && trial->legs[i].closed < most_of(work, i) &&
            (best == trial->leg_count || work->losses[i] > work->losses[best]))
            best = i;
    return best;
}

/* As much as helps, and no more than is enough. */
static void leg_close(worst_work *work, uint32_t leg)
{
    const liq_portfolio_trial *trial = work->ask->trial;
    const int64_t before = trial->legs[leg].closed;
    int64_t lots = peak_find(work, leg, before, most_of(work, leg));
    liq_row_record record = value_with(work, leg, lots);
    bool is_listed = false;

    work->met = is_met(work, &record);
    if (work->met)
        lots = first_met(work, leg, before, lots);
    LIQ_ASSERT(work->ask->close(work->ask->context, work->ask->trial, leg, lots));
    for (uint32_t i = 0; i < trial->leg_count && lots > before; i++)
        work->is_done[i] = false; /* it may help by now */
    work->is_done[leg] = true;
    for (uint32_t i = 0; i < work->count; i++)
        is_listed = is_listed || work->order[i] == leg;
    if (!is_listed && lots > before)
        work->order[work->count++] = leg;
}

/* The size of the greatest height. Each requirement is convex in a size but for what hedged deltas
   are charged, so that a search by thirds is as good as looking at all, as a rule. */
static int64_t peak_find(const worst_work *work, uint32_t leg, int64_t low, int64_t high)
{
    const int64_t first = low;
    const liq_int128 start = height_with(work, leg, low);

    while (high - low > 2) {
        const int64_t third = (high - low) / 3;

        if (height_with(work, leg, low + third) < height_with(work, leg, high - third))
            low += third;
        else
            high -= third;
    }
    for (int64_t lots = low + 1; lots <= high; lots++)
        if (height_with(work, leg, lots) > height_with(work, leg, low))
            low = lots;
    return height_with(work, leg, low) > start ? low : first;
}

static int64_t first_met(const worst_work *work, uint32_t leg, int64_t missed, int64_t enough)
{
    while (enough - missed > 1) {
        const int64_t middle = missed + (enough - missed) / 2;
        const liq_row_record record = value_with(work, leg, middle);

        if (is_met(work, &record))
            enough = middle;
        else
            missed = middle;
    }
    return enough;
}

static liq_row_record value_with(const worst_work *work, uint32_t leg, int64_t lots)
{
    if (!work->ask->close(work->ask->context, work->ask->trial, leg, lots))
        return liq_row_unvalued(LIQ_REASON_PNL, LIQ_NO_INDEX);
    return liq_portfolio_trial_value(work->ask->trial);
}

static liq_int128 height_with(const worst_work *work, uint32_t leg, int64_t lots)
{
    const liq_row_record record = value_with(work, leg, lots);

    return record.reason == LIQ_REASON_NONE ? liq_trial_height(&work->ask->goal, &record) : LOWEST;
}

static bool is_met(const worst_work *work, const liq_row_record *record)
{
    return record->reason == LIQ_REASON_NONE && work->ask->met(work->ask->context, record);
}

/* The last leg is closed no further than is enough; what others were closed before it may be more.
 */
static void give_back(const worst_work *work)
{
    for (uint32_t i = work->count; i > 0; i--) {
        const uint32_t leg = work->order[i - 1];
        const int64_t closed = work->ask->trial->legs[leg].closed;
        const liq_row_record open = value_with(work, leg, 0);
        const int64_t lots = is_met(work, &open) ? 0 : first_met(work, leg, 0, closed);

        LIQ_ASSERT(work->ask->close(work->ask->context, work->ask->trial, leg, lots));
    }
}

static int64_t most_of(const worst_work *work, uint32_t leg)
{
    return work->ask->lots_max == NULL ? work->ask->trial->legs[leg].lots
                                       : work->ask->lots_max(work->ask->context, leg);
}

static bool close_at_mark(void *context, liq_portfolio_trial *trial, uint32_t leg, int64_t lots)
{
    (void)context;
    return liq_portfolio_trial_close_at_mark(trial, leg, lots);
}

static bool is_safe(void *context, const liq_row_record *record)
{
    (void)context;
    return record->status < LIQ_ROW_LIQUIDATE;
}
