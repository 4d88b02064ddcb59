/*
 * Progress of a long load on standard error: nothing in the first second, then on a terminal one
 * line that is rewritten, elsewhere a line every ten seconds. It also stops the load when
 * a signal asked for that.
 */
#ifndef LIQ_APP_PROGRESS_BAR_H
#define LIQ_APP_PROGRESS_BAR_H

#include <stdbool.h>
#include <stdint.h>

#include <liqscan/progress.h>

typedef struct liq_progress_bar {
    liq_progress progress; /* to be given to the library */
    int descriptor;
    bool is_terminal;
    bool is_shown; /* a line stands on the terminal */
    uint64_t (*now_ns)(void);
    uint64_t started_ns;
    uint64_t written_ns; /* when the last line was written */
} liq_progress_bar;

/** Begin to watch; bar must stay where it is. @param now_ns  clock, NULL: liq_clock_ns */
void liq_progress_bar_start(liq_progress_bar *bar, int descriptor, bool is_terminal,
                            uint64_t (*now_ns)(void));

/** Wipe the line off the terminal, before anything else is written there. */
void liq_progress_bar_finish(liq_progress_bar *bar);

#endif
