#include "settle/adl_level.h"

#include <stdlib.h>

#include "base/fail.h"
#include "liq_adl.h"

/*
 * A key differs from the exact fraction by less than 1.1 of its units: 1 for the bits cut off and
 * 2^53 x 2 x (2^-59 + 2^-62) for the division. Keys that differ by more than this are in order.
 */
enum { KEY_DOUBT = 2 };

enum { ROUNDS_MAX = 16 };

enum { LINE_WAITS = 0, LINE_GIVES = 1, LINE_IS_FULL = 2 };

/* What the lines that give add up to, and the lots that are left for them. */
typedef struct giving_sum {
    liq_int256 offset;
    liq_int256 slope;
    liq_int256 unit;
    int64_t lots;
} giving_sum;

/* What a comparison of turns looks at. */
typedef struct turn_context {
    const liq_adl_line *lines;
    liq_int256 unit;
} turn_context;

static bool level_raise(giving_sum *sum, liq_adl_line *lines, uint32_t count);
static bool line_is_over(const giving_sum *sum, const liq_adl_line *line);
static void level_search(giving_sum *sum, liq_adl_line *lines, uint32_t count, liq_adl_turn *turns);
static bool turn_is_past(const giving_sum *sum, const liq_adl_line *line, uint32_t is_end);
static void turn_take(giving_sum *sum, liq_adl_line *line, uint32_t is_end);
static liq_int256 turn_above(const liq_adl_line *line, liq_int256 unit, uint32_t is_end);
static int64_t fraction_key(liq_int256 above, liq_int256 below);
static liq_ratio ratio_of(liq_int256 value);
static int keys_order(int64_t left, int64_t right);
static int turns_compare(const void *left, const void *right, void *context);
static int64_t shares_floor(const giving_sum *sum, liq_adl_line *lines, uint32_t count);
static void remainders_give(liq_adl_line *lines, uint32_t count, int64_t missing, liq_int256 whole,
                            liq_adl_turn *turns);
static int remainders_compare(const void *left, const void *right, void *context);

void liq_adl_level_fill(liq_adl_level *level, liq_adl_line *lines, uint32_t count, liq_int256 unit,
                        int64_t lots, liq_adl_turn *turns)
{
    giving_sum sum = {.unit = unit, .lots = lots};
    int64_t missing;

    LIQ_ASSERT(count > 0 && lots > 0);
    if (!level_raise(&sum, lines, count))
        level_search(&sum, lines, count, turns);
    level->above =
        liq_int256_subtract(liq_int256_multiply(unit, liq_int256_from(sum.lots)), sum.offset);
    level->below = sum.slope;
    missing = shares_floor(&sum, lines, count);
    if (missing > 0)
        remainders_give(lines, count, missing, liq_int256_multiply(unit, sum.slope), turns);
}

/*
 * Where all lines start at level zero the level is raised by rounds, and nothing is sorted: at the
 * level that the lots would need without caps, whoever would give more than his cap is full,
 * because the true level is not below. The next round shares what is left among the others. Rarely
 * more than a few rounds find somebody new; where they do, the search has to do it.
 */
static bool level_raise(giving_sum *sum, liq_adl_line *lines, uint32_t count)
{
    giving_sum all = *sum;

    for (uint32_t i = 0; i < count; i++) {
        LIQ_ASSERT(lines[i].cap > 0);
        if (!liq_int256_is_zero(lines[i].offset))
            return false;
        all.slope = liq_int256_add(all.slope, lines[i].slope);
        lines[i].state = LINE_GIVES;
    }
    for (uint32_t round = 0; round < ROUNDS_MAX; round++) {
        const giving_sum before = all;

        for (uint32_t i = 0; i < count; i++)
            if (lines[i].state == LINE_GIVES && line_is_over(&before, &lines[i]))
                turn_take(&all, &lines[i], 1);
        if (all.lots == before.lots) {
            *sum = all;
            return true;
        }
    }
    return false;
}

/* Whether a line without an offset would give more than its cap. */
static bool line_is_over(const giving_sum *sum, const liq_adl_line *line)
{
    return liq_int256_compare(liq_int256_multiply(liq_int256_from(sum->lots), line->slope),
                              liq_int256_multiply(liq_int256_from(line->cap), sum->slope)) > 0;
}

/* Walk over all turns in rising order until the lines that give, give enough. */
static void level_search(giving_sum *sum, liq_adl_line *lines, uint32_t count, liq_adl_turn *turns)
{
    turn_context context = {lines, sum->unit};
    uint32_t at = 0;

    for (uint32_t i = 0; i < count; i++) {
        lines[i].state = LINE_WAITS;
        for (uint32_t is_end = 0; is_end < 2; is_end++)
            turns[i * 2 + is_end] = (liq_adl_turn){
                .key = fraction_key(turn_above(&lines[i], sum->unit, is_end), lines[i].slope),
                .line = i,
                .which = is_end};
    }
    qsort_r(turns, (size_t)count * 2, sizeof *turns, turns_compare, &context);
    for (; at < count * 2; at++) {
        liq_adl_line *line = &lines[turns[at].line];

        if (turn_is_past(sum, line, turns[at].which))
            break;
        turn_take(sum, line, turns[at].which);
    }
    LIQ_ASSERT(at < count * 2); /* all caps together are more than the lots */
    LIQ_ASSERT(!liq_int256_is_zero(sum->slope));
}

