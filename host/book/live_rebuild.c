#include "book/live_rebuild.h"

#include <stdlib.h>
#include <string.h>

#include "base/fail.h"
#include "base/memory.h"
#include "book/live_columns.h"
#include "book/load_internal.h"
#include "book/lot_value.h"
#include "book/lots.h"
#include "liq_limits.h"

static liq_status venue_take(liq_rebuilding *work, const char *text);
static liq_status names_map(uint32_t **out, const liq_names *source, const liq_names *target,
                            liq_error *err);
static liq_status margin_check(const liq_rebuilding *work);
static liq_status rows_take(const liq_rebuilding *work, liq_book *columns);
static liq_status prices_take(const liq_rebuilding *work, const liq_book *columns);
static liq_status factors_take(const liq_rebuilding *work, const liq_book *columns);
static bool mark_fits(const liq_venue *venue, uint32_t instrument, liq_decimal mark);
static liq_status depth_take(const liq_rebuilding *work, const liq_book *columns);
static uint64_t levels_take(const liq_rebuilding *work, const liq_book *columns, uint64_t first,
                            uint32_t instrument);
static bool level_take(const liq_rebuilding *work, const liq_depth_level *level,
                       liq_depth_level *out);

liq_status liq_live_book_rebuild(liq_book **out, const liq_live_book *live, const char *venue_name,
                                 const char *venue_text, liq_error *err)
{
    liq_rebuilding work = {.source = &live->prices.venue, .venue_name = venue_name, .err = err};
    liq_book columns = {0};
    liq_status status;

    if ((status = liq_memory_array(&work.target, 1, sizeof *work.target, err)) != LIQ_OK)
        return status;
    if ((status = venue_take(&work, venue_text)) != LIQ_OK ||
        (status = names_map(&work.assets, work.source->asset_names, work.target->venue.asset_names,
                            err)) != LIQ_OK ||
        (status = names_map(&work.instruments, work.source->instrument_names,
                            work.target->venue.instrument_names, err)) != LIQ_OK ||
        (status = margin_check(&work)) != LIQ_OK ||
        (status = liq_live_columns_write(&columns, live, err)) != LIQ_OK ||
        (status = rows_take(&work, &columns)) != LIQ_OK ||
        (status = liq_rebuild_balances(&work)) != LIQ_OK ||
        (status = liq_rebuild_positions(&work)) != LIQ_OK ||
        (status = liq_rebuild_orders(&work)) != LIQ_OK ||
        (status = prices_take(&work, &columns)) != LIQ_OK ||
        (status = factors_take(&work, &columns)) != LIQ_OK ||
        (status = depth_take(&work, &columns)) != LIQ_OK)
        goto done;
    *out = work.target;
    work.target = NULL; /* given away */
done:
    liq_live_columns_clear(&columns);
    liq_book_destroy(work.target);
    free(work.assets);
    free(work.instruments);
    return status;
}

bool liq_rebuild_lots(const liq_rebuilding *work, uint32_t source_instrument, int64_t *lots)
{
    const liq_decimal source = work->source->instruments[source_instrument].lot;
    const liq_decimal target =
        work->target->venue.instruments[work->instruments[source_instrument]].lot;
    const bool is_short = *lots < 0;
    liq_decimal size;
    liq_decimal quantity;
    int64_t converted;

    if (liq_decimal_compare(source, target) == 0)
        return true;
    if (!liq_decimal_from_units(&size, is_short ? -*lots : *lots, 0) ||
        !liq_decimal_multiply(&quantity, size, source) ||
        !liq_lots_exact(&converted, quantity, target) || converted > LIQ_QUANTITY_LOTS_MAX)
        return false;
    *lots = is_short ? -converted : converted;
    return true;
}

static liq_status venue_take(liq_rebuilding *work, const char *text)
{
    liq_book *book = work->target;
    const size_t bytes = strlen(text);
    void *copy = NULL;
    liq_status status = liq_memory_array(&copy, bytes + 1, 1, work->err);

    if (status != LIQ_OK)
        return status;
    memcpy(copy, text, bytes);
    book->venue_text = copy;
    book->venue_bytes = bytes;
    return liq_venue_load_text(&book->venue, work->venue_name, (liq_text){copy, bytes}, work->err);
}

