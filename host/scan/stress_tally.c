#include "scan/stress_tally.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"

enum { LANES = LIQ_STRESS_TILE, STEPS = LIQ_STRESS_STEPS };

static liq_int128 loss_of(const liq_stress_tile *tile, uint32_t row, uint32_t lane,
                          const liq_row_record *record);

liq_status liq_stress_tally_create(liq_stress_tally *out, const liq_venue *venue, liq_error *err)
{
    const size_t funds = venue->fund_count + (size_t)1;
    liq_stress_tally tally = {.status = LIQ_OK};
    liq_status status;

    if ((status = liq_stress_lots_create(&tally.flagged, venue, err)) != LIQ_OK ||
        (status = liq_stress_lots_create(&tally.narrow, venue, err)) != LIQ_OK ||
        (status = liq_stress_lots_create(&tally.scattered, venue, err)) != LIQ_OK ||
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
    liq_stress_lots_clear(&tally->flagged);
    liq_stress_lots_clear(&tally->narrow);
    liq_stress_lots_clear(&tally->scattered);
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
    liq_stress_lots_start(&tally->flagged, venue);
    liq_stress_lots_start(&tally->narrow, venue);
    liq_stress_lots_start(&tally->scattered, venue);
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
        liq_stress_steps_carry(tally->by_status[status], 1);
    for (size_t i = 0; i < funds; i++) {
        liq_int128 *steps = tally->constants + i * STEPS;
        const liq_int128 last = steps[LANES];

        memset(steps, 0, STEPS * sizeof *steps);
        steps[0] = last;
    }
    liq_stress_lots_carry(&tally->flagged, venue);
    liq_stress_lots_carry(&tally->narrow, venue);
    liq_stress_lots_start(&tally->scattered, venue);
    memset(tally->scattered_status, 0, sizeof tally->scattered_status);
    memset(tally->called, 0, sizeof tally->called);
    memset(tally->needed, 0, funds * LANES * sizeof *tally->needed);
    tally->pair_count = 0;
    tally->loss_count = 0;
    tally->status = LIQ_OK;
}

void liq_stress_tally_exact(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                            uint32_t lane, const liq_row_record *record)
{
    const uint32_t fund = tile->funds->row_funds[row];

    if (tile->statuses != NULL)
        tile->statuses[(size_t)row * LANES + lane] = (uint8_t)record->status;
    liq_stress_tally_edge(tally, tile, row, record->status, lane, 1);
    liq_stress_tally_edge(tally, tile, row, record->status, lane + 1, -1);
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
    liq_stress_lots_add(&sum->flagged, &other->flagged, venue);
    liq_stress_lots_add(&sum->narrow, &other->narrow, venue);
    liq_stress_lots_add(&sum->scattered, &other->scattered, venue);
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
    liq_stress_lots_total(&sum->flagged, venue);
    liq_stress_lots_total(&sum->narrow, venue);
    for (uint32_t fund = 0; fund <= venue->fund_count; fund++)
        for (uint32_t i = 1; i < STEPS; i++)
            sum->constants[(size_t)fund * STEPS + i] +=
                sum->constants[(size_t)fund * STEPS + i - 1];
}

void liq_stress_tally_edge(liq_stress_tally *tally, const liq_stress_tile *tile, uint32_t row,
                           uint32_t status, uint32_t lane, int64_t sign)
{
    const bool owes = status == LIQ_ROW_BANKRUPT && liq_stress_is_narrow(tile, row);

    if (status == LIQ_ROW_OK || status == LIQ_STRESS_DOUBT)
        return;
    tally->by_status[status][lane] += sign;
    if (!liq_flagged_status(status))
        return;
    liq_stress_lots_edge(owes ? &tally->narrow : &tally->flagged, tile->rows, row, lane, sign);
    if (owes)
        tally->constants[(size_t)tile->funds->row_funds[row] * STEPS + lane] +=
            (liq_int128)liq_stress_narrow_constant(tile, row) * sign;
}

void liq_stress_tally_ask(liq_stress_tally *tally, liq_stress_lane_run run, liq_stress_why why)
{
    const size_t count = run.end - run.first;

    if (tally->status == LIQ_OK && tally->pair_capacity - tally->pair_count < count)
        tally->status =
            liq_memory_extend(&tally->pairs, &tally->pair_capacity, tally->pair_count + count,
                              sizeof *tally->pairs, &tally->err);
    for (uint32_t lane = run.first; tally->status == LIQ_OK && lane < run.end; lane++)
        tally->pairs[tally->pair_count++] = liq_stress_pair(lane, run.status, why, run.row);
}

/* The same as liq_stress_loss_at, of a row that has been valued. */
static liq_int128 loss_of(const liq_stress_tile *tile, uint32_t row, uint32_t lane,
                          const liq_row_record *record)
{
    return tile->pack->row_plain[row] != 0 ? liq_stress_loss_at(tile, row, lane)
                                           : -(liq_int128)record->equity * tile->fine_per_unit;
}
