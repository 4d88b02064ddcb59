/*
 * What a replay did as a whole, in words or as one JSON object.
 */
#ifndef LIQ_APP_REPLAY_SUMMARY_H
#define LIQ_APP_REPLAY_SUMMARY_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/settle.h>

#include "app/margin_counts.h"
#include "guard/guard.h"
#include "outlet/emit.h"
#include "outlet/output.h"

typedef struct liq_replay_facts {
    const liq_book *book;
    const liq_settle *settle;
    liq_settle_fund *funds; /* as they began */
    uint64_t load_ns;
    uint64_t ticks;
    uint64_t ticks_with_actions;
    const liq_guard *guard; /* NULL: without guards */
    uint64_t flagged_most;  /* margin accounts in one tick */
    uint64_t median_ns;
    uint64_t p99_ns;
    uint64_t most_ns;
    uint64_t total_ns;
    liq_margin_counts margin; /* zeroed: without dynamic margin */
    int64_t first_ms;
    int64_t last_ms;
    liq_settle_summary total;
    char hash[65];
} liq_replay_facts;

/** Keep what the funds hold now; the caller frees facts->funds. */
LIQ_MUST_USE liq_status liq_replay_funds_keep(liq_replay_facts *facts, liq_error *err);

/** Write the summary: to output, or for CSV to standard error, where it disturbs no table. */
LIQ_MUST_USE liq_status liq_replay_summary_write(liq_output *output, liq_format format,
                                                 const liq_replay_facts *facts, liq_error *err);

#endif
