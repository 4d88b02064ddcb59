/*
 * Several ways of liquidating are one work: its bar goes from nothing to the end once.
 */
#include <criterion/criterion.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/replay_compare.h"
#include "support_run.h"

enum { PATH_BYTES = 4096, TICKS = 256, LINE_BYTES = 64, VARIANTS = 3 };

static uint64_t test_now_ns;

/* Each look finds that a line is due. */
static uint64_t test_clock(void)
{
    test_now_ns += 10000000000;
    return test_now_ns;
}

static void path_write(const char *folder)
{
    static char text[TICKS * LINE_BYTES] = "time_ms,symbol,price\n";
    size_t length = strlen(text);

    for (uint32_t i = 0; i < TICKS; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%u,BTCUSDT,62%u.1\n",
                                   1000000 + i * 1000, 100 + i % 50);
    folder_write(folder, "path.csv", text);
}

Test(replay_compare, shows_one_progress_over_all_variants)
{
    liq_compare compare = {.impact = {.half_life_ms = 1000}, .count = VARIANTS};
    char folder[PATH_BYTES];
    char path[PATH_BYTES + 16];
    char text[PATH_BYTES] = "";
    liq_progress_bar bar;
    unsigned last = 0;
    uint32_t lines = 0;
    liq_error err = {0};
    int ends[2];

    folder_make(folder);
    path_write(folder);
    (void)snprintf(path, sizeof path, "%s/path.csv", folder);
    cr_assert_eq(liq_book_load(&compare.book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK,
                 "%s", err.message);
    cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
    liq_progress_bar_start(&bar, ends[1], false, test_clock);
    compare.path = path;
    compare.path_options.book = compare.book;
    compare.bar = &bar;
    for (uint32_t i = 0; i < VARIANTS; i++)
        compare.variants[i] = (liq_replay_variant){.name = "as it is",
                                                   .rules = compare.book->venue.policy.liquidation};
    cr_assert_eq(liq_compare_run(&compare, &err), LIQ_OK, "%s", err.message);
    cr_assert_gt(read(ends[0], text, sizeof text - 1), 0);
    for (const char *at = text; (at = strstr(at, "liqscan: compare ")) != NULL; lines++) {
        const unsigned percent = (unsigned)strtoul(at + strlen("liqscan: compare "), NULL, 10);

        at++;
        cr_expect_geq(percent, last, "%s", text);
        cr_expect(percent >= 100 * lines / (VARIANTS * 4) && percent <= 100, "%s", text);
        last = percent;
    }
    cr_expect_eq(lines, VARIANTS * TICKS / 64);
    cr_expect_eq(last, 100);
    liq_book_destroy(compare.book);
    folder_remove(folder);
}
