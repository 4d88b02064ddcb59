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
    const uint32_t *list; /* of slots; NULL: each place is a slot, of which only its code is told */
    uint8_t *codes;       /* by place */
    float *reaches;       /* by place */
    uint8_t *statuses;    /* by place */
} liq_screen_host_pass;

/** Screen the places first .. end - 1; several threads may, each its own. */
void liq_screen_host_run(const liq_screen_host_pass *pass, uint32_t first, uint32_t end);

#endif
