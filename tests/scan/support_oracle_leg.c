#include "support_oracle_leg.h"

#include "liq_record.h"

/* Digits that rates of linear-in-size tables have beyond those of other tables. */
enum { SLOPED_RATE_MORE_DECIMALS = 6, SLOPE_MORE_DECIMALS_MAX = 18 };

static const liq_instrument *instrument_of(liq_oracle_rules rules, liq_oracle_mark mark);
static const liq_asset *settle_of(liq_oracle_rules rules, liq_oracle_mark mark);
static const liq_tier *tier_at(liq_oracle_rules rules, liq_oracle_mark mark, uint32_t tier);
static uint32_t tier_of(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots);
static int rate_decimals(liq_oracle_rules rules, liq_oracle_mark mark);
static liq_rational rate_up(liq_oracle_rules rules, liq_oracle_mark mark, liq_decimal rate);
static liq_rational maintenance_rate(liq_oracle_rules rules, liq_oracle_mark mark, uint32_t tier);
static liq_rational rate_grown(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational base,
                               liq_decimal slope, liq_rational lots, uint32_t *reason);
static liq_rational slope_of_lot(liq_oracle_rules rules, liq_oracle_mark mark, liq_decimal slope);
static liq_rational required(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                             liq_rational rate);
static liq_rational maintenance_alone(liq_oracle_rules rules, liq_oracle_mark mark,
                                      liq_rational lots);
static liq_rational maintenance_slices(liq_oracle_rules rules, liq_oracle_mark mark,
                                       liq_rational notional);
static bool rates_fit(liq_oracle_rules rules, liq_oracle_mark mark);

liq_rational liq_oracle_lot_value(const liq_book *book, uint32_t instrument_index,
                                  liq_decimal price)
{
    const liq_instrument *instrument = &book->venue.instruments[instrument_index];
    const liq_rational size = liq_rational_multiply(liq_rational_decimal(instrument->lot),
                                                    liq_rational_decimal(instrument->multiplier));

    if (instrument->kind == LIQ_INSTRUMENT_INVERSE)
        return liq_rational_divide(liq_rational_multiply(size, liq_rational_integer(-1)),
                                   liq_rational_decimal(price));
    return liq_rational_multiply(size, liq_rational_decimal(price));
}

liq_oracle_mark liq_oracle_mark_of(liq_oracle_rules rules, uint32_t instrument_index)
{
    const liq_decimal price = rules.book->instrument_marks[instrument_index];
    liq_oracle_mark out = {.instrument_index = instrument_index, .reason = LIQ_REASON_NONE};
    liq_rational value;
    liq_rational limit;
    int decimals;

    if (price.digits == 0) {
        out.reason = LIQ_REASON_NO_MARK;
        return out;
    }
    decimals = settle_of(rules, out)->value_decimals;
    limit = liq_rational_ten(18 - decimals);
    value = liq_oracle_lot_value(rules.book, instrument_index, price);
    out.down = rules.rounded ? liq_rational_floor(value, decimals) : value;
    out.up = rules.rounded ? liq_rational_ceil(value, decimals) : value;
    out.size = liq_rational_largest(liq_rational_absolute(out.down), liq_rational_absolute(out.up));
    if (liq_rational_compare(out.size, limit) > 0)
        out.reason = LIQ_REASON_MARK_RANGE;
    return out;
}

liq_rational liq_oracle_pnl(liq_oracle_rules rules, liq_oracle_mark mark, int64_t quantity_lots,
                            liq_decimal price)
{
    const int decimals = settle_of(rules, mark)->value_decimals;
    liq_rational then = liq_oracle_lot_value(rules.book, mark.instrument_index, price);

    if (rules.rounded && quantity_lots > 0)
        then = liq_rational_ceil(then, decimals);
    else if (rules.rounded)
        then = liq_rational_floor(then, decimals);
    return liq_rational_multiply(
        liq_rational_integer(quantity_lots),
        liq_rational_subtract(quantity_lots > 0 ? mark.down : mark.up, then));
}

liq_rational liq_oracle_notional(liq_oracle_mark mark, liq_rational lots)
{
    return liq_rational_multiply(lots, mark.size);
}

liq_rational liq_oracle_maintenance(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                                    liq_rational total, uint32_t *reason)
{
    const uint32_t tier = tier_of(rules, mark, total);
    const liq_rational rate = maintenance_rate(rules, mark, tier);
    liq_rational others;
    liq_rational added;

    switch (instrument_of(rules, mark)->tier_form) {
    case LIQ_TIER_WHOLE:
        return required(rules, mark, lots, rate);
    case LIQ_TIER_LINEAR:
        return required(rules, mark, lots,
                        rate_grown(rules, mark, rate, tier_at(rules, mark, tier)->maintenance_slope,
                                   total, reason));
    case LIQ_TIER_DEDUCTION:
    case LIQ_TIER_MARGINAL:
    default:
        others = maintenance_alone(rules, mark, liq_rational_subtract(total, lots));
        added = liq_rational_subtract(maintenance_alone(rules, mark, total), others);
        return liq_rational_largest(added, maintenance_alone(rules, mark, lots));
    }
}

