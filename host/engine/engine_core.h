/*
 * What a sidecar decides, and nothing of how it hears or speaks: events of sources in, decisions
 * out. No clock, no files, no threads: whoever applies the same events and ticks at the same times
 * gets the same decisions, to the byte. That is how a restart finds its way back, and how
 * "journal verify" knows what should have been decided.
 *
 * Facts. Beside the live book and the settler the core knows how far each source has come, how old
 * each price is, and of which accounts something is missing. An account of which something is
 * missing is held: it is valued and shown, and neither liquidated nor deleveraged.
 *
 *   gap          an event of it was lost, or may have been, and it was not sent anew
 *   refused      an event of it was refused, so that the book is not what the exchange has
 *   resync       it is being sent anew
 *   stale mark   it holds an instrument whose price is too old, or an asset whose is
 *   guard        it depends on a price that is in doubt, or was none
 *   halted       it holds an instrument that is halted, or all is
 *   advised      the exchange was told what to do and has not answered (mode advise)
 */
#ifndef LIQ_ENGINE_ENGINE_CORE_H
#define LIQ_ENGINE_ENGINE_CORE_H

#include <liqscan/book.h>
#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "engine/core_config.h"
#include "feed/feed_event.h"
#include "settle/price_guard.h"
#include "settle/margin_notice.h"
#include "settle/pattern.h"

enum { LIQ_HOLD_GAP = 1, LIQ_HOLD_REFUSED = 2, LIQ_HOLD_RESYNC = 4, LIQ_HOLD_ADVISED = 8 };

typedef enum liq_hold_reason {
    LIQ_HELD_GAP = 0,
    LIQ_HELD_REFUSED = 1,
    LIQ_HELD_RESYNC = 2,
    LIQ_HELD_STALE_MARK = 3,
    LIQ_HELD_HALT = 4,
    LIQ_HELD_ADVISED = 5,
    LIQ_HELD_GUARD = 6,
    LIQ_HELD_REASONS = 7
} liq_hold_reason;

/* What is missing of an account; by number of the live book. */
typedef struct liq_core_account {
    int64_t advised_until_ms;
    uint8_t holds; /* LIQ_HOLD_ bits */
} liq_core_account;

/* How far a source has come. */
typedef struct liq_core_source {
    uint64_t applied;       /* its last event; 0: none */
    uint32_t gaps;          /* declared so far */
    uint32_t gaps_cleared;  /* those that a snapshot of everything has made good */
    uint64_t *account_seqs; /* by account: the last accountSeq; NULL: it has sent none */
    uint32_t *confirmed;    /* by account: gaps that it is known to have been out of */
    bool feeds_accounts;    /* it has sent accounts, balances, positions, orders */
    bool feeds_prices;
} liq_core_source;

/* How old a price is. */
typedef struct liq_core_price {
    int64_t time_ms; /* of the event, else of the tick that took it in; INT64_MIN: not fresh */
    uint32_t source; /* that sent it; LIQ_NO_INDEX: none has */
    bool is_new;     /* came without a time since the last tick */
} liq_core_price;

/* What a tick did; lent until the next one. */
typedef struct liq_core_tick {
    uint64_t tick;
    int64_t now_ms;
    liq_live_summary live;
    liq_settle_summary settle; /* zero where nothing was settled */
    bool has_settled;
    uint64_t first_seq; /* of its actions; their number is settle.actions */
    uint64_t held[LIQ_HELD_REASONS];
    uint64_t scan_ns;
    uint64_t settle_ns;
    char state_hash[65];
} liq_core_tick;

typedef struct liq_core {
    liq_core_config config;
    const char *device; /* lent; NULL: on the host */
    const char *folder; /* of state, lent: where texts of venue.json are kept */
    liq_book *book;     /* its venue and depth are used by all below */
    liq_live *live;
    liq_settle *settle;
    liq_price_guard guard;
    liq_live_margin margin;
    liq_margin_notices margin_notices;
    uint32_t margin_notice_count; /* of them, told to a run that has not been */
    liq_pattern pattern;          /* of them; only looked at */
    liq_core_account *accounts;
    liq_core_price *marks;   /* by instrument */
    liq_core_price *indices; /* by asset */
    char (*volatility)[32];  /* by instrument, as it was sent; "": not */
    bool *halted;            /* by instrument */
    liq_core_source sources[LIQ_CONFIG_SOURCES_MAX];
    uint32_t account_capacity;
    uint32_t instrument_count;
    uint32_t asset_count;
    uint64_t account_holds; /* accounts with a bit of holds */
    uint64_t tick;
    uint64_t seq; /* last decision */
    uint64_t
        margin_tick; /* that margin rates were moved to: one that failed behind it moves none */
    int64_t now_ms;
    int64_t event_ms; /* newest time of an event */
    bool is_halted;
    bool is_complete;    /* everything was sent once */
    bool is_in_snapshot; /* everything is being sent */
    bool cpu_only;       /* the device was lost */
    uint64_t held[LIQ_HELD_REASONS];
    liq_core_tick last;
} liq_core;

/**
 * Make a core of a book, which is then its own whatever comes of it.
 * @param out     zeroed but for device, folder and cpu_only; stays where it is
 * @param config  copied
 */
