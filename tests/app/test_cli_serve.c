/*
 * That a sidecar killed at any instant goes on as if it had not been.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_sidecar.h"

enum { TICKS = 160, PLACES = 6 };

static const char *const repeatable =
    "\"sources\": [{\"source\": \"marks\", \"kind\": \"socket\"},\n"
    "             {\"source\": \"orders\", \"kind\": \"socket\"}],\n"
    " \"clock\": \"events\", \"coalesce\": false, \"snapshot_ticks\": 20, \"stale_ms\": 60000";

static uint32_t kills_wanted(void)
{
    return getenv("LIQ_LONG") != NULL ? 250 : 20;
}

/* Feed all of it, without a fall. */
static char *decided(sidecar *side, const sidecar_exchange *exchange)
{
    sidecar_start(side, NULL);
    cr_assert(sidecar_connect(side, exchange, 0) && sidecar_connect(side, exchange, 1));
    cr_assert(sidecar_feed(side, exchange, 60000));
    sidecar_end(side);
    return sidecar_file(side, "decisions");
}

static void state_drop(const sidecar *side)
{
    char command[2 * SIDECAR_PATH_BYTES + 64];

    (void)snprintf(command, sizeof command, "rm -rf '%s/state' '%s/decisions'", side->folder,
                   side->folder);
    cr_assert_eq(system(command), 0);
}

static void expect_decided(const sidecar *side, const char *expected, const char *how)
{
    char *found = sidecar_file(side, "decisions");

    cr_expect_str_eq(found, expected, "%s", how);
    free(found);
}

/* Feed until it dies or all is done. @return whether all is done */
static bool fed(sidecar *side, const sidecar_exchange *exchange, int64_t wait_ms)
{
    return sidecar_connect(side, exchange, 0) && sidecar_connect(side, exchange, 1) &&
           sidecar_feed(side, exchange, wait_ms);
}

Test(serve, decides_the_same_after_kills_at_random_instants)
{
    sidecar side;
    sidecar_exchange exchange;
    char *expected;
    uint64_t state = 7;
    uint32_t kills = 0;

    sidecar_make(&side, "400", "11");
    sidecar_configure(&side, repeatable);
    sidecar_exchange_make(&exchange, &side, TICKS, 5);
    expected = decided(&side, &exchange);
    cr_assert(line_count(expected) > 50, "%zu decisions prove little", line_count(expected));
    while (kills < kills_wanted()) {
        bool is_done = false;

        state_drop(&side);
        while (!is_done) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            sidecar_start(&side, NULL);
            is_done = fed(&side, &exchange, (int64_t)(state >> 33) % 150);
            if (is_done)
                sidecar_end(&side);
            else
                sidecar_kill(&side);
            kills += !is_done;
        }
        expect_decided(&side, expected, "killed at random");
    }
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

Test(serve, decides_the_same_after_kills_at_every_place)
{
    static const char *const places[PLACES] = {"read",    "decided", "journaled",
                                               "emitted", "acked",   "snapshot"};
    sidecar side;
    sidecar_exchange exchange;
    char *expected;

    sidecar_make(&side, "400", "12");
    sidecar_configure(&side, repeatable);
    sidecar_exchange_make(&exchange, &side, TICKS, 6);
    expected = decided(&side, &exchange);
    for (uint32_t i = 0; i < PLACES; i++) {
        char kill_at[32];
        bool is_done = false;

        (void)snprintf(kill_at, sizeof kill_at, "%s:%d", places[i],
                       strcmp(places[i], "snapshot") == 0 ? 1 : 31);
        state_drop(&side);
        for (uint32_t run = 0; !is_done && run < 50; run++) {
            sidecar_start(&side, kill_at);
            is_done = fed(&side, &exchange, 60000);
            sidecar_kill(&side); /* the place may yet come, when all is done */
        }
        cr_expect(is_done, "%s", places[i]);
        sidecar_start(&side, NULL);
        cr_expect(fed(&side, &exchange, 60000), "%s", places[i]);
        sidecar_end(&side);
        expect_decided(&side, expected, places[i]);
    }
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}
