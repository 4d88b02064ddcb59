/*
 * How factors follow: bounds, hysteresis, steps and notice, each as a table of ticks.
 */
#include <criterion/criterion.h>

#include "dynamic/factor_track.h"

enum { ONE = LIQ_FACTOR_ONE };

/* At a time something is asked for; then so much is in force, and so much told. */
typedef struct tick_row {
    int64_t time_ms;
    uint32_t asked;
    uint32_t now;
    uint32_t next;
} tick_row;

static const liq_dynamic_policy plain = {
    .is_on = true, .least_ppm = ONE, .most_ppm = 4 * ONE, .grid_ppm = 100000, .step_ppm = 4 * ONE};

static void follow(const liq_dynamic_policy *policy, const tick_row *rows, size_t count)
{
    liq_factor_track track = liq_factor_track_start();

    for (size_t i = 0; i < count; i++) {
        const liq_factor_pair before = track.now;
        const liq_factor_pair told = track.next;
        const liq_factor_news news = liq_factor_track_tick(&track, policy, rows[i].time_ms,
                                                           (liq_factor_pair){{rows[i].asked, ONE}});

        cr_assert(track.now.ppm[0] == rows[i].now && track.next.ppm[0] == rows[i].next,
                  "row %zu: %u in force, %u told", i, track.now.ppm[0], track.next.ppm[0]);
        cr_assert_eq(news.is_effective, before.ppm[0] != track.now.ppm[0], "row %zu", i);
        cr_assert_eq(news.is_told, told.ppm[0] != track.next.ppm[0], "row %zu", i);
        cr_assert(track.now.ppm[1] == ONE && track.next.ppm[1] == ONE);
    }
}

#define FOLLOW(policy, rows) follow(policy, rows, sizeof(rows) / sizeof(rows)[0])

Test(factor_track, rounds_up_to_the_grid_and_within_the_bounds)
{
    const liq_dynamic_policy policy = {
        .least_ppm = 950000, .most_ppm = 2250000, .grid_ppm = 100000, .step_ppm = ONE};

    cr_assert_eq(liq_factor_bounded_ceil(&policy, 1), 950000);
    cr_assert_eq(liq_factor_bounded_ceil(&policy, ONE), ONE);
    cr_assert_eq(liq_factor_bounded_ceil(&policy, ONE + 1), 1100000);
    cr_assert_eq(liq_factor_bounded_ceil(&policy, 2200001), 2250000);
    cr_assert_eq(liq_factor_bounded_ceil(&policy, LIQ_FACTOR_PPM_MAX), 2250000);
}

Test(factor_track, follows_at_once_where_nothing_holds_it)
{
    static const tick_row rows[] = {{0, ONE, ONE, ONE},
                                    {1, 2 * ONE, 2 * ONE, 2 * ONE},
                                    {2, 3 * ONE, 3 * ONE, 3 * ONE},
                                    {3, ONE, ONE, ONE}};

    FOLLOW(&plain, rows);
}

Test(factor_track, lowers_only_what_has_stayed_below)
{
    static const tick_row rows[] = {
        {0, 3 * ONE, 3 * ONE, 3 * ONE},  {10, 2 * ONE, 3 * ONE, 3 * ONE},
        {60, 3 * ONE, 3 * ONE, 3 * ONE}, /* begins anew */
        {70, ONE, 3 * ONE, 3 * ONE},     {100, 2 * ONE, 3 * ONE, 3 * ONE},
        {169, ONE, 3 * ONE, 3 * ONE},    {170, ONE, 2 * ONE, 2 * ONE}, /* the most since 70 */
        {171, ONE, 2 * ONE, 2 * ONE},    {271, ONE, ONE, ONE}};
    liq_dynamic_policy policy = plain;

    policy.lower_after_ms = 100;
    FOLLOW(&policy, rows);
}

Test(factor_track, raises_late_what_it_is_told_to_raise_late)
{
    static const tick_row rows[] = {{0, 3 * ONE, ONE, ONE},
                                    {49, 2 * ONE, ONE, ONE},
                                    {50, 3 * ONE, 2 * ONE, 2 * ONE}, /* the least since 0 */
                                    {60, 3 * ONE, 2 * ONE, 2 * ONE},
                                    {110, 4 * ONE, 3 * ONE, 3 * ONE},
                                    {111, ONE, ONE, ONE}};
    liq_dynamic_policy policy = plain;

    policy.raise_after_ms = 50;
    FOLLOW(&policy, rows);
}

Test(factor_track, goes_in_steps)
{
    static const tick_row rows[] = {{0, 2 * ONE, 1500000, 1500000},  {5, 2 * ONE, 1500000, 1500000},
                                    {10, 1600000, 1600000, 1600000}, {19, ONE, 1600000, 1600000},
                                    {25, ONE, 1100000, 1100000},     {40, ONE, ONE, ONE}};
    liq_dynamic_policy policy = plain;

    policy.step_ppm = 500000;
    policy.interval_ms = 10;
    FOLLOW(&policy, rows);
}

Test(factor_track, gives_notice_and_keeps_to_what_it_told)
{
    static const tick_row rows[] = {
        {0, 2 * ONE, ONE, 2 * ONE}, {10, 3 * ONE, ONE, 2 * ONE}, /* one change at a time */
        {20, ONE, ONE, 2 * ONE},    {99, ONE, ONE, 2 * ONE},     {100, 3 * ONE, 2 * ONE, 3 * ONE},
        {200, ONE, 3 * ONE, ONE},   {500, ONE, ONE, ONE}};
    liq_dynamic_policy policy = plain;

    policy.notice_ms = 100;
    FOLLOW(&policy, rows);
}

Test(factor_track, tells_both_rates_as_one_change)
{
    liq_dynamic_policy policy = plain;
    liq_factor_track track = liq_factor_track_start();
    liq_factor_news news;

    policy.notice_ms = 5;
    news = liq_factor_track_tick(&track, &policy, 1, (liq_factor_pair){{2 * ONE, 3 * ONE}});
    cr_assert(news.is_told && !news.is_effective && track.effective_ms == 6);
    news = liq_factor_track_tick(&track, &policy, 6, (liq_factor_pair){{2 * ONE, 3 * ONE}});
    cr_assert(!news.is_told && news.is_effective);
    cr_assert(track.now.ppm[0] == 2 * ONE && track.now.ppm[1] == 3 * ONE);
}

/* What is asked for when a change may be made counts, and not what was before that. */
Test(factor_track, raises_at_once_to_what_is_asked_for_then)
{
    static const tick_row rows[] = {{0, 1200000, 1200000, 1200000},
                                    {5, 1300000, 1200000, 1200000},
                                    {9, 1400000, 1200000, 1200000},
                                    {10, 2000000, 2000000, 2000000}};
    liq_dynamic_policy policy = plain;

    policy.interval_ms = 10;
    FOLLOW(&policy, rows);
}
