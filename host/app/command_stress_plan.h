/*
 * Which scenarios a stress is to run: read from the command line, then made for a book.
 */
#ifndef LIQ_APP_COMMAND_STRESS_PLAN_H
#define LIQ_APP_COMMAND_STRESS_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#include <liqscan/stress.h>

#include "app/options.h"

enum { LIQ_STRESS_SYMBOL_BYTES = 129, LIQ_STRESS_TITLE_BYTES = 192, LIQ_STRESS_STEPS_MAX = 100000 };

/* Moves from one to another, both included. */
typedef struct liq_stress_range {
    int64_t from_ppm;
    int64_t to_ppm;
    uint32_t steps; /* at least 1 */
} liq_stress_range;

typedef enum liq_stress_series_kind {
    LIQ_STRESS_LADDER = 0,
    LIQ_STRESS_FACTOR = 1,
    LIQ_STRESS_GRID = 2,
    LIQ_STRESS_PATH = 3,
    LIQ_STRESS_FILE = 4
} liq_stress_series_kind;

/* Scenarios that one option asked for, neighbours in the set. */
typedef struct liq_stress_series {
    liq_stress_series_kind kind;
    char title[LIQ_STRESS_TITLE_BYTES];
    const char *file;                     /* of a factor, path or list of scenarios; lent */
    char symbol[LIQ_STRESS_SYMBOL_BYTES]; /* of a ladder; of a grid what moves by range */
    liq_stress_range range;               /* of a ladder, factor or grid */
    liq_stress_range across;              /* of a grid: all others, the inner loop */
    uint32_t first;                       /* scenario */
    uint32_t count;
    const char **symbols; /* of a ladder or factor: what moves together; lent by the book */
    int64_t *betas_ppm;
    uint32_t symbol_count;
} liq_stress_series;

typedef struct liq_stress_plan {
    liq_stress_series *series;
    liq_stress_set *set;
    const char *betas; /* file, NULL: every beta is one */
    const char *bars;  /* symbol whose bars a path is, NULL: none */
    size_t series_capacity;
    uint32_t series_count;
} liq_stress_plan;

/** Read --ladder, --factor, --grid, --path, --scenarios. @return LIQ_OK or LIQ_BAD_INPUT, also when
 * there is none of them; LIQ_OUT_OF_RANGE, LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_stress_plan_read(liq_stress_plan *out, const liq_options *options,
                                             liq_error *err);

/** Make the scenarios. @param book  lent as long as the plan lives */
LIQ_MUST_USE liq_status liq_stress_plan_build(liq_stress_plan *plan, const liq_book *book,
                                              liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_plan_clear(liq_stress_plan *plan);

/** Read "FROM%..TO%/STEPS". @param option  for messages, such as "--ladder" */
LIQ_MUST_USE liq_status liq_stress_range_read(liq_stress_range *out, const char *option,
                                              const char *text, liq_error *err);

/** The move of a step of a range. */
int64_t liq_stress_range_at(const liq_stress_range *range, uint32_t step);

enum { LIQ_STRESS_PERCENT_BYTES = 32 };

/** Write a move such as "-12.5%". @return out */
char *liq_stress_percent(char out[LIQ_STRESS_PERCENT_BYTES], int64_t ppm);

/** A failure of a scenario's move says which scenario it was. */
LIQ_MUST_USE liq_status liq_stress_move_add(liq_stress_set *set, const char *symbol,
                                            int64_t change_ppm, liq_error *err);

/* The kinds that come from files (command_stress_files.c). */
LIQ_MUST_USE liq_status liq_stress_series_path(liq_stress_series *series, liq_stress_set *set,
                                               const liq_book *book, const char *bars,
                                               liq_error *err);
LIQ_MUST_USE liq_status liq_stress_series_file(liq_stress_series *series, liq_stress_set *set,
                                               const liq_book *book, liq_error *err);

/** Read betas: symbol,beta. @param betas_ppm  by instrument, then asset; those that the file does
 * not name are left as they are. @param named  likewise, set where the file names one; NULL allowed
 */
LIQ_MUST_USE liq_status liq_stress_betas_read(int64_t *betas_ppm, bool *named, const char *file,
                                              const liq_book *book, liq_error *err);

#endif
