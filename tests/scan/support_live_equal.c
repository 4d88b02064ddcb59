#include "support_live_equal.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "book/live_columns.h"
#include "book/live_hash.h"

static void accounts_compare(const liq_book *left, const liq_book *right, const char *what);
static void rows_compare(const liq_book *left, const liq_book *right, const char *what);
static void prices_compare(const liq_book *left, const liq_book *right, const char *what);
static void hashes_compare(const liq_live *left, const liq_live *right, const char *what);
static void statuses_compare(const liq_live *left, const liq_live *right, const char *what);
static void lists_compare(liq_live *left, liq_live *right, const char *what);
static void row_compare(const liq_live *left, uint32_t left_row, const liq_live *right,
                        uint32_t right_row, const char *what);
static uint32_t warned_compare(const liq_live *left, const liq_live *right, const char *what);
static uint32_t *warned_sorted(const liq_live *live, uint32_t *count);
static int compare_rows(const void *left, const void *right, void *live);

void lives_hold_the_same(const liq_live *left, const liq_live *right, const char *what)
{
    liq_book one = {0};
    liq_book two = {0};

    cr_assert_eq(liq_live_columns_write(&one, &left->book, NULL), LIQ_OK);
    cr_assert_eq(liq_live_columns_write(&two, &right->book, NULL), LIQ_OK);
    cr_assert(one.account_count == two.account_count && one.balance_count == two.balance_count &&
                  one.position_count == two.position_count && one.order_count == two.order_count &&
                  one.depth_count == two.depth_count,
              "%s: counts", what);
    accounts_compare(&one, &two, what);
    rows_compare(&one, &two, what);
    prices_compare(&one, &two, what);
    liq_live_columns_clear(&one);
    liq_live_columns_clear(&two);
    hashes_compare(left, right, what);
}

uint32_t lives_say_the_same(liq_live *left, liq_live *right, const char *what)
{
    statuses_compare(left, right, what);
    lists_compare(left, right, what);
    return warned_compare(left, right, what);
}

static void accounts_compare(const liq_book *left, const liq_book *right, const char *what)
{
    for (uint32_t i = 0; i < left->account_count; i++) {
        const liq_account *a = &left->accounts[i];
        const liq_account *b = &right->accounts[i];

        cr_assert_str_eq(liq_names_get(left->account_names, i),
                         liq_names_get(right->account_names, i), "%s", what);
        cr_assert(a->mode == b->mode && a->adl_exempt == b->adl_exempt &&
                      a->group_index == b->group_index &&
                      left->account_seen[i] == right->account_seen[i] &&
                      left->balance_first[i] == right->balance_first[i] &&
                      left->position_first[i] == right->position_first[i] &&
                      left->order_first[i] == right->order_first[i],
                  "%s: account %s", what, liq_names_get(left->account_names, i));
    }
}

static void rows_compare(const liq_book *left, const liq_book *right, const char *what)
{
    for (uint64_t i = 0; i < left->balance_count; i++)
        cr_assert(left->balances[i].amount == right->balances[i].amount &&
                      left->balances[i].asset_index == right->balances[i].asset_index,
                  "%s: balance %lu", what, i);
    for (uint64_t i = 0; i < left->position_count; i++) {
        const liq_position *a = &left->positions[i];
        const liq_position *b = &right->positions[i];

        cr_assert(a->quantity_lots == b->quantity_lots && a->entry_value == b->entry_value &&
                      a->entry_price.digits == b->entry_price.digits &&
                      a->entry_price.decimals == b->entry_price.decimals &&
                      a->isolated_margin == b->isolated_margin &&
                      a->instrument_index == b->instrument_index && a->isolated == b->isolated &&
                      left->position_seen[i] == right->position_seen[i],
                  "%s: position %lu", what, i);
    }
    for (uint64_t i = 0; i < left->order_count; i++) {
        const liq_order *a = &left->orders[i];
        const liq_order *b = &right->orders[i];

        cr_assert(a->quantity_lots == b->quantity_lots && a->limit_value == b->limit_value &&
                      a->price.digits == b->price.digits &&
                      a->instrument_index == b->instrument_index &&
                      left->order_references[i] == right->order_references[i],
                  "%s: order %lu", what, i);
    }
}

static void prices_compare(const liq_book *left, const liq_book *right, const char *what)
{
    for (uint32_t i = 0; i < left->venue.instrument_count; i++)
        cr_assert(liq_decimal_compare(left->instrument_marks[i], right->instrument_marks[i]) == 0 &&
                      liq_decimal_compare(left->depth_marks[i], right->depth_marks[i]) == 0,
                  "%s: mark %u", what, i);
    for (uint32_t i = 0; i < left->venue.asset_count; i++)
        cr_assert_eq(liq_decimal_compare(left->asset_indices[i], right->asset_indices[i]), 0,
                     "%s: index %u", what, i);
    for (uint64_t i = 0; i < left->depth_count; i++) {
        const liq_depth_level *a = &left->depth[i];
        const liq_depth_level *b = &right->depth[i];

        cr_assert(a->quantity_lots == b->quantity_lots &&
                      liq_decimal_compare(a->price, b->price) == 0 &&
                      a->instrument_index == b->instrument_index && a->is_bid == b->is_bid,
                  "%s: level %lu", what, i);
    }
}

