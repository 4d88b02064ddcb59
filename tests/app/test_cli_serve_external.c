/*
 * An exchange that executes what the sidecar asks for, from the first price to rest: with partial
 * fills, late ones, cancellations, repeats and fills of nothing, over sockets and over NATS, left
 * alone and killed again and again.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "journal/journal_reader.h"
#include "support_desk.h"
#include "wire/support_broker.h"

enum { ROUNDS = 24, ROUNDS_MAX = 400, QUIET_ROUNDS = 2, WAIT_MS = 60000, RESENT = 3, STEP_MS = 10 };

/* One run of a sidecar and its exchange. */
typedef struct running {
    sidecar side;
    desk *desk;
    broker *server; /* NULL: over sockets */
    uint32_t kills; /* left */
    uint64_t random;
    uint64_t kill_ns;
    uint32_t published[SIDECAR_SOURCES];
} running;

static bool is_long(void)
{
    return getenv("LIQ_LONG") != NULL;
}

static void external_make(const sidecar *side)
{
    char *text = sidecar_file(side, "book/venue.json");
    char *funds = strstr(text, " \"funds\"");
    char *changed = calloc(strlen(text) + 128, 1);

    cr_assert_not_null(funds);
    (void)sprintf(changed, "%.*s \"policy\": {\"liquidation\": {\"execution\": \"external\"}},\n%s",
                  (int)(funds - text), text, funds);
    folder_write(side->folder, "book/venue.json", changed);
    free(changed);
    free(text);
}

static void configure(const running *self, bool advises)
{
    static const char *const kinds[] = {
        "\"kind\": \"socket\"",
        "\"kind\": \"nats\", \"stream\": \"MARKS\", \"subject\": \"marks\",\n"
        "  \"durable\": \"sidecar\", \"create\": true",
        "\"kind\": \"nats\", \"stream\": \"ORDERS\", \"subject\": \"orders\",\n"
        "  \"durable\": \"sidecar\", \"create\": true"};
    char text[2048];
    char nats[128] = "";

    if (self->server != NULL)
        (void)snprintf(nats, sizeof nats, " \"nats\": \"%s\",\n", self->server->url);
    (void)snprintf(text, sizeof text,
                   "%s \"sources\": [{\"source\": \"marks\", %s},\n"
                   "             {\"source\": \"orders\", %s}],\n"
                   " \"clock\": \"events\", \"coalesce\": false, \"snapshot_ticks\": 25,\n"
                   " \"stale_ms\": 60000, \"advice_ms\": 4000, \"mode\": \"%s\"",
                   nats, kinds[self->server != NULL ? 1 : 0], kinds[self->server != NULL ? 2 : 0],
                   advises ? "advise" : "simulate");
    sidecar_configure(&self->side, text);
}

static void make(running *self, bool advises, broker *server, uint32_t kills)
{
    *self = (running){.server = server, .kills = kills, .random = 5 + kills, .kill_ns = UINT64_MAX};
    sidecar_make(&self->side, "250", "41");
    external_make(&self->side);
    configure(self, advises);
    self->desk = desk_make(&self->side, ROUNDS, 42, advises);
}

static void clear(running *self)
{
    desk_clear(self->desk);
    sidecar_remove(&self->side);
}

static void kill_draw(running *self)
{
    self->random = self->random * 6364136223846793005u + 1442695040888963407u;
    self->kill_ns =
        self->kills == 0 ? UINT64_MAX : liq_clock_ns() + (5 + (self->random >> 33) % 100) * 1000000;
}

static int64_t left_ms(const running *self)
{
    const uint64_t now_ns = liq_clock_ns();

    if (self->kill_ns == UINT64_MAX)
        return WAIT_MS;
    return self->kill_ns <= now_ns ? 0 : (int64_t)((self->kill_ns - now_ns) / 1000000);
}

/* Again from a few events before what was applied: they are repeats. */
static bool connected(running *self)
{
    const sidecar_exchange *said = &self->desk->said;

    if (self->server != NULL)
        return true;
    for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
        if (!sidecar_connect(&self->side, said, i))
            return false;
        self->side.sent[i] -= self->side.sent[i] < RESENT ? self->side.sent[i] : RESENT;
    }
    return true;
}

static void publish(running *self)
{
    static const char *const streams[] = {"MARKS", "ORDERS"};
    liq_nats_link *link = broker_link(self->server);
    liq_nats_publisher *publisher = NULL;

    cr_assert_eq(liq_nats_publisher_create(&publisher, link, NULL), LIQ_OK);
    for (uint32_t i = 0; i < SIDECAR_SOURCES; i++) {
        const sidecar_script *script = &self->desk->said.scripts[i];
        const liq_nats_stream stream = {
            .stream = streams[i], .subject = script->source, .is_made = true};

        cr_assert_eq(liq_nats_stream_ensure(link, &stream, NULL), LIQ_OK);
        for (; self->published[i] < script->count; self->published[i]++) {
            char id[32];
            uint64_t answered;

            (void)snprintf(id, sizeof id, "%s-%u", script->source, self->published[i]);
            cr_assert_eq(liq_nats_publish(publisher, script->source, id,
                                          liq_text_of(script->lines[self->published[i]]),
                                          self->published[i] + 1, NULL),
                         LIQ_OK);
            cr_assert_eq(liq_nats_publisher_answer(publisher, 5000, &answered, NULL),
                         LIQ_NATS_STORED);
        }
    }
    liq_nats_publisher_destroy(publisher);
    liq_nats_link_destroy(link);
}

