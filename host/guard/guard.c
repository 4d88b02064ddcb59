#include "guard/guard.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "guard/guard_internal.h"
#include "guard/nearness.h"

enum {
    SHARE_DECIMALS = 6,
    HOLDING = 1 << LIQ_GUARD_STALE | 1 << LIQ_GUARD_STEP | 1 << LIQ_GUARD_BAND | 1 << LIQ_GUARD_BAD
};

/* A mark on its way through the guards. */
typedef struct mark_fact {
    uint32_t slot;
    int64_t at_ms; /* its time, or that of the last tick */
    liq_decimal mark;
} mark_fact;

static liq_guard_verdict late_refuse(liq_guard *guard, const mark_fact *fact, int64_t by_ms);
static bool in_band(const liq_guard *guard, const liq_guard_slot *slot, liq_decimal mark);
static bool is_confirmed(liq_guard *guard, const mark_fact *fact);
static bool is_contradicted(const liq_guard *guard, const mark_fact *fact);
static bool is_witness(const liq_guard *guard, uint32_t slot, uint32_t index, int64_t since_ms);
static int64_t closeness(const liq_guards *rules);
static liq_guard_verdict mark_doubt(liq_guard *guard, const mark_fact *fact, liq_guard_kind kind,
                                    liq_decimal *used);
static liq_guard_verdict mark_take(liq_guard *guard, const mark_fact *fact, liq_decimal *used);
static void slot_tick(liq_guard *guard, uint32_t index);
static void times_mend(liq_guard *guard, uint32_t index);
static void time_mend(int64_t *time_ms, int64_t now_ms);
static void episode_start(liq_guard *guard, uint32_t slot, liq_guard_kind kind,
                          liq_decimal observed, liq_decimal limit);
static void episode_end(liq_guard *guard, uint32_t slot, liq_guard_kind kind, liq_decimal observed,
                        liq_decimal limit);
static liq_decimal share_of(int64_t share);
static liq_decimal limit_of(const liq_guards *rules, liq_guard_kind kind);

liq_status liq_guard_create(liq_guard **out, const liq_guards *rules, const liq_names *instruments,
                            const liq_names *assets, liq_error *err)
{
    liq_guard *guard = NULL;
    liq_status status = liq_memory_array(&guard, 1, sizeof *guard, err);

    if (status != LIQ_OK)
        return status;
    guard->rules = *rules;
    guard->instruments = instruments;
    guard->assets = assets;
    guard->instrument_count = liq_names_count(instruments);
    guard->slot_count = guard->instrument_count + liq_names_count(assets);
    guard->now_ms = LIQ_GUARD_NO_TIME;
    for (uint32_t i = 0; i < LIQ_INDEX_SOURCES_MAX; i++)
        guard->weights[i] = 1;
    if ((status = liq_memory_array(&guard->slots, guard->slot_count, sizeof *guard->slots, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&guard->indices, guard->slot_count, sizeof *guard->indices,
                                   err)) != LIQ_OK ||
        (rules->mark != LIQ_MARK_GIVEN &&
         (status = liq_memory_array(&guard->bases, guard->instrument_count, sizeof *guard->bases,
                                    err)) != LIQ_OK)) {
        liq_guard_destroy(guard);
        return status;
    }
    for (uint32_t i = 0; i < guard->slot_count; i++)
        guard->slots[i] = (liq_guard_slot){
            .index = UINT32_MAX, .time_ms = LIQ_GUARD_NO_TIME, .heard_ms = LIQ_GUARD_NO_TIME};
    *out = guard;
    return LIQ_OK;
}

void liq_guard_destroy(liq_guard *guard)
{
    if (guard == NULL)
        return;
    for (uint32_t i = 0; guard->indices != NULL && i < guard->slot_count; i++)
        free(guard->indices[i]);
    free(guard->indices);
    free(guard->bases);
    free(guard->slots);
    free(guard->firings);
    free(guard);
}

const char *liq_guard_slot_name(const liq_guard *guard, uint32_t slot)
{
    return slot < guard->instrument_count
               ? liq_names_get(guard->instruments, slot)
               : liq_names_get(guard->assets, slot - guard->instrument_count);
}

void liq_guard_index_set(liq_guard *guard, uint32_t slot, uint32_t index_slot)
{
    LIQ_ASSERT(slot < guard->slot_count && index_slot < guard->slot_count);
    guard->slots[slot].index = index_slot;
}

void liq_guard_start(liq_guard *guard, uint32_t slot, liq_decimal mark)
{
    LIQ_ASSERT(slot < guard->slot_count);
    if (!liq_price_is_sound(mark))
        return;
    guard->slots[slot].good = mark;
    guard->slots[slot].used = mark;
}

