#include <liqscan/settle.h>

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/scanner_rows.h"
#include "settle/advice.h"
#include "settle/settle_internal.h"
#include "settle/settle_look.h"
#include "settle/settle_text.h"

static liq_status waterfall_make(liq_settle *settle, const liq_settle_source *source,
                                 const liq_book *prices, const liq_decimal *depth_marks,
                                 liq_error *err);
static liq_status rows_list(liq_settle *settle, const liq_scanner *scanner,
                            liq_waterfall_input *out, liq_error *err);
static liq_status live_list(liq_settle *settle, liq_waterfall_input *out, liq_error *err);
static liq_status warned_list(liq_settle *settle, liq_waterfall_input *out, liq_error *err);
static void spent_look(liq_settle *settle);
static liq_status live_rows(const liq_settle *settle, liq_settle_row **out, size_t *capacity,
                            const uint32_t *rows, uint32_t count, liq_error *err);
static liq_status run(liq_settle *settle, const liq_waterfall_input *input,
                      liq_settle_summary *summary, liq_error *err);

liq_status liq_settle_create(liq_settle **out, const liq_book *book, liq_error *err)
{
    liq_settle *settle = NULL;
    const liq_status status = liq_memory_array(&settle, 1, sizeof *settle, err);

    if (status != LIQ_OK)
        return status;
    settle->book = book;
    if (!book->venue.policy.liquidation.is_known) {
        /* Said now and not at the run, which has work before it. */
        free(settle);
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "profile \"%s\" of venue \"%s\" has no \"liquidation\": nothing can be "
                        "settled",
                        book->venue.policy.profile, book->venue.name);
    }
    *out = settle;
    return LIQ_OK;
}

liq_status liq_settle_create_live(liq_settle **out, liq_live *live, const liq_book *book,
                                  liq_error *err)
{
    liq_settle *settle = NULL;
    liq_settle_source source;
    liq_status status = liq_settle_create(&settle, book, err);

    if (status != LIQ_OK)
        return status;
    settle->live = live;
    liq_live_source_start(&settle->live_source, live);
    source = liq_live_source_face(&settle->live_source);
    if ((status = waterfall_make(settle, &source, &live->book.prices, live->book.depth_marks,
                                 err)) != LIQ_OK) {
        liq_settle_destroy(settle);
        return status;
    }
    liq_execution_follow(&settle->waterfall.execution, live->book.depth);
    *out = settle;
    return LIQ_OK;
}

void liq_settle_destroy(liq_settle *settle)
{
    if (settle == NULL)
        return;
    liq_waterfall_clear(&settle->waterfall);
    liq_book_source_clear(&settle->book_source);
    liq_live_source_clear(&settle->live_source);
    free(settle->flagged);
    free(settle->warned);
    free(settle->before);
    free(settle);
}

liq_status liq_settle_run(liq_settle *settle, const liq_scanner *scanner, int64_t time_ms,
                          uint64_t tick, liq_settle_summary *summary, liq_error *err)
{
    liq_waterfall_input input = {.now_ms = time_ms, .tick = tick};
    liq_settle_source source;
    liq_status status;

    if (settle->live != NULL || settle->has_run)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        settle->live != NULL ? "the settler is one of a live book"
                                             : "a loaded book is settled once");
    if (liq_scanner_book(scanner) != settle->book)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "the scanner is one of another book");
    settle->has_run = true;
    if ((status =
             liq_book_source_create(&settle->book_source, settle->book, liq_scanner_keys(scanner),
                                    liq_scanner_row_count(scanner), err)) != LIQ_OK)
        return status;
    settle->book_source.results = liq_scanner_results(scanner);
    settle->book_source.device = liq_scanner_device_scan(scanner);
    source = liq_book_source_face(&settle->book_source);
    if ((status = waterfall_make(settle, &source, settle->book, settle->book->depth_marks, err)) !=
            LIQ_OK ||
        (status = rows_list(settle, scanner, &input, err)) != LIQ_OK)
        return status;
    status = run(settle, &input, summary, err);
    /* The scanner may be gone before the settler is. */
    liq_book_source_end(&settle->book_source);
    return status;
}

liq_status liq_settle_run_live(liq_settle *settle, int64_t time_ms, uint64_t tick,
                               liq_settle_summary *summary, liq_error *err)
{
    liq_waterfall_input input = {.now_ms = time_ms, .tick = tick};
    liq_status status;

    if (settle->live == NULL)
        return liq_fail(err, LIQ_UNSUPPORTED, 0, "the settler is one of a loaded book");
    input.notices = settle->notices;
    input.notice_count = settle->notice_count;
    settle->notice_count = 0;
    input.margin_notices = settle->margin_notices;
    input.margin_notice_count = settle->margin_notice_count;
    settle->margin_notice_count = 0;
    settle->has_run = true;
    liq_live_source_renew(&settle->live_source);
    if ((status = live_list(settle, &input, err)) != LIQ_OK ||
        (status = run(settle, &input, summary, err)) != LIQ_OK || settle->waterfall.advice.is_on)
        return status;
    return liq_live_source_apply(&settle->live_source, &settle->waterfall, err);
}

