#include "scan/row_parts.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

static uint32_t segments_count(const liq_rows *rows, uint32_t row_index);
static void segments_fill(liq_row_parts *parts, const liq_market *market);
static const liq_row_segment *segment_of(const liq_row_parts *parts, uint64_t entry);
static liq_account_sum account_without(liq_account_sum account, liq_account_sum part);
static liq_leg_sum legs_without(liq_leg_sum legs, liq_leg_sum part);
static liq_account_sum account_with(liq_account_sum account, liq_account_sum part);
static uint32_t index_of(const liq_rows *rows, uint64_t entry);

liq_status liq_row_parts_create(liq_row_parts *out, const liq_market *market, const liq_rows *rows,
                                uint32_t row_index, liq_error *err)
{
    liq_row_parts parts = {.rows = rows, .row_index = row_index, .account = liq_account_sum_zero()};
    const uint32_t count = segments_count(rows, row_index);
    const liq_status status = liq_memory_array(&parts.segments, count, sizeof *parts.segments, err);

    if (status != LIQ_OK)
        return status;
    if (rows->keys[row_index].reason != LIQ_REASON_NONE) {
        parts.record = liq_row_unvalued(liq_portfolio_market_exists(&market->portfolio)
                                            ? LIQ_REASON_WHOLE
                                            : rows->keys[row_index].reason,
                                        LIQ_NO_INDEX);
    } else {
        parts.segment_count = count;
        segments_fill(&parts, market);
        parts.record = liq_margin_finish(liq_market_tables(market), parts.account);
        if (parts.record.reason != LIQ_REASON_NONE)
            parts.segment_count = 0;
    }
    *out = parts;
    return LIQ_OK;
}

void liq_row_parts_clear(liq_row_parts *parts)
{
    free(parts->segments);
    *parts = (liq_row_parts){0};
}

liq_row_part liq_row_part_of_leg(const liq_row_parts *parts, const liq_market *market,
                                 uint64_t entry)
{
    const liq_rows *rows = parts->rows;
    const liq_row_segment *segment = segment_of(parts, entry);
    const uint32_t instrument_index = index_of(rows, entry);
    liq_row_part out = {.entry_first = entry,
                        .entry_end = entry + 1,
                        .rest = account_without(parts->account, segment->closed),
                        .close_tag = rows->tags[segment->entry_close],
                        .amount = rows->quantities[segment->entry_close]};

    LIQ_ASSERT(entry < segment->entry_close);
    while (out.entry_first > segment->entry_first &&
           index_of(rows, out.entry_first - 1) == instrument_index)
        out.entry_first--;
    while (out.entry_end < segment->entry_close &&
           index_of(rows, out.entry_end) == instrument_index)
        out.entry_end++;
    out.others = legs_without(segment->legs, liq_row_part_legs(&out, rows, market));
    return out;
}

liq_row_part liq_row_part_of_asset(const liq_row_parts *parts, uint32_t asset_index)
{
    const liq_rows *rows = parts->rows;

    for (uint32_t i = 0; i < parts->segment_count; i++) {
        const liq_row_segment *segment = &parts->segments[i];

        if (index_of(rows, segment->entry_close) == asset_index)
            return (liq_row_part){.others = segment->legs,
                                  .rest = account_without(parts->account, segment->closed),
                                  .close_tag = rows->tags[segment->entry_close],
                                  .amount = rows->quantities[segment->entry_close]};
    }
    return (liq_row_part){.others = liq_leg_sum_zero(),
                          .rest = parts->account,
                          .close_tag = LIQ_ENTRY_BALANCE << LIQ_TAG_INDEX_BITS | asset_index};
}

liq_leg_sum liq_row_part_legs(const liq_row_part *part, const liq_rows *rows,
                              const liq_market *market)
{
    const liq_margin_tables tables = liq_market_tables(market);
    liq_exposure exposure = liq_exposure_none();
    liq_leg_sum out = liq_leg_sum_zero();

    for (uint64_t i = part->entry_first; i < part->entry_end; i++)
        liq_margin_leg(tables, &out, &exposure, rows->tags[i], rows->quantities[i],
                       rows->values[i]);
    return out;
}

