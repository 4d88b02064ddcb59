/*
 * What-if moves of prices, from `--shock BTCUSDT=-10%`.
 */
#ifndef LIQ_APP_SHOCK_H
#define LIQ_APP_SHOCK_H

#include <stdint.h>

#include <liqscan/book.h>
#include <liqscan/status.h>

#include "app/options.h"

enum { LIQ_SHOCK_SYMBOL_BYTES = 129 };

typedef struct liq_shock {
    char symbol[LIQ_SHOCK_SYMBOL_BYTES];
    int64_t change_ppm;
} liq_shock;

#define LIQ_OPTION_SHOCK                                                                           \
    {                                                                                              \
        "shock", "SYM=PERCENT%", true,                                                             \
            "move a mark or index price first, such as\n"                                          \
            "BTCUSDT=-10% or ETH=+2.5%; at most 4 decimals;\n"                                     \
            "may be repeated for other symbols"                                                    \
    }

/** Read one. @return LIQ_OK or LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE, the message quotes the text */
LIQ_MUST_USE liq_status liq_shock_parse(liq_shock *out, const char *text, liq_error *err);

/** The same for another option, which messages name. */
LIQ_MUST_USE liq_status liq_shock_parse_as(liq_shock *out, const char *option, const char *text,
                                           liq_error *err);

/** Read every --shock, so that a mistake is found before a book is loaded. */
LIQ_MUST_USE liq_status liq_shocks_check(const liq_options *options, liq_error *err);

/** Apply every --shock to a book. On failure the caller drops the book. */
LIQ_MUST_USE liq_status liq_shocks_apply(liq_book *book, const liq_options *options,
                                         liq_error *err);

#endif
