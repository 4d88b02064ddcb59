/*
 * Depth of the live book: what a run took of it, and where it stands when prices have moved. Levels
 * are told anew, at absolute prices, whenever the mark of their instrument is: a live book's levels
 * move with a mark, and levels that fills go to must not.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "cascade/cascade_price.h"
#include "scan/live_scan.h"

enum { PPM_ONE = 1000000 };

static void side_take(liq_cascade_taken *out, const liq_live_side *side,
                      const liq_depth_side *consumed, liq_rounding rounding);
static void level_take(liq_cascade_taken *out, const liq_depth_level *level, int64_t lots,
                       liq_rounding rounding);
static liq_status deal_find(liq_cascade *self, uint32_t instrument, liq_cascade_deal **out,
                            liq_error *err);
static liq_status levels_list(liq_cascade *self, uint32_t instrument, liq_error *err);
static liq_status side_list(liq_cascade *self, uint32_t side, liq_error *err);
static int64_t lots_scale(int64_t lots, int64_t ppm);
static liq_status level_add(liq_cascade *self, liq_depth_level level, uint32_t look,
                            liq_error *err);
static bool level_price(const liq_cascade *self, liq_decimal *out, liq_decimal price,
                        uint32_t instrument, bool is_bid);
static void gap_note(liq_cascade *self, uint32_t at);
static liq_status recovered_add(liq_cascade *self, uint32_t instrument, liq_error *err);
static liq_status price_tell(liq_cascade *self, uint32_t price, bool has_moved, liq_error *err);
static liq_status levels_tell(liq_cascade *self, uint32_t instrument, liq_error *err);
static liq_status mark_tell(liq_cascade *self, liq_live_event_kind kind, uint32_t price,
                            liq_decimal mark, bool *is_other, liq_error *err);
static liq_status event_add(liq_cascade *self, liq_live_event_kind kind, uint32_t price,
                            liq_decimal at, const liq_depth_level *level, liq_error *err);
static liq_status events_apply(liq_cascade *self, liq_error *err);

liq_status liq_cascade_deals_note(liq_cascade *self, liq_error *err)
{
    const liq_execution *execution = &self->waterfall->execution;

    for (uint32_t i = 0; i < execution->used_count; i++) {
        const uint32_t at = execution->used[i];
        liq_cascade_deal *deal;
        const liq_status status = deal_find(self, at / 2, &deal, err);

        if (status != LIQ_OK)
            return status;
        side_take(&deal->sides[at % 2], &execution->live[at], &execution->sides[at],
                  at % 2 == 0 ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL);
        self->sums[at] += deal->sides[at % 2].lots;
        self->stands[at] = deal->sides[at % 2].worst;
    }
    return LIQ_OK;
}

liq_status liq_cascade_prices_tell(liq_cascade *self, liq_error *err)
{
    const uint32_t instruments = self->book.venue.instrument_count;
    liq_status status = liq_cascade_feed_go(self, err);

    self->has_news = false;

    /* Index prices first: guards hold marks against them. */
    for (uint32_t at = 0; status == LIQ_OK && at < self->price_count; at++) {
        const uint32_t i = (at + instruments) % self->price_count;
        const bool has_moved = self->moved[i];

        /* The margin currency is the first asset: its price is not to be told. */
        if (self->raw[i].digits == 0 || i == instruments ||
            (!has_moved && !self->pending[i] && !self->feed.is_faulty))
            continue;
        self->moved[i] = false;
        status = price_tell(self, i, has_moved, err);
    }
    return status == LIQ_OK ? events_apply(self, err) : status;
}

static void side_take(liq_cascade_taken *out, const liq_live_side *side,
                      const liq_depth_side *consumed, liq_rounding rounding)
{
    const liq_depth_level *levels = &side->levels[side->first];

    for (uint32_t i = 0; i < consumed->next; i++)
        level_take(out, &levels[i], levels[i].quantity_lots, rounding);
    if (consumed->taken > 0)
        level_take(out, &levels[consumed->next], consumed->taken, rounding);
}

static void level_take(liq_cascade_taken *out, const liq_depth_level *level, int64_t lots,
                       liq_rounding rounding)
{
    /* A mean that has no room for its digits stays where it was. */
    if (out->lots == 0)
        out->mean = level->price;
    else
        (void)liq_price_mean(&out->mean, out->mean, out->lots, level->price, lots, rounding);
    out->lots += lots;
    out->worst = level->price;
}

static liq_status deal_find(liq_cascade *self, uint32_t instrument, liq_cascade_deal **out,
                            liq_error *err)
{
    liq_status status;

    if (self->deal[instrument] == 0) {
        if ((status = liq_memory_extend(&self->deals, &self->deal_capacity,
                                        (size_t)self->deal_count + 1, sizeof *self->deals, err)) !=
            LIQ_OK)
            return status;
        self->deals[self->deal_count++] =
            (liq_cascade_deal){.round = self->step_count - 1, .instrument = instrument};
        self->deal[instrument] = self->deal_count;
    }
    *out = &self->deals[self->deal[instrument] - 1];
    return LIQ_OK;
}

