/*
 * The recorded inputs, in the order in which they were applied, tick by tick: what a restart and a
 * replay go through.
 */
#ifndef LIQ_JOURNAL_JOURNAL_INPUTS_H
#define LIQ_JOURNAL_JOURNAL_INPUTS_H

#include "base/text.h"
#include "journal/input_segment.h"
#include "journal/journal_reader.h"

typedef struct liq_journal_inputs liq_journal_inputs;

typedef enum liq_journal_step_kind {
    LIQ_JOURNAL_STEP_INPUT = 0,
    LIQ_JOURNAL_STEP_TICK = 1, /* behind the inputs that it took in, all of which are sound */
    LIQ_JOURNAL_STEP_END = 2
} liq_journal_step_kind;

/* Texts are lent until the next step. */
typedef struct liq_journal_step {
    liq_journal_step_kind kind;
    uint64_t tick; /* of an input: the one that took it in */
    /* Of an input: */
    const char *source;
    liq_text line; /* also terminated */
    /* Of a tick: */
    int64_t now_ms;
    const char *cause;
    uint64_t last_seq; /* the last decision up to here */
    char marks_hash[LIQ_HASH_HEX_BYTES];
    char state_hash[LIQ_HASH_HEX_BYTES];
    char chain[LIQ_HASH_HEX_BYTES];
} liq_journal_step;

/**
 * Begin behind a tick.
 * @param reader      lent until it is closed
 * @param after_tick  0: from the first input of all
 * @return LIQ_OK; LIQ_NOT_FOUND (there is no such tick, or inputs behind it are gone by policy: the
 * message says from which tick on they are kept); LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_inputs_open(liq_journal_inputs **out,
                                                liq_journal_reader *reader, uint64_t after_tick,
                                                liq_error *err);

/** Takes NULL. */
void liq_journal_inputs_close(liq_journal_inputs *inputs);

/**
 * The next step. Inputs come before they are known to be sound: when those of a tick do not hash
 * to what it says, that is told in its place, and what was made of them is to be dropped.
 * @return LIQ_OK; LIQ_BAD_INPUT (missing, too short or damaged: names file, bytes and tick);
 * LIQ_IO, LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_journal_inputs_next(liq_journal_inputs *inputs, liq_journal_step *out,
                                                liq_error *err);

/** Where the last step was, or failed. @param file  of inputs; "" where the tick has none */
void liq_journal_inputs_place(const liq_journal_inputs *inputs, uint64_t *tick,
                              char file[LIQ_SEGMENT_NAME_BYTES], uint64_t *offset);

#endif
