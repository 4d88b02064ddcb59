#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "book/live_hash.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/truth.h"
#include "share.h"
#include "support_live.h"
#include "support_random_book.h"

enum {
    BOOKS = 64 / LIQ_TEST_SHARE,
    TICKS = 500,
    CHECKED_EVERY = 20,
    BATCH = 6,
    MORE_ACCOUNTS = 20
};

/* The rows of an account, one after the other, against those of the fresh book. */
static void expect_rows(const liq_live *live, const liq_book *book, const liq_rows *rows,
                        const liq_row_record *fresh, uint64_t seed)
{
    uint32_t i = 0;

    while (i < rows->row_count) {
        const uint32_t index = rows->keys[i].account_index;
        const char *id = liq_names_get(book->account_names, index);
        uint32_t row;

        cr_assert(liq_live_book_find(&live->book, liq_text_of(id), &row));
        for (; i < rows->row_count && rows->keys[i].account_index == index; i++) {
            cr_assert_neq(row, LIQ_NO_INDEX, "seed %lu: %s lacks a row", seed, id);
            cr_assert_eq(liq_live_key(live, row).instrument_index, rows->keys[i].instrument_index);
            cr_assert_eq(liq_live_key(live, row).is_short, rows->keys[i].is_short);
            cr_assert_arr_eq(&live->results[row], &fresh[i], sizeof fresh[i],
                             "seed %lu: row %u of %s differs", seed, i, id);
            row = live->row_next[row];
        }
        cr_assert_eq(row, LIQ_NO_INDEX, "seed %lu: %s has a row too many", seed, id);
    }
}

static void expect_list(const liq_live *live, const uint32_t *listed, uint32_t listed_count,
                        const liq_book *book, const liq_rows *rows, const uint32_t *fresh,
                        uint32_t fresh_count)
{
    cr_assert_eq(listed_count, fresh_count);
    for (uint32_t i = 0; i < fresh_count; i++) {
        const liq_row_key *key = &rows->keys[fresh[i]];
        liq_scan_row row;

        liq_live_row(live, listed[i], &row);
        cr_assert_str_eq(row.account, liq_names_get(book->account_names, key->account_index));
        cr_assert_eq(row.instrument == NULL, key->instrument_index == LIQ_NO_INDEX);
        if (row.instrument != NULL)
            cr_assert_str_eq(row.instrument,
                             liq_names_get(book->venue.instrument_names, key->instrument_index));
        cr_assert_eq(row.is_short, key->is_short);
    }
}

static void expect_totals(const liq_live *live, const liq_row_record *fresh, uint32_t count)
{
    liq_live_totals totals = {0};

    for (uint32_t i = 0; i < count; i++) {
        totals.equity += fresh[i].equity;
        totals.maintenance += fresh[i].maintenance;
        totals.notional += fresh[i].notional;
        totals.by_status[fresh[i].status]++;
    }
    cr_assert(totals.equity == live->totals.equity);
    cr_assert(totals.maintenance == live->totals.maintenance);
    cr_assert(totals.notional == live->totals.notional);
    cr_assert_arr_eq(totals.by_status, live->totals.by_status, sizeof totals.by_status);
}

/* What is open is kept as positions come and go. */
static void expect_open(const liq_live *live, const liq_book *book, uint64_t seed)
{
    for (uint32_t i = 0; i < book->venue.instrument_count; i++) {
        liq_int128 lots = 0;

        for (uint64_t n = 0; n < book->position_count; n++)
            if (book->positions[n].instrument_index == i && book->positions[n].quantity_lots > 0)
                lots += book->positions[n].quantity_lots;
        cr_assert(lots == live->book.long_lots[i], "seed %lu: instrument %u", seed, i);
    }
}

