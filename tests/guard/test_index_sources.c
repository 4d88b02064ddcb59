/*
 * Weighted medians of index sources, with the numbers worked out by hand.
 */
#include <criterion/criterion.h>

#include "guard/index_sources.h"

enum { SOURCES = 5, NOW = 100000 };

typedef struct index_row {
    const char *about;
    const char *prices[SOURCES]; /* NULL: no more */
    uint32_t weights[SOURCES];
    int64_t ages_ms[SOURCES];
    bool counts;
    const char *index;
    uint32_t silent;
    uint32_t outliers;
} index_row;

static const index_row rows[] = {
    {"one is its own median", {"100"}, {1}, {0}, true, "100", 0, 0},
    {"the middle one of three", {"103", "100", "101"}, {1, 1, 1}, {0}, true, "101", 0, 0},
    {"the mean of two", {"100", "101"}, {1, 1}, {0}, true, "100.5", 0, 0},
    {"the heavy one: 3 of 5 are reached at 102",
     {"100", "101", "102"},
     {1, 1, 3},
     {0},
     true,
     "102",
     0,
     0},
    {"half of the weight is exactly between 101 and 104",
     {"100", "101", "104"},
     {1, 1, 2},
     {0},
     true,
     "102.5",
     0,
     0},
    {"5% from the median is not too far", {"100", "105", "100"}, {1, 1, 1}, {0}, true, "100", 0, 0},
    {"more is: the mean of the two that are left",
     {"100", "105.01", "99"},
     {1, 1, 1},
     {0},
     true,
     "99.5",
     0,
     2},
    {"ten times, however heavy below half",
     {"100", "1000", "101"},
     {2, 4, 3},
     {0},
     true,
     "101",
     0,
     2},
    {"silent for 10 s is not too long", {"100", "104"}, {1, 1}, {0, 10000}, true, "102", 0, 0},
    {"a moment more is", {"100", "104"}, {1, 1}, {0, 10001}, true, "100", 2, 0},
    {"two that contradict each other are both wrong", {"100", "200"}, {1, 1}, {0}, false, "", 0, 3},
    {"nobody says anything", {"100", "200"}, {1, 1}, {20000, 20000}, false, "", 3, 0},
};

Test(index_sources, weigh_as_worked_out)
{
    const liq_index_rules rules = {.outlier = 50000, .silent_ms = 10000};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_index_source sources[SOURCES] = {0};
        char text[LIQ_DECIMAL_BYTES];
        uint32_t count = 0;
        uint32_t silent;
        uint32_t outliers;
        liq_decimal index = {0};

        for (; count < SOURCES && rows[i].prices[count] != NULL; count++) {
            sources[count].heard_ms = NOW - rows[i].ages_ms[count];
            sources[count].weight = rows[i].weights[count];
            cr_assert_eq(
                liq_decimal_parse(&sources[count].price, liq_text_of(rows[i].prices[count]), NULL),
                LIQ_OK);
        }
        cr_expect_eq(liq_index_of(sources, count, &rules, NOW, &index, &silent, &outliers),
                     rows[i].counts, "%s", rows[i].about);
        cr_expect_eq(silent, rows[i].silent, "%s: %u", rows[i].about, silent);
        cr_expect_eq(outliers, rows[i].outliers, "%s: %u", rows[i].about, outliers);
        if (rows[i].counts)
            cr_expect_str_eq(liq_decimal_format(text, index.digits, index.decimals), rows[i].index,
                             "%s: %s", rows[i].about, text);
    }
}

Test(index_sources, have_a_median_of_three)
{
    static const int64_t orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                        {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};

    for (size_t i = 0; i < 6; i++)
        cr_expect_eq(liq_price_median((liq_decimal){orders[i][0], 0},
                                      (liq_decimal){orders[i][1], 0},
                                      (liq_decimal){orders[i][2], 0})
                         .digits,
                     2);
}
