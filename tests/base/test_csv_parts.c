/* Parts of a file read on their own, moved about, and counted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/csv.h"

enum { ROWS = 40000, LINE_BYTES = 32 };

static const liq_csv_column columns[] = {{"number", true}, {"text", false}};
static char path[] = "/tmp/liqscan_csv_XXXXXX";
static size_t starts[ROWS + 1]; /* of each row, and the end of the last */
static liq_csv *whole;

/* The last line has no end. */
static void setup(void)
{
    const int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "wb");

    cr_assert_not_null(file);
    starts[0] = (size_t)fprintf(file, "number,text\n");
    for (int i = 0; i < ROWS; i++)
        starts[i + 1] = starts[i] + (size_t)fprintf(file, i + 1 < ROWS ? "%d,%.*s\r\n" : "%d,%.*s",
                                                    i, i % 17, "abcdefghijklmnopq");
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(liq_csv_open(&whole, path, columns, 2, NULL, NULL), LIQ_OK);
}

static void teardown(void)
{
    liq_csv_destroy(whole);
    cr_expect_eq(unlink(path), 0);
}

TestSuite(csv_parts, .init = setup, .fini = teardown);

static void rows_expect(liq_csv *part, int first, int end)
{
    bool more = true;

    for (int i = first; i < end; i++) {
        char number[LINE_BYTES];

        (void)snprintf(number, sizeof number, "%d", i);
        cr_assert(liq_csv_next(part, &more, NULL) == LIQ_OK && more, "row %d", i);
        cr_assert(liq_text_equal(liq_csv_field(part, 0), number), "row %d", i);
        cr_assert_eq(liq_csv_field(part, 1).bytes, (size_t)(i % 17));
        cr_assert_eq(liq_csv_line(part), (uint64_t)i + 2);
    }
    cr_assert(liq_csv_next(part, &more, NULL) == LIQ_OK && !more);
}

Test(csv_parts, reads_wherever_it_is_moved)
{
    static const int ranges[][2] = {{0, 1},         {39999, ROWS}, {5, 5},    {0, ROWS},
                                    {20000, 20003}, {100, 39000},  {0, 30000}};
    liq_csv *part = NULL;

    cr_assert_eq(liq_csv_open_part(&part, whole, starts[7], starts[9], 8, NULL, NULL), LIQ_OK);
    rows_expect(part, 7, 9);
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const int first = ranges[i][0];
        const int end = ranges[i][1];

        cr_assert_eq(liq_csv_part_move(part, starts[first], starts[end], (uint64_t)first + 1, NULL),
                     LIQ_OK);
        rows_expect(part, first, end);
    }
    /* In the midst of a part. */
    cr_assert_eq(liq_csv_part_move(part, starts[0], starts[ROWS], 1, NULL), LIQ_OK);
    cr_assert_eq(liq_csv_next(part, &(bool){true}, NULL), LIQ_OK);
    cr_assert_eq(liq_csv_part_move(part, starts[3], starts[4], 4, NULL), LIQ_OK);
    rows_expect(part, 3, 4);
    liq_csv_destroy(part);
}

Test(csv_parts, counts_lines)
{
    static const int ranges[][2] = {{0, ROWS}, {0, 0}, {0, 1}, {39998, ROWS}, {1, 254}, {1, 30001}};
    size_t lines;

    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        const int first = ranges[i][0];
        const int end = ranges[i][1];

        cr_assert_eq(liq_csv_line_count(whole, starts[first], starts[end], &lines, NULL), LIQ_OK);
        cr_expect_eq(lines, (size_t)(end - first), "%d .. %d", first, end);
    }
}

Test(csv_parts, finds_where_lines_start)
{
    size_t start;

    for (int i = 1; i < ROWS; i += 97) {
        cr_assert_eq(liq_csv_line_start(whole, starts[i], &start, NULL), LIQ_OK);
        cr_expect_eq(start, starts[i]);
        cr_assert_eq(liq_csv_line_start(whole, starts[i] + 1, &start, NULL), LIQ_OK);
        cr_expect_eq(start, starts[i + 1]);
    }
}

Test(csv_parts, refuses_a_file_that_was_cut_short)
{
    liq_csv *part = NULL;
    liq_error err = {0};
    size_t lines;
    bool more = true;

    cr_assert_eq(truncate(path, (off_t)starts[100]), 0);
    cr_expect_eq(liq_csv_line_count(whole, starts[0], starts[ROWS], &lines, &err), LIQ_IO);
    cr_expect_not_null(strstr(err.message, "became shorter while it was read"));
    cr_assert_eq(liq_csv_open_part(&part, whole, starts[50], starts[ROWS], 51, NULL, NULL), LIQ_OK);
    cr_expect_eq(liq_csv_next(part, &more, &err), LIQ_IO);
    liq_csv_destroy(part);
}
