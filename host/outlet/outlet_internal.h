/*
 * What the kinds of outlets share.
 */
#ifndef LIQ_OUTLET_OUTLET_INTERNAL_H
#define LIQ_OUTLET_OUTLET_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/monitor.h"
#include "outlet/outlet.h"

enum { LIQ_OUTLET_ROOM = 262144, LIQ_OUTLET_IDLE_NS = 200000000 };
_Static_assert((int)LIQ_OUTLET_ROOM > (int)LIQ_LINE_BYTES_MAX, "every line fits");

typedef struct liq_outlet_nats liq_outlet_nats;

struct liq_outlet {
    liq_outlet_kind kind;
    char *name;
    char *path;
    int descriptor;
    bool is_owned;   /* whether the descriptor is to be closed */
    bool is_regular; /* a file on a disk, which takes writes of any size without waiting */
    bool is_socket;
    bool runs;
    liq_outlet_nats *nats; /* NULL: of another kind */
    liq_line_ring *ring;
    liq_line_pull older;
    bool has_older;
    uint64_t next_seq; /* to be pulled next; of the thread */
    char *room;        /* LIQ_OUTLET_ROOM bytes, of the thread */
    pthread_t thread;
    atomic_bool is_stopping;
    atomic_ullong stop_ns; /* of liq_clock_ns: when to give up, once it is stopping */
    atomic_ullong seq;
    atomic_ullong failures;
    atomic_bool is_failing;
    atomic_bool is_gone;
    liq_monitor monitor; /* of error */
    char error[LIQ_ERROR_MESSAGE_BYTES];
};

/** Open a file or look at a descriptor. */
LIQ_MUST_USE liq_status liq_outlet_stream_open(liq_outlet *outlet, liq_error *err);

/** Begin to connect, and take down what was made for it. */
LIQ_MUST_USE liq_status liq_outlet_nats_open(liq_outlet *outlet, const liq_outlet_options *options,
                                             liq_error *err);
void liq_outlet_nats_close(liq_outlet_nats *nats);

/** The threads of the kinds. */
void liq_outlet_stream_run(liq_outlet *outlet);
void liq_outlet_nats_run(liq_outlet *outlet);

/** Keep a copy of a text; NULL stays NULL. */
LIQ_MUST_USE liq_status liq_outlet_text_keep(char **out, const char *text, liq_error *err);

/**
 * Pull lines from next_seq on into the room, waiting for them a while; next_seq moves.
 * @return bytes; 0: none came, or a failure was noted and paused for
 */
size_t liq_outlet_pull(liq_outlet *outlet, uint64_t wait_ns);

/** Whether the thread has to end, now that nothing is left to be written, or whatever is. */
bool liq_outlet_is_done(liq_outlet *outlet);
bool liq_outlet_is_late(liq_outlet *outlet);

/** Note a failure, and sleep a while, the longer the more failed in a row. */
void liq_outlet_failed(liq_outlet *outlet, const liq_error *error, uint32_t in_a_row);

/** Note that lines up to seq are out. */
void liq_outlet_passed(liq_outlet *outlet, uint64_t seq);

#endif
