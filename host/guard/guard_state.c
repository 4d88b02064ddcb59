/*
 * What a guard knows, as bytes and back.
 */
#include <string.h>

#include "base/decimal_bytes.h"
#include "base/fail.h"
#include "base/memory.h"
#include "guard/guard_internal.h"
#include "guard/nearness.h"

enum {
    STATE_VERSION = 3,
    SLOT_BYTES_LEAST = 1 + 3 * 9 + 5 * 8 + 4 + 1 + 1,
    FIRING_BYTES_LEAST = 1 + 2 + 1 + 3 * 9,
    INDEX_BYTES_LEAST = 1 + 4 + LIQ_INDEX_SOURCES_MAX * (9 + 8),
    BASIS_BYTES_LEAST = 1 + 16 + 8,
    IN_DOUBT = 1,
    IS_BAD = 2,
    BAND_IS_OFF = 4,
    HEARD_LATE = 8,
    FLAGS = 16
};

static void indices_write(const liq_guard *guard, liq_bytes_out *out);
static liq_status index_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err);
static void bases_write(const liq_guard *guard, liq_bytes_out *out);
static liq_status basis_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err);
static void slot_write(const liq_guard *guard, uint32_t index, liq_bytes_out *out);
static liq_status counts_read(liq_guard *guard, liq_bytes_in *in);
static liq_status slot_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err);
static liq_status firing_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err);
static bool slot_find(const liq_guard *guard, liq_text name, uint32_t *out);
static liq_status bad(const liq_bytes_in *in, liq_error *err);

void liq_guard_state_write(const liq_guard *guard, liq_bytes_out *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < guard->slot_count; i++)
        count += liq_guard_slot_is_known(&guard->slots[i]);
    liq_bytes_put_u8(out, STATE_VERSION);
    liq_bytes_put_i64(out, guard->now_ms);
    for (int kind = 0; kind < LIQ_GUARD_KINDS; kind++)
        liq_bytes_put_u64(out, guard->counts.episodes[kind]);
    liq_bytes_put_u64(out, guard->counts.marks);
    liq_bytes_put_u64(out, guard->counts.doubted);
    liq_bytes_put_u64(out, guard->counts.confirmed);
    liq_bytes_put_u64(out, guard->counts.refused);
    liq_bytes_put_u32(out, count);
    for (uint32_t i = 0; i < guard->slot_count; i++)
        if (liq_guard_slot_is_known(&guard->slots[i]))
            slot_write(guard, i, out);
    indices_write(guard, out);
    bases_write(guard, out);
    liq_bytes_put_u32(out, guard->firing_count);
    for (uint32_t i = 0; i < guard->firing_count; i++) {
        const liq_guard_firing *firing = &guard->firings[i];

        liq_bytes_put_text(out, liq_text_of(liq_guard_slot_name(guard, firing->slot)));
        liq_bytes_put_u8(out, (uint8_t)firing->kind);
        liq_bytes_put_u8(out, firing->is_end);
        liq_bytes_put_u8(out, (uint8_t)firing->source);
        liq_decimal_put(out, firing->observed);
        liq_decimal_put(out, firing->used);
        liq_decimal_put(out, firing->limit);
    }
}

liq_status liq_guard_state_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err)
{
    const uint8_t version = liq_bytes_get_u8(in);
    uint32_t count;
    liq_status status;

    if (!in->has_failed && version != STATE_VERSION)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        "a state of guards of version %d: this program reads %d", version,
                        STATE_VERSION);
    if ((status = counts_read(guard, in)) != LIQ_OK)
        return bad(in, err);
    count = liq_bytes_get_count(in, SLOT_BYTES_LEAST);
    for (uint32_t i = 0; i < count; i++)
        if ((status = slot_read(guard, in, rebuilt, err)) != LIQ_OK)
            return status;
    count = liq_bytes_get_count(in, INDEX_BYTES_LEAST);
    for (uint32_t i = 0; i < count; i++)
        if ((status = index_read(guard, in, rebuilt, err)) != LIQ_OK)
            return status;
    count = liq_bytes_get_count(in, BASIS_BYTES_LEAST);
    for (uint32_t i = 0; i < count; i++)
        if ((status = basis_read(guard, in, rebuilt, err)) != LIQ_OK)
            return status;
    count = liq_bytes_get_count(in, FIRING_BYTES_LEAST);
    for (uint32_t i = 0; i < count; i++)
        if ((status = firing_read(guard, in, rebuilt, err)) != LIQ_OK)
            return status;
    return in->has_failed || guard->has_failed ? bad(in, err) : LIQ_OK;
}

