/*
 * How a sidecar is set up: one JSON file, every key of which is documented in the README. What it
 * says is checked here once, so that nothing fails later for a word that nobody knows.
 */
#ifndef LIQ_ENGINE_ENGINE_CONFIG_H
#define LIQ_ENGINE_ENGINE_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/live.h>
#include <liqscan/status.h>

#include "base/json.h"

enum { LIQ_CONFIG_SOURCES_MAX = 32, LIQ_CONFIG_OUTLETS_MAX = 16 };

typedef enum liq_source_kind {
    LIQ_SOURCE_STDIN = 0,
    LIQ_SOURCE_SOCKET = 1,
    LIQ_SOURCE_NATS = 2
} liq_source_kind;

/* Where events come from. Texts are lent by the configuration. */
typedef struct liq_source_config {
    const char *name;
    liq_source_kind kind;
    const char *stream; /* NATS; NULL elsewhere */
    const char *subject;
    const char *durable;
    const char *answers; /* subject for what is told to it; NULL: none */
    int64_t gap_ms;      /* how long an event waits for those before it */
    bool creates;        /* the stream and the consumer are made when they are missing */
} liq_source_config;

typedef enum liq_outlet_kind_config {
    LIQ_TO_STDOUT = 0,
    LIQ_TO_FILE = 1,
    LIQ_TO_NATS = 2
} liq_outlet_kind_config;

/* Where decisions go. */
typedef struct liq_outlet_config {
    liq_outlet_kind_config kind;
    const char *target; /* path or subject; NULL: standard output */
    const char *stream; /* NATS: made with that subject when it is missing; NULL: not looked at */
} liq_outlet_config;

typedef struct liq_engine_config {
    liq_json *json; /* owns all texts */
    const char *name;
    const char *book;
    const char *state;
    const char *socket; /* NULL: none */
    const char *nats;   /* NULL: none */
    const char *device; /* NULL: on the host */
    const char *http_address;
    liq_source_config sources[LIQ_CONFIG_SOURCES_MAX];
    liq_outlet_config outlets[LIQ_CONFIG_OUTLETS_MAX];
    uint32_t source_count;
    uint32_t outlet_count;
    liq_live_limits limits;
    int64_t tick_interval_ms; /* 0: ticks come with events only */
    int64_t commit_ms;        /* inputs are not left unacknowledged for longer; 0: until a tick */
    int64_t stale_ms;  /* a mark older than this blocks; 0: marks do not age; -1: the policy */
    int64_t gap_ms;    /* of every source; -1: by its kind */
    int64_t advice_ms; /* how long advice may stand unanswered */
    int64_t queue_bytes;
    int64_t reorder_events;
    int64_t snapshot_ticks; /* ticks between snapshots at most */
    int64_t snapshot_bytes; /* and inputs */
    int64_t snapshots_kept;
    int64_t journal_bytes; /* of a part of the journal, or */
    int64_t journal_hours; /* that it covers, before the next is begun; 0: any */
    int64_t journal_parts; /* that are kept, where nobody needs more; 0: all */
    int64_t http_port;     /* -1: no listener */
    uint64_t stdout_from;  /* decision that standard output begins with; 0: as the journal has it */
    bool advises;          /* mode advise, else simulate */
    bool by_events;        /* the clock is that of the events, else the wall's */
    bool coalesces;
    bool book_is_complete;
    bool is_synchronous; /* the journal waits for the disk */
    bool cpu_takes_over; /* when the device is lost */
} liq_engine_config;

/**
 * Read a configuration.
 * @param out  zeroed; texts live until liq_engine_config_clear
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE, LIQ_NOT_FOUND, LIQ_IO with file, line, key and
 * limit; LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_engine_config_load(liq_engine_config *out, const char *path,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_engine_config_clear(liq_engine_config *config);

/** Number of a source by its name. */
bool liq_engine_config_source(const liq_engine_config *config, const char *name, uint32_t *out);

#endif
