/**
 * Outcome of a call, and the one-line reason when it was refused.
 *
 * Every function of liqscan that can fail returns a liq_status and takes a
 * `liq_error *err` as its last parameter (NULL is allowed). Nothing is
 * allocated to fail, and on failure the objects passed in are unchanged.
 */
#ifndef LIQSCAN_STATUS_H
#define LIQSCAN_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LIQ_MUST_USE __attribute__((warn_unused_result))
#define LIQ_PRINTF(format_index, first_index)                                                      \
    __attribute__((format(printf, format_index, first_index)))
#else
#define LIQ_MUST_USE
#define LIQ_PRINTF(format_index, first_index)
#endif

/** Outcome of a call. The numbers are pinned for ever: journals store them. */
typedef enum liq_status {
    LIQ_OK = 0,
    LIQ_BAD_INPUT = 1,     /**< a file or a text is malformed or contradicts itself */
    LIQ_OUT_OF_RANGE = 2,  /**< a value is past a documented limit */
    LIQ_NOT_FOUND = 3,     /**< a named thing does not exist */
    LIQ_DUPLICATE = 4,     /**< a named thing exists already */
    LIQ_UNSUPPORTED = 5,   /**< valid, but this build or venue cannot do it */
    LIQ_OUT_OF_MEMORY = 6, /**< host memory is exhausted */
    LIQ_IO = 7,            /**< the operating system refused; `native` holds errno */
    LIQ_NO_DEVICE = 8,     /**< no OpenCL platform or device answers to the choice */
    LIQ_DEVICE_FAULT = 9,  /**< an OpenCL call failed; `native` holds the cl_int */
    LIQ_SELF_TEST = 10,    /**< the device computes wrong answers */
    LIQ_INTERRUPTED = 11,  /**< the progress callback asked to stop */
    LIQ_NOT_CONSERVED = 12 /**< an invariant of settling would break: nothing was done */
} liq_status;

enum { LIQ_ERROR_MESSAGE_BYTES = 512 };

/** Why a call was refused. Filled only when the call did not return LIQ_OK. */
typedef struct liq_error {
    liq_status status;
    int32_t native; /**< errno or cl_int of the lower layer, 0 when there is none */
    char message[LIQ_ERROR_MESSAGE_BYTES]; /**< one line: the thing, its value, the limit, the place
                                            */
} liq_error;

/** The name of a status, such as "bad_input"; a static string, never NULL. */
const char *liq_status_name(liq_status status);

#ifdef __cplusplus
}
#endif

#endif
