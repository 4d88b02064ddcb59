/*
 * Dynamic margin of a live book: what it holds is told to the rules of its venue
 * (dynamic/dynamic_margin.h), and factors that take effect are applied to it.
 */
#ifndef LIQ_SCAN_LIVE_MARGIN_H
#define LIQ_SCAN_LIVE_MARGIN_H

#include <liqscan/live.h>

#include "base/text.h"
#include "book/columns.h"
#include "dynamic/dynamic_margin.h"

enum { LIQ_MARGIN_STATE_BYTES = 640 };

/* Depth near the mark, as of a version of the live book. */
typedef struct liq_near_depth {
    liq_int128 lots; /* below 0: nothing is known */
    uint64_t version;
} liq_near_depth;

typedef struct liq_live_margin {
    liq_dynamic *dynamic; /* NULL: the policy has none */
    const liq_dynamic_policy *policy;
    const liq_venue *venue;
    liq_live *live;
    liq_dynamic_facts *facts; /* by instrument */
    liq_near_depth *depths;   /* likewise */
    uint32_t *implied_ppm;    /* likewise; 0: not known */
} liq_live_margin;

/**
 * Begin with the factors that the live book has; where the policy has no dynamic margin they go
 * back to one.
 * @param out   zeroed; cleared again on failure
 * @param book  that the live book was made of, lent as long as this lives, and so is the live book
 * @return LIQ_OK; LIQ_OUT_OF_RANGE (caps, or a table that the largest factors do not fit);
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_live_margin_create(liq_live_margin *out, liq_live *live,
                                               const liq_book *book, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_live_margin_clear(liq_live_margin *margin);

/**
 * Go to a tick: before liq_live_tick, after its prices and events were applied. Factors that take
 * effect are applied to the live book.
 * @param changes  receives what happened, lent until the next tick; none without dynamic margin
 */
LIQ_MUST_USE liq_status liq_live_margin_tick(liq_live_margin *margin, int64_t time_ms,
                                             const liq_dynamic_change **changes, uint32_t *count,
                                             liq_error *err);

/** A venue gives the volatility of a year: 1 is 100%. @param volatility  0 or more; 0: not known */
void liq_live_margin_implied_set(liq_live_margin *margin, uint32_t instrument,
                                 liq_decimal volatility);

/** What is kept of an instrument as a line of text without a tab or a line end. */
void liq_live_margin_state_write(const liq_live_margin *margin, uint32_t instrument,
                                 char out[LIQ_MARGIN_STATE_BYTES]);

/** What is known of all instruments, in one number; 0: rates do not move. */
uint64_t liq_live_margin_digest(const liq_live_margin *margin);

/** Take it up. @return false when it cannot be, or is not that of the factors in the live book */
bool liq_live_margin_state_read(liq_live_margin *margin, uint32_t instrument, liq_text text);

#endif
