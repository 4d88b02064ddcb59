/*
 * The smallest move along a ray that exhausts a fund, in steps of one part per million.
 *
 * A stretch of moves is judged at once: prices move one way along a ray, so each value of a lot,
 * and each exchange rate, stays between those at the two ends, roundings included. Taking for every
 * position and asset the end that is worse for its account bounds what the account owes anywhere in
 * the stretch; at a stretch of one move that is no bound but the margin rule's own equity. A
 * stretch whose bound the funds can pay is safe. Any other is cut in two, the nearer half first. So
 * when a single move is found, everything nearer is proven to be safe, whatever prices do to whom.
 */
#include <liqscan/stress.h>

#include <stdlib.h>

#include "base/decimal.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/stress_ends.h"
#include "scan/stress_run.h"

enum { PPM_ONE = 1000000, STRETCHES_MAX = 64 };

/* Moves first .. last of a ray, counted from zero outward. */
typedef struct stretch {
    int64_t first;
    int64_t last;
} stretch;

typedef struct reverse_search {
    const liq_stress *stress;
    const liq_stress_ray *ray;
    liq_stress_ends ends;
    liq_int128 *needed; /* by worker, fund by fund; the first worker's are the sums */
    uint32_t funds;     /* and none */
    uint32_t workers;
    int64_t sign;
} reverse_search;

static liq_status search_run(reverse_search *search, int64_t limit, uint32_t steps_max,
                             liq_stress_reversal *out, liq_error *err);
static liq_status stretch_judge(reverse_search *search, stretch moves, bool *safe, liq_error *err);
static void rows_work(void *context, uint32_t index);
static bool funds_pay(const reverse_search *search);
static liq_status point_tell(reverse_search *search, int64_t move, liq_stress_reversal *out,
                             liq_error *err);

liq_status liq_stress_reverse(const liq_stress *stress, const liq_stress_ray *ray,
                              int64_t limit_ppm, uint32_t steps_max, liq_stress_reversal *out,
                              liq_error *err)
{
    const liq_book *book = liq_stress_book_of(stress);
    reverse_search search = {.stress = stress,
                             .ray = ray,
                             .funds = book->venue.fund_count + 1,
                             .workers = liq_workers_count(),
                             .sign = limit_ppm < 0 ? -1 : 1};
    liq_status status;

    if (limit_ppm == 0 || limit_ppm > LIQ_STRESS_LIMIT_PPM_MAX ||
        limit_ppm < -LIQ_STRESS_LIMIT_PPM_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a limit of %lld parts per million is zero or past %d",
                        (long long)limit_ppm, LIQ_STRESS_LIMIT_PPM_MAX);
    *out = (liq_stress_reversal){.found = 0};
    if ((status = liq_stress_ends_create(&search.ends, book, liq_stress_rows(stress),
                                         liq_stress_market(stress), liq_stress_funds_of(stress),
                                         err)) != LIQ_OK ||
        (status = liq_memory_aligned(&search.needed, (size_t)search.funds * search.workers,
                                     sizeof *search.needed, sizeof *search.needed, err)) != LIQ_OK)
        goto done;
    status = search_run(&search, limit_ppm * search.sign, steps_max, out, err);
done:
    liq_stress_ends_clear(&search.ends);
    free(search.needed);
    return status;
}

/* Stretches that are left, the nearest on top: each is half of what lay under it. */
static liq_status search_run(reverse_search *search, int64_t limit, uint32_t steps_max,
                             liq_stress_reversal *out, liq_error *err)
{
    stretch left[STRETCHES_MAX] = {{.first = 0, .last = limit}};
    uint32_t count = 1;
    int64_t told = limit;
    liq_status status = LIQ_OK;

    out->proven_ppm = -search->sign; /* not even where prices are */
    while (status == LIQ_OK && count > 0 && out->steps < steps_max) {
        const stretch now = left[--count];
        const int64_t middle = now.first + (now.last - now.first) / 2;
        bool safe = false;

        out->steps++;
        if ((status = stretch_judge(search, now, &safe, err)) != LIQ_OK)
            return status;
        if (safe) {
            out->proven_ppm = search->sign * now.last;
        } else if (now.first == now.last) {
            out->found = 1;
            told = now.first;
            break;
        } else {
            LIQ_ASSERT(count + 2 <= STRETCHES_MAX);
            left[count++] = (stretch){.first = middle + 1, .last = now.last};
            left[count++] = (stretch){.first = now.first, .last = middle};
        }
    }
    out->change_ppm = search->sign * told;
    return point_tell(search, told, out, err);
}

static liq_status stretch_judge(reverse_search *search, stretch moves, bool *safe, liq_error *err)
{
    const liq_status status = liq_stress_ends_move(
        &search->ends, search->ray, search->sign * moves.first, search->sign * moves.last, err);

    if (status != LIQ_OK)
        return status;
    liq_workers_run(search->workers, rows_work, search);
    for (uint32_t worker = 1; worker < search->workers; worker++)
        for (uint32_t fund = 0; fund < search->funds; fund++)
            search->needed[fund] += search->needed[(size_t)worker * search->funds + fund];
    *safe = funds_pay(search);
    return LIQ_OK;
}

/* Each worker takes a stretch of the rows. */
static void rows_work(void *context, uint32_t index)
{
    const reverse_search *search = context;
    const uint64_t rows = liq_stress_rows(search->stress)->row_count;
    liq_int128 *needed = search->needed + (size_t)index * search->funds;

    for (uint32_t fund = 0; fund < search->funds; fund++)
        needed[fund] = 0;
    for (uint64_t row = rows * index / search->workers; row < rows * (index + 1) / search->workers;
         row++)
        liq_stress_ends_row(&search->ends, (uint32_t)row, needed);
}

static bool funds_pay(const reverse_search *search)
{
    for (uint32_t fund = 0; fund < search->funds; fund++)
        if (search->needed[fund] > liq_stress_ends_available(&search->ends, fund))
            return false;
    return true;
}

/* What is needed at one move. */
static liq_status point_tell(reverse_search *search, int64_t move, liq_stress_reversal *out,
                             liq_error *err)
{
    const int32_t decimals = liq_stress_book_of(search->stress)->venue.cash_decimals;
    liq_int128 needed = 0;
    liq_int128 short_of = 0;
    bool safe;
    const liq_status status =
        stretch_judge(search, (stretch){.first = move, .last = move}, &safe, err);

    for (uint32_t fund = 0; status == LIQ_OK && fund < search->funds; fund++) {
        const liq_int128 per_unit = search->ends.fine_per_unit;
        const liq_int128 fine = search->needed[fund] > 0 ? search->needed[fund] : 0;
        const liq_int128 units = fine / per_unit + (fine % per_unit > 0);
        const liq_int128 left = units - liq_stress_ends_available(&search->ends, fund) / per_unit;

        needed += units;
        short_of += left > 0 ? left : 0;
    }
    (void)liq_decimal_format(out->fund_needed, needed, decimals);
    (void)liq_decimal_format(out->adl_needed, short_of, decimals);
    return status;
}
