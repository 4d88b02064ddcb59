/*
 * Markets that move against somebody.
 */
#ifndef LIQ_SUPPORT_MOVES_H
#define LIQ_SUPPORT_MOVES_H

#include "book/market.h"
#include "book/rows.h"
#include "support_seeded.h"

/**
 * Every value moves by up to a share against one row, or for it when the share is negative: what it
 * is long of falls, what it is short of rises, and so for the assets it has. The rest moves as
 * chance will.
 */
void liq_move_against(liq_market *market, const liq_venue *venue, const liq_rows *rows,
                      uint32_t row, double share, liq_random *random);

#endif
