/*
 * A mark price out of an index, for venues that do not send theirs: the median of three prices of
 * which two follow the index, so that no trade alone moves it far.
 *
 * Binance: index x (1 + funding rate x time left / interval), index + average of the basis, last.
 * Hyperliquid: oracle + average of the basis, median(bid, ask, last), weighted median of outside
 * venues.
 *
 * The basis is the middle of bid and ask less the index; where one of the two is missing, last less
 * the index. Prices that are missing do not count: the median of two is their mean.
 */
#ifndef LIQ_GUARD_MARK_PRICE_H
#define LIQ_GUARD_MARK_PRICE_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/int128.h"

enum {
    LIQ_FUNDING_NANO = 1000000000,
    LIQ_FUNDING_INTERVAL_MS_DEFAULT = 28800000, /* 8 hours */
    LIQ_FUNDING_INTERVAL_MS_MAX = 86400000
};

/* What a mark is made of, as it was sent; NULL or 0: not there. */
typedef struct liq_mark_texts {
    const char *index;
    const char *last;
    const char *bid;
    const char *ask;
    const char *outside;         /* weighted median of the perpetuals of other venues */
    const char *funding_rate;    /* of the coming interval */
    int64_t funding_time_ms;     /* when it is due; with a rate */
    int64_t funding_interval_ms; /* 1 .. LIQ_FUNDING_INTERVAL_MS_MAX; 0: the default */
} liq_mark_texts;

/* The same, read. Prices have digits 0 where they are not there. */
typedef struct liq_mark_inputs {
    liq_decimal index;
    liq_decimal last;
    liq_decimal bid;
    liq_decimal ask;
    liq_decimal outside;
    int64_t rate_nano; /* 10^-9, within +-1 */
    int64_t due_ms;    /* INT64_MIN: no rate */
    int64_t interval_ms;
    const char *bad_name; /* of an input that is zero or below; NULL: none is */
    liq_decimal bad;
} liq_mark_inputs;

/* How far a price has been from its index, as an exponential average over time; zero it. */
typedef struct liq_basis {
    liq_int128 average; /* 10^-12 of the price */
    int64_t time_ms;
    bool is_known;
} liq_basis;

/**
 * Read what a mark is made of. A rate finer than 10^-9 is rounded down.
 * @return LIQ_OK, also with a price that is none, which is told in the inputs; LIQ_BAD_INPUT,
 * LIQ_OUT_OF_RANGE (a rate past +-1, too many digits)
 */
LIQ_MUST_USE liq_status liq_mark_inputs_read(liq_mark_inputs *out, const liq_mark_texts *texts,
                                             liq_error *err);

/**
 * Take a price. The average moves by elapsed / (window + elapsed) of the way.
 * @param time_ms    not before the last one, or that counts
 * @param window_ms  1 .. a day
 */
void liq_basis_note(liq_basis *basis, int64_t time_ms, liq_decimal price, liq_decimal index,
                    int64_t window_ms);

/** index + average, not below the last decimal of a price; the index itself where none is known. */
liq_decimal liq_basis_price(const liq_basis *basis, liq_decimal index);

/** What the basis is measured by. @return digits 0: nothing that does is there */
liq_decimal liq_mark_traded(const liq_mark_inputs *inputs);

/**
 * index x (1 + rate x left / interval), rounded down to 10^-12.
 * @param rate_nano    of the coming interval, 10^-9, within +-1
 * @param left_ms      0 .. interval_ms
 */
liq_decimal liq_funding_price(liq_decimal index, int64_t rate_nano, int64_t left_ms,
                              int64_t interval_ms);

/** The mark of Binance. @param inputs  with an index, none bad @param time_ms  0 or more */
liq_decimal liq_mark_by_funding(const liq_mark_inputs *inputs, const liq_basis *basis,
                                int64_t time_ms);

/** The mark of Hyperliquid. @param inputs  with an index, none bad */
liq_decimal liq_mark_by_oracle(const liq_mark_inputs *inputs, const liq_basis *basis);

#endif
