#include "outlet/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fail.h"
#include "base/memory.h"
#include "base/signals.h"

enum { LOOK_EVERY_ROWS = 1024 };

static void output_write(liq_output *output, const char *data, size_t bytes);

void liq_output_start(liq_output *output, int descriptor)
{
    liq_output_start_sink(output, NULL, NULL);
    output->descriptor = descriptor;
}

void liq_output_start_sink(liq_output *output, liq_output_take *take, void *context)
{
    output->take = take;
    output->context = context;
    output->descriptor = -1;
    output->native = 0;
    output->used = 0;
}

void liq_output_add(liq_output *output, const char *data, size_t bytes)
{
    if (bytes > LIQ_OUTPUT_BYTES - output->used) {
        output_write(output, output->buffer, output->used);
        output->used = 0;
    }
    if (bytes > LIQ_OUTPUT_BYTES) {
        output_write(output, data, bytes);
        return;
    }
    memcpy(output->buffer + output->used, data, bytes);
    output->used += bytes;
}

void liq_output_string(liq_output *output, const char *string)
{
    liq_output_add(output, string, strlen(string));
}

void liq_output_format(liq_output *output, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    int bytes;

    va_start(arguments, format);
    bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    LIQ_ASSERT(bytes >= 0);
    liq_output_add(output, text, (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1);
}

bool liq_output_failed(const liq_output *output)
{
    return output->native != 0;
}

liq_status liq_output_look(const liq_output *output, uint64_t row, bool *go_on, liq_error *err)
{
    *go_on = true;
    if (row % LOOK_EVERY_ROWS != 0)
        return LIQ_OK;
    if (liq_signals_caught() != 0)
        return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
    *go_on = output == NULL || !liq_output_failed(output);
    return LIQ_OK;
}

liq_status liq_output_finish(liq_output *output, liq_error *err)
{
    output_write(output, output->buffer, output->used);
    output->used = 0;
    if (output->native == 0)
        return LIQ_OK;
    if (output->native == EINTR)
        return liq_fail(err, LIQ_INTERRUPTED, 0, "interrupted");
    return liq_fail(err, LIQ_IO, output->native, "%s cannot be written: %s",
                    output->take == NULL ? "standard output" : "the output",
                    strerror(output->native));
}

liq_status liq_output_aside_open(liq_output **out, liq_error *err)
{
    const liq_status status = liq_memory_array(out, 1, sizeof **out, err);

    if (status == LIQ_OK)
        liq_output_start(*out, STDERR_FILENO);
    return status;
}

void liq_output_aside_close(liq_output *output)
{
    (void)!liq_output_finish(output, NULL);
    free(output);
}

static void output_write(liq_output *output, const char *data, size_t bytes)
{
    if (output->take != NULL && bytes > 0 && output->native == 0) {
        output->native = output->take(output->context, data, bytes);
        return;
    }
    while (bytes > 0 && output->native == 0) {
        const ssize_t written = write(output->descriptor, data, bytes);

        if (written > 0) {
            data += written;
            bytes -= (size_t)written;
        } else if (written < 0 && (errno != EINTR || liq_signals_caught() != 0)) {
            output->native = errno;
        }
    }
}
