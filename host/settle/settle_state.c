#include "settle/settle_state.h"

#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "settle/state_internal.h"

/* Whoever changes what is written changes the version. */
enum { STATE_VERSION = 3 };

static const char state_name[] = "liqscan settle";

static void head_write(liq_state_writer *writer);
static void totals_write(liq_state_writer *writer);
static liq_status head_read(liq_state_reader *reader);
static liq_status totals_read(liq_state_reader *reader);
static liq_status amount_read(liq_state_reader *reader, liq_int128 *out);
static liq_status signed_read(liq_state_reader *reader, liq_int128 *out);
static liq_status copies_take(liq_state_reader *reader);
static liq_status all_read(liq_state_reader *reader);
static void state_give(liq_state_reader *reader, liq_settle *settle);
static void reader_clear(liq_state_reader *reader);

liq_status liq_settle_state_write(const liq_settle *settle, void **out, size_t *bytes,
                                  liq_error *err)
{
    liq_state_writer writer = {.waterfall = &settle->waterfall,
                               .venue = settle->waterfall.source.venue};
    liq_status status;

    if (settle->live == NULL)
        return liq_fail(err, LIQ_UNSUPPORTED, 0, "the settler is one of a loaded book");
    if (settle->waterfall.rooms.is_stopped)
        return liq_fail(err, LIQ_NOT_CONSERVED, 0, "settling has stopped at an action");
    head_write(&writer);
    totals_write(&writer);
    if ((status = liq_state_tables_write(&writer, err)) != LIQ_OK ||
        (status = liq_state_funds_write(&writer, err)) != LIQ_OK ||
        (status = liq_state_inventories_write(&writer, err)) != LIQ_OK ||
        (status = liq_state_cooldowns_write(&writer, err)) != LIQ_OK ||
        (status = liq_state_slices_write(&writer, err)) != LIQ_OK)
        goto done;
    liq_state_requests_write(&writer);
    if ((status = liq_state_sides_write(&writer, err)) != LIQ_OK ||
        (status = liq_state_brakes_write(&writer, err)) != LIQ_OK)
        goto done;
    if (writer.out.has_failed) {
        status = liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for a state of settling");
        goto done;
    }
    *out = writer.out.data;
    *bytes = writer.out.count;
    writer.out.data = NULL; /* given away */
done:
    free(writer.out.data);
    free(writer.asset_numbers);
    free(writer.instrument_numbers);
    return status;
}

liq_status liq_settle_state_read(liq_settle *settle, const void *data, size_t bytes, liq_error *err)
{
    liq_state_reader reader = {.settle = settle,
                               .venue = settle->waterfall.source.venue,
                               .in = {.data = data, .bytes = bytes},
                               .err = err};
    liq_status status;

    if (settle->live == NULL || settle->has_run)
        return liq_fail(err, LIQ_UNSUPPORTED, 0,
                        settle->live == NULL ? "the settler is one of a loaded book"
                                             : "the settler has run already");
    if ((status = all_read(&reader)) == LIQ_OK)
        state_give(&reader, settle);
    reader_clear(&reader);
    return status;
}

liq_status liq_state_check(const liq_state_reader *reader)
{
    if (!reader->in.has_failed)
        return LIQ_OK;
    return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                    "the state of settling is cut short or damaged near byte %zu of %zu",
                    reader->in.at, reader->in.bytes);
}

liq_status liq_state_refuse(const liq_state_reader *reader, liq_text name, const char *what)
{
    return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                    "the state of settling, near byte %zu of %zu: \"%.*s\" %s", reader->in.at,
                    reader->in.bytes, LIQ_TEXT_ARGS(name), what);
}

static void head_write(liq_state_writer *writer)
{
    liq_bytes_put_text(&writer->out, liq_text_of(state_name));
    liq_bytes_put_u32(&writer->out, STATE_VERSION);
    liq_bytes_put_text(&writer->out, liq_names_text(writer->venue->asset_names, 0));
    liq_bytes_put_u8(&writer->out, (uint8_t)writer->venue->cash_decimals);
}

