/*
 * One index price out of several sources: their weighted median, in which a source counts for
 * nothing while it is silent, or further than a share from the median of all that are not.
 *
 * The weighted median is the price at which half of the weight is reached from below; where that
 * is exactly between two prices it is their mean.
 */
#ifndef LIQ_GUARD_INDEX_SOURCES_H
#define LIQ_GUARD_INDEX_SOURCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"
#include "policy/policy_guards.h"

enum { LIQ_INDEX_SOURCES_MAX = 32 };

typedef struct liq_index_source {
    liq_decimal price; /* digits 0: it has sent none */
    int64_t heard_ms;
    uint32_t weight; /* above 0 */
} liq_index_source;

/* What an index is made of. */
typedef struct liq_index_rules {
    int64_t outlier;   /* share, 10^-6; 0: nobody is too far */
    int64_t silent_ms; /* 0: nobody is silent */
} liq_index_rules;

/**
 * @param sources  count of them
 * @param count    1 .. LIQ_INDEX_SOURCES_MAX
 * @param out      receives the index price
 * @param silent   receives a bit for each source that has said nothing for so long
 * @param outlier  receives a bit for each that is too far away
 * @return false when no source counts
 */
bool liq_index_of(const liq_index_source *sources, uint32_t count, const liq_index_rules *rules,
                  int64_t now_ms, liq_decimal *out, uint32_t *silent, uint32_t *outlier);

/** The median of three prices. */
liq_decimal liq_price_median(liq_decimal one, liq_decimal two, liq_decimal three);

#endif
