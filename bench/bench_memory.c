/*
 * How fast memory is read and copied, by one core, by all, and inside a device: the measure for all
 * other rows of the table.
 */
#include <stdio.h>

#include "bandwidth.h"
#include "bench.h"

enum { SMALL_BYTES = 1 << 22, HOST_BYTES = 1 << 28 };
#define DEVICE_BYTES ((size_t)1 << 32)

static void host_measure(const bench_state *bench, bench_crew *crew, const char *cores,
                         size_t bytes);
static void device_measure(const bench_state *bench);
static void row_write(const bench_state *bench, const char *what, const bench_times *time,
                      uint64_t bytes);

int main(int argument_count, char **arguments)
{
    static bench_state self;
    bench_crew *single = NULL;
    liq_error err;
    size_t bytes;

    bench_start(&self, "memory", argument_count, arguments);
    bytes = self.is_small ? SMALL_BYTES : HOST_BYTES;
    bench_need(&self, crew_create(&single, 1, &err), &err);
    host_measure(&self, single, "one core", bytes);
    host_measure(&self, self.crew, "all cores", bytes);
    crew_destroy(single);
    device_measure(&self);
    return bench_end(&self);
}

static void host_measure(const bench_state *bench, bench_crew *crew, const char *cores,
                         size_t bytes)
{
    char what[64];
    bench_times time;
    liq_error err;

    bench_need(bench, bandwidth_read(&time, &bench->limits, crew, bytes, &err), &err);
    (void)snprintf(what, sizeof what, "read once, %s", cores);
    row_write(bench, what, &time, bytes);
    bench_need(bench, bandwidth_copy(&time, &bench->limits, crew, bytes, &err), &err);
    (void)snprintf(what, sizeof what, "copy, %s", cores);
    row_write(bench, what, &time, 2 * (uint64_t)bytes);
}

static void device_measure(const bench_state *bench)
{
    liq_device *device = bench_device(bench);
    const liq_device_info *info;
    size_t bytes = SMALL_BYTES;
    char what[512];
    bench_times time;
    liq_error err;

    if (device == NULL)
        return;
    info = liq_device_describe(device);
    /* A host's copy needs the host's memory: no more than for the rows above. */
    if (!bench->is_small)
        bytes = info->memory_bytes / 8 < DEVICE_BYTES ? HOST_BYTES : DEVICE_BYTES;
    bench_need(bench, bandwidth_device_copy(&time, &bench->limits, device, &bytes, &err), &err);
    (void)snprintf(what, sizeof what, "copy, %s (%s, driver %s)", info->name, info->platform,
                   info->driver);
    row_write(bench, what, &time, 2 * (uint64_t)bytes);
    liq_device_close(device);
}

static void row_write(const bench_state *bench, const char *what, const bench_times *time,
                      uint64_t bytes)
{
    const bench_row row = {.what = what, .time = *time, .bytes = bytes};

    bench_row_write(bench, &row);
}
