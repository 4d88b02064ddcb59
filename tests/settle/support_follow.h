/*
 * Live books that follow one stream of random events, and settlers of them: for what has to be the
 * same whichever way a settler came to where it is.
 */
#ifndef LIQ_SUPPORT_FOLLOW_H
#define LIQ_SUPPORT_FOLLOW_H

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "support_venture.h"

/* A live book and its settler. */
typedef struct follower {
    liq_live *live;
    liq_book columns; /* that the live book was made of, where it was made of another */
    liq_settle *settle;
    liq_settle_summary summary; /* of the last run */
    liq_status status;          /* of the last run */
    liq_error err;
} follower;

/* What happens between two runs. */
typedef struct follow_stream {
    const liq_book *book;
    liq_random *random;
    int64_t prices[VENTURE_INSTRUMENTS_MAX]; /* ticks of 10^-2 */
    int64_t now_ms;
    uint64_t tick;
    bool keeps_accounts; /* accounts neither come nor go */
} follow_stream;

/** Draw a book with any rules of liquidation, external execution among them; its depth counts. */
void follow_draw(venture *book, liq_random *random);

/** Give it back. */
void follow_clear(venture *book);

void follow_start(follow_stream *out, const liq_book *book, liq_random *random);

/** Make a live book and a settler of it. */
void follower_start(follower *out, const liq_book *book);
void follower_end(follower *self);

/** Random events, the same for all; refused by all or by none. */
void follow_events(follow_stream *self, follower *const *followers, uint32_t count);

/** Fills of some of what the last run of the first asked for, reported to all. */
void follow_fills(follow_stream *self, follower *const *followers, uint32_t count);

/** Time passes, then a tick and a run of each. */
void follow_run(follow_stream *self, follower *const *followers, uint32_t count);

/** The state of a settler: bytes for the caller to free. */
void *follow_state(const follower *self, size_t *bytes);

/** Make the live book anew of what another one holds, under numbers of its own, and a settler of
 * it.
 */
void follower_rebuild(follower *self, const follower *from);

/** Make a new settler of the same live book. */
void follower_renew(follower *self, const liq_book *book);

#endif
