/*
 * What the metrics of a sidecar say of each instrument and fund after its venue was replaced, and
 * of what was traded.
 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_core.h"
#include "engine/metric_series.h"
#include "feed/feed_parse.h"
#include "scan/live_scan.h"

enum { VENUE_BYTES = 1 << 17, PAGE_BYTES = 1 << 16, NAMES = 3 };

/* A long position in each but the last, which came later. */
static const char *const symbols[NAMES] = {"BTCUSDT", "ETHUSDT", "SOLUSDT"};

static const liq_core_config config = {
    .sources = {"marks"}, .source_count = 1, .stale_ms = 0, .book_is_complete = true};

static void make(liq_core *core)
{
    liq_book *book = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_book_load(&book, LIQ_SOURCE_DIR "/host/demo", NULL, &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_create(core, &config, book, &err), LIQ_OK, "%s", err.message);
}

static void run(liq_core *core, int64_t now_ms)
{
    liq_error err = {0};

    cr_assert_eq(liq_core_run(core, now_ms, &err), LIQ_OK, "%s", err.message);
}

/* Of all instruments at the start, and the others. */
static liq_metrics *metrics_make(const liq_core *core, bool has_rest)
{
    static const char *const funds[] = {"USDT", "GONE"};
    const char *instruments[64];
    const liq_venue *venue = &core->book->venue;
    liq_serve_names names = {
        .funds = funds, .fund_count = 2, .instruments = instruments, .version = "1"};
    liq_metrics *metrics = NULL;

    for (uint32_t i = 0; i < venue->instrument_count; i++)
        instruments[names.instrument_count++] = liq_names_get(venue->instrument_names, i);
    if (has_rest)
        instruments[names.instrument_count++] = LIQ_SERVE_OTHER_INSTRUMENTS;
    cr_assert_eq(liq_serve_metrics_create(&metrics, &names, NULL), LIQ_OK);
    return metrics;
}

/* The number of a series; NAN also when it has none. */
static double number(const liq_metrics *metrics, const char *metric, const char *label,
                     const char *value)
{
    static char page[PAGE_BYTES];
    char series[128];
    const char *at;

    page[liq_metrics_text(metrics, page, PAGE_BYTES - 1)] = '\0';
    (void)snprintf(series, sizeof series, "\n%s{%s=\"%s\"} ", metric, label, value);
    at = strstr(page, series);
    cr_assert_not_null(at, "%s in %s", series, page);
    return strtod(at + strlen(series), NULL);
}

static double interest(const liq_metrics *metrics, const char *symbol)
{
    return number(metrics, "liqscan_open_interest", "instrument", symbol);
}

/* The venue with an instrument before all others that is like its first one, and its second one
 * with another name. */
static void venue_replace(liq_core *core)
{
    static char text[VENUE_BYTES];
    const char *old = core->book->venue_text;
    const char *first = strstr(old, "{\"symbol\": \"BTCUSDT\"");
    const char *second = strstr(old, "{\"symbol\": \"ETHUSDT\"");
    liq_error err = {0};

    cr_assert(first != NULL && second != NULL);
    (void)snprintf(text, sizeof text, "%.*s{\"symbol\": \"NEWUSDT\"%.*s%.*s", (int)(first - old),
                   old, (int)(second - first) - 20, first + 20,
                   (int)(core->book->venue_bytes - (size_t)(first - old)), first);
    cr_assert_eq(liq_core_rebuild(core, "venue.json", text, &err), LIQ_OK, "%s", err.message);
}

static void apply(liq_core *core, const char *rest)
{
    static uint64_t seq;
    liq_feed_parser parser = {0};
    liq_feed_batch *batch = NULL;
    char line[1024];
    liq_error err = {0};

    cr_assert_eq(liq_feed_batch_create(&batch, &err), LIQ_OK);
    (void)snprintf(line, sizeof line, "{\"seq\":%" PRIu64 ",%s}", ++seq, rest);
    cr_assert_eq(liq_feed_parse(&parser, batch, liq_text_of(line), &err), LIQ_OK, "%s",
                 err.message);
    cr_assert_eq(liq_core_apply(core, 0, &batch->events[0], &err), LIQ_OK, "%s", err.message);
    liq_feed_batch_destroy(batch);
    liq_feed_parser_clear(&parser);
}

