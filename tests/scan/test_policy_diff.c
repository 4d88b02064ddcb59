#include "scan/policy_diff.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <liqscan/explain.h>

#include "book/lot_value.h"
#include "scan/flagged.h"
#include "scan/policy_venue.h"
#include "scan/truth.h"
#include "support_book_files.h"
#include "support_random_book.h"

enum { BOOKS = 128 };

/* One book under two venues, and what scans of books loaded from files say. */
typedef struct diff_bench {
    liq_book *source;
    liq_book *loaded; /* from files, under the second venue */
    liq_book *target; /* the source, put under it */
    liq_market source_market;
    liq_market loaded_market;
    liq_rows source_rows;
    liq_rows loaded_rows;
    liq_policy_diff diff;
    uint64_t seed;
} diff_bench;

static void drop_marks_out_of_range(liq_book *book)
{
    int64_t value;

    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (book->instrument_marks[i].digits > 0 &&
            (!liq_lot_value(&value, &book->venue, i, book->instrument_marks[i], LIQ_ROUND_FLOOR) ||
             !liq_lot_value(&value, &book->venue, i, book->instrument_marks[i], LIQ_ROUND_CEIL)))
            book->instrument_marks[i] = (liq_decimal){0};
}

static liq_decimal scaled(liq_decimal rate, int64_t per_cent)
{
    liq_decimal out;

    if (rate.digits > INT64_MAX / 1000 / per_cent ||
        !liq_decimal_from_units(&out, rate.digits * per_cent, rate.decimals + 2) ||
        out.decimals > 18)
        return rate;
    return out;
}

/* Other rates, weights and levels; rates of one instrument by one factor, so that they still rise.
 */
static void venue_change(liq_venue *venue, liq_random *random)
{
    const int64_t weight = liq_random_between(random, 50, 100);

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_instrument *instrument = &venue->instruments[i];
        const int64_t per_cent = liq_random_between(random, 40, 250);

        if (liq_random_once_in(random, 3))
            continue;
        for (uint32_t j = 0; j < instrument->tier_count; j++) {
            liq_tier *tier = &venue->tiers[instrument->tier_first + j];
            const liq_decimal maintenance = scaled(tier->maintenance_rate, per_cent);
            const liq_decimal initial = scaled(tier->initial_rate, per_cent);

            tier->maintenance_rate = maintenance;
            tier->initial_rate = initial;
        }
    }
    for (uint32_t i = 0; i < venue->slice_count; i++)
        venue->slices[i].weight = venue->slices[i].weight * weight / 100;
    venue->slices[venue->assets[0].slice_first].weight = 10000;
}

static liq_book *written(const liq_book *book)
{
    char directory[] = "/tmp/liqscan-diff-XXXXXX";
    liq_book *out = NULL;

    cr_assert_not_null(mkdtemp(directory));
    liq_book_files_write(book, directory);
    if (liq_book_load(&out, directory, NULL, NULL) != LIQ_OK)
        out = NULL;
    liq_book_files_remove(directory);
    return out;
}

static bool bench_make(diff_bench *bench, uint64_t number, uint64_t seed)
{
    liq_random random = liq_random_make(seed);
    liq_error err = {0};
    char *text;
    liq_book book;

    *bench = (diff_bench){.seed = seed};
    liq_random_book_create(&book, seed, liq_random_options_of(number));
    drop_marks_out_of_range(&book);
    cr_assert_not_null(bench->source = written(&book));
    venue_change(&book.venue, &random);
    bench->loaded = written(&book);
    liq_random_book_destroy(&book);
    if (bench->loaded == NULL)
        return false;
    text = strndup(bench->loaded->venue_text, bench->loaded->venue_bytes);
    cr_assert_eq(liq_book_under_venue(&bench->target, bench->source, "b", text, &err), LIQ_OK,
                 "seed %llu: %s", (unsigned long long)seed, err.message);
    free(text);
    cr_assert_eq(liq_market_create(&bench->source_market, bench->source, NULL), LIQ_OK);
    cr_assert_eq(liq_market_create(&bench->loaded_market, bench->loaded, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench->source_rows, bench->source, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&bench->loaded_rows, bench->loaded, NULL, NULL), LIQ_OK);
    cr_assert_eq(liq_policy_diff_create(&bench->diff, bench->source, bench->target, NULL, &err),
                 LIQ_OK, "%s", err.message);
    return true;
}

