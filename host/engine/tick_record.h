/*
 * A tick as the journal takes it: decisions as the lines that will be sent, the evidence beside
 * them, and what moved. Memory is kept from tick to tick.
 */
#ifndef LIQ_ENGINE_TICK_RECORD_H
#define LIQ_ENGINE_TICK_RECORD_H

#include "engine/engine_core.h"
#include "journal/journal.h"
#include "outlet/action_line.h"

typedef struct liq_tick_record {
    liq_action_writer *writer;
    liq_settle_action *actions;
    liq_journal_decision *decisions;
    liq_settle_leg *from_legs;
    liq_journal_leg *legs;
    liq_settle_fund *from_funds;
    liq_journal_fund *funds;
    char (*balances)[LIQ_AMOUNT_TEXT_BYTES]; /* of funds, as they were recorded last */
    liq_journal_mark *marks;
    char (*prices)[LIQ_PRICE_TEXT_BYTES];
    liq_journal_source sources[LIQ_CONFIG_SOURCES_MAX];
    uint64_t positions[LIQ_CONFIG_SOURCES_MAX]; /* of sources, as they were recorded last */
    char *lines;                                /* one behind the other */
    size_t action_capacity;
    size_t decision_capacity;
    size_t from_leg_capacity;
    size_t leg_capacity;
    size_t from_fund_capacity;
    size_t fund_capacity;
    size_t balance_capacity;
    size_t mark_capacity;
    size_t price_capacity;
    size_t line_capacity;
    size_t line_bytes;
} liq_tick_record;

/** @param out  zeroed */
LIQ_MUST_USE liq_status liq_tick_record_create(liq_tick_record *out, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_tick_record_clear(liq_tick_record *record);

/**
 * Describe the last tick of a core.
 * @param cause  one word, why the tick was
 * @param out    filled; lent until the next call
 */
LIQ_MUST_USE liq_status liq_tick_record_make(liq_tick_record *record, const liq_core *core,
                                             const char *cause, liq_journal_tick *out,
                                             liq_error *err);

/** The tick is on disk: the next one says what moved since. */
void liq_tick_record_done(liq_tick_record *record, const liq_core *core);

#endif