/* Times are not part of it: they would differ from run to run. */
static void totals_write(liq_state_writer *writer)
{
    const liq_waterfall *waterfall = writer->waterfall;
    const liq_settle_totals *all = &waterfall->all;
    liq_bytes_out *out = &writer->out;

    liq_bytes_put_i64(out, waterfall->funds.now_ms);
    liq_bytes_put_u64(out, waterfall->seq);
    liq_bytes_put_u64(out, waterfall->request_last);
    liq_bytes_put_u64(out, waterfall->all_actions);
    liq_bytes_put_u64(out, waterfall->all_touched);
    liq_bytes_put_u64(out, all->rows);
    liq_bytes_put_u64(out, all->safe);
    liq_bytes_put_u64(out, all->closed);
    liq_bytes_put_u64(out, all->waiting);
    liq_bytes_put_u64(out, all->held);
    liq_bytes_put_u64(out, all->adl_fills);
    liq_bytes_put_u64(out, all->adl_accounts);
    liq_bytes_put_u64(out, all->rounds);
    liq_bytes_put_i128(out, all->notional);
    liq_bytes_put_i128(out, all->adl_notional);
    liq_bytes_put_i128(out, all->fees);
    liq_bytes_put_i128(out, all->socialised);
    liq_bytes_put_i128(out, all->filled);
    liq_bytes_put_i128(out, all->slippage);
    liq_bytes_put_i128(out, all->largest);
}

static liq_status all_read(liq_state_reader *reader)
{
    liq_status status;

    if ((status = head_read(reader)) != LIQ_OK || (status = totals_read(reader)) != LIQ_OK ||
        (status = copies_take(reader)) != LIQ_OK ||
        (status = liq_state_tables_read(reader)) != LIQ_OK ||
        (status = liq_state_funds_read(reader)) != LIQ_OK ||
        (status = liq_state_inventories_read(reader)) != LIQ_OK ||
        (status = liq_state_cooldowns_read(reader)) != LIQ_OK ||
        (status = liq_state_slices_read(reader)) != LIQ_OK ||
        (status = liq_state_requests_read(reader)) != LIQ_OK ||
        (status = liq_state_sides_read(reader)) != LIQ_OK ||
        (status = liq_state_brakes_read(reader)) != LIQ_OK)
        return status;
    if (reader->in.at != reader->in.bytes)
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "the state of settling ends at byte %zu of %zu", reader->in.at,
                        reader->in.bytes);
    return LIQ_OK;
}

static liq_status head_read(liq_state_reader *reader)
{
    const liq_venue *venue = reader->venue;
    const char *currency = liq_names_get(venue->asset_names, 0);
    liq_text name = liq_bytes_get_text(&reader->in);
    const uint32_t version = liq_bytes_get_u32(&reader->in);
    int32_t decimals;

    if (!liq_text_equal(name, state_name))
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0, "this is no state of settling");
    if (version != STATE_VERSION)
        return liq_fail(reader->err, LIQ_UNSUPPORTED, 0,
                        "a state of settling of version %u: this program reads %d", version,
                        STATE_VERSION);
    name = liq_bytes_get_text(&reader->in);
    decimals = liq_bytes_get_u8(&reader->in);
    if (reader->in.has_failed)
        return liq_state_check(reader);
    if (!liq_text_equal(name, currency) || decimals != venue->cash_decimals)
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "the state of settling counts \"%.*s\" with %d decimals, the venue \"%s\" "
                        "with %d",
                        LIQ_TEXT_ARGS(name), decimals, currency, venue->cash_decimals);
    return LIQ_OK;
}

static liq_status totals_read(liq_state_reader *reader)
{
    liq_bytes_in *in = &reader->in;
    liq_settle_totals *all = &reader->all;
    liq_status status;

    reader->funds.now_ms = liq_bytes_get_i64(in);
    reader->seq = liq_bytes_get_u64(in);
    reader->request_last = liq_bytes_get_u64(in);
    reader->all_actions = liq_bytes_get_u64(in);
    reader->all_touched = liq_bytes_get_u64(in);
    all->rows = liq_bytes_get_u64(in);
    all->safe = liq_bytes_get_u64(in);
    all->closed = liq_bytes_get_u64(in);
    all->waiting = liq_bytes_get_u64(in);
    all->held = liq_bytes_get_u64(in);
    all->adl_fills = liq_bytes_get_u64(in);
    all->adl_accounts = liq_bytes_get_u64(in);
    all->rounds = liq_bytes_get_u64(in);
    if ((status = amount_read(reader, &all->notional)) != LIQ_OK ||
        (status = amount_read(reader, &all->adl_notional)) != LIQ_OK ||
        (status = amount_read(reader, &all->fees)) != LIQ_OK ||
        (status = amount_read(reader, &all->socialised)) != LIQ_OK ||
        (status = amount_read(reader, &all->filled)) != LIQ_OK ||
        (status = signed_read(reader, &all->slippage)) != LIQ_OK ||
        (status = amount_read(reader, &all->largest)) != LIQ_OK ||
        (status = liq_state_check(reader)) != LIQ_OK)
        return status;
    if (reader->funds.now_ms < 0 || reader->seq > INT64_MAX || reader->request_last > INT64_MAX)
        return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0,
                        "the state of settling is of time %lld, action %llu, request %llu: past "
                        "2^63 - 1",
                        (long long)reader->funds.now_ms, (unsigned long long)reader->seq,
                        (unsigned long long)reader->request_last);
    return LIQ_OK;
}