static void bench_clear(diff_bench *bench)
{
    liq_policy_diff_clear(&bench->diff);
    liq_rows_clear(&bench->source_rows);
    liq_rows_clear(&bench->loaded_rows);
    liq_market_clear(&bench->source_market);
    liq_market_clear(&bench->loaded_market);
    liq_book_destroy(bench->source);
    liq_book_destroy(bench->target);
    liq_book_destroy(bench->loaded);
}

static void change_count(liq_diff_change *change, liq_int128 source, liq_int128 target)
{
    change->source += source;
    change->target += target;
    change->risen += target > source ? target - source : 0;
    change->fallen += source > target ? source - target : 0;
}

/* What an account would have to bring. */
static liq_int128 lack(int64_t requirement, int64_t equity)
{
    return requirement > equity ? (liq_int128)requirement - equity : 0;
}

static void rows_check(const diff_bench *bench)
{
    const liq_policy_diff *diff = &bench->diff;
    uint64_t transitions[LIQ_DIFF_STATUSES][LIQ_DIFF_STATUSES] = {{0}};
    liq_diff_sums sums = {0};
    uint32_t changed = 0;

    for (uint32_t i = 0; i < bench->source_rows.row_count; i++) {
        const liq_row_record source = liq_truth_row(&bench->source_market, &bench->source_rows, i);
        const liq_row_record target = liq_truth_row(&bench->loaded_market, &bench->loaded_rows, i);

        cr_assert_arr_eq(&source, &diff->source_results[i], sizeof source);
        cr_assert_arr_eq(&target, &diff->target_results[i], sizeof target, "seed %llu row %u",
                         (unsigned long long)bench->seed, i);
        transitions[source.status][target.status]++;
        changed += memcmp(&source, &target, sizeof source) != 0 &&
                   (source.status != LIQ_ROW_UNVALUED || target.status != LIQ_ROW_UNVALUED);
        if (source.status == LIQ_ROW_UNVALUED || target.status == LIQ_ROW_UNVALUED)
            continue;
        change_count(&sums.equity, source.equity, target.equity);
        change_count(&sums.maintenance, source.maintenance, target.maintenance);
        change_count(&sums.initial, source.initial, target.initial);
        change_count(&sums.maintenance_lack, lack(source.maintenance, source.equity),
                     lack(target.maintenance, target.equity));
        change_count(&sums.initial_lack, lack(source.initial, source.equity),
                     lack(target.initial, target.equity));
    }
    cr_assert_arr_eq(transitions, diff->transitions, sizeof transitions);
    cr_assert_arr_eq(&sums.equity, &diff->sums.equity, sizeof sums.equity);
    cr_assert_arr_eq(&sums.maintenance, &diff->sums.maintenance, sizeof sums.maintenance);
    cr_assert_arr_eq(&sums.initial, &diff->sums.initial, sizeof sums.initial);
    cr_assert_arr_eq(&sums.maintenance_lack, &diff->sums.maintenance_lack,
                     sizeof sums.maintenance_lack);
    cr_assert_arr_eq(&sums.initial_lack, &diff->sums.initial_lack, sizeof sums.initial_lack);
    cr_assert_eq(changed, diff->row_count);
}

