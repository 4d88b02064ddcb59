/*
 * Slots of the screen that are near a level, each as a line. Where the screen adds up
 * eight sums of a slot and judges three levels, a line adds up one, and compares it with bounds
 * that were worked out when the slot was last screened; eight slots of as many terms are looked at
 * side by side, one behind the other in memory. It proves of nearly all near slots that they are
 * still, or now, on this or that side of the level that they are nearest to.
 *
 * What is proven. Let x be what the moves since the base have added to a slot's equity, D the
 * largest of them by size, and x', D' the same at the market at which the slot was put (the shares
 * of the base, so that equity is linear in them: kernels/liq_screen.h). There the screen's sums say
 * of a level that slack = equity - factor x maintenance is `slack`, within a rounding of
 *
 *     e = LIQ_SCREEN_ERROR x (bulk + 2 x factor x REQUIRED) + allowance x (1 + factor).
 *
 * From there to here equity has changed by x - x', and maintenance has grown, or shrunk, by at most
 * r x STEEP x (D + D') x (1 + 1/32), and JUMP at once: values moved by at most (D + D') / (1 - D')
 * between both, of which D, D' <= LIQ_WATCH_HORIZON = 1/64, so that the screen's horizon of 1/16
 * holds it; r is the 2.5 of the screen's proof, and 1 where nothing but instruments that settle in
 * the margin currency is held, because what deductions and exchange rates may do is not there then:
 * maintenance is the largest of its tiers' lines, and each has a slope of at most STEEP. So the
 * level is not met while
 *
 *     x - cost x D > x' - slack + e + factor x JUMP + cost x D'
 *
 * and it is met, where tables are continuous and it is not to be liquidated for it, while
 *
 *     x + cost x D < x' - slack - e - cost x D'
 *
 * with cost the largest over all levels of factor x r x STEEP x (1 + 1/16), of which (1 + 1/32) is
 * for the above and the rest for what rounding costs STEEP. The right sides are bounds that do not
 * change. A slot has those of the level that it was nearest to on either side of it, and of all
 * other levels those of the side that it was on: so it has two stretches of x, in each of which its
 * status is known. Overflow: a bulk below bulk_max proved that there is none within the horizon.
 *
 * Rounding. Each term of x is right within 2^-23 of GROSS x D for an amount, a value, a share and
 * their product, and a sum of n within n x 2^-24 of it: for x and x' together less than
 * LIQ_SCREEN_ERROR x GROSS x (D + D'), which is in the cost, and covers as well that x - cost x D
 * is rounded. That a mark's two roundings part by 2^-25 of the value, there and here, is less than
 * the GROSS x 2^-22 that is in e. Bounds are worked out in doubles, and rounded outward.
 */
#ifndef LIQ_SCAN_NEAR_LINES_H
#define LIQ_SCAN_NEAR_LINES_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "scan/screen_form.h"

/* Slots side by side. */
#define LIQ_LINES_LANES 8u

/* What a line says of a slot that is not as it was told. */
enum { LIQ_LINES_DOUBT = 0, LIQ_LINES_ABOVE = 1, LIQ_LINES_BELOW = 2 };

/* In news: the slot was told a status that its line cannot tell. */
enum { LIQ_LINES_NO_STATUS = 255 };

/* Eight slots of so many terms. A lane that no slot has is never news. */
typedef struct liq_lines_block {
    liq_f32x8 below_low; /* of x, cash units: between them the level is met */
    liq_f32x8 below_high;
    liq_f32x8 above_low; /* and between these it is not */
    liq_f32x8 above_high;
    liq_f32x8 cost;                  /* cash units for a move by the whole value */
    int32_t told[LIQ_LINES_LANES];   /* all ones: the level is not met, was told; else zero */
    uint32_t slots[LIQ_LINES_LANES]; /* of a lane that no slot has, the next such one */
    uint8_t above[LIQ_LINES_LANES];  /* status */
    uint8_t below[LIQ_LINES_LANES];
    uint32_t first; /* of the terms */
    uint32_t length;
    uint32_t reserved_zero[2];
} liq_lines_block;

/* A term of eight slots. */
typedef struct liq_lines_term {
    float slopes[LIQ_LINES_LANES];
    uint16_t values[LIQ_LINES_LANES];
} liq_lines_term;

/* A slot to be looked at, and why. */
typedef struct liq_lines_news {
    uint32_t slot;
    uint8_t said;   /* LIQ_LINES_* */
    uint8_t status; /* that is proven, unless in doubt */
    uint8_t reserved_zero[2];
} liq_lines_news;

typedef struct liq_lines {
    liq_lines_block *blocks;
    liq_lines_term *terms;
    liq_lines_news *news;
    uint32_t *places; /* by slot: which lane of all; LIQ_NO_INDEX: none */
    uint32_t free_lanes[LIQ_SCREEN_FORM_TERMS_MAX + 1]; /* by length */
    uint32_t block_count;
    uint32_t block_capacity;
    uint32_t term_count;
    uint32_t term_capacity;
} liq_lines;

/* What the moves since the base are. */
typedef struct liq_lines_moves {
    const float *shares; /* by value, signed */
    float move;          /* as liq_screen_move returns it, below LIQ_WATCH_HORIZON */
} liq_lines_moves;

/** Take the memory: there is room for a sixteenth of all slots. @param out  zeroed */
LIQ_MUST_USE liq_status liq_lines_create(liq_lines *out, uint32_t slot_capacity, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_lines_clear(liq_lines *lines);

/** There is another base: no slot has a line. */
void liq_lines_empty(liq_lines *lines);

/**
 * A slot that has none gets a line.
 * @param form    the slot at the present market, with the base of the moves
 * @param status  that it was told, LIQ_ROW_*
 * @return false when there is no room, or that status is none that the line could tell
 */
bool liq_lines_put(liq_lines *lines, uint32_t slot, const liq_screen_form *form,
                   liq_screen_terms terms, liq_lines_moves moves, uint32_t status);

/** A slot has no line any more. Takes one that has none. */
void liq_lines_drop(liq_lines *lines, uint32_t slot);

/** A slot that has a line is told a status, LIQ_ROW_*. When that is none of its two, it has no line
 * any more.
 * @return whether it still has */
bool liq_lines_tell(liq_lines *lines, uint32_t slot, uint32_t status);

/** The same from several threads, each for slots of its own; a line that cannot tell the status
 * says so from then on. Takes a slot that has none. */
void liq_lines_tell_own(liq_lines *lines, uint32_t slot, uint32_t status);

/**
 * Look at all lines, on all processors.
 * @return how many slots are in doubt, or of a status other than was told: in lines->news. Who is
 * to be told so is not yet
 */
uint32_t liq_lines_look(liq_lines *lines, liq_lines_moves moves);

/** Whether a slot has a line. */
static inline bool liq_lines_has(const liq_lines *lines, uint32_t slot)
{
    return lines->places[slot] != UINT32_MAX;
}

#endif
