/*
 * The engine: what it tells of instruments, with evidence, and what is kept of it.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/json.h"
#include "dynamic/dynamic_margin.h"

enum { ONE = LIQ_FACTOR_ONE };

static liq_dynamic_policy policy_of(const char *text)
{
    liq_json *json = NULL;
    liq_dynamic_policy policy;
    liq_error err = {0};

    cr_assert_eq(liq_json_parse(&json, "policy", liq_text_of(text), &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_dynamic_policy_read(&policy, json, liq_json_root(json), &err), LIQ_OK, "%s",
                 err.message);
    liq_json_destroy(json);
    return policy;
}

static liq_dynamic *dynamic_of(const char *text, uint32_t count)
{
    const liq_dynamic_policy policy = policy_of(text);
    liq_dynamic_instrument instruments[4] = {{.base_initial_ppm = 200000, .value_decimals = 4},
                                             {.base_initial_ppm = 200000, .value_decimals = 4},
                                             {.base_initial_ppm = 50000, .value_decimals = 4}};
    liq_dynamic *dynamic = NULL;
    liq_error err = {0};

    instruments[2].own.realised_reference_ppm = 2 * ONE;
    instruments[2].own.upper_cap = (liq_decimal){4000000, 0};
    cr_assert_eq(liq_dynamic_create(&dynamic, &policy, instruments, count, &err), LIQ_OK, "%s",
                 err.message);
    return dynamic;
}

/* A base of 20%, and 1.5 M open between caps of 1 M and 2 M: 60%, of initial margin alone. */
Test(dynamic_margin, scales_as_dydx_does)
{
    liq_dynamic *dynamic = dynamic_of("{\"max\":\"10\",\"open_interest\":{\"lower_cap\":"
                                      "\"1000000\",\"upper_cap\":\"2000000\"}}",
                                      3);
    const liq_dynamic_facts facts[3] = {{.interest_value = (liq_int128)1500000 * 10000},
                                        {.interest_value = (liq_int128)1000000 * 10000},
                                        {.interest_value = (liq_int128)2000000 * 10000}};
    const liq_dynamic_change *changes;
    uint32_t count;

    liq_dynamic_tick(dynamic, 1000, facts, &changes, &count);
    cr_assert_eq(count, 4);
    cr_assert(changes[0].stage == LIQ_DYNAMIC_ANNOUNCED && changes[0].effective_ms == 1000);
    cr_assert(changes[1].stage == LIQ_DYNAMIC_EFFECTIVE && changes[1].instrument_index == 0);
    cr_assert(changes[1].before.ppm[1] == ONE && changes[1].after.ppm[1] == 3 * ONE);
    cr_assert(changes[1].after.ppm[0] == ONE && changes[1].evidence.interest_ppm == 500000);
    cr_assert_eq(changes[1].evidence.source_ppm[LIQ_FACTOR_INTEREST], 3 * ONE);
    /* 5% of 0 .. 4 M by its own words: half way to 100%, past the bound. */
    cr_assert(changes[3].instrument_index == 2 && changes[3].after.ppm[1] == 10 * ONE);
    cr_assert_eq(changes[3].evidence.raw.ppm[1], 10500000);
    cr_assert_eq(liq_dynamic_factors(dynamic, 0).ppm[1], 3 * ONE);
    cr_assert_eq(liq_dynamic_factors(dynamic, 1).ppm[1], ONE);
    liq_dynamic_tick(dynamic, 1001, facts, &changes, &count);
    cr_assert_eq(count, 0);
    liq_dynamic_destroy(dynamic);
}

Test(dynamic_margin, takes_the_most_that_is_asked_for_of_each_rate)
{
    liq_dynamic *dynamic = dynamic_of(
        "{\"max\":\"10\",\"grid\":\"0.01\","
        "\"implied_volatility\":{\"reference\":\"0.8\",\"rates\":\"maintenance\"},"
        "\"concentration\":{\"within\":\"0.02\",\"lower\":\"1\",\"upper\":\"5\",\"top\":\"2\"}}",
        2);
    const liq_dynamic_facts facts[2] = {
        {.implied_ppm = 2000000, .interest_lots = 300, .depth_lots = 100},
        {.interest_lots = 300, .depth_lots = -1}};
    const liq_dynamic_change *changes;
    uint32_t count;

    liq_dynamic_tick(dynamic, 0, facts, &changes, &count);
    cr_assert_eq(count, 2);
    cr_assert(changes[1].after.ppm[0] == 2500000 && changes[1].after.ppm[1] == 1500000);
    cr_assert(changes[1].evidence.concentration_ppm == 3 * ONE &&
              changes[1].evidence.implied_ppm == 2000000);
    liq_dynamic_destroy(dynamic);
}

