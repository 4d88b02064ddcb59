#include "scan/device_portfolio.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/portfolio_rows.h"

enum { TABLES = 5, INPUTS = 7, SCENARIO_BYTES = sizeof(int64_t) };

/* What lies on the device for each row or entry of a part, in the order of the kernel. */
enum { ENTRY_FIRSTS, TAGS, QUANTITIES, VALUES, LEG_FIRSTS, ORDER, RESULT_INDICES };

/* Rows of one block of results. */
typedef struct portfolio_part {
    liq_buffer *inputs[INPUTS];
    uint32_t block;
    uint32_t row_count;
    uint64_t bytes;   /* read and written by a run */
    uint32_t *places; /* result indices, on the host */
} portfolio_part;

struct liq_device_portfolio {
    liq_device *device;
    liq_scan_kernel kernel;
    liq_scan_shape shape;
    liq_buffer *tables[TABLES];
    portfolio_part *parts;
    size_t part_count;
    size_t part_capacity;
};

/* A part while it is put together on the host. */
typedef struct part_draft {
    uint32_t *words[INPUTS]; /* QUANTITIES and VALUES unused */
    int64_t *quantities;
    int64_t *values;
    size_t capacities[INPUTS];
    uint64_t entry_count;
    uint64_t leg_count;
    uint64_t scenario_count; /* legs x scenarios */
    uint32_t row_count;
    uint32_t block;
} part_draft;

static bool is_valued(const liq_rows *rows, const liq_market *market);
static liq_status parts_create(liq_device_portfolio *portfolio, const liq_rows *rows,
                               const liq_market *market, uint64_t bytes_max, uint32_t block_rows,
                               liq_error *err);
static bool fits(const part_draft *draft, const liq_rows *rows, uint32_t row, uint32_t block,
                 uint64_t bytes_max);
static liq_status draft_add(part_draft *draft, const liq_rows *rows, uint32_t row,
                            const liq_market *market, uint32_t block_rows, liq_error *err);
static liq_status draft_grow(part_draft *draft, uint64_t entries, uint64_t legs, liq_error *err);
static liq_status draft_upload(liq_device_portfolio *portfolio, part_draft *draft, liq_error *err);
static void draft_clear(part_draft *draft);
static liq_status buffer_with(liq_buffer **out, liq_device *device, const void *data,
                              uint64_t bytes, liq_error *err);
static liq_status tables_create(liq_device_portfolio *portfolio, const liq_market *market,
                                liq_error *err);
static liq_status tables_write(liq_device_portfolio *portfolio, const liq_market *market,
                               liq_error *err);
static const void *table_view(const liq_portfolio_market *market, uint32_t table, size_t *bytes);

liq_status liq_device_portfolio_create(liq_device_portfolio **out, liq_device *device,
                                       liq_scan_shape shape, const liq_rows *rows,
                                       const liq_market *market, uint64_t bytes_max,
                                       uint32_t block_rows, liq_error *err)
{
    liq_device_portfolio *portfolio = NULL;
    liq_status status;

    *out = NULL;
    if (!is_valued(rows, market))
        return LIQ_OK;
    if ((status = liq_memory_array(&portfolio, 1, sizeof *portfolio, err)) != LIQ_OK)
        return status;
    portfolio->device = device;
    portfolio->shape = shape;
    if ((status = liq_scan_kernel_need(&portfolio->kernel, device, "portfolio_rows", shape, err)) !=
            LIQ_OK ||
        (status = tables_create(portfolio, market, err)) != LIQ_OK ||
        (status = parts_create(portfolio, rows, market, bytes_max, block_rows, err)) != LIQ_OK) {
        liq_device_portfolio_destroy(portfolio);
        return status;
    }
    *out = portfolio;
    return LIQ_OK;
}

