#include "engine/intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"

static bool is_later(const liq_intake *intake, uint32_t source);
static bool lane_step(liq_intake *intake, uint32_t source, liq_status *status, liq_error *err);
static bool held_step(liq_intake *intake, uint32_t source, liq_status *status, liq_error *err);
static bool batch_step(liq_intake *intake, uint32_t source, const liq_feed_event *event,
                       liq_status *status, liq_error *err);
static void batch_expect(const liq_intake *intake, liq_lane *lane);
static liq_status held_take(liq_intake *intake, liq_lane *lane, liq_error *err);
static void batch_end(liq_lane *lane);
static void batches_drop(liq_intake *intake, liq_feed_batch *batch);
static void spent_give(liq_intake *intake, liq_lane *lane);
static bool may_come(const liq_intake *intake, const liq_feed_event *event);
static liq_status event_apply(liq_intake *intake, uint32_t source, const liq_feed_event *event,
                              liq_error *err);
static void applied_note(liq_intake *intake, uint32_t source, const liq_feed_event *event);
static void refused_say(liq_intake *intake, uint32_t source, uint64_t seq, const char *reason);
static liq_status gap_apply(liq_intake *intake, uint32_t source, const liq_feed_gap *gap,
                            liq_error *err);
static int64_t now_ms(void);

liq_status liq_intake_create(liq_intake *out, liq_error *err)
{
    liq_feed_order_limits limits = {.events_max = (uint32_t)out->config->reorder_events,
                                    .bytes_max = (size_t)out->config->queue_bytes};
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < out->config->source_count; i++) {
        liq_lane *lane = &out->lanes[i];

        limits.wait_max_ms = out->config->sources[i].gap_ms;
        if ((status = liq_feed_order_create(&lane->order, &limits, err)) == LIQ_OK &&
            (status = liq_feed_batch_create(&lane->waited, err)) == LIQ_OK)
            liq_feed_order_start(lane->order, out->core->sources[i].applied);
    }
    if (status != LIQ_OK)
        liq_intake_destroy(out);
    return status;
}

void liq_intake_destroy(liq_intake *intake)
{
    for (uint32_t i = 0; i < LIQ_CONFIG_SOURCES_MAX; i++) {
        liq_lane *lane = &intake->lanes[i];

        batches_drop(intake, lane->first);
        batches_drop(intake, lane->spent);
        liq_feed_batch_destroy(lane->waited);
        liq_feed_order_destroy(lane->order);
        *lane = (liq_lane){0};
    }
    liq_feed_parser_clear(&intake->parser);
}

/* Nobody is told that they were applied. */
static void batches_drop(liq_intake *intake, liq_feed_batch *batch)
{
    while (batch != NULL) {
        liq_feed_batch *next = batch->next;

        liq_feed_queue_drop(intake->queue, batch);
        batch = next;
    }
}

void liq_intake_take(liq_intake *intake, liq_feed_batch *batch)
{
    liq_lane *lane = &intake->lanes[batch->source];

    batch->next = NULL;
    lane->bytes += liq_feed_batch_memory(batch);
    if (lane->last != NULL)
        lane->last->next = batch;
    else
        lane->first = batch;
    lane->last = batch;
}

bool liq_intake_is_full(const liq_intake *intake)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < intake->config->source_count; i++)
        bytes += intake->lanes[i].bytes;
    return bytes > (size_t)intake->config->queue_bytes;
}

size_t liq_intake_spent_bytes(const liq_intake *intake)
{
    size_t bytes = 0;

    for (uint32_t i = 0; i < intake->config->source_count; i++)
        if (intake->lanes[i].first == NULL)
            bytes += intake->lanes[i].bytes;
    return bytes;
}

/*
 * One event of each source in turn, so that none waits for the flood of another. When all there is
 * room for waits for other sources, what they wait for can no longer come in: then they do not.
 */
liq_status liq_intake_run(liq_intake *intake, liq_error *err)
{
    liq_status status = LIQ_OK;
    bool has_moved = true;
    bool is_forced = false;

    intake->is_cut = false;
    while (has_moved && status == LIQ_OK) {
        has_moved = false;
        intake->is_forced = is_forced;
        for (uint32_t i = 0; status == LIQ_OK && i < intake->config->source_count; i++) {
            if (intake->due != NULL && !intake->config->coalesces && !liq_intake_is_torn(intake)) {
                intake->is_cut = true;
                return LIQ_OK;
            }
            if (is_later(intake, i))
                intake->is_cut = true;
            else
                has_moved |= lane_step(intake, i, &status, err);
        }
        is_forced = !has_moved && !intake->is_cut && status == LIQ_OK && liq_intake_is_full(intake);
        has_moved |= is_forced && !intake->is_forced;
    }
    intake->is_forced = false;
    return status;
}

/*
 * Marks do not wait for thousands of positions that came behind them: those are of the next tick.
 * What had come before is applied first, so a source is never left waiting by ever newer marks.
 */
