#include "settle/slicing.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/half_life.h"
#include "base/int256.h"
#include "base/memory.h"
#include "liq_limits.h"

enum { NANO = 1000000000, NANO_DECIMALS = 9, HOUR_MS = 3600000, SECOND_MS = 1000 };

#define VARIANCE_MAX INT64_C(1000000000000000000)

static int64_t square_root_floor(liq_int128 square);
static liq_status places_make(liq_slicer *slicer, liq_error *err);

int64_t liq_slice_lots(const liq_slice_facts *facts, int64_t participation)
{
    const int64_t room = liq_slice_room(facts->within, facts->taken, participation);
    const int64_t even = (facts->lots + facts->slices_left - 1) / facts->slices_left;
    int64_t lots = liq_slice_model_ceil(facts->near, facts->lots);

    lots = lots > even ? lots : even;
    return lots < room ? lots : room;
}

int64_t liq_slice_model_ceil(int64_t near, int64_t lots)
{
    /* Where as much stands near as twice the position, all of it goes: no product is too large. */
    const int64_t lots_near = near < 2 * lots ? near : 2 * lots;
    const liq_int256 wanted = liq_int256_multiply(
        liq_int256_from((liq_int128)lots_near * lots_near), liq_int256_from(lots));
    int64_t low = 0; /* too few, unless nothing is wanted */
    int64_t high = lots;

    if (lots_near <= 0)
        return 0;
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        const liq_int256 cube = liq_int256_multiply(liq_int256_from((liq_int128)middle * middle),
                                                    liq_int256_from((liq_int128)middle * 3));

        if (liq_int256_compare(cube, wanted) < 0)
            low = middle;
        else
            high = middle;
    }
    return high;
}

int64_t liq_slice_room(int64_t still_there, int64_t taken, int64_t participation)
{
    const int64_t most = (int64_t)(((liq_int128)still_there + taken) * participation / NANO);
    const int64_t left = most - taken;

    if (left > 0)
        return left;
    return taken == 0 && still_there > 0 ? 1 : 0;
}

liq_status liq_slicer_create(liq_slicer *out, uint32_t instrument_count, liq_error *err)
{
    return liq_memory_array(&out->volatilities, instrument_count, sizeof *out->volatilities, err);
}

void liq_slicer_clear(liq_slicer *slicer)
{
    liq_row_map_clear(&slicer->places);
    free(slicer->slices);
    free(slicer->volatilities);
    free(slicer->allowances);
    free(slicer->kept);
    *slicer = (liq_slicer){0};
}

void liq_slicer_start(liq_slicer *slicer, const liq_slicing *rules, const liq_decimal *marks,
                      uint32_t instrument_count, int64_t now_ms)
{
    for (uint32_t i = 0; i < slicer->slice_count; i++) {
        slicer->slices[i].is_seen = false;
        slicer->slices[i].is_cut = false;
    }
    for (uint32_t i = 0; i < instrument_count; i++)
        liq_volatility_note(&slicer->volatilities[i], rules, marks[i], now_ms);
}

liq_status liq_slicer_end(liq_slicer *slicer, liq_error *err)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < slicer->slice_count; i++)
        if (slicer->slices[i].is_seen)
            slicer->slices[kept++] = slicer->slices[i];
    if (kept == slicer->slice_count)
        return LIQ_OK;
    slicer->slice_count = kept;
    return places_make(slicer, err);
}

