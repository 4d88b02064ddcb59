/*
 * A guard of two instruments and two assets, and the names that it lends.
 */
#ifndef LIQ_TESTS_SUPPORT_GUARDED_H
#define LIQ_TESTS_SUPPORT_GUARDED_H

#include "guard/guard.h"

/* Slots: BTCUSDT and ETHUSDT, then the index prices of USDT and BTC. */
enum { BTC_MARK = 0, ETH_MARK = 1, USDT = 2, BTC_INDEX = 3 };

typedef struct guarded {
    liq_names *instruments;
    liq_names *assets;
    liq_guard *guard;
} guarded;

/* No mark goes by an index price yet. */
void guard_make(guarded *out, const liq_guards *rules);

void guard_end(guarded *self);

/* A list of two names, for liq_names_destroy. */
void names_take(liq_names **out, const char *one, const char *two);

/* The number of a text. */
liq_decimal price(const char *text);

#endif
