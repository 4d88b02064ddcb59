#include "guard/mark_price.h"

#include "base/fail.h"
#include "guard/nearness.h"

enum { DECIMALS = 12, DAY_MS = 86400000 };

static liq_int128 scaled_of(liq_decimal price);
static liq_decimal price_of(liq_int128 scaled);

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
    liq_int128 more;

    LIQ_ASSERT(interval_ms > 0 && interval_ms <= DAY_MS && left_ms >= 0 && left_ms <= interval_ms);
    LIQ_ASSERT(rate_nano >= -LIQ_FUNDING_NANO && rate_nano <= LIQ_FUNDING_NANO);
    /* In two parts, so that nothing is past 127 bits. */
    more = scaled / whole * part + scaled % whole * part / whole;
    return price_of(scaled + more);
}

liq_decimal liq_mark_by_funding(liq_decimal index, liq_decimal funding_price,
                                const liq_basis *basis, liq_decimal last)
{
    return liq_price_median(funding_price, liq_basis_price(basis, index), last);
}

liq_decimal liq_mark_by_oracle(liq_decimal oracle, const liq_basis *basis, liq_decimal bid,
                               liq_decimal ask, liq_decimal last, const liq_index_source *outside,
                               uint32_t count)
{
    const liq_index_rules rules = {0};
    const liq_decimal by_oracle = liq_basis_price(basis, oracle);
    const liq_decimal by_book = liq_price_median(bid, ask, last);
    liq_decimal by_venues;
    uint32_t silent;
    uint32_t outliers;

    if (count == 0 || !liq_index_of(outside, count, &rules, 0, &by_venues, &silent, &outliers))
        return liq_guard_mean(by_oracle, by_book);
    return liq_price_median(by_oracle, by_book, by_venues);
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
