#include "support_stress.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "scan/flagged.h"
#include "scan/truth.h"

/* Statuses as the engine told them, scenario by scenario. */
typedef struct told_statuses {
    uint8_t *statuses; /* scenario x rows + row */
    uint32_t rows;
} told_statuses;

/* What one scenario comes to. */
typedef struct scenario_sums {
    liq_stress_result result;
    double notional;       /* as rows round it */
    double notional_slack; /* cash units that rounding may have cost */
} scenario_sums;

static int64_t random_change(liq_random *random, bool wild)
{
    switch (liq_random_below(random, 6)) {
    case 0:
        return liq_random_between(random, -5, 5);
    case 1:
        return liq_random_between(random, -2000, 2000);
    case 2:
        return wild ? liq_random_between(random, -999999, 3000000)
                    : liq_random_between(random, -500000, 500000);
    case 3:
        return 0;
    default:
        return liq_random_between(random, -300000, 300000);
    }
}

/* A move that the book refuses is left out. */
static void move_add(liq_stress_set *set, const liq_book *book, uint32_t price, int64_t change)
{
    liq_error err = {0};
    const liq_status status =
        liq_stress_set_shock(set, liq_stress_price_symbol(&book->venue, price), change, &err);

    cr_assert(status == LIQ_OK || status == LIQ_NOT_FOUND || status == LIQ_OUT_OF_RANGE ||
                  status == LIQ_DUPLICATE,
              "%s", err.message);
}

liq_stress_set *liq_stress_random_set(const liq_book *book, liq_random *random, uint32_t count)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const bool wild = liq_random_once_in(random, 3);
    liq_stress_set *set = NULL;

    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    for (uint32_t i = 0; i < count; i++) {
        const bool many = liq_random_once_in(random, 2);
        const uint32_t moves = many ? prices : (uint32_t)liq_random_below(random, 4);
        const int64_t common = random_change(random, wild);
        char name[32];

        (void)snprintf(name, sizeof name, "scenario %u", i);
        cr_assert_eq(liq_stress_set_add(set, name, NULL), LIQ_OK);
        for (uint32_t k = 0; k < moves && i > 0; k++)
            move_add(set, book, many ? k : (uint32_t)liq_random_below(random, prices),
                     many && liq_random_once_in(random, 2) ? common : random_change(random, wild));
    }
    return set;
}

static void statuses_keep(void *context, uint32_t first, uint32_t count, const uint8_t *statuses)
{
    const told_statuses *told = context;

    for (uint32_t lane = 0; lane < count; lane++)
        for (uint32_t row = 0; row < told->rows; row++)
            told->statuses[(size_t)(first + lane) * told->rows + row] =
                statuses[(size_t)row * LIQ_STRESS_TILE + lane];
}

/* The least deposit after which an account is ok, by halving. */
static int64_t shortfall(const liq_market *market, const liq_row_record *record)
{
    int64_t low = 0;
    int64_t high = INT64_MAX / 4;

    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;

        if (liq_margin_status(liq_market_tables(market), 1, record->equity + middle,
                              record->maintenance) == LIQ_ROW_OK)
            high = middle;
        else
            low = middle;
    }
    return high;
}

static void row_expect(scenario_sums *out, const liq_market *market, const liq_row_record *record,
                       liq_stress_cost *cost, uint32_t scenario)
{
    out->result.by_status[record->status]++;
    if (record->status == LIQ_ROW_WARNING || record->status == LIQ_ROW_REDUCE_ONLY)
        out->result.margin_called += shortfall(market, record);
    if (liq_flagged_status(record->status)) {
        out->notional += (double)record->notional;
        out->notional_slack += 1.0;
        for (uint32_t i = 1; i < market->asset_count; i++)
            out->notional_slack +=
                1.0 + (double)market->assets[i].exchange_rate / (double)LIQ_EXCHANGE_RATE_ONE;
    }
    if (record->status != LIQ_ROW_BANKRUPT)
        return;
    out->result.fund_needed -= record->equity;
    if (cost->scenarios++ == 0 || -record->equity > cost->worst) {
        cost->worst = -record->equity;
        cost->worst_scenario = scenario;
    }
    cost->sum -= record->equity;
}

static void scenario_expect(const liq_stress_set *set, uint32_t scenario, const liq_rows *rows,
                            const told_statuses *told, liq_stress_cost *costs, scenario_sums *out,
                            uint64_t seed)
{
    liq_stress_book moved;
    liq_market market = {0};
    uint32_t count;
    const liq_stress_move *moves = liq_stress_set_moves(set, scenario, &count);

    cr_assert_eq(liq_stress_book_create(&moved, liq_stress_set_book(set), NULL), LIQ_OK);
    for (uint32_t i = 0; i < count; i++)
        cr_assert_eq(liq_book_shock(&moved.book,
                                    liq_stress_price_symbol(&moved.book.venue, moves[i].price),
                                    moves[i].change_ppm, NULL),
                     LIQ_OK);
    cr_assert_eq(liq_market_create(&market, &moved.book, NULL), LIQ_OK);
    *out = (scenario_sums){.notional = 0.0};
    for (uint32_t row = 0; row < rows->row_count; row++) {
        const liq_row_record record = liq_truth_row(&market, rows, row);

        cr_assert_eq(told->statuses[(size_t)scenario * rows->row_count + row], record.status,
                     "seed %lu: scenario %u, row %u is %u, told was %u (reason %u)", seed, scenario,
                     row, record.status, told->statuses[(size_t)scenario * rows->row_count + row],
                     record.reason);
        row_expect(out, &market, &record, &costs[row], scenario);
    }
    liq_market_clear(&market);
    liq_stress_book_clear(&moved);
}

