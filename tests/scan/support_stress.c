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
    double notional;                          /* as rows round it */
    double notional_slack;                    /* cash units that rounding may have cost */
    double needed[LIQ_STRESS_TEST_FUNDS + 1]; /* by fund */
    double adl;
} scenario_sums;

void liq_stress_random_funds(liq_book *book, liq_random *random, liq_fund *funds)
{
    static const char *const names[LIQ_STRESS_TEST_FUNDS] = {"first", "second", "third"};
    const uint32_t count = (uint32_t)liq_random_below(random, LIQ_STRESS_TEST_FUNDS + 1);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t index;

        cr_assert_eq(liq_names_add(book->venue.fund_names, liq_text_of(names[i]), &index, NULL),
                     LIQ_OK);
        funds[i] = (liq_fund){
            .asset_index = (uint32_t)liq_random_below(random, book->venue.asset_count),
            .balance = liq_random_of_any_size(random, INT64_MAX / 4),
            .floor = liq_random_once_in(random, 2) ? 0 : liq_random_of_any_size(random, 1 << 30)};
    }
    book->venue.funds = funds;
    book->venue.fund_count = count;
    for (uint32_t i = 0; i < book->venue.instrument_count && count > 0; i++)
        if (!liq_random_once_in(random, 3))
            book->venue.instruments[i].fund_index = (uint32_t)liq_random_below(random, count);
}

/* The fund of an instrument: that which it names, else that which holds its asset. */
static uint32_t fund_of(const liq_venue *venue, uint32_t instrument)
{
    uint32_t found = venue->fund_count;
    uint32_t count = 0;

    if (instrument != LIQ_NO_INDEX && venue->instruments[instrument].fund_index < venue->fund_count)
        return venue->instruments[instrument].fund_index;
    for (uint32_t i = 0; i < venue->fund_count; i++)
        if (venue->funds[i].asset_index ==
            (instrument == LIQ_NO_INDEX ? 0 : venue->instruments[instrument].settle_index)) {
            found = i;
            count++;
        }
    return count == 1 ? found : venue->fund_count;
}

/* What a position requires alone, in cash; of portfolio margin its notional. */
static double weight_of(const liq_market *market, const liq_rows *rows, uint32_t row, uint64_t at)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const uint32_t instrument = rows->tags[at] & LIQ_TAG_INDEX_MAX;
    const uint32_t asset = market->instruments[instrument].asset_index;
    liq_leg_sum sum = liq_leg_sum_zero();
    liq_wide grains;

    if (rows->tags[at] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
        return 0;
    if (rows->keys[row].reason == LIQ_REASON_PORTFOLIO)
        return fabs((double)rows->quantities[at]) *
               (double)market->instruments[instrument].lot_size *
               (double)market->assets[asset].grains_per_fine *
               (double)market->assets[asset].exchange_rate;
    grains = liq_maintenance_of(tables, &sum, liq_marked_load(tables, instrument),
                                (int64_t)liq_size_of(rows->quantities[at]));
    return ((double)grains.high * 0x1p64 + (double)grains.low) *
           (double)market->assets[asset].exchange_rate;
}

/* Share what a bankrupt row owes between the funds of its positions. */
static void needed_add(scenario_sums *out, const liq_venue *venue, const liq_market *market,
                       const liq_rows *rows, uint32_t row, double loss)
{
    const uint64_t end = rows->entry_first[row + 1];
    uint32_t last = fund_of(venue, LIQ_NO_INDEX);
    bool is_mixed = false;
    double total = 0;

    for (uint64_t i = rows->entry_first[row]; i < end; i++) {
        uint32_t fund;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        fund = fund_of(venue, rows->tags[i] & LIQ_TAG_INDEX_MAX);
        is_mixed = is_mixed || (total > 0 && fund != last);
        total += weight_of(market, rows, row, i);
        last = fund;
    }
    for (uint64_t i = rows->entry_first[row]; i < end && is_mixed; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            out->needed[fund_of(venue, rows->tags[i] & LIQ_TAG_INDEX_MAX)] +=
                loss * (weight_of(market, rows, row, i) / total);
    if (!is_mixed)
        out->needed[last] += loss;
}

/* What the funds lack, in cash units. */
static double adl_of(const scenario_sums *sums, const liq_venue *venue, const liq_market *market)
{
    double out = 0;

    for (uint32_t i = 0; i <= venue->fund_count; i++) {
        double available = 0;

        if (i < venue->fund_count && venue->funds[i].balance > venue->funds[i].floor &&
            venue->policy.liquidation.adl_trigger != LIQ_ADL_ON_NEGATIVE_EQUITY)
            available = (double)(venue->funds[i].balance - venue->funds[i].floor) *
                        ((double)market->assets[venue->funds[i].asset_index].exchange_rate /
                         (double)LIQ_EXCHANGE_RATE_ONE);
        out += fmax(sums->needed[i] - available, 0);
    }
    return out;
}

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
        return wild ? liq_random_between(random, 0, 1000000000) : 0;
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

/* Scenarios that go up or down by steps, prices by betas: most accounts keep their status from one
   to the next. Some leave the line, and some are there twice. */
static void ladder_add(liq_stress_set *set, const liq_book *book, liq_random *random,
                       uint32_t count)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const int64_t from = liq_random_between(random, -400000, 400000);
    const int64_t step = liq_random_between(random, -5000, 5000);
    const bool has_noise = liq_random_once_in(random, 3);
    const uint64_t seed = liq_random_next(random);

    for (uint32_t i = 0; i < count; i++) {
        const int64_t move = from + step * (int64_t)(i - i % (1 + seed % 3));
        char name[32];

        (void)snprintf(name, sizeof name, "step %u", i);
        cr_assert_eq(liq_stress_set_add(set, name, NULL), LIQ_OK);
        for (uint32_t k = 0; k < prices; k++) {
            const int64_t beta = (int64_t)(seed >> k % 32 & 0xff) - 64;
            const int64_t noise = has_noise ? liq_random_between(random, -3000, 3000) : 0;

            move_add(set, book, k, move * beta / 128 + noise);
        }
    }
}

