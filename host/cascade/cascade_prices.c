/*
 * Where prices go: by the shock, by what fills did to the book, and by following others.
 */
#include <string.h>

#include "base/fail.h"
#include "cascade/cascade_internal.h"
#include "cascade/cascade_price.h"

enum {
    PPM_ONE = 1000000,
    PPM_DECIMALS = 6,
    CHANGE_PPM_MAX = 1000000000,
    MOVE_MS_MAX = 86400000,
    RATIO_DECIMALS = 12, /* of a leader's move */
    INDEX_DECIMALS = 12  /* of an exchange rate, see book/market.c */
};

/* A follower keeps at least this share of its price in a round. */
static const int64_t ratio_least = 10000000000; /* 10^-12: one hundredth */
static const int64_t ratio_one = 1000000000000;
static const int64_t ratio_most = 1000000000000000;

static liq_status move_check(const liq_cascade *self, const liq_cascade_move *move, liq_error *err);
static liq_status price_shock(liq_cascade *self, const liq_cascade_move *move, liq_error *err);
static bool price_move(liq_cascade *self, uint32_t price, liq_decimal factor);
static void price_put(liq_cascade *self, uint32_t instrument, liq_decimal price);
static bool deal_price(const liq_cascade *self, const liq_cascade_deal *deal, liq_decimal *out);
static bool middle_price(const liq_cascade *self, const liq_cascade_deal *deal, liq_decimal *out);
static const liq_depth_level *best_left(const liq_cascade *self, uint32_t side);
static liq_status follower_drag(liq_cascade *self, const liq_cascade_drag *drag, liq_error *err);

liq_status liq_cascade_price_find(uint32_t *out, const liq_book *book, const char *symbol,
                                  liq_error *err)
{
    const liq_text text = liq_text_of(symbol);
    uint32_t asset;

    if (liq_names_find(book->venue.instrument_names, text, out)) {
        if (book->instrument_marks[*out].digits != 0)
            return LIQ_OK;
    } else if (!liq_names_find(book->venue.asset_names, text, &asset)) {
        return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" is neither an instrument nor an asset",
                        symbol);
    } else if (asset == 0) {
        return liq_fail(err, LIQ_NOT_FOUND, 0,
                        "\"%s\" is the margin currency: it has no price to move", symbol);
    } else if (book->asset_indices[asset].digits != 0) {
        *out = book->venue.instrument_count + asset;
        return LIQ_OK;
    }
    return liq_fail(err, LIQ_NOT_FOUND, 0, "\"%s\" has no price in marks.csv", symbol);
}

const char *liq_cascade_price_name(const liq_cascade *self, uint32_t price)
{
    const liq_venue *venue = &self->book.venue;

    return price < venue->instrument_count
               ? liq_names_get(venue->instrument_names, price)
               : liq_names_get(venue->asset_names, price - venue->instrument_count);
}

liq_status liq_cascade_prices_shock(liq_cascade *self, int64_t behind_ms, int64_t until_ms,
                                    liq_error *err)
{
    liq_status status = LIQ_OK;

    memset(self->doubled, 0, self->price_count * sizeof *self->doubled);
    for (uint32_t i = 0; status == LIQ_OK && i < self->move_count; i++)
        if (self->moves[i].time_ms > behind_ms && self->moves[i].time_ms <= until_ms)
            status = price_shock(self, &self->moves[i], err);
    return status;
}

liq_status liq_cascade_moves_check(liq_cascade *self, const liq_cascade_move *moves, uint32_t count,
                                   liq_error *err)
{
    if (count > LIQ_CASCADE_MOVES_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%u moves, the limit is %d", count,
                        LIQ_CASCADE_MOVES_MAX);
    self->moves = moves;
    self->move_count = count;
    self->last_ms = 0;
    for (uint32_t i = 0; i < self->feed.flaw_count; i++)
        if (self->feed.flaws[i].to_ms > self->last_ms)
            self->last_ms = self->feed.flaws[i].to_ms;
    for (uint32_t i = 0; i < count; i++) {
        const liq_status status = move_check(self, &moves[i], err);

        if (status != LIQ_OK)
            return status;
        if (moves[i].time_ms > self->last_ms)
            self->last_ms = moves[i].time_ms;
    }
    return LIQ_OK;
}

