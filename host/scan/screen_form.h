/*
 * What a slot of the screen is at the present market, and how its equity follows values: as a sum
 * of shares, one for each value (screen_cells.h) that it depends on.
 */
#ifndef LIQ_SCAN_SCREEN_FORM_H
#define LIQ_SCAN_SCREEN_FORM_H

#include "scan/screen_slots.h"

/* Terms that a form has room for. */
enum { LIQ_SCREEN_FORM_TERMS_MAX = 16 };

typedef struct liq_screen_form {
    liq_screen_sum sum; /* at the present market */
    float offset;
    uint32_t entry_count;                       /* that were added, as liq_screen_judge takes it */
    uint32_t term_count;                        /* values that equity depends on, 0 or more */
    bool is_cash;                               /* all of them are of instruments that settle in the
                                                   margin currency */
    float slopes[LIQ_SCREEN_FORM_TERMS_MAX];    /* cash units for a move by the whole base value */
    uint16_t values[LIQ_SCREEN_FORM_TERMS_MAX]; /* which */
} liq_screen_form;

/**
 * Read a slot.
 * @param base  values that moves are shares of, as many as the cells have
 * @return false when it is longer than there is room for
 */
bool liq_screen_form_read(liq_screen_form *out, const liq_screen_slots *slots,
                          const liq_screen_cells *cells, const double *base, uint32_t slot);

#endif
