/*
 * What a core knows beside its live book, as bytes and back: how far its sources are, how old its
 * prices, who is held and why, and what its settler keeps. By names, so that it fits a book of the
 * same accounts under a changed venue.
 *
 *     liqscan-state  1
 *     config   as the journal has it
 *     core     tick seq now_ms event_ms flags
 *     source   name applied gaps cleared feeds_accounts feeds_prices
 *     numbers  source                               it sends numbers of accounts
 *     mark     symbol time_ms source is_new         and index, likewise
 *     halted   symbol                               volatility  symbol value
 *     margin   symbol state                         only where rates are dynamic
 *     account  id holds advised_until_ms            only who is held
 *     seq      source id account_seq confirmed
 *     guard    bytes, then so many bytes and a line end     and settle, likewise
 *     end      SHA-256 of all before this line
 *
 * One a line, fields parted by tabs.
 */
#ifndef LIQ_ENGINE_CORE_STATE_H
#define LIQ_ENGINE_CORE_STATE_H

#include "engine/engine_core.h"

/**
 * @param out    receives the bytes, for free()
 * @param bytes  receives their number
 * @return LIQ_OK or LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_core_state_write(const liq_core *core, void **out, size_t *bytes,
                                             liq_error *err);

/** The configuration that a state was written under. @return as liq_core_state_read */
LIQ_MUST_USE liq_status liq_core_state_config(liq_core_config *out, const char *name,
                                              liq_text state, liq_error *err);

/**
 * Take over what was written, into a core that was just made.
 * @param name     stands for the bytes in messages
 * @param rebuilt  what names something that the venue no longer has is passed over
 * @return LIQ_OK; LIQ_BAD_INPUT (damaged, cut short, not of this book, another version): the core
 * is to be destroyed then; LIQ_OUT_OF_MEMORY
 */
LIQ_MUST_USE liq_status liq_core_state_read(liq_core *core, const char *name, const void *data,
                                            size_t bytes, bool rebuilt, liq_error *err);

#endif
