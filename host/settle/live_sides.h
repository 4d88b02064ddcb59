/*
 * Who stands on the sides of instruments of a live book, in the order of account ids, kept from one
 * time that a side is asked for to the next. A side is put together when it is first asked for;
 * later only accounts that changed since, and those that came, are looked at again: the rest is
 * known by the number of changes of its account (liq_live_book.versions).
 */
#ifndef LIQ_SETTLE_LIVE_SIDES_H
#define LIQ_SETTLE_LIVE_SIDES_H

#include "book/live_book.h"
#include "settle/settle_source.h"

/* An account may stand on a side with its cross margin and with an isolated position. */
enum { LIQ_LIVE_PLACES_MAX = 2 };

typedef struct liq_live_side_list {
    liq_side_holder *holders;
    uint32_t *versions; /* of their accounts when they were listed */
    size_t holder_capacity;
    size_t version_capacity;
    uint64_t joined; /* of the instrument then */
    uint32_t count;
} liq_live_side_list;

typedef struct liq_live_sides {
    liq_live_side_list *lists; /* by side; NULL: none was asked for */
    uint32_t *fresh;           /* scratch: accounts to look at */
    liq_live_side_list merged; /* scratch */
    size_t fresh_capacity;
    uint32_t list_count;
    /* Where an account stands on a side: places among its positions, ascending. @return how many */
    uint32_t (*places)(void *context, uint32_t account, uint32_t side,
                       uint32_t out[LIQ_LIVE_PLACES_MAX]);
    void *context;
} liq_live_sides;

/** Takes a zeroed or filled one; places and context stay. */
void liq_live_sides_clear(liq_live_sides *sides);

/**
 * Positions of a side by account id, then place; those of accounts that are exempt from ADL left
 * out.
 * @param side  2 x instrument + is_short
 * @param out   lent until the next call
 */
LIQ_MUST_USE liq_status liq_live_sides_read(liq_live_sides *sides, liq_live_book *book,
                                            uint32_t side, liq_side_holders *out, liq_error *err);

#endif