liq_guard_verdict liq_guard_mark(liq_guard *guard, uint32_t slot, int64_t time_ms, liq_decimal mark,
                                 liq_decimal *used)
{
    const liq_guards *rules = &guard->rules;
    liq_guard_slot *of = &guard->slots[slot];
    mark_fact fact = {.slot = slot, .at_ms = time_ms, .mark = mark};
    bool in_step;
    bool inside;

    LIQ_ASSERT(slot < guard->slot_count);
    if (time_ms == LIQ_GUARD_NO_TIME)
        fact.at_ms = guard->now_ms == LIQ_GUARD_NO_TIME ? 0 : guard->now_ms;
    guard->counts.marks++;
    if (time_ms != LIQ_GUARD_NO_TIME && time_ms < of->time_ms)
        return late_refuse(guard, &fact, of->time_ms - time_ms);
    if (!liq_price_is_sound(mark))
        return liq_guard_refuse(guard, slot, fact.at_ms, mark);
    if (time_ms != LIQ_GUARD_NO_TIME)
        of->time_ms = time_ms;
    of->heard_ms = fact.at_ms;
    of->is_heard_late = time_ms == LIQ_GUARD_NO_TIME;
    in_step =
        rules->step == 0 || of->good.digits == 0 || liq_price_within(mark, of->good, rules->step);
    inside = in_band(guard, of, mark);
    if (in_step && (inside || of->band_is_off)) {
        of->band_is_off &= !inside;
        return mark_take(guard, &fact, used);
    }
    guard->counts.doubted++;
    of->bad_ms = fact.at_ms;
    if (is_confirmed(guard, &fact)) {
        of->band_is_off = !inside;
        guard->counts.confirmed++;
        return mark_take(guard, &fact, used);
    }
    return mark_doubt(guard, &fact, in_step ? LIQ_GUARD_BAND : LIQ_GUARD_STEP, used);
}

liq_guard_verdict liq_guard_refuse(liq_guard *guard, uint32_t slot, int64_t at_ms, liq_decimal mark)
{
    liq_guard_slot *of = &guard->slots[slot];

    guard->counts.refused++;
    of->bad_ms = at_ms;
    of->is_bad = true;
    episode_start(guard, slot, LIQ_GUARD_BAD, mark, (liq_decimal){0});
    return LIQ_GUARD_REFUSE;
}

/* What is late says nothing of now, and nothing against the mark that came before it. */
static liq_guard_verdict late_refuse(liq_guard *guard, const mark_fact *fact, int64_t by_ms)
{
    liq_guard_slot *of = &guard->slots[fact->slot];
    liq_decimal behind = {0};

    guard->counts.refused++;
    of->late_ms = LIQ_GUARD_NO_TIME;
    (void)liq_decimal_from_units(&behind, by_ms, 0);
    episode_start(guard, fact->slot, LIQ_GUARD_ORDER, behind, (liq_decimal){0});
    return LIQ_GUARD_REFUSE;
}

static bool in_band(const liq_guard *guard, const liq_guard_slot *slot, liq_decimal mark)
{
    liq_decimal index;

    return guard->rules.band == 0 || !liq_guard_index_known(guard, slot, &index) ||
           liq_price_within(mark, index, guard->rules.band);
}

bool liq_guard_index_known(const liq_guard *guard, const liq_guard_slot *slot, liq_decimal *out)
{
    const liq_guard_slot *index;

    if (slot->index == UINT32_MAX)
        return false;
    index = &guard->slots[slot->index];
    *out = index->good;
    return index->good.digits > 0 && index->heard_ms != LIQ_GUARD_NO_TIME &&
           (index->open & HOLDING) == 0;
}

/* Of a mark in doubt: whether it is the price after all. */
static bool is_confirmed(liq_guard *guard, const mark_fact *fact)
{
    const liq_guards *rules = &guard->rules;
    liq_guard_slot *of = &guard->slots[fact->slot];
    liq_decimal index;
    bool goes_on;

    if (liq_guard_index_known(guard, of, &index) &&
        liq_price_within(fact->mark, index, rules->band > 0 ? rules->band : rules->step))
        return true;
    if (!of->in_doubt) {
        of->since_ms = fact->at_ms;
        of->agreed = 0;
        of->doubt = fact->mark;
        return false;
    }
    if (liq_price_within(fact->mark, of->doubt, closeness(rules))) {
        of->agreed++;
        goes_on = true;
    } else {
        of->agreed = 0;
        goes_on = of->good.digits == 0 || liq_price_nearer(fact->mark, of->doubt, of->good);
    }
    of->doubt = fact->mark;
    if (!goes_on)
        of->since_ms = fact->at_ms;
    return ((rules->confirm_marks > 0 && of->agreed >= rules->confirm_marks) ||
            (goes_on && rules->confirm_ms > 0 &&
             fact->at_ms - of->since_ms >= rules->confirm_ms)) &&
           !is_contradicted(guard, fact);
}

