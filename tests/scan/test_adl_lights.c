#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "liq_adl.h"
#include "scan/adl_lights.h"
#include "shared_data.h"
#include "support_seeded.h"

enum { ENTRIES_MAX = 64 };

/* RULES: longs (account: quantity, score), shuffled as an exchange would hold them. */
Test(adl_lights, light_the_published_queue)
{
    static const int64_t longs[6][2] = {{10, 3}, {10, 6}, {20, 1}, {30, 4}, {20, 5}, {10, 2}};
    static const uint64_t order[6] = {2, 5, 4, 1, 6, 3};
    static const uint32_t percent[6] = {20, 40, 60, 80, 80, 100};
    liq_adl_entry entries[6] = {0};

    for (uint64_t i = 0; i < 6; i++)
        entries[i] =
            (liq_adl_entry){.score = longs[i][1], .lots = longs[i][0], .position_index = i + 1};
    cr_assert_eq(liq_adl_lights_fill(entries, 6, LIQ_ADL_LIGHTS_BY_QUANTITY), 6);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_eq(entries[i].position_index, order[i]);
        cr_expect_eq(entries[i].light * 20, percent[i]);
    }
}

static int64_t number_of(const liq_csv *csv, uint32_t column)
{
    const liq_text text = liq_csv_field(csv, column);

    return strtoll(text.data, NULL, 10);
}

Test(adl_lights, light_the_worked_examples_in_their_order)
{
    static const liq_csv_column columns[] = {{"source", true},
                                             {"account", true},
                                             {"side", true},
                                             {"quantity", true},
                                             {"pnl_rank_score", true},
                                             {"quintile_percentile", true},
                                             {"adl_fill_for_liquidated_short_of_20", true},
                                             {"remaining", true}};
    liq_adl_entry entries[ENTRIES_MAX];
    int64_t percent[ENTRIES_MAX + 1] = {0};
    uint64_t count = 0;
    char path[512];
    liq_csv *csv = NULL;
    liq_error err = {0};
    bool more = true;

    shared_data_path(path, sizeof path, "data/worked_examples/adl_rank_examples.csv");
    cr_assert_eq(liq_csv_open(&csv, path, columns, 8, NULL, &err), LIQ_OK, "%s", err.message);
    while (liq_csv_next(csv, &more, &err) == LIQ_OK && more) {
        cr_assert_lt(count, ENTRIES_MAX);
        entries[count] = (liq_adl_entry){.score = number_of(csv, 4),
                                         .lots = number_of(csv, 3),
                                         .position_index = (uint64_t)number_of(csv, 1)};
        percent[count++] = number_of(csv, 5); /* the file lists from the top */
    }
    liq_csv_destroy(csv);
    cr_assert_geq(count, 6);
    cr_assert_eq(liq_adl_lights_fill(entries, count, LIQ_ADL_LIGHTS_BY_QUANTITY), count);
    for (uint64_t i = 0; i < count; i++)
        cr_expect_eq((int64_t)entries[i].light * 20, percent[i], "place %llu",
                     (unsigned long long)i);
}

Test(adl_lights, count_positions_whatever_their_size)
{
    static const uint32_t lights[7] = {1, 2, 3, 3, 4, 5, 5}; /* ceil(5 rank / 7) */
    liq_adl_entry entries[7] = {0};

    for (uint64_t i = 0; i < 7; i++)
        entries[i] = (liq_adl_entry){
            .score = -(int64_t)i, .lots = i == 0 ? 1000000 : 1, .position_index = i};
    (void)liq_adl_lights_fill(entries, 7, LIQ_ADL_LIGHTS_BY_COUNT);
    for (size_t i = 0; i < 7; i++)
        cr_expect_eq(entries[i].light, lights[i], "%zu: %u", i, entries[i].light);
    (void)liq_adl_lights_fill(entries, 7, LIQ_ADL_LIGHTS_BY_QUANTITY);
    for (size_t i = 0; i < 7; i++)
        cr_expect_eq(entries[i].light, 5);
}

Test(adl_lights, break_ties_by_position_and_rank_only_who_may_be_closed)
{
    liq_adl_entry entries[6] = {
        {.score = 7, .lots = 1, .position_index = 9},
        {.score = LIQ_SCORE_UNVALUED, .lots = 1, .position_index = 1},
        {.score = 9, .lots = 1, .position_index = 2},
        {.score = 7, .lots = 1, .position_index = 3},
        {.score = LIQ_SCORE_PAST_BANKRUPTCY, .lots = 1, .position_index = 0},
        {.score = -9, .lots = 1, .position_index = 5}};
    static const uint64_t order[6] = {3, 9, 5, 2, 0, 1};

    for (size_t i = 0; i < 6; i++)
        entries[i].standing = liq_adl_standing_of(entries[i].score, entries[i].position_index == 2);
    cr_assert_eq(liq_adl_lights_fill(entries, 6, LIQ_ADL_LIGHTS_BY_COUNT), 3);
    for (size_t i = 0; i < 6; i++) {
        cr_expect_eq(entries[i].position_index, order[i]);
        cr_expect_eq(entries[i].light > 0, i < 3);
    }
    cr_expect_eq(entries[3].standing, LIQ_ADL_EXEMPT);
    cr_expect_eq(entries[4].standing, LIQ_ADL_PAST_BANKRUPTCY);
    cr_expect_eq(entries[5].standing, LIQ_ADL_UNVALUED);
}

/* 20,000 positions of 10^15 lots sum to more than 64 bits hold. */
Test(adl_lights, sum_more_than_64_bits)
{
    enum { COUNT = 20000 };
    liq_adl_entry *entries = calloc(COUNT, sizeof *entries);

    for (uint64_t i = 0; i < COUNT; i++)
        entries[i] = (liq_adl_entry){
            .score = -(int64_t)i, .lots = LIQ_QUANTITY_LOTS_MAX, .position_index = i};
    cr_assert_eq(liq_adl_lights_fill(entries, COUNT, LIQ_ADL_LIGHTS_BY_QUANTITY), COUNT);
    for (uint64_t i = 0; i < COUNT; i++)
        cr_assert_eq(entries[i].light, 1 + i / 4000);
    free(entries);
}

Test(adl_lights, choose_what_the_venue_lights_by)
{
    cr_expect_eq(liq_adl_lights_choose(LIQ_ADL_LIGHTS_OF_VENUE, LIQ_SCORE_BINANCE),
                 LIQ_ADL_LIGHTS_BY_COUNT);
    cr_expect_eq(liq_adl_lights_choose(LIQ_ADL_LIGHTS_OF_VENUE, LIQ_SCORE_BITMEX),
                 LIQ_ADL_LIGHTS_BY_QUANTITY);
    cr_expect_eq(liq_adl_lights_choose(LIQ_ADL_LIGHTS_BY_QUANTITY, LIQ_SCORE_BINANCE),
                 LIQ_ADL_LIGHTS_BY_QUANTITY);
}
