/*
 * From the queue into the core: events of each source in the order of their numbers, each written
 * down for the journal before it is applied. A source whose next event must wait for another source
 * ("after") waits, and only that source does.
 */
#ifndef LIQ_ENGINE_INTAKE_H
#define LIQ_ENGINE_INTAKE_H

#include "base/log.h"
#include "book/live_expect.h"
#include "engine/engine_core.h"
#include "feed/feed_order.h"
#include "feed/feed_parse.h"
#include "feed/feed_queue.h"
#include "journal/journal.h"

/* What came of the events of a source, since the start. */
typedef struct liq_intake_counts {
    uint64_t applied;
    uint64_t repeated;
    uint64_t waited;
    uint64_t refused;
    uint64_t gaps;
} liq_intake_counts;

/* What waits of one source. */
typedef struct liq_lane {
    liq_feed_batch *first;
    liq_feed_batch *last;
    uint32_t next; /* event of the first batch */
    liq_feed_order *order;
    liq_feed_batch *waited;     /* what comes out of the order is read again into this */
    const liq_feed_event *held; /* of it, and not applied yet */
    liq_feed_batch *spent;      /* applied, and not durable yet */
    liq_feed_batch *spent_last;
    liq_live_ahead ahead;
    liq_intake_counts counts;
    size_t bytes;  /* of its batches, spent ones included */
    bool has_more; /* its last event belongs with the next one */
    bool is_ended;
} liq_lane;

/** Called when something is to be said to a source. @param from, to  what is missing; 0: refused */
typedef void liq_intake_tell(void *context, uint32_t source, uint64_t from, uint64_t to,
                             uint64_t seq, const char *reason);

typedef struct liq_intake {
    const liq_engine_config *config;
    liq_core *core;        /* lent */
    liq_journal *journal;  /* lent */
    liq_feed_queue *queue; /* lent */
    liq_log *log;          /* lent */
    liq_intake_tell *tell;
    void *context; /* of tell */
    liq_lane lanes[LIQ_CONFIG_SOURCES_MAX];
    uint64_t uncommitted;    /* events since the last tick */
    uint64_t uncommitted_ns; /* when the first of them was applied */
    uint64_t marks_since;    /* marks events since the last tick */
    uint64_t coalesced;      /* of them, ever, that no tick saw by themselves */
    uint64_t due_ns;         /* when the batch came that made a tick due */
    uint64_t cut_ns;         /* when the newest one came that would have */
    bool is_forced;          /* nothing else can come: events wait for no other source */
    bool is_cut;             /* the last run left something for behind a tick */
    liq_feed_parser parser;  /* of what waited */
    const char *due;         /* why a tick is due; NULL: it is not */
} liq_intake;

/** @param out  zeroed, with what is lent filled in; sources go on behind what the core has */
LIQ_MUST_USE liq_status liq_intake_create(liq_intake *out, liq_error *err);

/** Takes a zeroed or filled one; gives all batches back. */
void liq_intake_destroy(liq_intake *intake);

/** Take over a batch from the queue. */
void liq_intake_take(liq_intake *intake, liq_feed_batch *batch);

/**
 * Apply what may be applied, until nothing is left or, unless ticks coalesce, one is due. Where
 * they do, a due tick takes in what had come when its newest marks came, and of what came later
 * only what sources of prices sent: is_cut says that there is more.
 * @return LIQ_OK; LIQ_IO (an event could not be written down: it waits)
 */
LIQ_MUST_USE liq_status liq_intake_run(liq_intake *intake, liq_error *err);

/** Whether the engine holds as much as it may: nothing is taken from the queue then. */
bool liq_intake_is_full(const liq_intake *intake);

/** Bytes of batches that are applied and not durable. */
size_t liq_intake_spent_bytes(const liq_intake *intake);

/** Whether a tick would come between events that belong together. */
bool liq_intake_is_torn(const liq_intake *intake);

/** The tick is durable: what it took in is given back. */
void liq_intake_committed(liq_intake *intake);

/** When the oldest event that is not applied came, liq_clock_ns; 0: there is none. */
uint64_t liq_intake_oldest_ns(const liq_intake *intake);

/** Whether all sources have ended and nothing waits. */
bool liq_intake_is_over(const liq_intake *intake);

/* The record of a declared gap: such a source is none of the configuration, and the line says which
 * numbers are missing. */
#define LIQ_INTAKE_GAP_PREFIX "gap:"

enum { LIQ_INTAKE_GAP_BYTES = 96 }; /* is room for that name, and for the line */

/** Apply a line of the journal as it was applied then. @param source  as the journal has it */
LIQ_MUST_USE liq_status liq_intake_again(liq_core *core, liq_feed_batch *scratch,
                                         liq_feed_parser *parser, const char *source, liq_text line,
                                         liq_error *err);

#endif
