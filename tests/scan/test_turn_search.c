#include "scan/turn_search.h"

#include <stdlib.h>

#include <criterion/criterion.h>

#include "support_edge_book.h"

enum { POINTS = 300, ROUNDS = 3000 };

/* A range whose verdicts were rolled, and how readily its stretches are settled. */
typedef struct rolled {
    liq_safety verdicts[POINTS];
    edge_dice dice;
    uint64_t shy; /* 1: always settles what is settled, else once in so many times */
    uint32_t judged;
} rolled;

static void roll(rolled *out, uint64_t seed);
static liq_verdict judge(void *context, int64_t at);
static bool settled(void *context, const liq_verdict *near, const liq_verdict *far);
static bool never(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t wild_guess(void *context, const liq_verdict *near, const liq_verdict *far);
static int64_t first_turn(const rolled *range, int64_t from, int64_t end);

Test(turn_search, finds_the_first_turn_in_either_direction)
{
    const uint64_t seed = edge_seed();
    rolled range;

    for (uint64_t i = 0; i < ROUNDS; i++) {
        liq_kinks kinks = {0};
        int64_t from;
        int64_t end;
        int64_t expected;
        liq_verdict near;
        liq_verdict far;
        liq_error err;

        roll(&range, seed + i);
        from = edge_between(&range.dice, 0, POINTS - 1);
        end = edge_between(&range.dice, 0, POINTS - 1);
        expected = first_turn(&range, from, end);
        cr_assert_eq(liq_kinks_start(&kinks, 9, 0, POINTS - 1, &err), LIQ_OK);
        for (uint64_t j = edge_below(&range.dice, 10); j > 0; j--)
            liq_kinks_add(&kinks, edge_between(&range.dice, 0, POINTS - 1));
        liq_kinks_sort(&kinks);
        near = judge(&range, from);
        if (liq_turn_search_run(&(liq_turn_search){.context = &range,
                                                   .judge = judge,
                                                   .settled = settled,
                                                   .guess = i % 2 == 0 ? wild_guess : NULL,
                                                   .budget = 1000000},
                                &kinks, &near, end, &far)) {
            cr_assert_eq(far.at, expected, "seed %llu", (unsigned long long)(seed + i));
            cr_assert_eq(near.at, from < end ? far.at - 1 : far.at + 1);
            cr_assert_neq(near.safety, far.safety);
        } else {
            cr_assert_eq(expected, -1, "seed %llu", (unsigned long long)(seed + i));
            cr_assert_eq(near.at, end);
        }
        liq_kinks_clear(&kinks);
    }
}

/* A whole range of 64 bits, two stretches, nothing ever proved: the budget ends it, with a turn. */
Test(turn_search, still_finds_a_turn_when_the_budget_is_spent)
{
    liq_kinks kinks = {0};
    rolled range = {.verdicts = {0}};
    liq_verdict near = judge(&range, 0);
    liq_verdict far;

    for (int i = 200; i < POINTS; i++)
        range.verdicts[i] = LIQ_SAFETY_FLAGGED;
    range.verdicts[7] = LIQ_SAFETY_FLAGGED; /* may be missed */
    cr_assert(liq_turn_search_run(
        &(liq_turn_search){.context = &range, .judge = judge, .settled = never, .budget = 0},
        &kinks, &near, POINTS - 1, &far));
    cr_expect_eq(far.at, 200);
    cr_expect_eq(near.at, 199);
    cr_expect_lt(range.judged, 20);
}

static void roll(rolled *out, uint64_t seed)
{
    liq_safety now = LIQ_SAFETY_SAFE;

    *out = (rolled){.dice = {.state = seed}};
    out->shy = 1 + edge_below(&out->dice, 3);
    for (int i = 0; i < POINTS; i++) {
        if (edge_below(&out->dice, 60) == 0)
            now = (liq_safety)edge_below(&out->dice, 3);
        out->verdicts[i] = now;
    }
}

static liq_verdict judge(void *context, int64_t at)
{
    rolled *range = context;

    cr_assert(at >= 0 && at < POINTS);
    range->judged++;
    return (liq_verdict){.at = at, .safety = range->verdicts[at]};
}

static bool settled(void *context, const liq_verdict *near, const liq_verdict *far)
{
    rolled *range = context;
    const int64_t low = near->at < far->at ? near->at : far->at;
    const int64_t high = near->at < far->at ? far->at : near->at;

    cr_assert_eq(near->safety, far->safety);
    for (int64_t i = low; i <= high; i++)
        if (range->verdicts[i] != near->safety)
            return false;
    return edge_below(&range->dice, range->shy) == 0;
}

static bool never(void *context, const liq_verdict *near, const liq_verdict *far)
{
    (void)context, (void)near, (void)far;
    return false;
}

static int64_t wild_guess(void *context, const liq_verdict *near, const liq_verdict *far)
{
    rolled *range = context;

    (void)near, (void)far;
    return edge_between(&range->dice, -5, POINTS + 5);
}

static int64_t first_turn(const rolled *range, int64_t from, int64_t end)
{
    const int64_t step = from < end ? 1 : -1;

    for (int64_t i = from; i != end; i += step)
        if (range->verdicts[i + step] != range->verdicts[from])
            return i + step;
    return -1;
}
