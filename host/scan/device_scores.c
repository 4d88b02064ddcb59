#include "scan/device_scores.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"

/* What the passes need of a partition beside what the scan has. */
typedef struct score_part {
    liq_buffer *position_firsts; /* of each slot, or of each chunk */
    liq_buffer *chunk_rows;      /* long rows only */
} score_part;

struct liq_device_scores {
    const liq_device_scan *scan;
    liq_device_shared shared;
    liq_scan_kernel slots_kernel;
    liq_scan_kernel both_kernel; /* values the slots too */
    liq_scan_kernel longs_kernel;
    liq_scan_kernel folios_kernel;
    liq_buffer *places;
    liq_buffer *keys;
    score_part *slots;
    score_part *longs;
    score_part *folios; /* of portfolio margin */
    uint32_t position_count;
    int64_t *copy; /* what a view lends where the device does not */
    bool is_mapped;
};

static liq_status kernels_need(liq_device_scores *scores, bool with_rows, liq_error *err);
static liq_status kernel_need(const liq_device_scores *scores, liq_scan_kernel *kernel,
                              const char *name, liq_error *err);
static liq_status keys_create(liq_device_scores *scores, liq_error *err);
static liq_status parts_create(liq_device_scores *scores, const uint32_t *row_firsts,
                               liq_error *err);
static liq_status slots_upload(liq_device_scores *scores, uint32_t index,
                               const uint32_t *row_firsts, liq_error *err);
static liq_status longs_upload(liq_device_scores *scores, uint32_t index,
                               const uint32_t *row_firsts, liq_error *err);
static liq_status folios_upload(liq_device_scores *scores, uint32_t index,
                                const uint32_t *row_firsts, liq_error *err);
static liq_status input_with(liq_buffer **out, liq_device *device, const uint32_t *data,
                             uint32_t count, liq_error *err);
static liq_status slots_launch(const liq_device_scores *scores, liq_kernel *kernel, uint32_t index,
                               liq_adl_terms terms, liq_error *err);
static liq_status longs_launch(liq_device_scores *scores, uint32_t index, liq_adl_terms terms,
                               liq_error *err);
static liq_status folios_launch(const liq_device_scores *scores, uint32_t index,
                                liq_adl_terms terms, liq_error *err);

liq_status liq_device_scores_create(liq_device_scores **out, const liq_device_scan *scan,
                                    const liq_book *book, const liq_adl_index *index,
                                    liq_error *err)
{
    const liq_device_shared shared = liq_device_scan_shared(scan);
    uint32_t *row_firsts = NULL;
    liq_status status = liq_adl_row_firsts(&row_firsts, book, shared.keys, shared.row_count, err);

    if (status == LIQ_OK)
        status = liq_device_scores_create_placed(out, scan, row_firsts, index->places,
                                                 index->position_count, err);
    free(row_firsts);
    return status;
}

liq_status liq_device_scores_create_placed(liq_device_scores **out, const liq_device_scan *scan,
                                           const uint32_t *row_firsts, const uint32_t *places,
                                           uint32_t position_count, liq_error *err)
{
    liq_device_scores *scores = NULL;
    liq_status status = liq_memory_array(&scores, 1, sizeof *scores, err);

    if (status != LIQ_OK)
        return status;
    scores->scan = scan;
    scores->shared = liq_device_scan_shared(scan);
    scores->position_count = position_count;
    if ((status = input_with(&scores->places, scores->shared.device, places, position_count,
                             err)) != LIQ_OK ||
        (status = keys_create(scores, err)) != LIQ_OK ||
        (status = parts_create(scores, row_firsts, err)) != LIQ_OK) {
        liq_device_scores_destroy(scores);
        return status;
    }
    *out = scores;
    return LIQ_OK;
}

void liq_device_scores_destroy(liq_device_scores *scores)
{
    if (scores == NULL)
        return;
    for (uint32_t i = 0; scores->slots != NULL && i < scores->shared.slots_count; i++)
        liq_buffer_destroy(scores->slots[i].position_firsts);
    for (uint32_t i = 0; scores->longs != NULL && i < scores->shared.longs_count; i++) {
        liq_buffer_destroy(scores->longs[i].position_firsts);
        liq_buffer_destroy(scores->longs[i].chunk_rows);
    }
    for (uint32_t i = 0; scores->folios != NULL && i < scores->shared.folios_count; i++)
        liq_buffer_destroy(scores->folios[i].position_firsts);
    free(scores->slots);
    free(scores->longs);
    free(scores->folios);
    free(scores->copy);
    liq_buffer_destroy(scores->places);
    liq_buffer_destroy(scores->keys);
    liq_scan_kernel_clear(&scores->slots_kernel);
    liq_scan_kernel_clear(&scores->both_kernel);
    liq_scan_kernel_clear(&scores->longs_kernel);
    liq_scan_kernel_clear(&scores->folios_kernel);
    free(scores);
}

