#include "book/portfolio_option.h"

#include <math.h>

#include "book/black76.h"

enum { ONE = 1000000 };

#define DAYS_A_YEAR 365.0
#define DAYS_OF_POWER 30.0
#define FINE_MAX 1e19 /* a larger number is refused before it is an integer */

/* An option at its prices. */
typedef struct priced_option {
    liq_black76 now;
    bool is_inverse; /* settled in its underlying: a price is a count of that */
    double fine;     /* fine units of the settle asset for a lot and a price of one */
} priced_option;

static double number_of(liq_decimal value);
static double settle_price(const priced_option *option, liq_black76 at);
static double moved_volatility(const liq_black76 *option, const liq_portfolio_grid *grid,
                               int64_t move_ppm);
static liq_bracket bracket_of(double fine, bool *fits);

void liq_portfolio_option_fill(liq_portfolio_lot *out, const liq_venue *venue,
                               uint32_t instrument_index, const liq_portfolio_grid *grid,
                               const liq_portfolio_inputs *inputs)
{
    const liq_instrument *instrument = &venue->instruments[instrument_index];
    const liq_option_terms *terms = &instrument->option;
    const int32_t decimals = venue->assets[instrument->settle_index].value_decimals;
    priced_option option = {.now = {.forward = number_of(inputs->underlying_mark),
                                    .strike = number_of(terms->strike),
                                    .volatility = number_of(inputs->volatility),
                                    .years = number_of(inputs->days) / DAYS_A_YEAR,
                                    .is_put = terms->is_put},
                            .is_inverse = terms->is_inverse,
                            .fine = number_of(instrument->lot_multiplier) * pow(10.0, decimals)};
    double settle_now;
    double underlying;
    bool fits = true;

    out->is_option = true;
    if (inputs->underlying_mark.digits == 0) {
        out->reason = LIQ_REASON_NO_MARK;
        out->reason_index = terms->underlying_index;
        return;
    }
    if (inputs->volatility.digits == 0 || inputs->days.digits == 0) {
        out->reason =
            inputs->volatility.digits == 0 ? LIQ_REASON_NO_VOLATILITY : LIQ_REASON_NO_MARK;
        if (inputs->volatility.digits != 0)
            out->reason_index = terms->days_index;
        return;
    }
    settle_now = settle_price(&option, option.now);
    for (uint32_t i = 0; i < grid->scenario_count; i++) {
        const liq_portfolio_scenario *scenario = &grid->scenarios[i];
        liq_black76 moved = option.now;

        moved.forward *= (double)(ONE + scenario->price_ppm) / ONE;
        moved.volatility = moved_volatility(&option.now, grid, scenario->volatility_ppm);
        out->pnl[i] = bracket_of((settle_price(&option, moved) - settle_now) *
                                     ((double)scenario->cover_ppm / ONE) * option.fine,
                                 &fits);
    }
    underlying = option.fine * (option.is_inverse ? 1.0 : option.now.forward);
    out->underlying = bracket_of(underlying, &fits);
    out->delta = bracket_of(underlying * liq_black76_delta(option.now), &fits);
    if (!fits)
        out->reason = LIQ_REASON_SCENARIO;
}

/* The nearest double to a decimal: both numbers are exact below 2^53, and one division rounds. */
static double number_of(liq_decimal value)
{
    return (double)value.digits / pow(10.0, value.decimals);
}

static double settle_price(const priced_option *option, liq_black76 at)
{
    const double price = liq_black76_price(at);

    return option->is_inverse ? price / at.forward : price;
}

/* A move grows towards expiry, ends at a least volatility when it is up, and never below zero. */
static double moved_volatility(const liq_black76 *option, const liq_portfolio_grid *grid,
                               int64_t move_ppm)
{
    const double days = option->years * DAYS_A_YEAR;
    const double counted = days > grid->days_least ? days : grid->days_least;
    const double power = counted < DAYS_OF_POWER ? grid->power_short : grid->power_long;
    const double move = (double)move_ppm / ONE * pow(DAYS_OF_POWER / counted, power);
    const double moved = option->volatility * (1 + move);

    if (move_ppm == 0)
        return option->volatility;
    if (move_ppm > 0 && moved < grid->volatility_up_least)
        return grid->volatility_up_least;
    return moved > 0 ? moved : 0;
}

static liq_bracket bracket_of(double fine, bool *fits)
{
    if (!(fine > -FINE_MAX && fine < FINE_MAX)) {
        *fits = false;
        return (liq_bracket){0};
    }
    return (liq_bracket){.low = (liq_int128)floor(fine), .high = (liq_int128)ceil(fine)};
}
