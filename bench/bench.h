/*
 * What every bench program has in common: its command line, its book, and the table row it writes.
 */
#ifndef LIQ_BENCH_BENCH_H
#define LIQ_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/status.h>

#include "crew.h"
#include "device/device.h"
#include "measure.h"

enum { BENCH_PATH_BYTES = 4096 };

typedef struct bench_state {
    const char *name;                 /* of the program, without bench_ */
    const char *shape;                /* of the book, such as S */
    const char *device;               /* chosen by this, NULL: the best */
    char directory[BENCH_PATH_BYTES]; /* of the book */
    bool is_own_book;                 /* generated here, and removed at the end */
    bool is_small;                    /* run as a test: quick, and strict */
    uint32_t portfolio_ppm;           /* of its accounts, where it is generated here */
    measure_limits limits;
    bench_crew *crew;
} bench_state;

/* One line of the table. */
typedef struct bench_row {
    const char *what;
    bench_times time;
    uint64_t bytes;   /* moved; 0: not told */
    uint64_t read_ns; /* for reading those bytes once with all cores; 0: not told */
    char result[65];  /* a hash, or "" */
} bench_row;

/**
 * Read the command line, and generate a small book when none is named.
 *   --book DIR --shape NAME --device NAME --seconds N --portfolio PERCENT
 * Ends the program with exit code 2 on a wrong command line, and 3 on a failure.
 */
void bench_start(bench_state *out, const char *name, int argument_count, char **arguments);

/** The same, with so many accounts of portfolio margin unless --portfolio PERCENT says another
 * share. */
void bench_start_portfolio(bench_state *out, const char *name, uint32_t portfolio_ppm,
                           int argument_count, char **arguments);

/** End the program unless status is LIQ_OK. */
void bench_need(const bench_state *bench, liq_status status, const liq_error *err);

/** End the program with exit code 1 unless condition holds: a bench is also a test. */
void bench_check(const bench_state *bench, bool condition, const char *what);

/** Open the chosen device. @return NULL where there is none and none is required
 * (LIQ_REQUIRE_DEVICE=1) */
liq_device *bench_device(const bench_state *bench);

/** Load the book, or end the program. */
liq_book *bench_book(const bench_state *bench);

/** Write a line of the Markdown table. */
void bench_row_write(const bench_state *bench, const bench_row *row);

/** Fill in row->read_ns by reading so many bytes. */
void bench_row_read(const bench_state *bench, bench_row *row);

/** Fill in row->result with the first digits of SHA-256. */
void bench_row_hash(bench_row *row, const void *data, size_t bytes);

/** Remove what bench_start made. @return exit code 0 */
int bench_end(bench_state *bench);

#endif
