#include "feed/feed_nats.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "base/monitor.h"
#include "feed/feed_parse.h"

enum {
    TEXTS = 8,
    FETCH_WAIT_MS = 20,       /* acknowledgements are looked at as often */
    BATCH_BYTES = 256 * 1024, /* a batch with so many is handed over before it grows */
    FULL_WAIT_NS = 10000000,  /* for room in the queue */
    PAUSE_NS = 50000000,      /* after a failure; after more in a row up to so many times that */
    PAUSE_STEPS = 20,
    WORKING_EVERY_NS = 500000000, /* a quarter of the wait that consumers are made with */
    STOP_FLUSH_MS = 1000
};

/* A message that is not acknowledged yet. */
typedef struct held {
    uint64_t seq;        /* the last of its events; 0: none of them has one */
    uint64_t touched_ns; /* when the broker last knew that it is worked on */
    size_t end;          /* of its bytes in the batch that is filled */
    char reply[LIQ_NATS_REPLY_BYTES];
} held;

struct liq_feed_nats {
    liq_feed_queue *queue;
    liq_feed_nats_options options; /* texts are ours */
    char *texts[TEXTS];
    uint64_t working_every_ns; /* the broker is told of what waits */
    liq_nats_link *link;       /* this and what follows is of the thread */
    liq_nats_pull *pull;
    liq_feed_parser parser;
    liq_feed_batch *filling; /* not read yet */
    liq_feed_batch *waiting; /* read, for room in the queue; linked, the oldest first */
    liq_feed_batch **waiting_end;
    uint32_t filling_count; /* messages in it: the last ones held */
    uint32_t in_a_row;      /* failures */
    bool is_broken;         /* memory ran out: what was pulled comes again */
    bool is_closed;         /* the queue is: nothing is pulled any more */
    held *held_ring;        /* in the order in which they came */
    uint32_t head;
    uint32_t held_count;
    pthread_t thread;
    atomic_bool is_stopping;
    atomic_bool is_connected;
    atomic_bool is_failing;
    atomic_ullong applied;
    atomic_ullong messages;
    atomic_ullong bytes;
    atomic_ullong acknowledged;
    atomic_ullong failures;
    atomic_uint unsettled;
    liq_monitor monitor; /* of all below; told when it has to stop */
    uint64_t answers_dropped;
    size_t answer_bytes;
    char *answers; /* LIQ_FEED_NATS_ANSWER_BYTES; behind them as many that are being sent */
    char error[LIQ_ERROR_MESSAGE_BYTES];
};

static liq_status texts_keep(liq_feed_nats *reader, const liq_feed_nats_options *options,
                             liq_error *err);
static void reader_free(liq_feed_nats *reader);
static void *thread_main(void *of);
static bool ready_make(liq_feed_nats *reader);
static void disconnect(liq_feed_nats *reader);
static void filling_drop(liq_feed_nats *reader);
static void failed(liq_feed_nats *reader, const liq_error *error);
static void sleep_until(liq_feed_nats *reader, uint64_t until_ns);
static bool messages_pull(liq_feed_nats *reader, liq_error *err);
static void message_take(void *of, const liq_nats_message *message);
static liq_status message_keep(liq_feed_nats *reader, const liq_nats_message *message);
static void batch_hand_over(liq_feed_nats *reader);
static liq_status messages_parse(liq_feed_nats *reader);
static liq_status line_parse(liq_feed_nats *reader, liq_text line);
static void waiting_push(liq_feed_nats *reader);
static void settle(liq_feed_nats *reader);
static void answers_send(liq_feed_nats *reader);
static held *held_at(liq_feed_nats *reader, uint32_t place);

