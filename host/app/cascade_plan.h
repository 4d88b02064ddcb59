/*
 * Which cascades are to be run: scenarios and variants of the rules, from the command line.
 */
#ifndef LIQ_APP_CASCADE_PLAN_H
#define LIQ_APP_CASCADE_PLAN_H

#include <liqscan/cascade.h>

#include "app/cascade_feed_plan.h"
#include "app/command_stress_plan.h"

enum { LIQ_CASCADE_VARIANTS_MAX = 16, LIQ_CASCADE_NAME_BYTES = 64 };

/* A change of the rules under which all scenarios are run. */
typedef struct liq_cascade_variant {
    char name[LIQ_CASCADE_NAME_BYTES];
    const char *file; /* lent; NULL: built-in ones */
    char *text;       /* JSON, owned */
    const char *policy;
    bool is_infinite; /* depth */
} liq_cascade_variant;

/* A shock. */
typedef struct liq_cascade_scenario {
    char name[LIQ_STRESS_NAME_BYTES];
    liq_cascade_move *moves;
    uint32_t move_count;
    double change; /* of the leader, parts per million, for pictures */
} liq_cascade_scenario;

typedef struct liq_cascade_plan {
    const liq_options *given;
    liq_stress_plan stress; /* ladders and the like */
    liq_feed_plan feed;
    bool has_series;
    liq_cascade_options engine;
    liq_cascade_follower *followers;
    liq_cascade_variant variants[LIQ_CASCADE_VARIANTS_MAX];
    liq_cascade_scenario *scenarios;
    const char *leader; /* symbol whose price is shown, and that others follow; lent */
    uint32_t variant_count;
    uint32_t scenario_count;
} liq_cascade_plan;

/** Read the options, before a book is loaded. @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE, and
 * of files what reading them says */
LIQ_MUST_USE liq_status liq_cascade_plan_read(liq_cascade_plan *out, const liq_options *options,
                                              liq_error *err);

/** Make scenarios and followers. @param book  lent as long as the plan lives */
LIQ_MUST_USE liq_status liq_cascade_plan_build(liq_cascade_plan *plan, const liq_book *book,
                                               liq_error *err);

/** Takes a zeroed or filled one. */
void liq_cascade_plan_clear(liq_cascade_plan *plan);

/* Built-in variants and what they do (cascade_variants.c), for the help. */
#define LIQ_CASCADE_VARIANTS_HELP                                                                  \
    "  infinite         all is closed at the mark: what the shock does by itself\n"                \
    "  none             no guards\n"                                                               \
    "  rate_limit       1,000,000 of an instrument a second, the most urgent first\n"              \
    "  breaker          a halt of a minute at 30% off a fund, or 15% off a mark\n"                 \
    "  step_clamp       marks move by 1% until three later ones confirm them\n"                    \
    "  all              these three together\n"                                                    \
    "  stale            nobody is liquidated on a mark older than 3 seconds\n"                     \
    "  band             nor on one further than 1% from its index (--with-index)\n"                \
    "  rounds           a halt of a minute after three rounds in a row\n"                          \
    "  dynamic          margin rates rise with the volatility of the marks, to three\n"            \
    "                   times the tier table's\n"                                                  \
    "  dynamic_initial  only initial rates do\n"                                                   \
    "  sliced           positions are closed by degrees\n"                                         \
    "  full             positions are closed whole, as far as that takes\n"                        \
    "  tiers            positions go down one tier after the other\n"                              \
    "  share            20% of accounts above 100,000, the rest 30 s later\n"                      \
    "  takeover         the venue takes positions over and sells nothing\n"                        \
    "  drawdown         deleveraging begins when a fund has lost 30%\n"

/** Read `--variant NAME`, `--variant NAME+NAME` or `--variant NAME=FILE`. */
LIQ_MUST_USE liq_status liq_cascade_variant_read(liq_cascade_variant *out, const char *value,
                                                 liq_error *err);

#endif
