/*
 * Work in a child process, watched from outside: it may abort, crash, hang or
 * print, and we only learn of it. No OpenCL here.
 */
#ifndef LIQ_DEVICE_CHILD_H
#define LIQ_DEVICE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

enum { LIQ_CHILD_LINE_BYTES = 160 };

/* How a child ended. */
typedef struct liq_child {
    unsigned char *answer; /* what it wrote, owned by the caller: free() */
    size_t answer_bytes;
    bool finished;                   /* its work returned */
    bool timed_out;                  /* it was killed by us */
    int signal;                      /* what killed it, 0 when none */
    int exit_code;                   /* when not killed; -1 when unknown */
    char line[LIQ_CHILD_LINE_BYTES]; /* the first line that it printed to stderr, or empty */
} liq_child;

/* The work of a child; it writes its answer to a descriptor with liq_child_write. */
typedef void liq_child_work(void *context, int answer);

/**
 * Fork, do the work in the child, and wait for it. Signal handlers are reset in the child; stdin
 * and stdout are /dev/null, stderr is read by us; it dies when we die; what it forked dies with it.
 * @param child  receives the outcome
 * @return LIQ_OK when there was a child, however it ended; LIQ_IO or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_child_run(liq_child *child, liq_child_work *work, void *context,
                                      uint32_t timeout_ms, liq_error *err);

/** For the work: add bytes to the answer; false when nobody reads it. */
bool liq_child_write(int answer, const void *source, size_t bytes);

/** How an unfinished child ended: "signal 11 (SEGV): <line>", "no answer in 60 s", "exit code 3".
 */
void liq_child_describe(const liq_child *child, uint32_t timeout_ms, char *message,
                        size_t message_bytes);

/** Whether this process is such a child. */
bool liq_child_inside(void);

#endif
