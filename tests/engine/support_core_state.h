/*
 * A core that is put down and goes on from what was kept of it: its live book and its state.
 */
#ifndef LIQ_TESTS_SUPPORT_CORE_STATE_H
#define LIQ_TESTS_SUPPORT_CORE_STATE_H

#include "book/columns.h"
#include "engine/core_state.h"

/* What a core leaves behind. */
typedef struct core_kept {
    liq_book *book; /* for the core that comes after */
    void *state;
    size_t bytes;
} core_kept;

/* Keep what a core is; it stays as it is. */
void core_keep(core_kept *out, liq_core *core);

/* Have a core that was made of the book go on; the state is given back. */
void core_go_on(core_kept *kept, liq_core *core);

#endif
