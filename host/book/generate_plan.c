#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/generate_internal.h"
#include "book/load_internal.h"

enum {
    WARNING_SHARE_PPM = 800000,
    POPULARITY_ONE = 1 << 30,
    LEVEL_WARNING = 0,
    LEVEL_LIQUIDATE = 2
};

static liq_status memory_take(liq_generate_plan *plan, liq_error *err);
static liq_status book_load(liq_generate_plan *plan, const char *directory, liq_error *err);
static void indices_find(liq_generate_plan *plan);
static void levels_read(liq_generate_plan *plan);
static uint32_t level_ppm(const liq_policy_level *level);
static void lots_value(liq_generate_plan *plan, liq_generate_instrument *instrument);

liq_status liq_generate_plan_load(liq_generate_plan *plan, const char *directory, liq_error *err)
{
    liq_status status;

    if ((status = memory_take(plan, err)) != LIQ_OK ||
        (status = book_load(plan, directory, err)) != LIQ_OK ||
        (status = liq_market_create(&plan->market, plan->book, err)) != LIQ_OK)
        return status;
    indices_find(plan);
    levels_read(plan);
    for (uint32_t i = 1; i < plan->venue.instrument_count; i++)
        plan->popularity_sum[i + 1] = plan->popularity_sum[i] + POPULARITY_ONE / (i + 1);
    for (uint32_t i = 0; i < plan->venue.instrument_count; i++)
        lots_value(plan, &plan->venue.instruments[i]);
    plan->cell_count = plan->options.accounts / LIQ_CELL_MEMBERS;
    if (plan->cell_count == 0)
        plan->cell_count = 1;
    plan->id_digits = 1;
    for (uint32_t left = plan->options.accounts; left >= 10; left /= 10)
        plan->id_digits++;
    return LIQ_OK;
}

void liq_generate_plan_clear(liq_generate_plan *plan)
{
    liq_generate_file_drop(&plan->files.accounts);
    liq_generate_file_drop(&plan->files.balances);
    liq_generate_file_drop(&plan->files.positions);
    liq_generate_file_drop(&plan->files.orders);
    liq_generate_file_drop(&plan->files.depth);
    liq_market_clear(&plan->market);
    liq_book_destroy(plan->book);
    liq_generate_venue_clear(&plan->venue);
    free(plan->instrument_of);
    free(plan->popularity_sum);
    free(plan->marked);
    free(plan->list);
    free(plan->legs);
}

static liq_status memory_take(liq_generate_plan *plan, liq_error *err)
{
    const size_t count = plan->venue.instrument_count;
    liq_status status;

    if ((status = liq_memory_array(&plan->instrument_of, count, sizeof *plan->instrument_of,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&plan->popularity_sum, count + 1, sizeof *plan->popularity_sum,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&plan->marked, count / 64 + 1, sizeof *plan->marked, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&plan->list, count, sizeof *plan->list, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&plan->legs, 2 * count, sizeof *plan->legs, err);
}

/* As a user's book is read: what the margin rule sees here is what it will see there. */
static liq_status book_load(liq_generate_plan *plan, const char *directory, liq_error *err)
{
    liq_book_loader loader = {.directory = directory, .err = err};
    char path[LIQ_BOOK_PATH_BYTES];
    const int used = snprintf(path, sizeof path, "%s/venue.json", directory);
    liq_status status = liq_memory_array(&plan->book, 1, sizeof *plan->book, err);

    LIQ_ASSERT(used > 0 && (size_t)used < sizeof path);
    if (status != LIQ_OK || (status = liq_venue_load(&plan->book->venue, path, err)) != LIQ_OK)
        return status;
    loader.book = plan->book;
    return liq_book_load_marks(&loader);
}

/* The loader orders instruments by settle asset. */
static void indices_find(liq_generate_plan *plan)
{
    const liq_venue *loaded = &plan->book->venue;

    for (uint32_t i = 0; i < plan->venue.instrument_count; i++) {
        liq_generate_instrument *instrument = &plan->venue.instruments[i];

        LIQ_ASSERT(liq_names_find(loaded->instrument_names, liq_text_of(instrument->symbol),
                                  &instrument->index));
        instrument->symbol_bytes = (uint32_t)strlen(instrument->symbol);
        plan->instrument_of[instrument->index] = i;
    }
    for (uint32_t i = 0; i < plan->venue.asset_count; i++)
        LIQ_ASSERT(liq_names_find(loaded->asset_names, liq_text_of(plan->venue.assets[i].name),
                                  &plan->venue.assets[i].index));
}

/* Ratios of maintenance margin to equity; a venue that never warns is near at four fifths. */
static void levels_read(liq_generate_plan *plan)
{
    const liq_policy *policy = &plan->book->venue.policy;

    plan->liquidate_ppm = level_ppm(&policy->levels[LEVEL_LIQUIDATE]);
    if (plan->liquidate_ppm == 0)
        plan->liquidate_ppm = LIQ_MILLION;
    plan->warning_ppm = level_ppm(&policy->levels[LEVEL_WARNING]);
    if (plan->warning_ppm == 0 || plan->warning_ppm >= plan->liquidate_ppm)
        plan->warning_ppm =
            (uint32_t)((uint64_t)plan->liquidate_ppm * WARNING_SHARE_PPM / LIQ_MILLION);
}

/* equity x equity_factor = maintenance x requirement_factor, solved for the ratio. */
static uint32_t level_ppm(const liq_policy_level *level)
{
    if (level->equity_factor == 0 || level->requirement_factor == 0)
        return 0;
    return (uint32_t)((uint64_t)level->equity_factor * LIQ_MILLION / level->requirement_factor);
}

/* Cash value of a million lots at the mark, by the margin rule itself. */
static void lots_value(liq_generate_plan *plan, liq_generate_instrument *instrument)
{
    const liq_margin_tables tables = liq_market_tables(&plan->market);
    const uint32_t asset = plan->market.instruments[instrument->index].asset_index;
    liq_row_state state = liq_row_state_zero();
    liq_row_record row;

    liq_margin_entry(tables, &state, LIQ_ENTRY_POSITION << LIQ_TAG_INDEX_BITS | instrument->index,
                     LIQ_MILLION, plan->market.instruments[instrument->index].value_floor);
    liq_margin_entry(tables, &state, LIQ_ENTRY_BALANCE << LIQ_TAG_INDEX_BITS | asset, 0, 0);
    row = liq_margin_finish(tables, state.account);
    LIQ_ASSERT(row.reason == LIQ_REASON_NONE);
    instrument->million_cash = row.notional > 0 ? (uint64_t)row.notional : 1;
}