static const char storms[] = "{\"max\":\"3\",\"lower_after_ms\":600000,\"notice_ms\":30000,"
                             "\"realised_volatility\":{\"reference\":\"0.5\",\"half_life_ms\":"
                             "600000,\"sample_ms\":60000}}";

/* A mark that stands still but for a storm in the middle. */
static liq_decimal storm_mark(uint32_t minute)
{
    const int64_t swing = minute >= 100 && minute < 160 ? (minute % 2 == 0 ? 60 : -60) : 1;

    return (liq_decimal){10000 + swing, 0};
}

Test(dynamic_margin, rises_in_a_storm_and_comes_back)
{
    liq_dynamic *dynamic = dynamic_of(storms, 1);
    uint32_t most = 0;
    uint32_t told = 0;

    for (uint32_t minute = 0; minute < 600; minute++) {
        const liq_dynamic_facts facts = {.mark = storm_mark(minute)};
        const uint32_t before = liq_dynamic_factors(dynamic, 0).ppm[0];
        const liq_dynamic_change *changes;
        uint32_t count;
        uint32_t factor;

        liq_dynamic_tick(dynamic, (int64_t)minute * 60000, &facts, &changes, &count);
        factor = liq_dynamic_factors(dynamic, 0).ppm[0];
        cr_assert(minute >= 100 || factor == ONE);
        most = factor > most ? factor : most;
        for (uint32_t i = 0; i < count; i++)
            if (changes[i].stage == LIQ_DYNAMIC_ANNOUNCED) {
                cr_assert_eq(changes[i].effective_ms, changes[i].time_ms + 30000);
                told = changes[i].after.ppm[0];
            } else {
                cr_assert_eq(changes[i].after.ppm[0], factor);
            }
        cr_assert(factor == before || count > 0);
    }
    cr_assert_eq(most, 3 * ONE);
    cr_assert_eq(told, ONE);
    cr_assert_eq(liq_dynamic_factors(dynamic, 0).ppm[0], ONE);
    liq_dynamic_destroy(dynamic);
}

/* What is kept goes on as what was never put down. */
Test(dynamic_margin, goes_on_from_what_was_kept)
{
    liq_dynamic *whole = dynamic_of(storms, 2);
    liq_dynamic *part = dynamic_of(storms, 2);

    for (uint32_t minute = 0; minute < 400; minute++) {
        const liq_dynamic_facts facts[2] = {{.mark = storm_mark(minute)},
                                            {.mark = storm_mark(2 * minute)}};
        const liq_dynamic_change *changes[2];
        uint32_t counts[2];

        if (minute % 17 == 0) {
            liq_dynamic *next = dynamic_of(storms, 2);

            for (uint32_t i = 0; i < 2; i++)
                *liq_dynamic_state_of(next, i) = *liq_dynamic_state_of(part, i);
            liq_dynamic_time_set(next, liq_dynamic_time(part));
            liq_dynamic_destroy(part);
            part = next;
        }
        liq_dynamic_tick(whole, (int64_t)minute * 60000, facts, &changes[0], &counts[0]);
        liq_dynamic_tick(part, (int64_t)minute * 60000, facts, &changes[1], &counts[1]);
        cr_assert_eq(counts[0], counts[1]);
        for (uint32_t i = 0; i < counts[0]; i++)
            cr_assert_arr_eq(&changes[0][i].after, &changes[1][i].after, sizeof(liq_factor_pair));
    }
    cr_assert_neq(liq_dynamic_state_of(whole, 0)->track.told_ms, LIQ_FACTOR_NEVER_MS);
    liq_dynamic_destroy(whole);
    liq_dynamic_destroy(part);
}