static void result_expect(const liq_stress_result *told, const scenario_sums *expected,
                          uint64_t seed, uint32_t scenario)
{
    const double notional = (double)told->long_notional + (double)told->short_notional;

    cr_assert_arr_eq(told->by_status, expected->result.by_status, sizeof told->by_status);
    cr_assert(told->margin_called == expected->result.margin_called,
              "seed %lu: scenario %u: margin called %g, not %g", seed, scenario,
              (double)told->margin_called, (double)expected->result.margin_called);
    cr_assert(told->fund_needed == expected->result.fund_needed,
              "seed %lu: scenario %u: funds need %g, not %g", seed, scenario,
              (double)told->fund_needed, (double)expected->result.fund_needed);
    cr_assert(told->adl_needed <= told->fund_needed);
    cr_assert_leq(fabs(notional - expected->notional),
                  expected->notional * 1e-9 + expected->notional_slack * 2.0 + 1000.0,
                  "seed %lu: scenario %u: notional %g, not %g", seed, scenario, notional,
                  expected->notional);
}

/* Costs of rows as the list of losers shows them. */
static void costs_expect(const liq_stress *stress, const liq_book *book, const liq_rows *rows,
                         const liq_stress_cost *costs)
{
    liq_stress_loser losers[LIQ_STRESS_LOSERS_MAX];
    const uint32_t count = liq_stress_losers(stress, losers, LIQ_STRESS_LOSERS_MAX);
    uint32_t expected_count = 0;

    for (uint32_t row = 0; row < rows->row_count; row++)
        expected_count += costs[row].sum > 0;
    cr_assert_eq(count,
                 expected_count < LIQ_STRESS_LOSERS_MAX ? expected_count : LIQ_STRESS_LOSERS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        char sum[LIQ_DECIMAL_BYTES];
        bool found = false;

        for (uint32_t row = 0; row < rows->row_count && !found; row++) {
            const liq_row_key *key = &rows->keys[row];

            if (strcmp(liq_names_get(book->account_names, key->account_index), losers[i].account) !=
                    0 ||
                (key->instrument_index == LIQ_NO_INDEX) != (losers[i].instrument == NULL) ||
                (losers[i].instrument != NULL &&
                 (strcmp(liq_names_get(book->venue.instrument_names, key->instrument_index),
                         losers[i].instrument) != 0 ||
                  key->is_short != (uint32_t)losers[i].is_short)))
                continue;
            found = true;
            cr_assert_str_eq(losers[i].sum,
                             liq_decimal_format(sum, costs[row].sum, book->venue.cash_decimals));
            cr_assert_str_eq(losers[i].worst,
                             liq_decimal_format(sum, costs[row].worst, book->venue.cash_decimals));
            cr_assert_eq(losers[i].worst_scenario, costs[row].worst_scenario);
            cr_assert_eq(losers[i].scenarios, costs[row].scenarios);
        }
        cr_assert(found);
    }
}

void liq_stress_expect(liq_stress *stress, const liq_book *book, const liq_stress_set *set,
                       uint64_t seed, liq_stress_met *met, char *hash)
{
    const liq_rows *rows = liq_stress_rows(stress);
    const uint32_t count = liq_stress_set_count(set);
    told_statuses told = {.statuses = calloc((size_t)rows->row_count * count + 1, 1),
                          .rows = rows->row_count};
    const liq_stress_looker looker = {.look = statuses_keep, .context = &told};
    liq_stress_cost *costs = aligned_alloc(16, (rows->row_count + 1U) * sizeof *costs);
    liq_stress_summary summary;
    liq_error err = {0};

    cr_assert(told.statuses != NULL && costs != NULL);
    memset(costs, 0, rows->row_count * sizeof *costs);
    cr_assert_eq(liq_stress_run_look(stress, set, &looker, &summary, &err), LIQ_OK, "%s",
                 err.message);
    for (uint32_t scenario = 0; scenario < count; scenario++) {
        scenario_sums out;

        scenario_expect(set, scenario, rows, &told, costs, &out, seed);
        result_expect(liq_stress_result_of(stress, scenario), &out, seed, scenario);
        for (uint32_t i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
            met->by_status[i] += out.result.by_status[i];
    }
    costs_expect(stress, book, rows, costs);
    met->pairs += (uint64_t)rows->row_count * count;
    met->exact += summary.exact_pairs;
    met->hard_rows += summary.hard_rows;
    memcpy(hash, summary.hash, sizeof summary.hash);
    free(told.statuses);
    free(costs);
}
