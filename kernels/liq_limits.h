/*
 * Limits of everything that enters the margin rule. They are checked at the door
 * and chosen together, so that no sum inside can wrap unseen.
 */
#ifndef LIQ_LIMITS_H
#define LIQ_LIMITS_H

#include "liq_dialect.h"

/* Lots in one position or order. */
#define LIQ_QUANTITY_LOTS_MAX 1000000000000000L /* 10^15 */

/* Size of the value of one lot, in fine units of its settle asset. */
#define LIQ_LOT_VALUE_MAX 1000000000000000000L /* 10^18 */

/*
 * Positions, orders and balances of one margin account. Values of one instrument have
 * one sign, so a price difference stays below 10^18 and the sum of all products below
 * 10^15 x 10^18 x 131072 = 1.31 x 10^38 < 2^127 = 1.70 x 10^38.
 */
#define LIQ_ROW_ENTRIES_MAX 131072

/* Lots of an instrument that an account would hold if all its orders of a side filled. */
#define LIQ_EXPOSURE_LOTS_MAX 4000000000000000000L

/*
 * Assets of a venue: each adds at most 2 x 2^63 units of grains to an account, and 512 x 2^64 x
 * 10^16 = 9.45 x 10^37 < 2^127.
 */
#define LIQ_ASSETS_MAX 512

/*
 * Decimals of lot values beyond those of the asset: rates then count 10^-12 to 10^-6.
 */
#define LIQ_VALUE_DECIMALS_MORE_MIN 4
#define LIQ_VALUE_DECIMALS_MORE_MAX 10

/*
 * A margin rate is below 9, that is 900%: a rate that is linear in size counts down to 10^-18, and
 * the largest round rate of which 63 bits hold so many is 9.
 */
#define LIQ_RATE_WHOLE_MAX 9
#define LIQ_RATE_UNITS_MAX 1000000000000L /* rates count 10^-12 at the finest, */
#define LIQ_SLOPED_RATE_FINER 1000000L    /* and those linear in size 10^-6 of that */

/* Collateral weights are counts of 10^-4. */
#define LIQ_WEIGHT_ONE 10000

/* One cash unit is 10^16 grains: a grain is the unit of every sum over an account. */
#define LIQ_GRAINS_PER_UNIT 10000000000000000L
#define LIQ_GRAINS_SHIFT 53u                         /* floor(log2 10^16) */
#define LIQ_GRAINS_RECIPROCAL 16615349947311448411ul /* floor(2^117 / 10^16) */

/* An exchange rate is a count of 10^-12 cash units per unit of the asset. */
#define LIQ_EXCHANGE_RATE_ONE 1000000000000L
#define LIQ_EXCHANGE_RATE_MAX 9000000000000000000L

/* Factors of a trigger level: 10^6 is a ratio of one. */
#define LIQ_LEVEL_FACTOR_MAX 1000000000L

#define LIQ_I64_MAX 9223372036854775807L
#define LIQ_NO_INDEX 0xffffffffu

LIQ_STATIC_ASSERT(LIQ_RATE_WHOLE_MAX <= LIQ_I64_MAX / LIQ_SLOPED_RATE_FINER / LIQ_RATE_UNITS_MAX,
                  every_rate_fits_in_63_bits);
LIQ_STATIC_ASSERT(LIQ_GRAINS_PER_UNIT == LIQ_EXCHANGE_RATE_ONE * LIQ_WEIGHT_ONE,
                  a_full_weight_unit_is_one_cash_unit);

#endif
