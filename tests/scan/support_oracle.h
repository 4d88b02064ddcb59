/*
 * An independent oracle: what every margin account of a book is worth, by exact rationals from the
 * book's decimals. It shares no text with the margin rule, the rows or the market.
 */
#ifndef LIQ_SUPPORT_ORACLE_H
#define LIQ_SUPPORT_ORACLE_H

#include "book/columns.h"
#include "liq_record.h"

typedef struct liq_oracle_row {
    uint32_t account_index;
    uint32_t instrument_index; /* LIQ_NO_INDEX: the cross row */
    uint32_t is_short;
    liq_row_record record;
} liq_oracle_row;

typedef struct liq_oracle {
    liq_oracle_row *rows;
    uint32_t row_count;
} liq_oracle;

/** Value a whole book with the roundings that the engine documents. Give it back with
 * liq_oracle_clear. */
void liq_oracle_scan(liq_oracle *out, const liq_book *book);

/** Value one account of it. */
void liq_oracle_scan_account(liq_oracle *out, const liq_book *book, uint32_t account_index);

void liq_oracle_clear(liq_oracle *oracle);

typedef enum liq_oracle_verdict {
    LIQ_ORACLE_UNSOUND,
    LIQ_ORACLE_WITHIN_BOUNDS, /* rounded, against the trader, by no more than documented */
    LIQ_ORACLE_EXACT          /* nothing but the one rounding at the end */
} liq_oracle_verdict;

/**
 * Hold a valued row against arithmetic without any rounding but one at the end: equity may only be
 * lower and requirements only higher, and by no more than the roundings add up to.
 * @param reason  receives what was seen, a line of at most reason_bytes
 */
liq_oracle_verdict liq_oracle_judge(const liq_book *book, const liq_oracle_row *row,
                                    const liq_row_record *engine, char *reason,
                                    size_t reason_bytes);

#endif
