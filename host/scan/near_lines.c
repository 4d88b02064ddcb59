#include "scan/near_lines.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/wide.h"
#include "base/workers.h"

/* Of all slots, what there is room for, and terms of a block at that. */
enum { ROOM_SHARE = 16, BLOCKS_LEAST = 64, BLOCK_TERMS = 6 };

/* Fewer blocks are looked at before a thread has come. */
enum { WORKERS_BLOCKS_LEAST = 2048 };

/* What no lane is told; and in a lane's told: its line is at an end. */
enum { NOT_TOLD = 254, NEITHER = 1 };

/* Growth of maintenance for a move by its whole, see kernels/liq_screen.h and near_lines.h. */
#define GROWTH 2.5
#define GROWTH_CASH 1.0
#define MORE (1.0 + 0x1p-4)

/* Marks' roundings; and a bound that is rounded outward by this much of its size. */
#define MARKS 0x1p-22
#define OUTWARD 0x1p-22

/* The levels of a venue, the mildest first; what is past the last one is for the margin rule. */
enum { LEVELS = 3 };

/* A level at the market at which a slot is put. */
typedef struct level_state {
    double slack;
    double error;
    double factor; /* below zero: there is none */
} level_state;

/* Between which bounds of x a status is proven. */
typedef struct stretch {
    double low;
    double high;
} stretch;

/* What a lane is to be. */
typedef struct line {
    stretch above;
    stretch below;
    double cost;
    uint32_t above_status;
    uint32_t below_status;
} line;

/* Each worker looks at a share of the blocks, and tells from the first lane of them on. */
typedef struct lines_pass {
    liq_lines *lines;
    liq_lines_moves moves;
    uint32_t workers;
    uint32_t counts[LIQ_WORKERS_MAX];
} lines_pass;

static bool block_take(liq_lines *lines, uint32_t length);
static void lane_free(liq_lines_block *block, liq_lines *lines, uint32_t place);
static uint32_t told_as(uint32_t status);
static void line_write(liq_lines_block *block, uint32_t lane, const line *from, uint32_t status);
static bool line_make(line *out, const liq_screen_form *form, liq_screen_terms terms,
                      liq_lines_moves moves);
static double levels_read(level_state *out, const liq_screen_form *form, liq_screen_terms terms,
                          double error);
static uint32_t level_nearest(const level_state *levels);
static double drift_of(const liq_screen_form *form, const float *shares);
static uint32_t status_of(const level_state *levels, uint32_t nearest, bool is_met);
static float float_below(double value);
static void share_look(void *context, uint32_t index);
static uint32_t share_first(const lines_pass *pass, uint32_t index);
static uint32_t look_wide(const lines_pass *pass, uint32_t first, uint32_t end);
static uint32_t look_plain(const lines_pass *pass, uint32_t first, uint32_t end);

liq_status liq_lines_create(liq_lines *out, uint32_t slot_capacity, liq_error *err)
{
    liq_lines lines = {.block_capacity =
                           BLOCKS_LEAST + slot_capacity / ROOM_SHARE / LIQ_LINES_LANES};
    liq_status status;

    lines.term_capacity = lines.block_capacity * BLOCK_TERMS;
    if ((status = liq_memory_aligned(&lines.blocks, lines.block_capacity, sizeof *lines.blocks,
                                     sizeof(liq_f32x8), err)) != LIQ_OK ||
        (status = liq_memory_array(&lines.terms, lines.term_capacity, sizeof *lines.terms, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&lines.news, (size_t)lines.block_capacity * LIQ_LINES_LANES + 1,
                                   sizeof *lines.news, err)) != LIQ_OK ||
        (status = liq_memory_array(&lines.places, slot_capacity, sizeof *lines.places, err)) !=
            LIQ_OK) {
        liq_lines_clear(&lines);
        return status;
    }
    memset(lines.places, 0xff, slot_capacity * sizeof *lines.places);
    memset(lines.free_lanes, 0xff, sizeof lines.free_lanes);
    *out = lines;
    return LIQ_OK;
}

void liq_lines_clear(liq_lines *lines)
{
    free(lines->blocks);
    free(lines->terms);
    free(lines->news);
    free(lines->places);
    *lines = (liq_lines){0};
}

void liq_lines_empty(liq_lines *lines)
{
    for (uint32_t i = 0; i < lines->block_count; i++)
        for (uint32_t lane = 0; lane < LIQ_LINES_LANES; lane++) {
            const uint32_t slot = lines->blocks[i].slots[lane];

            if (lines->blocks[i].length > 0 && (slot & LIQ_SCREEN_SLOT_FREE) == 0)
                lines->places[slot] = LIQ_NO_INDEX;
        }
    memset(lines->free_lanes, 0xff, sizeof lines->free_lanes);
    lines->block_count = 0;
    lines->term_count = 0;
}

