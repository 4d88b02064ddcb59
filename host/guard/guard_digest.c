/*
 * What a guard knows in one number: all that its written state holds, and nothing else, so that a
 * guard that was read back has the same.
 */
#include "base/digest.h"
#include "guard/guard_internal.h"

static uint64_t slot_digest(uint64_t digest, const liq_guard_slot *slot);
static uint64_t index_digest(uint64_t digest, const liq_guard_index_slot *index);

uint64_t liq_guard_digest(const liq_guard *guard)
{
    uint64_t digest = liq_digest_add(0, (uint64_t)guard->now_ms);

    for (int kind = 0; kind < LIQ_GUARD_KINDS; kind++)
        digest = liq_digest_add(digest, guard->counts.episodes[kind]);
    digest = liq_digest_add(digest, guard->counts.marks);
    digest = liq_digest_add(digest, guard->counts.doubted);
    digest = liq_digest_add(digest, guard->counts.confirmed);
    digest = liq_digest_add(digest, guard->counts.refused);
    digest = liq_digest_add(digest, guard->firing_count);
    for (uint32_t i = 0; i < guard->slot_count; i++) {
        if (liq_guard_slot_is_known(&guard->slots[i]))
            digest = slot_digest(liq_digest_add(digest, i), &guard->slots[i]);
        if (guard->indices[i] != NULL)
            digest = index_digest(liq_digest_add(digest, i), guard->indices[i]);
    }
    for (uint32_t i = 0; guard->bases != NULL && i < guard->instrument_count; i++)
        if (guard->bases[i].is_known)
            digest =
                liq_digest_add(liq_digest_wide(liq_digest_add(digest, i), guard->bases[i].average),
                               (uint64_t)guard->bases[i].time_ms);
    return digest;
}

static uint64_t slot_digest(uint64_t digest, const liq_guard_slot *slot)
{
    const int64_t times[] = {slot->time_ms, slot->heard_ms, slot->since_ms, slot->bad_ms,
                             slot->late_ms};

    digest = liq_digest_decimal(digest, slot->good);
    digest = liq_digest_decimal(digest, slot->used);
    digest = liq_digest_decimal(digest, slot->doubt);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        digest = liq_digest_add(digest, (uint64_t)times[i]);
    return liq_digest_add(digest, (uint64_t)slot->agreed << 32 | (uint64_t)slot->open << 8 |
                                      (uint64_t)slot->in_doubt << 3 | (uint64_t)slot->is_bad << 2 |
                                      (uint64_t)slot->band_is_off << 1 |
                                      (uint64_t)slot->is_heard_late);
}

static uint64_t index_digest(uint64_t digest, const liq_guard_index_slot *index)
{
    digest = liq_digest_add(digest, index->outliers);
    for (uint32_t i = 0; i < LIQ_INDEX_SOURCES_MAX; i++)
        digest = liq_digest_add(liq_digest_decimal(digest, index->sources[i].price),
                                (uint64_t)index->sources[i].heard_ms);
    return digest;
}
