/*
 * The record of the sidecar: what it was told, what it decided and why, on disk before anybody
 * hears of it. One writer, the engine's thread; readers have a connection of their own
 * (journal_reader.h) and never make it wait.
 *
 * A folder of its own holds
 *
 *   journal.db           SQLite in WAL mode: ticks, decisions with their evidence, double entry,
 *                        funds, positions of the sources, snapshots, outlets (journal_schema.c)
 *   inputs-<tick>.log    the inputs in the order in which they were applied, from that tick on,
 *                        one a line: source, TAB, the line as it came, LF
 *   journal-<tick>/      the record from that tick on, in a journal.db of its own, when the one
 *                        before was large or old enough (journal_parts.h)
 *   lock                 flock of the writer; says in words who it is
 *
 * One tick is one transaction. Its inputs are on disk before it commits, and its row says where
 * they end and what they hash to. What lies behind the last committed tick in a file of inputs is
 * no part of the record: nobody was told that it arrived, so it is sent again.
 *
 * Records are only ever added: triggers refuse to change or to delete them. Only the positions of
 * outlets change in place. Each tick is closed by
 *
 *   chain(tick) = SHA-256(chain(tick - 1) || its row and all its records)   (journal_chain.h)
 *
 * so that whoever knows the last chain knows whether anything before it was touched.
 */
#ifndef LIQ_JOURNAL_JOURNAL_H
#define LIQ_JOURNAL_JOURNAL_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/settle.h>
#include <liqscan/status.h>

#include "base/hash.h"
#include "base/text.h"

enum {
    LIQ_JOURNAL_INPUT_BYTES_MAX = 8 * 1024 * 1024, /* of the line of an input */
    LIQ_JOURNAL_LINE_BYTES_MAX = 1024 * 1024,      /* of that of a decision */
    LIQ_JOURNAL_NAME_BYTES_MAX = 64,               /* of the journal, a source, an outlet */
    LIQ_JOURNAL_OUTLETS_MAX = 64,
    LIQ_JOURNAL_SNAPSHOTS_KEPT = 3,
    LIQ_JOURNAL_PENDING_BYTES_MAX = 256 * 1024 * 1024
};

typedef struct liq_journal liq_journal;

typedef struct liq_journal_options {
    const char *folder; /* made, for its owner alone, when it is not there; its parent must be */
    const char *name;   /* of the sidecar, 1 .. 64 bytes; a journal belongs to one name for ever */
    bool synchronous_normal; /* a loss of power may take the last ticks; a kill never does */
    uint32_t snapshots_kept; /* inputs after the oldest of so many snapshots are kept; 0: 3 */
} liq_journal_options;

/**
 * Open for writing, or begin one; at once, without looking at more than the last tick. Holds the
 * folder until it is closed. Cuts off inputs behind the last tick.
 * @return LIQ_OK; LIQ_DUPLICATE (another process holds the folder: the message says which);
 * LIQ_BAD_INPUT (no journal of ours, a newer one, a damaged one, another name, inputs that are
 * missing or too short: named, with both lengths); LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_open(liq_journal **out, const liq_journal_options *options,
                                         liq_error *err);

/** Takes NULL. Inputs that no tick has taken in are dropped. */
void liq_journal_close(liq_journal *journal);

/** How far the record goes. */
typedef struct liq_journal_last {
    bool is_new;   /* nothing was ever recorded: tick and seq are 0 */
    uint64_t tick; /* the last one, from 1 */
    int64_t now_ms;
    uint64_t seq; /* last decision, from 1; 0: none yet */
    char chain[LIQ_HASH_HEX_BYTES];
    char state_hash[LIQ_HASH_HEX_BYTES]; /* "" when the tick has none */
} liq_journal_last;

void liq_journal_last_read(const liq_journal *journal, liq_journal_last *out);

/** How far a source had come at the last tick; 0: it is not known. */
uint64_t liq_journal_source_position(const liq_journal *journal, const char *source);

/**
 * Add an input of the next tick, in the order of being applied. Copies it, and writes what has come
 * together every 256 KiB, so that the disk has work before the commit. What is written stays in
 * memory up to 4 MiB, for the case that the disk fails; that writing fails is said by the commit.
 * @param source  1 .. 64 bytes, no control bytes
 * @param line    1 .. LIQ_JOURNAL_INPUT_BYTES_MAX bytes without LF
 * @return LIQ_OK; LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE (what is wrong with it); LIQ_IO (a commit
 * failed and was not repeated, or the disk takes nothing and LIQ_JOURNAL_PENDING_BYTES_MAX are
 * kept); LIQ_OUT_OF_MEMORY. Then it was not added.
 */
LIQ_MUST_USE liq_status liq_journal_input(liq_journal *journal, const char *source, liq_text line,
                                          liq_error *err);

/* All texts are lent for the call. "" and NULL: none. */
typedef struct liq_journal_decision {
    uint64_t seq;                    /* the one after the last */
    liq_text line;                   /* as it is emitted, without LF: UTF-8, no NUL */
    const liq_settle_action *action; /* NULL for what is no action of settling */
    const char *equity;              /* of the margin account, before */
    const char *maintenance_margin;
    const char *rule;  /* by which it is done, where the reason does not say */
    const char *score; /* of auto-deleveraging */
} liq_journal_decision;

