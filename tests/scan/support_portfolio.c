#include "support_portfolio.h"

#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"

enum { JSON_BYTES = 8192 };

/* The sums of one underlying. */
typedef struct unit_sums {
    mpz_t pnl[LIQ_PORTFOLIO_SCENARIOS_MAX];
    mpz_t longs;
    mpz_t shorts;
    mpz_t charges[LIQ_PORTFOLIO_CHARGES];
} unit_sums;

static void sums_add(unit_sums *sums, const liq_portfolio_market *market, const liq_rows *rows,
                     uint64_t entry);
static void ceil_share(mpz_t out, const mpz_t value, uint64_t share);
static void charge_add(mpz_t out, const liq_portfolio_market *market,
                       const liq_portfolio_charge_record *charge, const unit_sums *sums,
                       uint32_t kind);
static void class_need(mpz_t out, const liq_portfolio_market *market, const unit_sums *units,
                       uint32_t class_index);
static void set_wide(mpz_t out, liq_wide value);
static void options_make(liq_book *book, liq_random *random);

void liq_portfolio_give(liq_venue *venue, const char *json)
{
    char text[JSON_BYTES];
    liq_json *document = NULL;
    liq_error err = {0};
    const int used = snprintf(text, sizeof text, "{\"portfolio\": %s}", json);

    LIQ_ASSERT(used > 0 && (size_t)used < sizeof text);
    LIQ_ASSERT(liq_json_parse(&document, "venue.json", liq_text_of(text), &err) == LIQ_OK);
    if (liq_portfolio_policy_read(&venue->portfolio, document,
                                  liq_json_member(liq_json_root(document), "portfolio"),
                                  &err) != LIQ_OK) {
        fprintf(stderr, "%s\n", err.message);
        abort();
    }
    liq_json_destroy(document);
}

void liq_portfolio_take(liq_venue *venue)
{
    liq_portfolio_policy_clear(&venue->portfolio);
}

void liq_portfolio_base(liq_venue *venue, uint32_t instrument_index, const char *base)
{
    snprintf(venue->instruments[instrument_index].base,
             sizeof venue->instruments[instrument_index].base, "%s", base);
}

void liq_portfolio_turn(liq_book *book, liq_random *random)
{
    static const char *const bases[] = {"BTC", "ETH", "SOL", "XRP", "DOGE"};
    static const char *const rules[] = {"\"deribit-pm\"", "\"okx-pm\"", "\"paradex-pm\"",
                                        "\"span\""};

    liq_portfolio_give(&book->venue, rules[liq_random_below(random, 4)]);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        liq_portfolio_base(&book->venue, i, bases[liq_random_below(random, 5)]);
    if (liq_random_once_in(random, 2))
        options_make(book, random);
    for (uint32_t i = 0; i < book->account_count; i++)
        book->accounts[i].mode =
            liq_random_once_in(random, 5) ? LIQ_ACCOUNT_CROSS : LIQ_ACCOUNT_PORTFOLIO;
}

void liq_portfolio_mix(liq_book *book, uint64_t seed)
{
    static const char *const rules[] = {
        "\"okx-pm\"", "\"deribit-pm\"", "\"paradex-pm\"", "\"span\"",
        "{\"maintenance_factor\": \"0.7\", \"initial_factor\": \"1\", \"grids\": [{"
        "\"underlyings\": [\"*\"], \"prices\": [\"-0.1\", \"0\", \"0.15\"], \"class\": \"all\", "
        "\"gains\": \"0.6\", \"contingency\": {\"net_delta\": \"0.01\", \"hedged_delta\": "
        "\"0.05\"}, \"minimum\": {\"future\": \"0.02\", \"tiers\": [{\"up_to\": \"1\", "
        "\"multiplier\": \"1\"}, {\"up_to\": \"50\", \"multiplier\": \"3\"}, {\"multiplier\": "
        "\"2\"}]}}]}"};
    static const char *const bases[] = {"BTC", "ETH", "BTC", "XRP"};
    liq_random random = liq_random_make(seed);

    liq_portfolio_give(&book->venue, rules[liq_random_below(&random, 5)]);
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        liq_portfolio_base(&book->venue, i, bases[liq_random_below(&random, 4)]);
    for (uint32_t i = 0; i < book->account_count; i++)
        book->accounts[i].mode = LIQ_ACCOUNT_PORTFOLIO;
}

