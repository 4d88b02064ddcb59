/*
 * A guard, for the parts of it that are files of their own.
 */
#ifndef LIQ_GUARD_GUARD_INTERNAL_H
#define LIQ_GUARD_GUARD_INTERNAL_H

#include "guard/guard.h"

/* What is known of a price; decimals with digits 0: nothing. */
typedef struct liq_guard_slot {
    liq_decimal good;   /* the last good mark */
    liq_decimal used;   /* the mark that stands: good, or clamped */
    liq_decimal doubt;  /* the last doubtful one */
    int64_t time_ms;    /* newest time of a mark that was not refused */
    int64_t heard_ms;   /* when it came, or is known to have come */
    int64_t since_ms;   /* the first of the doubtful ones that go on from each other */
    int64_t bad_ms;     /* the last doubtful mark, or what was no price */
    int64_t late_ms;    /* when the last mark out of order came; LIQ_GUARD_NO_TIME: just now */
    uint32_t agreed;    /* doubtful marks in a row within a step of each other */
    uint32_t index;     /* slot of its index price; UINT32_MAX: none */
    uint8_t open;       /* episodes, 1 << liq_guard_kind */
    bool in_doubt;      /* the last mark was doubtful */
    bool is_bad;        /* the last mark was no price */
    bool band_is_off;   /* confirmed outside the band: until it is back inside */
    bool is_heard_late; /* the last mark had no time: the next tick's */
} liq_guard_slot;

/* What sources say of an index. */
typedef struct liq_guard_index_slot {
    liq_index_source sources[LIQ_INDEX_SOURCES_MAX];
    uint32_t outliers; /* a bit each, as it was said */
} liq_guard_index_slot;

struct liq_guard {
    liq_guards rules;
    const liq_names *instruments;
    const liq_names *assets;
    liq_guard_slot *slots;
    liq_guard_index_slot **indices; /* by slot, NULL: one source or none */
    liq_basis *bases;               /* by instrument; NULL: marks are given */
    uint32_t weights[LIQ_INDEX_SOURCES_MAX];
    uint32_t slot_count;
    uint32_t instrument_count;
    int64_t now_ms; /* of the last tick; LIQ_GUARD_NO_TIME: there was none */
    liq_guard_firing *firings;
    size_t firing_capacity;
    uint32_t firing_count;
    bool has_failed; /* a firing was lost */
    uint32_t held;   /* slots with an episode that holds */
    liq_guard_counts counts;
};

/** The name of a slot. */
const char *liq_guard_slot_name(const liq_guard *guard, uint32_t slot);

/** The index price of a slot; one that is itself in doubt or old says nothing. */
bool liq_guard_index_known(const liq_guard *guard, const liq_guard_slot *slot, liq_decimal *out);

/** Whether a slot is written: one that has heard nothing begins as that of a fresh guard does. */
bool liq_guard_slot_is_known(const liq_guard_slot *slot);

/** Start or end an episode: nothing but the bit and the count. */
void liq_guard_open_set(liq_guard *guard, uint32_t slot, uint8_t open);

/** Refuse what is no price: the slot is held until one comes. */
liq_guard_verdict liq_guard_refuse(liq_guard *guard, uint32_t slot, int64_t at_ms,
                                   liq_decimal mark);

/** The sources of a slot, made when there are none; NULL: out of memory. */
liq_guard_index_slot *liq_guard_index_slot_of(liq_guard *guard, uint32_t slot);

/** Add a firing. */
void liq_guard_fire(liq_guard *guard, const liq_guard_firing *firing);

#endif
