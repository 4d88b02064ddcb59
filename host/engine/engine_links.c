/*
 * Whoever reads events for the engine, sends its decisions on, and answers operators.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fail.h"
#include "base/memory.h"
#include "engine/engine_internal.h"
#include "feed/feed_message.h"

/* How long an orderly end waits for outlets and clients, and who may use the socket. */
enum { END_NS = 2000000000, SOCKET_MODE = 0660, DECISION_BYTES = 1024 * 1024 + 1 };

static liq_status older_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err);
static liq_status socket_start(liq_engine *engine, liq_error *err);
static liq_status sources_start(liq_engine *engine, liq_error *err);
static liq_status outlets_start(liq_engine *engine, liq_error *err);
static liq_status outlet_start(liq_engine *engine, uint32_t index, liq_error *err);
static uint64_t outlet_from(const liq_engine *engine, const liq_outlet_config *outlet,
                            const char *name);
static liq_status pages_start(liq_engine *engine, liq_error *err);
static void pages_wake(void *context);
static liq_status decisions_read(void *context, uint32_t last, char **body, size_t *bytes,
                                 liq_error *err);
static liq_status lines_collect(liq_journal_reader *reader, uint64_t seq, char **body,
                                size_t *bytes, liq_error *err);

liq_status liq_engine_links_start(liq_engine *engine, liq_error *err)
{
    liq_status status;

    engine->older.pull = (liq_line_pull){.context = &engine->older, .next = older_next};
    engine->tail = (liq_line_tail){.ring = engine->ring, .older = &engine->older.pull};
    if ((status = outlets_start(engine, err)) != LIQ_OK ||
        (status = pages_start(engine, err)) != LIQ_OK ||
        (status = socket_start(engine, err)) != LIQ_OK)
        return status;
    return sources_start(engine, err);
}

/* Several threads may lag at once; each is given a piece at a time. */
static liq_status older_next(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                             uint64_t *next_seq, liq_error *err)
{
    liq_older_lines *older = context;
    liq_status status;

    (void)pthread_mutex_lock(&older->lock);
    status = liq_journal_reader_lines(older->reader, seq, out, room, bytes, next_seq, err);
    (void)pthread_mutex_unlock(&older->lock);
    return status;
}

static liq_status socket_start(liq_engine *engine, liq_error *err)
{
    const liq_engine_config *config = engine->config;
    uint64_t applied[LIQ_CONFIG_SOURCES_MAX];
    liq_feed_socket_options options = {.path = config->socket,
                                       .mode = SOCKET_MODE,
                                       .sources = engine->socket_sources,
                                       .applied = applied,
                                       .source_count = config->source_count,
                                       .lines = liq_line_tail_pull(&engine->tail)};
    liq_status status;

    if (config->socket == NULL)
        return LIQ_OK;
    for (uint32_t i = 0; i < config->source_count; i++) {
        applied[i] = engine->core.sources[i].applied;
        if (config->sources[i].kind == LIQ_SOURCE_SOCKET)
            engine->socket_sources[i] = config->sources[i].name;
    }
    if ((status = liq_feed_socket_start(&engine->socket, engine->queue, &options, err)) == LIQ_OK)
        liq_line_ring_watch(engine->ring, liq_feed_socket_event(engine->socket));
    return status;
}

static liq_status sources_start(liq_engine *engine, liq_error *err)
{
    const liq_engine_config *config = engine->config;
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < config->source_count; i++) {
        const liq_source_config *source = &config->sources[i];
        const liq_feed_nats_options options = {
            .broker = {.servers = config->nats, .name = config->name},
            .stream = source->stream,
            .subject = source->subject,
            .durable = source->durable,
            .answers = source->answers,
            .is_made = source->creates,
            .source = i,
            .applied = engine->core.sources[i].applied};

        if (source->kind == LIQ_SOURCE_STDIN)
            status =
                liq_feed_stdin_start(&engine->standard_input, engine->queue, STDIN_FILENO, i, err);
        else if (source->kind == LIQ_SOURCE_NATS)
            status = liq_feed_nats_start(&engine->nats_feeds[i], engine->queue, &options, err);
        else
            engine->intake.lanes[i].is_ended = config->socket == NULL;
    }
    return status;
}

