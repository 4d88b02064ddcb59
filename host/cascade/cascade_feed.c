/*
 * The feed of a cascade: what the venue hears of prices, late, not at all, or wrong. Prices that
 * move are sent, and come out again after the lag; whoever asks is told what has come out last.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "cascade/cascade_price.h"

enum { PPM_ONE = 1000000, PPM_DECIMALS = 6, FEED_MS_MAX = 86400000, CHANGE_PPM_MAX = 1000000000 };

static liq_status fault_read(liq_cascade *self, const liq_cascade_fault *from, liq_error *err);
static liq_status price_send(liq_cascade_feed *feed, int64_t due_ms, uint32_t price,
                             liq_decimal value, liq_error *err);
static bool is_meant(const liq_cascade_flaw *flaw, uint32_t price, int64_t now_ms);

liq_status liq_cascade_feed_make(liq_cascade *self, const liq_cascade_options *options,
                                 liq_error *err)
{
    liq_cascade_feed *feed = &self->feed;
    liq_status status;

    feed->lag_ms = options->feed_lag_ms;
    feed->is_faulty = options->feed_lag_ms > 0 || options->fault_count > 0;
    self->options.faults = NULL; /* not lent any more */
    if (feed->lag_ms < 0 || feed->lag_ms > FEED_MS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a lag of %lld ms is not of 0 .. %d",
                        (long long)feed->lag_ms, FEED_MS_MAX);
    if ((status = liq_memory_array(&feed->flaws, options->fault_count, sizeof *feed->flaws, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&feed->sent, self->price_count, sizeof *feed->sent, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&feed->says, self->price_count, sizeof *feed->says, err)) !=
            LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < options->fault_count; i++)
        status = fault_read(self, &options->faults[i], err);
    return status;
}

void liq_cascade_feed_clear(liq_cascade_feed *feed)
{
    free(feed->flaws);
    free(feed->sent);
    free(feed->says);
    free(feed->under_way);
    *feed = (liq_cascade_feed){0};
}

void liq_cascade_feed_start(liq_cascade *self)
{
    liq_cascade_feed *feed = &self->feed;

    memcpy(feed->sent, self->before, self->price_count * sizeof *feed->sent);
    memcpy(feed->says, self->before, self->price_count * sizeof *feed->says);
    feed->first = 0;
    feed->count = 0;
}

liq_status liq_cascade_feed_go(liq_cascade *self, liq_error *err)
{
    liq_cascade_feed *feed = &self->feed;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < self->price_count; i++) {
        if (liq_decimal_compare(feed->sent[i], self->raw[i]) == 0)
            continue;
        feed->sent[i] = self->raw[i];
        if (feed->lag_ms == 0)
            feed->says[i] = self->raw[i];
        else
            status = price_send(feed, self->heard_ms + feed->lag_ms, i, self->raw[i], err);
    }
    for (; feed->first < feed->count && feed->under_way[feed->first].due_ms <= self->heard_ms;
         feed->first++)
        feed->says[feed->under_way[feed->first].price] = feed->under_way[feed->first].value;
    return status;
}

bool liq_cascade_feed_says(const liq_cascade *self, uint32_t price, liq_decimal *out)
{
    const liq_cascade_feed *feed = &self->feed;
    const liq_decimal one = {.digits = 1};

    *out = feed->says[price];
    for (uint32_t i = 0; i < feed->flaw_count; i++) {
        liq_decimal factor;

        if (!is_meant(&feed->flaws[i], price, self->heard_ms))
            continue;
        if (feed->flaws[i].kind == LIQ_CASCADE_FROZEN)
            return false;
        /* What leaves the range of prices is as good as wrong by nothing. */
        LIQ_ASSERT(
            liq_decimal_from_units(&factor, PPM_ONE + feed->flaws[i].change_ppm, PPM_DECIMALS));
        (void)liq_price_scale(out, *out, factor, one, liq_cascade_price_decimals(self, price),
                              LIQ_ROUND_FLOOR);
    }
    return true;
}

bool liq_cascade_feed_waits(const liq_cascade *self)
{
    return self->feed.first < self->feed.count;
}

static liq_status fault_read(liq_cascade *self, const liq_cascade_fault *from, liq_error *err)
{
    liq_cascade_flaw *to = &self->feed.flaws[self->feed.flaw_count++];
    liq_status status;

    *to = (liq_cascade_flaw){.kind = from->kind,
                             .price = LIQ_NO_INDEX,
                             .from_ms = from->from_ms,
                             .to_ms = from->to_ms,
                             .change_ppm = from->change_ppm};
    if (from->from_ms < 0 || from->to_ms <= from->from_ms || from->to_ms > FEED_MS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a fault of the feed from %lld to %lld ms is not in 0 .. %d, or has no "
                        "length",
                        (long long)from->from_ms, (long long)from->to_ms, FEED_MS_MAX);
    if (from->kind == LIQ_CASCADE_WRONG &&
        (from->change_ppm <= -PPM_ONE || from->change_ppm > CHANGE_PPM_MAX))
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a price that is wrong by %lld parts per million is not in %d .. %d",
                        (long long)from->change_ppm, 1 - PPM_ONE, CHANGE_PPM_MAX);
    if (from->symbol != NULL &&
        (status = liq_cascade_price_find(&to->price, &self->book, from->symbol, err)) != LIQ_OK)
        return status;
    return LIQ_OK;
}

static liq_status price_send(liq_cascade_feed *feed, int64_t due_ms, uint32_t price,
                             liq_decimal value, liq_error *err)
{
    const liq_status status = liq_memory_extend(&feed->under_way, &feed->capacity, feed->count + 1,
                                                sizeof *feed->under_way, err);

    if (status == LIQ_OK)
        feed->under_way[feed->count++] =
            (liq_cascade_sent){.due_ms = due_ms, .price = price, .value = value};
    return status;
}

static bool is_meant(const liq_cascade_flaw *flaw, uint32_t price, int64_t now_ms)
{
    return (flaw->price == LIQ_NO_INDEX || flaw->price == price) && flaw->from_ms <= now_ms &&
           now_ms < flaw->to_ms;
}