bool liq_guard_slot_is_known(const liq_guard_slot *slot)
{
    return slot->heard_ms != LIQ_GUARD_NO_TIME || slot->open != 0 || slot->is_bad;
}

static void slot_write(const liq_guard *guard, uint32_t index, liq_bytes_out *out)
{
    const liq_guard_slot *slot = &guard->slots[index];

    liq_bytes_put_text(out, liq_text_of(liq_guard_slot_name(guard, index)));
    liq_decimal_put(out, slot->good);
    liq_decimal_put(out, slot->used);
    liq_decimal_put(out, slot->doubt);
    liq_bytes_put_i64(out, slot->time_ms);
    liq_bytes_put_i64(out, slot->heard_ms);
    liq_bytes_put_i64(out, slot->since_ms);
    liq_bytes_put_i64(out, slot->bad_ms);
    liq_bytes_put_i64(out, slot->late_ms);
    liq_bytes_put_u32(out, slot->agreed);
    liq_bytes_put_u8(out, slot->open);
    liq_bytes_put_u8(out, (uint8_t)((slot->in_doubt ? IN_DOUBT : 0) | (slot->is_bad ? IS_BAD : 0) |
                                    (slot->band_is_off ? BAND_IS_OFF : 0) |
                                    (slot->is_heard_late ? HEARD_LATE : 0)));
}

static liq_status counts_read(liq_guard *guard, liq_bytes_in *in)
{
    guard->now_ms = liq_bytes_get_i64(in);
    for (int kind = 0; kind < LIQ_GUARD_KINDS; kind++)
        guard->counts.episodes[kind] = liq_bytes_get_u64(in);
    guard->counts.marks = liq_bytes_get_u64(in);
    guard->counts.doubted = liq_bytes_get_u64(in);
    guard->counts.confirmed = liq_bytes_get_u64(in);
    guard->counts.refused = liq_bytes_get_u64(in);
    return in->has_failed || (guard->now_ms < 0 && guard->now_ms != LIQ_GUARD_NO_TIME)
               ? LIQ_BAD_INPUT
               : LIQ_OK;
}

static liq_status slot_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err)
{
    const liq_text name = liq_bytes_get_text(in);
    liq_guard_slot slot = {0};
    uint32_t index = UINT32_MAX;
    bool sound = liq_decimal_get(in, &slot.good) && liq_decimal_get(in, &slot.used) &&
                 liq_decimal_get(in, &slot.doubt);
    uint8_t open;
    uint8_t flags;

    slot.time_ms = liq_bytes_get_i64(in);
    slot.heard_ms = liq_bytes_get_i64(in);
    slot.since_ms = liq_bytes_get_i64(in);
    slot.bad_ms = liq_bytes_get_i64(in);
    slot.late_ms = liq_bytes_get_i64(in);
    slot.agreed = liq_bytes_get_u32(in);
    slot.open = liq_bytes_get_u8(in);
    flags = liq_bytes_get_u8(in);
    slot.in_doubt = (flags & IN_DOUBT) != 0;
    slot.is_bad = (flags & IS_BAD) != 0;
    slot.band_is_off = (flags & BAND_IS_OFF) != 0;
    slot.is_heard_late = (flags & HEARD_LATE) != 0;
    sound = sound && slot.good.digits >= 0 && slot.used.digits >= 0 && slot.doubt.digits >= 0 &&
            slot.since_ms >= 0 && slot.bad_ms >= 0 &&
            (slot.late_ms >= 0 || slot.late_ms == LIQ_GUARD_NO_TIME) &&
            slot.open < 1 << LIQ_GUARD_KINDS && flags < FLAGS &&
            (slot.heard_ms >= 0 || slot.heard_ms == LIQ_GUARD_NO_TIME) &&
            (slot.time_ms >= 0 || slot.time_ms == LIQ_GUARD_NO_TIME);
    if (in->has_failed || !sound)
        return bad(in, err);
    if (!slot_find(guard, name, &index))
        return rebuilt ? LIQ_OK
                       : liq_fail(err, LIQ_BAD_INPUT, 0,
                                  "the state of guards speaks of \"%.*s\", which is not there",
                                  LIQ_TEXT_ARGS(name));
    if (liq_guard_slot_is_known(&guard->slots[index]))
        return bad(in, err); /* twice */
    slot.index = guard->slots[index].index;
    open = slot.open;
    slot.open = 0;
    guard->slots[index] = slot;
    liq_guard_open_set(guard, index, open);
    return LIQ_OK;
}

