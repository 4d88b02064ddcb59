#include "scan/flagged.h"

#include <stdlib.h>

#include "base/int128.h"

static int compare_leverage(const void *left, const void *right, void *context);

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
    const bool a_spent = results[a].equity <= 0;
    const bool b_spent = results[b].equity <= 0;
    const liq_int128 a_cross = (liq_int128)results[a].notional * results[b].equity;
    const liq_int128 b_cross = (liq_int128)results[b].notional * results[a].equity;

    if (a_spent != b_spent)
        return a_spent ? -1 : 1;
    if (!a_spent && a_cross != b_cross)
        return a_cross > b_cross ? -1 : 1;
    return (a > b) - (a < b);
}
