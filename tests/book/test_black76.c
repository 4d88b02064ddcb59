#include <criterion/criterion.h>
#include <math.h>

#include "book/black76.h"

typedef struct published {
    liq_black76 option;
    double rate;
    double price; /* discounted, as printed */
    double digits;
} published;

/* Textbooks discount; the model here does not, because margin does not. */
Test(black76, gives_published_values)
{
    static const published cases[] = {
        /* Haug, The Complete Guide to Option Pricing Formulas: both sides at the money. */
        {{19, 19, 0.28, 0.75, false}, 0.10, 1.7011, 4},
        {{19, 19, 0.28, 0.75, true}, 0.10, 1.7011, 4},
        /* Hull, Options, Futures and Other Derivatives: a put on a crude oil future. */
        {{20, 20, 0.25, 4.0 / 12, true}, 0.09, 1.12, 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const double price =
            liq_black76_price(cases[i].option) * exp(-cases[i].rate * cases[i].option.years);

        cr_expect_float_eq(price, cases[i].price, 0.5 * pow(10, -cases[i].digits), "%zu: %f", i,
                           price);
    }
}

Test(black76, keeps_put_call_parity_and_bounds)
{
    for (int strike = 100; strike <= 100000; strike *= 3)
        for (int forward = 100; forward <= 100000; forward *= 3)
            for (int percent = 1; percent <= 625; percent *= 5)
                for (int days = 0; days <= 900; days = 30 * days + 1) {
                    liq_black76 option = {forward, strike, percent / 100.0, days / 365.0, false};
                    const double call = liq_black76_price(option);
                    const double delta = liq_black76_delta(option);
                    double put;

                    option.is_put = true;
                    put = liq_black76_price(option);
                    cr_assert_float_eq(call - put, forward - strike, 1e-9 * (forward + strike));
                    cr_assert(call >= -1e-9 && call <= forward + 1e-9);
                    cr_assert(put >= -1e-9 && put <= strike + 1e-9);
                    cr_assert(delta >= 0 && delta <= 1);
                    if (days > 0) /* at expiry, at the money, there is no one delta */
                        cr_assert_float_eq(delta - liq_black76_delta(option), 1, 1e-12);
                }
}

Test(black76, is_worth_its_intrinsic_value_when_nothing_is_uncertain)
{
    static const struct {
        liq_black76 option;
        double price;
        double delta;
    } cases[] = {{{110, 100, 0, 1, false}, 10, 1},   {{110, 100, 0.5, 0, false}, 10, 1},
                 {{90, 100, 0.5, -1, false}, 0, 0},  {{90, 100, -0.5, 1, true}, 10, -1},
                 {{110, 100, NAN, 1, false}, 10, 1}, {{110, 100, 0, 1, true}, 0, 0}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cr_expect_eq(liq_black76_price(cases[i].option), cases[i].price, "%zu", i);
        cr_expect_eq(liq_black76_delta(cases[i].option), cases[i].delta, "%zu", i);
    }
}

/* More volatility, more time: more value. */
Test(black76, rises_with_volatility_and_time)
{
    double before = 0;

    for (int step = 1; step < 50; step++) {
        const liq_black76 option = {60000, 70000, 0.1 * step, 0.25, step % 2 == 0};
        const double price = liq_black76_price(option) - (option.is_put ? 10000 : 0);

        cr_expect_gt(price, before, "%d", step);
        before = price;
    }
}
