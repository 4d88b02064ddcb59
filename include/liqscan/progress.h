/**
 * How a caller watches, and may stop, a long load or scan.
 */
#ifndef LIQSCAN_PROGRESS_H
#define LIQSCAN_PROGRESS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Watcher of a long call. The library never prints: it reports here, from the
 * calling thread, a few hundred times in a long call.
 */
typedef struct liq_progress {
    /**
     * @param stage  what is being worked on, such as "positions.csv"; lent for the call
     * @param done   units finished, 0 .. total
     * @param total  units in all (bytes of a file, rows of a scan)
     * @return non-zero to go on, zero to stop: the long call then returns LIQ_INTERRUPTED
     */
    int (*report)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
} liq_progress;

#ifdef __cplusplus
}
#endif

#endif