/* An option, which has no rates, whatever is open and however its price moves. */
Test(dynamic_margin, leaves_alone_what_has_no_rates)
{
    const liq_dynamic_policy policy =
        policy_of("{\"realised_volatility\":{\"reference\":\"0.1\"},\"open_interest\":"
                  "{\"lower_cap\":\"0\",\"upper_cap\":\"1\"}}");
    const liq_dynamic_instrument option = {.base_initial_ppm = 1, .is_fixed = true};
    liq_dynamic *dynamic = NULL;

    cr_assert_eq(liq_dynamic_create(&dynamic, &policy, &option, 1, NULL), LIQ_OK);
    for (int64_t i = 0; i < 100; i++) {
        const liq_dynamic_facts facts = {.mark = {1 + i % 2, 0}, .interest_value = 1000};
        const liq_dynamic_change *changes;
        uint32_t count;

        liq_dynamic_tick(dynamic, i * 60000, &facts, &changes, &count);
        cr_assert_eq(count, 0);
    }
    liq_dynamic_destroy(dynamic);
}

Test(dynamic_margin, takes_a_time_that_goes_back_for_the_last_one)
{
    liq_dynamic *dynamic = dynamic_of(storms, 1);
    const liq_dynamic_facts facts = {.mark = {10000, 0}};
    const liq_dynamic_change *changes;
    uint32_t count;

    liq_dynamic_tick(dynamic, 5000, &facts, &changes, &count);
    liq_dynamic_tick(dynamic, 4000, &facts, &changes, &count);
    cr_assert_eq(liq_dynamic_time(dynamic), 5000);
    liq_dynamic_destroy(dynamic);
}

/* An instrument's own reference: the same moves, twice the volatility that asks for a factor of
 * one. */
Test(dynamic_margin, measures_an_instrument_by_its_own_reference)
{
    liq_dynamic *dynamic = dynamic_of("{\"max\":\"100\",\"realised_volatility\":{\"reference\":"
                                      "\"0.5\",\"half_life_ms\":60000,\"sample_ms\":1000}}",
                                      3);
    const liq_dynamic_change *changes;
    uint32_t count;

    for (int64_t i = 0; i < 200; i++) {
        const liq_decimal mark = {i % 2 == 0 ? 10000 : 10050, 2};
        const liq_dynamic_facts facts[3] = {{.mark = mark}, {.mark = mark}, {.mark = mark}};

        liq_dynamic_tick(dynamic, i * 1000, facts, &changes, &count);
    }
    cr_expect_eq(liq_dynamic_factors(dynamic, 0).ppm[0], liq_dynamic_factors(dynamic, 1).ppm[0]);
    cr_expect_gt(liq_dynamic_factors(dynamic, 2).ppm[0], ONE);
    cr_expect_gt(liq_dynamic_factors(dynamic, 0).ppm[0],
                 3 * (uint64_t)liq_dynamic_factors(dynamic, 2).ppm[0]);
    liq_dynamic_destroy(dynamic);
}

/* Caps that are the same in units of the settle asset leave nothing between them. */
Test(dynamic_margin, refuses_caps_that_are_one_in_its_units)
{
    const liq_dynamic_policy policy =
        policy_of("{\"open_interest\":{\"lower_cap\":\"0.00001\",\"upper_cap\":\"0.00002\"}}");
    const liq_dynamic_instrument instruments[] = {{.base_initial_ppm = 1, .value_decimals = 4}};
    liq_dynamic *dynamic = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_dynamic_create(&dynamic, &policy, instruments, 1, &err), LIQ_OUT_OF_RANGE);
    cr_expect_not_null(strstr(err.message, "instrument 0: its caps"), "%s", err.message);
    cr_expect_null(dynamic);
}

/* Where a change takes effect in the tick that tells the next one, each has its own time. */
Test(dynamic_margin, tells_when_each_of_two_changes_takes_effect)
{
    liq_dynamic *dynamic = dynamic_of("{\"notice_ms\":10,\"implied_volatility\":{\"reference\":"
                                      "\"0.5\"}}",
                                      1);
    const liq_dynamic_facts low[] = {{.implied_ppm = 750000}};
    const liq_dynamic_facts high[] = {{.implied_ppm = 1000000}};
    const liq_dynamic_change *changes;
    uint32_t count;

    liq_dynamic_tick(dynamic, 100, low, &changes, &count);
    cr_assert_eq(count, 1);
    cr_expect_eq(changes[0].effective_ms, 110);
    liq_dynamic_tick(dynamic, 115, high, &changes, &count);
    cr_assert_eq(count, 2);
    cr_expect(changes[0].stage == LIQ_DYNAMIC_EFFECTIVE && changes[0].effective_ms == 115);
    cr_expect(changes[1].stage == LIQ_DYNAMIC_ANNOUNCED && changes[1].effective_ms == 125);
    cr_expect_eq(changes[1].before.ppm[0], 1500000);
    liq_dynamic_destroy(dynamic);
}
