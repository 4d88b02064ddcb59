/*
 * What import_tiers.c has read and import_write.c writes.
 */
#ifndef LIQ_BOOK_IMPORT_INTERNAL_H
#define LIQ_BOOK_IMPORT_INTERNAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/decimal.h"
#include "base/names.h"
#include "book/import_tiers.h"

/* The parts of BASE/QUOTE:SETTLE-EXPIRY. */
typedef struct liq_import_symbol {
    liq_text base;
    liq_text quote;
    liq_text settle;
    liq_text expiry;                   /* without the '-'; empty: perpetual */
    char name[LIQ_NAME_BYTES_MAX + 1]; /* of the instrument */
} liq_import_symbol;

typedef struct liq_import_tier {
    liq_decimal floor;
    liq_decimal maintenance_rate;
    liq_decimal initial_rate;
    liq_int128 deduction; /* 10^-16; of the continuous form */
    bool has_deduction;   /* it was given */
} liq_import_tier;

enum { LIQ_IMPORT_DEDUCTION_DECIMALS = 16 };

/* Pieces of the output, in this order; errors of the stream are asked for at its end. */
void liq_import_write_head(FILE *out, const liq_import_options *options, const liq_names *assets);
void liq_import_write_instrument(FILE *out, const liq_import_options *options,
                                 const liq_import_symbol *symbol, bool first);
void liq_import_write_tier(FILE *out, const liq_import_tier *tier, bool first);
void liq_import_write_instrument_end(FILE *out);
void liq_import_write_end(FILE *out);

#endif
