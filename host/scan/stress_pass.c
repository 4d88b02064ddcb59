#include "scan/stress_pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/scan_program.h"

/* Of a chunk: its statuses are 16 MiB, which is soon read again. */
enum { CHUNK_SLOTS = 262144, ARGUMENTS = 14, PRICE_ALIGNMENT = 64 };

/* What portfolio margin reads, in the order of the kernel. */
enum { LOTS, UNITS, CHARGE_TIERS, COEFFICIENTS, OPTION_ROWS, GRID_BUFFERS };

/* Slots that are judged in one launch, as they lie on the device. */
typedef struct pass_chunk {
    liq_buffer *slots; /* NULL: on the host */
    liq_buffer *entries;
    liq_buffer *bends;
    uint32_t first;
    uint32_t count;
} pass_chunk;

struct liq_stress_pass {
    liq_device *device; /* NULL: the host */
    liq_scan_kernel kernel;
    liq_buffer *prices;
    liq_buffer *edges;
    liq_buffer *grid_buffers[GRID_BUFFERS];
    liq_buffer *marks;
    liq_buffer *statuses;
    liq_scan_shape shape;
    const liq_stress_pack *pack;
    const liq_stress_grid *grid;
    float *host_prices;
    float *host_edges;
    uint8_t *host_marks; /* of a device that does not share the host's memory: copies */
    uint8_t *host_statuses;
    pass_chunk *chunks;
    size_t chunk_capacity;
    uint32_t chunk_count;
    uint32_t chunk_slots;
    uint32_t price_count;
    liq_stress_levels levels;
    uint32_t mapped; /* marks, and then statuses */
};

/* A chunk on the host: each worker takes every so-manieth block. */
typedef struct host_work {
    liq_stress_pass *pass;
    const pass_chunk *chunk;
    uint32_t workers;
} host_work;

static liq_status prices_create(liq_stress_pass *pass, liq_error *err);
static void prices_clear(liq_stress_pass *pass);
static liq_status grid_create(liq_stress_pass *pass, liq_error *err);
static void grid_clear(liq_stress_pass *pass);
static uint64_t option_row_bytes(const liq_stress_grid *grid);
static liq_status outputs_create(liq_stress_pass *pass, liq_error *err);
static void chunks_clear(liq_stress_pass *pass);
static uint32_t chunk_end(const liq_stress_pass *pass, uint32_t first);
static liq_status chunk_upload(liq_stress_pass *pass, pass_chunk *chunk, liq_error *err);
static liq_status array_upload(liq_buffer **out, liq_device *device, const void *data,
                               uint64_t bytes, liq_error *err);
static liq_status device_run(liq_stress_pass *pass, const pass_chunk *chunk, liq_error *err);
static liq_status outputs_view(liq_stress_pass *pass, const pass_chunk *chunk,
                               liq_stress_judged *out, liq_error *err);
static liq_status outputs_release(liq_stress_pass *pass, liq_error *err);
static void host_run(void *context, uint32_t index);

liq_status liq_stress_pass_create(liq_stress_pass **out, liq_device *device,
                                  const liq_stress_pass_options *options, liq_error *err)
{
    liq_stress_pass *pass = NULL;
    liq_status status = liq_memory_array(&pass, 1, sizeof *pass, err);

    if (status != LIQ_OK)
        return status;
    pass->device = device;
    pass->chunk_slots =
        options != NULL && options->chunk_slots > 0 ? options->chunk_slots : CHUNK_SLOTS;
    if (device != NULL) {
        pass->shape = options != NULL && options->as_lanes ? liq_scan_shape_lanes()
                                                           : liq_scan_shape_of(device);
        if ((status = liq_scan_kernel_need(&pass->kernel, device, "stress_rows", pass->shape,
                                           err)) != LIQ_OK)
            goto done;
    }
    *out = pass;
    pass = NULL; /* given away */
done:
    liq_stress_pass_destroy(pass);
    return status;
}

