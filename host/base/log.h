/*
 * What a daemon says while it runs: one JSON object a line, such as
 *   {"time":"2026-01-02T03:04:05.678Z","level":"warn","event":"tick_late","tick":7}
 * or plain text for people on a terminal. Any thread may write, nothing is allocated, and nobody
 * waits for a reader: a line that the other end of a pipe has no room for is dropped and counted.
 *
 * An event that repeats is written LIQ_LOG_BURST times in LIQ_LOG_WINDOW_MS; what is held back is
 * counted, and the next line of that event says so ("repeated": 37).
 *
 * Fields hold names, counts and our own messages. Never pass a raw line of somebody's input.
 */
#ifndef LIQ_BASE_LOG_H
#define LIQ_BASE_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    LIQ_LOG_LINE_BYTES = 4096,  /* with its newline: what a pipe takes at once (PIPE_BUF) */
    LIQ_LOG_STRING_BYTES = 512, /* of one string: the rest is cut */
    LIQ_LOG_EVENT_BYTES = 48,   /* of an event's name, with its end */
    LIQ_LOG_EVENTS = 64,        /* names told apart; later ones share one limit */
    LIQ_LOG_BURST = 5,
    LIQ_LOG_WINDOW_MS = 10000
};

typedef enum liq_log_level {
    LIQ_LOG_DEBUG = 0,
    LIQ_LOG_INFO = 1,
    LIQ_LOG_WARN = 2,
    LIQ_LOG_ERROR = 3
} liq_log_level;

typedef enum liq_log_form {
    LIQ_LOG_AUTO = 0, /* JOURNAL when systemd's journal reads it, TEXT on a terminal, else JSON */
    LIQ_LOG_JSON = 1,
    LIQ_LOG_TEXT = 2,   /* 2026-01-02T03:04:05.678Z warn tick_late tick=7 source="orders" */
    LIQ_LOG_JOURNAL = 3 /* JSON behind <4>: the level, which the journal takes off again */
} liq_log_form;

typedef enum liq_log_kind {
    LIQ_LOG_IS_STRING = 0,
    LIQ_LOG_IS_COUNT = 1,
    LIQ_LOG_IS_INTEGER = 2,
    LIQ_LOG_IS_BOOL = 3
} liq_log_kind;

/* Made by the functions below. Keys are constants in snake case, none of time, level, event,
 * repeated, dropped, cut. */
typedef struct liq_log_field {
    const char *key; /* NULL ends a list */
    liq_log_kind kind;
    const char *string;
    uint64_t number; /* a count, an integer's bits, or a bool */
} liq_log_field;

typedef struct liq_log_limit {
    char event[LIQ_LOG_EVENT_BYTES];
    uint64_t began_ms; /* of the window */
    uint64_t repeated; /* held back in it */
    uint32_t written;
    liq_log_level level; /* of the last one held back */
} liq_log_limit;

/* Ours to change; in the caller's memory, at one place for as long as anybody writes. */
typedef struct liq_log {
    pthread_mutex_t lock;
    int descriptor;
    liq_log_form form;
    liq_log_level level;
    uint64_t (*now_ms)(void); /* for the limits: monotonic */
    uint64_t dropped;         /* lines lost since the last one that was written */
    uint32_t limit_count;
    bool is_torn; /* a line was cut by a full pipe */
    liq_log_limit limits[LIQ_LOG_EVENTS];
} liq_log;

/** Begin to log. @param descriptor  stays the caller's @param level  the lowest that is written */
void liq_log_start(liq_log *log, int descriptor, liq_log_form form, liq_log_level level);

/** Say what was held back, and end. */
void liq_log_end(liq_log *log);

/**
 * Write one line. Blocks for other writers and for one write() that has room; errno is kept.
 * @param log     NULL: nothing happens
 * @param event   snake case, what the limit goes by
 * @param fields  up to the one without a key, see LIQ_LOG_FIELDS; NULL: none
 */
void liq_log_write(liq_log *log, liq_log_level level, const char *event,
                   const liq_log_field *fields);

#define LIQ_LOG_FIELDS(...) ((const liq_log_field[]){__VA_ARGS__, {.key = (const char *)0}})

liq_log_field liq_log_string(const char *key, const char *string); /* NULL is written as null */
liq_log_field liq_log_count(const char *key, uint64_t count);
liq_log_field liq_log_integer(const char *key, int64_t integer);
liq_log_field liq_log_bool(const char *key, bool value);

/** Say what was held back of events whose window is over. Call it now and then, or the last repeats
 * of a burst are never told. */
void liq_log_flush(liq_log *log);

/** The level of a name (debug, info, warn, error). @return whether there is one */
bool liq_log_level_named(liq_log_level *out, const char *name);

#endif
