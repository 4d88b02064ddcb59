/*
 * Quantities in contracts, as files give them, to lots and back.
 */
#ifndef LIQ_BOOK_LOTS_H
#define LIQ_BOOK_LOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/decimal.h"

/**
 * quantity / lot, when it is an integer.
 * @param quantity  not below zero
 * @param lot       above zero
 * @return false when it is none, or past 64 bits
 */
bool liq_lots_exact(int64_t *out, liq_decimal quantity, liq_decimal lot);

#endif