liq_status liq_feed_nats_start(liq_feed_nats **out, liq_feed_queue *queue,
                               const liq_feed_nats_options *options, liq_error *err)
{
    liq_feed_nats *reader = NULL;
    liq_status status;

    if ((status = liq_memory_array(&reader, 1, sizeof *reader, err)) != LIQ_OK)
        return status;
    liq_monitor_init(&reader->monitor);
    reader->queue = queue;
    reader->waiting_end = &reader->waiting;
    atomic_store(&reader->applied, options->applied);
    reader->working_every_ns =
        options->ack_wait_ns == 0 ? WORKING_EVERY_NS : options->ack_wait_ns / 4;
    if ((status = texts_keep(reader, options, err)) != LIQ_OK ||
        (status = liq_memory_array(&reader->held_ring, LIQ_FEED_NATS_UNSETTLED_MAX,
                                   sizeof *reader->held_ring, err)) != LIQ_OK ||
        (status = liq_memory_array(&reader->answers, 2 * LIQ_FEED_NATS_ANSWER_BYTES, 1, err)) !=
            LIQ_OK ||
        (status = liq_nats_options_check(&reader->options.broker, err)) != LIQ_OK ||
        (status = liq_thread_start(&reader->thread, "feed nats", thread_main, reader, err)) !=
            LIQ_OK)
        goto done;
    *out = reader;
    reader = NULL;
done:
    reader_free(reader);
    return status;
}

void liq_feed_nats_stop(liq_feed_nats *reader)
{
    if (reader == NULL)
        return;
    atomic_store(&reader->is_stopping, true);
    liq_monitor_enter(&reader->monitor);
    liq_monitor_tell(&reader->monitor);
    liq_monitor_leave(&reader->monitor);
    LIQ_ASSERT(pthread_join(reader->thread, NULL) == 0);
    reader_free(reader);
}

void liq_feed_nats_acknowledge(liq_feed_nats *reader, uint64_t seq)
{
    atomic_store(&reader->applied, seq);
}

void liq_feed_nats_tell(liq_feed_nats *reader, liq_text line)
{
    if (reader->options.answers == NULL)
        return;
    liq_monitor_enter(&reader->monitor);
    if (line.bytes <= LIQ_FEED_NATS_ANSWER_BYTES - reader->answer_bytes) {
        memcpy(reader->answers + reader->answer_bytes, line.data, line.bytes);
        reader->answer_bytes += line.bytes;
    } else {
        reader->answers_dropped++;
    }
    liq_monitor_leave(&reader->monitor);
}

void liq_feed_nats_facts_read(liq_feed_nats *reader, liq_feed_nats_facts *out)
{
    *out = (liq_feed_nats_facts){.is_connected = atomic_load(&reader->is_connected),
                                 .is_failing = atomic_load(&reader->is_failing),
                                 .messages = atomic_load(&reader->messages),
                                 .bytes = atomic_load(&reader->bytes),
                                 .acknowledged = atomic_load(&reader->acknowledged),
                                 .unsettled = atomic_load(&reader->unsettled),
                                 .failures = atomic_load(&reader->failures)};
    liq_monitor_enter(&reader->monitor);
    out->answers_dropped = reader->answers_dropped;
    memcpy(out->error, reader->error, sizeof out->error);
    liq_monitor_leave(&reader->monitor);
}

static liq_status texts_keep(liq_feed_nats *reader, const liq_feed_nats_options *options,
                             liq_error *err)
{
    const char *const from[TEXTS] = {
        options->broker.servers,   options->broker.name, options->broker.credentials,
        options->broker.authority, options->stream,      options->subject,
        options->durable,          options->answers};
    liq_status status = LIQ_OK;

    for (size_t i = 0; i < TEXTS && status == LIQ_OK; i++) {
        if (from[i] == NULL)
            continue;
        status = liq_memory_array(&reader->texts[i], strlen(from[i]) + 1, 1, err);
        if (status == LIQ_OK)
            (void)strcpy(reader->texts[i], from[i]);
    }
    reader->options = *options;
    reader->options.broker = (liq_nats_options){.servers = reader->texts[0],
                                                .name = reader->texts[1],
                                                .credentials = reader->texts[2],
                                                .authority = reader->texts[3]};
    reader->options.stream = reader->texts[4];
    reader->options.subject = reader->texts[5];
    reader->options.durable = reader->texts[6];
    reader->options.answers = reader->texts[7];
    return status;
}

