/*
 * What a state is written from (core_state.h) when the core itself goes on: taken between two ticks
 * in about a millisecond, because what grows with accounts is copied as it is and put into words
 * later.
 */
#ifndef LIQ_ENGINE_CORE_FROZEN_H
#define LIQ_ENGINE_CORE_FROZEN_H

#include "book/live_book.h"
#include "engine/engine_core.h"

/* Who is held. */
typedef struct liq_frozen_hold {
    uint32_t account;
    liq_core_account facts;
} liq_frozen_hold;

/* Zero it. */
typedef struct liq_core_frozen {
    liq_core_config config;
    void *head; /* bytes before the lines of accounts */
    size_t head_bytes;
    void *tail; /* and behind them */
    size_t tail_bytes;
    liq_frozen_hold *holds;
    size_t hold_capacity;
    size_t hold_count;
    uint64_t *account_seqs[LIQ_CONFIG_SOURCES_MAX]; /* NULL: none are known */
    uint32_t *confirmed[LIQ_CONFIG_SOURCES_MAX];
    bool has_seqs[LIQ_CONFIG_SOURCES_MAX];
    uint32_t account_capacity;
} liq_core_frozen;

/** Say how large it will be: which sources count their accounts. By the thread of the core. */
void liq_core_frozen_size(liq_core_frozen *out, const liq_core *core);

/** Take that memory beforehand: by any thread. @return LIQ_OK or LIQ_OUT_OF_MEMORY */
LIQ_MUST_USE liq_status liq_core_frozen_room(liq_core_frozen *frozen, liq_error *err);

/** Take it, with or without having taken the memory. */
LIQ_MUST_USE liq_status liq_core_frozen_take(liq_core_frozen *frozen, const liq_core *core,
                                             liq_error *err);

/**
 * Write the state: by any thread.
 * @param accounts  as they were when it was taken
 * @param out       as of liq_core_state_write
 */
LIQ_MUST_USE liq_status liq_core_frozen_write(const liq_core_frozen *frozen,
                                              const liq_live_account *accounts, void **out,
                                              size_t *bytes, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_core_frozen_clear(liq_core_frozen *frozen);

#endif
