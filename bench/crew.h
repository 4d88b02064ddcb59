/*
 * A thread for each core, waiting for work: what a loop over all cores costs without making
 * threads each time.
 */
#ifndef LIQ_BENCH_CREW_H
#define LIQ_BENCH_CREW_H

#include <stdint.h>

#include <liqscan/status.h>

typedef struct bench_crew bench_crew;

/** @param count  threads, the caller's own among them; 0: one for each core */
LIQ_MUST_USE liq_status crew_create(bench_crew **out, uint32_t count, liq_error *err);

/** Takes NULL. */
void crew_destroy(bench_crew *crew);

uint32_t crew_count(const bench_crew *crew);

/** Call work on every thread, with numbers from 0, and wait for all. */
void crew_run(bench_crew *crew, void (*work)(void *context, uint32_t number), void *context);

#endif
