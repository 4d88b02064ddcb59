/*
 * Order and lights of a queue, from scores and quantities alone.
 */
#ifndef LIQ_SCAN_ADL_LIGHTS_H
#define LIQ_SCAN_ADL_LIGHTS_H

#include <stdint.h>

#include <liqscan/adl.h>

#include "base/int128.h"

/* A position of a side. */
typedef struct liq_adl_entry {
    int64_t score;
    int64_t lots; /* not signed, at least 1 */
    uint64_t position_index;
    uint64_t margin_index; /* where a queue keeps the value of its margin account */
    uint32_t standing;     /* liq_adl_standing */
    uint32_t light;        /* 0: none */
} liq_adl_entry;

/** Whether left stands before right: by standing, then score descending, then position. */
int liq_adl_entry_compare(const liq_adl_entry *left, const liq_adl_entry *right);

/** Where a position stands, from its score and whether its account is exempt. */
liq_adl_standing liq_adl_standing_of(int64_t score, int is_exempt);

/** What lights are shares of when the venue decides. */
liq_adl_lights_by liq_adl_lights_choose(liq_adl_lights_by asked, uint32_t rule);

/** ceil(5 x share / whole), for 1 <= share <= whole. */
uint32_t liq_adl_light(liq_int128 share, liq_int128 whole);

/** Sort entries into the order of a queue and light the ranked ones. @return how many are ranked */
uint64_t liq_adl_lights_fill(liq_adl_entry *entries, uint64_t count, liq_adl_lights_by by);

#endif
