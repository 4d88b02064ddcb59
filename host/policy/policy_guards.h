/*
 * How a venue guards against bad prices and runaway cascades, as the object "guards" of a policy.
 * A guard that is not spoken of is off, but for stale marks: nobody is liquidated on an old price.
 */
#ifndef LIQ_POLICY_POLICY_GUARDS_H
#define LIQ_POLICY_POLICY_GUARDS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/decimal.h"
#include "base/json.h"

/* Shares count 10^-6. */
enum {
    LIQ_GUARD_SHARE_ONE = 1000000,
    LIQ_GUARD_STALE_MS_DEFAULT = 10000,
    LIQ_MARK_WINDOW_MS_DEFAULT = 150000,
    LIQ_INDEX_WEIGHTS_MAX = 32,
    LIQ_INDEX_WEIGHT_MAX = 1000000,
    LIQ_INDEX_SOURCE_BYTES = 33
};

/* What a circuit breaker does while it is on. */
typedef enum liq_breaker_rule {
    LIQ_BREAKER_OFF = 0,
    LIQ_BREAKER_LIQUIDATIONS = 1, /* nobody who holds what it is about is liquidated */
    LIQ_BREAKER_NEW_RISK = 2      /* the exchange is told to take on no new risk; else nothing */
} liq_breaker_rule;

/* Where marks come from. */
typedef enum liq_mark_rule {
    LIQ_MARK_GIVEN = 0,      /* they are sent */
    LIQ_MARK_BINANCE = 1,    /* made of an index, funding and the last price, when none is sent */
    LIQ_MARK_HYPERLIQUID = 2 /* of an index, the book, and other venues */
} liq_mark_rule;

/* Which mark stands while one that was sent is in doubt. */
typedef enum liq_suspect_rule {
    LIQ_SUSPECT_KEEP = 0, /* the last one that was not */
    LIQ_SUSPECT_CLAMP = 1 /* that one, moved by the step at most */
} liq_suspect_rule;

/* What a source of an index price counts; others count 1. */
typedef struct liq_index_weight {
    char source[LIQ_INDEX_SOURCE_BYTES];
    uint32_t weight;
} liq_index_weight;

typedef struct liq_guards {
    int64_t stale_ms; /* a mark is too old to act on after so long; 0: never */
    int64_t step;     /* the most that a mark moves against the one before, 10^-6; 0: any */
    int64_t band;     /* the most that a mark is away from its index, 10^-6; 0: any */
    liq_suspect_rule suspect;
    uint32_t confirm_marks;  /* that agree with a doubtful one make it good; 0: no number does */
    int64_t confirm_ms;      /* for which it goes on make it good; 0: no time does */
    int64_t witness_ms;      /* for which a fresh price that speaks against it keeps it from that */
    int64_t calm_ms;         /* without a bad mark after which a halt ends */
    int64_t index_outlier;   /* a source further than that from the median counts nothing, 10^-6; 0:
                                the last price of any source is the index */
    int64_t index_silent_ms; /* nor does one that has said nothing for so long; 0: never */
    liq_mark_rule mark;
    int64_t mark_window_ms;    /* over which the distance from the index is averaged, 1 .. a day */
    int64_t rate_ms;           /* of an interval */
    liq_decimal rate_notional; /* liquidated of an instrument in one; margin currency, 0: any */
    liq_breaker_rule breaker;
    int64_t breaker_drawdown; /* of a fund against its peak of 8 hours, 10^-6; 0: any */
    int64_t breaker_move;     /* of a mark within breaker_move_ms, 10^-6; 0: any */
    int64_t breaker_move_ms;
    int64_t breaker_cooldown_ms; /* it stays on for so long behind its cause */
    uint32_t breaker_rounds;     /* of a cascade in a tick; 0: any */
    uint32_t index_weight_count;
    liq_index_weight index_weights[LIQ_INDEX_WEIGHTS_MAX];
} liq_guards;

/** What holds where a policy says nothing. */
liq_guards liq_guards_default(void);

/**
 * Refuse keys that are no guards.
 * @param value  an object
 */
LIQ_MUST_USE liq_status liq_guards_check(const liq_json *json, const liq_json_value *value,
                                         liq_error *err);

/**
 * Read guards: each from the override when it has it, else from the profile, else the default.
 * @param profile, override  objects that liq_guards_check has passed, or NULL
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_guards_read(liq_guards *out, const liq_json *profile_json,
                                        const liq_json_value *profile,
                                        const liq_json *override_json,
                                        const liq_json_value *override, liq_error *err);

#endif