liq_status liq_device_scores_run(liq_device_scores *scores, liq_adl_terms terms, liq_error *err)
{
    liq_status status = kernels_need(scores, false, err);

    if (status == LIQ_OK)
        status = liq_device_scores_release(scores, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.slots_count; i++)
        status = slots_launch(scores, scores->slots_kernel.kernel, i, terms, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.longs_count; i++)
        status = longs_launch(scores, i, terms, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.folios_count; i++)
        status = folios_launch(scores, i, terms, err);
    return status;
}

liq_status liq_device_scores_run_scan(liq_device_scores *scores, liq_device_scan *scan,
                                      const liq_market *market, liq_adl_terms terms, liq_error *err)
{
    liq_status status = kernels_need(scores, true, err);

    LIQ_ASSERT(scan == scores->scan);
    if (status == LIQ_OK)
        status = liq_device_scores_release(scores, err);
    if (status == LIQ_OK)
        status = liq_device_scan_longs_run(scan, market, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.slots_count; i++)
        status = slots_launch(scores, scores->both_kernel.kernel, i, terms, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.longs_count; i++)
        status = longs_launch(scores, i, terms, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.folios_count; i++)
        status = folios_launch(scores, i, terms, err);
    return status;
}

liq_status liq_device_scores_read(const liq_device_scores *scores, int64_t *out, liq_error *err)
{
    return liq_buffer_read(scores->keys, 0, out, scores->position_count * sizeof *out, err);
}

liq_status liq_device_scores_view(liq_device_scores *scores, const int64_t **out, liq_error *err)
{
    const void *mapped = NULL;
    liq_status status = liq_device_scores_release(scores, err);

    if (status != LIQ_OK)
        return status;
    if (liq_buffer_shares_host(scores->keys)) {
        status = liq_buffer_map(scores->keys, &mapped, err);
        scores->is_mapped = status == LIQ_OK;
        *out = mapped;
        return status;
    }
    if (scores->copy == NULL && (status = liq_memory_array(&scores->copy, scores->position_count,
                                                           sizeof *scores->copy, err)) != LIQ_OK)
        return status;
    *out = scores->copy;
    return liq_device_scores_read(scores, scores->copy, err);
}

const liq_buffer *liq_device_scores_keys(const liq_device_scores *scores)
{
    return scores->keys;
}

liq_status liq_device_scores_elapsed(liq_device_scores *scores, uint64_t *ns_out, liq_error *err)
{
    const liq_scan_kernel kernels[] = {scores->slots_kernel, scores->both_kernel,
                                       scores->longs_kernel, scores->folios_kernel};
    liq_status status = LIQ_OK;

    *ns_out = 0;
    for (size_t i = 0; status == LIQ_OK && i < sizeof kernels / sizeof kernels[0]; i++) {
        uint64_t kernel_ns = 0;

        if (kernels[i].kernel != NULL)
            status = liq_kernel_elapsed(kernels[i].kernel, &kernel_ns, err);
        *ns_out += kernel_ns;
    }
    return status;
}

/* Each rule of launching has its own kernel, and few books have rows of every kind. */
static liq_status kernels_need(liq_device_scores *scores, bool with_rows, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (scores->shared.slots_count > 0)
        status = with_rows ? kernel_need(scores, &scores->both_kernel, "margin_scores", err)
                           : kernel_need(scores, &scores->slots_kernel, "adl_scores", err);
    if (status == LIQ_OK && scores->shared.longs_count > 0)
        status = kernel_need(scores, &scores->longs_kernel, "adl_long_scores", err);
    if (status == LIQ_OK && scores->shared.folios_count > 0)
        status = kernel_need(scores, &scores->folios_kernel, "portfolio_scores", err);
    return status;
}

static liq_status kernel_need(const liq_device_scores *scores, liq_scan_kernel *kernel,
                              const char *name, liq_error *err)
{
    return liq_scan_kernel_need(kernel, scores->shared.device, name, scores->shared.shape, err);
}

liq_status liq_device_scores_release(liq_device_scores *scores, liq_error *err)
{
    if (!scores->is_mapped)
        return LIQ_OK;
    scores->is_mapped = false;
    return liq_buffer_unmap(scores->keys, err);
}

/* No kernel visits rows of portfolio margin where the venue has no rule for them: their positions
   keep what is written here. */
