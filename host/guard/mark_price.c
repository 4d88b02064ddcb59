#include "guard/mark_price.h"

#include "base/fail.h"
#include "guard/index_sources.h"
#include "guard/nearness.h"

enum { DECIMALS = 12, NANO_DECIMALS = 9, DAY_MS = 86400000 };

static liq_status rate_read(liq_mark_inputs *out, const liq_mark_texts *texts, liq_error *err);
static liq_decimal median_known(liq_decimal one, liq_decimal two, liq_decimal three);
static liq_int128 scaled_of(liq_decimal price);
static liq_decimal price_of(liq_int128 scaled);

liq_status liq_mark_inputs_read(liq_mark_inputs *out, const liq_mark_texts *texts, liq_error *err)
{
    liq_mark_inputs inputs = {.due_ms = INT64_MIN,
                              .interval_ms = texts->funding_interval_ms == 0
                                                 ? LIQ_FUNDING_INTERVAL_MS_DEFAULT
                                                 : texts->funding_interval_ms};
    const struct {
        const char *name;
        const char *text;
        liq_decimal *price;
    } prices[] = {{"index price", texts->index, &inputs.index},
                  {"last", texts->last, &inputs.last},
                  {"bid", texts->bid, &inputs.bid},
                  {"ask", texts->ask, &inputs.ask},
                  {"outside price", texts->outside, &inputs.outside}};
    liq_error reason = {0};
    liq_status status;

    for (size_t i = 0; i < sizeof prices / sizeof prices[0]; i++) {
        if (prices[i].text == NULL)
            continue;
        status = liq_decimal_parse(prices[i].price, liq_text_of(prices[i].text), &reason);
        if (status != LIQ_OK)
            return liq_fail(err, status, 0, "%s: %s", prices[i].name, reason.message);
        if (inputs.bad_name == NULL && !liq_price_is_sound(*prices[i].price)) {
            inputs.bad_name = prices[i].name;
            inputs.bad = *prices[i].price;
        }
    }
    if (texts->funding_rate != NULL && (status = rate_read(&inputs, texts, err)) != LIQ_OK)
        return status;
    *out = inputs;
    return LIQ_OK;
}

static liq_status rate_read(liq_mark_inputs *out, const liq_mark_texts *texts, liq_error *err)
{
    liq_decimal rate;
    liq_int128 nano;
    liq_error reason = {0};
    const liq_status status = liq_decimal_parse(&rate, liq_text_of(texts->funding_rate), &reason);

    if (status != LIQ_OK)
        return liq_fail(err, status, 0, "funding rate: %s", reason.message);
    if (!liq_decimal_scale(&nano, rate, NANO_DECIMALS, LIQ_ROUND_FLOOR) ||
        nano < -LIQ_FUNDING_NANO || nano > LIQ_FUNDING_NANO)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "funding rate \"%s\" must be -1 .. 1",
                        texts->funding_rate);
    out->rate_nano = (int64_t)nano;
    out->due_ms = texts->funding_time_ms;
    return LIQ_OK;
}

void liq_basis_note(liq_basis *basis, int64_t time_ms, liq_decimal price, liq_decimal index,
                    int64_t window_ms)
{
    const liq_int128 now = scaled_of(price) - scaled_of(index);
    int64_t elapsed = time_ms - basis->time_ms;

    LIQ_ASSERT(window_ms >= 1 && window_ms <= DAY_MS);
    if (!basis->is_known) {
        *basis = (liq_basis){.average = now, .time_ms = time_ms, .is_known = true};
        return;
    }
    if (elapsed <= 0)
        return;
    elapsed = elapsed < DAY_MS ? elapsed : DAY_MS; /* 10^30 times a day fits */
    basis->average +=
        (now - basis->average) / (window_ms + elapsed) * elapsed +
        (now - basis->average) % (window_ms + elapsed) * elapsed / (window_ms + elapsed);
    basis->time_ms = time_ms;
}

liq_decimal liq_basis_price(const liq_basis *basis, liq_decimal index)
{
    return basis->is_known ? price_of(scaled_of(index) + basis->average) : index;
}

liq_decimal liq_funding_price(liq_decimal index, int64_t rate_nano, int64_t left_ms,
                              int64_t interval_ms)
{
    const liq_int128 whole = (liq_int128)LIQ_FUNDING_NANO * interval_ms;
    const liq_int128 part = (liq_int128)rate_nano * left_ms;
    const liq_int128 scaled = scaled_of(index);
    liq_int128 rest;

    LIQ_ASSERT(interval_ms > 0 && interval_ms <= DAY_MS && left_ms >= 0 && left_ms <= interval_ms);
    LIQ_ASSERT(rate_nano >= -LIQ_FUNDING_NANO && rate_nano <= LIQ_FUNDING_NANO);
    /* In two parts, so that nothing is past 127 bits. */
    rest = scaled % whole * part;
    return price_of(scaled + scaled / whole * part + rest / whole - (rest % whole < 0));
}

liq_decimal liq_mark_traded(const liq_mark_inputs *inputs)
{
    return inputs->bid.digits > 0 && inputs->ask.digits > 0
               ? liq_guard_mean(inputs->bid, inputs->ask)
               : inputs->last;
}

liq_decimal liq_mark_by_funding(const liq_mark_inputs *inputs, const liq_basis *basis,
                                int64_t time_ms)
{
    liq_decimal by_funding = {0};
    int64_t left_ms;

    if (inputs->due_ms != INT64_MIN) {
        left_ms = inputs->due_ms > time_ms ? inputs->due_ms - time_ms : 0;
        left_ms = left_ms < inputs->interval_ms ? left_ms : inputs->interval_ms;
        by_funding =
            liq_funding_price(inputs->index, inputs->rate_nano, left_ms, inputs->interval_ms);
    }
    return median_known(by_funding, liq_basis_price(basis, inputs->index), inputs->last);
}

liq_decimal liq_mark_by_oracle(const liq_mark_inputs *inputs, const liq_basis *basis)
{
    return median_known(liq_basis_price(basis, inputs->index),
                        median_known(inputs->bid, inputs->ask, inputs->last), inputs->outside);
}

/* The median of those that are there: of two their mean; digits 0 when none is. */
static liq_decimal median_known(liq_decimal one, liq_decimal two, liq_decimal three)
{
    const liq_decimal prices[] = {one, two, three};
    liq_decimal known[3] = {{0}};
    int count = 0;

    for (int i = 0; i < 3; i++)
        if (prices[i].digits > 0)
            known[count++] = prices[i];
    if (count == 3)
        return liq_price_median(one, two, three);
    return count == 2 ? liq_guard_mean(known[0], known[1]) : known[0];
}

static liq_int128 scaled_of(liq_decimal price)
{
    liq_int128 out = 0;

    LIQ_ASSERT(liq_price_is_sound(price));
    (void)liq_decimal_scale(&out, price, DECIMALS, LIQ_ROUND_FLOOR);
    return out;
}

/* Of no more than 18 digits; never zero or below. */
static liq_decimal price_of(liq_int128 scaled)
{
    int32_t decimals = DECIMALS;
    liq_decimal out = {1, DECIMALS};

    if (scaled <= 0)
        return out;
    for (; scaled >= (liq_int128)1000000000000000000 && decimals > 0; decimals--)
        scaled /= 10;
    if (!liq_decimal_from_units(&out, (int64_t)scaled, decimals))
        out = (liq_decimal){999999999999999999, 0};
    return out;
}