/* One entry of a decision. Those of one decision in one asset sum to zero. */
typedef struct liq_journal_leg {
    uint64_t seq;     /* of a decision of the same tick; never below that of the leg before */
    const char *room; /* whose: accounts, venue, market, funds, uncovered ... */
    const char *account;
    const char *fund;
    const char *asset;
    const char *amount; /* plain decimal, at most 63 digits before and 63 after the point */
} liq_journal_leg;

typedef struct liq_journal_mark {
    const char *symbol;
    const char *price;
    bool is_index; /* the index price of an asset, else the mark price of an instrument */
} liq_journal_mark;

typedef struct liq_journal_fund {
    const char *fund;
    const char *asset;
    const char *balance;
} liq_journal_fund;

typedef struct liq_journal_source {
    const char *source;
    uint64_t position; /* of its last event that was applied */
} liq_journal_source;

typedef struct liq_journal_tick {
    uint64_t tick; /* the one after the last */
    int64_t now_ms;
    const char *cause; /* one word */
    char marks_hash[LIQ_HASH_HEX_BYTES];
    char state_hash[LIQ_HASH_HEX_BYTES];
    const liq_journal_decision *decisions;
    const liq_journal_leg *legs;
    const liq_journal_mark *marks;     /* when there are decisions */
    const liq_journal_fund *funds;     /* those that changed */
    const liq_journal_source *sources; /* those that moved */
    uint32_t decision_count;
    uint32_t leg_count;
    uint32_t mark_count;
    uint32_t fund_count;
    uint32_t source_count;
} liq_journal_tick;

/**
 * Record a tick with the inputs added since the last one: all of it, durable on return, or nothing.
 * @return LIQ_OK; LIQ_IO: the disk is full or fails, native holds the errno (of the inputs) or
 * SQLite's extended code (13: full), nothing of the tick is in. The caller may commit the same
 * tick again, as often as it likes, and until that is done no input is taken. (When the disk failed
 * at the very last step, a process killed before it repeats the commit may find the tick recorded
 * whole.) LIQ_BAD_INPUT: the tick contradicts itself or does not follow the last one.
 * LIQ_NOT_CONSERVED: legs do not sum to zero: names decision, asset and sum. LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_commit(liq_journal *journal, const liq_journal_tick *tick,
                                           liq_error *err);

/**
 * Record that a snapshot of the state after a tick lies in a file; durable on return. Inputs from
 * here on go to a new file. Files whose inputs are all older than the oldest of the last
 * snapshots_kept snapshots are removed, and the record says so. Snapshots themselves are their
 * owner's to remove.
 * @param tick    0 .. the last one
 * @param file    its path, as the caller will want to find it again
 * @param sha256  of the file, 64 hex digits
 * @return LIQ_OK; LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE; LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_snapshot_note(liq_journal *journal, uint64_t tick,
                                                  const char *file, const char *sha256,
                                                  liq_error *err);

/**
 * Note that an outlet has everything up to seq; goes with the next commit. Never moves back.
 * @param outlet  1 .. 64 bytes, no control bytes; at most LIQ_JOURNAL_OUTLETS_MAX of them
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_journal_outlet_note(liq_journal *journal, const char *outlet,
                                                uint64_t seq, liq_error *err);

/** What was noted last; 0: nothing. */
uint64_t liq_journal_outlet_position(const liq_journal *journal, const char *outlet);

/**
 * Start the thread that moves what was committed from the WAL into the database, so that no commit
 * ever does, and removes files of inputs. Without it the WAL grows until the journal is closed.
 * Once.
 * @return LIQ_OK, LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_checkpoint_start(liq_journal *journal, liq_error *err);

/**
 * Have old parts removed, by the thread of liq_journal_checkpoint_start if there is one: but for so
 * many, the present one among them, for those that a start from the oldest snapshot kept may need,
 * and for those with decisions that somebody has still to be sent. Best effort.
 * @param parts  0: none is removed
 * @param seq    the last decision that all have
 */
void liq_journal_parts_keep(liq_journal *journal, uint32_t parts, uint64_t seq);

/** Bytes of the present part, its WAL taken in. */
uint64_t liq_journal_bytes(const liq_journal *journal);

/** Between the first and the last tick of the present part, by their times. */
int64_t liq_journal_age_ms(const liq_journal *journal);

/**
 * Go on in a new part (journal_parts.h), between two ticks. Takes some file operations and two or
 * three waits for the disk. The part that is left is never written to again.
 * @return LIQ_OK; LIQ_DUPLICATE (nothing is recorded in the present one); LIQ_IO,
 * LIQ_OUT_OF_MEMORY: the journal goes on in the present part
 */
LIQ_MUST_USE liq_status liq_journal_rotate(liq_journal *journal, liq_error *err);

/* For operators. */
typedef struct liq_journal_facts {
    uint64_t wal_bytes;     /* after the last commit */
    uint64_t input_bytes;   /* in the present file of inputs, committed */
    uint64_t pending_bytes; /* inputs that no tick has taken in */
    uint64_t checkpoints;   /* done */
    uint64_t failures;      /* commits that failed for the disk */
    /* Of the last commit: inputs were handed to the system; records were put into the database
     * while the disk took the inputs; what was put there was made durable. */
    uint64_t inputs_ns;
    uint64_t rows_ns;
    uint64_t commit_ns;
} liq_journal_facts;

void liq_journal_facts_read(const liq_journal *journal, liq_journal_facts *out);

#endif
