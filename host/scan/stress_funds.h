/*
 * Which fund pays for whom, and what it holds.
 */
#ifndef LIQ_SCAN_STRESS_FUNDS_H
#define LIQ_SCAN_STRESS_FUNDS_H

#include "book/rows.h"
#include "scan/stress_prices.h"

/* In the place of a fund: the positions of a row are of several. */
#define LIQ_STRESS_FUND_MIXED 0xfffffffeu

typedef struct liq_stress_funds {
    const liq_venue *venue;
    uint32_t *instrument_funds; /* fund_count: none */
    uint32_t *row_funds;        /* by row; fund_count: none; LIQ_STRESS_FUND_MIXED */
    uint32_t fund_count;        /* of the venue; one more slot stands for none at all */
    bool pays;                  /* whether the venue's rules let funds pay */
} liq_stress_funds;

LIQ_MUST_USE liq_status liq_stress_funds_create(liq_stress_funds *out, const liq_book *book,
                                                const liq_rows *rows, liq_error *err);

/** Takes a zeroed or filled one. */
void liq_stress_funds_clear(liq_stress_funds *funds);

/** What a fund may pay, cash units at an exchange rate of its asset, rounded down. */
liq_int128 liq_stress_fund_available(const liq_stress_funds *funds, uint32_t fund, int64_t rate);

#endif
