/*
 * Where packed rows lie for the screen: in slices of LIQ_SLICE_ROWS slots of one length, cut from
 * one arena as they are needed. A row that outgrows its slot moves to one of the next length; what
 * it leaves is for others. Rows that are longer than the longest slot, or for which no room is
 * left, have none and are in doubt at every market.
 */
#ifndef LIQ_SCAN_SCREEN_SLOTS_H
#define LIQ_SCAN_SCREEN_SLOTS_H

#include <stdint.h>

#include "scan/screen_row.h"

/* In slot_rows, of a slot that no row has: above every row. Such a slot screens as a row that is
 * far from every level. */
#define LIQ_SCREEN_SLOT_FREE 0x80000000u

enum { LIQ_SCREEN_LENGTHS = 35, LIQ_SCREEN_LENGTH_MAX = 512 };

typedef struct liq_screen_slots {
    uint32_t *slice_firsts; /* by slice: its first entry */
    uint32_t *slice_lengths;
    uint16_t *entry_cells;
    float *entry_amounts;
    float *offsets;       /* by slot */
    uint32_t *slot_rows;  /* by slot; of a free one the next free one of its length */
    uint32_t *row_slots;  /* by row; LIQ_NO_INDEX: it has none */
    uint8_t *slice_moved; /* changed since liq_screen_slots_settle */
    uint32_t *moved;      /* the slices that did, moved_count of them */
    uint32_t free_slots[LIQ_SCREEN_LENGTHS];
    uint32_t row_capacity;
    uint32_t slice_capacity;
    uint32_t entry_capacity;
    uint32_t slice_count;
    uint32_t entry_count; /* of the arena, taken by slices */
    uint32_t moved_count;
    uint32_t group; /* rows of a slice whose entries lie side by side */
} liq_screen_slots;

/**
 * Take the memory.
 * @param row_capacity    rows have the numbers below it
 * @param entry_capacity  of all slices together
 * @param group           rows whose entries lie side by side, a power of two up to LIQ_SLICE_ROWS:
 *                        see kernels/screen_rows.cl
 */
LIQ_MUST_USE liq_status liq_screen_slots_create(liq_screen_slots *out, uint32_t row_capacity,
                                                uint64_t entry_capacity, uint32_t group,
                                                liq_error *err);

/** Takes a zeroed or filled one. */
void liq_screen_slots_clear(liq_screen_slots *slots);

/** Entries of the arena that a row of so many takes, and 0 for one that gets no slot. */
uint32_t liq_screen_slots_length(uint32_t entry_count);

/** Put a packed row in place of what the row was. */
void liq_screen_slots_put(liq_screen_slots *slots, uint32_t row, const liq_screen_row *packed);

/** The row is gone. Takes one that is not there. */
void liq_screen_slots_drop(liq_screen_slots *slots, uint32_t row);

/** The code that a pass tells of a slot. @param pairs  of the cells: see glance.h */
uint32_t liq_screen_slots_code(const liq_screen_slots *slots, const liq_screen_cells *cells,
                               const liq_f32x2 *pairs, uint32_t slot);

/** Screen the row of a slot on the host. */
liq_screen_verdict liq_screen_slots_judge(const liq_screen_slots *slots,
                                          const liq_screen_cells *cells, uint32_t slot);

/** The first entry of a slot; from there to the next one it is `group`. */
uint32_t liq_screen_slots_first(const liq_screen_slots *slots, uint32_t slot);

/** A slot will be written soon: a hint. */
void liq_screen_slots_expect(const liq_screen_slots *slots, uint32_t slot);

/** What changed is where it should be: nothing has moved. */
void liq_screen_slots_settle(liq_screen_slots *slots);

#endif
