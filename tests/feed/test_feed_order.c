/*
 * Scripts of events against the order of one source, and random ones against a model that is too
 * simple to be wrong.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/support_random.h"
#include "feed/feed_order.h"

static liq_feed_order *order_make(uint32_t events_max, size_t bytes_max, int64_t wait_max_ms)
{
    const liq_feed_order_limits limits = {events_max, bytes_max, wait_max_ms};
    liq_feed_order *order = NULL;

    cr_assert(liq_feed_order_create(&order, &limits, NULL) == LIQ_OK);
    return order;
}

/* Said of each event as it comes: "7" applied, "r7" repeat, "w7" waits, "g2-5" gap, "<7" applied
 * after it waited. */
static void say(char *said, const char *format, uint64_t one, uint64_t two)
{
    (void)sprintf(said + strlen(said), format, (unsigned long long)one, (unsigned long long)two);
}

static void drain(liq_feed_order *order, char *said)
{
    liq_text line;
    uint64_t seq;

    while (liq_feed_order_next(order, &line, &seq)) {
        char expected[32];

        (void)sprintf(expected, "line %llu", (unsigned long long)seq);
        cr_assert(line.bytes == strlen(expected) && memcmp(line.data, expected, line.bytes) == 0);
        say(said, " <%llu", seq, 0);
    }
}

static void come(liq_feed_order *order, uint64_t seq, int64_t now_ms, char *said)
{
    char line[32];
    liq_feed_event event = {.seq = seq};
    liq_feed_gap gap;
    liq_feed_verdict verdict;

    (void)sprintf(line, "line %llu", (unsigned long long)seq);
    event.line = liq_text_of(line);
    do {
        verdict = liq_feed_order_take(order, &event, now_ms, &gap);
        if (verdict == LIQ_FEED_APPLY)
            say(said, " %llu", seq, 0);
        if (verdict == LIQ_FEED_REPEAT)
            say(said, " r%llu", seq, 0);
        if (verdict == LIQ_FEED_WAITS)
            say(said, " w%llu", seq, 0);
        if (verdict == LIQ_FEED_UNNUMBERED)
            say(said, " u%llu", seq, 0);
        if (verdict == LIQ_FEED_GAP)
            say(said, " g%llu-%llu", gap.from, gap.to);
        drain(order, said);
    } while (verdict == LIQ_FEED_GAP);
}

static void expire(liq_feed_order *order, int64_t now_ms, char *said)
{
    liq_feed_gap gap;

    while (liq_feed_order_expire(order, now_ms, &gap)) {
        say(said, " g%llu-%llu", gap.from, gap.to);
        drain(order, said);
    }
}

