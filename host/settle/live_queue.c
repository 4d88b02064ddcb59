#include "settle/live_queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_adl.h"
#include "scan/score_text.h"
#include "settle/settle_internal.h"
#include "settle/waterfall_internal.h"

/* Somebody in the queue. */
typedef struct queue_place {
    const char *account; /* lent by the live book */
    int64_t score;
    int64_t lots;
    bool is_isolated;
} queue_place;

static void view_renew(liq_settle *settle);
static liq_status places_find(liq_waterfall *waterfall, uint32_t side, queue_place *places,
                              uint32_t limit, uint32_t *kept, uint64_t *count, liq_error *err);
static void place_keep(queue_place *heap, uint32_t limit, uint32_t *kept, const queue_place *place);
static void sift_down(queue_place *heap, uint32_t count, uint32_t at);
static int compare(const void *left, const void *right);
static void place_write(liq_live_place *out, const liq_waterfall *waterfall, uint32_t instrument,
                        const queue_place *place, uint64_t rank);

liq_status liq_live_queue_list(liq_settle *settle, const char *instrument, bool is_short,
                               uint32_t limit,
                               void (*each)(void *context, const liq_live_place *place),
                               void *context, uint64_t *count, liq_error *err)
{
    liq_waterfall *waterfall = &settle->waterfall;
    queue_place *places = NULL;
    uint32_t kept = 0;
    uint32_t index;
    liq_status status;

    LIQ_ASSERT(limit >= 1 && limit <= 1000);
    if (!liq_names_find(waterfall->source.venue->instrument_names, liq_text_of(instrument), &index))
        return liq_fail(err, LIQ_NOT_FOUND, 0, "instrument \"%s\" is not there", instrument);
    if ((status = liq_memory_array(&places, limit, sizeof *places, err)) != LIQ_OK)
        return status;
    view_renew(settle);
    status = places_find(waterfall, index * 2 + is_short, places, limit, &kept, count, err);
    if (status == LIQ_OK)
        qsort(places, kept, sizeof *places, compare);
    for (uint32_t i = 0; status == LIQ_OK && i < kept; i++) {
        liq_live_place place;

        place_write(&place, waterfall, index, &places[i], i + 1);
        each(context, &place);
    }
    free(places);
    return status;
}

/* The book has gone on since the last run, which may have had no need of prices at all; what a run
   begins with it takes anew. */
static void view_renew(liq_settle *settle)
{
    liq_live_source_renew(&settle->live_source);
    liq_overlay_forget_scores(&settle->waterfall.overlay);
    liq_market_update(&settle->waterfall.market, settle->waterfall.prices);
}

/* The best of them in a heap whose root is the worst that is kept: linear in who stands there. */
static liq_status places_find(liq_waterfall *waterfall, uint32_t side, queue_place *places,
                              uint32_t limit, uint32_t *kept, uint64_t *count, liq_error *err)
{
    liq_side_holders holders;
    liq_status status = waterfall->source.side(waterfall->source.context, side, &holders, err);

    for (uint32_t i = 0; status == LIQ_OK && i < holders.count; i++) {
        const uint32_t position = holders.items[i].position;
        liq_account_columns columns;
        queue_place place;

        (void)waterfall->source.read(waterfall->source.context, holders.items[i].account, &columns);
        place =
            (queue_place){.account = columns.id,
                          .lots = (int64_t)liq_size_of(columns.positions[position].quantity_lots),
                          .is_isolated = columns.positions[position].isolated};
        status = liq_columns_score(&waterfall->overlay, &waterfall->market, &columns, position,
                                   &place.score, err);
        if (status == LIQ_OK)
            place_keep(places, limit, kept, &place);
    }
    if (status == LIQ_OK)
        *count = holders.count;
    return status;
}

static void place_keep(queue_place *heap, uint32_t limit, uint32_t *kept, const queue_place *place)
{
    if (*kept < limit) {
        heap[(*kept)++] = *place;
        for (uint32_t at = *kept / 2; *kept == limit && at > 0; at--)
            sift_down(heap, limit, at - 1);
        return;
    }
    if (compare(place, &heap[0]) >= 0)
        return;
    heap[0] = *place;
    sift_down(heap, limit, 0);
}

static void sift_down(queue_place *heap, uint32_t count, uint32_t at)
{
    for (;;) {
        uint32_t worst = at;
        queue_place moved;

        for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++)
            if (compare(&heap[child], &heap[worst]) > 0)
                worst = child;
        if (worst == at)
            return;
        moved = heap[at];
        heap[at] = heap[worst];
        heap[worst] = moved;
        at = worst;
    }
}

/* Best first; an account may stand here twice, cross before isolated. */
static int compare(const void *left, const void *right)
{
    const queue_place *a = left;
    const queue_place *b = right;
    int order;

    if (a->score != b->score)
        return a->score > b->score ? -1 : 1;
    order = strcmp(a->account, b->account);
    return order != 0 ? order : (int)a->is_isolated - (int)b->is_isolated;
}

static void place_write(liq_live_place *out, const liq_waterfall *waterfall, uint32_t instrument,
                        const queue_place *place, uint64_t rank)
{
    const liq_decimal lot = waterfall->source.venue->instruments[instrument].lot;

    *out = (liq_live_place){
        .account = place->account, .rank = rank, .is_isolated = place->is_isolated};
    (void)liq_decimal_format(out->quantity, (liq_int128)place->lots * lot.digits, lot.decimals);
    liq_score_write(out->score, place->score);
}