/* What rows of one kind are ordered by, largest first. */
static int64_t size_of(const diff_bench *bench, const liq_diff_row *row)
{
    const liq_row_record *source = &bench->diff.source_results[row->source];
    const liq_row_record *target = &bench->diff.target_results[row->target];

    if (row->kind == LIQ_DIFF_SAME_STATUS)
        return llabs(source->maintenance - target->maintenance);
    return row->kind == LIQ_DIFF_UNVALUED ? source->notional : target->notional;
}

static void order_check(const diff_bench *bench)
{
    const liq_policy_diff *diff = &bench->diff;

    for (uint32_t i = 0; i < diff->row_count; i++) {
        const liq_diff_row *row = &diff->rows[i];
        const liq_row_record *source = &diff->source_results[row->source];
        const liq_row_record *target = &diff->target_results[row->target];

        cr_assert(i == 0 || diff->rows[i - 1].kind <= row->kind);
        cr_assert_eq(row->kind == LIQ_DIFF_LIQUIDATABLE,
                     liq_flagged_status(target->status) && !liq_flagged_status(source->status));
        cr_assert_eq(row->kind == LIQ_DIFF_RELEASED,
                     liq_flagged_status(source->status) && target->status < LIQ_ROW_LIQUIDATE);
        if (row->kind == LIQ_DIFF_WARNED)
            cr_assert(target->status == LIQ_ROW_WARNING || target->status == LIQ_ROW_REDUCE_ONLY);
        if (row->kind == LIQ_DIFF_SAME_STATUS)
            cr_assert_eq(source->status, target->status);
        if (i == 0 || diff->rows[i - 1].kind != row->kind)
            continue;
        cr_assert_geq(size_of(bench, &diff->rows[i - 1]), size_of(bench, row), "seed %llu row %u",
                      (unsigned long long)bench->seed, i);
        if (size_of(bench, &diff->rows[i - 1]) == size_of(bench, row))
            cr_assert_lt(diff->rows[i - 1].source, row->source);
    }
}

/* What explain says of each position, at the index price of its settle asset. */
static void parts_count(const diff_bench *bench, const liq_book *book, double *maintenance)
{
    for (uint32_t i = 0; i < book->account_count; i++) {
        liq_explanation *explanation = NULL;

        cr_assert_eq(liq_explain(&explanation, book, liq_names_get(book->account_names, i), NULL),
                     LIQ_OK);
        for (uint32_t j = 0; j < liq_explanation_margins(explanation); j++) {
            const liq_explain_margin *margin = liq_explanation_margin(explanation, j);
            uint32_t row = 0;

            while (bench->diff.source_rows.keys[row].account_index != i)
                row++;
            row += j; /* rows of an account come in the order of margins */
            if (bench->diff.source_results[row].status == LIQ_ROW_UNVALUED ||
                bench->diff.target_results[row].status == LIQ_ROW_UNVALUED)
                continue;
            for (uint32_t k = 0; k < margin->position_count; k++) {
                const liq_explain_position *line = liq_explanation_position(explanation, j, k);
                uint32_t instrument;
                uint32_t asset;
                liq_decimal index;

                cr_assert(liq_names_find(book->venue.instrument_names,
                                         liq_text_of(line->instrument), &instrument));
                asset = book->venue.instruments[instrument].settle_index;
                index = book->asset_indices[asset];
                maintenance[instrument] +=
                    strtod(line->maintenance_margin, NULL) *
                    (asset == 0 ? 1 : (double)index.digits * pow(10, -index.decimals));
            }
        }
        liq_explanation_destroy(explanation);
    }
}

/* Parts and what rounding adds are the totals, before and after. */
static void rest_check(const diff_bench *bench, const liq_diff_change *total,
                       const liq_diff_change *rest, size_t part)
{
    const liq_policy_diff *diff = &bench->diff;
    liq_int128 source = rest->source;
    liq_int128 target = rest->target;

    for (uint32_t i = 0; i < bench->source->venue.instrument_count; i++) {
        const liq_diff_change *own =
            (const liq_diff_change *)((const char *)&diff->instruments[i] + part);

        source += own->source;
        target += own->target;
    }
    cr_assert(source == total->source && target == total->target);
    cr_assert(rest->source >= 0 && rest->target >= 0);
    cr_assert(rest->risen == (rest->target > rest->source ? rest->target - rest->source : 0));
    cr_assert(rest->fallen == (rest->source > rest->target ? rest->source - rest->target : 0));
}

