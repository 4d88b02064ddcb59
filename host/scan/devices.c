/*
 * The list of devices with the verdict of each. Every device is tested in a child process of its
 * own: a driver that aborts spoils one line of the list, not the list.
 */
#include <liqscan/devices.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "device/device.h"
#include "scan/self_test.h"

struct liq_devices {
    liq_device_facts *facts; /* fact_count, the last of them the host */
    uint32_t fact_count;
    int is_refused;
    liq_error refusal;
};

static void facts_take(liq_device_facts *out, const liq_device_info *info);
static void reference_take(liq_device_facts *out);
static liq_status devices_test(liq_devices *devices, liq_error *err);
static void choice_mark(liq_devices *devices, const liq_device_info *list, const char *selector);

liq_status liq_devices_list(liq_devices **out, const char *selector, int self_test, liq_error *err)
{
    liq_devices *devices = NULL;
    liq_device_info *list = NULL;
    uint32_t count = 0;
    liq_status status;

    if ((status = liq_memory_array(&devices, 1, sizeof *devices, err)) != LIQ_OK)
        return status;
    status = liq_device_list(&list, &count, &devices->refusal);
    devices->is_refused = status == LIQ_NO_DEVICE;
    if (status != LIQ_OK && status != LIQ_NO_DEVICE) {
        if (err != NULL)
            *err = devices->refusal;
        goto done;
    }
    if ((status = liq_memory_array(&devices->facts, (size_t)count + 1, sizeof *devices->facts,
                                   err)) != LIQ_OK)
        goto done;
    for (uint32_t i = 0; i < count; i++)
        facts_take(&devices->facts[i], &list[i]);
    reference_take(&devices->facts[count]);
    devices->fact_count = count + 1;
    choice_mark(devices, list, selector);
    if (self_test && (status = devices_test(devices, err)) != LIQ_OK)
        goto done;
    *out = devices;
    devices = NULL;
done:
    free(list);
    liq_devices_destroy(devices);
    return status;
}

void liq_devices_destroy(liq_devices *devices)
{
    if (devices == NULL)
        return;
    free(devices->facts);
    free(devices);
}

uint32_t liq_devices_count(const liq_devices *devices)
{
    return devices->fact_count;
}

const liq_device_facts *liq_devices_get(const liq_devices *devices, uint32_t index)
{
    LIQ_ASSERT(index < devices->fact_count);
    return &devices->facts[index];
}

const char *liq_devices_refusal(const liq_devices *devices)
{
    return devices->is_refused ? devices->refusal.message : NULL;
}

static void facts_take(liq_device_facts *out, const liq_device_info *info)
{
    (void)snprintf(out->name, sizeof out->name, "%s", info->name);
    (void)snprintf(out->platform, sizeof out->platform, "%s", info->platform);
    (void)snprintf(out->driver, sizeof out->driver, "%s", info->driver);
    (void)snprintf(out->version, sizeof out->version, "%s", info->opencl_version);
    (void)snprintf(out->type, sizeof out->type, "%s", info->type);
    out->memory_bytes = info->memory_bytes;
    out->allocation_bytes_max = info->allocation_bytes_max;
    out->compute_units = info->compute_units;
    out->index = info->index;
    out->is_usable = info->usable;
}

static void reference_take(liq_device_facts *out)
{
    (void)snprintf(out->name, sizeof out->name, "%s", LIQ_DEVICE_CPU_REFERENCE);
    (void)snprintf(out->type, sizeof out->type, "host");
    out->compute_units = 1;
    out->index = UINT32_MAX;
    out->is_usable = 1;
}

/* A test that fails is a fact about the device; one that could not be run is our error. */
static liq_status devices_test(liq_devices *devices, liq_error *err)
{
    for (uint32_t i = 0; i + 1 < devices->fact_count; i++) {
        liq_device_facts *facts = &devices->facts[i];
        liq_status status;

        if (!facts->is_usable)
            continue;
        status = liq_self_test_in_child(facts->index, LIQ_TEST_ALL, facts->verdict,
                                        sizeof facts->verdict, err);
        if (status != LIQ_OK && status != LIQ_SELF_TEST)
            return status;
        facts->test = status == LIQ_OK ? LIQ_DEVICE_PASSED : LIQ_DEVICE_FAILED;
        if (status == LIQ_OK)
            facts->verdict[0] = '\0';
    }
    return LIQ_OK;
}

static void choice_mark(liq_devices *devices, const liq_device_info *list, const char *selector)
{
    liq_device_facts *reference = &devices->facts[devices->fact_count - 1];
    char reason[LIQ_DEVICE_TEXT_BYTES];
    uint32_t index;

    if (selector != NULL && strcmp(selector, LIQ_DEVICE_CPU_REFERENCE) == 0) {
        devices->is_refused = 0;
        reference->is_chosen = 1;
        (void)snprintf(reference->reason, sizeof reference->reason, "asked for");
        return;
    }
    if (devices->is_refused)
        return;
    if (liq_device_choose(list, devices->fact_count - 1, selector, &index, reason,
                          &devices->refusal) != LIQ_OK) {
        devices->is_refused = 1;
        return;
    }
    devices->facts[index].is_chosen = 1;
    (void)snprintf(devices->facts[index].reason, sizeof devices->facts[index].reason, "%s", reason);
}
