#include "scan/residue.h"

#include "base/fail.h"
#include "base/int128.h"

static bool first_multiple(liq_uint128 *out, liq_residues wanted);
static liq_uint128 quotient_ceil(liq_uint128 value, uint64_t by);

/* Counted from the start, the wanted residues are shifted by where the start stands. */
bool liq_residue_first(int64_t *out, liq_residues wanted, int64_t from)
{
    const uint64_t modulus = wanted.modulus;
    const uint64_t start = (uint64_t)((liq_uint128)wanted.step * (uint64_t)from % modulus);
    liq_residues shifted = wanted;
    liq_uint128 more;

    LIQ_ASSERT(modulus > 0 && modulus <= 1000000000000 && wanted.step < modulus);
    if (wanted.low > wanted.high)
        return false;
    if (start >= wanted.low && start <= wanted.high) {
        *out = from;
        return true;
    }
    shifted.low = (wanted.low + modulus - start) % modulus;
    shifted.high = (wanted.high + modulus - start) % modulus;
    LIQ_ASSERT(shifted.low <= shifted.high); /* the start itself, zero, is outside */
    if (!first_multiple(&more, shifted) || more > (liq_uint128)(INT64_MAX - from))
        return false;
    *out = from + (int64_t)more;
    return true;
}

/*
 * The least t with low <= step x t mod modulus <= high, for 0 < low. Within the first lap that is
 * a division. Otherwise step x t = modulus x laps + residue, and the laps themselves solve the
 * same question modulo step; numbers shrink as in Euclid's algorithm.
 */
static bool first_multiple(liq_uint128 *out, liq_residues wanted)
{
    liq_residues laps;
    liq_uint128 lap;

    if (wanted.step == 0)
        return false;
    *out = quotient_ceil(wanted.low, wanted.step);
    if (*out * wanted.step <= wanted.high)
        return true;
    /* low > 0 and no multiple of step in low .. high: neither bound is divisible. */
    laps = (liq_residues){.step = wanted.modulus % wanted.step,
                          .modulus = wanted.step,
                          .low = wanted.step - wanted.high % wanted.step,
                          .high = wanted.step - wanted.low % wanted.step};
    if (!first_multiple(&lap, laps))
        return false;
    *out = quotient_ceil(wanted.low + lap * wanted.modulus, wanted.step);
    return true;
}

static liq_uint128 quotient_ceil(liq_uint128 value, uint64_t by)
{
    return (value + by - 1) / by;
}