/* By one that lies where the price was. */
static bool is_contradicted(const liq_guard *guard, const mark_fact *fact)
{
    const liq_guard_slot *of = &guard->slots[fact->slot];

    if (fact->at_ms - of->since_ms >= guard->rules.witness_ms || of->good.digits == 0 ||
        of->index == UINT32_MAX)
        return false;
    for (uint32_t i = 0; i < guard->slot_count; i++)
        if (i != fact->slot && is_witness(guard, i, of->index, of->since_ms) &&
            liq_price_nearer(guard->slots[i].good, of->good, fact->mark))
            return true;
    return false;
}

/* @param index  slot of the index price that it is or goes by */
static bool is_witness(const liq_guard *guard, uint32_t slot, uint32_t index, int64_t since_ms)
{
    const liq_guard_slot *of = &guard->slots[slot];

    return (slot == index || of->index == index) && of->good.digits > 0 && !of->in_doubt &&
           of->heard_ms != LIQ_GUARD_NO_TIME && of->heard_ms >= since_ms &&
           (of->open & HOLDING) == 0;
}

/* How near to each other marks are that agree. */
static int64_t closeness(const liq_guards *rules)
{
    return rules->step > 0 ? rules->step : rules->band;
}

static liq_guard_verdict mark_doubt(liq_guard *guard, const mark_fact *fact, liq_guard_kind kind,
                                    liq_decimal *used)
{
    const liq_guards *rules = &guard->rules;
    liq_guard_slot *of = &guard->slots[fact->slot];
    const bool clamps = rules->suspect == LIQ_SUSPECT_CLAMP && of->good.digits > 0;

    of->in_doubt = true;
    if (clamps)
        of->used = liq_price_clamp(fact->mark, of->good, closeness(rules));
    /* One episode, whatever else is wrong with the marks that follow. */
    if ((of->open & (1 << LIQ_GUARD_STEP | 1 << LIQ_GUARD_BAND)) == 0)
        episode_start(guard, fact->slot, kind, fact->mark, limit_of(rules, kind));
    *used = of->used;
    return clamps ? LIQ_GUARD_CLAMP : LIQ_GUARD_KEEP;
}

static liq_guard_verdict mark_take(liq_guard *guard, const mark_fact *fact, liq_decimal *used)
{
    liq_guard_slot *of = &guard->slots[fact->slot];

    of->good = fact->mark;
    of->used = fact->mark;
    of->in_doubt = false;
    of->is_bad = false;
    *used = fact->mark;
    return LIQ_GUARD_USE;
}

void liq_guard_tick(liq_guard *guard, int64_t now_ms)
{
    LIQ_ASSERT(now_ms >= 0);
    if (now_ms > guard->now_ms)
        guard->now_ms = now_ms;
    for (uint32_t i = 0; i < guard->slot_count; i++)
        if (guard->slots[i].heard_ms != LIQ_GUARD_NO_TIME || guard->slots[i].open != 0)
            slot_tick(guard, i);
}

static void slot_tick(liq_guard *guard, uint32_t index)
{
    const liq_guards *rules = &guard->rules;
    liq_guard_slot *of = &guard->slots[index];
    bool calm;

    times_mend(guard, index);
    calm = guard->now_ms - of->bad_ms >= rules->calm_ms;
    if (of->is_heard_late)
        of->heard_ms = guard->now_ms;
    of->is_heard_late = false;
    if (rules->stale_ms > 0 && of->heard_ms != LIQ_GUARD_NO_TIME)
        liq_guard_age_note(guard, index, guard->now_ms - of->heard_ms > rules->stale_ms,
                           guard->now_ms - of->heard_ms, rules->stale_ms);
    for (liq_guard_kind kind = LIQ_GUARD_STEP; kind <= LIQ_GUARD_BAND; kind++)
        if (!of->in_doubt && calm)
            episode_end(guard, index, kind, of->good, limit_of(rules, kind));
    if (!of->is_bad && calm)
        episode_end(guard, index, LIQ_GUARD_BAD, of->good, (liq_decimal){0});
    if (of->late_ms == LIQ_GUARD_NO_TIME)
        of->late_ms = guard->now_ms;
    if (guard->now_ms - of->late_ms >= rules->calm_ms)
        episode_end(guard, index, LIQ_GUARD_ORDER, (liq_decimal){0}, (liq_decimal){0});
}