static bool is_later(const liq_intake *intake, uint32_t source)
{
    const liq_feed_batch *batch = intake->lanes[source].first;

    return intake->due != NULL && intake->config->coalesces && batch != NULL &&
           batch->arrived_ns > intake->cut_ns && intake->lanes[source].held == NULL &&
           !intake->core->sources[source].feeds_prices && !liq_intake_is_torn(intake);
}

bool liq_intake_is_torn(const liq_intake *intake)
{
    for (uint32_t i = 0; i < intake->config->source_count; i++)
        if (intake->lanes[i].has_more && !intake->lanes[i].is_ended)
            return true;
    return false;
}

void liq_intake_committed(liq_intake *intake)
{
    intake->uncommitted = 0;
    intake->due = NULL;
    intake->coalesced += intake->marks_since > 1 ? intake->marks_since - 1 : 0;
    intake->marks_since = 0;
    for (uint32_t i = 0; i < intake->config->source_count; i++)
        spent_give(intake, &intake->lanes[i]);
}

/* An event that waits for its turn lies in a batch that came whole: that is not given back, so that
 * whoever sent it sends it again after a fall. */
static void spent_give(liq_intake *intake, liq_lane *lane)
{
    if (liq_feed_order_waiting(lane->order, NULL) > 0 || lane->held != NULL)
        return;
    while (lane->spent != NULL) {
        liq_feed_batch *next = lane->spent->next;

        lane->bytes -= liq_feed_batch_memory(lane->spent);
        liq_feed_queue_done(intake->queue, lane->spent);
        lane->spent = next;
    }
    lane->spent_last = NULL;
}

uint64_t liq_intake_oldest_ns(const liq_intake *intake)
{
    uint64_t oldest = 0;

    for (uint32_t i = 0; i < intake->config->source_count; i++) {
        const liq_feed_batch *batch = intake->lanes[i].first;

        if (batch != NULL && (oldest == 0 || batch->arrived_ns < oldest))
            oldest = batch->arrived_ns;
    }
    return oldest;
}

bool liq_intake_is_over(const liq_intake *intake)
{
    for (uint32_t i = 0; i < intake->config->source_count; i++)
        if (!intake->lanes[i].is_ended || intake->lanes[i].first != NULL)
            return false;
    return true;
}

static bool lane_step(liq_intake *intake, uint32_t source, liq_status *status, liq_error *err)
{
    liq_lane *lane = &intake->lanes[source];
    liq_feed_gap gap;

    if (lane->held != NULL)
        return held_step(intake, source, status, err);
    if (liq_feed_order_waiting(lane->order, NULL) > 0 &&
        liq_feed_order_expire(lane->order, now_ms(), &gap)) {
        if ((*status = gap_apply(intake, source, &gap, err)) == LIQ_OK)
            *status = held_take(intake, lane, err);
        return true;
    }
    while (lane->first != NULL && lane->next == lane->first->event_count)
        batch_end(lane); /* an empty one, such as the end of a source */
    if (lane->first == NULL)
        return false;
    batch_expect(intake, lane);
    return batch_step(intake, source, &lane->first->events[lane->next], status, err);
}

/* What waited for its turn, and may have to wait for another source besides. */
static bool held_step(liq_intake *intake, uint32_t source, liq_status *status, liq_error *err)
{
    liq_lane *lane = &intake->lanes[source];

    if (!may_come(intake, lane->held))
        return false;
    if ((*status = event_apply(intake, source, lane->held, err)) == LIQ_OK)
        *status = held_take(intake, lane, err);
    return *status == LIQ_OK;
}

/* Read what is next in the order again, if that is there. */
static liq_status held_take(liq_intake *intake, liq_lane *lane, liq_error *err)
{
    liq_text line;
    uint64_t seq;
    liq_status status;

    lane->held = NULL;
    if (!liq_feed_order_next(lane->order, &line, &seq))
        return LIQ_OK;
    liq_feed_batch_clear(lane->waited);
    if ((status = liq_feed_parse(&intake->parser, lane->waited, line, err)) == LIQ_OK)
        lane->held = &lane->waited->events[0];
    return status;
}

/* What the events ahead are about is asked for, so that it is there when they are applied. */
static void batch_expect(const liq_intake *intake, liq_lane *lane)
{
    const liq_live_book *book = &intake->core->live->book;
    const uint32_t count = lane->first->event_count;
    uint32_t at = lane->next == 0 ? 0 : lane->next + LIQ_LIVE_AHEAD - 1;

    for (; at < count && at < lane->next + LIQ_LIVE_AHEAD; at++)
        liq_live_expect(book, &lane->ahead, lane->first->events[at].account);
}