liq_rational liq_oracle_initial(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                                uint32_t *reason)
{
    const liq_tier *tier = tier_at(rules, mark, tier_of(rules, mark, lots));
    liq_rational rate = rate_up(rules, mark, tier->initial_rate);

    if (instrument_of(rules, mark)->tier_form == LIQ_TIER_LINEAR)
        rate = rate_grown(rules, mark, rate, tier->initial_slope, lots, reason);
    return required(rules, mark, lots, rate);
}

liq_oracle_slack liq_oracle_maintenance_slack(liq_oracle_rules rules, liq_oracle_mark mark,
                                              liq_rational total)
{
    const liq_asset *asset = settle_of(rules, mark);
    const liq_tier_form form = instrument_of(rules, mark)->tier_form;
    const uint32_t last = instrument_of(rules, mark)->tier_count - 1;
    const bool exact = liq_rational_compare(mark.down, mark.up) == 0;
    const liq_rational zero = liq_rational_integer(0);
    /* A fine unit a lot at the largest rate. */
    const liq_rational lots = liq_rational_multiply(
        total, liq_rational_multiply(maintenance_rate(rules, mark, last),
                                     liq_rational_ten(-asset->value_decimals)));
    /* Base, fee, and a slope whose digits and product are cut: twenty units cover them. */
    const liq_rational rates = liq_rational_multiply(
        liq_oracle_notional(mark, total),
        liq_rational_multiply(liq_rational_integer(form == LIQ_TIER_LINEAR ? 20 : 2),
                              liq_rational_ten(-rate_decimals(rules, mark))));
    const liq_rational grain = liq_rational_ten(-(asset->decimals + 16));
    liq_oracle_slack out = {.amount = exact ? zero : lots};

    out.unbounded = !exact && (form == LIQ_TIER_WHOLE || form == LIQ_TIER_LINEAR);
    if (form == LIQ_TIER_LINEAR)
        out.amount = liq_rational_add(out.amount, grain);
    if (form == LIQ_TIER_LINEAR || !rates_fit(rules, mark))
        out.amount = liq_rational_add(out.amount, rates);
    return out;
}

liq_rational liq_oracle_pnl_slack(liq_oracle_rules rules, liq_oracle_mark mark, int64_t lots,
                                  liq_decimal price)
{
    const int decimals = settle_of(rules, mark)->value_decimals;
    const liq_rational then = liq_oracle_lot_value(rules.book, mark.instrument_index, price);
    const bool then_exact = liq_rational_compare(then, liq_rational_floor(then, decimals)) == 0;
    const bool mark_exact = liq_rational_compare(mark.down, mark.up) == 0;
    const liq_rational units = liq_rational_integer((then_exact ? 0 : 1) + (mark_exact ? 0 : 1));

    return liq_rational_multiply(
        liq_rational_multiply(liq_rational_absolute(liq_rational_integer(lots)), units),
        liq_rational_ten(-decimals));
}

static const liq_instrument *instrument_of(liq_oracle_rules rules, liq_oracle_mark mark)
{
    return &rules.book->venue.instruments[mark.instrument_index];
}

static const liq_asset *settle_of(liq_oracle_rules rules, liq_oracle_mark mark)
{
    return &rules.book->venue.assets[instrument_of(rules, mark)->settle_index];
}

static const liq_tier *tier_at(liq_oracle_rules rules, liq_oracle_mark mark, uint32_t tier)
{
    return &rules.book->venue.tiers[instrument_of(rules, mark)->tier_first + tier];
}

/* By the size itself, never by lots: its value in the settle asset, or its contracts. A floor of a
   whole-size table belongs to the tier below. */
static uint32_t tier_of(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots)
{
    const liq_instrument *instrument = instrument_of(rules, mark);
    const liq_rational size =
        instrument->tier_measure == LIQ_TIER_BY_NOTIONAL
            ? liq_oracle_notional(mark, lots)
            : liq_rational_multiply(lots, liq_rational_decimal(instrument->lot));
    uint32_t out = 0;

    for (uint32_t i = 1; i < instrument->tier_count; i++) {
        const int order =
            liq_rational_compare(size, liq_rational_decimal(tier_at(rules, mark, i)->floor));

        if (instrument->tier_form == LIQ_TIER_WHOLE ? order > 0 : order >= 0)
            out = i;
    }
    return out;
}

/* fine unit x rate unit = 10^-(decimals + 16), a grain */
static int rate_decimals(liq_oracle_rules rules, liq_oracle_mark mark)
{
    const liq_asset *asset = settle_of(rules, mark);
    const int decimals = asset->decimals + 16 - asset->value_decimals;

    return instrument_of(rules, mark)->tier_form == LIQ_TIER_LINEAR
               ? decimals + SLOPED_RATE_MORE_DECIMALS
               : decimals;
}

static liq_rational rate_up(liq_oracle_rules rules, liq_oracle_mark mark, liq_decimal rate)
{
    const liq_rational exact = liq_rational_decimal(rate);

    return rules.rounded ? liq_rational_ceil(exact, rate_decimals(rules, mark)) : exact;
}