/* A clock that was wrong once silences nobody until its time has come. */
static void times_mend(liq_guard *guard, uint32_t index)
{
    const int64_t now_ms = guard->now_ms;
    liq_guard_slot *of = &guard->slots[index];

    time_mend(&of->time_ms, now_ms);
    time_mend(&of->heard_ms, now_ms);
    time_mend(&of->since_ms, now_ms);
    time_mend(&of->bad_ms, now_ms);
    for (uint32_t i = 0; guard->indices[index] != NULL && i < LIQ_INDEX_SOURCES_MAX; i++)
        time_mend(&guard->indices[index]->sources[i].heard_ms, now_ms);
    if (guard->bases != NULL && index < guard->instrument_count)
        time_mend(&guard->bases[index].time_ms, now_ms);
}

static void time_mend(int64_t *time_ms, int64_t now_ms)
{
    if (*time_ms > now_ms && *time_ms - now_ms > LIQ_GUARD_AHEAD_MS)
        *time_ms = now_ms;
}

void liq_guard_age_note(liq_guard *guard, uint32_t slot, bool is_stale, int64_t age_ms,
                        int64_t limit_ms)
{
    liq_decimal age = {0};
    liq_decimal limit = {0};

    (void)liq_decimal_from_units(&age, age_ms, 0);
    (void)liq_decimal_from_units(&limit, limit_ms, 0);
    if (is_stale)
        episode_start(guard, slot, LIQ_GUARD_STALE, age, limit);
    else
        episode_end(guard, slot, LIQ_GUARD_STALE, age, limit);
}

bool liq_guard_holds(const liq_guard *guard, uint32_t slot)
{
    return (guard->slots[slot].open & HOLDING) != 0;
}

uint32_t liq_guard_held_count(const liq_guard *guard)
{
    return guard->held;
}

liq_status liq_guard_firings(const liq_guard *guard, const liq_guard_firing **out, uint32_t *count,
                             liq_error *err)
{
    *out = guard->firings;
    *count = guard->firing_count;
    return guard->has_failed ? liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for guards")
                             : LIQ_OK;
}

void liq_guard_firings_clear(liq_guard *guard)
{
    guard->firing_count = 0;
}

liq_guard_counts liq_guard_counts_read(const liq_guard *guard)
{
    return guard->counts;
}

void liq_guard_fire(liq_guard *guard, const liq_guard_firing *firing)
{
    if (liq_memory_extend(&guard->firings, &guard->firing_capacity, (size_t)guard->firing_count + 1,
                          sizeof *guard->firings, NULL) != LIQ_OK) {
        guard->has_failed = true;
        return;
    }
    guard->firings[guard->firing_count++] = *firing;
}

void liq_guard_open_set(liq_guard *guard, uint32_t slot, uint8_t open)
{
    guard->held -= liq_guard_holds(guard, slot);
    guard->slots[slot].open = open;
    guard->held += liq_guard_holds(guard, slot);
}

static void episode_start(liq_guard *guard, uint32_t slot, liq_guard_kind kind,
                          liq_decimal observed, liq_decimal limit)
{
    const liq_guard_firing firing = {.slot = slot,
                                     .kind = kind,
                                     .observed = observed,
                                     .used = guard->slots[slot].used,
                                     .limit = limit};

    if ((guard->slots[slot].open & 1 << kind) != 0)
        return;
    liq_guard_open_set(guard, slot, (uint8_t)(guard->slots[slot].open | 1 << kind));
    guard->counts.episodes[kind]++;
    liq_guard_fire(guard, &firing);
}

static void episode_end(liq_guard *guard, uint32_t slot, liq_guard_kind kind, liq_decimal observed,
                        liq_decimal limit)
{
    const liq_guard_firing firing = {.slot = slot,
                                     .kind = kind,
                                     .is_end = true,
                                     .observed = observed,
                                     .used = guard->slots[slot].used,
                                     .limit = limit};

    if ((guard->slots[slot].open & 1 << kind) == 0)
        return;
    liq_guard_open_set(guard, slot, (uint8_t)(guard->slots[slot].open & ~(1 << kind)));
    liq_guard_fire(guard, &firing);
}

static liq_decimal limit_of(const liq_guards *rules, liq_guard_kind kind)
{
    return share_of(kind == LIQ_GUARD_STEP ? rules->step : rules->band);
}

static liq_decimal share_of(int64_t share)
{
    liq_decimal out = {0};

    (void)liq_decimal_from_units(&out, share, SHARE_DECIMALS);
    return out;
}