static liq_status names_map(uint32_t **out, const liq_names *source, const liq_names *target,
                            liq_error *err)
{
    const uint32_t count = liq_names_count(source);
    const liq_status status = liq_memory_array(out, count, sizeof **out, err);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        if (!liq_names_find(target, liq_names_text(source, i), &(*out)[i]))
            (*out)[i] = LIQ_NO_INDEX;
    return status;
}

/* Index prices are prices in it. */
static liq_status margin_check(const liq_rebuilding *work)
{
    if (work->assets[0] == 0)
        return LIQ_OK;
    return liq_fail(work->err, LIQ_BAD_INPUT, 0,
                    "%s: the margin currency is \"%s\", and was \"%s\": it cannot change",
                    work->venue_name, liq_names_get(work->target->venue.asset_names, 0),
                    liq_names_get(work->source->asset_names, 0));
}

/* Columns are given away where they can be changed in place. */
static liq_status rows_take(const liq_rebuilding *work, liq_book *columns)
{
    liq_book *book = work->target;
    liq_status status = liq_names_create(&book->group_names, work->err);

    for (uint32_t i = 0; status == LIQ_OK && i < liq_names_count(columns->group_names); i++) {
        uint32_t index;

        status = liq_names_add(book->group_names, liq_names_text(columns->group_names, i), &index,
                               work->err);
    }
    if (status != LIQ_OK)
        return status;
    book->account_count = columns->account_count;
    book->balance_count = columns->balance_count;
    book->position_count = columns->position_count;
    book->order_count = columns->order_count;
    book->account_names = columns->account_names;
    book->accounts = columns->accounts;
    book->balances = columns->balances;
    book->positions = columns->positions;
    book->orders = columns->orders;
    book->balance_first = columns->balance_first;
    book->position_first = columns->position_first;
    book->order_first = columns->order_first;
    book->order_references = columns->order_references;
    book->account_seen = columns->account_seen;
    book->position_seen = columns->position_seen;
    *columns = (liq_book){.venue = columns->venue,
                          .depth = columns->depth,
                          .depth_count = columns->depth_count,
                          .instrument_marks = columns->instrument_marks,
                          .asset_indices = columns->asset_indices,
                          .depth_marks = columns->depth_marks,
                          .margin_factors = columns->margin_factors};
    return LIQ_OK;
}

