/*
 * The numbers that the sidecar tells: which there are, and what their labels mean.
 */
#ifndef LIQ_OUTLET_SERVE_METRICS_H
#define LIQ_OUTLET_SERVE_METRICS_H

#include <stdint.h>

#include <liqscan/settle.h>

#include "outlet/metrics.h"

/* In the order of the table. (label) says what the series index counts. */
typedef enum liq_serve_metric {
    /* Durations, observed in nanoseconds. */
    LIQ_SERVE_TICK_STAGE,     /* (liq_serve_stage) */
    LIQ_SERVE_TICK,           /* from taking the first event of a tick to its last line handed on */
    LIQ_SERVE_OLDEST_EVENT,   /* age of the oldest event not applied, when a tick begins */
    LIQ_SERVE_JOURNAL_COMMIT, /* one transaction, to the disk */
    LIQ_SERVE_REACTION,       /* from reading what made a tick due to its last line handed on */
    /* Counters. */
    LIQ_SERVE_EVENTS,          /* (source) applied */
    LIQ_SERVE_EVENTS_REPEATED, /* (source) ignored: their number was there before */
    LIQ_SERVE_EVENTS_WAITED,   /* (source) came too early, and were held until their turn */
    LIQ_SERVE_EVENTS_REFUSED,  /* (source) no valid events, or none that fit the book */
    LIQ_SERVE_GAPS,            /* (source) runs of numbers that did not come */
    LIQ_SERVE_QUEUE_WAITS,     /* times a reader had to stop because the queue was full */
    LIQ_SERVE_TICKS,
    LIQ_SERVE_MARKS_COALESCED, /* mark updates that a newer one replaced before any tick saw them */
    LIQ_SERVE_DECISIONS,       /* (liq_serve_decision_series of its kind) */
    LIQ_SERVE_LIQUIDATIONS_HELD, /* (liq_serve_held) */
    LIQ_SERVE_MARKS_DOUBTED,     /* marks and index prices that the guards kept out at first */
    LIQ_SERVE_MARKS_REFUSED,     /* that were no prices, or late */
    LIQ_SERVE_SNAPSHOTS,
    LIQ_SERVE_NATS_RECONNECTS,
    LIQ_SERVE_OUTLET_FAILURES, /* (outlet) */
    LIQ_SERVE_JOURNAL_FAILURES,
    LIQ_SERVE_DEVICE_FAILURES,
    LIQ_SERVE_HTTP_REQUESTS, /* (liq_serve_http) counted by the pages themselves */
    LIQ_SERVE_LIQUIDATED,    /* notional that was decided on, whole units of the margin currency */
    LIQ_SERVE_TRADED,        /* notional of the volume that marks told, likewise */
    /* Gauges. */
    LIQ_SERVE_FUND_BALANCE, /* (fund) in its asset */
    LIQ_SERVE_ACCOUNTS,
    LIQ_SERVE_POSITIONS,
    LIQ_SERVE_FLAGGED,           /* margin accounts to be liquidated at the last tick */
    LIQ_SERVE_UNVALUED,          /* margin accounts that could not be valued at the last tick */
    LIQ_SERVE_STALE_INSTRUMENTS, /* whose mark is too old to liquidate on */
    LIQ_SERVE_QUEUE_BYTES,
    LIQ_SERVE_QUEUE_LIMIT_BYTES,
    LIQ_SERVE_OUTLET_LAG,    /* (outlet) decisions that it has not delivered */
    LIQ_SERVE_DEVICE_IN_USE, /* 1: an OpenCL device scans, 0: the processor does */
    LIQ_SERVE_READY,         /* 1 or 0 */
    LIQ_SERVE_HALTED,        /* instruments that are halted, all of them when the venue is */
    LIQ_SERVE_GUARDED,       /* instruments and assets whose price the guards hold */
    LIQ_SERVE_BREAKERS,      /* circuit breakers that are on */
    LIQ_SERVE_TICK_NUMBER,   /* of the last tick */
    LIQ_SERVE_TICK_TIME,     /* of the last tick, seconds since 1970 */
    LIQ_SERVE_JOURNAL_BYTES, /* database, inputs and snapshots */
    LIQ_SERVE_SNAPSHOT_TICK, /* of the newest snapshot */
    LIQ_SERVE_OPEN_INTEREST, /* (instrument, then the others) long positions at the mark, margin
                                currency */
    LIQ_SERVE_LEVERAGE,      /* (liq_pattern_quantiles_ppm) of margin accounts */
    LIQ_SERVE_LIQUIDATABLE,  /* (liq_pattern_falls_ppm) notional, margin currency */
    LIQ_SERVE_PATTERN_AGE,   /* seconds since these were last whole */
    LIQ_SERVE_BUILD_INFO,    /* (version) 1 */
    LIQ_SERVE_METRIC_COUNT
} liq_serve_metric;

typedef enum liq_serve_stage {
    LIQ_SERVE_APPLY = 0, /* events into the book */
    LIQ_SERVE_SCAN,
    LIQ_SERVE_SETTLE,
    LIQ_SERVE_JOURNAL, /* lines made and committed */
    LIQ_SERVE_EMIT     /* lines handed to the outlets, inputs acknowledged */
} liq_serve_stage;

/* Why an account that is flagged is left alone. */
typedef enum liq_serve_held {
    LIQ_SERVE_HELD_GAP = 0,    /* events of it are missing */
    LIQ_SERVE_HELD_REFUSED,    /* an event of it was refused */
    LIQ_SERVE_HELD_STALE_MARK, /* it holds an instrument without a fresh mark */
    LIQ_SERVE_HELD_HALT,
    LIQ_SERVE_HELD_ADVISED, /* a request of it waits for its fill */
    LIQ_SERVE_HELD_GUARD    /* it depends on a price that is in doubt, or was none */
} liq_serve_held;

/* How an HTTP request ended. */
typedef enum liq_serve_http {
    LIQ_SERVE_HTTP_OK = 0,
    LIQ_SERVE_HTTP_BAD,       /* no such page, or a bad question */
    LIQ_SERVE_HTTP_NOT_READY, /* not alive or not ready */
    LIQ_SERVE_HTTP_BUSY,      /* too many questions are waiting */
    LIQ_SERVE_HTTP_LATE       /* the engine did not answer in time */
} liq_serve_http;

/* What the configuration adds. */
typedef struct liq_serve_names {
    const char *const *sources; /* in the order of the configuration: their index is the series */
    const char *const *outlets;
    const char *const *funds;       /* in the order of the venue */
    const char *const *instruments; /* likewise */
    uint32_t source_count, outlet_count, fund_count, instrument_count;
    const char *version;
} liq_serve_names;

/** The last series of LIQ_SERVE_OPEN_INTEREST: of instruments that have none of their own. */
#define LIQ_SERVE_OTHER_INSTRUMENTS "(other)"

/** The series of LIQ_SERVE_DECISIONS that counts actions of a kind. */
uint32_t liq_serve_decision_series(liq_settle_kind kind);

/** The metrics of a sidecar. @param names  copied @return as liq_metrics_create */
LIQ_MUST_USE liq_status liq_serve_metrics_create(liq_metrics **out, const liq_serve_names *names,
                                                 liq_error *err);

/** The table: LIQ_SERVE_METRIC_COUNT rows. */
const liq_metric_row *liq_serve_metric_rows(void);

#endif
