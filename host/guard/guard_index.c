/*
 * Index prices that come from several sources.
 */
#include "base/fail.h"
#include "base/memory.h"
#include "guard/guard_internal.h"
#include "guard/nearness.h"

static void outliers_tell(liq_guard *guard, uint32_t slot, uint32_t outliers, liq_decimal index);

void liq_guard_weight_set(liq_guard *guard, uint32_t source, uint32_t weight)
{
    LIQ_ASSERT(source < LIQ_INDEX_SOURCES_MAX && weight >= 1 && weight <= LIQ_INDEX_WEIGHT_MAX);
    guard->weights[source] = weight;
}

liq_guard_verdict liq_guard_index(liq_guard *guard, uint32_t slot, uint32_t source, int64_t time_ms,
                                  liq_decimal price, liq_decimal *used)
{
    const liq_index_rules rules = {.outlier = guard->rules.index_outlier,
                                   .silent_ms = guard->rules.index_silent_ms};
    const int64_t now_ms = guard->now_ms == LIQ_GUARD_NO_TIME ? 0 : guard->now_ms;
    const int64_t at_ms = time_ms == LIQ_GUARD_NO_TIME ? now_ms : time_ms;
    liq_guard_index_slot *of;
    liq_decimal index;
    uint32_t silent;
    uint32_t outliers;

    LIQ_ASSERT(slot < guard->slot_count && source < LIQ_INDEX_SOURCES_MAX);
    if (rules.outlier == 0 || (of = liq_guard_index_slot_of(guard, slot)) == NULL)
        return liq_guard_mark(guard, slot, time_ms, price, used);
    if (at_ms < of->sources[source].heard_ms) {
        guard->counts.marks++;
        guard->counts.refused++;
        return LIQ_GUARD_REFUSE;
    }
    of->sources[source] =
        (liq_index_source){.price = liq_price_is_sound(price) ? price : (liq_decimal){0},
                           .heard_ms = at_ms,
                           .weight = guard->weights[source]};
    if (!liq_index_of(of->sources, LIQ_INDEX_SOURCES_MAX, &rules, at_ms, &index, &silent,
                      &outliers)) {
        /* Nobody says anything, or they are so far from each other that nobody is right. */
        guard->counts.marks++;
        return liq_guard_refuse(guard, slot, at_ms, price);
    }
    outliers_tell(guard, slot, outliers, index);
    if (time_ms != LIQ_GUARD_NO_TIME && time_ms < guard->slots[slot].time_ms)
        time_ms = guard->slots[slot].time_ms; /* sources have clocks of their own */
    return liq_guard_mark(guard, slot, time_ms, index, used);
}

liq_guard_index_slot *liq_guard_index_slot_of(liq_guard *guard, uint32_t slot)
{
    if (guard->indices[slot] == NULL &&
        liq_memory_array(&guard->indices[slot], 1, sizeof *guard->indices[slot], NULL) != LIQ_OK)
        guard->has_failed = true;
    return guard->indices[slot];
}

static void outliers_tell(liq_guard *guard, uint32_t slot, uint32_t outliers, liq_decimal index)
{
    liq_guard_index_slot *of = guard->indices[slot];
    const uint32_t changed = of->outliers ^ outliers;
    liq_decimal limit = {0};

    (void)liq_decimal_from_units(&limit, guard->rules.index_outlier, 6);
    for (uint32_t i = 0; i < LIQ_INDEX_SOURCES_MAX; i++) {
        const bool is_outlier = (outliers & 1u << i) != 0;
        const liq_guard_firing firing = {.slot = slot,
                                         .kind = LIQ_GUARD_OUTLIER,
                                         .is_end = !is_outlier,
                                         .source = i,
                                         .observed = of->sources[i].price,
                                         .used = index,
                                         .limit = limit};

        if ((changed & 1u << i) == 0)
            continue;
        guard->counts.episodes[LIQ_GUARD_OUTLIER] += is_outlier;
        liq_guard_fire(guard, &firing);
    }
    of->outliers = outliers;
}
