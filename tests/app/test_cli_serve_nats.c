/*
 * The same over NATS: prices come from a stream, decisions go to one, the sidecar is killed and the
 * broker too. A real nats-server.
 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "support_sidecar.h"
#include "wire/support_broker.h"

enum { TICKS = 80, STEP_MS = 10, END_MS = 60000, KILLS_MOST = 60, KILL_MS = 150 };

/* A run: the sidecar, its exchange, the broker between them. */
typedef struct over_nats {
    sidecar side;
    sidecar_exchange exchange;
    broker broker;
    char *expected; /* decided over sockets, by a sidecar that was left alone */
} over_nats;

static void configure(const over_nats *self, const char *marks, const char *more)
{
    char text[SIDECAR_PATH_BYTES + 2048];

    (void)snprintf(text, sizeof text,
                   "\"sources\": [{\"source\": \"marks\", %s},\n"
                   "             {\"source\": \"orders\", \"kind\": \"socket\"}],\n"
                   " \"clock\": \"events\", \"coalesce\": false, \"snapshot_ticks\": 15,\n"
                   " \"stale_ms\": 60000%s",
                   marks, more);
    sidecar_configure(&self->side, text);
}

static void make(over_nats *self)
{
    char more[SIDECAR_PATH_BYTES + 512];

    sidecar_make(&self->side, "300", "21");
    sidecar_exchange_make(&self->exchange, &self->side, TICKS, 22);
    configure(self, "\"kind\": \"socket\"", "");
    sidecar_start(&self->side, NULL);
    cr_assert(sidecar_connect(&self->side, &self->exchange, 0) &&
              sidecar_connect(&self->side, &self->exchange, 1));
    cr_assert(sidecar_feed(&self->side, &self->exchange, END_MS));
    sidecar_end(&self->side);
    self->expected = sidecar_file(&self->side, "decisions");
    cr_assert(line_count(self->expected) > 20);
    broker_make(&self->broker);
    broker_start(&self->broker);
    (void)snprintf(more, sizeof more,
                   ", \"nats\": \"%s\",\n"
                   " \"outlets\": [{\"outlet\": \"file\", \"path\": \"%s/decisions\"},\n"
                   "             {\"outlet\": \"nats\", \"subject\": \"decided\",\n"
                   "              \"stream\": \"DECIDED\"}]",
                   self->broker.url, self->side.folder);
    configure(self,
              "\"kind\": \"nats\", \"stream\": \"MARKS\", \"subject\": \"marks\",\n"
              "              \"durable\": \"sidecar\", \"create\": true",
              more);
}

static void clear(over_nats *self)
{
    sidecar_remove(&self->side);
    sidecar_exchange_clear(&self->exchange);
    broker_end(&self->broker);
    free(self->expected);
}

/* All prices, several lines a message. */
static void marks_publish(over_nats *self)
{
    liq_nats_link *link = broker_link(&self->broker);
    liq_nats_publisher *publisher = NULL;
    const liq_nats_stream stream = {.stream = "MARKS", .subject = "marks", .is_made = true};
    const sidecar_script *script = &self->exchange.scripts[0];
    uint32_t token = 0;

    cr_assert_eq(liq_nats_stream_ensure(link, &stream, NULL), LIQ_OK);
    cr_assert_eq(liq_nats_publisher_create(&publisher, link, NULL), LIQ_OK);
    for (uint32_t i = 0; i < script->count;) {
        static char text[1 << 18];
        char id[32];
        uint64_t answered;
        size_t used = 0;

        for (uint32_t end = i + 1 + i % 3; i < end && i < script->count; i++)
            used += (size_t)snprintf(text + used, sizeof text - used, "%s", script->lines[i]);
        (void)snprintf(id, sizeof id, "marks-%u", ++token);
        cr_assert_eq(liq_nats_publish(publisher, "marks", id, (liq_text){text, used}, token, NULL),
                     LIQ_OK);
        cr_assert_eq(liq_nats_publisher_answer(publisher, 5000, &answered, NULL), LIQ_NATS_STORED);
    }
    liq_nats_publisher_destroy(publisher);
    liq_nats_link_destroy(link);
}

static bool all_decided(const over_nats *self)
{
    char path[SIDECAR_PATH_BYTES + 16];
    struct stat facts;

    (void)snprintf(path, sizeof path, "%s/decisions", self->side.folder);
    return stat(path, &facts) == 0 && (size_t)facts.st_size == strlen(self->expected);
}

