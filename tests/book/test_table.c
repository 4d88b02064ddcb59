/* Tables sorted by threads against a plain sort, in every kind of order that they may come in. */
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "book/table.h"

typedef struct test_row {
    uint64_t key;
    uint32_t group;
    uint32_t place;
} test_row;

/* The same numbers in every run (xorshift). */
static uint64_t drawn_below(uint64_t bound)
{
    static uint64_t state = 0x243f6a8885a308d3u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % bound;
}

static uint32_t group_of(const void *row)
{
    return ((const test_row *)row)->group;
}

static uint64_t key_of(const void *row)
{
    return ((const test_row *)row)->key;
}

static int row_compare(const void *left, const void *right)
{
    const test_row *a = left;
    const test_row *b = right;

    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

static bool is_twice(const test_row *row)
{
    return row[0].group == row[-1].group && row[0].key == row[-1].key;
}

/* The twin nearest to the head of the file, as the table must name it. */
static void expect_duplicate(const liq_table *table, const test_row *expected, size_t count)
{
    size_t found = 0;
    size_t place;
    uint64_t line;
    uint64_t before;

    for (size_t i = 1; i < count; i++)
        if (is_twice(&expected[i]) && (found == 0 || expected[i].place < expected[found].place))
            found = i;
    cr_assert_eq(liq_table_duplicate(table, &place, &line, &before), found > 0);
    if (found == 0)
        return;
    cr_expect_eq(place, found);
    cr_expect_eq(line, expected[found].place + 2);
    cr_expect_eq(before, expected[found - 1].place + 2);
}

/* Sort rows, and expect what a plain sort gives. */
static void sort_check(test_row *rows, size_t count, uint32_t groups)
{
    liq_table table = {.row_bytes = sizeof *rows, .order = {group_of, key_of}};
    size_t at = 0;

    for (size_t i = 0; i < count; i++) {
        rows[i].place = (uint32_t)i;
        cr_assert_eq(liq_table_append(&table, &rows[i], NULL), LIQ_OK);
    }
    cr_assert_eq(liq_table_sort(&table, groups, NULL), LIQ_OK);
    qsort(rows, count, sizeof *rows, row_compare);
    cr_assert_eq(table.count, count);
    cr_expect(count == 0 || memcmp(table.rows, rows, count * sizeof *rows) == 0);
    for (uint32_t i = 0; i <= groups; i++) {
        while (at < count && rows[at].group < i)
            at++;
        cr_assert_eq(table.group_first[i], at, "group %u of %u", i, groups);
    }
    expect_duplicate(&table, rows, count);
    liq_table_clear(&table);
}

static void rows_draw(test_row *rows, size_t count, uint32_t groups, uint64_t keys)
{
    for (size_t i = 0; i < count; i++)
        rows[i] = (test_row){drawn_below(keys), (uint32_t)drawn_below(groups), 0};
}

/* In order, but for some rows that changed places. */
static void rows_settle(test_row *rows, size_t count, size_t swaps)
{
    for (size_t i = 0; i < count; i++)
        rows[i].place = (uint32_t)i;
    qsort(rows, count, sizeof *rows, row_compare);
    for (; swaps > 0; swaps--) {
        test_row *one = &rows[drawn_below(count)];
        test_row *other = &rows[drawn_below(count)];
        const test_row held = *one;

        *one = *other;
        *other = held;
    }
}

Test(table, sorts_like_a_plain_sort)
{
    static const size_t counts[] = {0, 1, 2, 3, 17, 1000, 140000, 300000};
    static const uint32_t groups[] = {1, 2, 1000, 100000};
    test_row *rows = malloc(300000 * sizeof *rows);

    cr_assert_not_null(rows);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        for (size_t j = 0; j < sizeof groups / sizeof groups[0]; j++)
            for (size_t swaps = 0; swaps < 3; swaps++) {
                const size_t count = counts[i];

                rows_draw(rows, count, groups[j], swaps == 2 ? UINT64_MAX : 500000);
                if (count > 0 && swaps < 2)
                    rows_settle(rows, count, swaps);
                sort_check(rows, count, groups[j]);
            }
    free(rows);
}

Test(table, names_twins_where_threads_part)
{
    enum { COUNT = 262144 };
    test_row *rows = calloc(COUNT, sizeof *rows);

    cr_assert_not_null(rows);
    for (size_t twin = COUNT / 2 - 2; twin < COUNT / 2 + 3; twin++) {
        for (size_t i = 0; i < COUNT; i++)
            rows[i] = (test_row){i - (i >= twin), (uint32_t)(i / 1000), 0};
        rows[twin].group = rows[twin - 1].group;
        sort_check(rows, COUNT, COUNT / 1000 + 1);
    }
    free(rows);
}
