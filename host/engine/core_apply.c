/*
 * Events of sources into the live book, and into what the core knows beside it. An event is applied
 * whole or refused; what it was about is then held, because the exchange has something else there
 * than the book.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "engine/engine_core.h"
#include "scan/live_scan.h"

static liq_status event_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                              liq_error *err);
static liq_status live_apply(liq_core *core, const liq_live_event *event, liq_error *err);
static liq_status account_apply(liq_core *core, const liq_feed_event *event, liq_error *err);
static liq_status account_take(liq_core *core, const liq_live_event *event, liq_error *err);
static liq_status account_drop(liq_core *core, const char *id, liq_error *err);
static liq_status holding_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                                liq_error *err);
static bool is_gone_already(const liq_core *core, const liq_feed_event *event);
static liq_live_event live_event(const liq_feed_event *event);
static liq_status prices_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                               liq_error *err);
static liq_status price_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                              const liq_feed_pair *pair, liq_error *err);
static void volume_note(liq_core *core, const liq_feed_pair *pair);
static bool price_find(liq_core *core, const liq_feed_pair *pair, liq_core_price **out);
static liq_status depth_apply(liq_core *core, const liq_feed_event *event, liq_error *err);
static liq_status depth_said(const liq_feed_event *event, uint32_t first, liq_status status,
                             liq_error *err);
static liq_status fill_apply(liq_core *core, const liq_feed_event *event, liq_error *err);
static liq_status volatility_apply(liq_core *core, const liq_feed_event *event, liq_error *err);
static liq_status control_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                                liq_error *err);
static liq_status halt_set(liq_core *core, const liq_feed_event *event, bool is_halted,
                           liq_error *err);
static liq_status snapshot_begin(liq_core *core, const liq_feed_event *event, liq_error *err);
static liq_status snapshot_end(liq_core *core, uint32_t source, const liq_feed_event *event,
                               liq_error *err);
static liq_status accounts_clear(liq_core *core, liq_error *err);
static void refused(liq_core *core, uint32_t source, const liq_feed_event *event);

liq_status liq_core_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                          liq_error *err)
{
    liq_status status;

    core->sources[source].applied = event->seq;
    if (event->time_ms > core->event_ms)
        core->event_ms = event->time_ms;
    status = event_apply(core, source, event, err);
    if (status != LIQ_OK)
        refused(core, source, event);
    return status;
}

static liq_status event_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                              liq_error *err)
{
    liq_core_source *from = &core->sources[source];

    switch ((liq_feed_kind)event->kind) {
    case LIQ_FEED_BAD:
        return liq_fail(err, LIQ_BAD_INPUT, 0, "%s", event->reason);
    case LIQ_FEED_MARKS:
        from->feeds_prices = true;
        return prices_apply(core, source, event, err);
    case LIQ_FEED_ACCOUNT:
        from->feeds_accounts = true;
        return account_apply(core, event, err);
    case LIQ_FEED_BALANCE:
    case LIQ_FEED_POSITION:
    case LIQ_FEED_ORDER:
    case LIQ_FEED_FUNDING:
        from->feeds_accounts = true;
        return holding_apply(core, source, event, err);
    case LIQ_FEED_DEPTH:
    case LIQ_FEED_DEPTH_UPDATE:
        return depth_apply(core, event, err);
    case LIQ_FEED_FUND:
        return liq_settle_fund_set(core->settle, event->symbol, event->amount, err);
    case LIQ_FEED_FILL:
        return fill_apply(core, event, err);
    case LIQ_FEED_VOLATILITY:
        return volatility_apply(core, event, err);
    case LIQ_FEED_INSTRUMENT:
    case LIQ_FEED_ASSET:
        return liq_core_define(core, event, err);
    case LIQ_FEED_CONTROL:
        return control_apply(core, source, event, err);
    }
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%d is no kind of event", (int)event->kind);
}

/* The book's message begins with the place in a batch, which is of one and would mislead. */
liq_status liq_core_said(liq_status status, liq_error *err)
{
    static const char place[] = "event 0: ";
    const size_t bytes = sizeof place - 1;

    if (status != LIQ_OK && err != NULL && strncmp(err->message, place, bytes) == 0)
        memmove(err->message, err->message + bytes, strlen(err->message) - bytes + 1);
    return status;
}

static liq_status live_apply(liq_core *core, const liq_live_event *event, liq_error *err)
{
    return liq_core_said(liq_live_apply(core->live, event, 1, err), err);
}

