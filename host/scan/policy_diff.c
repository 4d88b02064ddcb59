#include "scan/policy_diff.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/flagged.h"
#include "scan/policy_parts.h"
#include "scan/truth.h"

enum { REPORT_EVERY_ROWS = 65536 };

/* A row of the list, with what orders it. */
typedef struct ranked_row {
    uint64_t size;
    liq_diff_row row;
} ranked_row;

/* A comparison under way. */
typedef struct diff_work {
    liq_policy_diff *diff;
    liq_market source_market;
    liq_market target_market;
    liq_policy_parts parts;
    uint32_t *to_target; /* instruments */
    ranked_row *ranked;
    const liq_progress *progress;
} diff_work;

static liq_status work_start(diff_work *work, liq_error *err);
static void work_clear(diff_work *work);
static liq_status rows_compare(diff_work *work, liq_error *err);
static uint32_t row_match(const diff_work *work, uint32_t source, uint32_t first, uint32_t end);
static uint64_t key_order(liq_row_key key);
static void row_compare(diff_work *work, uint32_t source, uint32_t target);
static liq_diff_kind kind_of(const liq_row_record *source, const liq_row_record *target);
static bool amounts_equal(const liq_row_record *source, const liq_row_record *target);
static uint64_t size_of_change(liq_diff_kind kind, const liq_row_record *source,
                               const liq_row_record *target);
static void sums_add(liq_diff_sums *sums, const liq_row_record *source,
                     const liq_row_record *target);
static void change_add(liq_diff_change *change, liq_int128 source, liq_int128 target);
static liq_int128 lack_of(int64_t requirement, int64_t equity);
static void instruments_read(diff_work *work);
static void part_take(liq_diff_change *rest, const liq_diff_change *part);
static liq_status rows_order(diff_work *work, liq_error *err);
static int compare_ranked(const void *left, const void *right);

liq_status liq_policy_diff_create(liq_policy_diff *out, const liq_book *source,
                                  const liq_book *target, const liq_progress *progress,
                                  liq_error *err)
{
    liq_policy_diff diff = {.source = source, .target = target};
    diff_work work = {.diff = &diff, .progress = progress};
    liq_status status;

    LIQ_ASSERT(source->account_count == target->account_count);
    LIQ_ASSERT(source->position_count == target->position_count);
    if (source->venue.cash_decimals != target->venue.cash_decimals)
        return liq_fail(err, LIQ_BAD_INPUT, 0,
                        "cash_decimals is %d under the one and %d under the other: amounts would "
                        "be rounded differently",
                        source->venue.cash_decimals, target->venue.cash_decimals);
    if ((status = work_start(&work, err)) != LIQ_OK ||
        (status = rows_compare(&work, err)) != LIQ_OK)
        goto done;
    instruments_read(&work);
    if ((status = rows_order(&work, err)) != LIQ_OK)
        goto done;
    liq_rows_drop_entries(&diff.source_rows);
    liq_rows_drop_entries(&diff.target_rows);
    *out = diff;
    diff = (liq_policy_diff){0}; /* given away */
done:
    work_clear(&work);
    liq_policy_diff_clear(&diff);
    return status;
}

void liq_policy_diff_clear(liq_policy_diff *diff)
{
    liq_rows_clear(&diff->source_rows);
    liq_rows_clear(&diff->target_rows);
    free(diff->source_results);
    free(diff->target_results);
    free(diff->instruments);
    free(diff->rows);
    *diff = (liq_policy_diff){0};
}

const char *liq_diff_kind_name(liq_diff_kind kind)
{
    static const char *const names[LIQ_DIFF_KINDS] = {
        "newly_unvalued", "newly_liquidatable", "worse",    "newly_warned", "released",
        "eased",          "same_status",        "unchanged"};

    LIQ_ASSERT(kind < LIQ_DIFF_KINDS);
    return names[kind];
}

