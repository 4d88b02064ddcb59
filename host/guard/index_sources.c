#include "guard/index_sources.h"

#include "base/fail.h"
#include "guard/nearness.h"

static bool median_of(const liq_index_source *sources, uint32_t count, uint32_t without,
                      liq_decimal *out);
static uint32_t sorted(const liq_index_source *sources, uint32_t count, uint32_t without,
                       uint32_t order[LIQ_INDEX_SOURCES_MAX], uint64_t *weight);

bool liq_index_of(const liq_index_source *sources, uint32_t count, const liq_index_rules *rules,
                  int64_t now_ms, liq_decimal *out, uint32_t *silent, uint32_t *outlier)
{
    LIQ_ASSERT(count >= 1 && count <= LIQ_INDEX_SOURCES_MAX);
    *silent = 0;
    *outlier = 0;
    for (uint32_t i = 0; i < count; i++)
        if (sources[i].price.digits == 0 ||
            (rules->silent_ms > 0 && now_ms - sources[i].heard_ms > rules->silent_ms))
            *silent |= 1u << i;
    if (!median_of(sources, count, *silent, out))
        return false;
    for (uint32_t i = 0; rules->outlier > 0 && i < count; i++)
        if ((*silent & 1u << i) == 0 && !liq_price_within(sources[i].price, *out, rules->outlier))
            *outlier |= 1u << i;
    return *outlier == 0 || median_of(sources, count, *silent | *outlier, out);
}

liq_decimal liq_price_median(liq_decimal one, liq_decimal two, liq_decimal three)
{
    const bool rises = liq_decimal_compare(one, two) <= 0;
    const liq_decimal low = rises ? one : two;
    const liq_decimal high = rises ? two : one;

    if (liq_decimal_compare(three, low) <= 0)
        return low;
    return liq_decimal_compare(three, high) >= 0 ? high : three;
}

/* @param without  a bit for each source that does not count */
static bool median_of(const liq_index_source *sources, uint32_t count, uint32_t without,
                      liq_decimal *out)
{
    uint32_t order[LIQ_INDEX_SOURCES_MAX];
    uint64_t weight = 0;
    uint64_t below = 0;
    const uint32_t kept = sorted(sources, count, without, order, &weight);

    for (uint32_t i = 0; i < kept; i++) {
        below += sources[order[i]].weight;
        if (2 * below < weight)
            continue;
        *out = sources[order[i]].price;
        if (2 * below == weight)
            *out = liq_guard_mean(*out, sources[order[i + 1]].price);
        return true;
    }
    return false;
}

/* Those that count, by price, ties by place. @param weight  receives what they weigh */
static uint32_t sorted(const liq_index_source *sources, uint32_t count, uint32_t without,
                       uint32_t order[LIQ_INDEX_SOURCES_MAX], uint64_t *weight)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = kept;

        if ((without & 1u << i) != 0)
            continue;
        for (; at > 0 && liq_decimal_compare(sources[order[at - 1]].price, sources[i].price) > 0;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
        kept++;
        *weight += sources[i].weight;
    }
    return kept;
}