static liq_rational maintenance_rate(liq_oracle_rules rules, liq_oracle_mark mark, uint32_t tier)
{
    const liq_rational rate = rate_up(rules, mark, tier_at(rules, mark, tier)->maintenance_rate);

    if (!rules.book->venue.policy.fee_in_requirement)
        return rate;
    return liq_rational_add(rate,
                            rate_up(rules, mark, instrument_of(rules, mark)->liquidation_fee));
}

/* base + slope x size; the part from the size rounds up. */
static liq_rational rate_grown(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational base,
                               liq_decimal slope, liq_rational lots, uint32_t *reason)
{
    liq_rational part = liq_rational_multiply(lots, slope_of_lot(rules, mark, slope));
    liq_rational rate;

    if (rules.rounded)
        part = liq_rational_ceil(part, rate_decimals(rules, mark));
    rate = liq_rational_add(base, part);
    if (liq_rational_compare(rate, liq_rational_integer(LIQ_RATE_WHOLE_MAX)) >= 0)
        *reason = LIQ_REASON_RATE_RANGE;
    return rate;
}

/* The size of an inverse lot is its value in the coin, that of any other what it is a lot of. A
   slope keeps as many of 18 more decimals as fit in 63 bits. */
static liq_rational slope_of_lot(liq_oracle_rules rules, liq_oracle_mark mark, liq_decimal slope)
{
    const liq_instrument *instrument = instrument_of(rules, mark);
    const liq_rational lot =
        instrument->kind == LIQ_INSTRUMENT_INVERSE
            ? mark.size
            : liq_rational_multiply(liq_rational_decimal(instrument->lot),
                                    liq_rational_decimal(instrument->multiplier));
    const liq_rational exact = liq_rational_multiply(liq_rational_decimal(slope), lot);

    if (!rules.rounded)
        return exact;
    for (int more = SLOPE_MORE_DECIMALS_MAX; more >= 0; more--) {
        const int decimals = rate_decimals(rules, mark) + more;
        const liq_rational out = liq_rational_ceil(exact, decimals);

        if (liq_rational_compare(liq_rational_multiply(out, liq_rational_ten(decimals)),
                                 liq_rational_integer(INT64_MAX)) <= 0)
            return out;
    }
    return exact; /* far past 1000% for a single lot */
}

static liq_rational required(liq_oracle_rules rules, liq_oracle_mark mark, liq_rational lots,
                             liq_rational rate)
{
    const liq_rational exact = liq_rational_multiply(liq_oracle_notional(mark, lots), rate);

    return rules.rounded ? liq_rational_ceil(exact, settle_of(rules, mark)->decimals + 16) : exact;
}

/* Of a continuous table: by its stated deduction, or as the sum over its slices, which is what
   deductions stand for. */
static liq_rational maintenance_alone(liq_oracle_rules rules, liq_oracle_mark mark,
                                      liq_rational lots)
{
    const liq_rational notional = liq_oracle_notional(mark, lots);
    const uint32_t tier = tier_of(rules, mark, lots);
    const liq_rational deduction =
        liq_rational_multiply(liq_rational_wide(tier_at(rules, mark, tier)->deduction_grains),
                              liq_rational_ten(-(settle_of(rules, mark)->decimals + 16)));

    if (instrument_of(rules, mark)->tier_form == LIQ_TIER_MARGINAL || !rules.rounded)
        return maintenance_slices(rules, mark, notional);
    return liq_rational_largest(
        liq_rational_integer(0),
        liq_rational_subtract(liq_rational_multiply(notional, maintenance_rate(rules, mark, tier)),
                              deduction));
}

static liq_rational maintenance_slices(liq_oracle_rules rules, liq_oracle_mark mark,
                                       liq_rational notional)
{
    const uint32_t count = instrument_of(rules, mark)->tier_count;
    liq_rational sum = liq_rational_integer(0);

    for (uint32_t i = 0; i < count; i++) {
        const liq_rational floor = liq_rational_decimal(tier_at(rules, mark, i)->floor);
        liq_rational top = notional;

        if (liq_rational_compare(notional, floor) <= 0)
            break;
        if (i + 1 < count)
            top = liq_rational_least(notional,
                                     liq_rational_decimal(tier_at(rules, mark, i + 1)->floor));
        sum = liq_rational_add(sum, liq_rational_multiply(liq_rational_subtract(top, floor),
                                                          maintenance_rate(rules, mark, i)));
    }
    return sum;
}

/* Whether no rate of the table needs to be rounded. */
static bool rates_fit(liq_oracle_rules rules, liq_oracle_mark mark)
{
    const liq_oracle_rules plain = {.book = rules.book, .rounded = false};

    for (uint32_t i = 0; i < instrument_of(rules, mark)->tier_count; i++)
        if (liq_rational_compare(maintenance_rate(rules, mark, i),
                                 maintenance_rate(plain, mark, i)) != 0)
            return false;
    return true;
}