void liq_device_portfolio_destroy(liq_device_portfolio *portfolio)
{
    if (portfolio == NULL)
        return;
    for (size_t i = 0; i < portfolio->part_count; i++) {
        for (uint32_t input = 0; input < INPUTS; input++)
            liq_buffer_destroy(portfolio->parts[i].inputs[input]);
        free(portfolio->parts[i].places);
    }
    for (uint32_t i = 0; i < TABLES; i++)
        liq_buffer_destroy(portfolio->tables[i]);
    free(portfolio->parts);
    liq_scan_kernel_clear(&portfolio->kernel);
    free(portfolio);
}

liq_status liq_device_portfolio_run(liq_device_portfolio *portfolio, const liq_market *market,
                                    const liq_device_tables *tables,
                                    const liq_device_results *results, liq_error *err)
{
    enum { BEFORE = 1 + INPUTS, COUNT = BEFORE + LIQ_DEVICE_TABLES + TABLES + 1 };
    liq_status status;

    if (portfolio == NULL)
        return LIQ_OK;
    status = tables_write(portfolio, market, err);
    for (size_t i = 0; status == LIQ_OK && i < portfolio->part_count; i++) {
        const portfolio_part *part = &portfolio->parts[i];
        const uint32_t lanes = portfolio->shape.item_slots == 1 ? LIQ_PORTFOLIO_SCENARIOS_MAX : 1;
        liq_kernel_argument arguments[COUNT] = {LIQ_ARGUMENT_VALUE(part->row_count)};

        for (uint32_t input = 0; input < INPUTS; input++)
            arguments[1 + input] = LIQ_ARGUMENT_BUFFER(part->inputs[input]);
        liq_device_tables_bind(tables, &arguments[BEFORE]);
        for (uint32_t table = 0; table < TABLES; table++)
            arguments[BEFORE + LIQ_DEVICE_TABLES + table] =
                LIQ_ARGUMENT_BUFFER(portfolio->tables[table]);
        arguments[COUNT - 1] = LIQ_ARGUMENT_BUFFER(results->blocks[part->block]);
        status = liq_kernel_launch(portfolio->kernel.kernel, arguments, COUNT,
                                   (size_t)part->row_count * lanes, lanes, err);
    }
    return status;
}

liq_status liq_device_portfolio_cost(liq_device_portfolio *portfolio, uint64_t *kernel_ns,
                                     uint64_t *bytes, liq_error *err)
{
    uint64_t own_ns = 0;
    liq_status status;

    if (portfolio == NULL)
        return LIQ_OK;
    status = liq_kernel_elapsed(portfolio->kernel.kernel, &own_ns, err);
    *kernel_ns += own_ns;
    for (size_t i = 0; i < portfolio->part_count; i++)
        *bytes += portfolio->parts[i].bytes;
    return status;
}

uint32_t liq_device_portfolio_parts(const liq_device_portfolio *portfolio)
{
    return portfolio == NULL ? 0 : (uint32_t)portfolio->part_count;
}

liq_device_folios liq_device_portfolio_folios(const liq_device_portfolio *portfolio, uint32_t index)
{
    const portfolio_part *part = &portfolio->parts[index];

    LIQ_ASSERT(index < portfolio->part_count);
    return (liq_device_folios){.entry_firsts = part->inputs[ENTRY_FIRSTS],
                               .tags = part->inputs[TAGS],
                               .quantities = part->inputs[QUANTITIES],
                               .values = part->inputs[VALUES],
                               .result_indices = part->inputs[RESULT_INDICES],
                               .places = part->places,
                               .row_count = part->row_count,
                               .block = part->block};
}

/* Whether there is a row to value, and a rule. */
static bool is_valued(const liq_rows *rows, const liq_market *market)
{
    if (!liq_portfolio_market_exists(&market->portfolio))
        return false;
    for (uint32_t i = 0; i < rows->row_count; i++)
        if (rows->keys[i].reason == LIQ_REASON_PORTFOLIO)
            return true;
    return false;
}