/* How far the journal is; zero when there is none yet. */
static liq_journal_last recorded(const running *self)
{
    char path[SIDECAR_PATH_BYTES + 16];
    liq_journal_reader *reader = NULL;
    liq_journal_last last = {0};

    (void)snprintf(path, sizeof path, "%s/state", self->side.folder);
    if (liq_journal_reader_open(&reader, path, NULL) == LIQ_OK &&
        liq_journal_reader_last(reader, &last, NULL) != LIQ_OK)
        last = (liq_journal_last){0};
    liq_journal_reader_close(reader);
    return last;
}

/* Hand over what was said, until it is recorded or the time has come. */
static bool handed_over(running *self)
{
    if (self->server == NULL)
        return sidecar_feed(&self->side, &self->desk->said, left_ms(self));
    for (int64_t i = left_ms(self) / STEP_MS; i >= 0; i--) {
        if (recorded(self).tick >= self->desk->due)
            return true;
        (void)usleep(STEP_MS * 1000);
    }
    return false;
}

static void round_play(running *self)
{
    desk_speak(self->desk);
    if (self->server != NULL)
        publish(self);
    for (;;) {
        if (!self->side.is_running) {
            sidecar_start(&self->side, NULL);
            kill_draw(self);
            if (!connected(self))
                cr_assert_fail("it does not start: %s", sidecar_said(&self->side));
        }
        if (handed_over(self))
            break;
        cr_assert_gt(self->kills, 0, "it stands still: %s", sidecar_said(&self->side));
        sidecar_kill(&self->side);
        self->kills--;
    }
    cr_assert_eq(recorded(self).tick, self->desk->due);
    cr_assert(desk_listen(self->desk, recorded(self).seq), "decisions are missing");
}

/* Until prices stand still, all is answered, and nothing more is decided. @return all decisions */
static char *played(running *self)
{
    uint32_t quiet = 0;

    for (uint32_t i = 0; quiet < QUIET_ROUNDS; i++) {
        const uint64_t before = self->desk->last_seq;

        cr_assert_lt(i, ROUNDS_MAX, "it does not come to rest");
        round_play(self);
        quiet = desk_is_at_rest(self->desk) && self->desk->last_seq == before ? quiet + 1 : 0;
    }
    sidecar_end(&self->side);
    return sidecar_file(&self->side, "decisions");
}

static void expect_sound(const running *self)
{
    char line[SIDECAR_PATH_BYTES + 32];
    run_result result;

    (void)snprintf(line, sizeof line, "journal verify %s/state", self->side.folder);
    run_line(&result, line);
    cr_expect_eq(result.code, 0, "%s%s", result.output, result.message);
    cr_expect_not_null(strstr(result.output, "\"sound\":true"), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"same\":true"), "%s", result.output);
    run_clear(&result);
}

static void expect_everything_happened(const desk *self)
{
    cr_expect_gt(self->facts.requests, 40);
    cr_expect_gt(self->facts.partial, 5);
    cr_expect_gt(self->facts.cancelled, 5);
    cr_expect_gt(self->facts.twice, 2);
    cr_expect_gt(self->facts.unknown, 2);
}

/* Left alone, then killed; what is decided is the same. */
static void play_twice(bool advises, uint32_t kills, broker *server)
{
    running alone;
    running killed;
    char *expected;
    char *found;

    make(&alone, advises, NULL, 0);
    expected = played(&alone);
    expect_sound(&alone);
    expect_everything_happened(alone.desk);
    make(&killed, advises, server, kills);
    for (;;) {
        found = played(&killed);
        cr_expect_str_eq(found, expected);
        expect_sound(&killed);
        free(found);
        cr_expect(server == NULL || killed.kills < kills, "nobody was killed");
        kills = killed.kills;
        if (kills == 0 || server != NULL)
            break; /* what a broker stored was for this run alone */
        clear(&killed);
        make(&killed, advises, server, kills);
    }
    clear(&killed);
    clear(&alone);
    free(expected);
}

Test(serve_external, comes_to_rest_by_fills_however_often_it_is_killed)
{
    play_twice(false, is_long() ? 200 : 6, NULL);
}

Test(serve_external, advises_the_same_however_often_it_is_killed)
{
    play_twice(true, is_long() ? 100 : 4, NULL);
}

Test(serve_external, comes_to_rest_over_nats)
{
    broker server;

    broker_make(&server);
    broker_start(&server);
    play_twice(false, is_long() ? 20 : 1, &server);
    broker_end(&server);
}
