/*
 * Exact sums of decimals: what they take, what they refuse, when they are zero.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal/decimal_sum.h"

#define NINES_63 "999999999999999999999999999999999999999999999999999999999999999"

typedef struct sum_case {
    const char *terms[4];
    const char *text;
} sum_case;

Test(decimal_sum, adds_exactly)
{
    static const sum_case rows[] = {
        {{"0"}, "0"},
        {{"-0", "0.000"}, "0"},
        {{"1.5", "-1.50"}, "0"},
        {{"0.1", "0.2", "-0.3"}, "0"},
        {{"-0.1", "-0.2"}, "-0.3"},
        {{"999999999.999999999", "0.000000001"}, "1000000000"},
        {{"1000000000", "-0.000000001"}, "999999999.999999999"},
        {{"-1000000000", "0.000000001"}, "-999999999.999999999"},
        {{"007.50"}, "7.5"},
        {{NINES_63 "." NINES_63, "-" NINES_63}, "0." NINES_63},
        {{NINES_63, NINES_63}, "1999999999999999999999999999999999999999999999999999999999999998"},
        {{"-" NINES_63, "-" NINES_63},
         "-1999999999999999999999999999999999999999999999999999999999999998"},
        {{"0.000000000000000000000000000000000000000000000000000000000000001"},
         "0.000000000000000000000000000000000000000000000000000000000000001"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        liq_decimal_sum sum = {{0}};
        char text[LIQ_SUM_TEXT_BYTES];

        for (int j = 0; j < 4 && rows[i].terms[j] != NULL; j++)
            cr_expect(liq_decimal_sum_add(&sum, rows[i].terms[j]), "%s", rows[i].terms[j]);
        liq_decimal_sum_text(text, &sum);
        cr_expect_str_eq(text, rows[i].text, "row %zu: %s", i, text);
        cr_expect_eq(liq_decimal_sum_is_zero(&sum), strcmp(rows[i].text, "0") == 0, "row %zu", i);
    }
}

Test(decimal_sum, refuses_what_is_no_decimal_and_adds_nothing)
{
    static const char *const rows[] = {"",    "-",   ".",  "1.",         ".5",          "+1",
                                       "1e3", " 1",  "1 ", "1,5",        "--1",         "1.2.3",
                                       "0x1", "nan", "1-", "1" NINES_63, "0.1" NINES_63};
    liq_decimal_sum sum = {{0}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        cr_expect_not(liq_decimal_sum_add(&sum, rows[i]), "\"%s\"", rows[i]);
    cr_expect(liq_decimal_sum_is_zero(&sum));
}