liq_stress_set *liq_stress_random_set(const liq_book *book, liq_random *random, uint32_t count)
{
    const uint32_t prices = book->venue.instrument_count + book->venue.asset_count;
    const bool wild = liq_random_once_in(random, 3);
    liq_stress_set *set = NULL;

    cr_assert_eq(liq_stress_set_create(&set, book, NULL), LIQ_OK);
    if (liq_random_once_in(random, 2)) {
        ladder_add(set, book, random, count);
        return set;
    }
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
                       int64_t *loss)
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
    *loss = record->status == LIQ_ROW_BANKRUPT ? -record->equity : -1;
    if (record->status == LIQ_ROW_BANKRUPT)
        out->result.fund_needed -= record->equity;
}

/* Each side of an instrument is rounded up to a unit of its asset, and then to a cash unit. */
static double instruments_slack(const liq_market *market)
{
    double out = 0;

    for (uint32_t i = 0; i < market->instrument_count; i++)
        out += 2.0 + 2.0 *
                         (double)market->assets[market->instruments[i].asset_index].exchange_rate /
                         (double)LIQ_EXCHANGE_RATE_ONE;
    return out;
}

static void scenario_expect(const liq_stress_set *set, uint32_t scenario, const liq_rows *rows,
                            const told_statuses *told, int64_t *losses, scenario_sums *out,
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
    *out = (scenario_sums){.notional_slack = instruments_slack(&market)};
    for (uint32_t row = 0; row < rows->row_count; row++) {
        const liq_row_record record = liq_truth_row(&market, rows, row);

        cr_assert_eq(told->statuses[(size_t)scenario * rows->row_count + row], record.status,
                     "seed %lu: scenario %u, row %u is %u, told was %u (reason %u)", seed, scenario,
                     row, record.status, told->statuses[(size_t)scenario * rows->row_count + row],
                     record.reason);
        row_expect(out, &market, &record, &losses[(size_t)scenario * rows->row_count + row]);
        if (record.status == LIQ_ROW_BANKRUPT)
            needed_add(out, &moved.book.venue, &market, rows, row, -(double)record.equity);
    }
    out->adl = adl_of(out, &moved.book.venue, &market);
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
    /* Of accounts in the margin currency only the sum is rounded. */
    cr_assert(told->fund_needed <= expected->result.fund_needed &&
                  expected->result.fund_needed - told->fund_needed <=
                      (liq_int128)told->by_status[LIQ_ROW_BANKRUPT],
              "seed %lu: scenario %u: funds need %g, not %g", seed, scenario,
              (double)told->fund_needed, (double)expected->result.fund_needed);
    cr_assert(told->adl_needed >= 0 && told->adl_needed <= told->fund_needed);
    cr_assert_leq(fabs((double)told->adl_needed - expected->adl),
                  (double)told->fund_needed * 1e-9 + (double)told->by_status[LIQ_ROW_BANKRUPT] + 9,
                  "seed %lu: scenario %u: ADL of %g, not %g", seed, scenario,
                  (double)told->adl_needed, expected->adl);
    cr_assert_leq(fabs(notional - expected->notional),
                  expected->notional * 1e-9 + expected->notional_slack * 2.0 + 1.0,
                  "seed %lu: scenario %u: notional %g, not %g", seed, scenario, notional,
                  expected->notional);
}

/* What a row lost over all scenarios. */
static liq_stress_cost cost_of(const int64_t *losses, uint32_t rows, uint32_t row, uint32_t count)
{
    liq_stress_cost out = {.worst = -1};

    for (uint32_t scenario = 0; scenario < count; scenario++) {
        const int64_t loss = losses[(size_t)scenario * rows + row];

        if (loss < 0)
            continue;
        out.scenarios++;
        out.sum += loss;
        out.worst = loss > out.worst ? loss : out.worst;
    }
    return out;
}

