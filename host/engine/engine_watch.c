/*
 * Says in the log what the sidecar is linked with, and when a link breaks or comes back: numbers
 * tell that something fails, a line tells what and why.
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/engine_internal.h"

enum { HTTP_BYTES = 320 };

static void source_look(liq_engine *engine, uint32_t index);
static void outlet_look(liq_engine *engine, uint32_t index);
static void change_log(liq_engine *engine, const char *kind, const char *name, bool is_failing,
                       const char *reason);

void liq_engine_started_log(liq_engine *engine)
{
    const liq_engine_config *config = engine->config;
    char http[HTTP_BYTES];

    (void)snprintf(http, sizeof http, "%s:%" PRId64, config->http_address, config->http_port);
    liq_log_write(engine->log, LIQ_LOG_INFO, "started",
                  LIQ_LOG_FIELDS(liq_log_string("version", engine->version),
                                 liq_log_string("name", config->name),
                                 liq_log_string("mode", config->advises ? "advise" : "simulate"),
                                 liq_log_string("socket", config->socket),
                                 liq_log_bool("nats", config->nats != NULL),
                                 liq_log_string("http", config->http_port < 0 ? NULL : http)));
}

void liq_engine_links_watch(liq_engine *engine)
{
    for (uint32_t i = 0; i < engine->config->source_count; i++)
        if (engine->nats_feeds[i] != NULL)
            source_look(engine, i);
    for (uint32_t i = 0; i < engine->config->outlet_count; i++)
        if (engine->outlets[i] != NULL)
            outlet_look(engine, i);
}

static void source_look(liq_engine *engine, uint32_t index)
{
    liq_feed_nats_facts facts;

    liq_feed_nats_facts_read(engine->nats_feeds[index], &facts);
    if (facts.is_failing == engine->is_source_failing[index])
        return;
    engine->is_source_failing[index] = facts.is_failing;
    change_log(engine, "source", engine->config->sources[index].name, facts.is_failing,
               facts.error);
}

static void outlet_look(liq_engine *engine, uint32_t index)
{
    liq_outlet_facts facts;
    bool is_failing;

    liq_outlet_facts_read(engine->outlets[index], &facts);
    is_failing = facts.is_failing || facts.is_gone;
    if (is_failing == engine->is_outlet_failing[index])
        return;
    engine->is_outlet_failing[index] = is_failing;
    change_log(engine, "outlet", engine->outlet_names[index], is_failing,
               facts.error[0] == '\0' ? "nobody reads it any more" : facts.error);
}

static void change_log(liq_engine *engine, const char *kind, const char *name, bool is_failing,
                       const char *reason)
{
    if (is_failing)
        liq_log_write(engine->log, LIQ_LOG_WARN, "link_failing",
                      LIQ_LOG_FIELDS(liq_log_string(kind, name), liq_log_string("reason", reason)));
    else
        liq_log_write(engine->log, LIQ_LOG_WARN, "link_works_again",
                      LIQ_LOG_FIELDS(liq_log_string(kind, name)));
}
