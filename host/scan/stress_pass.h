/*
 * The pass of kernels/stress_rows.cl over packed rows: on a device, or on the host by the same
 * text.
 */
#ifndef LIQ_SCAN_STRESS_PASS_H
#define LIQ_SCAN_STRESS_PASS_H

#include "device/device.h"
#include "scan/stress_pack.h"

typedef struct liq_stress_pass liq_stress_pass;

/* For tests that cut finer, or run a CPU in the shape of a GPU. */
typedef struct liq_stress_pass_options {
    uint32_t chunk_slots; /* judged at once; 0: as many as seem good */
    bool as_lanes;
} liq_stress_pass_options;

/* What was said of some slots; lent until the next call. */
typedef struct liq_stress_judged {
    const uint8_t *marks;
    const uint8_t *statuses; /* LIQ_STRESS_TILE for each */
    uint32_t first;          /* of the slots of the pack */
    uint32_t count;
} liq_stress_judged;

/**
 * @param device   lent as long as the pass lives; NULL: on the host, on all its processors
 * @param options  NULL for the defaults
 */
LIQ_MUST_USE liq_status liq_stress_pass_create(liq_stress_pass **out, liq_device *device,
                                               const liq_stress_pass_options *options,
                                               liq_error *err);

/** Takes NULL. */
void liq_stress_pass_destroy(liq_stress_pass *pass);

/** Take over packed rows. @param pack, grid  lent until the next load */
LIQ_MUST_USE liq_status liq_stress_pass_load(liq_stress_pass *pass, const liq_stress_pack *pack,
                                             const liq_stress_grid *grid, uint32_t price_count,
                                             liq_stress_levels levels, liq_error *err);

/** Take over the prices of a tile, and its edges: see liq_stress_prices_tile; and the rows of
 * options that the grid has. */
LIQ_MUST_USE liq_status liq_stress_pass_prices(liq_stress_pass *pass, const float *prices,
                                               const float *edges, liq_error *err);

/** So many chunks the slots are cut into. */
uint32_t liq_stress_pass_chunks(const liq_stress_pass *pass);

/** Judge a chunk at the prices of the tile. */
LIQ_MUST_USE liq_status liq_stress_pass_run(liq_stress_pass *pass, uint32_t chunk,
                                            liq_stress_judged *out, liq_error *err);

/** Device time since the last call, ns; 0 on the host. */
LIQ_MUST_USE liq_status liq_stress_pass_elapsed(liq_stress_pass *pass, uint64_t *ns,
                                                liq_error *err);

#endif
