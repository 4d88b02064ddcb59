#include "settle/price_guard.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/live_scan.h"
#include "settle/settle_source.h"

/* An account that is looked at. */
typedef struct held_look {
    const liq_price_guard *guard;
    bool is_held;
} held_look;

static void indices_link(liq_price_guard *guard);
static bool slot_find(const liq_price_guard *guard, const liq_live_event *event, uint32_t *out);
static liq_settle_notice notice_of(const liq_price_guard *guard, const liq_guard_firing *firing);
static bool instrument_look(void *context, uint32_t instrument);
static bool asset_look(void *context, uint32_t asset);

liq_status liq_price_guard_create(liq_price_guard *out, const liq_guards *rules, liq_live *live,
                                  const liq_book *book, liq_error *err)
{
    const liq_venue *venue = &book->venue;
    const liq_book *prices = &live->book.prices;
    liq_status status;

    *out = (liq_price_guard){.live = live, .book = book};
    status = liq_guard_create(&out->guard, rules, venue->instrument_names, venue->asset_names, err);
    if (status != LIQ_OK)
        return status;
    indices_link(out);
    for (uint32_t i = 0; i < venue->instrument_count; i++)
        liq_guard_start(out->guard, i, prices->instrument_marks[i]);
    for (uint32_t i = 0; i < venue->asset_count; i++)
        liq_guard_start(out->guard, venue->instrument_count + i, prices->asset_indices[i]);
    return LIQ_OK;
}

void liq_price_guard_clear(liq_price_guard *guard)
{
    liq_guard_destroy(guard->guard);
    free(guard->notices);
    *guard = (liq_price_guard){0};
}

/* A mark is in the money that its instrument settles in, an index price in the margin currency: of
 * what settles in that, the base asset has the index. */
static void indices_link(liq_price_guard *guard)
{
    const liq_venue *venue = &guard->book->venue;

    for (uint32_t i = 0; i < venue->instrument_count; i++) {
        const liq_instrument *instrument = &venue->instruments[i];
        uint32_t asset;

        if (instrument->kind == LIQ_INSTRUMENT_LINEAR && instrument->settle_index == 0 &&
            liq_names_find(venue->asset_names, liq_text_of(instrument->base), &asset) && asset != 0)
            liq_guard_index_set(guard->guard, i, venue->instrument_count + asset);
    }
}

liq_status liq_price_guard_apply(liq_price_guard *guard, int64_t time_ms,
                                 const liq_live_event *event, liq_guard_verdict *verdict,
                                 liq_error *err)
{
    return liq_price_guard_apply_from(guard, time_ms, LIQ_NO_INDEX, event, verdict, err);
}

liq_status liq_price_guard_apply_from(liq_price_guard *guard, int64_t time_ms, uint32_t source,
                                      const liq_live_event *event, liq_guard_verdict *verdict,
                                      liq_error *err)
{
    char text[LIQ_DECIMAL_BYTES];
    liq_live_event change = *event;
    liq_guard_verdict found = LIQ_GUARD_USE;
    liq_decimal price;
    liq_decimal used;
    uint32_t slot;
    liq_status status = LIQ_OK;

    /* What is no decimal or of no symbol is for the live book to refuse. */
    if (liq_decimal_parse(&price, liq_text_of(event->price), NULL) != LIQ_OK ||
        !slot_find(guard, event, &slot))
        return liq_live_apply(guard->live, event, 1, err);
    found = event->kind == LIQ_LIVE_INDEX && source < LIQ_INDEX_SOURCES_MAX
                ? liq_guard_index(guard->guard, slot, source, time_ms, price, &used)
                : liq_guard_mark(guard->guard, slot, time_ms, price, &used);
    if (found == LIQ_GUARD_USE || found == LIQ_GUARD_CLAMP)
        change.price = liq_decimal_format(text, used.digits, used.decimals);
    if (found == LIQ_GUARD_USE || found == LIQ_GUARD_CLAMP)
        status = liq_live_apply(guard->live, &change, 1, err);
    if (verdict != NULL)
        *verdict = found;
    return status;
}

liq_status liq_price_guard_make(liq_price_guard *guard, int64_t time_ms, const char *symbol,
                                const liq_mark_texts *texts, liq_price_made *made, liq_error *err)
{
    char text[LIQ_DECIMAL_BYTES];
    liq_live_event change = {.kind = LIQ_LIVE_MARK, .symbol = symbol};
    liq_price_made found = {.verdict = LIQ_GUARD_REFUSE};
    liq_mark_inputs inputs;
    liq_decimal used;
    uint32_t slot;
    liq_status status;

    if (guard->book->venue.policy.guards.mark == LIQ_MARK_GIVEN)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "the policy makes no marks: \"mark\" of its guards is \"given\"");
    if (!slot_find(guard, &change, &slot))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "symbol \"%s\" is not an instrument of venue.json",
                        symbol);
    if (time_ms == LIQ_GUARD_NO_TIME)
        return liq_fail(err, LIQ_BAD_INPUT, 0, "a mark that is made of other prices needs a time");
    if ((status = liq_mark_inputs_read(&inputs, texts, err)) != LIQ_OK)
        return status;
    found.verdict = liq_guard_make(guard->guard, slot, time_ms, &inputs, &used, &found.lacks);
    if (found.verdict == LIQ_GUARD_USE || found.verdict == LIQ_GUARD_CLAMP) {
        change.price = liq_decimal_format(text, used.digits, used.decimals);
        status = liq_live_apply(guard->live, &change, 1, err);
    }
    if (made != NULL)
        *made = found;
    return status;
}

