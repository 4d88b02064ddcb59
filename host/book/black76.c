#include "book/black76.h"

#include <math.h>

static double normal(double x);
static bool is_certain(liq_black76 option);
static double intrinsic(liq_black76 option);

double liq_black76_price(liq_black76 option)
{
    const double deviation = option.volatility * sqrt(option.years > 0 ? option.years : 0);
    double one;
    double two;

    if (is_certain(option))
        return intrinsic(option);
    one = log(option.forward / option.strike) / deviation + deviation / 2;
    two = one - deviation;
    if (option.is_put)
        return option.strike * normal(-two) - option.forward * normal(-one);
    return option.forward * normal(one) - option.strike * normal(two);
}

double liq_black76_delta(liq_black76 option)
{
    const double deviation = option.volatility * sqrt(option.years > 0 ? option.years : 0);
    double one;

    if (is_certain(option)) {
        if (intrinsic(option) <= 0)
            return 0;
        return option.is_put ? -1 : 1;
    }
    one = log(option.forward / option.strike) / deviation + deviation / 2;
    return option.is_put ? -normal(-one) : normal(one);
}

/* The standard normal distribution. */
static double normal(double x)
{
    return erfc(-x / 1.4142135623730951) / 2;
}

static bool is_certain(liq_black76 option)
{
    return !(option.volatility > 0) || !(option.years > 0);
}

static double intrinsic(liq_black76 option)
{
    const double value =
        option.is_put ? option.strike - option.forward : option.forward - option.strike;

    return value > 0 ? value : 0;
}
