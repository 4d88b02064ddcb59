#include <liqscan/explain.h>

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/adl_places.h"
#include "scan/cure.h"
#include "scan/explain_lines.h"
#include "scan/explain_portfolio.h"
#include "scan/flagged.h"
#include "scan/liquidation_price.h"
#include "scan/portfolio_least.h"
#include "scan/reduction.h"
#include "scan/scan_row.h"
#include "scan/score_text.h"
#include "scan/truth.h"

/* Where the lines of a margin account begin in the arrays of all. */
typedef struct margin_lines {
    uint64_t collateral_first;
    uint64_t position_first;
    uint64_t reduction_first;
    uint64_t scenario_first;
    uint64_t class_first;
} margin_lines;

struct liq_explanation {
    liq_explain_margin *margins;
    margin_lines *lines;
    liq_explain_collateral *collateral;
    liq_explain_position *positions;
    liq_explain_reduction *reductions;
    liq_explain_scenarios scenarios; /* of portfolio margin */
    uint32_t margin_count;
};

/* What is needed while an explanation is made. */
typedef struct explain_work {
    liq_explanation *explanation;
    const liq_book *book;
    liq_market market;
    liq_rows rows; /* of the account */
    liq_price_finder finder;
    liq_kinks kinks;
    liq_adl_place *places; /* of the account's positions */
    uint64_t collateral_count;
    uint64_t position_count;
    uint64_t reduction_count;
    uint64_t position_at; /* into the book: the next position to write */
} explain_work;

static liq_status account_find(uint32_t *out, const liq_book *book, const char *account,
                               liq_error *err);
static uint32_t names_below(const liq_names *names, const char *name);
static liq_status work_start(explain_work *work, const liq_book *book, uint32_t account_index,
                             liq_error *err);
static void work_clear(explain_work *work);
static liq_status lines_take(liq_explanation *explanation, const liq_rows *rows, liq_error *err);
static liq_status margin_explain(explain_work *work, uint32_t row_index, liq_error *err);
static liq_status lines_write(explain_work *work, const liq_row_parts *parts,
                              liq_explain_margin *margin, liq_error *err);
static liq_status prices_write(explain_work *work, const liq_row_parts *parts, uint64_t entry,
                               liq_price_boundaries *found, liq_error *err);
static liq_status portfolio_explain(explain_work *work, liq_row_parts *parts,
                                    liq_explain_margin *margin, liq_error *err);
static void place_write(const explain_work *work, liq_explain_position *line);
static liq_status cure_write(explain_work *work, const liq_row_parts *parts,
                             liq_explain_margin *margin, liq_error *err);
static liq_status reduction_write(explain_work *work, const liq_row_parts *parts, uint64_t entry,
                                  liq_error *err);
static void reduction_fill(explain_work *work, uint64_t entry, int64_t lots);
static liq_status portfolio_cure(explain_work *work, uint32_t row_index, liq_explain_margin *margin,
                                 liq_error *err);
static void top_up_write(const explain_work *work, liq_explain_margin *margin, uint32_t asset,
                         const int64_t *units);
static uint32_t cash_of_row(const explain_work *work, uint32_t row_index);
static uint32_t kind_of(const liq_rows *rows, uint64_t entry);

