#include "settle/row_map.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/memory.h"

enum { SLOTS_LEAST = 64 };

static liq_row_slot *slot_of(const liq_row_map *map, liq_row_name name);
static bool same(liq_row_name left, liq_row_name right);
static liq_status slots_grow(liq_row_map *map, liq_error *err);

int liq_row_name_compare(const void *left, const void *right)
{
    const liq_row_name *a = left;
    const liq_row_name *b = right;
    const uint32_t a_place = a->instrument + 1; /* the cross margin: 0 */
    const uint32_t b_place = b->instrument + 1;

    if (a->account != b->account)
        return a->account < b->account ? -1 : 1;
    if (a_place != b_place)
        return a_place < b_place ? -1 : 1;
    return (int)a->is_short - (int)b->is_short;
}

void liq_row_map_clear(liq_row_map *map)
{
    free(map->slots);
    *map = (liq_row_map){0};
}

int64_t liq_row_map_get(const liq_row_map *map, liq_row_name name)
{
    const liq_row_slot *slot = map->slot_count == 0 ? NULL : slot_of(map, name);

    return slot == NULL || !slot->used ? 0 : slot->value;
}

liq_status liq_row_map_set(liq_row_map *map, liq_row_name name, int64_t value, liq_error *err)
{
    liq_row_slot *slot;
    liq_status status;

    if (map->used_count + 1 > map->slot_count / 2 && (status = slots_grow(map, err)) != LIQ_OK)
        return status;
    slot = slot_of(map, name);
    if (!slot->used)
        map->used_count++;
    *slot = (liq_row_slot){.name = name, .value = value, .used = 1};
    return LIQ_OK;
}

void liq_row_map_change(liq_row_map *map, liq_row_name name, int64_t value)
{
    liq_row_slot *slot = map->slot_count == 0 ? NULL : slot_of(map, name);

    if (slot != NULL && slot->used)
        slot->value = value;
}

/* Where a name is, or would be. */
static liq_row_slot *slot_of(const liq_row_map *map, liq_row_name name)
{
    uint64_t at = ((uint64_t)name.account << 32 | name.instrument) * 0x9e3779b97f4a7c15u;

    for (at = (at >> 32) + name.is_short;; at++) {
        liq_row_slot *slot = &map->slots[at & (map->slot_count - 1)];

        if (!slot->used || same(slot->name, name))
            return slot;
    }
}

static bool same(liq_row_name left, liq_row_name right)
{
    return left.account == right.account && left.instrument == right.instrument &&
           left.is_short == right.is_short && left.born == right.born;
}

/* Entries that have ended are left behind; only if many are alive are there more slots. */
static liq_status slots_grow(liq_row_map *map, liq_error *err)
{
    const liq_row_map old = *map;
    uint32_t alive = 0;
    liq_row_map grown = {.slot_count = old.slot_count == 0 ? SLOTS_LEAST : old.slot_count};
    liq_status status;

    for (uint32_t i = 0; i < old.slot_count; i++)
        alive += old.slots[i].value != 0;
    if (alive + 1 > grown.slot_count / 4)
        grown.slot_count *= 2;
    if ((status = liq_memory_array(&grown.slots, grown.slot_count, sizeof *grown.slots, err)) !=
        LIQ_OK)
        return status;
    for (uint32_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].value != 0) {
            *slot_of(&grown, old.slots[i].name) = old.slots[i];
            grown.used_count++;
        }
    free(old.slots);
    *map = grown;
    return LIQ_OK;
}