bool liq_lines_put(liq_lines *lines, uint32_t slot, const liq_screen_form *form,
                   liq_screen_terms terms, liq_lines_moves moves, uint32_t status)
{
    const uint32_t length = form->term_count > 0 ? form->term_count : 1;
    line made;
    uint32_t lane;
    liq_lines_block *block;

    LIQ_ASSERT(!liq_lines_has(lines, slot));
    if (!line_make(&made, form, terms, moves) ||
        (told_as(status) != made.above_status && told_as(status) != made.below_status))
        return false;
    if (lines->free_lanes[length] == LIQ_NO_INDEX && !block_take(lines, length))
        return false;
    lane = lines->free_lanes[length];
    block = &lines->blocks[lane / LIQ_LINES_LANES];
    lines->places[slot] = lane;
    lane %= LIQ_LINES_LANES;
    lines->free_lanes[length] = block->slots[lane] == LIQ_NO_INDEX
                                    ? LIQ_NO_INDEX
                                    : block->slots[lane] & ~LIQ_SCREEN_SLOT_FREE;
    block->slots[lane] = slot;
    line_write(block, lane, &made, told_as(status));
    for (uint32_t i = 0; i < form->term_count; i++) {
        lines->terms[block->first + i].slopes[lane] = form->slopes[i];
        lines->terms[block->first + i].values[lane] = form->values[i];
    }
    return true;
}

void liq_lines_drop(liq_lines *lines, uint32_t slot)
{
    const uint32_t lane = lines->places[slot];

    if (lane == LIQ_NO_INDEX)
        return;
    lines->places[slot] = LIQ_NO_INDEX;
    lane_free(&lines->blocks[lane / LIQ_LINES_LANES], lines, lane);
}

bool liq_lines_tell(liq_lines *lines, uint32_t slot, uint32_t status)
{
    const uint32_t lane = lines->places[slot] % LIQ_LINES_LANES;
    const uint32_t told = told_as(status);
    liq_lines_block *block;

    if (!liq_lines_has(lines, slot))
        return false;
    block = &lines->blocks[lines->places[slot] / LIQ_LINES_LANES];
    if (block->above[lane] != told && block->below[lane] != told) {
        liq_lines_drop(lines, slot);
        return false;
    }
    block->told[lane] = block->above[lane] == told ? -1 : 0;
    return true;
}

/* Single numbers of one lane, which other threads leave alone. */
void liq_lines_tell_own(liq_lines *lines, uint32_t slot, uint32_t status)
{
    const uint32_t lane = lines->places[slot] % LIQ_LINES_LANES;
    const uint32_t told = told_as(status);
    liq_lines_block *block;

    if (!liq_lines_has(lines, slot))
        return;
    block = &lines->blocks[lines->places[slot] / LIQ_LINES_LANES];
    if (block->above[lane] == told || block->below[lane] == told) {
        block->told[lane] = block->above[lane] == told ? -1 : 0;
        return;
    }
    block->above[lane] = LIQ_LINES_NO_STATUS;
    block->below[lane] = LIQ_LINES_NO_STATUS;
    block->told[lane] = NEITHER;
}

uint32_t liq_lines_look(liq_lines *lines, liq_lines_moves moves)
{
    lines_pass pass = {.lines = lines,
                       .moves = moves,
                       .workers = lines->block_count < WORKERS_BLOCKS_LEAST ? 1 : LIQ_WORKERS_MAX};
    uint32_t count;

    liq_workers_run(pass.workers, share_look, &pass);
    count = pass.counts[0];
    for (uint32_t i = 1; i < pass.workers; i++) {
        memmove(lines->news + count, lines->news + share_first(&pass, i) * LIQ_LINES_LANES,
                pass.counts[i] * sizeof *lines->news);
        count += pass.counts[i];
    }
    return count;
}

/* Eight lanes that no slot has, in their order. */
static bool block_take(liq_lines *lines, uint32_t length)
{
    const uint32_t at = lines->block_count;
    liq_lines_block *block = &lines->blocks[at];

    if (at == lines->block_capacity || length > lines->term_capacity - lines->term_count)
        return false;
    lines->block_count++;
    block->first = lines->term_count;
    block->length = length;
    lines->term_count += length;
    for (uint32_t lane = LIQ_LINES_LANES; lane-- > 0;)
        lane_free(block, lines, at * LIQ_LINES_LANES + lane);
    return true;
}