/* Both sides as they stand from now on. */
static liq_status levels_list(liq_cascade *self, uint32_t instrument, liq_error *err)
{
    liq_status status;

    self->level_count = 0;
    if ((status = side_list(self, 2 * instrument, err)) != LIQ_OK ||
        (status = side_list(self, 2 * instrument + 1, err)) != LIQ_OK)
        return status;
    return recovered_add(self, instrument, err);
}

static liq_status side_list(liq_cascade *self, uint32_t side, liq_error *err)
{
    const liq_live_side *depth = &self->live->book.depth[side];
    const liq_depth_side *consumed = &self->waterfall->execution.sides[side];
    liq_status status = LIQ_OK;

    for (uint32_t i = depth->first + consumed->next; status == LIQ_OK && i < depth->end; i++) {
        liq_depth_level level = depth->levels[i];

        if (i == depth->first + consumed->next)
            level.quantity_lots -= consumed->taken;
        if (!self->is_started)
            level.quantity_lots = lots_scale(level.quantity_lots, self->options.depth_ppm);
        if (level.quantity_lots > 0 &&
            level_price(self, &level.price, level.price, side / 2, level.is_bid))
            status = level_add(self, level, 1, err);
    }
    return status;
}

/* Two levels may come to the same price. @param look  so many of the last ones, at most */
static liq_status level_add(liq_cascade *self, liq_depth_level level, uint32_t look, liq_error *err)
{
    liq_status status;

    for (uint32_t i = self->level_count; i > 0 && look > 0; i--, look--) {
        liq_depth_level *other = &self->levels[i - 1];

        if (other->is_bid != level.is_bid || liq_decimal_compare(other->price, level.price) != 0)
            continue;
        other->quantity_lots += level.quantity_lots;
        return LIQ_OK;
    }
    if ((status = liq_memory_extend(&self->levels, &self->level_capacity,
                                    (size_t)self->level_count + 1, sizeof *self->levels, err)) !=
        LIQ_OK)
        return status;
    self->levels[self->level_count++] = level;
    return LIQ_OK;
}

/* Levels move with the shock and with a leader, but not with fills of their own instrument. False:
   past what a price may be. */
static bool level_price(const liq_cascade *self, liq_decimal *out, liq_decimal price,
                        uint32_t instrument, bool is_bid)
{
    const uint32_t number = self->deal[instrument];
    const liq_decimal source = number != 0 ? self->deals[number - 1].after : self->told[instrument];
    const liq_decimal target = self->raw[instrument];

    if (source.digits == 0 || liq_decimal_compare(source, target) == 0)
        return true;
    return liq_price_scale(out, price, target, source, LIQ_DECIMAL_DECIMALS_MAX,
                           is_bid ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL);
}

static int64_t lots_scale(int64_t lots, int64_t ppm)
{
    const liq_int128 scaled = (liq_int128)lots * ppm / PPM_ONE;

    return scaled < LIQ_QUANTITY_LOTS_MAX ? (int64_t)scaled : LIQ_QUANTITY_LOTS_MAX;
}

bool liq_cascade_gaps_close(liq_cascade *self)
{
    bool any = false;

    if (self->options.recovery_ppm == 0)
        return false;
    for (uint32_t at = 0; at < LIQ_CASCADE_SIDES * self->book.venue.instrument_count; at++) {
        liq_cascade_gap *gap = &self->gaps[at];

        gap_note(self, at);
        gap->back = lots_scale(gap->lots, self->options.recovery_ppm);
        gap->lots -= gap->back;
        self->moved[at / 2] = self->moved[at / 2] || gap->back > 0;
        any = any || gap->back > 0;
    }
    return any;
}

/* What is missing keeps its mean distance from the price. What has no room for its digits does not
   come back. */
static void gap_note(liq_cascade *self, uint32_t at)
{
    const uint32_t instrument = at / 2;
    const uint32_t number = self->deal[instrument];
    const liq_cascade_deal *deal = number == 0 ? NULL : &self->deals[number - 1];
    const liq_rounding rounding = at % 2 == 0 ? LIQ_ROUND_FLOOR : LIQ_ROUND_CEIL;
    const liq_decimal target = self->raw[instrument];
    liq_cascade_gap *gap = &self->gaps[at];
    liq_decimal mean;

    if (gap->lots > 0 && !liq_price_scale(&gap->mean, gap->mean, target, self->told[instrument],
                                          LIQ_DECIMAL_DECIMALS_MAX, rounding))
        gap->lots = 0;
    if (deal == NULL || deal->sides[at % 2].lots == 0 ||
        !liq_price_scale(&mean, deal->sides[at % 2].mean, target, deal->before,
                         LIQ_DECIMAL_DECIMALS_MAX, rounding))
        return;
    if (gap->lots == 0)
        gap->mean = mean;
    else
        (void)liq_price_mean(&gap->mean, gap->mean, gap->lots, mean, deal->sides[at % 2].lots,
                             rounding);
    gap->lots += deal->sides[at % 2].lots;
}

