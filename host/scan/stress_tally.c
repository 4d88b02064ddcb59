#include "scan/stress_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

enum {
    LANES = LIQ_STRESS_TILE,
    WORD_LANES = 8,
    FEW_LANES = 16,   /* counted one by one */
    FLUSH_SLOTS = 255 /* until a byte could overflow */
};

/* Scenarios of a tile, a bit for each lane. */
typedef struct lane_masks {
    uint64_t flagged;
    uint64_t bankrupt;
    uint64_t called;
    uint64_t doubt;
} lane_masks;

/* Counts of statuses warning .. bankrupt, in bytes, for a few slots. */
typedef struct byte_counts {
    uint8_t counts[LIQ_ROW_BANKRUPT + 1][LANES];
    uint32_t slots;
} byte_counts;

static void slot_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                       const uint8_t *statuses);
static void bytes_count(byte_counts *bytes, const uint8_t *statuses);
static void bytes_flush(liq_stress_tally *tally, byte_counts *bytes);
static lane_masks masks_of(const uint8_t *statuses, uint32_t lane_count);
static uint64_t at_least(uint64_t word, uint32_t status);
static void lots_add(liq_stress_tally *tally, const liq_rows *rows, uint32_t row, uint64_t lanes);
static void masked_add(int64_t *lots, int64_t size, uint64_t lanes);
static void losses_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                       uint64_t lanes);
static int64_t equity_floor(const liq_stress_tile *tile, uint32_t row, uint32_t lane);
static void pairs_add(liq_stress_tally *tally, uint32_t row, liq_stress_why why, uint64_t lanes);

liq_status liq_stress_tally_create(liq_stress_tally *out, const liq_venue *venue, liq_error *err)
{
    const size_t lots = (size_t)venue->instrument_count * LANES;
    liq_stress_tally tally = {.status = LIQ_OK};
    liq_status status;

    if ((status = liq_memory_array((void **)&tally.longs, lots, sizeof *tally.longs, err)) !=
            LIQ_OK ||
        (status = liq_memory_array((void **)&tally.shorts, lots, sizeof *tally.shorts, err)) !=
            LIQ_OK ||
        (status = liq_memory_aligned((void **)&tally.needed, (venue->fund_count + 1U) * LANES,
                                     sizeof *tally.needed, sizeof *tally.needed, err)) != LIQ_OK) {
        liq_stress_tally_clear(&tally);
        return status;
    }
    *out = tally;
    return LIQ_OK;
}

void liq_stress_tally_clear(liq_stress_tally *tally)
{
    free(tally->longs);
    free(tally->shorts);
    free(tally->needed);
    free(tally->pairs);
    free(tally->losses);
    *tally = (liq_stress_tally){.status = LIQ_OK};
}

void liq_stress_tally_start(liq_stress_tally *tally, const liq_venue *venue)
{
    const size_t lots = (size_t)venue->instrument_count * LANES;

    memset(tally->by_status, 0, sizeof tally->by_status);
    memset(tally->called, 0, sizeof tally->called);
    memset(tally->longs, 0, lots * sizeof *tally->longs);
    memset(tally->shorts, 0, lots * sizeof *tally->shorts);
    memset(tally->needed, 0, (venue->fund_count + 1U) * LANES * sizeof *tally->needed);
    tally->pair_count = 0;
    tally->loss_count = 0;
    tally->status = LIQ_OK;
}

void liq_stress_tally_slots(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t first,
                            uint32_t count, const uint8_t *marks, const uint8_t *statuses)
{
    const uint32_t all = (1U << LIQ_STRESS_TILE / LIQ_STRESS_STRIP) - 1U;
    byte_counts bytes = {.slots = 0};

    for (uint32_t i = 0; i < count && tally->status == LIQ_OK; i++) {
        const uint32_t row = tile->pack->slot_rows[first + i];
        const uint8_t *judged = statuses + (size_t)i * LANES;
        uint8_t whole[LANES] = {0};

        if (marks[i] == 0)
            continue;
        if (marks[i] != all) {
            for (uint32_t strip = 0; strip < LIQ_STRESS_TILE / LIQ_STRESS_STRIP; strip++)
                if ((marks[i] >> strip & 1U) != 0)
                    memcpy(whole + strip * LIQ_STRESS_STRIP, judged + strip * LIQ_STRESS_STRIP,
                           LIQ_STRESS_STRIP);
            judged = whole;
        }
        bytes_count(&bytes, judged);
        if (bytes.slots == FLUSH_SLOTS)
            bytes_flush(tally, &bytes);
        if (tile->statuses != NULL)
            memcpy(tile->statuses + (size_t)row * LANES, judged, LANES);
        slot_count(tally, tile, row, judged);
    }
    bytes_flush(tally, &bytes);
}