void liq_stress_pass_destroy(liq_stress_pass *pass)
{
    if (pass == NULL)
        return;
    chunks_clear(pass);
    prices_clear(pass);
    grid_clear(pass);
    liq_buffer_destroy(pass->marks);
    liq_buffer_destroy(pass->statuses);
    liq_scan_kernel_clear(&pass->kernel);
    free(pass->chunks);
    free(pass->host_marks);
    free(pass->host_statuses);
    free(pass);
}

liq_status liq_stress_pass_load(liq_stress_pass *pass, const liq_stress_pack *pack,
                                const liq_stress_grid *grid, uint32_t price_count,
                                liq_stress_levels levels, liq_error *err)
{
    liq_status status = outputs_release(pass, err);

    if (status != LIQ_OK)
        return status;
    chunks_clear(pass);
    pass->pack = pack;
    pass->grid = grid;
    pass->levels = levels;
    pass->price_count = price_count;
    if ((status = outputs_create(pass, err)) != LIQ_OK ||
        (status = prices_create(pass, err)) != LIQ_OK ||
        (status = grid_create(pass, err)) != LIQ_OK)
        return status;
    for (uint32_t first = 0; first < pack->slot_count;) {
        pass_chunk *chunk;

        if ((status = liq_memory_grow(&pass->chunks, &pass->chunk_capacity, pass->chunk_count + 1U,
                                      sizeof *pass->chunks, err)) != LIQ_OK)
            return status;
        chunk = &pass->chunks[pass->chunk_count++];
        *chunk = (pass_chunk){.first = first, .count = chunk_end(pass, first) - first};
        if (pass->device != NULL && (status = chunk_upload(pass, chunk, err)) != LIQ_OK)
            return status;
        first += chunk->count;
    }
    return LIQ_OK;
}

liq_status liq_stress_pass_prices(liq_stress_pass *pass, const float *prices, const float *edges,
                                  liq_error *err)
{
    const size_t bytes = (size_t)pass->price_count * LIQ_STRESS_TILE * sizeof *prices;
    const size_t edge_bytes = (size_t)pass->price_count * LIQ_STRESS_EDGE_FLOATS * sizeof *edges;
    liq_status status;

    if (pass->device == NULL) {
        memcpy(pass->host_prices, prices, bytes);
        memcpy(pass->host_edges, edges, edge_bytes);
        return LIQ_OK;
    }
    if (option_row_bytes(pass->grid) > 0 &&
        (status = liq_buffer_write(pass->grid_buffers[OPTION_ROWS], 0, pass->grid->option_rows,
                                   option_row_bytes(pass->grid), err)) != LIQ_OK)
        return status;
    if ((status = liq_buffer_write(pass->prices, 0, prices, bytes, err)) != LIQ_OK)
        return status;
    return liq_buffer_write(pass->edges, 0, edges, edge_bytes, err);
}

uint32_t liq_stress_pass_chunks(const liq_stress_pass *pass)
{
    return pass->chunk_count;
}

liq_status liq_stress_pass_run(liq_stress_pass *pass, uint32_t chunk, liq_stress_judged *out,
                               liq_error *err)
{
    host_work work = {.pass = pass, .workers = liq_workers_count()};
    liq_status status;

    LIQ_ASSERT(chunk < pass->chunk_count);
    work.chunk = &pass->chunks[chunk];
    if (pass->device == NULL) {
        liq_workers_run(work.workers, host_run, &work);
        *out = (liq_stress_judged){.marks = pass->host_marks,
                                   .statuses = pass->host_statuses,
                                   .first = work.chunk->first,
                                   .count = work.chunk->count};
        return LIQ_OK;
    }
    if ((status = outputs_release(pass, err)) != LIQ_OK ||
        (status = device_run(pass, work.chunk, err)) != LIQ_OK)
        return status;
    return outputs_view(pass, work.chunk, out, err);
}

