/*
 * The list of places that the strict scan leaves, and its use from text to text. What the scan
 * takes and refuses is tested in test_json.c.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "base/json_scan.h"

static void span_check(const liq_json_spans *spans, size_t index, uint32_t offset, uint32_t bytes)
{
    cr_assert(index < spans->count);
    cr_expect(spans->items[index].offset == offset && spans->items[index].bytes == bytes,
              "value %zu stands at %u, %u bytes long", index, spans->items[index].offset,
              spans->items[index].bytes);
}

Test(json_scan, lists_values_and_uses_its_memory_again)
{
    liq_json_spans spans = {0};
    const liq_json_span *items;

    cr_assert(liq_json_scan(&spans, "t", liq_text_of("{\"a\":[1,\"x\"]}"), NULL) == LIQ_OK);
    cr_assert(spans.count == 4);
    span_check(&spans, 0, 0, 13);
    span_check(&spans, 1, 5, 7);
    span_check(&spans, 2, 6, 1);
    span_check(&spans, 3, 8, 3);
    items = spans.items;
    cr_assert(liq_json_scan(&spans, "t", liq_text_of(" 7"), NULL) == LIQ_OK);
    cr_expect(spans.items == items && spans.count == 1);
    span_check(&spans, 0, 1, 1);
    free(spans.items);
}

Test(json_scan, keeps_what_began_before_a_fault)
{
    liq_json_spans spans = {0};

    cr_assert(liq_json_scan(&spans, "t", liq_text_of("{\"a\":12,\"b\":tru}"), NULL) ==
              LIQ_BAD_INPUT);
    cr_assert(spans.count == 3);
    span_check(&spans, 0, 0, 0);
    span_check(&spans, 1, 5, 2);
    span_check(&spans, 2, 12, 0);
    cr_assert(liq_json_scan(&spans, "t", liq_text_of(""), NULL) == LIQ_BAD_INPUT);
    cr_expect(spans.count == 0);
    free(spans.items);
}

Test(json_scan, refuses_more_values_than_its_owner_allows)
{
    liq_json_spans spans = {.count_max = 20};
    liq_error error = {.message = ""};
    char text[64] = "[0";

    for (int i = 1; i < 19; i++)
        strcat(text, ",0");
    strcat(text, "]");
    cr_expect(liq_json_scan(&spans, "t", liq_text_of(text), &error) == LIQ_OK, "%s", error.message);
    strcpy(text + strlen(text) - 1, ",0]");
    cr_expect(liq_json_scan(&spans, "t", liq_text_of(text), &error) == LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(error.message, "t:1: more than 20 values");
    free(spans.items);
}
