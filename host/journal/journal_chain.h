/*
 * The hash that closes each tick, over bytes that do not depend on the machine or on how SQLite
 * lays out its pages:
 *
 *   row   the name of the table, NUL, the cells in the order of the columns, 'r'
 *   cell  'n' for NULL; 'i' and 8 bytes, two's complement, lowest first; 't' or 'b' for text or
 *         bytes, their number as 8 bytes, lowest first, and they themselves
 *
 *   chain(0) = SHA-256(row of journal)
 *   chain(n) = SHA-256(the 64 hex digits of chain(n - 1), row of tick, rows of segment,
 *              source_position, mark, fund, decision, leg of it, and rows of snapshot and retention
 *              noted after tick n - 1), each table in the order of its key
 */
#ifndef LIQ_JOURNAL_JOURNAL_CHAIN_H
#define LIQ_JOURNAL_JOURNAL_CHAIN_H

#include <stdint.h>

#include <liqscan/status.h>

#include "base/hash.h"

enum { LIQ_CHAIN_BUFFER_BYTES = 4096 };

/* Zeroed: none. */
typedef struct liq_chain {
    liq_hash *hash;
    size_t used; /* of the buffer: many small pieces are hashed at once */
    unsigned char buffer[LIQ_CHAIN_BUFFER_BYTES];
} liq_chain;

/** @return LIQ_OK, LIQ_OUT_OF_MEMORY, LIQ_UNSUPPORTED */
LIQ_MUST_USE liq_status liq_chain_create(liq_chain *out, liq_error *err);

/** Takes a zeroed one. */
void liq_chain_clear(liq_chain *chain);

/** Begin a link behind another one, forgetting what was added. @param previous  "": the first */
void liq_chain_begin(liq_chain *chain, const char *previous);

void liq_chain_row(liq_chain *chain, const char *table);
void liq_chain_null(liq_chain *chain);
void liq_chain_integer(liq_chain *chain, int64_t value);
void liq_chain_text(liq_chain *chain, const void *data, size_t bytes);
void liq_chain_bytes(liq_chain *chain, const void *data, size_t bytes);
void liq_chain_row_end(liq_chain *chain);

void liq_chain_finish(liq_chain *chain, char hex[LIQ_HASH_HEX_BYTES]);

/** 64 hex digits as bytes. @return 0 when it is something else */
int liq_hex_read(unsigned char out[LIQ_HASH_BYTES], const char *hex);

/** And back. */
void liq_hex_write(char out[LIQ_HASH_HEX_BYTES], const unsigned char bytes[LIQ_HASH_BYTES]);

#endif
