/*
 * Two ways to fail: an operating error is returned with a message
 * (liq_fail), a programmer's error stops the process (LIQ_ASSERT, in
 * release too, because a wrong margin decision is worse than none).
 */
#ifndef LIQ_BASE_FAIL_H
#define LIQ_BASE_FAIL_H

#include <liqscan/status.h>

/**
 * Write one line into err (NULL allowed) and return status, so that a refusal
 * is a single return statement. The message is cut at LIQ_ERROR_MESSAGE_BYTES;
 * control bytes and bytes that are not UTF-8 are shown as \xNN.
 * @param native  errno or cl_int of the layer below, 0 when there is none
 */
liq_status liq_fail(liq_error *err, liq_status status, int native, const char *format, ...)
    LIQ_PRINTF(4, 5);

/** Print place and condition to stderr and abort. */
_Noreturn void liq_assert_failed(const char *file, int line, const char *condition);

#define LIQ_ASSERT(condition)                                                                      \
    ((condition) ? (void)0 : liq_assert_failed(__FILE__, __LINE__, #condition))

#endif
