/*
 * A journal, decided again: from the oldest snapshot whose inputs are kept, every tick up to the
 * end, compared with what was recorded: the state by its hash, and each decision byte for byte.
 */
#ifndef LIQ_ENGINE_DECIDE_AGAIN_H
#define LIQ_ENGINE_DECIDE_AGAIN_H

#include <stdint.h>

#include <liqscan/progress.h>
#include <liqscan/status.h>

typedef struct liq_again_facts {
    uint64_t from_tick; /* of the snapshot that it began with */
    uint64_t ticks;     /* taken again, and the same */
    uint64_t decisions; /* likewise */
} liq_again_facts;

/**
 * @param folder    of the state
 * @param out       filled as far as it went
 * @param progress  NULL: none
 * @return LIQ_OK; LIQ_BAD_INPUT (something came out differently, or no snapshot can be used: the
 * message names tick and decision); LIQ_INTERRUPTED, LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_decide_again(liq_again_facts *out, const char *folder,
                                         const liq_progress *progress, liq_error *err);

#endif
