#include "scan/stress_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"

enum {
    LANES = LIQ_STRESS_TILE,
    STEPS = LIQ_STRESS_STEPS,
    WORD_LANES = 8,
    CHANGES_FEW = 4, /* what is counted by runs; more cost less lane by lane */
    ALL_STRIPS = (1 << LIQ_STRESS_TILE / LIQ_STRESS_STRIP) - 1
};

/* Scenarios first .. end - 1, in which a row has one status. */
typedef struct lane_run {
    uint32_t row;
    uint32_t status;
    uint32_t first;
    uint32_t end;
} lane_run;

static liq_status lots_create(liq_stress_lots *out, const liq_venue *venue, liq_error *err);
static void lots_clear(liq_stress_lots *lots);
static void lots_start(liq_stress_lots *lots, const liq_venue *venue);
static void lots_carry(liq_stress_lots *lots, const liq_venue *venue);
static void steps_carry(int64_t *steps, size_t count);
static void lots_sum(liq_stress_lots *sum, const liq_stress_lots *other, const liq_venue *venue);
static void lots_total(liq_stress_lots *sum, const liq_venue *venue);
static void slot_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                       uint32_t mark, const uint8_t *judged);
static void lanes_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                        const uint8_t *statuses);
static void whole_write(uint8_t *whole, uint32_t mark, const uint8_t *judged);
static void scattered_count(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                            const uint8_t *statuses);
static void scattered_lots(liq_stress_tally *tally, const liq_rows *rows, uint32_t row,
                           const int64_t *masks);
static void scattered_losses(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                             const uint8_t *statuses);
static uint64_t changes_of(const uint8_t *statuses);
static uint64_t word_of(const uint8_t *statuses);
static void run_take(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                     lane_run run);
static void run_count(liq_stress_tally *tally, const liq_stress_tile *tile, lane_run run);
static void row_edge(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                     uint32_t status, uint32_t lane, int64_t sign);
static void lots_edge(liq_stress_lots *lots, const liq_rows *rows, uint32_t row, uint32_t lane,
                      int64_t sign);
static void losses_count(liq_stress_tally *tally, const liq_stress_tile *tile, lane_run run);
static liq_int128 loss_of(const liq_stress_tile *tile, uint32_t row, uint32_t lane,
                          const liq_row_record *record);
static void check_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                      uint32_t mark, const uint8_t *judged);
static void pairs_add(liq_stress_tally *tally, lane_run run, liq_stress_why why);

liq_status liq_stress_tally_create(liq_stress_tally *out, const liq_venue *venue, liq_error *err)
{
    const size_t funds = venue->fund_count + (size_t)1;
    liq_stress_tally tally = {.status = LIQ_OK};
    liq_status status;

    if ((status = lots_create(&tally.flagged, venue, err)) != LIQ_OK ||
        (status = lots_create(&tally.narrow, venue, err)) != LIQ_OK ||
        (status = lots_create(&tally.scattered, venue, err)) != LIQ_OK ||
        (status = liq_memory_aligned(&tally.constants, funds * STEPS, sizeof *tally.constants,
                                     sizeof *tally.constants, err)) != LIQ_OK ||
        (status = liq_memory_aligned(&tally.needed, funds * LANES, sizeof *tally.needed,
                                     sizeof *tally.needed, err)) != LIQ_OK) {
        liq_stress_tally_clear(&tally);
        return status;
    }
    *out = tally;
    return LIQ_OK;
}

void liq_stress_tally_clear(liq_stress_tally *tally)
{
    lots_clear(&tally->flagged);
    lots_clear(&tally->narrow);
    lots_clear(&tally->scattered);
    free(tally->constants);
    free(tally->needed);
    free(tally->pairs);
    free(tally->losses);
    *tally = (liq_stress_tally){.status = LIQ_OK};
}

void liq_stress_tally_start(liq_stress_tally *tally, const liq_venue *venue)
{
    const size_t funds = venue->fund_count + (size_t)1;

    memset(tally->by_status, 0, sizeof tally->by_status);
    memset(tally->called, 0, sizeof tally->called);
    lots_start(&tally->flagged, venue);
    lots_start(&tally->narrow, venue);
    lots_start(&tally->scattered, venue);
    memset(tally->scattered_status, 0, sizeof tally->scattered_status);
    memset(tally->constants, 0, funds * STEPS * sizeof *tally->constants);
    memset(tally->needed, 0, funds * LANES * sizeof *tally->needed);
    tally->pair_count = 0;
    tally->loss_count = 0;
    tally->status = LIQ_OK;
}

