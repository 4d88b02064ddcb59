/*
 * What an allocation should give, from the words of the rules alone: exact rationals, every
 * candidate level tried, remainders picked one by one. Slow, and written without a look at
 * host/settle.
 */
#ifndef LIQ_SUPPORT_ADL_ORACLE_H
#define LIQ_SUPPORT_ADL_ORACLE_H

#include "settle/adl_allocate.h"

enum { ADL_ORACLE_COUNT_MAX = 64 };

/** Lots that a counterparty can give under all its caps. */
int64_t adl_oracle_cap(const liq_adl_counterparty *counterparty, const liq_adl_ask *ask);

/**
 * @param lots   receives what each gives
 * @param count  0 .. ADL_ORACLE_COUNT_MAX
 * @param ask    without a least fill
 */
void adl_oracle_allocate(int64_t *lots, const liq_adl_counterparty *counterparties, uint32_t count,
                         const liq_adl_ask *ask);

/** -1, 0 or 1 as a x b is below, equal to or above c x d. */
int adl_oracle_compare(liq_int128 a, liq_int128 b, liq_int128 c, liq_int128 d);

#endif
