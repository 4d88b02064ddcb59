#include "settle/overlay.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"

enum { BLOCK_BYTES = 1 << 20, SLOTS_LEAST = 1024 };

struct liq_overlay_block {
    liq_overlay_block *next;
    size_t bytes;
    size_t used;
};

static void *memory_take(liq_overlay *overlay, size_t bytes);
static liq_status account_copy(liq_overlay *overlay, uint32_t account, liq_touched **out,
                               liq_error *err);
static liq_status arrays_copy(liq_overlay *overlay, liq_touched *touched,
                              const liq_account_columns *from, liq_error *err);
static void items_copy(void *target, const void *source, size_t bytes);
static void balances_merge(liq_touched *touched, const liq_account_columns *from);
static void balance_insert(liq_touched *touched, uint32_t asset);
static liq_status slots_grow(liq_overlay *overlay, liq_error *err);
static uint32_t *slot_of(const liq_overlay *overlay, uint32_t account);

void liq_overlay_start(liq_overlay *out, const liq_settle_source *source, const liq_market *market)
{
    *out = (liq_overlay){.source = source, .market = market, .market_state = 1, .score_run = 1};
}

/* One block is kept, the largest: after the first busy tick nothing is taken any more. */
void liq_overlay_reset(liq_overlay *overlay)
{
    liq_overlay_block *kept = overlay->blocks;

    if (overlay->count > 0)
        memset(overlay->slots, 0, overlay->slot_count * sizeof *overlay->slots);
    overlay->count = 0;
    while (kept != NULL && kept->next != NULL) {
        liq_overlay_block *other = kept->next;

        if (other->bytes > kept->bytes) {
            free(kept);
            kept = other;
        } else {
            kept->next = other->next;
            free(other);
        }
    }
    if (kept != NULL)
        kept->used = 0;
    overlay->blocks = kept;
    liq_overlay_forget_scores(overlay);
    liq_overlay_moved(overlay);
}

void liq_overlay_forget_scores(liq_overlay *overlay)
{
    overlay->score_count = 0;
    if (++overlay->score_run != 0)
        return;
    overlay->score_run = 1;
    if (overlay->scored != NULL)
        memset(overlay->scored, 0, overlay->source->account_limit * sizeof *overlay->scored);
}

void liq_overlay_clear(liq_overlay *overlay)
{
    while (overlay->blocks != NULL) {
        liq_overlay_block *next = overlay->blocks->next;

        free(overlay->blocks);
        overlay->blocks = next;
    }
    free(overlay->items);
    free(overlay->slots);
    free(overlay->open);
    free(overlay->open_orders);
    free(overlay->scores);
    free(overlay->scored);
    liq_rows_clear(&overlay->scratch);
    *overlay = (liq_overlay){0};
}

liq_status liq_overlay_touch(liq_overlay *overlay, uint32_t account, liq_touched **out,
                             liq_error *err)
{
    liq_touched *touched = liq_overlay_find(overlay, account);
    liq_status status;

    if (touched == NULL) {
        if (overlay->count + 1 > overlay->slot_count / 2 &&
            (status = slots_grow(overlay, err)) != LIQ_OK)
            return status;
        if ((status = liq_memory_extend(&overlay->items, &overlay->item_capacity,
                                        (size_t)overlay->count + 1, sizeof(liq_touched *), err)) !=
                LIQ_OK ||
            (status = account_copy(overlay, account, &touched, err)) != LIQ_OK)
            return status;
        overlay->items[overlay->count++] = touched;
        *slot_of(overlay, account) = overlay->count;
    }
    *out = touched;
    return LIQ_OK;
}

liq_touched *liq_overlay_find(const liq_overlay *overlay, uint32_t account)
{
    const uint32_t at = overlay->slot_count == 0 ? 0 : *slot_of(overlay, account);

    return at == 0 ? NULL : overlay->items[at - 1];
}

void liq_overlay_moved(liq_overlay *overlay)
{
    overlay->market_state++;
}

uint32_t liq_touched_balance(const liq_touched *touched, uint32_t asset)
{
    uint32_t low = 0;
    uint32_t high = touched->balance_count;

    while (high - low > 1) {
        const uint32_t middle = low + (high - low) / 2;

        if (touched->balances[middle].asset_index <= asset)
            low = middle;
        else
            high = middle;
    }
    LIQ_ASSERT(touched->balance_count > 0 && touched->balances[low].asset_index == asset);
    return low;
}

/* Blocks grow by doubling, so that their number stays small. */
static void *memory_take(liq_overlay *overlay, size_t bytes)
{
    liq_overlay_block *block = overlay->blocks;
    const size_t head = (sizeof *block + 15) / 16 * 16;
    void *out;

    bytes = (bytes + 15) / 16 * 16;
    if (block == NULL || block->bytes - block->used < bytes) {
        size_t wanted = block == NULL ? BLOCK_BYTES : 2 * block->bytes;

        if (wanted < bytes)
            wanted = bytes;
        if ((block = malloc(head + wanted)) == NULL)
            return NULL;
        *block = (liq_overlay_block){.next = overlay->blocks, .bytes = wanted};
        overlay->blocks = block;
    }
    out = (char *)block + head + block->used;
    block->used += bytes;
    return out;
}

