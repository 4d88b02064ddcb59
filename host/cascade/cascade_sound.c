/*
 * Who is to be liquidated by the marks that the venue has, and would not be at the prices that
 * there are: for a feed that is late or wrong, or guards that keep marks where they were.
 */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cascade/cascade_internal.h"
#include "scan/flagged.h"
#include "scan/live_scan.h"
#include "scan/truth.h"

static bool marks_differ(const liq_cascade *self);
static bool is_flagged(liq_cascade *self, uint32_t row);

liq_status liq_cascade_sound_make(liq_cascade *self, liq_error *err)
{
    const uint32_t accounts = self->live->book.account_capacity;
    liq_status status;

    if (!self->feed.is_faulty && self->guard.guard == NULL)
        return LIQ_OK;
    self->priced = self->live->book.prices;
    self->priced.instrument_marks = self->raw;
    self->priced.asset_indices = self->raw + self->book.venue.instrument_count;
    if ((status = liq_memory_array(&self->is_sound, accounts, sizeof *self->is_sound, err)) !=
            LIQ_OK ||
        (status = liq_memory_array(&self->was_wronged, accounts, sizeof *self->was_wronged, err)) !=
            LIQ_OK)
        return status;
    self->looks_sound = true;
    return liq_market_create(&self->true_market, &self->priced, err);
}

void liq_cascade_sound_drop(liq_cascade *self)
{
    if (self->looks_sound)
        liq_market_clear(&self->true_market);
    free(self->is_sound);
    free(self->was_wronged);
    self->is_sound = NULL;
    self->was_wronged = NULL;
    self->looks_sound = false;
}

/* An account of which any row is rightly flagged is none of them. */
void liq_cascade_sound_see(liq_cascade *self)
{
    const uint32_t *rows;
    uint32_t count;
    bool differ;

    if (!self->looks_sound)
        return;
    liq_live_flagged(self->live, &rows, &count);
    differ = count > 0 && marks_differ(self);
    if (differ)
        liq_market_update(&self->true_market, &self->priced);
    for (uint32_t i = 0; i < count; i++)
        self->is_sound[liq_live_key(self->live, rows[i]).account_index] = differ;
    for (uint32_t i = 0; differ && i < count; i++)
        if (is_flagged(self, rows[i]))
            self->is_sound[liq_live_key(self->live, rows[i]).account_index] = false;
}

static bool marks_differ(const liq_cascade *self)
{
    const liq_book *prices = &self->live->book.prices;
    const uint32_t instruments = self->book.venue.instrument_count;

    for (uint32_t i = 0; i < self->price_count; i++)
        if (liq_decimal_compare(i < instruments ? prices->instrument_marks[i]
                                                : prices->asset_indices[i - instruments],
                                self->raw[i]) != 0)
            return true;
    return false;
}

/* The row of an isolated position is the second of its own. */
static bool is_flagged(liq_cascade *self, uint32_t row)
{
    liq_live_book *book = &self->live->book;
    const uint32_t accounts = book->account_capacity;
    const liq_row_record record =
        row < accounts
            ? liq_truth_row(&self->true_market, liq_live_book_rows(book, row), 0)
            : liq_truth_row(&self->true_market, liq_live_book_isolated(book, row - accounts), 1);

    return liq_flagged_status(record.status);
}
