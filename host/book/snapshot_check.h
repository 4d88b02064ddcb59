/*
 * Blocks of a snapshot into the columns of a book. What a block says is checked here in full, but
 * for its order against the block before it: that is liq_snapshot_in_order, once both are there.
 */
#ifndef LIQ_BOOK_SNAPSHOT_DECODE_H
#define LIQ_BOOK_SNAPSHOT_DECODE_H

#include "book/snapshot.h"

/* A book being made: arrays of the sizes that the head gives. */
typedef struct liq_snapshot_target {
    liq_book *book;
    const liq_snapshot_head *head;
    char *id_bytes;
    size_t *id_starts;
} liq_snapshot_target;

/**
 * Check and take over a block whose checksum is right. Blocks up to the accounts come first and
 * in order; the rest may come in any order and from several threads at once.
 * @param data  the block; of ids already in its place
 * @return NULL, or what is wrong
 */
const char *liq_snapshot_decode(const liq_snapshot_target *target, const liq_snapshot_block *block,
                                const void *data);

/** Whether the items before and at first, of two blocks, are in order. @param first  not 0 */
bool liq_snapshot_in_order(const liq_snapshot_target *target, liq_snapshot_section section,
                           uint64_t first);

#endif