static liq_status move_check(const liq_cascade *self, const liq_cascade_move *move, liq_error *err)
{
    uint32_t price;

    if (move->change_ppm <= -PPM_ONE || move->change_ppm > CHANGE_PPM_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "a change of %lld parts per million is not in %d .. %d",
                        (long long)move->change_ppm, 1 - PPM_ONE, CHANGE_PPM_MAX);
    if (move->time_ms < 0 || move->time_ms > MOVE_MS_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "a move at %lld ms is not in 0 .. %d",
                        (long long)move->time_ms, MOVE_MS_MAX);
    return liq_cascade_price_find(&price, &self->book, move->symbol, err);
}

static liq_status price_shock(liq_cascade *self, const liq_cascade_move *move, liq_error *err)
{
    const liq_decimal one = {.digits = 1};
    liq_decimal factor;
    uint32_t price;
    char shown[LIQ_DECIMAL_BYTES];
    liq_status status = liq_cascade_price_find(&price, &self->book, move->symbol, err);

    if (status != LIQ_OK)
        return status;
    if (self->doubled[price])
        return liq_fail(err, LIQ_DUPLICATE, 0, "\"%s\" is moved twice", move->symbol);
    self->doubled[price] = true;
    LIQ_ASSERT(liq_decimal_from_units(&factor, PPM_ONE + move->change_ppm, PPM_DECIMALS));
    if (price_move(self, price, factor) &&
        liq_price_scale(&self->shocked[price], self->shocked[price], factor, one,
                        liq_cascade_price_decimals(self, price), LIQ_ROUND_FLOOR))
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                    "the price %s of \"%s\" changed by %lld parts per million leaves its range",
                    liq_decimal_format(shown, self->raw[price].digits, self->raw[price].decimals),
                    move->symbol, (long long)move->change_ppm);
}

/* A share of what lies between, or all of it once that is less than what can be told. */
void liq_cascade_prices_revert(liq_cascade *self)
{
    const int64_t back = self->options.reversion_ppm;

    for (uint32_t i = 0; back > 0 && i < self->book.venue.instrument_count; i++) {
        const liq_decimal target = self->shocked[i];
        liq_decimal price = target;

        if (liq_decimal_compare(self->raw[i], target) == 0)
            continue;
        if (liq_price_change_ppm(self->raw[i], target) != 0 && back < PPM_ONE &&
            !liq_price_mean(&price, self->raw[i], PPM_ONE - back, target, back, LIQ_ROUND_FLOOR))
            continue;
        price_put(self, i, price);
    }
}

/* Levels where fills ended go along. */
static void price_put(liq_cascade *self, uint32_t instrument, liq_decimal price)
{
    for (uint32_t at = 2 * instrument; at < 2 * instrument + 2; at++)
        if (self->stands[at].digits != 0)
            (void)liq_price_scale(&self->stands[at], self->stands[at], price, self->raw[instrument],
                                  LIQ_DECIMAL_DECIMALS_MAX, LIQ_ROUND_FLOOR);
    self->raw[instrument] = price;
    self->moved[instrument] = true;
}

/* By whatever is not its own fills: what stands of its book goes along. */
static bool price_move(liq_cascade *self, uint32_t price, liq_decimal factor)
{
    const uint32_t instruments = self->book.venue.instrument_count;
    const liq_decimal one = {.digits = 1};

    if (!liq_price_scale(&self->raw[price], self->raw[price], factor, one,
                         liq_cascade_price_decimals(self, price), LIQ_ROUND_FLOOR))
        return false;
    self->moved[price] = true;
    for (uint32_t at = 2 * price; price < instruments && at < 2 * price + 2; at++)
        if (self->stands[at].digits != 0)
            (void)liq_price_scale(&self->stands[at], self->stands[at], factor, one,
                                  LIQ_DECIMAL_DECIMALS_MAX, LIQ_ROUND_FLOOR);
    return true;
}

