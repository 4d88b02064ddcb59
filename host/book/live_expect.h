/*
 * Memory that is asked for ahead. An event of an account touches a bucket of names, the account and
 * what it holds, each found through the one before and none of them near another: what is told in
 * time is there when the event is applied. Hints only: nothing depends on them.
 */
#ifndef LIQ_BOOK_LIVE_EXPECT_H
#define LIQ_BOOK_LIVE_EXPECT_H

#include "book/live_book.h"

/* How many accounts ahead of the one that is applied: each is told three times, at every third. */
enum { LIQ_LIVE_AHEAD = 12 };

typedef struct liq_live_ahead {
    uint64_t name_hashes[LIQ_LIVE_AHEAD];
    uint32_t count; /* told so far */
} liq_live_ahead;

/** An event of an account comes, behind LIQ_LIVE_AHEAD others. @param id  NULL: of none */
void liq_live_expect(const liq_live_book *live, liq_live_ahead *ahead, const char *id);

/** What an account holds is looked at soon. */
void liq_live_expect_entries(const liq_live_book *live, uint32_t account);

#endif
