/*
 * The guards of a venue round a live book: marks and index prices go through them into the book,
 * accounts that depend on a held price are left alone, and what the guards found comes out as
 * actions of the next run.
 */
#ifndef LIQ_SETTLE_PRICE_GUARD_H
#define LIQ_SETTLE_PRICE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/live.h>
#include <liqscan/settle.h>

#include "book/columns.h"
#include "guard/guard.h"
#include "settle/settle_notice.h"

typedef struct liq_price_guard {
    liq_guard *guard;
    liq_live *live;
    const liq_book *book;
    liq_settle_notice *notices; /* of the next run */
    size_t notice_capacity;
} liq_price_guard;

/* A mark that was to be made. */
typedef struct liq_price_made {
    liq_guard_verdict verdict;
    const char *lacks; /* the price that is missing or none; NULL: it was made, or came too late */
} liq_price_made;

/**
 * @param out    zeroed or cleared
 * @param rules  copied
 * @param live   lent, likewise book, that it was made of
 */
LIQ_MUST_USE liq_status liq_price_guard_create(liq_price_guard *out, const liq_guards *rules,
                                               liq_live *live, const liq_book *book,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_price_guard_clear(liq_price_guard *guard);

/**
 * Put a mark or an index price through the guards, and what comes out of them into the live book.
 * @param time_ms  as of liq_guard_mark
 * @param event    of kind LIQ_LIVE_MARK or LIQ_LIVE_INDEX; its price may be zero or below
 * @param verdict  receives what became of it; NULL allowed
 * @return LIQ_OK, also when the guards kept it out; else why the live book refuses it
 */
LIQ_MUST_USE liq_status liq_price_guard_apply(liq_price_guard *guard, int64_t time_ms,
                                              const liq_live_event *event,
                                              liq_guard_verdict *verdict, liq_error *err);

/**
 * Make a mark of other prices, as the policy says, and put it through the guards into the live
 * book.
 * @param time_ms  0 or more; LIQ_GUARD_NO_TIME is refused
 * @param symbol   of an instrument
 * @param made     receives what became of it; NULL allowed
 * @return LIQ_OK, also when a price is missing or none or the guards kept the mark out;
 * LIQ_UNSUPPORTED: the policy takes marks as they are sent; LIQ_BAD_INPUT, LIQ_NOT_FOUND,
 * LIQ_OUT_OF_RANGE; else why the live book refuses it
 */
LIQ_MUST_USE liq_status liq_price_guard_make(liq_price_guard *guard, int64_t time_ms,
                                             const char *symbol, const liq_mark_texts *texts,
                                             liq_price_made *made, liq_error *err);

/** The same of one of several sources. @param source  of an index price; LIQ_NO_INDEX: the only one
 */
LIQ_MUST_USE liq_status liq_price_guard_apply_from(liq_price_guard *guard, int64_t time_ms,
                                                   uint32_t source, const liq_live_event *event,
                                                   liq_guard_verdict *verdict, liq_error *err);

/** A source of index prices has the weight that the policy gives to its name. */
void liq_price_guard_source_name(liq_price_guard *guard, uint32_t source, const char *name);

/** Hand what was found since the last run to the settler, and forget it. Between a tick of the live
 * book and a run. */
LIQ_MUST_USE liq_status liq_price_guard_tell(liq_price_guard *guard, liq_settle *settle,
                                             liq_error *err);

/** What an action of a guard gives as its reason. */
liq_settle_reason liq_price_guard_reason(liq_guard_kind kind);

/** Whether an account has a position or an order on a held instrument, or depends on a held index
 * price. */
bool liq_price_guard_holds(const liq_price_guard *guard, uint32_t account);

#endif
