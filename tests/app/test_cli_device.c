/*
 * The program on a real OpenCL device, where there is one.
 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "support_run.h"

#define DEMO LIQ_SOURCE_DIR "/host/demo"

/* List the devices; without any the test is skipped, unless one must be there. */
static void device_need(run_result *out)
{
    const char *required = getenv("LIQ_REQUIRE_DEVICE");

    run_line(out, "devices --format json");
    if (out->code == 0)
        return;
    cr_assert(required == NULL || strcmp(required, "1") != 0, "no device: %s", out->message);
    cr_skip("no OpenCL device: %s", out->message);
}

Test(cli_device, lists_devices_that_pass_and_chooses_one)
{
    run_result result;
    const char *chosen;

    device_need(&result);
    cr_expect_not_null(strstr(result.output, "\"self_test\":\"ok\""), "%s", result.output);
    cr_expect_not_null(strstr(result.output, "\"name\":\"cpu-reference\",\"type\":\"host\""));
    chosen = strstr(result.output, "\"chosen\":true,\"reason\":\"");
    cr_assert_not_null(chosen);
    cr_expect_null(strstr(chosen + 1, "\"chosen\":true"), "two are chosen");
    run_clear(&result);
    run_line(&result, "devices --no-self-test --format table");
    cr_expect(result.code == 0 && strstr(result.output, "not run") != NULL);
    run_clear(&result);
}

Test(cli_device, refuses_a_device_that_is_not_there)
{
    run_result result;

    device_need(&result);
    run_clear(&result);
    run_line(&result, "scan " DEMO " --device abacus-9000");
    cr_expect(result.code == 3, "%d", result.code);
    cr_expect_not_null(strstr(result.message, "abacus-9000"), "%s", result.message);
    cr_expect_not_null(strstr(result.message, "liqscan devices"), "%s", result.message);
    run_clear(&result);
    run_line(&result, "devices --device abacus-9000 --no-self-test");
    cr_expect(result.code == 3 && strstr(result.message, "abacus-9000") != NULL);
    run_clear(&result);
}

Test(cli_device, prints_the_same_rows_and_hash_on_device_and_host)
{
    run_result host;
    run_result device;
    const char *host_end;
    const char *device_end;

    device_need(&device);
    run_clear(&device);
    run_line(&host, "scan " DEMO " --all --device cpu-reference");
    run_line(&device, "scan " DEMO " --all");
    cr_assert(host.code == 0 && device.code == 0, "%s", device.message);
    host_end = strstr(host.output, "{\"summary\"");
    device_end = strstr(device.output, "{\"summary\"");
    cr_assert(host_end != NULL && device_end != NULL);
    cr_expect(host_end - host.output == device_end - device.output);
    cr_expect(memcmp(host.output, device.output, (size_t)(host_end - host.output)) == 0);
    cr_expect_str_eq(strstr(host_end, "\"hash\""), strstr(device_end, "\"hash\""));
    run_clear(&host);
    run_clear(&device);
}
