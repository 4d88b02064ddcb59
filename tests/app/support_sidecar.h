/*
 * A sidecar as a child process, and a made-up exchange that feeds it: prices of a walk with a crash
 * in it, positions and balances that change. The same seed makes the same events, each source
 * waiting for the other where it must ("after"), so that every run over them decides the same.
 */
#ifndef LIQ_TESTS_SUPPORT_SIDECAR_H
#define LIQ_TESTS_SUPPORT_SIDECAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "support_run.h"

enum { SIDECAR_PATH_BYTES = 4096, SIDECAR_SOURCES = 2, SIDECAR_AFTER_BYTES = 64 };

/* Events of one source, in order, each a line with its newline. */
typedef struct sidecar_script {
    const char *source;
    char **lines;
    uint32_t count;
} sidecar_script;

/* The exchange: scripts[0] moves prices, scripts[1] accounts. */
typedef struct sidecar_exchange {
    sidecar_script scripts[SIDECAR_SOURCES];
} sidecar_exchange;

typedef struct sidecar {
    char folder[SIDECAR_PATH_BYTES]; /* everything of it lies here */
    run_child child;
    bool is_running;
    int feeds[SIDECAR_SOURCES];         /* connections; -1: none */
    uint64_t applied[SIDECAR_SOURCES];  /* as it says */
    size_t sent[SIDECAR_SOURCES];       /* lines */
    size_t sent_bytes[SIDECAR_SOURCES]; /* of the line after those */
    char heard[SIDECAR_SOURCES][65536];
    size_t heard_bytes[SIDECAR_SOURCES];
} sidecar;

/* Make a folder with a book of so many accounts. */
void sidecar_make(sidecar *out, const char *accounts, const char *seed);

/* Remove it with all that is in it. */
void sidecar_remove(sidecar *side);

/* Write config.json. @param rest  members behind name, book, state, socket; outlets, if any, among
 * them: else decisions go to a file of that name */
void sidecar_configure(const sidecar *side, const char *rest);

/* Make the events. */
void sidecar_exchange_make(sidecar_exchange *out, const sidecar *side, uint32_t ticks,
                           uint64_t seed);
void sidecar_exchange_clear(sidecar_exchange *exchange);

/* "after" with its comma, or nothing where there is nothing to wait for.  out */
const char *sidecar_after(char out[SIDECAR_AFTER_BYTES], const char *source, uint64_t seq);

/* Add a line, which is copied. */
void sidecar_script_add(sidecar_script *script, const char *line);

/* Start it. @param kill_at  of LIQ_KILL_AT; NULL: none */
void sidecar_start(sidecar *side, const char *kill_at);

/* Likewise, with an option more and its value, or NULL. */
void sidecar_start_as(sidecar *side, const run_setup *setup, const char *option, const char *value);

/* Connect a feed, behind what was applied. @return false: it died meanwhile */
bool sidecar_connect(sidecar *side, const sidecar_exchange *exchange, uint32_t source);

/* Send and listen over what is connected, for at most so long. @return whether all of it is applied
 * and durable */
bool sidecar_feed(sidecar *side, const sidecar_exchange *exchange, int64_t wait_ms);

bool sidecar_is_alive(sidecar *side);

/* What it logged so far; for free(). */
char *sidecar_said(const sidecar *side);

/* SIGKILL, and forget the connections. */
void sidecar_kill(sidecar *side);

/* SIGTERM; fails the test unless it ends with 0. */
void sidecar_end(sidecar *side);

/* All of a file of its folder, terminated; for free(). "" when it is not there. */
char *sidecar_file(const sidecar *side, const char *name);

#endif