/* Everything that the live book says, against a book made and valued from scratch. */
static void expect_rebuild(liq_live *live, const liq_model *model, uint64_t seed)
{
    liq_market market = {0};
    liq_rows rows = {0};
    liq_row_record *fresh;
    uint32_t *list;
    const uint32_t *listed;
    uint32_t listed_count;
    uint32_t unvalued = 0;
    uint64_t kept[2];
    uint64_t anew[2];
    liq_book book;

    liq_live_state_hash(live, kept);
    liq_live_hash_all(anew, &live->book);
    cr_assert_arr_eq(kept, anew, sizeof kept, "seed %lu: the hash is another", seed);
    liq_model_book_create(model, &book);
    expect_open(live, &book, seed);
    cr_assert_eq(liq_market_create(&market, &book, NULL), LIQ_OK);
    cr_assert_eq(liq_rows_create(&rows, &book, NULL, NULL), LIQ_OK);
    fresh = calloc(rows.row_count + 1U, sizeof *fresh);
    list = calloc(rows.row_count + 1U, sizeof *list);
    cr_assert(fresh != NULL && list != NULL);
    liq_truth_scan(&market, &rows, fresh);
    expect_rows(live, &book, &rows, fresh, seed);
    expect_totals(live, fresh, rows.row_count);
    liq_live_flagged(live, &listed, &listed_count);
    expect_list(live, listed, listed_count, &book, &rows, list,
                liq_flagged_list(fresh, rows.row_count, list));
    for (uint32_t i = 0; i < rows.row_count; i++)
        if (fresh[i].status == LIQ_ROW_UNVALUED)
            list[unvalued++] = i;
    liq_live_unvalued(live, &listed, &listed_count);
    expect_list(live, listed, listed_count, &book, &rows, list, unvalued);
    free(fresh);
    free(list);
    liq_rows_clear(&rows);
    liq_market_clear(&market);
    liq_model_book_destroy(&book);
}

/* A batch, one in five of them with an event at its end that must be refused, and all with it. */
static void batch_play(liq_live *live, liq_model *model, liq_model *trial, liq_random *random)
{
    static const liq_live_event wrong = {.kind = LIQ_LIVE_BALANCE, .account = "nobody"};
    const uint32_t count = (uint32_t)liq_random_below(random, BATCH + 1);
    const bool refused = liq_random_once_in(random, 5);
    liq_model_event drawn[BATCH];
    liq_live_event events[BATCH + 1];
    uint64_t before[2];
    uint64_t behind[2];
    liq_error err = {0};

    *trial = *model;
    for (uint32_t i = 0; i < count; i++) {
        liq_model_event_draw(trial, random, &drawn[i]);
        liq_model_apply(trial, &drawn[i]);
        events[i] = drawn[i].event;
    }
    events[count] = wrong;
    if (refused) {
        liq_live_state_hash(live, before);
        cr_assert_eq(liq_live_apply(live, events, count + 1, &err), LIQ_NOT_FOUND);
        liq_live_state_hash(live, behind);
        cr_assert_arr_eq(before, behind, sizeof before);
        return;
    }
    cr_assert_eq(liq_live_apply(live, events, count, &err), LIQ_OK, "%s", err.message);
    *model = *trial;
}

/* Tight limits every other time, so that a tick may value a large share of all rows there can be.
 */
static void book_play(uint64_t seed, liq_random_options options, liq_model *model, liq_model *trial,
                      uint64_t *flagged)
{
    const liq_live_options tight = {
        .limits = {.accounts_max = 128, .entries_max = 2048, .events_max = BATCH + 1},
        .exact_all = 1};
    liq_random random = liq_random_make(seed ^ 0x5bd1e995u);
    liq_live *live = NULL;
    liq_live_summary summary;
    liq_error err = {0};
    liq_book book;

    liq_random_book_create(&book, seed, options);
    liq_model_start(model, &book, MORE_ACCOUNTS);
    cr_assert_eq(liq_live_create(&live, &book, &tight, &err), LIQ_OK, "%s", err.message);
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        for (uint64_t n = liq_random_below(&random, 3); n > 0 && tick > 0; n--)
            batch_play(live, model, trial, &random);
        cr_assert_eq(liq_live_tick(live, &summary, &err), LIQ_OK);
        cr_assert_eq(summary.rows_valued, liq_model_rows_touched(model),
                     "seed %lu, tick %u: %lu rows valued, %lu touched", seed, tick,
                     summary.rows_valued, liq_model_rows_touched(model));
        liq_model_settle(model);
        *flagged += summary.flagged;
        if (tick % CHECKED_EVERY == 0)
            expect_rebuild(live, model, seed);
    }
    expect_rebuild(live, model, seed);
    liq_live_destroy(live);
    liq_random_book_destroy(&book);
}

Test(live_scan, says_what_a_rebuild_says)
{
    const uint64_t seed = liq_random_seed();
    liq_model *models = calloc(2, sizeof *models);
    uint64_t flagged = 0;

    cr_assert_not_null(models);
    for (uint32_t i = 0; i < BOOKS; i++)
        book_play(seed + i, liq_random_options_of(i), &models[0], &models[1], &flagged);
    cr_expect_gt(flagged, TICKS);
    free(models);
}
