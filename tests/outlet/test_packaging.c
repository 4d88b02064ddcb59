/* What is installed beside the program agrees with the metrics that it tells. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/json.h"
#include "outlet/serve_metrics.h"

#define PACKAGING LIQ_SOURCE_DIR "/host/packaging/"

enum { FILE_BYTES = 131072, NAME_BYTES = 128 };

static char file_text[FILE_BYTES];

static const char *file_read(const char *path)
{
    FILE *file = fopen(path, "r");
    size_t bytes;

    cr_assert_not_null(file, "%s", path);
    bytes = fread(file_text, 1, sizeof file_text - 1, file);
    cr_assert_lt(bytes, sizeof file_text - 1);
    file_text[bytes] = '\0';
    (void)fclose(file);
    return file_text;
}

static liq_json *json_read(const char *path)
{
    liq_json *json = NULL;
    liq_error err = {0};

    cr_assert_eq(liq_json_load(&json, path, &err), LIQ_OK, "%s", err.message);
    return json;
}

/* Whether a name is a metric, or a part of a histogram. */
static bool is_metric(const char *name)
{
    static const char *const parts[] = {"_bucket", "_sum", "_count"};
    const liq_metric_row *rows = liq_serve_metric_rows();

    for (uint32_t i = 0; i < LIQ_SERVE_METRIC_COUNT; i++) {
        const size_t bytes = strlen(rows[i].name);

        if (strcmp(name, rows[i].name) == 0)
            return rows[i].type != LIQ_METRIC_HISTOGRAM;
        if (rows[i].type == LIQ_METRIC_HISTOGRAM && strncmp(name, rows[i].name, bytes) == 0)
            for (size_t j = 0; j < 3; j++)
                if (strcmp(name + bytes, parts[j]) == 0)
                    return true;
    }
    return false;
}

/* Every liqscan_... in a text is a metric. @return how many there are */
static unsigned expect_metrics(const char *path, const char *text)
{
    unsigned count = 0;

    for (const char *at = text; (at = strstr(at, "liqscan_")) != NULL; count++) {
        char name[NAME_BYTES] = "";
        size_t bytes = 0;

        while (bytes + 1 < sizeof name && (isalnum((unsigned char)at[bytes]) || at[bytes] == '_'))
            bytes++;
        memcpy(name, at, bytes);
        cr_expect(is_metric(name), "%s: there is no metric %s", path, name);
        at += bytes;
    }
    return count;
}

Test(packaging, alerts_on_metrics_that_there_are)
{
    cr_expect_gt(expect_metrics("rules", file_read(PACKAGING "liqscan.rules.yml")), 20);
}

/* Whether a text names a metric, and not only one whose name begins like it. */
static bool names_metric(const char *text, const liq_metric_row *row)
{
    const size_t bytes = strlen(row->name);

    for (const char *at = text; (at = strstr(at, row->name)) != NULL; at += bytes)
        if (row->type == LIQ_METRIC_HISTOGRAM || at[bytes] == '{')
            return true;
    return false;
}

Test(packaging, shows_every_metric_on_the_dashboard_and_no_other)
{
    const char *text = file_read(PACKAGING "liqscan.dashboard.json");
    const liq_metric_row *rows = liq_serve_metric_rows();

    cr_expect_gt(expect_metrics("dashboard", text), 30);
    for (uint32_t i = 0; i < LIQ_SERVE_METRIC_COUNT; i++)
        cr_expect(names_metric(text, &rows[i]), "%s is on no panel", rows[i].name);
}

static int64_t integer_of(const liq_json *json, const liq_json_value *object, const char *key)
{
    int64_t integer = -1;

    cr_assert_eq(liq_json_integer(json, liq_json_member(object, key), 0, 100000, &integer, NULL),
                 LIQ_OK);
    return integer;
}

Test(packaging, lays_panels_of_the_dashboard_side_by_side)
{
    liq_json *json = json_read(PACKAGING "liqscan.dashboard.json");
    const liq_json_value *panels = liq_json_member(liq_json_root(json), "panels");
    bool taken[256][24] = {{false}};
    bool ids[256] = {false};
    unsigned count = 0;

    for (const liq_json_value *panel = liq_json_first(panels); panel != NULL;
         panel = liq_json_next(panel), count++) {
        const liq_json_value *place = liq_json_member(panel, "gridPos");
        const int64_t x = integer_of(json, place, "x"), y = integer_of(json, place, "y");
        const int64_t width = integer_of(json, place, "w"), height = integer_of(json, place, "h");
        const int64_t id = integer_of(json, panel, "id");

        cr_assert(id < 256 && !ids[id], "panel %d is there twice", (int)id);
        ids[id] = true;
        cr_assert(x + width <= 24 && y + height <= 256);
        for (int64_t i = y; i < y + height; i++)
            for (int64_t j = x; j < x + width; j++) {
                cr_assert_not(taken[i][j], "panel %d lies on another", (int)id);
                taken[i][j] = true;
            }
    }
    cr_expect_gt(count, 30);
    liq_json_destroy(json);
}

Test(packaging, ships_a_configuration_that_names_what_the_unit_provides)
{
    static const char *const keys[] = {
        "name",           "book",     "book_is_complete", "state",    "mode",
        "clock",          "coalesce", "tick_interval_ms", "stale_ms", "sources",
        "socket",         "nats",     "outlets",          "http",     "queue_bytes",
        "snapshot_ticks", NULL};
    liq_json *json = json_read(PACKAGING "liqscan.json.example");
    const liq_json_value *root = liq_json_root(json);
    const char *unit;
    liq_text text = {0};
    liq_error err = {0};

    cr_expect_eq(liq_json_object(json, root, keys, &err), LIQ_OK, "%s", err.message);
    unit = file_read(PACKAGING "liqscan.service");
    cr_assert_eq(liq_json_string(json, liq_json_member(root, "state"), &text, NULL), LIQ_OK);
    cr_expect(liq_text_equal(text, "/var/lib/liqscan"));
    cr_expect_not_null(strstr(unit, "\nStateDirectory=liqscan\n"));
    cr_assert_eq(liq_json_string(json, liq_json_member(root, "socket"), &text, NULL), LIQ_OK);
    cr_expect(liq_text_equal(text, "/run/liqscan/liqscan.sock"));
    cr_expect_not_null(strstr(unit, "\nRuntimeDirectory=liqscan\n"));
    liq_json_destroy(json);
}
