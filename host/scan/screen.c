#include "scan/screen.h"

#include <stdlib.h>
#include <string.h>

#include "base/ahead.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/workers.h"
#include "scan/glance.h"
#include "scan/scan_program.h"
#include "scan/screen_host.h"

/* What both kernels take behind their own: what is packed, and the market. */
enum {
    SHARED_ARGUMENTS = 7,
    ARGUMENTS = 1 + SHARED_ARGUMENTS + 2,
    LIST_ARGUMENTS = 2 + SHARED_ARGUMENTS + 2
};

/* Fewer are screened on the host before a device has started; where host and device are one
 * processor the host has none to start. */
enum { DEVICE_LIST_LEAST = 1024, NEVER = 0x7fffffff };

/* Fewer slots of a list are screened before a thread has started. */
enum { WORKERS_SLOTS_LEAST = 4096 };

/* Of the slices: when more have changed they are all written, in one piece. */
enum { MANY_SHARE = 16 };

typedef struct screen_device {
    liq_device *device;
    liq_program *program;
    liq_kernel *kernel;
    liq_kernel *list_kernel;
    liq_buffer *slice_firsts;
    liq_buffer *slice_lengths;
    liq_buffer *entry_cells;
    liq_buffer *entry_amounts;
    liq_buffer *offsets;
    liq_buffer *cells;
    liq_buffer *pairs;
    liq_buffer *codes;
    liq_buffer *list;
    liq_buffer *reaches;
    liq_buffer *statuses;
    liq_scan_shape shape;
    uint32_t list_least; /* slots of a list that go to the device */
} screen_device;

struct liq_screen {
    liq_screen_slots slots;
    liq_screen_cells now;
    liq_f32x2 *pairs;       /* of the cells, unless they moved since */
    double *base_values;    /* of the cells at the last pass */
    float *shares;          /* by value: the move from there */
    uint8_t *codes;         /* by slot, of the last pass */
    float *reaches;         /* of a list */
    uint8_t *statuses;      /* likewise */
    liq_screen_row scratch; /* where a row is packed */
    bool has_pairs;
    screen_device device; /* device NULL: passes run on the host */
};

/* A pass on the host: each worker takes a share of the places. */
typedef struct host_pass {
    liq_screen_host_pass places;
    uint32_t count;
    uint32_t workers;
} host_pass;

static liq_status device_create(liq_screen *screen, liq_device *device, liq_error *err);
static liq_status device_warm(const liq_screen *screen, liq_error *err);
static void device_clear(screen_device *device);
static liq_status device_write(liq_screen *screen, liq_error *err);
static liq_status slices_write(liq_screen *screen, uint32_t first, uint32_t count, liq_error *err);
static void arguments_bind(const liq_screen *screen, liq_kernel_argument *arguments);
static void pass_bind(const liq_screen *screen, const uint32_t *slices,
                      liq_kernel_argument *arguments);
static liq_status device_run(liq_screen *screen, liq_screen_cost *cost, liq_error *err);
static liq_status device_run_list(liq_screen *screen, const uint32_t *slots, uint32_t count,
                                  liq_error *err);
static void pairs_need(liq_screen *screen);
static void host_screen(liq_screen *screen, void (*run)(void *context, uint32_t index),
                        uint32_t count, const uint32_t *list);
static void host_slices(void *context, uint32_t index);
static void host_list(void *context, uint32_t index);
static uint32_t share_first(const host_pass *pass, uint32_t index);
static uint64_t pass_bytes(const liq_screen_slots *slots);