Test(metric_series, keep_their_names_when_the_venue_is_replaced)
{
    liq_core core = {0};
    liq_metrics *metrics;
    liq_metrics *bare;
    double before[NAMES];

    make(&core);
    run(&core, 1000);
    metrics = metrics_make(&core, true);
    bare = metrics_make(&core, false);
    liq_series_interest(metrics, &core.pattern);
    liq_series_funds(metrics, core.settle);
    for (int i = 0; i < NAMES; i++) {
        before[i] = interest(metrics, symbols[i]);
        cr_expect_gt(before[i], 0, "%s", symbols[i]);
        for (int other = 0; other < i; other++)
            cr_expect_neq(before[i], before[other]);
    }
    cr_expect_eq(interest(metrics, LIQ_SERVE_OTHER_INSTRUMENTS), 0);
    cr_expect_gt(number(metrics, "liqscan_fund_balance", "fund", "USDT"), 0);
    cr_expect(isnan(number(metrics, "liqscan_fund_balance", "fund", "GONE")));
    venue_replace(&core);
    apply(&core, "\"type\":\"marks\",\"marks\":[{\"symbol\":\"NEWUSDT\",\"markPrice\":\"50\"}]");
    apply(&core, "\"type\":\"account\",\"account\":\"novice\"");
    apply(&core, "\"type\":\"balance\",\"account\":\"novice\",\"asset\":\"USDT\","
                 "\"walletBalance\":\"1000\"");
    apply(&core, "\"type\":\"position\",\"account\":\"novice\",\"symbol\":\"NEWUSDT\","
                 "\"side\":\"long\",\"contracts\":\"3\",\"entryPrice\":\"50\"");
    run(&core, 1100);
    for (int twice = 0; twice < 2; twice++) {
        liq_metrics *told = twice == 0 ? metrics : bare;

        liq_series_interest(told, &core.pattern);
        for (int i = 0; i < NAMES; i++)
            cr_expect_eq(interest(told, symbols[i]), before[i], "%s: %f, then %f", symbols[i],
                         before[i], interest(told, symbols[i]));
    }
    cr_expect_eq(interest(metrics, LIQ_SERVE_OTHER_INSTRUMENTS), 150);
    liq_metrics_destroy(metrics);
    liq_metrics_destroy(bare);
    liq_core_destroy(&core);
}

Test(metric_series, count_what_marks_say_was_traded)
{
    liq_core core = {0};
    liq_pattern_facts facts;

    make(&core);
    apply(&core, "\"type\":\"marks\",\"marks\":[{\"symbol\":\"BTCUSDT\",\"markPrice\":\"60000\","
                 "\"volume\":\"2.5\"},{\"symbol\":\"ETHUSDT\",\"markPrice\":\"2000\"}]");
    apply(&core, "\"type\":\"marks\",\"marks\":[{\"symbol\":\"ETHUSDT\",\"markPrice\":\"2500\","
                 "\"volume\":\"4\"},{\"symbol\":\"BTCUSDT\",\"markPrice\":\"64000\","
                 "\"volume\":\"0.00000025\"}]");
    run(&core, 1000);
    liq_pattern_see(&core.pattern, &facts);
    cr_expect_eq(facts.traded, (liq_int128)(64000 * 2.5 + 2500 * 4 + 0.016) * 100000000 + 1600000,
                 "%lld", (long long)facts.traded);
    liq_pattern_see(&core.pattern, &facts);
    cr_expect_eq(facts.traded, 0, "told once");
    liq_core_destroy(&core);
}
