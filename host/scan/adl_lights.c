#include "scan/adl_lights.h"

#include <stdlib.h>

#include "base/fail.h"
#include "liq_adl.h"

static int entries_compare(const void *left, const void *right);

int liq_adl_entry_compare(const liq_adl_entry *left, const liq_adl_entry *right)
{
    if (left->standing != right->standing)
        return left->standing < right->standing ? -1 : 1;
    if (left->score != right->score)
        return left->score > right->score ? -1 : 1;
    if (left->position_index != right->position_index)
        return left->position_index < right->position_index ? -1 : 1;
    return 0;
}

liq_adl_standing liq_adl_standing_of(int64_t score, int is_exempt)
{
    if (score == LIQ_SCORE_UNVALUED)
        return LIQ_ADL_UNVALUED;
    if (score == LIQ_SCORE_PAST_BANKRUPTCY)
        return LIQ_ADL_PAST_BANKRUPTCY;
    return is_exempt ? LIQ_ADL_EXEMPT : LIQ_ADL_RANKED;
}

liq_adl_lights_by liq_adl_lights_choose(liq_adl_lights_by asked, uint32_t rule)
{
    if (asked != LIQ_ADL_LIGHTS_OF_VENUE)
        return asked;
    return rule == LIQ_SCORE_BINANCE ? LIQ_ADL_LIGHTS_BY_COUNT : LIQ_ADL_LIGHTS_BY_QUANTITY;
}

uint32_t liq_adl_light(liq_int128 share, liq_int128 whole)
{
    LIQ_ASSERT(share >= 1 && share <= whole);
    return (uint32_t)((share * LIQ_ADL_LIGHTS + whole - 1) / whole);
}

uint64_t liq_adl_lights_fill(liq_adl_entry *entries, uint64_t count, liq_adl_lights_by by)
{
    liq_int128 whole = 0;
    liq_int128 share = 0;
    uint64_t ranked = 0;

    LIQ_ASSERT(by != LIQ_ADL_LIGHTS_OF_VENUE);
    if (count > 0) /* or there may be no array at all */
        qsort(entries, (size_t)count, sizeof *entries, entries_compare);
    for (; ranked < count && entries[ranked].standing == LIQ_ADL_RANKED; ranked++)
        whole += by == LIQ_ADL_LIGHTS_BY_COUNT ? 1 : entries[ranked].lots;
    for (uint64_t i = 0; i < ranked; i++) {
        share += by == LIQ_ADL_LIGHTS_BY_COUNT ? 1 : entries[i].lots;
        entries[i].light = liq_adl_light(share, whole);
    }
    return ranked;
}

static int entries_compare(const void *left, const void *right)
{
    return liq_adl_entry_compare(left, right);
}