liq_status liq_screen_create(liq_screen **out, liq_device *device, const liq_market *market,
                             const liq_venue *venue, uint32_t row_capacity, uint64_t entry_capacity,
                             liq_error *err)
{
    const uint32_t group = LIQ_SCREEN_GROUP_OF_ITEMS(
        device == NULL ? LIQ_SLICE_ROWS : liq_scan_shape_of(device).item_slots);
    liq_screen *screen = NULL;
    liq_status status;

    if (!liq_screen_cells_fit(market))
        return liq_fail(
            err, LIQ_UNSUPPORTED, 0,
            "%u tiers, %u assets and %u instruments are more than a screen can tell apart",
            market->tier_count, market->asset_count, market->instrument_count);
    if ((status = liq_memory_array(&screen, 1, sizeof *screen, err)) != LIQ_OK)
        return status;
    if ((status = liq_screen_cells_create(&screen->now, market, venue, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->base_values, screen->now.value_count,
                                   sizeof *screen->base_values, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->shares, screen->now.value_count, sizeof *screen->shares,
                                   err)) != LIQ_OK ||
        (status =
             liq_memory_aligned(&screen->pairs, (size_t)screen->now.cell_count * LIQ_GLANCE_SIDES,
                                sizeof *screen->pairs, sizeof *screen->now.cells, err)) != LIQ_OK ||
        (status = liq_screen_slots_create(&screen->slots, row_capacity, entry_capacity, group,
                                          err)) != LIQ_OK ||
        (status =
             liq_memory_array(&screen->codes, (size_t)screen->slots.slice_capacity * LIQ_SLICE_ROWS,
                              sizeof *screen->codes, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->reaches,
                                   (size_t)screen->slots.slice_capacity * LIQ_SLICE_ROWS,
                                   sizeof *screen->reaches, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->statuses,
                                   (size_t)screen->slots.slice_capacity * LIQ_SLICE_ROWS,
                                   sizeof *screen->statuses, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->scratch.cells, LIQ_ROW_ENTRIES_MAX,
                                   sizeof *screen->scratch.cells, err)) != LIQ_OK ||
        (status = liq_memory_array(&screen->scratch.amounts, LIQ_ROW_ENTRIES_MAX,
                                   sizeof *screen->scratch.amounts, err)) != LIQ_OK)
        goto done;
    if (device != NULL && (status = device_create(screen, device, err)) != LIQ_OK)
        goto done;
    *out = screen;
    screen = NULL; /* given away */
done:
    liq_screen_destroy(screen);
    return status;
}

void liq_screen_destroy(liq_screen *screen)
{
    if (screen == NULL)
        return;
    device_clear(&screen->device);
    liq_screen_slots_clear(&screen->slots);
    liq_screen_cells_clear(&screen->now);
    free(screen->base_values);
    free(screen->pairs);
    free(screen->shares);
    free(screen->codes);
    free(screen->reaches);
    free(screen->statuses);
    free(screen->scratch.cells);
    free(screen->scratch.amounts);
    free(screen);
}

void liq_screen_put(liq_screen *screen, uint32_t row, const liq_market *market,
                    const liq_rows *rows, uint32_t row_index)
{
    liq_screen_row_pack(&screen->scratch, &screen->now, market, rows, row_index);
    liq_screen_slots_put(&screen->slots, row, &screen->scratch);
}

void liq_screen_drop(liq_screen *screen, uint32_t row)
{
    liq_screen_slots_drop(&screen->slots, row);
}

float liq_screen_move(liq_screen *screen, const liq_market *market)
{
    liq_screen_cells_update(&screen->now, market);
    screen->has_pairs = false;
    return liq_screen_cells_move(screen->base_values, &screen->now, screen->shares);
}

const float *liq_screen_shares(const liq_screen *screen)
{
    return screen->shares;
}

bool liq_screen_slot_form(const liq_screen *screen, uint32_t slot, liq_screen_form *out)
{
    return liq_screen_form_read(out, &screen->slots, &screen->now, screen->base_values, slot);
}

liq_screen_terms liq_screen_levels(const liq_screen *screen)
{
    return screen->now.terms;
}

uint32_t liq_screen_tell(liq_screen *screen, uint32_t row)
{
    const uint32_t slot = screen->slots.row_slots[row];

    if (slot == LIQ_NO_INDEX)
        return LIQ_SCREEN_CODE_DOUBT;
    pairs_need(screen);
    return liq_screen_slots_code(&screen->slots, &screen->now, screen->pairs, slot);
}

liq_screen_verdict liq_screen_check(const liq_screen *screen, uint32_t row)
{
    const uint32_t slot = screen->slots.row_slots[row];

    if (slot == LIQ_NO_INDEX)
        return (liq_screen_verdict){.reach = LIQ_SCREEN_DOUBT};
    return liq_screen_slots_judge(&screen->slots, &screen->now, slot);
}

liq_status liq_screen_run(liq_screen *screen, liq_screen_cost *cost, liq_error *err)
{
    const uint32_t slots = screen->slots.slice_count * LIQ_SLICE_ROWS;
    liq_status status = LIQ_OK;

    if (cost != NULL)
        *cost = (liq_screen_cost){.bytes = pass_bytes(&screen->slots)};
    pairs_need(screen);
    if (slots > 0 && screen->device.device == NULL)
        host_screen(screen, host_slices, screen->slots.slice_count, NULL);
    else if (slots > 0)
        status = device_run(screen, cost, err);
    if (status != LIQ_OK)
        return status;
    liq_screen_slots_settle(&screen->slots);
    memcpy(screen->base_values, screen->now.values,
           screen->now.value_count * sizeof *screen->base_values);
    return LIQ_OK;
}

