/*
 * The state hash: two sums, modulo 2^64, of what a live book holds. Each account, entry, price and
 * level of depth adds a mix of its names and its values, so neither the places of things nor the
 * order in which they came matter, and a change costs the same however much there is. What is
 * derived (values of lots, statuses of the margin rule) adds nothing, but for what accounts were
 * told, which decides who is told again.
 */
#ifndef LIQ_BOOK_LIVE_HASH_H
#define LIQ_BOOK_LIVE_HASH_H

#include "book/live_book.h"

/** Whether something comes or goes. */
typedef enum liq_live_sense { LIQ_LIVE_COMES, LIQ_LIVE_GOES } liq_live_sense;

/** The name of an account, an instrument or an asset as the hash knows it. */
uint64_t liq_live_hash_name(liq_text name);

/** An account as it is now, without what it holds. */
void liq_live_hash_account(liq_live_book *live, uint32_t account, liq_live_sense sense);

/** An entry as it is now. */
void liq_live_hash_entry(liq_live_book *live, uint32_t entry, liq_live_sense sense);

/** All that an account holds. */
void liq_live_hash_lists(liq_live_book *live, uint32_t account, liq_live_sense sense);

/** The mark of an instrument, the index price of an asset, or the mark that a depth was seen at: as
 * it is now. */
void liq_live_hash_mark(liq_live_book *live, uint32_t instrument, liq_live_sense sense);
void liq_live_hash_index(liq_live_book *live, uint32_t asset, liq_live_sense sense);
void liq_live_hash_depth_mark(liq_live_book *live, uint32_t instrument, liq_live_sense sense);

/** The factors on the margin rates of an instrument; those of one are nothing. */
void liq_live_hash_factors(liq_live_book *live, uint32_t instrument, liq_live_sense sense);

/** A level of depth. */
void liq_live_hash_level(liq_live_book *live, const liq_depth_level *level, liq_live_sense sense);

/**
 * What a row was told has changed: an account, or the entry of an isolated position.
 * @param was   its seen byte before
 * @param sums  what is added to: the hash of the book, or sums that will be added to it
 */
void liq_live_hash_account_seen(const liq_live_book *live, uint32_t account, uint8_t was,
                                uint64_t sums[2]);
void liq_live_hash_entry_seen(const liq_live_book *live, uint32_t entry, uint8_t was,
                              uint64_t sums[2]);

/** The hash of all that is held, by looking at all of it. */
void liq_live_hash_all(uint64_t out[2], const liq_live_book *live);

#endif
