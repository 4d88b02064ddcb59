/*
 * The order of the rows that are listed.
 */
#include "scan/flagged.h"
#include "scan/live_value.h"

/* Binary digits behind the point of a leverage that rows are sorted by. */
enum { LEVERAGE_SHIFT = 32 };

static int compare_keys(const liq_live *live, uint32_t left, uint32_t right);

/* Flagged rows before unvalued ones. */
int liq_live_compare(const void *context, uint32_t left, uint32_t right)
{
    const liq_live *live = context;
    const bool left_unvalued = live->results[left].status == LIQ_ROW_UNVALUED;
    const bool right_unvalued = live->results[right].status == LIQ_ROW_UNVALUED;
    int order;

    if (left_unvalued != right_unvalued)
        return left_unvalued ? 1 : -1;
    order = left_unvalued ? 0 : liq_flagged_compare(&live->results[left], &live->results[right]);
    return order != 0 ? order : compare_keys(live, left, right);
}

/* Falls as leverage rises, and is never larger for a row that comes before: those whose equity is
   spent come first, and unvalued rows last. */
uint64_t liq_live_sort_key(const void *context, uint32_t row)
{
    const liq_live *live = context;
    const liq_row_record *result = &live->results[row];
    liq_uint128 leverage;

    if (result->status == LIQ_ROW_UNVALUED)
        return UINT64_MAX;
    if (result->equity <= 0)
        return 0;
    leverage =
        ((liq_uint128)(uint64_t)result->notional << LEVERAGE_SHIFT) / (uint64_t)result->equity;
    return UINT64_MAX - 1 - (leverage < UINT64_MAX - 2 ? (uint64_t)leverage : UINT64_MAX - 2);
}

/* The order of rows: by account id, cross first, by instrument, long before short. */
static int compare_keys(const liq_live *live, uint32_t left, uint32_t right)
{
    const liq_row_key a = liq_live_key(live, left);
    const liq_row_key b = liq_live_key(live, right);
    const bool a_isolated = a.instrument_index != LIQ_NO_INDEX;
    const bool b_isolated = b.instrument_index != LIQ_NO_INDEX;

    if (a.account_index != b.account_index)
        return liq_live_book_compare(&live->book, a.account_index, b.account_index);
    if (a_isolated != b_isolated)
        return a_isolated ? 1 : -1;
    if (a.instrument_index != b.instrument_index)
        return a.instrument_index < b.instrument_index ? -1 : 1;
    return (int)a.is_short - (int)b.is_short;
}