static void parts_check(const diff_bench *bench)
{
    const liq_policy_diff *diff = &bench->diff;
    const uint32_t count = bench->source->venue.instrument_count;
    const double unit = pow(10, -bench->source->venue.cash_decimals);
    double *source = calloc(count, sizeof *source);
    double *target = calloc(count, sizeof *target);

    cr_assert(source != NULL && target != NULL);
    parts_count(bench, bench->source, source);
    parts_count(bench, bench->loaded, target);
    for (uint32_t i = 0; i < count; i++) {
        const liq_diff_instrument *part = &diff->instruments[i];

        cr_assert_float_eq((double)part->maintenance.source * unit, source[i],
                           1e-9 * source[i] + 2 * unit, "seed %llu",
                           (unsigned long long)bench->seed);
        cr_assert_float_eq((double)part->maintenance.target * unit, target[i],
                           1e-9 * target[i] + 2 * unit);
        cr_assert_float_eq((double)(part->maintenance.target - part->maintenance.source),
                           (double)(part->maintenance.risen - part->maintenance.fallen), 2);
    }
    rest_check(bench, &diff->sums.maintenance, &diff->rounding.maintenance,
               offsetof(liq_diff_instrument, maintenance));
    rest_check(bench, &diff->sums.initial, &diff->rounding.initial,
               offsetof(liq_diff_instrument, initial));
    free(source);
    free(target);
}

Test(policy_diff, says_what_scans_of_both_books_say)
{
    const uint64_t seed = liq_random_seed();
    uint32_t compared = 0;
    uint64_t kinds[LIQ_DIFF_KINDS] = {0};

    for (uint64_t i = 0; i < BOOKS; i++) {
        diff_bench bench;

        if (bench_make(&bench, i, seed + i)) {
            rows_check(&bench);
            order_check(&bench);
            parts_check(&bench);
            for (int j = 0; j < LIQ_DIFF_KINDS; j++)
                kinds[j] += bench.diff.kinds[j];
            compared++;
        }
        bench_clear(&bench);
    }
    cr_expect_gt(compared, BOOKS / 2);
    cr_expect_gt(kinds[LIQ_DIFF_LIQUIDATABLE] + kinds[LIQ_DIFF_RELEASED] + kinds[LIQ_DIFF_WARNED],
                 5);
    cr_expect_gt(kinds[LIQ_DIFF_SAME_STATUS], 100);
}

Test(policy_diff, finds_no_change_under_the_same_venue)
{
    const uint64_t seed = liq_random_seed();

    for (uint64_t i = 0; i < 16; i++) {
        liq_policy_diff diff;
        liq_book *source;
        liq_book *target = NULL;
        liq_error err = {0};
        liq_book book;
        char *text;

        liq_random_book_create(&book, seed + i, liq_random_options_of(i));
        drop_marks_out_of_range(&book);
        cr_assert_not_null(source = written(&book));
        liq_random_book_destroy(&book);
        text = strndup(source->venue_text, source->venue_bytes);
        cr_assert_eq(liq_book_under_venue(&target, source, "b", text, &err), LIQ_OK);
        free(text);
        cr_assert_eq(liq_policy_diff_create(&diff, source, target, NULL, &err), LIQ_OK);
        cr_assert_eq(diff.row_count, 0);
        cr_assert_eq(diff.kinds[LIQ_DIFF_UNCHANGED], diff.source_rows.row_count);
        liq_policy_diff_clear(&diff);
        liq_book_destroy(target);
        liq_book_destroy(source);
    }
}
