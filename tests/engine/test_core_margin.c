/*
 * A sidecar whose margin rates follow the volatility that the venue gives: decided, kept, and gone
 * on with.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "book/columns.h"
#include "feed/feed_parse.h"
#include "support_core_state.h"

enum { NOW = 1000000, VENUE_BYTES = 1 << 17 };

static const char policy[] =
    "{\"policy\":{\"dynamic_margin\":{\"notice_ms\":300,\"lower_after_ms\":0,"
    "\"implied_volatility\":{\"reference\":\"0.8\"}}},";

static const liq_core_config config = {
    .sources = {"marks"}, .source_count = 1, .stale_ms = 0, .book_is_complete = true};

/* A core and what its events are read with. */
typedef struct given {
    liq_core core;
    liq_feed_parser parser;
    liq_feed_batch *batch;
    uint64_t seq;
    int64_t now_ms;
} given;

static void venue_set(liq_core *core, const char *front)
{
    static char text[VENUE_BYTES];
    liq_error err = {0};

    (void)snprintf(text, sizeof text, "%s%.*s", front, (int)core->book->venue_bytes - 1,
                   strchr(core->book->venue_text, '{') + 1);
    cr_assert_eq(liq_core_rebuild(core, "venue.json", text, &err), LIQ_OK, "%s", err.message);
}

static void make(given *self)
{
    liq_book *book = NULL;
    liq_error err = {0};

    *self = (given){.now_ms = NOW};
    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(&self->core, &config, book, &err), LIQ_OK, "%s", err.message);
    cr_assert_eq(liq_feed_batch_create(&self->batch, &err), LIQ_OK);
    venue_set(&self->core, policy);
}

static void clear(given *self)
{
    liq_core_destroy(&self->core);
    liq_feed_batch_destroy(self->batch);
    liq_feed_parser_clear(&self->parser);
}

static void apply(given *self, const char *rest)
{
    char line[1024];
    liq_error err = {0};

    (void)snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",%s}", ++self->seq, rest);
    liq_feed_batch_clear(self->batch);
    cr_assert_eq(liq_feed_parse(&self->parser, self->batch, liq_text_of(line), &err), LIQ_OK);
    cr_assert_eq(liq_core_apply(&self->core, 0, &self->batch->events[0], &err), LIQ_OK, "%s",
                 err.message);
}

static void volatility(given *self, const char *value)
{
    char rest[128];

    (void)snprintf(rest, sizeof rest,
                   "\"type\":\"volatility\",\"symbol\":\"BTCUSDT\",\"impliedVolatility\":\"%s\"",
                   value);
    apply(self, rest);
}

static void tick(given *self)
{
    liq_error err = {0};

    cr_assert_eq(liq_core_run(&self->core, self->now_ms += 100, &err), LIQ_OK, "%s", err.message);
}

/* Actions of a kind in the last tick, and the last of them. */
static uint32_t actions_of(const given *self, liq_settle_kind kind, liq_settle_action *out)
{
    uint32_t count = 0;

    for (uint64_t i = 0; i < liq_settle_action_count(self->core.settle); i++) {
        liq_settle_action action;

        liq_settle_action_read(self->core.settle, i, &action);
        if (action.kind != kind)
            continue;
        *out = action;
        count++;
    }
    return count;
}

static uint32_t factor(const given *self)
{
    uint32_t ppm = 0;

    cr_assert_eq(liq_live_margin_factors(self->core.live, "BTCUSDT", &ppm, NULL, NULL), LIQ_OK);
    return ppm;
}

Test(core_margin, tells_a_change_and_makes_it)
{
    liq_settle_action action = {0};
    given self;

    make(&self);
    tick(&self);
    cr_expect_eq(actions_of(&self, LIQ_SETTLE_MARGIN_NOTICE, &action), 0);
    volatility(&self, "1.6");
    tick(&self);
    cr_assert_eq(actions_of(&self, LIQ_SETTLE_MARGIN_NOTICE, &action), 1);
    cr_expect_eq(action.reason, LIQ_BECAUSE_IMPLIED_VOLATILITY);
    cr_expect_str_eq(action.instrument, "BTCUSDT");
    cr_expect_str_eq(action.observed, "1.6");
    cr_expect_str_eq(action.raw_factor, "2");
    cr_expect_str_eq(action.maintenance_factor, "2");
    cr_expect_eq(action.effective_ms, self.now_ms + 300);
    cr_expect_eq(factor(&self), 1000000);
    tick(&self);
    tick(&self);
    cr_expect_eq(actions_of(&self, LIQ_SETTLE_MARGIN_RATE, &action), 0);
    tick(&self);
    cr_expect_eq(actions_of(&self, LIQ_SETTLE_MARGIN_RATE, &action), 1);
    cr_expect_eq(factor(&self), 2000000);
    cr_expect(self.core.last.settle.conserved);
    clear(&self);
}