void liq_stress_tally_lots(liq_stress_tally *tally, const liq_rows *rows, uint32_t row,
                           uint32_t lane)
{
    lots_add(tally, rows, row, (uint64_t)1 << lane);
}

void liq_stress_tally_loss(liq_stress_tally *tally, liq_stress_loss loss)
{
    if (tally->status == LIQ_OK && tally->loss_count == tally->loss_capacity)
        tally->status = liq_memory_extend((void **)&tally->losses, &tally->loss_capacity,
                                          tally->loss_count + 1, sizeof loss, &tally->err);
    if (tally->status == LIQ_OK)
        tally->losses[tally->loss_count++] = loss;
}

void liq_stress_cost_add(liq_stress_cost *cost, int64_t cash, uint32_t scenario)
{
    cost->sum += cash;
    if (cost->scenarios == 0 || cash > cost->worst ||
        (cash == cost->worst && scenario < cost->worst_scenario)) {
        cost->worst = cash;
        cost->worst_scenario = scenario;
    }
    cost->scenarios++;
}

static void slot_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                       const uint8_t *statuses)
{
    const lane_masks masks = masks_of(statuses, tile->lane_count);

    if (masks.doubt != 0)
        pairs_add(tally, row, LIQ_STRESS_WHY_DOUBT, masks.doubt);
    if (masks.called != 0)
        pairs_add(tally, row, LIQ_STRESS_WHY_CALLED, masks.called);
    if (masks.flagged != 0)
        lots_add(tally, tile->rows, row, masks.flagged);
    if (masks.bankrupt == 0)
        return;
    if (tile->funds->row_funds[row] == LIQ_STRESS_FUND_MIXED)
        pairs_add(tally, row, LIQ_STRESS_WHY_SPLIT, masks.bankrupt);
    else
        losses_add(tally, tile, row, masks.bankrupt);
}

static void bytes_count(byte_counts *bytes, const uint8_t *statuses)
{
    for (uint32_t status = LIQ_ROW_WARNING; status <= LIQ_ROW_BANKRUPT; status++)
        for (uint32_t lane = 0; lane < LANES; lane++)
            bytes->counts[status][lane] =
                (uint8_t)(bytes->counts[status][lane] + (statuses[lane] == status));
    bytes->slots++;
}

static void bytes_flush(liq_stress_tally *tally, byte_counts *bytes)
{
    for (uint32_t status = LIQ_ROW_WARNING; status <= LIQ_ROW_BANKRUPT; status++)
        for (uint32_t lane = 0; lane < LANES; lane++)
            tally->by_status[status][lane] += bytes->counts[status][lane];
    *bytes = (byte_counts){.slots = 0};
}

static lane_masks masks_of(const uint8_t *statuses, uint32_t lane_count)
{
    const uint64_t lanes = lane_count < LANES ? ((uint64_t)1 << lane_count) - 1 : UINT64_MAX;
    const uint64_t gather =
        0x0102040810204080U; /* brings the lowest bits of eight bytes together */
    lane_masks out = {0};

    for (uint32_t i = 0; i < LANES / WORD_LANES; i++) {
        const uint32_t shift = i * WORD_LANES;
        uint64_t word = 0;
        uint64_t flagged;
        uint64_t bankrupt;

        for (uint32_t k = 0; k < WORD_LANES; k++)
            word |= (uint64_t)statuses[shift + k] << 8 * k;
        if (word == 0)
            continue;
        flagged = at_least(word, LIQ_ROW_LIQUIDATE);
        bankrupt = at_least(word, LIQ_ROW_BANKRUPT) & ~at_least(word, LIQ_ROW_UNVALUED);
        out.called |= ((at_least(word, LIQ_ROW_WARNING) & ~flagged) >> 7) * gather >> 56 << shift;
        out.doubt |= (at_least(word, LIQ_STRESS_DOUBT) >> 7) * gather >> 56 << shift;
        out.bankrupt |= (bankrupt >> 7) * gather >> 56 << shift;
        flagged &= ~at_least(word, LIQ_ROW_UNVALUED);
        out.flagged |= (flagged >> 7) * gather >> 56 << shift;
    }
    out.flagged &= lanes;
    out.bankrupt &= lanes;
    out.called &= lanes;
    out.doubt &= lanes;
    return out;
}

