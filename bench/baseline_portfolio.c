#include "baseline_portfolio.h"

#include <stdatomic.h>
#include <stddef.h>

enum { ROWS_AT_ONCE = 1024, SCENARIOS_MAX = 64, MILLION = 1000000, BANKRUPT = 5 };

#define FINE_PER_CASH ((liq_int128)10000)

typedef struct portfolio_work {
    const baseline_portfolio *book;
    baseline_row *rows;
    atomic_uint_fast32_t next; /* row nobody has taken yet */
} portfolio_work;

/* What a class loses in each scenario, and is charged. */
typedef struct class_sums {
    liq_int128 losses[SCENARIOS_MAX];
    liq_int128 charges[BASELINE_CHARGES];
} class_sums;

static void rows_part(void *context, uint32_t number);
static baseline_row row_value(const baseline_portfolio *book, uint32_t row);
static liq_int128 class_need(const baseline_portfolio *book, uint64_t *at, uint64_t end);
static void unit_add(const baseline_portfolio *book, class_sums *sums, uint64_t *at, uint64_t end);
static liq_int128 charge_of(const baseline_charge *charge, liq_int128 lots, liq_int128 longs,
                            liq_int128 shorts);
static liq_int128 share_ceil(liq_int128 value, int64_t share);
static liq_int128 cash_ceil(liq_int128 fine);

void baseline_portfolio_scan(const baseline_portfolio *book, bench_crew *crew, baseline_row *rows)
{
    portfolio_work work = {.book = book, .rows = rows};

    atomic_init(&work.next, 0);
    crew_run(crew, rows_part, &work);
}

uint32_t baseline_status_of(const baseline_level *levels, int64_t equity, int64_t maintenance,
                            uint64_t positions)
{
    uint32_t status = 0;

    if (equity < 0 || (equity == 0 && positions > 0))
        return BANKRUPT;
    for (uint32_t i = 0; positions > 0 && i < BASELINE_LEVELS; i++) {
        const liq_int128 resource = (liq_int128)equity * levels[i].equity_factor;
        const liq_int128 requirement = (liq_int128)maintenance * levels[i].requirement_factor;

        if (levels[i].equity_factor > 0 &&
            (resource < requirement || (levels[i].inclusive && resource == requirement)))
            status = i + 1;
    }
    return status;
}

static void rows_part(void *context, uint32_t number)
{
    portfolio_work *work = context;
    const uint32_t count = work->book->row_count;

    (void)number;
    for (;;) {
        const uint_fast32_t begin = atomic_fetch_add(&work->next, ROWS_AT_ONCE);
        const uint_fast32_t end = begin + ROWS_AT_ONCE < count ? begin + ROWS_AT_ONCE : count;

        if (begin >= count)
            return;
        for (uint_fast32_t i = begin; i < end; i++)
            work->rows[i] = row_value(work->book, (uint32_t)i);
    }
}

static baseline_row row_value(const baseline_portfolio *book, uint32_t row)
{
    const uint64_t begin = book->position_first[row];
    const uint64_t end = book->position_first[row + 1];
    liq_int128 pnl = 0;
    liq_int128 notional = 0;
    liq_int128 need = 0;
    baseline_row out;

    for (uint64_t i = begin; i < end; i++) {
        const int64_t value = book->contracts[book->instrument_of[i]].value;
        const int64_t lots = book->lots[i];

        pnl += (liq_int128)lots * (value - book->entries[i]);
        notional += (liq_int128)(lots < 0 ? -lots : lots) * value;
    }
    for (uint64_t at = begin; at < end;)
        need += class_need(book, &at, end);
    out.equity = book->balances[row] - (int64_t)cash_ceil(-pnl);
    out.notional = (int64_t)cash_ceil(notional);
    out.maintenance = (int64_t)cash_ceil(share_ceil(need, book->maintenance_factor));
    out.initial = (int64_t)cash_ceil(share_ceil(need, book->initial_factor));
    out.status = baseline_status_of(book->levels, out.equity, out.maintenance, end - begin);
    return out;
}

