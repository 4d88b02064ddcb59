/*
 * Texts that ship inside the library, so that an installed program needs no
 * file beside it: the OpenCL programs, the venue profiles and the grids of portfolio margin. The
 * build makes the tables (host/cmake/LiqEmbed.cmake); this header only looks things up.
 */
#ifndef LIQ_BASE_EMBEDDED_H
#define LIQ_BASE_EMBEDDED_H

#include <stddef.h>
#include <stdint.h>

/* One text. Everything is static and lives as long as the process. */
typedef struct liq_embedded {
    const char *name; /* file name without its ending, such as "margin_rows" */
    const char *text; /* ends with a zero byte that is not counted in bytes */
    size_t bytes;
} liq_embedded;

/**
 * An OpenCL program by the name of its .cl file, with the headers it includes
 * expanded and #line marks, ready to be compiled. Two names stand for several .cl files in one
 * text, which are launched together: "margin" for margin_chunks, margin_long_rows, margin_rows and
 * probe,
 * and "screen" for screen_list and screen_rows.
 * @return NULL when there is no such program
 */
const liq_embedded *liq_embedded_kernel(const char *name);

/** A venue profile by name, such as "okx". @return NULL when there is no such profile */
const liq_embedded *liq_embedded_profile(const char *name);

/** The profiles in the order of their names. @return NULL after the last one */
const liq_embedded *liq_embedded_profile_at(uint32_t index);

/** The rules of portfolio margin in the order of their names. @return NULL after the last one */
const liq_embedded *liq_embedded_grid_at(uint32_t index);

/* The generated tables. Each ends with an entry whose name is NULL. */
extern const liq_embedded liq_embedded_kernel_table[];
extern const liq_embedded liq_embedded_profile_table[];
extern const liq_embedded liq_embedded_grid_table[];

#endif