liq_status liq_slicer_see(liq_slicer *slicer, liq_row_name row, uint32_t position_count,
                          int64_t now_ms, liq_slice **out, liq_error *err)
{
    int64_t place = liq_row_map_get(&slicer->places, row);
    liq_status status;

    if ((status = liq_memory_extend(&slicer->allowances, &slicer->allowance_capacity,
                                    position_count, sizeof *slicer->allowances, err)) != LIQ_OK ||
        (status = liq_memory_extend(&slicer->slices, &slicer->slice_capacity,
                                    (size_t)slicer->slice_count + 1, sizeof *slicer->slices,
                                    err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < position_count; i++)
        slicer->allowances[i] = -1;
    if (place == 0) {
        place = (int64_t)slicer->slice_count + 1;
        if ((status = liq_row_map_set(&slicer->places, row, place, err)) != LIQ_OK)
            return status;
        slicer->slices[slicer->slice_count++] = (liq_slice){.row = row, .start_ms = now_ms};
    }
    *out = &slicer->slices[place - 1];
    (*out)->is_seen = true;
    return LIQ_OK;
}

/* The first at once, the others each an interval later than the one before was due; a path of few
   ticks has one for each of them. */
bool liq_slice_due(const liq_slice *slice, const liq_slicing *rules, int64_t now_ms)
{
    return !slice->is_cut &&
           (liq_int128)now_ms - slice->start_ms >= (liq_int128)slice->count * rules->interval_ms;
}

liq_status liq_slicer_keep(liq_slicer *slicer, liq_error *err)
{
    const liq_status status = liq_memory_extend(&slicer->kept, &slicer->kept_capacity,
                                                slicer->slice_count, sizeof *slicer->kept, err);

    if (status != LIQ_OK)
        return status;
    if (slicer->slice_count > 0)
        memcpy(slicer->kept, slicer->slices, slicer->slice_count * sizeof *slicer->kept);
    slicer->kept_count = slicer->slice_count;
    return LIQ_OK;
}

/* A run only adds behind those that there were. */
void liq_slicer_put_back(liq_slicer *slicer)
{
    LIQ_ASSERT(slicer->kept_count <= slicer->slice_count);
    for (uint32_t i = slicer->kept_count; i < slicer->slice_count; i++)
        liq_row_map_change(&slicer->places, slicer->slices[i].row, 0);
    if (slicer->kept_count > 0)
        memcpy(slicer->slices, slicer->kept, slicer->kept_count * sizeof *slicer->kept);
    slicer->slice_count = slicer->kept_count;
}

void liq_volatility_note(liq_volatility *volatility, const liq_slicing *rules, liq_decimal mark,
                         int64_t now_ms)
{
    const int64_t passed_ms = now_ms - volatility->at_ms;
    int64_t ratio = 0;
    int64_t factor;
    liq_int128 square;

    if (mark.digits <= 0 ||
        (mark.digits == volatility->mark.digits && mark.decimals == volatility->mark.decimals))
        return;
    if (volatility->mark.digits > 0 && passed_ms > 0) {
        if (!liq_decimal_divide(&ratio, mark, volatility->mark, NANO_DECIMALS, LIQ_ROUND_NEAREST) ||
            ratio > 2 * (int64_t)NANO)
            ratio = 2 * (int64_t)NANO; /* a jump of more than itself counts as one */
        ratio -= NANO;
        square = (liq_int128)ratio * ratio * HOUR_MS / passed_ms;
        square = square < VARIANCE_MAX ? square : VARIANCE_MAX;
        factor = liq_half_life_factor_floor(passed_ms, rules->volatility_half_life_ms);
        volatility->variance = (int64_t)(((liq_int128)volatility->variance * factor +
                                          square * (LIQ_HALF_LIFE_ONE - factor)) /
                                         LIQ_HALF_LIFE_ONE);
    }
    /* Two marks of one time are one move, seen from the time before. */
    if (volatility->mark.digits > 0 && passed_ms == 0)
        return;
    volatility->mark = mark;
    volatility->at_ms = now_ms;
}

int64_t liq_volatility_range(const liq_volatility *volatility, const liq_slicing *rules,
                             int64_t now_ms)
{
    const int64_t interval_ms = rules->interval_ms > 0 ? rules->interval_ms : SECOND_MS;
    const liq_int128 least = (liq_int128)rules->volatility * rules->volatility;
    liq_int128 variance =
        (liq_int128)volatility->variance *
        liq_half_life_factor_floor(now_ms - volatility->at_ms, rules->volatility_half_life_ms) /
        LIQ_HALF_LIFE_ONE;
    liq_int128 range;

    variance = variance > least ? variance : least;
    range = square_root_floor(variance * interval_ms / HOUR_MS);
    range = range * rules->risk_weight / NANO;
    return range < NANO ? (int64_t)range : NANO;
}

/* Of 0 .. 2^100. */
static int64_t square_root_floor(liq_int128 square)
{
    liq_int128 low = 0;
    liq_int128 high = (liq_int128)1 << 50;

    while (high - low > 1) {
        const liq_int128 middle = low + (high - low) / 2;

        if (middle * middle <= square)
            low = middle;
        else
            high = middle;
    }
    return (int64_t)low;
}

static liq_status places_make(liq_slicer *slicer, liq_error *err)
{
    liq_status status = LIQ_OK;

    liq_row_map_clear(&slicer->places);
    for (uint32_t i = 0; status == LIQ_OK && i < slicer->slice_count; i++)
        status = liq_row_map_set(&slicer->places, slicer->slices[i].row, (int64_t)i + 1, err);
    return status;
}