/* Feed accounts until everything is decided, or for so long. */
static bool fed(over_nats *self, int64_t wait_ms)
{
    const uint64_t until_ns = liq_clock_ns() + (uint64_t)wait_ms * 1000000;

    if (!sidecar_connect(&self->side, &self->exchange, 1))
        return false;
    while (liq_clock_ns() < until_ns)
        if (sidecar_feed(&self->side, &self->exchange, STEP_MS)) {
            if (all_decided(self))
                return true;
            (void)usleep(STEP_MS * 1000);
        }
    return false;
}

/* What lies in the stream of decisions, each a message: the lines, in order, once each. */
typedef struct collected {
    char *text;
    size_t bytes;
} collected;

static void message_take(void *context, const liq_nats_message *message)
{
    collected *all = context;

    all->text = realloc(all->text, all->bytes + message->payload.bytes + 2);
    memcpy(all->text + all->bytes, message->payload.data, message->payload.bytes);
    all->bytes += message->payload.bytes;
    if (all->bytes == 0 || all->text[all->bytes - 1] != '\n')
        all->text[all->bytes++] = '\n';
    all->text[all->bytes] = '\0';
}

static void expect_stream(const over_nats *self)
{
    liq_nats_link *link = broker_link(&self->broker);
    const liq_nats_pull_options options = {
        .stream = "DECIDED", .subject = "decided", .durable = "test", .is_made = true};
    liq_nats_pull *pull = NULL;
    collected all = {.text = strdup("")};
    uint32_t count = 1;

    cr_assert_eq(liq_nats_pull_create(&pull, link, &options, NULL), LIQ_OK);
    while (count > 0)
        cr_assert_eq(liq_nats_pull_fetch(pull, true, 1000, message_take, &all, &count, NULL),
                     LIQ_OK);
    cr_expect_str_eq(all.text, self->expected);
    free(all.text);
    liq_nats_pull_destroy(pull);
    liq_nats_link_destroy(link);
}

static void state_drop(const over_nats *self)
{
    char command[2 * SIDECAR_PATH_BYTES + 64];

    (void)snprintf(command, sizeof command, "rm -rf '%s/state' '%s/decisions'", self->side.folder,
                   self->side.folder);
    cr_assert_eq(system(command), 0);
}

static void expect_file(const over_nats *self)
{
    char *found = sidecar_file(&self->side, "decisions");

    cr_expect_str_eq(found, self->expected);
    free(found);
}

/* Kills at random instants until everything is decided; one behind that would meet nothing.
 * Everything is sent once more, through another broker, until there were enough. */
static uint32_t kills_until_decided(over_nats *self, uint64_t *state)
{
    uint32_t kills = 0;

    make(self);
    state_drop(self);
    marks_publish(self);
    for (;;) {
        *state = *state * 6364136223846793005u + 1442695040888963407u;
        sidecar_start(&self->side, NULL);
        if (fed(self, kills < KILLS_MOST ? (int64_t)(*state >> 33) % KILL_MS : END_MS))
            break;
        cr_assert_lt(kills, KILLS_MOST, "not decided within %d ms", END_MS);
        sidecar_kill(&self->side);
        kills++;
    }
    sidecar_end(&self->side);
    return kills;
}

Test(serve_nats, decides_the_same_after_kills)
{
    const uint32_t kills_least = getenv("LIQ_LONG") != NULL ? 200 : 4;
    uint64_t state = 3;
    uint32_t kills = 0;

    for (uint32_t run = 0; run < kills_least && kills < kills_least; run++) {
        over_nats self;

        kills += kills_until_decided(&self, &state);
        expect_file(&self);
        expect_stream(&self);
        clear(&self);
    }
    cr_expect_geq(kills, kills_least);
}

/* An operator who reads the log learns of it. */
static void said_wait(const sidecar *side, const char *event)
{
    bool is_there = false;

    for (int i = 0; i < 100 && !is_there; i++) {
        char *said = sidecar_said(side);

        is_there = strstr(said, event) != NULL;
        free(said);
        if (!is_there)
            (void)usleep(100000);
    }
    cr_expect(is_there, "%s was not logged", event);
}

Test(serve_nats, decides_the_same_when_the_broker_goes_and_comes)
{
    over_nats self;

    make(&self);
    state_drop(&self);
    marks_publish(&self);
    sidecar_start(&self.side, NULL);
    (void)fed(&self, 100);
    broker_stop(&self.broker, SIGKILL);
    (void)sidecar_feed(&self.side, &self.exchange, 300);
    said_wait(&self.side, "link_failing");
    broker_start(&self.broker);
    for (int i = 0; i < 600 && !all_decided(&self); i++)
        if (sidecar_feed(&self.side, &self.exchange, 100))
            (void)usleep(100000); /* accounts are done, prices may not be */
    cr_expect(all_decided(&self));
    said_wait(&self.side, "link_works_again");
    sidecar_end(&self.side);
    expect_file(&self);
    expect_stream(&self);
    clear(&self);
}
