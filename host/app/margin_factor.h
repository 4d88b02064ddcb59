/*
 * What-if factors on margin rates, from `--margin-factor BTCUSDT=1.5`.
 */
#ifndef LIQ_APP_MARGIN_FACTOR_H
#define LIQ_APP_MARGIN_FACTOR_H

#include <liqscan/book.h>
#include <liqscan/status.h>

#include "app/options.h"

#define LIQ_OPTION_MARGIN_FACTOR                                                                   \
    {                                                                                              \
        "margin-factor", "SYM=M[/I]", true,                                                        \
            "multiply the maintenance rates of an instrument\n"                                    \
            "with M and its initial rates with I (else M), such\n"                                 \
            "as BTCUSDT=1.5 or BTCUSDT=1/2.5; at most 6\n"                                         \
            "decimals; SYM \"*\": of every instrument; may be\n"                                   \
            "repeated, a later one counts"                                                         \
    }

/** Read every --margin-factor, so that a mistake is found before a book is loaded. @return LIQ_OK,
 * LIQ_BAD_INPUT or LIQ_OUT_OF_RANGE, the message quotes the text */
LIQ_MUST_USE liq_status liq_margin_factor_check(const liq_options *options, liq_error *err);

/** Apply every --margin-factor to a book. On failure the caller drops the book. */
LIQ_MUST_USE liq_status liq_margin_factor_apply(liq_book *book, const liq_options *options,
                                                liq_error *err);

#endif
