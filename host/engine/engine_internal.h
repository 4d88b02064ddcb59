/*
 * What the parts of the engine share: the one thread that applies, decides, records and hands on,
 * and everybody around it.
 */
#ifndef LIQ_ENGINE_ENGINE_INTERNAL_H
#define LIQ_ENGINE_ENGINE_INTERNAL_H

#include <pthread.h>

#include "engine/engine.h"
#include "engine/intake.h"
#include "journal/kill_point.h"
#include "engine/question_child.h"
#include "engine/slow_ticks.h"
#include "engine/state_writer.h"
#include "engine/tick_record.h"
#include "feed/feed_nats.h"
#include "feed/feed_socket.h"
#include "feed/feed_stdin.h"
#include "journal/journal_reader.h"
#include "outlet/line_ring.h"
#include "outlet/ops_pages.h"
#include "outlet/outlet.h"
#include "outlet/serve_metrics.h"

/* Lines that fell out of the ring are read from the journal, by whoever lags. */
typedef struct liq_older_lines {
    pthread_mutex_t lock;
    liq_journal_reader *reader;
    liq_line_pull pull;
} liq_older_lines;

struct liq_engine {
    const liq_engine_config *config; /* lent */
    liq_log *log;                    /* lent */
    const char *version;
    liq_core core;
    liq_journal *journal;
    liq_tick_record record;
    liq_intake intake;
    liq_snapshot_writer snapshot;
    uint64_t snapshot_tick;   /* of the newest */
    uint64_t snapshots[1000]; /* ticks of those that are kept, a ring */
    uint32_t snapshot_count;
    liq_feed_queue *queue;
    liq_line_ring *ring;
    liq_older_lines older;
    liq_line_tail tail;
    liq_feed_socket *socket; /* NULL: none */
    const char *socket_sources[LIQ_CONFIG_SOURCES_MAX];
    liq_feed_stdin *standard_input;
    liq_feed_nats *nats_feeds[LIQ_CONFIG_SOURCES_MAX];
    liq_outlet *outlets[LIQ_CONFIG_OUTLETS_MAX];
    uint64_t journal_ns; /* of the last tick */
    uint64_t emit_ns;
    uint64_t lines_ns;
    liq_slow_ticks slow;
    char outlet_names[LIQ_CONFIG_OUTLETS_MAX][LIQ_JOURNAL_NAME_BYTES_MAX];
    liq_metrics *metrics;
    liq_ops_pages *pages; /* NULL: no HTTP */
    liq_question_child question;
    uint64_t last_tick_ns;
    uint64_t last_look_ns;
    bool is_behind;           /* accounts that changed are not all worked off */
    uint64_t rotate_tick;     /* that was looked at */
    uint64_t rotate_after_ns; /* not before, because it has failed */
    uint64_t pattern_ns;      /* when the pattern was last whole */
    double liquidated;        /* notional of all ticks, margin currency, for a counter */
    double traded;            /* likewise of the volume that was told */
    bool is_source_failing[LIQ_CONFIG_SOURCES_MAX]; /* as the log has it */
    bool is_outlet_failing[LIQ_CONFIG_OUTLETS_MAX]; /* likewise */
    bool is_recovered;
    bool is_journal_failing;
};

/** Open the journal and come back to where it ends. */
LIQ_MUST_USE liq_status liq_engine_recover(liq_engine *engine, liq_error *err);

/** Start, and stop, whoever reads events and sends decisions. */
LIQ_MUST_USE liq_status liq_engine_links_start(liq_engine *engine, liq_error *err);
/** Have nothing more come into the queue; what is in it stays. */
void liq_engine_sources_stop(liq_engine *engine);
/** Fill in the names of outlets. */
void liq_engine_outlets_name(liq_engine *engine);
/** As liq_intake_tell. */
void liq_engine_tell(void *engine, uint32_t source, uint64_t from, uint64_t to, uint64_t seq,
                     const char *reason);
void liq_engine_links_stop(liq_engine *engine);

/** Log once that everything listens. */
void liq_engine_started_log(liq_engine *engine);
/** Log each link that failed or works again since the last look. */
void liq_engine_links_watch(liq_engine *engine);

/** Everything up to here is durable: sources and outlets are told. */
void liq_engine_acknowledge(liq_engine *engine);

/** Have the next commit say how far each outlet is. */
LIQ_MUST_USE liq_status liq_engine_outlets_note(liq_engine *engine, liq_error *err);

/** What is done between ticks, and while the disk takes nothing. */
void liq_engine_between(liq_engine *engine);

/** Value, decide, record, hand on. */
LIQ_MUST_USE liq_status liq_engine_tick(liq_engine *engine, const char *cause, liq_error *err);

/** Have the journal go on in a new part, when the present one is large or old enough. */
void liq_engine_rotate(liq_engine *engine);

/** Have parts of the journal removed that are more than are kept: after a snapshot was noted. */
void liq_engine_prune(liq_engine *engine);

/** Answer one question of an operator, if there is one. */
void liq_engine_answer(liq_engine *engine);

/** Numbers that are looked at now and then. */
void liq_engine_metrics_look(liq_engine *engine);

/** Numbers of a tick. */
void liq_engine_metrics_tick(liq_engine *engine, const uint64_t stage_ns[5], uint64_t oldest_ns);

#endif
