/*
 * A snapshot: one file that holds a loaded book, so that it can be loaded again without reading
 * decimals, looking up names or sorting.
 *
 *     head | checksum of each block | section 0 | section 1 | ...
 *
 * Numbers are as this machine writes them; a file of another byte order, version or layout is
 * refused. No byte is outside a checksum, and none is between the parts. Records are those of
 * columns.h, so that a book can use them where they lie: see file_view.h. A snapshot is untrusted
 * input all the same: whatever its checksums say, every index, range, order and name is checked,
 * venue.json is inside as a text and read as from its own file, and the values of positions and
 * orders are computed from their prices anew and compared.
 *
 * Sections of what a live book knows more (references, seen, depth marks, margin factors) are empty
 * in a snapshot of any other book.
 */

#ifndef LIQ_BOOK_SNAPSHOT_H
#define LIQ_BOOK_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "book/columns.h"
#include "book/stamp.h"

enum {
    /* Raised whenever a record changes, or what the loader makes of the files of a book. */
    LIQ_SNAPSHOT_VERSION = 4,
    LIQ_SNAPSHOT_BYTE_ORDER = 0x01020304,
    LIQ_SNAPSHOT_MAGIC_BYTES = 8,
    /* Small enough to stay in a processor's cache between the checksum and the checks. */
    LIQ_SNAPSHOT_BLOCK_BYTES = 256 * 1024
};

#define LIQ_SNAPSHOT_MAGIC "liqsnap\n"

/* In the order of the file: first what is a multiple of eight bytes, so that all of it is aligned.
 */
typedef enum liq_snapshot_section {
    LIQ_SNAPSHOT_MARKS = 0,      /* liq_snapshot_price by instrument */
    LIQ_SNAPSHOT_INDICES,        /* liq_snapshot_price by asset */
    LIQ_SNAPSHOT_DEPTH,          /* liq_snapshot_level */
    LIQ_SNAPSHOT_DEPTH_MARKS,    /* liq_snapshot_price by instrument, or nothing */
    LIQ_SNAPSHOT_FACTORS,        /* liq_snapshot_factors by instrument, or nothing */
    LIQ_SNAPSHOT_ACCOUNTS,       /* liq_snapshot_account */
    LIQ_SNAPSHOT_ID_STARTS,      /* uint64_t by account, and one more: into the ids */
    LIQ_SNAPSHOT_BALANCE_FIRST,  /* likewise: into balances */
    LIQ_SNAPSHOT_POSITION_FIRST, /* likewise */
    LIQ_SNAPSHOT_ORDER_FIRST,    /* likewise */
    LIQ_SNAPSHOT_BALANCES,       /* liq_snapshot_balance by account */
    LIQ_SNAPSHOT_POSITIONS,      /* liq_snapshot_position by account */
    LIQ_SNAPSHOT_ORDERS,         /* liq_snapshot_order by account */
    LIQ_SNAPSHOT_REFERENCES,     /* uint64_t by order, or nothing */
    LIQ_SNAPSHOT_IDS,            /* of accounts, each terminated */
    LIQ_SNAPSHOT_ACCOUNTS_SEEN,  /* uint8_t by account, or nothing */
    LIQ_SNAPSHOT_POSITIONS_SEEN, /* uint8_t by position, or nothing */
    LIQ_SNAPSHOT_VENUE,          /* text of venue.json, one block */
    LIQ_SNAPSHOT_GROUPS,         /* names, each terminated, one block */
    LIQ_SNAPSHOT_SECTIONS
} liq_snapshot_section;