/* A sum of all runs, never below zero. */
static liq_status amount_read(liq_state_reader *reader, liq_int128 *out)
{
    *out = liq_bytes_get_i128(&reader->in);
    if (*out >= 0 && *out <= LIQ_STATE_AMOUNT_MAX)
        return LIQ_OK;
    return liq_fail(reader->err, LIQ_OUT_OF_RANGE, 0,
                    "the state of settling has a total that is not 0 .. 2^126, before byte %zu",
                    reader->in.at);
}

static liq_status signed_read(liq_state_reader *reader, liq_int128 *out)
{
    *out = liq_bytes_get_i128(&reader->in);
    if (*out >= -LIQ_STATE_AMOUNT_MAX && *out <= LIQ_STATE_AMOUNT_MAX)
        return LIQ_OK;
    return liq_fail(
        reader->err, LIQ_OUT_OF_RANGE, 0,
        "the state of settling has a total that is not -2^126 .. 2^126, before byte %zu",
        reader->in.at);
}

/* What is read is written over what a fresh settler begins with. */
static liq_status copies_take(liq_state_reader *reader)
{
    const int64_t now_ms = reader->funds.now_ms;
    liq_status status;

    if ((status = liq_funds_create(&reader->funds, reader->venue, reader->err)) != LIQ_OK)
        return status;
    reader->funds.now_ms = now_ms;
    return liq_memory_array(&reader->changes, (size_t)reader->venue->asset_count * LIQ_ROOMS_COUNT,
                            sizeof *reader->changes, reader->err);
}

/* A state of before there were brakes is one in which none has done anything. */
/* Everything changes hands: what the settler had goes with the reader. */
static void state_give(liq_state_reader *reader, liq_settle *settle)
{
    liq_waterfall *waterfall = &settle->waterfall;
    const liq_funds funds = waterfall->funds;
    const liq_row_map cooldowns = waterfall->cooldowns;
    const liq_row_map awaited = waterfall->awaited;
    const liq_slicer slicer = waterfall->slicer;
    liq_int128 *changes = waterfall->rooms.changes;
    liq_request *requests = waterfall->requests;
    liq_report *reports = waterfall->reports;
    const liq_brakes brakes = waterfall->brakes;
    liq_adl_outcome *sides = waterfall->sides;

    waterfall->funds = reader->funds;
    waterfall->brakes = reader->brakes;
    waterfall->cooldowns = reader->cooldowns;
    waterfall->awaited = reader->awaited;
    waterfall->slicer = reader->slicer;
    waterfall->rooms.changes = reader->changes;
    waterfall->requests = reader->requests;
    waterfall->request_capacity = reader->request_capacity;
    waterfall->request_count = reader->request_count;
    waterfall->reports = reader->reports;
    waterfall->report_capacity = reader->report_capacity;
    waterfall->report_count = reader->report_count;
    waterfall->sides = reader->sides;
    waterfall->seq = reader->seq;
    waterfall->request_last = reader->request_last;
    waterfall->all_actions = reader->all_actions;
    waterfall->all_touched = reader->all_touched;
    waterfall->all = reader->all;
    for (uint32_t i = 0; i < waterfall->funds.fund_count; i++)
        settle->before[i] = liq_fund_balance(&waterfall->funds.funds[i]);
    reader->brakes = brakes;
    reader->funds = funds;
    reader->cooldowns = cooldowns;
    reader->awaited = awaited;
    reader->slicer = slicer;
    reader->changes = changes;
    reader->requests = requests;
    reader->reports = reports;
    reader->sides = sides;
}

static void reader_clear(liq_state_reader *reader)
{
    free(reader->assets);
    free(reader->asset_numbers);
    free(reader->instruments);
    liq_funds_clear(&reader->funds);
    liq_brakes_clear(&reader->brakes);
    free(reader->changes);
    liq_row_map_clear(&reader->cooldowns);
    liq_row_map_clear(&reader->awaited);
    liq_slicer_clear(&reader->slicer);
    free(reader->requests);
    free(reader->reports);
    free(reader->sides);
}