static bool batch_step(liq_intake *intake, uint32_t source, const liq_feed_event *event,
                       liq_status *status, liq_error *err)
{
    liq_lane *lane = &intake->lanes[source];
    liq_feed_gap gap;

    if (event->seq == liq_feed_order_last(lane->order) + 1 &&
        (!may_come(intake, event) || (*status = event_apply(intake, source, event, err)) != LIQ_OK))
        return false;
    switch (liq_feed_order_take(lane->order, event, now_ms(), &gap)) {
    case LIQ_FEED_APPLY:
        *status = held_take(intake, lane, err);
        break;
    case LIQ_FEED_REPEAT:
        lane->counts.repeated++;
        break;
    case LIQ_FEED_WAITS:
        lane->counts.waited++;
        break;
    case LIQ_FEED_GAP: /* the event is taken again behind what waited */
        if ((*status = gap_apply(intake, source, &gap, err)) == LIQ_OK)
            *status = held_take(intake, lane, err);
        return true;
    case LIQ_FEED_UNNUMBERED:
        lane->counts.refused++;
        refused_say(intake, source, 0, event->reason);
        break;
    }
    lane->next++;
    if (lane->next == lane->first->event_count)
        batch_end(lane);
    return true;
}

/* The first batch is read to its end. */
static void batch_end(liq_lane *lane)
{
    liq_feed_batch *batch = lane->first;

    lane->is_ended |= batch->is_end;
    lane->first = batch->next;
    lane->next = 0;
    if (lane->first == NULL)
        lane->last = NULL;
    batch->next = NULL;
    if (lane->spent == NULL)
        lane->spent = batch;
    else
        lane->spent_last->next = batch;
    lane->spent_last = batch;
}

static bool may_come(const liq_intake *intake, const liq_feed_event *event)
{
    for (uint32_t i = 0; !intake->is_forced && i < event->after_count; i++) {
        uint32_t source;

        if (liq_engine_config_source(intake->config, event->after[i].source, &source) &&
            intake->core->sources[source].applied < event->after[i].seq)
            return false;
    }
    return true;
}

/* Written down first: an event that the journal does not take is not applied either. */
static liq_status event_apply(liq_intake *intake, uint32_t source, const liq_feed_event *event,
                              liq_error *err)
{
    liq_error reason;
    liq_status status =
        liq_journal_input(intake->journal, intake->config->sources[source].name, event->line, err);

    if (status != LIQ_OK)
        return status;
    applied_note(intake, source, event);
    status = liq_core_apply(intake->core, source, event, &reason);
    if (status == LIQ_OUT_OF_MEMORY)
        return liq_fail(err, status, reason.native, "%s", reason.message);
    if (status != LIQ_OK) {
        intake->lanes[source].counts.refused++;
        refused_say(intake, source, event->seq, reason.message);
    }
    return LIQ_OK;
}

static void applied_note(liq_intake *intake, uint32_t source, const liq_feed_event *event)
{
    static const char *const causes[] = {
        [LIQ_FEED_MARKS] = "marks", [LIQ_FEED_FILL] = "fill", [LIQ_FEED_CONTROL] = "control"};
    liq_lane *lane = &intake->lanes[source];

    lane->counts.applied++;
    lane->has_more = event->more;
    if (intake->uncommitted++ == 0)
        intake->uncommitted_ns = liq_clock_ns();
    intake->marks_since += event->kind == LIQ_FEED_MARKS;
    if (!liq_core_is_due(event))
        return;
    intake->cut_ns = lane->first != NULL ? lane->first->arrived_ns : intake->uncommitted_ns;
    if (intake->due != NULL)
        return;
    intake->due = causes[event->kind];
    intake->due_ns = intake->cut_ns;
}

static void refused_say(liq_intake *intake, uint32_t source, uint64_t seq, const char *reason)
{
    liq_log_write(intake->log, LIQ_LOG_WARN, "event_refused",
                  LIQ_LOG_FIELDS(liq_log_string("source", intake->config->sources[source].name),
                                 liq_log_count("seq", seq), liq_log_string("reason", reason)));
    intake->tell(intake->context, source, 0, 0, seq, reason);
}

/* A gap is an input like any other: whoever reads the journal again must find it there. */
static liq_status gap_apply(liq_intake *intake, uint32_t source, const liq_feed_gap *gap,
                            liq_error *err)
{
    const char *name = intake->config->sources[source].name;
    char from_name[LIQ_INTAKE_GAP_BYTES];
    char line[LIQ_INTAKE_GAP_BYTES];
    liq_status status;

    (void)snprintf(from_name, sizeof from_name, LIQ_INTAKE_GAP_PREFIX "%s", name);
    (void)snprintf(line, sizeof line, "%" PRIu64 " %" PRIu64, gap->from, gap->to);
    if ((status = liq_journal_input(intake->journal, from_name, liq_text_of(line), err)) != LIQ_OK)
        return status;
    liq_core_gap(intake->core, source, gap->from, gap->to);
    intake->lanes[source].counts.gaps++;
    if (intake->uncommitted++ == 0)
        intake->uncommitted_ns = liq_clock_ns();
    liq_log_write(intake->log, LIQ_LOG_WARN, "gap",
                  LIQ_LOG_FIELDS(liq_log_string("source", name), liq_log_count("from", gap->from),
                                 liq_log_count("to", gap->to)));
    intake->tell(intake->context, source, gap->from, gap->to, 0, "gap");
    return LIQ_OK;
}

static int64_t now_ms(void)
{
    return (int64_t)(liq_clock_ns() / 1000000);
}
