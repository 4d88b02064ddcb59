#include "engine/engine_core.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/hash.h"
#include "base/memory.h"
#include "book/columns.h"
#include "scan/live_scan.h"
#include "settle/settle_filter.h"

/* That a look at the pattern goes on. */
enum { PATTERN_ACCOUNTS = 4096 };

static liq_status arrays_make(liq_core *core, liq_error *err);
static liq_status margin_tick(liq_core *core, liq_error *err);
static liq_status live_tick(liq_core *core, liq_error *err);
static liq_status decide(liq_core *core, liq_error *err);
static void advice_hold(liq_core *core);
static void prices_age(liq_core *core);
static liq_status state_hash(liq_core *core, char out[LIQ_HASH_HEX_BYTES], liq_error *err);
static void rest_hash(const liq_core *core, liq_hash *hash);

liq_status liq_core_create(liq_core *out, const liq_core_config *config, liq_book *book,
                           liq_error *err)
{
    const liq_live_options options = {.limits = config->limits,
                                      .device = out->cpu_only ? NULL : out->device};
    const liq_settle_filter filter = {.context = out,
                                      .holds = liq_core_holds,
                                      .is_held = liq_core_is_held,
                                      .holds_adl = liq_core_holds_adl};
    liq_status status;

    out->config = *config;
    out->book = book;
    out->now_ms = INT64_MIN;
    out->event_ms = INT64_MIN;
    out->is_complete = config->book_is_complete;
    if ((status = liq_live_create(&out->live, book, &options, err)) != LIQ_OK ||
        (status = liq_settle_create_live(&out->settle, out->live, book, err)) != LIQ_OK ||
        (status = liq_core_guard_create(out, err)) != LIQ_OK ||
        (status = liq_live_margin_create(&out->margin, out->live, book, err)) != LIQ_OK ||
        (status = liq_pattern_create(&out->pattern, out->live, out->settle, PATTERN_ACCOUNTS,
                                     err)) != LIQ_OK ||
        (status = arrays_make(out, err)) != LIQ_OK) {
        liq_core_destroy(out);
        return status;
    }
    liq_settle_filter_set(out->settle, &filter);
    liq_settle_record_legs(out->settle);
    if (config->advises)
        liq_settle_advise(out->settle);
    return LIQ_OK;
}

void liq_core_destroy(liq_core *core)
{
    liq_pattern_clear(&core->pattern);
    liq_settle_destroy(core->settle);
    liq_price_guard_clear(&core->guard);
    liq_margin_notices_clear(&core->margin_notices);
    liq_live_margin_clear(&core->margin);
    liq_live_destroy(core->live);
    liq_book_destroy(core->book);
    for (uint32_t i = 0; i < LIQ_CONFIG_SOURCES_MAX; i++) {
        free(core->sources[i].account_seqs);
        free(core->sources[i].confirmed);
    }
    free(core->accounts);
    free(core->marks);
    free(core->indices);
    free(core->volatility);
    free(core->halted);
    *core = (liq_core){0};
}

