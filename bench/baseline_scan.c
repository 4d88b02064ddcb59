#include "baseline_scan.h"

#include <stdatomic.h>
#include <stddef.h>

#include "baseline_score.h"

enum { ACCOUNTS_AT_ONCE = 4096, FINE_PER_CASH = 10000, BANKRUPT = 5 };

#define GRAINS_PER_CASH ((liq_int128)10000000000000000) /* 10^16 */

typedef struct scan_work {
    const baseline_book *book;
    baseline_row *rows;
    int64_t *scores; /* or NULL */
    baseline_ratio fine_per_cash;
    atomic_uint_fast32_t next; /* account nobody has taken yet */
} scan_work;

static void scan_part(void *context, uint32_t number);
static void account_score(const scan_work *work, uint32_t account, int64_t equity);
static baseline_row account_value(const baseline_book *book, uint32_t account);
static const baseline_tier *tier_find(const baseline_book *book,
                                      const baseline_instrument *instrument, int64_t lots);
static int64_t divide_floor(liq_int128 value, liq_int128 by);
static int64_t divide_ceil(liq_int128 value, liq_int128 by);
static uint32_t status_of(const baseline_book *book, int64_t equity, int64_t maintenance,
                          uint64_t positions);

void baseline_scan(const baseline_book *book, bench_crew *crew, baseline_row *rows, int64_t *scores)
{
    scan_work work = {
        .book = book, .rows = rows, .scores = scores, .fine_per_cash = baseline_fine_per_cash()};

    atomic_init(&work.next, 0);
    crew_run(crew, scan_part, &work);
}

uint64_t baseline_bytes(const baseline_book *book, bool with_scores)
{
    return book->position_count * (sizeof *book->instrument_of + sizeof *book->lots +
                                   sizeof *book->entries + (with_scores ? sizeof(int64_t) : 0)) +
           (uint64_t)book->account_count *
               (sizeof *book->position_first + sizeof *book->balances + sizeof(baseline_row));
}

static void scan_part(void *context, uint32_t number)
{
    scan_work *work = context;
    const uint32_t count = work->book->account_count;

    (void)number;
    for (;;) {
        const uint_fast32_t begin = atomic_fetch_add(&work->next, ACCOUNTS_AT_ONCE);
        const uint_fast32_t end =
            begin + ACCOUNTS_AT_ONCE < count ? begin + ACCOUNTS_AT_ONCE : count;

        if (begin >= count)
            return;
        for (uint_fast32_t i = begin; i < end; i++) {
            work->rows[i] = account_value(work->book, (uint32_t)i);
            if (work->scores != NULL)
                account_score(work, (uint32_t)i, work->rows[i].equity);
        }
    }
}

/* Behind the row, while its positions are in the cache. */
static void account_score(const scan_work *work, uint32_t account, int64_t equity)
{
    const baseline_book *book = work->book;
    const uint64_t end = book->position_first[account + 1];
    const baseline_ratio fine =
        equity > 0 ? baseline_ratio_times(baseline_ratio_of((uint64_t)equity), work->fine_per_cash)
                   : (baseline_ratio){0};

    for (uint64_t i = book->position_first[account]; i < end; i++)
        work->scores[i] = equity > 0
                              ? baseline_score(fine, book->lots[i], book->entries[i],
                                               book->instruments[book->instrument_of[i]].value)
                              : BASELINE_PAST_BANKRUPTCY;
}

static baseline_row account_value(const baseline_book *book, uint32_t account)
{
    const uint64_t begin = book->position_first[account];
    const uint64_t end = book->position_first[account + 1];
    liq_int128 pnl = 0;
    liq_int128 notional = 0;
    liq_int128 maintenance = 0;
    liq_int128 initial = 0;
    baseline_row row;

    for (uint64_t i = begin; i < end; i++) {
        const baseline_instrument *instrument = &book->instruments[book->instrument_of[i]];
        const int64_t lots = book->lots[i];
        const int64_t size = lots < 0 ? -lots : lots;
        const baseline_tier *tier = tier_find(book, instrument, size);
        const liq_int128 value = (liq_int128)size * instrument->value;
        const liq_int128 required = value * tier->maintenance_rate - tier->deduction;

        pnl += (liq_int128)lots * (instrument->value - book->entries[i]);
        notional += value;
        maintenance += required > 0 ? required : 0;
        initial += value * tier->initial_rate;
    }
    row.equity = book->balances[account] + divide_floor(pnl, FINE_PER_CASH);
    row.notional = divide_ceil(notional, FINE_PER_CASH);
    row.maintenance = divide_ceil(maintenance, GRAINS_PER_CASH);
    row.initial = divide_ceil(initial, GRAINS_PER_CASH);
    row.status = status_of(book, row.equity, row.maintenance, end - begin);
    return row;
}

static const baseline_tier *tier_find(const baseline_book *book,
                                      const baseline_instrument *instrument, int64_t lots)
{
    const baseline_tier *tier = &book->tiers[instrument->tier_first];
    const baseline_tier *last = tier + instrument->tier_count - 1;

    while (tier < last && tier[1].floor_lots <= lots)
        tier++;
    return tier;
}

/* What fits in 64 bits is divided there: by a constant that is a multiplication. */
static inline int64_t divide_floor(liq_int128 value, liq_int128 by)
{
    liq_int128 quotient;

    if (value == (int64_t)value) {
        const int64_t narrow = (int64_t)value;
        const int64_t divisor = (int64_t)by;

        return narrow / divisor - (narrow % divisor < 0);
    }
    quotient = value / by;
    return (int64_t)quotient - (value < quotient * by);
}

static inline int64_t divide_ceil(liq_int128 value, liq_int128 by)
{
    return -divide_floor(-value, by);
}

static uint32_t status_of(const baseline_book *book, int64_t equity, int64_t maintenance,
                          uint64_t positions)
{
    uint32_t status = 0;

    if (equity < 0 || (equity == 0 && positions > 0))
        return BANKRUPT;
    for (uint32_t i = 0; positions > 0 && i < BASELINE_LEVELS; i++) {
        const baseline_level *level = &book->levels[i];
        const liq_int128 resource = (liq_int128)equity * level->equity_factor;
        const liq_int128 requirement = (liq_int128)maintenance * level->requirement_factor;

        if (level->equity_factor > 0 &&
            (resource < requirement || (level->inclusive && resource == requirement)))
            status = i + 1;
    }
    return status;
}