static liq_status account_apply(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    const liq_live_event add = {.kind = LIQ_LIVE_ADD_ACCOUNT,
                                .account = event->account,
                                .is_portfolio = event->is_portfolio,
                                .is_adl_exempt = event->is_exempt};

    return event->is_closed ? account_drop(core, event->account, err)
                            : account_take(core, &add, err);
}

static liq_status account_take(liq_core *core, const liq_live_event *event, liq_error *err)
{
    uint32_t account;
    const liq_status status = live_apply(core, event, err);

    if (status == LIQ_OK && liq_live_account_index(core->live, event->account, &account))
        liq_core_forget(core, account);
    return status;
}

static liq_status account_drop(liq_core *core, const char *id, liq_error *err)
{
    const liq_live_event remove = {.kind = LIQ_LIVE_REMOVE_ACCOUNT, .account = id};
    uint32_t account = 0;
    const bool is_there = liq_live_account_index(core->live, id, &account);
    const liq_status status = live_apply(core, &remove, err);

    if (status == LIQ_OK && is_there)
        liq_core_forget(core, account);
    return status;
}

/* A balance, position or order is what the exchange says that it is: advice has been heard. */
static liq_status holding_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                                liq_error *err)
{
    const liq_live_event change = live_event(event);
    uint32_t account;
    liq_status status = live_apply(core, &change, err);

    if (status == LIQ_NOT_FOUND && is_gone_already(core, event))
        status = LIQ_OK;
    if (status != LIQ_OK || (event->account_seq == 0 && core->account_holds == 0) ||
        !liq_live_account_index(core->live, event->account, &account))
        return status;
    liq_core_release(core, account, LIQ_HOLD_ADVISED);
    return liq_core_account_seq(core, source, account, event->account_seq, err);
}

/* A position or order of nothing, which the book does not have: they agree. */
static bool is_gone_already(const liq_core *core, const liq_feed_event *event)
{
    liq_decimal amount;
    uint32_t index;

    return (event->kind == LIQ_FEED_POSITION || event->kind == LIQ_FEED_ORDER) &&
           liq_decimal_parse(&amount, liq_text_of(event->amount), NULL) == LIQ_OK &&
           amount.digits == 0 && liq_live_account_index(core->live, event->account, &index) &&
           liq_names_find(core->book->venue.instrument_names, liq_text_of(event->symbol), &index);
}

static liq_live_event live_event(const liq_feed_event *event)
{
    static const liq_live_event_kind kinds[] = {[LIQ_FEED_BALANCE] = LIQ_LIVE_BALANCE,
                                                [LIQ_FEED_POSITION] = LIQ_LIVE_POSITION,
                                                [LIQ_FEED_ORDER] = LIQ_LIVE_ORDER,
                                                [LIQ_FEED_FUNDING] = LIQ_LIVE_BALANCE_CHANGE};
    liq_live_event out = {.kind = kinds[event->kind],
                          .account = event->account,
                          .symbol = event->symbol,
                          .amount = event->amount,
                          .price = event->price,
                          .isolated_margin = event->margin,
                          .order_reference = event->number,
                          .is_short = event->is_short,
                          .is_isolated = event->is_isolated};

    if (event->kind == LIQ_FEED_FUNDING && event->is_isolated)
        out.kind = LIQ_LIVE_MARGIN_CHANGE;
    return out;
}

/* A bad price among many keeps none of the others away; what it was of has no fresh price. */
static liq_status prices_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                               liq_error *err)
{
    liq_status first = LIQ_OK;
    liq_core_price *price;

    for (uint32_t i = 0; i < event->pair_count; i++) {
        liq_error reason;
        const liq_status status = price_apply(core, source, event, &event->pairs[i], &reason);

        if (status == LIQ_OK)
            continue;
        if (price_find(core, &event->pairs[i], &price))
            liq_core_price_note(core, price, source, INT64_MIN);
        if (first == LIQ_OK)
            (void)liq_fail(err, status, 0, "marks[%u] %s: %s", i, event->pairs[i].symbol,
                           reason.message);
        first = first == LIQ_OK ? status : first;
    }
    return first;
}

