#include "scan/device_lights.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

/* Work-items of a group where one is a lane: as many as a digit has values. */
enum { GROUP_ITEMS = 256 };

struct liq_device_lights {
    const liq_buffer *keys; /* lent */
    liq_scan_kernel histogram_kernel;
    liq_scan_kernel select_kernel;
    liq_buffer *chunks;
    liq_buffer *side_chunks; /* first chunk of each side, and one more */
    liq_buffer *side_firsts; /* first place of each side */
    liq_buffer *lots;
    liq_buffer *sums;
    liq_buffer *counts;
    liq_buffer *cuts;
    liq_cut_record *start; /* what cuts hold before the first pass: zeros */
    uint32_t side_count;
    uint32_t chunk_count;
    uint32_t group_items;
    uint32_t place_pass; /* the first pass that looks at places: more digits than places are zero */
};

static liq_status kernels_create(liq_device_lights *lights, liq_device *device,
                                 liq_scan_shape shape, liq_error *err);
static liq_status chunks_upload(liq_device_lights *lights, liq_device *device,
                                const liq_adl_index *index, liq_error *err);
static liq_status buffers_create(liq_device_lights *lights, liq_device *device, liq_error *err);
static liq_status input_with(liq_buffer **out, liq_device *device, const void *data, size_t bytes,
                             liq_error *err);
static uint32_t chunks_of(const liq_adl_index *index, uint32_t side);
static uint32_t place_pass_of(const liq_adl_index *index);
static liq_status pass_launch(liq_device_lights *lights, uint32_t pass, uint32_t by_count,
                              liq_error *err);

liq_status liq_device_lights_create(liq_device_lights **out, liq_device *device,
                                    liq_scan_shape shape, const liq_buffer *keys,
                                    const liq_adl_index *index, const int64_t *lots, liq_error *err)
{
    liq_device_lights *lights = NULL;
    liq_status status = liq_memory_array(&lights, 1, sizeof *lights, err);

    if (status != LIQ_OK)
        return status;
    lights->keys = keys;
    lights->side_count = index->side_count;
    lights->place_pass = place_pass_of(index);
    /* A thread of a CPU counts a chunk by itself, without atomics. */
    lights->group_items = shape.group_items == 1 ? 1 : GROUP_ITEMS;
    if ((status = kernels_create(lights, device, shape, err)) != LIQ_OK ||
        (status = chunks_upload(lights, device, index, err)) != LIQ_OK ||
        (status = input_with(&lights->side_firsts, device, index->side_firsts,
                             ((size_t)index->side_count + 1) * sizeof(uint32_t), err)) != LIQ_OK ||
        (status = input_with(&lights->lots, device, lots, index->position_count * sizeof *lots,
                             err)) != LIQ_OK ||
        (status = buffers_create(lights, device, err)) != LIQ_OK)
        goto done;
    *out = lights;
    lights = NULL; /* given away */
done:
    liq_device_lights_destroy(lights);
    return status;
}

void liq_device_lights_destroy(liq_device_lights *lights)
{
    if (lights == NULL)
        return;
    liq_buffer_destroy(lights->chunks);
    liq_buffer_destroy(lights->side_chunks);
    liq_buffer_destroy(lights->side_firsts);
    liq_buffer_destroy(lights->lots);
    liq_buffer_destroy(lights->sums);
    liq_buffer_destroy(lights->counts);
    liq_buffer_destroy(lights->cuts);
    liq_scan_kernel_clear(&lights->histogram_kernel);
    liq_scan_kernel_clear(&lights->select_kernel);
    free(lights->start);
    free(lights);
}

liq_status liq_device_lights_run(liq_device_lights *lights, liq_adl_lights_by by,
                                 liq_cut_record *cuts, liq_error *err)
{
    const size_t bytes = (size_t)lights->side_count * LIQ_CUTS * sizeof *cuts;
    liq_status status = liq_buffer_write(lights->cuts, 0, lights->start, bytes, err);

    LIQ_ASSERT(by != LIQ_ADL_LIGHTS_OF_VENUE);
    for (uint32_t pass = 0; status == LIQ_OK && pass < LIQ_SELECT_PASSES; pass++)
        if (pass < LIQ_ORDER_PASSES || pass >= lights->place_pass)
            status = pass_launch(lights, pass, by == LIQ_ADL_LIGHTS_BY_COUNT, err);
    if (status == LIQ_OK)
        status = liq_buffer_read(lights->cuts, 0, cuts, bytes, err);
    return status;
}

liq_status liq_device_lights_elapsed(liq_device_lights *lights, uint64_t *ns_out, liq_error *err)
{
    uint64_t select_ns = 0;
    liq_status status = liq_kernel_elapsed(lights->histogram_kernel.kernel, ns_out, err);

    if (status == LIQ_OK)
        status = liq_kernel_elapsed(lights->select_kernel.kernel, &select_ns, err);
    *ns_out += select_ns;
    return status;
}

static liq_status kernels_create(liq_device_lights *lights, liq_device *device,
                                 liq_scan_shape shape, liq_error *err)
{
    const liq_status status =
        liq_scan_kernel_need(&lights->histogram_kernel, device, "adl_histogram", shape, err);

    if (status != LIQ_OK)
        return status;
    return liq_scan_kernel_need(&lights->select_kernel, device, "adl_select", shape, err);
}