liq_account_sum liq_row_part_sum(const liq_row_part *part, const liq_market *market,
                                 liq_leg_sum legs, int64_t amount)
{
    liq_account_sum account = part->rest;

    liq_leg_sum_append(&legs, part->others);
    liq_margin_close(liq_market_tables(market), &account, legs, part->close_tag, amount);
    return account;
}

liq_row_record liq_row_part_value(const liq_row_part *part, const liq_market *market,
                                  liq_leg_sum legs, int64_t amount)
{
    return liq_margin_finish(liq_market_tables(market),
                             liq_row_part_sum(part, market, legs, amount));
}

static uint32_t segments_count(const liq_rows *rows, uint32_t row_index)
{
    uint32_t count = 0;

    for (uint64_t i = rows->entry_first[row_index]; i < rows->entry_first[row_index + 1]; i++)
        count += rows->tags[i] >> LIQ_TAG_INDEX_BITS >= LIQ_ENTRY_BALANCE;
    return count;
}

static void segments_fill(liq_row_parts *parts, const liq_market *market)
{
    const liq_margin_tables tables = liq_market_tables(market);
    const liq_rows *rows = parts->rows;
    uint64_t entry = rows->entry_first[parts->row_index];

    for (uint32_t i = 0; i < parts->segment_count; i++) {
        liq_row_segment *segment = &parts->segments[i];
        liq_exposure exposure = liq_exposure_none();

        *segment = (liq_row_segment){
            .entry_first = entry, .legs = liq_leg_sum_zero(), .closed = liq_account_sum_zero()};
        for (; rows->tags[entry] >> LIQ_TAG_INDEX_BITS < LIQ_ENTRY_BALANCE; entry++)
            liq_margin_leg(tables, &segment->legs, &exposure, rows->tags[entry],
                           rows->quantities[entry], rows->values[entry]);
        segment->entry_close = entry;
        liq_margin_close(tables, &segment->closed, segment->legs, rows->tags[entry],
                         rows->quantities[entry]);
        parts->account = account_with(parts->account, segment->closed);
        entry++;
    }
    LIQ_ASSERT(entry == rows->entry_first[parts->row_index + 1]);
}

/* The segment that a leg lies in: the first that closes behind it. */
static const liq_row_segment *segment_of(const liq_row_parts *parts, uint64_t entry)
{
    uint32_t low = 0;
    uint32_t high = parts->segment_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (parts->segments[middle].entry_close < entry)
            low = middle + 1;
        else
            high = middle;
    }
    LIQ_ASSERT(low < parts->segment_count);
    return &parts->segments[low];
}

/* Both are valued, so there is no reason to carry. */
static liq_account_sum account_without(liq_account_sum account, liq_account_sum part)
{
    account.equity = liq_wide_subtract(account.equity, part.equity);
    account.notional = liq_wide_subtract(account.notional, part.notional);
    account.maintenance = liq_wide_subtract(account.maintenance, part.maintenance);
    account.initial = liq_wide_subtract(account.initial, part.initial);
    account.positions -= part.positions;
    return account;
}

static liq_leg_sum legs_without(liq_leg_sum legs, liq_leg_sum part)
{
    legs.pnl = liq_wide_subtract(legs.pnl, part.pnl);
    legs.notional = liq_wide_subtract(legs.notional, part.notional);
    legs.exposure = liq_wide_subtract(legs.exposure, part.exposure);
    legs.maintenance = liq_wide_subtract(legs.maintenance, part.maintenance);
    legs.initial = liq_wide_subtract(legs.initial, part.initial);
    legs.positions -= part.positions;
    return legs;
}

static liq_account_sum account_with(liq_account_sum account, liq_account_sum part)
{
    account.equity = liq_wide_add(account.equity, part.equity);
    account.notional = liq_wide_add(account.notional, part.notional);
    account.maintenance = liq_wide_add(account.maintenance, part.maintenance);
    account.initial = liq_wide_add(account.initial, part.initial);
    account.positions += part.positions;
    if (part.reason != LIQ_REASON_NONE)
        liq_account_refuse(&account, part.reason, part.reason_index);
    return account;
}

static uint32_t index_of(const liq_rows *rows, uint64_t entry)
{
    return rows->tags[entry] & LIQ_TAG_INDEX_MAX;
}