/* The worst scenario of a class and what is added to it, or at least the floor. */
static liq_int128 class_need(const baseline_portfolio *book, uint64_t *at, uint64_t end)
{
    const baseline_unit *first = &book->units[book->contracts[book->instrument_of[*at]].unit];
    class_sums sums = {0};
    liq_int128 worst = 0;

    while (*at < end && book->units[book->contracts[book->instrument_of[*at]].unit].class_index ==
                            first->class_index)
        unit_add(book, &sums, at, end);
    for (uint32_t k = 0; k < first->scenario_count; k++)
        worst = sums.losses[k] > worst ? sums.losses[k] : worst;
    worst += sums.charges[0];
    return worst > sums.charges[1] ? worst : sums.charges[1];
}

static void unit_add(const baseline_portfolio *book, class_sums *sums, uint64_t *at, uint64_t end)
{
    const uint32_t unit_index = book->contracts[book->instrument_of[*at]].unit;
    const baseline_unit *unit = &book->units[unit_index];
    liq_int128 pnl[SCENARIOS_MAX] = {0};
    liq_int128 charges[BASELINE_CHARGES] = {0};
    liq_int128 sides[2] = {0};

    for (; *at < end && book->contracts[book->instrument_of[*at]].unit == unit_index; ++*at) {
        const baseline_contract *contract = &book->contracts[book->instrument_of[*at]];
        const int64_t lots = book->lots[*at];
        const int64_t size = lots < 0 ? -lots : lots;
        const int64_t *grid = contract->pnl[lots < 0];

        for (uint32_t k = 0; k < unit->scenario_count; k++)
            pnl[k] += (liq_int128)lots * grid[k];
        sides[lots < 0] += (liq_int128)size * contract->delta;
        for (int i = 0; i < BASELINE_CHARGES; i++)
            charges[i] += (liq_int128)size * contract->charges[lots < 0][i];
    }
    for (uint32_t k = 0; k < unit->scenario_count; k++)
        sums->losses[k] -= pnl[k] <= 0 || unit->gain_share == MILLION
                               ? pnl[k]
                               : pnl[k] * unit->gain_share / MILLION;
    for (int i = 0; i < BASELINE_CHARGES; i++)
        sums->charges[i] += charge_of(&unit->charges[i], charges[i], sides[0], sides[1]);
}

static liq_int128 charge_of(const baseline_charge *charge, liq_int128 lots, liq_int128 longs,
                            liq_int128 shorts)
{
    const liq_int128 hedged = longs < shorts ? longs : shorts;
    const liq_int128 net = longs < shorts ? shorts - longs : longs - shorts;
    const liq_int128 raw =
        lots + share_ceil(net, charge->net_rate) + share_ceil(hedged, charge->hedged_rate);
    liq_int128 from = 0;
    liq_int128 out = 0;

    if (charge->tier_count == 0)
        return raw;
    for (uint32_t i = 0; i < charge->tier_count && from < raw; i++) {
        const liq_int128 to = raw < charge->tiers[i].up_to ? raw : charge->tiers[i].up_to;

        out += share_ceil(to - from, charge->tiers[i].multiplier);
        from = to;
    }
    return out;
}

/* What fits in 64 bits is divided there: by a constant that is a multiplication. */
static liq_int128 share_ceil(liq_int128 value, int64_t share)
{
    const liq_int128 product = value * share;

    if (share == 0 || share == MILLION)
        return share == 0 ? 0 : value;
    if (product == (int64_t)product)
        return ((int64_t)product + MILLION - 1) / MILLION;
    return (product + MILLION - 1) / MILLION;
}

static liq_int128 cash_ceil(liq_int128 fine)
{
    const int64_t narrow = (int64_t)fine;

    if (fine == narrow)
        return narrow / (int64_t)FINE_PER_CASH + (narrow % (int64_t)FINE_PER_CASH > 0);
    return fine / FINE_PER_CASH + (fine % FINE_PER_CASH > 0);
}