liq_status liq_stress_pass_elapsed(liq_stress_pass *pass, uint64_t *ns, liq_error *err)
{
    *ns = 0;
    return pass->kernel.kernel == NULL ? LIQ_OK : liq_kernel_elapsed(pass->kernel.kernel, ns, err);
}

/* Room for the prices of a tile, on the host or on the device. */
static liq_status prices_create(liq_stress_pass *pass, liq_error *err)
{
    const size_t floats = (size_t)pass->price_count * LIQ_STRESS_TILE;
    const size_t edges = (size_t)pass->price_count * LIQ_STRESS_EDGE_FLOATS;
    liq_status status;

    prices_clear(pass);
    if (pass->device == NULL) {
        status =
            liq_memory_aligned(&pass->host_prices, floats, sizeof(float), PRICE_ALIGNMENT, err);
        return status != LIQ_OK ? status
                                : liq_memory_aligned(&pass->host_edges, edges, sizeof(float),
                                                     PRICE_ALIGNMENT, err);
    }
    status = liq_buffer_create(&pass->prices, pass->device, floats * sizeof(float),
                               LIQ_BUFFER_INPUT, err);
    return status != LIQ_OK ? status
                            : liq_buffer_create(&pass->edges, pass->device, edges * sizeof(float),
                                                LIQ_BUFFER_INPUT, err);
}

static void prices_clear(liq_stress_pass *pass)
{
    liq_buffer_destroy(pass->prices);
    liq_buffer_destroy(pass->edges);
    free(pass->host_prices);
    free(pass->host_edges);
    pass->prices = NULL;
    pass->edges = NULL;
    pass->host_prices = NULL;
    pass->host_edges = NULL;
}

/* What portfolio margin reads; on the host it lies where it is. */
static liq_status grid_create(liq_stress_pass *pass, liq_error *err)
{
    const liq_stress_grid *grid = pass->grid;
    const struct {
        const void *data;
        uint64_t bytes;
    } tables[] = {
        [LOTS] = {grid->lots, grid->instrument_count * sizeof *grid->lots},
        [UNITS] = {grid->units, grid->unit_count * sizeof *grid->units},
        [CHARGE_TIERS] = {grid->tiers, grid->tier_count * sizeof *grid->tiers},
        [COEFFICIENTS] = {grid->coefficients, grid->coefficient_count * sizeof *grid->coefficients},
        [OPTION_ROWS] = {grid->option_rows, option_row_bytes(grid)}};
    liq_status status = LIQ_OK;

    grid_clear(pass);
    for (uint32_t i = 0; pass->device != NULL && status == LIQ_OK && i < GRID_BUFFERS; i++)
        status = array_upload(&pass->grid_buffers[i], pass->device, tables[i].data, tables[i].bytes,
                              err);
    return status;
}

static void grid_clear(liq_stress_pass *pass)
{
    for (uint32_t i = 0; i < GRID_BUFFERS; i++) {
        liq_buffer_destroy(pass->grid_buffers[i]);
        pass->grid_buffers[i] = NULL;
    }
}

static uint64_t option_row_bytes(const liq_stress_grid *grid)
{
    return (uint64_t)grid->option_row_count * LIQ_STRESS_TILE * sizeof *grid->option_rows;
}

/* Marks and statuses of a chunk, on the device and where they are looked at: the same for every
   load, since the rows stay. */
static liq_status outputs_create(liq_stress_pass *pass, liq_error *err)
{
    const uint32_t rows = pass->pack->row_count > 0 ? pass->pack->row_count : 1;
    const size_t marks = rows < pass->chunk_slots ? rows : pass->chunk_slots;
    const size_t statuses = marks * LIQ_STRESS_TILE;
    liq_status status;

    if (pass->marks != NULL || pass->host_marks != NULL)
        return LIQ_OK;
    if (pass->device != NULL &&
        ((status = liq_buffer_create(&pass->marks, pass->device, marks, LIQ_BUFFER_OUTPUT, err)) !=
             LIQ_OK ||
         (status = liq_buffer_create(&pass->statuses, pass->device, statuses, LIQ_BUFFER_OUTPUT,
                                     err)) != LIQ_OK))
        return status;
    if (pass->device != NULL && liq_buffer_shares_host(pass->marks))
        return LIQ_OK;
    if ((status = liq_memory_array(&pass->host_marks, marks, 1, err)) != LIQ_OK)
        return status;
    return liq_memory_array(&pass->host_statuses, statuses, 1, err);
}

