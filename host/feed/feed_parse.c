/*
 * A line goes through the strict scan first; then its members are noted by key, so that they may
 * come in any order; then "type" says which keys must and may be there, and each key has one reader
 * that puts its value where it belongs.
 */
#include "feed/feed_parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/fail.h"
#include "feed/feed_fields.h"

enum { VALUES_MAX = 4 * LIQ_FEED_PAIRS_MAX };

static liq_status judge(liq_feed_parser *parser, liq_feed_batch *batch, liq_feed_event *event,
                        liq_error *err);
static liq_status read_line(liq_feed_reading *reading);
static liq_status first_of(liq_feed_reading *reading, liq_status first, liq_status second);
static liq_status make_bad(liq_feed_batch *batch, liq_feed_event *event, const char *message);
static size_t cut_bytes(liq_text start);

void liq_feed_parser_clear(liq_feed_parser *parser)
{
    free(parser->spans.items);
    *parser = (liq_feed_parser){0};
}

liq_status liq_feed_parse(liq_feed_parser *parser, liq_feed_batch *batch, liq_text line,
                          liq_error *err)
{
    liq_feed_event *event;
    liq_status status;

    LIQ_ASSERT(line.bytes <= LIQ_FEED_LINE_BYTES_MAX);
    if ((status = liq_feed_batch_add(batch, &event, err)) != LIQ_OK)
        return status;
    event->line = line;
    if ((status = judge(parser, batch, event, err)) != LIQ_OK)
        batch->event_count--;
    return status;
}

liq_status liq_feed_parse_cut(liq_feed_parser *parser, liq_feed_batch *batch, liq_text start,
                              liq_error *err)
{
    const liq_text kept = {start.data, cut_bytes(start)};
    char *const line = liq_feed_batch_take(batch, kept.bytes);
    char message[LIQ_ERROR_MESSAGE_BYTES];
    liq_feed_event *event;
    liq_status status;

    if (line == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for the start of a long line");
    memcpy(line, kept.data, kept.bytes);
    if ((status = liq_feed_parse(parser, batch, (liq_text){line, kept.bytes}, err)) != LIQ_OK)
        return status;
    event = &batch->events[batch->event_count - 1];
    LIQ_ASSERT(event->kind == LIQ_FEED_BAD);
    event->is_cut = true;
    (void)snprintf(message, sizeof message, "the line has more than %d bytes",
                   LIQ_FEED_LINE_BYTES_MAX);
    if ((status = make_bad(batch, event, message)) != LIQ_OK) {
        batch->event_count--;
        return liq_fail(err, status, 0, "out of memory for what is wrong with a long line");
    }
    return LIQ_OK;
}

/* Fill in the event that its line is. */
static liq_status judge(liq_feed_parser *parser, liq_feed_batch *batch, liq_feed_event *event,
                        liq_error *err)
{
    liq_error reason;
    liq_feed_reading reading = {.batch = batch,
                                .event = event,
                                .spans = &parser->spans,
                                .text = event->line.data,
                                .err = &reason};
    const size_t room =
        event->line.bytes + 1; /* a text without its quotes and escapes is shorter */
    char *const texts = liq_feed_batch_take(batch, room);
    liq_status status;

    if (texts == NULL)
        return liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for the texts of an event");
    reading.texts = texts;
    parser->spans.count_max = VALUES_MAX;
    status = read_line(&reading);
    liq_feed_batch_trim(batch, texts, room, (size_t)(reading.texts - texts));
    if (status != LIQ_OK && status != LIQ_OUT_OF_MEMORY)
        status = make_bad(batch, event, reason.message);
    if (status == LIQ_OUT_OF_MEMORY)
        return liq_fail(err, status, 0, "out of memory for an event of %zu bytes",
                        event->line.bytes);
    return LIQ_OK;
}

/* Whatever is wrong first is what the reason will say, but seq and account are read in any case. */
static liq_status read_line(liq_feed_reading *reading)
{
    liq_status status = liq_json_scan(reading->spans, "line", reading->event->line, reading->err);

    if (status == LIQ_OUT_OF_MEMORY || reading->spans->count == 0)
        return status;
    status = first_of(reading, status, LIQ_OK);
    status = first_of(reading, status, liq_feed_members_note(reading));
    status = first_of(reading, status, liq_feed_identity_read(reading));
    return status == LIQ_OK ? liq_feed_fields_read(reading) : status;
}

/* The first failure of two; what comes behind it does not write over its message. */
static liq_status first_of(liq_feed_reading *reading, liq_status first, liq_status second)
{
    if (first == LIQ_OK)
        first = second;
    if (first != LIQ_OK)
        reading->err = NULL;
    return first;
}

/* Turn what has been read of an event into a refused one. */
static liq_status make_bad(liq_feed_batch *batch, liq_feed_event *event, const char *message)
{
    const size_t bytes = strlen(message) + 1;
    char *const reason = liq_feed_batch_take(batch, bytes);

    if (reason == NULL)
        return LIQ_OUT_OF_MEMORY;
    memcpy(reason, message, bytes);
    *event = (liq_feed_event){.line = event->line,
                              .seq = event->seq,
                              .account = event->account,
                              .reason = reason,
                              .is_cut = event->is_cut,
                              .kind = LIQ_FEED_BAD};
    return LIQ_OK;
}

/* How much of a long line to keep: without brackets and space at the end, it is no whole object. */
static size_t cut_bytes(liq_text start)
{
    size_t bytes = start.bytes < LIQ_FEED_LINE_KEPT_BYTES ? start.bytes : LIQ_FEED_LINE_KEPT_BYTES;

    while (bytes > 0 && memchr("} \t\r\n", start.data[bytes - 1], 5) != NULL)
        bytes--;
    return bytes;
}
