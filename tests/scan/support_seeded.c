#include "support_seeded.h"

#include <stdio.h>
#include <stdlib.h>

uint64_t liq_random_seed(void)
{
    const char *text = getenv("LIQ_SEED");
    const uint64_t seed = text != NULL ? strtoull(text, NULL, 0) : 20251010;

    (void)fprintf(stderr, "LIQ_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

liq_random liq_random_make(uint64_t seed)
{
    return (liq_random){.state = seed};
}

/* An odd step through all 64-bit numbers, each mixed by shifts and odd products. */
uint64_t liq_random_next(liq_random *random)
{
    uint64_t mixed = random->state += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint64_t liq_random_below(liq_random *random, uint64_t bound)
{
    return liq_random_next(random) % bound;
}

int64_t liq_random_between(liq_random *random, int64_t first, int64_t last)
{
    return (int64_t)((uint64_t)first +
                     liq_random_below(random, (uint64_t)last - (uint64_t)first + 1));
}

bool liq_random_once_in(liq_random *random, uint64_t times)
{
    return liq_random_below(random, times) == 0;
}

int64_t liq_random_of_any_size(liq_random *random, int64_t last)
{
    const uint64_t shift = liq_random_below(random, 64);
    const uint64_t size = liq_random_next(random) >> shift;

    return 1 + (int64_t)(size % (uint64_t)last);
}
