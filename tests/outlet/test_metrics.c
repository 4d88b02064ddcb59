#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "outlet/metrics.h"

enum { TICKS, EVENTS, LEVEL, AGE, STAGE, ROW_COUNT };

static const char *const stages[] = {"in", "out", NULL};
static const uint64_t bounds_ns[] = {1000000, 500000000, 2000000000, 0};
static const liq_metric_row rows[ROW_COUNT] = {
    [TICKS] = {.name = "x_ticks_total", .help = "Ticks.", .type = LIQ_METRIC_COUNTER},
    [EVENTS] = {.name = "x_events_total",
                .help = "Events.",
                .type = LIQ_METRIC_COUNTER,
                .label = "source"},
    [LEVEL] = {.name = "x_level_bytes",
               .help = "Level.",
               .type = LIQ_METRIC_GAUGE,
               .unit = LIQ_METRIC_BYTES},
    [AGE] = {.name = "x_age_seconds",
             .help = "Age.",
             .type = LIQ_METRIC_HISTOGRAM,
             .unit = LIQ_METRIC_SECONDS,
             .bounds_ns = bounds_ns},
    [STAGE] = {.name = "x_stage_seconds",
               .help = "Stage.",
               .type = LIQ_METRIC_HISTOGRAM,
               .unit = LIQ_METRIC_SECONDS,
               .label = "stage",
               .values = stages,
               .bounds_ns = bounds_ns},
};

static liq_status make(liq_metrics **out, const char *const *sources, uint32_t count,
                       liq_error *err)
{
    const liq_metric_names names[] = {{"other", NULL, 0}, {"source", sources, count}};

    return liq_metrics_create(out, rows, ROW_COUNT, names, 2, err);
}

static liq_metrics *made(void)
{
    static const char *const sources[] = {"marks", "a\"b\\c\nd"};
    liq_metrics *metrics = NULL;
    liq_error err = {0};

    cr_assert_eq(make(&metrics, sources, 2, &err), LIQ_OK, "%s", err.message);
    return metrics;
}

static char *text_of(const liq_metrics *metrics)
{
    char *text = NULL;
    char *string;
    size_t bytes = 0;

    cr_assert_eq(liq_metrics_text_make(metrics, &text, &bytes, NULL), LIQ_OK);
    string = calloc(bytes + 1, 1);
    cr_assert_not_null(string);
    memcpy(string, text, bytes);
    free(text);
    return string;
}

static void expect_line(const liq_metrics *metrics, const char *line)
{
    char *text = text_of(metrics);
    const char *at = strstr(text, line);

    cr_expect(at != NULL && (at == text || at[-1] == '\n') && at[strlen(line)] == '\n',
              "no line %s in\n%s", line, text);
    free(text);
}

Test(metrics, begin_at_zero_and_are_written_in_the_order_of_the_table)
{
    liq_metrics *metrics = made();
    char *text = text_of(metrics);

    cr_expect_str_eq(text, "# HELP x_ticks_total Ticks.\n"
                           "# TYPE x_ticks_total counter\n"
                           "x_ticks_total 0\n"
                           "# HELP x_events_total Events.\n"
                           "# TYPE x_events_total counter\n"
                           "x_events_total{source=\"marks\"} 0\n"
                           "x_events_total{source=\"a\\\"b\\\\c\\nd\"} 0\n"
                           "# HELP x_level_bytes Level.\n"
                           "# TYPE x_level_bytes gauge\n"
                           "x_level_bytes 0\n"
                           "# HELP x_age_seconds Age.\n"
                           "# TYPE x_age_seconds histogram\n"
                           "x_age_seconds_bucket{le=\"0.001\"} 0\n"
                           "x_age_seconds_bucket{le=\"0.5\"} 0\n"
                           "x_age_seconds_bucket{le=\"2\"} 0\n"
                           "x_age_seconds_bucket{le=\"+Inf\"} 0\n"
                           "x_age_seconds_sum 0\n"
                           "x_age_seconds_count 0\n"
                           "# HELP x_stage_seconds Stage.\n"
                           "# TYPE x_stage_seconds histogram\n"
                           "x_stage_seconds_bucket{stage=\"in\",le=\"0.001\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"in\",le=\"0.5\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"in\",le=\"2\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"in\",le=\"+Inf\"} 0\n"
                           "x_stage_seconds_sum{stage=\"in\"} 0\n"
                           "x_stage_seconds_count{stage=\"in\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"out\",le=\"0.001\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"out\",le=\"0.5\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"out\",le=\"2\"} 0\n"
                           "x_stage_seconds_bucket{stage=\"out\",le=\"+Inf\"} 0\n"
                           "x_stage_seconds_sum{stage=\"out\"} 0\n"
                           "x_stage_seconds_count{stage=\"out\"} 0\n");
    free(text);
    liq_metrics_destroy(metrics);
}