void liq_settle_filter_set(liq_settle *settle, const liq_settle_filter *filter)
{
    LIQ_ASSERT(settle->live != NULL);
    settle->waterfall.filter = filter == NULL ? (liq_settle_filter){0} : *filter;
}

void liq_settle_notices(liq_settle *settle, const liq_settle_notice *notices, uint32_t count)
{
    LIQ_ASSERT(settle->live != NULL);
    settle->notices = notices;
    settle->notice_count = count;
}

void liq_settle_margin_notices(liq_settle *settle, const liq_settle_notice *notices, uint32_t count)
{
    LIQ_ASSERT(settle->live != NULL);
    settle->margin_notices = notices;
    settle->margin_notice_count = count;
}

const liq_waterfall *liq_settle_waterfall(const liq_settle *settle)
{
    LIQ_ASSERT(settle->live != NULL);
    return &settle->waterfall;
}

void liq_settle_time_audit(liq_settle *settle)
{
    settle->times_audit = true;
    settle->waterfall.rooms.audit_is_timed = true;
}

uint64_t liq_settle_action_count(const liq_settle *settle)
{
    return settle->waterfall.action_count;
}

void liq_settle_action_read(const liq_settle *settle, uint64_t index, liq_settle_action *out)
{
    LIQ_ASSERT(index < settle->waterfall.action_count);
    liq_settle_action_write(out, &settle->waterfall, &settle->waterfall.actions[index]);
}

void liq_settle_record_legs(liq_settle *settle)
{
    settle->records_legs = true;
    settle->waterfall.rooms.records_legs = true;
}

uint64_t liq_settle_leg_count(const liq_settle *settle)
{
    return settle->waterfall.rooms.leg_count;
}

void liq_settle_leg_read(const liq_settle *settle, uint64_t index, liq_settle_leg *out)
{
    LIQ_ASSERT(index < settle->waterfall.rooms.leg_count);
    liq_settle_leg_write(out, &settle->waterfall, &settle->waterfall.rooms.legs[index]);
}

uint32_t liq_settle_fund_count(const liq_settle *settle)
{
    return settle->waterfall.funds.fund_count;
}

void liq_settle_fund_read(const liq_settle *settle, uint32_t index, liq_settle_fund *out)
{
    LIQ_ASSERT(index < settle->waterfall.funds.fund_count);
    liq_settle_fund_write(out, &settle->waterfall, index, settle->before[index]);
}

uint32_t liq_settle_adl_count(const liq_settle *settle)
{
    return settle->waterfall.outcome_count;
}

void liq_settle_adl_read(const liq_settle *settle, uint32_t index, liq_settle_adl *out)
{
    LIQ_ASSERT(index < settle->waterfall.outcome_count);
    liq_settle_adl_write(out, &settle->waterfall, &settle->waterfall.outcomes[index]);
}

void liq_settle_total(const liq_settle *settle, liq_settle_summary *out)
{
    liq_settle_summary_write(out, &settle->waterfall, true);
}

int liq_settle_adl_total(const liq_settle *settle, uint32_t side, liq_settle_adl *out)
{
    const liq_waterfall *waterfall = &settle->waterfall;

    LIQ_ASSERT(side < 2 * settle->book->venue.instrument_count);
    if (waterfall->sides == NULL || waterfall->sides[side].report.lots_asked == 0)
        return 0;
    liq_settle_adl_write(out, waterfall, &waterfall->sides[side]);
    return 1;
}

static liq_status waterfall_make(liq_settle *settle, const liq_settle_source *source,
                                 const liq_book *prices, const liq_decimal *depth_marks,
                                 liq_error *err)
{
    const liq_status status =
        liq_waterfall_create(&settle->waterfall, source, prices, settle->book->depth,
                             settle->book->depth_count, depth_marks, err);

    if (status != LIQ_OK)
        return status;
    settle->waterfall.rooms.audit_is_timed = settle->times_audit;
    settle->waterfall.rooms.records_legs = settle->records_legs;
    return liq_memory_array(&settle->before, settle->waterfall.funds.fund_count,
                            sizeof *settle->before, err);
}

