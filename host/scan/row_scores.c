#include "scan/row_scores.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "scan/truth_scores.h"

static liq_status device_take(liq_row_scores *scores, const liq_device_scan *scan, liq_error *err);

liq_status liq_row_scores_create(liq_row_scores *out, const liq_book *book, const liq_rows *rows,
                                 const liq_device_scan *scan, liq_adl_rule rule, liq_error *err)
{
    liq_status status = LIQ_OK;

    if (book->position_count >= UINT32_MAX)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "%llu positions, the limit is %u",
                        (unsigned long long)book->position_count, UINT32_MAX - 1);
    out->terms = liq_adl_terms_make(&book->venue, rule);
    out->position_count = (uint32_t)book->position_count;
    if ((status = liq_adl_row_firsts(&out->row_firsts, book, rows->keys, rows->row_count, err)) !=
        LIQ_OK)
        return status;
    status = scan != NULL ? device_take(out, scan, err) : LIQ_OUT_OF_RANGE;
    if (status == LIQ_OUT_OF_RANGE)
        status = liq_memory_array(&out->host, out->position_count, sizeof *out->host, err);
    if (status != LIQ_OK)
        liq_row_scores_clear(out);
    return status;
}

void liq_row_scores_clear(liq_row_scores *scores)
{
    liq_device_scores_destroy(scores->device);
    free(scores->host);
    free(scores->row_firsts);
    *scores = (liq_row_scores){0};
}

liq_status liq_row_scores_scan(liq_row_scores *scores, liq_device_scan *scan,
                               const liq_market *market, liq_row_record *results,
                               liq_device_scan_cost *cost, liq_error *err)
{
    const uint32_t row_count = liq_device_scan_shared(scan).row_count;
    const liq_row_record *view = NULL;
    uint64_t scores_ns = 0;
    liq_status status;

    scores->keys = NULL;
    if ((status = liq_device_scores_run_scan(scores->device, scan, market, scores->terms, err)) !=
            LIQ_OK ||
        (status = liq_device_scores_view(scores->device, &scores->keys, err)) != LIQ_OK ||
        (status = liq_device_scan_view(scan, &view, err)) != LIQ_OK)
        return status;
    memcpy(results, view, row_count * sizeof *results);
    if (cost == NULL)
        return LIQ_OK;
    if ((status = liq_device_scan_cost_take(scan, cost, err)) != LIQ_OK ||
        (status = liq_device_scores_elapsed(scores->device, &scores_ns, err)) != LIQ_OK)
        return status;
    cost->kernel_ns += scores_ns;
    cost->bytes += (uint64_t)scores->position_count * (sizeof *scores->keys + sizeof(uint32_t));
    return LIQ_OK;
}

void liq_row_scores_take(liq_row_scores *scores, const liq_market *market, const liq_rows *rows,
                         const liq_row_record *results)
{
    liq_truth_scores(market, rows, results, scores->terms, scores->host);
    scores->keys = scores->host;
}

/* In the order of the book: whoever asks for one position has its row. */
static liq_status device_take(liq_row_scores *scores, const liq_device_scan *scan, liq_error *err)
{
    uint32_t *places = NULL;
    liq_status status = liq_memory_array(&places, scores->position_count, sizeof *places, err);

    for (uint32_t i = 0; status == LIQ_OK && i < scores->position_count; i++)
        places[i] = i;
    if (status == LIQ_OK)
        status = liq_device_scores_create_placed(&scores->device, scan, scores->row_firsts, places,
                                                 scores->position_count, err);
    free(places);
    return status;
}
