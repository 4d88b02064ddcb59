#include "app/command.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/nearest.h"
#include "base/fail.h"
#include "base/signals.h"

static int exit_of(liq_status status);

int liq_command_fail(const liq_command *command, liq_status status, const liq_error *err)
{
    const int code = exit_of(status);

    if (status == LIQ_INTERRUPTED)
        (void)fprintf(stderr, "liqscan %s: interrupted\n", command->name);
    else
        (void)fprintf(stderr, "liqscan %s: %s\n", command->name, err->message);
    if (status == LIQ_NO_DEVICE || status == LIQ_DEVICE_FAULT || status == LIQ_SELF_TEST)
        (void)fprintf(stderr,
                      "liqscan %s: \"liqscan devices\" shows what there is; "
                      "--device cpu-reference computes on the host\n",
                      command->name);
    return code;
}

liq_status liq_command_format(liq_format *out, const liq_options *options, liq_error *err)
{
    static const char *const names[] = {"table", "json", "csv"};
    const char *value = liq_options_value(options, "format");
    const char *nearest;

    *out = isatty(STDOUT_FILENO) == 1 ? LIQ_FORMAT_TABLE : LIQ_FORMAT_JSON;
    if (value == NULL)
        return LIQ_OK;
    for (uint32_t i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) == 0) {
            *out = (liq_format)i;
            return LIQ_OK;
        }
    }
    nearest = liq_nearest(value, names, 3);
    return liq_fail(err, LIQ_BAD_INPUT, 0, "--format \"%.64s\" is not table, json or csv%s%s%s",
                    value, nearest == NULL ? "" : "; did you mean ", nearest == NULL ? "" : nearest,
                    nearest == NULL ? "" : "?");
}

static int exit_of(liq_status status)
{
    switch (status) {
    case LIQ_OK:
        return LIQ_EXIT_DONE;
    case LIQ_BAD_INPUT:
    case LIQ_OUT_OF_RANGE:
    case LIQ_NOT_FOUND:
    case LIQ_DUPLICATE:
    case LIQ_UNSUPPORTED:
        return LIQ_EXIT_USAGE;
    case LIQ_INTERRUPTED:
        return 128 + liq_signals_caught();
    case LIQ_OUT_OF_MEMORY:
    case LIQ_IO:
    case LIQ_NO_DEVICE:
    case LIQ_DEVICE_FAULT:
    case LIQ_SELF_TEST:
    case LIQ_NOT_CONSERVED:
        break;
    }
    return LIQ_EXIT_SYSTEM;
}
