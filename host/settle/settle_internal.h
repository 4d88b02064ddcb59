/*
 * A settler, for the parts of it that are functions of their own.
 */
#ifndef LIQ_SETTLE_SETTLE_INTERNAL_H
#define LIQ_SETTLE_SETTLE_INTERNAL_H

#include "settle/live_source.h"
#include "settle/settle_source.h"
#include "settle/settle_notice.h"

/* A settler of a loaded book has the one source, of a live book the other. */
struct liq_settle {
    const liq_book *book;
    liq_live *live;
    liq_book_source book_source;
    liq_live_source live_source;
    liq_waterfall waterfall;
    liq_settle_row *flagged;
    liq_settle_row *warned;
    const liq_settle_notice *notices;        /* of the next run */
    const liq_settle_notice *margin_notices; /* likewise */
    uint32_t notice_count;
    uint32_t margin_notice_count;
    int64_t *before; /* balances of funds before the run */
    size_t flagged_capacity;
    size_t warned_capacity;
    bool has_run;
    bool times_audit;
    bool records_legs;
};

#endif
