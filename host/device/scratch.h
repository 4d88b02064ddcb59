/*
 * A private temporary folder of this process, for what drivers write while
 * they compile. PoCL loads shared objects from its kernel cache and ends the
 * process when one is truncated or may not be executed, so it gets a fresh
 * cache here each time and never sees a file that an earlier process left.
 *
 * Made at the first call, removed at exit() by the process that made it. What
 * a killed process left behind is swept by the next one.
 */
#ifndef LIQ_DEVICE_SCRATCH_H
#define LIQ_DEVICE_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

/** The folder, or NULL when no place allows one; lent for ever. */
const char *liq_scratch_root(void);

/** The sub-folder in which this process lets PoCL keep its kernels, or NULL when there is none. */
const char *liq_scratch_kernels(void);

/**
 * For the parent, before it forks: make a kernel folder for one child, so that a child that dies
 * while it writes leaves nothing that the parent would load.
 * @return a number for the two calls below; 0 when there is no folder
 */
uint32_t liq_scratch_child_create(void);

/** For the parent, after the child is gone. Takes 0. */
void liq_scratch_child_remove(uint32_t child);

/** For the child: use that folder, and leave all removing to the parent. Takes 0. */
void liq_scratch_child_enter(uint32_t child);

#endif
