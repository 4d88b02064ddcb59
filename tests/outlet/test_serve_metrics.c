#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <criterion/criterion.h>

#include "outlet/serve_metrics.h"

static const char *const sources[] = {"marks", "orders \"of\" \\venue\\"};
static const char *const outlets[] = {"stdout", "nats"};
static const char *const funds[] = {"USDT", "BTC"};
static const char *const instruments[] = {"BTCUSDT", "ETHUSDT"};
static const liq_serve_names names = {.sources = sources,
                                      .outlets = outlets,
                                      .funds = funds,
                                      .instruments = instruments,
                                      .source_count = 2,
                                      .outlet_count = 2,
                                      .fund_count = 2,
                                      .instrument_count = 2,
                                      .version = "0.1.0"};

static liq_metrics *made(void)
{
    liq_metrics *metrics = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_serve_metrics_create(&metrics, &names, &err), LIQ_OK, "%s", err.message);
    return metrics;
}

/* A value in every series of every metric. */
static void fill(liq_metrics *metrics)
{
    for (uint32_t i = 0; i < LIQ_SERVE_METRIC_COUNT; i++)
        for (uint32_t series = 0; series < liq_metrics_series(metrics, i); series++) {
            if (liq_serve_metric_rows()[i].type == LIQ_METRIC_COUNTER)
                liq_metrics_add(metrics, i, series, i * 1000 + series);
            else if (liq_serve_metric_rows()[i].type == LIQ_METRIC_GAUGE)
                liq_metrics_set(metrics, i, series, i + 0.25 * series);
            else
                for (uint64_t ns = 1; ns < 100000000000; ns *= 3)
                    liq_metrics_observe_ns(metrics, i, series, ns);
        }
}

/* Feed a text to a command. @return its exit status; said: what it printed */
static int fed(const char *command, const char *text, size_t bytes, char *said, size_t room)
{
    char path[] = "/tmp/liqscan-metrics-XXXXXX";
    char line[256];
    const int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "w");
    size_t used;
    int status;

    cr_assert(descriptor >= 0 && file != NULL);
    cr_assert_eq(fwrite(text, 1, bytes, file), bytes);
    cr_assert_eq(fclose(file), 0);
    (void)snprintf(line, sizeof line, "%s <%s 2>&1", command, path);
    file = popen(line, "r");
    cr_assert_not_null(file);
    used = fread(said, 1, room - 1, file);
    said[used] = '\0';
    status = pclose(file);
    (void)remove(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void need_promtool(void)
{
    if (system("command -v promtool >/dev/null 2>&1") == 0)
        return;
    cr_assert_null(getenv("LIQ_REQUIRE_DEVICE"), "promtool is missing");
    cr_skip_test("promtool is missing");
}

Test(serve_metrics, are_accepted_by_promtool)
{
    liq_metrics *metrics = made();
    char *text = NULL;
    size_t bytes = 0;
    char said[4096];
    int status;

    need_promtool();
    fill(metrics);
    cr_assert_eq(liq_metrics_text_make(metrics, &text, &bytes, NULL), LIQ_OK);
    status = fed("promtool check metrics", text, bytes, said, sizeof said);
    cr_expect_eq(status, 0, "promtool exits %d", status);
    cr_expect_str_eq(said, "");
    free(text);
    liq_metrics_destroy(metrics);
}

Test(serve_metrics, would_be_refused_by_promtool_with_a_bad_name)
{
    static const char bad[] = "# HELP x_ageMs Age.\n# TYPE x_ageMs counter\nx_ageMs 1\n";
    char said[4096];

    need_promtool();
    cr_expect_neq(fed("promtool check metrics", bad, sizeof bad - 1, said, sizeof said), 0);
    cr_expect_neq(strlen(said), 0);
}

Test(serve_metrics, have_a_row_each_under_a_name_of_its_own)
{
    const liq_metric_row *rows = liq_serve_metric_rows();

    for (uint32_t i = 0; i < LIQ_SERVE_METRIC_COUNT; i++) {
        cr_assert_not_null(rows[i].name, "metric %u has no row", i);
        cr_expect_eq(strncmp(rows[i].name, "liqscan_", 8), 0);
        for (uint32_t j = 0; j < i; j++)
            cr_expect_str_neq(rows[i].name, rows[j].name);
    }
}

Test(serve_metrics, never_name_an_account)
{
    const liq_metric_row *rows = liq_serve_metric_rows();

    for (uint32_t i = 0; i < LIQ_SERVE_METRIC_COUNT; i++)
        cr_expect(rows[i].label == NULL || strcmp(rows[i].label, "account") != 0);
}

Test(serve_metrics, say_the_version_from_the_start)
{
    liq_metrics *metrics = made();
    char text[65536] = "";

    cr_assert_lt(liq_metrics_text(metrics, text, sizeof text - 1), sizeof text);
    cr_expect_not_null(strstr(text, "\nliqscan_build_info{version=\"0.1.0\"} 1\n"));
    liq_metrics_destroy(metrics);
}

Test(serve_metrics, count_decisions_under_the_name_of_their_action)
{
    liq_metrics *metrics = made();
    char text[65536] = "";

    for (int kind = LIQ_SETTLE_MARGIN_CALL; kind <= LIQ_SETTLE_MARGIN_RATE; kind++)
        liq_metrics_add(metrics, LIQ_SERVE_DECISIONS,
                        liq_serve_decision_series((liq_settle_kind)kind), (uint64_t)kind);
    cr_assert_lt(liq_metrics_text(metrics, text, sizeof text - 1), sizeof text);
    cr_expect_not_null(strstr(text, "_decisions_total{action=\"margin_call\"} 1\n"));
    cr_expect_not_null(strstr(text, "_decisions_total{action=\"takeover\"} 4\n"));
    cr_expect_not_null(strstr(text, "_decisions_total{action=\"adl\"} 8\n"));
    cr_expect_not_null(strstr(text, "_decisions_total{action=\"resume\"} 11\n"));
    liq_metrics_destroy(metrics);
}

Test(serve_metrics, refuse_two_sources_of_one_name)
{
    static const char *const twice[] = {"marks", "marks"};
    liq_serve_names bad = names;
    liq_metrics *metrics = NULL;
    liq_error err = {0};

    bad.sources = twice;
    cr_expect_eq(liq_serve_metrics_create(&metrics, &bad, &err), LIQ_DUPLICATE);
    cr_expect_null(metrics);
    cr_expect_str_eq(err.message, "source \"marks\" is there twice");
}
