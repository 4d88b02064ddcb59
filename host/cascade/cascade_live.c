/*
 * The live book of a cascade. It is made once, and taken back for the next cascade by what this one
 * changed: the accounts that it settled, prices and depth. The next tick then finds again what the
 * first one found.
 */
#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_restore.h"
#include "cascade/cascade_internal.h"
#include "scan/live_scan.h"
#include "settle/settle_look.h"

static liq_status live_make(liq_cascade *self, liq_error *err);
static liq_status live_restore(liq_cascade *self, liq_error *err);
static liq_status run_make(liq_cascade *self, liq_error *err);
static bool is_like(const liq_cascade *to, const liq_cascade *from);

liq_status liq_cascade_live_ready(liq_cascade *self, liq_error *err)
{
    liq_status status = LIQ_OK;

    liq_cascade_run_drop(self);
    /* Notices that a loaded book has waiting are gone once they are sent. */
    if (self->live != NULL && self->is_used && self->has_notices)
        liq_cascade_live_drop(self);
    if (self->live == NULL)
        status = live_make(self, err);
    else if (self->is_used)
        status = live_restore(self, err);
    self->is_used = true;
    if (status == LIQ_OK)
        status = run_make(self, err);
    return status;
}

void liq_cascade_live_drop(liq_cascade *self)
{
    liq_cascade_run_drop(self);
    liq_live_destroy(self->live);
    free(self->touched.items);
    free(self->touched.has);
    self->live = NULL;
    self->touched = (liq_live_set){0};
    self->is_used = false;
}

void liq_cascade_run_drop(liq_cascade *self)
{
    liq_settle_destroy(self->settle);
    liq_price_guard_clear(&self->guard);
    liq_cascade_margin_drop(self);
    liq_cascade_sound_drop(self);
    liq_pattern_clear(&self->pattern);
    free(self->was_liquidated);
    free(self->was_deleveraged);
    self->settle = NULL;
    self->waterfall = NULL;
    self->was_liquidated = NULL;
    self->was_deleveraged = NULL;
}

void liq_cascade_touched_note(liq_cascade *self)
{
    const liq_live_set *dirty = &self->live->book.dirty;

    for (uint32_t i = 0; i < dirty->count; i++)
        liq_live_set_add(&self->touched, dirty->items[i]);
}

void liq_cascade_take_over(liq_cascade *to, liq_cascade *from)
{
    if (from->live == NULL || to->live != NULL || !is_like(to, from))
        return;
    liq_cascade_run_drop(from);
    to->live = from->live;
    to->touched = from->touched;
    to->row_count = from->row_count;
    to->flagged_before = from->flagged_before;
    to->has_notices = from->has_notices;
    to->is_used = from->is_used;
    /* What a live book reads of a policy are its levels; who settles it reads the rest. */
    to->live->book.prices.venue.policy = to->book.venue.policy;
    from->live = NULL;
    from->touched = (liq_live_set){0};
}

static liq_status live_make(liq_cascade *self, liq_error *err)
{
    const liq_live_options options = {.limits = {.events_max = LIQ_CASCADE_EVENTS},
                                      .device = self->options.device,
                                      .skip_self_test = self->options.skip_self_test};
    liq_live_summary summary;
    uint32_t accounts;
    liq_status status;

    if ((status = liq_live_create(&self->live, &self->book, &options, err)) != LIQ_OK)
        return status;
    accounts = self->live->book.account_capacity;
    if ((status = liq_memory_array(&self->touched.items, accounts, sizeof *self->touched.items,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&self->touched.has, accounts, sizeof(bool), err)) != LIQ_OK)
        return status;
    self->has_notices = self->live->warned.later.count > 0;
    if ((status = liq_live_tick(self->live, &summary, err)) != LIQ_OK)
        return status;
    self->flagged_before = summary.flagged;
    self->row_count = summary.rows;
    return LIQ_OK;
}

static liq_status live_restore(liq_cascade *self, liq_error *err)
{
    liq_live_set *touched = &self->touched;
    const liq_live_set *later = &self->live->warned.later;
    liq_status status = LIQ_OK;

    LIQ_ASSERT(self->live->book.dirty.count == 0);
    for (uint32_t i = 0; i < later->count; i++)
        liq_live_warn_done(self->live, later->items[i]);
    for (uint32_t i = 0; i < touched->count; i++) {
        touched->has[touched->items[i]] = false;
        if (status == LIQ_OK)
            status = liq_live_book_account_restore(&self->live->book, &self->book,
                                                   touched->items[i], err);
    }
    touched->count = 0;
    if (status != LIQ_OK)
        return status;
    liq_live_book_prices_restore(&self->live->book, &self->book);
    return liq_live_tick(self->live, NULL, err);
}

/* What one cascade needs beside the live book. */
static liq_status run_make(liq_cascade *self, liq_error *err)
{
    const uint32_t accounts = self->live->book.account_capacity;
    liq_status status;

    if ((status = liq_settle_create_live(&self->settle, self->live, &self->book, err)) != LIQ_OK ||
        (status = liq_memory_array(&self->was_liquidated, accounts, sizeof *self->was_liquidated,
                                   err)) != LIQ_OK ||
        (status = liq_memory_array(&self->was_deleveraged, accounts, sizeof *self->was_deleveraged,
                                   err)) != LIQ_OK)
        return status;
    self->waterfall = liq_settle_waterfall(self->settle);
    if ((status = liq_cascade_guard_make(self, err)) != LIQ_OK ||
        (status = liq_cascade_sound_make(self, err)) != LIQ_OK ||
        (status = liq_cascade_pattern_make(self, err)) != LIQ_OK)
        return status;
    return liq_cascade_margin_make(self, err);
}

/* The same accounts, and levels at which they have the same statuses. */
static bool is_like(const liq_cascade *to, const liq_cascade *from)
{
    for (int i = 0; i < LIQ_POLICY_LEVELS; i++) {
        const liq_policy_level *left = &to->book.venue.policy.levels[i];
        const liq_policy_level *right = &from->book.venue.policy.levels[i];

        if (left->equity_factor != right->equity_factor ||
            left->requirement_factor != right->requirement_factor ||
            left->inclusive != right->inclusive)
            return false;
    }
    return to->book.accounts == from->book.accounts && to->book.positions == from->book.positions &&
           (to->device == NULL ? from->device == NULL
                               : from->device != NULL && strcmp(to->device, from->device) == 0);
}
