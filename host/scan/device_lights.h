/*
 * The lights of every position of every side on an OpenCL device, by selection and not by sorting:
 * for each side the four cuts at which lights change.
 */
#ifndef LIQ_SCAN_DEVICE_LIGHTS_H
#define LIQ_SCAN_DEVICE_LIGHTS_H

#include <stdint.h>

#include <liqscan/adl.h>

#include "device/program.h"
#include "liq_select.h"
#include "scan/adl_index.h"
#include "scan/scan_program.h"

typedef struct liq_device_lights liq_device_lights;

/**
 * Upload sizes and take device memory: 8 bytes for each position, 12 KiB for each 8192 positions of
 * a side.
 * @param device, keys  lent as long as the lights live
 * @param shape    as the kernels of the device are launched
 * @param keys     scores by place
 * @param index    read here only
 * @param lots     sizes by place; read here only
 */
LIQ_MUST_USE liq_status liq_device_lights_create(liq_device_lights **out, liq_device *device,
                                                 liq_scan_shape shape, const liq_buffer *keys,
                                                 const liq_adl_index *index, const int64_t *lots,
                                                 liq_error *err);

/** Takes NULL. */
void liq_device_lights_destroy(liq_device_lights *lights);

/**
 * Find the cuts of all sides by the keys that lie there now.
 * @param by    not LIQ_ADL_LIGHTS_OF_VENUE
 * @param cuts  receives LIQ_CUTS for each side; liq_light_of reads them
 */
LIQ_MUST_USE liq_status liq_device_lights_run(liq_device_lights *lights, liq_adl_lights_by by,
                                              liq_cut_record *cuts, liq_error *err);

/** Device time of the runs since the last call, in ns. */
LIQ_MUST_USE liq_status liq_device_lights_elapsed(liq_device_lights *lights, uint64_t *ns_out,
                                                  liq_error *err);

#endif