static liq_status chunks_upload(liq_device_lights *lights, liq_device *device,
                                const liq_adl_index *index, liq_error *err)
{
    liq_select_chunk_record *chunks = NULL;
    uint32_t *firsts = NULL;
    uint32_t count = 0;
    liq_status status;

    for (uint32_t side = 0; side < index->side_count; side++)
        lights->chunk_count += chunks_of(index, side);
    if ((status = liq_memory_array(&chunks, lights->chunk_count, sizeof *chunks, err)) != LIQ_OK ||
        (status = liq_memory_array(&firsts, (size_t)index->side_count + 1, sizeof *firsts, err)) !=
            LIQ_OK)
        goto done;
    for (uint32_t side = 0; side < index->side_count; side++) {
        const uint32_t end = index->side_firsts[side + 1];
        uint32_t at = index->side_firsts[side];

        firsts[side] = count;
        while (at < end) {
            const uint32_t left = end - at;
            const uint32_t size = left < LIQ_SELECT_POSITIONS ? left : LIQ_SELECT_POSITIONS;

            chunks[count++] =
                (liq_select_chunk_record){.side = side, .place_first = at, .place_count = size};
            at += size;
        }
    }
    firsts[index->side_count] = count;
    if ((status = input_with(&lights->chunks, device, chunks, count * sizeof *chunks, err)) ==
        LIQ_OK)
        status = input_with(&lights->side_chunks, device, firsts,
                            ((size_t)index->side_count + 1) * sizeof *firsts, err);
done:
    free(chunks);
    free(firsts);
    return status;
}

static liq_status buffers_create(liq_device_lights *lights, liq_device *device, liq_error *err)
{
    const size_t cuts = (size_t)lights->side_count * LIQ_CUTS;
    const size_t chunks = lights->chunk_count > 0 ? lights->chunk_count : 1;
    const size_t sums = chunks * LIQ_CUTS * LIQ_DIGITS;
    liq_status status;

    if ((status = liq_memory_array(&lights->start, cuts, sizeof *lights->start, err)) != LIQ_OK ||
        (status = liq_buffer_create(&lights->sums, device, sums * sizeof(uint64_t), LIQ_BUFFER_WORK,
                                    err)) != LIQ_OK ||
        (status = liq_buffer_create(&lights->counts, device, sums * sizeof(uint32_t),
                                    LIQ_BUFFER_WORK, err)) != LIQ_OK)
        return status;
    return liq_buffer_create(&lights->cuts, device, (cuts > 0 ? cuts : 1) * sizeof(liq_cut_record),
                             LIQ_BUFFER_WORK, err);
}

/* A buffer that holds data; eight bytes where there is none, because a buffer cannot be empty. */
static liq_status input_with(liq_buffer **out, liq_device *device, const void *data, size_t bytes,
                             liq_error *err)
{
    const liq_status status =
        liq_buffer_create(out, device, bytes > 0 ? bytes : sizeof(uint64_t), LIQ_BUFFER_INPUT, err);

    return status != LIQ_OK ? status : liq_buffer_write(*out, 0, data, bytes, err);
}

static uint32_t chunks_of(const liq_adl_index *index, uint32_t side)
{
    const uint32_t count = index->side_firsts[side + 1] - index->side_firsts[side];

    return count / LIQ_SELECT_POSITIONS + (count % LIQ_SELECT_POSITIONS > 0);
}

/* The digits of places above those of the longest side are all zero: nothing to look for. */
static uint32_t place_pass_of(const liq_adl_index *index)
{
    uint32_t pass = LIQ_SELECT_PASSES - 1;
    uint32_t last = 0; /* place of the longest side */

    for (uint32_t side = 0; side < index->side_count; side++) {
        const uint32_t count = index->side_firsts[side + 1] - index->side_firsts[side];

        last = count > last + 1 ? count - 1 : last;
    }
    for (; last >= LIQ_DIGITS; last /= LIQ_DIGITS)
        pass--;
    return pass;
}

static liq_status pass_launch(liq_device_lights *lights, uint32_t pass, uint32_t by_count,
                              liq_error *err)
{
    const liq_kernel_argument histogram[] = {LIQ_ARGUMENT_VALUE(lights->chunk_count),
                                             LIQ_ARGUMENT_VALUE(pass),
                                             LIQ_ARGUMENT_VALUE(by_count),
                                             LIQ_ARGUMENT_BUFFER(lights->chunks),
                                             LIQ_ARGUMENT_BUFFER(lights->side_firsts),
                                             LIQ_ARGUMENT_BUFFER(lights->keys),
                                             LIQ_ARGUMENT_BUFFER(lights->lots),
                                             LIQ_ARGUMENT_BUFFER(lights->cuts),
                                             LIQ_ARGUMENT_BUFFER(lights->sums),
                                             LIQ_ARGUMENT_BUFFER(lights->counts)};
    const liq_kernel_argument select[] = {
        LIQ_ARGUMENT_VALUE(lights->side_count),   LIQ_ARGUMENT_VALUE(pass),
        LIQ_ARGUMENT_BUFFER(lights->side_chunks), LIQ_ARGUMENT_BUFFER(lights->sums),
        LIQ_ARGUMENT_BUFFER(lights->counts),      LIQ_ARGUMENT_BUFFER(lights->cuts)};
    const liq_status status = liq_kernel_launch(
        lights->histogram_kernel.kernel, histogram, sizeof histogram / sizeof histogram[0],
        (size_t)lights->chunk_count * lights->group_items, lights->group_items, err);

    if (status != LIQ_OK)
        return status;
    return liq_kernel_launch(lights->select_kernel.kernel, select, sizeof select / sizeof select[0],
                             (size_t)lights->side_count * lights->group_items, lights->group_items,
                             err);
}
