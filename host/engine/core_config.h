/*
 * The part of a configuration that decisions depend on. The journal has it where it began to hold,
 * so that what was decided can be decided again whatever the configuration says by then.
 */
#ifndef LIQ_ENGINE_CORE_CONFIG_H
#define LIQ_ENGINE_CORE_CONFIG_H

#include "engine/engine_config.h"

enum { LIQ_SOURCE_NAME_BYTES = 33, LIQ_CORE_CONFIG_BYTES = 4096 };

/* The source that such a record is of: no source of a configuration has this name. */
#define LIQ_CONFIG_SOURCE "config:"

typedef struct liq_core_config {
    char sources[LIQ_CONFIG_SOURCES_MAX][LIQ_SOURCE_NAME_BYTES];
    uint32_t source_count;
    liq_live_limits limits;
    int64_t stale_ms;
    int64_t advice_ms;
    bool advises;
    bool book_is_complete;
} liq_core_config;

/** What a configuration says of it. */
liq_core_config liq_core_config_of(const liq_engine_config *config);

/** As one line of JSON, the same for the same contents. */
void liq_core_config_write(const liq_core_config *config, char out[LIQ_CORE_CONFIG_BYTES]);

/** @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE with what is wrong; LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_core_config_read(liq_core_config *out, liq_text line, liq_error *err);

/** Number of a source by its name. */
bool liq_core_config_source(const liq_core_config *config, liq_text name, uint32_t *out);

#endif