liq_screen_codes liq_screen_last(const liq_screen *screen)
{
    return (liq_screen_codes){.codes = screen->codes,
                              .slot_rows = screen->slots.slot_rows,
                              .slot_count = screen->slots.slice_count * LIQ_SLICE_ROWS};
}

liq_status liq_screen_run_list(liq_screen *screen, const uint32_t *slots, uint32_t count,
                               liq_screen_verdicts *out, liq_error *err)
{
    *out = (liq_screen_verdicts){.reaches = screen->reaches, .statuses = screen->statuses};
    if (screen->device.device != NULL && count >= screen->device.list_least)
        return device_run_list(screen, slots, count, err);
    host_screen(screen, host_list, count, slots);
    return LIQ_OK;
}

void liq_screen_list_on_device(liq_screen *screen)
{
    screen->device.list_least = 1;
}

uint32_t liq_screen_slot(const liq_screen *screen, uint32_t row)
{
    return screen->slots.row_slots[row];
}

void liq_screen_expect(const liq_screen *screen, uint32_t row, uint32_t slot)
{
    liq_ahead(&screen->slots.row_slots[row]);
    if (slot != LIQ_NO_INDEX)
        liq_screen_slots_expect(&screen->slots, slot);
}

uint32_t liq_screen_slot_capacity(const liq_screen *screen)
{
    return screen->slots.slice_capacity * LIQ_SLICE_ROWS;
}

static liq_status device_create(liq_screen *screen, liq_device *device, liq_error *err)
{
    const liq_screen_slots *slots = &screen->slots;
    const size_t slices = (size_t)slots->slice_capacity * sizeof(uint32_t);
    const size_t by_slot = (size_t)slots->slice_capacity * LIQ_SLICE_ROWS * sizeof(float);
    const size_t entries = slots->entry_capacity;
    const size_t cells = (size_t)screen->now.cell_count * sizeof *screen->now.cells;
    const size_t pairs = (size_t)screen->now.cell_count * LIQ_GLANCE_SIDES * sizeof *screen->pairs;
    screen_device *out = &screen->device;
    liq_status status;

    out->device = device;
    out->shape = liq_scan_shape_of(device);
    out->list_least = out->shape.item_slots > 1 ? NEVER : DEVICE_LIST_LEAST;
    if ((status = liq_scan_program_build(&out->program, device, "screen", out->shape, err)) !=
            LIQ_OK ||
        (status = liq_kernel_create(&out->kernel, out->program, "screen_rows", err)) != LIQ_OK ||
        (status = liq_buffer_create(&out->slice_firsts, device, slices, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&out->slice_lengths, device, slices, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&out->entry_cells, device, entries * sizeof(uint16_t),
                                    LIQ_BUFFER_INPUT, err)) != LIQ_OK ||
        (status = liq_buffer_create(&out->entry_amounts, device, entries * sizeof(float),
                                    LIQ_BUFFER_INPUT, err)) != LIQ_OK ||
        (status = liq_buffer_create(&out->offsets, device, by_slot, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&out->cells, device, cells, LIQ_BUFFER_INPUT, err)) != LIQ_OK ||
        (status = liq_buffer_create(&out->pairs, device, pairs, LIQ_BUFFER_INPUT, err)) != LIQ_OK)
        return status;
    if ((status = liq_kernel_create(&out->list_kernel, out->program, "screen_list", err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&out->list, device, by_slot, LIQ_BUFFER_INPUT, err)) !=
            LIQ_OK ||
        (status = liq_buffer_create(&out->codes, device, by_slot / sizeof(float), LIQ_BUFFER_OUTPUT,
                                    err)) != LIQ_OK ||
        (status = liq_buffer_create(&out->reaches, device, by_slot, LIQ_BUFFER_OUTPUT, err)) !=
            LIQ_OK)
        return status;
    if ((status = liq_buffer_create(&out->statuses, device, by_slot / sizeof(float),
                                    LIQ_BUFFER_OUTPUT, err)) != LIQ_OK)
        return status;
    return device_warm(screen, err);
}

/*
 * PoCL compiles a kernel at its first launch, once for up to 65535 items and once for more: now,
 * rather than in the first tick that somebody waits for. No slot is looked at.
 */
