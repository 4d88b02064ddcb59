/*
 * The sidecar: events in, decisions out, nothing lost, nothing twice. One thread applies events,
 * decides and records; everybody else only carries bytes to and from it, through bounded queues.
 *
 *   sources ─► queue ─► order by source ─► live book ─► tick ─► settle ─► journal ─► outlets
 *                                                                           └─► acknowledge sources
 */
#ifndef LIQ_ENGINE_ENGINE_H
#define LIQ_ENGINE_ENGINE_H

#include <stdbool.h>

#include "base/log.h"
#include "engine/engine_config.h"

typedef struct liq_engine liq_engine;

/**
 * Open the state folder, come back to where its journal ends, and start sources and outlets.
 * @param config   lent as long as the engine lives
 * @param version  of the program, lent likewise
 * @return LIQ_OK; what is wrong with book, journal, device or a link, by its name
 */
LIQ_MUST_USE liq_status liq_engine_create(liq_engine **out, const liq_engine_config *config,
                                          const char *version, liq_log *log, liq_error *err);

/** Takes NULL. Whatever is not durable is forgotten; its sources were not told otherwise. */
void liq_engine_destroy(liq_engine *engine);

/**
 * Apply what has come, tick when one is due, and do what comes up between ticks.
 * @param wait_ms  how long to wait for events when there are none
 * @param is_over  whether all sources have ended and everything of them is applied and durable
 * @return LIQ_OK; LIQ_NOT_CONSERVED, LIQ_DEVICE_FAULT, LIQ_INTERRUPTED and others: the engine must
 * stop
 */
LIQ_MUST_USE liq_status liq_engine_step(liq_engine *engine, int64_t wait_ms, bool *is_over,
                                        liq_error *err);

/** Apply what was read, tick a last time, and write a snapshot: for an orderly end. */
LIQ_MUST_USE liq_status liq_engine_finish(liq_engine *engine, liq_error *err);

/** Take over venue.json of the configured book anew; whatever is wrong with it changes nothing. */
LIQ_MUST_USE liq_status liq_engine_reload(liq_engine *engine, liq_error *err);

/** One line for systemd: what it does, and why it does not act. */
void liq_engine_status_text(const liq_engine *engine, char *out, size_t room);

/** Whether it acts; the first time this is true it has started. */
bool liq_engine_is_ready(const liq_engine *engine);

#endif