static bool slot_find(const liq_price_guard *guard, const liq_live_event *event, uint32_t *out)
{
    const liq_venue *venue = &guard->book->venue;

    if (event->kind == LIQ_LIVE_MARK)
        return liq_names_find(venue->instrument_names, liq_text_of(event->symbol), out);
    if (!liq_names_find(venue->asset_names, liq_text_of(event->symbol), out))
        return false;
    *out += venue->instrument_count;
    return true;
}

liq_status liq_price_guard_tell(liq_price_guard *guard, liq_settle *settle, liq_error *err)
{
    const liq_guard_firing *firings;
    uint32_t count;
    liq_status status;

    if ((status = liq_guard_firings(guard->guard, &firings, &count, err)) != LIQ_OK ||
        (status = liq_memory_extend(&guard->notices, &guard->notice_capacity, count,
                                    sizeof *guard->notices, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < count; i++)
        guard->notices[i] = notice_of(guard, &firings[i]);
    liq_guard_firings_clear(guard->guard);
    liq_settle_notices(settle, guard->notices, count);
    return LIQ_OK;
}

static liq_settle_notice notice_of(const liq_price_guard *guard, const liq_guard_firing *firing)
{
    const uint32_t instruments = guard->book->venue.instrument_count;
    const bool is_index = firing->slot >= instruments;

    return (liq_settle_notice){.kind = firing->is_end ? LIQ_SETTLE_RESUME
                                       : firing->kind == LIQ_GUARD_ORDER ||
                                               firing->kind == LIQ_GUARD_OUTLIER
                                           ? LIQ_SETTLE_GUARD
                                           : LIQ_SETTLE_HALT,
                               .reason = liq_price_guard_reason(firing->kind),
                               .instrument = is_index ? LIQ_NO_INDEX : firing->slot,
                               .asset = is_index ? firing->slot - instruments : LIQ_NO_INDEX,
                               .fund = LIQ_NO_INDEX,
                               .source = firing->kind == LIQ_GUARD_OUTLIER ? firing->source + 1 : 0,
                               .observed = firing->observed,
                               .used = firing->used,
                               .limit = firing->limit};
}

liq_settle_reason liq_price_guard_reason(liq_guard_kind kind)
{
    static const liq_settle_reason reasons[LIQ_GUARD_KINDS] = {
        [LIQ_GUARD_STALE] = LIQ_BECAUSE_STALE_MARK,   [LIQ_GUARD_STEP] = LIQ_BECAUSE_STEP_CLAMP,
        [LIQ_GUARD_BAND] = LIQ_BECAUSE_PRICE_BAND,    [LIQ_GUARD_BAD] = LIQ_BECAUSE_BAD_MARK,
        [LIQ_GUARD_ORDER] = LIQ_BECAUSE_OUT_OF_ORDER, [LIQ_GUARD_OUTLIER] = LIQ_BECAUSE_OUTLIER};

    LIQ_ASSERT(kind < LIQ_GUARD_KINDS);
    return reasons[kind];
}

bool liq_price_guard_holds(const liq_price_guard *guard, uint32_t account)
{
    held_look look = {.guard = guard};

    if (liq_guard_held_count(guard->guard) == 0)
        return false;
    liq_live_each_instrument(guard->live, account, instrument_look, &look);
    if (!look.is_held)
        liq_live_each_asset(guard->live, account, asset_look, &look);
    return look.is_held;
}

static bool instrument_look(void *context, uint32_t instrument)
{
    held_look *look = context;

    look->is_held |= liq_guard_holds(look->guard->guard, instrument);
    return !look->is_held;
}

static bool asset_look(void *context, uint32_t asset)
{
    held_look *look = context;

    look->is_held |=
        liq_guard_holds(look->guard->guard, look->guard->book->venue.instrument_count + asset);
    return !look->is_held;
}

void liq_price_guard_source_name(liq_price_guard *guard, uint32_t source, const char *name)
{
    const liq_guards *rules = &guard->book->venue.policy.guards;

    for (uint32_t i = 0; source < LIQ_INDEX_SOURCES_MAX && i < rules->index_weight_count; i++)
        if (liq_text_equal(liq_text_of(name), rules->index_weights[i].source))
            liq_guard_weight_set(guard->guard, source, rules->index_weights[i].weight);
}