LIQ_MUST_USE liq_status liq_core_create(liq_core *out, const liq_core_config *config,
                                        liq_book *book, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_core_destroy(liq_core *core);

/**
 * Apply an event of a source, whose sequence is for the caller to keep.
 * @return LIQ_OK; else why it was refused: then the account that it names is held, and without
 * such all accounts that the source feeds
 */
LIQ_MUST_USE liq_status liq_core_apply(liq_core *core, uint32_t source, const liq_feed_event *event,
                                       liq_error *err);

/** Events from .. to of a source are lost. */
void liq_core_gap(liq_core *core, uint32_t source, uint64_t from, uint64_t to);

/** Whether an event makes a tick due: one that moves a price or reports a fill, or an order. */
bool liq_core_is_due(const liq_feed_event *event);

/** Why nothing is decided now, one word; NULL: it is ready. */
const char *liq_core_unready(const liq_core *core);

/**
 * Value and decide.
 * @param now_ms  not before the last tick's, or that counts
 * @return LIQ_OK; LIQ_NOT_CONSERVED, LIQ_DEVICE_FAULT, LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_core_run(liq_core *core, int64_t now_ms, liq_error *err);

/** After so long a price is too old to act on, 0: never: as the configuration says, else the
 * policy. */
int64_t liq_core_stale_ms(const liq_core *core);

/** Whether a price is too old to act on. */
bool liq_core_is_stale(const liq_core *core, const liq_core_price *price);

/** Instruments without a fresh mark. */
uint32_t liq_core_stale_count(const liq_core *core);

/**
 * The last run failed on its device: go on without it, and take the same tick again, as of the same
 * time, because that is what whoever reads the journal again will do.
 * @return as liq_core_run
 */
LIQ_MUST_USE liq_status liq_core_take_over(liq_core *core, liq_error *err);

/* How much of what is known of accounts outlives them: used by core_*.c */

/** What the live book says of a batch of one event, as of that event. @return status */
liq_status liq_core_said(liq_status status, liq_error *err);

/** Hold an account. */
void liq_core_hold(liq_core *core, uint32_t account, uint8_t bits);
/** Release it of some of that. */
void liq_core_release(liq_core *core, uint32_t account, uint8_t bits);
/** Forget everything of an account that is gone or is new. */
void liq_core_forget(liq_core *core, uint32_t account);
/** An event of an account came: its accountSeq is compared. */
LIQ_MUST_USE liq_status liq_core_account_seq(liq_core *core, uint32_t source, uint32_t account,
                                             uint64_t account_seq, liq_error *err);
/** A source numbers the events of each account: room for what of that is kept, once. */
LIQ_MUST_USE liq_status liq_core_seqs_make(const liq_core *core, liq_core_source *source,
                                           liq_error *err);
/** Of settling, as liq_settle_filter asks: whether an account is left alone in this tick. */
bool liq_core_holds(void *core, uint32_t account);
bool liq_core_is_held(void *core, uint32_t account);
/** Every reason, as a bit 1 << LIQ_HELD_, for which an account would be left alone as of the last
 * tick.
 */
uint32_t liq_core_held_by(const liq_core *core, uint32_t account);
/**  its name, which lives as long as the program */
const char *liq_hold_reason_name(liq_hold_reason reason);
bool liq_core_holds_adl(void *core, uint32_t account);
/** A price came, or is known to be wrong (time_ms INT64_MIN). */
void liq_core_price_note(liq_core *core, liq_core_price *price, uint32_t source, int64_t time_ms);

/** The guards of the policy, for a live book that is there. */
LIQ_MUST_USE liq_status liq_core_guard_create(liq_core *core, liq_error *err);
/** Put a price through them into the live book.  time_ms  0: none   is_late  receives whether it
 * was older than the one before and is refused for it; the status is LIQ_OK then */
LIQ_MUST_USE liq_status liq_core_guard_price(liq_core *core, uint32_t source, int64_t time_ms,
                                             const liq_live_event *price, bool *is_late,
                                             liq_error *err);
/** Make a mark and put it through them likewise. */
LIQ_MUST_USE liq_status liq_core_guard_make(liq_core *core, int64_t time_ms, const char *symbol,
                                            const liq_mark_texts *texts, bool *is_late,
                                            liq_error *err);
/** It is now_ms: what has become stale, and what is over. */
void liq_core_guard_tick(liq_core *core);

/** Apply a change of what is traded: an event of kind instrument or asset. */
LIQ_MUST_USE liq_status liq_core_define(liq_core *core, const liq_feed_event *event,
                                        liq_error *err);

/**
 * Go on under another venue.json, with everything else as it is; all or nothing.
 * @param name  stands for the text in messages
 */
LIQ_MUST_USE liq_status liq_core_rebuild(liq_core *core, const char *name, const char *text,
                                         liq_error *err);

/** Go on under another configuration, likewise. What was of a source that it no longer names is
 * forgotten. */
LIQ_MUST_USE liq_status liq_core_reconfigure(liq_core *core, const liq_core_config *config,
                                             liq_error *err);

#endif