static liq_status parts_create(liq_device_portfolio *portfolio, const liq_rows *rows,
                               const liq_market *market, uint64_t bytes_max, uint32_t block_rows,
                               liq_error *err)
{
    part_draft draft = {0};
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < rows->row_count; i++) {
        if (rows->keys[i].reason != LIQ_REASON_PORTFOLIO)
            continue;
        if (!fits(&draft, rows, i, i / block_rows, bytes_max)) {
            if ((status = draft_upload(portfolio, &draft, err)) != LIQ_OK)
                break;
            draft_clear(&draft);
        }
        draft.block = i / block_rows;
        status = draft_add(&draft, rows, i, market, block_rows, err);
    }
    if (status == LIQ_OK)
        status = draft_upload(portfolio, &draft, err);
    draft_clear(&draft);
    return status;
}

static bool fits(const part_draft *draft, const liq_rows *rows, uint32_t row, uint32_t block,
                 uint64_t bytes_max)
{
    const uint64_t more = rows->entry_first[row + 1] - rows->entry_first[row];
    const uint64_t most =
        bytes_max / sizeof(int64_t) < UINT32_MAX ? bytes_max / sizeof(int64_t) : UINT32_MAX;

    return draft->row_count == 0 || (draft->block == block && draft->entry_count + more <= most);
}

static liq_status draft_add(part_draft *draft, const liq_rows *rows, uint32_t row,
                            const liq_market *market, uint32_t block_rows, liq_error *err)
{
    const uint64_t first = rows->entry_first[row];
    const uint64_t entries = rows->entry_first[row + 1] - first;
    const liq_portfolio_market *portfolio = &market->portfolio;
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    const uint32_t legs = liq_portfolio_order(order, portfolio, rows, row);
    const liq_status status = draft_grow(draft, entries, legs, err);

    if (status != LIQ_OK)
        return status;
    for (uint64_t i = 0; i < entries; i++) {
        draft->words[TAGS][draft->entry_count + i] = rows->tags[first + i];
        draft->quantities[draft->entry_count + i] = rows->quantities[first + i];
        draft->values[draft->entry_count + i] = rows->values[first + i];
    }
    for (uint32_t i = 0; i < legs; i++) {
        const uint32_t tag = rows->tags[first + order[i]];
        const uint32_t unit = portfolio->instruments[tag & LIQ_TAG_INDEX_MAX].unit;

        draft->words[ORDER][draft->leg_count + i] = order[i];
        if (unit != LIQ_NO_INDEX)
            draft->scenario_count += portfolio->units[unit].scenario_count;
    }
    draft->entry_count += entries;
    draft->leg_count += legs;
    draft->words[RESULT_INDICES][draft->row_count++] = row % block_rows;
    draft->words[ENTRY_FIRSTS][draft->row_count] = (uint32_t)draft->entry_count;
    draft->words[LEG_FIRSTS][draft->row_count] = (uint32_t)draft->leg_count;
    return LIQ_OK;
}

