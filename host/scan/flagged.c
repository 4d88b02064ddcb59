#include "scan/flagged.h"

#include <stdlib.h>

#include "base/int128.h"

static int compare_leverage(const void *left, const void *right, void *context);

int liq_flagged_compare(const liq_row_record *left, const liq_row_record *right)
{
    const bool left_spent = left->equity <= 0;
    const bool right_spent = right->equity <= 0;
    const liq_int128 left_cross = (liq_int128)left->notional * right->equity;
    const liq_int128 right_cross = (liq_int128)right->notional * left->equity;

    if (left_spent != right_spent)
        return left_spent ? -1 : 1;
    if (left_spent || left_cross == right_cross)
        return 0;
    return left_cross > right_cross ? -1 : 1;
}

uint32_t liq_flagged_list(const liq_row_record *results, uint32_t row_count, uint32_t *rows)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < row_count; i++)
        if (liq_flagged_status(results[i].status))
            rows[count++] = i;
    /* qsort_r hands its context back without const; the comparison only reads. */
    qsort_r(rows, count, sizeof *rows, compare_leverage, (void *)(uintptr_t)results);
    return count;
}

static int compare_leverage(const void *left, const void *right, void *context)
{
    const liq_row_record *results = context;
    const uint32_t a = *(const uint32_t *)left;
    const uint32_t b = *(const uint32_t *)right;
    const int order = liq_flagged_compare(&results[a], &results[b]);

    return order != 0 ? order : (a > b) - (a < b);
}