liq_status liq_explain(liq_explanation **out, const liq_book *book, const char *account,
                       liq_error *err)
{
    explain_work work = {0};
    uint32_t account_index;
    liq_status status;

    if ((status = account_find(&account_index, book, account, err)) != LIQ_OK)
        return status;
    if ((status = work_start(&work, book, account_index, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < work.rows.row_count; i++)
        if ((status = margin_explain(&work, i, err)) != LIQ_OK)
            goto done;
    *out = work.explanation;
    work.explanation = NULL; /* given away */
done:
    work_clear(&work);
    return status;
}

void liq_explanation_destroy(liq_explanation *explanation)
{
    if (explanation == NULL)
        return;
    free(explanation->margins);
    free(explanation->lines);
    free(explanation->collateral);
    free(explanation->positions);
    free(explanation->reductions);
    liq_explain_scenarios_clear(&explanation->scenarios);
    free(explanation);
}

uint32_t liq_explanation_margins(const liq_explanation *explanation)
{
    return explanation->margin_count;
}

const liq_explain_margin *liq_explanation_margin(const liq_explanation *explanation, uint32_t index)
{
    LIQ_ASSERT(index < explanation->margin_count);
    return &explanation->margins[index];
}

const liq_explain_collateral *liq_explanation_collateral(const liq_explanation *explanation,
                                                         uint32_t margin_index, uint32_t index)
{
    LIQ_ASSERT(margin_index < explanation->margin_count);
    LIQ_ASSERT(index < explanation->margins[margin_index].collateral_count);
    return &explanation->collateral[explanation->lines[margin_index].collateral_first + index];
}

const liq_explain_position *liq_explanation_position(const liq_explanation *explanation,
                                                     uint32_t margin_index, uint32_t index)
{
    LIQ_ASSERT(margin_index < explanation->margin_count);
    LIQ_ASSERT(index < explanation->margins[margin_index].position_count);
    return &explanation->positions[explanation->lines[margin_index].position_first + index];
}

const liq_explain_reduction *liq_explanation_reduction(const liq_explanation *explanation,
                                                       uint32_t margin_index, uint32_t index)
{
    LIQ_ASSERT(margin_index < explanation->margin_count);
    LIQ_ASSERT(index < explanation->margins[margin_index].reduction_count);
    return &explanation->reductions[explanation->lines[margin_index].reduction_first + index];
}

const liq_explain_scenario *liq_explanation_scenario(const liq_explanation *explanation,
                                                     uint32_t margin_index, uint32_t index)
{
    LIQ_ASSERT(margin_index < explanation->margin_count);
    LIQ_ASSERT(index < explanation->margins[margin_index].scenario_count);
    return &explanation->scenarios.lines[explanation->lines[margin_index].scenario_first + index];
}

const liq_explain_class *liq_explanation_class(const liq_explanation *explanation,
                                               uint32_t margin_index, uint32_t index)
{
    LIQ_ASSERT(margin_index < explanation->margin_count);
    LIQ_ASSERT(index < explanation->margins[margin_index].class_count);
    return &explanation->scenarios.classes[explanation->lines[margin_index].class_first + index];
}

static liq_status account_find(uint32_t *out, const liq_book *book, const char *account,
                               liq_error *err)
{
    const liq_names *names = book->account_names;
    const uint32_t count = liq_names_count(names);
    const uint32_t at = count == 0 ? 0 : names_below(names, account);

    if (liq_names_find(names, liq_text_of(account), out))
        return LIQ_OK;
    if (count == 0)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\": the book has no accounts", account);
    if (at == 0 || at == count)
        return liq_fail(err, LIQ_NOT_FOUND, 0,
                        "account \"%s\" is not in the book; the %s id is \"%s\"", account,
                        at == 0 ? "first" : "last", liq_names_get(names, at == 0 ? 0 : count - 1));
    return liq_fail(err, LIQ_NOT_FOUND, 0,
                    "account \"%s\" is not in the book; next to it are \"%s\" and \"%s\"", account,
                    liq_names_get(names, at - 1), liq_names_get(names, at));
}

/* How many ids lie below a name; ids are sorted by bytes. */
static uint32_t names_below(const liq_names *names, const char *name)
{
    uint32_t low = 0;
    uint32_t high = liq_names_count(names);

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (strcmp(liq_names_get(names, middle), name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static liq_status work_start(explain_work *work, const liq_book *book, uint32_t account_index,
                             liq_error *err)
{
    liq_status status;

    work->book = book;
    work->position_at = book->position_first[account_index];
    if ((status = liq_market_create(&work->market, book, err)) != LIQ_OK ||
        (status = liq_price_finder_create(&work->finder, book, &work->market, err)) != LIQ_OK ||
        (status = liq_rows_create_account(&work->rows, book, account_index, err)) != LIQ_OK ||
        (status = liq_adl_places_create(&work->places, book, &work->market, account_index, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&work->explanation, 1, sizeof *work->explanation, err)) !=
            LIQ_OK)
        return status;
    return lines_take(work->explanation, &work->rows, err);
}

static void work_clear(explain_work *work)
{
    liq_explanation_destroy(work->explanation);
    liq_kinks_clear(&work->kinks);
    free(work->places);
    liq_price_finder_clear(&work->finder);
    liq_rows_clear(&work->rows);
    liq_market_clear(&work->market);
}

static liq_status lines_take(liq_explanation *explanation, const liq_rows *rows, liq_error *err)
{
    size_t collateral = 0;
    size_t positions = 0;
    liq_status status;

    for (uint64_t i = 0; i < rows->entry_count; i++) {
        collateral += kind_of(rows, i) >= LIQ_ENTRY_BALANCE;
        positions += kind_of(rows, i) == LIQ_ENTRY_POSITION;
    }
    explanation->margin_count = rows->row_count;
    if ((status = liq_memory_array(&explanation->margins, rows->row_count,
                                   sizeof *explanation->margins, err)) != LIQ_OK ||
        (status = liq_memory_array(&explanation->lines, rows->row_count, sizeof *explanation->lines,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&explanation->collateral, collateral,
                                   sizeof *explanation->collateral, err)) != LIQ_OK ||
        (status = liq_memory_array(&explanation->positions, positions,
                                   sizeof *explanation->positions, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&explanation->reductions, positions, sizeof *explanation->reductions,
                            err);
}

static liq_status margin_explain(explain_work *work, uint32_t row_index, liq_error *err)
{
    liq_explanation *explanation = work->explanation;
    liq_explain_margin *margin = &explanation->margins[row_index];
    liq_row_parts parts = {0};
    liq_status status;

    explanation->lines[row_index] =
        (margin_lines){.collateral_first = work->collateral_count,
                       .position_first = work->position_count,
                       .reduction_first = work->reduction_count,
                       .scenario_first = explanation->scenarios.count,
                       .class_first = explanation->scenarios.class_count};
    status = liq_row_parts_create(&parts, &work->market, &work->rows, row_index, err);
    if (status != LIQ_OK)
        return status;
    if (work->rows.keys[row_index].reason == LIQ_REASON_PORTFOLIO)
        status = portfolio_explain(work, &parts, margin, err);
    liq_scan_row_fill(&margin->row, work->book, &work->rows.keys[row_index], &parts.record);
    if (status == LIQ_OK)
        status = lines_write(work, &parts, margin, err);
    if (status == LIQ_OK && liq_flagged_status(parts.record.status))
        status = margin->is_portfolio ? portfolio_cure(work, row_index, margin, err)
                                      : cure_write(work, &parts, margin, err);
    liq_row_parts_clear(&parts);
    return status;
}

/* Its value is that of the other rule; nothing of it can be taken apart. */
static liq_status portfolio_explain(explain_work *work, liq_row_parts *parts,
                                    liq_explain_margin *margin, liq_error *err)
{
    parts->record = liq_truth_row(&work->market, &work->rows, parts->row_index);
    return liq_explain_portfolio_fill(margin, &work->explanation->scenarios, work->book,
                                      &work->market, &work->rows, parts->row_index, err);
}

/* Positions of the book and position entries of the rows come in the same order. */
static liq_status lines_write(explain_work *work, const liq_row_parts *parts,
                              liq_explain_margin *margin, liq_error *err)
{
    const liq_rows *rows = &work->rows;
    const uint64_t end = rows->entry_first[parts->row_index + 1];
    liq_exposure exposure = liq_exposure_none();
    liq_price_boundaries found = {0};

    for (uint64_t i = rows->entry_first[parts->row_index]; i < end; i++) {
        liq_explanation *explanation = work->explanation;

        if (kind_of(rows, i) >= LIQ_ENTRY_BALANCE) {
            liq_explain_collateral_fill(&explanation->collateral[work->collateral_count++],
                                        work->book, &work->market, rows, i);
            margin->collateral_count++;
        } else if (kind_of(rows, i) == LIQ_ENTRY_POSITION) {
            liq_status status = LIQ_OK;

            liq_explain_position_fill(&explanation->positions[work->position_count], work->book,
                                      &work->market, &work->book->positions[work->position_at++],
                                      exposure);
            if (margin->is_portfolio)
                liq_explain_portfolio_position(&explanation->positions[work->position_count]);
            else if ((status = prices_write(work, parts, i, &found, err)) != LIQ_OK)
                return status;
            if (status != LIQ_OK)
                return status;
            place_write(work, &explanation->positions[work->position_count]);
            work->position_count++;
            margin->position_count++;
        } else if (kind_of(rows, i) != LIQ_ENTRY_ORDER) {
            exposure = (liq_exposure){.instrument_index = rows->tags[i] & LIQ_TAG_INDEX_MAX,
                                      .long_lots = rows->quantities[i],
                                      .short_lots = rows->values[i]};
        }
    }
    return LIQ_OK;
}

/* The prices of a position; the second leg of a hedge has those of the first. */
static liq_status prices_write(explain_work *work, const liq_row_parts *parts, uint64_t entry,
                               liq_price_boundaries *found, liq_error *err)
{
    const liq_rows *rows = &work->rows;
    const uint32_t index = rows->tags[entry] & LIQ_TAG_INDEX_MAX;
    const liq_venue *venue = &work->book->venue;
    liq_explain_position *line = &work->explanation->positions[work->position_count];
    liq_status status;

    if (parts->record.reason != LIQ_REASON_NONE)
        return LIQ_OK;
    if (entry == rows->entry_first[parts->row_index] || rows->tags[entry] != rows->tags[entry - 1])
        if ((status = liq_price_find(found, &work->finder, parts, entry, err)) != LIQ_OK)
            return status;
    liq_price_write(line->liquidation_price, venue, index, &found->liquidation);
    liq_price_write(line->bankruptcy_price, venue, index, &found->bankruptcy);
    liq_price_distance(line->distance, line->liquidation_price,
                       work->book->instrument_marks[index]);
    return LIQ_OK;
}

/* Its place in the auto-deleveraging queue. */
static void place_write(const explain_work *work, liq_explain_position *line)
{
    const liq_adl_place *place = &work->places[work->position_count];

    line->adl_standing = (liq_adl_standing)place->standing;
    line->adl_light = place->light;
    line->adl_rank = place->rank;
    liq_score_write(line->adl_score, place->score);
}

static liq_status cure_write(explain_work *work, const liq_row_parts *parts,
                             liq_explain_margin *margin, liq_error *err)
{
    const liq_rows *rows = &work->rows;
    const uint32_t asset = cash_of_row(work, parts->row_index);
    const uint64_t end = rows->entry_first[parts->row_index + 1];
    int64_t units;
    liq_status status;

    top_up_write(work, margin, asset,
                 liq_cure_top_up(&units, parts, &work->market, asset) ? &units : NULL);
    for (uint64_t i = rows->entry_first[parts->row_index]; i < end; i++)
        if (kind_of(rows, i) == LIQ_ENTRY_POSITION) {
            if ((status = reduction_write(work, parts, i, err)) != LIQ_OK)
                return status;
            margin->reduction_count++;
        }
    return LIQ_OK;
}

static liq_status reduction_write(explain_work *work, const liq_row_parts *parts, uint64_t entry,
                                  liq_error *err)
{
    int64_t lots;
    const liq_status status =
        liq_reduction_find(&lots, work->book, parts, &work->market, entry, &work->kinks, err);

    if (status == LIQ_OK)
        reduction_fill(work, entry, lots);
    return status;
}

/* @param lots  0: closing all of it is not enough */
static void reduction_fill(explain_work *work, uint64_t entry, int64_t lots)
{
    const liq_rows *rows = &work->rows;
    const uint32_t index = rows->tags[entry] & LIQ_TAG_INDEX_MAX;
    const liq_instrument *instrument = &work->book->venue.instruments[index];
    const int64_t held = (int64_t)liq_size_of(rows->quantities[entry]);
    liq_explain_reduction *line = &work->explanation->reductions[work->reduction_count++];

    line->instrument = liq_names_get(work->book->venue.instrument_names, index);
    line->is_short = rows->quantities[entry] < 0;
    if (lots > 0) {
        liq_explain_quantity_write(line->quantity, instrument, lots);
        liq_explain_quantity_write(line->remaining, instrument, held - lots);
    }
}

/* The same by the rule of scenarios; and of all positions together, which keeps what hedges what.
 */
static liq_status portfolio_cure(explain_work *work, uint32_t row_index, liq_explain_margin *margin,
                                 liq_error *err)
{
    const uint64_t first = work->rows.entry_first[row_index];
    liq_portfolio_trial trial = {0};
    int64_t units;
    liq_status status =
        liq_portfolio_trial_create(&trial, &work->market, &work->rows, row_index, err);

    if (status != LIQ_OK)
        return status;
    top_up_write(work, margin, cash_of_row(work, row_index),
                 liq_portfolio_top_up(&units, &trial) ? &units : NULL);
    for (uint32_t i = 0; status == LIQ_OK && i < trial.leg_count; i++) {
        int64_t lots;

        if ((status = liq_portfolio_reduction_find(&lots, &trial, i, &work->kinks, err)) != LIQ_OK)
            break;
        reduction_fill(work, first + trial.legs[i].entry, lots);
        margin->reduction_count++;
    }
    if (status == LIQ_OK && trial.leg_count > 1)
        margin->share_permille = liq_portfolio_share_find(&trial);
    liq_portfolio_trial_clear(&trial);
    return status;
}

static void top_up_write(const explain_work *work, liq_explain_margin *margin, uint32_t asset,
                         const int64_t *units)
{
    margin->has_cure = 1;
    margin->top_up_asset = liq_names_get(work->book->venue.asset_names, asset);
    if (units != NULL)
        liq_explain_amount_write(margin->top_up, *units, work->book->venue.assets[asset].decimals);
}

/* The asset that a deposit is made of. */
static uint32_t cash_of_row(const explain_work *work, uint32_t row_index)
{
    const uint32_t isolated = work->rows.keys[row_index].instrument_index;

    return isolated == LIQ_NO_INDEX ? 0 : work->book->venue.instruments[isolated].settle_index;
}

static uint32_t kind_of(const liq_rows *rows, uint64_t entry)
{
    return rows->tags[entry] >> LIQ_TAG_INDEX_BITS;
}
