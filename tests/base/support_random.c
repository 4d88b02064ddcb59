#include "base/support_random.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

random_source random_start(void)
{
    const char *given = getenv("LIQ_SEED");
    const uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : liq_clock_ns();

    (void)fprintf(stderr, "LIQ_SEED=%llu\n", (unsigned long long)seed);
    return (random_source){seed};
}

/* A linear congruence whose high half is good, taken twice. */
uint64_t random_next(random_source *source)
{
    uint64_t value = 0;

    for (int i = 0; i < 2; i++) {
        source->state = source->state * 6364136223846793005u + 1442695040888963407u;
        value = value << 32 | source->state >> 32;
    }
    return value;
}

uint64_t random_below(random_source *source, uint64_t bound)
{
    return random_next(source) % bound;
}

uint64_t random_magnitude(random_source *source)
{
    return random_next(source) & (((uint64_t)1 << random_below(source, 64)) - 1);
}