static void lane_free(liq_lines_block *block, liq_lines *lines, uint32_t place)
{
    const uint32_t lane = place % LIQ_LINES_LANES;
    const line nothing = {.above = {-DBL_MAX, DBL_MAX},
                          .below = {DBL_MAX, -DBL_MAX},
                          .above_status = LIQ_LINES_NO_STATUS,
                          .below_status = LIQ_LINES_NO_STATUS};

    line_write(block, lane, &nothing, LIQ_LINES_NO_STATUS);
    for (uint32_t i = 0; i < block->length; i++) {
        lines->terms[block->first + i].slopes[lane] = 0.0f;
        lines->terms[block->first + i].values[lane] = 0;
    }
    block->slots[lane] = lines->free_lanes[block->length] | LIQ_SCREEN_SLOT_FREE;
    lines->free_lanes[block->length] = place;
}

/* What is past the last level is all one here; what has no value is no side of any. */
static uint32_t told_as(uint32_t status)
{
    if (status == LIQ_ROW_UNVALUED)
        return NOT_TOLD;
    return status <= LIQ_ROW_LIQUIDATE ? status : LIQ_ROW_LIQUIDATE;
}

static void line_write(liq_lines_block *block, uint32_t lane, const line *from, uint32_t status)
{
    block->above_low[lane] = -float_below(-from->above.low);
    block->above_high[lane] = float_below(from->above.high);
    block->below_low[lane] = -float_below(-from->below.low);
    block->below_high[lane] = float_below(from->below.high);
    block->cost[lane] = (float)(from->cost * (1.0 + OUTWARD));
    block->above[lane] = (uint8_t)from->above_status;
    block->below[lane] = (uint8_t)from->below_status;
    block->told[lane] = status == from->above_status ? -1 : 0;
}

/* @return false where the sums prove nothing */
static bool line_make(line *out, const liq_screen_form *form, liq_screen_terms terms,
                      liq_lines_moves moves)
{
    level_state levels[LEVELS];
    const double error = (double)LIQ_SCREEN_ERROR(form->entry_count);
    const double steepest = levels_read(levels, form, terms, error);
    const double growth = form->is_cash ? GROWTH_CASH : GROWTH;
    const uint32_t nearest = level_nearest(levels);
    const double drift = drift_of(form, moves.shares);
    const bool jumps = form->sum.jump != 0.0f;
    const float size = form->offset < 0.0f ? -form->offset : form->offset;

    /* Such that what is not a number proves nothing. */
    if (form->sum.outside != 0 || !(size + form->sum.gross < terms.bulk_max))
        return false;
    *out = (line){.above = {-DBL_MAX, DBL_MAX}, .below = {-DBL_MAX, DBL_MAX}};
    out->cost =
        steepest * growth * (double)form->sum.steep * MORE + error * (double)form->sum.gross;
    for (uint32_t i = 0; i < LEVELS; i++) {
        const double jump = levels[i].factor * (double)form->sum.jump * MORE;
        const double spent = levels[i].error + out->cost * (double)moves.move;
        const double zero = drift - levels[i].slack; /* x at which slack would be zero */
        const bool is_met = levels[i].slack < 0.0;

        if (levels[i].factor < 0.0)
            continue;
        if (i == nearest || !is_met)
            out->above.low = fmax(out->above.low, zero + spent + jump);
        if (i != nearest && !is_met)
            out->below.low = fmax(out->below.low, zero + spent + jump);
        if (i != nearest && is_met)
            out->above.high = fmin(out->above.high, zero - spent);
        if (i == nearest || is_met)
            out->below.high = fmin(out->below.high, zero - spent);
        if (is_met && i != nearest && (jumps || i == LEVELS - 1))
            return false;
    }
    out->above_status = status_of(levels, nearest, false);
    out->below_status = status_of(levels, nearest, true);
    if (jumps || nearest == LEVELS - 1)
        out->below = (stretch){.low = DBL_MAX, .high = -DBL_MAX};
    return true;
}

/* @return the largest factor */
static double levels_read(level_state *out, const liq_screen_form *form, liq_screen_terms terms,
                          double error)
{
    const double factors[LEVELS] = {(double)terms.warning, (double)terms.reduce_only,
                                    (double)terms.past};
    const double bulk = fabs((double)form->offset) + (double)form->sum.gross;
    const double required = (double)form->sum.required;
    double largest = 0.0;

    for (uint32_t i = 0; i < LEVELS; i++) {
        const double factor = factors[i];

        out[i] = (level_state){
            .slack = (double)form->sum.equity - factor * (required + (double)form->sum.fixed),
            .error = error * (bulk + 2.0 * factor * required) +
                     (double)terms.allowance * (1.0 + factor) + (double)form->sum.gross * MARKS,
            .factor = factor};
        largest = fmax(largest, factor);
    }
    return largest;
}

static uint32_t level_nearest(const level_state *levels)
{
    uint32_t nearest = LEVELS - 1; /* which there is in every venue */

    for (uint32_t i = 0; i < LEVELS; i++)
        if (levels[i].factor >= 0.0 && fabs(levels[i].slack) < fabs(levels[nearest].slack))
            nearest = i;
    return nearest;
}