typedef struct liq_snapshot_head {
    char magic[LIQ_SNAPSHOT_MAGIC_BYTES];
    uint32_t byte_order;
    uint32_t version;
    uint64_t file_bytes;
    uint64_t items[LIQ_SNAPSHOT_SECTIONS]; /* bytes where a section is text or names */
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

typedef struct liq_snapshot_factors {
    uint32_t maintenance_ppm;
    uint32_t initial_ppm;
} liq_snapshot_factors;

typedef struct liq_snapshot_account {
    uint32_t group_index;
    uint8_t mode;
    uint8_t adl_exempt;
    uint16_t reserved_zero;
} liq_snapshot_account;

typedef struct liq_snapshot_balance {
    int64_t amount;
    uint32_t account_index;
    uint32_t asset_index;
} liq_snapshot_balance;

typedef struct liq_snapshot_position {
    int64_t quantity_lots;
    int64_t entry_value;
    int64_t price_digits;
    int32_t price_decimals;
    uint32_t reserved_zero;
    int64_t isolated_margin;
    uint32_t account_index;
    uint32_t instrument_index;
    uint8_t isolated;
    uint8_t reserved_zero_8;
    uint16_t reserved_zero_16;
    uint32_t reserved_zero_32;
} liq_snapshot_position;

typedef struct liq_snapshot_order {
    int64_t quantity_lots;
    int64_t limit_value;
    int64_t price_digits;
    int32_t price_decimals;
    uint32_t reserved_zero;
    uint32_t account_index;
    uint32_t instrument_index;
} liq_snapshot_order;

_Static_assert(sizeof(liq_snapshot_head) == 208 + 448 && sizeof(liq_snapshot_price) == 16 &&
                   sizeof(liq_snapshot_level) == 24 && sizeof(liq_snapshot_factors) == 8 &&
                   sizeof(liq_snapshot_account) == 8 && sizeof(liq_snapshot_balance) == 16 &&
                   sizeof(liq_snapshot_position) == 56 && sizeof(liq_snapshot_order) == 40,
               "records of a file have no padding");

#define LIQ_SNAPSHOT_SAME(RECORD, FIELD, COLUMN, MEMBER)                                           \
    (offsetof(liq_snapshot_##RECORD, FIELD) == offsetof(liq_##COLUMN, MEMBER) &&                   \
     sizeof(((liq_snapshot_##RECORD *)0)->FIELD) == sizeof(((liq_##COLUMN *)0)->MEMBER))
_Static_assert(sizeof(liq_snapshot_account) == sizeof(liq_account) &&
                   sizeof(liq_snapshot_balance) == sizeof(liq_balance) &&
                   sizeof(liq_snapshot_position) == sizeof(liq_position) &&
                   sizeof(liq_snapshot_order) == sizeof(liq_order) &&
                   sizeof(uint64_t) == sizeof(size_t),
               "a book uses records where they lie");
_Static_assert(LIQ_SNAPSHOT_SAME(account, group_index, account, group_index) &&
                   LIQ_SNAPSHOT_SAME(account, mode, account, mode) &&
                   LIQ_SNAPSHOT_SAME(account, adl_exempt, account, adl_exempt) &&
                   LIQ_SNAPSHOT_SAME(balance, amount, balance, amount) &&
                   LIQ_SNAPSHOT_SAME(balance, account_index, balance, account_index) &&
                   LIQ_SNAPSHOT_SAME(balance, asset_index, balance, asset_index),
               "accounts and balances are as in columns.h");
_Static_assert(LIQ_SNAPSHOT_SAME(position, quantity_lots, position, quantity_lots) &&
                   LIQ_SNAPSHOT_SAME(position, entry_value, position, entry_value) &&
                   LIQ_SNAPSHOT_SAME(position, price_digits, position, entry_price.digits) &&
                   LIQ_SNAPSHOT_SAME(position, price_decimals, position, entry_price.decimals) &&
                   LIQ_SNAPSHOT_SAME(position, isolated_margin, position, isolated_margin) &&
                   LIQ_SNAPSHOT_SAME(position, account_index, position, account_index) &&
                   LIQ_SNAPSHOT_SAME(position, instrument_index, position, instrument_index) &&
                   LIQ_SNAPSHOT_SAME(position, isolated, position, isolated),
               "positions are as in columns.h");
_Static_assert(LIQ_SNAPSHOT_SAME(order, quantity_lots, order, quantity_lots) &&
                   LIQ_SNAPSHOT_SAME(order, limit_value, order, limit_value) &&
                   LIQ_SNAPSHOT_SAME(order, price_digits, order, price.digits) &&
                   LIQ_SNAPSHOT_SAME(order, price_decimals, order, price.decimals) &&
                   LIQ_SNAPSHOT_SAME(order, account_index, order, account_index) &&
                   LIQ_SNAPSHOT_SAME(order, instrument_index, order, instrument_index),
               "orders are as in columns.h");

/* Some consecutive items of a section, under one checksum. */
typedef struct liq_snapshot_block {
    liq_snapshot_section section;
    uint64_t number; /* among all blocks of the file */
    uint64_t first;  /* item of the section */
    uint64_t count;
    uint64_t offset; /* in the file */
    uint64_t bytes;
} liq_snapshot_block;

/** Bytes of an item: 1 where a section is text, names or bytes. */
size_t liq_snapshot_item_bytes(liq_snapshot_section section);

/** How many items a block of a section has, but for the last; SIZE_MAX: all of them. */
uint64_t liq_snapshot_block_items(liq_snapshot_section section);

/** Where a section starts in the file. */
uint64_t liq_snapshot_section_offset(const liq_snapshot_head *head, liq_snapshot_section section);

/** How many blocks a section has. */
uint64_t liq_snapshot_blocks(const liq_snapshot_head *head, liq_snapshot_section section);

/** How many blocks the file has. */
uint64_t liq_snapshot_block_count(const liq_snapshot_head *head);

/** Bytes of the whole file. Items must be at most 2^40. */
uint64_t liq_snapshot_file_bytes(const liq_snapshot_head *head);

/** Describe a block. @param index  in its section */
liq_snapshot_block liq_snapshot_block_at(const liq_snapshot_head *head,
                                         liq_snapshot_section section, uint64_t index);

#endif
