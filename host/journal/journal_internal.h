/*
 * What the .c files of this room share: the only place that includes SQLite's header.
 */
#ifndef LIQ_JOURNAL_JOURNAL_INTERNAL_H
#define LIQ_JOURNAL_JOURNAL_INTERNAL_H

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "journal/input_segment.h"
#include "journal/journal.h"
#include "journal/journal_chain.h"
#include "journal/journal_folder.h"
#include "journal/journal_prune.h"
#include "journal/last_marker.h"

#define LIQ_JOURNAL_FILE "journal.db"

enum {
    LIQ_JOURNAL_SCHEMA = 2,                  /* user_version */
    LIQ_JOURNAL_APPLICATION_ID = 0x4c495153, /* "LIQS" */
    LIQ_JOURNAL_PAGE_BYTES = 4096
};

/* Tables of records, in the order in which the chain takes them in. */
typedef enum liq_record_table {
    LIQ_TABLE_TICK = 0,
    LIQ_TABLE_SEGMENT,
    LIQ_TABLE_SOURCE,
    LIQ_TABLE_MARK,
    LIQ_TABLE_FUND,
    LIQ_TABLE_DECISION,
    LIQ_TABLE_LEG,
    LIQ_TABLE_SNAPSHOT,
    LIQ_TABLE_RETENTION,
    LIQ_TABLE_ORIGIN,
    LIQ_TABLES
} liq_record_table;

/* Those that are written between ticks: the next tick takes them into its chain. */
enum { LIQ_NOTE_TABLES = LIQ_TABLES - LIQ_TABLE_SNAPSHOT };

typedef struct liq_record_sql {
    const char *name;
    const char *insert;
    /* All columns of the rows that belong to tick ?1, whose decisions are those behind seq ?2 up to
     * ?3, in the order of the key. */
    const char *of_tick;
} liq_record_sql;

extern const liq_record_sql liq_record_sqls[LIQ_TABLES];

/* Columns of `tick`, as they are stored. */
enum {
    LIQ_TICK_TICK = 0,
    LIQ_TICK_NOW_MS,
    LIQ_TICK_CAUSE,
    LIQ_TICK_MARKS_HASH,
    LIQ_TICK_STATE_HASH,
    LIQ_TICK_LAST_SEQ,
    LIQ_TICK_SOURCES,
    LIQ_TICK_MARKS,
    LIQ_TICK_FUNDS,
    LIQ_TICK_DECISIONS,
    LIQ_TICK_LEGS,
    LIQ_TICK_SEGMENT,
    LIQ_TICK_INPUTS,
    LIQ_TICK_INPUTS_END,
    LIQ_TICK_INPUTS_HASH,
    LIQ_TICK_COLUMNS
};

typedef enum liq_sql_mode {
    LIQ_SQL_WRITE = 0, /* the writer: foreign keys, no automatic checkpoint */
    LIQ_SQL_READ = 1,  /* changes nothing */
    LIQ_SQL_CHECKPOINT = 2
} liq_sql_mode;

/** Open a connection to journal.db of a folder; waits up to five seconds for a lock. */
LIQ_MUST_USE liq_status liq_sql_open(sqlite3 **out, const char *folder, liq_sql_mode mode,
                                     liq_error *err);

/**
 * Say what SQLite has said: full, read or written wrongly and locked are LIQ_IO, damaged and
 * foreign LIQ_BAD_INPUT, a constraint LIQ_BAD_INPUT; native is the extended code.
 * @param code  of the call that failed
 */
liq_status liq_sql_fail(liq_error *err, sqlite3 *database, int code);

LIQ_MUST_USE liq_status liq_sql_run(sqlite3 *database, const char *sql, liq_error *err);
LIQ_MUST_USE liq_status liq_sql_prepare(sqlite3_stmt **out, sqlite3 *database, const char *sql,
                                        liq_error *err);

/** Do a statement that gives no rows, and make it ready for the next time, whatever came of it. */
LIQ_MUST_USE liq_status liq_sql_do(sqlite3_stmt *statement, liq_error *err);

/** Give up the transaction, unless SQLite has done so by itself. @param statement  "ROLLBACK" */
void liq_sql_roll_back(sqlite3_stmt *statement);