void liq_stress_tally_carry(liq_stress_tally *tally, const liq_venue *venue)
{
    const size_t funds = venue->fund_count + (size_t)1;

    for (uint32_t status = 0; status < LIQ_MARGIN_STATUS_COUNT; status++)
        steps_carry(tally->by_status[status], 1);
    for (size_t i = 0; i < funds; i++) {
        liq_int128 *steps = tally->constants + i * STEPS;
        const liq_int128 last = steps[LANES];

        memset(steps, 0, STEPS * sizeof *steps);
        steps[0] = last;
    }
    lots_carry(&tally->flagged, venue);
    lots_carry(&tally->narrow, venue);
    lots_start(&tally->scattered, venue);
    memset(tally->scattered_status, 0, sizeof tally->scattered_status);
    memset(tally->called, 0, sizeof tally->called);
    memset(tally->needed, 0, funds * LANES * sizeof *tally->needed);
    tally->pair_count = 0;
    tally->loss_count = 0;
    tally->status = LIQ_OK;
}

void liq_stress_tally_slots(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t first,
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

void liq_stress_tally_close(const liq_stress_tile *tile, uint32_t first, uint32_t count)
{
    for (uint32_t slot = first; slot < first + count; slot++) {
        const uint32_t row = tile->pack->slot_rows[slot];

        if (tile->carried[slot] == LIQ_ROW_BANKRUPT && liq_stress_is_narrow(tile, row))
            liq_stress_cost_edge(tile, row, tile->lane_count, -1);
        tile->carried[slot] = LIQ_ROW_OK;
    }
}

void liq_stress_tally_exact(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                            uint32_t lane, const liq_row_record *record)
{
    const uint32_t fund = tile->funds->row_funds[row];

    if (tile->statuses != NULL)
        tile->statuses[(size_t)row * LANES + lane] = (uint8_t)record->status;
    row_edge(tally, tile, row, record->status, lane, 1);
    row_edge(tally, tile, row, record->status, lane + 1, -1);
    if (record->status != LIQ_ROW_BANKRUPT)
        return;
    liq_stress_tally_cost(tally, tile, row, lane, record);
    if (!liq_stress_is_narrow(tile, row) && fund != LIQ_STRESS_FUND_MIXED)
        tally->needed[(size_t)fund * LANES + lane] += loss_of(tile, row, lane, record);
}

/* Several workers may value one row: its cost waits until they are done. */
void liq_stress_tally_cost(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                           uint32_t lane, const liq_row_record *record)
{
    if (tally->status == LIQ_OK && tally->loss_count == tally->loss_capacity)
        tally->status =
            liq_memory_extend(&tally->losses, &tally->loss_capacity, tally->loss_count + 1,
                              sizeof *tally->losses, &tally->err);
    if (tally->status == LIQ_OK)
        tally->losses[tally->loss_count++] =
            (liq_stress_loss){.fine = loss_of(tile, row, lane, record), .row = row, .lane = lane};
}

void liq_stress_tally_add(liq_stress_tally *sum, const liq_stress_tally *other,
                          const liq_venue *venue)
{
    const size_t funds = venue->fund_count + (size_t)1;

    for (uint32_t i = 0; i < LANES; i++)
        sum->called[i] += other->called[i];
    for (uint32_t status = 0; status < LIQ_MARGIN_STATUS_COUNT; status++)
        for (uint32_t i = 0; i < STEPS; i++)
            sum->by_status[status][i] += other->by_status[status][i];
    for (uint32_t status = 0; status < LIQ_MARGIN_STATUS_COUNT; status++)
        for (uint32_t i = 0; i < LANES; i++)
            sum->scattered_status[status][i] += other->scattered_status[status][i];
    lots_sum(&sum->flagged, &other->flagged, venue);
    lots_sum(&sum->narrow, &other->narrow, venue);
    lots_sum(&sum->scattered, &other->scattered, venue);
    for (size_t i = 0; i < funds * STEPS; i++)
        sum->constants[i] += other->constants[i];
    for (size_t i = 0; i < funds * LANES; i++)
        sum->needed[i] += other->needed[i];
}

void liq_stress_tally_total(liq_stress_tally *sum, const liq_venue *venue)
{
    for (uint32_t status = 0; status < LIQ_MARGIN_STATUS_COUNT; status++)
        for (uint32_t i = 1; i < STEPS; i++)
            sum->by_status[status][i] += sum->by_status[status][i - 1];
    lots_total(&sum->flagged, venue);
    lots_total(&sum->narrow, venue);
    for (uint32_t fund = 0; fund <= venue->fund_count; fund++)
        for (uint32_t i = 1; i < STEPS; i++)
            sum->constants[(size_t)fund * STEPS + i] +=
                sum->constants[(size_t)fund * STEPS + i - 1];
}

static liq_status lots_create(liq_stress_lots *out, const liq_venue *venue, liq_error *err)
{
    const size_t steps = (size_t)venue->instrument_count * STEPS;
    const liq_status status = liq_memory_array(&out->longs, steps, sizeof *out->longs, err);

    return status != LIQ_OK ? status
                            : liq_memory_array(&out->shorts, steps, sizeof *out->shorts, err);
}

static void lots_clear(liq_stress_lots *lots)
{
    free(lots->longs);
    free(lots->shorts);
}

static void lots_start(liq_stress_lots *lots, const liq_venue *venue)
{
    const size_t steps = (size_t)venue->instrument_count * STEPS;

    memset(lots->longs, 0, steps * sizeof *lots->longs);
    memset(lots->shorts, 0, steps * sizeof *lots->shorts);
}

static void lots_carry(liq_stress_lots *lots, const liq_venue *venue)
{
    steps_carry(lots->longs, venue->instrument_count);
    steps_carry(lots->shorts, venue->instrument_count);
}

static void steps_carry(int64_t *steps, size_t count)
{
    for (size_t i = 0; i < count; i++, steps += STEPS) {
        const int64_t last = steps[LANES];

        memset(steps, 0, STEPS * sizeof *steps);
        steps[0] = last;
    }
}

static void lots_sum(liq_stress_lots *sum, const liq_stress_lots *other, const liq_venue *venue)
{
    for (size_t i = 0; i < (size_t)venue->instrument_count * STEPS; i++) {
        sum->longs[i] += other->longs[i];
        sum->shorts[i] += other->shorts[i];
    }
}

static void lots_total(liq_stress_lots *sum, const liq_venue *venue)
{
    for (uint32_t instrument = 0; instrument < venue->instrument_count; instrument++) {
        int64_t *longs = sum->longs + (size_t)instrument * STEPS;
        int64_t *shorts = sum->shorts + (size_t)instrument * STEPS;

        for (uint32_t i = 1; i < STEPS; i++) {
            longs[i] += longs[i - 1];
            shorts[i] += shorts[i - 1];
        }
    }
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
                 (lane_run){.row = row, .status = status, .first = 0, .end = tile->lane_count});
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
    lane_run run = {.row = tile->pack->slot_rows[slot]};

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

    run_take(tally, tile, slot, (lane_run){.row = row, .status = LIQ_ROW_OK});
    for (uint32_t lane = 0; lane < tile->lane_count; lane++) {
        lane_run run = {.row = row, .status = statuses[lane], .first = lane, .end = lane + 1};

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
    scattered_lots(tally, tile->rows, row, masks);
    if (liq_stress_is_narrow(tile, row))
        scattered_losses(tally, tile, row, statuses);
}

static void scattered_lots(liq_stress_tally *tally, const liq_rows *rows, uint32_t row,
                           const int64_t *masks)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t quantity = rows->quantities[i];
        const int64_t size = quantity < 0 ? -quantity : quantity;
        int64_t *steps = (quantity < 0 ? tally->scattered.shorts : tally->scattered.longs) +
                         (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * STEPS;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        for (uint32_t lane = 0; lane < LANES; lane++)
            steps[lane] += size & masks[lane];
    }
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
                     lane_run run)
{
    const uint32_t before = tile->carried[slot];

    /* A device that says what is no status is not believed. */
    if (run.status > LIQ_ROW_BANKRUPT)
        run.status = LIQ_STRESS_DOUBT;
    if (run.status != before) {
        row_edge(tally, tile, run.row, before, run.first, -1);
        row_edge(tally, tile, run.row, run.status, run.first, 1);
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
static void run_count(liq_stress_tally *tally, const liq_stress_tile *tile, lane_run run)
{
    if (run.status == LIQ_STRESS_DOUBT)
        pairs_add(tally, run, LIQ_STRESS_WHY_DOUBT);
    else if (run.status < LIQ_ROW_LIQUIDATE)
        pairs_add(tally, run, LIQ_STRESS_WHY_CALLED);
    else if (run.status == LIQ_ROW_BANKRUPT && !liq_stress_is_narrow(tile, run.row))
        losses_count(tally, tile, run);
}

/* Add what a row with a status adds to the steps, or take it off. A narrow row's loss is what its
   lots and its constant come to. */
static void row_edge(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                     uint32_t status, uint32_t lane, int64_t sign)
{
    const bool owes = status == LIQ_ROW_BANKRUPT && liq_stress_is_narrow(tile, row);

    if (status == LIQ_ROW_OK || status == LIQ_STRESS_DOUBT)
        return;
    tally->by_status[status][lane] += sign;
    if (!liq_flagged_status(status))
        return;
    lots_edge(owes ? &tally->narrow : &tally->flagged, tile->rows, row, lane, sign);
    if (owes)
        tally->constants[(size_t)tile->funds->row_funds[row] * STEPS + lane] +=
            (liq_int128)liq_stress_narrow_constant(tile, row) * sign;
}

static void lots_edge(liq_stress_lots *lots, const liq_rows *rows, uint32_t row, uint32_t lane,
                      int64_t sign)
{
    for (uint64_t i = rows->entry_first[row]; i < rows->entry_first[row + 1]; i++) {
        const int64_t quantity = rows->quantities[i];
        const size_t at = (size_t)(rows->tags[i] & LIQ_TAG_INDEX_MAX) * STEPS + lane;

        if (rows->tags[i] >> LIQ_TAG_INDEX_BITS != LIQ_ENTRY_POSITION)
            continue;
        if (quantity < 0)
            lots->shorts[at] -= quantity * sign;
        else
            lots->longs[at] += quantity * sign;
    }
}

/* What a row that is proven to be bankrupt owes, where it is not narrow. */
static void losses_count(liq_stress_tally *tally, const liq_stress_tile *tile, lane_run run)
{
    const uint32_t fund = tile->funds->row_funds[run.row];
    const uint32_t scenario = tile->prices->first + tile->tile * LANES;

    if (fund == LIQ_STRESS_FUND_MIXED) {
        pairs_add(tally, run, LIQ_STRESS_WHY_SPLIT);
        return;
    }
    for (uint32_t lane = run.first; lane < run.end; lane++) {
        const liq_int128 loss = liq_stress_loss_at(tile, run.row, lane);

        LIQ_ASSERT(loss > -tile->fine_per_unit); /* or what was proven was wrong */
        tally->needed[(size_t)fund * LANES + lane] += loss;
        liq_stress_cost_add(&tile->costs[run.row], loss, scenario + lane);
    }
}

/* The same as liq_stress_loss_at, of a row that has been valued. */
static liq_int128 loss_of(const liq_stress_tile *tile, uint32_t row, uint32_t lane,
                          const liq_row_record *record)
{
    return tile->pack->row_plain[row] != 0 ? liq_stress_loss_at(tile, row, lane)
                                           : -(liq_int128)record->equity * tile->fine_per_unit;
}

/* One scenario of a few slots, others in each tile. */
static void check_add(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t slot,
                      uint32_t mark, const uint8_t *judged)
{
    const uint32_t lane = (slot / tile->check_every + tile->tile) % tile->lane_count;
    const bool same = (mark & LIQ_STRESS_SAME) != 0;
    const bool written = !same && (mark >> lane / LIQ_STRESS_STRIP & 1U) != 0;
    const lane_run run = {.row = tile->pack->slot_rows[slot],
                          .status = same      ? mark & (LIQ_STRESS_SAME - 1U)
                                    : written ? judged[lane]
                                              : (uint32_t)LIQ_ROW_OK,
                          .first = lane,
                          .end = lane + 1};

    if (run.status <= LIQ_ROW_BANKRUPT)
        pairs_add(tally, run, LIQ_STRESS_WHY_CHECK);
}

static void pairs_add(liq_stress_tally *tally, lane_run run, liq_stress_why why)
{
    const size_t count = run.end - run.first;

    if (tally->status == LIQ_OK && tally->pair_capacity - tally->pair_count < count)
        tally->status =
            liq_memory_extend(&tally->pairs, &tally->pair_capacity, tally->pair_count + count,
                              sizeof *tally->pairs, &tally->err);
    for (uint32_t lane = run.first; tally->status == LIQ_OK && lane < run.end; lane++)
        tally->pairs[tally->pair_count++] = liq_stress_pair(lane, run.status, why, run.row);
}