static bool is_loser(const liq_book *book, const liq_row_key *key, const liq_stress_loser *loser)
{
    if (strcmp(liq_names_get(book->account_names, key->account_index), loser->account) != 0 ||
        (key->instrument_index == LIQ_NO_INDEX) != (loser->instrument == NULL))
        return false;
    return loser->instrument == NULL ||
           (strcmp(liq_names_get(book->venue.instrument_names, key->instrument_index),
                   loser->instrument) == 0 &&
            key->is_short == (uint32_t)loser->is_short);
}

/* A plain decimal as cash units, past 64 bits as well. */
static liq_int128 amount_read(const char *text, int32_t decimals)
{
    int32_t left = decimals;
    bool is_past = false;
    liq_int128 out = 0;

    for (; *text != '\0'; text++) {
        cr_assert(*text == '.' || (*text >= '0' && *text <= '9'), "%s", text);
        is_past = is_past || *text == '.';
        if (*text == '.')
            continue;
        out = out * 10 + (*text - '0');
        left -= is_past;
    }
    for (; left > 0; left--)
        out *= 10;
    return out;
}

/* Costs of rows as the list of losers shows them. */
static void costs_expect(const liq_stress *stress, const liq_book *book, const liq_rows *rows,
                         const int64_t *losses, uint32_t scenarios)
{
    liq_stress_loser losers[LIQ_STRESS_LOSERS_MAX];
    const uint32_t count = liq_stress_losers(stress, losers, LIQ_STRESS_LOSERS_MAX);
    const int32_t decimals = book->venue.cash_decimals;
    /* Else losses that differ may be equal in cash units. */
    const bool is_exact = book->venue.assets[0].value_decimals == book->venue.assets[0].decimals;
    uint32_t listed = 0;

    for (uint32_t row = 0; row < rows->row_count; row++) {
        const liq_stress_cost cost = cost_of(losses, rows->row_count, row, scenarios);

        for (uint32_t i = 0; i < count; i++) {
            liq_int128 sum;

            if (!is_loser(book, &rows->keys[row], &losers[i]))
                continue;
            listed++;
            sum = amount_read(losers[i].sum, decimals);
            cr_assert(sum <= cost.sum && cost.sum - sum <= cost.scenarios);
            cr_assert(amount_read(losers[i].worst, decimals) == cost.worst);
            cr_assert(losses[(size_t)losers[i].worst_scenario * rows->row_count + row] ==
                      cost.worst);
            cr_assert_eq(losers[i].scenarios, cost.scenarios);
            for (uint32_t k = 0; is_exact && k < losers[i].worst_scenario; k++)
                cr_assert(losses[(size_t)k * rows->row_count + row] < cost.worst,
                          "row %u loses as much in %u as in %u", row, k, losers[i].worst_scenario);
        }
    }
    cr_assert_eq(listed, count);
    for (uint32_t i = 1; i < count; i++)
        cr_assert(amount_read(losers[i - 1].sum, decimals) >= amount_read(losers[i].sum, decimals));
}

void liq_stress_check(const liq_book *book, uint64_t seed, uint32_t scenarios,
                      const liq_stress_options *options, const liq_stress_pass_options *pass,
                      liq_stress_met *met, char *hash)
{
    liq_random random = liq_random_make(seed ^ 0x5bd1e995u);
    liq_stress_set *set = liq_stress_random_set(book, &random, scenarios);
    liq_stress *stress = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_stress_create_with(&stress, book, options, pass, &err), LIQ_OK, "%s",
                 err.message);
    liq_stress_expect(stress, book, set, seed, met, hash);
    liq_stress_destroy(stress);
    liq_stress_set_destroy(set);
}

void liq_stress_expect(liq_stress *stress, const liq_book *book, const liq_stress_set *set,
                       uint64_t seed, liq_stress_met *met, char *hash)
{
    const liq_rows *rows = liq_stress_rows(stress);
    const uint32_t count = liq_stress_set_count(set);
    told_statuses told = {.statuses = calloc((size_t)rows->row_count * count + 1, 1),
                          .rows = rows->row_count};
    const liq_stress_looker looker = {.look = statuses_keep, .context = &told};
    int64_t *losses = calloc((size_t)rows->row_count * count + 1, sizeof *losses);
    liq_stress_summary summary;
    liq_error err = {0};

    cr_assert(told.statuses != NULL && losses != NULL);
    cr_assert_eq(liq_stress_run_look(stress, set, &looker, &summary, &err), LIQ_OK, "%s",
                 err.message);
    for (uint32_t scenario = 0; scenario < count; scenario++) {
        scenario_sums out;

        scenario_expect(set, scenario, rows, &told, losses, &out, seed);
        result_expect(liq_stress_result_of(stress, scenario), &out, seed, scenario);
        for (uint32_t i = 0; i < LIQ_MARGIN_STATUS_COUNT; i++)
            met->by_status[i] += out.result.by_status[i];
    }
    costs_expect(stress, book, rows, losses, count);
    met->pairs += (uint64_t)rows->row_count * count;
    met->exact += summary.exact_pairs;
    met->hard_rows += summary.hard_rows;
    memcpy(hash, summary.hash, sizeof summary.hash);
    free(told.statuses);
    free(losses);
}
