/*
 * When progress is shown, where, and that a signal stops the work.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "app/progress_bar.h"
#include "base/signals.h"

static uint64_t test_now_ns;

static uint64_t test_clock(void)
{
    return test_now_ns;
}

/* Report at a time in milliseconds. */
static int report(liq_progress_bar *bar, uint64_t at_ms, uint64_t done)
{
    test_now_ns = 5000000000 + at_ms * 1000000;
    return bar->progress.report(bar->progress.context, "positions.csv", done, 200);
}

/* What was written to the pipe since the last look. */
static const char *written(int descriptor)
{
    static char text[4096];
    const ssize_t bytes = read(descriptor, text, sizeof text - 1);

    text[bytes < 0 ? 0 : bytes] = '\0';
    return text;
}

static int pipe_start(liq_progress_bar *bar, bool is_terminal)
{
    int ends[2];

    cr_assert(pipe2(ends, 04000 /* O_NONBLOCK */) == 0);
    test_now_ns = 5000000000;
    liq_progress_bar_start(bar, ends[1], is_terminal, test_clock);
    return ends[0];
}

Test(progress_bar, is_quiet_for_a_second_and_rewrites_one_line_on_a_terminal)
{
    liq_progress_bar bar;
    const int reader = pipe_start(&bar, true);

    cr_expect(report(&bar, 0, 0) == 1);
    cr_expect(report(&bar, 999, 10) == 1);
    cr_expect_str_eq(written(reader), "");
    liq_progress_bar_finish(&bar);
    cr_expect_str_eq(written(reader), "", "a bar that was never shown is not wiped");
    cr_expect(report(&bar, 1000, 50) == 1);
    cr_expect_str_eq(written(reader), "\r\033[Kpositions.csv 25%, 1.0 s");
    cr_expect(report(&bar, 1099, 60) == 1);
    cr_expect_str_eq(written(reader), "");
    cr_expect(report(&bar, 1100, 199) == 1);
    cr_expect_str_eq(written(reader), "\r\033[Kpositions.csv 99%, 1.1 s");
    cr_expect(report(&bar, 2200, 200) == 1);
    cr_expect_str_eq(written(reader), "\r\033[Kpositions.csv 100%, 2.2 s");
    liq_progress_bar_finish(&bar);
    cr_expect_str_eq(written(reader), "\r\033[K");
    liq_progress_bar_finish(&bar);
    cr_expect_str_eq(written(reader), "");
}

Test(progress_bar, writes_a_line_each_ten_seconds_elsewhere)
{
    liq_progress_bar bar;
    const int reader = pipe_start(&bar, false);

    cr_expect(report(&bar, 9999, 10) == 1);
    cr_expect_str_eq(written(reader), "");
    cr_expect(report(&bar, 10000, 20) == 1);
    cr_expect_str_eq(written(reader), "liqscan: positions.csv 10%, 10.0 s\n");
    cr_expect(report(&bar, 19999, 20) == 1);
    cr_expect_str_eq(written(reader), "");
    cr_expect(report(&bar, 20000, 20) == 1);
    cr_expect_str_eq(written(reader), "liqscan: positions.csv 10%, 20.0 s\n");
    liq_progress_bar_finish(&bar);
    cr_expect_str_eq(written(reader), "");
}

Test(progress_bar, goes_on_when_nobody_can_read_it)
{
    liq_progress_bar bar;

    test_now_ns = 5000000000;
    liq_progress_bar_start(&bar, -1, true, test_clock);
    cr_expect(report(&bar, 2000, 20) == 1);
    liq_progress_bar_finish(&bar);
}

Test(progress_bar, asks_to_stop_after_a_signal)
{
    liq_progress_bar bar;
    const int reader = pipe_start(&bar, true);

    liq_signals_take();
    cr_expect(liq_signals_caught() == 0);
    cr_expect(report(&bar, 0, 1) == 1);
    cr_assert(raise(SIGTERM) == 0);
    cr_expect(liq_signals_caught() == SIGTERM);
    cr_expect(report(&bar, 1, 2) == 0);
    cr_expect_str_eq(written(reader), "");
}

Test(signals, die_of_the_second_signal, .signal = SIGTERM)
{
    liq_signals_take();
    cr_assert(raise(SIGTERM) == 0);
    cr_assert(raise(SIGTERM) == 0);
}

Test(signals, leave_a_signal_ignored_that_was_ignored_at_the_start)
{
    cr_assert(signal(SIGINT, SIG_IGN) != SIG_ERR);
    liq_signals_take();
    cr_assert(raise(SIGINT) == 0);
    cr_assert(raise(SIGINT) == 0);
    cr_expect(liq_signals_caught() == 0);
}
