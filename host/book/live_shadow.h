/*
 * A second copy of a live book, for whoever writes it down while the first goes on changing. It is
 * brought up piece by piece between ticks; meanwhile the live book lists the accounts that change,
 * and those are copied again. When little is left of them all of it is made equal at once.
 *
 * A fork would cost less code and more time: each page that is written behind it is a fault, of
 * some microseconds, in the very thread that must not wait.
 */
#ifndef LIQ_BOOK_LIVE_SHADOW_H
#define LIQ_BOOK_LIVE_SHADOW_H

#include "book/live_book.h"

typedef struct liq_live_shadow {
    liq_live_book book;      /* what columns are written from: the rest of it is of no use */
    liq_live_set changed;    /* accounts to copy again */
    liq_live_book *followed; /* NULL: none, or it is gone */
    size_t copied_bytes;     /* of accounts, then of entries */
    size_t depth_capacity;   /* levels that there is room for */
    liq_depth_level *levels;
    char *venue_text;  /* copied: the venue may go before this does */
    liq_names *groups; /* likewise */
} liq_live_shadow;

/** How large a shadow must be; taken by the thread of the live book. */
typedef struct liq_live_shadow_size {
    uint32_t accounts;
    uint32_t entries;
    uint32_t instruments;
    uint32_t assets;
    uint64_t levels;
} liq_live_shadow_size;

liq_live_shadow_size liq_live_shadow_size_of(const liq_live_book *live);

/**
 * Take the memory, and have the system give it piece by piece: by any thread.
 * @param out  zeroed; stays where it is
 */
LIQ_MUST_USE liq_status liq_live_shadow_create(liq_live_shadow *out,
                                               const liq_live_shadow_size *size, liq_error *err);

/** Takes a zeroed one. The live book that it follows must know of it no more. */
void liq_live_shadow_clear(liq_live_shadow *shadow);

/**
 * Begin to copy. When the live book is cleared the shadow follows none.
 * @param live  as large as it was, without another shadow
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_shadow_follow(liq_live_shadow *shadow, liq_live_book *live,
                                               liq_error *err);

/** Stop, at whatever point; the thread of the live book. */
void liq_live_shadow_leave(liq_live_shadow *shadow);

/**
 * Copy some more.
 * @param bytes_max  about so much
 * @return whether there is nothing more to copy now
 */
bool liq_live_shadow_copy(liq_live_shadow *shadow, size_t bytes_max);

/** Whether all was copied once. */
bool liq_live_shadow_is_whole(const liq_live_shadow *shadow);

/**
 * Copy all that is left, and stop following: the shadow is what the live book is now.
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY (there are many more levels of depth)
 */
LIQ_MUST_USE liq_status liq_live_shadow_finish(liq_live_shadow *shadow, liq_error *err);

/** An account has changed, whether anybody follows or not. */
static inline void liq_live_shadow_note(const liq_live_book *live, uint32_t account)
{
    if (live->shadow != NULL)
        liq_live_set_add(&live->shadow->changed, account);
}

#endif