static liq_status work_start(diff_work *work, liq_error *err)
{
    liq_policy_diff *diff = work->diff;
    const liq_venue *venue = &diff->source->venue;
    liq_status status;

    if ((status = liq_market_create(&work->source_market, diff->source, err)) != LIQ_OK ||
        (status = liq_market_create(&work->target_market, diff->target, err)) != LIQ_OK ||
        (status = liq_policy_parts_create(&work->parts, venue, &diff->target->venue, err)) !=
            LIQ_OK ||
        (status = liq_rows_create(&diff->source_rows, diff->source, work->progress, err)) !=
            LIQ_OK ||
        (status = liq_rows_create(&diff->target_rows, diff->target, work->progress, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&diff->source_results, diff->source_rows.row_count,
                                   sizeof *diff->source_results, err)) != LIQ_OK ||
        (status = liq_memory_array(&diff->target_results, diff->target_rows.row_count,
                                   sizeof *diff->target_results, err)) != LIQ_OK ||
        (status = liq_memory_array(&diff->instruments, venue->instrument_count,
                                   sizeof *diff->instruments, err)) != LIQ_OK ||
        (status = liq_memory_array(&work->to_target, venue->instrument_count,
                                   sizeof *work->to_target, err)) != LIQ_OK ||
        (status = liq_memory_array(&work->ranked, diff->source_rows.row_count, sizeof *work->ranked,
                                   err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        if (!liq_names_find(diff->target->venue.instrument_names,
                            liq_names_text(venue->instrument_names, i), &work->to_target[i]))
            work->to_target[i] = LIQ_NO_INDEX;
    return LIQ_OK;
}

static void work_clear(diff_work *work)
{
    liq_market_clear(&work->source_market);
    liq_market_clear(&work->target_market);
    liq_policy_parts_clear(&work->parts);
    free(work->to_target);
    free(work->ranked);
}

/* Both have the same accounts in the same order, each with as many rows; only the isolated ones of
   an account may come in another order. */
static liq_status rows_compare(diff_work *work, liq_error *err)
{
    const liq_rows *rows = &work->diff->source_rows;
    uint32_t first = 0; /* isolated row of the account */
    uint32_t end = 0;

    LIQ_ASSERT(rows->row_count == work->diff->target_rows.row_count);
    for (uint32_t i = 0; i < rows->row_count; i++) {
        const bool is_cross = rows->keys[i].instrument_index == LIQ_NO_INDEX;

        if (work->progress != NULL && i % REPORT_EVERY_ROWS == 0 &&
            !work->progress->report(work->progress->context, "margin accounts", i, rows->row_count))
            return liq_fail(err, LIQ_INTERRUPTED, 0, "stopped while valuing margin accounts");
        if (is_cross)
            for (first = i + 1, end = first;
                 end < rows->row_count && rows->keys[end].instrument_index != LIQ_NO_INDEX;)
                end++;
        row_compare(work, i, is_cross ? i : row_match(work, i, first, end));
    }
    return LIQ_OK;
}

/* The same isolated position among the rows first .. end of the target, which are sorted. */
static uint32_t row_match(const diff_work *work, uint32_t source, uint32_t first, uint32_t end)
{
    const liq_row_key *keys = work->diff->target_rows.keys;
    liq_row_key wanted = work->diff->source_rows.keys[source];

    wanted.instrument_index = work->to_target[wanted.instrument_index];
    while (first < end) {
        const uint32_t middle = first + (end - first) / 2;

        if (key_order(keys[middle]) < key_order(wanted))
            first = middle + 1;
        else
            end = middle;
    }
    LIQ_ASSERT(key_order(keys[first]) == key_order(wanted));
    return first;
}

static uint64_t key_order(liq_row_key key)
{
    return (uint64_t)key.instrument_index << 1 | (key.is_short != 0);
}

static void row_compare(diff_work *work, uint32_t source, uint32_t target)
{
    liq_policy_diff *diff = work->diff;
    const liq_row_record before = liq_truth_row(&work->source_market, &diff->source_rows, source);
    const liq_row_record behind = liq_truth_row(&work->target_market, &diff->target_rows, target);
    const liq_diff_kind kind = kind_of(&before, &behind);

    LIQ_ASSERT(diff->source_rows.keys[source].account_index ==
               diff->target_rows.keys[target].account_index);
    diff->source_results[source] = before;
    diff->target_results[target] = behind;
    diff->transitions[before.status][behind.status]++;
    diff->kinds[kind]++;
    if (kind != LIQ_DIFF_UNCHANGED)
        work->ranked[diff->row_count++] =
            (ranked_row){.size = size_of_change(kind, &before, &behind),
                         .row = {.source = source, .target = target, .kind = kind}};
    if (before.status == LIQ_ROW_UNVALUED || behind.status == LIQ_ROW_UNVALUED)
        return;
    diff->rows_compared++;
    sums_add(&diff->sums, &before, &behind);
    liq_policy_parts_add(&work->parts, &work->source_market, &diff->source_rows, source, false);
    liq_policy_parts_add(&work->parts, &work->target_market, &diff->target_rows, target, true);
    liq_policy_parts_end(&work->parts);
}

static liq_diff_kind kind_of(const liq_row_record *source, const liq_row_record *target)
{
    const bool was_valued = source->status != LIQ_ROW_UNVALUED;
    const bool was_flagged = liq_flagged_status(source->status);

    if (target->status == LIQ_ROW_UNVALUED)
        return was_valued ? LIQ_DIFF_UNVALUED : LIQ_DIFF_UNCHANGED;
    if (liq_flagged_status(target->status) && !was_flagged)
        return LIQ_DIFF_LIQUIDATABLE;
    if (was_valued && target->status == source->status)
        return amounts_equal(source, target) ? LIQ_DIFF_UNCHANGED : LIQ_DIFF_SAME_STATUS;
    if (was_valued && target->status > source->status)
        return was_flagged ? LIQ_DIFF_WORSE : LIQ_DIFF_WARNED;
    if (!was_valued && target->status != LIQ_ROW_OK)
        return LIQ_DIFF_WARNED;
    return was_flagged && !liq_flagged_status(target->status) ? LIQ_DIFF_RELEASED : LIQ_DIFF_EASED;
}

static bool amounts_equal(const liq_row_record *source, const liq_row_record *target)
{
    return source->equity == target->equity && source->maintenance == target->maintenance &&
           source->initial == target->initial && source->notional == target->notional;
}

/* By what rows of one kind are ordered. */
static uint64_t size_of_change(liq_diff_kind kind, const liq_row_record *source,
                               const liq_row_record *target)
{
    if (kind == LIQ_DIFF_SAME_STATUS)
        return source->maintenance > target->maintenance
                   ? (uint64_t)source->maintenance - (uint64_t)target->maintenance
                   : (uint64_t)target->maintenance - (uint64_t)source->maintenance;
    return (uint64_t)(kind == LIQ_DIFF_UNVALUED ? source->notional : target->notional);
}

static void sums_add(liq_diff_sums *sums, const liq_row_record *source,
                     const liq_row_record *target)
{
    change_add(&sums->equity, source->equity, target->equity);
    change_add(&sums->maintenance, source->maintenance, target->maintenance);
    change_add(&sums->initial, source->initial, target->initial);
    change_add(&sums->maintenance_lack, lack_of(source->maintenance, source->equity),
               lack_of(target->maintenance, target->equity));
    change_add(&sums->initial_lack, lack_of(source->initial, source->equity),
               lack_of(target->initial, target->equity));
}

static void change_add(liq_diff_change *change, liq_int128 source, liq_int128 target)
{
    change->source += source;
    change->target += target;
    if (target > source)
        change->risen += target - source;
    else
        change->fallen += source - target;
}

static liq_int128 lack_of(int64_t requirement, int64_t equity)
{
    return requirement > equity ? (liq_int128)requirement - equity : 0;
}

/* What the parts of all instruments leave of the totals is what rounding added. */
static void instruments_read(diff_work *work)
{
    liq_policy_diff *diff = work->diff;

    diff->rounding.maintenance = diff->sums.maintenance;
    diff->rounding.initial = diff->sums.initial;
    for (uint32_t i = 0; i < diff->source->venue.instrument_count; i++) {
        liq_policy_parts_read(&work->parts, i, &diff->instruments[i]);
        part_take(&diff->rounding.maintenance, &diff->instruments[i].maintenance);
        part_take(&diff->rounding.initial, &diff->instruments[i].initial);
    }
}

static void part_take(liq_diff_change *rest, const liq_diff_change *part)
{
    rest->source -= part->source;
    rest->target -= part->target;
    rest->risen = rest->target > rest->source ? rest->target - rest->source : 0;
    rest->fallen = rest->source > rest->target ? rest->source - rest->target : 0;
}

static liq_status rows_order(diff_work *work, liq_error *err)
{
    liq_policy_diff *diff = work->diff;
    const liq_status status =
        liq_memory_array(&diff->rows, diff->row_count, sizeof *diff->rows, err);

    if (status != LIQ_OK)
        return status;
    qsort(work->ranked, diff->row_count, sizeof *work->ranked, compare_ranked);
    for (uint32_t i = 0; i < diff->row_count; i++)
        diff->rows[i] = work->ranked[i].row;
    return LIQ_OK;
}

static int compare_ranked(const void *left, const void *right)
{
    const ranked_row *a = left;
    const ranked_row *b = right;

    if (a->row.kind != b->row.kind)
        return a->row.kind < b->row.kind ? -1 : 1;
    if (a->size != b->size)
        return a->size > b->size ? -1 : 1;
    return (a->row.source > b->row.source) - (a->row.source < b->row.source);
}