Test(metrics, count_each_series_for_itself)
{
    liq_metrics *metrics = made();

    liq_metrics_add(metrics, TICKS, 0, UINT64_MAX);
    liq_metrics_add(metrics, EVENTS, 1, 3);
    liq_metrics_add(metrics, EVENTS, 1, 4);
    expect_line(metrics, "x_ticks_total 18446744073709551615");
    expect_line(metrics, "x_events_total{source=\"marks\"} 0");
    expect_line(metrics, "x_events_total{source=\"a\\\"b\\\\c\\nd\"} 7");
    liq_metrics_destroy(metrics);
}

Test(metrics, raise_a_counter_and_never_lower_it)
{
    liq_metrics *metrics = made();

    liq_metrics_raise(metrics, TICKS, 0, 9);
    liq_metrics_raise(metrics, TICKS, 0, 5);
    expect_line(metrics, "x_ticks_total 9");
    liq_metrics_raise(metrics, TICKS, 0, 10);
    expect_line(metrics, "x_ticks_total 10");
    liq_metrics_destroy(metrics);
}

typedef struct gauge_case {
    double value;
    char text[40];
} gauge_case;

ParameterizedTestParameters(metrics, write_a_gauge_so_that_it_reads_back)
{
    static gauge_case cases[] = {
        {0, "0"},
        {-1.5, "-1.5"},
        {0.1, "0.1"},
        {1767323045.678, "1767323045.678"},
        {1000000.12345678, "1000000.12345678"},
        {9007199254740993.0, "9007199254740992"},
        {1.0 / 3, "0.33333333333333331"},
        {HUGE_VAL, "+Inf"},
        {-HUGE_VAL, "-Inf"},
        {NAN, "NaN"},
    };

    return cr_make_param_array(gauge_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(gauge_case *row, metrics, write_a_gauge_so_that_it_reads_back)
{
    liq_metrics *metrics = made();
    char line[80] = "x_level_bytes ";

    liq_metrics_set(metrics, LEVEL, 0, 77);
    liq_metrics_set(metrics, LEVEL, 0, row->value);
    expect_line(metrics, strcat(line, row->text));
    liq_metrics_destroy(metrics);
}

Test(metrics, put_a_duration_into_the_first_bucket_that_holds_it)
{
    liq_metrics *metrics = made();

    liq_metrics_observe_ns(metrics, AGE, 0, 0);
    liq_metrics_observe_ns(metrics, AGE, 0, 1000000);
    liq_metrics_observe_ns(metrics, AGE, 0, 1000001);
    liq_metrics_observe_ns(metrics, AGE, 0, 2000000000);
    liq_metrics_observe_ns(metrics, AGE, 0, 2000000001);
    liq_metrics_observe_ns(metrics, STAGE, 1, 400000000);
    expect_line(metrics, "x_age_seconds_bucket{le=\"0.001\"} 2");
    expect_line(metrics, "x_age_seconds_bucket{le=\"0.5\"} 3");
    expect_line(metrics, "x_age_seconds_bucket{le=\"2\"} 4");
    expect_line(metrics, "x_age_seconds_bucket{le=\"+Inf\"} 5");
    expect_line(metrics, "x_age_seconds_sum 4.002000002");
    expect_line(metrics, "x_age_seconds_count 5");
    expect_line(metrics, "x_stage_seconds_bucket{stage=\"in\",le=\"+Inf\"} 0");
    expect_line(metrics, "x_stage_seconds_bucket{stage=\"out\",le=\"0.001\"} 0");
    expect_line(metrics, "x_stage_seconds_bucket{stage=\"out\",le=\"0.5\"} 1");
    expect_line(metrics, "x_stage_seconds_sum{stage=\"out\"} 0.4");
    liq_metrics_destroy(metrics);
}

Test(metrics, say_how_much_room_a_cut_text_would_need)
{
    liq_metrics *metrics = made();
    char *text = text_of(metrics);
    const size_t bytes = strlen(text);
    char cut[101] = "";

    cr_expect_eq(liq_metrics_text(metrics, NULL, 0), bytes);
    cr_expect_eq(liq_metrics_text(metrics, cut, 100), bytes);
    cr_expect_eq(strlen(cut), 100);
    cr_expect_eq(strncmp(cut, text, 100), 0);
    free(text);
    liq_metrics_destroy(metrics);
}

Test(metrics, leave_out_a_metric_whose_label_has_no_values)
{
    liq_metrics *metrics = NULL;
    char *text;

    cr_assert_eq(make(&metrics, NULL, 0, NULL), LIQ_OK);
    cr_expect_eq(liq_metrics_series(metrics, EVENTS), 0);
    cr_expect_eq(liq_metrics_series(metrics, STAGE), 2);
    text = text_of(metrics);
    cr_expect_null(strstr(text, "x_events_total{"));
    free(text);
    liq_metrics_destroy(metrics);
}

Test(metrics, do_nothing_when_nobody_is_told)
{
    liq_metrics_add(NULL, TICKS, 0, 1);
    liq_metrics_raise(NULL, TICKS, 0, 1);
    liq_metrics_set(NULL, LEVEL, 0, 1);
    liq_metrics_observe_ns(NULL, AGE, 0, 1);
    liq_metrics_destroy(NULL);
}

typedef struct name_case {
    char first[8];
    char second[8];
    liq_status status;
    char message[64];
} name_case;

ParameterizedTestParameters(metrics, refuse_names_that_are_no_labels)
{
    static name_case cases[] = {
        {"a", "", LIQ_BAD_INPUT, "source \"\" is empty"},
        {"\xff", "b", LIQ_BAD_INPUT, "is no UTF-8"},
        {"a", "a", LIQ_DUPLICATE, "source \"a\" is there twice"},
    };

    return cr_make_param_array(name_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(name_case *row, metrics, refuse_names_that_are_no_labels)
{
    const char *const sources[] = {row->first, row->second};
    liq_metrics *metrics = NULL;
    liq_error err = {0};

    cr_expect_eq(make(&metrics, sources, 2, &err), row->status);
    cr_expect_null(metrics);
    cr_expect_not_null(strstr(err.message, row->message), "%s", err.message);
}

Test(metrics, refuse_more_names_than_a_label_may_have)
{
    liq_metrics *metrics = NULL;
    liq_error err = {0};

    cr_expect_eq(make(&metrics, NULL, LIQ_METRICS_SERIES_MAX + 1, &err), LIQ_OUT_OF_RANGE);
    cr_expect_str_eq(err.message, "4097 values of label source are past 4096");
}

Test(metrics, stop_at_a_series_that_is_not_there, .signal = SIGABRT)
{
    liq_metrics_add(made(), EVENTS, 2, 1);
}

Test(metrics, stop_at_a_metric_of_another_type, .signal = SIGABRT)
{
    liq_metrics_set(made(), TICKS, 0, 1);
}

typedef struct row_case {
    char name[24];
    int type;
    int unit;
    bool has_bounds;
} row_case;

ParameterizedTestParameters(metrics, stop_at_a_table_that_breaks_the_rules)
{
    static row_case cases[] = {
        {"x_ticks", LIQ_METRIC_COUNTER, LIQ_METRIC_NUMBER, false},
        {"x_level_total", LIQ_METRIC_GAUGE, LIQ_METRIC_NUMBER, false},
        {"xLevel", LIQ_METRIC_GAUGE, LIQ_METRIC_NUMBER, false},
        {"0level", LIQ_METRIC_GAUGE, LIQ_METRIC_NUMBER, false},
        {"x_level", LIQ_METRIC_GAUGE, LIQ_METRIC_BYTES, false},
        {"x_level", LIQ_METRIC_GAUGE, LIQ_METRIC_NUMBER, true},
        {"x_age_seconds", LIQ_METRIC_HISTOGRAM, LIQ_METRIC_SECONDS, false},
        {"x_age", LIQ_METRIC_HISTOGRAM, LIQ_METRIC_NUMBER, true},
    };

    return cr_make_param_array(row_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(row_case *row, metrics, stop_at_a_table_that_breaks_the_rules, .signal = SIGABRT)
{
    const liq_metric_row one = {.name = row->name,
                                .help = "Help.",
                                .type = (liq_metric_type)row->type,
                                .unit = (liq_metric_unit)row->unit,
                                .bounds_ns = row->has_bounds ? bounds_ns : NULL};
    liq_metrics *metrics = NULL;

    cr_assert_neq(liq_metrics_create(&metrics, &one, 1, NULL, 0, NULL), LIQ_OK);
}
