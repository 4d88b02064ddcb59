/*
 * The part of a written state that is about accounts: cool-downs, what the exchange was asked for,
 * and its fills that no run has acted on yet.
 */
#include <stdlib.h>

#include "base/fail.h"
#include "base/memory.h"
#include "liq_limits.h"
#include "scan/live_scan.h"
#include "settle/state_internal.h"
#include "settle/waterfall_internal.h"

enum { COOLDOWN_BYTES_LEAST = 15, REQUEST_BYTES_LEAST = 25, REPORT_BYTES = 25 };

typedef struct cooldown {
    liq_state_row row;
    int64_t ends;
} cooldown;

static const char *id_of(const liq_waterfall *waterfall, uint32_t account);
static liq_status cooldown_read(liq_state_reader *reader, cooldown *before);
static void request_write(liq_state_writer *writer, const liq_request *request);
static liq_status request_read(liq_state_reader *reader, liq_request *out);
static liq_status request_check(const liq_state_reader *reader, const liq_request *request);
static bool row_find(const liq_state_reader *reader, liq_text account, liq_row_name *row);
static liq_status report_read(liq_state_reader *reader, liq_report *out);
static liq_status report_check(liq_state_reader *reader, liq_request *request, liq_report *report);
static liq_request *request_find(const liq_state_reader *reader, uint64_t number);
static liq_status rows_keep(liq_state_reader *reader);

liq_status liq_state_cooldowns_write(liq_state_writer *writer, liq_error *err)
{
    const liq_waterfall *waterfall = writer->waterfall;
    const liq_row_map *map = &waterfall->cooldowns;
    cooldown *items = NULL;
    uint32_t count = 0;
    const liq_status status = liq_memory_array(&items, map->slot_count, sizeof *items, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < map->slot_count; i++) {
        const liq_row_name name = map->slots[i].name;

        if (map->slots[i].value != 0 && liq_row_is_alive(waterfall, name))
            items[count++] =
                (cooldown){.row = liq_state_row_of(writer, name), .ends = map->slots[i].value};
    }
    qsort(items, count, sizeof *items, liq_state_row_compare);
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < count; i++) {
        liq_state_row_write(writer, &items[i].row);
        liq_bytes_put_i64(&writer->out, items[i].ends);
    }
    free(items);
    return LIQ_OK;
}

liq_status liq_state_cooldowns_read(liq_state_reader *reader)
{
    const uint32_t count = liq_bytes_get_count(&reader->in, COOLDOWN_BYTES_LEAST);
    cooldown before = {0};
    liq_status status = liq_state_check(reader);

    for (uint32_t i = 0; status == LIQ_OK && i < count; i++)
        status = cooldown_read(reader, &before);
    return status;
}

void liq_state_requests_write(liq_state_writer *writer)
{
    const liq_waterfall *waterfall = writer->waterfall;
    uint32_t count = 0;

    for (uint32_t i = 0; i < waterfall->request_count; i++)
        count += liq_request_is_alive(waterfall, &waterfall->requests[i]);
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < waterfall->request_count; i++)
        if (liq_request_is_alive(waterfall, &waterfall->requests[i]))
            request_write(writer, &waterfall->requests[i]);
    count = 0;
    for (uint32_t i = 0; i < waterfall->report_count; i++)
        count += liq_request_find(waterfall, waterfall->reports[i].number) != NULL;
    liq_bytes_put_u32(&writer->out, count);
    for (uint32_t i = 0; i < waterfall->report_count; i++) {
        const liq_report *report = &waterfall->reports[i];

        if (liq_request_find(waterfall, report->number) == NULL)
            continue;
        liq_bytes_put_u64(&writer->out, report->number);
        liq_bytes_put_i64(&writer->out, report->lots);
        liq_bytes_put_i64(&writer->out, report->value);
        liq_bytes_put_u8(&writer->out, report->is_last);
    }
}

