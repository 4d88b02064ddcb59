/*
 * liqscan devices: what there is to compute on, whether it computes right, and what a scan would
 * take.
 */
#include "app/command.h"

#include <stdio.h>

#include <liqscan/devices.h>

#include "base/fail.h"

static int devices_run(const liq_command *command, const liq_options *options, liq_output *output);
static liq_status list_write(liq_output *output, liq_format format, const liq_devices *devices,
                             liq_error *err);
static void row_emit(liq_emit *emit, const liq_device_facts *facts, bool is_table);
static void test_emit(liq_emit *emit, const liq_device_facts *facts, bool is_table);
static void bytes_emit(liq_emit *emit, uint64_t bytes, bool is_table);

static const liq_option_spec specs[] = {{"device", "NAME", false,
                                         "show what this choice means: a device's number, type\n"
                                         "(gpu, cpu), a part of its name, or cpu-reference"},
                                        {"no-self-test", NULL, false, "only list, do not test"},
                                        LIQ_OPTION_FORMAT,
                                        LIQ_OPTION_HELP};

static const liq_emit_column columns[] = {
    {"index", "INDEX", true, 0, 0},          {"name", "NAME", false, 0, 0},
    {"type", "TYPE", false, 0, 0},           {"platform", "PLATFORM", false, 0, 0},
    {"driver", "DRIVER", false, 0, 0},       {"opencl_version", NULL, false, 0, 0},
    {"memory_bytes", "MEMORY", true, 0, 0},  {"allocation_bytes_max", "ALLOCATION", true, 0, 0},
    {"compute_units", "UNITS", true, 0, 0},  {"self_test", "SELF-TEST", false, 0, 0},
    {"self_test_reason", NULL, false, 0, 0}, {"chosen", "CHOSEN", false, 0, 0},
    {"reason", "WHY", false, 0, 0}};

enum { COLUMN_COUNT = sizeof columns / sizeof columns[0] };

const liq_command liq_command_devices = {
    .name = "devices",
    .operands = "",
    .about = "List devices, test them, show which is chosen",
    .text = "Every device computes a small book whose answers are known, in a process of its\n"
            "own, before it is trusted. cpu-reference is the host itself: it runs the same\n"
            "margin rule, and is what the others are tested against.\n"
            "\n"
            "Exits with 3 when a scan would find no device, or the one that it would use\n"
            "fails its test.\n",
    .examples = "  liqscan devices\n"
                "  liqscan devices --device gpu --format json\n",
    .specs = specs,
    .spec_count = sizeof specs / sizeof specs[0],
    .run = devices_run};

static int devices_run(const liq_command *command, const liq_options *options, liq_output *output)
{
    const bool wants_test = !liq_options_has(options, "no-self-test");
    liq_devices *devices = NULL;
    liq_error err = {0};
    liq_format format;
    int code = LIQ_EXIT_DONE;
    liq_status status;

    if ((status = liq_command_format(&format, options, &err)) != LIQ_OK ||
        (status = liq_devices_list(&devices, liq_options_value(options, "device"), wants_test,
                                   &err)) != LIQ_OK ||
        (status = list_write(output, format, devices, &err)) != LIQ_OK)
        goto done;
    if (liq_devices_refusal(devices) != NULL)
        status = liq_fail(&err, LIQ_NO_DEVICE, 0, "%s", liq_devices_refusal(devices));
    for (uint32_t i = 0; i < liq_devices_count(devices); i++) {
        const liq_device_facts *facts = liq_devices_get(devices, i);

        if (facts->is_chosen && facts->test == LIQ_DEVICE_FAILED)
            status = liq_fail(&err, LIQ_SELF_TEST, 0, "%s fails its self-test: %s", facts->name,
                              facts->verdict);
    }
done:
    if (status != LIQ_OK)
        code = liq_command_fail(command, status, &err);
    liq_devices_destroy(devices);
    return code;
}

static liq_status list_write(liq_output *output, liq_format format, const liq_devices *devices,
                             liq_error *err)
{
    liq_emit *emit = NULL;
    const liq_status status = liq_emit_create(&emit, output, format, columns, COLUMN_COUNT, err);

    if (status != LIQ_OK)
        return status;
    for (uint32_t i = 0; i < liq_devices_count(devices); i++)
        row_emit(emit, liq_devices_get(devices, i), format == LIQ_FORMAT_TABLE);
    liq_emit_finish(emit);
    liq_emit_destroy(emit);
    return LIQ_OK;
}

static void row_emit(liq_emit *emit, const liq_device_facts *facts, bool is_table)
{
    const bool is_host = facts->index == UINT32_MAX;

    if (is_host)
        liq_emit_null(emit);
    else
        liq_emit_count(emit, facts->index);
    liq_emit_text(emit, facts->name);
    liq_emit_text(emit, facts->type);
    liq_emit_text(emit, is_host ? NULL : facts->platform);
    liq_emit_text(emit, is_host ? NULL : facts->driver);
    liq_emit_text(emit, is_host ? NULL : facts->version);
    bytes_emit(emit, facts->memory_bytes, is_table);
    bytes_emit(emit, facts->allocation_bytes_max, is_table);
    liq_emit_count(emit, facts->compute_units);
    test_emit(emit, facts, is_table);
    liq_emit_bool(emit, facts->is_chosen != 0);
    if (facts->is_chosen)
        liq_emit_text(emit, facts->reason);
    else
        liq_emit_absent(emit);
    liq_emit_row_end(emit);
}

static void test_emit(liq_emit *emit, const liq_device_facts *facts, bool is_table)
{
    static const char *const words[] = {"not run", "ok", "FAILED"};
    const bool is_host = facts->index == UINT32_MAX;
    const char *word = is_host ? "is the reference" : words[facts->test];
    char text[LIQ_DEVICE_VERDICT_BYTES + 16];

    if (!facts->is_usable)
        word = "unusable";
    (void)snprintf(text, sizeof text, "%s%s%s", word, facts->verdict[0] == '\0' ? "" : ": ",
                   facts->verdict);
    liq_emit_text(emit, is_table ? text : word);
    if (facts->verdict[0] == '\0')
        liq_emit_absent(emit);
    else
        liq_emit_text(emit, facts->verdict);
}

static void bytes_emit(liq_emit *emit, uint64_t bytes, bool is_table)
{
    char text[32];

    if (bytes == 0) {
        liq_emit_null(emit);
    } else if (is_table) {
        (void)snprintf(text, sizeof text, "%.1f GiB", (double)bytes / (1024.0 * 1024 * 1024));
        liq_emit_text(emit, text);
    } else {
        liq_emit_count(emit, bytes);
    }
}
