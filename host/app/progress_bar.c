#include "app/progress_bar.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/signals.h"

#define QUIET_NS 1000000000ULL
#define TERMINAL_EVERY_NS 100000000ULL
#define LINE_EVERY_NS 10000000000ULL

static int report(void *context, const char *stage, uint64_t done, uint64_t total);
static void line_write(liq_progress_bar *bar, const char *stage, unsigned percent,
                       uint64_t elapsed_ns);

void liq_progress_bar_start(liq_progress_bar *bar, int descriptor, bool is_terminal,
                            uint64_t (*now_ns)(void))
{
    *bar = (liq_progress_bar){.descriptor = descriptor, .is_terminal = is_terminal};
    bar->progress = (liq_progress){report, bar};
    bar->now_ns = now_ns == NULL ? liq_clock_ns : now_ns;
    bar->started_ns = bar->now_ns();
    bar->written_ns = bar->started_ns;
}

void liq_progress_bar_finish(liq_progress_bar *bar)
{
    static const char wipe[] = "\r\033[K";

    if (bar->is_shown && write(bar->descriptor, wipe, sizeof wipe - 1) < 0)
        return; /* a terminal that went away needs no wiping */
    bar->is_shown = false;
}

static int report(void *context, const char *stage, uint64_t done, uint64_t total)
{
    liq_progress_bar *bar = context;
    const uint64_t now_ns = bar->now_ns();
    const uint64_t every_ns = bar->is_terminal ? TERMINAL_EVERY_NS : LINE_EVERY_NS;
    unsigned percent = 100;

    if (liq_signals_caught() != 0)
        return 0;
    if (now_ns - bar->started_ns < QUIET_NS || now_ns - bar->written_ns < every_ns)
        return 1;
    if (done < total)
        percent = (unsigned)((double)done * 100.0 / (double)total);
    line_write(bar, stage, percent, now_ns - bar->started_ns);
    bar->written_ns = now_ns;
    return 1;
}

static void line_write(liq_progress_bar *bar, const char *stage, unsigned percent,
                       uint64_t elapsed_ns)
{
    char line[128];
    const int bytes =
        snprintf(line, sizeof line, "%s%.60s %u%%, %llu.%llu s%s",
                 bar->is_terminal ? "\r\033[K" : "liqscan: ", stage, percent,
                 (unsigned long long)(elapsed_ns / 1000000000),
                 (unsigned long long)(elapsed_ns / 100000000 % 10), bar->is_terminal ? "" : "\n");

    bar->is_shown = bar->is_terminal;
    if (bytes > 0 && write(bar->descriptor, line, (size_t)bytes) < 0)
        bar->is_shown = false; /* progress that cannot be shown stops nothing */
}
