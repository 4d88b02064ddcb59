#include "scan/stress_count.h"

#include <string.h>

#include "base/fail.h"
#include "scan/flagged.h"

enum {
    LANES = LIQ_STRESS_TILE,
    WORD_LANES = 8,
    CHANGES_FEW = 4, /* what is counted by runs; more cost less lane by lane */
    ALL_STRIPS = (1 << LIQ_STRESS_TILE / LIQ_STRESS_STRIP) - 1
};

static void check_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                      uint32_t mark, const uint8_t *judged);
static void slot_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                       uint32_t mark, const uint8_t *judged);
static void whole_write(uint8_t *whole, uint32_t mark, const uint8_t *judged);
static void lanes_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                        const uint8_t *statuses);
static uint64_t changes_of(const uint8_t *statuses);
static uint64_t word_of(const uint8_t *statuses);
static void scattered_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                            const uint8_t *statuses);
static void scattered_losses(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                             const uint8_t *statuses);
static void run_take(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                     liq_stress_lane_run run);
static void run_count(liq_stress_tally *tally, const liq_stress_tile *tile,
                      liq_stress_lane_run run);
static void losses_count(liq_stress_tally *tally, const liq_stress_tile *tile,
                         liq_stress_lane_run run);

void liq_stress_count_slots(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t first,
                            uint32_t count, const uint8_t *marks, const uint8_t *statuses)
{
    for (uint32_t i = 0; i < count && tally->status == LIQ_OK; i++) {
        const uint32_t slot = first + i;
        const uint8_t *judged = statuses + (size_t)i * LANES;

        if (slot % tile->check_every == tile->tile % tile->check_every)
            check_add(tally, tile, slot, marks[i], judged);
        if (marks[i] != 0 || tile->carried[slot] != LIQ_ROW_OK)
            slot_count(tally, tile, slot, marks[i], judged);
    }
}

void liq_stress_count_close(const liq_stress_tile *tile, uint32_t first, uint32_t count)
{
    for (uint32_t slot = first; slot < first + count; slot++) {
        const uint32_t row = tile->pack->slot_rows[slot];

        if (tile->carried[slot] == LIQ_ROW_BANKRUPT && liq_stress_is_narrow(tile, row))
            liq_stress_cost_edge(tile, row, tile->lane_count, -1);
        tile->carried[slot] = LIQ_ROW_OK;
    }
}

/* One scenario of a few slots, others in each tile. */
static void check_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                      uint32_t mark, const uint8_t *judged)
{
    const uint32_t lane = (slot / tile->check_every + tile->tile) % tile->lane_count;
    const bool same = (mark & LIQ_STRESS_SAME) != 0;
    const bool written = !same && (mark >> lane / LIQ_STRESS_STRIP & 1U) != 0;
    const liq_stress_lane_run run = {.row = tile->pack->slot_rows[slot],
                                     .status = same      ? mark & (LIQ_STRESS_SAME - 1U)
                                               : written ? judged[lane]
                                                         : (uint32_t)LIQ_ROW_OK,
                                     .first = lane,
                                     .end = lane + 1};

    if (run.status <= LIQ_ROW_BANKRUPT)
        liq_stress_tally_ask(tally, run, LIQ_STRESS_WHY_CHECK);
}

/* What is said of all lanes is one run; else it is cut into runs. */
static void slot_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                       uint32_t mark, const uint8_t *judged)
{
    const uint32_t row = tile->pack->slot_rows[slot];
    uint8_t whole[LANES];

    if (mark == 0 || (mark & LIQ_STRESS_SAME) != 0) {
        const uint32_t status = mark & (LIQ_STRESS_SAME - 1U);

        if (tile->statuses != NULL)
            memset(tile->statuses + (size_t)row * LANES, (int)status, LANES);
        run_take(tally, tile, slot,
                 (liq_stress_lane_run){
                     .row = row, .status = status, .first = 0, .end = tile->lane_count});
        return;
    }
    if (mark != ALL_STRIPS) {
        whole_write(whole, mark, judged);
        judged = whole;
    }
    if (tile->statuses != NULL)
        memcpy(tile->statuses + (size_t)row * LANES, judged, LANES);
    lanes_count(tally, tile, slot, judged);
}

/* Strips that were not written are ok. */
static void whole_write(uint8_t *whole, uint32_t mark, const uint8_t *judged)
{
    memset(whole, LIQ_ROW_OK, LANES);
    for (uint32_t strip = 0; strip < LIQ_STRESS_TILE / LIQ_STRESS_STRIP; strip++)
        if ((mark >> strip & 1U) != 0)
            memcpy(whole + strip * LIQ_STRESS_STRIP, judged + strip * LIQ_STRESS_STRIP,
                   LIQ_STRESS_STRIP);
}

static void lanes_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                        const uint8_t *statuses)
{
    uint64_t changes = changes_of(statuses);
    liq_stress_lane_run run = {.row = tile->pack->slot_rows[slot]};

    if (__builtin_popcountll(changes) > CHANGES_FEW) {
        scattered_count(tally, tile, slot, statuses);
        return;
    }
    while (run.first < tile->lane_count) {
        run.status = statuses[run.first];
        run.end = changes == 0 ? LANES : (uint32_t)__builtin_ctzll(changes);
        changes &= changes - 1;
        run.end = run.end < tile->lane_count ? run.end : tile->lane_count;
        run_take(tally, tile, slot, run);
        run.first = run.end;
    }
}