/** Step to the next row; after the last one the statement is reset. */
LIQ_MUST_USE liq_status liq_sql_next(sqlite3_stmt *statement, bool *has_row, liq_error *err);

/** One integer that a query gives; `otherwise` where it gives no row or NULL. */
LIQ_MUST_USE liq_status liq_sql_integer(sqlite3 *database, const char *sql, int64_t otherwise,
                                        int64_t *out, liq_error *err);

/** A column of 32 bytes as hex digits; "" for NULL or anything else. */
void liq_sql_hash(char out[LIQ_HASH_HEX_BYTES], sqlite3_stmt *statement, int column);

/** A text of a column; lent until the next step. Empty for NULL. */
liq_text liq_sql_text(sqlite3_stmt *statement, int column);

/** Add a row as SQLite gives it to a chain. */
void liq_sql_chain_row(liq_chain *chain, const char *table, sqlite3_stmt *statement);

/**
 * Whether a folder's journal.db may be opened, by its first bytes, before SQLite looks at it: an
 * empty file would otherwise become a database, and a WAL without one would be thrown away.
 * @param exists  receives whether there is one
 * @return LIQ_OK, LIQ_BAD_INPUT (and why), LIQ_IO
 */
LIQ_MUST_USE liq_status liq_journal_head_check(const char *folder, bool *exists, liq_error *err);

/**
 * Whether the WAL has lost transactions that were committed, which SQLite would not tell.
 * @return LIQ_OK, LIQ_BAD_INPUT (names the byte), LIQ_IO
 */
LIQ_MUST_USE liq_status liq_wal_check(const char *folder, liq_error *err);

struct liq_journal_origin;

/* What a part goes on from. */
typedef struct liq_part_source {
    sqlite3 *database; /* of the part before, lent */
    const struct liq_journal_origin *origin;
    uint32_t snapshots_kept;
} liq_part_source;

/** Make journal.db, whole or not at all. @param source  NULL: of the first part */
LIQ_MUST_USE liq_status liq_journal_file_create(const char *folder, const char *name,
                                                const liq_part_source *source, liq_error *err);

/** Make all tables; */
LIQ_MUST_USE liq_status liq_journal_tables_create(sqlite3 *database, liq_error *err);

/** and what guards them from then on. */
LIQ_MUST_USE liq_status liq_journal_guards_create(sqlite3 *database, liq_error *err);

/** Compare them with what they must be. @return LIQ_OK, LIQ_BAD_INPUT (the first other one) ... */
LIQ_MUST_USE liq_status liq_journal_tables_check(sqlite3 *database, liq_error *err);

/** The hash that an outlet's row carries, because it changes and so is in no chain. */
void liq_outlet_hash(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain, liq_text outlet, int64_t seq);

/** What the first link of a journal's chain hangs on. */
void liq_chain_origin(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain, const char *name);

/**
 * Compute what the chain must be after a tick out of the records, as they are.
 * @param statements  of liq_record_sqls' of_tick, prepared
 * @param previous    the chain before
 * @param first_seq   last decision before
 * @param last_seq    last decision of the tick
 * @param counts      receives the rows of each table; NULL allowed
 */
LIQ_MUST_USE liq_status liq_chain_of_tick(char hex[LIQ_HASH_HEX_BYTES], liq_chain *chain,
                                          sqlite3_stmt *const *statements, const char *previous,
                                          int64_t tick, int64_t first_seq, int64_t last_seq,
                                          uint64_t counts[LIQ_TABLES], liq_error *err);

/* A row on its way into a table: bound to its statement and added to the chain at once. */
typedef struct liq_record {
    sqlite3_stmt *statement;
    liq_chain *chain; /* NULL: in none */
    int column;
    int code; /* of SQLite, the first that was not SQLITE_OK */
} liq_record;

void liq_record_begin(liq_record *record, sqlite3_stmt *statement, liq_chain *chain,
                      const char *table);
void liq_record_integer(liq_record *record, int64_t value);
/** @param data  lent until liq_record_end; NULL: null */
void liq_record_text(liq_record *record, const char *data, size_t bytes);
/** @param string  "" or NULL: null */
void liq_record_string(liq_record *record, const char *string);
/** @param hex  64 digits; "": null */
void liq_record_hash(liq_record *record, const char *hex);
/** Insert it. */
LIQ_MUST_USE liq_status liq_record_end(liq_record *record, liq_error *err);