/* One level a side, so that rounds do not make books grow without end. */
static liq_status recovered_add(liq_cascade *self, uint32_t instrument, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t side = 0; status == LIQ_OK && side < LIQ_CASCADE_SIDES; side++) {
        liq_cascade_gap *gap = &self->gaps[LIQ_CASCADE_SIDES * instrument + side];
        const liq_depth_level level = {.quantity_lots = gap->back,
                                       .price = gap->mean,
                                       .instrument_index = instrument,
                                       .is_bid = side == 0};

        if (gap->back > 0)
            status = level_add(self, level, self->level_count, err);
        gap->back = 0;
    }
    return status;
}

/* A feed that says nothing leaves the mark where it was; depth stands at prices all the same. */
static liq_status price_tell(liq_cascade *self, uint32_t price, bool has_moved, liq_error *err)
{
    bool is_instrument = price < self->book.venue.instrument_count;
    bool is_other = false;
    liq_decimal mark;
    liq_status status = LIQ_OK;

    if (liq_cascade_feed_says(self, price, &mark))
        status = mark_tell(self, is_instrument ? LIQ_LIVE_MARK : LIQ_LIVE_INDEX, price, mark,
                           &is_other, err);
    self->has_news = self->has_news || is_other;
    if (status == LIQ_OK && is_instrument && (has_moved || is_other))
        status = levels_tell(self, price, err);
    self->told[price] = self->raw[price];
    return status;
}

static liq_status levels_tell(liq_cascade *self, uint32_t instrument, liq_error *err)
{
    liq_status status;

    if ((status = levels_list(self, instrument, err)) != LIQ_OK ||
        (status = event_add(self, LIQ_LIVE_DEPTH_CLEAR, instrument, (liq_decimal){0}, NULL, err)) !=
            LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < self->level_count; i++)
        status = event_add(self, LIQ_LIVE_DEPTH_LEVEL, instrument, self->levels[i].price,
                           &self->levels[i], err);
    return status;
}

/* Through the guards, where there are any: a mark that they keep out is told again. @param is_other
   receives whether another mark stands than before */
static liq_status mark_tell(liq_cascade *self, liq_live_event_kind kind, uint32_t price,
                            liq_decimal mark, bool *is_other, liq_error *err)
{
    const liq_book *held = &self->live->book.prices;
    const liq_decimal *stands =
        kind == LIQ_LIVE_MARK ? &held->instrument_marks[price]
                              : &held->asset_indices[price - self->book.venue.instrument_count];
    const liq_decimal before = *stands;
    char text[LIQ_DECIMAL_BYTES];
    liq_live_event event = {.kind = kind, .symbol = liq_cascade_price_name(self, price)};
    liq_guard_verdict verdict;
    liq_status status;

    if (self->guard.guard == NULL) {
        *is_other = liq_decimal_compare(before, mark) != 0;
        return event_add(self, kind, price, mark, NULL, err);
    }
    event.price = liq_decimal_format(text, mark.digits, mark.decimals);
    if ((status = events_apply(self, err)) != LIQ_OK ||
        (status = liq_price_guard_apply(&self->guard, self->heard_ms - self->feed.lag_ms, &event,
                                        &verdict, err)) != LIQ_OK)
        return status;
    self->pending[price] = verdict != LIQ_GUARD_USE;
    *is_other = self->pending[price] || liq_decimal_compare(before, *stands) != 0;
    return LIQ_OK;
}

static liq_status event_add(liq_cascade *self, liq_live_event_kind kind, uint32_t price,
                            liq_decimal at, const liq_depth_level *level, liq_error *err)
{
    liq_cascade_events *events = self->events;
    liq_live_event *event;
    liq_status status;

    if (events->count == LIQ_CASCADE_EVENTS && (status = events_apply(self, err)) != LIQ_OK)
        return status;
    event = &events->events[events->count];
    *event = (liq_live_event){
        .kind = kind,
        .symbol = liq_cascade_price_name(self, price),
        .price = liq_decimal_format(events->prices[events->count], at.digits, at.decimals)};
    if (level != NULL) {
        const liq_decimal lot = self->book.venue.instruments[price].lot;

        event->is_short = !level->is_bid;
        event->amount =
            liq_decimal_format(events->amounts[events->count],
                               (liq_int128)level->quantity_lots * lot.digits, lot.decimals);
    }
    events->count++;
    return LIQ_OK;
}

static liq_status events_apply(liq_cascade *self, liq_error *err)
{
    const uint32_t count = self->events->count;

    self->events->count = 0;
    return count == 0 ? LIQ_OK : liq_live_apply(self->live, self->events->events, count, err);
}
