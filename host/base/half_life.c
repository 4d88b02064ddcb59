#include "base/half_life.h"

#include "base/fail.h"
#include "base/int128.h"

enum { HALVINGS_MAX = 30, BITS = 24 };

#define UNITS_ONE ((liq_int128)1000000000000000000)
#define UNITS_PER_NANO 1000000000

/* 10^18 x 2^-(2^-k), k from 1, to the nearest */
static const int64_t roots[BITS] = {
    707106781186547524, 840896415253714543, 917004043204671232, 957603280698573647,
    978572062087700135, 989228013193975484, 994599423483633176, 997296056085470126,
    998647112890970174, 999323327502650752, 999661606496243684, 999830788931929063,
    999915390886613498, 999957694548431133, 999978847050491930, 999989423469314464,
    999994711720674283, 999997355856841395, 999998677927546760, 999999338963554895,
    999999669481722826, 999999834740847758, 999999917370420465, 999999958685209379};

int64_t liq_half_life_factor_floor(int64_t elapsed_ms, int64_t half_life_ms)
{
    liq_int128 left = UNITS_ONE;
    int64_t rest;
    int64_t part;

    LIQ_ASSERT(elapsed_ms >= 0);
    LIQ_ASSERT(half_life_ms > 0);
    if (elapsed_ms / half_life_ms >= HALVINGS_MAX)
        return 0;
    rest = elapsed_ms % half_life_ms;
    /* The part of a half life that is left over, in 2^-24. */
    part = (int64_t)(((liq_int128)rest << BITS) / half_life_ms);
    for (int k = 1; k <= BITS; k++)
        if (part >> (BITS - k) & 1)
            left = left * roots[k - 1] / UNITS_ONE;
    return (int64_t)((left >> (elapsed_ms / half_life_ms)) / UNITS_PER_NANO);
}
