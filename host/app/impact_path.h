/*
 * The prices of a path with what liquidations have done to them: marks are displaced by the impact
 * of the fills before, and those that a tick of the path does not name are told too while they go
 * back.
 */
#ifndef LIQ_APP_IMPACT_PATH_H
#define LIQ_APP_IMPACT_PATH_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/book.h>

#include "app/mark_path.h"
#include "app/options.h"
#include "settle/close_watch.h"
#include "settle/impact.h"

/* Options of commands that replay: "--impact SHARE" and "--recovery MS". */
#define LIQ_OPTION_IMPACT                                                                          \
    {                                                                                              \
        "impact", "SHARE", false,                                                                  \
            "fills move the marks of the ticks that follow: by\n"                                  \
            "SHARE (0 .. 1) of the price depth that they reached"                                  \
    }
#define LIQ_OPTION_RECOVERY                                                                        \
    {                                                                                              \
        "recovery", "MS", false, "half-life of what --impact moved; else 300000"                   \
    }

typedef struct liq_impact_event {
    char price[LIQ_DECIMAL_BYTES];
    uint32_t instrument; /* LIQ_NO_INDEX: of an asset */
} liq_impact_event;

typedef struct liq_impact_path {
    const liq_book *book; /* lent */
    liq_impact impact;
    liq_decimal *marks; /* by instrument, undisturbed */
    bool *is_told;      /* by instrument: by the tick at hand */
    bool *is_displaced; /* by instrument: what was told last is not its undisturbed mark */
    liq_impact_event *told;
    liq_live_event *events;
    size_t told_capacity;
    size_t event_capacity;
    int64_t now_ms; /* newest time of the path */
} liq_impact_path;

/**
 * Read the options.
 * @param rule  receives share 0 when there is no impact
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE
 */
LIQ_MUST_USE liq_status liq_impact_options(liq_impact_rule *rule, const liq_options *options,
                                           liq_error *err);

/** @param out  zeroed @param book  lent, its marks are those of before the path */
LIQ_MUST_USE liq_status liq_impact_path_create(liq_impact_path *out, const liq_book *book,
                                               liq_impact_rule rule, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_impact_path_clear(liq_impact_path *path);

/**
 * The tick as accounts see it.
 * @param tick   of the path; its events are replaced by others, lent until the next call
 * @param watch  is told the undisturbed marks; NULL: nobody is
 */
LIQ_MUST_USE liq_status liq_impact_path_move(liq_impact_path *path, liq_mark_tick *tick,
                                             liq_close_watch *watch, liq_error *err);

/** The tick was settled: its fills move what follows. */
void liq_impact_path_settled(liq_impact_path *path, const liq_settle *settle, const liq_live *live);

#endif