static liq_status outlets_start(liq_engine *engine, liq_error *err)
{
    const uint64_t last = engine->core.seq;
    liq_status status = LIQ_OK;

    if (engine->config->stdout_from > last + 1)
        return liq_fail(err, LIQ_OUT_OF_RANGE, 0,
                        "standard output cannot begin with decision %" PRIu64
                        ": the last one is %" PRIu64,
                        engine->config->stdout_from, last);
    for (uint32_t i = 0; status == LIQ_OK && i < engine->config->outlet_count; i++)
        status = outlet_start(engine, i, err);
    return status;
}

/* What an outlet has is noted under its name, so that it goes on there after a restart. */
static liq_status outlet_start(liq_engine *engine, uint32_t index, liq_error *err)
{
    static const liq_outlet_kind kinds[] = {[LIQ_TO_STDOUT] = LIQ_OUTLET_STANDARD,
                                            [LIQ_TO_FILE] = LIQ_OUTLET_FILE,
                                            [LIQ_TO_NATS] = LIQ_OUTLET_NATS};
    const liq_outlet_config *config = &engine->config->outlets[index];
    const char *name = engine->outlet_names[index];
    const liq_outlet_options options = {
        .kind = kinds[config->kind],
        .name = name,
        .path = config->kind == LIQ_TO_FILE ? config->target : NULL,
        .descriptor = STDOUT_FILENO,
        .from_seq = outlet_from(engine, config, name),
        .broker = {.servers = engine->config->nats, .name = engine->config->name},
        .stream = config->stream,
        .subject = config->kind == LIQ_TO_NATS ? config->target : NULL,
        .prefix = engine->config->name,
        .is_made = config->stream != NULL};

    return liq_outlet_create(&engine->outlets[index], &options, engine->ring, &engine->older.pull,
                             err);
}

/* Whoever reads standard output may know better than the journal what he has. */
static uint64_t outlet_from(const liq_engine *engine, const liq_outlet_config *outlet,
                            const char *name)
{
    if (outlet->kind == LIQ_TO_STDOUT && engine->config->stdout_from > 0)
        return engine->config->stdout_from;
    return liq_journal_outlet_position(engine->journal, name) + 1;
}

static liq_status pages_start(liq_engine *engine, liq_error *err)
{
    const liq_ops_options options = {.address = engine->config->http_address,
                                     .port = (uint16_t)engine->config->http_port,
                                     .metrics = engine->metrics,
                                     .wake = pages_wake,
                                     .wake_context = engine,
                                     .decisions = decisions_read,
                                     .decisions_context = engine};

    if (engine->config->http_port < 0)
        return LIQ_OK;
    return liq_ops_pages_start(&engine->pages, &options, err);
}

static void pages_wake(void *context)
{
    liq_engine *engine = context;

    liq_feed_queue_wake(engine->queue);
}

/* On a thread of the pages, with a connection of its own to the journal. */
static liq_status decisions_read(void *context, uint32_t last, char **body, size_t *bytes,
                                 liq_error *err)
{
    const liq_engine *engine = context;
    liq_journal_reader *reader = NULL;
    liq_journal_last end;
    liq_status status = liq_journal_reader_open(&reader, engine->config->state, err);

    *body = NULL;
    *bytes = 0;
    if (status == LIQ_OK && (status = liq_journal_reader_last(reader, &end, err)) == LIQ_OK &&
        end.seq > 0)
        status = lines_collect(reader, end.seq > last ? end.seq - last + 1 : 1, body, bytes, err);
    liq_journal_reader_close(reader);
    return status;
}

