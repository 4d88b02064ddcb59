/*
 * The pattern of a deleveraging as a file of a replay: a row for each tick, and what was the most
 * and the least of it.
 */
#ifndef LIQ_APP_REPLAY_MONITOR_H
#define LIQ_APP_REPLAY_MONITOR_H

#include "app/mark_path.h"
#include "outlet/emit.h"
#include "settle/pattern.h"

/* A number that was the most of a replay, and when. */
typedef struct liq_monitor_peak {
    liq_int128 value;
    int64_t time_ms;
} liq_monitor_peak;

typedef struct liq_monitor_extremes {
    liq_int128 interest_first;
    liq_int128 interest_last;
    liq_monitor_peak leverage; /* 99th percentile, hundredths */
    liq_monitor_peak slope;    /* of the first fall, cash units for a percent */
    liq_monitor_peak share;    /* liquidated of a tick over open interest, 10^-6 */
    liq_monitor_peak traded;   /* and over what was traded */
    liq_int128 traded_all;     /* cash units; 0: no volume was told */
    liq_int128 liquidated_all;
} liq_monitor_extremes;

typedef struct liq_replay_monitor {
    liq_output output; /* to the file */
    liq_emit *emit;
    liq_pattern pattern;
    liq_int128 *lots; /* by instrument: open interest as it was told last */
    liq_monitor_extremes extremes;
    int32_t decimals; /* of cash */
    int descriptor;   /* -1: closed */
    uint64_t ticks;
} liq_replay_monitor;

/**
 * Begin a file: CSV when its name ends so, else JSON lines.
 * @param out  receives it, for liq_replay_monitor_close
 * @return LIQ_OK, LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_replay_monitor_open(liq_replay_monitor **out, const char *path,
                                                liq_live *live, const liq_settle *settle,
                                                liq_error *err);

/** A tick was settled: write its row. @param tick  its time, and what was traded */
void liq_replay_monitor_tick(liq_replay_monitor *monitor, const liq_mark_tick *tick);

/** Write what is held back. @return LIQ_OK, LIQ_IO */
LIQ_MUST_USE liq_status liq_replay_monitor_finish(liq_replay_monitor *monitor, liq_error *err);

/** Takes NULL. What liq_replay_monitor_finish did not write may be lost. */
void liq_replay_monitor_close(liq_replay_monitor *monitor);

/** The extremes in a few lines. @param currency  that cash counts */
void liq_monitor_extremes_text(liq_output *output, const liq_replay_monitor *monitor,
                               const char *currency);

#endif
