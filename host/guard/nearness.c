#include "guard/nearness.h"

#include "base/fail.h"
#include "policy/policy_guards.h"

enum { SCALE_STEP = 6, PRICES_MAX = 3, CLAMP_DECIMALS_MORE = 2 };

/* Times a share of 10 in 10^-6 this still fits in 127 bits. */
static const liq_int128 scaled_max = (liq_int128)1000000000000000 * 1000000000000000;

static int32_t prices_scale(liq_int128 *out, const liq_decimal *prices, int count);
static liq_int128 apart(liq_int128 left, liq_int128 right);

bool liq_price_is_sound(liq_decimal price)
{
    liq_int128 whole;

    return price.digits > 0 && liq_decimal_scale(&whole, price, 0, LIQ_ROUND_FLOOR) &&
           whole < (liq_int128)1000000000000000000;
}

bool liq_price_within(liq_decimal price, liq_decimal base, int64_t share)
{
    const liq_decimal prices[] = {price, base};
    liq_int128 scaled[2];

    (void)prices_scale(scaled, prices, 2);
    return apart(scaled[0], scaled[1]) * LIQ_GUARD_SHARE_ONE <= scaled[1] * share;
}

bool liq_price_nearer(liq_decimal price, liq_decimal left, liq_decimal right)
{
    const liq_decimal prices[] = {price, left, right};
    liq_int128 scaled[3];

    (void)prices_scale(scaled, prices, 3);
    return apart(scaled[0], scaled[1]) < apart(scaled[0], scaled[2]);
}

liq_decimal liq_price_clamp(liq_decimal price, liq_decimal base, int64_t share)
{
    const liq_decimal prices[] = {price, base};
    const int32_t decimals_most = base.decimals + CLAMP_DECIMALS_MORE;
    liq_int128 scaled[2];
    int32_t decimals = prices_scale(scaled, prices, 2);
    liq_int128 moved = scaled[1] * share / LIQ_GUARD_SHARE_ONE;
    liq_decimal out;

    if (apart(scaled[0], scaled[1]) <= moved)
        return price;
    for (; decimals > 0 &&
           (decimals > decimals_most || scaled[1] + moved >= (liq_int128)1000000000000000000);
         decimals--) {
        moved /= 10;
        scaled[0] /= 10;
        scaled[1] = scaled[0] > scaled[1] / 10 ? scaled[1] / 10 : (scaled[1] + 9) / 10;
    }
    moved = scaled[0] > scaled[1] ? scaled[1] + moved : scaled[1] - moved;
    if (decimals < base.decimals || moved <= 0 ||
        !liq_decimal_from_units(&out, (int64_t)moved, decimals))
        return base;
    return out;
}

liq_decimal liq_guard_mean(liq_decimal left, liq_decimal right)
{
    const liq_decimal prices[] = {left, right};
    liq_int128 scaled[2];
    const int32_t finer = left.decimals > right.decimals ? left.decimals : right.decimals;
    int32_t decimals = prices_scale(scaled, prices, 2);
    liq_int128 mean = (scaled[0] + scaled[1]) / 2;
    liq_decimal out = left;

    for (; decimals > 0 && (decimals > finer + 1 || mean >= (liq_int128)1000000000000000000);
         decimals--)
        mean /= 10;
    (void)liq_decimal_from_units(&out, (int64_t)mean, decimals);
    return out;
}

/* The finest scale that holds them all. @return its decimals */
static int32_t prices_scale(liq_int128 *out, const liq_decimal *prices, int count)
{
    for (int32_t decimals = LIQ_DECIMAL_DECIMALS_MAX; decimals >= 0; decimals -= SCALE_STEP) {
        bool fits = true;

        for (int i = 0; i < count && fits; i++)
            fits = liq_decimal_scale(&out[i], prices[i], decimals, LIQ_ROUND_FLOOR) &&
                   out[i] <= scaled_max;
        if (fits)
            return decimals;
    }
    LIQ_ASSERT(count == 0); /* below 10^18 they fit at no decimals */
    return 0;
}

static liq_int128 apart(liq_int128 left, liq_int128 right)
{
    return left > right ? left - right : right - left;
}