static void reader_free(liq_feed_nats *reader)
{
    if (reader == NULL)
        return;
    liq_feed_parser_clear(&reader->parser);
    liq_monitor_clear(&reader->monitor);
    for (size_t i = 0; i < TEXTS; i++)
        free(reader->texts[i]);
    free(reader->held_ring);
    free(reader->answers);
    free(reader);
}

static void *thread_main(void *of)
{
    liq_feed_nats *reader = of;

    while (!atomic_load(&reader->is_stopping)) {
        liq_error error;

        if (!ready_make(reader))
            continue;
        settle(reader);
        answers_send(reader);
        waiting_push(reader);
        if (!messages_pull(reader, &error))
            failed(reader, &error);
    }
    if (reader->link != NULL) {
        settle(reader);
        answers_send(reader);
        (void)!liq_nats_flush(reader->link, STOP_FLUSH_MS, NULL);
    }
    disconnect(reader);
    reader->is_closed = true;
    waiting_push(reader);
    return NULL;
}

/* See to a connection and to the consumer. What is held over from a connection before can be
 * acknowledged over this one. */
static bool ready_make(liq_feed_nats *reader)
{
    const liq_nats_pull_options options = {.stream = reader->options.stream,
                                           .subject = reader->options.subject,
                                           .durable = reader->options.durable,
                                           .is_made = reader->options.is_made,
                                           .ack_wait_ns = reader->options.ack_wait_ns};
    liq_error error;

    if (reader->link != NULL && liq_nats_link_is_up(reader->link))
        return true;
    if (reader->link != NULL) {
        (void)liq_fail(&error, LIQ_IO, 0, "consumer %s of stream %s: the connection is lost",
                       options.durable, options.stream);
        failed(reader, &error);
        return false;
    }
    if (liq_nats_link_create(&reader->link, &reader->options.broker, &error) != LIQ_OK ||
        liq_nats_pull_create(&reader->pull, reader->link, &options, &error) != LIQ_OK) {
        failed(reader, &error);
        return false;
    }
    atomic_store(&reader->is_connected, true);
    atomic_store(&reader->is_failing, false);
    return true;
}

static void disconnect(liq_feed_nats *reader)
{
    liq_nats_pull_destroy(reader->pull);
    liq_nats_link_destroy(reader->link);
    reader->pull = NULL;
    reader->link = NULL;
    atomic_store(&reader->is_connected, false);
    filling_drop(reader);
    reader->is_broken = false;
}

/* Let go what was not handed over: it comes again. */
static void filling_drop(liq_feed_nats *reader)
{
    liq_feed_queue_drop(reader->queue, reader->filling);
    reader->filling = NULL;
    reader->held_count -= reader->filling_count;
    reader->filling_count = 0;
    atomic_store(&reader->unsettled, reader->held_count);
}

static void failed(liq_feed_nats *reader, const liq_error *error)
{
    const uint32_t steps = ++reader->in_a_row < PAUSE_STEPS ? reader->in_a_row : PAUSE_STEPS;

    disconnect(reader);
    atomic_fetch_add(&reader->failures, 1);
    atomic_store(&reader->is_failing, true);
    liq_monitor_enter(&reader->monitor);
    memcpy(reader->error, error->message, sizeof reader->error);
    liq_monitor_leave(&reader->monitor);
    sleep_until(reader, liq_clock_ns() + (uint64_t)PAUSE_NS * steps);
}

static void sleep_until(liq_feed_nats *reader, uint64_t until_ns)
{
    liq_monitor_enter(&reader->monitor);
    while (!atomic_load(&reader->is_stopping) && liq_monitor_wait(&reader->monitor, until_ns))
        continue;
    liq_monitor_leave(&reader->monitor);
}

