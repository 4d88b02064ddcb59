/*
 * Bytes on their way out of the program, to standard output or to whoever asked for them:
 * buffered, never ending the process by itself, and remembering the first write that failed.
 */
#ifndef LIQ_OUTLET_OUTPUT_H
#define LIQ_OUTLET_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_OUTPUT_BYTES = 65536 };

/** Takes all of the bytes. @return 0, or an errno: nothing is written from then on */
typedef int liq_output_take(void *context, const char *data, size_t bytes);

typedef struct liq_output {
    liq_output_take *take; /* NULL: to the descriptor */
    void *context;         /* of take, lent */
    int descriptor;        /* not owned */
    int native; /* errno of the first write that failed, 0 so far; EINTR: a signal asked to end */
    size_t used;
    char buffer[LIQ_OUTPUT_BYTES];
} liq_output;

void liq_output_start(liq_output *output, int descriptor);

/** The same with a function in place of a descriptor: it gets what comes in pieces of any size. */
void liq_output_start_sink(liq_output *output, liq_output_take *take, void *context);

/** Add bytes. After a failed write they are dropped: look at liq_output_failed in long loops. */
void liq_output_add(liq_output *output, const char *data, size_t bytes);

/** Add a terminated string. */
void liq_output_string(liq_output *output, const char *string);

/** Add formatted text of at most 1023 bytes; what is past that is cut. */
void liq_output_format(liq_output *output, const char *format, ...) LIQ_PRINTF(2, 3);

/** Whether a write has failed, so that there is no use in going on. */
bool liq_output_failed(const liq_output *output);

/**
 * Whether to go on with a long list; looks once in many rows.
 * @param output  NULL: nothing is written
 * @param row     how many came before
 * @param go_on   receives false when a write has failed: whoever finishes the output says why
 * @return LIQ_OK, or LIQ_INTERRUPTED when a signal asked to end
 */
LIQ_MUST_USE liq_status liq_output_look(const liq_output *output, uint64_t row, bool *go_on,
                                        liq_error *err);

/** Write what is buffered. @return LIQ_OK; LIQ_IO with errno in native; LIQ_INTERRUPTED */
LIQ_MUST_USE liq_status liq_output_finish(liq_output *output, liq_error *err);

/**
 * Standard error as an output of its own, for what would disturb a table on standard output.
 * @param out  receives it, for liq_output_aside_close
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_output_aside_open(liq_output **out, liq_error *err);

/** Write what is buffered and give it back. When that fails nowhere is left to complain. */
void liq_output_aside_close(liq_output *output);

#endif
