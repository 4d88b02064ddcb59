#include "book/portfolio_rows.h"

#include <stdlib.h>

#include "base/fail.h"
#include "liq_portfolio_lanes.h"

static int keys_compare(const void *left, const void *right);

/* Ties by place, so that the order is one. */
uint32_t liq_portfolio_order(uint32_t order[LIQ_PORTFOLIO_LEGS_MAX],
                             const liq_portfolio_market *portfolio, const liq_rows *rows,
                             uint32_t row_index)
{
    const uint64_t first = rows->entry_first[row_index];
    uint64_t keys[LIQ_PORTFOLIO_LEGS_MAX];
    uint32_t count = 0;
    bool sorted = true;

    for (uint64_t i = first; i < rows->entry_first[row_index + 1]; i++) {
        const uint32_t tag = rows->tags[i];

        if (tag >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        LIQ_ASSERT(count < LIQ_PORTFOLIO_LEGS_MAX);
        keys[count] = (uint64_t)portfolio->instruments[tag & LIQ_TAG_INDEX_MAX].unit << 32 |
                      (uint32_t)(i - first);
        sorted = sorted && (count == 0 || keys[count - 1] < keys[count]);
        count++;
    }
    if (!sorted)
        qsort(keys, count, sizeof *keys, keys_compare);
    for (uint32_t i = 0; i < count; i++)
        order[i] = (uint32_t)keys[i];
    return count;
}

liq_portfolio_row liq_portfolio_row_of(const liq_rows *rows, uint32_t row_index,
                                       const uint32_t *order, uint32_t leg_count)
{
    return (liq_portfolio_row){
        .entries = liq_packed_entries_make(rows->tags, rows->quantities, rows->values),
        .order = order,
        .entry_first = rows->entry_first[row_index],
        .entry_count = (uint32_t)(rows->entry_first[row_index + 1] - rows->entry_first[row_index]),
        .leg_count = leg_count};
}

liq_row_record liq_portfolio_row_value(const liq_market *market, const liq_rows *rows,
                                       uint32_t row_index)
{
    uint32_t order[LIQ_PORTFOLIO_LEGS_MAX];
    uint32_t count;

    if (!liq_portfolio_market_exists(&market->portfolio))
        return liq_row_unvalued(LIQ_REASON_PORTFOLIO, LIQ_NO_INDEX);
    count = liq_portfolio_order(order, &market->portfolio, rows, row_index);
    return liq_portfolio_value(liq_market_tables(market),
                               liq_portfolio_market_tables(&market->portfolio),
                               liq_portfolio_row_of(rows, row_index, order, count));
}

static int keys_compare(const void *left, const void *right)
{
    const uint64_t one = *(const uint64_t *)left;
    const uint64_t other = *(const uint64_t *)right;

    return (one > other) - (one < other);
}