/* Save, and make another one of what was saved. */
static void restart(given *out, given *self)
{
    core_kept kept;
    liq_error err = {0};

    *out = (given){.seq = self->seq, .now_ms = self->now_ms};
    core_keep(&kept, &self->core);
    cr_assert_eq(liq_core_create(&out->core, &config, kept.book, &err), LIQ_OK, "%s", err.message);
    core_go_on(&kept, &out->core);
    cr_assert_eq(liq_feed_batch_create(&out->batch, &err), LIQ_OK);
}

/* Wherever it is put down, between notice and change too. */
Test(core_margin, goes_on_as_if_it_had_not_stopped)
{
    static const char *const values[] = {"0.8", "1.2", "2", "2", "2", "2", "0.9", "0.9",
                                         "0.9", "0.9", "3", "3", "3", "3", "3",   "0"};

    for (size_t stop = 0; stop < sizeof values / sizeof values[0]; stop++) {
        given self;
        given other;

        make(&self);
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            if (i == stop)
                restart(&other, &self);
            volatility(&self, values[i]);
            tick(&self);
            if (i < stop)
                continue;
            volatility(&other, values[i]);
            tick(&other);
            cr_assert_str_eq(self.core.last.state_hash, other.core.last.state_hash,
                             "stopped before %zu, tick %zu", stop, i);
            cr_assert_eq(self.core.seq, other.core.seq);
            cr_assert_eq(factor(&self), factor(&other));
        }
        cr_expect_eq(factor(&self), 3000000);
        clear(&self);
        clear(&other);
    }
}

Test(core_margin, goes_back_when_the_venue_switches_it_off)
{
    static char text[VENUE_BYTES];
    const char *fresh;
    liq_error err = {0};
    given self;

    make(&self);
    volatility(&self, "1.6");
    for (int i = 0; i < 5; i++)
        tick(&self);
    cr_expect_eq(factor(&self), 2000000);
    fresh = strstr(self.core.book->venue_text, "dynamic_margin");
    cr_assert_not_null(fresh);
    (void)snprintf(text, sizeof text, "{%s", strchr(strstr(fresh, "}}},"), ',') + 1);
    cr_assert_eq(liq_core_rebuild(&self.core, "venue.json", text, &err), LIQ_OK, "%s", err.message);
    cr_expect_eq(factor(&self), 1000000);
    tick(&self);
    cr_expect_eq(factor(&self), 1000000);
    clear(&self);
}

/* One number of a written state in place of another. */
static void number_put(char *out, size_t room, const char *state, int which, const char *value)
{
    const char *at = state;
    const char *end;

    for (int i = 0; i < which; i++)
        at = strchr(at, ' ') + 1;
    end = at + strcspn(at, " ");
    (void)snprintf(out, room, "%.*s%s%s", (int)(at - state), state, value, end);
}

Test(core_margin, refuses_a_state_of_rates_that_cannot_be)
{
    static const struct {
        int which;
        const char *value;
        bool fits;
    } rows[] = {{0, "-9223372036854775808", true},
                {0, "-1", false},
                {0, "253402300800000", false},
                {1, "1073741824", false},
                {1, "-1", false},
                {2, "4611686018427387904", false},
                {3, "-1", false},
                {4, "31", false},
                {5, "-1", false},
                {5, "9223372036854775807", false},
                {6, "0", false},
                {6, "2000000", false},
                {8, "100000001", false},
                {10, "-2", false},
                {10, "-1", true},
                {13, "253402300800000", false},
                {14, "-1", false},
                {14, "429496730029496729", false},
                {15, "100000001", false},
                {16, "9223372036854775807", false},
                {17, "-1", false},
                {17, "9223372036854775807", false},
                {18, "2", false},
                {19, "4294967296", false},
                {19, "4294967295", true},
                {19, "5 5", false},
                {19, "x", false}};
    char state[LIQ_MARGIN_STATE_BYTES];
    given self;

    make(&self);
    volatility(&self, "1.6");
    tick(&self);
    liq_live_margin_state_write(&self.core.margin, 0, state);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char changed[2 * LIQ_MARGIN_STATE_BYTES];

        number_put(changed, sizeof changed, state, rows[i].which, rows[i].value);
        cr_expect_eq(liq_live_margin_state_read(&self.core.margin, 0, liq_text_of(changed)),
                     rows[i].fits, "row %zu: %s", i, changed);
    }
    clear(&self);
}

/* The hash of a tick tells of what is asked for too, before anything is said or changed. */
Test(core_margin, has_a_state_hash_that_tells_of_what_is_asked_for)
{
    given self;
    given other;

    make(&self);
    make(&other);
    volatility(&self, "0.81"); /* of 0.8: 1.05 at most, and told in the next tick alike */
    volatility(&other, "0.82");
    tick(&self);
    tick(&other);
    cr_expect_str_eq(self.core.last.settle.hash, other.core.last.settle.hash);
    cr_expect_str_neq(self.core.last.state_hash, other.core.last.state_hash);
    clear(&self);
    clear(&other);
}
