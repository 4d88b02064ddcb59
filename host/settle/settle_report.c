/*
 * Fills that the exchange reports, taken over until the next run.
 */
#include <liqscan/settle.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/lot_value.h"
#include "book/lots.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

static liq_status fill_read(const liq_settle *settle, const liq_settle_fill *fill, liq_report *out,
                            liq_error *err);
static liq_status lots_read(const liq_settle *settle, const liq_settle_fill *fill,
                            const liq_request *request, int64_t *out, liq_error *err);
static liq_status value_read(const liq_settle *settle, const liq_settle_fill *fill,
                             const liq_request *request, int64_t *out, liq_error *err);

liq_status liq_settle_report(liq_settle *settle, const liq_settle_fill *fills, uint32_t count,
                             liq_error *err)
{
    liq_waterfall *waterfall = &settle->waterfall;
    const uint32_t before = waterfall->report_count;
    liq_status status = liq_memory_extend(&waterfall->reports, &waterfall->report_capacity,
                                          (size_t)before + count, sizeof *waterfall->reports, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        liq_report *report = &waterfall->reports[before + i];

        if ((status = fill_read(settle, &fills[i], report, err)) != LIQ_OK)
            break;
        waterfall->report_count++;
        liq_report_note(waterfall, report);
    }
    if (status == LIQ_OK)
        return LIQ_OK;
    waterfall->report_count = before;
    liq_reports_note(waterfall);
    return status;
}

/* A fill against what its request has left, fills that are not acted on yet taken off. */
static liq_status fill_read(const liq_settle *settle, const liq_settle_fill *fill, liq_report *out,
                            liq_error *err)
{
    const liq_request *request = liq_request_find(&settle->waterfall, fill->request);
    liq_status status;

    if (request == NULL)
        return liq_fail(err, LIQ_NOT_FOUND, 0, "there is no request %llu",
                        (unsigned long long)fill->request);
    *out = (liq_report){.number = fill->request, .is_last = fill->is_last != 0};
    if ((status = lots_read(settle, fill, request, &out->lots, err)) != LIQ_OK || out->lots == 0)
        return status;
    return value_read(settle, fill, request, &out->value, err);
}

static liq_status lots_read(const liq_settle *settle, const liq_settle_fill *fill,
                            const liq_request *request, int64_t *out, liq_error *err)
{
    const liq_instrument *instrument = &settle->book->venue.instruments[request->instrument];
    const int64_t left = request->is_ended ? 0 : request->lots_left - request->lots_reported;
    liq_decimal quantity = {0};
    const liq_status status = liq_decimal_parse(&quantity, liq_text_of(fill->quantity), err);

    if (status != LIQ_OK)
        return status;
    if (quantity.digits < 0 || !liq_lots_exact(out, quantity, instrument->lot))
        return liq_fail(err, LIQ_BAD_INPUT, 0, "quantity \"%s\" is not a multiple of the lot",
                        fill->quantity);
    if (*out <= left)
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "request %llu has %lld lots left, not %lld",
                    (unsigned long long)fill->request, (long long)left, (long long)*out);
}

static liq_status value_read(const liq_settle *settle, const liq_settle_fill *fill,
                             const liq_request *request, int64_t *out, liq_error *err)
{
    liq_decimal price = {0};
    const liq_status status = liq_decimal_parse(&price, liq_text_of(fill->price), err);

    if (status != LIQ_OK)
        return status;
    if (price.digits > 0 && liq_lot_value(out, &settle->book->venue, request->instrument, price,
                                          request->is_short ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR))
        return LIQ_OK;
    return liq_fail(err, LIQ_OUT_OF_RANGE, 0, "price \"%s\" is out of range", fill->price);
}