static liq_status device_warm(const liq_screen *screen, liq_error *err)
{
    const screen_device *device = &screen->device;
    const uint32_t slices = 0;
    const uint32_t items_most = liq_screen_slot_capacity(screen) / device->shape.item_slots;
    liq_kernel_argument arguments[ARGUMENTS];
    uint64_t ns;
    liq_status status;

    pass_bind(screen, &slices, arguments);
    status =
        liq_kernel_launch(device->kernel, arguments, ARGUMENTS, 1, device->shape.group_items, err);
    if (status == LIQ_OK && items_most > UINT16_MAX)
        status = liq_kernel_launch(device->kernel, arguments, ARGUMENTS, items_most,
                                   device->shape.group_items, err);
    return status == LIQ_OK ? liq_kernel_elapsed(device->kernel, &ns, err) : status;
}

static void device_clear(screen_device *device)
{
    liq_buffer_destroy(device->slice_firsts);
    liq_buffer_destroy(device->slice_lengths);
    liq_buffer_destroy(device->entry_cells);
    liq_buffer_destroy(device->entry_amounts);
    liq_buffer_destroy(device->offsets);
    liq_buffer_destroy(device->cells);
    liq_buffer_destroy(device->pairs);
    liq_buffer_destroy(device->codes);
    liq_buffer_destroy(device->reaches);
    liq_buffer_destroy(device->statuses);
    liq_buffer_destroy(device->list);
    liq_kernel_destroy(device->kernel);
    liq_kernel_destroy(device->list_kernel);
    liq_program_destroy(device->program);
    *device = (screen_device){0};
}

/* Slices that changed since the last pass, one by one unless they are many. */
static liq_status device_write(liq_screen *screen, liq_error *err)
{
    const liq_screen_slots *slots = &screen->slots;
    liq_status status = liq_buffer_write(screen->device.cells, 0, screen->now.cells,
                                         screen->now.cell_count * sizeof *screen->now.cells, err);

    if (slots->moved_count > slots->slice_count / MANY_SHARE)
        return status == LIQ_OK ? slices_write(screen, 0, slots->slice_count, err) : status;
    for (uint32_t i = 0; status == LIQ_OK && i < slots->moved_count; i++)
        status = slices_write(screen, slots->moved[i], 1, err);
    return status;
}

