/*
 * How much of the host's memory a book, its market and its margin rows take: what was asked of the
 * allocator and is still held, without the allocator's own share.
 */
#ifndef LIQ_BOOK_BOOK_MEMORY_H
#define LIQ_BOOK_BOOK_MEMORY_H

#include <stdint.h>

#include "book/market.h"
#include "book/rows.h"

/** Bytes of a book. One that was loaded from a snapshot counts the whole file, mapped or read. */
uint64_t liq_book_memory(const liq_book *book);

uint64_t liq_market_memory(const liq_market *market);

/** Bytes of rows, with or without their entries. */
uint64_t liq_rows_memory(const liq_rows *rows);

#endif