Test(feed_order, says_what_each_event_is)
{
    static const struct {
        uint32_t events_max;
        size_t bytes_max;
        uint64_t seqs[12]; /* up to the first 99 */
        const char *said;
    } cases[] = {
        {4, 1000, {1, 2, 3, 99}, " 1 2 3"},
        {4, 1000, {1, 1, 2, 1, 2, 99}, " 1 r1 2 r1 r2"},
        {4, 1000, {0, 1, 0, 99}, " u0 1 u0"},
        {4, 1000, {2, 1, 99}, " w2 1 <2"},
        {4, 1000, {2, 2, 1, 2, 99}, " w2 r2 1 <2 r2"},
        {4, 1000, {4, 3, 2, 1, 5, 99}, " w4 w3 w2 1 <2 <3 <4 5"},
        {4, 1000, {1, 3, 5, 2, 4, 99}, " 1 w3 w5 2 <3 4 <5"},
        {4, 1000, {5, 4, 3, 2, 6, 1, 7, 99}, " w5 w4 w3 w2 g1-1 <2 <3 <4 <5 6 r1 7"},
        {4, 1000, {3, 5, 7, 9, 11, 99}, " w3 w5 w7 w9 g1-2 <3 w11"},
        {4, 1000, {3, 5, 7, 9, 2, 4, 99}, " w3 w5 w7 w9 g1-1 2 <3 4 <5"},
        {4, 1000, {5, 6, 7, 8, 2, 99}, " w5 w6 w7 w8 g1-1 2"},
        {1, 1000, {3, 5, 7, 99}, " w3 g1-2 <3 w5 g4-4 <5 w7"},
        {0, 1000, {1, 3, 2, 5, 99}, " 1 g2-2 3 r2 g4-4 5"},
        {9, 13, {3, 5, 7, 99}, " w3 w5 g1-2 <3 w7"},
        {9, 5, {3, 4, 9, 99}, " g1-2 3 4 g5-8 9"},
        {9, 11, {3, 5, 10, 99}, " w3 g1-2 <3 w5 g4-4 <5 w10"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        liq_feed_order *order = order_make(cases[i].events_max, cases[i].bytes_max, 1000);
        char said[400] = "";

        for (const uint64_t *seq = cases[i].seqs; *seq != 99; seq++)
            come(order, *seq, 0, said);
        cr_expect(strcmp(said, cases[i].said) == 0, "case %zu:%s rather than%s", i, said,
                  cases[i].said);
        liq_feed_order_destroy(order);
    }
    liq_feed_order_destroy(NULL);
}

Test(feed_order, declares_a_gap_when_one_has_waited_too_long)
{
    liq_feed_order *order = order_make(10, 1000, 100);
    char said[400] = "";

    come(order, 3, 1000, said);
    come(order, 6, 1050, said);
    expire(order, 1100, said);
    cr_expect_str_eq(said, " w3 w6");
    expire(order, 1101, said);
    cr_expect_str_eq(said, " w3 w6 g1-2 <3");
    come(order, 4, 1120, said);
    expire(order, 1150, said);
    cr_expect_str_eq(said, " w3 w6 g1-2 <3 4");
    expire(order, 1151, said);
    cr_expect_str_eq(said, " w3 w6 g1-2 <3 4 g5-5 <6");
    expire(order, 99999, said);
    cr_expect_str_eq(said, " w3 w6 g1-2 <3 4 g5-5 <6");
    liq_feed_order_destroy(order);
}

Test(feed_order, gives_up_each_hole_before_one_that_waited_too_long)
{
    liq_feed_order *order = order_make(10, 1000, 100);
    char said[400] = "";

    come(order, 9, 0, said);
    come(order, 3, 90, said);
    come(order, 11, 95, said);
    expire(order, 101, said);
    cr_expect_str_eq(said, " w9 w3 w11 g1-2 <3 g4-8 <9");
    cr_expect(liq_feed_order_waiting(order, NULL) == 1);
    liq_feed_order_destroy(order);
}

Test(feed_order, waits_no_longer_because_the_clock_went_back)
{
    liq_feed_order *order = order_make(10, 1000, 100);
    char said[400] = "";

    come(order, 3, 1000000, said);
    expire(order, 500, said);
    expire(order, 600, said);
    cr_expect_str_eq(said, " w3");
    expire(order, 601, said);
    cr_expect_str_eq(said, " w3 g1-2 <3");
    liq_feed_order_destroy(order);
}

Test(feed_order, goes_on_where_it_is_told_to)
{
    liq_feed_order *order = order_make(10, 1000, 100);
    char said[400] = "";
    size_t bytes;

    come(order, 3, 0, said);
    cr_expect(liq_feed_order_waiting(order, &bytes) == 1 && bytes == 6);
    liq_feed_order_start(order, 1000);
    cr_expect(liq_feed_order_waiting(order, &bytes) == 0 && bytes == 0);
    cr_expect(liq_feed_order_last(order) == 1000);
    come(order, 1000, 0, said);
    come(order, 1002, 0, said);
    come(order, 1001, 0, said);
    expire(order, 99999, said);
    cr_expect_str_eq(said, " w3 r1000 w1002 1001 <1002");
    cr_expect(liq_feed_order_last(order) == 1002);
    liq_feed_order_destroy(order);
}

Test(feed_order, counts_up_to_the_last_number)
{
    liq_feed_order *order = order_make(10, 1000, 100);
    char said[400] = "";

    come(order, INT64_MAX, 0, said);
    liq_feed_order_start(order, INT64_MAX - 2);
    come(order, INT64_MAX, 0, said);
    come(order, INT64_MAX - 1, 0, said);
    cr_expect_str_eq(said, " w9223372036854775807 w9223372036854775807 9223372036854775806 "
                           "<9223372036854775807");
    liq_feed_order_destroy(order);
}

enum { WINDOW = 64, SHUFFLED = 20000 };

/* Bounded reordering: each event is at most WINDOW places from where it belongs. */
Test(feed_order, puts_a_bounded_reordering_right_exactly_once)
{
    random_source random = random_start();
    liq_feed_order *order = order_make(2 * WINDOW, 20 * WINDOW * 2, 1000);
    uint64_t *seqs = calloc(SHUFFLED, sizeof *seqs);
    uint64_t applied = 0;

    for (uint64_t i = 0; i < SHUFFLED; i++)
        seqs[i] = i + 1;
    for (uint64_t i = 0; i + WINDOW <= SHUFFLED; i += WINDOW)
        for (uint64_t j = WINDOW - 1; j > 0; j--) {
            const uint64_t other = i + random_below(&random, j + 1);
            const uint64_t kept = seqs[i + j];

            seqs[i + j] = seqs[other];
            seqs[other] = kept;
        }
    for (uint64_t i = 0; i < SHUFFLED; i++) {
        char said[32 * WINDOW] = "";

        come(order, seqs[i], 0, said);
        if (random_below(&random, 8) == 0)
            come(order, seqs[random_below(&random, i + 1)], 0, said);
        for (char *at = strtok(said, " "); at != NULL; at = strtok(NULL, " ")) {
            cr_assert(*at != 'g' && *at != 'u');
            if (*at == 'r' || *at == 'w')
                continue;
            cr_assert(strtoull(at + (*at == '<'), NULL, 10) == applied + 1);
            applied++;
        }
    }
    cr_expect(applied == SHUFFLED);
    cr_expect(liq_feed_order_waiting(order, NULL) == 0);
    free(seqs);
    liq_feed_order_destroy(order);
}

/* All that was ever seen, as flags: slow, and nothing can go wrong with it. */
typedef struct model {
    bool waits[4000];
    int64_t since_ms[4000];
    uint64_t last;
    uint32_t count;
    uint32_t events_max;
} model;

static void model_drain(model *m, char *said)
{
    while (m->waits[m->last + 1]) {
        m->last++;
        m->waits[m->last] = false;
        m->count--;
        say(said, " <%llu", m->last, 0);
    }
}

static void model_gap(model *m, uint64_t seq, char *said)
{
    uint64_t next = m->last + 1;

    while (!m->waits[next] && next != seq)
        next++;
    say(said, " g%llu-%llu", m->last + 1, next - 1);
    m->last = next - 1;
    model_drain(m, said);
}

static void model_come(model *m, uint64_t seq, int64_t now_ms, char *said)
{
    while (seq > m->last + 1 && !m->waits[seq] && m->count == m->events_max)
        model_gap(m, seq, said);
    if (seq <= m->last || m->waits[seq]) {
        say(said, " r%llu", seq, 0);
    } else if (seq == m->last + 1) {
        say(said, " %llu", seq, 0);
        m->last++;
    } else {
        say(said, " w%llu", seq, 0);
        m->waits[seq] = true;
        m->since_ms[seq] = now_ms;
        m->count++;
    }
    model_drain(m, said);
}

static void model_expire(model *m, int64_t now_ms, int64_t wait_max_ms, char *said)
{
    for (;;) {
        bool is_late = false;

        for (uint64_t seq = 1; seq < 4000; seq++) {
            if (m->waits[seq] && m->since_ms[seq] > now_ms)
                m->since_ms[seq] = now_ms;
            is_late |= m->waits[seq] && now_ms - m->since_ms[seq] > wait_max_ms;
        }
        if (!is_late)
            return;
        model_gap(m, 0, said);
    }
}

Test(feed_order, does_what_a_simple_model_does)
{
    random_source random = random_start();

    for (int round = 0; round < 60; round++) {
        const uint32_t events_max = (uint32_t)random_below(&random, 12);
        liq_feed_order *order = order_make(events_max, 400, 50);
        model *m = calloc(1, sizeof *m);
        int64_t now_ms = 0;

        m->events_max = events_max;
        for (int step = 0; step < 300; step++) {
            const uint64_t ahead = random_below(&random, random_below(&random, 3) == 0 ? 12 : 2);
            const uint64_t back = random_below(&random, 5) == 0 ? random_below(&random, 4) : 0;
            uint64_t seq = m->last + 1 + ahead;
            char said[2000] = "";
            char expected[2000] = "";

            seq = seq > back + 1 ? seq - back : 1;
            now_ms += (int64_t)random_below(&random, 20);
            if (random_below(&random, 50) == 0)
                now_ms -= 200;
            come(order, seq, now_ms, said);
            model_come(m, seq, now_ms, expected);
            if (random_below(&random, 4) == 0) {
                expire(order, now_ms, said);
                model_expire(m, now_ms, 50, expected);
            }
            cr_assert(strcmp(said, expected) == 0, "%s rather than %s", said, expected);
            cr_assert(liq_feed_order_last(order) == m->last);
            cr_assert(liq_feed_order_waiting(order, NULL) == m->count);
        }
        liq_feed_order_destroy(order);
        free(m);
    }
}
