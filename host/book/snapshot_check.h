/*
 * What a block of a snapshot says, checked in full: the order of its first item after the last one
 * of the block before included. Large columns stay where they lie; the rest goes into the book.
 */
#ifndef LIQ_BOOK_SNAPSHOT_CHECK_H
#define LIQ_BOOK_SNAPSHOT_CHECK_H

#include "book/lot_value.h"
#include "book/snapshot.h"

/* A book being made. Sections are all in memory, though others than checked ones may hold anything.
 */
typedef struct liq_snapshot_target {
    liq_book *book;
    const liq_snapshot_head *head;
    const char *id_bytes;
    const uint64_t *id_starts;
    liq_lot_scale *scales; /* by instrument, once the venue is there */
} liq_snapshot_target;

/**
 * Check a block whose checksum is right. The sections up to the firsts, with ids, venue and groups,
 * come before the others; within that, in any order and from several threads at once. Venue comes
 * before marks, indices and depth.
 * @return NULL, or what is wrong
 */
const char *liq_snapshot_check(const liq_snapshot_target *target, const liq_snapshot_block *block,
                               const void *data);

#endif