/* Kept by every change, they are those of a look at everything. */
static void hashes_compare(const liq_live *left, const liq_live *right, const char *what)
{
    uint64_t fresh[2];
    uint64_t one[2];
    uint64_t two[2];

    liq_live_state_hash(left, one);
    liq_live_state_hash(right, two);
    liq_live_hash_all(fresh, &left->book);
    cr_assert_arr_eq(one, fresh, sizeof fresh, "%s: hash of a look at everything", what);
    cr_assert_arr_eq(one, two, sizeof one, "%s: hashes", what);
}

/* Rows of an account come in the order of its positions in both. */
static void statuses_compare(const liq_live *left, const liq_live *right, const char *what)
{
    for (uint32_t status = 0; status <= LIQ_ROW_UNVALUED; status++)
        cr_assert_eq(left->totals.by_status[status], right->totals.by_status[status],
                     "%s: %lu, %lu rows of status %u", what, left->totals.by_status[status],
                     right->totals.by_status[status], status);
    for (uint32_t i = 0; i < left->book.account_capacity; i++) {
        const char *id = left->book.accounts[i].id;
        uint32_t one = i;
        uint32_t two;

        if (!left->book.accounts[i].alive)
            continue;
        cr_assert(liq_live_book_find(&right->book, liq_text_of(id), &two), "%s: %s", what, id);
        for (; one != LIQ_NO_INDEX; one = left->row_next[one], two = right->row_next[two])
            cr_assert(two != LIQ_NO_INDEX &&
                          left->results[one].status == right->results[two].status,
                      "%s: %s", what, id);
        cr_assert_eq(two, LIQ_NO_INDEX, "%s: %s", what, id);
    }
}

static void lists_compare(liq_live *left, liq_live *right, const char *what)
{
    const uint32_t *one;
    const uint32_t *two;
    uint32_t one_count;
    uint32_t two_count;

    liq_live_flagged(left, &one, &one_count);
    liq_live_flagged(right, &two, &two_count);
    cr_assert_eq(one_count, two_count, "%s", what);
    for (uint32_t i = 0; i < one_count; i++)
        row_compare(left, one[i], right, two[i], what);
    liq_live_unvalued(left, &one, &one_count);
    liq_live_unvalued(right, &two, &two_count);
    cr_assert_eq(one_count, two_count, "%s", what);
    for (uint32_t i = 0; i < one_count; i++)
        row_compare(left, one[i], right, two[i], what);
}

static void row_compare(const liq_live *left, uint32_t left_row, const liq_live *right,
                        uint32_t right_row, const char *what)
{
    const liq_row_key a = liq_live_key(left, left_row);
    const liq_row_key b = liq_live_key(right, right_row);

    cr_assert_str_eq(left->book.accounts[a.account_index].id,
                     right->book.accounts[b.account_index].id, "%s", what);
    cr_assert(a.instrument_index == b.instrument_index && a.is_short == b.is_short, "%s", what);
    cr_assert_arr_eq(&left->results[left_row], &right->results[right_row], sizeof(liq_row_record),
                     "%s", what);
}

static uint32_t warned_compare(const liq_live *left, const liq_live *right, const char *what)
{
    uint32_t one_count;
    uint32_t two_count;
    uint32_t *one = warned_sorted(left, &one_count);
    uint32_t *two = warned_sorted(right, &two_count);

    cr_assert_eq(one_count, two_count, "%s: %u, %u warned", what, one_count, two_count);
    for (uint32_t i = 0; i < one_count; i++) {
        const liq_row_key a = liq_live_key(left, one[i]);
        const liq_row_key b = liq_live_key(right, two[i]);

        cr_assert_str_eq(left->book.accounts[a.account_index].id,
                         right->book.accounts[b.account_index].id, "%s", what);
        cr_assert(a.instrument_index == b.instrument_index && a.is_short == b.is_short, "%s", what);
    }
    free(one);
    free(two);
    return one_count;
}

static uint32_t *warned_sorted(const liq_live *live, uint32_t *count)
{
    const uint32_t *rows;
    uint32_t *sorted;

    liq_live_warned(live, &rows, count);
    sorted = calloc(*count + 1U, sizeof *sorted);
    cr_assert_not_null(sorted);
    memcpy(sorted, rows, *count * sizeof *sorted);
    qsort_r(sorted, *count, sizeof *sorted, compare_rows, (void *)(uintptr_t)live);
    return sorted;
}

static int compare_rows(const void *left, const void *right, void *live)
{
    const liq_live *of = live;
    const liq_row_key a = liq_live_key(of, *(const uint32_t *)left);
    const liq_row_key b = liq_live_key(of, *(const uint32_t *)right);
    const int order = liq_live_book_compare(&of->book, a.account_index, b.account_index);

    if (order != 0)
        return order;
    if (a.instrument_index != b.instrument_index)
        return a.instrument_index < b.instrument_index ? -1 : 1;
    return (int)a.is_short - (int)b.is_short;
}
