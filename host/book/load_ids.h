/*
 * accounts.csv of many accounts, read by all processors.
 */
#ifndef LIQ_BOOK_LOAD_IDS_H
#define LIQ_BOOK_LOAD_IDS_H

#include "book/load_chunks.h"

/**
 * Read one account: all but its id.
 * @param groups  where its group is interned
 */
LIQ_MUST_USE liq_status liq_book_account_read(const liq_book_loader *loader, const liq_csv *csv,
                                              liq_names *groups, liq_account *out);

/** The id of the current row. @return LIQ_OK, or LIQ_BAD_INPUT for what cannot be a name */
LIQ_MUST_USE liq_status liq_book_account_id(const liq_book_loader *loader, const liq_csv *csv,
                                            liq_text *out);

/** Refuse an id that the file has twice. @param line  of the id; line_before, of its first place */
liq_status liq_book_account_twice(const liq_book_loader *loader, liq_text id, uint64_t line,
                                  uint64_t line_before);

/**
 * Read all accounts of a file, when nothing is wrong with it, into a book that has none.
 * @param taken  receives whether that was so; false: the file is to be read line by line
 * @return LIQ_OK, LIQ_DUPLICATE (no line before the second place of the id is wrong),
 * LIQ_OUT_OF_MEMORY or LIQ_INTERRUPTED
 */
LIQ_MUST_USE liq_status liq_book_load_ids(liq_book_loader *loader, liq_chunks *chunks, bool *taken);

#endif
