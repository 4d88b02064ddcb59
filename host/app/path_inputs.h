/*
 * Columns of a path that marks are made of, where it has no price: index, last, bid, ask, outside,
 * funding_rate, next_funding_ms, funding_interval_ms. Each may be missing, or empty in a row.
 */
#ifndef LIQ_APP_PATH_INPUTS_H
#define LIQ_APP_PATH_INPUTS_H

#include <stdbool.h>

#include "base/csv.h"
#include "base/decimal.h"
#include "guard/mark_price.h"

/* Places behind the first of the columns. */
enum {
    LIQ_PATH_INDEX,
    LIQ_PATH_LAST,
    LIQ_PATH_BID,
    LIQ_PATH_ASK,
    LIQ_PATH_OUTSIDE,
    LIQ_PATH_FUNDING_RATE,
    LIQ_PATH_DECIMALS, /* all before this are decimals */
    LIQ_PATH_NEXT_FUNDING = LIQ_PATH_DECIMALS,
    LIQ_PATH_FUNDING_INTERVAL,
    LIQ_PATH_INPUTS
};

/* What a row says; "" and 0: nothing. */
typedef struct liq_path_inputs {
    char decimals[LIQ_PATH_DECIMALS][LIQ_DECIMAL_BYTES];
    int64_t next_funding_ms;
    int64_t funding_interval_ms;
} liq_path_inputs;

/**
 * Read the columns of the row at hand.
 * @param first  number of the column index
 * @param found  receives whether any of them says something; else out is left alone
 * @return LIQ_OK, LIQ_BAD_INPUT, LIQ_OUT_OF_RANGE; prices may be zero or below
 */
LIQ_MUST_USE liq_status liq_path_inputs_read(liq_path_inputs *out, const liq_csv *csv,
                                             uint32_t first, bool *found, liq_error *err);

/** As the guards take them. @return points into inputs */
liq_mark_texts liq_path_inputs_texts(const liq_path_inputs *inputs);

#endif