liq_status liq_state_requests_read(liq_state_reader *reader)
{
    uint32_t count = liq_bytes_get_count(&reader->in, REQUEST_BYTES_LEAST);
    liq_status status = liq_state_check(reader);

    if (status != LIQ_OK ||
        (status = liq_memory_extend(&reader->requests, &reader->request_capacity, count,
                                    sizeof *reader->requests, reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        status = request_read(reader, &reader->requests[i]);
        reader->request_count++;
    }
    if (status != LIQ_OK)
        return status;
    count = liq_bytes_get_count(&reader->in, REPORT_BYTES);
    if ((status = liq_state_check(reader)) != LIQ_OK ||
        (status = liq_memory_extend(&reader->reports, &reader->report_capacity, count,
                                    sizeof *reader->reports, reader->err)) != LIQ_OK)
        return status;
    for (uint32_t i = 0; status == LIQ_OK && i < count; i++) {
        status = report_read(reader, &reader->reports[i]);
        reader->report_count++;
    }
    return status == LIQ_OK ? rows_keep(reader) : status;
}

static const char *id_of(const liq_waterfall *waterfall, uint32_t account)
{
    return waterfall->source.id(waterfall->source.context, account);
}

int liq_state_row_compare(const void *left, const void *right)
{
    const liq_state_row *a = left;
    const liq_state_row *b = right;
    const uint32_t a_place = a->instrument + 1; /* the cross margin: 0 */
    const uint32_t b_place = b->instrument + 1;
    const int order = liq_names_compare(a->account, b->account);

    if (order != 0)
        return order;
    if (a_place != b_place)
        return a_place < b_place ? -1 : 1;
    return (int)a->is_short - (int)b->is_short;
}

liq_state_row liq_state_row_of(const liq_state_writer *writer, liq_row_name name)
{
    return (liq_state_row){.account = liq_text_of(id_of(writer->waterfall, name.account)),
                           .instrument = name.instrument == LIQ_NO_INDEX
                                             ? LIQ_NO_INDEX
                                             : writer->instrument_numbers[name.instrument],
                           .is_short = name.is_short};
}

void liq_state_row_write(liq_state_writer *writer, const liq_state_row *row)
{
    liq_bytes_put_text(&writer->out, row->account);
    liq_bytes_put_u32(&writer->out, row->instrument);
    liq_bytes_put_u8(&writer->out, row->is_short != 0);
}

liq_state_row liq_state_row_read(liq_state_reader *reader)
{
    liq_state_row row = {.account = liq_bytes_get_text(&reader->in)};

    row.instrument = liq_bytes_get_u32(&reader->in);
    row.is_short = liq_bytes_get_flag(&reader->in);
    return row;
}

bool liq_state_row_follows(const liq_state_reader *reader, const liq_state_row *row,
                           const liq_state_row *before)
{
    return liq_names_valid(row->account) &&
           (row->instrument == LIQ_NO_INDEX ? row->is_short == 0
                                            : row->instrument < reader->instrument_count) &&
           (before->account.bytes == 0 || liq_state_row_compare(before, row) < 0);
}

bool liq_state_row_find(const liq_state_reader *reader, const liq_state_row *row, liq_row_name *out)
{
    *out = (liq_row_name){.instrument = LIQ_NO_INDEX};
    if (row->instrument != LIQ_NO_INDEX) {
        out->instrument = reader->instruments[row->instrument].index;
        out->is_short = row->is_short;
        if (out->instrument == LIQ_NO_INDEX)
            return false;
    }
    return row_find(reader, row->account, out);
}

/* Accounts and instruments that are gone have none any more. */
static liq_status cooldown_read(liq_state_reader *reader, cooldown *before)
{
    cooldown read = {.row = liq_state_row_read(reader)};
    liq_row_name row;
    liq_status status;

    read.ends = liq_bytes_get_i64(&reader->in);
    if ((status = liq_state_check(reader)) != LIQ_OK)
        return status;
    if (read.ends <= 0 || !liq_state_row_follows(reader, &read.row, &before->row))
        return liq_state_refuse(reader, read.row.account, "has a cool-down that cannot be");
    *before = read;
    if (!liq_state_row_find(reader, &read.row, &row))
        return LIQ_OK;
    return liq_row_map_set(&reader->cooldowns, row, read.ends, reader->err);
}

static void request_write(liq_state_writer *writer, const liq_request *request)
{
    liq_bytes_put_u64(&writer->out, request->number);
    liq_bytes_put_text(&writer->out, liq_text_of(id_of(writer->waterfall, request->row.account)));
    liq_bytes_put_u32(&writer->out, writer->instrument_numbers[request->instrument]);
    liq_bytes_put_u8(&writer->out, request->row.instrument != LIQ_NO_INDEX);
    liq_bytes_put_u8(&writer->out, request->is_short != 0);
    liq_bytes_put_u8(&writer->out, (uint8_t)request->kind);
    liq_bytes_put_u8(&writer->out, (uint8_t)request->reason);
    liq_bytes_put_i64(&writer->out, request->lots_left);
}

/* One whose account is gone stays until its fills are read, with a row that nobody has. */
static liq_status request_read(liq_state_reader *reader, liq_request *out)
{
    const uint64_t number = liq_bytes_get_u64(&reader->in);
    const liq_text account = liq_bytes_get_text(&reader->in);
    uint32_t instrument;
    bool isolated;
    liq_status status;

    if ((status = liq_state_instrument_get(reader, &instrument)) != LIQ_OK)
        return status;
    isolated = liq_bytes_get_flag(&reader->in);
    *out = (liq_request){.number = number, .is_short = liq_bytes_get_flag(&reader->in)};
    out->kind = liq_bytes_get_u8(&reader->in);
    out->reason = liq_bytes_get_u8(&reader->in);
    out->lots_left = liq_bytes_get_i64(&reader->in);
    if ((status = liq_state_check(reader)) != LIQ_OK ||
        (status = request_check(reader, out)) != LIQ_OK)
        return status;
    if (!liq_names_valid(account))
        return liq_state_refuse(reader, account, "is no account");
    out->instrument = reader->instruments[instrument].index;
    out->row.instrument = isolated ? out->instrument : LIQ_NO_INDEX;
    out->row.is_short = isolated && out->is_short;
    out->row.account = LIQ_NO_INDEX;
    if (!row_find(reader, account, &out->row))
        return LIQ_OK;
    if (out->instrument == LIQ_NO_INDEX)
        return liq_fail(reader->err, LIQ_NOT_FOUND, 0,
                        "request %llu is for \"%.*s\", which is not in the venue",
                        (unsigned long long)number,
                        LIQ_TEXT_ARGS(reader->instruments[instrument].name));
    if (!reader->instruments[instrument].is_same)
        return liq_state_refuse(reader, reader->instruments[instrument].name,
                                "is another contract by now, and a request for it is out");
    return LIQ_OK;
}

/* Against the one before it, too. */
static liq_status request_check(const liq_state_reader *reader, const liq_request *request)
{
    const uint64_t before =
        reader->request_count == 0 ? 0 : reader->requests[reader->request_count - 1].number;

    if (request->number > before && request->number <= reader->request_last &&
        (request->kind == LIQ_SETTLE_REDUCE || request->kind == LIQ_SETTLE_CLOSE) &&
        ((request->reason >= LIQ_BECAUSE_WARNING && request->reason <= LIQ_BECAUSE_REMAINDER) ||
         request->reason == LIQ_BECAUSE_RATE_LIMIT) &&
        request->lots_left > 0 && request->lots_left <= LIQ_QUANTITY_LOTS_MAX)
        return LIQ_OK;
    return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                    "the state of settling has a request %llu behind %llu, the last is %llu: kind "
                    "%u, reason %u, %lld lots: that cannot be",
                    (unsigned long long)request->number, (unsigned long long)before,
                    (unsigned long long)reader->request_last, request->kind, request->reason,
                    (long long)request->lots_left);
}

/* @return false: the live book has no such account */
static bool row_find(const liq_state_reader *reader, liq_text account, liq_row_name *row)
{
    const liq_live_book *book = &reader->settle->live->book;

    if (!liq_live_book_find(book, account, &row->account))
        return false;
    row->born = book->accounts[row->account].born;
    return true;
}

static liq_status report_read(liq_state_reader *reader, liq_report *out)
{
    liq_request *request;
    liq_status status;

    out->number = liq_bytes_get_u64(&reader->in);
    out->lots = liq_bytes_get_i64(&reader->in);
    out->value = liq_bytes_get_i64(&reader->in);
    out->is_last = liq_bytes_get_flag(&reader->in);
    if ((status = liq_state_check(reader)) != LIQ_OK)
        return status;
    request = request_find(reader, out->number);
    if (request == NULL || out->lots < 0 ||
        out->lots > request->lots_left - request->lots_reported ||
        (out->lots > 0 && request->is_ended))
        return liq_fail(reader->err, LIQ_BAD_INPUT, 0,
                        "the state of settling has a fill of %lld lots for request %llu, which has "
                        "not so many left",
                        (long long)out->lots, (unsigned long long)out->number);
    request->lots_reported += out->lots;
    request->is_ended = request->is_ended || out->is_last;
    return request->row.account == LIQ_NO_INDEX ? LIQ_OK : report_check(reader, request, out);
}

/* The value of a lot, as the venue counts it now; of inverse contracts it is below zero. */
static liq_status report_check(liq_state_reader *reader, liq_request *request, liq_report *report)
{
    const liq_instrument *instrument = &reader->venue->instruments[request->instrument];
    liq_int128 value = report->value;

    if (liq_state_rescale(reader, reader->asset_numbers[instrument->settle_index],
                          request->is_short ? LIQ_ROUND_CEIL : LIQ_ROUND_FLOOR, &value) &&
        value <= LIQ_LOT_VALUE_MAX && value >= -LIQ_LOT_VALUE_MAX &&
        liq_worth_fits(&reader->settle->waterfall, request->instrument, request->lots_left,
                       (int64_t)value) &&
        (report->lots == 0
             ? value == 0
             : value != 0 && (value < 0) == (instrument->kind == LIQ_INSTRUMENT_INVERSE))) {
        report->value = (int64_t)value;
        return LIQ_OK;
    }
    return liq_state_refuse(reader,
                            liq_names_text(reader->venue->instrument_names, request->instrument),
                            "has a fill at a price that cannot be");
}

static liq_request *request_find(const liq_state_reader *reader, uint64_t number)
{
    uint32_t low = 0;
    uint32_t high = reader->request_count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (reader->requests[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reader->request_count && reader->requests[low].number == number
               ? &reader->requests[low]
               : NULL;
}

/* Leave out what was asked for accounts that are gone, and count what others wait for. */
static liq_status rows_keep(liq_state_reader *reader)
{
    uint32_t kept = 0;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; i < reader->report_count; i++)
        if (request_find(reader, reader->reports[i].number)->row.account != LIQ_NO_INDEX)
            reader->reports[kept++] = reader->reports[i];
    reader->report_count = kept;
    kept = 0;
    for (uint32_t i = 0; status == LIQ_OK && i < reader->request_count; i++) {
        const liq_request request = reader->requests[i];

        if (request.row.account == LIQ_NO_INDEX)
            continue;
        reader->requests[kept++] = request;
        status = liq_row_map_set(&reader->awaited, request.row,
                                 liq_row_map_get(&reader->awaited, request.row) + 1, reader->err);
    }
    reader->request_count = kept;
    return status;
}