/* Pull what is there into the batch that is filled; full batches are handed over meanwhile. While
 * there is no room for them, only what the broker has sent already is pulled, so that none of it
 * lies where it cannot be spoken for. */
static bool messages_pull(liq_feed_nats *reader, liq_error *err)
{
    const bool is_asking =
        !reader->is_closed && reader->waiting == NULL &&
        reader->held_count <= LIQ_FEED_NATS_UNSETTLED_MAX - 2 * LIQ_NATS_FETCH_MAX;
    uint32_t count;

    if (liq_nats_pull_fetch(reader->pull, is_asking, FETCH_WAIT_MS, message_take, reader, &count,
                            err) != LIQ_OK)
        return false;
    batch_hand_over(reader);
    if (reader->is_broken) {
        (void)liq_fail(err, LIQ_OUT_OF_MEMORY, 0, "out of memory for what stream %s brings",
                       reader->options.stream);
        return false;
    }
    reader->in_a_row = count > 0 ? 0 : reader->in_a_row;
    if (count == 0 && !is_asking)
        sleep_until(reader, liq_clock_ns() + FULL_WAIT_NS);
    return true;
}

static void message_take(void *of, const liq_nats_message *message)
{
    liq_feed_nats *reader = of;

    if (reader->filling_count > 0 &&
        reader->filling->byte_count + message->payload.bytes > BATCH_BYTES)
        batch_hand_over(reader);
    if (!reader->is_broken && !reader->is_closed)
        reader->is_broken = message_keep(reader, message) != LIQ_OK;
}

static liq_status message_keep(liq_feed_nats *reader, const liq_nats_message *message)
{
    liq_feed_batch *batch = reader->filling;
    held *kept;
    liq_status status;

    if (batch == NULL) {
        if ((status = liq_feed_queue_blank(reader->queue, &reader->filling, NULL)) != LIQ_OK)
            return status;
        batch = reader->filling;
        batch->source = reader->options.source;
        batch->arrived_ns = liq_clock_ns();
    }
    status = liq_feed_batch_room(batch, batch->byte_count + message->payload.bytes + 1, NULL);
    if (status != LIQ_OK)
        return status;
    memcpy(batch->bytes + batch->byte_count, message->payload.data, message->payload.bytes);
    batch->byte_count += message->payload.bytes;
    batch->bytes[batch->byte_count++] = '\n'; /* a line that is empty is none */
    LIQ_ASSERT(reader->held_count < LIQ_FEED_NATS_UNSETTLED_MAX);
    kept = held_at(reader, reader->held_count++);
    reader->filling_count++;
    kept->touched_ns = batch->arrived_ns;
    kept->end = batch->byte_count;
    kept->seq = 0;
    (void)strcpy(kept->reply, message->reply);
    atomic_fetch_add(&reader->messages, 1);
    atomic_fetch_add(&reader->bytes, message->payload.bytes);
    atomic_store(&reader->unsettled, reader->held_count);
    return LIQ_OK;
}

/* Read the events of the batch that is filled, and push it or have it wait. */
static void batch_hand_over(liq_feed_nats *reader)
{
    liq_feed_batch *batch = reader->filling;

    if (batch == NULL || reader->is_broken)
        return;
    if (messages_parse(reader) != LIQ_OK) {
        reader->is_broken = true;
        return;
    }
    reader->filling = NULL;
    reader->filling_count = 0;
    batch->next = NULL;
    *reader->waiting_end = batch;
    reader->waiting_end = &batch->next;
    waiting_push(reader);
}