static liq_status keys_create(liq_device_scores *scores, liq_error *err)
{
    const size_t count = scores->position_count > 0 ? scores->position_count : 1;
    int64_t *keys = NULL;
    liq_status status = liq_memory_array(&keys, count, sizeof *keys, err);

    if (status != LIQ_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        keys[i] = LIQ_SCORE_UNVALUED;
    if ((status = liq_buffer_create(&scores->keys, scores->shared.device, count * sizeof *keys,
                                    LIQ_BUFFER_WORK, err)) == LIQ_OK)
        status = liq_buffer_write(scores->keys, 0, keys, count * sizeof *keys, err);
    free(keys);
    return status;
}

static liq_status parts_create(liq_device_scores *scores, const uint32_t *row_firsts,
                               liq_error *err)
{
    liq_status status;

    if ((status = liq_memory_array(&scores->slots, scores->shared.slots_count,
                                   sizeof *scores->slots, err)) != LIQ_OK ||
        (status = liq_memory_array(&scores->longs, scores->shared.longs_count,
                                   sizeof *scores->longs, err)) != LIQ_OK ||
        (status = liq_memory_array(&scores->folios, scores->shared.folios_count,
                                   sizeof *scores->folios, err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.slots_count; i++)
        status = slots_upload(scores, i, row_firsts, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.longs_count; i++)
        status = longs_upload(scores, i, row_firsts, err);
    for (uint32_t i = 0; status == LIQ_OK && i < scores->shared.folios_count; i++)
        status = folios_upload(scores, i, row_firsts, err);
    return status;
}

static liq_status slots_upload(liq_device_scores *scores, uint32_t index,
                               const uint32_t *row_firsts, liq_error *err)
{
    const liq_device_slots slots = liq_device_scan_slots(scores->scan, index);
    uint32_t *firsts = NULL;
    liq_status status = liq_memory_array(&firsts, slots.slot_count, sizeof *firsts, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < slots.slot_count; i++)
        firsts[i] = row_firsts[slots.row_indices[i]];
    status = input_with(&scores->slots[index].position_firsts, scores->shared.device, firsts,
                        slots.slot_count, err);
    free(firsts);
    return status;
}

static liq_status longs_upload(liq_device_scores *scores, uint32_t index,
                               const uint32_t *row_firsts, liq_error *err)
{
    const liq_device_longs longs = liq_device_scan_longs(scores->scan, index);
    score_part *part = &scores->longs[index];
    uint32_t *firsts = NULL;
    uint32_t *rows = NULL;
    uint32_t chunk = 0;
    liq_status status;

    if ((status = liq_memory_array(&firsts, longs.chunk_count, sizeof *firsts, err)) != LIQ_OK ||
        (status = liq_memory_array(&rows, longs.chunk_count, sizeof *rows, err)) != LIQ_OK)
        goto done;
    for (uint32_t row = 0; row < longs.row_count; row++) {
        uint32_t at = row_firsts[longs.row_indices[row]];

        for (uint32_t i = 0; i < longs.row_chunks[row]; i++, chunk++) {
            firsts[chunk] = at;
            rows[chunk] = row;
            at += longs.chunk_counts[chunk];
        }
    }
    LIQ_ASSERT(chunk == longs.chunk_count);
    if ((status = input_with(&part->position_firsts, scores->shared.device, firsts, chunk, err)) ==
        LIQ_OK)
        status = input_with(&part->chunk_rows, scores->shared.device, rows, chunk, err);
done:
    free(firsts);
    free(rows);
    return status;
}

static liq_status folios_upload(liq_device_scores *scores, uint32_t index,
                                const uint32_t *row_firsts, liq_error *err)
{
    const liq_buffer *results;
    uint32_t row_first;
    const liq_device_folios folios =
        liq_device_scan_folios(scores->scan, index, &row_first, &results);
    uint32_t *firsts = NULL;
    liq_status status = liq_memory_array(&firsts, folios.row_count, sizeof *firsts, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < folios.row_count; i++)
        firsts[i] = row_firsts[row_first + folios.places[i]];
    status = input_with(&scores->folios[index].position_firsts, scores->shared.device, firsts,
                        folios.row_count, err);
    free(firsts);
    return status;
}

/* A buffer that holds data; four bytes where there is none, because a buffer cannot be empty. */
static liq_status input_with(liq_buffer **out, liq_device *device, const uint32_t *data,
                             uint32_t count, liq_error *err)
{
    const size_t bytes = (size_t)count * sizeof *data;
    const liq_status status =
        liq_buffer_create(out, device, bytes > 0 ? bytes : sizeof *data, LIQ_BUFFER_INPUT, err);

    return status != LIQ_OK ? status : liq_buffer_write(*out, 0, data, bytes, err);
}

static liq_status slots_launch(const liq_device_scores *scores, liq_kernel *kernel, uint32_t index,
                               liq_adl_terms terms, liq_error *err)
{
    enum { BEFORE = 12, COUNT = BEFORE + LIQ_DEVICE_TABLES + 1 };
    const liq_device_slots slots = liq_device_scan_slots(scores->scan, index);
    const liq_scan_shape shape = scores->shared.shape;
    liq_kernel_argument arguments[COUNT] = {
        LIQ_ARGUMENT_VALUE(slots.slot_count),
        LIQ_ARGUMENT_VALUE(terms.rule),
        LIQ_ARGUMENT_VALUE(terms.wallet_min),
        LIQ_ARGUMENT_BUFFER(slots.slice_offsets),
        LIQ_ARGUMENT_BUFFER(slots.row_lengths),
        LIQ_ARGUMENT_BUFFER(slots.tags),
        LIQ_ARGUMENT_BUFFER(slots.quantities),
        LIQ_ARGUMENT_BUFFER(slots.values),
        LIQ_ARGUMENT_BUFFER(scores->slots[index].position_firsts),
        LIQ_ARGUMENT_BUFFER(scores->places),
        LIQ_ARGUMENT_BUFFER(slots.result_indices),
        LIQ_ARGUMENT_BUFFER(slots.results)};

    liq_device_tables_bind(scores->shared.tables, &arguments[BEFORE]);
    arguments[COUNT - 1] = LIQ_ARGUMENT_BUFFER(scores->keys);
    return liq_kernel_launch(kernel, arguments, COUNT,
                             (slots.slot_count + shape.item_slots - 1) / shape.item_slots,
                             shape.group_items, err);
}

static liq_status longs_launch(liq_device_scores *scores, uint32_t index, liq_adl_terms terms,
                               liq_error *err)
{
    enum { BEFORE = 12, COUNT = BEFORE + LIQ_DEVICE_TABLES + 1 };
    const liq_device_longs longs = liq_device_scan_longs(scores->scan, index);
    liq_kernel_argument arguments[COUNT] = {
        LIQ_ARGUMENT_VALUE(longs.chunk_count),
        LIQ_ARGUMENT_VALUE(terms.rule),
        LIQ_ARGUMENT_VALUE(terms.wallet_min),
        LIQ_ARGUMENT_BUFFER(longs.chunks),
        LIQ_ARGUMENT_BUFFER(scores->longs[index].chunk_rows),
        LIQ_ARGUMENT_BUFFER(longs.rows),
        LIQ_ARGUMENT_BUFFER(longs.tags),
        LIQ_ARGUMENT_BUFFER(longs.quantities),
        LIQ_ARGUMENT_BUFFER(longs.values),
        LIQ_ARGUMENT_BUFFER(scores->longs[index].position_firsts),
        LIQ_ARGUMENT_BUFFER(scores->places),
        LIQ_ARGUMENT_BUFFER(longs.results)};

    liq_device_tables_bind(scores->shared.tables, &arguments[BEFORE]);
    arguments[COUNT - 1] = LIQ_ARGUMENT_BUFFER(scores->keys);
    return liq_kernel_launch(scores->longs_kernel.kernel, arguments, COUNT, longs.chunk_count,
                             scores->shared.shape.group_items, err);
}

static liq_status folios_launch(const liq_device_scores *scores, uint32_t index,
                                liq_adl_terms terms, liq_error *err)
{
    enum { BEFORE = 11, COUNT = BEFORE + LIQ_DEVICE_TABLES + 1 };
    const liq_buffer *results;
    uint32_t row_first;
    const liq_device_folios folios =
        liq_device_scan_folios(scores->scan, index, &row_first, &results);
    liq_kernel_argument arguments[COUNT] = {
        LIQ_ARGUMENT_VALUE(folios.row_count),
        LIQ_ARGUMENT_VALUE(terms.rule),
        LIQ_ARGUMENT_VALUE(terms.wallet_min),
        LIQ_ARGUMENT_BUFFER(folios.entry_firsts),
        LIQ_ARGUMENT_BUFFER(folios.tags),
        LIQ_ARGUMENT_BUFFER(folios.quantities),
        LIQ_ARGUMENT_BUFFER(folios.values),
        LIQ_ARGUMENT_BUFFER(scores->folios[index].position_firsts),
        LIQ_ARGUMENT_BUFFER(scores->places),
        LIQ_ARGUMENT_BUFFER(folios.result_indices),
        LIQ_ARGUMENT_BUFFER(results)};

    liq_device_tables_bind(scores->shared.tables, &arguments[BEFORE]);
    arguments[COUNT - 1] = LIQ_ARGUMENT_BUFFER(scores->keys);
    return liq_kernel_launch(scores->folios_kernel.kernel, arguments, COUNT, folios.row_count,
                             scores->shared.shape.group_items, err);
}