/* Whether the lots are given when the level comes to a turn of a line. */
static bool turn_is_past(const giving_sum *sum, const liq_adl_line *line, uint32_t is_end)
{
    const liq_int256 missing = liq_int256_subtract(
        liq_int256_multiply(sum->unit, liq_int256_from(sum->lots)), sum->offset);

    if (liq_int256_is_zero(sum->slope))
        return false;
    return liq_int256_compare(liq_int256_multiply(turn_above(line, sum->unit, is_end), sum->slope),
                              liq_int256_multiply(missing, line->slope)) >= 0;
}

static void turn_take(giving_sum *sum, liq_adl_line *line, uint32_t is_end)
{
    if (is_end) {
        sum->offset = liq_int256_subtract(sum->offset, line->offset);
        sum->slope = liq_int256_subtract(sum->slope, line->slope);
        sum->lots -= line->cap;
        line->state = LINE_IS_FULL;
    } else {
        sum->offset = liq_int256_add(sum->offset, line->offset);
        sum->slope = liq_int256_add(sum->slope, line->slope);
        line->state = LINE_GIVES;
    }
}

/* The level of a turn, x slope: that at which a line gives nothing, or its cap. */
static liq_int256 turn_above(const liq_adl_line *line, liq_int256 unit, uint32_t is_end)
{
    const liq_int256 given =
        is_end ? liq_int256_multiply(unit, liq_int256_from(line->cap)) : liq_int256_from(0);

    return liq_int256_subtract(given, line->offset);
}

static int64_t fraction_key(liq_int256 above, liq_int256 below)
{
    const bool is_negative = liq_int256_negative(above);

    return liq_score_pack(
        liq_ratio_divide(ratio_of(is_negative ? liq_int256_negate(above) : above), ratio_of(below)),
        is_negative);
}

/* Cut to 64 significant bits. */
static liq_ratio ratio_of(liq_int256 value)
{
    const unsigned bits = liq_int256_bits(value);
    const unsigned shift = bits > 64 ? bits - 64 : 0;
    liq_ratio out = liq_ratio_from(liq_int256_limb_at(value, shift));

    out.exponent += (liq_i32)shift;
    return out;
}

/* -1 or 1 where the keys alone tell, else 0. */
static int keys_order(int64_t left, int64_t right)
{
    const liq_int128 more = (liq_int128)left - right;

    return more > KEY_DOUBT ? 1 : more < -KEY_DOUBT ? -1 : 0;
}

static int turns_compare(const void *left, const void *right, void *context)
{
    const turn_context *in = context;
    const liq_adl_turn *one = left;
    const liq_adl_turn *two = right;
    const liq_adl_line *first = &in->lines[one->line];
    const liq_adl_line *second = &in->lines[two->line];
    int order;

    order = keys_order(one->key, two->key);
    if (order != 0)
        return order;
    order = liq_int256_compare(
        liq_int256_multiply(turn_above(first, in->unit, one->which), second->slope),
        liq_int256_multiply(turn_above(second, in->unit, two->which), first->slope));
    if (order != 0)
        return order;
    if (one->line != two->line)
        return one->line < two->line ? -1 : 1;
    return (int)one->which - (int)two->which;
}

/*
 * Each line's share cut to whole lots; its offset then holds what was cut off, in parts of unit x
 * slope. @return the lots that are still missing
 */
static int64_t shares_floor(const giving_sum *sum, liq_adl_line *lines, uint32_t count)
{
    const liq_int256 missing = liq_int256_subtract(
        liq_int256_multiply(sum->unit, liq_int256_from(sum->lots)), sum->offset);
    const liq_int256 whole = liq_int256_multiply(sum->unit, sum->slope);
    int64_t left = sum->lots;

    for (uint32_t i = 0; i < count; i++) {
        liq_adl_line *line = &lines[i];

        line->lots = line->state == LINE_IS_FULL ? line->cap : 0;
        if (line->state != LINE_GIVES) {
            line->offset = liq_int256_from(0);
            continue;
        }
        line->lots =
            (int64_t)liq_int256_divide(&line->offset,
                                       liq_int256_add(liq_int256_multiply(line->offset, sum->slope),
                                                      liq_int256_multiply(missing, line->slope)),
                                       whole);
        left -= line->lots;
    }
    return left;
}

/* Remainders are below one lot each, so there are more of them than lots are missing. */
static void remainders_give(liq_adl_line *lines, uint32_t count, int64_t missing, liq_int256 whole,
                            liq_adl_turn *turns)
{
    uint32_t found = 0;

    for (uint32_t i = 0; i < count; i++)
        if (!liq_int256_is_zero(lines[i].offset))
            turns[found++] = (liq_adl_turn){.key = fraction_key(lines[i].offset, whole), .line = i};
    LIQ_ASSERT(missing < (int64_t)found);
    qsort_r(turns, found, sizeof *turns, remainders_compare, lines);
    for (int64_t i = 0; i < missing; i++)
        lines[turns[i].line].lots++;
}

static int remainders_compare(const void *left, const void *right, void *context)
{
    const liq_adl_line *lines = context;
    const liq_adl_turn *one = left;
    const liq_adl_turn *two = right;
    const liq_adl_line *first = &lines[one->line];
    const liq_adl_line *second = &lines[two->line];
    int order;

    order = keys_order(two->key, one->key);
    if (order != 0)
        return order;
    order = liq_int256_compare(second->offset, first->offset);
    if (order != 0)
        return order;
    if (first->account_index != second->account_index)
        return first->account_index < second->account_index ? -1 : 1;
    if (first->place != second->place)
        return first->place < second->place ? -1 : 1;
    return one->line < two->line ? -1 : one->line > two->line;
}