static liq_status messages_parse(liq_feed_nats *reader)
{
    liq_feed_batch *batch = reader->filling;
    const char *at = batch->bytes;

    for (uint32_t i = 0; i < reader->filling_count; i++) {
        held *of = held_at(reader, reader->held_count - reader->filling_count + i);
        const char *const end = batch->bytes + of->end;
        const uint32_t first = batch->event_count;

        while (at < end) {
            const char *const newline = memchr(at, '\n', (size_t)(end - at));
            const liq_status status = line_parse(reader, (liq_text){at, (size_t)(newline - at)});

            if (status != LIQ_OK)
                return status;
            at = newline + 1;
        }
        for (uint32_t k = first; k < batch->event_count; k++)
            if (batch->events[k].seq > of->seq)
                of->seq = batch->events[k].seq;
    }
    return LIQ_OK;
}

static liq_status line_parse(liq_feed_nats *reader, liq_text line)
{
    if (line.bytes == 0 || (line.bytes == 1 && line.data[0] == '\r'))
        return LIQ_OK;
    if (line.bytes > LIQ_FEED_LINE_BYTES_MAX)
        return liq_feed_parse_cut(&reader->parser, reader->filling, line, NULL);
    return liq_feed_parse(&reader->parser, reader->filling, line, NULL);
}

/* Push what waits, as far as there is room for it. */
static void waiting_push(liq_feed_nats *reader)
{
    while (reader->waiting != NULL) {
        liq_feed_batch *batch = reader->waiting;
        liq_feed_batch *const next = batch->next;
        const liq_feed_pushed pushed =
            reader->is_closed ? LIQ_FEED_CLOSED : liq_feed_queue_try_push(reader->queue, batch);

        if (pushed == LIQ_FEED_FULL)
            return;
        if (pushed == LIQ_FEED_CLOSED) {
            reader->is_closed = true; /* nobody will apply it: it comes again */
            liq_feed_queue_drop(reader->queue, batch);
        }
        reader->waiting = next;
        if (next == NULL)
            reader->waiting_end = &reader->waiting;
    }
}

/* Acknowledge what is durable, in the order in which it came, and speak for the rest. What cannot
 * be sent now comes again. */
static void settle(liq_feed_nats *reader)
{
    const uint64_t applied = atomic_load(&reader->applied);
    const uint32_t handed_over = reader->held_count - reader->filling_count;
    const uint64_t now_ns = liq_clock_ns();
    uint32_t acknowledged = 0;

    while (acknowledged < handed_over && held_at(reader, acknowledged)->seq <= applied)
        (void)!liq_nats_acknowledge(reader->link, held_at(reader, acknowledged++)->reply, NULL);
    reader->head = (reader->head + acknowledged) % LIQ_FEED_NATS_UNSETTLED_MAX;
    reader->held_count -= acknowledged;
    atomic_fetch_add(&reader->acknowledged, acknowledged);
    atomic_store(&reader->unsettled, reader->held_count);
    for (uint32_t i = 0; i < reader->held_count; i++) {
        held *waiting = held_at(reader, i);

        if (now_ns - waiting->touched_ns < reader->working_every_ns)
            continue;
        (void)!liq_nats_working(reader->link, waiting->reply, NULL);
        waiting->touched_ns = now_ns;
    }
}

static void answers_send(liq_feed_nats *reader)
{
    char *at = reader->answers + LIQ_FEED_NATS_ANSWER_BYTES;
    size_t left;

    if (reader->options.answers == NULL)
        return;
    liq_monitor_enter(&reader->monitor);
    left = reader->answer_bytes;
    memcpy(at, reader->answers, left);
    reader->answer_bytes = 0;
    liq_monitor_leave(&reader->monitor);
    while (left > 0) {
        const char *const newline = memchr(at, '\n', left);
        const size_t bytes = newline == NULL ? left : (size_t)(newline - at);

        (void)!liq_nats_send(reader->link, reader->options.answers, (liq_text){at, bytes}, NULL);
        at += newline == NULL ? bytes : bytes + 1;
        left -= newline == NULL ? bytes : bytes + 1;
    }
}

static held *held_at(liq_feed_nats *reader, uint32_t place)
{
    return &reader->held_ring[(reader->head + place) % LIQ_FEED_NATS_UNSETTLED_MAX];
}