static liq_status arrays_make(liq_core *core, liq_error *err)
{
    const liq_venue *venue = &core->book->venue;
    liq_status status;

    core->account_capacity = core->live->book.account_capacity;
    core->instrument_count = venue->instrument_count;
    core->asset_count = venue->asset_count;
    if ((status = liq_memory_array(&core->accounts, core->account_capacity, sizeof *core->accounts,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&core->marks, core->instrument_count, sizeof *core->marks,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&core->indices, core->asset_count, sizeof *core->indices,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&core->volatility, core->instrument_count,
                                   sizeof *core->volatility, err)) != LIQ_OK ||
        (status = liq_memory_array(&core->halted, core->instrument_count, sizeof *core->halted,
                                   err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < core->instrument_count; i++)
        core->marks[i] = (liq_core_price){.time_ms = INT64_MIN, .source = LIQ_NO_INDEX};
    for (uint32_t i = 0; i < core->asset_count; i++)
        core->indices[i] = (liq_core_price){.time_ms = INT64_MIN, .source = LIQ_NO_INDEX};
    return LIQ_OK;
}

bool liq_core_is_due(const liq_feed_event *event)
{
    return event->kind == LIQ_FEED_MARKS || event->kind == LIQ_FEED_FILL ||
           event->kind == LIQ_FEED_CONTROL;
}

const char *liq_core_unready(const liq_core *core)
{
    if (core->is_in_snapshot)
        return "snapshot_open";
    if (!core->is_complete)
        return "no_snapshot";
    if (liq_core_stale_ms(core) > 0 && core->instrument_count > 0 &&
        liq_core_stale_count(core) == core->instrument_count)
        return "no_fresh_marks";
    return NULL;
}

/*
 * Before it is ready nothing is valued at all: so the first tick that counts finds everybody as
 * somebody new, and no margin call is lost.
 */
liq_status liq_core_run(liq_core *core, int64_t now_ms, liq_error *err)
{
    liq_core_tick *last = &core->last;
    liq_status status;

    if (now_ms > core->now_ms)
        core->now_ms = now_ms;
    prices_age(core);
    liq_core_guard_tick(core);
    *last =
        (liq_core_tick){.tick = core->tick + 1, .now_ms = core->now_ms, .first_seq = core->seq + 1};
    memset(core->held, 0, sizeof core->held);
    if (liq_core_unready(core) == NULL &&
        ((status = margin_tick(core, err)) != LIQ_OK || (status = live_tick(core, err)) != LIQ_OK ||
         (status = decide(core, err)) != LIQ_OK))
        return status;
    memcpy(last->held, core->held, sizeof last->held);
    core->tick++;
    return state_hash(core, last->state_hash, err);
}

/* Rates follow what this tick values by, and hold for it. A tick that is taken again, because a
   device was lost behind this, finds them moved. */
static liq_status margin_tick(liq_core *core, liq_error *err)
{
    const liq_dynamic_change *changes;
    uint32_t count;
    liq_status status;

    if (core->margin_tick == core->tick + 1)
        return LIQ_OK;
    status = liq_live_margin_tick(&core->margin, core->now_ms, &changes, &count, err);
    if (status == LIQ_OK)
        core->margin_tick = core->tick + 1;
    if (status != LIQ_OK || count == 0)
        return status;
    core->margin_notice_count = count;
    return liq_margin_notices_tell(&core->margin_notices, core->settle, changes, count, err);
}

static liq_status live_tick(liq_core *core, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    const liq_status status = liq_live_tick(core->live, &core->last.live, err);

    core->last.scan_ns = liq_clock_ns() - start_ns;
    return status;
}

static liq_status decide(liq_core *core, liq_error *err)
{
    const uint64_t start_ns = liq_clock_ns();
    liq_status status = liq_price_guard_tell(&core->guard, core->settle, err);

    if (status == LIQ_OK)
        status = liq_settle_run_live(core->settle, core->now_ms, core->tick + 1, &core->last.settle,
                                     err);

    core->last.settle_ns = liq_clock_ns() - start_ns;
    if (status != LIQ_OK)
        return status;
    core->last.has_settled = true;
    core->margin_notice_count = 0;
    core->seq += core->last.settle.actions;
    if (core->config.advises)
        advice_hold(core);
    return LIQ_OK;
}

/* Whoever was given advice is left alone until the exchange has done something about it. */
static void advice_hold(liq_core *core)
{
    for (uint64_t i = 0; i < liq_settle_action_count(core->settle); i++) {
        liq_settle_action action;
        uint32_t account;

        liq_settle_action_read(core->settle, i, &action);
        if (action.kind == LIQ_SETTLE_MARGIN_CALL || action.account == NULL ||
            !liq_live_account_index(core->live, action.account, &account))
            continue;
        liq_core_hold(core, account, LIQ_HOLD_ADVISED);
        core->accounts[account].advised_until_ms = core->now_ms + core->config.advice_ms;
    }
}

/* A price that came without a time is as old as the tick that takes it in. */
static void prices_age(liq_core *core)
{
    for (uint32_t i = 0; i < core->instrument_count + core->asset_count; i++) {
        liq_core_price *price = i < core->instrument_count
                                    ? &core->marks[i]
                                    : &core->indices[i - core->instrument_count];

        if (price->is_new)
            price->time_ms = core->now_ms;
        price->is_new = false;
    }
}

uint32_t liq_core_stale_count(const liq_core *core)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < core->instrument_count; i++)
        count += liq_core_is_stale(core, &core->marks[i]);
    return count;
}

/* What stands after a tick, in one number: the book, the funds, guards and brakes, margin rates and
 * slices, and what was decided so far. */
static liq_status state_hash(liq_core *core, char out[LIQ_HASH_HEX_BYTES], liq_error *err)
{
    uint64_t book[2];
    char line[512];
    liq_hash *hash = NULL;
    liq_status status = liq_hash_create(&hash, err);
    int bytes;

    if (status != LIQ_OK)
        return status;
    liq_live_state_hash(core->live, book);
    bytes = snprintf(line, sizeof line,
                     "%016" PRIx64 " %016" PRIx64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRIu64
                     " %d %d %d %016" PRIx64 " %016" PRIx64 "\n",
                     book[0], book[1], core->tick, core->seq, core->now_ms, core->account_holds,
                     core->is_halted, core->is_complete, core->is_in_snapshot,
                     liq_guard_digest(core->guard.guard), liq_settle_brakes_digest(core->settle));
    liq_hash_add(hash, line, (size_t)bytes);
    rest_hash(core, hash);
    for (uint32_t i = 0; i < core->config.source_count; i++)
        liq_hash_add(hash, &core->sources[i].applied, sizeof core->sources[i].applied);
    for (uint32_t i = 0; i < liq_settle_fund_count(core->settle); i++) {
        liq_settle_fund fund;

        liq_settle_fund_read(core->settle, i, &fund);
        bytes = snprintf(line, sizeof line, "%s %s\n", fund.fund, fund.after);
        liq_hash_add(hash, line, (size_t)bytes);
    }
    liq_hash_finish(hash, out);
    liq_hash_destroy(hash);
    return LIQ_OK;
}

/* Rates that move and accounts that are closed by degrees, where there is any of it: journals of
 * before that was told of are as they were. */
static void rest_hash(const liq_core *core, liq_hash *hash)
{
    const uint64_t rates = liq_live_margin_digest(&core->margin);
    const uint64_t slices = liq_settle_slices_digest(core->settle);
    char line[64];

    if (rates == 0 && slices == 0)
        return;
    liq_hash_add(
        hash, line,
        (size_t)snprintf(line, sizeof line, "%016" PRIx64 " %016" PRIx64 "\n", rates, slices));
}
