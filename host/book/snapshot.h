/*
 * A snapshot: one file that holds a loaded book, so that it can be loaded again without reading
 * decimals, looking up names or sorting.
 *
 *     head | checksum of each block | blocks of section 0 | blocks of section 1 | ...
 *
 * Numbers are as this machine writes them; a file of another byte order, version or layout is
 * refused. No byte is outside a checksum, and none is between the parts. A snapshot is untrusted
 * input all the same: whatever its checksums say, every index, range, order and name is checked as
 * it is read, venue.json is inside as a text and read as from its own file, and the values of
 * positions and orders are computed from their prices anew.
 */
#ifndef LIQ_BOOK_SNAPSHOT_H
#define LIQ_BOOK_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "book/columns.h"
#include "book/stamp.h"

enum {
    /* Raised whenever a record changes, or what the loader makes of the files of a book. */
    LIQ_SNAPSHOT_VERSION = 1,
    LIQ_SNAPSHOT_BYTE_ORDER = 0x01020304,
    LIQ_SNAPSHOT_MAGIC_BYTES = 8,
    LIQ_SNAPSHOT_BLOCK_ITEMS = 8192
};

#define LIQ_SNAPSHOT_MAGIC "liqsnap\n"

/* In the order of the file. Those up to the accounts are read before all others. */
typedef enum liq_snapshot_section {
    LIQ_SNAPSHOT_VENUE = 0, /* text of venue.json, one block */
    LIQ_SNAPSHOT_GROUPS,    /* names, each terminated, one block */
    LIQ_SNAPSHOT_MARKS,     /* liq_snapshot_price by instrument */
    LIQ_SNAPSHOT_INDICES,   /* liq_snapshot_price by asset */
    LIQ_SNAPSHOT_DEPTH,     /* liq_snapshot_level */
    LIQ_SNAPSHOT_ACCOUNTS,  /* liq_snapshot_account */
    LIQ_SNAPSHOT_IDS,       /* of accounts, each terminated; a block has those of its accounts */
    LIQ_SNAPSHOT_BALANCES,  /* liq_snapshot_balance by account */
    LIQ_SNAPSHOT_POSITIONS, /* liq_snapshot_position by account */
    LIQ_SNAPSHOT_ORDERS,    /* liq_snapshot_order by account */
    LIQ_SNAPSHOT_SECTIONS
} liq_snapshot_section;

typedef struct liq_snapshot_head {
    char magic[LIQ_SNAPSHOT_MAGIC_BYTES];
    uint32_t byte_order;
    uint32_t version;
    uint64_t file_bytes;
    uint64_t items[LIQ_SNAPSHOT_SECTIONS]; /* bytes where a section is text or names; of ids: the
                                              accounts */
    uint64_t id_bytes;
    uint64_t group_count;
    uint64_t is_stamped;
    liq_book_stamp stamp;
    uint64_t list_checksum; /* of the checksums of all blocks */
    uint64_t head_checksum; /* of what stands before it */
} liq_snapshot_head;

typedef struct liq_snapshot_price {
    int64_t digits; /* 0: no price */
    int64_t decimals;
} liq_snapshot_price;

typedef struct liq_snapshot_level {
    int64_t quantity_lots;
    int64_t price_digits;
    uint32_t instrument_index;
    uint8_t price_decimals;
    uint8_t is_bid;
    uint16_t reserved_zero;
} liq_snapshot_level;

typedef struct liq_snapshot_account {
    uint32_t id_bytes; /* with the terminator */
    uint32_t group_index;
    uint32_t balances; /* how many it has */
    uint32_t positions;
    uint32_t orders;
    uint8_t mode;
    uint8_t adl_exempt;
    uint16_t reserved_zero;
} liq_snapshot_account;

typedef struct liq_snapshot_balance {
    int64_t amount;
    uint32_t asset_index;
    uint32_t reserved_zero;
} liq_snapshot_balance;

typedef struct liq_snapshot_position {
    int64_t quantity_lots;
    int64_t price_digits;
    int64_t isolated_margin;
    uint32_t instrument_index;
    uint8_t price_decimals;
    uint8_t isolated;
    uint16_t reserved_zero;
} liq_snapshot_position;

typedef struct liq_snapshot_order {
    int64_t quantity_lots;
    int64_t price_digits;
    uint32_t instrument_index;
    uint8_t price_decimals;
    uint8_t reserved_zero[3];
} liq_snapshot_order;

_Static_assert(sizeof(liq_snapshot_head) == 144 + 448 && sizeof(liq_snapshot_price) == 16 &&
                   sizeof(liq_snapshot_level) == 24 && sizeof(liq_snapshot_account) == 24 &&
                   sizeof(liq_snapshot_balance) == 16 && sizeof(liq_snapshot_position) == 32 &&
                   sizeof(liq_snapshot_order) == 24,
               "records of a file have no padding");

/* Some consecutive items of a section, under one checksum. */
typedef struct liq_snapshot_block {
    liq_snapshot_section section;
    uint64_t number; /* among all blocks of the file */
    uint64_t first;  /* item of the section */
    uint64_t count;
    uint64_t offset; /* in the file; of ids, and behind them, known when names are */
    uint64_t bytes;
} liq_snapshot_block;

/** Bytes of an item, or 0 where items vary (ids). */
size_t liq_snapshot_item_bytes(liq_snapshot_section section);

/** How many blocks a section has. */
uint64_t liq_snapshot_blocks(const liq_snapshot_head *head, liq_snapshot_section section);

/** How many blocks the file has. */
uint64_t liq_snapshot_block_count(const liq_snapshot_head *head);

/** Bytes of the whole file. Items must be at most 2^40. */
uint64_t liq_snapshot_file_bytes(const liq_snapshot_head *head);

/**
 * Describe a block.
 * @param index      in its section
 * @param id_starts  where the id of each account starts, and the next one would; NULL for other
 *                   sections than ids
 */
liq_snapshot_block liq_snapshot_block_at(const liq_snapshot_head *head,
                                         liq_snapshot_section section, uint64_t index,
                                         const size_t *id_starts);

#endif
