/*
 * What an operator may ask a running sidecar over HTTP. Nothing can be changed from here.
 *
 *   /metrics                                   numbers for Prometheus
 *   /healthz                                   200 while the engine's thread is alive, else 503
 *   /readyz                                    200 when it may act, else 503 and the reasons
 *   /v1/status  /v1/funds  /v1/slowest-ticks
 *   /v1/accounts/ID  /v1/positions/ID
 *   /v1/adl/INSTRUMENT?side=long|short&limit=N
 *   /v1/decisions?last=N                       one JSON object a line, oldest first
 *
 * The first three never wait for the engine. All of /v1 but the decisions is answered by it between
 * two ticks, through a mailbox: 503 when too many wait, 504 when it takes too long.
 *
 * A sidecar without HTTP has no pages: every function below takes NULL, and does nothing.
 */
#ifndef LIQ_OUTLET_OPS_PAGES_H
#define LIQ_OUTLET_OPS_PAGES_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

#include "outlet/mailbox.h"
#include "outlet/metrics.h"

enum {
    LIQ_OPS_ROWS_USUAL = 100, /* of a list, unless told otherwise */
    LIQ_OPS_ROWS_MAX = 1000,
    LIQ_OPS_BEAT_MS = 10000, /* without a sign of life until it is called dead */
    LIQ_OPS_ANSWER_MS = 1000 /* that a question waits */
};

/* Why the sidecar may not act, bit by bit. */
typedef enum liq_ops_reason {
    LIQ_OPS_STARTING = 1 << 0,   /* "starting": what it is until told otherwise */
    LIQ_OPS_RECOVERING = 1 << 1, /* "recovering": the journal is played back */
    LIQ_OPS_INCOMPLETE = 1 << 2, /* "book_incomplete": no whole snapshot of the book yet */
    LIQ_OPS_NO_MARKS = 1 << 3,   /* "no_fresh_marks" */
    LIQ_OPS_GAP = 1 << 4,        /* "source_gap": events of a source are missing */
    LIQ_OPS_JOURNAL = 1 << 5,    /* "journal_failing": it cannot be written */
    LIQ_OPS_DEVICE = 1 << 6,     /* "device_failing": and the processor may not take over */
    LIQ_OPS_STOPPING = 1 << 7    /* "stopping" */
} liq_ops_reason;

typedef struct liq_ops_options {
    const char *address;  /* as of liq_http_options */
    uint16_t port;        /* 0: any that is free */
    liq_metrics *metrics; /* of liq_serve_metrics_create; lent */
    /* See liq_mailbox_create. */
    void (*wake)(void *context);
    void *wake_context;
    /* The last decisions, a line each, oldest first, into memory from malloc. Called by several
     * threads at the same time. NULL: there is no such page. */
    liq_status (*decisions)(void *context, uint32_t last, char **body, size_t *bytes,
                            liq_error *err);
    void *decisions_context;
    uint32_t beat_ms;   /* 0: LIQ_OPS_BEAT_MS */
    uint32_t answer_ms; /* 0: LIQ_OPS_ANSWER_MS */
} liq_ops_options;

typedef struct liq_ops_pages liq_ops_pages;

/** Serve. @param options  copied, but what it points to @return as liq_http_server_start */
LIQ_MUST_USE liq_status liq_ops_pages_start(liq_ops_pages **out, const liq_ops_options *options,
                                            liq_error *err);

/** Turn questions away, end all connections, and give everything back. The engine takes no question
 * any more, and has answered those that it took. */
void liq_ops_pages_stop(liq_ops_pages *pages);

uint16_t liq_ops_pages_port(const liq_ops_pages *pages);

/*
 * For the engine's thread. All of them are cheap enough for every tick.
 */

/** The engine is alive. Also to be called while it waits for something that takes long. */
void liq_ops_pages_beat(liq_ops_pages *pages);

/** Say why it may not act. @param reasons  of liq_ops_reason, 0: it may */
void liq_ops_pages_hold(liq_ops_pages *pages, uint32_t reasons);

/** Where its questions are: see liq_mailbox_take. */
liq_mailbox *liq_ops_pages_mailbox(liq_ops_pages *pages);

/** The name of one reason, such as "no_fresh_marks"; static. */
const char *liq_ops_reason_name(liq_ops_reason reason);

#endif