/* A bit for each lane but the first whose status is not that of the lane before. */
static uint64_t changes_of(const uint8_t *statuses)
{
    const uint64_t gather =
        0x0102040810204080U; /* brings the lowest bits of eight bytes together */
    uint64_t before = statuses[0];
    uint64_t out = 0;

    for (uint32_t i = 0; i < LANES / WORD_LANES; i++) {
        const uint64_t word = word_of(statuses + (size_t)i * WORD_LANES);
        const uint64_t change = word ^ (word << 8 | before);

        /* Bytes are below 128, so nothing carries. */
        if (change != 0)
            out |= (((change + 0x7f7f7f7f7f7f7f7fU) & 0x8080808080808080U) >> 7) * gather >>
                   56 << i * WORD_LANES;
        before = word >> 56;
    }
    return out;
}

/* Eight lanes, the first one lowest. */
static uint64_t word_of(const uint8_t *statuses)
{
    uint64_t out = 0;

    for (uint32_t i = 0; i < WORD_LANES; i++)
        out |= (uint64_t)statuses[i] << 8 * i;
    return out;
}

/* A slot whose status changes often costs the same however often it does: nothing is carried. */
static void scattered_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                            const uint8_t *statuses)
{
    const uint32_t row = tile->pack->slot_rows[slot];
    int64_t masks[LANES] = {0};

    run_take(tally, tile, slot, (liq_stress_lane_run){.row = row, .status = LIQ_ROW_OK});
    for (uint32_t lane = 0; lane < tile->lane_count; lane++) {
        liq_stress_lane_run run = {
            .row = row, .status = statuses[lane], .first = lane, .end = lane + 1};

        if (run.status == LIQ_ROW_OK)
            continue;
        if (run.status > LIQ_ROW_BANKRUPT)
            run.status = LIQ_STRESS_DOUBT;
        else
            tally->scattered_status[run.status][lane]++;
        if (run.status != LIQ_STRESS_DOUBT && liq_flagged_status(run.status))
            masks[lane] = -1;
        if (!liq_stress_is_narrow(tile, row) || run.status != LIQ_ROW_BANKRUPT)
            run_count(tally, tile, run);
    }
    liq_stress_lots_scatter(&tally->scattered, tile->rows, row, masks);
    if (liq_stress_is_narrow(tile, row))
        scattered_losses(tally, tile, row, statuses);
}

/* What a narrow row owes in each lane in which it is bankrupt. */
static void scattered_losses(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                             const uint8_t *statuses)
{
    liq_int128 *needed = tally->needed + (size_t)tile->funds->row_funds[row] * LANES;
    liq_stress_cost *cost = &tile->costs[row];
    int64_t equities[LANES];

    liq_stress_narrow_equities(equities, tile, tile->tile, row);
    for (uint32_t lane = 0; lane < tile->lane_count; lane++) {
        if (statuses[lane] != LIQ_ROW_BANKRUPT)
            continue;
        LIQ_ASSERT(equities[lane] < tile->fine_per_unit); /* or what was proven was wrong */
        needed[lane] -= equities[lane];
        cost->sum -= equities[lane];
        cost->scenarios++;
    }
}

/* What a status adds from a lane on is taken off where the next one begins, tiles later as well. */
static void run_take(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                     liq_stress_lane_run run)
{
    const uint32_t before = tile->carried[slot];

    /* A device that says what is no status is not believed. */
    if (run.status > LIQ_ROW_BANKRUPT)
        run.status = LIQ_STRESS_DOUBT;
    if (run.status != before) {
        liq_stress_tally_edge(tally, tile, run.row, before, run.first, -1);
        liq_stress_tally_edge(tally, tile, run.row, run.status, run.first, 1);
        if (liq_stress_is_narrow(tile, run.row) && before == LIQ_ROW_BANKRUPT)
            liq_stress_cost_edge(tile, run.row, run.first, -1);
        if (liq_stress_is_narrow(tile, run.row) && run.status == LIQ_ROW_BANKRUPT)
            liq_stress_cost_edge(tile, run.row, run.first, 1);
        tile->carried[slot] = (uint8_t)run.status;
    }
    if (run.status != LIQ_ROW_OK)
        run_count(tally, tile, run);
}

/* What each lane of a run asks for by itself. */
static void run_count(liq_stress_tally *tally, const liq_stress_tile *tile, liq_stress_lane_run run)
{
    if (run.status == LIQ_STRESS_DOUBT)
        liq_stress_tally_ask(tally, run, LIQ_STRESS_WHY_DOUBT);
    else if (run.status < LIQ_ROW_LIQUIDATE)
        liq_stress_tally_ask(tally, run, LIQ_STRESS_WHY_CALLED);
    else if (run.status == LIQ_ROW_BANKRUPT && !liq_stress_is_narrow(tile, run.row))
        losses_count(tally, tile, run);
}

/* What a row that is proven to be bankrupt owes, where it is not narrow. */
static void losses_count(liq_stress_tally *tally, const liq_stress_tile *tile,
                         liq_stress_lane_run run)
{
    const uint32_t fund = tile->funds->row_funds[run.row];
    const uint32_t scenario = tile->prices->first + tile->tile * LANES;

    if (fund == LIQ_STRESS_FUND_MIXED) {
        liq_stress_tally_ask(tally, run, LIQ_STRESS_WHY_SPLIT);
        return;
    }
    for (uint32_t lane = run.first; lane < run.end; lane++) {
        const liq_int128 loss = liq_stress_loss_at(tile, run.row, lane);

        LIQ_ASSERT(loss > -tile->fine_per_unit); /* or what was proven was wrong */
        tally->needed[(size_t)fund * LANES + lane] += loss;
        liq_stress_cost_add(&tile->costs[run.row], loss, scenario + lane);
    }
}
