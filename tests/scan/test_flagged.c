#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "base/int128.h"
#include "scan/flagged.h"
#include "support_seeded.h"

typedef struct status_case {
    uint32_t status;
    bool flagged;
} status_case;

ParameterizedTestParameters(flagged, takes_what_must_be_liquidated)
{
    static status_case cases[] = {
        {LIQ_ROW_OK, false},       {LIQ_ROW_WARNING, false}, {LIQ_ROW_REDUCE_ONLY, false},
        {LIQ_ROW_LIQUIDATE, true}, {LIQ_ROW_BACKSTOP, true}, {LIQ_ROW_BANKRUPT, true},
        {LIQ_ROW_UNVALUED, false},
    };

    return cr_make_param_array(status_case, cases, sizeof cases / sizeof *cases);
}

ParameterizedTest(status_case *given, flagged, takes_what_must_be_liquidated)
{
    const liq_row_record row = {.equity = 1, .notional = 1, .status = given->status};
    uint32_t rows[1] = {7};

    cr_expect_eq(liq_flagged_status(given->status), given->flagged);
    cr_expect_eq(liq_flagged_list(&row, 1, rows), given->flagged ? 1 : 0);
}

static void expect_order(const liq_row_record *results, uint32_t count, const uint32_t *wanted)
{
    uint32_t *rows = calloc(count, sizeof *rows);

    cr_assert_eq(liq_flagged_list(results, count, rows), count);
    for (uint32_t i = 0; i < count; i++)
        cr_expect_eq(rows[i], wanted[i], "place %u has row %u, not %u", i, rows[i], wanted[i]);
    free(rows);
}

Test(flagged, puts_spent_equity_first_then_the_most_leveraged)
{
    static const liq_row_record results[] = {
        {.equity = 100, .notional = 500, .status = LIQ_ROW_LIQUIDATE}, /* 5x */
        {.equity = 10, .notional = 1000, .status = LIQ_ROW_LIQUIDATE}, /* 100x */
        {.equity = 0, .notional = 1, .status = LIQ_ROW_BANKRUPT},      /* spent */
        {.equity = 1, .notional = 99, .status = LIQ_ROW_BACKSTOP},     /* 99x */
        {.equity = -50, .notional = 100, .status = LIQ_ROW_BANKRUPT},  /* spent */
        {.equity = 50, .notional = 250, .status = LIQ_ROW_LIQUIDATE},  /* 5x too */
    };
    static const uint32_t wanted[] = {2, 4, 1, 3, 0, 5};

    expect_order(results, 6, wanted);
}

/* Ratios that no double tells apart, and products past 64 bits. */
Test(flagged, compares_leverage_exactly)
{
    static const liq_row_record results[] = {
        {.equity = INT64_MAX - 1, .notional = INT64_MAX - 1, .status = LIQ_ROW_LIQUIDATE},
        {.equity = INT64_MAX - 1, .notional = INT64_MAX, .status = LIQ_ROW_LIQUIDATE},
        {.equity = INT64_MAX, .notional = INT64_MAX - 1, .status = LIQ_ROW_LIQUIDATE},
        {.equity = 1, .notional = INT64_MAX, .status = LIQ_ROW_LIQUIDATE},
    };
    static const uint32_t wanted[] = {3, 1, 0, 2};

    expect_order(results, 4, wanted);
}

Test(flagged, lists_nothing_of_nothing)
{
    uint32_t rows[1];

    cr_expect_eq(liq_flagged_list(NULL, 0, rows), 0);
}

/* Each neighbour pair is in order, and each flagged row is there once. */
Test(flagged, sorts_random_rows)
{
    enum { ROWS = 5000 };
    liq_random random = liq_random_make(liq_random_seed());
    liq_row_record *results = calloc(ROWS, sizeof *results);
    uint32_t *rows = calloc(ROWS, sizeof *rows);
    uint32_t *places = calloc(ROWS, sizeof *places);
    uint32_t count;
    uint32_t expected = 0;

    for (uint32_t i = 0; i < ROWS; i++) {
        results[i].equity = liq_random_between(&random, -20, 100);
        results[i].notional = liq_random_between(&random, 0, 400);
        results[i].status = (uint32_t)liq_random_below(&random, 7);
        expected += results[i].status >= 3 && results[i].status <= 5;
    }
    count = liq_flagged_list(results, ROWS, rows);
    cr_assert_eq(count, expected);
    for (uint32_t i = 0; i < count; i++) {
        cr_assert_lt(rows[i], ROWS);
        cr_assert_eq(places[rows[i]]++, 0);
    }
    for (uint32_t i = 1; i < count; i++) {
        const liq_row_record *before = &results[rows[i - 1]];
        const liq_row_record *after = &results[rows[i]];
        const bool spent = before->equity <= 0;
        const liq_int128 left = (liq_int128)before->notional * after->equity;
        const liq_int128 right = (liq_int128)after->notional * before->equity;

        if (spent != (after->equity <= 0))
            cr_assert(spent, "place %u", i);
        else if (spent || left == right)
            cr_assert_lt(rows[i - 1], rows[i], "place %u", i);
        else
            cr_assert(left > right, "place %u", i);
    }
    free(results);
    free(rows);
    free(places);
}