/* Slices that follow each other have entries that do. */
static liq_status slices_write(liq_screen *screen, uint32_t first, uint32_t count, liq_error *err)
{
    const liq_screen_slots *slots = &screen->slots;
    const screen_device *device = &screen->device;
    const size_t last = first + count - 1;
    const size_t entry = slots->slice_firsts[first];
    const size_t entries =
        slots->slice_firsts[last] + (size_t)slots->slice_lengths[last] * LIQ_SLICE_ROWS - entry;
    const size_t slot = (size_t)first * LIQ_SLICE_ROWS;
    liq_status status;

    if ((status = liq_buffer_write(device->slice_firsts, first * sizeof(uint32_t),
                                   slots->slice_firsts + first, count * sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_buffer_write(device->slice_lengths, first * sizeof(uint32_t),
                                   slots->slice_lengths + first, count * sizeof(uint32_t), err)) !=
            LIQ_OK ||
        (status = liq_buffer_write(device->entry_cells, entry * sizeof(uint16_t),
                                   slots->entry_cells + entry, entries * sizeof(uint16_t), err)) !=
            LIQ_OK ||
        (status = liq_buffer_write(device->entry_amounts, entry * sizeof(float),
                                   slots->entry_amounts + entry, entries * sizeof(float), err)) !=
            LIQ_OK)
        return status;
    return liq_buffer_write(device->offsets, slot * sizeof(float), slots->offsets + slot,
                            (size_t)count * LIQ_SLICE_ROWS * sizeof(float), err);
}

static void arguments_bind(const liq_screen *screen, liq_kernel_argument *arguments)
{
    const screen_device *device = &screen->device;
    const liq_kernel_argument shared[SHARED_ARGUMENTS] = {
        LIQ_ARGUMENT_BUFFER(device->slice_firsts), LIQ_ARGUMENT_BUFFER(device->slice_lengths),
        LIQ_ARGUMENT_BUFFER(device->entry_cells),  LIQ_ARGUMENT_BUFFER(device->entry_amounts),
        LIQ_ARGUMENT_BUFFER(device->offsets),      LIQ_ARGUMENT_BUFFER(device->cells),
        LIQ_ARGUMENT_VALUE(screen->now.terms)};

    memcpy(arguments, shared, sizeof shared);
}

/*  slices  must stay until the launch */
static void pass_bind(const liq_screen *screen, const uint32_t *slices,
                      liq_kernel_argument *arguments)
{
    arguments[0] = LIQ_ARGUMENT_VALUE(*slices);
    arguments_bind(screen, arguments + 1);
    arguments[ARGUMENTS - 2] = LIQ_ARGUMENT_BUFFER(screen->device.pairs);
    arguments[ARGUMENTS - 1] = LIQ_ARGUMENT_BUFFER(screen->device.codes);
}

static liq_status device_run(liq_screen *screen, liq_screen_cost *cost, liq_error *err)
{
    const screen_device *device = &screen->device;
    const uint32_t slices = screen->slots.slice_count;
    const uint32_t slots = slices * LIQ_SLICE_ROWS;
    liq_kernel_argument arguments[ARGUMENTS];
    liq_status status = device_write(screen, err);

    pass_bind(screen, &slices, arguments);
    if (status != LIQ_OK ||
        (status = liq_buffer_write(
             device->pairs, 0, screen->pairs,
             screen->now.cell_count * LIQ_GLANCE_SIDES * sizeof *screen->pairs, err)) != LIQ_OK ||
        (status = liq_kernel_launch(device->kernel, arguments, ARGUMENTS,
                                    slots / device->shape.item_slots, device->shape.group_items,
                                    err)) != LIQ_OK ||
        (status = liq_buffer_read(device->codes, 0, screen->codes, slots, err)) != LIQ_OK)
        return status;
    return cost != NULL ? liq_kernel_elapsed(device->kernel, &cost->kernel_ns, err) : LIQ_OK;
}

/* Slices that changed are on their way to the device before; results are as many as whole items. */
static liq_status device_run_list(liq_screen *screen, const uint32_t *slots, uint32_t count,
                                  liq_error *err)
{
    const screen_device *device = &screen->device;
    const uint32_t items = (count + device->shape.item_slots - 1) / device->shape.item_slots;
    liq_kernel_argument arguments[LIST_ARGUMENTS] = {LIQ_ARGUMENT_VALUE(count),
                                                     LIQ_ARGUMENT_BUFFER(device->list)};
    liq_status status = device_write(screen, err);

    arguments_bind(screen, arguments + 2);
    arguments[LIST_ARGUMENTS - 2] = LIQ_ARGUMENT_BUFFER(device->reaches);
    arguments[LIST_ARGUMENTS - 1] = LIQ_ARGUMENT_BUFFER(device->statuses);
    if (status != LIQ_OK ||
        (status = liq_buffer_write(device->list, 0, slots, count * sizeof *slots, err)) != LIQ_OK ||
        (status = liq_kernel_launch(device->list_kernel, arguments, LIST_ARGUMENTS, items,
                                    device->shape.group_items, err)) != LIQ_OK ||
        (status = liq_buffer_read(device->reaches, 0, screen->reaches, count * sizeof(float),
                                  err)) != LIQ_OK)
        return status;
    liq_screen_slots_settle(&screen->slots);
    return liq_buffer_read(device->statuses, 0, screen->statuses, count, err);
}

static void pairs_need(liq_screen *screen)
{
    if (!screen->has_pairs)
        liq_glance_fill(screen->pairs, &screen->now);
    screen->has_pairs = true;
}

/* @param count  slices, or places of the list */
static void host_screen(liq_screen *screen, void (*run)(void *context, uint32_t index),
                        uint32_t count, const uint32_t *list)
{
    const uint32_t slots = list == NULL ? count * LIQ_SLICE_ROWS : count;
    host_pass pass = {.places = {.slots = &screen->slots,
                                 .cells = &screen->now,
                                 .pairs = screen->pairs,
                                 .list = list,
                                 .codes = screen->codes,
                                 .reaches = screen->reaches,
                                 .statuses = screen->statuses},
                      .count = count,
                      .workers = slots < WORKERS_SLOTS_LEAST ? 1 : LIQ_WORKERS_MAX};

    liq_workers_run(pass.workers, run, &pass);
}

static uint32_t share_first(const host_pass *pass, uint32_t index)
{
    return (uint32_t)((uint64_t)pass->count * index / pass->workers);
}

static void host_slices(void *context, uint32_t index)
{
    const host_pass *pass = context;

    liq_screen_host_slices(&pass->places, share_first(pass, index), share_first(pass, index + 1));
}

static void host_list(void *context, uint32_t index)
{
    const host_pass *pass = context;

    liq_screen_host_list(&pass->places, share_first(pass, index), share_first(pass, index + 1));
}

static uint64_t pass_bytes(const liq_screen_slots *slots)
{
    return (uint64_t)slots->entry_count * (sizeof(uint16_t) + sizeof(float)) +
           (uint64_t)slots->slice_count *
               (2 * sizeof(uint32_t) + LIQ_SLICE_ROWS * (sizeof(float) + 1));
}
