/*
 * Where decisions go: a file, standard output, or subjects of NATS. Each outlet is a thread with a
 * place in the sequence of lines; it takes them out of memory or, when it has fallen behind, out of
 * the journal, in order and without gaps. Whoever decides never waits for an outlet: one that is
 * slow or broken falls behind, tries again, and says so in its facts.
 *
 *   file             exactly once: it goes on behind the last line that the file has, after cutting
 *                    a torn one; nothing is repeated and nothing left out, wherever it was killed.
 *                    An empty file begins with `from_seq`. A full disk is tried again for ever.
 *   standard output  at least once: it begins with `from_seq`, so that the lines behind the
 *                    position that was recorded last are repeated under the same seq. The same
 *                    holds for a path that is no regular file. What a pipe holds counts as
 *                    written: a reader that dies resumes by the seq that it had last.
 *   nats             exactly once within the stream's window of duplicates, at least once behind
 *                    it: each line is a message with the id "<prefix>-<seq>", and counts when the
 *                    broker has acknowledged it and all before it.
 */
#ifndef LIQ_OUTLET_OUTLET_H
#define LIQ_OUTLET_OUTLET_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "outlet/line_ring.h"
#include "wire/line_pull.h"
#include "wire/nats_link.h"

typedef struct liq_outlet liq_outlet;

typedef enum liq_outlet_kind {
    LIQ_OUTLET_FILE = 1,
    LIQ_OUTLET_STANDARD = 2, /* a descriptor that is open already */
    LIQ_OUTLET_NATS = 3
} liq_outlet_kind;

/* Texts are copied. */
typedef struct liq_outlet_options {
    liq_outlet_kind kind;
    const char *name;  /* for messages, and the name under which its position is recorded */
    const char *path;  /* file */
    int descriptor;    /* standard: lent as long as the outlet lives */
    uint64_t from_seq; /* where to begin, from 1; see above for files */
    liq_nats_options broker;
    const char *stream;     /* nats: looked for before anything is published; NULL: none */
    const char *subject;    /* nats */
    const char *prefix;     /* nats: of ids; NULL: the name */
    bool is_made;           /* nats: make the stream when it does not exist */
    uint64_t duplicates_ns; /* nats: of one that is made, how long ids are remembered; 0:
                             * ten minutes */
} liq_outlet_options;

typedef struct liq_outlet_facts {
    uint64_t seq;      /* the last line that is out, and safe as said above; never goes back */
    uint64_t lag;      /* lines that are not */
    uint64_t failures; /* tries that failed */
    bool is_failing;   /* the last try failed */
    bool is_gone;      /* for good: nobody reads standard output any more */
    char error[LIQ_ERROR_MESSAGE_BYTES]; /* of the last failure, "" so far */
} liq_outlet_facts;

/**
 * Open an outlet and start its thread.
 * @param ring   lent as long as the outlet lives
 * @param older  what to ask for lines that have fallen out of the ring, copied; used by one thread
 * at a time, its context lent likewise; NULL: nothing
 * @return LIQ_OK; LIQ_BAD_INPUT (a file that is no file of decisions, of another journal, or that
 * another process writes); LIQ_NOT_FOUND, LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_outlet_create(liq_outlet **out, const liq_outlet_options *options,
                                          liq_line_ring *ring, const liq_line_pull *older,
                                          liq_error *err);

/** How far it is. Any thread; does not wait for the outlet. */
void liq_outlet_facts_read(liq_outlet *outlet, liq_outlet_facts *out);

/** Write what has been added to the ring, but for no longer than a time, then end the thread. Facts
 * can still be read. */
void liq_outlet_stop(liq_outlet *outlet, uint64_t wait_ns);

/** Stop without waiting when that was not done, and give it back. Takes NULL. */
void liq_outlet_destroy(liq_outlet *outlet);

#endif