static void chunks_clear(liq_stress_pass *pass)
{
    for (uint32_t i = 0; i < pass->chunk_count; i++) {
        liq_buffer_destroy(pass->chunks[i].slots);
        liq_buffer_destroy(pass->chunks[i].entries);
        liq_buffer_destroy(pass->chunks[i].bends);
    }
    pass->chunk_count = 0;
}

/* As many slots as fit: what they read has to fit one allocation of the device as well. */
static uint32_t chunk_end(const liq_stress_pass *pass, uint32_t first)
{
    const liq_stress_pack *pack = pass->pack;
    const uint64_t most =
        pass->device == NULL ? UINT64_MAX : liq_device_describe(pass->device)->allocation_bytes_max;
    const uint64_t entry_first = pack->slots[first].entry_first;
    const uint64_t bend_first = pack->slots[first].bend_first;
    uint32_t end = first + 1;

    while (end < pack->slot_count && end - first < pass->chunk_slots) {
        const liq_stress_slot *slot = &pack->slots[end];

        if ((slot->entry_first + slot->entry_count - entry_first) * sizeof(liq_stress_entry) >
                most ||
            (slot->bend_first + slot->bend_count - bend_first) * sizeof(liq_stress_bend) > most)
            break;
        end++;
    }
    return end;
}

static liq_status chunk_upload(liq_stress_pass *pass, pass_chunk *chunk, liq_error *err)
{
    const liq_stress_pack *pack = pass->pack;
    const liq_stress_slot *first = &pack->slots[chunk->first];
    const liq_stress_slot *last = first + chunk->count - 1;
    const uint32_t entries = last->entry_first + last->entry_count - first->entry_first;
    const uint32_t bends = last->bend_first + last->bend_count - first->bend_first;
    liq_stress_slot *slots = NULL;
    liq_status status = liq_memory_array(&slots, chunk->count, sizeof *slots, err);

    for (uint32_t i = 0; status == LIQ_OK && i < chunk->count; i++) {
        slots[i] = first[i];
        slots[i].entry_first -= first->entry_first;
        slots[i].bend_first -= first->bend_first;
    }
    if (status == LIQ_OK)
        status =
            array_upload(&chunk->slots, pass->device, slots, chunk->count * sizeof *slots, err);
    free(slots);
    if (status == LIQ_OK)
        status = array_upload(&chunk->entries, pass->device,
                              entries == 0 ? NULL : pack->entries + first->entry_first,
                              entries * sizeof *pack->entries, err);
    if (status == LIQ_OK)
        status = array_upload(&chunk->bends, pass->device,
                              bends == 0 ? NULL : pack->bends + first->bend_first,
                              bends * sizeof *pack->bends, err);
    return status;
}

/* A buffer has at least a byte. */
static liq_status array_upload(liq_buffer **out, liq_device *device, const void *data,
                               uint64_t bytes, liq_error *err)
{
    const liq_status status =
        liq_buffer_create(out, device, bytes == 0 ? 1 : bytes, LIQ_BUFFER_INPUT, err);

    return status != LIQ_OK || bytes == 0 ? status : liq_buffer_write(*out, 0, data, bytes, err);
}