static liq_status prices_take(const liq_rebuilding *work, const liq_book *columns)
{
    const liq_venue *venue = &work->target->venue;
    liq_book *book = work->target;
    liq_status status;

    if ((status = liq_memory_array(&book->instrument_marks, venue->instrument_count,
                                   sizeof(liq_decimal), work->err)) != LIQ_OK ||
        (status = liq_memory_array(&book->depth_marks, venue->instrument_count, sizeof(liq_decimal),
                                   work->err)) != LIQ_OK ||
        (status = liq_memory_array(&book->asset_indices, venue->asset_count, sizeof(liq_decimal),
                                   work->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < work->source->instrument_count; i++) {
        const uint32_t target = work->instruments[i];

        if (target == LIQ_NO_INDEX)
            continue;
        if (!mark_fits(venue, target, columns->instrument_marks[i]))
            return liq_fail(work->err, LIQ_OUT_OF_RANGE, 0,
                            "%s: the mark price of \"%s\" is out of range", work->venue_name,
                            liq_names_get(venue->instrument_names, target));
        book->instrument_marks[target] = columns->instrument_marks[i];
        book->depth_marks[target] = mark_fits(venue, target, columns->depth_marks[i])
                                        ? columns->depth_marks[i]
                                        : columns->instrument_marks[i];
    }
    for (uint32_t i = 0; i < work->source->asset_count; i++) {
        const uint32_t target = work->assets[i];

        if (target == LIQ_NO_INDEX)
            continue;
        if (columns->asset_indices[i].digits != 0 && target != 0 &&
            !liq_book_index_fits(venue, target, columns->asset_indices[i]))
            return liq_fail(work->err, LIQ_OUT_OF_RANGE, 0,
                            "%s: the index price of \"%s\" is out of range", work->venue_name,
                            liq_names_get(venue->asset_names, target));
        book->asset_indices[target] = columns->asset_indices[i];
    }
    return LIQ_OK;
}

/* Factors stay what they are; a table that they do not fit is refused. */
static liq_status factors_take(const liq_rebuilding *work, const liq_book *columns)
{
    const liq_venue *venue = &work->target->venue;
    liq_error reason = {0};
    liq_status status = liq_memory_array(&work->target->margin_factors, venue->instrument_count,
                                         sizeof(liq_margin_factors), work->err);

    for (uint32_t i = 0; status == LIQ_OK && i < venue->instrument_count; i++)
        work->target->margin_factors[i] = liq_margin_factors_one();
    for (uint32_t i = 0; status == LIQ_OK && i < work->source->instrument_count; i++) {
        const uint32_t target = work->instruments[i];

        if (target == LIQ_NO_INDEX)
            continue;
        work->target->margin_factors[target] = columns->margin_factors[i];
        status = liq_margin_factors_check(venue, target, columns->margin_factors[i], &reason);
        if (status != LIQ_OK)
            return liq_fail(work->err, status, 0, "%s: under the margin factors that hold %s",
                            work->venue_name, reason.message);
    }
    return status;
}

static bool mark_fits(const liq_venue *venue, uint32_t instrument, liq_decimal mark)
{
    int64_t value;

    return mark.digits == 0 || (liq_lot_value(&value, venue, instrument, mark, LIQ_ROUND_FLOOR) &&
                                liq_lot_value(&value, venue, instrument, mark, LIQ_ROUND_CEIL));
}

/* Levels of the old book lie by its instruments; those of the new one are looked for in turn. */
static liq_status depth_take(const liq_rebuilding *work, const liq_book *columns)
{
    liq_book *book = work->target;
    uint64_t *firsts = NULL;
    uint64_t at = 0;
    liq_status status;

    if ((status = liq_memory_array(&book->depth, columns->depth_count, sizeof *book->depth,
                                   work->err)) != LIQ_OK ||
        (status = liq_memory_array(&firsts, book->venue.instrument_count, sizeof *firsts,
                                   work->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        firsts[i] = UINT64_MAX;
    for (; at < columns->depth_count; at++) {
        const uint32_t target = work->instruments[columns->depth[at].instrument_index];

        if (target != LIQ_NO_INDEX && firsts[target] == UINT64_MAX)
            firsts[target] = at;
    }
    for (uint32_t i = 0; i < book->venue.instrument_count; i++)
        if (firsts[i] != UINT64_MAX)
            book->depth_count += levels_take(work, columns, firsts[i], i);
    free(firsts);
    return LIQ_OK;
}

/* All levels of an instrument, or none: half of a depth is a wrong one. */
static uint64_t levels_take(const liq_rebuilding *work, const liq_book *columns, uint64_t first,
                            uint32_t instrument)
{
    liq_depth_level *out = work->target->depth + work->target->depth_count;
    uint64_t count = 0;

    for (uint64_t i = first; i < columns->depth_count &&
                             work->instruments[columns->depth[i].instrument_index] == instrument;
         i++)
        if (!level_take(work, &columns->depth[i], &out[count++]))
            return 0;
    return count;
}

static bool level_take(const liq_rebuilding *work, const liq_depth_level *level,
                       liq_depth_level *out)
{
    int64_t value;

    *out = *level;
    out->instrument_index = work->instruments[level->instrument_index];
    return liq_rebuild_lots(work, level->instrument_index, &out->quantity_lots) &&
           liq_lot_value_entry(&value, &work->target->venue, out->instrument_index, out->price,
                               !out->is_bid);
}