static liq_status firing_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err)
{
    const liq_text name = liq_bytes_get_text(in);
    liq_guard_firing firing = {.kind = (liq_guard_kind)liq_bytes_get_u8(in)};
    bool sound;

    firing.is_end = liq_bytes_get_flag(in);
    firing.source = liq_bytes_get_u8(in);
    sound = liq_decimal_get(in, &firing.observed) && liq_decimal_get(in, &firing.used) &&
            liq_decimal_get(in, &firing.limit) && firing.kind < LIQ_GUARD_KINDS &&
            firing.source < LIQ_INDEX_SOURCES_MAX;
    if (in->has_failed || !sound)
        return bad(in, err);
    if (slot_find(guard, name, &firing.slot))
        liq_guard_fire(guard, &firing);
    else if (!rebuilt)
        return bad(in, err);
    return LIQ_OK;
}

static void indices_write(const liq_guard *guard, liq_bytes_out *out)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < guard->slot_count; i++)
        count += guard->indices[i] != NULL;
    liq_bytes_put_u32(out, count);
    for (uint32_t i = 0; i < guard->slot_count; i++) {
        if (guard->indices[i] == NULL)
            continue;
        liq_bytes_put_text(out, liq_text_of(liq_guard_slot_name(guard, i)));
        liq_bytes_put_u32(out, guard->indices[i]->outliers);
        for (uint32_t source = 0; source < LIQ_INDEX_SOURCES_MAX; source++) {
            liq_decimal_put(out, guard->indices[i]->sources[source].price);
            liq_bytes_put_i64(out, guard->indices[i]->sources[source].heard_ms);
        }
    }
}

/* Weights are the policy's of now. */
static liq_status index_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err)
{
    const liq_text name = liq_bytes_get_text(in);
    liq_guard_index_slot index = {.outliers = liq_bytes_get_u32(in)};
    liq_guard_index_slot *of;
    bool sound = true;
    uint32_t slot;

    for (uint32_t i = 0; i < LIQ_INDEX_SOURCES_MAX; i++) {
        liq_index_source *source = &index.sources[i];

        sound = liq_decimal_get(in, &source->price) && sound &&
                (source->price.digits == 0 || liq_price_is_sound(source->price));
        source->heard_ms = liq_bytes_get_i64(in);
        source->weight = guard->weights[i];
        sound = sound && source->heard_ms >= 0;
    }
    if (in->has_failed || !sound)
        return bad(in, err);
    if (!slot_find(guard, name, &slot))
        return rebuilt ? LIQ_OK : bad(in, err);
    if ((of = liq_guard_index_slot_of(guard, slot)) == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for guards");
    *of = index;
    return LIQ_OK;
}

static void bases_write(const liq_guard *guard, liq_bytes_out *out)
{
    const uint32_t most = guard->bases == NULL ? 0 : guard->instrument_count;
    uint32_t count = 0;

    for (uint32_t i = 0; i < most; i++)
        count += guard->bases[i].is_known;
    liq_bytes_put_u32(out, count);
    for (uint32_t i = 0; i < most; i++) {
        if (!guard->bases[i].is_known)
            continue;
        liq_bytes_put_text(out, liq_text_of(liq_names_get(guard->instruments, i)));
        liq_bytes_put_i128(out, guard->bases[i].average);
        liq_bytes_put_i64(out, guard->bases[i].time_ms);
    }
}

/* Under a policy that now takes marks as they are sent, nothing is averaged. */
static liq_status basis_read(liq_guard *guard, liq_bytes_in *in, bool rebuilt, liq_error *err)
{
    const liq_int128 most = (liq_int128)1000000000000000 * 1000000000000000; /* a price x 10^12 */
    const liq_text name = liq_bytes_get_text(in);
    liq_basis basis = {.is_known = true};
    uint32_t index;

    basis.average = liq_bytes_get_i128(in);
    basis.time_ms = liq_bytes_get_i64(in);
    if (in->has_failed || basis.time_ms < 0 || basis.average > most || basis.average < -most)
        return bad(in, err);
    if (guard->bases == NULL || !liq_names_find(guard->instruments, name, &index))
        return rebuilt ? LIQ_OK : bad(in, err);
    if (guard->bases[index].is_known)
        return bad(in, err); /* twice */
    guard->bases[index] = basis;
    return LIQ_OK;
}

static bool slot_find(const liq_guard *guard, liq_text name, uint32_t *out)
{
    if (liq_names_find(guard->instruments, name, out))
        return true;
    if (!liq_names_find(guard->assets, name, out))
        return false;
    *out += guard->instrument_count;
    return true;
}

static liq_status bad(const liq_bytes_in *in, liq_error *err)
{
    return liq_fail(err, LIQ_BAD_INPUT, 0, "the state of guards is damaged near byte %zu of %zu",
                    in->at, in->bytes);
}
