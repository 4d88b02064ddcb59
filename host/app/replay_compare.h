/*
 * A path replayed under several ways of liquidating, one after another from the same book, and what
 * each of them came to.
 */
#ifndef LIQ_APP_REPLAY_COMPARE_H
#define LIQ_APP_REPLAY_COMPARE_H

#include "app/impact_path.h"
#include "app/progress_bar.h"
#include "app/replay_variant.h"
#include "outlet/emit.h"

/* What a variant came to. */
typedef struct liq_compare_facts {
    const char *name;
    liq_close_facts closes;
    liq_settle_summary total;
    uint64_t ticks;
    uint64_t run_ns;
    char hash[65]; /* over the hashes of all ticks with actions */
} liq_compare_facts;

typedef struct liq_compare {
    liq_book *book; /* lent; its rules are those of the variant at hand while it runs */
    const char *path;
    liq_mark_path_options path_options;
    liq_live_options live_options;
    liq_impact_rule impact;
    liq_progress_bar *bar;
    liq_replay_variant variants[LIQ_VARIANTS_MAX];
    liq_compare_facts facts[LIQ_VARIANTS_MAX];
    uint32_t count;
} liq_compare;

/** Run all variants. @return as liq_settle_run_live and liq_mark_path_next; LIQ_INTERRUPTED */
LIQ_MUST_USE liq_status liq_compare_run(liq_compare *compare, liq_error *err);

/** Write a row for each variant. */
LIQ_MUST_USE liq_status liq_compare_write(liq_output *output, liq_format format,
                                          const liq_compare *compare, liq_error *err);

#endif
