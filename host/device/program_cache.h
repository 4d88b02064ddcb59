/*
 * Between programs and the cache on disk: which key, what is worth storing, and when.
 */
#ifndef LIQ_DEVICE_PROGRAM_CACHE_H
#define LIQ_DEVICE_PROGRAM_CACHE_H

#include "device/cl_internal.h"

/** An empty set of launches. @return NULL when memory is out */
liq_variants *liq_variants_create(void);
void liq_variants_destroy(liq_variants *variants);

/** Write the key of a program, or "" when it cannot be made. Needs its source and options. */
void liq_program_cache_key(liq_program *program);

/**
 * Build the program from its cached binary.
 * @return whether that worked; otherwise its handle is NULL and a refused entry is gone
 */
bool liq_program_cache_restore(liq_program *program);

/** Store the program as it was built. To be called after the build and before it is released. */
void liq_program_cache_built(liq_program *program);
void liq_program_cache_closing(liq_program *program);

/** Compile a program from source, and see where PoCL keeps its kernels. The caller releases what it
 * gets, also when code (of the OpenCL call named in call) is not CL_SUCCESS, for its build log;
 * NULL when there is nothing. */
cl_program liq_program_compile(liq_program *program, const char **call, cl_int *code);

#endif
