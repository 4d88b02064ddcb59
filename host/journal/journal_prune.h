/*
 * Parts of the journal that are old enough to go.
 */
#ifndef LIQ_JOURNAL_JOURNAL_PRUNE_H
#define LIQ_JOURNAL_JOURNAL_PRUNE_H

#include <stdint.h>

#include <liqscan/status.h>

/* What must stay. */
typedef struct liq_parts_needed {
    uint32_t parts; /* so many, the present one among them; 0: all */
    uint64_t tick;  /* whatever holds this one or a later one: a start may begin there; 0: all */
    uint64_t seq;   /* and decisions behind this one: somebody has still to be sent them */
} liq_parts_needed;

/**
 * Remove parts of a journal, the oldest first, each with its database before the rest: a kill
 * leaves it whole or gone. What cannot be removed stays, and so do those behind it.
 * @param removed  receives how many
 * @return LIQ_OK; LIQ_IO, LIQ_BAD_INPUT: what tells how far a part goes cannot be read;
 * LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_prune(uint32_t *removed, const char *folder,
                                          const liq_parts_needed *needed, liq_error *err);

#endif