static liq_status price_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                              const liq_feed_pair *pair, liq_error *err)
{
    const liq_live_event change = {.kind = pair->what == 0 ? LIQ_LIVE_MARK : LIQ_LIVE_INDEX,
                                   .symbol = pair->symbol,
                                   .price = pair->price};
    liq_core_price *price;
    bool is_late = false;
    const liq_status status =
        pair->made_of != NULL
            ? liq_core_guard_make(core, event->time_ms, pair->symbol, pair->made_of, &is_late, err)
            : liq_core_guard_price(core, source, event->time_ms, &change, &is_late, err);

    if (status == LIQ_OK && pair->what == LIQ_FEED_MARK_PRICE && pair->quantity != NULL)
        volume_note(core, pair);
    if (status == LIQ_OK && !is_late && price_find(core, pair, &price))
        liq_core_price_note(core, price, source, event->time_ms);
    return status;
}

/* Also with a mark that came late or is in doubt: it was traded all the same. */
static void volume_note(liq_core *core, const liq_feed_pair *pair)
{
    liq_decimal contracts;
    uint32_t index;

    if (liq_names_find(core->book->venue.instrument_names, liq_text_of(pair->symbol), &index) &&
        liq_decimal_parse(&contracts, liq_text_of(pair->quantity), NULL) == LIQ_OK)
        liq_pattern_trade(&core->pattern, index, contracts);
}

static bool price_find(liq_core *core, const liq_feed_pair *pair, liq_core_price **out)
{
    const liq_venue *venue = &core->book->venue;
    const liq_names *names = pair->what == 0 ? venue->instrument_names : venue->asset_names;
    uint32_t index;

    if (!liq_names_find(names, liq_text_of(pair->symbol), &index))
        return false;
    *out = pair->what == 0 ? &core->marks[index] : &core->indices[index];
    return true;
}

/* All levels of an instrument, or some of them, together. */
static liq_status depth_apply(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    const uint32_t first = event->kind == LIQ_FEED_DEPTH ? 1 : 0;
    const uint32_t count = event->pair_count + first;
    liq_live_event *changes = NULL;
    liq_status status = liq_memory_array(&changes, count, sizeof *changes, err);

    if (status != LIQ_OK)
        return status;
    changes[0] = (liq_live_event){.kind = LIQ_LIVE_DEPTH_CLEAR, .symbol = event->symbol};
    for (uint32_t i = 0; i < event->pair_count; i++)
        changes[first + i] = (liq_live_event){.kind = LIQ_LIVE_DEPTH_LEVEL,
                                              .symbol = event->symbol,
                                              .price = event->pairs[i].price,
                                              .amount = event->pairs[i].quantity,
                                              .is_short = event->pairs[i].what == 1};
    status = depth_said(event, first, liq_live_apply(core->live, changes, count, err), err);
    free(changes);
    return status;
}

/* Whoever sent the levels knows them by side and place, not by their place among changes. */
static liq_status depth_said(const liq_feed_event *event, uint32_t first, liq_status status,
                             liq_error *err)
{
    liq_error reason;
    uint32_t place = 0;
    uint32_t level;
    int used = 0;

    if (status == LIQ_OK || err == NULL ||
        sscanf(err->message, "event %" SCNu32 ": %n", &level, &used) != 1 || level < first ||
        level - first >= event->pair_count)
        return status;
    level -= first;
    for (uint32_t i = 0; i < level; i++)
        place += event->pairs[i].what == event->pairs[level].what;
    reason = *err;
    return liq_fail(err, status, reason.native, "%s[%u]: %s",
                    event->pairs[level].what == 1 ? "asks" : "bids", place, reason.message + used);
}

/* Of external execution. To one who only advises, a fill is an answer; what it did to the account
 * comes as its position and balance. */
static liq_status fill_apply(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    const liq_settle_fill fill = {.request = event->number,
                                  .quantity = event->amount,
                                  .price = event->price,
                                  .is_last = event->is_last};
    uint32_t account;

    if (!core->config.advises)
        return liq_settle_report(core->settle, &fill, 1, err);
    if (event->account != NULL && event->is_last &&
        liq_live_account_index(core->live, event->account, &account))
        liq_core_release(core, account, LIQ_HOLD_ADVISED);
    return LIQ_OK;
}

static liq_status volatility_apply(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    liq_decimal value;
    liq_error reason;
    uint32_t instrument;
    liq_status status;

    if (!liq_names_find(core->book->venue.instrument_names, liq_text_of(event->symbol),
                        &instrument))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not an instrument of venue.json",
                        event->symbol);
    status = liq_decimal_parse(&value, liq_text_of(event->amount), &reason);
    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "impliedVolatility \"%.64s\" %s", event->amount,
                        reason.message);
    if (value.digits < 0 || strlen(event->amount) >= sizeof core->volatility[instrument])
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "impliedVolatility \"%s\" must be 0 or more, in at most 31 bytes",
                        event->amount);
    strcpy(core->volatility[instrument], event->amount);
    liq_live_margin_implied_set(&core->margin, instrument, value);
    return LIQ_OK;
}