/* The top bit of each byte that is a status or more: bytes are below 128, so nothing carries. */
static uint64_t at_least(uint64_t word, uint32_t status)
{
    return (word + 0x0101010101010101U * (128U - status)) & 0x8080808080808080U;
}

static void lots_add(liq_stress_tally *tally, const liq_rows *rows, uint32_t row, uint64_t lanes)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t lots = rows->quantities[i];
        const size_t at = (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * LANES;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        if (lots < 0)
            masked_add(tally->shorts + at, -lots, lanes);
        else
            masked_add(tally->longs + at, lots, lanes);
    }
}

static void masked_add(int64_t *lots, int64_t size, uint64_t lanes)
{
    if (__builtin_popcountll(lanes) <= FEW_LANES) {
        for (; lanes != 0; lanes &= lanes - 1)
            lots[__builtin_ctzll(lanes)] += size;
        return;
    }
    for (uint32_t lane = 0; lane < LANES; lane++)
        lots[lane] += size & -(int64_t)(lanes >> lane & 1);
}

static void losses_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                       uint64_t lanes)
{
    liq_int128 *needed = tally->needed + (size_t)tile->funds->row_funds[row] * LANES;
    const uint32_t first = tile->prices->first + tile->tile * LANES;

    for (; lanes != 0; lanes &= lanes - 1) {
        const uint32_t lane = (uint32_t)__builtin_ctzll(lanes);
        const int64_t equity = equity_floor(tile, row, lane);

        LIQ_ASSERT(equity <= 0); /* or what was proven was wrong */
        needed[lane] -= equity;
        liq_stress_cost_add(&tile->costs[row], -equity, first + lane);
    }
}

/* The equity of a row as the margin rule has it, without what it requires. */
static int64_t equity_floor(const liq_stress_tile *tile, uint32_t row, uint32_t lane)
{
    const liq_margin_tables tables = liq_market_tables(tile->market);
    const liq_rows *rows = tile->rows;
    liq_account_sum account = liq_account_sum_zero();
    liq_wide pnl = liq_wide_make(0, 0);

    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const uint32_t kind = rows->tags[i] >> LIQ_TAG_INDEX_BITS;
        const uint32_t index = rows->tags[i] & LIQ_TAG_INDEX_MAX;
        const int64_t quantity = rows->quantities[i];

        if (kind >= LIQ_ENTRY_BALANCE) {
            liq_asset_record asset = tile->market->assets[index];

            asset.exchange_rate = liq_stress_rate(tile->prices, tile->tile, index, lane);
            account.equity = liq_wide_add(
                account.equity,
                liq_asset_equity(tables, &account, rows->tags[i], asset,
                                 liq_wide_scale_signed(pnl, asset.grains_per_fine), quantity));
            pnl = liq_wide_make(0, 0);
        } else if (kind == LIQ_ENTRY_POSITION || kind == LIQ_ENTRY_ORDER) {
            const liq_wide gain = liq_wide_multiply(
                quantity, liq_stress_value(tile->prices, tile->tile, index, lane, quantity < 0) -
                              rows->values[i]);

            if (kind == LIQ_ENTRY_POSITION || liq_wide_negative(gain))
                pnl = liq_wide_add(pnl, gain);
        }
    }
    LIQ_ASSERT(account.reason == LIQ_REASON_NONE);
    return liq_units_floor(account.equity);
}

static void pairs_add(liq_stress_tally *tally, uint32_t row, liq_stress_why why, uint64_t lanes)
{
    const size_t count = (size_t)__builtin_popcountll(lanes);

    if (tally->status == LIQ_OK && tally->pair_capacity - tally->pair_count < count)
        tally->status =
            liq_memory_extend((void **)&tally->pairs, &tally->pair_capacity,
                              tally->pair_count + count, sizeof *tally->pairs, &tally->err);
    for (; tally->status == LIQ_OK && lanes != 0; lanes &= lanes - 1)
        tally->pairs[tally->pair_count++] =
            liq_stress_pair((uint32_t)__builtin_ctzll(lanes), why, row);
}
