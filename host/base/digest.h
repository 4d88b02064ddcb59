/*
 * Many numbers to one of 64 bits, in their order: to tell states apart, not to withstand anybody.
 */
#ifndef LIQ_BASE_DIGEST_H
#define LIQ_BASE_DIGEST_H

#include <stdint.h>

#include "base/decimal.h"
#include "base/int128.h"

/** What a digest is with one more number; begin with 0. */
static inline uint64_t liq_digest_add(uint64_t digest, uint64_t number)
{
    /* Digits of pi, the factor odd. */
    const liq_uint128 product =
        (liq_uint128)(digest ^ number ^ 0x452821e638d01377u) * (liq_uint128)0xbe5466cf34e90c6du;

    return ((uint64_t)product ^ (uint64_t)(product >> 64)) + digest;
}

static inline uint64_t liq_digest_decimal(uint64_t digest, liq_decimal value)
{
    return liq_digest_add(liq_digest_add(digest, (uint64_t)value.digits), (uint64_t)value.decimals);
}

static inline uint64_t liq_digest_wide(uint64_t digest, liq_int128 value)
{
    return liq_digest_add(liq_digest_add(digest, (uint64_t)value), (uint64_t)(value >> 64));
}

#endif