static liq_status lines_collect(liq_journal_reader *reader, uint64_t seq, char **body,
                                size_t *bytes, liq_error *err)
{
    size_t capacity = 0;
    size_t more = 1;
    liq_status status = LIQ_OK;

    while (status == LIQ_OK && more > 0) {
        if ((status = liq_memory_extend(body, &capacity, *bytes + DECISION_BYTES, 1, err)) ==
                LIQ_OK &&
            (status = liq_journal_reader_lines(reader, seq, *body + *bytes, DECISION_BYTES, &more,
                                               &seq, err)) == LIQ_OK)
            *bytes += more;
    }
    if (status != LIQ_OK) {
        free(*body);
        *body = NULL;
    }
    return status;
}

void liq_engine_sources_stop(liq_engine *engine)
{
    if (engine->queue != NULL)
        liq_feed_queue_close(engine->queue);
    liq_feed_stdin_stop(engine->standard_input);
    engine->standard_input = NULL;
}

void liq_engine_links_stop(liq_engine *engine)
{
    liq_engine_sources_stop(engine);
    for (uint32_t i = 0; i < LIQ_CONFIG_SOURCES_MAX; i++) {
        liq_feed_nats_stop(engine->nats_feeds[i]);
        engine->nats_feeds[i] = NULL;
    }
    if (engine->socket != NULL)
        liq_line_ring_unwatch(engine->ring, liq_feed_socket_event(engine->socket));
    liq_feed_socket_stop(engine->socket, END_NS);
    engine->socket = NULL;
    for (uint32_t i = 0; i < LIQ_CONFIG_OUTLETS_MAX; i++) {
        if (engine->outlets[i] != NULL)
            liq_outlet_stop(engine->outlets[i], END_NS);
        liq_outlet_destroy(engine->outlets[i]);
        engine->outlets[i] = NULL;
    }
    liq_question_end(&engine->question);
    liq_ops_pages_stop(engine->pages);
    engine->pages = NULL;
}

void liq_engine_acknowledge(liq_engine *engine)
{
    for (uint32_t i = 0; i < engine->config->source_count; i++) {
        const uint64_t applied = engine->core.sources[i].applied;

        if (engine->nats_feeds[i] != NULL)
            liq_feed_nats_acknowledge(engine->nats_feeds[i], applied);
        else if (engine->socket != NULL && engine->config->sources[i].kind == LIQ_SOURCE_SOCKET)
            liq_feed_socket_acknowledge(engine->socket, i, applied);
    }
}

liq_status liq_engine_outlets_note(liq_engine *engine, liq_error *err)
{
    liq_status status = LIQ_OK;

    for (uint32_t i = 0; status == LIQ_OK && i < engine->config->outlet_count; i++) {
        liq_outlet_facts facts;

        liq_outlet_facts_read(engine->outlets[i], &facts);
        status = liq_journal_outlet_note(engine->journal, engine->outlet_names[i], facts.seq, err);
    }
    return status;
}

void liq_engine_outlets_name(liq_engine *engine)
{
    static const char *const kinds[] = {"stdout", "file", "nats"};

    for (uint32_t i = 0; i < engine->config->outlet_count; i++) {
        const liq_outlet_config *outlet = &engine->config->outlets[i];

        (void)snprintf(engine->outlet_names[i], sizeof engine->outlet_names[i], "%s%s%s",
                       kinds[outlet->kind], outlet->target == NULL ? "" : ":",
                       outlet->target == NULL ? "" : outlet->target);
    }
}

void liq_engine_tell(void *context, uint32_t source, uint64_t from, uint64_t to, uint64_t seq,
                     const char *reason)
{
    liq_engine *engine = context;
    const char *name = engine->config->sources[source].name;
    char message[LIQ_FEED_MESSAGE_BYTES];
    liq_text line = {message, 0};

    line.bytes = from > 0 ? liq_feed_message_resync(message, name, from, to)
                          : liq_feed_message_refused(message, name, seq, reason);
    if (engine->nats_feeds[source] != NULL)
        liq_feed_nats_tell(engine->nats_feeds[source], line);
    else if (engine->socket != NULL && engine->config->sources[source].kind == LIQ_SOURCE_SOCKET)
        liq_feed_socket_tell(engine->socket, source, line);
}
