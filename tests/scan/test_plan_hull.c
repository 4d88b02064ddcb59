/*
 * The bound below every plan, by numbers: a bound that is merely too low is sound, so that books at
 * random do not show it.
 */
#include <criterion/criterion.h>

#include "liq_limits.h"
#include "scan/plan_hull.h"

enum { POINTS = 3 };

#define UNITS(n) ((liq_int128)(n)*LIQ_GRAINS_PER_UNIT)

typedef struct hull_case {
    liq_plan_point points[POINTS];
    liq_int128 slack;
    uint32_t kept;
    liq_plan_stretch expected[POINTS]; /* lots, gain, cost */
} hull_case;

static const hull_case hull_cases[] = {
    /* Falling returns stay apart. */
    {{{1, 10, 4}, {2, 16, 10}, {3, 17, 20}},
     0,
     3,
     {{.lots = 1, .gain = 10, .cost = 4},
      {.lots = 2, .gain = 6, .cost = 6},
      {.lots = 3, .gain = 1, .cost = 10}}},
    /* A better stretch takes the one before it along, and so does one as good. */
    {{{1, 10, 10}, {2, 30, 15}, {3, 31, 30}},
     0,
     2,
     {{.lots = 2, .gain = 30, .cost = 15}, {.lots = 3, .gain = 1, .cost = 15}}},
    {{{1, 10, 10}, {2, 20, 20}, {3, 30, 30}}, 0, 1, {{.lots = 3, .gain = 30, .cost = 30}}},
    /* The last one is better than both before it. */
    {{{1, 10, 10}, {2, 12, 14}, {3, 60, 20}}, 0, 1, {{.lots = 3, .gain = 60, .cost = 20}}},
    /* What gains nothing, or less than was gained, is left out, and its cost is the next one's. */
    {{{1, 10, 4}, {2, 10, 6}, {3, 16, 12}},
     0,
     2,
     {{.lots = 1, .gain = 10, .cost = 4}, {.lots = 3, .gain = 6, .cost = 8}}},
    {{{1, -5, 1}, {2, 0, 2}, {3, 4, 3}}, 0, 1, {{.lots = 3, .gain = 4, .cost = 3}}},
    {{{1, -5, 1}, {2, -4, 2}, {3, -1, 3}}, 0, 0, {{0}}},
    {{{1, 10, 4}, {2, 10, 6}, {3, 9, 8}}, 0, 1, {{.lots = 1, .gain = 10, .cost = 4}}},
    /* Slack is there once, from the first lot on. */
    {{{1, 10, 4}, {2, 16, 10}, {3, 17, 20}},
     3,
     3,
     {{.lots = 1, .gain = 13, .cost = 4},
      {.lots = 2, .gain = 6, .cost = 6},
      {.lots = 3, .gain = 1, .cost = 10}}},
    {{{1, -5, 1}, {2, -4, 2}, {3, -1, 3}}, 2, 1, {{.lots = 3, .gain = 1, .cost = 3}}},
};

Test(plan_hull, keeps_the_stretches_whose_returns_fall)
{
    for (size_t i = 0; i < sizeof hull_cases / sizeof hull_cases[0]; i++) {
        const hull_case *of = &hull_cases[i];
        liq_plan_stretch found[POINTS];

        cr_assert_eq(liq_plan_hull(found, 7, of->points, POINTS, of->slack), of->kept, "case %zu",
                     i);
        for (uint32_t k = 0; k < of->kept; k++) {
            cr_expect_eq(found[k].leg, 7);
            cr_expect_eq(found[k].place, k);
            cr_expect_eq(found[k].lots, of->expected[k].lots, "case %zu, %u", i, k);
            cr_expect(found[k].gain == of->expected[k].gain, "case %zu, %u", i, k);
            cr_expect(found[k].cost == of->expected[k].cost, "case %zu, %u", i, k);
        }
    }
}

/* Stretches are named by their lots, in the order that is expected. */
Test(plan_hull, sorts_by_what_is_gained_for_the_cost)
{
    liq_plan_stretch stretches[] = {
        {.leg = 3, .place = 0, .lots = 3, .gain = 2, .cost = 1},
        {.leg = 2, .place = 1, .lots = 5, .gain = 1, .cost = 1},
        {.leg = 2, .place = 0, .lots = 2, .gain = 4, .cost = 2}, /* as good as that of leg 3 */
        {.leg = 1, .place = 0, .lots = 1, .gain = 9, .cost = 0}, /* for nothing */
        {.leg = 1, .place = 1, .lots = 4, .gain = 3, .cost = 2},
        {.leg = 1, .place = 2, .lots = 6, .gain = 1, .cost = 9},
    };

    liq_plan_hull_sort(stretches, sizeof stretches / sizeof stretches[0]);
    for (uint32_t i = 0; i < sizeof stretches / sizeof stretches[0]; i++)
        cr_expect_eq(stretches[i].lots, i + 1, "place %u: %lld", i, (long long)stretches[i].lots);
    liq_plan_hull_sort(NULL, 0);
}

Test(plan_hull, bounds_the_cost_of_what_is_needed)
{
    static const liq_plan_stretch stretches[] = {{.gain = 10, .cost = UNITS(4)},
                                                 {.gain = 7, .cost = UNITS(5)},
                                                 {.gain = 3, .cost = (liq_int128)1 << 120}};
    static const struct {
        int64_t needed;
        uint64_t count;
        int64_t bound;
        bool is_enough;
    } cases[] =
        {
            {-1, 3, 0, true}, {0, 3, 0, true},  {1, 3, 0, true},   {5, 3, 2, true},
            {9, 3, 3, true},  {10, 3, 4, true}, {11, 3, 4, true},  {13, 3, 6, true},
            {16, 3, 8, true}, {17, 3, 9, true}, {18, 2, 9, false}, {1, 0, 0, false},
            {0, 0, 0, true},  {19, 3, 9, true}, /* no number of units has room for the part */
        };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_int128 bound = -1;

        cr_expect_eq(liq_plan_hull_bound(&bound, stretches, cases[i].count, cases[i].needed),
                     cases[i].is_enough, "case %zu", i);
        cr_expect(bound == cases[i].bound, "case %zu: %lld", i, (long long)bound);
    }
}
