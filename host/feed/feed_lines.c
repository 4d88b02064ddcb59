#include "feed/feed_lines.h"

#include "base/clock.h"
#include "base/fail.h"

static liq_status hand_over(liq_feed_lines *lines, const char *end, liq_feed_batch **out,
                            liq_error *err);
static liq_status rest_keep(liq_feed_lines *lines, const char *rest, size_t bytes, liq_error *err);
static liq_status cut_over(liq_feed_lines *lines, liq_feed_batch **out, liq_error *err);
static liq_status parse_all(liq_feed_lines *lines, liq_feed_batch *batch, liq_error *err);
static liq_status parse_one(liq_feed_lines *lines, liq_feed_batch *batch, liq_text line,
                            liq_error *err);
static size_t skip(liq_feed_lines *lines, size_t bytes);

void liq_feed_lines_start(liq_feed_lines *lines, liq_feed_queue *queue, liq_feed_parser *parser,
                          uint32_t source)
{
    *lines = (liq_feed_lines){.queue = queue, .parser = parser, .source = source};
}

void liq_feed_lines_stop(liq_feed_lines *lines)
{
    if (lines->queue != NULL)
        liq_feed_queue_drop(lines->queue, lines->filling);
    *lines = (liq_feed_lines){0};
}

liq_status liq_feed_lines_room(liq_feed_lines *lines, char **out, size_t *room, liq_error *err)
{
    liq_status status;

    if (lines->filling == NULL) {
        status = liq_feed_queue_blank(lines->queue, &lines->filling, err);
        if (status != LIQ_OK)
            return status;
    }
    /* A line grows by doubling, and a read never by more than one of them. */
    if (lines->used == lines->filling->byte_capacity) {
        status = liq_feed_batch_room(lines->filling, lines->used + 1, err);
        if (status != LIQ_OK)
            return status;
    }
    *out = lines->filling->bytes + lines->used;
    *room = lines->filling->byte_capacity - lines->used;
    if (*room > LIQ_FEED_READ_BYTES)
        *room = LIQ_FEED_READ_BYTES;
    return LIQ_OK;
}

liq_status liq_feed_lines_took(liq_feed_lines *lines, size_t bytes, liq_feed_batch **out,
                               liq_error *err)
{
    const char *last;

    *out = NULL;
    LIQ_ASSERT(lines->filling != NULL);
    LIQ_ASSERT(bytes <= lines->filling->byte_capacity - lines->used);
    if (lines->is_skipping)
        bytes = skip(lines, bytes);
    if (bytes == 0)
        return LIQ_OK;
    if (lines->used == 0)
        lines->since_ns = liq_clock_ns();
    last = memrchr(lines->filling->bytes + lines->used, '\n', bytes);
    lines->used += bytes;
    if (last != NULL)
        return hand_over(lines, last + 1, out, err);
    return lines->used > LIQ_FEED_LINE_BYTES_MAX ? cut_over(lines, out, err) : LIQ_OK;
}

liq_status liq_feed_lines_end(liq_feed_lines *lines, liq_feed_batch **out, liq_error *err)
{
    char *unused;
    size_t room;
    liq_status status;

    *out = NULL;
    if ((status = liq_feed_lines_room(lines, &unused, &room, err)) != LIQ_OK)
        return status;
    if (lines->used == 0)
        lines->since_ns = liq_clock_ns();
    lines->filling->bytes[lines->used] = '\n'; /* there is room for it */
    lines->used += lines->used > 0;
    if ((status = hand_over(lines, lines->filling->bytes + lines->used, out, err)) != LIQ_OK)
        return status;
    if (*out == NULL && (status = liq_feed_queue_blank(lines->queue, out, err)) != LIQ_OK)
        return status;
    (*out)->source = lines->source;
    (*out)->arrived_ns = lines->since_ns;
    (*out)->is_end = true;
    return LIQ_OK;
}

/* Make a batch of the lines up to end, and start the next one with what is behind it. */
static liq_status hand_over(liq_feed_lines *lines, const char *end, liq_feed_batch **out,
                            liq_error *err)
{
    liq_feed_batch *const batch = lines->filling;
    const size_t rest = lines->used - (size_t)(end - batch->bytes);
    liq_status status;

    batch->byte_count = (size_t)(end - batch->bytes);
    batch->source = lines->source;
    batch->arrived_ns = lines->since_ns;
    lines->filling = NULL;
    status = rest_keep(lines, end, rest, err);
    if (status == LIQ_OK)
        status = parse_all(lines, batch, err);
    if (status == LIQ_OK && batch->event_count > 0)
        *out = batch;
    else
        liq_feed_queue_drop(lines->queue, batch);
    return status;
}

static liq_status rest_keep(liq_feed_lines *lines, const char *rest, size_t bytes, liq_error *err)
{
    liq_status status;

    lines->used = 0;
    if (bytes == 0)
        return LIQ_OK;
    if ((status = liq_feed_queue_blank(lines->queue, &lines->filling, err)) != LIQ_OK)
        return status;
    LIQ_ASSERT(bytes <= lines->filling->byte_capacity); /* less than one read */
    memcpy(lines->filling->bytes, rest, bytes);
    lines->used = bytes;
    lines->since_ns = liq_clock_ns();
    return LIQ_OK;
}

/* Make a batch of one refused event, of a line that grew too long. */
static liq_status cut_over(liq_feed_lines *lines, liq_feed_batch **out, liq_error *err)
{
    liq_feed_batch *const batch = lines->filling;
    const liq_text start = {batch->bytes, lines->used};
    liq_status status;

    batch->source = lines->source;
    batch->arrived_ns = lines->since_ns;
    lines->filling = NULL;
    lines->used = 0;
    lines->is_skipping = true;
    status = liq_feed_parse_cut(lines->parser, batch, start, err);
    if (status == LIQ_OK)
        *out = batch;
    else
        liq_feed_queue_drop(lines->queue, batch);
    return status;
}

static liq_status parse_all(liq_feed_lines *lines, liq_feed_batch *batch, liq_error *err)
{
    const char *at = batch->bytes;
    const char *const end = at + batch->byte_count;
    liq_status status = LIQ_OK;

    while (at < end && status == LIQ_OK) {
        const char *const newline = memchr(at, '\n', (size_t)(end - at));

        LIQ_ASSERT(newline != NULL);
        status = parse_one(lines, batch, (liq_text){at, (size_t)(newline - at)}, err);
        at = newline + 1;
    }
    return status;
}

static liq_status parse_one(liq_feed_lines *lines, liq_feed_batch *batch, liq_text line,
                            liq_error *err)
{
    if (line.bytes == 0 || (line.bytes == 1 && line.data[0] == '\r'))
        return LIQ_OK;
    if (line.bytes > LIQ_FEED_LINE_BYTES_MAX)
        return liq_feed_parse_cut(lines->parser, batch, line, err);
    return liq_feed_parse(lines->parser, batch, line, err);
}

/* Drop what belongs to the line that was too long; returns how many bytes are left behind it. */
static size_t skip(liq_feed_lines *lines, size_t bytes)
{
    char *const begin = lines->filling->bytes;
    const char *const newline = memchr(begin, '\n', bytes);
    size_t left;

    LIQ_ASSERT(lines->used == 0);
    if (newline == NULL)
        return 0;
    lines->is_skipping = false;
    left = bytes - (size_t)(newline + 1 - begin);
    memmove(begin, newline + 1, left);
    return left;
}
