/*
 * The last lines that were decided, kept in memory for whoever sends them on. One thread adds, and
 * never waits for a reader: what is read is never written again while somebody reads it. Memory is
 * bounded: the oldest lines fall out, and are then read from where they are kept for good.
 */
#ifndef LIQ_OUTLET_LINE_RING_H
#define LIQ_OUTLET_LINE_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "base/text.h"
#include "wire/line_pull.h"

enum { LIQ_LINE_BYTES_MAX = 65535, LIQ_LINE_RING_WATCHERS_MAX = 4 };

typedef struct liq_line_ring liq_line_ring;

/**
 * @param bytes_max  about how much is kept; at least 256 KiB are
 * @param last_seq   of the line before the first that will be added
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_line_ring_create(liq_line_ring **out, size_t bytes_max,
                                             uint64_t last_seq, liq_error *err);

/** Takes NULL. Nobody may be reading. */
void liq_line_ring_destroy(liq_line_ring *ring);

/**
 * Add the next line; wakes nobody, see liq_line_ring_tell.
 * @param seq   one more than that of the line before
 * @param line  without newline, at most LIQ_LINE_BYTES_MAX bytes; copied
 */
void liq_line_ring_add(liq_line_ring *ring, uint64_t seq, liq_text line);

/** Wake who waits, once for all lines that were added, or for a flag that was set. Any thread. */
void liq_line_ring_tell(liq_line_ring *ring);

/**
 * As liq_line_pull has it: copy lines from seq on. Any thread.
 * @param seq    from 1
 * @param older  asked for what has fallen out; NULL: nobody can be
 * @return LIQ_OK; LIQ_NOT_FOUND (it has fallen out, and nobody has it); LIQ_OUT_OF_RANGE (the line
 * does not fit); what the other source fails with
 */
LIQ_MUST_USE liq_status liq_line_ring_read(liq_line_ring *ring, const liq_line_pull *older,
                                           uint64_t seq, char *out, size_t room, size_t *bytes,
                                           uint64_t *next, liq_error *err);

/**
 * Wait for a line, at most until a time of liq_clock_ns. Any thread.
 * @param is_ended  when it is true nothing is waited for; set it, then call liq_line_ring_tell
 * @return whether the line has been added
 */
bool liq_line_ring_wait(liq_line_ring *ring, uint64_t seq, uint64_t until_ns,
                        const atomic_bool *is_ended);

/** Have liq_line_ring_tell add one to an eventfd, which is lent, for who waits with poll. */
void liq_line_ring_watch(liq_line_ring *ring, int descriptor);
void liq_line_ring_unwatch(liq_line_ring *ring, int descriptor);

/** What is in it. */
typedef struct liq_line_ring_facts {
    uint64_t first_seq; /* last_seq + 1 when there is none */
    uint64_t last_seq;
    uint64_t older_reads; /* times that a line had fallen out before it was read */
} liq_line_ring_facts;

void liq_line_ring_facts_read(liq_line_ring *ring, liq_line_ring_facts *out);

/* A ring and what is behind it as one source. Any thread, if the other source allows it. */
typedef struct liq_line_tail {
    liq_line_ring *ring;
    const liq_line_pull *older; /* NULL: none */
} liq_line_tail;

/** @param tail  lent as long as it is pulled from */
liq_line_pull liq_line_tail_pull(liq_line_tail *tail);

#endif