static liq_status account_copy(liq_overlay *overlay, uint32_t account, liq_touched **out,
                               liq_error *err)
{
    liq_touched *touched = memory_take(overlay, sizeof *touched);
    liq_account_columns from;
    liq_status status;

    if (touched == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for an account");
    LIQ_ASSERT(account < overlay->source->account_limit);
    *touched = (liq_touched){.account = account};
    touched->is_exempt = overlay->source->read(overlay->source->context, account, &from);
    if ((status = arrays_copy(overlay, touched, &from, err)) != LIQ_OK)
        return status;
    *out = touched;
    return LIQ_OK;
}

static liq_status arrays_copy(liq_overlay *overlay, liq_touched *touched,
                              const liq_account_columns *from, liq_error *err)
{
    const size_t assets_max = from->balance_count + from->position_count + from->order_count + 1;
    const size_t assets = assets_max < overlay->source->venue->asset_count
                              ? assets_max
                              : overlay->source->venue->asset_count;

    touched->id = from->id;
    touched->mode = from->mode;
    touched->position_count = (uint32_t)from->position_count;
    touched->order_count = (uint32_t)from->order_count;
    touched->order_places = touched->order_count;
    touched->balances = memory_take(overlay, assets * sizeof *touched->balances);
    touched->sums = memory_take(overlay, assets * sizeof *touched->sums);
    touched->leg_counts = memory_take(overlay, assets * sizeof *touched->leg_counts);
    touched->positions = memory_take(overlay, from->position_count * sizeof *touched->positions);
    touched->orders = memory_take(overlay, from->order_count * sizeof *touched->orders);
    if (touched->balances == NULL || touched->sums == NULL || touched->leg_counts == NULL ||
        touched->positions == NULL || touched->orders == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for account \"%s\"", from->id);
    items_copy(touched->positions, from->positions,
               from->position_count * sizeof *touched->positions);
    items_copy(touched->orders, from->orders, from->order_count * sizeof *touched->orders);
    while (touched->cross_count < touched->position_count &&
           !touched->positions[touched->cross_count].isolated)
        touched->cross_count++;
    touched->open_cross = touched->cross_count;
    balances_merge(touched, from);
    return LIQ_OK;
}

/* An account that holds none of a kind may have no array of it. */
static void items_copy(void *target, const void *source, size_t bytes)
{
    if (bytes > 0)
        memcpy(target, source, bytes);
}

/* Balances that there are, and one of zero for every other asset that something settles in. */
static void balances_merge(liq_touched *touched, const liq_account_columns *from)
{
    const liq_instrument *instruments = from->venue->instruments;

    items_copy(touched->balances, from->balances, from->balance_count * sizeof *touched->balances);
    touched->balance_count = (uint32_t)from->balance_count;
    balance_insert(touched, 0);
    for (uint64_t i = 0; i < from->position_count; i++)
        balance_insert(touched, instruments[from->positions[i].instrument_index].settle_index);
    for (uint64_t i = 0; i < from->order_count; i++)
        balance_insert(touched, instruments[from->orders[i].instrument_index].settle_index);
}

static void balance_insert(liq_touched *touched, uint32_t asset)
{
    uint32_t at = touched->balance_count;

    while (at > 0 && touched->balances[at - 1].asset_index > asset)
        at--;
    if (at > 0 && touched->balances[at - 1].asset_index == asset)
        return;
    memmove(&touched->balances[at + 1], &touched->balances[at],
            (touched->balance_count - at) * sizeof *touched->balances);
    touched->balances[at] = (liq_balance){.account_index = touched->account, .asset_index = asset};
    touched->balance_count++;
}

static liq_status slots_grow(liq_overlay *overlay, liq_error *err)
{
    const uint32_t wanted = overlay->slot_count == 0 ? SLOTS_LEAST : 2 * overlay->slot_count;
    uint32_t *slots = NULL;
    const liq_status status = liq_memory_array(&slots, wanted, sizeof *slots, err);

    if (status != LIQ_OK)
        return status;
    free(overlay->slots);
    overlay->slots = slots;
    overlay->slot_count = wanted;
    for (uint32_t i = 0; i < overlay->count; i++)
        *slot_of(overlay, overlay->items[i]->account) = i + 1;
    return LIQ_OK;
}

/* Where the account is, or would be. */
static uint32_t *slot_of(const liq_overlay *overlay, uint32_t account)
{
    uint32_t at = account * 2654435761u;

    for (at ^= at >> 15;; at++) {
        uint32_t *slot = &overlay->slots[at & (overlay->slot_count - 1)];

        if (*slot == 0 || overlay->items[*slot - 1]->account == account)
            return slot;
    }
}