void liq_portfolio_oracle(int64_t *maintenance, int64_t *initial, const liq_market *market,
                          const liq_rows *rows, uint32_t row_index)
{
    const liq_portfolio_market *portfolio = &market->portfolio;
    const uint64_t factors[] = {portfolio->policy.maintenance_factor,
                                portfolio->policy.initial_factor};
    int64_t *const out[] = {maintenance, initial};
    unit_sums *units = calloc(portfolio->unit_count, sizeof *units);
    mpz_t need;
    mpz_t grains;

    mpz_inits(need, grains, NULL);
    for (uint32_t i = 0; i < portfolio->unit_count; i++) {
        for (uint32_t k = 0; k < LIQ_PORTFOLIO_SCENARIOS_MAX; k++)
            mpz_init(units[i].pnl[k]);
        mpz_inits(units[i].longs, units[i].shorts, units[i].charges[0], units[i].charges[1], NULL);
    }
    for (uint64_t i = rows->entry_first[row_index]; i < rows->entry_first[row_index + 1]; i++)
        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS == LIQ_ENTRY_POSITION)
            sums_add(units, portfolio, rows, i);
    for (uint32_t i = 0; i < portfolio->unit_count; i++)
        if (i == 0 || portfolio->units[i].class_index != portfolio->units[i - 1].class_index)
            class_need(need, portfolio, units, portfolio->units[i].class_index);
    for (int i = 0; i < 2; i++) {
        ceil_share(grains, need, factors[i]);
        mpz_mul_ui(grains, grains, market->assets[0].grains_per_fine);
        mpz_cdiv_q_ui(grains, grains, LIQ_GRAINS_PER_UNIT);
        *out[i] = mpz_fits_slong_p(grains) ? mpz_get_si(grains) : INT64_MIN;
    }
    for (uint32_t i = 0; i < portfolio->unit_count; i++) {
        for (uint32_t k = 0; k < LIQ_PORTFOLIO_SCENARIOS_MAX; k++)
            mpz_clear(units[i].pnl[k]);
        mpz_clears(units[i].longs, units[i].shorts, units[i].charges[0], units[i].charges[1], NULL);
    }
    mpz_clears(need, grains, NULL);
    free(units);
}

static void sums_add(unit_sums *units, const liq_portfolio_market *market, const liq_rows *rows,
                     uint64_t entry)
{
    const liq_portfolio_instrument_record *record =
        &market->instruments[rows->tags[entry] & LIQ_TAG_INDEX_MAX];
    unit_sums *sums = &units[record->unit];
    const int64_t lots = rows->quantities[entry];
    mpz_t size;
    mpz_t part;

    mpz_inits(size, part, NULL);
    mpz_set_si(size, labs(lots));
    for (uint32_t k = 0; k < market->units[record->unit].scenario_count; k++) {
        mpz_set_si(part, market->grid[record->grid_first + k +
                                      (lots < 0 ? market->units[record->unit].scenario_count : 0)]);
        mpz_mul_si(part, part, lots);
        mpz_add(sums->pnl[k], sums->pnl[k], part);
    }
    mpz_mul_si(part, size, labs(record->delta));
    if ((record->delta >= 0) == (lots > 0))
        mpz_add(sums->longs, sums->longs, part);
    else
        mpz_add(sums->shorts, sums->shorts, part);
    for (uint32_t i = 0; i < LIQ_PORTFOLIO_CHARGES; i++) {
        mpz_mul_si(part, size, lots < 0 ? record->short_charges[i] : record->long_charges[i]);
        mpz_add(sums->charges[i], sums->charges[i], part);
    }
    mpz_clears(size, part, NULL);
}

static void ceil_share(mpz_t out, const mpz_t value, uint64_t share)
{
    mpz_mul_ui(out, value, share);
    mpz_cdiv_q_ui(out, out, 1000000);
}

