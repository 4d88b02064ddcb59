/*
 * That a sidecar killed at any instant goes on as if it had not been.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support_sidecar.h"

enum { TICKS = 160, PLACES = 8 };

static const char *const repeatable =
    "\"sources\": [{\"source\": \"marks\", \"kind\": \"socket\"},\n"
    "             {\"source\": \"orders\", \"kind\": \"socket\"}],\n"
    " \"clock\": \"events\", \"coalesce\": false, \"snapshot_ticks\": 20, \"stale_ms\": 60000,\n"
    " \"journal_bytes\": 262144";

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

/* It went on in parts, and all of them are what was recorded. */
static void expect_parts(const sidecar *side)
{
    char line[SIDECAR_PATH_BYTES + 64];
    run_result result;
    const char *parts;

    (void)snprintf(line, sizeof line, "journal verify %s/state", side->folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 0, "%s", result.output);
    parts = strstr(result.output, "\"parts\":");
    cr_expect(parts != NULL && atoi(parts + 8) > 1, "%s", result.output);
    run_clear(&result);
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
        expect_parts(&side);
    }
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

/* How often a place is passed before the kill: those that come seldom, and the first journal, which
 * is made at the same place as its parts. */
static int place_count(const char *place)
{
    if (strcmp(place, "snapshot") == 0 || strcmp(place, "rotated") == 0)
        return 1;
    return strcmp(place, "rotating") == 0 ? 2 : 31;
}

Test(serve, decides_the_same_after_kills_at_every_place)
{
    static const char *const places[PLACES] = {"read",  "decided",  "journaled", "emitted",
                                               "acked", "snapshot", "rotating",  "rotated"};
    sidecar side;
    sidecar_exchange exchange;
    char *expected;

    sidecar_make(&side, "400", "12");
    sidecar_configure(&side, repeatable);
    sidecar_exchange_make(&exchange, &side, TICKS, 6);
    expected = decided(&side, &exchange);
    cr_assert(line_count(expected) > 50, "%zu decisions prove little", line_count(expected));
    for (uint32_t i = 0; i < PLACES; i++) {
        char kill_at[32];
        bool is_done = false;

        (void)snprintf(kill_at, sizeof kill_at, "%s:%d", places[i], place_count(places[i]));
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
        expect_parts(&side);
    }
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

/* Write venue.json with one rate for another. @return false: it does not have that one */
static bool venue_change(const sidecar *side, const char *from, const char *to)
{
    char *text = sidecar_file(side, "book/venue.json");
    char *place = strstr(text, from);
    char *changed = calloc(strlen(text) + strlen(to) + 1, 1);

    if (place != NULL)
        (void)sprintf(changed, "%.*s%s%s", (int)(place - text), text, to, place + strlen(from));
    folder_write(side->folder, "book/venue.json", place != NULL ? changed : text);
    free(text);
    free(changed);
    return place != NULL;
}

/* Between two halves of a run: the second is decided under the new rules, also by whoever decides
 * the journal again. */
Test(serve, takes_over_a_new_venue_and_refuses_a_bad_one)
{
    const uint32_t half = TICKS / 2;
    sidecar side;
    sidecar_exchange exchange;
    uint32_t orders;
    char line[SIDECAR_PATH_BYTES + 64];
    char *log;
    run_result result;

    sidecar_make(&side, "300", "13");
    (void)snprintf(line, sizeof line, "%s, \"snapshots_kept\": 1000", repeatable);
    sidecar_configure(&side, line);
    sidecar_exchange_make(&exchange, &side, TICKS, 7);
    orders = exchange.scripts[1].count;
    exchange.scripts[0].count = half;
    exchange.scripts[1].count =
        (uint32_t)strtoul(strstr(exchange.scripts[0].lines[half - 1], "\"orders\":") + 9, NULL, 10);
    sidecar_start(&side, NULL);
    cr_assert(fed(&side, &exchange, 60000));
    cr_assert(venue_change(&side, "\"mmr\": \"0.004\"", "\"mmr\": \"0.0045\""));
    cr_assert_eq(kill(side.child.process, SIGHUP), 0);
    (void)usleep(500000);
    cr_assert(venue_change(&side, "\"mmr\": \"0.0045\"", "\"mmr\": \"many\""));
    cr_assert_eq(kill(side.child.process, SIGHUP), 0);
    (void)usleep(500000);
    exchange.scripts[0].count = TICKS;
    exchange.scripts[1].count = orders;
    cr_assert(sidecar_feed(&side, &exchange, 60000));
    (void)snprintf(line, sizeof line, "test $(ls %s/state | grep -c '^venue-') -eq 1", side.folder);
    cr_expect_eq(system(line), 0, "a text that was refused is not kept");
    log = sidecar_said(&side);
    cr_expect_not_null(strstr(log, "\\\"many\\\""), "%s", log);
    free(log);
    sidecar_kill(&side);
    (void)snprintf(line, sizeof line, "journal export %s/state --what inputs --format csv",
                   side.folder);
    run_line(&result, line);
    cr_expect_not_null(strstr(result.output, "venue:"), "%.500s", result.output);
    run_clear(&result);
    (void)snprintf(line, sizeof line, "journal verify %s/state", side.folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 0, "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"same\":true"), "%s", result.output);
    run_clear(&result);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}

