/*
 * Black's model of 1976: a European option on a forward, undiscounted.
 *
 * The functions of libm that it calls (exp, log, sqrt, erfc, pow for vega powers) are correct to an
 * ulp or two in glibc, and the compiler is told not to contract products and sums: a host gives the
 * same bits every time. Another libm may differ in the last bit of a price; nothing is compared
 * across hosts but grids, which are rounded to fine units.
 */
#ifndef LIQ_BOOK_BLACK76_H
#define LIQ_BOOK_BLACK76_H

#include <stdbool.h>

typedef struct liq_black76 {
    double forward;    /* above zero */
    double strike;     /* above zero */
    double volatility; /* a year; zero or less: the forward stays where it is */
    double years;      /* to expiry; zero or less: it expires now */
    bool is_put;
} liq_black76;

/** Price in the currency of the strike. */
double liq_black76_price(liq_black76 option);

/** Change of the price with the forward: 0 .. 1 of a call, -1 .. 0 of a put. */
double liq_black76_delta(liq_black76 option);

#endif
