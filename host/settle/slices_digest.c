/*
 * What is known of closing by degrees in one number: all that its written state holds, and nothing
 * of the numbers or the order that accounts have in this process.
 */
#include "base/digest.h"
#include "scan/live_scan.h"
#include "settle/settle_filter.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

static uint64_t slice_digest(const liq_live *live, const liq_slice *slice);

uint64_t liq_settle_slices_digest(const liq_settle *settle)
{
    const liq_waterfall *waterfall = &settle->waterfall;
    const liq_slicer *slicer = &waterfall->slicer;
    uint64_t digest = 0;

    for (uint32_t i = 0; settle->live != NULL && i < slicer->slice_count; i++)
        if (liq_row_is_alive(waterfall, slicer->slices[i].row))
            digest += slice_digest(settle->live, &slicer->slices[i]);
    for (uint32_t i = 0; i < waterfall->source.venue->instrument_count; i++) {
        const liq_volatility *moves = &slicer->volatilities[i];

        if (moves->mark.digits > 0)
            digest = liq_digest_add(
                liq_digest_add(liq_digest_add(liq_digest_decimal(digest, moves->mark), i),
                               (uint64_t)moves->at_ms),
                (uint64_t)moves->variance);
    }
    return digest;
}

/* Of one account, which its name tells. */
static uint64_t slice_digest(const liq_live *live, const liq_slice *slice)
{
    const char *id = live->book.accounts[slice->row.account].id;
    uint64_t digest = liq_digest_add(slice->row.instrument, slice->row.is_short != 0);

    for (; *id != '\0'; id++)
        digest = liq_digest_add(digest, (unsigned char)*id);
    digest = liq_digest_add(digest, (uint64_t)slice->start_ms);
    return liq_digest_add(digest, (uint64_t)slice->count);
}