static liq_status draft_grow(part_draft *draft, uint64_t entries, uint64_t legs, liq_error *err)
{
    const uint64_t needed[INPUTS] = {
        [ENTRY_FIRSTS] = draft->row_count + 2ULL,    [TAGS] = draft->entry_count + entries,
        [QUANTITIES] = draft->entry_count + entries, [VALUES] = draft->entry_count + entries,
        [LEG_FIRSTS] = draft->row_count + 2ULL,      [ORDER] = draft->leg_count + legs,
        [RESULT_INDICES] = draft->row_count + 1ULL};

    for (uint32_t i = 0; i < INPUTS; i++) {
        void **target = i == QUANTITIES ? (void **)&draft->quantities
                        : i == VALUES   ? (void **)&draft->values
                                        : (void **)&draft->words[i];
        const size_t item = i == QUANTITIES || i == VALUES ? sizeof(int64_t) : sizeof(uint32_t);
        const liq_status status =
            liq_memory_grow(target, &draft->capacities[i], (size_t)needed[i], item, err);

        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status draft_upload(liq_device_portfolio *portfolio, part_draft *draft, liq_error *err)
{
    const uint64_t counts[INPUTS] = {
        [ENTRY_FIRSTS] = draft->row_count + 1ULL, [TAGS] = draft->entry_count,
        [QUANTITIES] = draft->entry_count,        [VALUES] = draft->entry_count,
        [LEG_FIRSTS] = draft->row_count + 1ULL,   [ORDER] = draft->leg_count,
        [RESULT_INDICES] = draft->row_count};
    portfolio_part *part;
    liq_status status = liq_memory_grow(&portfolio->parts, &portfolio->part_capacity,
                                        portfolio->part_count + 1, sizeof *portfolio->parts, err);

    if (status != LIQ_OK)
        return status;
    part = &portfolio->parts[portfolio->part_count++];
    *part = (portfolio_part){.block = draft->block, .row_count = draft->row_count};
    part->bytes = draft->entry_count * 20 + draft->scenario_count * SCENARIO_BYTES +
                  draft->leg_count * (4 + sizeof(liq_portfolio_instrument_record)) +
                  draft->row_count * (12 + sizeof(liq_row_record));
    for (uint32_t i = 0; status == LIQ_OK && i < INPUTS; i++) {
        const bool is_long = i == QUANTITIES || i == VALUES;
        const void *data = i == QUANTITIES ? (const void *)draft->quantities
                           : i == VALUES   ? (const void *)draft->values
                                           : (const void *)draft->words[i];

        status = buffer_with(&part->inputs[i], portfolio->device, data,
                             counts[i] * (is_long ? sizeof(int64_t) : sizeof(uint32_t)), err);
    }
    part->places = draft->words[RESULT_INDICES];
    draft->words[RESULT_INDICES] = NULL; /* given away */
    return status;
}

static void draft_clear(part_draft *draft)
{
    for (uint32_t i = 0; i < INPUTS; i++)
        free(draft->words[i]);
    free(draft->quantities);
    free(draft->values);
    *draft = (part_draft){0};
}

/* A buffer that holds data; one byte where there is none, because a buffer cannot be empty. */
static liq_status buffer_with(liq_buffer **out, liq_device *device, const void *data,
                              uint64_t bytes, liq_error *err)
{
    const liq_status status =
        liq_buffer_create(out, device, bytes > 0 ? bytes : 1, LIQ_BUFFER_INPUT, err);

    return status != LIQ_OK || bytes == 0 ? status : liq_buffer_write(*out, 0, data, bytes, err);
}

static liq_status tables_create(liq_device_portfolio *portfolio, const liq_market *market,
                                liq_error *err)
{
    for (uint32_t i = 0; i < TABLES; i++) {
        size_t bytes;
        liq_status status;

        (void)table_view(&market->portfolio, i, &bytes);
        status = liq_buffer_create(&portfolio->tables[i], portfolio->device, bytes > 0 ? bytes : 1,
                                   LIQ_BUFFER_INPUT, err);
        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static liq_status tables_write(liq_device_portfolio *portfolio, const liq_market *market,
                               liq_error *err)
{
    for (uint32_t i = 0; i < TABLES; i++) {
        size_t bytes;
        const void *data = table_view(&market->portfolio, i, &bytes);
        const liq_status status =
            bytes == 0 ? LIQ_OK : liq_buffer_write(portfolio->tables[i], 0, data, bytes, err);

        if (status != LIQ_OK)
            return status;
    }
    return LIQ_OK;
}

static const void *table_view(const liq_portfolio_market *market, uint32_t table, size_t *bytes)
{
    const struct {
        const void *data;
        size_t bytes;
    } views[TABLES] = {
        {market->instruments, market->instrument_count * sizeof *market->instruments},
        {market->units, market->unit_count * sizeof *market->units},
        {market->tiers, market->tier_count * sizeof *market->tiers},
        {market->grid, (size_t)market->grid_count * sizeof *market->grid},
        {&market->policy, sizeof market->policy}};

    *bytes = views[table].bytes;
    return views[table].data;
}