liq_status liq_cascade_prices_follow(liq_cascade *self, liq_error *err)
{
    const uint32_t round = self->step_count - 1;
    liq_status status = LIQ_OK;

    for (uint32_t i = self->deal_count; i > 0 && self->deals[i - 1].round == round; i--) {
        liq_cascade_deal *deal = &self->deals[i - 1];
        liq_decimal price;

        deal->before = self->raw[deal->instrument];
        deal->after = deal->before;
        self->moved[deal->instrument] = true;
        if (self->options.impact != LIQ_CASCADE_NO_IMPACT && deal_price(self, deal, &price))
            deal->after = price;
        self->raw[deal->instrument] = deal->after;
    }
    for (uint32_t i = 0; status == LIQ_OK && i < self->drag_count; i++)
        status = follower_drag(self, &self->drags[i], err);
    return status;
}

/* Of both sides by all lots that they lost: a few lots on one do not carry the price across the gap
   that many have torn into the other. False: nothing can be said, the price stays. */
static bool deal_price(const liq_cascade *self, const liq_cascade_deal *deal, liq_decimal *out)
{
    const uint32_t bids = 2 * deal->instrument;
    const uint32_t asks = bids + 1;

    if (self->options.impact == LIQ_CASCADE_MIDDLE && middle_price(self, deal, out))
        return true;
    if (self->sums[bids] > 0 && self->sums[asks] > 0)
        return liq_price_mean(out, self->stands[bids], self->sums[bids], self->stands[asks],
                              self->sums[asks], LIQ_ROUND_FLOOR);
    if (self->sums[bids] == 0 && self->sums[asks] == 0)
        return false;
    *out = self->stands[self->sums[bids] > 0 ? bids : asks];
    return true;
}

static bool middle_price(const liq_cascade *self, const liq_cascade_deal *deal, liq_decimal *out)
{
    const liq_depth_level *bid = best_left(self, 2 * deal->instrument);
    const liq_depth_level *ask = best_left(self, 2 * deal->instrument + 1);

    return bid != NULL && ask != NULL &&
           liq_price_mean(out, bid->price, 1, ask->price, 1, LIQ_ROUND_FLOOR);
}

/* The live book still has what the run took. */
static const liq_depth_level *best_left(const liq_cascade *self, uint32_t side)
{
    const liq_live_side *depth = &self->waterfall->execution.live[side];
    const uint32_t next = depth->first + self->waterfall->execution.sides[side].next;

    return next < depth->end ? &depth->levels[next] : NULL;
}

/* beta times the move of its leader's deal, which is its move by fills alone. */
static liq_status follower_drag(liq_cascade *self, const liq_cascade_drag *drag, liq_error *err)
{
    const uint32_t number = self->deal[drag->leader];
    const liq_cascade_deal *deal = number == 0 ? NULL : &self->deals[number - 1];
    liq_decimal factor;
    int64_t ratio;
    liq_int128 moved;

    if (deal == NULL || liq_decimal_compare(deal->before, deal->after) == 0)
        return LIQ_OK;
    if (!liq_decimal_divide(&ratio, deal->after, deal->before, RATIO_DECIMALS, LIQ_ROUND_NEAREST))
        ratio = ratio_most;
    moved = ratio_one + (liq_int128)(ratio - ratio_one) * drag->beta_ppm / PPM_ONE;
    moved = moved < ratio_least ? ratio_least : moved > ratio_most ? ratio_most : moved;
    LIQ_ASSERT(liq_decimal_from_units(&factor, (int64_t)moved, RATIO_DECIMALS));
    if (price_move(self, drag->price, factor))
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "the price of \"%s\" leaves its range",
                    liq_cascade_price_name(self, drag->price));
}

/* An index price is a multiple of what its exchange rate counts. */
int32_t liq_cascade_price_decimals(const liq_cascade *self, uint32_t price)
{
    const liq_venue *venue = &self->book.venue;

    if (price < venue->instrument_count)
        return LIQ_DECIMAL_DECIMALS_MAX;
    return INDEX_DECIMALS + venue->cash_decimals -
           venue->assets[price - venue->instrument_count].decimals;
}
