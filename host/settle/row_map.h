/*
 * A number for each of some margin accounts, such as the end of a cool-down: a hash table that
 * lives as long as settling does.
 */
#ifndef LIQ_SETTLE_ROW_MAP_H
#define LIQ_SETTLE_ROW_MAP_H

#include <stdint.h>

#include <liqscan/status.h>

typedef struct liq_row_name {
    uint32_t account;
    uint32_t instrument; /* LIQ_NO_INDEX: the cross margin */
    uint32_t is_short;
    uint32_t born; /* which account of that number, for what outlives a run; else 0 */
} liq_row_name;

typedef struct liq_row_slot {
    liq_row_name name;
    int64_t value; /* 0: the slot is free, or its entry has ended */
    uint8_t used;
} liq_row_slot;

typedef struct liq_row_map {
    liq_row_slot *slots;
    uint32_t slot_count; /* a power of two, or 0 */
    uint32_t used_count;
} liq_row_map;

/** Some order of rows, of two names or of what begins with one: by the number of the account, which
 * need not be in the order of ids, cross first, by instrument, long before short. For qsort. */
int liq_row_name_compare(const void *left, const void *right);

/** Takes a zeroed or filled one. */
void liq_row_map_clear(liq_row_map *map);

/** 0 when there is none. */
int64_t liq_row_map_get(const liq_row_map *map, liq_row_name name);

/** @param value  0 ends the entry */
LIQ_MUST_USE liq_status liq_row_map_set(liq_row_map *map, liq_row_name name, int64_t value,
                                        liq_error *err);

/** Change a value that was set before; nothing when it never was. */
void liq_row_map_change(liq_row_map *map, liq_row_name name, int64_t value);

#endif