/* Flagged rows in their order, and those at a milder level. */
static liq_status rows_list(liq_settle *settle, const liq_scanner *scanner,
                            liq_waterfall_input *out, liq_error *err)
{
    const liq_row_key *keys = liq_scanner_keys(scanner);
    const liq_row_record *results = liq_scanner_results(scanner);
    const uint32_t row_count = liq_scanner_row_count(scanner);
    const uint32_t *rows;
    liq_status status;

    liq_scanner_flagged(scanner, &rows, &out->flagged_count);
    for (uint32_t i = 0; i < row_count; i++)
        out->warned_count +=
            results[i].status == LIQ_ROW_WARNING || results[i].status == LIQ_ROW_REDUCE_ONLY;
    if ((status = liq_memory_extend(&settle->flagged, &settle->flagged_capacity, out->flagged_count,
                                    sizeof *settle->flagged, err)) != LIQ_OK ||
        (status = liq_memory_extend(&settle->warned, &settle->warned_capacity, out->warned_count,
                                    sizeof *settle->warned, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < out->flagged_count; i++)
        settle->flagged[i] = liq_settle_row_of(&keys[rows[i]], &results[rows[i]]);
    out->warned_count = 0;
    for (uint32_t i = 0; i < row_count; i++)
        if (results[i].status == LIQ_ROW_WARNING || results[i].status == LIQ_ROW_REDUCE_ONLY)
            settle->warned[out->warned_count++] = liq_settle_row_of(&keys[i], &results[i]);
    out->flagged = settle->flagged;
    out->warned = settle->warned;
    return LIQ_OK;
}

static liq_status live_list(liq_settle *settle, liq_waterfall_input *out, liq_error *err)
{
    const bool calls = settle->book->venue.policy.liquidation.margin_call;
    const uint32_t *rows;
    liq_status status;

    liq_live_flagged(settle->live, &rows, &out->flagged_count);
    if ((status = live_rows(settle, &settle->flagged, &settle->flagged_capacity, rows,
                            out->flagged_count, err)) != LIQ_OK)
        return status;
    out->flagged = settle->flagged;
    if (!calls)
        return LIQ_OK;
    if ((status = warned_list(settle, out, err)) != LIQ_OK)
        return status;
    if (out->warned_count > 0)
        qsort_r(settle->warned, out->warned_count, sizeof *settle->warned, liq_source_compare_rows,
                &settle->waterfall.source);
    out->warned = settle->warned;
    return LIQ_OK;
}

/* Whoever is held is called when he no longer is, if there is still reason to. */
static liq_status warned_list(liq_settle *settle, liq_waterfall_input *out, liq_error *err)
{
    const liq_settle_filter *filter = &settle->waterfall.filter;
    const uint32_t *rows;
    uint32_t count;
    liq_status status;

    spent_look(settle);
    liq_live_warned(settle->live, &rows, &count);
    if ((status = liq_memory_extend(&settle->warned, &settle->warned_capacity, count,
                                    sizeof *settle->warned, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++) {
        const liq_row_key key = liq_live_key(settle->live, rows[i]);
        liq_row_record result;

        if (filter->holds != NULL && filter->holds(filter->context, key.account_index)) {
            liq_live_warn_later(settle->live, rows[i]);
            continue;
        }
        liq_live_warn_done(settle->live, rows[i]);
        result = liq_live_result(settle->live, rows[i]);
        settle->warned[out->warned_count++] = liq_settle_row_of(&key, &result);
    }
    return LIQ_OK;
}

/* Who comes past liquidation while it is held is told nothing of it, and so is called when it comes
 * back to a milder level; who is liquidated is not. */
static void spent_look(liq_settle *settle)
{
    const liq_settle_filter *filter = &settle->waterfall.filter;
    const uint32_t *rows;
    uint32_t count;

    liq_live_spent(settle->live, &rows, &count);
    for (uint32_t i = 0; filter->is_held != NULL && i < count; i++) {
        const liq_row_key key = liq_live_key(settle->live, rows[i]);

        if (filter->is_held(filter->context, key.account_index))
            liq_live_warn_later(settle->live, rows[i]);
        else
            liq_live_warn_done(settle->live, rows[i]);
    }
}

static liq_status live_rows(const liq_settle *settle, liq_settle_row **out, size_t *capacity,
                            const uint32_t *rows, uint32_t count, liq_error *err)
{
    const liq_status status = liq_memory_extend(out, capacity, count, sizeof **out, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        const liq_row_key key = liq_live_key(settle->live, rows[i]);

        (*out)[i] = liq_settle_row_of(&key, &settle->live->results[rows[i]]);
    }
    return status;
}

static liq_status run(liq_settle *settle, const liq_waterfall_input *input,
                      liq_settle_summary *summary, liq_error *err)
{
    liq_waterfall *waterfall = &settle->waterfall;
    const uint64_t start_ns = liq_clock_ns();
    liq_hash *hash = NULL;
    liq_status status;

    if (input->now_ms < 0)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "time %lld ms is below 0",
                        (long long)input->now_ms);
    /* Whatever takes memory comes before what cannot be taken back. */
    if ((summary != NULL && (status = liq_hash_create(&hash, err)) != LIQ_OK) ||
        (status = liq_advice_keep(waterfall, input, err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < waterfall->funds.fund_count; i++)
        settle->before[i] = liq_fund_balance(&waterfall->funds.funds[i]);
    status = liq_waterfall_run(waterfall, input, err);
    if (summary != NULL) {
        liq_settle_summary_write(summary, waterfall, false);
        summary->settle_ns = liq_clock_ns() - start_ns;
        liq_settle_actions_hash(hash, waterfall);
        liq_hash_finish(hash, summary->hash);
    }
    liq_advice_put_back(waterfall);
done:
    liq_hash_destroy(hash);
    return status;
}
