/*
 * How whoever sends decision lines on gets them, without knowing who keeps them: the newest come
 * out of memory, older ones out of the journal.
 */
#ifndef LIQ_WIRE_LINE_PULL_H
#define LIQ_WIRE_LINE_PULL_H

#include <stddef.h>
#include <stdint.h>

#include <liqscan/status.h>

/* One thread at a time, unless who made it says otherwise. */
typedef struct liq_line_pull {
    void *context;
    /**
     * Copy the lines from seq on that are there, without gaps, whole ones only, each with its
     * newline, until the room is full or as many as suit the keeper.
     * @param seq       from 1
     * @param bytes     receives how many; 0: nothing is there yet
     * @param next_seq  receives what to ask for next: seq when bytes is 0
     * @return LIQ_OK; LIQ_OUT_OF_RANGE (one line does not fit into the room); LIQ_NOT_FOUND (it is
     * not kept any more); what reading it fails with
     */
    liq_status (*next)(void *context, uint64_t seq, char *out, size_t room, size_t *bytes,
                       uint64_t *next_seq, liq_error *err);
} liq_line_pull;

#endif
