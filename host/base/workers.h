/*
 * A piece of work done by several threads at once, the calling one among them.
 */
#ifndef LIQ_BASE_WORKERS_H
#define LIQ_BASE_WORKERS_H

#include <stdint.h>

enum { LIQ_WORKERS_MAX = 8 };

/** How many threads can run at once on the processors that this one may use, 1 .. 8. */
uint32_t liq_workers_count(void);

/**
 * Call work(context, index) once for each index of 0 .. count - 1, at the same time where the
 * system gives threads for it, and return when all have returned. Index 0 runs on the calling
 * thread; so does every index that no thread has begun by then: more indices than processors
 * spread the work where others use them too. Threads of this call take no signals: those are for
 * the threads of the program.
 * @param count  1 .. LIQ_WORKERS_MAX
 */
void liq_workers_run(uint32_t count, void (*work)(void *context, uint32_t index), void *context);

/** Work for threads is about to come: wakes those that sleep, and has them look for it a moment. A
 * hint: nothing depends on it. */
void liq_workers_expect(void);

#endif
