#include "scan/plan_hull.h"

#include <stdlib.h>

#include "base/int256.h"
#include "liq_limits.h"

static int steeper(liq_int128 gain, liq_int128 cost, liq_int128 other_gain, liq_int128 other_cost);
static int compare_stretches(const void *left, const void *right);

uint32_t liq_plan_hull(liq_plan_stretch *out, uint32_t leg, const liq_plan_point *points,
                       uint32_t count, liq_int128 slack)
{
    liq_int128 gained = 0;
    liq_int128 paid = 0;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        liq_plan_stretch next = {.leg = leg,
                                 .lots = points[i].lots,
                                 .gain = points[i].gain + slack - gained,
                                 .cost = points[i].cost - paid};

        if (next.gain <= 0)
            continue;
        gained += next.gain;
        paid += next.cost;
        while (kept > 0 &&
               steeper(next.gain, next.cost, out[kept - 1].gain, out[kept - 1].cost) >= 0) {
            kept--;
            next.gain += out[kept].gain;
            next.cost += out[kept].cost;
        }
        out[kept++] = next;
    }
    for (uint32_t i = 0; i < kept; i++)
        out[i].place = i;
    return kept;
}

void liq_plan_hull_sort(liq_plan_stretch *stretches, uint64_t count)
{
    if (count > 0)
        qsort(stretches, count, sizeof *stretches, compare_stretches);
}

bool liq_plan_hull_bound(liq_int128 *out, const liq_plan_stretch *stretches, uint64_t count,
                         liq_int128 needed)
{
    liq_int128 grains = 0;
    liq_int128 units = 0;

    for (uint64_t i = 0; i < count && needed > 0; i++) {
        const liq_plan_stretch *stretch = &stretches[i];

        if (stretch->gain <= needed) {
            grains += stretch->cost;
        } else if (stretch->cost / LIQ_GRAINS_PER_UNIT < INT64_MAX) {
            units = (liq_int128)liq_int256_divide(
                NULL,
                liq_int256_multiply(liq_int256_from(stretch->cost / LIQ_GRAINS_PER_UNIT),
                                    liq_int256_from(needed)),
                liq_int256_from(stretch->gain));
        }
        needed -= stretch->gain;
    }
    *out = grains / LIQ_GRAINS_PER_UNIT + units;
    return needed <= 0;
}

/* gain / cost against other_gain / other_cost, crosswise; costs are not negative. */
static int steeper(liq_int128 gain, liq_int128 cost, liq_int128 other_gain, liq_int128 other_cost)
{
    return liq_int256_compare(
        liq_int256_multiply(liq_int256_from(gain), liq_int256_from(other_cost)),
        liq_int256_multiply(liq_int256_from(other_gain), liq_int256_from(cost)));
}

static int compare_stretches(const void *left, const void *right)
{
    const liq_plan_stretch *a = left;
    const liq_plan_stretch *b = right;
    const int order = steeper(b->gain, b->cost, a->gain, a->cost);

    if (a->leg == b->leg)
        return (a->place > b->place) - (a->place < b->place);
    if (order != 0)
        return order;
    return a->leg < b->leg ? -1 : 1;
}
