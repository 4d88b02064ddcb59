#include "scan/explain_portfolio.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/explain_lines.h"
#include "book/portfolio_rows.h"

/* A row while it is explained. */
typedef struct portfolio_work {
    liq_explain_margin *margin;
    liq_explain_scenarios *scenarios;
    const liq_book *book;
    const liq_market *market;
    liq_portfolio_tables tables;
    liq_portfolio_row row;
    liq_error *err;
} portfolio_work;

static liq_status class_explain(portfolio_work *work, uint32_t *leg);
static liq_status units_explain(portfolio_work *work, uint32_t leg, uint32_t end, uint32_t worst);
static liq_status unit_lines(portfolio_work *work, uint32_t leg, uint32_t end, uint32_t worst);
static int64_t cash_of(const portfolio_work *work, liq_wide fine, bool up);

void liq_explain_scenarios_clear(liq_explain_scenarios *scenarios)
{
    free(scenarios->lines);
    free(scenarios->classes);
    *scenarios = (liq_explain_scenarios){0};
}

liq_status liq_explain_portfolio_fill(liq_explain_margin *margin, liq_explain_scenarios *scenarios,
                                      const liq_book *book, const liq_market *market,
                                      const liq_rows *rows, uint32_t row_index, liq_error *err)
{
    const liq_row_record record = liq_portfolio_row_value(market, rows, row_index);
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    portfolio_work work = {.margin = margin,
                           .scenarios = scenarios,
                           .book = book,
                           .market = market,
                           .tables = liq_portfolio_market_tables(&market->portfolio),
                           .err = err};
    uint32_t leg = 0;
    uint32_t count;
    liq_status status = LIQ_OK;

    margin->is_portfolio = 1;
    margin->maintenance_ppm = (int64_t)market->portfolio.policy.maintenance_factor;
    margin->initial_ppm = (int64_t)market->portfolio.policy.initial_factor;
    if (record.reason != LIQ_REASON_NONE)
        return LIQ_OK;
    count = liq_portfolio_order(order, &market->portfolio, rows, row_index);
    work.row = liq_portfolio_row_of(rows, row_index, order, count);
    while (status == LIQ_OK && leg < count)
        status = class_explain(&work, &leg);
    return status;
}

void liq_explain_portfolio_position(liq_explain_position *line)
{
    line->maintenance_margin[0] = '\0';
    line->initial_margin[0] = '\0';
    line->maintenance_rate[0] = '\0';
    line->deduction[0] = '\0';
    line->tier = 0;
}

/* @param leg  the first of the class; receives the one behind it */
static liq_status class_explain(portfolio_work *work, uint32_t *leg)
{
    liq_explain_scenarios *scenarios = work->scenarios;
    const liq_portfolio_instrument_record first =
        liq_portfolio_instrument_of(work->tables, work->row, *leg);
    const uint32_t count = work->tables.units[first.unit].scenario_count;
    liq_explain_class *line;
    liq_portfolio_class_sum sum;
    liq_wide worst = liq_wide_make(0, 0);
    uint32_t at = UINT32_MAX;
    uint32_t begin = *leg;
    liq_status status;

    for (uint32_t k = 0; k < count; k += LIQ_PORTFOLIO_STEP) {
        sum = liq_portfolio_class(work->tables, work->row, begin, k);
        for (uint32_t i = 0; i < LIQ_PORTFOLIO_STEP; i++)
            if (liq_wide_less(worst, sum.losses[i])) {
                worst = sum.losses[i];
                at = k + i;
            }
        *leg = sum.end;
    }
    status = liq_memory_grow(&scenarios->classes, &scenarios->class_capacity,
                             scenarios->class_count + 1, sizeof *scenarios->classes, work->err);
    if (status != LIQ_OK)
        return status;
    line = &scenarios->classes[scenarios->class_count++];
    *line = (liq_explain_class){.number = ++work->margin->class_count,
                                .scenario = at == UINT32_MAX ? 0 : at + 1,
                                .worst = cash_of(work, worst, true),
                                .contingency =
                                    cash_of(work, sum.charges[LIQ_PORTFOLIO_CONTINGENCY], true),
                                .minimum = cash_of(work, sum.charges[LIQ_PORTFOLIO_MINIMUM], true),
                                .need = cash_of(work, liq_portfolio_class_need(sum, worst), true)};
    return units_explain(work, begin, *leg, at);
}

/* The underlyings of a class lie side by side. */
static liq_status units_explain(portfolio_work *work, uint32_t leg, uint32_t end, uint32_t worst)
{
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && leg < end) {
        const uint32_t unit = liq_portfolio_instrument_of(work->tables, work->row, leg).unit;
        uint32_t next = leg + 1;

        while (next < end &&
               liq_portfolio_instrument_of(work->tables, work->row, next).unit == unit)
            next++;
        status = unit_lines(work, leg, next, worst);
        leg = next;
    }
    return status;
}

static liq_status unit_lines(portfolio_work *work, uint32_t leg, uint32_t end, uint32_t worst)
{
    liq_explain_scenarios *scenarios = work->scenarios;
    const liq_packed_entries entries = work->row.entries;
    const uint64_t first = work->row.entry_first + work->row.order[leg];
    const char *base = work->book->venue.instruments[entries.tags[first] & LIQ_TAG_INDEX_MAX].base;
    const liq_portfolio_grid *grid = liq_portfolio_grid_of(&work->book->venue.portfolio, base);
    const liq_status status = liq_memory_grow(&scenarios->lines, &scenarios->capacity,
                                              scenarios->count + grid->scenario_count,
                                              sizeof *scenarios->lines, work->err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t k = 0; k < grid->scenario_count; k++) {
        liq_wide pnl = liq_wide_make(0, 0);

        for (uint32_t i = leg; i < end; i++) {
            const int64_t lots = entries.quantities[work->row.entry_first + work->row.order[i]];
            const uint64_t at = liq_portfolio_grid_at(
                work->tables, liq_portfolio_instrument_of(work->tables, work->row, i), lots < 0);

            pnl = liq_wide_add(pnl, liq_wide_multiply(lots, work->tables.grid[at + k]));
        }
        scenarios->lines[scenarios->count++] =
            (liq_explain_scenario){.underlying = base,
                                   .price_ppm = grid->scenarios[k].price_ppm,
                                   .volatility_ppm = grid->scenarios[k].volatility_ppm,
                                   .cover_ppm = grid->scenarios[k].cover_ppm,
                                   .pnl = cash_of(work, pnl, false),
                                   .is_worst = k == worst};
    }
    work->margin->scenario_count += grid->scenario_count;
    return LIQ_OK;
}

/* Fine units of the margin currency in cash units; the row has a value, so sums are in range. */
static int64_t cash_of(const portfolio_work *work, liq_wide fine, bool up)
{
    const liq_wide grains = liq_wide_scale_signed(fine, work->market->assets[0].grains_per_fine);

    return up ? liq_units_ceil(grains) : liq_units_floor(grains);
}