/* A name and a number: positions of sources and of outlets. */
typedef struct liq_named_number {
    char name[LIQ_JOURNAL_NAME_BYTES_MAX + 1];
    uint64_t number;
    bool is_new; /* to be written with the next commit */
} liq_named_number;

typedef struct liq_keeper liq_keeper;

/** Start the thread that checkpoints a part and removes files of inputs of the folder. */
LIQ_MUST_USE liq_status liq_keeper_create(liq_keeper **out, const char *folder, const char *part,
                                          liq_error *err);
/** Stop it when it has done what it was told. Takes NULL. */
void liq_keeper_destroy(liq_keeper *keeper);
/** So many pages are in the WAL. */
void liq_keeper_wal_tell(liq_keeper *keeper, uint64_t pages);
/** Files of inputs that begin before this tick are to go. */
void liq_keeper_segments_tell(liq_keeper *keeper, uint64_t kept_from);
uint64_t liq_keeper_checkpoints(liq_keeper *keeper);
/** Parts of the journal but for these are no longer needed. */
void liq_keeper_parts_tell(liq_keeper *keeper, const liq_parts_needed *needed);

/* A part as it is written to. Zeroed: none. */
typedef struct liq_journal_base {
    sqlite3 *database;
    sqlite3_stmt *inserts[LIQ_TABLES];
    sqlite3_stmt *insert_chain;
    sqlite3_stmt *write_outlet;
    sqlite3_stmt *begin;
    sqlite3_stmt *commit;
    sqlite3_stmt *roll_back;
    sqlite3_stmt *notes[LIQ_NOTE_TABLES]; /* of_tick of snapshot, retention, origin */
} liq_journal_base;

/** Open journal.db of a part for writing, and prepare what is done with it. */
LIQ_MUST_USE liq_status liq_journal_base_open(liq_journal_base *out, const char *part,
                                              bool is_normal, liq_error *err);

/** Takes a zeroed one. */
void liq_journal_base_close(liq_journal_base *base);

/** Have the keeper told of what is written to the present part. */
void liq_journal_watch(liq_journal *journal);

struct liq_journal {
    char folder[LIQ_JOURNAL_PATH_BYTES];
    char name[LIQ_JOURNAL_NAME_BYTES_MAX + 1];
    bool is_normal; /* synchronous */
    liq_journal_base base;
    uint64_t origin_tick;     /* last tick before the present part */
    int64_t since_ms;         /* time of its first tick, or of the last one before */
    uint64_t last_segment;    /* file of inputs of the last tick, */
    uint64_t last_inputs_end; /* and where they end in it */
    int lock;                 /* descriptor; -1: not held */
    int marker; /* descriptor of last_marker.h; -1: not written, because no commit is certain */
    liq_chain chain;
    liq_input_segment segment;
    liq_journal_last last;
    liq_named_number *sources;
    size_t source_count;
    size_t source_capacity;
    liq_named_number outlets[LIQ_JOURNAL_OUTLETS_MAX];
    uint32_t outlet_count;
    uint32_t snapshots_kept;
    uint64_t told;      /* the last tick that somebody was told of, when it was opened */
    uint64_t kept_from; /* files of inputs from this tick on are kept */
    uint64_t wal_pages;
    uint64_t failures;
    uint64_t inputs_ns; /* of the last commit, as liq_journal_facts has them */
    uint64_t rows_ns;
    uint64_t commit_ns;
    liq_keeper *keeper; /* NULL: not started */
    bool has_notes;     /* snapshots were noted since the last tick */
};

/** Which one has that name; count: none. */
size_t liq_named_find(const liq_named_number *items, size_t count, const char *name);

/** How far the record goes: last tick, whose chain is computed again, sources, outlets, inputs. */
LIQ_MUST_USE liq_status liq_journal_state_read(liq_journal *journal, liq_error *err);

/**
 * Remember how far a source has come.
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_source_set(liq_journal *journal, const char *source,
                                               uint64_t position, liq_error *err);

/** Refuse a tick that contradicts itself or does not follow the last one. */
LIQ_MUST_USE liq_status liq_journal_tick_check(const liq_journal *journal,
                                               const liq_journal_tick *tick, liq_error *err);

#endif
