/*
 * Screening on the host's processors: by the same text as a device, several rows side by side, in
 * vectors of eight where the processor has them.
 */
#ifndef LIQ_SCAN_SCREEN_HOST_H
#define LIQ_SCAN_SCREEN_HOST_H

#include "scan/screen_slots.h"

/* Which slots, and where their verdicts go. */
typedef struct liq_screen_host_pass {
    const liq_screen_slots *slots;
    const liq_screen_cells *cells;
    const liq_f32x2 *pairs; /* of the cells: see glance.h */
    uint8_t *codes;         /* by slot, of a pass over slices */
    const uint32_t *list;   /* of slots */
    float *reaches;         /* by place in the list */
    uint8_t *statuses;      /* likewise */
} liq_screen_host_pass;

/** Screen the slices first .. end - 1, of which the slots are in groups of LIQ_SCREEN_GROUP;
 * several threads may, each its own. */
void liq_screen_host_slices(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);

/** The same for places of the list. */
void liq_screen_host_list(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);

#endif
