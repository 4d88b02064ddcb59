/*
 * How a venue guards against bad prices and runaway cascades, as the object "guards" of a policy.
 * A guard that is not spoken of is off, but for stale marks: nobody is liquidated on an old price.
 */
#ifndef LIQ_POLICY_POLICY_GUARDS_H
#define LIQ_POLICY_POLICY_GUARDS_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/json.h"

/* Shares count 10^-6. */
enum { LIQ_GUARD_SHARE_ONE = 1000000, LIQ_GUARD_STALE_MS_DEFAULT = 10000 };

/* Which mark stands while one that was sent is in doubt. */
typedef enum liq_suspect_rule {
    LIQ_SUSPECT_KEEP = 0, /* the last one that was not */
    LIQ_SUSPECT_CLAMP = 1 /* that one, moved by the step at most */
} liq_suspect_rule;

typedef struct liq_guards {
    int64_t stale_ms; /* a mark is too old to act on after so long; 0: never */
    int64_t step;     /* the most that a mark moves against the one before, 10^-6; 0: any */
    int64_t band;     /* the most that a mark is away from its index, 10^-6; 0: any */
    liq_suspect_rule suspect;
    uint32_t confirm_marks; /* that agree with a doubtful one make it good; 0: no number does */
    int64_t confirm_ms;     /* for which it goes on make it good; 0: no time does */
    int64_t calm_ms;        /* without a bad mark after which a halt ends */
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
