/**
 * The devices a scan can run on: what they are, whether they compute right, and which one would
 * be chosen.
 */
#ifndef LIQSCAN_DEVICES_H
#define LIQSCAN_DEVICES_H

#include <stdint.h>

#include <liqscan/scanner.h>
#include <liqscan/status.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct liq_devices liq_devices;

/** Outcome of the known-answer test of a device. */
typedef enum liq_device_test {
    LIQ_DEVICE_NOT_TESTED = 0,
    LIQ_DEVICE_PASSED = 1,
    LIQ_DEVICE_FAILED = 2
} liq_device_test;

enum { LIQ_DEVICE_VERDICT_BYTES = 256 };

/** One device. Texts are "" where the driver says nothing. */
typedef struct liq_device_facts {
    char name[LIQ_DEVICE_NAME_BYTES];
    char platform[LIQ_DEVICE_NAME_BYTES];
    char driver[LIQ_DEVICE_NAME_BYTES];
    char version[LIQ_DEVICE_NAME_BYTES]; /**< of OpenCL C */
    char type[16];                       /**< "gpu", "cpu", "accelerator", "other", "host" */
    uint64_t memory_bytes;
    uint64_t allocation_bytes_max;
    uint32_t compute_units;
    uint32_t index; /**< as liq_scanner_options.device takes it; of cpu-reference UINT32_MAX */
    int is_usable;  /**< non-zero: 64-bit, little-endian, with a compiler */
    int is_chosen;  /**< non-zero: a scan would run here */
    liq_device_test test; /**< cpu-reference is what the others are tested against: not tested */
    char verdict[LIQ_DEVICE_VERDICT_BYTES]; /**< why the test failed, else "" */
    char reason[LIQ_DEVICE_NAME_BYTES];     /**< of the chosen one: why, else "" */
} liq_device_facts;

/**
 * List every OpenCL device, and last the host itself, "cpu-reference".
 * May block for a few seconds for each device that is tested for the first time; tests run in child
 * processes, so no OpenCL device may be open in this process yet.
 * @param selector   as liq_scanner_options.device: marks the one that would be chosen; NULL allowed
 * @param self_test  non-zero: test every usable device
 * @return LIQ_OK, also where there is no OpenCL at all: see liq_devices_refusal; LIQ_DEVICE_FAULT,
 * LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_devices_list(liq_devices **out, const char *selector, int self_test,
                                         liq_error *err);

/** Takes NULL. */
void liq_devices_destroy(liq_devices *devices);

/** Number of devices, cpu-reference included: at least 1. */
uint32_t liq_devices_count(const liq_devices *devices);

/** A device, lent as long as the list lives. @param index  0 .. liq_devices_count - 1 */
const liq_device_facts *liq_devices_get(const liq_devices *devices, uint32_t index);

/**
 * NULL when a scan would find a device; else why it would not, in one line: no platform (and
 * what to install), no device of that name, several of that name.
 */
const char *liq_devices_refusal(const liq_devices *devices);

#ifdef __cplusplus
}
#endif

#endif