/* Halts of breakers in a text of decisions, less those that have ended. */
static int breakers_on(const char *decisions)
{
    int on = 0;

    for (const char *line = decisions; *line != '\0'; line = strchr(line, '\n') + 1) {
        const char *end = strchr(line, '\n');
        const char *reason = strstr(line, "\"reason\":\"price_speed\"");

        if (end == NULL)
            break; /* cut off by a kill */
        if (reason == NULL || reason > end)
            continue;
        if (strstr(line, "\"action\":\"halt\"") != NULL &&
            strstr(line, "\"action\":\"halt\"") < end)
            on++;
        else if (strstr(line, "\"action\":\"resume\"") != NULL &&
                 strstr(line, "\"action\":\"resume\"") < end)
            on--;
    }
    return on;
}

/* Breakers go on in the crash and off behind it; what they know of marks, and how long they stay
 * on, lies in no event that comes again. Kills go on until some have met a breaker that was on.
 * Old parts of the journal are removed all the while. */
Test(serve, keeps_breakers_that_are_on_over_kills_at_random_instants)
{
    const uint32_t kills_least = getenv("LIQ_LONG") != NULL ? 100 : 6;
    sidecar side;
    sidecar_exchange exchange;
    char config[1024];
    char *expected;
    uint64_t state = 3;
    uint32_t kills = 0;
    uint32_t kills_on = 0;

    sidecar_make(&side, "400", "14");
    cr_assert(
        venue_change(&side, "\"profile\": \"binance-usdm\",",
                     "\"profile\": \"binance-usdm\", \"policy\": {\"guards\": {\"breaker\": "
                     "\"liquidations\", \"breaker_move\": \"0.04\", \"breaker_move_ms\": "
                     "20000, \"breaker_cooldown_ms\": 6000, \"rate_notional\": \"20000\"}},"));
    (void)snprintf(config, sizeof config, "%s, \"journal_parts\": 2", repeatable);
    sidecar_configure(&side, config);
    sidecar_exchange_make(&exchange, &side, TICKS, 8);
    expected = decided(&side, &exchange);
    cr_assert_not_null(strstr(expected, "\"reason\":\"price_speed\""), "%.2000s", expected);
    cr_assert_not_null(strstr(expected, "\"action\":\"resume\""));
    for (uint32_t run = 0; run < 40 && (kills < kills_least || kills_on < 2); run++) {
        bool is_done = false;

        state_drop(&side);
        while (!is_done) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            sidecar_start(&side, NULL);
            is_done = fed(&side, &exchange, (int64_t)(state >> 33) % 100);
            if (is_done) {
                sidecar_end(&side);
            } else {
                char *so_far;

                sidecar_kill(&side);
                so_far = sidecar_file(&side, "decisions");
                kills_on += breakers_on(so_far) > 0;
                kills++;
                free(so_far);
            }
        }
        expect_decided(&side, expected, "killed beside breakers");
        expect_parts(&side);
    }
    cr_expect_geq(kills_on, 2, "of %u kills %u met a breaker that was on", kills, kills_on);
    free(expected);
    sidecar_exchange_clear(&exchange);
    sidecar_remove(&side);
}