static void charge_add(mpz_t out, const liq_portfolio_market *market,
                       const liq_portfolio_charge_record *charge, const unit_sums *sums,
                       uint32_t kind)
{
    mpz_t net;
    mpz_t hedged;
    mpz_t raw;
    mpz_t from;
    mpz_t to;

    mpz_inits(net, hedged, raw, from, to, NULL);
    mpz_sub(net, sums->longs, sums->shorts);
    mpz_abs(net, net);
    mpz_set(hedged, mpz_cmp(sums->longs, sums->shorts) < 0 ? sums->longs : sums->shorts);
    ceil_share(net, net, charge->net_rate);
    ceil_share(hedged, hedged, charge->hedged_rate);
    mpz_add(raw, sums->charges[kind], net);
    mpz_add(raw, raw, hedged);
    if (charge->tier_count == 0)
        mpz_add(out, out, raw);
    for (uint32_t i = 0; i < charge->tier_count; i++) {
        const liq_portfolio_tier_record *tier = &market->tiers[charge->tier_first + i];

        set_wide(to, tier->up_to);
        if (mpz_cmp(raw, to) < 0)
            mpz_set(to, raw);
        if (mpz_cmp(to, from) > 0) {
            mpz_sub(net, to, from);
            ceil_share(net, net, tier->multiplier);
            mpz_add(out, out, net);
        }
        set_wide(from, tier->up_to);
    }
    mpz_clears(net, hedged, raw, from, to, NULL);
}

/* Units of a class lie side by side, but that is not relied upon. */
static void class_need(mpz_t out, const liq_portfolio_market *market, const unit_sums *units,
                       uint32_t class_index)
{
    mpz_t worst;
    mpz_t loss;
    mpz_t part;
    mpz_t charges[LIQ_PORTFOLIO_CHARGES];

    mpz_inits(worst, loss, part, charges[0], charges[1], NULL);
    for (uint32_t k = 0; k < LIQ_PORTFOLIO_SCENARIOS_MAX; k++) {
        mpz_set_ui(loss, 0);
        for (uint32_t i = 0; i < market->unit_count; i++) {
            if (market->units[i].class_index != class_index)
                continue;
            mpz_set(part, units[i].pnl[k]);
            if (mpz_sgn(part) > 0) {
                mpz_mul_ui(part, part, market->units[i].gain_share);
                mpz_fdiv_q_ui(part, part, 1000000);
            }
            mpz_sub(loss, loss, part);
        }
        if (mpz_cmp(loss, worst) > 0)
            mpz_set(worst, loss);
    }
    for (uint32_t i = 0; i < market->unit_count; i++)
        for (uint32_t kind = 0; kind < LIQ_PORTFOLIO_CHARGES; kind++)
            if (market->units[i].class_index == class_index)
                charge_add(charges[kind], market, &market->units[i].charges[kind], &units[i], kind);
    mpz_add(worst, worst, charges[LIQ_PORTFOLIO_CONTINGENCY]);
    mpz_add(out, out,
            mpz_cmp(worst, charges[LIQ_PORTFOLIO_MINIMUM]) < 0 ? charges[LIQ_PORTFOLIO_MINIMUM]
                                                               : worst);
    mpz_clears(worst, loss, part, charges[0], charges[1], NULL);
}

static void set_wide(mpz_t out, liq_wide value)
{
    mpz_set_ui(out, value.high);
    mpz_mul_2exp(out, out, 64);
    mpz_add_ui(out, out, value.low);
}

/* Some instruments become options on the first one, priced by the marks of two others; what
   somebody holds of these has no value. */
static void options_make(liq_book *book, liq_random *random)
{
    liq_venue *venue = &book->venue;

    if (venue->instrument_count < 4 || venue->instruments[0].kind == LIQ_INSTRUMENT_QUANTO)
        return;
    venue->instruments[1].kind = LIQ_INSTRUMENT_INDEX;
    venue->instruments[2].kind = LIQ_INSTRUMENT_INDEX;
    book->instrument_marks[1] = liq_fixture_decimal("0.65");
    book->instrument_marks[2] = liq_fixture_decimal("27.5");
    for (uint32_t i = 3; i < venue->instrument_count; i++) {
        liq_option_terms *terms = &venue->instruments[i].option;

        if (venue->instruments[i].kind != LIQ_INSTRUMENT_LINEAR ||
            book->instrument_marks[0].digits <= 0)
            continue;
        venue->instruments[i].kind = LIQ_INSTRUMENT_OPTION;
        *terms = (liq_option_terms){.strike = book->instrument_marks[0],
                                    .volatility_index = 1,
                                    .days_index = 2,
                                    .is_put = liq_random_once_in(random, 2),
                                    .is_inverse = liq_random_once_in(random, 2)};
        venue->option_count++;
    }
}