/* What moves have added to equity. */
static double drift_of(const liq_screen_form *form, const float *shares)
{
    double sum = 0.0;

    for (uint32_t i = 0; i < form->term_count; i++)
        sum += (double)form->slopes[i] * (double)shares[form->values[i]];
    return sum;
}

/* With the nearest level met or not, and all others as they are. */
static uint32_t status_of(const level_state *levels, uint32_t nearest, bool is_met)
{
    static const uint32_t statuses[LEVELS] = {LIQ_ROW_WARNING, LIQ_ROW_REDUCE_ONLY,
                                              LIQ_ROW_LIQUIDATE};
    uint32_t status = LIQ_ROW_OK;

    for (uint32_t i = 0; i < LEVELS; i++)
        if (levels[i].factor >= 0.0 && (i == nearest ? is_met : levels[i].slack < 0.0))
            status = statuses[i];
    return status;
}

/* A float that is no larger. */
static float float_below(double value)
{
    const double less = value - fabs(value) * OUTWARD;

    if (less >= (double)FLT_MAX)
        return FLT_MAX;
    return less > -(double)FLT_MAX ? (float)less : -FLT_MAX;
}

static void share_look(void *context, uint32_t index)
{
    lines_pass *pass = context;
    const uint32_t first = share_first(pass, index);
    const uint32_t end = share_first(pass, index + 1);

    pass->counts[index] =
        liq_has_wide() ? look_wide(pass, first, end) : look_plain(pass, first, end);
}

static uint32_t share_first(const lines_pass *pass, uint32_t index)
{
    return (uint32_t)((uint64_t)pass->lines->block_count * index / pass->workers);
}

LIQ_INLINE liq_f32x8 eight_of(const float *shares, const uint16_t *at)
{
    return LIQ_F32X8(shares[at[0]], shares[at[1]], shares[at[2]], shares[at[3]], shares[at[4]],
                     shares[at[5]], shares[at[6]], shares[at[7]]);
}

/* Look at a block. @return how many of its slots are news */
LIQ_INLINE uint32_t block_look(const lines_pass *pass, const liq_lines_block *block,
                               liq_lines_news *news)
{
    const liq_lines_term *terms = pass->lines->terms + block->first;
    const liq_f32x8 zero = LIQ_F32X8(0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f, 0.0f);
    const liq_f32x8 spent = block->cost * (zero + pass->moves.move);
    liq_f32x8 drift = zero;
    liq_i32x8 above;
    liq_i32x8 below;
    liq_i32x8 told;
    liq_i32x8 goes_on;
    liq_i32x8 quiet;
    uint64_t pairs[LIQ_LINES_LANES / 2];
    uint32_t count = 0;

    for (uint32_t i = 0; i < block->length; i++) {
        liq_f32x8 slopes;

        memcpy(&slopes, terms[i].slopes, sizeof slopes);
        drift += slopes * eight_of(pass->moves.shares, terms[i].values);
    }
    above = (drift - spent > block->above_low) & (drift + spent < block->above_high);
    below = (drift - spent > block->below_low) & (drift + spent < block->below_high);
    memcpy(&told, block->told, sizeof told);
    goes_on = told <= 0;
    above &= goes_on;
    below &= goes_on;
    quiet = (above & told) | (below & ~told);
    memcpy(pairs, &quiet, sizeof pairs);
    if ((pairs[0] & pairs[1] & pairs[2] & pairs[3]) == UINT64_MAX)
        return 0;
    for (uint32_t lane = 0; lane < LIQ_LINES_LANES; lane++) {
        news[count] = (liq_lines_news){
            .slot = block->slots[lane],
            .said = (uint8_t)((above[lane] & LIQ_LINES_ABOVE) | (below[lane] & LIQ_LINES_BELOW)),
            .status = above[lane] != 0 ? block->above[lane] : block->below[lane]};
        count += quiet[lane] == 0;
    }
    return count;
}

LIQ_WIDE static uint32_t look_wide(const lines_pass *pass, uint32_t first, uint32_t end)
{
    liq_lines_news *news = pass->lines->news + first * LIQ_LINES_LANES;
    uint32_t count = 0;

    for (uint32_t i = first; i < end; i++)
        count += block_look(pass, &pass->lines->blocks[i], news + count);
    return count;
}

static uint32_t look_plain(const lines_pass *pass, uint32_t first, uint32_t end)
{
    liq_lines_news *news = pass->lines->news + first * LIQ_LINES_LANES;
    uint32_t count = 0;

    for (uint32_t i = first; i < end; i++)
        count += block_look(pass, &pass->lines->blocks[i], news + count);
    return count;
}