static liq_status control_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                                liq_error *err)
{
    switch ((liq_feed_control)event->control) {
    case LIQ_FEED_HALT:
        return halt_set(core, event, true, err);
    case LIQ_FEED_RESUME:
        return halt_set(core, event, false, err);
    case LIQ_FEED_SNAPSHOT_BEGIN:
        return snapshot_begin(core, event, err);
    case LIQ_FEED_SNAPSHOT_END:
        return snapshot_end(core, source, event, err);
    }
    return liq_fail(err, LIQ_BAD_INPUT, 0, "%d is no action of control", (int)event->control);
}

static liq_status halt_set(liq_core *core, const liq_feed_event *event, bool is_halted,
                           liq_error *err)
{
    uint32_t instrument;

    if (event->symbol == NULL) {
        core->is_halted = is_halted;
        return is_halted ? LIQ_OK : liq_settle_resume(core->settle, NULL, err);
    }
    if (!liq_names_find(core->book->venue.instrument_names, liq_text_of(event->symbol),
                        &instrument))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not an instrument of venue.json",
                        event->symbol);
    core->halted[instrument] = is_halted;
    return is_halted ? LIQ_OK : liq_settle_resume(core->settle, event->symbol, err);
}

/* What is sent anew is forgotten first: what is not sent again is gone. */
static liq_status snapshot_begin(liq_core *core, const liq_feed_event *event, liq_error *err)
{
    liq_live_event add = {.kind = LIQ_LIVE_ADD_ACCOUNT, .account = event->account};
    const liq_live_account *old;
    uint32_t account;
    liq_status status;

    if (event->account == NULL) {
        core->is_in_snapshot = true;
        return accounts_clear(core, err);
    }
    if (!liq_live_account_index(core->live, event->account, &account))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" is not there", event->account);
    old = &core->live->book.accounts[account];
    add.is_portfolio = old->mode == LIQ_ACCOUNT_PORTFOLIO;
    add.is_adl_exempt = old->adl_exempt;
    if ((status = account_drop(core, event->account, err)) != LIQ_OK ||
        (status = account_take(core, &add, err)) != LIQ_OK)
        return status;
    if (liq_live_account_index(core->live, event->account, &account))
        liq_core_hold(core, account, LIQ_HOLD_RESYNC);
    return LIQ_OK;
}

static liq_status snapshot_end(liq_core *core, uint32_t source, const liq_feed_event *event,
                               liq_error *err)
{
    uint32_t account;

    if (event->account != NULL) {
        if (!liq_live_account_index(core->live, event->account, &account))
            return liq_fail(err, LIQ_NOT_FOUND, 0, "account \"%s\" is not there", event->account);
        liq_core_release(core, account, LIQ_HOLD_RESYNC);
        return LIQ_OK;
    }
    if (!core->is_in_snapshot)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "snapshot_end without snapshot_begin");
    core->is_in_snapshot = false;
    core->is_complete = true;
    core->sources[source].gaps_cleared = core->sources[source].gaps;
    return LIQ_OK;
}

static liq_status accounts_clear(liq_core *core, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < core->account_capacity; i++) {
        char id[LIQ_NAME_BYTES_MAX + 1];

        if (!core->live->book.accounts[i].alive)
            continue;
        memcpy(id, core->live->book.accounts[i].id, sizeof id);
        status = account_drop(core, id, err);
    }
    return status;
}

/* What an event could not change is not what the exchange has. */
static void refused(liq_core *core, uint32_t source, const liq_feed_event *event)
{
    uint32_t account;

    if (event->kind == LIQ_FEED_MARKS || event->kind == LIQ_FEED_DEPTH ||
        event->kind == LIQ_FEED_DEPTH_UPDATE || event->kind == LIQ_FEED_VOLATILITY)
        return; /* prices have been noted one by one */
    if (event->kind == LIQ_FEED_FILL)
        return; /* of a request that is done, or was never made: nothing of the book */
    if (event->account == NULL) {
        if (event->kind == LIQ_FEED_BAD)
            liq_core_gap(core, source, event->seq, event->seq);
        return;
    }
    if (liq_live_account_index(core->live, event->account, &account))
        liq_core_hold(core, account, LIQ_HOLD_REFUSED);
}
