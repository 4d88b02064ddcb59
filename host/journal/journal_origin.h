/*
 * What a part of the journal goes on from: the record before it, in as few rows as a start needs.
 */
#ifndef LIQ_JOURNAL_JOURNAL_ORIGIN_H
#define LIQ_JOURNAL_JOURNAL_ORIGIN_H

#include "journal/journal_internal.h"

typedef struct liq_journal_origin {
    bool is_there; /* the first part has none */
    uint64_t tick;
    uint64_t seq;
    int64_t now_ms;
    uint64_t segment; /* and end of its inputs */
    uint64_t inputs_end;
    char state_hash[LIQ_HASH_HEX_BYTES];
    char chain[LIQ_HASH_HEX_BYTES];
    char carried[LIQ_HASH_HEX_BYTES]; /* over the rows that were taken along */
} liq_journal_origin;

/** Read that of a part. Without one everything is 0, and chain the first link of the journal. */
LIQ_MUST_USE liq_status liq_origin_read(liq_journal_origin *out, sqlite3 *database,
                                        liq_chain *chain, liq_error *err);

/**
 * Take along what a new part needs, and write its origin. Before there are guards.
 * @param fresh  of the new part, in a transaction
 * @param old    of the part that is left
 */
LIQ_MUST_USE liq_status liq_origin_write(sqlite3 *fresh, sqlite3 *old,
                                         const liq_journal_origin *origin, uint32_t snapshots_kept,
                                         liq_error *err);

/**
 * The hash over the rows that were taken along.
 * @param counts  receives how many they are, by table; NULL allowed
 */
LIQ_MUST_USE liq_status liq_origin_carried(char hex[LIQ_HASH_HEX_BYTES], sqlite3 *database,
                                           liq_chain *chain, uint64_t tick,
                                           uint64_t counts[LIQ_TABLES], liq_error *err);

#endif