static liq_status device_run(liq_stress_pass *pass, const pass_chunk *chunk, liq_error *err)
{
    const liq_kernel_argument arguments[ARGUMENTS] = {
        LIQ_ARGUMENT_VALUE(chunk->count),
        LIQ_ARGUMENT_BUFFER(chunk->slots),
        LIQ_ARGUMENT_BUFFER(chunk->entries),
        LIQ_ARGUMENT_BUFFER(chunk->bends),
        LIQ_ARGUMENT_BUFFER(pass->prices),
        LIQ_ARGUMENT_BUFFER(pass->edges),
        LIQ_ARGUMENT_BUFFER(pass->grid_buffers[LOTS]),
        LIQ_ARGUMENT_BUFFER(pass->grid_buffers[UNITS]),
        LIQ_ARGUMENT_BUFFER(pass->grid_buffers[CHARGE_TIERS]),
        LIQ_ARGUMENT_BUFFER(pass->grid_buffers[COEFFICIENTS]),
        LIQ_ARGUMENT_BUFFER(pass->grid_buffers[OPTION_ROWS]),
        LIQ_ARGUMENT_VALUE(pass->levels),
        LIQ_ARGUMENT_BUFFER(pass->marks),
        LIQ_ARGUMENT_BUFFER(pass->statuses)};
    const size_t blocks = (chunk->count + LIQ_STRESS_BLOCK - 1) / LIQ_STRESS_BLOCK;
    const bool by_lane = pass->shape.item_slots == 1;

    return liq_kernel_launch(pass->kernel.kernel, arguments, ARGUMENTS,
                             by_lane ? blocks * LIQ_STRESS_TILE : blocks, pass->shape.group_items,
                             err);
}

static liq_status outputs_view(liq_stress_pass *pass, const pass_chunk *chunk,
                               liq_stress_judged *out, liq_error *err)
{
    const void *marks = pass->host_marks;
    const void *statuses = pass->host_statuses;
    liq_status status;

    if (pass->host_marks == NULL) {
        if ((status = liq_buffer_map(pass->marks, &marks, err)) != LIQ_OK)
            return status;
        pass->mapped++;
        if ((status = liq_buffer_map(pass->statuses, &statuses, err)) != LIQ_OK)
            return status;
        pass->mapped++;
    } else if ((status = liq_buffer_read(pass->marks, 0, pass->host_marks, chunk->count, err)) !=
                   LIQ_OK ||
               (status = liq_buffer_read(pass->statuses, 0, pass->host_statuses,
                                         (size_t)chunk->count * LIQ_STRESS_TILE, err)) != LIQ_OK) {
        return status;
    }
    *out = (liq_stress_judged){
        .marks = marks, .statuses = statuses, .first = chunk->first, .count = chunk->count};
    return LIQ_OK;
}

static liq_status outputs_release(liq_stress_pass *pass, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (; status == LIQ_OK && pass->mapped > 0; pass->mapped--)
        status = liq_buffer_unmap(pass->mapped > 1 ? pass->statuses : pass->marks, err);
    return status;
}

static void host_run(void *context, uint32_t index)
{
    const host_work *work = context;
    const liq_stress_pass *pass = work->pass;
    const liq_stress_view view = {
        .slots = pass->pack->slots + work->chunk->first,
        .entries = pass->pack->entries,
        .bends = pass->pack->bends,
        .prices = (const liq_stress_floats *)(const void *)pass->host_prices,
        .edges = (const liq_f32x8 *)(const void *)pass->host_edges,
        .portfolio = {.lots = pass->grid->lots,
                      .units = pass->grid->units,
                      .tiers = pass->grid->tiers,
                      .coefficients = pass->grid->coefficients,
                      .rows = (const liq_stress_floats *)(const void *)pass->grid->option_rows}};

    for (uint32_t block = index; block * LIQ_STRESS_BLOCK < work->chunk->count;
         block += work->workers) {
        const uint32_t first = block * LIQ_STRESS_BLOCK;
        const uint32_t left = work->chunk->count - first;
        const uint32_t end = first + (left < LIQ_STRESS_BLOCK ? left : LIQ_STRESS_BLOCK);

        for (uint32_t slot = first; slot < end; slot++)
            pass->host_marks[slot] = (uint8_t)liq_stress_slot_write(
                view, pass->levels, slot, pass->host_statuses + (size_t)slot * LIQ_STRESS_TILE);
    }
}
